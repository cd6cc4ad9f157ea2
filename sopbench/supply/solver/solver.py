"""Solves a programme with HiGHS: the method by size, whole numbers where asked, and how far from the best it may be."""

from __future__ import annotations

import highspy
import numpy as np

from sopbench.supply.solver.first_order import Point
from sopbench.supply.solver.highs import Answer, new_solver, read_answer
from sopbench.supply.solver.large import solve_large
from sopbench.supply.solver.programme import Programme

SMALL = 100_000
"""Columns up to which the dual simplex method solves the whole at once; beyond, few columns are looked for first.

With 1,000 items of a tight company (397,000 columns) the simplex method took 131 s, interior point and crossover 47 s,
few columns 17 s; with 300 (115,000 columns) 6, 5 and 4 s.
"""

NODES = 500
"""Nodes of the search in which the best solution in whole numbers is looked for; beyond, one within the gap will do."""


def solve_programme(programme: Programme, time_limit: float, gap: float, like: Answer | None = None) -> Answer | None:
    """The best solution, or one proven to cost at most `gap` (a share) more; None if `time_limit` seconds bring none.

    With whole numbers HiGHS looks for the best in NODES nodes, and then stops at the gap or the time limit, whichever
    comes first; the gap it got to is what the answer has. The prices are then those with the whole numbers held: a
    limit by itself has none. A large programme is sooner solved from the answer to a `like` one.
    """
    if programme.whole.size:
        return _solve_whole(programme, time_limit, gap)
    return _solve_continuous(programme, time_limit, gap, None if like is None else like.rough)


def _solve_continuous(programme: Programme, time_limit: float, gap: float, rough: Point | None = None) -> Answer | None:
    if programme.matrix.shape[1] > SMALL and np.isfinite(programme.lower).all():
        return solve_large(programme, time_limit, gap, rough)
    solver = new_solver(programme, time_limit, solver="simplex")
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return read_answer(solver, programme)


def solve_from(
    programme: Programme, basis: highspy.HighsBasis, time_limit: float, alien: bool = False
) -> Answer | None:
    """The best solution, by the simplex method from a basis of a like programme; None where there is none in time.

    An `alien` basis is one of a larger programme cut down: HiGHS mends it where it does not fit.
    """
    solver = new_solver(programme, time_limit, solver="simplex")
    basis.alien = alien
    if solver.setBasis(basis) != highspy.HighsStatus.kOk:
        return None
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return read_answer(solver, programme)


def _solve_whole(programme: Programme, time_limit: float, gap: float) -> Answer | None:
    # nodes are counted and not seconds, so that another machine finds the same plan
    solver = new_solver(programme, time_limit, mip_rel_gap=0.0, mip_max_nodes=NODES)
    solver.run()
    if not (_found_whole(solver) and solver.getInfo().mip_gap <= gap):
        solver = new_solver(programme, time_limit, mip_rel_gap=float(gap))
        solver.run()
    if not _found_whole(solver):
        return None
    info = solver.getInfo()
    found = np.round(np.array(solver.getSolution().col_value)[programme.whole])
    rest = _solve_continuous(programme.fixed(programme.whole, found), time_limit, gap)
    if rest is None:
        return None
    return Answer(rest.columns, rest.prices, rest.objective, min(info.mip_dual_bound, rest.objective), rest.basis)


def _found_whole(solver: highspy.Highs) -> bool:
    """Whether there is a solution in whole numbers, and a bound to what it costs."""
    info = solver.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return feasible and bool(np.isfinite(info.mip_dual_bound))
