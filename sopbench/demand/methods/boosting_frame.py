"""What a model across series learns from: each series seen from an origin, in units of its own noise.

Everything is measured from a plain forecast (a smoothed level times a shrunken season) and divided by the typical
step of the series, so that series of any size share one model. All origins are read off cumulative sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMOOTHING = (0.1, 0.3, 0.6)
"""Weights of the last bucket in the levels a model is told of; of the first two, the plain forecast takes one."""

SELDOM = 0.2
"""A series with a greater share of empty buckets sells now and then: its level is taken over a longer past."""

SEASONALITY = 0.15
"""Standard deviation of seasonal factors around those of the family that is believed before a series has spoken."""

SMALLEST = 0.05
"""No bucket of the season bears less than this share of the level."""

RATIO = 4.0
"""A bucket above so many times its level says no more of the season than one at that limit."""

ENOUGH = 0.75
"""Share of the buckets around one that must be known for their mean to be its level."""

LEAST_NOISE = 0.02
"""Noise is at least this share of the mean, or a constant series would have no unit to be measured in."""

RECENT = (1, 2, 3, 4, 5, 6, 9, 12)
"""Lags of the seasonally adjusted series a model is told of."""

SLOPES = (6, 12, 24)
"""Buckets over which slopes are taken."""

DAMPING = 0.9
"""Share of a trend that is left from one bucket to the next in the damped one a model is told of."""


@dataclass(frozen=True)
class Signals:
    """The panel, read once for all origins.

    `values` holds series (rows) by buckets (columns), NaN where nothing is known; `families` a number for each row;
    `known` the exogenous columns (first axis) by series and by buckets, those ahead too. Cumulative sums have a
    column more than the buckets: column o sums the buckets before o.
    """

    values: np.ndarray
    families: np.ndarray
    season: int
    known: np.ndarray
    sums: dict[str, np.ndarray]
    noise: np.ndarray
    ratios: tuple[np.ndarray, np.ndarray]
    family_ratios: tuple[np.ndarray, np.ndarray]

    @property
    def span(self) -> int:
        """Buckets over which averages are taken: a season, or twelve where there is none."""
        return self.season if self.season > 1 else 12


@dataclass(frozen=True)
class Origin:
    """The series as seen from bucket `at` (not seen itself): plain level and season, noise, and the features."""

    at: int
    level: np.ndarray
    noise: np.ndarray
    empty: np.ndarray
    profile: np.ndarray
    family_profile: np.ndarray
    trend: np.ndarray
    usual: np.ndarray
    features: np.ndarray


def read_signals(values: np.ndarray, families: np.ndarray, season: int, known: np.ndarray) -> Signals:
    """Cumulative sums, noise and seasonal ratios of a panel (see Signals); what is not finite counts as not known."""
    there = np.isfinite(values)
    units = np.where(there, values, 0.0)
    sums = {"sum": units, "square": units**2, "count": there, "zeros": there & (units == 0)}
    sums = {name: _before(each) for name, each in sums.items()}
    values = np.where(there, values, np.nan)
    noise = _typical_change(values, 1)
    if 1 < season < values.shape[1]:
        yearly = _typical_change(values, season)
        noise = np.where((yearly > 0) & (yearly < noise), yearly, noise)
    ratios = _ratios(values, sums, season)
    pooled = tuple(np.zeros((int(families.max(initial=0)) + 1, values.shape[1])) for _ in ratios)
    for family, own in zip(pooled, ratios, strict=True):
        np.add.at(family, families, own)
    return Signals(values, families, season, known, sums, noise, ratios, pooled)


def see_from(signals: Signals, at: int) -> Origin:
    """Every series as seen from bucket `at`, by what lies before it alone (exogenous data is known ahead)."""
    own, family = _profiles(signals, at)
    back = min(at, max(3 * signals.season, 2 * signals.span))
    adjusted = signals.values[:, at - back : at] / own[:, np.arange(at - back, at) % signals.season]
    with np.errstate(all="ignore"):
        levels = [_smoothed(adjusted, weight) for weight in SMOOTHING]
        mean = signals.sums["sum"][:, at] / signals.sums["count"][:, at]
        empty = signals.sums["zeros"][:, at] / signals.sums["count"][:, at]
        level = np.where(empty > SELDOM, levels[0], levels[1])
        noise = np.maximum(signals.noise[:, at], LEAST_NOISE * np.abs(mean))
        trend = (_mean(signals, at, signals.span) - _mean(signals, at - signals.span, signals.span)) / signals.span
        off = [*levels, mean, *_averages(signals, at), *_recent(adjusted)]
        features = [(each - level) / noise for each in off]
        features += [_slope(adjusted, buckets) / noise for buckets in SLOPES]
        spread = np.sqrt(np.maximum(signals.sums["square"][:, at] / signals.sums["count"][:, at] - mean**2, 0.0))
        features += [
            trend * signals.span / noise,
            np.abs(level) / noise,
            spread / noise,
            own.std(axis=1) * level / noise,
        ]
        features += [empty, _mean(signals, at, signals.span, "zeros"), signals.sums["count"][:, at]]
        features += [signals.families.astype(float)]
        usual = np.nanmean(signals.known[:, :, max(at - signals.span, 0) : at], axis=2)
    return Origin(at, level, noise, empty, own, family, trend, usual, np.column_stack(features))


def rows_for(signals: Signals, origin: Origin, series: np.ndarray, lead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The features of so many series and leads (1 is the origin's own bucket), and their plain forecasts, units."""
    bucket = origin.at + lead - 1
    place = bucket % signals.season
    own, level, noise = origin.profile[series, place], origin.level[series], origin.noise[series]
    plain = level * own
    with np.errstate(all="ignore"):
        columns = [lead.astype(float), (own - 1.0) * level / noise]
        columns += [(origin.family_profile[series, place] - own) * level / noise]
        season_ago = bucket - signals.season * -(-lead // signals.season)
        for earlier in (season_ago - signals.season * seasons for seasons in range(3)):
            then = np.where(earlier >= 0, signals.values[series, np.maximum(earlier, 0)], np.nan)
            columns.append((then - plain) / noise)
        trend = origin.trend[series] / noise
        columns += [trend * lead, trend * (1.0 - DAMPING**lead) / (1.0 - DAMPING)]
        for known, usual in zip(signals.known, origin.usual, strict=True):
            now, before = known[series, bucket], usual[series]
            columns += [now, (now / np.where(before == 0, 1.0, before) - (before != 0)) * plain / noise]
    return np.column_stack([origin.features[series], *columns]), plain


def _before(each: np.ndarray) -> np.ndarray:
    """Cumulative sums along the buckets, with nothing before the first one."""
    return np.concatenate([np.zeros((len(each), 1)), np.cumsum(each, axis=1, dtype=float)], axis=1)


def _typical_change(values: np.ndarray, lag: int) -> np.ndarray:
    """Root mean square of the changes over `lag` buckets, known before each bucket (a column more than buckets)."""
    change = values[:, lag:] - values[:, :-lag]
    there = np.isfinite(change)
    square, count = _before(np.where(there, change, 0.0) ** 2), _before(there)
    typical = np.sqrt(square / np.maximum(count, 1.0))
    return np.concatenate([np.zeros((len(values), min(lag, values.shape[1]))), typical], axis=1)[
        :, : values.shape[1] + 1
    ]


def _ratios(values: np.ndarray, sums: dict[str, np.ndarray], season: int) -> tuple[np.ndarray, np.ndarray]:
    """Ratios to the centred moving mean, summed and counted over the same place in this and all seasons before."""
    total, count = np.zeros_like(values), np.zeros_like(values)
    if not 1 < season < values.shape[1]:
        return total, count
    begun = np.maximum.accumulate(np.isfinite(values), axis=1)
    inside = begun[:, : 1 - season] & np.isfinite(values[:, season - 1 :])
    units, count_in = (sums[name][:, season:] - sums[name][:, :-season] for name in ("sum", "count"))
    with np.errstate(all="ignore"):
        mean = np.where(inside & (count_in >= ENOUGH * season), units / count_in, np.nan)
    if season % 2 == 0:
        mean = (mean[:, :-1] + mean[:, 1:]) / 2.0
    middle = slice(season // 2, season // 2 + mean.shape[1])
    with np.errstate(all="ignore"):
        ratio = np.where(mean > 0, values[:, middle] / mean, np.nan)
    total[:, middle], count[:, middle] = np.nan_to_num(np.clip(ratio, 0.0, RATIO)), np.isfinite(ratio)
    for bucket in range(season, values.shape[1]):
        total[:, bucket] += total[:, bucket - season]
        count[:, bucket] += count[:, bucket - season]
    return total, count


def _profiles(signals: Signals, at: int) -> tuple[np.ndarray, np.ndarray]:
    """The seasonal factors of each series and of its family (columns: places in the season), 1 on average.

    A mean of n noisy ratios is believed by n / (n + noise² / SEASONALITY²): the family's against 1, a series' own
    against its family's (empirical Bayes, normal means).
    """
    season, count = signals.season, len(signals.values)
    own, family = np.ones((count, season)), np.ones((count, season))
    last = at - 1 - season // 2
    places = last - (last - np.arange(season)) % season
    seen = places >= 0
    if season > 1 and seen.any():
        with np.errstate(all="ignore"):
            mean = signals.sums["sum"][:, at] / signals.sums["count"][:, at]
            doubt = np.where(mean > 0, (signals.noise[:, at] / mean) ** 2 / 2.0, np.inf)
        doubt = np.clip(doubt, 1e-3, 1e2) / SEASONALITY**2
        members = np.maximum(np.bincount(signals.families), 1)
        together = (np.bincount(signals.families, doubt) / members)[:, None]
        total, known = (each[:, places[seen]] for each in signals.family_ratios)
        family[:, seen] = ((total + together) / (known + together))[signals.families]
        total, known = (each[:, places[seen]] for each in signals.ratios)
        own[:, seen] = (total + doubt[:, None] * family[:, seen]) / (known + doubt[:, None])
    own, family = np.maximum(own, SMALLEST), np.maximum(family, SMALLEST)
    return own / own.mean(axis=1, keepdims=True), family / family.mean(axis=1, keepdims=True)


def _smoothed(adjusted: np.ndarray, weight: float) -> np.ndarray:
    """The exponentially smoothed level of each row, unknown buckets skipped."""
    there = np.isfinite(adjusted)
    weights = (1.0 - weight) ** np.arange(adjusted.shape[1] - 1, -1, -1.0)
    return (np.where(there, adjusted, 0.0) @ weights) / (there @ weights)


def _mean(signals: Signals, at: int, buckets: int, name: str = "sum") -> np.ndarray:
    """The mean of the last so many buckets before `at`; NaN where none is known."""
    at, first = max(at, 0), max(at - buckets, 0)
    each, count = signals.sums[name], signals.sums["count"]
    return (each[:, at] - each[:, first]) / (count[:, at] - count[:, first])


def _averages(signals: Signals, at: int) -> list[np.ndarray]:
    """Means of the last quarter, half and whole span."""
    return [_mean(signals, at, max(signals.span // part, 1)) for part in (4, 2, 1)]


def _recent(adjusted: np.ndarray) -> list[np.ndarray]:
    """The seasonally adjusted series some buckets ago; NaN before it begins."""
    length = adjusted.shape[1]
    return [adjusted[:, -lag] if lag <= length else np.full(len(adjusted), np.nan) for lag in RECENT]


def _slope(adjusted: np.ndarray, buckets: int) -> np.ndarray:
    """The least-squares slope over the last buckets, by twelve; NaN where fewer than four are known."""
    last = adjusted[:, -buckets:]
    there = np.isfinite(last)
    count, time = there.sum(axis=1), np.arange(last.shape[1])
    units, middle = np.where(there, last, 0.0), (there @ time) / count
    together = units @ time - middle * units.sum(axis=1)
    return np.where(count >= 4, 12.0 * together / (there @ time**2 - count * middle**2), np.nan)
