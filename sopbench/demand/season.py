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

ONE_YEAR = 0.5
"""Share of a family's profile that is believed where a single year speaks for it."""

SMALLEST = 0.05
"""No bucket bears less than this share of the level: dividing by it must stay sound."""


def seasonal_profile(values: pd.DataFrame, families: pd.Series, season: int) -> pd.DataFrame:
    """The factor of each series (rows) in each position of the season (columns 0 to season-1), 1 on average.

    `values` has a column a bucket, NaN where nothing is known; `families` names each row's family. A series with few
    years leans on its family's profile, as far as its own buckets show it; a family's is believed as far as its years
    agree.
    """
    if season == 1:
        return pd.DataFrame(1.0, index=values.index, columns=[0])
    level = moving_level(values, season)
    known = values.where(level > 0)
    middle, years, _ = _by_position((known / level).to_numpy(), season)
    family = family_profile(values, level, families, season)
    blend = (years * np.nan_to_num(middle) + FAMILY_YEARS * family) / (years + FAMILY_YEARS)
    borrowed = (years == 0).any(axis=1)
    blend = 1.0 + amplitude(values, blend, families, borrowed)[:, None] * (blend - 1.0)
    blend = np.maximum(blend, SMALLEST)
    return pd.DataFrame(blend / blend.mean(axis=1, keepdims=True), index=values.index)


def family_profile(values: pd.DataFrame, level: pd.DataFrame, families: pd.Series, season: int) -> np.ndarray:
    """The profile of each series' family, all its series added up, believed as far as its years agree.

    `level` is the series' moving level (rows and columns as `values`); a bucket counts where it is above 0.
    """
    known = values.where(level > 0)
    pooled = known.groupby(families).sum(min_count=1) / level.where(known.notna()).groupby(families).sum(min_count=1)
    family = pd.DataFrame(_shrunk(*_by_position(pooled.to_numpy(), season)), index=pooled.index)
    return family.reindex(families).to_numpy()


def moving_level(values: pd.DataFrame, season: int) -> pd.DataFrame:
    """The level of each series: the mean of one whole season around a bucket; NaN where no season fits around it.

    A few unknown buckets inside do no harm; at the ends of a series' life nothing is guessed.
    """
    alive = values.notna().to_numpy()
    begun = np.maximum.accumulate(alive, axis=1)
    lasting = np.maximum.accumulate(alive[:, ::-1], axis=1)[:, ::-1]
    whole = _whole_season(begun & lasting, season)
    across = values.T.rolling(season, center=True, min_periods=season - season // 6).mean().where(whole)
    if season % 2 == 0:
        across = (across + across.shift(-1)) / 2
    return across.T


def _whole_season(alive: np.ndarray, season: int) -> np.ndarray:
    """Where a season centred on a bucket (rows of the result; columns are series) lies whole inside a series' life."""
    lived = np.cumsum(np.pad(alive, ((0, 0), (1, 0))), axis=1)
    whole = np.zeros(alive.shape, dtype=bool)
    first = season // 2
    fits = max(alive.shape[1] - season + 1, 0)
    whole[:, first : first + fits] = lived[:, season : season + fits] - lived[:, :fits] == season
    return whole.T


def positions(buckets: int, season: int) -> np.ndarray:
    """The position in the season of each of so many buckets, counted from the first one."""
    return np.arange(buckets) % season


def amplitude(values: pd.DataFrame, profile: np.ndarray, families: pd.Series, borrowed: np.ndarray) -> np.ndarray:
    """How much of its profile each series shows, from 0 to 1: the slope of its own buckets over the profile's.

    Only asked of series that borrowed a profile (others have their own in it), and shrunk towards those of the same
    family that did so too: what is new may sell through other channels than what its family's season comes from.
    """
    season, units = profile.shape[1], values.to_numpy()
    known = np.isfinite(units)
    count = known.sum(axis=1)
    place = np.where(known, profile[:, positions(units.shape[1], season)], 0.0)
    mean, mean_place = np.nansum(units, axis=1) / np.maximum(count, 1), place.sum(axis=1) / np.maximum(count, 1)
    telling = borrowed & (count >= season / 2) & (mean > 0)
    off = np.where(known, np.nan_to_num(units) / np.where(mean > 0, mean, 1.0)[:, None] - 1.0, 0.0)
    off_place = np.where(known, place / np.where(mean_place > 0, mean_place, 1.0)[:, None] - 1.0, 0.0)
    together = np.where(telling, (off * off_place).sum(axis=1), 0.0)
    alone = np.where(telling, (off_place**2).sum(axis=1), 0.0)
    sums = pd.DataFrame({"together": together, "alone": alone}).groupby(families.to_numpy()).sum()
    pooled = families.map(sums["together"] / sums["alone"].where(sums["alone"] > 0)).fillna(1.0).clip(0.0, 1.0)
    own = np.clip(np.divide(together, alone, out=np.ones_like(alone), where=alone > 0), 0.0, 1.0)
    weight = np.where(alone > 0, count / (count + season), 0.0)
    return np.where(borrowed, weight * own + (1.0 - weight) * pooled.to_numpy(), 1.0)


def _by_position(ratios: np.ndarray, season: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The median of the ratios in each position of the season, how many there are, and their variance."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a position never seen has no median, and that is meant
        places = [ratios[:, place::season] for place in range(season)]
        middle = np.stack([np.nanmedian(each, axis=1) for each in places], axis=1)
        spread = np.stack([np.nanvar(each, axis=1, ddof=1) for each in places], axis=1)
    return middle, np.stack([np.isfinite(each).sum(axis=1) for each in places], axis=1), spread


def _shrunk(middle: np.ndarray, years: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Profiles drawn towards 1 as far as what differs between years could explain them; 1 where nothing is known.

    Miller and Williams (Int. J. Forecasting 19, 2003): the share believed is 1 less noise over total variance.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a family seen for a year only has no spread between years
        noise = np.nanmean(spread / years, axis=1)
        total = np.nanvar(middle, axis=1)
    believed = np.where(np.isnan(noise), ONE_YEAR, 1.0 - noise / np.where(total > 0, total, np.inf))
    believed = np.clip(believed, 0.0, 1.0)[:, None]
    return np.where(np.isnan(middle), 1.0, 1.0 + believed * (middle - 1.0))
