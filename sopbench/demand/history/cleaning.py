"""Takes out of the history what a method should not learn from, one correction after the other.

In this order: one-off orders, returns, events, working days, stockouts that hid demand, odd buckets. Expectation is a
moving median over the seasonally adjusted series; what is odd is told by the median absolute deviation (Hampel's
identifier: Hampel, The influence curve, JASA 1974). Series that sell only now and then have no useful expectation a
bucket: there only sizes are judged, on a logarithmic scale.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.demand.history.customers import one_off_excess
from sopbench.demand.history.stockouts import hidden_demand
from sopbench.demand.history.working_days import day_elasticity, day_factors
from sopbench.demand.season import SMALLEST, positions, seasonal_profile

NEIGHBOURS = 7
"""Buckets over which the level is taken."""

KNOWN_AT_LEAST = 6
"""A series with fewer known buckets is left as it is."""

SELDOM = 0.9
"""A series that sells in a smaller share of its buckets is judged by its sizes alone."""

ROBUST = 1.4826
"""Median absolute deviation to standard deviation, for normal errors."""

SPREAD = {"regular": 0.10, "seldom": 0.35}
"""Least relative standard deviation believed: of a bucket, and of the logarithm of a size."""

DAY_ROUNDS = 3
"""How often an elasticity to working days is measured over again: the season follows the days less each time."""

SAME = 1e-9
"""A smaller change, as a share of the units, is none."""

CORRECTIONS = ("one-off order", "returns", "event", "working days", "stockout", "outlier")
"""The corrections in the order they are made."""


@dataclass(frozen=True)
class Step:
    """One correction over all series (rows) and buckets (columns), units.

    `before` and `after` are the history on either side of it; `proposed` is what it makes of it, also where someone
    wants the history kept and `after` is `before`.
    """

    correction: str
    before: np.ndarray
    proposed: np.ndarray
    after: np.ndarray


@dataclass(frozen=True)
class Cleaned:
    """The cleaned series (rows) by buckets (columns), what was done to them in order, and what was learnt."""

    values: pd.DataFrame
    steps: list[Step]
    one_off: np.ndarray
    """By row of the customers' orders: units beyond the usual, 0 for almost all."""
    elasticity: pd.DataFrame
    """By family: of demand to working days (see working_days.day_elasticity)."""


@dataclass(frozen=True)
class Limits:
    """What is believed of each bucket of each series: the least, what is expected, the most; and who sells seldom."""

    lower: np.ndarray
    expected: np.ndarray
    upper: np.ndarray
    seldom: np.ndarray


