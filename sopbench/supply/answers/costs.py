"""What the plan costs, by family, bucket and line; the lines add up to the objective of the model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy.sparse as sp

from sopbench.supply.answers.optimum import Optimum, without_noise
from sopbench.supply.answers.results import worked_hours
from sopbench.supply.model.last_plan import change_prices
from sopbench.supply.model.limits import level_machines
from sopbench.supply.model.model import METHOD_LINES, Inputs


def cost_table(scenario: str, inputs: Inputs, optimum: Optimum, items: pd.DataFrame) -> pd.DataFrame:
    """The costs table, in money; rows of 0 are left out.

    What a source costs falls in the bucket of arrival, hours in the bucket they are worked in, by each family's part
    of the load; people's wages, hiring and laying off by its part of what they work over the horizon. source_share and
    broken_promises, which are measured over the horizon, fall in the last bucket.
    """
    network, groups = inputs.network, inputs.demand.groups
    family = items.set_index("item_id")["family"]
    of_node = network.nodes["item_id"].map(family)
    of_group = groups["item_id"].map(family)
    of_edge = network.edges["item_id"].map(family)
    names = pd.Index(sorted(family.dropna().unique()))
    total: dict[str, np.ndarray] = {}
    for families, lines in (
        (of_edge, [*_edge_lines(inputs, optimum), *_people_lines(inputs, optimum)]),
        (of_node, _node_lines(inputs, optimum)),
        (of_group, _group_lines(inputs, optimum)),
    ):
        belongs = _belongs(families, names)
        for line, values in lines:
            total[line] = total.get(line, 0.0) + belongs @ values
    every = pd.Index(sorted(total))
    values = np.stack([total[line] for line in every], axis=-1)
    at_family, at_bucket, at_line = at = np.nonzero(values)  # in this order the rows are sorted
    rows = {"family": names[at_family], "bucket": network.buckets[at_bucket], "line": every[at_line]}
    return pd.DataFrame({"scenario": scenario, **rows, "value": values[at]})


def _belongs(families: pd.Series, names: pd.Index) -> sp.csr_array:
    """Families × rows, 1 where a row belongs to a family."""
    at = names.get_indexer(families)
    rows = np.flatnonzero(at >= 0)
    return sp.csr_array((np.ones(len(rows)), (at[rows], rows)), shape=(len(names), len(families)))


def _edge_lines(inputs: Inputs, optimum: Optimum) -> list[tuple[str, np.ndarray]]:
    """Cost lines that belong to an edge, edges × buckets."""
    network, prices = inputs.network, inputs.prices
    paid = prices.source[:, None] * optimum.arrivals
    method = network.edges["method"].to_numpy()[:, None]
    hours = _hours_by_edge(inputs, optimum)
    regular, overtime = worked_hours(network, prices, optimum)
    total = optimum.arrivals.sum(axis=1)
    arriving = network.arrives.T @ (network.arrives @ total)
    least = network.edges["share_min"].fillna(0).to_numpy() * arriving
    most = network.edges["share_max"].fillna(1).to_numpy() * arriving
    beyond = np.zeros(optimum.arrivals.shape)
    missed = np.maximum(least - total, 0) + np.maximum(total - most, 0)
    beyond[:, -1] = prices.share * without_noise(missed[:, None])[:, 0]
    averaged = (prices.set_up / prices.lot)[:, None] * optimum.arrivals
    set_up = np.where(np.isnan(optimum.set_ups), averaged, prices.set_up[:, None] * np.nan_to_num(optimum.set_ups))
    changes = change_prices(inputs.settings, prices, optimum.changed.shape[1])
    return [
        *((line, paid * (method == name)) for name, line in METHOD_LINES.items()),
        ("regular_hours", hours(prices.regular[:, None] * _share(regular, optimum.load))),
        ("overtime_hours", hours(prices.overtime[:, None] * _share(overtime, optimum.load))),
        ("source_share", beyond),
        ("set_up", set_up),
        *((line, price * optimum.changed) for line, price in changes.items()),
    ]


def _hours_by_edge(inputs: Inputs, optimum: Optimum) -> Callable[[np.ndarray], np.ndarray]:
    """Money that each edge's hours cost (edges × buckets of start), from money an hour (resources × buckets)."""
    network = inputs.network
    single = ~np.isnan(optimum.set_ups)
    started, alone = network.started(optimum.arrivals), network.started(np.where(single, optimum.arrivals, 0.0))
    set_ups = network.started(np.nan_to_num(optimum.set_ups))
    averaged = network.loads - network.unit_loads

    def money(an_hour: np.ndarray) -> np.ndarray:
        each = started * (network.loads.T @ an_hour)
        return each - alone * (averaged.T @ an_hour) + set_ups * (network.setups.T @ an_hour)

    return money


