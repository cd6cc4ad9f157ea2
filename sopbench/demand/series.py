"""The series that methods are tried on and forecast: history cleaned, life cycles put in, and what is known of buckets.

The plan and the forecast lab begin here, so that the lab tries methods on what the plan will forecast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract.buckets import buckets_a_year
from sopbench.demand.choice.forecast import live_series
from sopbench.demand.history.history import History, demand_history
from sopbench.demand.life import on_sale, split_calendar
from sopbench.demand.life_cycle.life_cycle import life_cycle_history
from sopbench.demand.life_cycle.relations import Relations, relations, with_models
from sopbench.demand.methods.features import as_array, known_features
from sopbench.params.demand import Demand


@dataclass(frozen=True)
class Series:
    """Cleaned units (`values`) by series on sale in the horizon (rows) and bucket before it, and what they came from.

    `own` is False where units come from a like item; `families` are by series, `likes` by item. `past` is the cleaned
    history, `history` the same with what items learn from others by their relations (`life`), for which `items` names
    models; `selling` says which item sells in which of the buckets `ahead`. `season` counts buckets.
    """

    values: pd.DataFrame
    own: pd.DataFrame
    families: pd.Series
    likes: pd.Series
    past: History
    history: pd.DataFrame
    life: Relations
    items: pd.DataFrame
    selling: pd.DataFrame
    buckets: pd.DatetimeIndex
    ahead: pd.DatetimeIndex
    season: int


def series_to_forecast(
    settings: Demand,
    start: pd.Timestamp,
    horizon: int,
    *,
    items: pd.DataFrame,
    calendar: pd.DataFrame,
    sales: pd.DataFrame,
    events: pd.DataFrame,
    life_cycle: pd.DataFrame,
) -> Series:
    """Make the series to forecast from the input tables of the contract. Raises PlanningError as `demand_history`."""
    buckets, ahead = split_calendar(calendar, start, horizon)
    season = settings.season or buckets_a_year(calendar["bucket"])
    past = demand_history(settings, start, season, items=items, calendar=calendar, sales=sales, events=events)
    life = relations(items, life_cycle)
    items = with_models(items, life)
    history = life_cycle_history(past.history, life, buckets, season, items=items)
    selling = on_sale(items, ahead)
    values, own = live_series(history, selling, buckets)
    about = items.set_index("item_id")
    families = about["family"].reindex(values.index.get_level_values("item_id")).set_axis(values.index)
    likes = about["like_item_id"]
    return Series(values, own, families, likes, past, history, life, items, selling, buckets, ahead, season)


def known_of_buckets(
    series: Series, *, calendar: pd.DataFrame, sales: pd.DataFrame, events: pd.DataFrame
) -> np.ndarray:
    """Features (first axis) of each series and bucket, those ahead too: what is known of a bucket beside its demand.

    Prices of sales are left out, as nobody knows those ahead.
    """
    tables = {"items": series.items, "events": events, "calendar": calendar, "sales": sales.iloc[:0]}
    said = known_features(series.values.index, series.buckets.append(series.ahead), **tables)
    return as_array(said, len(series.values))
