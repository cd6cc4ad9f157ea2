"""The demand history of every item at every location: as it was ordered, and as methods shall see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.demand.history.cleaning import clean
from sopbench.demand.history.corrections import corrections_made, finished, kept_buckets, reasons_of
from sopbench.demand.history.customers import customer_orders
from sopbench.demand.history.events import event_factors
from sopbench.demand.history.why import why_corrected
from sopbench.demand.history.working_days import day_ratio
from sopbench.demand.life import by_bucket, covers, split_calendar
from sopbench.params.demand import Demand

SERIES = ["item_id", "location_id"]
"""What names a series."""

LIKE_ITEM = "like item"
"""The reason of a bucket that comes from another item's history."""


@dataclass(frozen=True)
class History:
    """What was made of the orders, and what was learnt on the way."""

    history: pd.DataFrame
    """The table history."""
    corrections: pd.DataFrame
    """The table corrections: each change of it."""
    elasticity: pd.DataFrame
    """By family, of demand to working days: elasticity (used), measured, error."""


def demand_history(
    settings: Demand,
    start: pd.Timestamp,
    season: int,
    *,
    items: pd.DataFrame,
    calendar: pd.DataFrame,
    sales: pd.DataFrame,
    events: pd.DataFrame,
) -> History:
    """Make the tables history and corrections (units a bucket) for every item and location that sold before `start`.

    A series begins with its first sale or its item's launch, whichever is earlier, and ends where the item does;
    buckets without sales in between are 0. `season` is the length of a season in buckets. Of the settings,
    outlier_threshold, keep and day_elasticity count. What an item learns from others, life_cycle.py adds.
    Raises PlanningError where sales lie in buckets that the calendar does not have or are of items that `items` does
    not have, and where no bucket lies before `start`.
    """
    buckets, _ = split_calendar(calendar, start, 1)
    if not len(buckets):
        message, mend = "no bucket lies before the cycle's first one", "begin the calendar where the sales begin"
        raise PlanningError(Problem("calendar", str(start.date()), "", message, mend))
    past = sales[sales["bucket"] < start]
    ordered = ordered_series(buckets, items=items, sales=past)
    orders = customer_orders(past, ordered)
    uplift = event_factors(ordered.index, buckets, items=items, events=events)
    worked = calendar.set_index("bucket")["working_days"].loc[buckets].to_numpy()
    days = day_ratio(worked, len(buckets), season)
    families = _of_items(ordered.index, items, "family")
    kept = kept_buckets(settings.keep, ordered.index, families, buckets)
    done = clean(
        ordered, orders, uplift, days, families, season, settings.outlier_threshold,
        kept=kept, elasticity=settings.day_elasticity,
    )  # fmt: skip
    why = why_corrected(done, orders, worked, items=items, events=events)
    made = corrections_made(done.steps, why, ordered, families, settings.keep)
    reasons = pd.DataFrame(reasons_of(done.steps), index=ordered.index, columns=buckets)
    own = pd.DataFrame({"ordered": _long(ordered), "cleaned": _long(done.values), "reason": _long(reasons)})
    history = checked(own[own["cleaned"].notna()].reset_index(), table("history"))
    return History(history, finished(made), done.elasticity)


def ordered_series(buckets: pd.DatetimeIndex, *, items: pd.DataFrame, sales: pd.DataFrame) -> pd.DataFrame:
    """Units ordered by series (rows) and bucket (columns, NaN outside a series' life).

    Raises PlanningError where sales lie in buckets that are not among `buckets`, or are of items not among `items`.
    """
    strange = sales.loc[~sales["item_id"].isin(items["item_id"]), "item_id"].drop_duplicates().sort_values()
    if len(strange):
        message = f"{len(strange)} items sold that the table items does not have, this one first"
        mend = "add them to items, or take their sales out"
        raise PlanningError(Problem("sales", f"item_id={strange.iloc[0]}", "", message, mend))
    unknown = sales.loc[~sales["bucket"].isin(buckets), "bucket"].drop_duplicates().sort_values()
    if len(unknown):
        message = f"sales lie in {len(unknown)} buckets that the calendar does not have, this one first"
        mend = "add these buckets to the calendar, or take the sales out"
        raise PlanningError(Problem("calendar", str(unknown.iloc[0].date()), "", message, mend))
    sales = sales.sort_values([*SERIES, "customer_id", "bucket"])
    wide = by_bucket(sales.groupby([*SERIES, "bucket"])["qty_ordered"].sum(), buckets)
    launch, until = _of_items(wide.index, items, "launch"), _of_items(wide.index, items, "discontinue")
    never = pd.Series(pd.NaT, index=wide.index)
    launched = covers(buckets, launch, never) & (launch > buckets.min()).to_numpy()[:, None]
    begun = np.maximum.accumulate(wide.notna().to_numpy() | launched, axis=1)
    return wide.fillna(0.0).where(begun & covers(buckets, never, until))


def _of_items(series: pd.MultiIndex, items: pd.DataFrame, column: str) -> pd.Series:
    """A column of the table items for each series."""
    return items.set_index("item_id")[column].reindex(series.get_level_values("item_id")).set_axis(series)


def _long(wide: pd.DataFrame) -> pd.Series:
    """One value a series and bucket, holes kept."""
    return pd.Series(wide.to_numpy().ravel(), index=_rows(wide), name="value")


def _rows(wide: pd.DataFrame) -> pd.MultiIndex:
    frame = wide.index.to_frame(index=False)
    rows = frame.loc[np.repeat(frame.index, wide.shape[1])]
    return pd.MultiIndex.from_arrays(
        [rows["item_id"], rows["location_id"], np.tile(wide.columns, len(frame))], names=[*SERIES, "bucket"]
    )
