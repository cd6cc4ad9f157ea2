"""Looks at time: holes in the calendar, buckets without sales, told in part, twice or copied; places that stop."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import Problem
from sopbench.contract.words import counted
from sopbench.gather.checks.facts import Facts
from sopbench.gather.checks.told import keyed, listed, rows_told

HALF = 0.5
"""A last bucket below this share of the least of the year before is taken for incomplete."""

HOLE = 1.7
"""Two buckets of a calendar further apart than this many times the usual have one missing between them."""

RARE = 0.25
"""Buckets without any sale are worth a warning while they are no more than this share of the history."""

SAME = 0.95
"""A bucket of which this share of the rows has the units of the bucket before is a copy of it ..."""

USUALLY_SAME = 0.6
"""... if half of the buckets have no more than this share in common with the one before ..."""

ROWS = 20
"""... and it has this many rows."""

DOUBLED = 1.5
"""A step from one bucket to the next that is this many times the step of a year ago is odd, either way."""

LAST_DOUBLED = 1.7
"""The same for the step to the last bucket, which no step back confirms."""

STEADY = 1.35
"""Such a step is told where nine tenths of the company's other steps repeat those of a year ago within this factor."""

MOST = 0.6
"""It is told where this share of the items goes along."""

ACTIVE = 0.75
"""A location or customer that sold in this share of a year's buckets sold steadily."""

MATERIAL = 0.005
"""Who brings less than this share of the company's revenue may stop without a word."""


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


def copied_buckets(facts: Facts) -> list[Problem]:
    """A warning for each of the last year's buckets that repeats the one before row for row, with its revenue.

    A row is an item at a location for a customer. Companies whose sales hardly change are not warned.
    """
    buckets = facts.before[-facts.year - 1 :]
    sales = facts.tables["sales"]
    rows = sales[sales["bucket"] >= buckets[0]]
    series = rows.groupby(["item_id", "location_id", "customer_id"]).ngroup().to_numpy()
    units = np.zeros((series.max(initial=-1) + 1, len(buckets)))
    column = buckets.get_indexer(rows["bucket"])
    units[series[column >= 0], column[column >= 0]] = rows["qty_ordered"].to_numpy()[column >= 0]
    before, after = units[:, :-1], units[:, 1:]
    any_sold = ((before != 0) | (after != 0)).sum(axis=0)
    same = ((before == after) & (after != 0)).sum(axis=0) / any_sold.clip(1)
    if len(same) == 0 or np.median(same) > USUALLY_SAME:
        return []
    at = np.flatnonzero((same >= SAME) & (any_sold >= ROWS)) + 1
    found = [f"{100 * same[each - 1]:.0f} % of {any_sold[each - 1]:,} rows as in the bucket before" for each in at]
    key = "bucket=" + buckets[at].strftime("%Y-%m-%d").to_series(index=range(len(at)))
    money = facts.revenue.sum(axis=0)[-len(buckets) :][at]
    message = "the bucket is a copy of the bucket before"
    told = rows_told(key, pd.Series(found, dtype=object), pd.Series(money))
    return listed("sales", told, message, "hand in the sales of the bucket itself", noun="bucket")


def doubled_buckets(facts: Facts) -> list[Problem]:
    """A warning for each of the last year's buckets that looks told twice, or in half, with its revenue.

    The step to it and the step from it are held against those of a year ago; of the last bucket the step to it alone.
    Most items must go along, and the company's other steps repeat themselves: erratic companies are not warned.
    """
    total, year = facts.ordered.sum(axis=0), facts.year
    if len(total) < 2 * year + 1:
        return []
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.log(np.where(total > 0, total, np.nan))
    steps = np.diff(steps)  # steps[at - 1] leads to bucket at
    odd = np.append(np.full(year + 1, np.nan), steps[year:] - steps[:-year])  # odd[at]: against the step of a year ago
    following = np.append(odd[1:], np.nan)
    limit = np.where(np.arange(len(odd)) == len(odd) - 1, np.log(LAST_DOUBLED), np.log(DOUBLED))
    lone = (odd * following < 0) & (np.abs(following) >= np.log(DOUBLED)) | (np.arange(len(odd)) == len(odd) - 1)
    at = np.flatnonzero((np.abs(odd) >= limit) & lone)
    at = at[(at >= len(odd) - year) & _others_steady(odd, at) & _most_go_along(facts, at, odd)]
    twice = odd[at] > 0
    found = [f"{total[each]:,.0f} units, {np.exp(odd[each]):.1f} times what a year ago says" for each in at]
    key = "bucket=" + facts.before[at].strftime("%Y-%m-%d").to_series(index=range(len(at)))
    told = rows_told(key, pd.Series(found, dtype=object), pd.Series(facts.revenue.sum(axis=0)[at]))
    mend = "hand in each sale of the bucket once; where it is true, leave it"
    return [
        *listed("sales", told[twice], "the sales of this bucket look doubled", mend, noun="bucket"),
        *listed("sales", told[~twice], "the sales of this bucket look half told", mend, noun="bucket"),
    ]


