"""A compiled cvxpy problem as matrices a solver takes, and a solver's answer handed back to the problem."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import cvxpy as cp
import numpy as np
import scipy.sparse as sp


@dataclass(frozen=True)
class Programme:
    """Least cost @ x where matrix @ x = right (the first `equalities` rows) or <= right, and lower <= x <= upper.

    `whole` are the columns that must be whole numbers. `offset` is the part of the cost that nothing can change.
    """

    matrix: sp.csc_array
    right: np.ndarray
    cost: np.ndarray
    offset: float
    lower: np.ndarray
    upper: np.ndarray
    equalities: int
    whole: np.ndarray

    @property
    def row_lower(self) -> np.ndarray:
        """The least each row may come to."""
        return np.where(np.arange(len(self.right)) < self.equalities, self.right, -np.inf)

    def objective(self, columns: np.ndarray) -> float:
        """What a solution costs."""
        return float(self.cost @ columns) + self.offset

    def violation(self, columns: np.ndarray) -> float:
        """The largest breach of a row or a bound, as a share of the greatest term in it (or of 1)."""
        activity = self.matrix @ columns - self.right
        activity[self.equalities :] = np.maximum(activity[self.equalities :], 0.0)
        size = np.maximum(abs(self.matrix) @ np.abs(columns), np.maximum(np.abs(self.right), 1.0))
        beyond = np.maximum(self.lower - columns, columns - self.upper) / np.maximum(np.abs(columns), 1.0)
        return float(max(np.abs(activity / size).max(initial=0.0), beyond.max(initial=0.0)))

    def fixed(self, at: np.ndarray, values: np.ndarray) -> Programme:
        """The programme with some columns held at values, and no whole numbers asked for any more."""
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[at] = upper[at] = values
        return replace(self, lower=lower, upper=upper, whole=np.empty(0, dtype=int))

    def part(self, columns: np.ndarray, held: np.ndarray) -> Programme:
        """The programme of some columns (true/false), the others held at their values; rows stay, none is whole."""
        rest = np.where(columns, 0.0, held)
        return replace(
            self,
            matrix=sp.csc_array(self.matrix[:, np.flatnonzero(columns)]),
            right=self.right - self.matrix @ rest,
            cost=self.cost[columns],
            offset=self.offset + float(self.cost @ rest),
            lower=self.lower[columns],
            upper=self.upper[columns],
            whole=np.empty(0, dtype=int),
        )


@dataclass(frozen=True)
class Compiled:
    """A programme and what cvxpy needs to read an answer to it back into the problem."""

    problem: cp.Problem
    programme: Programme
    chain: Any
    inverse: list[Any]
    starts: dict[int, int]  # the first column of each variable, by its id

    def columns_of(self, variable: cp.Variable) -> np.ndarray:
        """The columns of a variable, in its own shape."""
        count = int(np.prod(variable.shape))
        if variable.id not in self.starts:
            return np.full(variable.shape, -1)
        return (self.starts[variable.id] + np.arange(count)).reshape(variable.shape, order="F")

    def hand_back(self, columns: np.ndarray, prices: np.ndarray) -> None:
        """Set the problem's variables, duals, status and value. `prices` are those of the rows, as HiGHS signs them."""
        objective = float(self.programme.cost @ columns)
        counts = ("ipm", "crossover", "pdlp", "qp", "simplex")
        found = {
            "solution": SimpleNamespace(col_value=columns, row_dual=prices),
            "info": SimpleNamespace(
                objective_function_value=objective, **{f"{each}_iteration_count": 0 for each in counts}
            ),
            "model_status": "kOptimal",
            "run_time": 0.0,
        }
        # cvxpy keeps the duals of a problem with whole numbers to itself; ours are those with these numbers held
        last = copy(self.inverse[-1])
        last.inverse_data = {**last.inverse_data, "is_mip": False}
        self.problem.unpack_results(found, self.chain, [*self.inverse[:-1], last])


def compile_problem(problem: cp.Problem) -> Compiled:
    """The matrices of a linear problem; cvxpy's SCIPY backend is by far the leanest for large ones."""
    data, chain, inverse = problem.get_problem_data(cp.HIGHS, canon_backend="SCIPY")
    columns = len(data["c"])
    lower = np.full(columns, -np.inf) if data["lower_bounds"] is None else np.array(data["lower_bounds"], dtype=float)
    upper = np.full(columns, np.inf) if data["upper_bounds"] is None else np.array(data["upper_bounds"], dtype=float)
    boolean = np.array(data["bool_vars_idx"], dtype=int)
    lower[boolean], upper[boolean] = np.maximum(lower[boolean], 0.0), np.minimum(upper[boolean], 1.0)
    whole = np.union1d(boolean, np.array(data["int_vars_idx"], dtype=int)).astype(int)
    matrix = sp.csc_array(data["A"])
    matrix.sort_indices()
    programme = Programme(
        matrix=matrix,
        right=np.asarray(data["b"], dtype=float),
        cost=np.asarray(data["c"], dtype=float),
        offset=float(inverse[-1][cp.settings.OFFSET]),
        lower=lower,
        upper=upper,
        equalities=data["dims"].zero,
        whole=whole,
    )
    return Compiled(problem, programme, chain, inverse, dict(data["param_prob"].var_id_to_col))
