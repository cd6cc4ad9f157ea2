"""The months of the example company: 60 of history, 18 to plan, and the days worked in them."""

from __future__ import annotations

import numpy as np
import pandas as pd

HISTORY = 60
"""Months of history."""

HORIZON = 18
"""Months after it."""

MONTHS = HISTORY + HORIZON
BUCKETS = pd.date_range("2020-09-01", periods=MONTHS, freq="MS")
"""First day of every month, history and horizon."""

SNAPSHOTS = (57, 58, 59, 60)
"""Months at whose start the company's books were kept: the cycles that can be rebuilt."""

CLOSED_IN_AUGUST = 10
"""Working days the plants stand still in August."""

_EASTER_MONDAYS = ("2021-04-05", "2022-04-18", "2023-04-10", "2024-04-01", "2025-04-21", "2026-04-06")
_FIXED = ("01-01", "01-06", "04-25", "05-01", "06-02", "08-15", "11-01", "12-08", "12-25", "12-26")


def month_of_year() -> np.ndarray:
    """The month of the year of every bucket, January = 0."""
    return BUCKETS.month.to_numpy() - 1


def index_of(day: str | pd.Timestamp) -> int:
    """The position of the month a day lies in."""
    day = pd.Timestamp(day)
    return (day.year - BUCKETS[0].year) * 12 + day.month - BUCKETS[0].month


def working_days() -> np.ndarray:
    """Weekdays less the public holidays of Italy, by month."""
    years = range(BUCKETS[0].year, BUCKETS[-1].year + 1)
    holidays = [f"{year}-{day}" for year in years for day in _FIXED] + list(_EASTER_MONDAYS)
    ends = (BUCKETS + pd.offsets.MonthBegin(1)).to_numpy().astype("datetime64[D]")
    return np.busday_count(
        BUCKETS.to_numpy().astype("datetime64[D]"), ends, holidays=np.array(holidays, "datetime64[D]")
    )


def plant_days() -> np.ndarray:
    """Days the plants work, by month: working days less the closing in August."""
    return working_days() - CLOSED_IN_AUGUST * (month_of_year() == 7)


def calendar() -> pd.DataFrame:
    """Contract table calendar; the fiscal year is the calendar year."""
    period = BUCKETS.strftime("%Y-P%m")
    return pd.DataFrame({"bucket": BUCKETS, "working_days": working_days(), "fiscal_period": period})
