"""The safety stock that an item-location needs: of which demand, for how many buckets, at which service.

Two views of the network: each place sees to its own customers, or every place sees to all that draws on it, whose
errors partly make up for each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp

from sopbench.params import Supply
from sopbench.supply.inventory.cover_error import TINY, CoverError, measure, surplus_share
from sopbench.supply.network.network import Network
from sopbench.supply.network.paths import Paths, requirements


@dataclass(frozen=True)
class Need:
    """What decides the safety stock of each node.

    `demand` (nodes × buckets) is what the stock covers, `error` how far it may be off; `served` the share of cycles or
    (`by_fill`) of units to be served; `late` the deviation of the lead time; `cover` the buckets it lasts where each
    place sees to itself; `factor` multiplies what is computed; `to_order` = made to order: customers wait, none is
    held; `given` the policies' units, already times that (nan).
    """

    demand: np.ndarray
    error: CoverError
    served: np.ndarray
    by_fill: np.ndarray
    late: np.ndarray
    cover: np.ndarray
    factor: np.ndarray
    to_order: np.ndarray
    given: np.ndarray
    review: int

    @property
    def mean(self) -> np.ndarray:
        """Mean demand of a bucket, by node."""
        return self.demand.mean(axis=1)

    def share(self, cover: np.ndarray) -> np.ndarray:
        """Safety stock as a share of the demand of the buckets it must last."""
        found = surplus_share(self.error, cover, self.served, self.by_fill, self.review, self.late)
        return np.where(self.to_order, 0.0, found * self.factor)

    def units(self, cover: np.ndarray) -> np.ndarray:
        """Safety stock in units where demand is at its mean, by node."""
        return self.share(cover) * cover * self.mean

    def deviation(self, cover: np.ndarray) -> np.ndarray:
        """Standard deviation of demand over the cover in units, where demand is at its mean; 0 over no cover."""
        at = np.clip(cover, 1, self.error.longest) - 1
        share = np.take_along_axis(self.error.deviation, at[:, None], axis=1)[:, 0]
        return share * cover * self.mean


def own_need(
    settings: Supply,
    network: Network,
    paths: Paths,
    rows: pd.DataFrame,
    demand_plan: pd.DataFrame,
    lead_time_demand: pd.DataFrame | None,
    wanted: np.ndarray,
    longest: int = 0,
) -> Need:
    """What each place needs for its own customers, over lead time and review.

    `rows` holds each node's policy and its item's strategy; `wanted` is customers' demand by node and bucket.
    Customers that agree to wait (service_time) shorten the cover. A deviation of demand stated in the policies comes
    before what was measured.
    """
    sells = wanted.sum(axis=1) > 0
    waits = np.floor(rows["service_time"].fillna(0.0).to_numpy())
    cover = np.where(sells, np.maximum(paths.lead_time + settings.review - waits, 0), 0).astype(int)
    longest = max(int(cover.max(initial=1)), longest, 1)
    error = measure(network, demand_plan, lead_time_demand, longest)
    if settings.safety_stock_by == "normal":
        error = replace(error, beyond=np.full_like(error.beyond, np.nan))
    stated = rows["demand_deviation"].to_numpy()
    return Need(
        demand=wanted,
        error=_with_stated(error, stated, wanted.mean(axis=1)),
        served=rows["service_level"].fillna(settings.service_level).to_numpy(),
        by_fill=(rows["service_type"] == "fill").to_numpy(),
        late=paths.late,
        cover=cover,
        factor=rows["safety_factor"].to_numpy(dtype=float),
        to_order=(rows["strategy"] == "MTO").to_numpy(),
        given=rows["safety_stock"].to_numpy(),
        review=settings.review,
    )


def shared_need(network: Network, paths: Paths, own: Need, stated: np.ndarray) -> Need:
    """What each place needs for all that draws on it by main sources: its own customers and what it goes into.

    Variances of what different places' customers demand add up, as their errors are taken to be independent: the stock
    of a place that feeds several is less than theirs together. What is made to order draws nothing unforeseen: its
    customers wait. `stated` is each node's deviation of demand of a bucket in units (nan = none).
    """
    required = requirements(network, paths, own.demand)
    draws, reach = main_draws(network, paths), sp.eye_array(len(network.nodes), format="csr")
    step = reach
    while step.nnz:
        step = draws @ step
        reach = reach + step
    covers = np.arange(1, own.error.longest + 1)
    units = own.error.deviation * covers * own.mean[:, None]
    units[own.to_order] = 0.0
    together = np.sqrt(reach.power(2) @ units**2)
    mean = required.mean(axis=1)
    alone = np.asarray(abs(reach).sum(axis=1)).ravel() == 1
    deviation = np.where(
        alone[:, None], own.error.deviation, together / np.maximum(covers * np.maximum(mean, TINY)[:, None], TINY)
    )
    error = CoverError(deviation, np.where(alone[:, None, None], own.error.beyond, np.nan))
    feeds = feeds_a_make(network, paths)
    cover = np.where((own.cover == 0) & feeds & (own.demand.sum(axis=1) == 0), paths.lead_time, own.cover)
    return replace(own, demand=required, error=_with_stated(error, stated, mean), cover=cover.astype(int))


def main_draws(network: Network, paths: Paths) -> sp.csr_array:
    """Nodes × nodes: units of the row's node that go into one unit of the column's by its main source."""
    at = np.flatnonzero((paths.main_edge >= 0) & np.isfinite(paths.cost))
    drawn = (network.uses + network.sends).tocsc()[:, paths.main_edge[at]].tocoo()
    shape = (len(network.nodes),) * 2
    return sp.coo_array((drawn.data, (drawn.row, at[drawn.col])), shape=shape).tocsr()


def feeds_a_make(network: Network, paths: Paths) -> np.ndarray:
    """Whether a node is a component in some node's main source; what is only moved on holds no stock of its own."""
    used = network.uses.tocsc()[:, paths.main_edge[paths.main_edge >= 0]]
    return np.asarray(used.sum(axis=1)).ravel() > 0


def _with_stated(error: CoverError, stated: np.ndarray, mean: np.ndarray) -> CoverError:
    """The error with stated deviations (units a bucket, each independent) in place of measured ones."""
    covers = np.arange(1, error.longest + 1)
    share = stated[:, None] / np.sqrt(covers) / np.maximum(mean, TINY)[:, None]
    told = ~np.isnan(stated) & (mean > 0)
    deviation = np.where(told[:, None], share, error.deviation)
    return CoverError(deviation, np.where(told[:, None, None], np.nan, error.beyond))
