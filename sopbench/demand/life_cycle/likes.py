"""Launches that sell as others did: in the same season of the calendar, or since their launch.

By launch, the curve of several likes is the sum of their deseasonalised demand by age times their factors (looks-like
forecasting: Kahn, New Product Forecasting, 2006), and what the item itself has sold is blended in by credibility
n/(n+k) (Bühlmann, Experience rating and credibility, ASTIN Bulletin 4, 1967).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.demand.history.history import SERIES
from sopbench.demand.life_cycle.phase_out import place_of
from sopbench.demand.life_cycle.relations import Relations
from sopbench.demand.season import positions

LIKE_SEASONS = 2
"""An item with fewer seasons of its own starts from its like items' history."""

MISS = 0.4
"""What a forecast made before the launch usually misses by, as a share: Kahn, J. Product Innovation Mgmt 19, 2002."""

NOISE = 0.25
"""How much the demand of a bucket differs from its curve, as a share, beside the chance of single orders."""

LAST = 3
"""Buckets over which a curve is smoothed, and whose mean is the level after the last one that a like item has seen."""


def like_history(cleaned: pd.DataFrame, life: Relations, season: int) -> pd.DataFrame:
    """What precedes the series of items that have like items and little history of their own; NaN elsewhere.

    `cleaned` holds series (rows) by buckets (columns). The likes' units times their factors add up. An item that has
    not sold yet starts at every location of its like items. Where a like item has ended, its last season is repeated.
    """
    own = cleaned.notna().sum(axis=1).rename("own").reset_index()
    pairs = life.likes.merge(own[SERIES].rename(columns={"item_id": "other_id"}), on="other_id")
    pairs = pairs.merge(own, on=SERIES, how="left")
    sells = pairs["item_id"].isin(own["item_id"])
    pairs = pairs[(pairs["own"] < LIKE_SEASONS * season) | ~sells].sort_values([*SERIES, "other_id"])
    like = cleaned.reindex(pd.MultiIndex.from_frame(pairs[["other_id", "location_id"]])).to_numpy(copy=True)
    for place in range(season, like.shape[1]):
        like[:, place] = np.where(np.isnan(like[:, place]), like[:, place - season], like[:, place])
    series = pd.MultiIndex.from_frame(pairs[SERIES])
    added = pd.DataFrame(like * pairs["factor"].to_numpy()[:, None], index=series, columns=cleaned.columns)
    added = added.groupby(level=SERIES).sum(min_count=1)
    lived = np.maximum.accumulate(cleaned.reindex(added.index).notna().to_numpy(), axis=1)
    return added.mask(lived)


def launch_forecast(
    cleaned: pd.DataFrame, profile: pd.DataFrame, life: Relations, ahead: pd.DatetimeIndex
) -> pd.DataFrame:
    """The forecast of series whose item goes by its likes' launch curve: rows are series, columns the buckets `ahead`.

    `cleaned` holds each item's own units by series and bucket, NaN outside its life; `profile` the season of every
    series, the new ones too. Only items with less than a season of their own are forecast so, and only by likes whose
    own launch lies inside the history; NaN before the launch.
    """
    season, past = profile.shape[1], cleaned.shape[1]
    pairs = _launches(cleaned, profile.index, life, ahead, season)
    series = pd.MultiIndex.from_frame(pairs[SERIES].drop_duplicates())
    row = series.get_indexer(pd.MultiIndex.from_frame(pairs[SERIES]))
    curves = _curves(cleaned, profile, pairs, past + len(ahead)) * pairs["factor"].to_numpy()[:, None]
    curve = np.zeros((len(series), past + len(ahead)))
    np.add.at(curve, row, curves)
    first = np.zeros(len(series), dtype=int)
    first[row] = pairs["first"].to_numpy()
    age = np.arange(past + len(ahead))[None, :] - first[:, None]
    place = profile.reindex(series).to_numpy()[:, positions(past + len(ahead), season)]
    expected = np.where(age >= 0, np.take_along_axis(curve, np.maximum(age, 0), axis=1) * place, np.nan)
    level = own_level(cleaned.reindex(series).to_numpy(), expected[:, :past])
    return pd.DataFrame(expected[:, past:] * level[:, None], index=series, columns=ahead)


