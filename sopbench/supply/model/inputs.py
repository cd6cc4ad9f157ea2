"""From the tables to what the model is made of: demand, network, people, prices, stock targets, lots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract.buckets import first_days_after
from sopbench.params import Supply
from sopbench.supply.inventory.targets import stock_targets
from sopbench.supply.model.door import fit_tables
from sopbench.supply.model.last_plan import watched_buckets
from sopbench.supply.model.limits import available_hours, leave_out
from sopbench.supply.model.lots import find_lots, most_in_a_lot
from sopbench.supply.model.model import Inputs
from sopbench.supply.model.prices import Prices, find_prices
from sopbench.supply.network.demand_lines import DemandLines, demand_lines
from sopbench.supply.network.network import NODE, Network, build_network
from sopbench.supply.network.paths import Paths, find_paths, requirements
from sopbench.supply.network.workforce import Workforce, find_workforce

INPUTS = (
    "items", "locations", "customers", "calendar", "resources", "capacity", "routings", "bom", "sources", "policies",
    "sales_terms", "on_hand", "open_orders", "receipts", "demand_plan", "lead_time_demand",
)  # fmt: skip
"""The tables supply planning takes; it does without lead_time_demand."""

DEMANDED = ("items", "customers", "sales_terms", "open_orders", "demand_plan")
"""The tables that say who wants what."""

LINKED = (
    "demand_plan", "items", "locations", "resources", "capacity", "routings", "bom", "sources", "policies", "on_hand",
    "receipts", "calendar",
)  # fmt: skip
"""The tables that make the network."""


@dataclass(frozen=True)
class LaidOut:
    """The tables in order and what follows from them and the settings; `wanted` is demand, nodes × buckets."""

    tables: dict[str, pd.DataFrame]
    demand: DemandLines
    network: Network
    paths: Paths
    workforce: Workforce
    prices: Prices
    wanted: np.ndarray


def lay_out(
    settings: Supply, fitted: Mapping[str, pd.DataFrame] | None = None, **tables: pd.DataFrame | None
) -> LaidOut:
    """The demand on the network, the ways through it and what all costs; `fitted`: see `fit_tables`.

    Raises PlanningError where there is nothing to plan for, for tables that break the contract, unknown items or
    locations, a BOM that loops and headcounts that contradict each other.
    """
    tables = leave_out(settings, fit_tables(INPUTS, tables, fitted))
    buckets = pd.DatetimeIndex(tables["demand_plan"]["bucket"].drop_duplicates().sort_values())
    alike = settings.allocation == "fair_share"
    demand = demand_lines(buckets, alike=alike, **{name: tables[name] for name in DEMANDED})
    network = build_network(buckets=buckets, demand=demand, **{name: tables[name] for name in LINKED})
    loaded = network.loads.sum(axis=1) > 0
    workforce = find_workforce(settings, network.resources, tables["capacity"], tables["calendar"], buckets, loaded)
    paths = find_paths(network)
    wanted = network.serves @ demand.of_groups(demand.wanted)
    required = requirements(network, paths, wanted)
    prices = find_prices(
        settings, network, paths, demand, workforce, items=tables["items"], policies=tables["policies"],
        required=required,
    )  # fmt: skip
    return LaidOut(tables, demand, network, paths, workforce, prices, wanted)


def model_inputs(settings: Supply, laid: LaidOut, last_sourcing_plan: pd.DataFrame | None = None) -> Inputs:
    """What the model is made of; `last_sourcing_plan` is what last cycle planned, where that counts."""
    network, demand, tables = laid.network, laid.demand, laid.tables
    targets = stock_targets(
        settings, network, laid.paths, items=tables["items"], policies=tables["policies"],
        demand_plan=tables["demand_plan"], wanted=laid.wanted, lead_time_demand=tables["lead_time_demand"],
        holding=laid.prices.holding,
    )  # fmt: skip
    owed = network.serves @ demand.of_groups(demand.overdue)
    planned = None if last_sourcing_plan is None else _planned_before(network, last_sourcing_plan)
    counts = None if planned is None else planned[:, : watched_buckets(settings, planned)]
    due = np.column_stack([laid.wanted, owed])
    hours = sum(available_hours(settings, network, laid.workforce))
    most = most_in_a_lot(network, settings.lot_fence, due, targets.target, hours, counts)
    rows = network.nodes.merge(tables["policies"], on=NODE, how="left")
    return Inputs(
        settings=settings,
        network=network,
        demand=demand,
        targets=targets,
        prices=laid.prices,
        workforce=laid.workforce,
        lots=find_lots(network, settings.lot_fence, most, _running(network, last_sourcing_plan)),
        owed_at_most=rows["backlog_max"].fillna(np.inf).to_numpy(dtype=float),
        planned_before=planned,
    )


def _planned_before(network: Network, sourcing_plan: pd.DataFrame) -> np.ndarray:
    """What last cycle's plan starts of each source, edges × buckets."""
    key = [*NODE, "method", "origin_id"]
    rows = sourcing_plan.merge(network.edges[key].reset_index(names="edge"), on=key)
    position = network.buckets.get_indexer(rows["start_bucket"])
    total = np.zeros((len(network.edges), len(network.buckets)))
    np.add.at(total, (rows["edge"].to_numpy()[position >= 0], position[position >= 0]), rows["qty"][position >= 0])
    return total


def _running(network: Network, sourcing_plan: pd.DataFrame | None) -> np.ndarray:
    """Edges: whether last cycle's plan starts anything of the source in the bucket before the first.

    That plan lists no bucket in which nothing is started: what lies more than half a bucket further back is older.
    """
    if sourcing_plan is None:
        return np.zeros(len(network.edges), dtype=bool)
    key = [*NODE, "method", "origin_id"]
    first = network.buckets[0]
    longest = (first_days_after(network.buckets) - network.buckets).max()
    started = sourcing_plan["start_bucket"]
    before = (started < first) & (started >= first - 1.5 * longest)
    rows = sourcing_plan[before & (sourcing_plan["qty"] > 0)]
    return pd.MultiIndex.from_frame(network.edges[key]).isin(pd.MultiIndex.from_frame(rows[key]))
