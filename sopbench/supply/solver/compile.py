"""The matrices of a model, and what the solver is told of each column besides: its group and its worth."""

from __future__ import annotations

from dataclasses import replace

import cvxpy as cp
import numpy as np

from sopbench.supply.model.model import Inputs, Model
from sopbench.supply.solver.groups import groups_of_items
from sopbench.supply.solver.programme import Compiled, compile_problem

OVERTIME = 1.5
"""Times a regular hour that an hour of overtime usually costs: where only overtime has a price, the hour's worth."""


def compile_model(model: Model, inputs: Inputs) -> Compiled:
    """The matrices of a model, with the group of each column and the money that a unit of it is worth.

    Hours, people, lots and bought parts are of no group (-1). A unit is worth what the item is at its location, an hour
    what it costs, a person the wage; what has no worth of its own has that of a usual column.
    """
    compiled = compile_problem(model.problem)
    items, group = groups_of_items(inputs.network)
    of_node, of_edge, of_demand = (
        group[np.searchsorted(items, frame["item_id"].to_numpy(dtype=str))]
        for frame in (inputs.network.nodes, inputs.network.edges, inputs.demand.groups)
    )
    groups = np.full(len(compiled.programme.cost), -1)
    _spread(compiled, model, groups, of_node, of_edge, of_demand)
    return replace(
        compiled, programme=replace(compiled.programme, groups=groups, worth=_worth(compiled, model, inputs))
    )


def _worth(compiled: Compiled, model: Model, inputs: Inputs) -> np.ndarray:
    network, decisions = inputs.network, model.decisions
    of_node = inputs.prices.write_off  # a unit written off costs what it is worth
    worth = np.zeros(len(compiled.programme.cost))
    _spread(
        compiled,
        model,
        worth,
        of_node,
        of_node[network.edges["node"].to_numpy(dtype=int)],
        network.serves.T @ of_node,
    )
    regular, overtime = (network.resources[name].to_numpy(dtype=float) for name in ("cost_regular", "cost_overtime"))
    hour = np.maximum(regular, overtime / OVERTIME)
    _fill(compiled, worth, hour, decisions.regular, decisions.overtime)
    _fill(compiled, worth, inputs.workforce.wage, *vars(decisions.people).values())
    known = worth[worth > 0]
    return np.where(worth > 0, worth, known.mean() if len(known) else 1.0)


def _spread(
    compiled: Compiled,
    model: Model,
    values: np.ndarray,
    of_node: np.ndarray,
    of_edge: np.ndarray,
    of_demand: np.ndarray,
) -> None:
    """Give every column of an item the value of its node, edge or demand group."""
    own = model.decisions
    _fill(compiled, values, of_edge, own.arrivals, own.share_missed, own.share_exceeded, own.changed)
    _fill(compiled, values, of_demand, own.shipped, own.lost, own.backlog, own.promise_broken)
    _fill(compiled, values, of_node, own.within_target, own.above_target, own.excess, own.written_off)


def _fill(compiled: Compiled, values: np.ndarray, of_row: np.ndarray, *variables: cp.Variable) -> None:
    """Set the values of variables' columns, by row of the variable or by each of its entries."""
    for variable in variables:
        columns = compiled.columns_of(variable)
        inside = columns >= 0
        each = of_row.reshape(*of_row.shape, *[1] * (columns.ndim - of_row.ndim))
        values[columns[inside]] = np.broadcast_to(each, columns.shape)[inside]
