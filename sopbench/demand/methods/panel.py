"""What our forecasters share: they take a whole panel as it is, and give quantiles from their own past errors.

sktime sends a panel through most forecasters one series at a time, at 8 to 40 ms of bookkeeping a series; these tell
sktime that they take panels and hierarchies, so that thousands of series cost little more than the models themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sktime.forecasting.base import BaseForecaster

from sopbench.demand.errors.spread import errors_at_origins, quantile_ahead

PANELS = ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"]
"""The forms sktime may hand data over in: one series, a panel, a hierarchy."""


class PanelForecaster(BaseForecaster):
    """A forecaster of whole panels: a subclass says in `forecast_panel` what comes after an array of series.

    The first level of a hierarchy is a series' family; a flat panel is one family. Where a series cannot be forecast
    it is NaN, and `failures_` says why, by the row of the series.
    """

    _tags = {
        "authors": ["sopbench"],
        "maintainers": ["sopbench"],
        "y_inner_mtype": PANELS,
        "X_inner_mtype": PANELS,
        "capability:multivariate": False,
        "capability:exogenous": False,
        "capability:missing_values": False,
        "capability:insample": False,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:unequal_length": True,
        "requires-fh-in-fit": False,
    }

    def forecast_panel(self, values: np.ndarray, families: np.ndarray, ahead: int) -> tuple[np.ndarray, dict[int, str]]:
        """Forecast series (rows) over buckets (columns, NaN before a series begins) for 1 to `ahead` buckets on.

        `families` names each row's family. Also says, by row, why a series could not be forecast (NaN).
        """
        raise NotImplementedError

    def sees_each_alone(self) -> bool:
        """Whether what it says of a series depends on that series only, so that parts of a panel can be shared out."""
        return False

    def check_arguments(self) -> None:
        """Raise an error that says what is wrong with the arguments, where no series could be forecast with them."""

    def _fit(self, y: pd.DataFrame, X: Any = None, fh: Any = None) -> PanelForecaster:
        self._values = self._wide(y, self._remember(y)).to_numpy()
        flat = self._keys.nlevels == 1
        self._families = np.zeros(len(self._keys)) if flat else self._keys.get_level_values(0).to_numpy()
        longest = 1 if fh is None else max(int(np.max(fh.to_relative(self.cutoff))), 1)
        self._said, self.failures_ = self.forecast_panel(self._values, self._families, longest)
        return self

    def _predict(self, fh: Any, X: Any = None) -> pd.DataFrame:
        ahead = np.asarray(fh.to_relative(self.cutoff), dtype=int)
        times = fh.to_absolute_index(self.cutoff)
        said = self._paths(int(ahead.max()))[:, ahead - 1].ravel()
        return pd.DataFrame(said, index=self._rows(times), columns=self._columns)

    def _predict_quantiles(self, fh: Any, X: Any, alpha: list[float]) -> pd.DataFrame:
        ahead = np.asarray(fh.to_relative(self.cutoff), dtype=int)
        times = fh.to_absolute_index(self.cutoff)
        longest = int(ahead.max())
        tried = errors_at_origins(self._values, longest, self._at_origin)
        said = quantile_ahead(self._paths(longest), self._values, tried, alpha)[:, ahead - 1]
        name = self._columns[0]
        columns = pd.MultiIndex.from_product([[0 if name is None else name], alpha])
        return pd.DataFrame(said.reshape(-1, len(alpha)), index=self._rows(times), columns=columns)

    def _paths(self, longest: int) -> np.ndarray:
        """The forecasts of all series (rows) for 1 to `longest` buckets ahead (columns)."""
        enough = self._said.shape[1] >= longest
        return self._said if enough else self.forecast_panel(self._values, self._families, longest)[0]

    def _at_origin(self, values: np.ndarray, ahead: int) -> np.ndarray:
        """What the forecaster would have said with only `values` seen."""
        return self.forecast_panel(values, self._families, ahead)[0]

    def _set_cutoff_from_y(self, y: pd.DataFrame) -> None:
        """Set the cutoff, the last time any series has: for several series, read off the codes of the index.

        sktime looks for it, twice a fit, by grouping all rows by their series: more work than a naive forecast of them.
        """
        if not isinstance(y.index, pd.MultiIndex) or len(y) == 0:
            super()._set_cutoff_from_y(y)
            return
        times = y.index.levels[-1]
        last = y.index.codes[-1][_places(y.index).argmax()]
        self._set_cutoff(times[last : last + 1].rename(None))  # a slice keeps the frequency

    def _remember(self, y: pd.DataFrame) -> np.ndarray:
        """Keep how series and columns are called; return the number of each row's series, in order of appearance."""
        self._columns, self._index_names = y.columns, y.index.names
        if y.index.nlevels == 1:
            self._keys: pd.Index = pd.Index([0])
            return np.zeros(len(y), dtype=int)
        codes = np.asarray(y.index.codes[:-1])
        first = np.r_[True, (codes[:, 1:] != codes[:, :-1]).any(axis=0)]
        self._keys = y.index[first].remove_unused_levels().droplevel(-1)
        return np.cumsum(first) - 1

    def _wide(self, y: pd.DataFrame, codes: np.ndarray) -> pd.DataFrame:
        """Series (rows, numbered as in `_keys`) by the times any of them has (columns), NaN before a series begins."""
        place = np.arange(len(y)) if y.index.nlevels == 1 else _places(y.index)
        wide = np.full((len(self._keys), place.max(initial=-1) + 1), np.nan)
        wide[codes, place] = y.iloc[:, 0]
        return pd.DataFrame(wide)

    def _rows(self, times: pd.Index) -> pd.Index:
        """One row for each series and time, in the order the series came.

        The index of series knows their names' codes: repeating codes saves finding them again from names in every row.
        """
        if len(self._index_names) == 1:
            return times
        keys = self._keys if self._keys.nlevels > 1 else pd.MultiIndex.from_arrays([self._keys])
        codes = [np.repeat(each, len(times)) for each in keys.codes]
        time_codes = np.tile(np.arange(len(times)), len(keys))
        return pd.MultiIndex([*keys.levels, times], [*codes, time_codes], names=self._index_names)


def _places(index: pd.MultiIndex) -> np.ndarray:
    """The place of each row's time among the times in the index, the earliest 0.

    The codes of the index tell it without a sort of all rows; they may be of times no row has, and not in order.
    """
    times, codes = index.levels[-1], index.codes[-1]
    used = np.bincount(codes, minlength=len(times)) > 0
    order = np.arange(len(times)) if times.is_monotonic_increasing else times.argsort()
    place = np.empty(len(times), dtype=int)
    place[order] = used[order].cumsum() - 1
    return place[codes]
