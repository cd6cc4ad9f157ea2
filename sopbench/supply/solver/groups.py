"""Which columns hang together: those of an item, and of the items that go into it and take time to make."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from sopbench.supply.model.model import Inputs, Model
from sopbench.supply.network.network import Network
from sopbench.supply.solver.programme import Compiled, compile_problem


def compile_model(model: Model, inputs: Inputs) -> Compiled:
    """The matrices of a model, with the group of each column; -1 = of none: hours, people, lots, bought parts."""
    compiled, decisions = compile_problem(model.problem), model.decisions
    items, group = groups_of_items(inputs.network)
    of_node, of_edge, of_demand = (
        group[np.searchsorted(items, frame["item_id"].to_numpy(dtype=str))]
        for frame in (inputs.network.nodes, inputs.network.edges, inputs.demand.groups)
    )
    groups = np.full(len(compiled.programme.cost), -1)
    for numbers, variables in (
        (of_edge, (decisions.arrivals, decisions.share_missed, decisions.share_exceeded, decisions.changed)),
        (of_demand, (decisions.shipped, decisions.lost, decisions.backlog, decisions.promise_broken)),
        (of_node, (decisions.within_target, decisions.above_target, decisions.excess, decisions.written_off)),
    ):
        for variable in variables:
            columns = compiled.columns_of(variable)
            inside = columns >= 0
            spread = np.broadcast_to(numbers.reshape(-1, *[1] * (columns.ndim - 1)), columns.shape)
            groups[columns[inside]] = spread[inside]
    return replace(compiled, programme=replace(compiled.programme, groups=groups))


def groups_of_items(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """The items of a network and the group of each: items are of one group where one goes into the other.

    Parts that have no components and take no hours are of none (-1) and join none: each group can have its own stock
    of them.
    """
    items, of_node = np.unique(network.nodes["item_id"].to_numpy(dtype=str), return_inverse=True)
    of_edge = np.searchsorted(items, network.edges["item_id"].to_numpy(dtype=str))
    uses = network.uses.tocoo()
    part, whole = of_node[uses.row], of_edge[uses.col]
    made = np.zeros(len(items), dtype=bool)
    made[whole] = made[of_edge[np.unique(network.loads.tocoo().col)]] = True
    joined = made[part]
    goes_into = sp.coo_array((np.ones(joined.sum()), (part[joined], whole[joined])), shape=(len(items), len(items)))
    group = connected_components(goes_into, directed=False)[1]
    group[part[~joined]] = -1
    return items, group
