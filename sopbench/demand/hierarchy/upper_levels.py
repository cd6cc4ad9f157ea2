"""Families, regions and the total forecast for themselves, and the series moved to what all levels say together.

A sum is steadier than its parts: what a family will sell is often known better than what each of its items will.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from sopbench.demand.hierarchy.hierarchy import Hierarchy, make_hierarchy
from sopbench.demand.hierarchy.reconcile import reconcile
from sopbench.demand.hierarchy.shrinkage import error_variances
from sopbench.demand.history.history import LIKE_ITEM, SERIES
from sopbench.demand.life import by_bucket
from sopbench.params.demand import Reconcile

ForecastPanel = Callable[[pd.DataFrame, pd.Series], tuple[pd.DataFrame, pd.DataFrame]]
"""From series (rows) by bucket and the family of each: their forecasts ahead and the backtest of their methods."""


def reconcile_upper_levels(
    settings: Reconcile,
    base: pd.DataFrame,
    backtest: pd.DataFrame,
    values: pd.DataFrame,
    history: pd.DataFrame,
    forecast_panel: ForecastPanel,
    *,
    items: pd.DataFrame,
    locations: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The forecasts of the series reconciled with those of the levels above them, and what that moved.

    `base` is series × buckets ahead (units), `values` the same series' cleaned history by bucket, NaN before they
    begin, `backtest` the rows of the table backtest of each series' chosen method; `history` is the whole table, ended
    series too. The levels' own histories are added up (see `carried_back`) and handed to `forecast_panel`, which
    forecasts them by the same machinery; each level is a family of its own, item_id holds the node and location_id the
    level. Weights come from backtest errors. Sums of different units of measure, and levels of
    single series, are left out. What is forecast at 0 stays at 0.

    Gives the series' forecasts, and by level, node and lag: bottom_up (the series added up), own (the node's own
    forecast) and reconciled, in units. With method bottom_up, or without levels, nothing is forecast and nothing moves.
    Raises PlanningError where a level names a column that series do not have.
    """
    rows = base.index.to_frame(index=False)
    levels = [[], *settings.levels] if settings.method == "top_down" else settings.levels
    hierarchy = make_hierarchy(rows, levels, items=items, locations=locations)
    if settings.method not in ("top_down", "middle_out"):
        hierarchy = hierarchy.that_tell(items.set_index("item_id")["uom"].loc[rows["item_id"]])
    upper = hierarchy.summing[: -len(rows)] if len(rows) else hierarchy.summing
    if settings.method == "bottom_up" or upper.shape[0] == 0:
        return base, _moves(hierarchy, base, np.full((upper.shape[0], base.shape[1]), np.nan), base.to_numpy())
    carried = carried_back(values, history, items=items)
    summed = _upper_series(hierarchy, upper @ carried.to_numpy(), values.columns)
    said, errors = forecast_panel(summed, summed.index.to_frame()["location_id"])
    every = np.vstack([said.to_numpy(), base.to_numpy()])
    residuals = backtest_errors(pd.concat([errors, backtest]), summed.index.append(base.index))
    found = reconcile(
        every,
        hierarchy.summing,
        "wls_variance" if settings.method == "mint_shrink" and residuals.shape[1] == 0 else settings.method,
        variances=usual_variances(residuals, every),
        residuals=residuals,
        locked=_nought(base, upper.shape[0]),
        level=hierarchy.level,
        middle=_believed(settings, hierarchy),
        names=hierarchy.nodes["name"],
    )[-len(rows) :]
    return pd.DataFrame(found, index=base.index, columns=base.columns), _moves(hierarchy, base, said.to_numpy(), found)


