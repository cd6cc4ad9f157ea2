"""One gradient-boosting model across all series of a panel, as an sktime forecaster with exogenous data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sopbench.demand.methods.boosting_model import Boosted, Settings, learn
from sopbench.demand.methods.panel import PanelForecaster


class GradientBoostingPanel(PanelForecaster):
    """One gradient-boosting model over all series of a panel, for all leads, with exogenous data known ahead.

    A plain forecast (smoothed level times season, shrunk towards the family's) is corrected by trees grown on every
    series, origin and lead at once, in units of each series' noise: so a short series profits from all others.
    Regular series are learned by absolute error, those with many empty buckets by squared error, lest nothing be the
    best forecast. How much of the correction is added is what served best on buckets held out at the end of the
    history, by root mean squared scaled error a series; nothing is added where too little can be held out.
    Quantiles add the errors of the held-out buckets (split conformal prediction: Lei et al., JASA 113, 2018), growing
    with the lead. The series of a hierarchy whose first level is the same are a family.

    `failures_` says, by row, why a series has no forecast (NaN): nothing of it is known. Exogenous columns must be
    numbers; they are handed for all buckets of y and for those forecast. Same series in any order, same bytes.

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
    >>> from sopbench.demand.methods.boosting import GradientBoostingPanel
    >>> forecaster = GradientBoostingPanel(season_length=12)
    >>> forecast = forecaster.fit(_make_hierarchical(), fh=[1, 2, 3]).predict()
    """

    _tags = {
        "capability:exogenous": True,
        "capability:missing_values": True,
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

    def forecast_panel(
        self, values: np.ndarray, families: np.ndarray, ahead: int, known: np.ndarray | None = None
    ) -> tuple[np.ndarray, dict[int, str]]:
        """Forecast series (rows) over buckets (columns, NaN where not known) for 1 to `ahead` buckets on.

        `families` names each row's family. `known` holds exogenous columns (first axis) by series by buckets, those
        ahead too. Also says, by row, why a series could not be forecast (NaN). What comes out may depend on the order
        of the rows in its last digits: the estimator sorts them, callers of this keep theirs.
        """
        length = values.shape[1]
        known = np.empty((0, len(values), length + ahead)) if known is None else known
        boosted = self._learned(values, families, known[:, :, :length], self.horizon or ahead)
        return boosted.forecast(np.arange(1, ahead + 1), known[:, :, length:]), _unknown(values)

    def _fit(self, y: pd.DataFrame, X: Any = None, fh: Any = None) -> GradientBoostingPanel:
        values = self._wide(y, self._remember(y)).to_numpy()
        self._times = y.index.get_level_values(-1).unique().sort_values()
        flat = self._keys.nlevels == 1
        families = np.zeros(len(self._keys)) if flat else self._keys.get_level_values(0).to_numpy()
        self._order = _order(self._keys)
        self._columns_of_X = 0 if X is None else X.shape[1]
        leads = self.horizon or (int(np.max(fh.to_relative(self.cutoff))) if fh is not None else self.season_length)
        known = self._exogenous(X, self._times)[:, self._order]
        self.boosted_ = self._learned(values[self._order], families[self._order], known, max(leads, 1))
        self.failures_ = _unknown(values)
        return self

    def _learned(self, values: np.ndarray, families: np.ndarray, known: np.ndarray, leads: int) -> Boosted:
        learner = {
            "max_iter": self.trees,
            "max_leaf_nodes": self.leaves,
            "min_samples_leaf": self.least_rows,
            "learning_rate": self.learning_rate,
            "l2_regularization": self.regularization,
            "max_features": self.share_of_features,
            "random_state": self.seed,
        }
        settings = Settings(self.season_length, leads, self.origins, self.max_rows, learner)
        with np.errstate(all="ignore"):
            return learn(values, _numbers(families), known, settings)

    def _predict(self, fh: Any, X: Any = None) -> pd.DataFrame:
        ahead, times, known = self._asked(fh, X)
        said = np.empty((len(self._keys), len(ahead)))
        said[self._order] = self.boosted_.forecast(ahead, known)
        return pd.DataFrame(said.ravel(), index=self._rows(times), columns=self._columns)

    def _predict_quantiles(self, fh: Any, X: Any, alpha: list[float]) -> pd.DataFrame:
        ahead, times, known = self._asked(fh, X)
        said = np.empty((len(self._keys), len(ahead), len(alpha)))
        said[self._order] = self.boosted_.quantiles(ahead, known, alpha)
        name = self._columns[0]
        columns = pd.MultiIndex.from_product([[0 if name is None else name], alpha])
        return pd.DataFrame(said.reshape(-1, len(alpha)), index=self._rows(times), columns=columns)

    def _asked(self, fh: Any, X: Any) -> tuple[np.ndarray, pd.Index, np.ndarray]:
        """The leads and times asked for, and what is known of them."""
        times = fh.to_absolute_index(self.cutoff)
        known = self._exogenous(X, times)[:, self._order]
        return np.asarray(fh.to_relative(self.cutoff), dtype=int), times, known

    def _exogenous(self, X: Any, times: pd.Index) -> np.ndarray:
        """The exogenous columns (first axis) by series by `times`; NaN where X says nothing."""
        wide = np.full((self._columns_of_X, len(self._keys), len(times)), np.nan)
        if X is None or self._columns_of_X == 0:
            return wide
        series = self._keys.get_indexer(X.index.droplevel(-1)) if X.index.nlevels > 1 else np.zeros(len(X), dtype=int)
        places = times.get_indexer(X.index.get_level_values(-1))
        inside = (series >= 0) & (places >= 0)
        wide[:, series[inside], places[inside]] = X.to_numpy(dtype=float)[inside].T
        return wide

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Arguments sktime's own tests make the forecaster with."""
        return [{"trees": 5}, {"season_length": 3, "horizon": 2, "trees": 3, "max_rows": 2000, "least_rows": 20}]


def _unknown(values: np.ndarray) -> dict[int, str]:
    return {int(row): "nothing of it is known" for row in np.flatnonzero(~np.isfinite(values).any(axis=1))}


def _order(keys: pd.Index) -> np.ndarray:
    """The rows in an order of their names alone, whatever order and types they come in."""
    parts = [key if isinstance(key, tuple) else (key,) for key in keys]
    told = [tuple((type(part).__name__, str(part)) for part in key) for key in parts]
    return np.array(sorted(range(len(told)), key=told.__getitem__), dtype=int)


def _numbers(families: np.ndarray) -> np.ndarray:
    """A number for each family, in the order of their names."""
    return np.unique([f"{type(each).__name__} {each}" for each in families], return_inverse=True)[1]
