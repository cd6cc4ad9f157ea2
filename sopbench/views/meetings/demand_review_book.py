"""The overrides of a cycle as the book has them at this moment, whoever said them, and the plan that comes of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sopbench.book import Book
from sopbench.contract import table
from sopbench.contract.inputs import OVERRIDE_SCOPE
from sopbench.demand.consensus.trial import with_overrides
from sopbench.views.demand_consensus import VALUE
from sopbench.views.meetings.demand_review_draft import as_table
from sopbench.views.meetings.demand_review_read import Shown
from sopbench.views.numbers import bucket_name, bucket_word

HEADS = ("What", "Buckets", "Value", "Owner", "Reason", "Said", "State")

LISTED = ["id", "override_id", *OVERRIDE_SCOPE, "start", "end", "kind", "value", "owner", "reason", "made_at"]
"""What of an override is listed; one that was handed in has the number 0."""

SHOWN_ROWS = 40
"""Overrides listed; the table behind holds them all."""


class Meanwhile:
    """The book beside the page: what was said so far, and the plan with it.

    Attributes:
        last: the number of the last override known.
        plan: the plan (rows by buckets, units) with all that is in force.
        written: every override of the book up to this cycle, replaced ones too.
    """

    def __init__(self, shown: Shown):
        self.shown = shown
        self.book = Book(shown.cycle.book_url)
        self.last = -1
        self.look()

    def look(self) -> bool:
        """Look again into the book; say whether there was anything new."""
        last = self.book.last_override()
        if last == self.last:
            return False
        cycle = self.shown.cycle.name
        self.written, in_force = self.book.overrides_written(cycle), self.book.overrides(cycle)
        self.last = last
        said = [each for each in (self.shown.handed_in, in_force) if len(each)]
        self.in_force = pd.concat(said, ignore_index=True) if said else table("overrides").empty()
        self.plan = with_overrides(self.shown.agreed, self.in_force)
        return True

    def with_draft(self, rows: list[dict]) -> np.ndarray:
        """The plan if a draft were saved as well."""
        if not rows:
            return self.plan
        return with_overrides(self.shown.agreed, pd.concat([self.in_force, as_table(rows)], ignore_index=True))

    def listed(self) -> pd.DataFrame:
        """Every override that speaks of the horizon: HEADS, the latest said first."""
        ours = self.written.assign(override_id="book-" + self.written["id"].astype(str))
        ours = ours.assign(start=pd.to_datetime(ours["start"]), end=pd.to_datetime(ours["end"]))
        handed = self.shown.handed_in
        handed = handed.assign(id=0, made_at=handed["as_of"].dt.strftime("%Y-%m-%d").fillna(""))
        both = [each.iloc[::-1][LISTED] for each in (ours, handed) if len(each)]
        rows = pd.concat(both, ignore_index=True) if both else ours
        start, end = rows["start"], rows["end"]
        inside = (end >= self.shown.buckets[0]) & (start <= self.shown.buckets[-1])
        rows = rows.assign(State=self._states(rows))[inside].reset_index(drop=True)
        made = rows["made_at"].str.slice(0, 16).str.replace("T", " ")
        about = {"Buckets": spans(rows), "Value": values(rows), "Owner": rows["owner"], "Reason": rows["reason"]}
        return pd.DataFrame({"What": scopes(rows), **about, "Said": made, "State": rows["State"]})

    def _states(self, rows: pd.DataFrame) -> list[str]:
        """Whether each is in the plan, waits for the next run, or no longer counts."""
        planned, in_force = set(self.shown.override_effects["override_id"]), set(self.in_force["override_id"])
        by = dict(zip(self.written["replaces"], self.written["owner"], strict=True))
        nothing = (rows["kind"] == "delta") & (rows["value"] == 0)
        withdrawn = set(rows.loc[nothing, "override_id"])
        said = []
        for override, number in zip(rows["override_id"], rows["id"], strict=True):
            if number in by:
                said.append(f"replaced by {by[number]}")
            elif override not in in_force:
                said.append("expired")
            elif override in withdrawn:
                said.append("withdrawn")
            elif override in planned:
                said.append("in the plan")
            else:
                said.append("waits for the next run" if override.startswith("book-") else "moves nothing")
        return said


def scopes(rows: pd.DataFrame) -> list[str]:
    """What each override is for, in words."""
    found = rows[list(OVERRIDE_SCOPE)].fillna("").to_numpy()
    return [", ".join(value.replace("_", " ") for value in scope if value) or "everything" for scope in found]


def spans(rows: pd.DataFrame) -> list[str]:
    """The buckets each override is for, in words."""
    pairs = zip(pd.to_datetime(rows["start"]), pd.to_datetime(rows["end"]), strict=True)
    return [bucket_name(one) if one == other else f"{bucket_name(one)} – {bucket_name(other)}" for one, other in pairs]


def values(rows: pd.DataFrame) -> list[str]:
    """What each override says, as people write it."""
    return [
        VALUE[kind].format(round(value, 4)).replace("-", "−")
        for kind, value in zip(rows["kind"], rows["value"], strict=True)
    ]


def said_of(heads: Sequence[str]) -> list[str]:
    """Heads of columns in which buckets are called what they are."""
    return [bucket_word(2).capitalize() if head == "Buckets" else head for head in heads]


def cells(rows: pd.DataFrame, heads: Sequence[str] = HEADS) -> list[tuple[str, ...]]:
    """The first rows of a list as a table for people."""
    return list(rows[list(heads)].head(SHOWN_ROWS).astype(str).itertuples(index=False, name=None))
