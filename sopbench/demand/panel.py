"""Forecasters that take a whole panel of series as it is: statsforecast's compiled models, and one of our own.

sktime sends a panel through most forecasters one series at a time, at 8 to 40 ms of bookkeeping a series; these tell
sktime that they take panels, so that hundreds of series cost little more than the models themselves.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
from sktime.forecasting.base import BaseForecaster

from sopbench.demand.season import positions, seasonal_profile

PANELS = ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"]
"""The forms sktime may hand data over in: one series, a panel, a hierarchy."""

GROWTH = (0.5, 2.0)
"""Least and greatest factor by which a family is believed to have grown in a season."""


class _PanelForecaster(BaseForecaster):
    """What forecasters of whole panels share: a subclass fits `_fit` and says its forecasts in `_paths`."""

    _tags = {
        "authors": ["sopbench"],
        "maintainers": ["sopbench"],
        "y_inner_mtype": PANELS,
        "X_inner_mtype": PANELS,
        "capability:multivariate": False,
        "capability:exogenous": False,
        "capability:missing_values": False,
        "capability:insample": False,
        "capability:pred_int": False,
        "capability:unequal_length": True,
        "requires-fh-in-fit": False,
    }

    def _paths(self, longest: int) -> np.ndarray:
        """The forecasts of all series (rows) for 1 to `longest` buckets ahead (columns)."""
        raise NotImplementedError

    def _remember(self, y: pd.DataFrame) -> np.ndarray:
        """Keep how series and columns are called; return the number of each row's series, in order of appearance."""
        self._columns, self._index_names = y.columns, y.index.names
        if y.index.nlevels == 1:
            self._keys = [()]
            return np.zeros(len(y), dtype=int)
        codes = y.groupby(level=list(range(y.index.nlevels - 1)), sort=False, observed=True).ngroup().to_numpy()
        self._keys = list(y.index.droplevel(-1)[np.unique(codes, return_index=True)[1]])
        return codes

    def _predict(self, fh: Any, X: Any = None) -> pd.DataFrame:
        ahead = np.asarray(fh.to_relative(self.cutoff), dtype=int)
        times = fh.to_absolute_index(self.cutoff)
        said = self._paths(int(ahead.max()))[:, ahead - 1].ravel()
        return pd.DataFrame(said, index=self._rows(times), columns=self._columns)

    def _rows(self, times: pd.Index) -> pd.Index:
        """One row for each series and time, in the order the series came."""
        if len(self._index_names) == 1:
            return times
        keys = [key if isinstance(key, tuple) else (key,) for key in self._keys]
        levels = [np.repeat([key[level] for key in keys], len(times)) for level in range(len(keys[0]))]
        return pd.MultiIndex.from_arrays([*levels, np.tile(times, len(keys))], names=self._index_names)


class StatsForecastPanel(_PanelForecaster):
    """A univariate model of statsforecast, fitted to every series of a panel in one call.

    A series that the model cannot take (too short for its season, say) does not stop the others: its forecast is NaN
    and `failures_` says why. Exogenous data is ignored.

    Parameters
    ----------
    model : str
        name of a class in statsforecast.models, e.g. "DynamicOptimizedTheta"
    season_length : int
        buckets in a season, handed to models that know seasons
    params : dict, optional
        further arguments of the model, e.g. {"window_size": 6} for "WindowAverage"

    Examples
    --------
    >>> from sktime.utils._testing.hierarchical import _make_hierarchical
    >>> from sopbench.demand.panel import StatsForecastPanel
    >>> forecaster = StatsForecastPanel("SeasonalNaive", season_length=12)
    >>> forecast = forecaster.fit(_make_hierarchical()).predict(fh=[1, 2, 3])
    """

    _tags = {"python_dependencies": ["statsforecast>=2.1"]}

    def __init__(self, model: str = "Naive", season_length: int = 1, params: dict[str, Any] | None = None):
        self.model = model
        self.season_length = season_length
        self.params = params
        super().__init__()

    def _fit(self, y: pd.DataFrame, X: Any = None, fh: Any = None) -> StatsForecastPanel:
        codes = self._remember(y)
        every = y.iloc[:, 0].to_numpy(dtype=float)[np.argsort(codes, kind="stable")]
        template = self._template()
        self.fitted_, self.failures_ = {}, {}
        for key, values in zip(self._keys, np.split(every, np.cumsum(np.bincount(codes))[:-1]), strict=True):
            try:
                self.fitted_[key] = template.new().fit(y=values)
            except Exception as error:  # noqa: BLE001 - whatever a model raises concerns this series only
                self.fitted_[key] = None
                self.failures_[key] = f"{type(error).__name__}: {error}"
        return self

    def _paths(self, longest: int) -> np.ndarray:
        lost = np.full(longest, np.nan)
        models = self.fitted_.values()
        return np.stack([lost if model is None else np.asarray(model.predict(h=longest)["mean"]) for model in models])

    def _template(self) -> Any:
        """The model with its arguments; ValueError where statsforecast has none of that name."""
        from statsforecast import models

        made = getattr(models, self.model, None)
        if not inspect.isclass(made):
            raise ValueError(f"statsforecast.models has no {self.model!r}")
        said = dict(self.params or {})
        if "season_length" in inspect.signature(made.__init__).parameters:
            said.setdefault("season_length", self.season_length)
        return made(**said)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Arguments sktime's own tests make the forecaster with."""
        return [
            {"model": "Naive"},
            {"model": "WindowAverage", "params": {"window_size": 2}},
            {"model": "SeasonalNaive", "season_length": 2},
        ]


