"""A cvxpy problem as matrices a solver takes, and a solver's answer handed back to the problem."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cvxpy as cp
import numpy as np
import scipy.sparse as sp


@dataclass(frozen=True)
class Programme:
    """Least cost @ x where matrix @ x = right (the first `equalities` rows) or <= right, and lower <= x <= upper.

    `whole` are the columns that must be whole numbers. `offset` is the part of the cost that nothing can change.
    Columns of one of the `groups` hang together by more than shared ones (-1). `worth` is money, what a unit of each
    column is worth: it changes no plan, only how large the solver takes a unit to be.
    """

    matrix: sp.csc_array
    right: np.ndarray
    cost: np.ndarray
    offset: float
    lower: np.ndarray
    upper: np.ndarray
    equalities: int
    whole: np.ndarray
    groups: np.ndarray | None = None
    worth: np.ndarray | None = None

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
            groups=None if self.groups is None else self.groups[columns],
            worth=None if self.worth is None else self.worth[columns],
        )


@dataclass(frozen=True)
class Compiled:
    """A programme and where in it the variables and constraints of the cvxpy problem are that it was made of."""

    problem: cp.Problem
    programme: Programme
    starts: dict[int, int]  # the first column of each variable, by its id
    rows: dict[int, int]  # the first row of each constraint, by its id

    def columns_of(self, variable: cp.Variable) -> np.ndarray:
        """The columns of a variable, in its own shape; -1 where it is not in the problem."""
        if variable.id not in self.starts:
            return np.full(variable.shape, -1)
        return (self.starts[variable.id] + np.arange(variable.size)).reshape(variable.shape, order="F")

    def hand_back(self, columns: np.ndarray, prices: np.ndarray) -> None:
        """Set the problem's variables and duals. `prices` are those of the rows, as HiGHS signs them."""
        for variable in self.problem.variables():
            if variable.id in self.starts:
                variable.save_value(columns[self.columns_of(variable)])
        for constraint in self.problem.constraints:
            first = self.rows[constraint.id]
            dual = -prices[first : first + constraint.size]
            constraint.save_dual_value(dual.reshape(constraint.shape, order="F"))


def compile_problem(problem: cp.Problem) -> Compiled:
    """The matrices of a linear problem; cvxpy's SCIPY backend is by far the leanest for large ones."""
    data, _, inverse = problem.get_problem_data(cp.HIGHS, canon_backend="SCIPY")
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
    return Compiled(problem, programme, dict(data["param_prob"].var_id_to_col), _rows_of(problem))


def in_order(problem: cp.Problem) -> list[cp.Constraint]:
    """The constraints as their rows stand in the programme: equalities, then the others."""
    return sorted(problem.constraints, key=lambda each: not isinstance(each, cp.constraints.Equality))


def _rows_of(problem: cp.Problem) -> dict[int, int]:
    constraints = in_order(problem)
    sizes = [each.size for each in constraints]
    return dict(zip((each.id for each in constraints), np.cumsum(sizes) - sizes, strict=True))
