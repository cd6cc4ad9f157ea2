"""Solves a programme with HiGHS: the method by size, whole numbers where asked, and how far from the best it may be."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from sopbench.supply.bound import lower_bound
from sopbench.supply.programme import Programme

SMALL, LARGE = 100_000, 2_000_000
"""Columns up to which the dual simplex method solves, and from which an interior point is not made a vertex.

Measured on tight companies: with 300 items (114,000 columns) interior point and crossover take 4 s, simplex 6 s; with
1,000 (395,000 columns) 37 s and 131 s. Below, simplex is quick enough and needs no crossover.
"""

NODES = 500
"""Nodes of the search in which the best solution in whole numbers is looked for; beyond, one within the gap will do."""

EXACT = 1e-9
"""Gap up to which a plan counts as the best."""

FIT = 1e-5
"""Largest breach of a row, as a share of its terms, in a solution that can be made a plan."""

OPTIMAL, WITHIN_GAP = "optimal", "within gap"
"""What is said of a plan: no other costs less, or none less by more than the gap."""


@dataclass(frozen=True)
class Answer:
    """A solution, its rows' prices (duals, as HiGHS signs them), and the bound that no plan can undercut."""

    columns: np.ndarray
    prices: np.ndarray
    objective: float
    bound: float
    basis: highspy.HighsBasis | None = None  # None = inside the feasible region, not at a vertex

    @property
    def gap(self) -> float:
        """The proven distance from the best, as a share of the objective; below EXACT it is 0."""
        gap = max(self.objective - self.bound, 0.0) / max(abs(self.objective), 1e-9)
        return 0.0 if gap < EXACT else gap

    @property
    def status(self) -> str:
        """The solver's word."""
        return WITHIN_GAP if self.gap else OPTIMAL


def solve_programme(programme: Programme, time_limit: float, gap: float) -> Answer | None:
    """The best solution, or one proven to cost at most `gap` (a share) more; None if `time_limit` seconds bring none.

    With whole numbers HiGHS looks for the best in NODES nodes, and then stops at the gap or the time limit, whichever
    comes first; the gap it got to is what the answer has. The prices are then those with the whole numbers held: a
    limit by itself has none.
    """
    if programme.whole.size:
        return _solve_whole(programme, time_limit, gap)
    return _solve_continuous(programme, time_limit)


def _solve_continuous(programme: Programme, time_limit: float) -> Answer | None:
    columns = programme.matrix.shape[1]
    if columns <= SMALL:
        options = {"solver": "simplex"}
    else:
        # choosing ipm lets HiGHS decide on the code behind it; ipx is the one that was measured
        options = {"solver": "ipx", "run_crossover": "off" if columns > LARGE else "on"}
        options |= {"ipm_optimality_tolerance": 1e-4} if columns > LARGE else {}
    solver = new_solver(programme, time_limit, **options)
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal and solver.getBasis().valid:
        return read_answer(solver, programme, proven=True)
    # what an interior point gives is never quite optimal to HiGHS: "unknown", and ours to judge by its bound
    if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kUnknown):
        return None
    answer = read_answer(solver, programme, proven=False)
    fit = np.isfinite(answer.bound) and programme.violation(answer.columns) <= FIT
    return answer if fit else None


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
    return read_answer(solver, programme, proven=True)


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
    rest = _solve_continuous(programme.fixed(programme.whole, found), time_limit)
    if rest is None:
        return None
    return Answer(rest.columns, rest.prices, rest.objective, min(info.mip_dual_bound, rest.objective), rest.basis)


def _found_whole(solver: highspy.Highs) -> bool:
    """Whether there is a solution in whole numbers, and a bound to what it costs."""
    info = solver.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return feasible and bool(np.isfinite(info.mip_dual_bound))


def new_solver(programme: Programme, time_limit: float, **options: str | float | int) -> highspy.Highs:
    """HiGHS with the programme in it, silent and on one thread, so that the same inputs give the same plan."""
    solver = highspy.Highs()
    said = {"output_flag": False, "parallel": "off", "threads": 1, "time_limit": float(time_limit)}
    for name, value in {**said, **options}.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"HiGHS refuses {name} = {value}")
    solver.passModel(as_highs(programme))
    return solver


def as_highs(programme: Programme) -> highspy.HighsLp:
    """The programme in HiGHS's own form."""
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = programme.matrix.shape
    model.offset_ = programme.offset
    model.col_cost_, model.col_lower_, model.col_upper_ = programme.cost, programme.lower, programme.upper
    model.row_lower_, model.row_upper_ = programme.row_lower, programme.right
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = programme.matrix.indptr
    model.a_matrix_.index_ = programme.matrix.indices
    model.a_matrix_.value_ = programme.matrix.data
    if programme.whole.size:
        kinds = np.full(len(programme.cost), highspy.HighsVarType.kContinuous, dtype=object)
        kinds[programme.whole] = highspy.HighsVarType.kInteger
        model.integrality_ = kinds.tolist()
    return model


def read_answer(solver: highspy.Highs, programme: Programme, proven: bool) -> Answer:
    """What the solver holds; the bound comes from its duals where it has not proven the solution to be best."""
    solution = solver.getSolution()
    columns = np.clip(np.array(solution.col_value), programme.lower, programme.upper)
    prices, objective = np.array(solution.row_dual), programme.objective(columns)
    bound = objective if proven else lower_bound(programme, prices, objective)
    basis = solver.getBasis() if solver.getBasis().valid else None
    return Answer(columns, prices, objective, bound, basis)
