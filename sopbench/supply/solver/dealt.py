"""Turns a rough solution of a large programme into a plan: what groups of items share is dealt out, each then planned.

Groups share hours and bought parts. A rough solution (first_order.py) tells how much of each a group uses; it gets that
share of the hours, of the stock at the start and of what is under way, and is planned by itself to the best (resource-
directive decomposition: Geoffrion, Primal resource-directive approaches for optimizing nonlinear decomposable systems,
Operations Research 18, 1970). The groups' plans together keep every rule, as shares add up to the whole, and cost more
than the best plan only by what the shares are not the best ones.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import highspy
import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from sopbench.shared import share_out
from sopbench.supply.solver.highs import new_solver
from sopbench.supply.solver.programme import Programme

BLOCK = 10_000
"""Columns from which groups make a block that is planned by itself: the simplex method takes half a second for it."""

UNUSED = 1e-12
"""Use that a block counts with at least, so that what nobody uses is dealt out as well."""


@dataclass(frozen=True)
class Block:
    """Columns and rows planned together, and the block's share of each one's limit or right side."""

    columns: np.ndarray
    of_columns: np.ndarray
    rows: np.ndarray
    of_rows: np.ndarray


def solve_dealt(programme: Programme, guess: np.ndarray, stop_at: float) -> np.ndarray | None:
    """The columns of a plan in which every block has what it uses in the guess, and no more, of all that is shared.

    None where the programme has no groups, or all hang together, or time runs out (at `stop_at`, of time.monotonic).
    """
    if programme.groups is None:
        return None
    blocks = deal_out(programme, guess)
    if len(blocks) < 3:  # one, and what nobody uses
        return None
    # seconds, since clocks of machines differ: each block has what is left when it is handed over
    parts = ((_part(programme, each), max(stop_at - time.monotonic(), 0.0)) for each in blocks)
    solved = list(share_out(_solve, parts, in_threads=True))
    if any(each is None for each in solved):
        return None
    columns = np.zeros(len(programme.cost))
    for block, values in zip(blocks, solved, strict=True):
        columns[block.columns] += values
    return columns


def deal_out(programme: Programme, guess: np.ndarray) -> list[Block]:
    """The blocks of a programme, with their shares of what they have in common by their use of it in the guess.

    The last has no columns of its own, but all of what none of the others can use.
    """
    of_column = _blocks_of(programme.groups)
    matrix = programme.matrix.tocoo()
    shared = np.flatnonzero(of_column < 0)
    of_row, of_shared = _things(matrix, shared)
    own = of_column[matrix.col] >= 0
    use = np.abs(matrix.data[own]) * guess[matrix.col[own]]
    first = _first_of_use(of_row, np.bincount(matrix.row[own], use, len(of_row)), np.abs(programme.right))
    rows, blocks = matrix.row[own], of_column[matrix.col[own]]
    count = (int(max(of_row.max(), of_shared.max(initial=0))) + 1, int(of_column.max()) + 1)
    used = sp.coo_array((use * first[rows] + UNUSED, (of_row[rows], blocks)), shape=count).tocsc()
    total = used.sum(axis=1)
    found = []
    for block in range(count[1]):
        share = np.zeros(count[0])
        inside = slice(used.indptr[block], used.indptr[block + 1])
        share[used.indices[inside]] = used.data[inside] / total[used.indices[inside]]
        found.append(_block(np.flatnonzero(of_column == block), share, of_row, shared, of_shared))
    return [*found, _block(np.empty(0, dtype=int), (total == 0).astype(float), of_row, shared, of_shared)]


def _blocks_of(groups: np.ndarray) -> np.ndarray:
    """The block of each column: groups one after another until they have BLOCK columns; -1 stays."""
    size = np.bincount(groups[groups >= 0])
    block = (np.cumsum(size) - size) // BLOCK
    return np.where(groups >= 0, np.unique(block, return_inverse=True)[1][np.maximum(groups, 0)], -1)


def _things(matrix: sp.coo_array, shared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is dealt out as one: rows and shared columns that hang together, such as a part at a place."""
    rows, count = matrix.shape[0], matrix.shape[0] + len(shared)
    number = np.full(matrix.shape[1], -1)
    number[shared] = np.arange(len(shared))
    inside = number[matrix.col] >= 0
    pairs = (matrix.row[inside], rows + number[matrix.col[inside]])
    thing = connected_components(sp.coo_array((np.ones(inside.sum()), pairs), shape=(count, count)), directed=False)[1]
    return thing[:rows], thing[rows:]


def _first_of_use(of_row: np.ndarray, use: np.ndarray, there: np.ndarray) -> np.ndarray:
    """The share of each row's use that counts: the first, up to as much as is there from the start; all, if nothing is.

    Later use is bought as it comes. Rows of a thing follow one another in time.
    """
    order = np.argsort(of_row, kind="stable")
    thing, used = of_row[order], use[order]
    so_far = np.cumsum(used) - used
    start = np.flatnonzero(np.r_[True, thing[1:] != thing[:-1]])
    before = so_far - np.repeat(so_far[start], np.diff(np.r_[start, len(thing)]))
    have = np.bincount(of_row, np.where(use > 0, there, 0.0))[thing]
    counts = np.ones(len(use))
    counts[order] = np.where(have > 0, np.clip((have - before) / np.maximum(used, UNUSED), 0.0, 1.0), 1.0)
    return counts


def _block(
    columns: np.ndarray, share: np.ndarray, of_row: np.ndarray, shared: np.ndarray, of_shared: np.ndarray
) -> Block:
    """A block of its own columns and of the things it has a share of."""
    rows, dealt = np.flatnonzero(share[of_row] > 0), share[of_shared] > 0
    of_columns = np.concatenate([np.ones(len(columns)), share[of_shared[dealt]]])
    return Block(np.concatenate([columns, shared[dealt]]), of_columns, rows, share[of_row[rows]])


def _part(programme: Programme, block: Block) -> Programme:
    rows, columns = block.rows, block.columns
    return replace(
        programme,
        matrix=sp.csc_array(sp.csr_array(programme.matrix[:, columns])[rows]),
        right=programme.right[rows] * block.of_rows,
        cost=programme.cost[columns],
        lower=programme.lower[columns] * block.of_columns,
        upper=programme.upper[columns] * block.of_columns,
        equalities=int((rows < programme.equalities).sum()),
        groups=None,
        worth=None,
    )


def _solve(part: Programme, seconds: float) -> np.ndarray | None:
    """The best plan of a block by itself; None where there is none in time."""
    solver = new_solver(part, seconds, solver="simplex")
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.clip(np.array(solver.getSolution().col_value), part.lower, part.upper)
