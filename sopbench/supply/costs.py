"""What the plan costs, by family, bucket and line; the lines add up to the objective of the model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.supply.demand_lines import DemandLines
from sopbench.supply.model import METHOD_LINES
from sopbench.supply.network import Network
from sopbench.supply.prices import Prices
from sopbench.supply.results import worked_hours
from sopbench.supply.solve import Optimum, without_noise
from sopbench.supply.targets import Targets


def cost_table(
    scenario: str,
    network: Network,
    demand: DemandLines,
    targets: Targets,
    prices: Prices,
    optimum: Optimum,
    items: pd.DataFrame,
) -> pd.DataFrame:
    """The costs table, in money; rows of 0 are left out.

    What a source costs falls in the bucket of arrival, hours in the bucket they are worked in, by each family's part
    of the load. source_share, which is measured over the horizon, falls in the last bucket.
    """
    family = items.set_index("item_id")["family"]
    of_node = network.nodes["item_id"].map(family)
    of_group = demand.groups["item_id"].map(family)
    of_edge = network.edges["item_id"].map(family)
    long = [
        _by_family(line, values, families, network.buckets)
        for families, lines in (
            (of_edge, _edge_lines(network, prices, optimum)),
            (of_node, _node_lines(targets, prices, optimum)),
            (of_group, _group_lines(prices, optimum)),
        )
        for line, values in lines
    ]
    rows = pd.concat(long, ignore_index=True)
    rows = rows.groupby(["family", "bucket", "line"], as_index=False)["value"].sum()
    rows = rows[rows["value"] != 0].sort_values(["family", "bucket", "line"], ignore_index=True)
    return rows.assign(scenario=scenario)[["scenario", "family", "bucket", "line", "value"]]


def _edge_lines(network: Network, prices: Prices, optimum: Optimum) -> list[tuple[str, np.ndarray]]:
    """Cost lines that belong to an edge, edges × buckets."""
    paid = prices.source[:, None] * optimum.arrivals
    method = network.edges["method"].to_numpy()[:, None]
    regular, overtime = worked_hours(network, prices, optimum)
    started = network.started(optimum.arrivals)
    total = optimum.arrivals.sum(axis=1)
    arriving = network.arrives.T @ (network.arrives @ total)
    least = network.edges["share_min"].fillna(0).to_numpy() * arriving
    most = network.edges["share_max"].fillna(1).to_numpy() * arriving
    beyond = np.zeros(optimum.arrivals.shape)
    missed = np.maximum(least - total, 0) + np.maximum(total - most, 0)
    beyond[:, -1] = prices.share * without_noise(missed[:, None])[:, 0]
    return [
        *((line, paid * (method == name)) for name, line in METHOD_LINES.items()),
        ("regular_hours", started * (network.loads.T @ (prices.regular[:, None] * _share(regular, optimum.load)))),
        ("overtime_hours", started * (network.loads.T @ (prices.overtime[:, None] * _share(overtime, optimum.load)))),
        ("source_share", beyond),
    ]


def _node_lines(targets: Targets, prices: Prices, optimum: Optimum) -> list[tuple[str, np.ndarray]]:
    """Cost lines that belong to an item-location, nodes × buckets."""
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


def _group_lines(prices: Prices, optimum: Optimum) -> list[tuple[str, np.ndarray]]:
    """Cost lines that belong to customers, demand groups × buckets."""
    end = np.zeros(optimum.backlog.shape)
    end[:, -1] = prices.end_backlog * optimum.backlog[:, -1]
    return [
        ("backlog", prices.backlog[:, None] * optimum.backlog),
        ("lost_sales", prices.lost[:, None] * optimum.lost),
        ("end_state", end),
    ]


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0)


def _by_family(line: str, values: np.ndarray, families: pd.Series, buckets: pd.DatetimeIndex) -> pd.DataFrame:
    """Money of one line, rows × buckets, added up by family, as a long frame."""
    rows = pd.DataFrame(values, columns=buckets).groupby(families.to_numpy()).sum()
    return rows.rename_axis(index="family").reset_index().melt("family", var_name="bucket").assign(line=line)
