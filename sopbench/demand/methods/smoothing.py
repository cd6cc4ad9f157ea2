"""Exponential smoothing of a whole panel at once: every series with every weight of a grid, in one pass over time.

A loop over time and none over series: numpy smooths ten thousand series with each weight in the time a compiled model
takes for a few hundred. Each series' forecasts are averaged over the grid, weighted by how likely its own errors make
each weight, which forecasts better than the single best weight where history is short (Hoeting et al., Bayesian model
averaging, Statistical Science 14, 1999).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np

from sopbench.demand.methods.adjustment import without_season
from sopbench.demand.season import positions

LEVEL_WEIGHTS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0)
"""Weights of the last bucket in the level that are tried."""

TREND_WEIGHTS = (0.02, 0.1)
"""Weights of the last change of level in the trend, as a share of the level's weight."""

DAMPINGS = (0.8, 0.9, 0.98)
"""Shares of the trend that are left from one bucket to the next."""

SEASON_WEIGHT = 0.1
"""Weight of the last bucket in the season of its position: half or double it forecast M3's training parts no better."""

FACTORS = (0.05, 20.0)
"""Least and greatest multiple of the level that a season is believed to be."""

DRIFT = 0.5
"""Share of the line through the history by which theta's level moves on."""

ROWS = 512
"""Series smoothed at once: their states stay in the processor's cache."""


def theta(adjusted: np.ndarray, season: int, ahead: int, drift: float = DRIFT) -> np.ndarray:
    """Forecast seasonally adjusted series (rows; NaN where unknown) by the theta method, `ahead` buckets on.

    A smoothed level that moves by half (`drift`) the slope of the line through the whole history: Assimakopoulos and
    Nikolopoulos, Int. J. Forecasting 16, 2000, in the form of Hyndman and Billah, Int. J. Forecasting 19, 2003.
    """
    return _in_parts(partial(_theta, season=season, ahead=ahead, share=drift), adjusted)


def holt_winters(values: np.ndarray, profile: np.ndarray, ahead: int, multiplicative: bool = True) -> np.ndarray:
    """Forecast series (rows; NaN where unknown) by a smoothed level, a trend that fades and a season that moves.

    `profile` is the season each series starts from (see `adjustment.season_profile`), which multiplies the level or
    adds to it. Winters, Management Science 6, 1960, with the damped trend of Gardner and McKenzie, Management Science
    31, 1985.
    """
    method = partial(_holt_winters, ahead=ahead, multiplicative=multiplicative)
    return _in_parts(method, values, profile)


def level(adjusted: np.ndarray, weight: float) -> np.ndarray:
    """The exponentially weighted mean of each series (rows; NaN where unknown), each bucket weighing in its turn."""
    mean, total = np.zeros(len(adjusted)), np.zeros(len(adjusted))
    for values in adjusted.T:
        known = np.isfinite(values)
        mean = np.where(known, (1 - weight) * mean + weight * np.where(known, values, 0.0), mean)
        total = np.where(known, (1 - weight) * total + weight, total)
    return np.divide(mean, total, out=np.full(len(mean), np.nan), where=total > 0)


def _in_parts(method: Callable, *panels: np.ndarray) -> np.ndarray:
    """What a method says of panels (first axis: series) of any size, ROWS series at once."""
    parts = [method(*(panel[first : first + ROWS] for panel in panels)) for first in range(0, len(panels[0]), ROWS)]
    return np.concatenate(parts) if parts else method(*panels)


def _theta(adjusted: np.ndarray, season: int, ahead: int, share: float) -> np.ndarray:
    weights = np.array(LEVEL_WEIGHTS)[None, :]
    drift = share * _slope(adjusted)[:, None]
    span = max(season, 2)
    now = np.repeat((_mean_of_first(adjusted, span) - drift[:, 0] * (span + 1) / 2)[:, None], weights.size, axis=1)
    errors = _Errors(adjusted, season, weights.size)
    for values in adjusted.T:
        known, expected = np.isfinite(values)[:, None], now + drift
        error = errors.add(values, expected, known)
        now = np.where(known, expected + weights * error, now)
    return errors.averaged(now[:, :, None] + drift[:, :, None] * np.arange(1, ahead + 1))


