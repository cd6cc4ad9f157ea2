"""What each method would have said in the past: forecasts from rolling origins beside what came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.demand.methods import run_method
from sopbench.params import Backtest


def backtest_methods(
    settings: Backtest,
    methods: dict[str, Any],
    values: pd.DataFrame,
    own: pd.DataFrame,
    families: pd.Series,
    season: int,
) -> pd.DataFrame:
    """Make the table backtest: every method at every origin for every series (Tashman, Int. J. Forecasting 16, 2000).

    `values` holds cleaned units by series (rows) and bucket (columns), NaN before a series begins; `own` is False where
    they come from a like item, which nobody can be measured against; `families` names each row's family. The last
    origin leaves `horizon` buckets to compare. A series is left out of an origin with less than a season behind it.
    """
    origins = values.shape[1] - settings.horizon - settings.step * np.arange(settings.windows)
    pieces = [
        _at_origin(name, method, values, own, families, int(origin), settings.horizon, season)
        for origin in origins[origins > 0][::-1]
        for name, method in methods.items()
    ]
    return checked(pd.concat([table("backtest").empty(), *pieces]), table("backtest"))


def _at_origin(
    name: str,
    method: Any,
    values: pd.DataFrame,
    own: pd.DataFrame,
    families: pd.Series,
    origin: int,
    horizon: int,
    season: int,
) -> pd.DataFrame:
    """One method at one origin; series it could not forecast are left out."""
    long_enough = values.iloc[:, :origin].notna().sum(axis=1) >= season
    asked = long_enough & own.iloc[:, origin]
    tried = values[asked]
    forecast, _ = run_method(method, tried.iloc[:, :origin], families[asked], horizon)
    done = ~np.isnan(forecast).any(axis=1)
    rows = tried[done].index
    count = len(rows)
    return pd.DataFrame(
        {
            "item_id": np.repeat(rows.get_level_values("item_id"), horizon),
            "location_id": np.repeat(rows.get_level_values("location_id"), horizon),
            "method": name,
            "origin": values.columns[origin],
            "bucket": np.tile(values.columns[origin : origin + horizon], count),
            "lag": np.tile(np.arange(horizon), count),
            "forecast": forecast[done].ravel(),
            "actual": tried[done].iloc[:, origin : origin + horizon].to_numpy().ravel(),
        }
    )
