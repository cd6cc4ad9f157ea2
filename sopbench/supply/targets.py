"""How much stock each item-location is meant to hold: safety stock, least and greatest cover, shelf life."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from sopbench.params import Supply
from sopbench.supply.demand_lines import positions
from sopbench.supply.network import NODE, Network
from sopbench.supply.paths import Paths, requirements

P10_TO_P90 = 2 * ndtri(0.9)
"""Standard deviations of a normal distribution between its 10th and its 90th percentile (2.563)."""


@dataclass(frozen=True)
class Targets:
    """Limits of stock, nodes × buckets, in units: target ≤ comfortable ≤ limit.

    Below `target` the shortfall has a price; above `comfortable` (greatest cover) the excess has one; above `limit`
    (shelf life) nothing can be kept and is written off. inf = no such limit.
    """

    target: np.ndarray
    comfortable: np.ndarray
    limit: np.ndarray


def stock_targets(
    settings: Supply,
    network: Network,
    paths: Paths,
    *,
    items: pd.DataFrame,
    policies: pd.DataFrame,
    demand_plan: pd.DataFrame,
    wanted: np.ndarray,
) -> Targets:
    """Stock targets and limits of every node; `wanted` is customers' demand by node and bucket.

    The target is the safety stock (the policy's units, or computed) or the least cover, whichever is more; in the
    last bucket stock_end_min as well. Shelf life limits stock only where all of it goes to customers: nodes
    that feed other nodes are replenished to order by the plan, and their stock leaves in time or costs holding.
    """
    rows = network.nodes.merge(policies, on=NODE, how="left").merge(
        items[["item_id", "shelf_life", "strategy"]], on="item_id", how="left"
    )
    required = requirements(network, paths, wanted)
    safety_stock = _safety_stock(settings, network, paths, rows, demand_plan, wanted)
    given = rows["safety_stock"].to_numpy()[:, None]
    target = np.where(np.isnan(given), safety_stock, given)
    target = np.maximum(target, coming(required, rows["cover_min"].fillna(0).to_numpy()))
    target[:, -1] = np.maximum(target[:, -1], rows["stock_end_min"].fillna(0))
    if "stock_targets" in settings.without:
        target = np.zeros_like(target)
    feeds = np.asarray((network.uses + network.sends).sum(axis=1)).ravel() > 0
    perishes = rows["shelf_life"].notna().to_numpy() & (wanted.sum(axis=1) > 0) & ~feeds
    limit = np.where(perishes[:, None], coming(wanted, rows["shelf_life"].fillna(0).to_numpy()), np.inf)
    capped = rows["cover_max"].notna().to_numpy()
    comfortable = np.where(capped[:, None], coming(required, rows["cover_max"].fillna(0).to_numpy()), np.inf)
    target = np.minimum(target, limit)
    if settings.strategy == "chase":
        comfortable = np.maximum(target, _left_of_the_start(network, required))
    return Targets(target, np.clip(comfortable, target, limit), limit)


def _left_of_the_start(network: Network, required: np.ndarray) -> np.ndarray:
    """Stock that is there or under way and not yet required, nodes × buckets: all that a chase plan may hold."""
    given = network.opening[:, None] + np.cumsum(network.receipts, axis=1)
    return np.maximum(given - np.cumsum(required, axis=1), 0.0)


def coming(demand: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Demand of the `cover` buckets (by row; a part of a bucket counts in part) that follow each bucket.

    What lies after the horizon is taken to be the mean of the buckets with demand, or nothing where demand has
    ended before the last bucket.
    """
    horizon = demand.shape[1]
    alive = demand[:, -1] > 0
    level = np.where(alive, demand.sum(axis=1) / np.maximum((demand > 0).sum(axis=1), 1), 0.0)
    total = np.pad(np.cumsum(demand, axis=1), ((0, 0), (1, 0)))
    end = np.arange(1, horizon + 1) + cover[:, None]
    whole = np.minimum(np.floor(end).astype(int), horizon)
    part = np.where(end < horizon, end - whole, 0.0)
    following = np.pad(demand, ((0, 0), (0, 1)))
    at_end = np.take_along_axis(total, whole, axis=1) + part * np.take_along_axis(following, whole, axis=1)
    return at_end - total[:, 1:] + np.maximum(end - horizon, 0.0) * level[:, None]


def _safety_stock(
    settings: Supply,
    network: Network,
    paths: Paths,
    rows: pd.DataFrame,
    demand_plan: pd.DataFrame,
    wanted: np.ndarray,
) -> np.ndarray:
    """Safety stock computed from the forecast's error, nodes × buckets, in units; 0 for what is made to order.

    z × sigma × sqrt(lead time + 1), as stock is reviewed once a bucket; for a fill rate, z is the one whose unit
    normal loss leaves the allowed part of the demand unserved (Silver, Pyke & Thomas, Inventory and Production
    Management in Supply Chains, 4th ed., ch. 6, periodic review up to an order level). sigma is that of the first
    lead time + 1 buckets with demand, as a share of their demand, times the demand the stock has to cover: later
    buckets are uncertain for longer, but the plan will be made again before they come.
    """
    cover = paths.lead_time + 1
    sigma, expected = _forecast_error(network, demand_plan)
    near = (expected > 0) & (np.cumsum(expected > 0, axis=1) <= cover[:, None])
    share = (sigma * near).sum(axis=1) / np.maximum((expected * near).sum(axis=1), 1e-12)
    level = coming(wanted, cover) / cover[:, None]
    over_lead_time = share[:, None] * level * np.sqrt(cover)[:, None]
    served = rows["service_level"].fillna(settings.service_level).to_numpy()[:, None]
    by_cycle = ndtri(np.clip(served, 1e-9, None))
    by_fill = _z_of_fill_rate((1 - served) * level / np.maximum(over_lead_time, 1e-12))
    z = np.where((rows["service_type"] == "fill").to_numpy()[:, None], by_fill, by_cycle)
    return np.where((rows["strategy"] == "MTO").to_numpy()[:, None], 0.0, np.maximum(z, 0.0) * over_lead_time)


def _forecast_error(network: Network, demand_plan: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviation of the statistical forecast and that forecast itself, nodes × buckets.

    The band belongs to the statistical forecast: as a share of a consensus that was overridden it would mean little. A
    node's customers share one forecast, so their errors move together and their deviations add up.
    """
    node = pd.Series(network.nodes.index, index=pd.MultiIndex.from_frame(network.nodes))
    at = node.reindex(pd.MultiIndex.from_frame(demand_plan[NODE])).to_numpy(dtype=int)
    position = positions(demand_plan["bucket"], network.buckets).to_numpy()
    sigma, expected = np.zeros((2, len(node), len(network.buckets)))
    np.add.at(sigma, (at, position), (demand_plan["p90"] - demand_plan["p10"]).clip(lower=0).to_numpy() / P10_TO_P90)
    np.add.at(expected, (at, position), demand_plan["statistical"].to_numpy())
    return sigma, expected


def _z_of_fill_rate(loss: np.ndarray) -> np.ndarray:
    """The z whose unit normal loss G(z) = pdf(z) - z × (1 - cdf(z)) is `loss`."""
    z = np.linspace(-4.0, 6.0, 2001)
    return np.interp(-loss, z * ndtr(-z) - np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), z)
