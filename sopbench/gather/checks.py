"""Doubts about data that is whole in itself: loops, things sold that nothing can replace, months half told."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.loops import loops
from sopbench.gather.references import counted

YEAR = 12
"""Buckets before the cycle that say what is sold nowadays."""

HALF = 0.5
"""A last bucket below this share of the least of the year before is taken for incomplete."""


def doubts(tables: dict[str, pd.DataFrame], start: pd.Timestamp) -> list[Problem]:
    """Warnings and notes on tables that conform to the contract and to one another.

    `tables` holds every input table, the calendar filled up.
    """
    before = tables["calendar"].loc[tables["calendar"]["bucket"] < start, "bucket"]
    recent = tables["sales"][tables["sales"]["bucket"].isin(before.tail(YEAR))]
    sold = recent.groupby(["item_id", "location_id"], as_index=False)[["qty_shipped", "revenue"]].sum()
    return [
        *sold_without_source(sold, tables["items"], tables["sources"], start),
        *components_without_source(tables["bom"], tables["sources"]),
        *sold_below_cost(sold, tables["items"]),
        *incomplete_last_bucket(tables["sales"], tables["customers"], before),
        *made_without_routing(tables["sources"], tables["routings"]),
        *no_stock(tables["on_hand"]),
    ]


def rings(tables: dict[str, pd.DataFrame]) -> list[Problem]:
    """The loops in the bill of materials and in the moves, where `tables` holds these."""
    return [
        *(bom_loops(tables["bom"]) if "bom" in tables else []),
        *(move_loops(tables["sources"]) if "sources" in tables else []),
    ]


def bom_loops(bom: pd.DataFrame) -> list[Problem]:
    """An error for each loop in the bill of materials: an item that goes into itself can never be made."""
    return [
        Problem("bom", " → ".join(loop), "", "the bill of materials loops", "remove one of these rows")
        for loop in loops(bom["item_id"], bom["component_id"])
    ]


def move_loops(sources: pd.DataFrame) -> list[Problem]:
    """An error for each ring of moves without lead time: stock could circle in it within one bucket for ever."""
    moves = sources[(sources["method"] == "move") & (sources["lead_time"] == 0)]
    at = moves["item_id"] + " at "
    message, mend = "these moves form a ring with no lead time", "give one of them a lead time, or remove it"
    return [
        Problem("sources", " → ".join(loop), "", message, mend)
        for loop in loops(at + moves["origin_id"], at + moves["location_id"])
    ]


def sold_without_source(
    sold: pd.DataFrame, items: pd.DataFrame, sources: pd.DataFrame, start: pd.Timestamp
) -> list[Problem]:
    """A warning for each item on sale that sold lately at a location where no source brings it."""
    ended = items.loc[items["discontinue"] <= start, "item_id"]
    rows = sold[~sold["item_id"].isin(ended) & (sold["qty_shipped"] > 0)]
    rows = rows.merge(sources[["item_id", "location_id"]].drop_duplicates(), how="left", indicator=True)
    rows = rows[rows["_merge"] == "left_only"]
    message = f"sold in the last {YEAR} buckets, but no source brings it there: only its stock can be sold"
    mend = "add a source (make, buy, subcontract or move), or say in items when it is discontinued"
    return [
        Problem(
            "sources", f"item_id={item}, location_id={place}", f"{units:,.0f} sold", message, mend, "warning", money
        )
        for item, place, units, money in rows[["item_id", "location_id", "qty_shipped", "revenue"]].itertuples(
            index=False, name=None
        )
    ]


def components_without_source(bom: pd.DataFrame, sources: pd.DataFrame) -> list[Problem]:
    """A warning for each component no source brings to a location where something is made from it."""
    made = sources.loc[sources["method"] == "make", ["item_id", "location_id"]]
    needs = made.merge(bom, on="item_id")
    needs = needs.groupby(["component_id", "location_id"], as_index=False).agg(parents=("item_id", "nunique"))
    there = sources[["item_id", "location_id"]].drop_duplicates().rename(columns={"item_id": "component_id"})
    rows = needs.merge(there, how="left", indicator=True).query("_merge == 'left_only'")
    message, mend = "made from here, but no source brings it here", "add a source: make, buy or move"
    return [
        Problem("sources", f"item_id={item}, location_id={place}", counted(parents, "parent"), message, mend, "warning")
        for item, place, parents in rows[["component_id", "location_id", "parents"]].itertuples(index=False, name=None)
    ]


def resources_without_capacity(
    routings: pd.DataFrame, capacity: pd.DataFrame, horizon: pd.DatetimeIndex
) -> list[Problem]:
    """An error for each resource in use without any hours in the horizon, a warning where some buckets lack them."""
    given = capacity[capacity["bucket"].isin(horizon)].groupby("resource_id")["bucket"].nunique()
    given = given.reindex(sorted(routings["resource_id"].unique()), fill_value=0)
    mend = "add a row for every bucket of the horizon, 0 hours where it stands still"
    none = [
        Problem("capacity", f"resource_id={resource}", "", "routings use it, but the horizon gives it no hours", mend)
        for resource in given[given == 0].index
    ]
    some = given[(given > 0) & (given < len(horizon))]
    message = "buckets of the horizon have no row; they count as no hours"
    return none + [
        Problem("capacity", f"resource_id={resource}", f"{len(horizon) - count}", message, mend, "warning")
        for resource, count in some.items()
    ]


def sold_below_cost(sold: pd.DataFrame, items: pd.DataFrame) -> list[Problem]:
    """A warning for each item sold lately whose price does not cover its cost, with a year's loss."""
    units = sold.groupby("item_id")["qty_shipped"].sum()
    rows = items[(items["unit_price"] < items["unit_cost"]) & (items["item_id"].map(units) > 0)]
    loss = (rows["unit_cost"] - rows["unit_price"]) * rows["item_id"].map(units)
    message, mend = "the price is below the cost", "check unit_price and unit_cost: both for one unit of uom"
    return [
        Problem("items", f"item_id={item}", f"{price:,.2f} against {cost:,.2f}", message, mend, "warning", money)
        for item, price, cost, money in zip(rows["item_id"], rows["unit_price"], rows["unit_cost"], loss, strict=True)
    ]