def _people_lines(inputs: Inputs, optimum: Optimum) -> list[tuple[str, np.ndarray]]:
    """Wages, hiring, laying off and a level plan's hours, edges × buckets, parted by the hours edges take in all."""
    workforce, part = inputs.workforce, _part_of_load(inputs, optimum)
    level = level_machines(inputs.settings, inputs.network, workforce)
    rate = inputs.network.resources["cost_regular"].to_numpy(dtype=float)[level][:, None]
    hire, lay_off = (np.where(np.isfinite(each), each, 0.0)[:, None] for each in (workforce.hire, workforce.lay_off))
    return [
        ("wages", part[workforce.at].T @ (workforce.wage * optimum.heads)),
        ("hiring", part[workforce.at].T @ (hire * optimum.hired)),
        ("lay_off", part[workforce.at].T @ (lay_off * optimum.laid_off)),
        ("level_hours", part[level].T @ (rate * optimum.regular_limit[level])),
    ]


def _part_of_load(inputs: Inputs, optimum: Optimum) -> sp.csr_array:
    """Resources × edges: an edge's part of the hours worked over the horizon, or of a unit of each where none are."""
    loads = inputs.network.loads
    hours = loads @ sp.diags_array(inputs.network.started(optimum.arrivals).sum(axis=1))
    idle = hours.sum(axis=1) <= 0
    hours = hours + sp.diags_array(idle.astype(float)) @ loads
    total = hours.sum(axis=1)
    return sp.diags_array(np.divide(1.0, total, out=np.zeros(len(total)), where=total > 0)).tocsr() @ hours


def _node_lines(inputs: Inputs, optimum: Optimum) -> list[tuple[str, np.ndarray]]:
    """Cost lines that belong to an item-location, nodes × buckets."""
    targets, prices = inputs.targets, inputs.prices
    shortfall = without_noise(targets.target - optimum.stock)
    end = np.zeros(shortfall.shape)
    end[:, -1] = prices.end_shortfall * shortfall[:, -1]
    return [
        ("holding", prices.holding[:, None] * optimum.stock),
        ("excess_stock", prices.excess[:, None] * without_noise(optimum.stock - targets.comfortable)),
        ("write_off", prices.write_off[:, None] * optimum.written_off),
        ("safety_stock_shortfall", prices.shortfall[:, None] * shortfall),
        ("end_state", end),
    ]


def _group_lines(inputs: Inputs, optimum: Optimum) -> list[tuple[str, np.ndarray]]:
    """Cost lines that belong to customers, demand groups × buckets."""
    prices = inputs.prices
    end, promise = np.zeros((2, *optimum.backlog.shape))
    end[:, -1] = prices.end_backlog * optimum.backlog[:, -1]
    promise[:, -1] = prices.broken_promise * optimum.promise_broken
    return [
        ("backlog", prices.backlog[:, None] * optimum.backlog),
        ("lost_sales", prices.lost[:, None] * optimum.lost),
        ("end_state", end),
        ("broken_promises", promise),
    ]


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0)
