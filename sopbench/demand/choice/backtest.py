"""What each method would have said in the past: forecasts from rolling origins beside what came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from sopbench.contract import checked, table
from sopbench.demand.choice.combination import COMBINATION, middle
from sopbench.demand.methods.methods import fitted_once, run_at_origins, run_method
from sopbench.params_demand import Backtest

WORTH_A_PROCESS = 30_000
"""Series times methods from which processes share the work: less is done before they start."""


def backtest_methods(
    settings: Backtest,
    methods: dict[str, Any],
    values: pd.DataFrame,
    own: pd.DataFrame,
    families: pd.Series,
    season: int,
    combine: list[str] | None = None,
    jobs: int = 1,
    known: np.ndarray | None = None,
) -> pd.DataFrame:
    """Make the table backtest: every method at every origin for every series (Tashman, Int. J. Forecasting 16, 2000).

    `values` holds cleaned units by series (rows) and bucket (columns), NaN before a series begins; `own` is False where
    they come from a like item, which nobody can be measured against; `families` names each row's family. The last
    origin leaves `horizon` buckets to compare. A series is left out of an origin with less than a season behind it.
    The middle of the methods in `combine` stands beside them as a method of its own, "combination". `jobs` processes
    share the work where it is much; the table is the same. `known` holds features (first axis) of series and buckets,
    for methods that take them.
    """
    origins = origins_of(settings, values.shape[1])
    once = [name for name, method in methods.items() if fitted_once(method)]
    tasks = [(name, origins) for name in once if origins]
    tasks += [(name, [origin]) for origin in origins for name in methods if name not in once]
    busy = jobs if len(values) * len(methods) >= WORTH_A_PROCESS else 1
    done = Parallel(n_jobs=busy, batch_size=1)(
        delayed(at_origins)(methods[name], values, own, families, when, settings.horizon, season, known)
        for name, when in tasks
    )
    said = {
        (name, origin): each
        for (name, when), every in zip(tasks, done, strict=True)
        for origin, each in zip(when, every, strict=True)
    }
    members = [name for name in combine or [] if name in methods]
    pieces = []
    for origin in origins:
        here = {name: said[name, origin] for name in methods}
        if len(members) > 1:
            here[COMBINATION] = middle(np.stack([here[name] for name in members]))
        pieces += [_rows(name, each, values, origin) for name, each in here.items()]
    return checked(pd.concat([table("backtest").empty(), *pieces]), table("backtest"))


def origins_of(settings: Backtest, length: int) -> list[int]:
    """The number of buckets seen at each origin, oldest first, of a history of so many buckets."""
    origins = length - settings.horizon - settings.step * np.arange(settings.windows)
    return [int(origin) for origin in origins[origins > 0][::-1]]


def at_origins(
    method: Any,
    values: pd.DataFrame,
    own: pd.DataFrame,
    families: pd.Series,
    origins: list[int],
    horizon: int,
    season: int,
    known: np.ndarray | None = None,
) -> list[np.ndarray]:
    """What one method says at each origin: series by buckets ahead, NaN where it was not or could not be asked."""
    units = values.to_numpy(dtype=float)
    alive = np.cumsum(np.isfinite(units), axis=1)
    asked = np.stack([(alive[:, origin - 1] >= season) & own.iloc[:, origin].to_numpy() for origin in origins])
    if fitted_once(method):
        return [_whole(said) for said in run_at_origins(method, units, families.to_numpy(), asked, origins, horizon)]
    found = []
    for origin, here in zip(origins, asked, strict=True):
        said = np.full((len(values), horizon), np.nan)
        more = None if known is None else known[:, here, : origin + horizon]
        said[here], _ = run_method(method, values.iloc[here, :origin], families[here], horizon, more)
        found.append(_whole(said))
    return found


def _whole(said: np.ndarray) -> np.ndarray:
    """A forecast that lacks a bucket is none."""
    return np.where(np.isnan(said).any(axis=1, keepdims=True), np.nan, said)


def _rows(name: str, said: np.ndarray, values: pd.DataFrame, origin: int) -> pd.DataFrame:
    """The rows of the table backtest of one method at one origin; series it did not forecast are left out."""
    horizon = said.shape[1]
    done = np.flatnonzero(~np.isnan(said).any(axis=1))
    rows = values.index[done]
    return pd.DataFrame(
        {
            "item_id": np.repeat(rows.get_level_values("item_id").to_numpy(), horizon),
            "location_id": np.repeat(rows.get_level_values("location_id").to_numpy(), horizon),
            "method": name,
            "origin": values.columns[origin],
            "bucket": np.tile(values.columns[origin : origin + horizon], len(done)),
            "lag": np.tile(np.arange(horizon), len(done)),
            "forecast": said[done].ravel(),
            "actual": values.iloc[done, origin : origin + horizon].to_numpy().ravel(),
        }
    )
