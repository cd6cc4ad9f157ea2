"""The latest estimate: where each fiscal year will end, from what happened so far and the plan for the rest."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.buckets import buckets_a_year, middles
from sopbench.executive.comparison import LINES, last_budget, planned_lines

KEY = ["family", "year", "line"]

NAMED = r"(FY ?\d{2,4}|(?:19|20)\d{2})"
"""A year in the name of a fiscal period: 2025-P09, FY25 P3, P9/2025."""


def latest_estimate(
    *,
    financial_plan: pd.DataFrame,
    budget: pd.DataFrame,
    sales: pd.DataFrame,
    items: pd.DataFrame,
    calendar: pd.DataFrame,
    last_cycle: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Say where every fiscal year that the plan brings to its end will land (contract table latest_estimate).

    Args:
        financial_plan: the recommended scenario alone (lines units, revenue, gross_margin).
        budget: of several versions of a family and bucket the last one counts.
        sales: history; units shipped, revenue and margin at standard cost of the buckets before the plan.
        items: family and unit_cost.
        calendar: fiscal_period, which names the year; where a planned bucket has none, or none with a year, all count
            by calendar year (that of their middle). Earlier buckets without a name then belong to no year.
        last_cycle: the latest_estimate of the last cycle; None where there is none.

    Returns:
        estimate = actual + plan, in units and money. budget is the whole year's, empty where the budget does not cover
        all its buckets, or the family has none. A year that goes on after the horizon is left out; where history begins
        within a year, actual is what is known of it.
    """
    plan = planned_lines(financial_plan).rename(columns={"value": "plan"})
    start = plan["bucket"].min()
    actual = _actual(sales[sales["bucket"] < start], items)
    every = pd.concat([plan["bucket"], actual["bucket"], budget["bucket"]]).drop_duplicates().sort_values()
    year = fiscal_years(every, calendar, start)
    known = year[year.index.isin(plan["bucket"]) | year.index.isin(actual["bucket"])]
    known = known[known.isin(_ended(known, plan["bucket"]))]
    promised = last_budget(budget)
    whole = known.groupby(known).apply(lambda buckets: buckets.index.isin(promised["bucket"]).all())
    promised = promised[promised["bucket"].map(known).isin(whole.index[whole])]
    parts = [
        rows.assign(year=rows["bucket"].map(known)).dropna(subset=["year"]).groupby(KEY)[name].sum()
        for name, rows in (("actual", actual), ("plan", plan), ("budget", promised))
    ]
    found = pd.concat(parts, axis=1).rename_axis(KEY)
    found[["actual", "plan"]] = found[["actual", "plan"]].fillna(0.0)
    found["estimate"] = found["actual"] + found["plan"]
    before = pd.Series(dtype=float) if last_cycle is None else last_cycle.set_index(KEY)["estimate"]
    found["last_cycle"] = before.reindex(found.index) if len(before) else float("nan")
    alive = found.fillna(0.0).abs().sum(axis=1).groupby(level=["family", "year"]).transform("sum") > 0
    return checked(found[alive].reset_index(), table("latest_estimate"))


def fiscal_years(buckets: pd.Series, calendar: pd.DataFrame, start: pd.Timestamp) -> pd.Series:
    """The fiscal year of each bucket, by bucket: as the calendar's fiscal_period names it, or the calendar year.

    Names count where all buckets from `start` on have one; earlier ones without are then left empty.
    """
    days = buckets.drop_duplicates().sort_values()
    period = days.map(calendar.set_index("bucket")["fiscal_period"]).astype("string").fillna("")
    named = period.str.extract(NAMED, expand=False)
    by_date = middles(days).dt.year.astype(str)
    return pd.Series((by_date if named[days >= start].isna().any() else named).to_numpy(dtype=object), index=days)


def _ended(year: pd.Series, planned: pd.Series) -> list[str]:
    """The years with buckets of the plan that end within it: a later one has begun, or it has all its buckets."""
    ours = year[year.index.isin(planned)]
    later = ours[ours != ours.iloc[-1]].unique().tolist()
    full = (year == ours.iloc[-1]).sum() >= buckets_a_year(year.index)
    return [*later, ours.iloc[-1]] if full else later


def _actual(sales: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """What was shipped, by family, bucket and line."""
    rows = sales.merge(items[["item_id", "family", "unit_cost"]], on="item_id")
    rows = rows.assign(units=rows["qty_shipped"], margin=rows["revenue"] - rows["qty_shipped"] * rows["unit_cost"])
    sums = rows.groupby(["family", "bucket"])[list(LINES.values())].sum().reset_index()
    return sums.melt(["family", "bucket"], list(LINES.values()), "line", "actual")
