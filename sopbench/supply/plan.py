"""The supply planning step: tables and settings in, the plan and its reasons out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem, table
from sopbench.params import Supply
from sopbench.supply.costs import cost_table
from sopbench.supply.demand_lines import DemandLines, demand_lines
from sopbench.supply.inventory import inventory_table
from sopbench.supply.model import build_model
from sopbench.supply.network import Network, build_network
from sopbench.supply.paths import Paths, find_paths
from sopbench.supply.prices import Prices, find_prices
from sopbench.supply.results import capacity_table, solution_table, sourcing_table, supply_table
from sopbench.supply.shortages import shortage_table
from sopbench.supply.solve import solve_model
from sopbench.supply.targets import about, placement, stock_targets

INPUTS = (
    "items", "locations", "customers", "resources", "capacity", "routings", "bom", "sources", "policies", "on_hand",
    "open_orders", "receipts", "demand_plan", "lead_time_demand",
)  # fmt: skip
"""The tables `plan` and `inventory_targets` take; they do without lead_time_demand."""

DEMANDED = ("items", "customers", "open_orders", "demand_plan")
"""The tables that say who wants what."""

LINKED = (
    "demand_plan", "items", "locations", "resources", "capacity", "routings", "bom", "sources", "policies", "on_hand",
    "receipts",
)  # fmt: skip
"""The tables that make the network."""


def plan(
    settings: Supply,
    *,
    items: pd.DataFrame,
    locations: pd.DataFrame,
    customers: pd.DataFrame,
    resources: pd.DataFrame,
    capacity: pd.DataFrame,
    routings: pd.DataFrame,
    bom: pd.DataFrame,
    sources: pd.DataFrame,
    policies: pd.DataFrame,
    on_hand: pd.DataFrame,
    open_orders: pd.DataFrame,
    receipts: pd.DataFrame,
    demand_plan: pd.DataFrame,
    lead_time_demand: pd.DataFrame | None = None,
    scenario: str = "base",
) -> dict[str, pd.DataFrame]:
    """Decide what to make (and in overtime), buy, subcontract, move, hold, ship late or not at all, at least cost.

    Takes tables of the contract; without lead_time_demand safety stock rests on the band of demand_plan. The horizon is
    the buckets of demand_plan. Gives supply_plan, sourcing_plan, capacity_plan, shortages, costs and solution, each
    with `scenario`. Quantities are whole-network optimal but not rounded to lots: lot sizes only spread set-up hours.
    The form is the linear programme of aggregate planning with several items, levels and locations (Pochet & Wolsey,
    Production Planning by Mixed Integer Programming).
    Raises PlanningError for an empty demand plan, unknown items or locations, a BOM that loops, and where the
    solver does not finish in settings.time_limit seconds.
    """
    laid = _lay_out(
        items=items, locations=locations, customers=customers, resources=resources, capacity=capacity,
        routings=routings, bom=bom, sources=sources, policies=policies, on_hand=on_hand, open_orders=open_orders,
        receipts=receipts, demand_plan=demand_plan, lead_time_demand=lead_time_demand,
    )  # fmt: skip
    network, paths, demand, items = laid.network, laid.paths, laid.demand, laid.tables["items"]
    prices = _prices(settings, laid)
    targets = stock_targets(
        settings, network, paths, items=items, policies=laid.tables["policies"],
        demand_plan=laid.tables["demand_plan"], wanted=laid.wanted,
        lead_time_demand=laid.tables["lead_time_demand"], holding=prices.holding,
    )  # fmt: skip
    model = build_model(network, demand, targets, prices)
    optimum = solve_model(model, network, demand, settings.time_limit)
    return {
        "supply_plan": supply_table(scenario, network, demand, targets, prices, optimum),
        "sourcing_plan": sourcing_table(scenario, network, optimum),
        "capacity_plan": capacity_table(scenario, network, prices, optimum),
        "shortages": shortage_table(scenario, network, paths, targets, demand, prices, optimum, items),
        "costs": cost_table(scenario, network, demand, targets, prices, optimum, items),
        "solution": solution_table(scenario, optimum),
    }


def inventory_targets(settings: Supply, **tables: pd.DataFrame | None) -> pd.DataFrame:
    """Say what safety stock each item-location needs by itself, and where stock would best lie for all together.

    Takes the tables of INPUTS, gives the table inventory_targets; nothing is planned. To see what placing would save
    if no policy said units, give `policies` with its safety_stock emptied. Raises PlanningError as `plan` does, and
    where the placement is not found in settings.time_limit seconds.
    """
    laid = _lay_out(**tables)
    prices = _prices(settings, laid)
    rows = about(laid.network, laid.tables["items"], laid.tables["policies"])
    need, placed = placement(
        settings, laid.network, laid.paths, rows, laid.tables["demand_plan"], laid.tables["lead_time_demand"],
        laid.wanted, prices.holding,
    )  # fmt: skip
    return inventory_table(laid.network, laid.paths, need, placed, prices.write_off, prices.holding)


@dataclass(frozen=True)
class _LaidOut:
    """The tables in order and what follows from them alone; `wanted` is customers' demand, nodes × buckets."""

    tables: dict[str, pd.DataFrame]
    demand: DemandLines
    network: Network
    paths: Paths
    wanted: np.ndarray


def _lay_out(**tables: pd.DataFrame | None) -> _LaidOut:
    """The demand on the network and the ways through it. Raises PlanningError where there is nothing to plan for."""
    if tables["demand_plan"].empty:
        raise PlanningError(Problem("demand_plan", "", "", "it is empty: nothing to plan for", "run step demand"))
    tables = {name: _in_order(name, tables.get(name)) for name in INPUTS}
    buckets = pd.DatetimeIndex(tables["demand_plan"]["bucket"].drop_duplicates().sort_values())
    demand = demand_lines(buckets, **{name: tables[name] for name in DEMANDED})
    network = build_network(buckets=buckets, demand=demand, **{name: tables[name] for name in LINKED})
    wanted = network.serves @ demand.of_groups(demand.wanted)
    return _LaidOut(tables, demand, network, find_paths(network), wanted)


def _prices(settings: Supply, laid: _LaidOut) -> Prices:
    return find_prices(
        settings, laid.network, laid.paths, laid.demand, items=laid.tables["items"], policies=laid.tables["policies"]
    )


def _in_order(name: str, frame: pd.DataFrame | None) -> pd.DataFrame:
    """The table sorted by key: sums of the same rows in another order would differ in their last digits.

    A column that may be missing and is (cycles frozen before the contract had it) gets its default.
    """
    of = table(name)
    if frame is None:
        return of.empty()
    lacking = {each.name: each.default for each in of.columns if not each.required and each.name not in frame}
    lacking = {each: np.nan if default is None else default for each, default in lacking.items()}
    return frame.assign(**lacking).sort_values(list(of.key), ignore_index=True)