def stopped(facts: Facts) -> list[Problem]:
    """A warning for each location, and customer, that sold steadily and stops while the company sells on.

    Its money is the revenue of the year before it stopped. Where another one begins just then, it has moved; a
    customer that stops with a location is told by that.
    """
    locations, customers = _stopped(facts, "location_id"), _stopped(facts, "customer_id")
    customers = customers[~customers["value"].isin(locations["value"])]
    mend = "hand in its sales; where it has closed, leave it"
    return [
        problem
        for noun, told in (("location", locations), ("customer", customers))
        for problem in listed(
            "sales", told, f"the {noun} sold steadily and stops, while the company sells on", mend, noun=noun
        )
    ]


def _stopped(facts: Facts, column: str) -> pd.DataFrame:
    """Who of a column of sales stopped: key, last bucket in words, and money, as `listed` takes them."""
    least, buckets = max(2, facts.year // 8), facts.before[-2 * facts.year :]
    sales = facts.tables["sales"]
    rows = sales[(sales["bucket"] >= buckets[0]) & (sales["bucket"] <= buckets[-1])]
    wide = rows.pivot_table(index=column, columns="bucket", values=["qty_ordered", "revenue"], aggfunc="sum")
    if len(wide) < 2 or len(buckets) < 2 * facts.year:
        return rows_told(pd.Series(dtype=object))
    sold = wide["qty_ordered"].reindex(columns=buckets).fillna(0.0).to_numpy() > 0
    revenue = wide["revenue"].reindex(columns=buckets).fillna(0.0).to_numpy()
    first, end = sold.argmax(axis=1), len(buckets) - sold[:, ::-1].argmax(axis=1)
    place = np.arange(len(buckets))
    year = (place >= (end - facts.year)[:, None]) & (place < end[:, None])
    money = (revenue * year).sum(axis=1)
    steady = sold.any(axis=1) & ((sold & year).sum(axis=1) >= ACTIVE * facts.year)
    begun = np.sort(first[first > 0])
    moved = np.searchsorted(begun, end + 1, side="right") > np.searchsorted(begun, end - 1, side="left")
    others_sell = np.array([sold[:, each:].any(axis=0).all() for each in end])
    gone = steady & (len(buckets) - end >= least) & ~moved & others_sell & (money >= MATERIAL * revenue.sum() / 2)
    key = f"{column}=" + pd.Series(wide.index.astype(str))
    last = "last " + pd.Series(buckets[end - 1].strftime("%Y-%m-%d"))
    return rows_told(key, last, pd.Series(money))[gone]


def _others_steady(odd: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Whether the company's steps, but those to and from the buckets named, repeat those of a year ago."""
    others = np.delete(np.abs(odd), np.union1d(at, at[at < len(odd) - 1] + 1))
    others = others[np.isfinite(others)]
    steady = len(others) > 0 and np.quantile(others, 0.9) <= np.log(STEADY)
    return np.full(len(at), steady)


def _most_go_along(facts: Facts, at: np.ndarray, odd: np.ndarray) -> np.ndarray:
    """Whether most of the items sold in the bucket and the one before take a large step the company's way."""
    before, after = facts.ordered[:, at - 1], facts.ordered[:, at]
    both = (before > 0) & (after > 0)
    step = np.log(np.where(both, after, 1.0) / np.where(both, before, 1.0)) * np.sign(odd[at])
    return (step >= np.log(STEADY)).sum(axis=0) >= MOST * both.sum(axis=0).clip(1)


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
