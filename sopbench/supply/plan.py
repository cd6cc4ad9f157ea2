"""The supply planning step: tables and settings in, the plan and its reasons out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem, table
from sopbench.params import Supply
from sopbench.supply.costs import cost_table
from sopbench.supply.demand_lines import demand_lines
from sopbench.supply.limits import leave_out
from sopbench.supply.lots import find_lots, most_needed
from sopbench.supply.model import Inputs, build_model
from sopbench.supply.network import NODE, Network, build_network
from sopbench.supply.paths import Paths, find_paths, requirements
from sopbench.supply.prices import find_prices
from sopbench.supply.results import capacity_table, nervousness, solution_table, sourcing_table, supply_table
from sopbench.supply.shortages import shortage_table
from sopbench.supply.solve import Optimum, settled, solve_model
from sopbench.supply.targets import stock_targets
from sopbench.supply.workforce import find_workforce

INPUTS = (
    "items", "locations", "customers", "calendar", "resources", "capacity", "routings", "bom", "sources", "policies",
    "sales_terms", "on_hand", "open_orders", "receipts", "demand_plan",
)  # fmt: skip
"""The tables `plan` takes."""

NETWORK_TABLES = (
    "demand_plan", "items", "locations", "resources", "capacity", "routings", "bom", "sources", "policies", "on_hand",
    "receipts", "calendar",
)  # fmt: skip
"""The tables the network is made of."""


def plan(
    settings: Supply,
    *,
    scenario: str = "base",
    last_sourcing_plan: pd.DataFrame | None = None,
    **tables: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Decide what to make (and in overtime), buy, subcontract, move, hold, ship late or not at all, at least cost.

    Takes the tables of the contract named in INPUTS; the horizon is the buckets of demand_plan. `last_sourcing_plan` is
    what last cycle planned, where changing it has a price. Gives supply_plan, sourcing_plan, capacity_plan, shortages,
    costs and solution, each with `scenario`. Lots are whole in the first settings.lot_fence buckets and averaged later.
    The form is the linear programme of aggregate planning with several items, levels and locations (Pochet & Wolsey,
    Production Planning by Mixed Integer Programming).
    Raises PlanningError for an empty demand plan, unknown items or locations, a BOM that loops, headcounts that
    contradict each other, and where the solver does not finish in settings.time_limit seconds.
    """
    if tables["demand_plan"].empty:
        raise PlanningError(Problem("demand_plan", "", "", "it is empty: nothing to plan for", "run step demand"))
    tables = leave_out(settings, {name: in_order(name, tables[name]) for name in INPUTS})
    inputs, paths = model_inputs(settings, tables, last_sourcing_plan)
    return plan_tables(scenario, inputs, paths, solve_model(build_model(inputs), inputs), tables["items"])


def plan_tables(
    scenario: str, inputs: Inputs, paths: Paths, optimum: Optimum, items: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The plan as tables of the contract."""
    network, demand, targets, prices = inputs.network, inputs.demand, inputs.targets, inputs.prices
    costs = cost_table(scenario, inputs, optimum, items)
    if optimum.gap:
        # hours or units an interior solution pays for without using them are not in the plan that is carried out
        optimum = settled(optimum, float(costs["value"].sum()))
    return {
        "supply_plan": supply_table(scenario, network, demand, targets, prices, optimum),
        "sourcing_plan": sourcing_table(scenario, network, optimum),
        "capacity_plan": capacity_table(scenario, network, prices, inputs.workforce, optimum),
        "shortages": shortage_table(scenario, network, paths, targets, demand, prices, optimum, items),
        "costs": costs,
        "solution": solution_table(scenario, optimum, nervousness(inputs, paths, optimum)),
    }


def model_inputs(
    settings: Supply, tables: dict[str, pd.DataFrame], last_sourcing_plan: pd.DataFrame | None = None
) -> tuple[Inputs, Paths]:
    """What the model is made of, from the tables named in INPUTS, and the ways units take through the network."""
    items, policies, demand_plan = tables["items"], tables["policies"], tables["demand_plan"]
    buckets = pd.DatetimeIndex(demand_plan["bucket"].drop_duplicates().sort_values())
    of_demand = {name: tables[name] for name in ("items", "customers", "sales_terms", "open_orders", "demand_plan")}
    demand = demand_lines(buckets, alike=settings.allocation == "fair_share", **of_demand)
    of_network = {name: tables[name] for name in NETWORK_TABLES}
    network = build_network(buckets=buckets, demand=demand, **of_network)
    workforce = find_workforce(settings, network.resources, tables["capacity"], tables["calendar"], buckets)
    paths = find_paths(network)
    wanted = network.serves @ demand.of_groups(demand.wanted)
    targets = stock_targets(
        settings, network, paths, items=items, policies=policies, demand_plan=demand_plan, wanted=wanted
    )
    required = requirements(network, paths, wanted)
    prices = find_prices(settings, network, paths, demand, workforce, items=items, policies=policies, required=required)
    needed = most_needed(network, wanted + (network.serves @ demand.of_groups(demand.overdue))[:, None], targets.target)
    limits = network.nodes.merge(policies, on=NODE, how="left")["backlog_max"].fillna(np.inf).to_numpy(dtype=float)
    lots = find_lots(network, settings.lot_fence, needed)
    before = None if last_sourcing_plan is None else _planned_before(network, last_sourcing_plan)
    return Inputs(settings, network, demand, targets, prices, workforce, lots, limits, before), paths


def _planned_before(network: Network, sourcing_plan: pd.DataFrame) -> np.ndarray:
    """What last cycle's base plan starts of each source, edges × buckets."""
    key = [*NODE, "method", "origin_id"]
    rows = sourcing_plan[sourcing_plan["scenario"] == "base"].merge(
        network.edges[key].reset_index(names="edge"), on=key
    )
    position = network.buckets.get_indexer(rows["start_bucket"])
    total = np.zeros((len(network.edges), len(network.buckets)))
    np.add.at(total, (rows["edge"].to_numpy()[position >= 0], position[position >= 0]), rows["qty"][position >= 0])
    return total


def in_order(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A table sorted by key: sums of the same rows in another order would differ in their last digits."""
    return frame.sort_values(list(table(name).key), ignore_index=True)
