"""Cuts the company's data down to what was known at the start of a cycle, so that any past cycle can be rebuilt."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import Problem
from sopbench.contract.values import dates

HISTORIES = ("sales", "production")
"""Tables that record what happened in a bucket."""

SNAPSHOTS = {"on_hand": [], "open_orders": [], "receipts": [], "forecasts": ["stream"]}
"""Tables that say how things stood on a day, and what each has a snapshot of its own for."""

VERSIONED = ("events", "overrides", "budget")
"""Tables whose rows were written on a day and hold from then on."""


def known(name: str, frame: pd.DataFrame, start: pd.Timestamp) -> tuple[pd.DataFrame, list[Problem]]:
    """The rows of a table known at `start`, and what is odd about them.

    sales, production: buckets before `start`. on_hand, open_orders, receipts, forecasts (a stream each): the latest
    snapshot (`as_of`) at or before `start`. events, overrides, budget: rows written (`as_of`) at or before `start`;
    of overrides those not expired, of the budget the version last written for a family and bucket. Rows without
    `as_of` always stay. Dates that cannot be read stay too: the contract's check names them.
    """
    if name in HISTORIES and "bucket" in frame:
        bucket = _days(frame["bucket"])
        return frame[bucket.isna() | (bucket < start)], []
    if name in SNAPSHOTS and "as_of" in frame:
        return _latest(name, frame, start)
    if name in VERSIONED and "as_of" in frame:
        return _in_force(name, frame, start), []
    return frame, []


def _latest(name: str, frame: pd.DataFrame, start: pd.Timestamp) -> tuple[pd.DataFrame, list[Problem]]:
    as_of = _days(frame["as_of"])
    past = as_of.where(as_of <= start)
    own = [column for column in SNAPSHOTS[name] if column in frame]
    latest = past.groupby([frame[column] for column in own], dropna=False).transform("max") if own else past.max()
    kept = frame[as_of.isna() | (past == latest)]
    if len(frame) and kept.empty:
        first = f"{as_of.min():%Y-%m-%d}"
        message = f"every snapshot is later than {start:%Y-%m-%d}; the table is taken as empty"
        mend = f"hand in {name} as it stood on {start:%Y-%m-%d}"
        return kept, [Problem(name, "as_of", first, message, mend, "warning")]
    stale = past.max()
    if pd.notna(stale) and (start - stale).days > 31:
        message = f"the latest snapshot is {(start - stale).days} days older than the cycle's start"
        mend = f"hand in {name} as it stood on {start:%Y-%m-%d}"
        return kept, [Problem(name, "as_of", f"{stale:%Y-%m-%d}", message, mend, "warning")]
    return kept, []


def _in_force(name: str, frame: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    as_of = _days(frame["as_of"])
    rows = frame[as_of.isna() | (as_of <= start)]
    if name == "overrides" and "expires" in rows:
        expires = _days(rows["expires"])
        rows = rows[expires.isna() | (expires > start)]
    if name == "budget" and {"family", "bucket"} <= set(rows):
        written = as_of[rows.index].fillna(pd.Timestamp.min)
        bucket = _days(rows["bucket"]).astype(object).where(lambda dates: dates.notna(), rows["bucket"])
        last = written.groupby([rows["family"], bucket], dropna=False).transform("max")
        rows = rows[written == last]
    return rows


def _days(values: pd.Series) -> pd.Series:
    return dates(values)[0]
