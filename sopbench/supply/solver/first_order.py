"""Solves a large programme roughly: a primal-dual method that only multiplies by the matrix, in single precision.

Thousands of cheap steps come within a few tenths of a per cent of the best cost and, more to the point, tell which
columns the best plan uses and what the rows are worth. The method is the restarted, reflected Halpern iteration of the
primal-dual hybrid gradient: Chambolle & Pock, J. Math. Imaging Vision 40 (2011); Applegate et al., Practical
Large-Scale Linear Programming using Primal-Dual Hybrid Gradient, NeurIPS 2021 (scaling, restarts); Lu & Yang, Restarted
Halpern PDHG for Linear Programming, arXiv 2407.16144 (2024), with the weights of Chen et al., cuPDLPx (2025).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from sopbench.supply.solver.programme import Programme

RUIZ = 10
"""Rounds in which rows and columns are scaled to a greatest entry of 1."""

STEP = 0.998
"""Step size; below 1, the norm that the scaling leaves the matrix at most (Pock & Chambolle, ICCV 2011)."""

BLOCK = 32_768
"""Numbers worked on at a time."""

LOOK = 100
"""Steps between two looks at how far a step still moves."""

ENOUGH, SOME, LONG = 0.2, 0.8, 0.36
"""A restart is due when a step moves this share of what the first since the last restart did; or this share, and more
than at the last look; or when this share of all steps has passed since."""


@dataclass(frozen=True)
class Point:
    """A guess at the solution: columns within their limits, prices of the rows as HiGHS signs them.

    `weight` is how far a step goes in prices against columns, as the iteration learned it.
    """

    columns: np.ndarray
    prices: np.ndarray
    weight: float = 1.0


@dataclass(frozen=True)
class Scaled:
    """A programme whose rows and columns are of like size, and by what they were multiplied."""

    matrix: sp.csr_array
    transposed: sp.csr_array
    cost: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    right: np.ndarray
    equalities: int
    rows: np.ndarray
    columns: np.ndarray
    of_right: float
    of_cost: float

    def into(self, point: Point) -> tuple[np.ndarray, np.ndarray]:
        """A point in the programme's own sizes, scaled."""
        columns, prices = point.columns / self.columns * self.of_right, point.prices / self.rows * self.of_cost
        kind = self.cost.dtype
        return np.clip(columns.astype(kind), self.lower, self.upper), prices.astype(kind)

    def back(self, columns: np.ndarray, prices: np.ndarray, weight: float) -> Point:
        """A scaled point in the programme's own sizes."""
        columns, prices = columns.astype(float), prices.astype(float)
        return Point(columns * self.columns / self.of_right, prices * self.rows / self.of_cost, weight)


def scaled_programme(programme: Programme, kind: type = np.float32) -> Scaled:
    """The programme with a greatest entry near 1 in every row and column, and a norm of at most 1.

    Where it says what a unit of each column is worth, all is measured in money first: of a dear item few units matter,
    of a cheap one many, and a component's entry is its share in the cost. In units, steps are of the size of the cheap
    items, and the dear ones take thousands of them.
    """
    matrix = sp.csr_array(programme.matrix)
    size, column = np.abs(matrix.data), matrix.indices
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    across = sp.csr_array(matrix.T)
    order = np.argsort(column, kind="stable")
    columns = np.ones(matrix.shape[1]) if programme.worth is None else 1 / programme.worth
    rows = 1 / _by(np.maximum, size * columns[column], matrix.indptr)
    for combine in [np.maximum] * RUIZ + [np.add]:
        now = size * rows[row] * columns[column]
        by_row, by_column = _by(combine, now, matrix.indptr), _by(combine, now[order], across.indptr)
        rows, columns = rows / np.sqrt(by_row), columns / np.sqrt(by_column)
    data = matrix.data * rows[row] * columns[column]
    # short numbers of columns: half of what a step reads are those
    short = (matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32))
    scaled = sp.csr_array((data.astype(kind), *short), shape=matrix.shape)
    cost, right = programme.cost * columns, programme.right * rows
    of_cost, of_right = 1 / (np.linalg.norm(cost) + 1), 1 / (np.linalg.norm(right[np.isfinite(right)]) + 1)
    return Scaled(
        matrix=scaled,
        transposed=sp.csr_array(scaled.T),
        cost=(cost * of_cost).astype(kind),
        lower=(programme.lower / columns * of_right).astype(kind),
        upper=(programme.upper / columns * of_right).astype(kind),
        right=(right * of_right).astype(kind),
        equalities=programme.equalities,
        rows=rows,
        columns=columns,
        of_right=of_right,
        of_cost=of_cost,
    )