def incomplete_last_bucket(sales: pd.DataFrame, customers: pd.DataFrame, before: pd.Series) -> list[Problem]:
    """A warning for each channel whose last bucket before the cycle is far below the least of the twelve before it."""
    channel = sales["customer_id"].map(customers.set_index("customer_id")["channel"]).fillna("")
    units = sales.groupby([channel.rename("channel"), "bucket"])[["qty_ordered", "revenue"]].sum()
    problems = []
    for name, rows in units.groupby(level="channel"):
        year = rows.droplevel("channel").reindex(before, fill_value=0.0).tail(YEAR + 1)
        least, last = year.iloc[:-1].min(), year.iloc[-1]
        if len(year) > YEAR and last["qty_ordered"] < HALF * least["qty_ordered"]:
            where = f"bucket={before.iloc[-1]:%Y-%m-%d}" + (f", channel={name}" if name else "")
            found = f"{last['qty_ordered']:,.0f} units, never below {least['qty_ordered']:,.0f} in the {YEAR} before"
            message = "the last bucket before the cycle looks incomplete"
            mend = "hand in the whole bucket, or start the cycle a bucket earlier"
            missing = float(least["revenue"] - last["revenue"])
            problems.append(Problem("sales", where, found, message, mend, "warning", missing))
    return problems


def made_without_routing(sources: pd.DataFrame, routings: pd.DataFrame) -> list[Problem]:
    """A note that counts the items made without any hours: no capacity limits them."""
    made = sources.loc[sources["method"] == "make", ["item_id", "location_id"]].drop_duplicates()
    rows = made.merge(routings[["item_id", "location_id"]].drop_duplicates(), how="left", indicator=True)
    rows = rows[rows["_merge"] == "left_only"]
    if rows.empty:
        return []
    some = ", ".join(rows["item_id"].head(5)) + (", ..." if len(rows) > 5 else "")
    message = f"{len(rows)} of {len(made)} items made have no routing: no capacity limits them"
    return [Problem("routings", "", some, message, "add their hours where a resource limits them", "note")]


def no_stock(on_hand: pd.DataFrame) -> list[Problem]:
    """A warning where nothing at all lies on the shelf: more likely a table not handed in than an empty company."""
    if len(on_hand):
        return []
    message = "no stock is known at the start of the cycle: the plan starts from nothing"
    return [Problem("on_hand", "", "", message, "hand in the stock of every item and location", "warning")]