def carried_back(values: pd.DataFrame, history: pd.DataFrame, *, items: pd.DataFrame) -> pd.DataFrame:
    """The series with the buckets before they began filled in, as if each had always sold its share of its family.

    Added up as they are, today's items would seem to have grown from next to nothing, and with ended ones among them
    yesterday's would be forecast to come back. A share is what a series sold of all its family sold (table history,
    without what came from like items) in the buckets it has; what nobody sold is filled with 0.
    """
    family = items.set_index("item_id")["family"]
    own = history[history["reason"] != LIKE_ITEM]
    sold = own.groupby([own["item_id"].map(family).rename("family"), "bucket"])["cleaned"].sum()
    mine = family.reindex(values.index.get_level_values("item_id"))
    whole = by_bucket(sold, values.columns).fillna(0.0).reindex(mine).fillna(0.0).to_numpy()
    units = values.to_numpy()
    known = np.isfinite(units)
    total = np.where(known, whole, 0.0).sum(axis=1)
    share = np.divide(np.where(known, units, 0.0).sum(axis=1), total, out=np.zeros(len(units)), where=total > 0)
    begun = np.maximum.accumulate(known, axis=1)
    filled = np.where(known, units, np.where(begun, 0.0, share[:, None] * whole))
    return pd.DataFrame(filled, index=values.index, columns=values.columns)


def backtest_errors(backtest: pd.DataFrame, series: pd.MultiIndex) -> np.ndarray:
    """What came less what was forecast, series (rows) by origin and lag (columns), NaN where nothing was compared."""
    error = (backtest["actual"] - backtest["forecast"]).rename("error")
    keys = [backtest[name] for name in (*SERIES, "origin", "lag")]
    wide = error.groupby(keys).mean().unstack(["origin", "lag"]).sort_index(axis=1)  # noqa: PD010
    return wide.reindex(series).to_numpy(dtype=float).reshape(len(series), -1)


def usual_variances(residuals: np.ndarray, base: np.ndarray) -> np.ndarray:
    """The error variance of each node; without errors of its own, as others have it in proportion to their forecast."""
    own = error_variances(residuals)
    size = np.nan_to_num(base).mean(axis=1)
    known = np.isfinite(own) & (size > 0)
    usual = float(np.median(own[known] / size[known])) if known.any() else 1.0
    return np.where(np.isfinite(own), own, usual * size)


def _upper_series(hierarchy: Hierarchy, units: np.ndarray, buckets: pd.Index) -> pd.DataFrame:
    """The nodes above the rows as series: item_id holds the node, location_id its level."""
    nodes = hierarchy.nodes.iloc[: len(units)]
    levels = ["+".join(hierarchy.levels[number]) or "total" for number in nodes["level"]]
    return pd.DataFrame(units, index=pd.MultiIndex.from_arrays([nodes["name"], levels], names=SERIES), columns=buckets)


def _nought(base: pd.DataFrame, upper: int) -> np.ndarray:
    """Locks that keep the series' forecasts of 0 where they are."""
    return np.vstack([np.full((upper, base.shape[1]), np.nan), np.where(base.to_numpy() == 0, 0.0, np.nan)])


def _believed(settings: Reconcile, hierarchy: Hierarchy) -> int:
    """The number of the level middle_out believes."""
    if settings.method != "middle_out":
        return 0
    return [set(level) for level in hierarchy.levels].index(set(settings.level))


def _moves(hierarchy: Hierarchy, base: pd.DataFrame, own: np.ndarray, found: np.ndarray) -> pd.DataFrame:
    upper = hierarchy.summing[: len(own)]
    nodes, lags = hierarchy.nodes.iloc[: len(own)], base.shape[1]
    return pd.DataFrame(
        {
            "level": np.repeat(["+".join(hierarchy.levels[number]) or "total" for number in nodes["level"]], lags),
            "node": np.repeat(nodes["name"].to_numpy(dtype=object), lags),
            "lag": np.tile(np.arange(lags), len(nodes)),
            "bottom_up": (upper @ base.to_numpy()).ravel(),
            "own": own.ravel(),
            "reconciled": (upper @ found).ravel(),
        }
    )