def _by(combine: np.ufunc, values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Values combined between the starts; 1 where there are none."""
    combined = np.ones(len(starts) - 1)
    filled = np.diff(starts) > 0
    if filled.any():
        combined[filled] = combine.reduceat(values, starts[:-1][filled])
    return combined


def approach(scaled: Scaled, start: Point, enough: Callable[[Point, int], bool], most: int) -> Point:
    """Steps from a point towards the solution until `enough` (asked every LOOK steps) or after `most` steps."""
    columns, prices = scaled.into(start)
    weight, lean = start.weight, 0.0
    base, since, first, before = (columns, prices), 0, 0.0, np.inf
    found = start
    for step in range(0, most, LOOK):
        columns, prices, ahead, first = _steps(scaled, columns, prices, base, since, weight, first)
        since += LOOK
        moved = _distance(scaled, columns - ahead[0], prices - ahead[1], weight)
        columns, prices = ahead[2], ahead[3]
        found = scaled.back(ahead[0], ahead[1], weight)
        if enough(found, step + LOOK):
            break
        if moved <= ENOUGH * first or SOME * first >= moved > before or since >= LONG * (step + LOOK):
            weight, lean = _new_weight(weight, lean, _norm(ahead[0] - base[0]), _norm(ahead[1] - base[1]))
            columns, prices = ahead[0], ahead[1]
            base, since, before = (columns, prices), 0, np.inf
        else:
            before = moved
    return found


def _steps(
    scaled: Scaled,
    columns: np.ndarray,
    prices: np.ndarray,
    base: tuple[np.ndarray, np.ndarray],
    since: int,
    weight: float,
    first: float,
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, ...], float]:
    """LOOK steps: the point before the last, what the last leads to (plainly, and as the iteration goes on).

    `first` is how far the first step since the last restart moved.
    """
    kind = scaled.cost.dtype.type
    forth, rise, equal = kind(STEP / weight), kind(STEP * weight), scaled.equalities
    at, worth = columns.copy(), prices.copy()
    for step in range(since, since + LOOK):
        share = kind((step + 1) / (step + 2))
        plain = scaled.transposed @ worth
        beyond = np.empty_like(plain)
        for block in _blocks(len(plain)):
            _move_columns(plain[block], beyond[block], at[block], scaled, block, forth)
        dear = scaled.matrix @ beyond
        np.subtract(scaled.right, dear, out=dear)
        dear *= rise
        dear += worth
        np.minimum(dear[equal:], 0, out=dear[equal:])
        if step == 0:
            first = _distance(scaled, at - plain, worth - dear, weight)
        last = (at, worth)
        at, worth = _between(base[0], beyond, share), _between(base[1], 2 * dear - worth, share)
    return *last, (plain, dear, at, worth), first


def _blocks(count: int) -> list[slice]:
    """Pieces of an array that a processor keeps at hand while several operations pass over them."""
    return [slice(start, start + BLOCK) for start in range(0, count, BLOCK)]


def _move_columns(
    plain: np.ndarray, beyond: np.ndarray, at: np.ndarray, scaled: Scaled, block: slice, forth: np.floating
) -> None:
    """Turn the rows' prices of columns into where a step leads, and into as far again beyond it."""
    plain -= scaled.cost[block]
    plain *= forth
    plain += at
    np.maximum(plain, scaled.lower[block], out=plain)
    np.minimum(plain, scaled.upper[block], out=plain)
    np.multiply(plain, 2, out=beyond)
    beyond -= at


def _between(base: np.ndarray, far: np.ndarray, share: np.floating) -> np.ndarray:
    """The point between where the iteration restarted and where it would go, nearer to the latter with every step."""
    for block in _blocks(len(far)):
        piece = far[block]
        piece *= share
        piece += (1 - share) * base[block]
    return far


def _distance(scaled: Scaled, columns: np.ndarray, prices: np.ndarray, weight: float) -> float:
    """How far a step moves, in the norm in which no step moves further than the one before."""
    columns, prices = columns.astype(float), prices.astype(float)
    across = 2 * float(np.sum(prices * (scaled.matrix @ columns)))
    square = (weight * np.sum(columns**2) + np.sum(prices**2) / weight) / STEP - across
    return float(np.sqrt(max(square, 0.0)))


def _norm(values: np.ndarray) -> float:
    # numpy's own sum: the same to the last bit however many threads a linear algebra library has
    return float(np.sqrt(np.sum(values.astype(float) ** 2)))


def _new_weight(weight: float, lean: float, columns: float, prices: float) -> tuple[float, float]:
    """The weight that would have moved columns and prices alike since the last restart, smoothed."""
    if min(columns, prices) < 1e-14:
        return weight, lean
    error = float(np.log(prices) - np.log(columns) - np.log(weight))
    lean = 0.3 * lean + error
    return float(np.exp(np.log(weight) + 0.99 * error + 0.01 * lean)), lean
