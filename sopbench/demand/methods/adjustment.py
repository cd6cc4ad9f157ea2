"""Takes the season out of every series of a panel before a method sees it, and puts it back into the forecast.

Classical decomposition (Makridakis, Wheelwright and Hyndman, Forecasting, ch. 3): what each position of the season
bears beside the mean of a whole season around it. A profile reckoned from few years is mostly noise, so it is shrunk:
what a series shows beyond its family is believed as far as its years agree (James and Stein, Proc. 4th Berkeley
Symposium, 1961; Miller and Williams, Int. J. Forecasting 19, 2003), and what the family shows likewise.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from sopbench.demand.season import FAMILY_YEARS, SMALLEST, amplitude, family_profile, moving_level, positions

CAUTION = 2.0
"""Times the noise that is held against a profile: tried on earlier origins of M3's training parts."""


def season_profile(values: np.ndarray, families: np.ndarray, season: int, multiplicative: bool = True) -> np.ndarray:
    """What each position of the season bears, for every series: factors of mean 1, or units that add up to 0.

    `values` holds series (rows) by buckets (columns), NaN where unknown; `families` names each row's family. Column p
    of the profile belongs to the buckets p, p + season, ... A series that falls below 0 or has no whole season anywhere
    in its family gets no season.
    """
    neutral = 1.0 if multiplicative else 0.0
    if season < 2 or len(values) == 0:
        return np.full((len(values), max(season, 1)), neutral)
    wide, named = pd.DataFrame(values), pd.Series(families)
    level = moving_level(wide, season)
    family = family_profile(wide, level, named, season)
    level, size = level.to_numpy(), _typical(values)
    ratios = values / np.where(level > 0, level, np.nan) if multiplicative else (values - level) / size
    shown, years, within = _positions(ratios, season)
    borrowed = (years == 0).any(axis=1)
    others = 1.0 - 1.0 / named.map(named.value_counts()).to_numpy()
    shape = amplitude(wide, family, named, borrowed) * np.where(borrowed, 1.0, others)
    family = 1.0 + shape[:, None] * (family - 1.0)
    family = family if multiplicative else family - 1.0
    beyond = np.where(borrowed[:, None], 0.0, shown - family)
    profile = family + _believed(beyond, years, within, others)[:, None] * np.nan_to_num(beyond)
    if not multiplicative:
        return size * (profile - profile.mean(axis=1, keepdims=True))
    profile = np.where((np.nanmin(values, axis=1, initial=np.inf) < 0)[:, None], 1.0, np.maximum(profile, SMALLEST))
    return profile / profile.mean(axis=1, keepdims=True)


def without_season(values: np.ndarray, profile: np.ndarray, multiplicative: bool = True) -> np.ndarray:
    """The series without their season."""
    each = profile[:, positions(values.shape[1], profile.shape[1])]
    return values / each if multiplicative else values - each


def with_season(forecast: np.ndarray, profile: np.ndarray, seen: int, multiplicative: bool = True) -> np.ndarray:
    """A forecast of the adjusted series with its season put back; `seen` counts the buckets before it."""
    ahead = positions(seen + forecast.shape[1], profile.shape[1])[seen:]
    return forecast * profile[:, ahead] if multiplicative else forecast + profile[:, ahead]


def _typical(values: np.ndarray) -> np.ndarray:
    """The mean size of each series, so that series of any size can be compared; 1 where it is 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a series without a value has no mean
        size = np.nanmean(np.abs(values), axis=1, keepdims=True)
    return np.where(size > 0, size, 1.0)


def _positions(ratios: np.ndarray, season: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By position of the season: the mean of the ratios, how many there are, and their sum of squares around it."""
    count, mean, square = (np.zeros((len(ratios), season)) for _ in range(3))
    for place in range(season):
        seen = ratios[:, place::season]
        known = np.isfinite(seen)
        count[:, place] = known.sum(axis=1)
        mean[:, place] = np.where(known, seen, 0.0).sum(axis=1) / np.maximum(count[:, place], 1)
        square[:, place] = np.where(known, (seen - mean[:, [place]]) ** 2, 0.0).sum(axis=1)
    return np.where(count > 0, mean, np.nan), count, square


def _believed(shown: np.ndarray, years: np.ndarray, within: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The share of what a series shows beyond its family that is believed.

    1 less the noise in it over its variance, and as its years stand beside the FAMILY_YEARS that a family counts for;
    `others` is the share of each family that are other series. Who saw each position but once cannot tell its noise.
    """
    season = shown.shape[1]
    freedom = np.maximum(years - 1, 0).sum(axis=1)
    noise = within.sum(axis=1) / np.maximum(freedom, 1) * (1.0 / np.maximum(years, 1)).mean(axis=1)
    total = np.var(np.nan_to_num(shown), axis=1, ddof=1)
    share = CAUTION * (season - 3) / (season - 1) if season > 3 else CAUTION
    told = np.clip(1.0 - share * np.divide(noise, total, out=np.zeros_like(noise), where=total > 0), 0.0, 1.0)
    own = years.mean(axis=1)
    alone = np.divide(own, own + FAMILY_YEARS, out=np.zeros_like(own), where=own > 0)
    beside = np.divide(own, own + FAMILY_YEARS * others, out=np.zeros_like(own), where=own > 0)
    return np.where(freedom > 0, told * beside, alone)
