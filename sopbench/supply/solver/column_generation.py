"""Solves a large programme from few of its columns: those a rough solution uses, and then those whose price is right.

Most columns are 0 in a best plan. A rough solution (first_order.py) tells which are not and nearly which basis is best;
the simplex method starts there, among these columns alone, and columns that would earn at its prices are added until
the plan is proven near enough to the best (sifting: Bixby, Gregory, Lustig, Marsten & Shanno, Very large-scale linear
programming, Operations Research 40, 1992). Rows that the chosen columns cannot meet are met at a price meanwhile.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp

from sopbench.supply.solver.bound import lower_bound
from sopbench.supply.solver.first_order import Point
from sopbench.supply.solver.highs import Answer, new_solver
from sopbench.supply.solver.mended_prices import Outputs
from sopbench.supply.solver.programme import Programme

ROUNDS = 30
"""Times that columns are added at most."""

UNMET = 10.0
"""Price of what a row lacks, in its own price of the rough solution; raised by itself where it is still paid."""

SMALLEST = 1e-7
"""Reduced cost, as a share of its prices, and amount lacking, as a share of its row's terms, that count as none."""

BASIC, LOWER, UPPER = (getattr(highspy.HighsBasisStatus, each) for each in ("kBasic", "kLower", "kUpper"))
PRIMAL = 4
"""HiGHS's number for the primal simplex method."""


@dataclass(frozen=True)
class Rough:
    """A rough solution with what it proves."""

    point: Point
    bound: float


def solve_by_columns(programme: Programme, outputs: Outputs, rough: Rough, gap: float, stop_at: float) -> Answer | None:
    """A plan proven to cost at most `gap` (a share) more than the best; None where there is none by `stop_at`.

    The simplex method works among the columns that the rough solution uses, and those whose price is right after that.
    No column of the programme is held at one value; `outputs` are the programme's.
    """
    chosen = (rough.point.columns > programme.lower) | (_reduced(programme, rough.point.prices) <= 0)
    order, lack, bound = np.flatnonzero(chosen), 2 * programme.equalities, rough.bound
    solver = _solver_of(programme, rough.point, order)
    for _ in range(ROUNDS):
        solver.setOptionValue("time_limit", solver.getRunTime() + max(stop_at - time.monotonic(), 0.0))
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = solver.getSolution()
        values, prices = np.array(solution.col_value), np.array(solution.row_dual)
        columns = programme.lower.copy()
        columns[order] = np.clip(values[lack:], programme.lower[order], programme.upper[order])
        lacking = np.flatnonzero(values[:lack] > SMALLEST * np.tile(_activity(programme, columns), 2))
        earns = np.flatnonzero(~chosen & (_reduced(programme, prices) < -SMALLEST * _terms(programme, prices)))
        if not len(lacking):
            objective = programme.objective(columns)
            bound = max(bound, lower_bound(programme, prices, objective, outputs) if len(earns) else objective)
            if objective - bound <= gap * abs(objective):
                basis = _basis_of_all(solver.getBasis(), order, len(chosen), lack)
                return Answer(columns, prices, objective, bound, basis)
        elif not len(earns):
            dearer = UNMET * np.array(solver.getLp().col_cost_)[lacking]
            solver.changeColsCost(len(lacking), lacking.astype(np.int32), dearer)
        _add_columns(solver, programme, earns)
        chosen[earns], order = True, np.concatenate([order, earns])
    return None


def _reduced(programme: Programme, prices: np.ndarray) -> np.ndarray:
    """What a unit of each column costs beyond what the rows give for it."""
    return programme.cost - programme.matrix.T @ prices


def _activity(programme: Programme, columns: np.ndarray) -> np.ndarray:
    """The size of the terms of each row that is an equality, at least 1."""
    return np.maximum(abs(programme.matrix) @ np.abs(columns), 1.0)[: programme.equalities]


def _terms(programme: Programme, prices: np.ndarray) -> np.ndarray:
    """The size of the prices that a column's reduced cost is made of."""
    return np.maximum(abs(programme.matrix).T @ np.abs(prices), 1e-3)


def _solver_of(programme: Programme, point: Point, order: np.ndarray) -> highspy.Highs:
    """HiGHS with the chosen columns, after columns for what rows lack, at the basis that the rough solution tells."""
    equal, rows = programme.equalities, len(programme.right)
    one = sp.csc_array(sp.vstack([sp.eye_array(equal), sp.csc_array((rows - equal, equal))]))
    unmet = UNMET * (np.abs(point.prices[:equal]) + np.abs(point.prices[:equal]).mean() + 1e-3)
    cost, lower, upper = programme.cost[order], programme.lower[order], programme.upper[order]
    few = Programme(
        matrix=sp.csc_array(sp.hstack([one, -one, programme.matrix[:, order]])),
        right=programme.right,
        cost=np.concatenate([unmet, unmet, cost]),
        offset=programme.offset,
        lower=np.concatenate([np.zeros(2 * equal), lower]),
        upper=np.concatenate([np.full(2 * equal, np.inf), upper]),
        equalities=equal,
        whole=programme.whole,
    )
    solver = new_solver(few, np.inf, solver="simplex")
    columns = point.columns[order]
    full = np.isfinite(upper) & (columns >= upper * (1 - 1e-6))
    status = np.where((columns > lower) & ~full, BASIC, np.where(full, UPPER, LOWER))
    slack = programme.right[equal:] - (programme.matrix @ point.columns)[equal:]
    loose = slack > 1e-3 * np.maximum(np.abs(programme.right[equal:]), 1.0)
    basis = highspy.HighsBasis()
    basis.col_status = [LOWER] * (2 * equal) + list(status)
    basis.row_status = [LOWER] * equal + list(np.where(loose, BASIC, UPPER))
    basis.valid = basis.alien = True
    solver.setBasis(basis)
    return solver


def _add_columns(solver: highspy.Highs, programme: Programme, columns: np.ndarray) -> None:
    """Add columns, at their lower limits; prices stay right, so the primal simplex method goes on from there."""
    matrix = sp.csc_array(programme.matrix[:, columns])
    solver.addCols(
        len(columns),
        programme.cost[columns],
        programme.lower[columns],
        programme.upper[columns],
        matrix.nnz,
        matrix.indptr[:-1].astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data,
    )
    solver.setOptionValue("simplex_strategy", PRIMAL)


def _basis_of_all(basis: highspy.HighsBasis, order: np.ndarray, columns: int, lack: int) -> highspy.HighsBasis:
    """The basis with all columns in their own order; those that were never chosen are at their lower limits."""
    status = np.full(columns, LOWER, dtype=object)
    status[order] = np.array(basis.col_status, dtype=object)[lack:]
    basis.col_status = list(status)
    return basis
