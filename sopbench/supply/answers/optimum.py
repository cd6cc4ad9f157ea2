"""Solves the supply model with HiGHS and reads off the plan, with the noise of floating point taken out."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import cvxpy as cp
import numpy as np

from sopbench.supply.model.last_plan import watched_buckets
from sopbench.supply.model.limits import available_hours, level_machines
from sopbench.supply.model.model import Inputs, Model, hours_of
from sopbench.supply.network.demand_lines import DemandLines
from sopbench.supply.network.network import Network
from sopbench.supply.solver.compile import compile_model
from sopbench.supply.solver.highs import Answer
from sopbench.supply.solver.no_plan import no_plan
from sopbench.supply.solver.programme import Compiled
from sopbench.supply.solver.solver import solve_programme

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
    gap: float  # proven distance from the best, as a share of the objective
    rows: int
    columns: int
    arrivals: np.ndarray  # edges × buckets
    shipped: np.ndarray  # demand groups × buckets
    lost: np.ndarray  # demand groups × buckets
    written_off: np.ndarray  # nodes × buckets
    stock: np.ndarray  # nodes × buckets
    backlog: np.ndarray  # demand groups × buckets
    load: np.ndarray  # resources × buckets
    regular_limit: np.ndarray  # resources × buckets: hours there are in regular time; inf = no limit
    overtime_limit: np.ndarray  # resources × buckets
    set_ups: np.ndarray  # edges × buckets of arrival: 1 where a lot takes a set-up; NaN where lots are averaged
    heads: np.ndarray  # staffed resources × buckets, as hired and laid_off
    hired: np.ndarray
    laid_off: np.ndarray
    promise_broken: np.ndarray  # demand groups
    changed: np.ndarray  # edges × buckets: units started more or less than last cycle's plan said
    worth: np.ndarray
    worth_of_hours: np.ndarray


def solve_model(model: Model, inputs: Inputs) -> Optimum:
    """Solve the model. Raises PlanningError where the settings' time_limit seconds bring no plan fit for use."""
    time_limit = inputs.settings.time_limit
    compiled, began = compile_model(model, inputs), time.monotonic()
    answer = solve_programme(compiled.programme, time_limit, inputs.settings.gap)
    if answer is None:
        raise no_plan(compiled.programme, time_limit, time.monotonic() - began)
    return read_optimum(model, inputs, compiled, answer)


def read_optimum(model: Model, inputs: Inputs, compiled: Compiled, answer: Answer) -> Optimum:
    """The plan of an answer to the model's programme; the model's variables and duals are set to it."""
    compiled.hand_back(answer.columns, answer.prices)
    problem, decisions = model.problem, model.decisions
    network, demand = inputs.network, inputs.demand
    arrivals, shipped, lost, written_off = (
        without_noise(_value(each))
        for each in (decisions.arrivals, decisions.shipped, decisions.lost, decisions.written_off)
    )
    started = inputs.lots.spread.T @ arrivals.ravel() > 0  # idle hours may be set up in for nothing
    begun = inputs.lots.begun(np.where(started, np.round(_value(decisions.lots.set_up)), 0.0))
    heads = _value(decisions.people.heads)
    heads = np.round(heads) if inputs.settings.headcount == "whole" else heads
    regular, overtime = available_hours(inputs.settings, network, inputs.workforce)
    at = inputs.workforce.at
    regular[at], overtime[at] = inputs.workforce.hours * heads, inputs.workforce.overtime * heads
    level = level_machines(inputs.settings, inputs.network, inputs.workforce)
    regular[level] = _value(decisions.regular)[level]
    return Optimum(
        status=answer.status,
        objective=answer.objective,
        gap=answer.gap,
        rows=problem.size_metrics.num_scalar_eq_constr + problem.size_metrics.num_scalar_leq_constr,
        columns=problem.size_metrics.num_scalar_variables,
        arrivals=arrivals,
        shipped=shipped,
        lost=lost,
        written_off=written_off,
        stock=_stock(network, arrivals, shipped, written_off),
        backlog=_backlog(demand, shipped, lost),
        load=without_noise(hours_of(inputs, arrivals, begun)),
        regular_limit=regular,
        overtime_limit=overtime,
        set_ups=_set_ups(inputs, begun),
        heads=heads,
        hired=_value(decisions.people.hired),
        laid_off=_value(decisions.people.laid_off),
        promise_broken=_value(decisions.promise_broken),
        changed=_changed(inputs, arrivals),
        worth=-model.stock_balance.dual_value,
        worth_of_hours=model.enough_hours.dual_value,
    )


def settled(optimum: Optimum, objective: float) -> Optimum:
    """The plan with what it costs as it is carried out; the bound that proves its gap stays."""
    bound = optimum.objective * (1 - optimum.gap)
    return replace(optimum, objective=objective, gap=max(objective - bound, 0.0) / max(abs(objective), 1e-9))


def _value(variable: cp.Variable) -> np.ndarray:
    """What was decided, at least 0."""
    return np.zeros(variable.shape) if variable.value is None else np.maximum(variable.value, 0.0)


def _set_ups(inputs: Inputs, begun: np.ndarray) -> np.ndarray:
    """Edges × buckets of arrival: whether a lot takes a set-up; NaN where lots are averaged."""
    shape = (len(inputs.network.edges), len(inputs.network.buckets))
    single = np.asarray(inputs.lots.spread.sum(axis=1)).reshape(shape) > 0
    return np.where(single, inputs.lots.table(begun, shape), np.nan)


def _changed(inputs: Inputs, arrivals: np.ndarray) -> np.ndarray:
    """Edges × buckets: units started more or less than last cycle's plan said, in the buckets in which that counts."""
    if inputs.planned_before is None:
        return np.zeros(arrivals.shape)
    inside = np.arange(arrivals.shape[1]) < watched_buckets(inputs.settings, inputs.planned_before)
    return np.abs(inputs.network.started(arrivals) - inputs.planned_before) * inside


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
