"""Solves a large programme: a rough solution, made a plan by dealing out what is shared, made better by the simplex."""

from __future__ import annotations

import time
from dataclasses import replace

import highspy
import numpy as np

from sopbench.supply.solver.bound import lower_bound
from sopbench.supply.solver.column_generation import Rough, solve_by_columns
from sopbench.supply.solver.dealt import solve_dealt
from sopbench.supply.solver.first_order import Point, approach, scaled_programme
from sopbench.supply.solver.highs import Answer
from sopbench.supply.solver.mended_prices import Outputs, find_outputs, mended_prices, without_surplus
from sopbench.supply.solver.programme import Programme

STEPS, LOOK = 20_000, 250
"""Steps of the rough solution at most, and between two judgements of it."""

ROUGH = 0.5
"""Share of the time the rough solution may take: a plan dealt out by a poor one, its gap told, is better than none."""

NEAR = 1e-3
"""Share of the cost, bound to cost, within which a rough solution tells its columns well enough to stop at any gap."""


def solve_large(programme: Programme, time_limit: float, gap: float, start: Point | None = None) -> Answer | None:
    """A plan proven to cost at most `gap` (a share) more than the best, with the rough solution it came from.

    `start` is a rough solution of a like programme. None where `time_limit` seconds bring no plan. Where the dealt
    plan is not near enough to the best, the simplex method goes on among the few columns that may matter.
    """
    began, stop_at = time.monotonic(), time.monotonic() + time_limit
    free = programme.upper > programme.lower
    part = programme.part(free, programme.lower)
    outputs = find_outputs(part)
    if start is None:
        start = Point(programme.lower, np.zeros(len(programme.right)))
    rough_until = began + (ROUGH if gap else 1.0) * time_limit
    rough = rough_solution(part, outputs, replace(start, columns=start.columns[free]), gap, rough_until)
    found = _dealt(part, outputs, rough, stop_at) if gap else None
    if found is None or found.gap > gap:
        near = rough if found is None else replace(rough, point=replace(rough.point, columns=found.columns))
        found = solve_by_columns(part, outputs, near, gap, stop_at) or found
    if found is None:
        return None
    columns, guess = programme.lower.copy(), programme.lower.copy()
    columns[free], guess[free] = found.columns, rough.point.columns
    _mark_held(found.basis, free)
    return replace(found, columns=columns, rough=replace(rough.point, columns=guess))


def _mark_held(basis: highspy.HighsBasis | None, free: np.ndarray) -> None:
    """Put the columns that are held at one value into a basis of the free ones."""
    if basis is not None:
        status = np.full(len(free), highspy.HighsBasisStatus.kLower, dtype=object)
        status[free] = basis.col_status
        basis.col_status = list(status)


def rough_solution(programme: Programme, outputs: Outputs, start: Point, gap: float, stop_at: float) -> Rough:
    """A point whose cost is within a quarter of a gap (NEAR at least) of the bound that its prices prove."""
    best = -np.inf

    def enough(point: Point, steps: int) -> bool:
        nonlocal best
        if steps % LOOK:
            return time.monotonic() > stop_at
        bound = lower_bound(programme, point.prices, outputs=outputs)
        best = max(best, bound)
        cost = programme.objective(point.columns)
        return abs(cost - bound) <= max(gap / 4, NEAR) * abs(cost)

    point = approach(scaled_programme(programme), start, enough, STEPS)
    return Rough(point, best)


def _dealt(programme: Programme, outputs: Outputs, rough: Rough, stop_at: float) -> Answer | None:
    """The plan that dealing out by the rough solution makes, with the prices of the latter, mended, and the bound."""
    columns = solve_dealt(programme, rough.point.columns, stop_at)
    if columns is None:
        return None
    prices = without_surplus(programme, mended_prices(programme, rough.point.prices, outputs))
    objective = programme.objective(columns)
    return Answer(columns, prices, objective, max(rough.bound, lower_bound(programme, prices, objective, outputs)))
