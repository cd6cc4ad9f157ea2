"""Whole lots, set-ups and campaigns in the first buckets; later lots are averaged over a usual one."""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np
import pandas as pd
import scipy.sparse as sp

from sopbench.supply.network.network import Network


@dataclass(frozen=True)
class Lots:
    """The arrivals that come in whole lots: one row each, an edge and the bucket it arrives in.

    A lot is at least `least` units, a multiple of `multiple` (0 = any), never more than `most`. Lots of a source one
    bucket after another may be a campaign, set up for once.
    """

    edge: np.ndarray
    bucket: np.ndarray
    least: np.ndarray
    multiple: np.ndarray
    most: np.ndarray
    spread: sp.csr_array  # edges × buckets (flat, row by row) by lots: 1 where the lot is
    campaign: np.ndarray  # buckets its campaign runs at least; 0 = it is set up for by itself
    before: sp.csr_array  # lots × lots: 1 at the lot of the bucket before, of the same campaign source
    running: np.ndarray  # 1 where its campaign runs already as the first bucket begins

    def table(self, of_lots, shape: tuple[int, int]):
        """Values by lot as edges × buckets (an array or a cvxpy expression), 0 where there is no lot."""
        flat = self.spread @ of_lots
        return cp.reshape(flat, shape, order="C") if isinstance(flat, cp.Expression) else flat.reshape(shape)

    def begun(self, set_up: np.ndarray) -> np.ndarray:
        """Lots that take a set-up, from those that are set up: of a campaign only the first."""
        return np.where(self.campaign > 0, np.maximum(set_up - self.before @ set_up - self.running, 0.0), set_up)


@dataclass(frozen=True)
class LotDecisions:
    """For each lot whether it is set up, whether that takes a set-up, and how many multiples it holds."""

    set_up: cp.Variable
    begun: cp.Expression
    multiples: cp.Variable


def usual_lot(edges: pd.DataFrame, required: np.ndarray) -> np.ndarray:
    """Units over which what a lot costs is averaged, by edge: its least or multiple, else a mean bucket's requirement.

    `required` (nodes × buckets) is what is needed of each node.
    """
    stated = edges[["lot_min", "lot_multiple"]].max(axis=1).to_numpy()
    mean = required.mean(axis=1)[edges["node"].to_numpy()] if len(edges) else np.zeros(0)
    return np.where(stated > 0, stated, np.where(mean > 0, mean, 1.0))


def find_lots(network: Network, lot_fence: int, most: np.ndarray, running: np.ndarray | None = None) -> Lots:
    """The arrivals started in the first `lot_fence` buckets whose source has lots, campaigns, set-up hours or cost.

    `most` (edges × buckets of arrival) is the most a lot can hold. `running` (edges) marks the sources that were at
    work in the bucket before the first. A bucket of a campaign makes at least the smallest lot, or one unit where none
    is said.
    """
    edges = network.edges
    start = np.arange(len(network.buckets)) - network.lead_time[:, None]
    edge, bucket = np.nonzero(_in_lots(network)[:, None] & (start >= 0) & (start < lot_fence))
    least, multiple = edges["lot_min"].to_numpy()[edge], edges["lot_multiple"].to_numpy()[edge]
    most = most[edge, bucket]
    flat = edge * len(network.buckets) + bucket
    shape = (len(edges) * len(network.buckets), len(edge))
    spread = sp.coo_array((np.ones(len(edge)), (flat, np.arange(len(edge)))), shape=shape).tocsr()
    campaign = edges["campaign_min"].to_numpy()[edge]
    least = np.where((campaign > 0) & (least <= 0), np.minimum(np.where(multiple > 0, multiple, 1.0), most), least)
    follows = (np.diff(edge, prepend=-1) == 0) & (campaign > 0)
    at = np.flatnonzero(follows)
    before = sp.coo_array((np.ones(len(at)), (at, at - 1)), shape=(len(edge), len(edge))).tocsr()
    first = (start[edge, bucket] == 0) & (campaign > 0)
    ran = first & (np.zeros(len(edges), dtype=bool) if running is None else running)[edge]
    return Lots(edge, bucket, least, multiple, most, spread, campaign, before, ran.astype(float))