def _holt_winters(values: np.ndarray, profile: np.ndarray, ahead: int, multiplicative: bool) -> np.ndarray:
    season = profile.shape[1]
    grid = [np.ravel(each)[None, :] for each in np.meshgrid(LEVEL_WEIGHTS, TREND_WEIGHTS, DAMPINGS, indexing="ij")]
    weights, trend_weights, damping = grid
    without = without_season(values, profile, multiplicative)
    now = np.repeat(_mean_of_first(without, max(season, 2))[:, None], weights.size, axis=1)
    trend = np.zeros_like(now)
    seasons = np.repeat(profile.T[:, :, None], weights.size, axis=2)
    errors = _Errors(values, season, weights.size)
    for bucket, units in enumerate(values.T):
        known, here = np.isfinite(units)[:, None], seasons[bucket % season]
        carried = damping * trend
        expected = now + carried
        error = errors.add(units, expected * here if multiplicative else expected + here, known)
        moved = error / here if multiplicative else error
        now = np.where(known, expected + weights * moved, now)
        trend = np.where(known, carried + weights * trend_weights * moved, trend)
        seasons[bucket % season] = _season_after(here, expected, error, multiplicative)
    left = np.cumsum(damping[:, :, None] ** np.arange(1, ahead + 1), axis=2)
    levels = now[:, :, None] + trend[:, :, None] * left
    later = np.moveaxis(seasons[positions(values.shape[1] + ahead, season)[values.shape[1] :]], 0, 2)
    return errors.averaged(levels * later if multiplicative else levels + later)


def _season_after(here: np.ndarray, expected: np.ndarray, error: np.ndarray, multiplicative: bool) -> np.ndarray:
    """The season of a position after it was missed by `error`; a level of nothing teaches no multiple of it."""
    if not multiplicative:
        return here + SEASON_WEIGHT * error
    missed = np.divide(error, expected, out=np.zeros_like(error), where=expected > 0)
    return np.clip(here + SEASON_WEIGHT * missed, *FACTORS)


class _Errors:
    """The squared errors of each series (rows) with each weight (columns), one bucket ahead, after the first few."""

    def __init__(self, values: np.ndarray, season: int, weights: int):
        self.square, self.count = np.zeros((len(values), weights)), np.zeros((len(values), 1))
        self.seen, self.first = np.zeros((len(values), 1)), max(season // 2, 1)

    def add(self, values: np.ndarray, expected: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Count one bucket; return its errors, 0 where it is unknown."""
        error = np.where(known, values[:, None] - expected, 0.0)
        late = known & (self.seen >= self.first)
        self.square += np.where(late, error**2, 0.0)
        self.count += late
        self.seen += known
        return error

    def averaged(self, forecasts: np.ndarray) -> np.ndarray:
        """The mean of the forecasts (series, weights, buckets), each weight as likely as its normal errors make it."""
        least = self.square.min(axis=1, keepdims=True)
        size = np.where(least > 0, least, 1.0)
        likely = np.where(least > 0, np.maximum(self.square / size, 1.0), 1.0 + (self.square > 0) * 1e9)
        share = np.exp(-0.5 * self.count * np.log(likely))
        return np.einsum("nw,nwt->nt", share / share.sum(axis=1, keepdims=True), forecasts)


def _slope(values: np.ndarray) -> np.ndarray:
    """The slope of the least-squares line through each series, a bucket; 0 where fewer than three are known."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    time = np.arange(values.shape[1]) - (known * np.arange(values.shape[1])).sum(axis=1, keepdims=True) / count
    off = np.where(known, values - np.where(known, values, 0.0).sum(axis=1, keepdims=True) / count, 0.0)
    spread = np.where(known, time**2, 0.0).sum(axis=1)
    slope = np.divide((off * time).sum(axis=1), spread, out=np.zeros(len(values)), where=spread > 0)
    return np.where(known.sum(axis=1) >= 3, slope, 0.0)


def _mean_of_first(values: np.ndarray, count: int) -> np.ndarray:
    """The mean of the first `count` known buckets of each series; NaN where none is known."""
    known = np.isfinite(values)
    early = known & (np.cumsum(known, axis=1) <= count)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a series without a known bucket has no mean
        return np.nanmean(np.where(early, values, np.nan), axis=1)
