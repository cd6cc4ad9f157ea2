"""Reconciliation: forecasts made at several levels, moved as little as possible so that children add up to parents.

How much a node moves is decided by its weight: what is believed of its errors. Nodes may be locked: their quantity is
kept exactly, and those above, below and beside them give way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from sopbench.demand.hierarchy.locks import stop_on_contradictions
from sopbench.demand.hierarchy.projection import Projection
from sopbench.demand.hierarchy.shrinkage import Weights, believable, error_variances, shrunk_covariance

LEAST_SQUARES = ("ols", "wls_structural", "wls_variance", "mint_shrink")
"""Methods that weigh the forecasts of all levels against one another."""

SPREADING = ("bottom_up", "top_down", "middle_out")
"""Methods that believe one level and add up and spread from it."""

METHODS = (*SPREADING, *LEAST_SQUARES)

NOTHING = 1e-7
"""Share of a usual quantity by which a row counts in a spread that would be 0 otherwise."""


def reconcile(
    base: np.ndarray,
    summing: sparse.csr_array,
    method: str,
    *,
    variances: np.ndarray | None = None,
    residuals: np.ndarray | None = None,
    locked: np.ndarray | None = None,
    nonnegative: bool = True,
    level: np.ndarray | None = None,
    middle: int = 0,
    shares: np.ndarray | None = None,
    names: Sequence[str] | None = None,
    buckets: Sequence[str] | None = None,
) -> np.ndarray:
    """The coherent forecasts, nodes × buckets, nearest to `base` (nodes × buckets).

    `summing` (nodes × rows) ends in an identity, so that the rows are the last nodes (see Hierarchy). Methods:

    - "bottom_up" adds up the rows; "middle_out" believes the nodes of the level numbered `middle` and spreads each over
      what is below it, "top_down" is that from the total. Spread is by the forecasts of each bucket, level by level
      through the levels that nest (Athanasopoulos, Ahmed and Hyndman, Int. J. Forecasting 25, 2009, forecast
      proportions), or by `shares` (a number a row, such as its average demand) where they are given. `level` has the
      number of each node's level.
    - "ols", "wls_structural", "wls_variance" and "mint_shrink" minimise the weighted squared changes of all nodes. The
      weights are the inverse of: the identity; the number of rows in a node (Athanasopoulos et al., Eur. J. Oper. Res.
      262, 2017); its error variance; the shrunk covariance of errors (Wickramasuriya, Athanasopoulos and Hyndman, JASA
      114, 2019). Errors are `residuals` (nodes × past errors, NaN where there is none) or `variances` (a number a
      node), which also stand in for nodes without residuals. A node above the rows whose base is NaN has no say.

    `nonnegative` keeps every quantity at 0 or more and all sums exact: it is a constraint of the least squares, not a
    cut afterwards (Wickramasuriya, Turlach and Hyndman, Stat. Comput. 30, 2020).

    **Locks.** `locked` (nodes × buckets, NaN where free) fixes nodes of any level. They come out as given, to 1e-9 of
    their quantity, and the rule by which a lock is spread is the method's own: with the least-squares methods the
    others move as little as possible under the same weights, so that a series moves the more the less sure its forecast
    has been, sums beside and above follow as far as they were believed; with the spreading methods a lock is spread in
    proportion to the forecasts below it (evenly where all of them are 0), and where locks overlap by the least change
    relative to them, sum of (change² / forecast).

    Raises PlanningError that names locks which contradict each other, with `names` of nodes and `buckets`. Needs
    neither a tree nor a dense matrix: nodes × rows is only ever sparse.
    """
    _check(method, base, summing)
    rows = summing.shape[1]
    locked = np.full(base.shape, np.nan) if locked is None else locked
    names = [f"node {each}" for each in range(len(base))] if names is None else names
    buckets = range(base.shape[1]) if buckets is None else buckets
    stop_on_contradictions(summing, locked, nonnegative, names, buckets)
    if method in LEAST_SQUARES:
        asked = np.isfinite(base).all(axis=1)
        asked[-rows:] = True
        weights = make_weights(method, summing, variances, residuals, asked)
        found = _least_squares(base[asked], summing, weights, locked, nonnegative, asked)
    else:
        found = _spread_from(method, base, summing, level, middle, shares)
        found = np.maximum(found, 0.0) if nonnegative else found
        found = _spread_locks(found, summing, locked, nonnegative)
    return _as_locked(summing @ found, locked)


def make_weights(
    method: str,
    summing: sparse.csr_array,
    variances: np.ndarray | None,
    residuals: np.ndarray | None,
    asked: np.ndarray,
) -> Weights:
    """The weights of a least-squares method for the nodes `asked` (see `reconcile`).

    ValueError where the method needs errors of a node and there are none.
    """
    if method == "ols":
        return Weights.alone(np.ones(int(asked.sum())))
    if method == "wls_structural":
        return Weights.alone(summing.sum(axis=1)[asked])
    said = np.full(summing.shape[0], np.nan) if residuals is None else error_variances(residuals)
    said = said if variances is None else np.where(np.isfinite(said), said, variances)
    if np.isnan(said[asked]).any():
        raise ValueError(f"{method} needs residuals or a variance for every node")
    if method == "wls_variance":
        return Weights.alone(believable(said[asked]))
    if residuals is None:
        raise ValueError("mint_shrink needs residuals")
    return shrunk_covariance(residuals[asked], said[asked])[0]


def _least_squares(
    base: np.ndarray,
    summing: sparse.csr_array,
    weights: Weights,
    locked: np.ndarray,
    nonnegative: bool,
    asked: np.ndarray,
) -> np.ndarray:
    """The rows by bucket; buckets in which the same nodes are locked are solved together."""
    rows = summing.shape[1]
    found = np.empty((rows, base.shape[1]))
    for same in _alike(locked, nonnegative):
        given, held, sums, fixed = _fixed(summing, locked[:, same], nonnegative)
        problem = Projection(summing[asked], weights, sums, given)
        found[:, same] = problem.solve(base[:, same], fixed, held, nonnegative)
    return found


def _spread_locks(
    rows: np.ndarray, summing: sparse.csr_array, locked: np.ndarray, nonnegative: bool
) -> np.ndarray:  # fmt: skip
    """The rows by bucket moved to the locks, in proportion to what they are."""
    found = rows.copy()
    bottom = sparse.eye_array(summing.shape[1], format="csr")
    for bucket in np.flatnonzero(np.isfinite(locked).any(axis=0)):
        one = slice(bucket, bucket + 1)
        given, held, sums, fixed = _fixed(summing, locked[:, one], nonnegative)
        size = np.abs(rows[:, bucket])
        usual = float(size[size > 0].mean()) if (size > 0).any() else 1.0
        weights = Weights.alone(np.maximum(size, NOTHING * usual))
        found[:, one] = Projection(bottom, weights, sums, given).solve(rows[:, one], fixed, held, nonnegative)
    return found


def _spread_from(
    method: str,
    base: np.ndarray,
    summing: sparse.csr_array,
    level: np.ndarray | None,
    middle: int,
    shares: np.ndarray | None,
) -> np.ndarray:
    """The rows by bucket of a method that believes one level."""
    rows = summing.shape[1]
    if method == "bottom_up":
        return base[-rows:]
    if level is None:
        raise ValueError(f"{method} needs the level of every node")
    if method == "top_down":
        whole = np.flatnonzero(summing.sum(axis=1) == rows)
        if not len(whole):
            raise ValueError("top_down needs the total among the nodes")
        middle = int(level[whole[0]])
    return spread_down(base, summing, level, middle, shares)


def spread_down(
    base: np.ndarray, summing: sparse.csr_array, level: np.ndarray, middle: int, shares: np.ndarray | None = None
) -> np.ndarray:
    """The nodes of the level `middle` spread over the rows, by `shares` or by the forecasts of the levels that nest.

    Quantities below 0 count as 0 in a share; where all shares are 0, rows bear the same.
    """
    last = int(level[-1]) if len(level) else 0
    quantity, parent = base[level == middle], _node_of_row(summing, level, middle)
    chain = [last] if shares is not None else range(middle + 1, last + 1)
    for finer in chain:
        child = _node_of_row(summing, level, finer)
        first = np.unique(child, return_index=True)[1]
        if (parent != parent[first][child]).any():
            continue  # this level does not nest in the one before
        above = parent[first]
        size = np.bincount(child).astype(float)[:, None]
        share = np.maximum(base[level == finer] if shares is None else shares[:, None], 0.0)
        share, whole = np.broadcast_to(share, (len(first), base.shape[1])), np.zeros(quantity.shape)
        np.add.at(whole, above, share)
        share = np.where(whole[above] > 0, share, size)
        whole = np.zeros(quantity.shape)
        np.add.at(whole, above, share)
        quantity, parent = quantity[above] * share / whole[above], child
    return quantity


def _node_of_row(summing: sparse.csr_array, level: np.ndarray, which: int) -> np.ndarray:
    """The number, within a level, of the node that each row is in."""
    part = sparse.csc_array(summing[level == which])
    if (np.diff(part.indptr) != 1).any():
        raise ValueError("a row must be in exactly one node of a level")
    return part.indices


def _alike(locked: np.ndarray, nonnegative: bool) -> list[np.ndarray]:
    """The buckets grouped by which nodes are locked (and which at 0, for that fixes the rows too)."""
    pattern = np.isfinite(locked).astype(np.int8) + (nonnegative & (locked == 0))
    _, group = np.unique(pattern, axis=1, return_inverse=True)
    group = np.ravel(group)
    return [np.flatnonzero(group == each) for each in range(group.max(initial=-1) + 1)]


def _fixed(
    summing: sparse.csr_array, locked: np.ndarray, nonnegative: bool
) -> tuple[np.ndarray, np.ndarray, sparse.csr_array, np.ndarray]:
    """What locks fix, the same nodes in every bucket: rows (mask, quantity by bucket) and sums (matrix, quantity).

    Where nothing may be below 0, a sum locked at 0 fixes its rows at 0.
    """
    upper, rows = summing.shape[0] - summing.shape[1], summing.shape[1]
    which = np.isfinite(locked[:, 0])
    own = locked[upper:]
    given = which[upper:].copy()
    held = np.where(given[:, None], own, 0.0)
    above = np.flatnonzero(which[:upper])
    if nonnegative:
        nought = above[locked[above, 0] == 0]
        emptied = (summing[nought].sum(axis=0) > 0) if len(nought) else np.zeros(rows, dtype=bool)
        given |= emptied
        held[emptied] = 0.0
        above = np.setdiff1d(above, nought)
    open_ones = summing[above] @ (~given).astype(float) > 0 if len(above) else np.zeros(0, dtype=bool)
    above = above[open_ones]
    return given, held, summing[above], locked[above]


def _as_locked(nodes: np.ndarray, locked: np.ndarray) -> np.ndarray:
    """The nodes, with locked ones as locked where only rounding differs."""
    return np.where(np.isclose(nodes, locked, rtol=1e-9, atol=0.0), locked, nodes)


def _check(method: str, base: np.ndarray, summing: sparse.csr_array) -> None:
    if method not in METHODS:
        raise ValueError(f"no method {method!r}; one of {', '.join(METHODS)}")
    if base.shape[0] != summing.shape[0]:
        raise ValueError(f"{base.shape[0]} nodes have a forecast, the hierarchy has {summing.shape[0]}")
    if not np.isfinite(base[base.shape[0] - summing.shape[1] :]).all():
        raise ValueError("every row needs a forecast in every bucket")
