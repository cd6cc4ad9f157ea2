"""Looks at the supply network: what nothing brings, bills that loop or are not used, sources that cannot hold."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.checks.facts import Facts
from sopbench.gather.checks.told import figures, keyed, listed, rows_told, summed
from sopbench.gather.loops import loops

ROUND = 1e-6
"""Shares that add up to 1 within this are meant to add up to 1."""


def rings(tables: dict[str, pd.DataFrame]) -> list[Problem]:
    """The loops in the bill of materials and in the moves, and shares nobody can hold, where `tables` has these."""
    return [
        *(bom_loops(tables["bom"]) if "bom" in tables else []),
        *(move_loops(tables["sources"]) if "sources" in tables else []),
        *(shares_above_all(tables["sources"]) if "sources" in tables else []),
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


def shares_above_all(sources: pd.DataFrame) -> list[Problem]:
    """An error where the least shares of an item's sources at a location add up to more than the whole."""
    place = ["item_id", "location_id"]
    total = sources.groupby(place, as_index=False)["share_min"].sum()
    rows = total[total["share_min"] > 1 + ROUND]
    message, mend = "share_min of its sources adds up to more than 1", "lower them: together they are at most 1"
    told = rows_told(keyed(rows, *place), figures(rows["share_min"], "{:.2f}"))
    problems = listed("sources", told, message, mend, "error")
    rows = sources[sources["share_min"] > sources["share_max"]]
    found = figures(rows["share_min"], "{:g} > ") + figures(rows["share_max"], "{:g}")
    told = rows_told(keyed(rows, *place, "method", "origin_id"), found)
    return problems + listed("sources", told, "share_min is above share_max", "swap or correct the two", "error")


def shares_below_all(facts: Facts) -> list[Problem]:
    """A warning where every source of an item at a location is limited to a share, and together to less than all."""
    place = ["item_id", "location_id"]
    total = facts.tables["sources"].groupby(place, as_index=False)["share_max"].agg(["sum", "count", "size"])
    rows = total[(total["count"] == total["size"]) & (total["sum"] < 1 - ROUND)]
    told = rows_told(keyed(rows, *place), figures(rows["sum"], "{:.2f}"), facts.of_item(rows["item_id"], "carried"))
    message = "share_max of all its sources adds up to less than 1"
    return listed("sources", told, message, "raise one of them, or leave one without a limit")


def sold_without_source(facts: Facts) -> list[Problem]:
    """A warning for each item on sale that sold in the last year at a location where no source brings it."""
    sources, place = facts.tables["sources"], ["item_id", "location_id"]
    sold = facts.lately.groupby(place, as_index=False)[["qty_shipped", "revenue"]].sum()
    rows = sold[~sold["item_id"].isin(_ended(facts)) & (sold["qty_shipped"] > 0)]
    rows = _not_in(rows, sources[place])
    message = "sold in the last year, but no source brings it there: only its stock can be sold"
    mend = "add a source (make, buy, subcontract or move), or say in items when it is discontinued"
    told = rows_told(keyed(rows, *place), figures(rows["qty_shipped"], "{:,.0f} sold"), rows["revenue"])
    return listed("sources", told, message, mend, noun="item and location")


def moved_from_nowhere(facts: Facts) -> list[Problem]:
    """A warning for each move from a location to which no source brings the item."""
    sources = facts.tables["sources"]
    moves = sources[(sources["method"] == "move") & ~sources["item_id"].isin(_ended(facts))]
    origin = moves[["item_id", "origin_id"]].rename(columns={"origin_id": "location_id"})
    rows = moves[origin.merge(sources[origin.columns].drop_duplicates(), how="left", indicator=True)["_merge"].eq(
        "left_only"
    ).to_numpy()]  # fmt: skip
    money = facts.of_item(rows["item_id"], "carried")
    told = rows_told(keyed(rows, "item_id", "origin_id"), "to " + rows["location_id"], money)
    message = "moved from a location where it is neither made nor bought: only the stock there can be moved"
    return listed("sources", told, message, "add how it gets to the origin: make, buy or move", noun="move")


def components_without_source(facts: Facts) -> list[Problem]:
    """A warning for each component no source brings to a location where something is made from it.

    Its money is the last year's revenue of what it goes into.
    """
    sources, bom = facts.tables["sources"], facts.tables["bom"]
    made = sources.loc[sources["method"] == "make", ["item_id", "location_id"]]
    needs = made.merge(bom, on="item_id")
    needs = needs.groupby(["component_id", "location_id"], as_index=False).agg(parents=("item_id", "nunique"))
    rows = _not_in(needs.rename(columns={"component_id": "item_id"}), sources[["item_id", "location_id"]])
    found = rows["parents"].map("goes into {:,}".format)
    told = rows_told(keyed(rows, "item_id", "location_id"), found, facts.of_item(rows["item_id"], "carried"))
    message, mend = "things are made from it here, but no source brings it here", "add a source: make, buy or move"
    return listed("sources", told, message, mend, noun="component and location")


