"""Several methods as one: the mean of the middle ones, or a mean weighted by what each missed in the backtest.

A combination forecasts better than choosing one method a series: the few errors of one series say little about the next
ones. Without the lowest and the highest it needs no weights and is not moved by a method gone astray (Jose and Winkler,
Simple robust averages of forecasts, Int. J. Forecasting 24, 2008). Weights are learned over all series from features of
their history (Montero-Manso et al., FFORMA, Int. J. Forecasting 36, 2020), and drawn towards equal ones.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

COMBINATION = "combination"
"""The name the combination bears beside the methods."""

CLOSE = 0.1
"""Scaled errors far below this count by their square, far above by their size."""

DRAWN = 0.003
"""How strongly weights are drawn towards equal ones: tried on the earlier origins of M3's training parts."""

STEPS = 200
"""Steps in which the weights are learned at most."""


def middle(forecasts: np.ndarray) -> np.ndarray:
    """The mean of the methods (first axis) without the lowest and the highest; NaN where none forecasts a series.

    Of one or two methods it is their mean.
    """
    count = np.isfinite(forecasts).sum(axis=0)
    ordered = np.sort(forecasts, axis=0)  # what is missing comes last
    cut = (count >= 3).astype(int)
    place = np.arange(len(forecasts)).reshape(-1, *[1] * (forecasts.ndim - 1))
    kept = (place >= cut) & (place < count - cut)
    total = np.where(kept, ordered, 0.0).sum(axis=0)
    return np.divide(total, kept.sum(axis=0), out=np.full(total.shape, np.nan), where=count > 0)


def weighted(forecasts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted mean of the methods (first axis; series, buckets); a missing one leaves its weight to the others.

    `weights` are series by method.
    """
    there = np.isfinite(forecasts)
    each = weights.T[:, :, None] * there
    total = each.sum(axis=0)
    sums = (each * np.where(there, forecasts, 0.0)).sum(axis=0)
    return np.divide(sums, total, out=np.full(total.shape, np.nan), where=total > 0)


def features(values: np.ndarray, season: int) -> np.ndarray:
    """What a series' history looks like: a row of ten numbers for each series (rows of `values`, NaN where unknown).

    A one, the length, share of buckets without demand, variation, strength of trend, of persistence and of season,
    size of the slope, of the last season's change, and of the last bucket's, each standardised over the panel.
    """
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=1), 1)
    units = np.where(known, values, 0.0)
    mean = units.sum(axis=1) / count
    size = np.where(mean > 0, mean, 1.0)
    off = np.where(known, values - mean[:, None], 0.0)
    variance = (off**2).sum(axis=1)
    time = np.arange(values.shape[1]) - (known * np.arange(values.shape[1])).sum(axis=1, keepdims=True) / count[:, None]
    line = np.where(known, time, 0.0)
    slope = _share((off * line).sum(axis=1), (line**2).sum(axis=1))
    recent = _share(np.where(known, units, 0.0)[:, -season:].sum(axis=1), known[:, -season:].sum(axis=1))
    before = _share(units[:, -2 * season : -season].sum(axis=1), known[:, -2 * season : -season].sum(axis=1))
    columns = [
        np.log(count),
        ((units == 0) & known).sum(axis=1) / count,
        np.sqrt(variance / count) / size,
        1.0 - _share((np.where(known, off - slope[:, None] * line, 0.0) ** 2).sum(axis=1), variance),
        _share((off[:, 1:] * off[:, :-1]).sum(axis=1), variance),
        _share((off[:, season:] * off[:, :-season]).sum(axis=1), variance) if values.shape[1] > season else mean * 0,
        np.abs(slope) * count / size,
        np.abs(recent - before) / size,
        np.abs(units[:, -1] - recent) / size,
    ]
    table = np.nan_to_num(np.stack(columns, axis=1))
    spread = table.std(axis=0)
    scaled = np.divide(table - table.mean(axis=0), spread, out=np.zeros_like(table), where=spread > 0)
    return np.column_stack([np.ones(len(values)), np.clip(scaled, -3.0, 3.0)])


def learn_weights(forecasts: np.ndarray, actual: np.ndarray, scale: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """Coefficients (features by method) whose soft maximum are the weights that would have missed least in the past.

    `forecasts` are methods, cases, buckets; `actual` cases, buckets; `scale` the size of each case's usual error;
    `looks` the features of each case's series (see `features`). Cases with a missing forecast are left out.
    """
    usable = np.isfinite(forecasts).all(axis=(0, 2)) & np.isfinite(actual).all(axis=1) & (scale > 0)
    methods, wanted = len(forecasts), actual[usable] / scale[usable, None]
    said = np.moveaxis(forecasts[:, usable], 0, 1) / scale[usable, None, None]
    seen = looks[usable]
    if len(seen) == 0:
        return np.zeros((looks.shape[1], methods))

    def missed(flat: np.ndarray) -> tuple[float, np.ndarray]:
        coefficients = flat.reshape(-1, methods)
        weights = soft_maximum(seen, coefficients)
        error = np.einsum("nm,nmt->nt", weights, said) - wanted
        size = np.sqrt(error**2 + CLOSE**2)
        pull = np.einsum("nt,nmt->nm", error / size, said) / error.shape[1]
        pull = weights * (pull - (weights * pull).sum(axis=1, keepdims=True))
        slope = seen.T @ pull / len(seen) + 2 * DRAWN * coefficients
        return float(size.mean() + DRAWN * (coefficients**2).sum()), slope.ravel()

    found = minimize(
        missed, np.zeros(looks.shape[1] * methods), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
    )
    return found.x.reshape(-1, methods)


def soft_maximum(looks: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Weights (series by method, adding up to 1) of series with these features."""
    scores = looks @ coefficients
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
