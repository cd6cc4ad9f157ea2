"""Solves a programme with HiGHS: the method by size, whole numbers where asked, and how far from the best it may be."""

from __future__ import annotations

import highspy
import numpy as np

from sopbench.supply.solver.first_order import Point
from sopbench.supply.solver.highs import Answer, new_solver, read_answer
from sopbench.supply.solver.large import solve_large
from sopbench.supply.solver.programme import Programme
from sopbench.supply.solver.whole import solve_whole

SMALL = 100_000
"""Columns up to which the dual simplex method solves the whole at once; beyond, see large.py.

With 1,000 items of a tight company (397,000 columns) the simplex method took 131 s, interior point and crossover 47 s,
a plan dealt out from a rough solution 8 s; with 300 (115,000 columns) 6, 5 and 2.5 s.
"""


def solve_programme(programme: Programme, time_limit: float, gap: float, like: Answer | None = None) -> Answer | None:
    """The best solution, or one proven to cost at most `gap` (a share) more; None if `time_limit` seconds bring none.

    With whole numbers HiGHS looks for the best in so many nodes, and then stops at the gap or the time limit, whichever
    comes first; the gap it got to is what the answer has. The prices are then those with the whole numbers held: a
    limit by itself has none. A large programme is sooner solved from the answer to a `like` one.
    """
    if programme.whole.size:
        return solve_whole(programme, time_limit, gap, lambda held, seconds: _solve_continuous(held, seconds, gap))
    return _solve_continuous(programme, time_limit, gap, None if like is None else _of_same_size(like.rough, programme))


def _of_same_size(rough: Point | None, programme: Programme) -> Point | None:
    """The rough solution of a programme of as many rows and columns; none of one of another network."""
    same = rough is not None and (len(rough.prices), len(rough.columns)) == programme.matrix.shape
    return rough if same else None


def _solve_continuous(programme: Programme, time_limit: float, gap: float, rough: Point | None = None) -> Answer | None:
    if programme.matrix.shape[1] > SMALL and np.isfinite(programme.lower).all():
        return solve_large(programme, time_limit, gap, rough)
    solver = new_solver(programme, time_limit, solver="simplex")
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return read_answer(solver, programme)
