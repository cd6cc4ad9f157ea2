"""Forecasters for series that know too little by themselves and lean on their family: new ones and slow movers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sopbench.contract.gathered import ADI_LIMIT
from sopbench.demand.methods.adjustment import season_profile, with_season, without_season
from sopbench.demand.methods.panel import PanelForecaster
from sopbench.demand.methods.smoothing import level, theta
from sopbench.demand.season import positions, seasonal_profile

GROWTH = (0.5, 2.0)
"""Least and greatest factor by which a family is believed to have grown in a season."""

FAMILY_DRIFT = 1.0
"""Share of the line through its history by which a family's total moves on: steadier than a series', so all of it is
believed; of .5, .75, 1 and more it left the least bias at 14 origins in the first 39 months of the car parts."""

LEAN = 0.2
"""Least share and, turned over, greatest multiple of its present level that a family is believed to sell."""


class FamilySeason(PanelForecaster):
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
    >>> from sopbench.demand.methods.family import FamilySeason
    >>> forecaster = FamilySeason(season_length=12)
    >>> forecast = forecaster.fit(_make_hierarchical()).predict(fh=[1, 2, 3])
    """

    def __init__(self, season_length: int = 1, smoothing: float = 0.3, damping: float = 0.9):
        self.season_length = season_length
        self.smoothing = smoothing
        self.damping = damping
        super().__init__()

    def forecast_panel(self, values: np.ndarray, families: np.ndarray, ahead: int) -> tuple[np.ndarray, dict[int, str]]:
        """The level of every series (rows; NaN before it begins) in the season and growth of its family."""
        wide, named = pd.DataFrame(values), pd.Series(families)
        profile = seasonal_profile(wide, named, self.season_length).to_numpy()
        without = wide.T / profile[:, positions(wide.shape[1], self.season_length)].T
        levels = without.ewm(alpha=self.smoothing, ignore_na=True).mean()
        now, growth = levels.iloc[-1].to_numpy(), self._growth(levels, named)
        later = positions(wide.shape[1] + ahead, self.season_length)[wide.shape[1] :]
        seasons = np.cumsum(self.damping ** np.arange(1, ahead + 1)) / self.season_length
        return now[:, None] * growth[:, None] ** seasons * profile[:, later], {}

    def _growth(self, levels: pd.DataFrame, families: pd.Series) -> np.ndarray:
        """The growth of each series' family over the last season, as a factor; 1 where nothing is that old."""
        if len(levels) <= self.season_length:
            return np.ones(len(families))
        then, now = levels.iloc[-1 - self.season_length], levels.iloc[-1]
        both = then.notna()
        factor = now.where(both).groupby(families).sum() / then.groupby(families).sum()
        return families.map(factor).replace(np.inf, np.nan).fillna(1.0).clip(*GROWTH).to_numpy()

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Arguments sktime's own tests make the forecaster with."""
        return [{}, {"season_length": 3, "smoothing": 0.5, "damping": 0.0}]


class FamilyShare(PanelForecaster):
    """Each slow mover's share of what the slow movers of its family sell together, times the forecast of that total.

    One series that sells now and then shows neither trend nor season; together they do. A share is the smoothed level
    of a series beside those of the others, so that the forecasts add up to the family's: middle-out in the words of
    Athanasopoulos, Ahmed and Hyndman (Int. J. Forecasting 25, 2009). The total is forecast by the theta method. Series
    that sell in most buckets are a group of their own.

    Parameters
    ----------
    season_length : int
        buckets in a season
    smoothing : float
        weight of the last bucket in the level, above 0 and up to 1

    Examples
    --------
    >>> from sktime.utils._testing.hierarchical import _make_hierarchical
    >>> from sopbench.demand.methods.family import FamilyShare
    >>> forecaster = FamilyShare(season_length=12)
    >>> forecast = forecaster.fit(_make_hierarchical()).predict(fh=[1, 2, 3])
    """

    def __init__(self, season_length: int = 1, smoothing: float = 0.15):
        self.season_length = season_length
        self.smoothing = smoothing
        super().__init__()

    def forecast_panel(self, values: np.ndarray, families: np.ndarray, ahead: int) -> tuple[np.ndarray, dict[int, str]]:
        """The level of every series (rows; NaN where it is not alive), moved as its group's total is."""
        known = np.isfinite(values)
        seldom = known.sum(axis=1) >= ADI_LIMIT * (known & (values > 0)).sum(axis=1)
        group, _ = pd.factorize(pd.MultiIndex.from_arrays([families, seldom]))
        now = level(values, self.smoothing)
        alive = known[:, -1] & np.isfinite(now)
        totals = np.zeros((group.max() + 1, values.shape[1]))
        np.add.at(totals, group, np.where(known & alive[:, None], values, 0.0))
        sums = np.zeros(len(totals))
        np.add.at(sums, group, np.where(alive, now, 0.0))
        moved = self._moved(totals, sums, ahead)[group]
        return now[:, None] * np.where(seldom[:, None], moved, 1.0), {}

    def _moved(self, totals: np.ndarray, sums: np.ndarray, ahead: int) -> np.ndarray:
        """By group and bucket ahead, the forecast of its total as a multiple of its series' levels."""
        length = totals.shape[1]
        begun = np.maximum.accumulate(totals > 0, axis=1)
        totals = np.where(begun, totals, np.nan)
        profile = season_profile(totals, np.arange(len(totals)), self.season_length)
        said = theta(without_season(totals, profile), self.season_length, ahead, FAMILY_DRIFT)
        said = with_season(said, profile, length)
        usable = (sums > 0) & (begun.sum(axis=1) >= 2 * max(self.season_length, 2))
        factor = np.divide(said, sums[:, None], out=np.ones_like(said), where=usable[:, None] & np.isfinite(said))
        return np.clip(factor, LEAN, 1.0 / LEAN)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Arguments sktime's own tests make the forecaster with."""
        return [{}, {"season_length": 3, "smoothing": 0.5}]
