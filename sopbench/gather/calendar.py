"""The buckets of history and horizon: months, ISO weeks, or those of the company's own calendar."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from sopbench.contract import Problem, checked, table
from sopbench.contract.buckets import WEEK

LONG = 1.5
"""A bucket longer than so many usual ones is told of: the one after it may be missing. Six weeks may follow four."""

STARTS = {"month": "the first day of the month", "week": "a Monday", "calendar": "a first day that calendar names"}
"""Where buckets start, in words."""


def horizon_buckets(
    start: pd.Timestamp, horizon: int, frequency: str = "month", calendar: pd.DataFrame | None = None
) -> pd.DatetimeIndex:
    """The first days of the `horizon` buckets planned, from `start` on; by `calendar` as many as the table has."""
    if frequency == "calendar":
        return pd.DatetimeIndex(calendar["bucket"][calendar["bucket"] >= start].sort_values()[:horizon])
    return pd.date_range(start, periods=horizon, freq="MS" if frequency == "month" else WEEK)


def bucket_before(start: pd.Timestamp, frequency: str, calendar: pd.DataFrame) -> pd.Timestamp:
    """The first day of the bucket before `start`; by a company's own calendar `start` itself where it begins there."""
    if frequency == "calendar":
        earlier = calendar.loc[calendar["bucket"] < start, "bucket"]
        return start if earlier.empty else earlier.max()
    return start - (pd.DateOffset(months=1) if frequency == "month" else pd.DateOffset(weeks=1))


def misplaced(dates: pd.Series, frequency: str = "month", calendar: pd.DataFrame | None = None) -> pd.Series:
    """Which dates are no first day of a bucket; holes are not, nor what lies outside a company's own calendar."""
    if frequency == "calendar":
        days = calendar["bucket"]
        return dates.between(days.min(), days.max()) & ~dates.isin(days)
    wrong = dates.dt.day != 1 if frequency == "month" else dates.dt.dayofweek != 0
    return wrong & dates.notna()


def calendar_problems(calendar: pd.DataFrame, first: pd.Timestamp, start: pd.Timestamp, horizon: int) -> list[Problem]:
    """What is wrong with a company's own calendar (frequency: calendar), which nothing can be guessed into.

    It must hold `first`, the first bucket of history, `start` and `horizon` buckets from there on: errors otherwise. A
    bucket far longer than the middle one is a warning: it looks as if the one after it is missing.
    """
    days = pd.DatetimeIndex(calendar["bucket"].dropna().unique()).sort_values()
    wanted = f"the first day of every bucket from {first:%Y-%m-%d} on, and of {horizon} from {start:%Y-%m-%d} on"
    if not len(days):
        message = "frequency: calendar plans in the buckets of this table, but it is empty"
        return [Problem("calendar", "", "", message, f"hand in {wanted}")]
    problems = []
    if first < days[0]:
        message = f"it starts after the sales and production, which reach back to {first:%Y-%m-%d}"
        mend = f"hand in its buckets from {first:%Y-%m-%d} on, or leave out what is older"
        problems.append(Problem("calendar", "bucket", f"first {days[0]:%Y-%m-%d}", message, mend))
    ahead = (days >= start).sum()
    if start not in days:
        near = ", ".join(f"{day:%Y-%m-%d}" for day in [*days[days < start][-2:], *days[days > start][:2]])
        message = f"no bucket of it starts on {start:%Y-%m-%d}, as the cycle does"
        mend = f"start the cycle on one of these: {near}; or add the bucket"
        problems.append(Problem("calendar", "bucket", "", message, mend))
    elif ahead < horizon:
        message = f"it ends before the horizon: {ahead} of {horizon} buckets from {start:%Y-%m-%d} on"
        mend = f"add {horizon - ahead} after {days[-1]:%Y-%m-%d}, or plan a shorter horizon: {ahead}"
        problems.append(Problem("calendar", "bucket", f"last {days[-1]:%Y-%m-%d}", message, mend))
    return problems + _overlong(days)


def _overlong(days: pd.DatetimeIndex) -> list[Problem]:
    """A warning for each bucket that lasts far longer than the middle one."""
    lengths = (days[1:] - days[:-1]).days
    usual = pd.Series(lengths).median()
    mend = "add the bucket that is missing after it, or leave it if it truly is so long"
    return [
        Problem(
            "calendar",
            f"bucket={day:%Y-%m-%d}",
            f"{(after - day).days} days",
            f"the bucket is far longer than usual ({usual:.0f} days)",
            mend,
            "warning",
        )
        for day, after in pairwise(days)
        if (after - day).days > LONG * usual
    ]


def extended(
    calendar: pd.DataFrame,
    first: pd.Timestamp,
    start: pd.Timestamp,
    horizon: int,
    working_days: float,
    frequency: str = "month",
) -> tuple[pd.DataFrame, list[Problem]]:
    """The calendar from `first`, the first bucket of history, to the end of the horizon, every bucket once.

    Months and weeks that the company's calendar leaves out get `working_days`; a note says how many.
    """
    last = horizon_buckets(start, horizon, frequency, calendar)[-1]
    if frequency == "calendar":
        every = calendar.loc[calendar["bucket"].between(first, last), "bucket"].sort_values()
    else:
        every = pd.date_range(first, last, freq="MS" if frequency == "month" else WEEK)
    filled = pd.DataFrame({"bucket": every}).merge(calendar, on="bucket", how="left", validate="one_to_one")
    absent = filled["working_days"].isna()
    filled = filled.fillna({"working_days": float(working_days), "fiscal_period": ""})
    notes = []
    if absent.any():
        message = f"{absent.sum()} of {len(filled)} buckets are not in it; they get {working_days:g} working days"
        notes.append(Problem("calendar", "", "", message, "hand in a calendar where that is wrong", "note"))
    return checked(filled, table("calendar")), notes
