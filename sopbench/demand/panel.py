"""A forecaster that takes a whole panel of series and hands it to statsforecast's compiled models.

sktime sends a panel through most forecasters one series at a time, at 8 to 40 ms of bookkeeping a series; this one
tells sktime that it takes panels as they are, so that hundreds of series cost little more than the models themselves.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
from sktime.forecasting.base import BaseForecaster

PANELS = ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"]
"""The forms sktime may hand data over in: one series, a panel, a hierarchy."""


class StatsForecastPanel(BaseForecaster):
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

    _tags = {
        "authors": ["sopbench"],
        "maintainers": ["sopbench"],
        "python_dependencies": ["statsforecast>=2.1"],
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

    def __init__(self, model: str = "Naive", season_length: int = 1, params: dict[str, Any] | None = None):
        self.model = model
        self.season_length = season_length
        self.params = params
        super().__init__()

    def _fit(self, y: pd.DataFrame, X: Any = None, fh: Any = None) -> StatsForecastPanel:
        template = self._template()
        self.fitted_, self.failures_ = {}, {}
        for key, values in _series_of(y):
            try:
                self.fitted_[key] = template.new().fit(y=values)
            except Exception as error:  # noqa: BLE001 - whatever a model raises concerns this series only
                self.fitted_[key] = None
                self.failures_[key] = f"{type(error).__name__}: {error}"
        self._columns, self._index_names = y.columns, y.index.names
        return self

    def _predict(self, fh: Any, X: Any = None) -> pd.DataFrame:
        ahead = np.asarray(fh.to_relative(self.cutoff), dtype=int)
        times = fh.to_absolute_index(self.cutoff)
        said = np.concatenate([_ahead(model, ahead.max())[ahead - 1] for model in self.fitted_.values()])
        rows = times if len(self._index_names) == 1 else self._rows(times)
        return pd.DataFrame(said, index=rows, columns=self._columns)

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

    def _rows(self, times: pd.Index) -> pd.MultiIndex:
        """One row for each series and time, in the order the series were fitted."""
        keys = [key if isinstance(key, tuple) else (key,) for key in self.fitted_]
        levels = [np.repeat([key[level] for key in keys], len(times)) for level in range(len(keys[0]))]
        return pd.MultiIndex.from_arrays([*levels, np.tile(times, len(keys))], names=self._index_names)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Arguments sktime's own tests make the forecaster with."""
        return [
            {"model": "Naive"},
            {"model": "WindowAverage", "params": {"window_size": 2}},
            {"model": "SeasonalNaive", "season_length": 2},
        ]


def _series_of(y: pd.DataFrame) -> list[tuple[Any, np.ndarray]]:
    """Each series of a panel with its key; the key () stands for a series that comes alone."""
    values = y.iloc[:, 0].to_numpy(dtype=float)
    if y.index.nlevels == 1:
        return [((), values)]
    codes, keys = y.index.droplevel(-1).factorize()
    ends = np.cumsum(np.bincount(codes))[:-1]
    return list(zip(keys, np.split(values[np.argsort(codes, kind="stable")], ends), strict=True))


def _ahead(model: Any, longest: int) -> np.ndarray:
    """The forecast of a fitted model as far as `longest` buckets ahead; NaN where the model could not be fitted."""
    return np.full(longest, np.nan) if model is None else np.asarray(model.predict(h=longest)["mean"], dtype=float)