def clean(
    ordered: pd.DataFrame,
    orders: pd.DataFrame,
    uplift: np.ndarray,
    days: np.ndarray,
    families: pd.Series,
    season: int,
    threshold: float,
    *,
    kept: dict[str, np.ndarray] | None = None,
    elasticity: dict[str, float] | None = None,
) -> Cleaned:
    """Clean series (rows) over buckets (columns, NaN outside a series' life).

    `orders` are the customers' (see customers.customer_orders; `stockout` marks where stock ran out on them), `uplift`
    is the factor that events put on demand, `days` the working days of each bucket over the usual at its place in the
    season, `families` names each row's family. `kept` marks by correction the buckets in which it is not to be made;
    `elasticity` gives by family what would else be measured.

    A customer's outsized order is cut to that customer's usual size. Orders below nothing (returns) count as none. A
    promoted bucket is divided by its uplift. A customer whose orders hide demand is lifted to what it may have wanted,
    given that it was more than it ordered. A bucket more than `threshold` robust standard deviations off
    is cut to that limit, low ones only well inside a series' life.
    """
    alive = ordered.notna().to_numpy()
    kept = {name: alive & (kept or {}).get(name, False) for name in CORRECTIONS}
    stated, uplift = uplift, np.where(kept["event"], 1.0, uplift)
    readable = uplift >= SMALLEST
    flagged = _at(orders, orders["stockout"].to_numpy(dtype=float), alive.shape) > 0
    hidden = (flagged & ~kept["stockout"]) | ~readable
    lift = np.where(readable, uplift, 1.0)
    raw = np.where(alive, ordered.to_numpy(), 0.0)
    known = np.where(alive & ~hidden, np.maximum(raw, 0.0) / lift, np.nan)
    first = _limits(pd.DataFrame(known, index=ordered.index), families, season, threshold)
    measured = _measured_elasticity(pd.DataFrame(known, index=ordered.index), first, families, days, season, elasticity)
    factors = day_factors(families, measured, days)
    excess = one_off_excess(orders, first.expected * lift, threshold, KNOWN_AT_LEAST, SPREAD["seldom"])

    steps = []

    def correct(name: str, before: np.ndarray, proposed: np.ndarray) -> np.ndarray:
        steps.append(_step(name, before, proposed, kept[name], alive))
        return steps[-1].after

    usual = correct("one-off order", raw, raw - _at(orders, excess, alive.shape))
    gross = correct("returns", usual, np.maximum(usual, 0.0))
    known = np.where(alive & ~hidden, gross / lift / factors, np.nan)
    same = (usual == raw).all() and (factors == 1.0).all()
    limits = first if same else _limits(pd.DataFrame(known, index=ordered.index), families, season, threshold)
    base = correct("event", gross, _without_event(gross, stated, limits.expected * factors))
    base = correct("working days", base, base / factors)
    own = excess * ~kept["one-off order"][orders["row"], orders["column"]]
    wanted = orders.assign(excess=own, factor=(lift * factors)[orders["row"], orders["column"]])
    more = hidden_demand(
        wanted, limits.expected, limits.seldom, alive & ~hidden, families.to_numpy(), SPREAD["regular"]
    )
    base = correct("stockout", base, base + np.where(readable, _at(orders, more, alive.shape), 0.0))
    lower = np.where(_inside(alive), limits.lower, 0.0)
    base = correct("outlier", base, np.clip(base, lower, limits.upper))
    values = pd.DataFrame(np.where(alive, base, np.nan), index=ordered.index, columns=ordered.columns)
    return Cleaned(values, steps, excess, measured)


def expected_units(known: pd.DataFrame, families: pd.Series, season: int) -> np.ndarray:
    """What is to be expected of each series (rows) in each bucket (columns, NaN = not known), units."""
    expected = _level_and_season(known, families, season)
    values = known.to_numpy()
    return np.where(_sells_seldom(values), _mean(values), expected)


def _step(name: str, before: np.ndarray, proposed: np.ndarray, kept: np.ndarray, alive: np.ndarray) -> Step:
    """The correction where it changes anything; what changes nothing leaves the very same figure."""
    changed = (
        alive
        & np.isfinite(proposed)
        & (np.abs(proposed - before) > SAME * np.maximum(np.abs(before), np.abs(proposed)))
    )
    proposed = np.where(changed, proposed, before)
    return Step(name, before, proposed, np.where(kept, before, proposed))


