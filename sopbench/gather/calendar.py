"""The buckets of history and horizon: the company's calendar where it has one, filled up where it has not."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import Problem, checked, table

WEEK = pd.Timedelta(days=7)


def horizon_buckets(start: pd.Timestamp, horizon: int, frequency: str = "month") -> pd.DatetimeIndex:
    """The first days of the `horizon` buckets planned, from `start` on."""
    return pd.date_range(start, periods=horizon, freq="MS" if frequency == "month" else WEEK)


def misplaced(dates: pd.Series, start: pd.Timestamp, frequency: str = "month") -> pd.Series:
    """Which dates are no first day of a bucket; holes are not."""
    wrong = dates.dt.day != 1 if frequency == "month" else (dates - start).dt.days % 7 != 0
    return wrong & dates.notna()


def extended(
    calendar: pd.DataFrame,
    first: pd.Timestamp,
    start: pd.Timestamp,
    horizon: int,
    working_days: float,
    frequency: str = "month",
) -> tuple[pd.DataFrame, list[Problem]]:
    """The calendar from `first`, the first bucket of history, to the end of the horizon, every bucket once.

    Buckets the company's calendar leaves out get `working_days`; a note says how many.
    """
    last = horizon_buckets(start, horizon, frequency)[-1]
    if frequency == "month":
        every = pd.date_range(first, last, freq="MS")
    else:
        every = pd.date_range(end=last, periods=(last - first).days // 7 + 1, freq=WEEK)
    buckets = pd.DataFrame({"bucket": every})
    filled = buckets.merge(calendar, on="bucket", how="left", validate="one_to_one")
    absent = filled["working_days"].isna()
    filled = filled.fillna({"working_days": float(working_days), "fiscal_period": ""})
    notes = []
    if absent.any():
        message = f"{absent.sum()} of {len(filled)} buckets are not in it; they get {working_days:g} working days"
        notes.append(Problem("calendar", "", "", message, "hand in a calendar where that is wrong", "note"))
    return checked(filled, table("calendar")), notes
