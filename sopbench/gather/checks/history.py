"""Looks at the demand history: a changed unit of measure, one bucket out of all proportion, sales below 0."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.checks.facts import Facts, medians
from sopbench.gather.checks.told import figures, keyed, listed, rows_told, summed

PRICE_JUMP = 3.0
"""The invoiced price of a unit that rises or falls by this factor, and stays, hints at another unit of measure."""

LEVEL_JUMP = 8.0
"""Demand that rises or falls by this factor within a bucket, and stays, hints at another unit of measure."""

APART = 1.5
"""After a jump of level every bucket lies beyond every bucket of the year before by this factor."""

NEGLIGIBLE = 1e-4
"""An item with less than this share of the last year's revenue is left out of the search for a jump of level."""

LATEST = (6, 5, 4, 3)
"""Numbers of last buckets that are held against the year before them, to find a jump of level."""

PROPORTION = 25.0
"""A bucket above this many times the median of an item's buckets with sales ..."""

SECOND = 5.0
"""... and this many times the second largest is out of all proportion."""


def unit_breaks(facts: Facts) -> list[Problem]:
    """Warnings on items whose history looks as if its unit of measure had changed, with the revenue since then."""
    mend = "hand in the whole history in one unit of measure (uom); where it is true, leave it"
    price = "the invoiced price of a unit jumped and stayed: a changed unit of measure, or a wrong price"
    level = "demand jumped and stayed, its price as it was: a changed unit of measure, or wrong quantities"
    prices, levels = price_breaks(facts), level_breaks(facts)
    levels = levels[~levels.index.isin(prices.index)]
    return [
        *listed("sales", _break_told(prices, "{:,.2f} to ", "{:,.2f} from "), price, mend, noun="item"),
        *listed("sales", _break_told(levels, "{:,.0f} to ", "{:,.0f} a bucket from "), level, mend, noun="item"),
    ]


def price_breaks(facts: Facts) -> pd.DataFrame:
    """Items (index) whose invoiced price of a unit jumped within the last two years: before, after, bucket, money.

    Three buckets or more with sales on the new level, four on the old one; every new one, and four fifths of the old
    ones, lie on their own side of the middle.
    """
    shipped, revenue = facts.shipped, facts.revenue
    sold = (shipped > 0) & (revenue > 0)
    price = np.divide(revenue, shipped, out=np.full(shipped.shape, np.nan), where=sold)
    with np.errstate(invalid="ignore", over="ignore"):
        seen = price[:, -3 * facts.year :]
        spread = np.nanmax(seen, axis=1, initial=0) / np.nanmin(seen, axis=1, initial=np.inf)
    rows = np.flatnonzero(spread >= PRICE_JUMP)
    columns, said = price.shape[1], np.full((len(rows), 3), np.nan)  # median before, median after, column
    for at in range(max(4, columns - 2 * facts.year), columns - 2):
        before, after = price[rows, max(0, at - facts.year) : at], price[rows, at : at + facts.year]
        old, new = medians(before), medians(after)
        jump = np.maximum(new / old, old / new)
        middle, up = np.sqrt(old * new)[:, None], (new > old)[:, None]
        apart = np.where(np.isfinite(after), (after > middle) == up, True).all(axis=1)
        count = np.isfinite(before).sum(axis=1)
        apart &= (np.isfinite(before) & ((before < middle) == up)).sum(axis=1) >= 0.8 * count
        enough = (count >= 4) & (np.isfinite(after).sum(axis=1) >= 3) & np.isfinite(price[rows, at])
        found = enough & apart & (jump >= PRICE_JUMP) & np.isnan(said[:, 2])
        said[found] = np.column_stack([old, new, np.full(len(rows), at)])[found]
    return _breaks(facts, rows, said)


def level_breaks(facts: Facts) -> pd.DataFrame:
    """Items (index) whose units ordered jumped within the last buckets: before, after, bucket, money.

    Only where the price cannot say it: the revenue is shipped at list price, or what was ordered was not shipped.
    Launches, ends, seasons, items without sales in a quarter of the buckets, items whose own buckets lie further apart
    than the jump, and those with next to no revenue are left out.
    """
    columns, ordered = facts.ordered.shape[1], facts.ordered
    said = np.full((len(ordered), 3), np.nan)
    for last in LATEST:
        at = columns - last
        before, after = ordered[:, max(0, at - facts.year) : at], ordered[:, at:]
        if before.shape[1] < facts.year / 2:
            continue
        old, new = medians(before), medians(after)
        with np.errstate(divide="ignore", invalid="ignore"):
            jump = np.maximum(new / old, old / new)
        up = after.min(axis=1) > APART * before.max(axis=1)
        down = APART * after.max(axis=1) < before.min(axis=1)
        steady = ((before > 0).mean(axis=1) >= 0.75) & (after > 0).all(axis=1)
        least = np.where(before > 0, before, np.inf).min(axis=1)
        beyond_its_spread = jump >= np.maximum(LEVEL_JUMP, before.max(axis=1) / least)
        found = steady & beyond_its_spread & (up | down) & (_at_list_price(facts) | _unshipped(facts, last))
        said[found & np.isnan(said[:, 2])] = np.column_stack([old, new, np.full(len(ordered), at)])[
            found & np.isnan(said[:, 2])
        ]
    new_or_ended = (facts.items["launch"] > facts.before[-2 * facts.year :][0]) | facts.items["discontinue"].notna()
    sold_for = facts.items["sold_for"]
    said[(new_or_ended | (sold_for < NEGLIGIBLE * sold_for.sum())).to_numpy()] = np.nan
    return _breaks(facts, np.arange(len(ordered)), said)


