"""The matrices of a made-up company's supply plan put together by hand with scipy: what the benchmarks compare with.

It knows only the rules that the company of supply_company.py has (balances, backlog, hours): no lots, people, shares.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from sopbench.supply.model.model import Inputs, Model
from sopbench.supply.solver.programme import Compiled


def bare_matrices(inputs: Inputs) -> tuple[sp.csc_array, np.ndarray]:
    """Rows by columns, and the right sides; columns by variable (VARIABLES), bucket after bucket."""
    network, demand = inputs.network, inputs.demand
    horizon = len(network.buckets)
    every = sp.eye_array(horizon)
    carried = sp.eye_array(horizon, k=-1)
    nodes, groups, resources = (
        sp.eye_array(each) for each in (len(network.nodes), len(demand.groups), network.loads.shape[0])
    )
    started = sum(
        sp.kron(sp.eye_array(horizon, k=int(by)), sp.diags_array((network.lead_time == by).astype(float)), format="csr")
        for by in np.unique(network.lead_time)
    )
    leaving = sp.kron(every, network.uses + network.sends, format="csr") @ started
    stock = sp.kron(carried - every, nodes)
    owed = sp.kron(every - carried, groups)
    both = sp.kron(every, groups)
    balance = [sp.kron(every, network.arrives) - leaving, -sp.kron(every, network.serves), None, None]
    balance += [stock, stock, stock, -sp.kron(every, nodes), None, None]
    backlog = [None, both, both, owed] + [None] * 6
    hours = [sp.kron(every, network.loads, format="csr") @ started] + [None] * 7 + [-sp.kron(every, resources)] * 2
    matrix = sp.block_array([balance, backlog, hours], format="csc")
    opening, wanted = network.receipts.copy(), demand.of_groups(demand.wanted).copy()
    opening[:, 0] += network.opening
    wanted[:, 0] += demand.of_groups(demand.overdue)
    right = [-opening.ravel(order="F"), wanted.ravel(order="F"), np.zeros(horizon * network.loads.shape[0])]
    return matrix, np.concatenate(right)


VARIABLES = (
    "arrivals", "shipped", "lost", "backlog", "within_target", "above_target", "excess", "written_off", "regular",
    "overtime",
)  # fmt: skip


def difference(matrix: sp.csc_array, right: np.ndarray, model: Model, compiled: Compiled) -> float:
    """How far the matrices by hand are from the model's, its columns put in the same order; 0 = the same."""
    order = np.concatenate([
        compiled.columns_of(getattr(model.decisions, name)).ravel(order="F") for name in VARIABLES
    ])  # fmt: skip
    theirs = compiled.programme.matrix[:, order]
    return float(max(abs(matrix - theirs).max(), np.abs(right - compiled.programme.right).max()))
