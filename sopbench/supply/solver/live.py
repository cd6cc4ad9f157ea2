"""A solver kept at the best solution of a programme: a changed programme's best is sought from there."""

from __future__ import annotations

import highspy
import numpy as np

from sopbench.supply.solver.highs import Answer, new_solver, read_answer
from sopbench.supply.solver.programme import Programme

DUAL, PRIMAL = 1, 4
"""HiGHS's numbers for the dual and the primal simplex method."""

DEVEX = 1
"""HiGHS's number for weights that cost nothing at the start: a question takes few steps, for which better ones cost
more than they save.
"""


class LiveSolver:
    """HiGHS with a programme and its best basis in it; every question starts from these, whatever was asked before."""

    def __init__(self, programme: Programme, basis: highspy.HighsBasis):
        """`basis` is that of the programme's best solution."""
        self._programme, self._basis = programme, basis
        self._solver = new_solver(programme, np.inf, solver="simplex", simplex_dual_edge_weight_strategy=DEVEX)
        self._solver.setBasis(basis)

    def solve(self, programme: Programme, time_limit: float, most_steps: int) -> Answer | None:
        """The best solution of a programme of the same rows and columns; None where `most_steps` do not reach it.

        Changed costs leave the base's solution within all limits, so the primal simplex method goes on from it; else
        the dual does, which starts from prices.
        """
        solver = self._solver_of(programme)
        within = _same(self._programme.right, programme.right) and _same(self._programme.matrix, programme.matrix)
        within &= _same(self._programme.lower, programme.lower) and _same(self._programme.upper, programme.upper)
        solver.setOptionValue("simplex_strategy", PRIMAL if within else DUAL)
        solver.setOptionValue("time_limit", solver.getRunTime() + time_limit)
        solver.setOptionValue("simplex_iteration_limit", most_steps)
        solver.run()
        solved = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        answer = read_answer(solver, programme, with_basis=False) if solved else None
        if solver is self._solver:
            _push(solver, programme, self._programme)
            solver.clearSolver()
            solver.setBasis(self._basis)  # the same start for the next question, whatever this one was
        return answer

    def _solver_of(self, programme: Programme) -> highspy.Highs:
        """The solver with a programme in it, at the base's basis; another one where factors have changed."""
        if _same(programme.matrix, self._programme.matrix):
            _push(self._solver, self._programme, programme)
            return self._solver
        solver = new_solver(programme, np.inf, solver="simplex")
        solver.setBasis(self._basis)
        return solver


def basis_as_numbers(basis: highspy.HighsBasis) -> tuple[np.ndarray, np.ndarray]:
    """The status of each column and row as HiGHS numbers them, which can be sent to another process."""
    return tuple(np.array([int(each) for each in part], np.int8) for part in (basis.col_status, basis.row_status))


def basis_of_numbers(numbers: tuple[np.ndarray, np.ndarray]) -> highspy.HighsBasis:
    """The basis again that was sent as numbers."""
    basis, statuses = highspy.HighsBasis(), highspy.HighsBasisStatus
    columns, rows = ([statuses(each) for each in part.tolist()] for part in numbers)
    basis.col_status, basis.row_status, basis.valid, basis.alien = columns, rows, True, False
    return basis


def _same(one, other) -> bool:
    """Whether two arrays, or two sparse ones in the same order, are equal."""
    if one is other:
        return True
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("indptr", "indices", "data"))


def _push(solver: highspy.Highs, before: Programme, after: Programme) -> None:
    """Turn the solver's programme into another, where the two differ in costs, limits and right sides."""
    if len(at := np.flatnonzero(before.cost != after.cost)):
        solver.changeColsCost(len(at), at.astype(np.int32), after.cost[at])
    if len(at := np.flatnonzero((before.lower != after.lower) | (before.upper != after.upper))):
        solver.changeColsBounds(len(at), at.astype(np.int32), after.lower[at], after.upper[at])
    if len(at := np.flatnonzero(before.right != after.right)):
        solver.changeRowsBounds(len(at), at.astype(np.int32), after.row_lower[at], after.right[at])
    if before.offset != after.offset:
        solver.changeObjectiveOffset(after.offset)
