"""Solves the supply model with HiGHS and reads off the plan, with the noise of floating point taken out."""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from sopbench.contract import PlanningError, Problem
from sopbench.supply.demand_lines import DemandLines
from sopbench.supply.model import Model
from sopbench.supply.network import Network

NOISE, ROUNDING = 1e-7, 1e-12
"""Units below which a value is the solver's noise and taken for 0, and the share of its row's greatest value."""


@dataclass(frozen=True)
class Optimum:
    """The best plan: flows as decided, stock and backlog as they follow from them; units, hours and money.

    `worth` (nodes × buckets) is what one more unit there would save, `worth_of_hours` (resources × buckets) what one
    more hour that costs nothing would.
    """

    status: str
    objective: float
    rows: int
    columns: int
    arrivals: np.ndarray  # edges × buckets
    shipped: np.ndarray  # demand groups × buckets
    lost: np.ndarray  # demand groups × buckets
    written_off: np.ndarray  # nodes × buckets
    stock: np.ndarray  # nodes × buckets
    backlog: np.ndarray  # demand groups × buckets
    load: np.ndarray  # resources × buckets
    worth: np.ndarray
    worth_of_hours: np.ndarray


def solve_model(model: Model, network: Network, demand: DemandLines, time_limit: float) -> Optimum:
    """Solve the model. Raises PlanningError where the solver finds no optimum in `time_limit` seconds."""
    problem, decisions = model.problem, model.decisions
    options = {"solver": "simplex", "parallel": "off", "time_limit": float(time_limit)}
    # a warm start would pass HiGHS a solution without a basis, which slows it; see also canon_backend in cvxpy's docs
    problem.solve(solver=cp.HIGHS, warm_start=False, canon_backend="SCIPY", highs_options=options)
    if problem.status != cp.OPTIMAL:
        mend = "raise time_limit in the supply section, or plan fewer buckets"
        raise PlanningError(Problem("supply", "time_limit", f"{time_limit:g}", f"no plan: {problem.status}", mend))
    arrivals, shipped, lost, written_off = (
        without_noise(each.value)
        for each in (decisions.arrivals, decisions.shipped, decisions.lost, decisions.written_off)
    )
    return Optimum(
        status=problem.status,
        objective=float(problem.value),
        rows=problem.size_metrics.num_scalar_eq_constr + problem.size_metrics.num_scalar_leq_constr,
        columns=problem.size_metrics.num_scalar_variables,
        arrivals=arrivals,
        shipped=shipped,
        lost=lost,
        written_off=written_off,
        stock=_stock(network, arrivals, shipped, written_off),
        backlog=_backlog(demand, shipped, lost),
        load=network.loads @ network.started(arrivals),
        worth=model.stock_balance.dual_value,
        worth_of_hours=model.enough_hours.dual_value,
    )


def without_noise(values: np.ndarray) -> np.ndarray:
    """The values, at least 0, with 0 for what is nothing but the solver's tolerance or rounding."""
    if not values.size:
        return np.zeros(values.shape)
    return np.where(values > np.maximum(NOISE, ROUNDING * values.max(axis=1, keepdims=True)), values, 0.0)


def _stock(network: Network, arrivals: np.ndarray, shipped: np.ndarray, written_off: np.ndarray) -> np.ndarray:
    """Stock at the end of each bucket, from the flows, so that it balances with them."""
    leaving = (network.uses + network.sends) @ network.started(arrivals) + network.serves @ shipped + written_off
    change = network.arrives @ arrivals + network.receipts - leaving
    return without_noise(network.opening[:, None] + np.cumsum(change, axis=1))


def _backlog(demand: DemandLines, shipped: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Units owed at the end of each bucket, from the flows, so that they balance with them."""
    change = demand.of_groups(demand.wanted) - shipped - lost
    return without_noise(demand.of_groups(demand.overdue)[:, None] + np.cumsum(change, axis=1))
