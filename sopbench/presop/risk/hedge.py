"""A plan that hedges: a two-stage stochastic linear programme with the conditional value at risk in its objective."""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np
import scipy.sparse as sp

from sopbench.contract import PlanningError, Problem


@dataclass(frozen=True)
class HedgeCase:
    """What is decided: items × buckets by edges (ways to get an item), for several courses of demand.

    Units of items, hours of resources, money by unit. Stock anywhere serves a customer anywhere.
    """

    demand: np.ndarray  # courses × items × buckets
    chance: np.ndarray  # courses; adds up to 1
    opening: np.ndarray  # items: stock less what is owed at the start
    receipts: np.ndarray  # items × buckets: under way
    item: np.ndarray  # edges: what each brings
    lead: np.ndarray  # edges: buckets from start to arrival
    most: np.ndarray  # edges: most units started in a bucket
    hours: np.ndarray  # resources × edges × buckets: of a unit started
    regular: np.ndarray  # resources × buckets
    overtime: np.ndarray  # resources × buckets
    overtime_price: np.ndarray  # resources: money of an hour beyond what a regular one costs
    price: np.ndarray  # items: what a unit brings
    cost: np.ndarray  # edges: what a unit costs
    holding: np.ndarray  # items: a unit for a bucket
    late: np.ndarray  # items: a unit owed for a bucket
    leftover: np.ndarray  # items: what a unit left at the end is worth
    planned: np.ndarray  # edges × buckets: what the plan starts
    change: np.ndarray  # edges: what a unit started now otherwise than planned must earn at least


@dataclass(frozen=True)
class HedgePlan:
    """What is started now (edges × the first buckets), and the profit of every course with the best recourse to it."""

    now: np.ndarray
    profit: np.ndarray
    objective: float


def hedge(
    case: HedgeCase, buckets_now: int, weight: float, worst: float, fixed_now: np.ndarray | None = None
) -> HedgePlan:
    """Decide what to start in the first `buckets_now` buckets before demand is known, and the rest course by course.

    Minimise  Σ p(s) c(s) + weight · (η + Σ p(s) u(s) / worst)   with u(s) ≥ c(s) − η, u(s) ≥ 0,
    where c(s) is the loss (− profit) of course s: at the minimum η is the value at risk and the bracket the mean loss
    in the worst share of courses, the conditional value at risk (Rockafellar & Uryasev 2000). Two stages as in Birge &
    Louveaux, Introduction to Stochastic Programming: c(s) is linear in what is started now and in the recourse.

    profit = price of all that is shipped by the end − cost of what is started − overtime − holding − lateness + what
    is left at the end; what is still owed then is not sold. `fixed_now` (edges × buckets) is tried instead of decided.
    What is started after demand is known arrives a bucket later at the earliest: seeing comes before doing.
    Raises PlanningError where the solver finds no plan.
    """
    courses, items, horizon = case.demand.shape
    edges = len(case.item)
    one = np.ones((1, courses))
    takes = _takes(case, buckets_now)
    arrival = _arrivals(case, takes)
    early = np.repeat(np.arange(horizon)[None, :] < buckets_now, edges, axis=0).ravel()
    now = cp.Variable((int(early.sum()), 1), nonneg=True)
    then = cp.Variable((int((~early).sum()), courses), nonneg=True)
    pick_now, pick_then = (sp.eye_array(edges * horizon, format="csc")[:, at] for at in (early, ~early))
    started = pick_now @ now @ one + pick_then @ then
    stock, owed = (cp.Variable((items * horizon, courses), nonneg=True) for _ in range(2))
    wanted = case.demand.cumsum(axis=2).reshape(courses, -1).T
    there = (case.opening[:, None] + case.receipts.cumsum(axis=1)).reshape(-1, 1)
    rules = [stock - owed == arrival @ started + (there - wanted)]
    resources = len(case.regular)
    extra = cp.Variable((max(resources * horizon, 1), courses), nonneg=True)
    if resources:
        rules += [_hours(case, horizon) @ started <= case.regular.reshape(-1, 1) @ one + extra]
        rules += [extra <= case.overtime.reshape(-1, 1) @ one]
    # a unit that would arrive after the horizon is not this programme's to decide
    most = np.where(np.arange(horizon) + takes < horizon, case.most[:, None], 0.0).ravel()
    for at, variable in ((early, now), (~early, then)):
        limited = np.flatnonzero(np.isfinite(most[at]))
        if limited.size:
            rules += [variable[limited] <= most[at][limited][:, None] @ np.ones((1, variable.shape[1]))]
    if fixed_now is not None:
        rules += [now[:, 0] == fixed_now[:, :buckets_now].ravel()]
    last = np.arange(items) * horizon + horizon - 1
    paid = np.repeat(case.overtime_price, horizon) if resources else np.zeros(1)
    income = case.price[:, None] * (case.demand.sum(axis=2).T + np.maximum(-case.opening, 0.0)[:, None])
    profit = (
        income.sum(axis=0)
        - case.price @ owed[last]
        - np.repeat(case.cost, horizon) @ started
        - paid @ extra
        - np.repeat(case.holding, horizon) @ stock
        - np.repeat(case.late, horizon) @ owed
        + case.leftover @ stock[last]
    )
    value_at_risk, beyond = cp.Variable(), cp.Variable(courses, nonneg=True)
    rules += [beyond >= -profit - value_at_risk]
    changed = cp.Variable(now.shape, nonneg=True)
    before = case.planned.reshape(-1, 1)[early]
    rules += [now - before <= changed, before - now <= changed]
    aim = cp.sum(cp.multiply(np.repeat(case.change, horizon)[early][:, None], changed))
    aim += -case.chance @ profit + weight * (value_at_risk + case.chance @ beyond / worst)
    problem = cp.Problem(cp.Minimize(aim), rules)
    problem.solve(solver=cp.HIGHS)
    if problem.status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
        mend = "set presop.risk.hedge.solve to false, or hand in what the plan starts within its hours"
        raise PlanningError(Problem("presop.risk.hedge", "", problem.status, "no hedging plan was found", mend))
    return HedgePlan(
        np.maximum(now.value, 0.0).reshape(edges, min(buckets_now, horizon)),
        np.asarray(profit.value),
        float(problem.value),
    )


def _takes(case: HedgeCase, buckets_now: int) -> np.ndarray:
    """Edges × buckets of start: buckets until it arrives."""
    known = (np.arange(case.demand.shape[2]) >= buckets_now).astype(int)
    return np.maximum(case.lead[:, None], known[None, :])


def _arrivals(case: HedgeCase, takes: np.ndarray) -> sp.csr_array:
    """(items·buckets) × (edges·buckets): 1 where what an edge starts has arrived by then."""
    horizon = takes.shape[1]
    edge, start, by = np.meshgrid(np.arange(len(case.item)), np.arange(horizon), np.arange(horizon), indexing="ij")
    there = by >= start + takes[edge, start]
    rows, columns = (case.item[edge] * horizon + by)[there], (edge * horizon + start)[there]
    shape = (len(case.opening) * horizon, len(case.item) * horizon)
    return sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def _hours(case: HedgeCase, horizon: int) -> sp.csr_array:
    """(resources·buckets) × (edges·buckets): hours of what starts in the bucket."""
    resource, edge, bucket = np.nonzero(case.hours)
    shape = (len(case.regular) * horizon, len(case.item) * horizon)
    at = (resource * horizon + bucket, edge * horizon + bucket)
    return sp.csr_array((case.hours[resource, edge, bucket], at), shape=shape)