def _in_lots(network: Network) -> np.ndarray:
    """Edges: whether the source has lots, campaigns, set-up hours or cost."""
    set_up = np.asarray(network.setups.sum(axis=0)).ravel() > 0
    stated = network.edges[["lot_min", "lot_multiple", "setup_cost", "campaign_min"]] > 0
    return stated.any(axis=1).to_numpy() | set_up


def most_in_a_lot(
    network: Network,
    lot_fence: int,
    wanted: np.ndarray,
    targets: np.ndarray,
    hours: np.ndarray,
    planned_before: np.ndarray | None = None,
) -> np.ndarray:
    """Units of each edge in each bucket of arrival (an upper bound) that one lot can hold.

    No more than the source gives and than there are `hours` for (resources × buckets; inf = no limit), and no more than
    a whole lot beyond all that is needed there. `wanted` and `targets` are nodes × buckets. All that last cycle's plan
    starts (`planned_before`, edges × the buckets in which it counts) may be made again, needed or not.
    """
    edges = network.edges
    if not lot_fence:
        return np.zeros((len(edges), len(network.buckets)))
    whole = edges[["lot_min", "lot_multiple"]].max(axis=1).to_numpy()
    whole = np.where(edges["campaign_min"].to_numpy() > 0, np.maximum(whole, 1.0), whole)
    limit = np.where(network.in_time, edges["qty_max"].fillna(np.inf).to_numpy()[:, None], 0.0)
    limit = np.minimum(limit, _most_by_hours(network, hours))
    spare = whole * _in_lots(network) * min(lot_fence, len(network.buckets))
    own = wanted.sum(axis=1) + targets.max(axis=1, initial=0.0)
    if planned_before is not None:
        own = own + network.arrives @ planned_before.sum(axis=1)
    needed = most_needed(network, own, spare, limit.sum(axis=1))
    most = (needed[edges["node"].to_numpy()] + whole)[:, None]
    multiple = edges["lot_multiple"].to_numpy()[:, None]
    most = np.where(multiple > 0, np.ceil(most / np.where(multiple > 0, multiple, 1.0)) * multiple, most)
    return np.minimum(most, limit)


def _most_by_hours(network: Network, hours: np.ndarray) -> np.ndarray:
    """Edges × buckets of arrival: units that all hours of the bucket in which they start suffice for."""
    loads = network.unit_loads.tocoo()
    most = np.full((len(network.edges), len(network.buckets)), np.inf)
    np.minimum.at(most, loads.col, hours[loads.row] / loads.data[:, None])
    start = np.arange(len(network.buckets)) - network.lead_time[:, None]
    return np.where(start >= 0, np.take_along_axis(most, np.maximum(start, 0), axis=1), 0.0)


