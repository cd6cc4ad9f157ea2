"""What errors are believed to be: a variance for each node, and factors that several nodes share.

With thousands of nodes and a few dozen past errors of each, the sample covariance is singular, and its full matrix
would not fit in memory. Shrunk towards its diagonal it is a diagonal plus as many factors as there are errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMALLEST = 1e-6
"""Share of a typical variance below which none is believed: a series that never erred yet will."""


@dataclass(frozen=True)
class Weights:
    """The covariance of the nodes' errors: diag(variance) + factors @ factors.T (nodes; nodes × factors)."""

    variance: np.ndarray
    factors: np.ndarray

    @classmethod
    def alone(cls, variance: np.ndarray) -> Weights:
        """Errors that have nothing to do with one another."""
        return cls(variance, np.empty((len(variance), 0)))


def error_variances(residuals: np.ndarray) -> np.ndarray:
    """The mean squared error of each node (rows; past errors in columns, NaN where there is none); NaN without any."""
    known = np.isfinite(residuals)
    count = known.sum(axis=1)
    squares = np.where(known, residuals, 0.0) ** 2
    return np.where(count > 0, squares.sum(axis=1) / np.maximum(count, 1), np.nan)


def believable(variances: np.ndarray) -> np.ndarray:
    """The variances with those that are 0 or almost raised to the SMALLEST share of the median; 1 where all are 0."""
    some = variances[variances > 0]
    floor = SMALLEST * float(np.median(some)) if len(some) else 1.0
    return np.maximum(variances, floor)


def shrunk_covariance(residuals: np.ndarray, variances: np.ndarray | None = None) -> tuple[Weights, float]:
    """The covariance of errors shrunk towards its diagonal, and by how much (from 0, not at all, to 1).

    `residuals` are nodes × past errors, NaN where there is none, which counts as saying nothing about what goes with
    what. Correlations are shrunk by the share that minimises the expected squared error: the sum of the variances of
    the sample correlations over the sum of their squares (Schäfer and Strimmer, Stat. Appl. Genet. Mol. Biol. 4, 2005;
    MinT(Shrink) of Wickramasuriya, Athanasopoulos and Hyndman, JASA 114, 2019). Both sums over all pairs of nodes come
    from the small matrix of past errors by past errors, so the cost is linear in nodes. Errors are taken around 0 and
    not around their mean: a bias is an error too. `variances` may give each node's; a node without errors needs one.
    """
    variances = believable(error_variances(residuals) if variances is None else variances)
    scaled = np.nan_to_num(residuals, nan=0.0) / np.sqrt(variances)[:, None]
    known = np.isfinite(residuals).sum(axis=1)
    scaled *= np.sqrt(residuals.shape[1] / np.maximum(known, 1))[:, None]  # holes count as 0, the mean square is 1
    amount = _amount(scaled)
    factors = np.sqrt(variances)[:, None] * scaled * np.sqrt((1.0 - amount) / scaled.shape[1])
    return Weights(np.maximum(variances - (factors**2).sum(axis=1), SMALLEST * variances), factors), amount


def _amount(scaled: np.ndarray) -> float:
    """Schäfer and Strimmer's share for standardised errors (nodes × errors)."""
    count = scaled.shape[1]
    if count < 2:
        return 1.0
    between = scaled.T @ scaled
    own = scaled**2
    squares = (between**2).sum() - (own.sum(axis=1) ** 2).sum()
    fourth = (np.diag(between) ** 2).sum() - (own**2).sum()
    correlation = squares / count**2
    noise = (fourth - squares / count) / (count * (count - 1.0))
    return float(np.clip(noise / correlation, 0.0, 1.0)) if correlation > 0 else 1.0
