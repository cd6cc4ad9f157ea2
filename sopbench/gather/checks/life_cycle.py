"""Looks at launches, successors, cannibals and phase-outs: what cannot hold, and what will do nothing or too much."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.checks.facts import Facts
from sopbench.gather.checks.told import figures, keyed, listed, rows_told
from sopbench.gather.loops import loops

PAIRED = ("like", "successor", "cannibalises")
"""Kinds of rows that have to do with another item."""

WHOLE = 1.0 + 1e-6
"""Shares that add up to more than this are more than all there is."""


def life_cycle_faults(tables: dict[str, pd.DataFrame]) -> list[Problem]:
    """Errors in the table life_cycle, where `tables` has it with items: rows that nobody could plan by.

    An item that has to do with itself or with nobody, items that take over from one another in a ring, more than all
    of an item's units taken from others, and successors and cannibals that never begin.
    """
    if not {"life_cycle", "items"} <= tables.keys():
        return []
    rows, items = tables["life_cycle"], tables["items"]
    paired = rows[rows["kind"].isin(PAIRED)]
    alone, itself = paired[paired["other_id"] == ""], paired[paired["item_id"] == paired["other_id"]]
    launch = items.drop_duplicates("item_id").set_index("item_id")["launch"]
    begins = rows["start"].notna() | rows["item_id"].map(launch).notna()
    never = rows[rows["kind"].isin(("successor", "cannibalises")) & ~begins & rows["item_id"].isin(items["item_id"])]
    follows = rows[(rows["kind"] == "successor") & (rows["item_id"] != rows["other_id"]) & (rows["other_id"] != "")]
    greedy = rows[rows["kind"] == "cannibalises"].groupby("item_id", as_index=False)["factor"].sum()
    greedy = greedy[greedy["factor"] > WHOLE].assign(kind="cannibalises")
    message = "these items take over from one another in a ring"
    return [
        *_errors(alone, "the row names no other item", "say in other_id which one"),
        *_errors(itself, "the other item is itself", "name another item in other_id, or remove the row"),
        *_errors(
            never, "it never begins: neither the row has a start nor the item a launch", "fill in start or launch"
        ),
        *_errors(greedy, "its rows take more from others than it sells itself", "shares must add up to 1 or less"),
        *(
            Problem("life_cycle", " → ".join(loop), "", message, "remove one of these rows")
            for loop in loops(follows["other_id"], follows["item_id"])
        ),
    ]


def life_cycle_doubts(facts: Facts) -> list[Problem]:
    """Warnings on rows of life_cycle that will do nothing, a note on those that take over more than there is.

    Likes and predecessors that never sold, curves since a launch that nobody saw, takeovers before the successor is on
    sale, phase-outs without an end, and items that have another like item in the table items. The money is a year's
    revenue of the other item, of a phase-out its own.
    """
    rows, items = facts.tables["life_cycle"], facts.items
    if rows.empty:
        return []
    kind, other = rows["kind"], rows["other_id"]
    sold = pd.Series(facts.ordered.sum(axis=1) > 0, facts.item_ids).reindex(other, fill_value=False).to_numpy()
    began = facts.before.take((facts.ordered > 0).argmax(axis=1))
    began = pd.Series(began, facts.item_ids).reindex(other).to_numpy()
    start = rows["start"].fillna(rows["item_id"].map(items["launch"]))
    end = rows["item_id"].map(items["discontinue"])
    unseen = (kind == "like") & (rows["curve"] == "launch") & sold & (began <= _first_sale(facts))
    over = rows[kind == "successor"].groupby("other_id")["factor"].sum()
    too_much = rows[(kind == "successor") & other.isin(over.index[over > WHOLE])]
    early = (kind == "successor") & (start < rows["item_id"].map(items["launch"]))
    named = rows["item_id"].map(items["like_item_id"])
    twice = (kind == "like") & (named != "") & (named != other)
    faults = (
        (kind.isin(PAIRED) & ~sold, "the other item has no sales to go by", "name one that sold, or remove the row"),
        (unseen, "the sales begin after the other item's launch: no curve is known", "write calendar in curve"),
        (early, "it takes over before its launch: what falls between is planned for nobody", "correct start or launch"),
        ((kind == "phase_out") & end.isna(), "it runs down to no end", "fill in discontinue of the item"),
        ((kind == "phase_out") & (rows["run_down"] == 0), "it runs down in no bucket", "fill in run_down"),
        (twice, "items names another like item; the one of life_cycle counts", "empty like_item_id in items"),
    )
    problems = [each for where, message, mend in faults for each in _warnings(facts, rows[where], message, mend)]
    found = figures(too_much["other_id"].map(over), "{:g}")
    message, mend = "successors take over more than the other item's whole demand", "is it meant? Else lower the shares"
    return problems + _warnings(facts, too_much, message, mend, found, "note")


def _first_sale(facts: Facts) -> np.datetime64:
    sold = (facts.ordered > 0).any(axis=0)
    return facts.before.to_numpy()[sold.argmax()]


def _errors(rows: pd.DataFrame, message: str, mend: str) -> list[Problem]:
    found = figures(rows["factor"], "factor {:g}") if "other_id" not in rows else ""
    return listed("life_cycle", rows_told(keyed(rows, "item_id", "kind"), found), message, mend, "error")


def _warnings(
    facts: Facts, rows: pd.DataFrame, message: str, mend: str, found: pd.Series | str = "", grade: str = "warning"
) -> list[Problem]:
    money = rows["other_id"].where(rows["other_id"] != "", rows["item_id"]).map(facts.items["sold_for"])
    keys = keyed(rows, "item_id", "other_id", "kind") if len(rows) else pd.Series(dtype=object)
    return listed("life_cycle", rows_told(keys, found, money), message, mend, grade)
