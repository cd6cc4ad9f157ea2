"""The demand history of every item at every location: as it was ordered, and as methods shall see it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.demand.cleaning import Cleaned, clean
from sopbench.demand.life import by_bucket, covers, split_calendar

SERIES = ["item_id", "location_id"]
"""What names a series."""

LIKE_ITEM = "like item"
"""The reason of a bucket that comes from another item's history."""

LIKE_SEASONS = 2
"""An item with fewer seasons of its own starts from its like item's history."""


def demand_history(
    start: pd.Timestamp,
    season: int,
    threshold: float,
    *,
    items: pd.DataFrame,
    calendar: pd.DataFrame,
    sales: pd.DataFrame,
    events: pd.DataFrame,
) -> pd.DataFrame:
    """Make the table history (units a bucket) for every item and location that sold before `start`.

    A series begins with its first sale or its item's launch, whichever is earlier, and ends where the item does;
    buckets without sales in between are 0. `season` is the length of a season in buckets, `threshold` the robust
    standard deviations beyond which a bucket is cut. An item that names a like item and has less than two seasons of
    its own is preceded by the like item's cleaned history times like_factor.
    Raises PlanningError where sales lie in buckets that the calendar does not have.
    """
    buckets, _ = split_calendar(calendar, start, 1)
    ordered, stockout = ordered_series(buckets, items=items, sales=sales[sales["bucket"] < start])
    uplift = event_factors(ordered.index, buckets, items=items, events=events)
    families = _of_items(ordered.index, items, "family")
    done = clean(ordered, stockout, uplift, families, season, threshold)
    reasons = pd.DataFrame(_reasons(ordered, done), index=ordered.index, columns=buckets)
    own = pd.DataFrame({"ordered": _long(ordered), "cleaned": _long(done.values), "reason": _long(reasons)})
    own = own[own["cleaned"].notna()]
    likes = _long(like_history(done.values, items=items, season=season)).dropna()
    likes = pd.DataFrame({"ordered": 0.0, "cleaned": likes, "reason": LIKE_ITEM})
    return checked(pd.concat([own, likes]).reset_index(), table("history"))


def ordered_series(
    buckets: pd.DatetimeIndex, *, items: pd.DataFrame, sales: pd.DataFrame
) -> tuple[pd.DataFrame, np.ndarray]:
    """Units ordered by series (rows) and bucket (columns, NaN outside a series' life), and where stock ran out.

    Raises PlanningError where sales lie in buckets that are not among `buckets`.
    """
    unknown = sales.loc[~sales["bucket"].isin(buckets), "bucket"].drop_duplicates().sort_values()
    if len(unknown):
        message = f"sales lie in {len(unknown)} buckets that the calendar does not have, this one first"
        mend = "add these buckets to the calendar, or take the sales out"
        raise PlanningError(Problem("calendar", str(unknown.iloc[0].date()), "", message, mend))
    sales = sales.sort_values([*SERIES, "customer_id", "bucket"])
    sums = sales.groupby([*SERIES, "bucket"]).agg(qty=("qty_ordered", "sum"), out=("stockout", "any"))
    wide = by_bucket(sums["qty"], buckets)
    out = by_bucket(sums["out"], buckets).eq(True).to_numpy()
    launch, until = _of_items(wide.index, items, "launch"), _of_items(wide.index, items, "discontinue")
    never = pd.Series(pd.NaT, index=wide.index)
    launched = covers(buckets, launch, never) & (launch > buckets.min()).to_numpy()[:, None]
    begun = np.maximum.accumulate(wide.notna().to_numpy() | launched, axis=1)
    return wide.fillna(0.0).where(begun & covers(buckets, never, until)), out


def event_factors(
    series: pd.MultiIndex, buckets: pd.DatetimeIndex, *, items: pd.DataFrame, events: pd.DataFrame
) -> np.ndarray:
    """The factor of events on the demand of each series (rows) in each bucket (columns); overlapping ones multiply.

    An event's scope is "item:ID", "family:NAME" or "all" (table events).
    """
    events = events.sort_values("event_id")
    after = events["end"] + pd.Timedelta(days=1)
    during = covers(buckets, events["start"], after)
    lift = np.log(np.maximum(1.0 + events["uplift"].to_numpy(), 1e-9))[:, None] * during
    items_of, families_of = series.get_level_values("item_id"), _of_items(series, items, "family")
    scopes = events["scope"].to_numpy(dtype=object)
    touched = ("item:" + items_of.to_numpy(dtype=object))[:, None] == scopes
    touched |= ("family:" + families_of.to_numpy(dtype=object))[:, None] == scopes
    touched |= scopes == "all"
    factors = np.exp(touched.astype(float) @ lift)
    return np.where(touched.astype(float) @ during.astype(float) > 0, factors, 1.0)


def like_history(cleaned: pd.DataFrame, *, items: pd.DataFrame, season: int) -> pd.DataFrame:
    """What precedes the series of items that have a like item and little history of their own; NaN elsewhere.

    `cleaned` holds series (rows) by buckets (columns). An item that has not sold yet starts at every location of its
    like item. Where the like item has ended, its last season is repeated.
    """
    with_like = items.loc[items["like_item_id"] != "", ["item_id", "like_item_id", "like_factor"]]
    own = cleaned.notna().sum(axis=1).rename("own").reset_index()
    pairs = with_like.merge(own[SERIES].rename(columns={"item_id": "like_item_id"}), on="like_item_id")
    pairs = pairs.merge(own, on=SERIES, how="left")
    pairs["sells"] = pairs["item_id"].isin(own["item_id"])
    pairs = pairs[(pairs["own"] < LIKE_SEASONS * season) | ~pairs["sells"]].sort_values(SERIES)
    series = pd.MultiIndex.from_frame(pairs[SERIES])
    like = cleaned.reindex(pd.MultiIndex.from_frame(pairs[["like_item_id", "location_id"]])).to_numpy(copy=True)
    for place in range(season, like.shape[1]):
        like[:, place] = np.where(np.isnan(like[:, place]), like[:, place - season], like[:, place])
    lived = np.maximum.accumulate(cleaned.reindex(series).notna().to_numpy(), axis=1)
    before = np.where(lived, np.nan, like * pairs["like_factor"].to_numpy()[:, None])
    return pd.DataFrame(before, index=series, columns=cleaned.columns)


def _reasons(ordered: pd.DataFrame, done: Cleaned) -> np.ndarray:
    """Why cleaned differs from ordered: the names of what was done, empty where nothing changed."""
    changed = np.abs(done.values.to_numpy() - ordered.to_numpy()) > 1e-9
    said = np.full(ordered.shape, "", dtype=object)
    returns = np.nan_to_num(ordered.to_numpy()) < 0
    for name, where in (
        ("returns", returns),
        ("stockout", done.stockout),
        ("event", done.event),
        ("outlier", done.outlier),
    ):
        said = np.where(changed & where, said + np.where(said == "", "", ", ") + name, said)
    return said


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
