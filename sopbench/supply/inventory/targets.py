"""How much stock each item-location is meant to hold: safety stock, least and greatest cover, shelf life."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.params import Supply
from sopbench.supply.inventory.inventory import COMPUTED, Placed, longest_cover, place_stock
from sopbench.supply.inventory.safety_stock import Need, own_need, shared_need
from sopbench.supply.network.network import NODE, Network
from sopbench.supply.network.paths import Paths, requirements


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
    lead_time_demand: pd.DataFrame | None = None,
    holding: np.ndarray | None = None,
) -> Targets:
    """Stock targets and limits of every node; `wanted` is customers' demand by node and bucket.

    `lead_time_demand` holds the errors measured over several buckets together; `holding` is money a unit and bucket by
    node, which decides where stock is placed when it is placed for all together.

    The target is the safety stock (the policy's units, or computed, times the settings' safety factor) or the least
    cover, whichever is more; in the last bucket stock_end_min as well. Shelf life limits stock only where all of it
    goes to customers: nodes that feed other nodes are replenished to order by the plan, and their stock leaves in time
    or costs holding.
    """
    rows = about(settings, network, items, policies)
    required = requirements(network, paths, wanted)
    if settings.safety_stock_placement == "multi":
        need, placed = placement(settings, network, paths, rows, demand_plan, lead_time_demand, wanted, holding)
        cover = np.where(placed.rule == COMPUTED, placed.cover, 0)
    else:
        need = own_need(settings, network, paths, rows, demand_plan, lead_time_demand, wanted)
        cover = need.cover
    safety_stock = need.share(cover)[:, None] * coming(need.demand, cover)
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


def about(settings: Supply, network: Network, items: pd.DataFrame, policies: pd.DataFrame) -> pd.DataFrame:
    """Each node's policy, and its item's shelf life and strategy; nan where there is no policy.

    Beside it the settings' safety_factor, 1 for a family not named; the policy's units are already times that. Raises
    PlanningError where the settings name a family there is not.
    """
    rows = network.nodes.merge(policies, on=NODE, how="left").merge(
        items[["item_id", "family", "shelf_life", "strategy"]], on="item_id", how="left"
    )
    said = settings.safety_factor
    if isinstance(said, dict):
        _refuse_unknown(said, items["family"])
    rows["safety_factor"] = rows["family"].map(said).fillna(1.0) if isinstance(said, dict) else said
    return rows.assign(safety_stock=rows["safety_stock"] * rows["safety_factor"])


def _refuse_unknown(factors: dict[str, float], families: pd.Series) -> None:
    known = sorted(families.unique())
    problems = []
    for name in sorted(set(factors) - set(known)):
        near = get_close_matches(name, known, 1)
        mend = f"did you mean {near[0]}?" if near else "use " + ", ".join(known)
        problems.append(Problem("params", "supply.safety_factor", name, "there is no such family", mend))
    if problems:
        raise PlanningError(problems)


def placement(
    settings: Supply,
    network: Network,
    paths: Paths,
    rows: pd.DataFrame,
    demand_plan: pd.DataFrame,
    lead_time_demand: pd.DataFrame | None,
    wanted: np.ndarray,
    holding: np.ndarray | None,
) -> tuple[Need, Placed]:
    """What each node needs for all that draws on it, and where stock for that is best held (arguments: see above)."""
    longest = longest_cover(network, paths, settings.review)
    own = own_need(settings, network, paths, rows, demand_plan, lead_time_demand, wanted, longest)
    need = shared_need(network, paths, own, rows["demand_deviation"].to_numpy())
    waits = np.floor(rows["service_time"].fillna(0.0).to_numpy())
    cost = np.ones(len(rows)) if holding is None else holding
    sells = wanted.sum(axis=1) > 0
    return need, place_stock(network, paths, need, waits, cost, sells, settings.time_limit)
