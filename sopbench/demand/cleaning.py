"""Takes out of the history what a method should not learn from: promotions, stockouts that hid demand, odd months.

Expectation is a moving median over the seasonally adjusted series; what is odd is told by the median absolute deviation
(Hampel's identifier: Hampel, The influence curve, JASA 1974). Series that sell only now and then have no useful
expectation a bucket: there only sizes are judged, on a logarithmic scale.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.demand.season import SMALLEST, positions, seasonal_profile

NEIGHBOURS = 7
"""Buckets over which the level is taken."""

KNOWN_AT_LEAST = 6
"""A series with fewer known buckets is left as it is."""

SELDOM = 0.9
"""A series that sells in a smaller share of its buckets is judged by its sizes alone."""

ROBUST = 1.4826
"""Median absolute deviation to standard deviation, for normal errors."""

SPREAD = {"regular": 0.10, "seldom": 0.35}
"""Least relative standard deviation believed: of a bucket, and of the logarithm of a size."""


@dataclass(frozen=True)
class Cleaned:
    """The cleaned series and what was done to them; all four are series (rows) by buckets (columns)."""

    values: pd.DataFrame
    event: np.ndarray
    stockout: np.ndarray
    outlier: np.ndarray


def clean(
    ordered: pd.DataFrame,
    stockout: np.ndarray,
    uplift: np.ndarray,
    families: pd.Series,
    season: int,
    threshold: float,
) -> Cleaned:
    """Clean series (rows) over buckets (columns, NaN outside a series' life).

    `stockout` marks buckets whose orders hide demand, `uplift` is the factor that events put on demand, `families`
    names each row's family. Orders below nothing (returns) count as none. A promoted bucket is divided by its uplift;
    a bucket out of stock is lifted to what was to be expected, or to what was ordered if that is more; a bucket more
    than `threshold` robust standard deviations off is cut to that limit, low ones only well inside a series' life.
    """
    alive = ordered.notna().to_numpy()
    readable = uplift >= SMALLEST
    base = np.where(readable, np.maximum(ordered.to_numpy(), 0.0) / np.where(readable, uplift, 1.0), np.nan)
    hidden = alive & (stockout | ~readable)
    known = pd.DataFrame(np.where(hidden, np.nan, base), index=ordered.index, columns=ordered.columns)
    lower, expected, upper = _limits(known, families, season, threshold)
    lower = np.where(_inside(alive), lower, 0.0)
    lifted = np.where(hidden, np.nan_to_num(np.fmax(base, expected)), base)
    values = np.where(alive, np.clip(lifted, lower, upper), np.nan)
    return Cleaned(
        values=pd.DataFrame(values, index=ordered.index, columns=ordered.columns),
        event=alive & (uplift != 1.0),
        stockout=hidden & (values > np.nan_to_num(base)),
        outlier=alive & (np.abs(values - lifted) > 0),
    )


def _inside(alive: np.ndarray) -> np.ndarray:
    """Where a series has lived a while and still will: what is low at either end may be a launch or a phase-out."""
    since, left = np.cumsum(alive, axis=1), np.cumsum(alive[:, ::-1], axis=1)[:, ::-1]
    return np.minimum(since, left) > NEIGHBOURS // 2


def _limits(
    known: pd.DataFrame, families: pd.Series, season: int, threshold: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The lowest value believed, the value expected and the highest believed, in each bucket of each series."""
    profile = seasonal_profile(known, families, season).to_numpy()[:, positions(known.shape[1], season)]
    expected = _level(known / profile) * profile
    values = known.to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a series without a known bucket has no median
        off = np.nanmedian(np.where(expected > 0, np.abs(values - expected) / expected, np.nan), axis=1, keepdims=True)
        spread = np.maximum(np.maximum(ROBUST * off, SPREAD["regular"]) * expected, np.sqrt(expected))
        lower, upper = np.maximum(expected - threshold * spread, 0.0), expected + threshold * spread
        seldom = np.nanmean(values > 0, axis=1, where=~np.isnan(values), keepdims=True) < SELDOM
        mean = np.nanmean(values, axis=1, keepdims=True)
        largest = _largest_size(values, threshold)
    few = np.isfinite(values).sum(axis=1, keepdims=True) < KNOWN_AT_LEAST
    lower = np.where(few | seldom | np.isnan(lower), 0.0, lower)
    upper = np.where(few, np.inf, np.where(seldom, largest, np.where(np.isnan(upper), np.inf, upper)))
    return lower, np.where(seldom, mean, expected), upper


def _level(adjusted: pd.DataFrame) -> np.ndarray:
    """The moving median of each seasonally adjusted series, carried on to buckets with too few neighbours."""
    moving = adjusted.T.rolling(NEIGHBOURS, center=True, min_periods=NEIGHBOURS // 2).median()
    return moving.ffill().bfill().T.to_numpy()


def _largest_size(values: np.ndarray, threshold: float) -> np.ndarray:
    """The largest order size believed of a series that sells only now and then."""
    sizes = np.log(np.where(values > 0, values, np.nan))
    middle = np.nanmedian(sizes, axis=1, keepdims=True)
    spread = np.maximum(ROBUST * np.nanmedian(np.abs(sizes - middle), axis=1, keepdims=True), SPREAD["seldom"])
    enough = np.isfinite(sizes).sum(axis=1, keepdims=True) >= KNOWN_AT_LEAST
    return np.where(enough, np.exp(middle + threshold * spread), np.inf)
