"""The way to a unit where nothing is in stock: its cheapest source, what it then costs, how soon it can arrive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from sopbench.supply.network.network import Network


@dataclass(frozen=True)
class Paths:
    """Facts of the network that hold whatever the demand.

    By node: `main_edge` (the cheapest source; -1 = none), `cost` (money a unit by it, all components and regular
    hours included; inf = it cannot be got), `ready` (the first bucket a unit can arrive in when nothing is in
    stock: the cumulative lead time; inf = never), `lead_time` (buckets to replenish it by its main source, through
    the moves that bring it), `late` (the standard deviation of that lead time). By edge: `edge_cost`, `edge_ready`.
    """

    main_edge: np.ndarray
    cost: np.ndarray
    ready: np.ndarray
    lead_time: np.ndarray
    late: np.ndarray
    edge_cost: np.ndarray
    edge_ready: np.ndarray


def find_paths(network: Network) -> Paths:
    """The cheapest source, cost and earliest arrival of every node."""
    main_edge, cost, edge_cost = _cheapest(network)
    ready, edge_ready = _earliest(network)
    lead_time = _replenishment(network, main_edge, network.lead_time)
    varies = network.edges["lead_time_deviation"].fillna(0.0).to_numpy()
    late = np.sqrt(_replenishment(network, main_edge, varies**2))
    return Paths(main_edge, cost, ready, lead_time, late, edge_cost, edge_ready)


def requirements(network: Network, paths: Paths, demand: np.ndarray) -> np.ndarray:
    """Units required of every node (nodes × buckets): its own demand and, by main sources, that of what it goes into.

    Lead times are left out, as this measures how much is needed and not when.
    """
    drawn = (network.uses + network.sends).tocsc()
    at = np.flatnonzero((paths.main_edge >= 0) & np.isfinite(paths.cost))
    draws = drawn[:, paths.main_edge[at]]
    total, added = demand, demand
    while added.any():
        added = draws @ added[at]
        total = total + added
    return total


def _cheapest(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Main edge and cost by node, cost by edge."""
    own = network.edges["unit_cost"].to_numpy() + network.loads.T @ network.resources["cost_regular"].to_numpy()
    draws = (network.uses + network.sends).T.tocsr()
    return cheapest_sources(network.edges["node"].to_numpy(), draws, own, np.full(len(network.nodes), np.inf))


def cheapest_sources(
    node: np.ndarray, draws: sp.csr_array, own: np.ndarray, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The source by which each node costs least, all levels included (-1 = none), that cost, and each source's.

    `node` and `own` say where a source arrives and what it costs itself, `draws` (sources × nodes) what it draws on,
    `before` what a node costs without any source. Bellman's iteration: a main source changes only for a cheaper one,
    so no way ever goes in a circle.
    """
    cost, main = before.copy(), np.full(len(before), -1)
    while True:
        by_source = own + draws @ cost
        order = np.lexsort((np.arange(len(node)), by_source, node))
        first = order[np.unique(node[order], return_index=True)[1]]
        better = first[by_source[first] < cost[node[first]] * (1 - 1e-12)]
        if not len(better):
            return main, cost, by_source
        cost[node[better]], main[node[better]] = by_source[better], better


def _earliest(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """The first bucket of arrival by node and by edge: an edge waits for the last thing it draws on."""
    node, draws = network.edges["node"].to_numpy(), (network.uses + network.sends).tocoo()
    ready = np.full(len(network.nodes), np.inf)
    while True:
        waits = np.zeros(len(node))
        np.maximum.at(waits, draws.col, ready[draws.row])
        edge_ready = network.lead_time + waits
        found = np.full(len(network.nodes), np.inf)
        np.minimum.at(found, node, edge_ready)
        if (found == ready).all():
            return ready, edge_ready
        ready = found


def _replenishment(network: Network, main_edge: np.ndarray, of_edge: np.ndarray) -> np.ndarray:
    """Lead time (or its variance) by the main source, from that of each edge.

    A move adds that of where it comes from, which may hold no stock of its own.
    """
    sent = network.sends.tocoo()
    origin = pd.Series(sent.row, index=sent.col).reindex(np.arange(len(network.edges)), fill_value=-1).to_numpy()
    total, edge = np.zeros(len(main_edge)), main_edge.copy()
    while (edge >= 0).any():
        total += np.where(edge >= 0, of_edge[edge], 0)
        before = np.where(edge >= 0, origin[edge], -1)
        edge = np.where(before >= 0, main_edge[before], -1)
    return total
