"""When a thing is on sale: the buckets of history and horizon, and in which of them each item lives."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.contract.buckets import first_days_after


def split_calendar(
    calendar: pd.DataFrame, start: pd.Timestamp, horizon: int
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """The buckets before `start`, and the `horizon` buckets from it on (table calendar).

    Raises PlanningError where `start` is no bucket of the calendar, or the calendar ends too early.
    """
    buckets = pd.DatetimeIndex(calendar["bucket"].sort_values(), name="bucket")
    ahead = buckets[buckets >= start][:horizon]
    if len(ahead) == 0 or ahead[0] != start:
        mend = "name the cycle by the first day of a bucket, or add the bucket to the calendar"
        raise PlanningError(Problem("calendar", str(start.date()), "", "the cycle's first bucket is missing", mend))
    if len(ahead) < horizon:
        mend = f"add the buckets after {ahead[-1].date()}, or plan a shorter horizon"
        raise PlanningError(Problem("calendar", "", str(len(ahead)), f"fewer than {horizon} buckets to plan", mend))
    return buckets[buckets < start], ahead


def on_sale(items: pd.DataFrame, buckets: pd.DatetimeIndex) -> pd.DataFrame:
    """True where an item (rows, by item_id) is on sale in a bucket (columns): table items, launch and discontinue.

    A bucket in the middle of which an item is launched or ends counts as on sale.
    """
    dates = items.set_index("item_id").sort_index()
    return pd.DataFrame(covers(buckets, dates["launch"], dates["discontinue"]), index=dates.index, columns=buckets)


def covers(buckets: pd.DatetimeIndex, first: pd.Series, until: pd.Series) -> np.ndarray:
    """True where the span from `first` up to (not with) `until` touches a bucket; empty dates are open ends."""
    begun = first_days_after(buckets).to_numpy() > first.fillna(pd.Timestamp.min).to_numpy()[:, None]
    return begun & (buckets.to_numpy() < until.fillna(pd.Timestamp.max).to_numpy()[:, None])


def by_bucket(values: pd.Series, buckets: pd.DatetimeIndex) -> pd.DataFrame:
    """Values indexed by series and bucket, spread out: a row a series, a column a bucket, NaN where there is none."""
    return values.unstack("bucket").reindex(columns=buckets)  # noqa: PD010
