"""Mends prices of rows until no column without an upper limit could earn from them: what a bound asks of prices.

In a supply plan a column brings one thing (an item at a place, a customer's wish fulfilled) out of others. A thing is
worth no more than what it can be had for: its price is lowered to the least cost of a column that brings it, at the
prices of what goes in, and so on through bills of material, lanes and months. Nor is it worth less than what it costs
to be rid of it. (Dual feasibility of a Leontief system: Veinott, Extreme points of Leontief substitution systems,
Linear Algebra and its Applications 1, 1968.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from sopbench.supply.solver.programme import Programme

ROUNDS = 400
"""Sweeps at most; a horizon and a network deep is enough."""

MARGIN = 1e-9
"""By how much more than asked a price is moved, so that rounding does not ask again."""


@dataclass(frozen=True)
class Outputs:
    """What each column without an upper limit brings, and the least each row's price can be."""

    columns: np.ndarray  # those that bring something
    row: np.ndarray  # what they bring
    factor: np.ndarray  # how much of it
    cost: np.ndarray
    across: sp.csr_array  # their part of the matrix, transposed
    least: np.ndarray  # by row; -inf where nothing says


def find_outputs(programme: Programme) -> Outputs:
    """The outputs of a programme's columns: their one positive factor in a row that is an equality."""
    matrix, equal = programme.matrix.tocoo(), programme.equalities
    count, open_ended = matrix.shape[1], np.isinf(programme.upper)
    inside = matrix.row < equal
    plus, minus = inside & (matrix.data > 0), matrix.data < 0
    brings, takes = (np.bincount(matrix.col[each], minlength=count) for each in (plus, minus))
    row, factor = np.full(count, -1), np.ones(count)
    row[matrix.col[plus]], factor[matrix.col[plus]] = matrix.row[plus], matrix.data[plus]
    taken, amount = np.zeros(count, dtype=int), np.ones(count)
    taken[matrix.col[minus]], amount[matrix.col[minus]] = matrix.row[minus], -matrix.data[minus]
    limited = np.bincount(matrix.col[~inside & (matrix.data > 0)], minlength=count) > 0
    carry = np.flatnonzero(open_ended & (takes == 1) & (brings <= 1) & ~limited)
    least = _least(len(programme.right), programme.cost[carry], row[carry], factor[carry], taken[carry], amount[carry])
    at = np.flatnonzero(open_ended & (brings == 1))
    across = sp.csr_array(programme.matrix[:, at].T)
    return Outputs(at, row[at], factor[at], programme.cost[at], across, least)


def _least(
    rows: int, cost: np.ndarray, row: np.ndarray, factor: np.ndarray, taken: np.ndarray, amount: np.ndarray
) -> np.ndarray:
    """The least price of every row: what is of no use must be carried on, at a cost, and be worth the least there."""
    least = np.full(rows, -np.inf)
    for _ in range(ROUNDS):
        ahead = np.where(row >= 0, factor * least[np.maximum(row, 0)], 0.0)
        raised = least.copy()
        np.maximum.at(raised, taken, (ahead - cost) / amount + MARGIN)
        if (raised <= least).all():
            break
        least = raised
    return least


def mended_prices(programme: Programme, prices: np.ndarray, outputs: Outputs) -> np.ndarray:
    """The prices raised to the least and lowered until no column earns; as they are where that never ends."""
    mended = np.maximum(prices, outputs.least)
    mended[programme.equalities :] = np.minimum(mended[programme.equalities :], 0.0)
    for _ in range(ROUNDS):
        earns = outputs.across @ mended - outputs.cost
        at = np.flatnonzero(earns > 0)
        if not len(at):
            break
        row = outputs.row[at]
        np.minimum.at(mended, row, mended[row] - earns[at] / outputs.factor[at] - MARGIN)
    return mended


def without_surplus(programme: Programme, prices: np.ndarray) -> np.ndarray:
    """The prices with those of limits (inequalities) no further from 0 than the columns without an upper limit ask for.

    A line that has no hours at all can have any price in a rough solution; an hour there is worth what the best of its
    items would bring. The bound gets no worse, as less is paid for limits.
    """
    equal = programme.equalities
    limits = sp.csr_array(programme.matrix)[equal:].tocoo()
    open_ended = np.isinf(programme.upper)
    inside = (limits.data > 0) & open_ended[limits.col]
    row, column, factor = limits.row[inside], limits.col[inside], limits.data[inside]
    spare = programme.cost - programme.matrix.T @ prices
    spare = np.maximum(spare - MARGIN * np.abs(prices).max(initial=1.0), 0.0)
    # a column in several limits shares out what it can spare among them
    each = spare[column] / np.bincount(column, minlength=len(spare))[column] / factor
    room = np.where(np.bincount(row, minlength=limits.shape[0]) > 0, np.inf, 0.0)
    np.minimum.at(room, row, each)
    lean = prices.copy()
    lean[equal:] = np.minimum(lean[equal:] + room, 0.0)
    return lean
