"""The recommended plan beside the budget, last cycle's plan and last year, and the bridge from budget to plan."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.buckets import a_year_before

LINES = {"units": "units", "revenue": "revenue", "gross_margin": "margin"}
"""Lines of the financial plan that are compared, and what the comparison calls them."""

KEY = ["family", "bucket", "line"]


def comparison(
    *,
    financial_plan: pd.DataFrame,
    budget: pd.DataFrame,
    sales: pd.DataFrame,
    items: pd.DataFrame,
    last_cycle: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Set the plan beside what was promised, by family and bucket (contract table comparison).

    Args:
        financial_plan: the recommended scenario alone (lines units, revenue and gross_margin are compared).
        budget: of several versions of a family and bucket the last one counts (by as_of, then by name).
        sales: history; units shipped, revenue and its margin at standard cost a year before each bucket.
        items: family and unit_cost.
        last_cycle: the financial_plan that was approved in the last cycle; None where there is none.

    Returns:
        plan, budget, last_cycle and last_year of the lines units, revenue and margin, in units and money.
        A column is empty where nothing is known: no budget, no earlier plan that far, a year earlier not yet over.
        Families that are neither planned, budgeted, sold a year ago nor in last cycle's plan are left out.
    """
    plan = planned_lines(financial_plan).rename(columns={"value": "plan"})
    found = plan.merge(last_budget(budget), on=KEY, how="outer")
    found = found.merge(_last_year(sales, items, plan["bucket"]), on=KEY, how="outer")
    if last_cycle is None:
        found = found.assign(last_cycle=float("nan"))
    else:
        found = found.merge(planned_lines(last_cycle).rename(columns={"value": "last_cycle"}), on=KEY, how="outer")
    found = found[found["bucket"].isin(plan["bucket"])]
    found["plan"] = found["plan"].fillna(0.0)
    values = found[["plan", "budget", "last_cycle", "last_year"]].fillna(0).abs().sum(axis=1)
    alive = values.groupby(found["family"]).transform("sum") > 0
    return checked(found[alive], table("comparison"))


def planned_lines(financial_plan: pd.DataFrame) -> pd.DataFrame:
    """Units, revenue and margin of a financial_plan, by family, bucket and line."""
    rows = financial_plan[financial_plan["line"].isin(LINES)]
    return rows.assign(line=rows["line"].map(LINES))[[*KEY, "value"]]


def last_budget(budget: pd.DataFrame) -> pd.DataFrame:
    """The last version of the budget, a row for each line."""
    last = budget.sort_values(["as_of", "version"], na_position="first").drop_duplicates(
        ["family", "bucket"], keep="last"
    )
    long = last.melt(["family", "bucket"], list(LINES.values()), "line", "budget")
    return long.dropna(subset=["budget"])


def _last_year(sales: pd.DataFrame, items: pd.DataFrame, buckets: pd.Series) -> pd.DataFrame:
    """What was shipped a year before each bucket: 12 months back, or in the bucket nearest 52 weeks back."""
    before = a_year_before(buckets, sales["bucket"]).rename("before").rename_axis("bucket").reset_index()
    known = sales.rename(columns={"bucket": "before"}).merge(before.dropna(), on="before")
    known = known.merge(items[["item_id", "family", "unit_cost"]], on="item_id")
    known = known.assign(
        units=known["qty_shipped"], margin=known["revenue"] - known["qty_shipped"] * known["unit_cost"]
    )
    sums = known.groupby(["family", "bucket"])[list(LINES.values())].sum().reset_index()
    return sums.melt(["family", "bucket"], list(LINES.values()), "line", "last_year")


def bridge(comparison: pd.DataFrame, line: str = "revenue") -> pd.DataFrame:
    """From the budget to the plan, family by family, over the buckets that have a budget.

    Args:
        comparison: the contract table.
        line: units, revenue or margin.

    Returns:
        step (budget, each family by the size of its difference, plan), value (the total at both ends, the difference
        between them), from and level (where the step begins and ends). The differences add up to plan less budget.
    """
    rows = comparison[(comparison["line"] == line) & comparison["budget"].notna()]
    sums = rows.groupby("family")[["plan", "budget"]].sum()
    changes = (sums["plan"] - sums["budget"]).rename("value").reset_index()
    order = changes["value"].abs().sort_values(ascending=False, kind="stable").index
    changes = changes.loc[order].rename(columns={"family": "step"})
    start = sums["budget"].sum()
    steps = pd.concat([pd.DataFrame({"step": ["budget"], "value": [start]}), changes], ignore_index=True)
    steps["level"] = steps["value"].cumsum()
    end = pd.DataFrame({"step": ["plan"], "value": [sums["plan"].sum()], "level": [sums["plan"].sum()]})
    steps["from"] = (steps["level"] - steps["value"]).where(steps["step"] != "budget", 0.0)
    return pd.concat([steps, end.assign(**{"from": 0.0})], ignore_index=True)[["step", "value", "from", "level"]]
