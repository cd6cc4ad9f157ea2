"""The seasonal profile of each series: how much of its level each bucket of the year bears, robust against odd months.

The classical ratio-to-moving-level decomposition (Makridakis, Wheelwright and Hyndman, Forecasting, ch. 3) with medians
for means; what a series cannot tell by itself it takes from its family.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

FAMILY_YEARS = 2.0
"""How many years of its own a series must have before they count as much as its family's profile."""

SMALLEST = 0.05
"""No bucket bears less than this share of the level: dividing by it must stay sound."""


def seasonal_profile(values: pd.DataFrame, families: pd.Series, season: int) -> pd.DataFrame:
    """The factor of each series (rows) in each position of the season (columns 0 to season-1), 1 on average.

    `values` has a column a bucket, NaN where nothing is known; `families` names each row's family. A series with few
    years leans on its family's profile, one whose family knows nothing is taken as flat.
    """
    if season == 1:
        return pd.DataFrame(1.0, index=values.index, columns=[0])
    level = moving_level(values, season)
    known = values.where(level > 0)
    own = _median_by_position((known / level).to_numpy(), season)
    years = _count_by_position((known / level).to_numpy(), season)
    family_ratio = known.groupby(families).sum(min_count=1) / level.where(known.notna()).groupby(families).sum(
        min_count=1
    )
    family = pd.DataFrame(_median_by_position(family_ratio.to_numpy(), season), index=family_ratio.index)
    family = family.reindex(families).to_numpy()
    trusted = np.where(np.isnan(family), np.nan_to_num(own, nan=1.0), family)
    blend = (years * np.nan_to_num(own) + FAMILY_YEARS * trusted) / (years + FAMILY_YEARS)
    blend = np.maximum(blend, SMALLEST)
    return pd.DataFrame(blend / blend.mean(axis=1, keepdims=True), index=values.index)


def moving_level(values: pd.DataFrame, season: int) -> pd.DataFrame:
    """The level of each series: the mean of one whole season around a bucket; NaN where no season fits around it."""
    across = values.T.rolling(season, center=True, min_periods=max(season - season // 6, 1)).mean()
    if season % 2 == 0:
        across = (across + across.shift(-1)) / 2
    return across.T


def positions(buckets: int, season: int) -> np.ndarray:
    """The position in the season of each of so many buckets, counted from the first one."""
    return np.arange(buckets) % season


def _median_by_position(ratios: np.ndarray, season: int) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a position never seen has no median, and that is meant
        found = [np.nanmedian(ratios[:, place::season], axis=1) for place in range(season)]
    return np.stack(found, axis=1)


def _count_by_position(ratios: np.ndarray, season: int) -> np.ndarray:
    return np.stack([np.isfinite(ratios[:, place::season]).sum(axis=1) for place in range(season)], axis=1)
