"""A local change answered locally: only items it touches are planned anew, and what that can cost is proven."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cvxpy as cp
import highspy
import numpy as np
import scipy.sparse as sp

from sopbench.supply.model.model import Inputs, Model
from sopbench.supply.solver.bound import lower_bound
from sopbench.supply.solver.highs import Answer
from sopbench.supply.solver.mended_prices import find_outputs
from sopbench.supply.solver.programme import Compiled, Programme
from sopbench.supply.solver.solver import solve_from

SHARE = 0.6
"""Share of all items from which a change that touches them is not local."""


@dataclass(frozen=True)
class Items:
    """The item of every column (-1 = none: hours, people, lots) and which item goes into which (square, as numbers)."""

    of_column: np.ndarray
    goes_into: sp.csr_array
    count: int


def find_items(model: Model, inputs: Inputs, compiled: Compiled) -> Items:
    """The items behind a model's columns."""
    names = np.unique(inputs.network.nodes["item_id"].to_numpy(dtype=str))
    network, decisions = inputs.network, model.decisions
    of_node, of_edge, of_group = (
        np.searchsorted(names, frame["item_id"].to_numpy(dtype=str))
        for frame in (network.nodes, network.edges, inputs.demand.groups)
    )
    of_column = np.full(len(compiled.programme.cost), -1)
    for rows, variables in (
        (of_edge, (decisions.arrivals, decisions.share_missed, decisions.share_exceeded)),
        (of_group, (decisions.shipped, decisions.lost, decisions.backlog, decisions.promise_broken)),
        (of_node, (decisions.within_target, decisions.above_target, decisions.excess, decisions.written_off)),
    ):
        for variable in variables:
            _label(of_column, compiled, variable, rows)
    uses = network.uses.tocoo()
    pairs = (of_node[uses.row], of_edge[uses.col])
    goes_into = sp.csr_array((np.ones(uses.nnz), pairs), shape=(len(names), len(names)))
    return Items(of_column, goes_into, len(names))


def _label(of_column: np.ndarray, compiled: Compiled, variable: cp.Variable, rows: np.ndarray) -> None:
    columns = compiled.columns_of(variable)
    inside = columns >= 0
    numbers = np.broadcast_to(rows.reshape(-1, *[1] * (columns.ndim - 1)), columns.shape)
    of_column[columns[inside]] = numbers[inside]


def touched_items(before: Programme, after: Programme, items: Items) -> np.ndarray:
    """Items a change touches (true/false by item): their own, those whose rows change, all above and below them.

    Above, as they may have to do without it; below, as less or more of those is then used.
    """
    matrix = after.matrix
    with np.errstate(invalid="ignore"):
        columns = (before.cost != after.cost) | (before.lower != after.lower) | (before.upper != after.upper)
    rows = before.right != after.right
    if before.matrix is not matrix:
        difference = (before.matrix - matrix).tocoo()
        changed = difference.data != 0
        columns[difference.col[changed]] = True
        rows[difference.row[changed]] = True
    nobody = np.where(columns & (items.of_column < 0), 1.0, 0.0)
    rows = rows | (abs(matrix) @ nobody > 0)
    columns = columns | (abs(matrix).T @ rows.astype(float) > 0)
    touched = np.zeros(items.count, dtype=bool)
    touched[items.of_column[columns & (items.of_column >= 0)]] = True
    above = _reach(items.goes_into.T.tocsr(), touched)
    return _reach(items.goes_into, above)


def _reach(from_to: sp.csr_array, start: np.ndarray) -> np.ndarray:
    """All that leads to the start, step by step."""
    while True:
        further = start | (from_to @ start.astype(float) > 0)
        if (further == start).all():
            return start
        start = further


def solve_restricted(programme: Programme, base: Answer, free: np.ndarray, time_limit: float) -> Answer | None:
    """The best plan in which columns that are not `free` stay as in the base plan; None where there is none.

    The bound is the better of two: from the base plan's prices, and from these with those of the rows solved anew.
    """
    held = np.clip(np.where(free, 0.0, base.columns), programme.lower * ~free, np.where(free, np.inf, programme.upper))
    matrix = programme.matrix[:, np.flatnonzero(free)]
    rows = np.flatnonzero(np.bincount(matrix.indices, minlength=len(programme.right)) > 0)
    matrix = matrix.tocsr()[rows].tocsc()
    right = programme.right - programme.matrix @ held
    part = replace(
        programme,
        matrix=matrix,
        right=right[rows],
        cost=programme.cost[free],
        offset=programme.offset + float(programme.cost @ held),
        lower=programme.lower[free],
        upper=programme.upper[free],
        equalities=int((rows < programme.equalities).sum()),
    )
    found = solve_from(part, _part_of(base.basis, free, rows), time_limit, alien=True)
    if found is None:
        return None
    columns, prices = held.copy(), base.prices.copy()
    columns[free], prices[rows] = found.columns, found.prices
    if programme.violation(columns) > 1e-6:
        return None  # a row of held columns only has changed
    objective = programme.objective(columns)
    outputs = find_outputs(programme)
    bounds = [lower_bound(programme, each, objective, outputs) for each in (base.prices, prices)]
    best = int(np.argmax(bounds))
    return Answer(columns, prices, objective, bounds[best], base.basis)


def _part_of(basis: highspy.HighsBasis, free: np.ndarray, rows: np.ndarray) -> highspy.HighsBasis:
    part = highspy.HighsBasis()
    part.col_status = _picked(basis.col_status, np.flatnonzero(free))
    part.row_status = _picked(basis.row_status, rows)
    part.valid = True
    return part


def _picked(status: list, at: np.ndarray) -> list:
    return np.array(status, dtype=object)[at].tolist()
