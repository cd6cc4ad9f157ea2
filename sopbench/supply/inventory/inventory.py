"""Safety stock of the whole network: each place by itself and placed for all together, with what it ties up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.supply.inventory.placement import Stages, longest_way, place
from sopbench.supply.inventory.safety_stock import Need, main_draws
from sopbench.supply.network.network import Network
from sopbench.supply.network.paths import Paths

COMPUTED, POLICY, TO_ORDER, NO_SOURCE = "computed", "policy", "made to order", "no source"


@dataclass(frozen=True)
class Placed:
    """Stock placed for all together, by node: the rule, the promised service time, the buckets stock lasts, units."""

    rule: np.ndarray
    promise: np.ndarray
    cover: np.ndarray
    units: np.ndarray


def longest_cover(network: Network, paths: Paths, review: int) -> int:
    """Buckets that stock of any node may have to last, however it is placed."""
    return int(longest_way(_own_time(network, paths), _feeds(network, paths)).max(initial=0)) + review


def place_stock(network: Network, paths: Paths, need: Need, waits: np.ndarray, holding: np.ndarray, sells: np.ndarray,
                time_limit: float) -> Placed:  # fmt: skip
    """Place safety stock at least holding cost, by the guaranteed-service model.

    Args:
        need: what each node needs for all that draws on it.
        waits: buckets its customers agree to wait.
        holding: money to hold a unit for a bucket, by node.
        sells: whether customers buy there: they are told of the plan, and heard, once a review.
        time_limit: seconds the solver may take.

    What a policy says in units is not touched: more than 0 of what goes on to other places serves them at once; 0
    there means that none is held, and the wait is passed on. What is made to order lets its customers wait, and what
    has no source waits for nothing. Variable lead times count for each stock as though it lasted the whole way.
    """
    given = ~np.isnan(need.given)
    lost = (paths.main_edge < 0) | ~np.isfinite(paths.cost)
    to_order = need.to_order & ~(need.given > 0)
    rule = np.select([to_order, given, lost], [TO_ORDER, POLICY, NO_SOURCE], COMPUTED)
    passes = given & ~to_order & (need.given == 0) & ~sells
    fixed = (rule != COMPUTED) & ~passes
    feeds = _feeds(network, paths)
    feeds = feeds[~fixed[feeds].any(axis=1)]
    time = np.where(fixed, 0, _own_time(network, paths) + np.where(sells, need.review, 0))
    longest = int(longest_way(time, feeds).max(initial=0))
    covers = np.arange(longest + 1)
    units = np.stack([need.units(np.full(len(time), cover)) for cover in covers], axis=1)
    # a longer cover never costs less, whatever measured quantiles say
    cost = np.maximum.accumulate(holding[:, None] * units, axis=1)
    cost = np.where(passes[:, None], np.where(covers == 0, 0.0, np.inf), cost)
    bound = np.where(fixed, 0, np.where(sells, waits, longest + 1))
    promise, lasts = place(Stages(time, bound.astype(int), cost, feeds), time_limit)
    cover = np.where(fixed, need.cover, lasts)
    held = np.where(given & ~to_order, need.given, np.where(to_order | lost, 0.0, need.units(lasts)))
    promise = np.where(to_order, paths.lead_time + need.review, promise)
    return Placed(rule, promise, cover, held)


def inventory_table(
    network: Network, paths: Paths, need: Need, placed: Placed, worth: np.ndarray, holding: np.ndarray
) -> pd.DataFrame:
    """The table inventory_targets: safety stock each by itself and placed for all, in units and money.

    Units are those at mean demand over the horizon; the plan's targets follow demand up and down. `worth` is the
    money a unit ties up, `holding` what it costs a bucket.
    """
    by_itself = np.where(placed.rule == COMPUTED, need.units(need.cover), placed.units)
    frame = network.nodes.assign(
        rule=placed.rule,
        service_level=need.served,
        lead_time=_own_time(network, paths),
        demand=need.mean,
        deviation=need.deviation(need.cover),
        unit_cost=worth,
        holding_cost=holding,
        single_cover=need.cover,
        single_safety_stock=by_itself,
        single_value=by_itself * worth,
        service_time=placed.promise.astype(int),
        multi_cover=placed.cover,
        multi_safety_stock=placed.units,
        multi_value=placed.units * worth,
        saving=(by_itself - placed.units) * holding,
    )
    return checked(frame, table("inventory_targets"))


def _own_time(network: Network, paths: Paths) -> np.ndarray:
    """Buckets the main source alone takes; 0 where there is none."""
    return np.append(network.lead_time, 0)[paths.main_edge].astype(int)  # -1 is the 0 at the end


def _feeds(network: Network, paths: Paths) -> np.ndarray:
    """Arcs × 2: which node feeds which by its main source."""
    drawn = main_draws(network, paths).tocoo()
    return np.stack([drawn.row, drawn.col], axis=1).astype(int)
