"""Which overrides speak of the same thing, so that one who saves is shown what others said of it meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import sqlalchemy as sa

from sopbench.book.tables import OVERRIDES
from sopbench.contract import PlanningError, Problem
from sopbench.contract.inputs import OVERRIDE_SCOPE

WITHIN = (
    ("items", "item_id", "category"),
    ("items", "item_id", "family"),
    ("items", "category", "family"),
    ("locations", "location_id", "region"),
    ("customers", "customer_id", "channel"),
)
"""What of a scope follows from what: by which table, from which column, which other one."""


class ChangedMeanwhileError(PlanningError):
    """Others have said something of the same items and buckets since one looked; `rows` is what they said.

    `rows` has the columns of the book's overrides: id, cycle, made_at, replaces, the scope, start, end, kind, value,
    owner, reason, note, expires.
    """

    def __init__(self, rows: pd.DataFrame):
        self.rows = rows
        who = ", ".join(f"{owner} ({number})" for owner, number in zip(rows["owner"], rows["id"], strict=True))
        message = f"changed meanwhile by {who}"
        super().__init__(Problem("overrides", "", "", message, "look at it, then keep it or put yours in its place"))


def refuse_changed_meanwhile(
    connection: sa.Connection,
    cycle: str,
    mine: pd.DataFrame,
    gone: list[int],
    seen: int | None,
    about: Mapping[str, pd.DataFrame] | None,
) -> None:
    """Raise ChangedMeanwhileError where one of `gone` was replaced already, or one newer than `seen` overlaps."""
    if gone:
        taken = pd.read_sql(sa.select(OVERRIDES).where(OVERRIDES.c.replaces.in_(gone)), connection)
        if len(taken):
            raise ChangedMeanwhileError(taken)
    if seen is None:
        return
    older = sa.select(OVERRIDES.c.replaces).where(OVERRIDES.c.replaces.is_not(None))
    asked = sa.select(OVERRIDES).where(OVERRIDES.c.id > seen, OVERRIDES.c.id.not_in(older), OVERRIDES.c.cycle <= cycle)
    newer = pd.read_sql(asked.order_by(OVERRIDES.c.id), connection)
    found = overlapping(mine, newer[~newer["id"].isin(gone)], about)
    if len(found):
        raise ChangedMeanwhileError(found.reset_index(drop=True))


def overlapping(
    mine: pd.DataFrame, others: pd.DataFrame, about: Mapping[str, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """Those of `others` that share a bucket and, as far as can be told, an item, place and customer with one of mine.

    Both have the scope of an override, start and end (days). `about` holds the tables items, locations and customers:
    they tell that an item is not of another family; without them it might be, and the two count as overlapping.
    """
    if mine.empty or others.empty:
        return others.head(0)
    scopes = [_told(rows, about or {}) for rows in (mine, others)]
    pairs = scopes[0].assign(mine=range(len(mine))).merge(scopes[1].assign(place=range(len(others))), how="cross")
    meets = (pairs["start_x"] <= pairs["end_y"]) & (pairs["start_y"] <= pairs["end_x"])
    for name in OVERRIDE_SCOPE:
        one, other = pairs[f"{name}_x"], pairs[f"{name}_y"]
        meets &= (one == "") | (other == "") | (one == other)
    return others.iloc[sorted(set(pairs.loc[meets, "place"]))]


def _told(rows: pd.DataFrame, about: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Scopes with what follows from them filled in: an item's family, a customer's channel; days as days."""
    told = rows[list(OVERRIDE_SCOPE)].fillna("").assign(start=pd.to_datetime(rows["start"]))
    told["end"] = pd.to_datetime(rows["end"])
    for table, name, other in WITHIN:
        if table in about:
            known = about[table][[name, other]].drop_duplicates()
            known = known.drop_duplicates(name, keep=False).set_index(name)[other]
            told[other] = told[other].where(told[other] != "", told[name].map(known).fillna(""))
    return told