def most_needed(network: Network, own: np.ndarray, spare: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Units of each node (an upper bound) that its `own` demand and stock and all that goes into others take.

    Every source is taken to serve all of it, whichever is used in the end, as far as the `most` it can bring in the
    horizon; and to bring so many to `spare` (both by edge), as its lots are whole. Stock sent in a circle serves
    nothing: no place needs more of an item than all places together, but for what is lost on the way.
    """
    node = network.edges["node"].to_numpy()
    names, item = np.unique(network.nodes["item_id"].to_numpy(dtype=str), return_inverse=True)
    moves = (network.edges["method"] == "move").to_numpy()
    longest_way = np.bincount(item, minlength=len(names))  # no more moves than there are places
    lost = np.ones(len(names))
    np.minimum.at(lost, item[node[moves]], network.edges["yield_share"].to_numpy()[moves])
    worst = np.minimum(1 / lost**longest_way, 1e6)
    uses, draws = network.uses.tocsr(), (network.uses + network.sends).tocsr()
    of_places = np.bincount(item, weights=own, minlength=len(names))
    spare_of = np.bincount(item[node], weights=spare, minlength=len(names))
    together = of_places
    for _ in range(len(names) + 1):  # a bill of material has no more levels than items, as it does not loop
        brought = np.minimum(((together + spare_of) * worst)[item[node]], most)
        more = of_places + np.bincount(item, weights=uses @ brought, minlength=len(names))
        if np.array_equal(more, together):
            break
        together = more
    ceiling = ((together + spare_of) * worst)[item]
    total = own
    for _ in range(MOST_LEVELS):
        more = np.minimum(own + draws @ np.minimum(total[node] + spare, most), ceiling)
        if np.array_equal(more, total):
            return total
        total = more
    return np.where(draws @ np.ones(len(node)) > 0, ceiling, total)


MOST_LEVELS = 12
"""Levels of bill of material and moves followed; beyond them all that goes into others counts in full."""


def define_lots(lots: Lots) -> LotDecisions:
    """Variables: set up or not, the start of a campaign, and whole multiples where lots come in them."""
    multiples = np.where(lots.multiple > 0, np.floor(lots.most / np.where(lots.multiple > 0, lots.multiple, 1.0)), 0.0)
    set_up = cp.Variable(len(lots.edge), boolean=True)
    begun = set_up
    if (at := np.flatnonzero(lots.campaign > 0)).size:
        into = sp.coo_array((np.ones(len(at)), (at, np.arange(len(at)))), shape=(len(lots.edge), len(at))).tocsr()
        starts = cp.Variable(len(at), bounds=[np.zeros(len(at)), np.ones(len(at))])
        begun = cp.multiply((lots.campaign == 0).astype(float), set_up) + into @ starts
    return LotDecisions(
        set_up=set_up,
        begun=begun,
        multiples=cp.Variable(len(lots.edge), integer=True, bounds=[np.zeros(len(lots.edge)), multiples]),
    )


def lot_rules(lots: Lots, decisions: LotDecisions, arrivals: cp.Variable) -> list[cp.Constraint]:
    """What arrives is nothing or at least the smallest lot, in whole multiples, and set up for.

    A campaign starts where the bucket before is not set up (Pochet & Wolsey, Production Planning by Mixed Integer
    Programming: start-up variables), and once started is set up for all the buckets it must run, as far as the fence.
    """
    if not len(lots.edge):
        return []
    units = lots.spread.T.tocsr() @ cp.vec(arrivals, order="C")
    rules = [units <= cp.multiply(lots.most, decisions.set_up)]
    if (small := np.flatnonzero(lots.least > 0)).size:
        rules.append(units[small] >= cp.multiply(lots.least[small], decisions.set_up[small]))
    if (whole := np.flatnonzero(lots.multiple > 0)).size:
        rules.append(units[whole] == cp.multiply(lots.multiple[whole], decisions.multiples[whole]))
    if (at := np.flatnonzero(lots.campaign > 0)).size:
        stays = lots.before @ decisions.set_up + lots.running
        rules.append(decisions.begun[at] >= decisions.set_up[at] - stays[at])
        rules.append(_still_to_run(lots)[at] @ decisions.begun <= decisions.set_up[at])
    return rules


def _still_to_run(lots: Lots) -> sp.csr_array:
    """Lots × lots: 1 at the lots whose campaign, if it starts with them, still runs in the row's bucket."""
    back = sp.eye_array(len(lots.edge), format="csr")
    total = back.copy()
    for run in range(1, int(min(lots.campaign.max(initial=0), len(lots.edge)))):
        back = back @ lots.before
        total = total + sp.diags_array((lots.campaign > run).astype(float)).tocsr() @ back
    return total.tocsr()
