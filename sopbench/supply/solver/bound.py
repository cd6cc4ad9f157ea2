"""What no plan can cost less than, proven from prices of the rows; good or bad prices, the bound always holds."""

from __future__ import annotations

import numpy as np

from sopbench.supply.solver.mended_prices import Outputs, find_outputs, mended_prices
from sopbench.supply.solver.programme import Programme

ROUNDS = 40
"""Sweeps over the rows in which limits of columns are derived from limits of others; a horizon and a network deep."""


def lower_bound(
    programme: Programme, prices: np.ndarray, known: float = np.inf, outputs: Outputs | None = None
) -> float:
    """The Lagrangian bound (Bertsimas & Tsitsiklis, Introduction to Linear Optimization, ch. 4.10 and 11.4).

    `prices` are duals of the rows as HiGHS signs them; the wrong sign of an inequality's is set to 0. Each column then
    goes to whichever of its limits is the cheaper at its reduced cost. Where that is no limit at all, the prices are
    mended first (`outputs` are those of the programme, found where not given). Columns that still have none cost
    something: no plan that costs at most `known` (of a plan at hand) has more of them than that buys, all together.
    What costs nothing by itself is limited by the rows, as far as that goes.
    """
    prices = prices.copy()
    prices[programme.equalities :] = np.minimum(prices[programme.equalities :], 0.0)
    reduced = programme.cost - programme.matrix.T @ prices
    if ((reduced < 0) & np.isinf(programme.upper)).any():
        mended = mended_prices(programme, prices, outputs or find_outputs(programme))
        bound = _bound_with(programme, mended, known)
        return bound if np.isfinite(bound) else _bound_with(programme, prices, known)
    return _bound_with(programme, prices, known)


def _bound_with(programme: Programme, prices: np.ndarray, known: float) -> float:
    """The bound that these prices give as they are; -inf where a column has no limit."""
    reduced = programme.cost - programme.matrix.T @ prices
    upper = programme.upper
    open_ended = (reduced < 0) & np.isinf(upper)
    if (open_ended & (programme.cost <= 0)).any():
        upper = implied_upper(programme)
        open_ended = (reduced < 0) & np.isinf(upper)
    if ((reduced > 0) & np.isinf(programme.lower)).any():
        return -np.inf
    ends = np.where(reduced > 0, programme.lower, np.where(reduced < 0, upper, 0.0))
    ends = np.where(open_ended, 0.0, ends)
    bound = float(prices @ programme.right + reduced @ ends) + programme.offset
    if not open_ended.any():
        return bound
    free = open_ended & (programme.cost <= 0)
    if free.any() or not np.isfinite(known):
        return -np.inf
    share = float((-reduced[open_ended] / programme.cost[open_ended]).max())
    return bound - share * money_to_spend(programme, open_ended, known)


def money_to_spend(programme: Programme, columns: np.ndarray, known: float) -> float:
    """The most that some columns can cost together in a plan that costs at most `known`."""
    others = ~columns
    cost, lower, upper = programme.cost[others], programme.lower[others], programme.upper[others]
    with np.errstate(invalid="ignore"):
        least = np.where(cost == 0, 0.0, np.where(cost > 0, cost * lower, cost * upper))
    return max(known - programme.offset - float(least.sum()), 0.0)


def implied_upper(programme: Programme) -> np.ndarray:
    """The upper limits of columns that are at least 0, made finite where a row limits them (bound propagation).

    A row limits a column where everything else in it is limited the other way: units shipped, for one, by those wanted.
    """
    matrix = programme.matrix.tocoo()
    equal = matrix.row < programme.equalities
    # every row as <=, equalities turned round as well
    row = np.concatenate([matrix.row, matrix.row[equal] + len(programme.right)])
    column = np.concatenate([matrix.col, matrix.col[equal]])
    factor = np.concatenate([matrix.data, -matrix.data[equal]])
    right = np.concatenate([programme.right, -programme.right[: programme.equalities]])
    right = np.pad(right, (0, 2 * len(programme.right) - len(right)))
    upper = programme.upper.copy()
    for _ in range(ROUNDS):
        end = np.where(factor > 0, programme.lower[column], upper[column])
        least = factor * end
        endless = np.isinf(least)
        known = np.bincount(row, weights=np.where(endless, 0.0, least), minlength=len(right))
        unlimited = np.bincount(row, weights=endless, minlength=len(right))
        at = np.flatnonzero((factor > 0) & (unlimited[row] == 0) & np.isinf(upper[column]))
        if not len(at):
            return upper
        limit = (right[row[at]] - known[row[at]] + least[at]) / factor[at]
        np.minimum.at(upper, column[at], np.maximum(limit, programme.lower[column[at]]))
    return upper
