"""A programme with other costs, limits and right sides, read off its problem without compiling it anew."""

from __future__ import annotations

from dataclasses import replace

import cvxpy as cp
import numpy as np

from sopbench.supply.solver.programme import Compiled, Programme, compile_problem, in_order

SAME = 1e-9
"""Difference, as a share of a row's terms, up to which two problems say the same of a point."""

SPREAD = (5**0.5 - 1) / 2
"""Multiples of it, less their whole parts, are the point at which problems are compared: no two coordinates alike."""


def refill(compiled: Compiled, problem: cp.Problem) -> Compiled | None:
    """The programme of a problem of the same variables and rules, from that of another; None where factors differ.

    The rules' values where all variables are 0 are the right sides. Those at a point that no rule is likely to know
    tell whether a factor has changed: compared with a whole compilation this takes a sixth of the time.
    """
    before, after = compiled.problem, problem
    if _shapes(before) != _shapes(after) or compiled.programme.whole.size:
        return None
    starts = {
        new.id: compiled.starts[old.id]
        for old, new in zip(before.variables(), after.variables(), strict=True)
        if old.id in compiled.starts
    }
    rows = dict(zip((each.id for each in in_order(after)), compiled.rows.values(), strict=True))
    like = Compiled(after, compiled.programme, starts, rows)
    right = -_values(like, np.zeros(len(compiled.programme.cost)))
    probe = 1.0 + SPREAD * np.arange(1, len(compiled.programme.cost) + 1) % 1.0
    said, known = _values(like, probe) + right, compiled.programme.matrix @ probe
    if (np.abs(said - known) > SAME * (abs(compiled.programme.matrix) @ probe + np.abs(right))).any():
        return None
    return replace(like, programme=_refilled(like, right))


def _shapes(problem: cp.Problem) -> list[tuple]:
    variables = [(each.shape, each.attributes["boolean"], each.attributes["integer"]) for each in problem.variables()]
    return variables + [(type(each), each.shape) for each in in_order(problem)]


def _values(compiled: Compiled, columns: np.ndarray) -> np.ndarray:
    """What every rule's left side is more than its right side at a point, row by row."""
    for variable in compiled.problem.variables():
        if variable.id in compiled.starts:
            variable.save_value(columns[compiled.columns_of(variable)])
    return np.concatenate([each.expr.value.ravel(order="F") for each in in_order(compiled.problem)])


def _refilled(compiled: Compiled, right: np.ndarray) -> Programme:
    """The programme with the problem's right sides, costs and limits."""
    costs = compile_problem(cp.Problem(compiled.problem.objective))
    old = compiled.programme
    cost, lower, upper = np.zeros(len(old.cost)), old.lower.copy(), old.upper.copy()
    for variable in compiled.problem.variables():
        if variable.id not in compiled.starts:
            continue
        at = compiled.columns_of(variable)
        lower[at], upper[at] = variable.get_bounds()
        if variable.id in costs.starts:
            cost[at] = costs.programme.cost[costs.columns_of(variable)]
    return replace(old, right=right, cost=cost, offset=costs.programme.offset, lower=lower, upper=upper)
