"""Sample paths: how demand, suppliers and resources may turn out, bucket by bucket, beside what is planned."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.stats import norm

from sopbench.contract import Problem, stop_on_errors
from sopbench.draws import stratified
from sopbench.params.risk import Risk
from sopbench.presop.risk.laid import NODE, LaidPlan

FAMILIES, LINES, SUPPLIERS, OUTAGES = range(4)
"""Streams of chance, one a source of risk: what is drawn for one does not move when another is switched off."""

P10_TO_P50 = float(norm.ppf(0.9))
"""Standard deviations of a normal distribution between its p50 and its p90."""

MOST_LATE = 6
"""Buckets beyond which a delay is cut: what is later than that has been bought elsewhere."""


@dataclass(frozen=True)
class Paths:
    """What may happen, path by path (the last axis).

    demand: units customers want, buckets × nodes × paths. lateness: standard normal, buckets × suppliers × paths, from
    which `late` tells how many buckets an order of that bucket is late. hours_lost: share of a resource's hours that
    fail, buckets × resources × paths.
    """

    demand: np.ndarray
    lateness: np.ndarray
    hours_lost: np.ndarray
    late_chance: np.ndarray  # suppliers
    late_buckets: np.ndarray  # suppliers

    @property
    def number(self) -> int:
        """How many paths there are."""
        return self.demand.shape[2]

    def late(self, bucket: int, supplier: np.ndarray, deviation: np.ndarray) -> np.ndarray:
        """Whole buckets by which what is ordered of `supplier` (-1: our own, never late) comes late, rows × paths.

        A source that says how its lead time deviates is late by as much of a normal distribution as lies above its
        lead time, rounded; another by late_buckets with the probability late_chance. Early deliveries wait outside.
        """
        known = supplier >= 0
        if not known.any():
            return np.zeros((len(supplier), self.number), dtype=np.int8)
        of = np.where(known, supplier, 0)
        chance = self.lateness[bucket][of]
        spread = np.where(chance > 0, chance, 0.0) * np.nan_to_num(deviation)[:, None]
        threshold = norm.ppf(1 - self.late_chance[of])[:, None]
        usual = np.where(chance > threshold, self.late_buckets[of][:, None], 0)
        found = np.where(np.isnan(deviation)[:, None], usual, np.rint(spread))
        return np.where(known[:, None], np.minimum(found, MOST_LATE), 0).astype(np.int8)

    def only(self, paths: np.ndarray | slice) -> Paths:
        """Some of the paths."""
        some = {name: getattr(self, name)[:, :, paths] for name in ("demand", "lateness", "hours_lost")}
        return replace(self, **some)


def draw_paths(settings: Risk, laid: LaidPlan, demand_plan: pd.DataFrame, items: pd.DataFrame) -> Paths:
    """Draw settings.paths paths; the same settings and plan give the same ones.

    Raises PlanningError where settings speak of a resource or supplier that the plan does not use.
    """
    stop_on_errors([*_unknown("outages", "resource_id", settings.outages, laid.resources),
                    *_unknown("delays", "origin_id", settings.delays, laid.suppliers)])  # fmt: skip
    return Paths(
        demand_paths(settings, laid, demand_plan, items),
        _spread(stratified(settings.paths, len(laid.suppliers) * len(laid.buckets), settings.seed, SUPPLIERS), laid),
        outage_paths(settings, laid),
        *_delays(settings, laid.suppliers),
    )


def as_planned(laid: LaidPlan, number: int = 1) -> Paths:
    """Paths on which everything turns out as planned: demand as planned, nobody late, no outage."""
    demand = np.repeat(laid.supply["demand"].T[:, :, None], number, axis=2)
    horizon = len(laid.buckets)
    on_time = np.full((horizon, len(laid.suppliers), number), -np.inf)
    nothing = np.zeros(len(laid.suppliers))
    return Paths(demand, on_time, np.zeros((horizon, len(laid.resources), number)), nothing, nothing)


def demand_paths(settings: Risk, laid: LaidPlan, demand_plan: pd.DataFrame, items: pd.DataFrame) -> np.ndarray:
    """Units wanted, buckets × nodes × paths: planned demand, differing as the forecast's own distribution says.

    A line (item, location, customer) is distributed in each bucket as two half normals joined at p50, which have its
    p10 and p90 (a two-piece normal, Wallis 2014, here by quantiles), cut at 0 and scaled to have consensus as its mean.
    Their standard normal z = √ρ · family + √(1 − ρ) · line, with ρ = family_correlation (the one-factor model of
    Vasicek 2002); both parts follow z(t) = φ z(t−1) + √(1 − φ²) ε with φ = time_correlation, so a forecast that errs
    today tends to err the same way tomorrow. A node's planned demand is multiplied by what its lines come to over
    their consensus, so a scenario's own demand has its own spread.
    """
    horizon, planned = len(laid.buckets), laid.supply["demand"].T
    if not settings.demand:
        return np.repeat(planned[:, :, None], settings.paths, axis=2)
    plan = demand_plan[demand_plan["bucket"].isin(laid.buckets)]
    lines = plan[[*NODE, "customer_id"]].drop_duplicates().sort_values([*NODE, "customer_id"], ignore_index=True)
    lines = lines.merge(items[["item_id", "family"]], on="item_id", how="left")
    row = pd.MultiIndex.from_frame(lines[[*NODE, "customer_id"]]).get_indexer(
        pd.MultiIndex.from_frame(plan[[*NODE, "customer_id"]])
    )
    column = laid.buckets.get_indexer(plan["bucket"])
    said = {name: np.zeros((horizon, len(lines))) for name in ("p10", "p50", "p90", "consensus")}
    for name, values in said.items():
        values[column, row] = plan[name].to_numpy(dtype=float)
    low, high = ((said[a] - said[b]).clip(min=0) / P10_TO_P50 for a, b in (("p50", "p10"), ("p90", "p50")))
    mean = _mean(said["p50"], low, high)
    scale = np.divide(said["consensus"], mean, out=np.zeros_like(mean), where=mean > 0)
    fixed = (mean <= 0) * said["consensus"]
    families = pd.Index(sorted(lines["family"].unique()))
    of_family = families.get_indexer(lines["family"])
    node = pd.MultiIndex.from_frame(laid.nodes[NODE]).get_indexer(pd.MultiIndex.from_frame(lines[NODE]))
    known = np.flatnonzero(node >= 0)
    gathers = sp.csr_array((np.ones(len(known)), (node[known], known)), shape=(len(laid.nodes), len(lines)))
    total = (gathers @ said["consensus"].T).T
    rescaled = np.divide(planned, total, out=np.zeros_like(total), where=total > 0)
    unforeseen = np.where(total > 0, 0.0, planned)
    # in single precision: of a large company's figures in this step it is by far the largest
    demand = np.zeros((horizon, len(laid.nodes), settings.paths), dtype=np.float32)
    share, lasts = settings.family_correlation, settings.time_correlation
    z_family, z_own = np.zeros((len(families), settings.paths)), np.zeros((len(lines), settings.paths))
    for bucket in range(horizon):
        # bucket by bucket and in place: all lines, buckets and paths at once would not fit a large company's memory
        for stream, z in ((FAMILIES, z_family), (LINES, z_own)):
            drawn = stratified(settings.paths, len(z), settings.seed, stream, bucket)
            z *= lasts
            z += np.multiply(drawn, np.sqrt(1 - lasts**2) if bucket else 1.0, out=drawn)
        units = np.sqrt(1 - share) * z_own
        units += (np.sqrt(share) * z_family)[of_family]
        units *= np.where(units > 0, high[bucket][:, None], low[bucket][:, None])
        units += said["p50"][bucket][:, None]
        np.maximum(units, 0.0, out=units)
        units *= scale[bucket][:, None]
        units += fixed[bucket][:, None]
        demand[bucket] = rescaled[bucket][:, None] * (gathers @ units) + unforeseen[bucket][:, None]
    return demand


def outage_paths(settings: Risk, laid: LaidPlan) -> np.ndarray:
    """Share of hours lost, buckets × resources × paths: now and then a resource fails and loses its share."""
    said = {each.resource_id: each for each in settings.outages}
    usual = settings.outage_chance, settings.outage_hours_lost
    rates = [(said[name].chance, said[name].hours_lost) if name in said else usual for name in laid.resources]
    chance, lost = np.array(rates, dtype=float).reshape(-1, 2).T
    drawn = _spread(stratified(settings.paths, len(laid.resources) * len(laid.buckets), settings.seed, OUTAGES), laid)
    return np.where(drawn > norm.ppf(1 - chance)[None, :, None], lost[None, :, None], 0.0)


def _mean(p50: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The mean of two half normals joined at p50, what is below 0 counted as 0."""
    apart = np.divide(p50, low, out=np.full_like(p50, np.inf), where=low > 0)
    below = p50 * (0.5 - norm.cdf(-apart)) - low * (norm.pdf(0.0) - norm.pdf(apart))
    return below + 0.5 * p50 + high * norm.pdf(0.0)


def _delays(settings: Risk, suppliers: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    said = {each.origin_id: each for each in settings.delays}
    usual = settings.late_chance, settings.late_buckets
    rates = [(said[name].chance, said[name].buckets) if name in said else usual for name in suppliers]
    chance, buckets = np.array(rates, dtype=float).reshape(-1, 2).T
    return chance, buckets


def _spread(drawn: np.ndarray, laid: LaidPlan) -> np.ndarray:
    """Draws as buckets × things × paths."""
    return drawn.reshape(len(laid.buckets), -1, drawn.shape[1])


def _unknown(name: str, key: str, said: list, known: pd.Index) -> list[Problem]:
    return [
        Problem(f"presop.risk.{name}", key, getattr(each, key), "the plan uses no such one", f"use {', '.join(known)}")
        for each in said
        if getattr(each, key) not in known
    ]
