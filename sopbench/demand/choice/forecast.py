"""The statistical forecast: every series still on sale, by its method, over the whole horizon."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sopbench.demand.choice.backtest import WORTH_A_PROCESS, some_of, what_it_takes
from sopbench.demand.choice.combination import COMBINATION, middle, weighted
from sopbench.demand.history.history import LIKE_ITEM, SERIES
from sopbench.demand.life import by_bucket
from sopbench.demand.methods.methods import run_method, shared_out
from sopbench.shared import share_out, sharers


def live_series(
    history: pd.DataFrame, selling: pd.DataFrame, buckets: pd.DatetimeIndex
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The series of the table history whose item sells in the horizon: cleaned units, and whether they are its own.

    Both are series (rows) by `buckets` (columns); `selling` says which item sells in which bucket of the horizon.
    """
    live = selling.index[selling.any(axis=1)]
    kept = history[history["item_id"].isin(live)]
    kept = kept.assign(own=kept["reason"] != LIKE_ITEM).set_index([*SERIES, "bucket"])
    return by_bucket(kept["cleaned"], buckets), by_bucket(kept["own"], buckets).eq(True)


def forecast_series(
    choice: pd.DataFrame,
    methods: dict[str, Any],
    values: pd.DataFrame,
    families: pd.Series,
    horizon: int,
    combine: list[str] | None = None,
    weights: pd.DataFrame | None = None,
    known: np.ndarray | None = None,
    jobs: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecast each series (rows of `values`, cleaned units by bucket) by its chosen method, `horizon` buckets ahead.

    Every method that is chosen sees all series, so that what learns from families sees them whole. A series whose
    method is the combination gets the middle of the methods in `combine`, or their mean by `weights` (series by
    method). `known` holds features (first axis) of series and buckets, those ahead too. `jobs` processes share the work
    where it is much. Returns forecasts (series by buckets ahead, from 0) and the choice, in which a series that its
    method could not forecast has fallen back to the naive one and says so.
    """
    said = np.full((len(values), horizon), np.nan)
    choice = choice.copy()
    members = [name for name in combine or [] if name in methods]
    together = np.flatnonzero((choice["method"] == COMBINATION).to_numpy())
    combined = members if len(together) else []
    chosen = set(choice["method"]) | set(combined)
    asked = [name for name in methods if name in chosen and (name != "naive" or name in combined)]
    forecasts, why = _forecasts_of(asked, methods, values, families, horizon, known, jobs)
    if len(together):
        each = np.stack([forecasts[name] for name in members])
        every = middle(each) if weights is None else weighted(each, weights[members].to_numpy())
        forecasts[COMBINATION] = every
        why[COMBINATION] = dict.fromkeys(
            np.flatnonzero(np.isnan(every).any(axis=1)).tolist(), "none of its methods could"
        )
    for name, every in forecasts.items():
        rows = np.flatnonzero((choice["method"] == name).to_numpy())
        said[rows] = every[rows]
        fallen = {row: why[name][row] for row in rows.tolist() if row in why[name]}
        told = [f"fell back to naive: {name} failed, {each}" for each in fallen.values()]
        choice.iloc[list(fallen), choice.columns.get_loc("reason")] = told
        choice.iloc[list(fallen), choice.columns.get_loc("method")] = "naive"
    last = np.flatnonzero((choice["method"] == "naive").to_numpy())
    said[last], _ = run_method(methods["naive"], values.iloc[last], families.iloc[last], horizon)
    return pd.DataFrame(said, index=values.index), choice


def _forecasts_of(
    asked: list[str],
    methods: dict[str, Any],
    values: pd.DataFrame,
    families: pd.Series,
    horizon: int,
    known: np.ndarray | None,
    jobs: int,
) -> tuple[dict[str, np.ndarray], dict[str, dict[int, str]]]:
    """What each method asked says of every series, and why it says nothing, by row."""
    busy = sharers(jobs, len(values) * len(methods) >= WORTH_A_PROCESS)
    tasks = [(name, rows) for name in asked for rows in shared_out(methods[name], len(values))]
    pieces = (
        (methods[name], *some_of(rows, values, families), horizon, what_it_takes(methods[name], known, rows))
        for name, rows in tasks
    )
    forecasts = {name: np.full((len(values), horizon), np.nan) for name in asked}
    why: dict[str, dict[int, str]] = {name: {} for name in asked}
    for (name, rows), (each, failed) in zip(tasks, share_out(run_method, pieces, busy), strict=True):
        forecasts[name][rows] = each
        why[name] |= {int(rows[row]): reason for row, reason in failed.items()}
    return forecasts, why
