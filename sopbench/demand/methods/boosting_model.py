"""Learns across series by how much the plain forecast is wrong, and measures on held-out buckets how far to believe it.

Direct in the lead (the lead is a feature), so no error feeds on another. Learner: scikit-learn's histogram gradient
boosting, on one thread: its threads wait for one another at every split, which on busy cores costs more than it gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from sopbench.demand.methods.boosting_frame import SELDOM, Origin, Signals, read_signals, rows_for, see_from

KINDS = {"regular": "absolute_error", "seldom": "squared_error"}
"""What is learned apart, and the loss: the median where every bucket sells, the mean where it would be 0."""

KNOWN_AT_LEAST = 6
"""Buckets a series must have behind an origin to be learned from."""

FURTHEST = 8.0
"""Errors beyond so many times the noise are learned as errors of that size."""

ROWS_AT_LEAST = 500
"""With fewer rows of a kind nothing is learned, and the plain forecast stands."""

BELIEF = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much of what was learned may be added to the plain forecast."""

HELD_ORIGINS = 6
"""Origins held out, at most."""

GROWTH = (0.0, 0.5)
"""Least and greatest power of the lead by which errors grow."""

SHARES = np.linspace(0.005, 0.995, 199)
"""The shares of outcomes at which quantiles of errors are kept."""

NORMAL = SHARES, np.array([NormalDist().inv_cdf(share) for share in SHARES])
"""How errors spread, in units of noise, where nothing was held out to see it."""

HELD_AT_LEAST = 100
"""So many held-out rows of a lead weigh as much as what all leads say of its errors together."""


@dataclass(frozen=True)
class Proof:
    """What the held-out buckets said of a kind of series: belief, and how errors spread, in units of noise.

    `sizes` are the typical errors of the leads from 1 on, beyond the last growing by `power` of the lead; `errors` the
    quantiles of errors over their size, at `shares`.
    """

    belief: float = 0.0
    sizes: np.ndarray = field(default_factory=lambda: np.ones(1))
    power: float = GROWTH[1]
    shares: np.ndarray = field(default_factory=lambda: NORMAL[0])
    errors: np.ndarray = field(default_factory=lambda: NORMAL[1])

    def quantiles(self, lead: np.ndarray, shares: list[float]) -> np.ndarray:
        """Errors in units of noise: leads (rows) by shares of outcomes below (columns)."""
        last = len(self.sizes)
        size = self.sizes[np.minimum(lead, last) - 1] * np.maximum(lead / last, 1.0) ** self.power
        return size[:, None] * np.interp(shares, self.shares, self.errors)


@dataclass(frozen=True)
class Model:
    """A fitted learner and the features it was shown: those that differ between rows."""

    telling: np.ndarray
    learner: Any

    def predict(self, features: np.ndarray) -> np.ndarray:
        """The errors expected of the plain forecast, in units of noise."""
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, user_api="openmp"):
            return self.learner.predict(features[:, self.telling])


@dataclass(frozen=True)
class Settings:
    """How it is learned: leads up to `leads`, from so many `origins` and at most `max_rows`, by `learner` arguments."""

    season: int
    leads: int
    origins: int
    max_rows: int
    learner: dict[str, Any]


