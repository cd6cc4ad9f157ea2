"""The supply planning step: tables and settings in, the plan and its reasons out."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import PlanningError, Problem, table
from sopbench.params import Supply
from sopbench.supply.costs import cost_table
from sopbench.supply.demand_lines import demand_lines
from sopbench.supply.model import build_model
from sopbench.supply.network import build_network
from sopbench.supply.paths import find_paths
from sopbench.supply.prices import find_prices
from sopbench.supply.results import capacity_table, solution_table, sourcing_table, supply_table
from sopbench.supply.shortages import shortage_table
from sopbench.supply.solve import solve_model
from sopbench.supply.targets import stock_targets

INPUTS = (
    "items", "locations", "customers", "resources", "capacity", "routings", "bom", "sources", "policies", "on_hand",
    "open_orders", "receipts", "demand_plan",
)  # fmt: skip
"""The tables `plan` takes."""


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
    scenario: str = "base",
) -> dict[str, pd.DataFrame]:
    """Decide what to make (and in overtime), buy, subcontract, move, hold, ship late or not at all, at least cost.

    Takes tables of the contract; the horizon is the buckets of demand_plan. Gives supply_plan, sourcing_plan,
    capacity_plan, shortages, costs and solution, each with `scenario`. Quantities are whole-network optimal but not
    rounded to lots: lot sizes only spread set-up hours. The form is the linear programme of aggregate planning
    with several items, levels and locations (Pochet & Wolsey, Production Planning by Mixed Integer Programming).
    Raises PlanningError for an empty demand plan, unknown items or locations, a BOM that loops, and where the
    solver does not finish in settings.time_limit seconds.
    """
    if demand_plan.empty:
        raise PlanningError(Problem("demand_plan", "", "", "it is empty: nothing to plan for", "run step demand"))
    items, locations, customers, resources, capacity, routings, bom = _in_order(
        items=items, locations=locations, customers=customers, resources=resources, capacity=capacity,
        routings=routings, bom=bom,
    )  # fmt: skip
    sources, policies, on_hand, open_orders, receipts, demand_plan = _in_order(
        sources=sources, policies=policies, on_hand=on_hand, open_orders=open_orders, receipts=receipts,
        demand_plan=demand_plan,
    )  # fmt: skip
    buckets = pd.DatetimeIndex(demand_plan["bucket"].drop_duplicates().sort_values())
    demand = demand_lines(buckets, items=items, customers=customers, open_orders=open_orders, demand_plan=demand_plan)
    network = build_network(
        buckets=buckets, demand=demand, demand_plan=demand_plan, items=items, locations=locations,
        resources=resources, capacity=capacity, routings=routings, bom=bom, sources=sources, policies=policies,
        on_hand=on_hand, receipts=receipts,
    )  # fmt: skip
    paths = find_paths(network)
    wanted = network.serves @ demand.of_groups(demand.wanted)
    targets = stock_targets(
        settings, network, paths, items=items, policies=policies, demand_plan=demand_plan, wanted=wanted
    )
    prices = find_prices(settings, network, paths, demand, items=items, policies=policies)
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


def _in_order(**tables: pd.DataFrame) -> list[pd.DataFrame]:
    """The tables sorted by key: sums of the same rows in another order would differ in their last digits."""
    return [frame.sort_values(list(table(name).key), ignore_index=True) for name, frame in tables.items()]
