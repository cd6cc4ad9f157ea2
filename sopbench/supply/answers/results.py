"""The optimum as tables of the contract: supply_plan, sourcing_plan, capacity_plan, solution."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import table
from sopbench.supply.answers.optimum import Optimum, without_noise
from sopbench.supply.inventory.targets import Targets
from sopbench.supply.model.model import Inputs
from sopbench.supply.model.prices import Prices
from sopbench.supply.network.demand_lines import DemandLines
from sopbench.supply.network.network import Network
from sopbench.supply.network.paths import Paths
from sopbench.supply.network.workforce import Workforce


def supply_table(
    scenario: str, network: Network, demand: DemandLines, targets: Targets, prices: Prices, optimum: Optimum
) -> pd.DataFrame:
    """The supply_plan: every item-location in every bucket, in units.

    overtime_make is the part of what arrives from making that was worked in overtime: the share of overtime in the
    load of the item's resource in the bucket it started in (the greatest share, where it loads several).
    """
    method = network.edges["method"].to_numpy()[:, None]
    arrived = {name: network.arrives @ (optimum.arrivals * (method == name)) for name in np.unique(method)}
    nothing = np.zeros(optimum.stock.shape)
    started = network.started(optimum.arrivals)
    in_overtime = optimum.arrivals * _overtime_share(network, prices, optimum) * (method == "make")
    overtime_make = network.arrives @ in_overtime
    wanted, owed, lost = (
        network.serves @ values for values in (demand.of_groups(demand.wanted), optimum.backlog, optimum.lost)
    )
    columns = {
        "demand": wanted,
        "component_use": network.uses @ started,
        "make": arrived.get("make", nothing),
        "overtime_make": overtime_make,
        "buy": arrived.get("buy", nothing),
        "subcontract": arrived.get("subcontract", nothing),
        "move_in": arrived.get("move", nothing),
        "move_out": network.sends @ started,
        "receipts": network.receipts,
        "shipped": network.serves @ optimum.shipped,
        "backlog": owed,
        "lost": lost,
        "written_off": optimum.written_off,
        "stock": optimum.stock,
        "safety_stock": targets.target,
    }
    return _long(scenario, "supply_plan", network.nodes, network.buckets, columns)


def sourcing_table(scenario: str, network: Network, optimum: Optimum) -> pd.DataFrame:
    """The sourcing_plan: what arrives from each source in each bucket, when it must start, what the source costs.

    cost is units × the source's unit_cost; the hours of making are in capacity_plan.
    """
    edge, position = np.nonzero(optimum.arrivals > 1e-6)
    rows = network.edges.iloc[edge].reset_index(drop=True)
    units = optimum.arrivals[edge, position]
    rows = rows.assign(
        scenario=scenario,
        bucket=network.buckets[position],
        qty=units,
        start_bucket=network.buckets[position - network.lead_time[edge]],
        cost=units * rows["unit_cost"],
        set_ups=optimum.set_ups[edge, position],
    )
    return _sorted(rows[table("sourcing_plan").names], "sourcing_plan")


def capacity_table(
    scenario: str, network: Network, prices: Prices, workforce: Workforce, optimum: Optimum
) -> pd.DataFrame:
    """The capacity_plan: hours needed against hours there are, by resource and bucket.

    utilisation is load over regular hours available (0 where nothing is loaded, overtime counted where there are
    no regular hours). People are told where the plan decides on them.
    shadow_price is what one more hour of overtime would save, its own cost paid.
    """
    regular, overtime = worked_hours(network, prices, optimum)
    available = np.where(np.isfinite(optimum.regular_limit), optimum.regular_limit, network.regular_hours)
    more = np.where(np.isfinite(optimum.overtime_limit), optimum.overtime_limit, network.overtime_hours)
    hours = np.where(available > 0, available, more)
    people = np.full((3, *hours.shape), np.nan)
    people[:, workforce.at] = optimum.heads, optimum.hired, optimum.laid_off
    saving = optimum.worth_of_hours - prices.overtime[:, None]
    columns = {
        "load": optimum.load,
        "regular": regular,
        "overtime": overtime,
        "regular_available": available,
        "overtime_available": more,
        "headcount": people[0],
        "hired": people[1],
        "laid_off": people[2],
        "utilisation": np.divide(optimum.load, hours, out=np.zeros(hours.shape), where=hours > 0),
        "shadow_price": np.where(saving > 1e-6, saving, 0.0),
    }
    return _long(scenario, "capacity_plan", network.resources[["resource_id"]], network.buckets, columns)


def solution_table(scenario: str, optimum: Optimum, nervousness: float) -> pd.DataFrame:
    """The solution: the solver's word, the objective in money, the size of the model, how far it left the last plan."""
    row = {
        "scenario": [scenario],
        "status": [optimum.status],
        "objective": [optimum.objective],
        "gap": [optimum.gap],
        "rows": [optimum.rows],
        "columns": [optimum.columns],
        "nervousness": [nervousness],
    }
    return pd.DataFrame(row)


def nervousness(inputs: Inputs, paths: Paths, optimum: Optimum) -> float:
    """Share of what last cycle's plan started in the fence that is now started more, less or not; NaN without one.

    At what a unit costs by its source (Sridharan, Berry & Udayabhanu, Decision Sciences 19, 1988, in money).
    """
    if inputs.planned_before is None:
        return float("nan")
    value = np.where(np.isfinite(paths.edge_cost), paths.edge_cost, 0.0)
    inside = np.arange(len(inputs.network.buckets)) < inputs.settings.stability_fence
    before = float(value @ (inputs.planned_before * inside).sum(axis=1))
    return float(value @ (optimum.changed * inside).sum(axis=1)) / before if before > 0 else float("nan")


def worked_hours(network: Network, prices: Prices, optimum: Optimum) -> tuple[np.ndarray, np.ndarray]:
    """The load in regular time and in overtime: first what costs less, regular time where both cost the same."""
    overtime_first = (prices.overtime < prices.regular)[:, None]
    available = np.where(overtime_first, optimum.overtime_limit, optimum.regular_limit)
    first = np.minimum(optimum.load, available)
    rest = without_noise(optimum.load - first)
    return np.where(overtime_first, rest, first), np.where(overtime_first, first, rest)


def _overtime_share(network: Network, prices: Prices, optimum: Optimum) -> np.ndarray:
    """Edges × buckets of arrival: the share worked in overtime."""
    _, overtime = worked_hours(network, prices, optimum)
    share = np.divide(overtime, optimum.load, out=np.zeros(overtime.shape), where=optimum.load > 0)
    loads = network.loads.tocoo()
    at_start = np.zeros(optimum.arrivals.shape)
    np.maximum.at(at_start, loads.col, share[loads.row])
    start = np.arange(len(network.buckets)) - network.lead_time[:, None]
    return np.where(network.in_time, np.take_along_axis(at_start, np.maximum(start, 0), axis=1), 0.0)


def _long(
    scenario: str, name: str, keys: pd.DataFrame, buckets: pd.DatetimeIndex, columns: dict[str, np.ndarray]
) -> pd.DataFrame:
    """Arrays of keys × buckets as one long table, sorted by key."""
    rows = keys.loc[keys.index.repeat(len(buckets))].reset_index(drop=True)
    rows = rows.assign(scenario=scenario, bucket=np.tile(buckets, len(keys)))
    rows = rows.assign(**{each: values.ravel() for each, values in columns.items()})
    return _sorted(rows[table(name).names], name)


def _sorted(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    return rows.sort_values(list(table(name).key), ignore_index=True)