def bills_not_made(facts: Facts) -> list[Problem]:
    """A note on items with a bill of materials that are made nowhere, though they are got in another way."""
    bom, sources = facts.tables["bom"], facts.tables["sources"]
    parents = pd.Series(bom["item_id"].unique())
    made = sources.loc[sources["method"].isin(["make", "subcontract"]), "item_id"]
    rows = parents[~parents.isin(made) & parents.isin(sources["item_id"])]
    message = "it has a bill of materials, but is made nowhere: its components are not planned for it"
    mend = "add a source that makes it, or remove its rows"
    return _items_summed("bom", facts, rows, message, mend)


def made_from_nothing(facts: Facts) -> list[Problem]:
    """A note on items that are made without a bill of materials, where the company hands in bills."""
    bom, sources = facts.tables["bom"], facts.tables["sources"]
    if bom.empty:
        return []
    made = pd.Series(sources.loc[sources["method"] == "make", "item_id"].unique())
    rows = made[~made.isin(bom["item_id"])]
    message = "made without a bill of materials: no component is planned for it"
    mend = "add what goes into it, or leave it where that is not planned"
    return _items_summed("bom", facts, rows, message, mend)


def made_without_routing(facts: Facts) -> list[Problem]:
    """A note on the items made without any hours: no capacity limits them."""
    sources, place = facts.tables["sources"], ["item_id", "location_id"]
    made = sources.loc[sources["method"] == "make", place].drop_duplicates()
    rows = pd.Series(
        _not_in(made, facts.tables["routings"].query("method == 'make'")[place])["item_id"].unique(), dtype=object
    )
    message, mend = "made without a routing: no capacity limits it", "add its hours where a resource limits it"
    return _items_summed("routings", facts, rows, message, mend)


def sources_that_bring_nothing(facts: Facts) -> list[Problem]:
    """Warnings on sources whose limits or lead time keep anything from arriving; the money is a year's revenue."""
    sources = facts.tables["sources"]
    lot = sources[["lot_min", "lot_multiple"]].max(axis=1)
    shelf = facts.of_item(sources["item_id"], "shelf_life")
    late = sources["lead_time"] >= len(facts.ahead)
    return [
        *_odd_sources(
            facts,
            sources["qty_max"].notna() & (lot > sources["qty_max"]),
            figures(lot, "lots of {:,g}, at most ") + figures(sources["qty_max"], "{:,g}"),
            "the smallest lot is above qty_max, so nothing may arrive",
            "raise qty_max or lower lot_min and lot_multiple",
        ),
        *_odd_sources(
            facts,
            (shelf < sources["lead_time"]).fillna(False),
            figures(shelf, "keeps {:g}, takes ") + figures(sources["lead_time"], "{:g} buckets"),
            "the item keeps for less time than it takes to get it",
            "check lead_time and shelf_life: both are in buckets",
        ),
        *_odd_sources(
            facts,
            late,
            figures(sources["lead_time"], "{:g} buckets"),
            "the lead time is as long as the horizon or longer: nothing ordered now arrives in it",
            "check lead_time: it is in buckets, not days; or plan a longer horizon",
        ),
    ]


def _odd_sources(facts: Facts, odd: pd.Series, found: pd.Series, message: str, mend: str) -> list[Problem]:
    rows = facts.tables["sources"][odd]
    key = keyed(rows, "item_id", "location_id", "method", "origin_id")
    told = rows_told(key, found[odd], facts.of_item(rows["item_id"], "carried"))
    return listed("sources", told, message, mend, noun="source")


def _items_summed(table: str, facts: Facts, items: pd.Series, message: str, mend: str) -> list[Problem]:
    told = rows_told(items, "", facts.of_item(items, "carried"))
    money = facts.carried_by(items, pd.Series("", index=items.index)).sum()
    return summed(table, told, message, mend, noun="item", money=float(money))


def _ended(facts: Facts) -> pd.Index:
    return facts.items.index[facts.items["discontinue"] <= facts.start]


def _not_in(rows: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The rows whose item and location do not stand among the known ones."""
    found = rows.merge(known.drop_duplicates(), on=["item_id", "location_id"], how="left", indicator=True)
    return found[np.asarray(found["_merge"] == "left_only")]