class FamilySeason(_PanelForecaster):
    """Each series' own level of late, carried on in the season and the damped growth of its family.

    The series of a hierarchy whose first level is the same are a family; a flat panel is one family. A series learns
    its season from its family as far as its own years are few, so one bucket of history is enough. Its level is the
    exponentially smoothed, seasonally adjusted series; growth is what the levels of the family's series add up to
    against a season ago, fading with the lag (Gardner and McKenzie, Management Science 31, 1985).

    Parameters
    ----------
    season_length : int
        buckets in a season
    smoothing : float
        weight of the last bucket in the level, above 0 and up to 1
    damping : float
        share of the growth that is left from one bucket to the next, from 0 (no growth) to 1 (for ever)

    Examples
    --------
    >>> from sktime.utils._testing.hierarchical import _make_hierarchical
    >>> from sopbench.demand.panel import FamilySeason
    >>> forecaster = FamilySeason(season_length=12)
    >>> forecast = forecaster.fit(_make_hierarchical()).predict(fh=[1, 2, 3])
    """

    def __init__(self, season_length: int = 1, smoothing: float = 0.3, damping: float = 0.9):
        self.season_length = season_length
        self.smoothing = smoothing
        self.damping = damping
        super().__init__()

    def _fit(self, y: pd.DataFrame, X: Any = None, fh: Any = None) -> FamilySeason:
        wide = self._wide(y, self._remember(y))
        families = [key[0] if isinstance(key, tuple) and len(key) > 1 else "" for key in self._keys]
        families = pd.Series(families, index=wide.index)
        profile = seasonal_profile(wide, families, self.season_length).to_numpy()
        adjusted = wide.T / profile[:, positions(wide.shape[1], self.season_length)].T
        level = adjusted.ewm(alpha=self.smoothing, ignore_na=True).mean()
        self.level_, self.profile_, self._length = level.iloc[-1].to_numpy(), profile, wide.shape[1]
        self.growth_ = self._growth(level, families)
        return self

    def _growth(self, level: pd.DataFrame, families: pd.Series) -> np.ndarray:
        """The growth of each series' family over the last season, as a factor; 1 where nothing is that old."""
        if len(level) <= self.season_length:
            return np.ones(len(families))
        then, now = level.iloc[-1 - self.season_length], level.iloc[-1]
        both = then.notna()
        factor = now.where(both).groupby(families).sum() / then.groupby(families).sum()
        return families.map(factor).replace(np.inf, np.nan).fillna(1.0).clip(*GROWTH).to_numpy()

    def _paths(self, longest: int) -> np.ndarray:
        ahead = positions(self._length + longest, self.season_length)[self._length :]
        seasons = np.cumsum(self.damping ** np.arange(1, longest + 1)) / self.season_length
        return self.level_[:, None] * self.growth_[:, None] ** seasons * self.profile_[:, ahead]

    def _wide(self, y: pd.DataFrame, codes: np.ndarray) -> pd.DataFrame:
        """Series (rows, numbered as in `_keys`) by the times any of them has (columns), NaN before a series begins."""
        times = y.index.get_level_values(-1)
        every = times.unique().sort_values()
        wide = np.full((len(self._keys), len(every)), np.nan)
        wide[codes, every.get_indexer(times)] = y.iloc[:, 0]
        return pd.DataFrame(wide)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Arguments sktime's own tests make the forecaster with."""
        return [{}, {"season_length": 3, "smoothing": 0.5, "damping": 0.0}]