def own_level(own: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The factor by which each series (row) sells above or below what was expected, as far as its buckets are believed.

    1 + z (own / expected - 1) with z = n / (n + k) after n buckets (Bühlmann 1967); k is the variance of a bucket
    around its curve, NOISE² and that of a count, over the variance of what curves miss by, MISS².
    """
    told = np.isfinite(own) & np.isfinite(expected)
    count = told.sum(axis=1)
    sold, curve = np.where(told, own, 0.0).sum(axis=1), np.where(told, expected, 0.0).sum(axis=1)
    sure = curve > 0
    usual = np.divide(curve, count, out=np.ones_like(curve), where=sure)
    k = (NOISE**2 + 1.0 / usual) / MISS**2
    ratio = np.divide(sold, curve, out=np.ones_like(curve), where=sure)
    return 1.0 + count / (count + k) * (ratio - 1.0)


def _launches(
    cleaned: pd.DataFrame, known: pd.MultiIndex, life: Relations, ahead: pd.DatetimeIndex, season: int
) -> pd.DataFrame:
    """New series with each like at the location: factor, `first` bucket of its own, first one of the like (`since`)."""
    alive = cleaned.notna().to_numpy()
    about = cleaned.index.to_frame(index=False)
    about = about.assign(first=np.where(alive.any(axis=1), alive.argmax(axis=1), -1), own=alive.sum(axis=1))
    begun = about.loc[about["own"] > 0, "first"].min()
    likes = about[about["first"] > begun].rename(columns={"item_id": "other_id", "first": "since"})
    pairs = life.likes[(life.likes["curve"] == "launch") & life.likes["start"].notna()]
    pairs = pairs.merge(likes[["other_id", "location_id", "since"]], on="other_id").merge(about, on=SERIES, how="left")
    pairs = pairs[(pairs["own"].fillna(0) < season) & pd.MultiIndex.from_frame(pairs[SERIES]).isin(known)]
    buckets = pd.DatetimeIndex(cleaned.columns).append(ahead)
    first = pairs["first"].where(pairs["own"] > 0)
    pairs = pairs.assign(first=first.fillna(pd.Series(place_of(pairs["start"], buckets), pairs.index)).astype(int))
    return pairs.sort_values([*SERIES, "other_id"], ignore_index=True)


def _curves(cleaned: pd.DataFrame, profile: pd.DataFrame, pairs: pd.DataFrame, count: int) -> np.ndarray:
    """The deseasonalised demand of each pair's like by its age in buckets, `count` of them, smoothed but for the first.

    What lies beyond the last bucket seen stays at the level of the last three; of a like that has ended, at its median,
    for its last buckets may have been a phase-out.
    """
    like = pd.MultiIndex.from_frame(pairs[["other_id", "location_id"]].set_axis(SERIES, axis=1))
    season = positions(cleaned.shape[1], profile.shape[1])
    units = cleaned.reindex(like).to_numpy() / profile.reindex(like).to_numpy()[:, season]
    place = pairs["since"].to_numpy()[:, None] + np.arange(count)[None, :]
    inside = place < units.shape[1]
    aged = pd.DataFrame(np.where(inside, np.take_along_axis(units, np.where(inside, place, 0), axis=1), np.nan))
    seen = aged.notna().T
    smooth = aged.T.rolling(LAST, center=True, min_periods=1).mean().where(seen)
    smooth.loc[0] = aged[0]
    last = aged.T.rolling(LAST, min_periods=1).mean().where(seen).ffill().iloc[-1]
    last = last.where(np.isfinite(units[:, -1]), aged.T.median())
    return smooth.fillna(last).T.to_numpy()
