"""Looks at what people hand in: overrides and events that cannot hold, streams and budgets that end too soon."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import Problem
from sopbench.contract.inputs import OVERRIDE_SCOPE
from sopbench.gather.checks.facts import Facts
from sopbench.gather.checks.told import figures, keyed, listed, rows_told, summed

SELECTS = list(OVERRIDE_SCOPE)

RARE = 0.5
"""Families without a budget are worth a note while they are fewer than this share of those sold."""

AS_PERCENT = 5.0
"""A share of this size or more (+500 %) was most likely meant in per cent."""


def never_in_force(facts: Facts) -> list[Problem]:
    """A warning for each override and event that ends before it starts, a note on overrides outside the horizon.

    An override that held while it lasted is no fault; `as_of` tells it.
    """
    problems = []
    for name, key in (("overrides", "override_id"), ("events", "event_id")):
        rows = facts.tables[name]
        rows = rows[rows["end"] < rows["start"]]
        found = rows["start"].dt.strftime("%Y-%m-%d to ") + rows["end"].dt.strftime("%Y-%m-%d")
        told = rows_told(keyed(rows, key), found)
        problems += listed(name, told, "it ends before it starts, so it never holds", "swap or correct the dates")
    rows = facts.tables["overrides"]
    outside = (rows["start"] > facts.ahead[-1]) | ((rows["end"] < facts.start) & ~(rows["as_of"] <= rows["end"]))
    rows = rows[outside & (rows["end"] >= rows["start"])]
    message = "overrides that start after the horizon, or had ended before they were made"
    mend = "correct the dates, or remove them"
    return problems + summed("overrides", rows_told(rows["override_id"]), message, mend, noun="override")


def overrides_that_say_too_much(facts: Facts) -> list[Problem]:
    """Warnings on overrides that select the whole company, or set in units what another one sets as well."""
    rows = facts.tables["overrides"]
    everything = rows[(rows[SELECTS] == "").all(axis=1)]
    found = everything["kind"] + " " + figures(everything["value"], "{:g}")
    yearly = float(facts.items["sold_for"].sum())
    told = rows_told(keyed(everything, "override_id"), found, yearly)
    message = "it names no item, family, category, location, region, customer or channel, so it moves everything"
    problems = listed("overrides", told, message, "name what it is for", noun="override")
    twice = _set_twice(rows)
    told = rows_told(keyed(twice, "override_id"), "as override " + twice["other"])
    message = "it sets units for the same items and buckets as another override: one of them is lost"
    return problems + listed("overrides", told, message, "keep one of the two", noun="override")


def shares_in_percent(facts: Facts) -> list[Problem]:
    """A warning for each uplift, override in per cent and scrap so large that it was not meant as a share."""
    overrides, events, bom = (facts.tables[name] for name in ("overrides", "events", "bom"))
    shares = (
        ("overrides", "override_id", overrides[overrides["kind"] == "percent"], "value", AS_PERCENT),
        ("events", "event_id", events, "uplift", AS_PERCENT),
        ("bom", "item_id", bom, "scrap", 1.0),
    )
    problems = []
    for name, key, rows, column, most in shares:
        rows = rows[rows[column].abs() >= most]
        keys = keyed(rows, key, *(["component_id"] if name == "bom" else []))
        told = rows_told(keys, figures(rows[column], "{:g} = ") + figures(100 * rows[column], "{:,.0f} %"))
        message = f"{column} is a share, and this one is very large"
        problems += listed(name, told, message, "write 30 % as .3")
    return problems


def streams_that_end(facts: Facts) -> list[Problem]:
    """A note for each forecast stream that ends inside the horizon, a warning for one that ends before it."""
    problems = []
    for stream, last in facts.tables["forecasts"].groupby("stream")["bucket"].max().items():
        key, found = f"stream={stream}", f"last {last:%Y-%m-%d}"
        if last < facts.start:
            message, mend = "the stream ends before the cycle: nothing of it counts", "hand in a new one"
            problems.append(Problem("forecasts", key, found, message, mend, "warning"))
        elif last < facts.ahead[-1]:
            message = "the stream ends inside the horizon; from then on the others share out its weight"
            problems.append(Problem("forecasts", key, found, message, "hand in more buckets where it matters", "note"))
    return problems


def budget_holes(facts: Facts) -> list[Problem]:
    """A note on a budget that ends inside the horizon, and on families with sales that have none, with revenue.

    The latter where most families have one: a company may choose to budget only a few.
    """
    budget = facts.tables["budget"]
    if budget.empty:
        return []
    problems, last = [], budget["bucket"].max()
    if last < facts.ahead[-1]:
        message = "the budget ends inside the horizon; from then on the plan is compared with nothing"
        mend = "hand in the next year's budget when it is there"
        problems.append(Problem("budget", "", f"last {last:%Y-%m-%d}", message, mend, "note"))
    sold = facts.items.groupby("family")["sold_for"].sum()
    without = sold[sold > 0].index.difference(budget["family"])
    rows = sold[without] if len(without) < RARE * (sold > 0).sum() else sold.iloc[:0]
    message = "families with sales in the last year, but without a budget"
    told = rows_told(rows.index.to_series(), "", rows)
    return problems + summed("budget", told, message, "hand in their budget", noun="family")


def _set_twice(overrides: pd.DataFrame) -> pd.DataFrame:
    """Absolute overrides of the same selection as an earlier one, over some of the same buckets, with its number."""
    rows = overrides[(overrides["kind"] == "absolute") & (overrides["end"] >= overrides["start"])]
    rows = rows.sort_values([*SELECTS, "start", "override_id"], kind="stable")
    before = rows.groupby(SELECTS)[["end", "override_id"]].shift()
    return rows.assign(other=before["override_id"])[rows["start"] <= before["end"]]
