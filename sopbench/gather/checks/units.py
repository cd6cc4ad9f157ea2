"""Looks at units of measure: one unit written in several ways, tables on another scale than the sales."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.checks.facts import Facts
from sopbench.gather.checks.told import counted, figures, listed, rows_told

SCALE = 8.0
"""A table whose figures lie from last year's sales by this factor, either way, is in another unit."""

SURE = 5
"""Items, or families, that must lie off in the same way before the whole table is said to."""

SAME_UNIT = {"each": "ea", "eaches": "ea", "pieces": "pc", "piece": "pc", "pcs": "pc", "pce": "pc", "kilo": "kg",
             "kilos": "kg", "kilogram": "kg", "kgs": "kg", "litre": "l", "liter": "l", "litres": "l", "ltr": "l",
             "metre": "m", "meter": "m", "metres": "m", "ounce": "oz", "inch": "in", "inches": "in"}  # fmt: skip
"""Words for the same unit of measure, as ERPs write them."""


def unit_spellings(facts: Facts) -> list[Problem]:
    """A note for each unit of measure that is written in several ways, with the number of items."""
    uom = facts.items["uom"]
    bare = uom.str.lower().str.replace(r"[^\w]", "", regex=True)
    written = pd.DataFrame({"uom": uom, "unit": bare.replace(SAME_UNIT), "money": facts.items["sold_for"]})
    ways = written.groupby(["unit", "uom"], as_index=False).agg(items=("money", "size"), money=("money", "sum"))
    ways = ways[ways.groupby("unit")["uom"].transform("count") > 1].sort_values(["unit", "items", "uom"])
    found = ways.groupby("unit", as_index=False).agg(key=("uom", ", ".join), items=("items", "sum"))
    told = rows_told("uom=" + found["key"], found["items"].map(lambda number: counted(number, "item")))
    message = "one unit of measure is written in several ways"
    return listed("items", told, message, "write it in one way", "note", "unit")


def streams_off_scale(facts: Facts) -> list[Problem]:
    """Warnings on forecasts handed in on another scale than the last year's sales of the same items and customers.

    A whole stream where most of its items lie off, else the items of it that sell in most buckets. The money is the
    year's revenue.
    """
    forecasts, problems = facts.tables["forecasts"], []
    forecasts = forecasts[(forecasts["bucket"] >= facts.start) & (forecasts["qty"] > 0)]
    for stream, rows in forecasts.groupby("stream"):
        expected = rows.groupby("item_id")["qty"].sum() / rows.groupby("item_id")["bucket"].nunique()
        sold = _sold_to_the_same(facts.lately, rows)
        ratio = _ratio(expected, sold["qty_ordered"] / facts.year)
        mend = f"hand in the stream {stream} in units of uom, for one bucket each"
        whole, some = _off(ratio)
        message = "the stream is on another scale than the last year's sales of its items"
        problems += _table_off("forecasts", f"stream={stream}", whole, sold["revenue"], message, mend)
        steady = some[some.index.isin(_steady_items(facts))]
        problems += listed(
            "forecasts",
            rows_told(f"stream={stream}, item_id=" + steady.index.to_series(), _times(steady),
                      sold["revenue"].reindex(steady.index)),
            "an item's forecast is on another scale than its last year's sales",
            mend,
            noun="item",
        )  # fmt: skip
    return problems


def production_off_scale(facts: Facts) -> list[Problem]:
    """Warnings on production on another scale than the last year's sales and use of what is only made."""
    production, sources = facts.tables["production"], facts.tables["sources"]
    got = sources.loc[sources["method"].isin(["buy", "subcontract"]), "item_id"]
    made = production[production["bucket"].isin(facts.before[-facts.year :]) & ~production["item_id"].isin(got)]
    units = made.groupby("item_id")["qty"].sum()[lambda qty: qty > 0]
    often = made[made["qty"] > 0].groupby("item_id")["bucket"].nunique()
    units = units[often.reindex(units.index, fill_value=0) >= facts.year / 2]
    whole, some = _off(_ratio(units, facts.items["needed"]))
    steady = some[some.index.isin(_steady_items(facts))]
    money, mend = facts.items["carried"], "hand in production in units of uom, as the sales"
    message = "production is on another scale than the last year's sales"
    told = rows_told("item_id=" + steady.index.to_series(), _times(steady), money.reindex(steady.index))
    return _table_off("production", "", whole, facts.items["sold_for"], message, mend) + listed(
        "production", told, "made on another scale than the last year's sales and use of it", mend, noun="item"
    )


def budget_off_scale(facts: Facts) -> list[Problem]:
    """A warning for each family whose budgeted units or revenue lie on another scale than the last year's sales."""
    budget = facts.tables["budget"]
    ahead = budget[budget["bucket"] >= facts.before[-1]]
    each = ahead.groupby("family")[["units", "revenue"]].mean()
    sold = facts.items.groupby("family")[["units", "sold_for"]].sum() / facts.year
    problems = []
    for column, actual in (("units", "units"), ("revenue", "sold_for")):
        off = _off_scale(_ratio(each[column], sold[actual]))
        told = rows_told(
            "family=" + off.index.to_series(), _times(off), sold["sold_for"].reindex(off.index) * facts.year
        )
        message = f"budgeted {column} on another scale than the last year's sales"
        mend = "give units of uom" if column == "units" else "give money in the company's currency, not in thousands"
        problems += listed("budget", told, message, mend, noun="family")
    return problems


def _sold_to_the_same(lately: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Last year's units and revenue by item, of those customers and locations the forecast rows speak of."""
    place = [column for column in ("location_id", "customer_id") if (rows[column] != "").all()]
    known = rows[["item_id", *place]].drop_duplicates()
    return lately.merge(known, on=["item_id", *place]).groupby("item_id")[["qty_ordered", "revenue"]].sum()


def _ratio(given: pd.Series, sold: pd.Series) -> pd.Series:
    """What is given as a multiple of what was sold, by name, where both are above 0."""
    both = pd.concat([given.rename("given"), sold.rename("sold")], axis=1, join="inner").sort_index()
    both = both[(both["given"] > 0) & (both["sold"] > 0)]
    return both["given"] / both["sold"]


def _off_scale(ratio: pd.Series) -> pd.Series:
    return ratio[(ratio >= SCALE) | (ratio <= 1 / SCALE)]


def _off(ratio: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The ratios if the table as a whole lies off (else none), and those that lie off one by one (if it does not)."""
    middle = ratio.median()
    if len(ratio) >= SURE and (middle >= SCALE or middle <= 1 / SCALE):
        return ratio, ratio.iloc[:0]
    return ratio.iloc[:0], _off_scale(ratio)


def _table_off(table: str, key: str, ratio: pd.Series, money: pd.Series, message: str, mend: str) -> list[Problem]:
    if ratio.empty:
        return []
    found = f"{counted(len(ratio), 'item')}, half of them {_times(pd.Series([ratio.median()])).iloc[0]} or more"
    affected = float(money.reindex(ratio.index).sum())
    return [Problem(table, key, found, message, mend, "warning", affected)]


def _times(ratio: pd.Series) -> pd.Series:
    """A factor in words: 12 times, a 12th."""
    return figures(ratio, "{:,.1f} times").where(ratio >= 1, figures(1 / ratio, "1 / {:,.1f} of it"))


def _steady_items(facts: Facts) -> pd.Index:
    """Items sold in three quarters of the last year's buckets or more: their level is known."""
    return facts.item_ids[(np.asarray(facts.ordered[:, -facts.year :]) > 0).mean(axis=1) >= 0.75]
