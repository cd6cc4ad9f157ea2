"""Hands a programme to HiGHS and reads its answer: columns, prices of the rows, the basis, and the proven gap."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from sopbench.supply.solver.first_order import Point
from sopbench.supply.solver.programme import Programme

EXACT = 1e-9
"""Gap up to which a plan counts as the best."""

OPTIMAL, WITHIN_GAP = "optimal", "within gap"
"""What is said of a plan: no other costs less, or none less by more than the gap."""


@dataclass(frozen=True)
class Answer:
    """A solution, its rows' prices (duals, as HiGHS signs them), and the bound that no plan can undercut."""

    columns: np.ndarray
    prices: np.ndarray
    objective: float
    bound: float
    basis: highspy.HighsBasis | None = None
    rough: Point | None = None  # the rough solution it came from, where there was one

    @property
    def gap(self) -> float:
        """The proven distance from the best, as a share of the objective; below EXACT it is 0."""
        gap = max(self.objective - self.bound, 0.0) / max(abs(self.objective), 1e-9)
        return 0.0 if gap < EXACT else gap

    @property
    def status(self) -> str:
        """The solver's word."""
        return WITHIN_GAP if self.gap else OPTIMAL


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


def read_answer(solver: highspy.Highs, programme: Programme, with_basis: bool = True) -> Answer:
    """The solution that the solver has proven to be best; its basis only where asked, as copying it takes time."""
    solution = solver.getSolution()
    columns = np.clip(np.array(solution.col_value), programme.lower, programme.upper)
    objective = programme.objective(columns)
    return Answer(columns, np.array(solution.row_dual), objective, objective, solver.getBasis() if with_basis else None)