def out_of_proportion(facts: Facts) -> list[Problem]:
    """A warning for each item with one bucket out of all proportion to its others, with that bucket's revenue."""
    ordered = np.where(facts.ordered > 0, facts.ordered, np.nan)
    if ordered.shape[1] < 2:
        return []
    largest = np.sort(np.nan_to_num(ordered), axis=1)[:, -2:]
    usual, count = medians(ordered), np.isfinite(ordered).sum(axis=1)
    wrong = (count >= 8) & (largest[:, 1] > PROPORTION * usual) & (largest[:, 1] > SECOND * largest[:, 0])
    rows = np.flatnonzero(wrong)
    at = np.nan_to_num(ordered[rows]).argmax(axis=1)
    found = pd.DataFrame({"item_id": facts.item_ids[rows], "bucket": facts.before[at], "units": largest[rows, 1]})
    value = figures(found["units"], "{:,.0f} units") + figures(pd.Series(usual[rows]), ", usually {:,.0f}")
    told = rows_told(keyed(found, "item_id", "bucket"), value, np.abs(facts.revenue[rows, at]))
    message = "one bucket is out of all proportion to the item's others"
    return listed("sales", told, message, "check the quantity; a true project order is better set apart", noun="item")


def sales_below_zero(facts: Facts) -> list[Problem]:
    """A note on rows of sales below 0 with their money, and a warning for each item that sold below 0 in all."""
    sales = facts.tables["sales"]
    negative = (sales["qty_ordered"] < 0) | (sales["qty_shipped"] < 0) | (sales["revenue"] < 0)
    rows = sales.loc[negative, ["item_id", "revenue"]].groupby("item_id", as_index=False).agg(
        money=("revenue", "sum"), rows=("revenue", "size")
    )  # fmt: skip
    told = rows_told(rows["item_id"], "", rows["money"].abs())
    message = "sales below 0 in some rows, taken for returns"
    problems = summed("sales", told, message, "correct the sign where they are none", noun="item")
    items = facts.items[(facts.items["units"] < 0)]
    found = figures(items["units"], "{:,.0f} units in the last year")
    told = rows_told("item_id=" + items.index.to_series(), found, items["sold_for"].abs())
    message = "more came back than was sold"
    return problems + listed("sales", told, message, "check the sign of its quantities", noun="item")


def _breaks(facts: Facts, rows: np.ndarray, said: np.ndarray) -> pd.DataFrame:
    """The items found, by item: medians before and after, the first bucket on the new level, the revenue from it."""
    found = np.isfinite(said[:, 2])
    rows, said = rows[found], said[found]
    at = said[:, 2].astype(int)
    since = np.arange(facts.revenue.shape[1]) >= at[:, None]
    money = np.abs(facts.revenue[rows] * since).sum(axis=1)
    columns = {"before": said[:, 0], "after": said[:, 1], "bucket": facts.before[at], "money": money}
    return pd.DataFrame(columns, index=facts.item_ids[rows])


def _break_told(breaks: pd.DataFrame, old: str, new: str) -> pd.DataFrame:
    found = figures(breaks["before"], old) + figures(breaks["after"], new) + breaks["bucket"].dt.strftime("%Y-%m-%d")
    return rows_told("item_id=" + breaks.index.to_series(), found, breaks["money"])


def _at_list_price(facts: Facts) -> np.ndarray:
    """Items whose revenue is always what was shipped at list price: most likely filled in, so it says nothing."""
    listed_value = facts.shipped * facts.items["unit_price"].to_numpy()[:, None]
    return np.isclose(facts.revenue, listed_value).all(axis=1)


def _unshipped(facts: Facts, last: int) -> np.ndarray:
    """Items of which far less was shipped than ordered in the last buckets, or far more."""
    ordered, shipped = facts.ordered[:, -last:].sum(axis=1), facts.shipped[:, -last:].sum(axis=1)
    return (ordered > LEVEL_JUMP * shipped) | (shipped > LEVEL_JUMP * ordered)
