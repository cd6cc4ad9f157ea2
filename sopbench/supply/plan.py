"""The supply planning step: tables and settings in, the plan and its reasons out."""

from __future__ import annotations

import pandas as pd

from sopbench.params import Supply
from sopbench.supply.answers.broken import broken_table
from sopbench.supply.answers.costs import cost_table
from sopbench.supply.answers.optimum import Optimum, settled, solve_model
from sopbench.supply.answers.results import capacity_table, nervousness, solution_table, sourcing_table, supply_table
from sopbench.supply.answers.shipments import shipment_table
from sopbench.supply.answers.shortages import shortage_table
from sopbench.supply.inventory.inventory import inventory_table
from sopbench.supply.inventory.targets import about, placement
from sopbench.supply.model.inputs import lay_out, model_inputs
from sopbench.supply.model.last_plan import frozen_buckets
from sopbench.supply.model.model import Inputs, build_model
from sopbench.supply.network.paths import Paths


def plan(
    settings: Supply,
    *,
    scenario: str = "base",
    last_sourcing_plan: pd.DataFrame | None = None,
    **tables: pd.DataFrame | None,
) -> dict[str, pd.DataFrame]:
    """Decide what to make (and in overtime), buy, subcontract, move, hold, ship late or not at all, at least cost.

    Takes the tables of the contract named in INPUTS; without lead_time_demand safety stock rests on the band of
    demand_plan, whose buckets are the horizon. `last_sourcing_plan` is what last cycle planned, where changing it has a
    price or it is frozen. Gives supply_plan, sourcing_plan, capacity_plan, shipments, shortages, costs,
    broken_limits and solution, each with `scenario`. Lots are whole in the first settings.lot_fence buckets and
    averaged later. The form is the linear programme of aggregate planning with several items, levels and locations
    (Pochet & Wolsey, Production Planning by Mixed Integer Programming). Raises PlanningError as `lay_out`, and where
    the solver finds no plan in settings.time_limit seconds.
    """
    laid = lay_out(settings, **tables)
    inputs = model_inputs(settings, laid, last_sourcing_plan)
    return plan_tables(scenario, inputs, laid.paths, solve_model(build_model(inputs), inputs), laid.tables["items"])


def plan_tables(
    scenario: str, inputs: Inputs, paths: Paths, optimum: Optimum, items: pd.DataFrame, why: bool = True
) -> dict[str, pd.DataFrame]:
    """The plan as tables of the contract; without `why` its shortages have no cause."""
    network, demand, targets, prices = inputs.network, inputs.demand, inputs.targets, inputs.prices
    costs = cost_table(scenario, inputs, optimum, items)
    if optimum.gap:
        # hours or units that such a plan pays for without using them are not in what is carried out
        optimum = settled(optimum, float(costs["value"].sum()))
    frozen = 0 if inputs.planned_before is None else frozen_buckets(inputs.settings)
    return {
        "supply_plan": supply_table(scenario, network, demand, targets, prices, optimum),
        "sourcing_plan": sourcing_table(scenario, network, optimum),
        "capacity_plan": capacity_table(scenario, network, prices, inputs.workforce, optimum),
        "shipments": shipment_table(scenario, demand, network.buckets, optimum),
        "shortages": shortage_table(scenario, network, paths, targets, demand, prices, optimum, items, frozen, why),
        "costs": costs,
        "broken_limits": broken_table(scenario, inputs, optimum),
        "solution": solution_table(scenario, optimum, nervousness(inputs, paths, optimum)),
    }


def inventory_targets(settings: Supply, **tables: pd.DataFrame | None) -> pd.DataFrame:
    """Say what safety stock each item-location needs by itself, and where stock would best lie for all together.

    Takes the tables of INPUTS, gives the table inventory_targets; nothing is planned. To see what placing would save
    if no policy said units, give `policies` with its safety_stock emptied. Raises PlanningError as `lay_out` does, and
    where the placement is not found in settings.time_limit seconds.
    """
    laid = lay_out(settings, **tables)
    rows = about(settings, laid.network, laid.tables["items"], laid.tables["policies"])
    need, placed = placement(
        settings, laid.network, laid.paths, rows, laid.tables["demand_plan"], laid.tables["lead_time_demand"],
        laid.wanted, laid.prices.holding,
    )  # fmt: skip
    return inventory_table(laid.network, laid.paths, need, placed, laid.prices.write_off, laid.prices.holding)
