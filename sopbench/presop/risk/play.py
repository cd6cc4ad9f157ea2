"""A plan played against many paths at once: what arrives, what can be made of it, what customers get."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from sopbench.presop.risk.laid import LaidPlan
from sopbench.presop.risk.paths import MOST_LATE, Paths

ROUNDING = 1e-9
"""Share by which a plan may ask for more than there is and be taken at its word: the solver's rounding."""

HELD = 1e-6
"""Units below which what a plan holds back or leaves waiting is the solver's rounding."""


@dataclass(frozen=True)
class Played:
    """What became of the plan, buckets × nodes (or resources) × paths, in units and hours; `arrived` is edges × paths.

    `late` are units wanted in a bucket and not shipped in it: owed or lost; the oldest backlog is served first.
    """

    shipped: np.ndarray
    late: np.ndarray
    lost: np.ndarray
    backlog: np.ndarray
    written_off: np.ndarray
    stock: np.ndarray
    load: np.ndarray
    arrived: np.ndarray


def play(laid: LaidPlan, paths: Paths, plan_stands: int = 10_000) -> Played:
    """Play the plan against every path at once; where nothing differs from the plan, the plan comes out.

    In each bucket: what was ordered or under way arrives, late where its supplier is. The plan's starts are made,
    bucket by bucket as planned, less where hours are out or a component is short: all that draw on the short one are
    cut in the same proportion. What starts is taken before customers are served, the oldest backlog first. Stock is
    held back from customers only where the plan itself does (it keeps safety stock and lets customers wait). What is
    not shipped is lost as far as the plan gave it up or the policy's backlog_max lets nobody wait, and owed otherwise.

    Recourse: none in the first `plan_stands` buckets, the plan as it stands; what could not be started is started as
    soon as it can be. From then on every place orders what its stock, orders and backlog together lack of the plan's
    own, or less where they exceed it, one bucket after it shows, from the plan's sources in the plan's proportions,
    within hours and qty_max: an order-up-to rule (Clark & Scarf 1960) towards the plan, not a new optimum. A planner
    who plans anew each cycle does better than this. Stock does not perish beyond what the plan writes off.
    """
    horizon, number = len(laid.buckets), paths.number
    shape = (horizon, len(laid.nodes), number)
    shipped, late, lost, backlog, written, stock = (np.zeros(shape) for _ in range(6))
    load = np.zeros((horizon, len(laid.resources), number))
    arrived = np.zeros((len(laid.edges), number))
    arriving = _receipts(laid, paths)
    on_shelf, owed = np.repeat(laid.opening[:, None], number, 1), np.repeat(laid.overdue[:, None], number, 1)
    unstarted, missing = np.zeros((len(laid.edges), number)), np.zeros((len(laid.nodes), number))
    node, share = laid.edges["node"].to_numpy(), laid.edges["share"].to_numpy()[:, None]
    supplier, deviation = laid.edges["supplier"].to_numpy(), laid.edges["deviation"].to_numpy()
    most = np.maximum(laid.planned, laid.edges["most"].to_numpy()[:, None])
    steps = _steps(laid)
    plan = laid.supply
    taken_net = laid.draws - laid.arrives
    taken_plan = plan["demand"] - plan["lost"] + plan["written_off"] + taken_net @ laid.planned
    for bucket in range(horizon):
        planned = laid.planned[:, bucket][:, None]
        change = unstarted if bucket < plan_stands else unstarted + share * missing[node]
        asked = np.maximum(planned + change, 0.0)
        intended = np.minimum(asked, most[:, bucket][:, None])
        ordered = asked - unstarted
        late_by = paths.late(bucket, supplier, deviation)
        on_shelf += arriving[bucket]
        started = intended * _hours_share(laid, paths, bucket, intended)
        _start(laid, steps, on_shelf, started, late_by)
        _under_way(laid, bucket, started, late_by, arriving, arrived)
        drawn = laid.draws @ started
        left = np.maximum(on_shelf - drawn, 0.0)
        written[bucket] = np.minimum(plan["written_off"][:, bucket][:, None], left)
        left -= written[bucket]
        wanted = owed + paths.demand[bucket]
        waiting = plan["backlog"][:, bucket] + plan["lost"][:, bucket] > HELD
        held = np.where(waiting, plan["stock"][:, bucket], 0.0)[:, None]
        shipped[bucket] = np.minimum(wanted, np.maximum(left - held, 0.0))
        unmet = wanted - shipped[bucket]
        late[bucket] = np.minimum(unmet, paths.demand[bucket])
        given_up = np.minimum(unmet, plan["lost"][:, bucket][:, None])
        lost[bucket] = np.maximum(given_up, unmet - laid.owed_at_most[:, None])
        owed = backlog[bucket] = unmet - lost[bucket]
        stock[bucket] = left - shipped[bucket]
        on_shelf = stock[bucket].copy()
        load[bucket] = (laid.hours @ started) * laid.set_ups[:, bucket][:, None]
        unstarted = asked - started
        taken = paths.demand[bucket] - lost[bucket] + written[bucket] + taken_net @ ordered
        missing += taken - taken_plan[:, bucket][:, None]
    return Played(shipped, late, lost, backlog, written, stock, load, arrived)


