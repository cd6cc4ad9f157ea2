"""The plan in money: what each family earns and ties up in each bucket of each scenario."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sopbench.contract import checked, table
from sopbench.params import Scenario
from sopbench.presop.prices import net_price, realised_share, revenue_of
from sopbench.presop.scenarios import Tables, scenario_tables

KEY = ["scenario", "family", "bucket"]

OPERATING_COSTS = ["overtime", "purchase_variance", "subcontracting", "transport", "holding", "write_off"]
"""Costs that standard cost does not hold: contribution = gross_margin less these."""

LINES = [
    "units",
    "revenue",
    "cost_of_goods",
    "gross_margin",
    *OPERATING_COSTS,
    "contribution",
    "inventory_value",
    "backlog_value",
]
"""Every line of the financial plan, in the order people read them."""


NOT_PAID = (
    "lost_sales", "excess_stock", "safety_stock_shortfall", "end_state", "source_share", "broken_promises",
    "frozen_plan", "changes_of_plan",
)  # fmt: skip
"""Cost lines that are prices on limits of the plan, or money not earned; nobody is paid them."""


def paid_costs(costs: pd.DataFrame) -> pd.Series:
    """What the plan pays as it goes, in money by scenario: all cost lines but those that nobody is paid."""
    return costs[~costs["line"].isin(NOT_PAID)].groupby("scenario")["value"].sum()


def financial_plans(scenarios: Iterable[Scenario], tables: Tables, plans: Tables, sales: pd.DataFrame) -> pd.DataFrame:
    """The financial plan of every scenario at its own prices and costs (contract table financial_plan).

    Args:
        scenarios: those solved beside base.
        tables: the unchanged tables: items, events, resources and those the scenarios change.
        plans: supply_plan, sourcing_plan, capacity_plan and costs of all scenarios.
        sales: history, for what customers pay of list and event prices.
    """
    realised = realised_share(tables["items"], tables["events"], sales)
    parts = []
    for name, changed in scenario_tables(scenarios, tables).items():
        taken = {each: changed[each] for each in ("items", "events", "resources")}
        made = ("supply_plan", "sourcing_plan", "capacity_plan", "costs")
        parts.append(financial_plan(**taken, **{each: _of(plans[each], name) for each in made}, realised=realised))
    return pd.concat(parts).sort_values([*KEY, "line"], ignore_index=True)


def _of(frame: pd.DataFrame, scenario: str) -> pd.DataFrame:
    return frame[frame["scenario"] == scenario]


def financial_plan(
    *,
    items: pd.DataFrame,
    events: pd.DataFrame,
    resources: pd.DataFrame,
    supply_plan: pd.DataFrame,
    sourcing_plan: pd.DataFrame,
    capacity_plan: pd.DataFrame,
    costs: pd.DataFrame,
    realised: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The plan as an income statement by family and bucket, with what it ties up (contract table financial_plan).

    Lines, in money (units in units):
        units: shipped. revenue: shipped at net price when ordered: list or event price, times the share customers pay.
        cost_of_goods: shipped at standard unit_cost, which holds material, regular hours and conversion.
        gross_margin: revenue less cost_of_goods.
        overtime: what overtime hours cost beyond regular ones, shared out like the supply plan's cost of overtime.
        purchase_variance, subcontracting: paid to suppliers and subcontractors beyond standard cost (less = negative);
            an item without a standard cost is taken as part of its parents' standard, so it has none.
        transport: moves between locations. holding: as the supply plan prices stock. write_off: at standard cost.
        contribution: gross_margin less the six cost lines.
        inventory_value: stock at the end of the bucket at standard cost. backlog_value: owed at the end, at net price.

    Regular hours and purchases at standard cost come in through cost_of_goods when shipped, so nothing counts twice.
    Every family and bucket of supply_plan has every line. `realised` (item_id, share): see `realised_share`.
    """
    family = items[["item_id", "family", "unit_cost"]]
    price = net_price(items, events, supply_plan["bucket"], realised)
    rows = supply_plan.assign(revenue=revenue_of(supply_plan, price))
    rows = rows.merge(family, on="item_id").merge(price, on=["item_id", "bucket"])
    rows = rows.assign(
        units=rows["shipped"],
        cost_of_goods=rows["shipped"] * rows["unit_cost"],
        write_off=rows["written_off"] * rows["unit_cost"],
        inventory_value=rows["stock"] * rows["unit_cost"],
        backlog_value=rows["backlog"] * rows["price"],
    )
    taken = ["units", "revenue", "cost_of_goods", "write_off", "inventory_value", "backlog_value"]
    lines = rows.groupby(KEY)[taken].sum()
    bought = sourcing_plan.merge(family, on="item_id")
    bought = bought[(bought["method"] == "move") | (bought["unit_cost"] > 0)]
    standard = (bought["qty"] * bought["unit_cost"]).where(bought["method"] != "move", 0.0)
    bought = bought.assign(value=bought["cost"] - standard)
    lines["overtime"] = _overtime(capacity_plan, resources, costs)
    lines["holding"] = costs[costs["line"] == "holding"].groupby(KEY)["value"].sum()
    for line, method in (("purchase_variance", "buy"), ("subcontracting", "subcontract"), ("transport", "move")):
        lines[line] = bought[bought["method"] == method].groupby(KEY)["value"].sum()
    lines = lines.fillna(0.0)
    lines["gross_margin"] = lines["revenue"] - lines["cost_of_goods"]
    lines["contribution"] = lines["gross_margin"] - lines[OPERATING_COSTS].sum(axis=1)
    long = lines[LINES].melt(ignore_index=False, var_name="line").reset_index()
    return checked(long, table("financial_plan"))


def _overtime(capacity_plan: pd.DataFrame, resources: pd.DataFrame, costs: pd.DataFrame) -> pd.Series:
    """The extra pay of overtime by scenario, family and bucket; by bucket it adds up over the resources exactly."""
    bucket = ["scenario", "bucket"]
    extra = (resources["cost_overtime"] - resources["cost_regular"]).clip(lower=0.0)
    extra = capacity_plan["resource_id"].map(extra.set_axis(resources["resource_id"]))
    paid = (capacity_plan["overtime"] * extra).groupby([capacity_plan[name] for name in bucket]).sum()
    charged = costs[costs["line"] == "overtime_hours"].groupby(KEY)["value"].sum()
    return charged / charged.groupby(level=bucket).transform("sum") * paid
