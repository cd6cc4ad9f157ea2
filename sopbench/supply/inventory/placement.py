"""Where along a network safety stock is best held: the guaranteed-service model.

Every stage (an item at a location) promises a service time S: whoever it feeds always gets what it orders within S
buckets. It is served itself within SI, the longest promise among those that feed it, and takes T more. So its stock
must last SI + T - S buckets, its net replenishment time: a short promise needs stock here, a long one needs it further
down. Found are the promises at which all stock together costs least (Graves & Willems, Optimizing Strategic Safety
Stock Placement in Supply Chains, M&SOM 2(1), 2000; Snyder & Shen, Fundamentals of Supply Chain Theory, 2nd ed., ch.
6).
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np
import scipy.sparse as sp

from sopbench.contract import PlanningError, Problem

GAP = 1e-6
"""Distance from the least cost, as a share, at which a network that is not a tree counts as solved."""


@dataclass(frozen=True)
class Stages:
    """The stages of a network and what each costs.

    `time` is T in buckets; `longest_promise` the greatest S allowed; `cost` (stages × times) the cost of the stock that
    lasts 0, 1, ... buckets, inf where that is not allowed; `feeds` (arcs × 2) who feeds whom, without loops.
    """

    time: np.ndarray
    longest_promise: np.ndarray
    cost: np.ndarray
    feeds: np.ndarray

    @property
    def longest(self) -> int:
        """The longest net replenishment time that has a cost."""
        return self.cost.shape[1] - 1


def place(stages: Stages, time_limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Promised service time and net replenishment time of each stage, in buckets, at least cost in all.

    Parts of the network that hang together as trees are solved by dynamic programming, the others as one mixed-integer
    programme. Raises PlanningError where that takes more than `time_limit` seconds.
    """
    count = len(stages.time)
    lasts = np.zeros(count, dtype=int)
    graph = sp.coo_array((np.ones(len(stages.feeds)), tuple(stages.feeds.T)), shape=(count, count)).tocsr()
    _, part = sp.csgraph.connected_components(graph, directed=False)
    size = np.bincount(part)
    tree = (np.bincount(part[stages.feeds[:, 0]], minlength=len(size)) == size - 1)[part]
    lasts[tree] = _of_trees(stages, np.flatnonzero(tree))[tree]
    if not tree.all():
        lasts[~tree] = _of_network(stages, np.flatnonzero(~tree), time_limit)
    return _promises(stages, lasts)


def longest_way(time: np.ndarray, feeds: np.ndarray) -> np.ndarray:
    """Buckets to get a unit at each stage where nothing is in stock at any: the longest net replenishment times."""
    total = time.copy()
    while True:
        before = np.zeros(len(time), dtype=time.dtype)
        np.maximum.at(before, feeds[:, 1], total[feeds[:, 0]])
        if (before + time == total).all():
            return total
        total = before + time


def _of_trees(stages: Stages, members: np.ndarray) -> np.ndarray:
    """Net replenishment times of stages that hang together as trees, by dynamic programming from the leaves to a root.

    A stage hands the one next to it its least cost, with all behind it, by its promise S (where it feeds it) or by
    SI (where it is fed by it): f and g of Graves & Willems.
    """
    near: dict[int, list[tuple[int, bool]]] = {int(stage): [] for stage in members}
    for start, end in stages.feeds.tolist():
        if start in near:
            near[start].append((end, False))
            near[end].append((start, True))
    promise, served = np.zeros((2, len(stages.time)), dtype=int)
    costs, messages = {}, {}
    for order in _rooted(near):
        for stage, parent in reversed(order):
            costs[stage] = _with_all_behind(stages, stage, near[stage], parent, messages)
            if parent is not None:
                fed_by_parent = dict(near[stage])[parent]
                messages[stage] = costs[stage].min(axis=0 if fed_by_parent else 1)
        for stage, parent in order:
            cost = costs.pop(stage)  # S × SI
            if parent is not None and dict(near[stage])[parent]:
                served[stage] = promise[parent] + int(np.argmin(messages[stage][promise[parent] :]))
                promise[stage] = int(np.argmin(cost[:, served[stage]]))
            elif parent is not None:
                promise[stage] = int(np.argmin(messages[stage][: served[parent] + 1]))
                served[stage] = int(np.argmin(cost[promise[stage]]))
            else:
                promise[stage], served[stage] = np.unravel_index(np.argmin(cost), cost.shape)
    return served + stages.time - promise


