"""What each method would have said in the past: forecasts from rolling origins beside what came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sopbench.contract import table
from sopbench.demand.choice.combination import COMBINATION, middle
from sopbench.demand.history.history import SERIES
from sopbench.demand.methods.methods import fitted_once, run_at_origins, run_method, shared_out, takes_features
from sopbench.params.demand import Backtest
from sopbench.shared import share_out, sharers

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
    The middle of the methods in `combine` stands beside them as a method of its own, "combination"; of one method it
    is that method. `jobs` processes share the work where it is much; the table is the same. `known` holds features
    (first axis) of series and buckets, for methods that take them.
    """
    origins = origins_of(settings, values.shape[1])
    once = [name for name, method in methods.items() if fitted_once(method)]
    busy = sharers(jobs, len(values) * len(methods) >= WORTH_A_PROCESS)
    asked = [(name, origins) for name in once if origins]
    asked += [(name, [origin]) for origin in origins for name in methods if name not in once]
    tasks = [(name, when, rows) for name, when in asked for rows in shared_out(methods[name], len(values))]
    pieces = (
        (methods[name], *some_of(rows, values, own, families), when, settings.horizon, season,
         what_it_takes(methods[name], known, rows))
        for name, when, rows in tasks
    )  # fmt: skip
    said = {(name, at): np.full((len(values), settings.horizon), np.nan) for name, when in asked for at in when}
    for (name, when, rows), every in zip(tasks, share_out(at_origins, pieces, busy), strict=True):
        for origin, each in zip(when, every, strict=True):
            said[name, origin][rows] = each
    members = [name for name in combine or [] if name in methods]
    for origin in origins if members else []:
        said[COMBINATION, origin] = middle(np.stack([said[name, origin] for name in members]))
    return _table(said, values, origins, settings.horizon)


def origins_of(settings: Backtest, length: int) -> list[int]:
    """The number of buckets seen at each origin, oldest first, of a history of so many buckets."""
    origins = length - settings.horizon - settings.step * np.arange(settings.windows)
    return [int(origin) for origin in origins[origins > 0][::-1]]


def some_of(rows: np.ndarray, *tables: pd.DataFrame | pd.Series) -> tuple[pd.DataFrame | pd.Series, ...]:
    """Some series of tables of series, by place: a piece of work knows its rows by their numbers alone."""
    return tuple(each.iloc[rows].reset_index(drop=True) for each in tables)


def what_it_takes(method: Any, known: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    """The features of some series, for a method that learns from them; the others are not sent any."""
    return np.ascontiguousarray(known[:, rows]) if known is not None and takes_features(method) else None


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


def _table(
    said: dict[tuple[str, int], np.ndarray], values: pd.DataFrame, origins: list[int], horizon: int
) -> pd.DataFrame:
    """The table backtest of what each method (by name and origin) said; what it did not forecast is left out.

    Made in the order and with the types of the contract, since millions of rows cost more to check than to make.
    """
    if not said:
        return table("backtest").empty()
    names = sorted({name for name, _ in said})
    order = values.index.to_frame(index=False).sort_values(SERIES).index.to_numpy()
    every = np.stack([np.stack([said[name, origin][order] for origin in origins], axis=1) for name in names], axis=1)
    series, method, origin, lag = np.nonzero(np.isfinite(every))
    rows, bucket = order[series], np.array(origins)[origin] + lag
    item, location = (values.index.get_level_values(name).to_numpy(dtype=object) for name in SERIES)
    columns = {
        "item_id": item[rows],
        "location_id": location[rows],
        "method": np.array(names, dtype=object)[method],
        "origin": values.columns.to_numpy()[np.array(origins)[origin]],
        "bucket": values.columns.to_numpy()[bucket],
        "lag": lag,
        "forecast": every[series, method, origin, lag],
        "actual": values.to_numpy(dtype=float)[rows, bucket],
    }
    return pd.DataFrame(columns, columns=table("backtest").names, copy=False)
