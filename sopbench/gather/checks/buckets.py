"""Looks at time: holes in the company's calendar, buckets nobody sold in, a last bucket half told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.checks.facts import Facts
from sopbench.gather.checks.told import keyed, listed, rows_told
from sopbench.gather.references import counted

HALF = 0.5
"""A last bucket below this share of the least of the year before is taken for incomplete."""

HOLE = 1.7
"""Two buckets of a calendar further apart than this many times the usual have one missing between them."""

RARE = 0.25
"""Buckets without any sale are worth a warning while they are no more than this share of the history."""


def calendar_holes(calendar: pd.DataFrame) -> list[Problem]:
    """A warning for each hole in the middle of the calendar of months or weeks as the company handed it in."""
    days = calendar["bucket"].diff().dt.days.shift(-1)
    hole = days > HOLE * days.median()
    missing = days[hole] / days.median() - 1
    rows = rows_told(keyed(calendar[hole], "bucket"), missing.round().map("{:.0f} missing after it".format))
    message = "the calendar leaves out buckets in its middle; they get the usual working days"
    return listed("calendar", rows, message, "hand in a row for every bucket", noun="hole")


def odd_working_days(calendar: pd.DataFrame) -> list[Problem]:
    """Warnings on the calendar as the company handed it in: no working day at all, or more than the bucket has days."""
    if len(calendar) and (calendar["working_days"] == 0).all():
        message = "no bucket has a working day"
        return [Problem("calendar", "working_days", "0", message, "give the days worked", "warning")]
    days = calendar["bucket"].diff().dt.days.shift(-1).fillna(31)
    long = calendar["working_days"] > days
    rows = rows_told(keyed(calendar[long], "bucket"), calendar.loc[long, "working_days"].map("{:g} days".format))
    message = "more working days than the bucket has days"
    return listed("calendar", rows, message, "give days worked, not hours", noun="bucket")


def silent_buckets(facts: Facts) -> list[Problem]:
    """A warning for each bucket between the first and the last sale in which nothing at all was sold.

    Its money is an average bucket's revenue. A company that sells in few buckets is not warned.
    """
    total = np.abs(facts.ordered).sum(axis=0) + np.abs(facts.shipped).sum(axis=0)
    sold = np.flatnonzero(total)
    if len(sold) == 0:
        return []
    inside = np.arange(sold[0], sold[-1])
    silent = inside[total[inside] == 0]
    if len(silent) == 0 or len(silent) > RARE * len(inside):
        return []
    usual = float(facts.revenue[:, sold].sum() / len(sold))
    key = "bucket=" + facts.before[silent].strftime("%Y-%m-%d").to_series(index=range(len(silent)))
    mend = "hand in these sales; where there were none, leave it"
    return listed("sales", rows_told(key, "", usual), "nothing at all was sold in this bucket", mend, noun="bucket")


def incomplete_last_bucket(facts: Facts) -> list[Problem]:
    """A warning for each channel whose last bucket before the cycle is far below the least of the year before it.

    Its money is the revenue that is missing to the least of these.
    """
    if len(facts.before) <= facts.year:
        return []
    units, revenue = _by_channel(facts)
    problems = []
    for name in units.index:
        year, last = units.loc[name].iloc[:-1], units.loc[name].iloc[-1]
        if last < HALF * year.min():
            where = f"bucket={facts.before[-1]:%Y-%m-%d}" + (f", channel={name}" if name else "")
            found = f"{last:,.0f} units, never below {year.min():,.0f} in the {counted(facts.year, 'bucket')} before"
            message = "the last bucket before the cycle looks incomplete"
            mend = "hand in the whole bucket, or start the cycle a bucket earlier"
            missing = float(revenue.loc[name].iloc[:-1].min() - revenue.loc[name].iloc[-1])
            problems.append(Problem("sales", where, found, message, mend, "warning", missing))
    return problems


def _by_channel(facts: Facts) -> list[pd.DataFrame]:
    """Units ordered and revenue by channel (rows) in each bucket of the last year and the one that ended it."""
    buckets = facts.before[-facts.year - 1 :]
    sales = facts.tables["sales"]
    sales = sales[sales["bucket"] >= buckets[0]]
    rows = sales.groupby(["customer_id", "bucket"], as_index=False)[["qty_ordered", "revenue"]].sum()
    channel = facts.tables["customers"].set_index("customer_id")["channel"]
    rows["channel"] = rows["customer_id"].map(channel).fillna("")
    wide = rows.pivot_table(index="channel", columns="bucket", values=["qty_ordered", "revenue"], aggfunc="sum")
    return [wide[name].reindex(columns=buckets).fillna(0.0) for name in ("qty_ordered", "revenue")]