def _rooted(near: dict[int, list[tuple[int, bool]]]) -> list[list[tuple[int, int | None]]]:
    """Each tree as its stages with the one next to them towards the root, the root first."""
    trees, seen = [], set()
    for root in near:
        if root in seen:
            continue
        order: list[tuple[int, int | None]] = [(root, None)]
        seen.add(root)
        for stage, _ in order:  # grows as it is walked
            fresh = [other for other, _ in near[stage] if other not in seen]
            order += [(other, stage) for other in fresh]
            seen.update(fresh)
        trees.append(order)
    return trees


def _with_all_behind(
    stages: Stages,
    stage: int,
    near: list[tuple[int, bool]],
    parent: int | None,
    messages: dict[int, np.ndarray],
) -> np.ndarray:
    """Least cost of a stage and all that hangs on it away from the root, by promise S (rows) and SI (columns)."""
    times = np.arange(stages.longest + 1)
    lasts = times[None, :] + stages.time[stage] - times[:, None]
    fits = (lasts >= 0) & (lasts <= stages.longest) & (times[:, None] <= stages.longest_promise[stage])
    cost = np.where(fits, stages.cost[stage][np.clip(lasts, 0, stages.longest)], np.inf)
    for other, feeds_stage in near:
        if other == parent:
            continue
        if feeds_stage:  # it may promise less than SI
            cost = cost + np.minimum.accumulate(messages[other])[None, :]
        else:  # it may be served later than promised
            cost = cost + np.minimum.accumulate(messages[other][::-1])[::-1][:, None]
    return cost


def _of_network(stages: Stages, members: np.ndarray, time_limit: float) -> np.ndarray:
    """Net replenishment times of any stages without loops: one binary a stage and net replenishment time.

    The time fixes its cost, so the cost may have any form. The sum over a stage of (time × binary) is SI + T - S.
    """
    at = np.full(len(stages.time), -1)
    at[members] = np.arange(len(members))
    arcs = at[stages.feeds[(at[stages.feeds] >= 0).all(axis=1)]]
    time, cost = stages.time[members], stages.cost[members]
    ways = longest_way(time, arcs)
    allowed = np.isfinite(cost) & (np.arange(stages.longest + 1) <= ways[:, None])
    stage, lasts = np.nonzero(allowed)
    binaries = cp.Variable(len(stage), boolean=True)
    promise, served = cp.Variable(len(members), nonneg=True), cp.Variable(len(members), nonneg=True)
    of_stage = sp.csr_array((np.ones(len(stage)), (stage, np.arange(len(stage)))), shape=(len(members), len(stage)))
    scale = max(float(cost[allowed].max(initial=0.0)), 1e-9)
    end, start = (sp.csr_array((np.ones(len(arcs)), (np.arange(len(arcs)), arcs[:, side])),
                               shape=(len(arcs), len(members))) for side in (1, 0))  # fmt: skip
    problem = cp.Problem(
        cp.Minimize(cost[allowed] / scale @ binaries),
        [
            of_stage @ binaries == 1,
            (of_stage * lasts[None, :]) @ binaries == served + time - promise,
            end @ served >= start @ promise,
            promise <= np.minimum(stages.longest_promise[members], ways),
        ],
    )
    options = {"time_limit": float(time_limit), "mip_rel_gap": GAP, "parallel": "off"}
    problem.solve(solver=cp.HIGHS, warm_start=False, canon_backend="SCIPY", highs_options=options)
    if problem.status != cp.OPTIMAL:
        mend = "raise time_limit in the supply section, or set safety_stock_placement: single"
        message = f"no placement of safety stock: {problem.status}"
        raise PlanningError(Problem("supply", "time_limit", f"{time_limit:g}", message, mend))
    return lasts[binaries.value > 0.5]


def _promises(stages: Stages, lasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Promises from the net replenishment times chosen, S = SI + T - time, and the times that then remain.

    From the first stage on, with SI as short as it is: a solution may wait for nothing, which this takes out; no
    stage's stock has to last longer for it.
    """
    promise = np.zeros(len(lasts), dtype=int)
    while True:
        served = np.zeros(len(lasts), dtype=int)
        np.maximum.at(served, stages.feeds[:, 1], promise[stages.feeds[:, 0]])
        found = np.minimum(np.maximum(served + stages.time - lasts, 0), stages.longest_promise)
        if (found == promise).all():
            return promise, served + stages.time - promise
        promise = found
