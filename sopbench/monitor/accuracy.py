"""How well each stream of earlier demand plans foresaw the orders that came, by lag, for items, families and all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.past import compared, list_value

LEVELS = {"total": "all", "family": "family", "item": "item_id"}
"""Level of the accuracy table, and the column whose values are its keys."""


def accuracy(
    demand_plans: pd.DataFrame,
    sales: pd.DataFrame,
    items: pd.DataFrame,
    start: pd.Timestamp,
    buckets_a_year: int = 12,
) -> pd.DataFrame:
    """Measure earlier cycles' demand plans (contract demand_plan, with `cycle`) against orders; contract accuracy.

    Error e = forecast - actual of an item in a bucket (all its locations and customers), so that more than 0 is
    too much. Families and the total pool the errors of their items, each unit weighted by its list price, so that
    a machine counts for more than a spare part. Sums run over the buckets before `start` at a lag:

    - wape = sum |e| / sum actual: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., 5.8
      and Kolassa & Schütz (Foresight 6, 2007), who call it MAD/mean.
    - mape = mean (|e| / actual), over the item buckets in which something was ordered: the same, 5.8. Small items
      count as much as large ones, so read it beside wape.
    - bias = sum e / sum actual. Never beyond wape.
    - mad = mean absolute deviation: the mean size, in money, of the key's error summed by bucket.
    - mase = mean (|e| / mean absolute error of the seasonal naive in the history the cycle had): Hyndman & Koehler
      (International Journal of Forecasting 22, 2006).
    - rmsse = root of mean (e² / mean squared error of the naive in that history): the M5 competition (Makridakis,
      Spiliotis & Assimakopoulos, International Journal of Forecasting 38, 2022). For families and the total both
      are averages of their items, weighted by the value of what was ordered, as in the M5.
    - tracking_signal = running sum of errors / mean absolute deviation, of the key's error summed by bucket: Heizer
      & Render, Operations Management, chapter 4 (who take actual - forecast, so the sign is turned). With n
      buckets measured it lies within ±n.

    wape_naive is the naive forecast's wape over the same observations: wape_naive - wape is the stream's forecast
    value added (Gilliland, The Business Forecasting Deal, 2010). A measure is empty where it is divided by nothing.
    """
    pairs = compared(demand_plans, sales, start)
    if pairs.empty:
        return table("accuracy").empty()
    pairs = _weighted(pairs, items)
    scales = _history_errors(sales, pairs["cycle"].unique(), buckets_a_year)
    pairs = pairs.merge(scales, on=["cycle", "item_id"], how="left")
    scaled = _scaled(pairs)
    measured = [_measured(pairs, scaled, level, column) for level, column in LEVELS.items()]
    return checked(pd.concat(measured, ignore_index=True), table("accuracy"))


def _weighted(pairs: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The pairs with family, error in units, and error and demand at list price."""
    worth = pairs["item_id"].map(list_value(items))
    error = pairs["forecast"] - pairs["actual"]
    naive = pairs[pairs["stream"] == "naive"].set_index(["cycle", "bucket", "item_id"])["forecast"]
    beside = pairs[["cycle", "bucket", "item_id"]].join(naive.rename("naive"), on=["cycle", "bucket", "item_id"])
    return pairs.assign(
        all="all",
        family=pairs["item_id"].map(items.set_index("item_id")["family"]),
        error=error,
        error_value=error * worth,
        over_value=(error * worth).clip(lower=0.0),
        under_value=(-error * worth).clip(lower=0.0),
        naive_size=(beside["naive"] - pairs["actual"]).abs() * worth,
        demand_value=pairs["actual"] * worth,
        percentage=error.abs() / pairs["actual"].where(pairs["actual"] > 0),
    )


def _history_errors(sales: pd.DataFrame, cycles: np.ndarray, season: int) -> pd.DataFrame:
    """By cycle and item, what naive forecasts missed by in the history before the cycle: the scales of the errors.

    An item's history begins with its first order. Empty (NaN) where it is too short or never moved.
    """
    units = sales.pivot_table(index="item_id", columns="bucket", values="qty_ordered", aggfunc="sum", fill_value=0.0)
    seen = (units != 0).cummax(axis=1)
    history = units.where(seen).astype("float64")
    seasonal, step = history.diff(season, axis=1).abs(), history.diff(axis=1) ** 2
    scales = [
        pd.DataFrame(
            {
                "cycle": cycle,
                "scale_mae": seasonal.loc[:, units.columns < cycle].mean(axis=1),
                "scale_mse": step.loc[:, units.columns < cycle].mean(axis=1),
            }
        ).reset_index()
        for cycle in np.sort(cycles)
    ]
    return pd.concat(scales, ignore_index=True).replace({"scale_mae": {0.0: np.nan}, "scale_mse": {0.0: np.nan}})


def _scaled(pairs: pd.DataFrame) -> pd.DataFrame:
    """By stream, item and lag: mase, rmsse, and the value of what was ordered as their weight."""
    sizes = pairs.assign(mase=pairs["error"].abs() / pairs["scale_mae"], rmsse=pairs["error"] ** 2 / pairs["scale_mse"])
    keys = ["stream", "family", "item_id", "lag"]
    scaled = sizes.groupby(keys, as_index=False).agg(
        mase=("mase", "mean"), rmsse=("rmsse", "mean"), weight=("demand_value", "sum")
    )
    return scaled.assign(rmsse=scaled["rmsse"] ** 0.5, weight=scaled["weight"].clip(lower=0.0), all="all")


def _measured(pairs: pd.DataFrame, scaled: pd.DataFrame, level: str, column: str) -> pd.DataFrame:
    """The accuracy rows of one level."""
    keys = ["stream", column, "lag"]
    sums = pairs.groupby(keys).agg(
        observations=("actual", "size"),
        stockouts=("stockout", "sum"),
        demand_value=("demand_value", "sum"),
        over_value=("over_value", "sum"),
        under_value=("under_value", "sum"),
    )
    base = sums["demand_value"].where(sums["demand_value"] > 0)
    signal, deviation = _tracking_signal(pairs, keys)
    rows = sums.assign(
        mape=pairs.groupby(keys)["percentage"].mean(),
        mad=deviation,
        wape=(sums["over_value"] + sums["under_value"]) / base,
        bias=(sums["over_value"] - sums["under_value"]) / base,
        wape_naive=pairs.groupby(keys)["naive_size"].sum(min_count=1) / base,
        mase=_average(scaled, keys, "mase", level),
        rmsse=_average(scaled, keys, "rmsse", level),
        tracking_signal=signal,
    )
    rows = rows.reset_index().rename(columns={column: "key"}).assign(level=level)
    return rows[table("accuracy").names]


def _average(scaled: pd.DataFrame, keys: list[str], measure: str, level: str) -> pd.Series:
    """An item's own measure, or the average of the items that have one, weighted by value."""
    if level == "item":
        return scaled.set_index(keys)[measure]
    known = scaled.dropna(subset=measure)
    sums = known.assign(product=known[measure] * known["weight"]).groupby(keys)[["product", "weight"]].sum()
    return sums["product"] / sums["weight"].where(sums["weight"] > 0)


def _tracking_signal(pairs: pd.DataFrame, keys: list[str]) -> tuple[pd.Series, pd.Series]:
    """Sum of the errors by bucket over their mean size (0 where there is no error at all), and that mean size."""
    errors = pairs.groupby([*keys, "bucket"])["error_value"].sum()
    total, size = errors.groupby(keys).sum(), errors.abs().groupby(keys).mean()
    return (total / size.where(size > 0)).fillna(0.0), size
