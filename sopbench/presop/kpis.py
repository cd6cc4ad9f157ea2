"""Scenarios side by side: a dozen measures over the horizon, each with its difference to base."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table
from sopbench.params import Presop
from sopbench.presop.finance import paid_costs

UNITS = {
    "units": "units",
    "revenue": "money",
    "gross_margin": "money",
    "contribution": "money",
    "service": "share",
    "late_or_lost": "money",
    "backlog_end": "units",
    "lost": "units",
    "inventory_end": "money",
    "inventory_average": "money",
    "working_capital_end": "money",
    "cash_effect": "money",
    "overtime_hours": "hours",
    "bottlenecks": "count",
    "plan_cost": "money",
    "plan_profit": "money",
}
"""The measures, in the order people read them, and their units."""


def scenario_kpis(
    settings: Presop,
    *,
    scenarios: pd.DataFrame,
    financial_plan: pd.DataFrame,
    supply_plan: pd.DataFrame,
    capacity_plan: pd.DataFrame,
    shortages: pd.DataFrame,
    solution: pd.DataFrame,
    costs: pd.DataFrame,
) -> pd.DataFrame:
    """Measure every scenario over the horizon and set it beside base (contract table scenario_kpis).

    Measures: units, revenue, gross_margin; contribution, of an option less what it takes once (scenarios.cost);
    service = share of the units wanted that are shipped in their bucket; late_or_lost = revenue of the others;
    backlog_end and lost in units; inventory_end and inventory_average in money, at bucket ends;
    working_capital_end = inventory and receivables less payables; cash_effect = cash that comes in over the horizon,
    of an option less what it takes once; overtime_hours; bottlenecks = resources that reach settings.bottleneck_from
    in some bucket; plan_cost = the model's objective; plan_profit = revenue less all that the plan pays as it goes
    (sources, hours, people, set-ups, holding, backlog, write-off) and what an option takes once: beside contribution,
    it counts stock built up.
    """
    names = scenarios["scenario"].tolist()
    money = financial_plan.pivot_table("value", "scenario", "line", "sum")
    kpis = money[["units", "revenue", "gross_margin", "contribution", "cash_effect"]].reindex(names)
    for name in ("contribution", "cash_effect"):
        kpis[name] -= scenarios.set_index("scenario")["cost"]
    sums = supply_plan.groupby("scenario")[["demand", "lost"]].sum()
    late = shortages.groupby("scenario")[["qty", "revenue_at_risk"]].sum().reindex(names, fill_value=0.0)
    kpis["late_or_lost"] = late["revenue_at_risk"]
    kpis["service"] = (1 - late["qty"] / sums["demand"].where(sums["demand"] > 0)).fillna(1.0).clip(lower=0.0)
    kpis["lost"] = sums["lost"]
    last = supply_plan[supply_plan["bucket"] == supply_plan["bucket"].max()]
    kpis["backlog_end"] = last.groupby("scenario")["backlog"].sum()
    stock, capital = (
        financial_plan[financial_plan["line"] == line].pivot_table("value", "scenario", "bucket", "sum")
        for line in ("inventory_value", "working_capital")
    )
    kpis["working_capital_end"] = capital.iloc[:, -1]
    kpis["inventory_end"], kpis["inventory_average"] = stock.iloc[:, -1], stock.mean(axis=1)
    kpis["overtime_hours"] = capacity_plan.groupby("scenario")["overtime"].sum()
    full = capacity_plan[capacity_plan["utilisation"] >= settings.bottleneck_from]
    kpis["bottlenecks"] = full.groupby("scenario")["resource_id"].nunique()
    kpis["plan_cost"] = solution.set_index("scenario")["objective"]
    paid = paid_costs(costs).reindex(names, fill_value=0.0)
    kpis["plan_profit"] = kpis["revenue"] - paid - scenarios.set_index("scenario")["cost"]
    kpis = kpis[list(UNITS)].fillna(0.0)
    long = kpis.melt(ignore_index=False, var_name="kpi").reset_index(names="scenario")
    long = long.assign(unit=long["kpi"].map(UNITS), base=long["kpi"].map(kpis.loc["base"]))
    return checked(long.assign(difference=long["value"] - long["base"]), table("scenario_kpis"))
