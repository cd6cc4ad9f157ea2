"""Buckets of time: months, ISO weeks, periods of a company's own calendar (4-4-5), told apart by their first days.

A bucket is named by its first day and lasts until the next one begins, so everything here takes first days in order,
without holes, as the table calendar has them.
"""

from __future__ import annotations

import pandas as pd

WEEK = pd.Timedelta(days=7)

YEAR = pd.Timedelta(weeks=52)
"""What lies between a week, or a fiscal period, and the same one a year before; a year of 53 weeks moves it by one."""


def are_months(buckets: pd.DatetimeIndex | pd.Series) -> bool:
    """Whether all buckets begin on the first of a month; no two weeks, and no three fiscal periods in a row, do."""
    return bool((pd.DatetimeIndex(buckets).day == 1).all())


def first_days_after(buckets: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The first day after each bucket.

    Nothing follows the last bucket: a month lasts until the next, another one as long as the one a year before it did,
    or as the one before it; a week where there is none.
    """
    last = buckets[-1]
    if are_months(buckets):
        end = last + pd.DateOffset(months=1)
    elif len(buckets) == 1:
        end = last + WEEK
    else:
        [like] = buckets[:-1].get_indexer([last - YEAR], method="nearest", tolerance=2 * WEEK)
        end = last + (buckets[like + 1] - buckets[like] if like >= 0 else last - buckets[-2])
    return buckets[1:].append(pd.DatetimeIndex([end])).as_unit("ns")


def buckets_a_year(buckets: pd.DatetimeIndex | pd.Series) -> int:
    """How many buckets make a year: 12 months, 52 weeks, 12 periods of four, four and five weeks, 13 of four weeks.

    By the mean length: the middle length is four weeks in both of the last two.
    """
    days = pd.DatetimeIndex(buckets).unique().sort_values()
    if len(days) < 2 or are_months(days):
        return 12
    return max(1, round(365.25 * (len(days) - 1) / (days[-1] - days[0]).days))


def middles(buckets: pd.Series) -> pd.Series:
    """The middle of each row's bucket: it belongs to the month, quarter and year that lies in, as ISO weeks do."""
    days = pd.DatetimeIndex(buckets.drop_duplicates().sort_values())
    if not len(days):
        return buckets
    ends = pd.Series(first_days_after(days), index=days)
    return buckets + (buckets.map(ends) - buckets) / 2


def a_year_before(buckets: pd.Series, known: pd.Series) -> pd.Series:
    """The bucket a year before each of `buckets` (the index): among `known`, empty where none is near that day.

    Months look back 12 months; others 52 weeks, to the bucket that begins nearest.
    """
    days = pd.DatetimeIndex(buckets.drop_duplicates().sort_values())
    past = pd.DatetimeIndex(known.drop_duplicates().sort_values())
    if are_months(days):
        before = days - pd.DateOffset(years=1)
        return pd.Series(before.where(before.isin(past)), index=days)
    shortest = (days[1:] - days[:-1]).min() if len(days) > 1 else WEEK
    near = past.get_indexer(days - YEAR, method="nearest", tolerance=(shortest - pd.Timedelta(days=1)) / 2)
    return pd.Series(past.take(near.clip(0)) if len(past) else pd.NaT, index=days).where(near >= 0)
