"""Solves a programme with whole numbers: HiGHS finds them, they are held as whole as can be, and the rest follows.

HiGHS takes 0.000001 for 0. Where a source may bring 400 million units if it is set up, that much of a set-up brings 400
of them for nothing, in no lot at all (trickle flow). Such limits are then drawn closer and the search is run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import highspy
import numpy as np

from sopbench.supply.solver.highs import Answer, new_solver
from sopbench.supply.solver.programme import Programme

NODES = 500
"""Nodes of the search in which the best solution in whole numbers is looked for; beyond, one within the gap will do."""

TRIES = 4
"""Times that limits are drawn closer at most."""

ROOM = 1000.0
"""Times what flowed in a search that may flow in the next: far more than is wanted, and 0.000001 of it is no lot."""

ROUNDED = 1e-6
"""Share of the cost that whole numbers may lose by being held exactly, at any gap, and parts that count as none."""

Solve = Callable[[Programme, float], Answer | None]
"""Solves a programme without whole numbers in so many seconds."""


@dataclass(frozen=True)
class _Found:
    """What a search found: all columns, nearly whole where they must be, and the bound that no solution undercuts."""

    columns: np.ndarray
    bound: float


@dataclass(frozen=True)
class _Switches:
    """The rows that say: this column is 0 unless that one, which is 0 or 1, is 1; and then at most so much."""

    limit: np.ndarray  # place of the limit, with a minus, in the matrix's data
    flow: np.ndarray  # place of the factor of what it limits
    column: np.ndarray  # what it limits


def solve_whole(programme: Programme, time_limit: float, gap: float, solve: Solve) -> Answer | None:
    """The best solution found in whole numbers, held exactly, with the bound HiGHS has proven.

    None where `time_limit` seconds bring none. Where no search leads to one although there was time (HiGHS breaks off
    where figures are too far apart in size), what whole numbers switch on is left off and the others are rounded.
    """
    stop_at = time.monotonic() + time_limit
    switches, bound, best, searched = _switches(programme), -np.inf, None, programme
    for _ in range(1 + TRIES):
        found = _search(searched, stop_at, gap)
        if found is None:
            break
        if searched is programme:
            bound = found.bound
        best = _cheaper(best, _held(searched, found.columns, stop_at, solve), bound)
        if best is not None and best.gap <= max(gap, ROUNDED):
            return best
        closer = _drawn_closer(searched, switches, found.columns)
        if closer is searched:
            break
        searched = closer
    if best is None and time.monotonic() < stop_at:
        best = _without_search(_with_limits(programme, switches, np.zeros(len(switches.limit))), stop_at, solve)
        relaxed = solve(replace(programme, whole=programme.whole[:0]), _left(stop_at))
        if best is not None and relaxed is not None:
            best = replace(best, bound=min(max(bound, relaxed.bound), best.objective))
    return best


def _search(programme: Programme, stop_at: float, gap: float) -> _Found | None:
    # nodes are counted and not seconds, so that another machine finds the same plan
    solver = new_solver(programme, _left(stop_at), mip_rel_gap=0.0, mip_max_nodes=NODES)
    solver.run()
    if not (_has_found(solver) and solver.getInfo().mip_gap <= gap):
        solver = new_solver(programme, _left(stop_at), mip_rel_gap=float(gap))
        solver.run()
    if not _has_found(solver):
        return None
    return _Found(np.array(solver.getSolution().col_value), solver.getInfo().mip_dual_bound)


def _has_found(solver: highspy.Highs) -> bool:
    """Whether there is a solution in whole numbers, and a bound to what it costs."""
    info = solver.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return feasible and bool(np.isfinite(info.mip_dual_bound))


def _held(programme: Programme, columns: np.ndarray, stop_at: float, solve: Solve) -> Answer | None:
    """The best solution with the whole numbers held."""
    whole = np.round(columns[programme.whole])
    return solve(programme.fixed(programme.whole, whole), max(_left(stop_at), 1.0))  # what was begun is ended


def _without_search(programme: Programme, stop_at: float, solve: Solve) -> Answer | None:
    """A solution whose whole numbers are the best parts rounded, up where that can be done, else down."""
    parts = solve(replace(programme, whole=programme.whole[:0]), _left(stop_at))
    if parts is None:
        return None
    at = programme.whole
    for whole in (np.ceil(parts.columns[at] - ROUNDED), np.floor(parts.columns[at] + ROUNDED)):
        held = np.clip(whole, programme.lower[at], programme.upper[at])
        found = solve(programme.fixed(at, held), max(_left(stop_at), 1.0))
        if found is not None:
            return found
    return None


def _cheaper(best: Answer | None, other: Answer | None, bound: float) -> Answer | None:
    if other is None or (best is not None and best.objective <= other.objective):
        return best
    return replace(other, bound=min(bound, other.objective))


def _left(stop_at: float) -> float:
    return max(stop_at - time.monotonic(), 0.0)


def _switches(programme: Programme) -> _Switches:
    matrix = programme.matrix
    count = np.bincount(matrix.indices, minlength=len(programme.right))
    column = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    binary = np.zeros(matrix.shape[1], dtype=bool)
    binary[programme.whole] = (programme.lower[programme.whole] == 0) & (programme.upper[programme.whole] == 1)
    whole = np.zeros(matrix.shape[1], dtype=bool)
    whole[programme.whole] = True
    rows = (count == 2) & (programme.right == 0) & (np.arange(len(count)) >= programme.equalities)
    off = rows[matrix.indices] & binary[column] & (matrix.data < 0)
    flows = rows[matrix.indices] & ~whole[column] & (matrix.data > 0)
    of_row = np.full(len(count), -1)
    of_row[matrix.indices[flows]] = np.flatnonzero(flows)
    limit = np.flatnonzero(off & (of_row[matrix.indices] >= 0))
    flow = of_row[matrix.indices[limit]]
    return _Switches(limit, flow, column[flow])


def _drawn_closer(programme: Programme, switches: _Switches, columns: np.ndarray) -> Programme:
    """The programme in which what flowed may flow again ROOM times over, and no more; itself where that is all."""
    data = programme.matrix.data
    flow, now = data[switches.flow] * columns[switches.column], -data[switches.limit]
    closer = np.where(flow > 0, np.minimum(ROOM * flow, now), now)
    return programme if (closer >= now).all() else _with_limits(programme, switches, closer)


def _with_limits(programme: Programme, switches: _Switches, most: np.ndarray) -> Programme:
    matrix = programme.matrix.copy()
    matrix.data[switches.limit] = -most
    return replace(programme, matrix=matrix)
