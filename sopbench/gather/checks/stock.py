"""Looks at stock and at orders under way: nothing, too much, dead, without a policy, overdue, absurdly large."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import Problem
from sopbench.contract.buckets import first_days_after
from sopbench.gather.checks.facts import Facts
from sopbench.gather.checks.told import figures, keyed, listed, rows_told, summed

YEARS = 10.0
"""Stock or one receipt for more years of needs than this is more likely a wrong unit than a bargain."""

COUNTED_APART = pd.Timedelta(days=7)
"""Locations are counted within a few days of one another; one counted earlier than this was left out lately."""

LONG_OVERDUE = pd.DateOffset(months=3)
"""A receipt later than this will hardly come in the first bucket, as the plan takes it."""


def no_stock(facts: Facts) -> list[Problem]:
    """A warning where nothing at all lies on the shelf: more likely a table not handed in than an empty company."""
    if len(facts.tables["on_hand"]):
        return []
    message = "no stock is known at the start of the cycle: the plan starts from nothing"
    return [Problem("on_hand", "", "", message, "hand in the stock of every item and location", "warning")]


def no_stock_where_sold(facts: Facts) -> list[Problem]:
    """A warning on each location that sold from stock in the last year and has no row of it, where others have one.

    The money is the year's revenue there of what is made or bought to stock.
    """
    held = facts.tables["on_hand"]["location_id"]
    if held.empty:
        return []
    sold = facts.lately[facts.of_item(facts.lately["item_id"], "strategy") != "MTO"]
    sold = sold[~sold["location_id"].isin(held)].groupby("location_id")[["qty_shipped", "revenue"]].sum()
    sold = sold[sold["qty_shipped"] > 0]
    return listed(
        "on_hand",
        rows_told("location_id=" + sold.index.to_series(), "", sold["revenue"]),
        "no stock is known where it was sold in the last year: the plan starts from nothing there",
        "hand in the stock of the location, with qty 0 where it has none",
        noun="location",
    )


def counted_earlier(facts: Facts) -> list[Problem]:
    """A warning on each location whose stock was last told days before that of the others, with its value at cost."""
    stock = facts.tables["on_hand"]
    held = stock[(stock["as_of"].max() - stock["as_of"] > COUNTED_APART) & (stock["qty"] != 0)]
    value = held["qty"] * facts.of_item(held["item_id"], "unit_cost")
    money = value.groupby(held["location_id"]).sum(min_count=1)
    days = held.groupby("location_id")["as_of"].max()
    return listed(
        "on_hand",
        rows_told("location_id=" + days.index.to_series(), days.dt.strftime("%Y-%m-%d"), money),
        "the latest snapshot of the location is older than that of others; its stock is taken as it stood then",
        "hand in its stock of the same day, with qty 0 where it has none any more",
        noun="location",
    )


def stock_and_needs(facts: Facts) -> list[Problem]:
    """Stock of items no longer sold or used, and of those with many years of it; the money is its value at cost.

    What an item needs in a year is what was sold of it and what of it went into what was sold.
    """
    held = facts.tables["on_hand"].groupby("item_id")["qty"].sum()
    items = facts.items.assign(held=held).query("held > 0")
    items = items.assign(money=items["held"] * items["unit_cost"])
    new = (items["launch"] > facts.before[-facts.year :][0]) | items.index.isin(_handed_forecasts(facts))
    ended = (items["discontinue"] <= facts.start) & ~items.index.isin(_used(facts))
    idle = ~ended & ~new & (items["needed"] <= 0)
    years = items["held"] / items["needed"].where(items["needed"] > 0)
    many = ~ended & ~new & (years > YEARS)
    found = figures(items["held"], "{:,.0f} units")
    return [
        *summed(
            "on_hand",
            _told(items[ended], found),
            "stock of items that are no longer on sale",
            "sell it off or write it off; the plan leaves it where it is",
            noun="item",
        ),
        *summed(
            "on_hand",
            _told(items[idle], found),
            "stock of items that were neither sold nor used in the last year",
            "give them an end (discontinue in items), or a launch if they are new",
            noun="item",
        ),
        *listed(
            "on_hand",
            _told(items[many], found + figures(years, ", {:,.0f} years of needs"), "item_id="),
            f"stock for more than {YEARS:g} years of sales and use",
            "check its unit of measure: stock and sales both in uom",
            noun="item",
        ),
    ]


def stock_without_policy(facts: Facts) -> list[Problem]:
    """A note on stock where an item is sold from but no policy says how it is run, where the company has policies."""
    policies, place = facts.tables["policies"], ["item_id", "location_id"]
    if policies.empty:
        return []
    held = facts.tables["on_hand"].query("qty > 0")
    held = held[~held["item_id"].isin(facts.items.index[facts.items["discontinue"] <= facts.start])]
    for known, wanted in ((facts.lately, "both"), (policies, "left_only")):
        found = held[place].merge(known[place].drop_duplicates(), on=place, how="left", indicator=True)["_merge"]
        held = held[(found == wanted).to_numpy()]
    names = held["item_id"] + " at " + held["location_id"]
    rows = rows_told(names, "", held["qty"] * facts.of_item(held["item_id"], "unit_cost"))
    message = "sold from stock, but no policy says how the stock is run: the parameters' service level holds"
    return summed("policies", rows, message, "add a row for each where that is wrong", noun="stock")


def covers_crossed(facts: Facts) -> list[Problem]:
    """A warning for each policy whose least cover is above its greatest: the plan keeps the least and pays for both."""
    rows = facts.tables["policies"].query("cover_min > cover_max")
    found = figures(rows["cover_min"], "{:g} > ") + figures(rows["cover_max"], "{:g}")
    told = rows_told(keyed(rows, "item_id", "location_id"), found, facts.of_item(rows["item_id"], "carried"))
    return listed("policies", told, "cover_min is above cover_max", "swap or correct the two", noun="policy")


def receipts_out_of_time(facts: Facts) -> list[Problem]:
    """Receipts that were due long ago (warning) or lately (note), and those due after the horizon (note), at cost."""
    receipts = facts.tables["receipts"]
    money = receipts["qty"] * facts.of_item(receipts["item_id"], "unit_cost")
    overdue = receipts["due"] < facts.start
    long = receipts["due"] < facts.start - LONG_OVERDUE
    late = receipts["due"] >= first_days_after(facts.ahead)[-1]
    told = rows_told(receipts["receipt_id"], "", money)
    return [
        *summed(
            "receipts",
            told[long],
            "due more than three months ago and still open; they count as arriving in the first bucket",
            "close those that will not come, give the others a new date",
            "warning",
            noun="receipt",
        ),
        *summed(
            "receipts",
            told[overdue & ~long],
            "due before the start; they count as arriving in the first bucket",
            "give them a new date where that is wrong",
            noun="receipt",
        ),
        *summed("receipts", told[late], "due after the horizon", "check the year of the date", noun="receipt"),
    ]


def old_orders(facts: Facts) -> list[Problem]:
    """A warning on customer orders due more than a year ago and still open, with their value at list price."""
    orders = facts.tables["open_orders"]
    rows = orders[orders["due"] < facts.start - pd.DateOffset(years=1)]
    told = rows_told(rows["order_id"], "", rows["qty"] * facts.of_item(rows["item_id"], "unit_price"))
    message = "due more than a year ago and still open: the plan ships them first"
    return summed("open_orders", told, message, "close those nobody waits for", "warning", noun="order")


def huge_orders(facts: Facts) -> list[Problem]:
    """A warning on each customer order above a year's sales, and each receipt above many years' needs of its item."""
    orders, receipts = facts.tables["open_orders"], facts.tables["receipts"]
    sold, needed = facts.of_item(orders["item_id"], "units"), facts.of_item(receipts["item_id"], "needed")
    sold_most, needed_most = (sold > 0) & (orders["qty"] > sold), (needed > 0) & (receipts["qty"] > YEARS * needed)
    value = orders["qty"] * facts.of_item(orders["item_id"], "unit_price")
    cost = receipts["qty"] * facts.of_item(receipts["item_id"], "unit_cost")
    mend = "check the quantity and its unit of measure"
    return [
        *listed(
            "open_orders",
            rows_told(
                keyed(orders, "order_id", "item_id"),
                figures(orders["qty"], "{:,.0f}") + figures(sold, " against {:,.0f} sold in the year"),
                value,
            )[sold_most],
            "one order for more than a year's sales of the item",
            mend,
            noun="order",
        ),
        *listed(
            "receipts",
            rows_told(
                keyed(receipts, "receipt_id", "item_id"),
                figures(receipts["qty"], "{:,.0f}") + figures(needed, " against {:,.0f} needed in the year"),
                cost,
            )[needed_most],
            f"one receipt for more than {YEARS:g} years' sales and use of the item",
            mend,
            noun="receipt",
        ),
    ]


def _told(items: pd.DataFrame, found: pd.Series, before: str = "") -> pd.DataFrame:
    return rows_told(before + items.index.to_series(), found[items.index], items["money"])


def _used(facts: Facts) -> pd.Index:
    """Items that went into something sold in the last year."""
    return facts.items.index[facts.items["needed"] > facts.items["units"].clip(lower=0)]


def _handed_forecasts(facts: Facts) -> pd.Series:
    """Items somebody expects to sell from the start on."""
    forecasts = facts.tables["forecasts"]
    return forecasts.loc[(forecasts["bucket"] >= facts.start) & (forecasts["qty"] > 0), "item_id"]
