"""What is known of every bucket, past and coming, that may move demand: the exogenous data of methods that take it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.demand.history.events import event_factors
from sopbench.demand.history.history import SERIES
from sopbench.demand.life import covers

FEATURES = ("event_factor", "working_days", "relative_price", "list_price", "category", "age")
"""The columns of known_features."""

PRICES = (0.1, 3.0)
"""Realised prices below or above these shares of the list price are bookings, not prices."""


def known_features(
    series: pd.MultiIndex,
    buckets: pd.DatetimeIndex,
    *,
    items: pd.DataFrame,
    events: pd.DataFrame,
    calendar: pd.DataFrame,
    sales: pd.DataFrame,
) -> pd.DataFrame:
    """The exogenous data of each series (item_id, location_id) in each of `buckets`: those of history and ahead.

    Gives a row a series and bucket, in the order given, all columns numbers:
    event_factor, what events multiply demand by; working_days; relative_price, as a share of the list price: an event's
    price where there is one, else what was realised (revenue over qty_shipped), else what the series usually realises,
    else 1; list_price, its logarithm; category, a number in the order of their names; age, in buckets since the launch
    (NaN without one). Give only the sales known at the origin: a realised price is not known ahead.
    """
    about = items.set_index("item_id").reindex(series.get_level_values("item_id"))
    shape = (len(series), len(buckets))
    days = calendar.set_index("bucket")["working_days"].reindex(buckets).to_numpy(dtype=float)
    price = about["unit_price"].to_numpy(dtype=float)
    categories = items["category"].drop_duplicates().sort_values().to_list()
    code = about["category"].map({name: number for number, name in enumerate(categories)}).to_numpy(dtype=float)
    columns = {
        "event_factor": event_factors(series, buckets, items=items, events=events),
        "working_days": np.broadcast_to(days, shape),
        "relative_price": relative_prices(series, buckets, items=items, events=events, sales=sales),
        "list_price": np.broadcast_to(np.log(np.where(price > 0, price, np.nan))[:, None], shape),
        "category": np.broadcast_to(code[:, None], shape),
        "age": _age(about["launch"], buckets),
    }
    rows = pd.MultiIndex.from_arrays(
        [*(np.repeat(series.get_level_values(name), len(buckets)) for name in SERIES), np.tile(buckets, len(series))],
        names=[*SERIES, "bucket"],
    )
    return pd.DataFrame({name: columns[name].ravel() for name in FEATURES}, index=rows)


def as_array(features: pd.DataFrame, series: int) -> np.ndarray:
    """Features (rows: series by bucket) as columns by series by buckets, as GradientBoostingPanel.forecast_panel asks.

    Columns that nowhere differ are left out: they say nothing.
    """
    values = features.to_numpy(dtype=float).T.reshape(features.shape[1], series, -1)
    flat = values.reshape(len(values), -1)
    known = np.isfinite(flat)
    least, most = np.where(known, flat, np.inf), np.where(known, flat, -np.inf)
    return values[least.min(axis=1, initial=np.inf) < most.max(axis=1, initial=-np.inf)]


def relative_prices(
    series: pd.MultiIndex,
    buckets: pd.DatetimeIndex,
    *,
    items: pd.DataFrame,
    events: pd.DataFrame,
    sales: pd.DataFrame,
) -> np.ndarray:
    """The price of each series (rows) in each bucket (columns) as a share of its list price (see known_features)."""
    listed = items.set_index("item_id")["unit_price"].reindex(series.get_level_values("item_id")).to_numpy(dtype=float)
    listed = np.where(listed > 0, listed, np.nan)[:, None]
    sums = sales.groupby([*SERIES, "bucket"])[["revenue", "qty_shipped"]].sum(min_count=1)
    sums = sums[(sums["revenue"] > 0) & (sums["qty_shipped"] > 0)]
    place = series.get_indexer(sums.index.droplevel("bucket")), buckets.get_indexer(sums.index.get_level_values(-1))
    inside = (place[0] >= 0) & (place[1] >= 0)
    realised = np.full((len(series), len(buckets)), np.nan)
    realised[place[0][inside], place[1][inside]] = (sums["revenue"] / sums["qty_shipped"]).to_numpy()[inside]
    realised = realised / listed
    realised = np.where((realised >= PRICES[0]) & (realised <= PRICES[1]), realised, np.nan)
    usual = pd.DataFrame(realised).median(axis=1).fillna(1.0).to_numpy()[:, None]
    planned = _event_prices(series, buckets, items=items, events=events) / listed
    return np.where(np.isfinite(planned), planned, np.where(np.isfinite(realised), realised, usual))


def _event_prices(
    series: pd.MultiIndex, buckets: pd.DatetimeIndex, *, items: pd.DataFrame, events: pd.DataFrame
) -> np.ndarray:
    """The price events set for each series (rows) in each bucket (columns), the lowest of several; NaN without."""
    events = events[events["price"].notna()]
    during = covers(buckets, events["start"], events["end"] + pd.Timedelta(days=1))
    names = series.get_level_values("item_id").to_numpy(dtype=object)
    families = items.set_index("item_id")["family"].reindex(names).to_numpy(dtype=object)
    scopes = events["scope"].to_numpy(dtype=object)
    touched = (("item:" + names)[:, None] == scopes) | (("family:" + families)[:, None] == scopes) | (scopes == "all")
    row, event = np.nonzero(touched)
    pair, bucket = np.nonzero(during[event])
    prices = np.full((len(series), len(buckets)), np.nan)
    np.fmin.at(prices, (row[pair], bucket), events["price"].to_numpy(dtype=float)[event[pair]])
    return prices


def _age(launch: pd.Series, buckets: pd.DatetimeIndex) -> np.ndarray:
    """Buckets since the one a launch falls into, below 0 before it; NaN without a launch or where it is not in them."""
    first = np.searchsorted(buckets.to_numpy(), launch.to_numpy(dtype="datetime64[ns]"), side="right") - 1.0
    first = np.where(launch.notna() & (first >= 0), first, np.nan)
    return np.arange(len(buckets)) - first[:, None]
