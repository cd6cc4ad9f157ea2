"""statsforecast's compiled models over a whole panel, as one sktime forecaster."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from sopbench.demand.methods.adjustment import season_profile, with_season, without_season
from sopbench.demand.methods.panel import PanelForecaster

ASTRAY = 1.5
"""How many times the naive forecast's errors a model's may be on what came since it was fitted: beyond, it is fitted
anew. Updated models of AutoCES run away so often that updating them saves nothing."""


class StatsForecastPanel(PanelForecaster):
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
    refit : bool
        False: a backtest fits the model at the oldest origin a series has and only updates it at later ones, unless
        what came since led it astray: for models that are slow to fit and can be updated, such as AutoETS and
        the theta ones
    adjusted : bool
        True: the model sees series without their season, which is shrunk to their family's and put back afterwards

    Examples
    --------
    >>> from sktime.utils._testing.hierarchical import _make_hierarchical
    >>> from sopbench.demand.methods.compiled import StatsForecastPanel
    >>> forecaster = StatsForecastPanel("SeasonalNaive", season_length=12)
    >>> forecast = forecaster.fit(_make_hierarchical()).predict(fh=[1, 2, 3])
    """

    _tags = {"python_dependencies": ["statsforecast>=2.1"]}

    def __init__(
        self,
        model: str = "Naive",
        season_length: int = 1,
        params: dict[str, Any] | None = None,
        adjusted: bool = False,
        refit: bool = True,
    ):
        self.model = model
        self.season_length = season_length
        self.params = params
        self.adjusted = adjusted
        self.refit = refit
        super().__init__()

    def sees_each_alone(self) -> bool:
        """Unless the season, which is shrunk to the family's, is taken out first."""
        return not self.adjusted

    def check_arguments(self) -> None:
        """Raise an error where statsforecast has no such model, or has it with other arguments."""
        self._template(self.season_length)

    def forecast_panel(self, values: np.ndarray, families: np.ndarray, ahead: int) -> tuple[np.ndarray, dict[int, str]]:
        """What the model says of every series (rows; NaN before it begins), and why it said nothing."""
        if not self.adjusted:
            return self._each(values, ahead, self.season_length)
        profile = season_profile(values, families, self.season_length)
        said, why = self._each(without_season(values, profile), ahead, 1)
        return with_season(said, profile, values.shape[1]), why

    def _each(self, values: np.ndarray, ahead: int, season: int) -> tuple[np.ndarray, dict[int, str]]:
        if self.model in PLAIN and not self.params:
            return PLAIN[self.model](values, ahead, season)
        model = self._template(season)
        said, why = np.full((len(values), ahead), np.nan), {}
        known = np.isfinite(values)
        whole = bool(known.all())
        for row, series in enumerate(values):
            try:
                said[row] = model.forecast(y=series if whole else series[known[row]], h=ahead)["mean"]
            except Exception as error:  # noqa: BLE001 - whatever a model raises concerns this series only
                why[row] = f"{type(error).__name__}: {error}"
        return said, why

    def forecast_origins(
        self, values: np.ndarray, families: np.ndarray, asked: np.ndarray, origins: list[int], ahead: int
    ) -> np.ndarray:
        """What the model, fitted once a series, says at each origin: origins, series, buckets ahead.

        `asked` (origins by series) tells where it is asked; NaN elsewhere, and where the model raises.
        """
        said = np.full((len(origins), len(values), ahead), np.nan)
        fitted: dict[int, Any] = {}
        model = self._template(1 if self.adjusted else self.season_length)
        for place, origin in enumerate(origins):
            seen, rows = values[:, :origin], np.flatnonzero(asked[place])
            profile = season_profile(seen, families, self.season_length) if self.adjusted else None
            seen = seen if profile is None else without_season(seen, profile)
            for row in rows:
                said[place, row] = self._updated(model, fitted, row, seen[row][np.isfinite(seen[row])], ahead)
            if profile is not None:
                said[place] = with_season(said[place], profile, origin)
        return said

    def _updated(self, model: Any, fitted: dict[int, Any], row: int, seen: np.ndarray, ahead: int) -> Any:
        """What a series' model says after `seen`, fitted here if it was not or went astray; NaN if it raises."""
        try:
            if row in fitted:
                said = fitted[row].forward(y=seen, h=ahead, fitted=True)
                if not _astray(said["fitted"], seen, self.season_length):
                    return said["mean"]
            fitted[row] = model.new().fit(y=seen)
            return fitted[row].predict(h=ahead)["mean"]
        except Exception:  # noqa: BLE001 - a series it cannot take has no forecast, and the choice says so
            return np.nan

    def _template(self, season: int) -> Any:
        """The model with its arguments; ValueError where statsforecast has none of that name."""
        from statsforecast import models

        made = getattr(models, self.model, None)
        if not inspect.isclass(made):
            raise ValueError(f"statsforecast.models has no {self.model!r}")
        said = dict(self.params or {})
        if "season_length" in inspect.signature(made.__init__).parameters:
            said.setdefault("season_length", season)
        return made(**said)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Arguments sktime's own tests make the forecaster with."""
        return [
            {"model": "Naive"},
            {"model": "WindowAverage", "params": {"window_size": 2}},
            {"model": "SimpleExponentialSmoothingOptimized", "season_length": 3, "adjusted": True},
        ]


def _astray(fitted: np.ndarray, seen: np.ndarray, season: int) -> bool:
    """Whether a model missed the last season's buckets, one ahead, by more than ASTRAY times what naive did."""
    late = max(season, 2)
    missed, naive = np.abs(fitted - seen)[-late:].mean(), np.abs(np.diff(seen))[-late:].mean()
    return not missed <= ASTRAY * naive


def _last(values: np.ndarray, ahead: int, season: int) -> tuple[np.ndarray, dict[int, str]]:
    """The naive forecast: as the last bucket known."""
    return np.repeat(_latest(values, 1), ahead, axis=1), _unknown(values, 1)


def _last_season(values: np.ndarray, ahead: int, season: int) -> tuple[np.ndarray, dict[int, str]]:
    """The seasonal naive forecast: as a season ago, of series with a whole season."""
    return _latest(values, season)[:, np.arange(ahead) % season], _unknown(values, season)


def _latest(values: np.ndarray, count: int) -> np.ndarray:
    """The last `count` known buckets of each series, NaN where there are fewer."""
    if values.shape[1] >= count and np.isfinite(values[:, -count:]).all():
        return values[:, -count:].astype(float)
    known = np.isfinite(values)
    place = known[:, ::-1].cumsum(axis=1)[:, ::-1]
    latest = np.full((len(values), count), np.nan)
    rows, columns = np.nonzero(known & (place <= count))
    latest[rows, count - place[rows, columns]] = values[rows, columns]
    latest[place[:, :1].ravel() < count] = np.nan
    return latest


def _unknown(values: np.ndarray, count: int) -> dict[int, str]:
    """Why series with fewer than `count` known buckets have no forecast."""
    few = np.flatnonzero(np.isfinite(values).sum(axis=1) < count)
    return dict.fromkeys(few.tolist(), f"it has fewer than {count} buckets")


PLAIN = {"Naive": _last, "SeasonalNaive": _last_season}
"""Models so plain that a call a series would cost more than the model: read off the array."""


def model_names() -> list[str]:
    """The models of statsforecast that StatsForecastPanel can run."""
    from statsforecast import models

    return [name for name, kind in inspect.getmembers(models, inspect.isclass) if hasattr(kind, "forecast")]