def _without_event(gross: np.ndarray, uplift: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Orders over the uplift; what was to be expected where an event left next to nothing to read it from."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(uplift >= SMALLEST, gross / uplift, np.fmax(gross, expected))


def _measured_elasticity(
    known: pd.DataFrame,
    limits: Limits,
    families: pd.Series,
    days: np.ndarray,
    season: int,
    said: dict[str, float] | None,
) -> pd.DataFrame:
    """The elasticity to working days by family, measured over again where there is any."""
    about = families, days, season, said or {}
    found = day_elasticity(known.to_numpy(), limits.expected, limits.upper, *about)
    for _ in range(DAY_ROUNDS if found["elasticity"].any() else 0):
        without = known / day_factors(families, found, days)
        again = _limits(without, families, season, np.inf)
        found = day_elasticity(without.to_numpy(), again.expected, again.upper, *about, found["elasticity"])
    return found


def _at(orders: pd.DataFrame, values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Values of the customers' orders added up by series (rows) and bucket (columns)."""
    place = orders["row"].to_numpy() * shape[1] + orders["column"].to_numpy()
    return np.bincount(place, values, shape[0] * shape[1]).reshape(shape)


def _inside(alive: np.ndarray) -> np.ndarray:
    """Where a series has lived a while and still will: what is low at either end may be a launch or a phase-out."""
    since, left = np.cumsum(alive, axis=1), np.cumsum(alive[:, ::-1], axis=1)[:, ::-1]
    return np.minimum(since, left) > NEIGHBOURS // 2


def _limits(known: pd.DataFrame, families: pd.Series, season: int, threshold: float) -> Limits:
    """The lowest value believed, the value expected and the highest believed, in each bucket of each series."""
    expected, values = _level_and_season(known, families, season), known.to_numpy()
    seldom = _sells_seldom(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a series without a known bucket has no median
        off = np.nanmedian(np.where(expected > 0, np.abs(values - expected) / expected, np.nan), axis=1, keepdims=True)
        spread = np.maximum(np.maximum(ROBUST * off, SPREAD["regular"]) * expected, np.sqrt(expected))
        lower, upper = np.maximum(expected - threshold * spread, 0.0), expected + threshold * spread
        largest = _largest_size(values, threshold)
    few = np.isfinite(values).sum(axis=1, keepdims=True) < KNOWN_AT_LEAST
    lower = np.where(few | seldom | np.isnan(lower), 0.0, lower)
    upper = np.where(few, np.inf, np.where(seldom, largest, np.where(np.isnan(upper), np.inf, upper)))
    return Limits(lower, np.where(seldom, _mean(values), expected), upper, seldom[:, 0])


def _level_and_season(known: pd.DataFrame, families: pd.Series, season: int) -> np.ndarray:
    """The level around each bucket times what the bucket bears in its season."""
    profile = seasonal_profile(known, families, season).to_numpy()[:, positions(known.shape[1], season)]
    return _level(known.to_numpy() / profile) * profile


def _sells_seldom(values: np.ndarray) -> np.ndarray:
    """True for the series (a column of one) that sell in too few of their known buckets to expect something of each."""
    known = np.isfinite(values).sum(axis=1, keepdims=True)
    return (known > 0) & ((values > 0).sum(axis=1, keepdims=True) < SELDOM * known)


def _mean(values: np.ndarray) -> np.ndarray:
    """The mean of each series' known buckets; NaN where none is."""
    known = np.isfinite(values)
    count = known.sum(axis=1, keepdims=True)
    total = np.where(known, values, 0.0).sum(axis=1, keepdims=True)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _level(adjusted: np.ndarray) -> np.ndarray:
    """The moving median of each seasonally adjusted series, carried on to buckets with too few neighbours."""
    padded = np.pad(adjusted, ((0, 0), (NEIGHBOURS // 2, NEIGHBOURS // 2)), constant_values=np.nan)
    around = np.sort(np.lib.stride_tricks.sliding_window_view(padded, NEIGHBOURS, axis=1), axis=2)  # NaN comes last
    count = np.isfinite(around).sum(axis=2)
    at = [np.maximum(count + each, 0) // 2 for each in (-1, 0)]
    middle = [np.take_along_axis(around, each[:, :, None], axis=2)[:, :, 0] for each in at]
    moving = np.where(count >= NEIGHBOURS // 2, (middle[0] + middle[1]) / 2.0, np.nan)
    return pd.DataFrame(moving.T).ffill().bfill().to_numpy().T


def _largest_size(values: np.ndarray, threshold: float) -> np.ndarray:
    """The largest order size believed of a series that sells only now and then."""
    sizes = np.log(np.where(values > 0, values, np.nan))
    middle = np.nanmedian(sizes, axis=1, keepdims=True)
    spread = np.maximum(ROBUST * np.nanmedian(np.abs(sizes - middle), axis=1, keepdims=True), SPREAD["seldom"])
    enough = np.isfinite(sizes).sum(axis=1, keepdims=True) >= KNOWN_AT_LEAST
    return np.where(enough, np.exp(middle + threshold * spread), np.inf)
