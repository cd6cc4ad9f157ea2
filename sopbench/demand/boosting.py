"""One gradient-boosting model across all series of a panel: it learns by how much a plain forecast is wrong, and when.

Direct in the lead (the lead is a feature), so no error feeds on another. Learner: scikit-learn's histogram gradient
boosting. How far it is believed, and how far off it may be, is measured on the last buckets of the history by a model
that has not seen them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from sopbench.demand.boosting_frame import SELDOM, Origin, Signals, read_signals, rows_for, see_from
from sopbench.demand.panel import _PanelForecaster

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


class GradientBoostingPanel(_PanelForecaster):
    """One gradient-boosting model over all series of a panel, for all leads, with exogenous data known ahead.

    A plain forecast (smoothed level times season, shrunk towards the family's) is corrected by trees grown on every
    series, origin and lead at once, in units of each series' noise: so a short series profits from all others.
    Regular series are learned by absolute error, those with many empty buckets by squared error, lest nothing be the
    best forecast. How much of the correction is added is what served best on buckets held out at the end of the
    history, by root mean squared scaled error a series; nothing is added where too little can be held out.
    Quantiles add the errors of the held-out buckets (split conformal prediction: Lei et al., JASA 113, 2018), growing
    with the lead. The series of a hierarchy whose first level is the same are a family.

    `failures_` says why a series has no forecast (NaN): nothing of it is known. Exogenous columns must be numbers;
    they are handed for all buckets of y and for those forecast. Same series in any order, same bytes.

    Parameters
    ----------
    season_length : int
        buckets in a season
    horizon : int, optional
        longest lead that is learned; None: that of the fh at fitting, or a season. Beyond it, the last one's
        correction holds
    origins : int
        buckets at the end of the history from which the model is shown what came
    max_rows : int
        rows (a series, an origin, a lead) it learns from at most; of more, an even share is taken
    trees, leaves, least_rows, learning_rate, regularization, share_of_features
        of scikit-learn's HistGradientBoostingRegressor: max_iter, max_leaf_nodes, min_samples_leaf, learning_rate,
        l2_regularization and max_features
    seed : int
        where the random choice of features begins

    Examples
    --------
    >>> from sktime.utils._testing.hierarchical import _make_hierarchical
    >>> from sopbench.demand.boosting import GradientBoostingPanel
    >>> forecaster = GradientBoostingPanel(season_length=12)
    >>> forecast = forecaster.fit(_make_hierarchical(), fh=[1, 2, 3]).predict()
    """

    _tags = {
        "capability:exogenous": True,
        "capability:missing_values": True,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "python_dependencies": ["scikit-learn"],
    }

    def __init__(
        self,
        season_length: int = 1,
        horizon: int | None = None,
        origins: int = 36,
        max_rows: int = 150_000,
        trees: int = 120,
        leaves: int = 31,
        least_rows: int = 200,
        learning_rate: float = 0.06,
        regularization: float = 10.0,
        share_of_features: float = 0.5,
        seed: int = 0,
    ):
        self.season_length = season_length
        self.horizon = horizon
        self.origins = origins
        self.max_rows = max_rows
        self.trees = trees
        self.leaves = leaves
        self.least_rows = least_rows
        self.learning_rate = learning_rate
        self.regularization = regularization
        self.share_of_features = share_of_features
        self.seed = seed
        super().__init__()

    def _fit(self, y: pd.DataFrame, X: Any = None, fh: Any = None) -> GradientBoostingPanel:
        codes = self._remember(y)
        self._rank = _ranks(self._keys)
        self._times = y.index.get_level_values(-1).unique().sort_values()
        values = np.full((len(self._keys), len(self._times)), np.nan)
        values[self._rank[codes], self._times.get_indexer(y.index.get_level_values(-1))] = y.iloc[:, 0]
        families = [key[0] if isinstance(key, tuple) and len(key) > 1 else "" for key in self._keys]
        _, numbers = np.unique([f"{type(each).__name__} {each}" for each in families], return_inverse=True)
        order = np.argsort(self._rank)
        known = self._exogenous(X, self._times)
        self._signals = read_signals(values, numbers[order], self.season_length, known)
        unknown = ~np.isfinite(values).any(axis=1)[self._rank]
        self.failures_ = {self._keys[row]: "nothing of it is known" for row in np.flatnonzero(unknown)}
        self._lowest = np.where((np.nan_to_num(values) >= 0).all(axis=1), 0.0, -np.inf)
        self._leads = self.horizon or (int(fh.to_relative(self.cutoff).to_pandas().max()) if fh is not None else 0)
        self._leads = max(self._leads or self.season_length, 1)
        self.proofs_ = self._prove()
        self.models_ = self._learn(len(self._times))
        return self

    def _learn(self, end: int) -> dict[str, Model]:
        """A model for each kind of series with enough rows, from what came before bucket `end`."""
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits

        models = {}
        rows = list(self._shown(end))
        for kind, loss in KINDS.items():
            features = [features for name, features, _ in rows if name == kind]
            errors = np.concatenate([np.empty(0), *(error for name, _, error in rows if name == kind)])
            if len(errors) < ROWS_AT_LEAST:
                continue
            learner = HistGradientBoostingRegressor(
                loss=loss,
                max_iter=self.trees,
                max_leaf_nodes=self.leaves,
                min_samples_leaf=self.least_rows,
                learning_rate=self.learning_rate,
                l2_regularization=self.regularization,
                max_features=self.share_of_features,
                early_stopping=False,
                random_state=self.seed,
            )
            features = np.concatenate(features)
            telling = np.flatnonzero(np.nanmin(features, axis=0) < np.nanmax(features, axis=0))
            with threadpool_limits(1, user_api="openmp"):  # threads that wait for a busy core cost more than they give
                learner.fit(features[:, telling], np.clip(errors, -FURTHEST, FURTHEST))
            models[kind] = Model(telling, learner)
        return models

    def _shown(self, end: int) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """For each origin and kind: features, and the errors of the plain forecast in units of noise."""
        first = max(end - self.origins, 2)
        asked = sum(min(self._leads, end - at) for at in range(first, end)) * len(self._signals.values)
        for at in range(first, end):
            origin = see_from(self._signals, at)
            series, lead = _pairs(len(self._signals.values), min(self._leads, end - at))
            taken = _even_share(series, at, lead, self.max_rows / max(asked, 1))
            taken &= self._usable(origin)[series] & np.isfinite(self._signals.values[series, at + lead - 1])
            series, lead = series[taken], lead[taken]
            features, plain = rows_for(self._signals, origin, series, lead)
            error = (self._signals.values[series, at + lead - 1] - plain) / origin.noise[series]
            for kind, rows in _kinds(origin, series):
                yield kind, features[rows], error[rows]

    def _usable(self, origin: Origin) -> np.ndarray:
        return (origin.noise > 0) & (self._signals.sums["count"][:, origin.at] >= KNOWN_AT_LEAST)

    def _prove(self) -> dict[str, Proof]:
        """Belief and errors of each kind, from the last buckets and a model that has not seen them."""
        length = len(self._times)
        held = min(max(self._leads, self.season_length), length // 3)
        models = self._learn(length - held)
        pieces = []
        for at in np.unique(np.linspace(length - held, length - 1, min(held, HELD_ORIGINS)).astype(int)):
            origin = see_from(self._signals, int(at))
            series, lead = _pairs(len(self._signals.values), min(self._leads, length - int(at)))
            asked = len(self._signals.values) * self._leads * HELD_ORIGINS
            taken = _even_share(series, 0, np.zeros_like(lead), self.max_rows / asked)
            taken &= self._usable(origin)[series] & np.isfinite(self._signals.values[series, at + lead - 1])
            series, lead = series[taken], lead[taken]
            features, plain = rows_for(self._signals, origin, series, lead)
            missed = (self._signals.values[series, at + lead - 1] - plain) / origin.noise[series]
            for kind, rows in _kinds(origin, series):
                said = models[kind].predict(features[rows]) if kind in models and rows.any() else np.nan
                piece = {"kind": kind, "series": series[rows], "lead": lead[rows], "missed": missed[rows], "said": said}
                pieces.append(pd.DataFrame(piece))
        if not pieces:
            return {kind: Proof() for kind in KINDS}
        rows = pd.concat(pieces)
        return {kind: _proof(rows[rows["kind"] == kind]) for kind in KINDS}

    def _forecast(self, ahead: np.ndarray, X: Any, times: pd.Index) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Forecasts, noise and whether a series sells seldom, for each series (as remembered) and lead."""
        known = self._exogenous(X, times, self._signals.known.shape[0])
        ends = len(self._times) + int(ahead.max())
        wide = np.full((*self._signals.known.shape[:2], ends), np.nan)
        wide[:, :, : len(self._times)] = self._signals.known
        wide[:, :, len(self._times) + ahead - 1] = known
        signals = Signals(**{**self._signals.__dict__, "known": wide})
        origin = see_from(signals, len(self._times))
        series = np.repeat(np.arange(len(self._keys)), len(ahead))
        lead = np.tile(ahead, len(self._keys))
        features, plain = rows_for(signals, origin, series, lead)
        features[:, origin.features.shape[1]] = np.minimum(lead, self._leads)
        said = plain.copy()
        for kind, rows in _kinds(origin, series):
            rows &= self._usable(origin)[series]
            belief = self.proofs_[kind].belief
            if kind in self.models_ and belief > 0 and rows.any():
                said[rows] += belief * origin.noise[series[rows]] * self.models_[kind].predict(features[rows])
        said = np.maximum(said.reshape(len(self._keys), -1), self._lowest[:, None])
        return said[self._rank], origin.noise[self._rank], (origin.empty > SELDOM)[self._rank]

    def _predict(self, fh: Any, X: Any = None) -> pd.DataFrame:
        ahead, times = np.asarray(fh.to_relative(self.cutoff), dtype=int), fh.to_absolute_index(self.cutoff)
        said, _, _ = self._forecast(ahead, X, times)
        return pd.DataFrame(said.ravel(), index=self._rows(times), columns=self._columns)

    def _predict_quantiles(self, fh: Any, X: Any, alpha: list[float]) -> pd.DataFrame:
        ahead, times = np.asarray(fh.to_relative(self.cutoff), dtype=int), fh.to_absolute_index(self.cutoff)
        said, noise, seldom = self._forecast(ahead, X, times)
        off = {kind: proof.quantiles(ahead, alpha) for kind, proof in self.proofs_.items()}
        off = np.where(seldom[:, None, None], off["seldom"], off["regular"])
        units = np.maximum(said[:, :, None] + noise[:, None, None] * off, self._lowest[self._rank][:, None, None])
        name = self._columns[0] if self._columns[0] is not None else 0
        columns = pd.MultiIndex.from_product([[name], alpha])
        return pd.DataFrame(units.reshape(-1, len(alpha)), index=self._rows(times), columns=columns)

    def _exogenous(self, X: Any, times: pd.Index, columns: int = 0) -> np.ndarray:
        """The exogenous columns (first axis) by series, as ranked, and by `times`; NaN where X says nothing."""
        if X is None:
            return np.full((columns, len(self._keys), len(times)), np.nan)
        if X.index.nlevels == 1:
            series = np.zeros(len(X), dtype=int)
        else:
            keys = self._keys if isinstance(self._keys[0], tuple) else [(key,) for key in self._keys]
            here = pd.MultiIndex.from_frame(X.index.droplevel(-1).to_frame())
            series = pd.MultiIndex.from_tuples(keys).get_indexer(here)
        places = times.get_indexer(X.index.get_level_values(-1))
        inside = (series >= 0) & (places >= 0)
        wide = np.full((X.shape[1], len(self._keys), len(times)), np.nan)
        wide[:, self._rank[series[inside]], places[inside]] = X.to_numpy(dtype=float)[inside].T
        return wide

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Arguments sktime's own tests make the forecaster with."""
        return [{"trees": 5}, {"season_length": 3, "horizon": 2, "trees": 3, "max_rows": 2000, "least_rows": 20}]


def _ranks(keys: list[Any]) -> np.ndarray:
    """The place of each key among all, whatever order and types they come in."""
    told = [
        tuple((type(part).__name__, str(part)) for part in (key if isinstance(key, tuple) else (key,))) for key in keys
    ]
    ranks = np.empty(len(keys), dtype=int)
    ranks[sorted(range(len(keys)), key=told.__getitem__)] = np.arange(len(keys))
    return ranks


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