@dataclass(frozen=True)
class Boosted:
    """A panel with what was learned from it: models and proofs by kind of series."""

    settings: Settings
    signals: Signals
    models: dict[str, Model]
    proofs: dict[str, Proof]

    def forecast(self, ahead: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Series (rows) by the leads in `ahead`; `known` holds exogenous columns by series by these leads."""
        origin, signals, series, lead = self._seen(ahead, known)
        features, plain = rows_for(signals, origin, series, lead)
        features[:, origin.features.shape[1]] = np.minimum(lead, self.settings.leads)
        said = plain.copy()
        for kind, rows in _kinds(origin, series):
            rows &= _usable(signals, origin)[series]
            belief = self.proofs[kind].belief
            if kind in self.models and belief > 0 and rows.any():
                said[rows] += belief * origin.noise[series[rows]] * self.models[kind].predict(features[rows])
        return np.maximum(said.reshape(-1, len(ahead)), self._lowest()[:, None])

    def quantiles(self, ahead: np.ndarray, known: np.ndarray, shares: list[float]) -> np.ndarray:
        """Series (rows) by the leads in `ahead` by `shares` of outcomes below; never crossing."""
        said = self.forecast(ahead, known)
        origin, *_ = self._seen(ahead, known)
        off = {kind: proof.quantiles(ahead, shares) for kind, proof in self.proofs.items()}
        off = np.where((origin.empty > SELDOM)[:, None, None], off["seldom"], off["regular"])
        return np.maximum(said[:, :, None] + origin.noise[:, None, None] * off, self._lowest()[:, None, None])

    def _seen(self, ahead: np.ndarray, known: np.ndarray) -> tuple[Origin, Signals, np.ndarray, np.ndarray]:
        """The end of the history with what is known ahead, and every series with every lead."""
        count, length = self.signals.values.shape
        wide = np.full((len(known), count, length + int(ahead.max())), np.nan)
        wide[:, :, :length] = self.signals.known
        wide[:, :, length + ahead - 1] = known
        signals = replace(self.signals, known=wide)
        return see_from(signals, length), signals, np.repeat(np.arange(count), len(ahead)), np.tile(ahead, count)

    def _lowest(self) -> np.ndarray:
        """No forecast goes below 0 where the series never did."""
        return np.where((np.nan_to_num(self.signals.values) >= 0).all(axis=1), 0.0, -np.inf)


def learn(values: np.ndarray, families: np.ndarray, known: np.ndarray, settings: Settings) -> Boosted:
    """Learn from series (rows) over buckets (columns, NaN where not known), of numbered `families`.

    `known` holds the exogenous columns (first axis) by series by the same buckets.
    """
    signals = read_signals(values, families, settings.season, known)
    return Boosted(settings, signals, _models(signals, settings, values.shape[1]), _prove(signals, settings))


def _models(signals: Signals, settings: Settings, end: int) -> dict[str, Model]:
    """A model for each kind of series with enough rows, from what came before bucket `end`."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    models = {}
    shown = list(_shown(signals, settings, end))
    for kind, loss in KINDS.items():
        errors = np.concatenate([np.empty(0), *(error for name, _, error in shown if name == kind)])
        if len(errors) < ROWS_AT_LEAST:
            continue
        features = np.concatenate([features for name, features, _ in shown if name == kind])
        there = np.isfinite(features)
        least, most = np.where(there, features, np.inf).min(axis=0), np.where(there, features, -np.inf).max(axis=0)
        telling = np.flatnonzero(least < most)
        learner = HistGradientBoostingRegressor(loss=loss, early_stopping=False, **settings.learner)
        with threadpool_limits(1, user_api="openmp"):
            learner.fit(features[:, telling], np.clip(errors, -FURTHEST, FURTHEST))
        models[kind] = Model(telling, learner)
    return models


def _shown(signals: Signals, settings: Settings, end: int) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """For each origin and kind: features, and the errors of the plain forecast in units of noise."""
    first = max(end - settings.origins, 2)
    asked = sum(min(settings.leads, end - at) for at in range(first, end)) * len(signals.values)
    for at in range(first, end):
        series, lead = _pairs(len(signals.values), min(settings.leads, end - at))
        taken = _even_share(series, at, lead, settings.max_rows / max(asked, 1))
        yield from ((kind, *rest) for kind, _, _, *rest in _tried(signals, at, series[taken], lead[taken]))


def _tried(
    signals: Signals, at: int, series: np.ndarray, lead: np.ndarray
) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Of series and leads from an origin whose outcome is known, by kind: series, lead, features, plain error."""
    origin = see_from(signals, at)
    sound = _usable(signals, origin)[series] & np.isfinite(signals.values[series, at + lead - 1])
    series, lead = series[sound], lead[sound]
    features, plain = rows_for(signals, origin, series, lead)
    error = (signals.values[series, at + lead - 1] - plain) / origin.noise[series]
    for kind, rows in _kinds(origin, series):
        yield kind, series[rows], lead[rows], features[rows], error[rows]


def _prove(signals: Signals, settings: Settings) -> dict[str, Proof]:
    """Belief and errors of each kind, from the last buckets and models that have not seen them."""
    count, length = signals.values.shape
    held = min(max(settings.leads, settings.season), length // 3)
    models = _models(signals, settings, length - held)
    pieces = []
    for at in np.unique(np.linspace(length - held, length - 1, min(held, HELD_ORIGINS)).astype(int)).tolist():
        series, lead = _pairs(count, min(settings.leads, length - at))
        share = settings.max_rows / (count * settings.leads * HELD_ORIGINS)
        taken = _even_share(series, 0, np.zeros_like(lead), share)
        for kind, rows, leads, features, missed in _tried(signals, at, series[taken], lead[taken]):
            said = models[kind].predict(features) if kind in models and len(rows) else np.nan
            pieces.append(pd.DataFrame({"kind": kind, "series": rows, "lead": leads, "missed": missed, "said": said}))
    if not pieces:
        return {kind: Proof() for kind in KINDS}
    rows = pd.concat(pieces)
    return {kind: _proof(rows[rows["kind"] == kind]) for kind in KINDS}


def _usable(signals: Signals, origin: Origin) -> np.ndarray:
    """Which series have noise to be measured in and enough buckets behind the origin."""
    return (origin.noise > 0) & (signals.sums["count"][:, origin.at] >= KNOWN_AT_LEAST)


def _pairs(series: int, leads: int) -> tuple[np.ndarray, np.ndarray]:
    """Every series with every lead."""
    return np.repeat(np.arange(series), leads), np.tile(np.arange(1, leads + 1), series)


def _even_share(series: np.ndarray, at: int, lead: np.ndarray, share: float) -> np.ndarray:
    """True for about this share of the rows, spread over series, origins and leads: by a hash, so always the same."""
    mixed = series.astype(np.uint64) * np.uint64(2654435761) + lead.astype(np.uint64) * np.uint64(2246822519)
    mixed += np.uint64(at) * np.uint64(3266489917)
    for shift, factor in ((15, 2246822519), (13, 3266489917), (16, 1)):
        mixed &= np.uint64(0xFFFFFFFF)
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed < share * 2.0**32


def _kinds(origin: Origin, series: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Which rows are of series that sell in most buckets, and which of others."""
    seldom = origin.empty[series] > SELDOM
    yield "regular", ~seldom
    yield "seldom", seldom


def _proof(rows: pd.DataFrame) -> Proof:
    """Belief and spread of errors from held-out rows: series, lead, missed and said, the last two in noise."""
    if rows.empty:
        return Proof()
    missed, said, belief = rows["missed"].to_numpy(), rows["said"].to_numpy(), 0.0
    if np.isfinite(said).all():
        losses = [_scaled_error(rows["series"], missed - share * said) for share in BELIEF]
        belief = BELIEF[int(np.argmin(losses))]
        missed = missed - belief * said
    sizes, power = _sizes(np.abs(missed), rows["lead"].to_numpy())
    errors = missed / np.where(sizes > 0, sizes, 1.0)[rows["lead"] - 1]
    return Proof(belief, sizes, power, SHARES, np.quantile(errors, SHARES))


def _sizes(off: np.ndarray, lead: np.ndarray) -> tuple[np.ndarray, float]:
    """The typical error of each lead, by its own rows and by the power of the lead that all rows follow."""
    by_lead = pd.Series(off).groupby(lead).agg(["mean", "size"]).reindex(np.arange(1, lead.max() + 1))
    told = by_lead[by_lead["mean"] > 0]
    if told.empty:
        return np.zeros(len(by_lead)), GROWTH[0]
    weights, ahead, size = np.sqrt(told["size"]), np.log(told.index.to_numpy(dtype=float)), np.log(told["mean"])
    power = float(np.polyfit(ahead, size, 1, w=weights)[0]) if len(told) > 1 else GROWTH[1]
    power = min(max(power, GROWTH[0]), GROWTH[1])
    level = np.exp(np.average(size - power * ahead, weights=weights))
    count = by_lead["size"].fillna(0).to_numpy()
    together = HELD_AT_LEAST * level * by_lead.index.to_numpy(dtype=float) ** power
    return (count * by_lead["mean"].fillna(0).to_numpy() + together) / (count + HELD_AT_LEAST), power


def _scaled_error(series: pd.Series, errors: np.ndarray) -> float:
    """The mean over series of the root mean square of its errors."""
    return float(np.sqrt(pd.Series(errors**2).groupby(series.to_numpy()).mean()).mean())
