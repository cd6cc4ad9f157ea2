"""Cuts the company's data down to what was known at the start of a cycle, so that any past cycle can be rebuilt."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import Problem
from sopbench.contract.values import dates

HISTORIES = ("sales", "production")
"""Tables that record what happened in a bucket."""

SNAPSHOTS = {"on_hand": "location_id", "open_orders": "", "receipts": "", "forecasts": "stream"}
"""Tables that say how things stood on a day, and the column for each of whose values a snapshot of its own counts.

Locations may be counted on different days. An order that is absent from the table's latest snapshot has been filled,
and an item that is absent from a location's has sold out, so neither has a snapshot of its own.
"""

STALE = {"on_hand": 7, "open_orders": 7, "receipts": 7, "forecasts": 31}
"""Days a snapshot may be older than the cycle's start: stock and orders change daily, expectations are a month's."""

VERSIONED = ("events", "overrides", "life_cycle", "budget")
"""Tables whose rows were written on a day and hold from then on."""


def known(name: str, frame: pd.DataFrame, start: pd.Timestamp) -> tuple[pd.DataFrame, list[Problem]]:
    """The rows of a table known at `start`, and what is odd about them.

    sales, production: buckets before `start`. on_hand (a location each), open_orders, receipts, forecasts (a stream
    each): the latest snapshot (`as_of`) at or before `start`. events, overrides, life_cycle, budget: rows written
    (`as_of`) at or before `start`; of overrides those not expired, of the budget the version last written for a family
    and bucket.
    Rows without `as_of` always stay. Dates that cannot be read stay too: the contract's check names them.
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
    own = SNAPSHOTS[name]
    latest = past.groupby(frame[own], dropna=False).transform("max") if own in frame else past.max()
    kept = frame[as_of.isna() | (past == latest)]
    if len(frame) and kept.empty:
        first = f"{as_of.min():%Y-%m-%d}"
        message = f"every snapshot is later than {start:%Y-%m-%d}; the table is taken as empty"
        mend = f"hand in {name} as it stood on {start:%Y-%m-%d}"
        return kept, [Problem(name, "as_of", first, message, mend, "warning")]
    return kept, _stale(name, frame, past, start)


def _stale(name: str, frame: pd.DataFrame, past: pd.Series, start: pd.Timestamp) -> list[Problem]:
    """A warning where the latest snapshot is old: of each stream of forecasts, of the other tables as a whole."""
    each = frame["stream"] if name == "forecasts" and "stream" in frame else pd.Series("", index=frame.index)
    latest = past.groupby(each.fillna("").astype(str)).max().dropna()
    mend = f"hand in {name} as it stood on {start:%Y-%m-%d}"
    return [
        Problem(
            name,
            f"stream={stream}" if stream else "as_of",
            f"{day:%Y-%m-%d}",
            f"the latest snapshot is {(start - day).days} days older than the cycle's start",
            mend,
            "warning",
        )
        for stream, day in latest.items()
        if (start - day).days > STALE[name]
    ]


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
