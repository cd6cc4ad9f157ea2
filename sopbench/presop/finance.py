"""The plan in money: what each family earns and ties up in each bucket of each scenario."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sopbench.contract import checked, table
from sopbench.params import Presop, Scenario
from sopbench.presop.cash import BALANCES, cash_lines
from sopbench.presop.labour import idle_wages, overtime_premium
from sopbench.presop.prices import realised_share
from sopbench.presop.scenarios import Tables, scenario_tables
from sopbench.presop.sold import SOLD, sold

KEY = ["scenario", "family", "bucket"]

OPERATING_COSTS = [
    "overtime", "idle_wages", "hiring", "set_up", "purchase_variance", "subcontracting", "transport", "holding",
    "write_off",
]  # fmt: skip
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
    *BALANCES,
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


GIVEN = ("items", "events", "resources", "receipts")
"""Tables that a scenario may change and that its plan in money is made from."""

MADE = ("supply_plan", "sourcing_plan", "capacity_plan", "shipments", "costs")
"""Tables of a solved plan that its plan in money is made from."""


def financial_plans(
    scenarios: Iterable[Scenario],
    tables: Tables,
    plans: Tables,
    sales: pd.DataFrame,
    settings: Presop | None = None,
) -> pd.DataFrame:
    """The financial plan of every scenario at its own prices and costs (contract table financial_plan).

    Args:
        scenarios: those solved beside base.
        tables: the unchanged tables: those of GIVEN, sales_terms, and those the scenarios change.
        plans: the tables of MADE, of all scenarios.
        sales: history, for what customers pay of list and event prices, and for what they owe at the start.
        settings: section presop; its defaults where none is given.
    """
    realised = realised_share(tables["items"], tables["events"], sales, tables["sales_terms"])
    parts = []
    for name, changed in scenario_tables(scenarios, tables).items():
        given = {each: changed[each] for each in GIVEN} | {each: _of(plans[each], name) for each in MADE}
        parts.append(financial_plan(**given, sales=sales, settings=settings or Presop(), realised=realised))
    return pd.concat(parts).sort_values([*KEY, "line"], ignore_index=True)


def _of(frame: pd.DataFrame, scenario: str) -> pd.DataFrame:
    return frame[frame["scenario"] == scenario]


def financial_plan(
    *,
    items: pd.DataFrame,
    events: pd.DataFrame,
    resources: pd.DataFrame,
    receipts: pd.DataFrame,
    sales: pd.DataFrame,
    supply_plan: pd.DataFrame,
    sourcing_plan: pd.DataFrame,
    capacity_plan: pd.DataFrame,
    shipments: pd.DataFrame,
    costs: pd.DataFrame,
    settings: Presop,
    realised: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The plan as an income statement by family and bucket, with what it ties up (contract table financial_plan).

    Lines, in money (units in units):
        units: shipped. revenue: shipped at the price when ordered (see `sopbench.presop.sold.sold`).
        cost_of_goods: shipped at standard unit_cost, which holds material, regular hours and conversion.
        gross_margin: revenue less cost_of_goods.
        overtime: what overtime hours cost beyond regular ones. idle_wages: regular hours paid and not worked.
        hiring: hiring and laying off. set_up: money that lots take, of which standard cost is taken to hold nothing.
        purchase_variance, subcontracting: paid to suppliers and subcontractors beyond standard cost (less = negative);
            an item without a standard cost is taken as part of its parents' standard, so it has none.
        transport: moves between locations. holding: as the supply plan prices stock. write_off: at standard cost.
        contribution: gross_margin less these OPERATING_COSTS.
        inventory_value: stock at the end of the bucket at standard cost. backlog_value: owed at the end, at its price.
        receivables ... cash_effect: see `sopbench.presop.cash.cash_lines`.

    Regular hours and purchases at standard cost come in through cost_of_goods when shipped, so nothing counts twice.
    Every family and bucket of supply_plan has every line. `realised` (item_id, share): see `realised_share`.
    """
    family = items[["item_id", "family", "unit_cost"]]
    rows = supply_plan.merge(family, on="item_id")
    rows = rows.assign(
        write_off=rows["written_off"] * rows["unit_cost"], inventory_value=rows["stock"] * rows["unit_cost"]
    )
    lines = rows.groupby(KEY)[["write_off", "inventory_value"]].sum()
    sales_of = sold(items, events, shipments, realised).merge(family[["item_id", "family"]], on="item_id")
    lines = lines.join(sales_of.groupby(KEY)[[*SOLD, "backlog_value"]].sum())
    bought = sourcing_plan.merge(family, on="item_id")
    bought = bought[(bought["method"] == "move") | (bought["unit_cost"] > 0)]
    standard = (bought["qty"] * bought["unit_cost"]).where(bought["method"] != "move", 0.0)
    bought = bought.assign(value=bought["cost"] - standard)
    for line, method in (("purchase_variance", "buy"), ("subcontracting", "subcontract"), ("transport", "move")):
        lines[line] = bought[bought["method"] == method].groupby(KEY)["value"].sum()
    lines["overtime"] = overtime_premium(capacity_plan, resources, costs)
    lines["idle_wages"] = idle_wages(capacity_plan, resources, costs)
    for line, booked in (("hiring", ("hiring", "lay_off")), ("set_up", ("set_up",)), ("holding", ("holding",))):
        lines[line] = costs[costs["line"].isin(booked)].groupby(KEY)["value"].sum()
    lines = lines.fillna(0.0)
    lines["gross_margin"] = lines["revenue"] - lines["cost_of_goods"]
    lines["contribution"] = lines["gross_margin"] - lines[OPERATING_COSTS].sum(axis=1)
    made = {"supply_plan": supply_plan, "sourcing_plan": sourcing_plan, "costs": costs}
    lines = lines.join(cash_lines(lines, settings, items=items, receipts=receipts, sales=sales, **made))
    long = lines[LINES].melt(ignore_index=False, var_name="line").reset_index()
    return checked(long, table("financial_plan"))