def _receipts(laid: LaidPlan, paths: Paths) -> np.ndarray:
    """What is under way before the plan, buckets × nodes × paths: an order of a supplier may come late."""
    horizon, number = len(laid.buckets), paths.number
    arriving = np.zeros((horizon + MOST_LATE, len(laid.nodes), number))
    deviation = np.full(len(laid.nodes), np.nan)
    bought = laid.edges[laid.edges["supplier"] >= 0].drop_duplicates("node")
    deviation[bought["node"]] = bought["deviation"]
    for bucket in range(horizon):
        due = laid.supply["receipts"][:, bucket]
        if not due.any():
            continue
        late_by = paths.late(bucket, laid.receipts_from, deviation)
        for by in np.unique(late_by[due > 0]):
            arriving[bucket + by] += due[:, None] * (late_by == by)
    return arriving[:horizon]


def _hours_share(laid: LaidPlan, paths: Paths, bucket: int, intended: np.ndarray) -> np.ndarray:
    """Edges × paths: the share of what is intended that the hours left allow, by the scarcest of its resources."""
    needed = (laid.hours @ intended) * laid.set_ups[:, bucket][:, None]
    there = laid.hours_there[:, bucket][:, None] * (1 - paths.hours_lost[bucket])
    share = np.where(needed <= there * (1 + ROUNDING), 1.0, there / np.where(needed > 0, needed, 1.0))
    allowed = np.ones_like(intended)
    hours = laid.hours
    for resource in range(len(laid.resources)):
        edges = hours.indices[hours.indptr[resource] : hours.indptr[resource + 1]]
        allowed[edges] = np.minimum(allowed[edges], share[resource])
    return allowed


@dataclass(frozen=True)
class _Step:
    """The edges that start at one level: what each draws on (rows of nodes, cut by edge) and those that arrive at once.

    `nodes` are all places of the level; `draws` what every edge takes of them.
    """

    nodes: np.ndarray
    draws: sp.csr_array
    edges: np.ndarray
    drawn: np.ndarray
    cuts: np.ndarray
    at_once: sp.csr_array
    quick: np.ndarray


def _steps(laid: LaidPlan) -> list[_Step]:
    """Levels in order; an edge starts at the highest level of what it draws on, the first where it draws on nothing."""
    by_edge = laid.draws.tocsc()
    count = np.diff(by_edge.indptr)
    of_edge = np.full(len(laid.edges), -1)
    np.maximum.at(of_edge, np.repeat(np.arange(len(laid.edges)), count), laid.level[by_edge.indices])
    lead = laid.edges["lead"].to_numpy()
    steps = []
    for level in range(-1, laid.level.max(initial=0) + 1):
        edges, nodes = np.flatnonzero(of_edge == level), np.flatnonzero(laid.level == level)
        picked = by_edge[:, edges]
        quick = edges[lead[edges] == 0]
        steps.append(
            _Step(nodes, laid.draws[nodes], edges, picked.indices, picked.indptr[:-1], laid.arrives[:, quick], quick)
        )
    return steps


def _start(laid: LaidPlan, steps: list[_Step], on_shelf: np.ndarray, started: np.ndarray, late_by: np.ndarray) -> None:
    """Cut `started` to what there is to draw on, and put what arrives at once on the shelf, level by level."""
    enough = np.ones_like(on_shelf)
    for step in steps:
        if len(step.nodes):
            needed, there = step.draws @ started, on_shelf[step.nodes]
            short = needed > there * (1 + ROUNDING) + HELD
            enough[step.nodes] = np.where(short, there / np.where(short, needed, 1.0), 1.0)
        if len(step.drawn):
            started[step.edges] *= np.minimum.reduceat(enough[step.drawn], step.cuts, axis=0)
        if len(step.quick):
            on_shelf += step.at_once @ (started[step.quick] * (late_by[step.quick] == 0))


def _under_way(
    laid: LaidPlan, bucket: int, started: np.ndarray, late_by: np.ndarray, arriving: np.ndarray, arrived: np.ndarray
) -> None:
    """Put what is started where it will arrive, after its lead time and delay; nothing beyond the horizon."""
    lead = laid.edges["lead"].to_numpy()
    for takes in np.unique(lead):
        edges = np.flatnonzero(lead == takes)
        for by in np.unique(late_by[edges]):
            at = bucket + takes + by
            if at >= len(arriving):
                continue
            units = started[edges] * (late_by[edges] == by)
            arrived[edges] += units
            if at > bucket:  # what arrives at once is on the shelf already
                arriving[at] += laid.arrives[:, edges] @ units
