"""What earlier cycles said beside what came: the pairs that every measure of accuracy is made from.

Monitor measures with it, and demand weighs its streams by it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sopbench.contract import table

STREAMS = ["statistical", "sales", "marketing", "finance", "consensus"]
"""The streams of a demand plan, measured beside the naive forecast."""


HANDED_IN = ("sales", "marketing", "finance")
"""Streams that may be silent."""


def by_cycle(name: str, frames: dict[pd.Timestamp, pd.DataFrame]) -> pd.DataFrame:
    """Put one contract table of several cycles into one frame, with the cycle's first bucket as column `cycle`.

    Without any cycle the frame is empty, its columns in place.
    """
    stacked = [frame.assign(cycle=start) for start, frame in sorted(frames.items()) if len(frame)]
    if stacked:
        return pd.concat(stacked, ignore_index=True)
    return table(name).empty().assign(cycle=pd.Series(dtype="datetime64[ns]"))


def in_force(plans: pd.DataFrame) -> pd.DataFrame:
    """Of several cycles' plans (column `cycle`), the rows of the latest plan made for each bucket."""
    return plans[plans["cycle"] == plans.groupby("bucket")["cycle"].transform("max")]


def list_value(items: pd.DataFrame) -> pd.Series:
    """Money one unit of each item stands for: its list price, its cost where it has none, else 1 (indexed by item)."""
    value = items["unit_price"].where(items["unit_price"] > 0, items["unit_cost"])
    return value.where(value > 0, 1.0).set_axis(items["item_id"])


def compared(
    demand_plans: pd.DataFrame, sales: pd.DataFrame, start: pd.Timestamp, streams: Sequence[str] = STREAMS
) -> pd.DataFrame:
    """Pair what each stream of each earlier cycle said of an item's bucket with the orders that came.

    Takes `demand_plans` (contract demand_plan, with `cycle`) and `sales`; gives cycle, bucket, lag (0 = the first
    bucket planned), item_id, stream, forecast, actual (both units, all locations and customers together) and
    stockout, for buckets before `start`. The stream "naive" says what was ordered in the last bucket before the
    cycle. An item ordered though no plan held it counts as planned with 0; a stream that is silent on some of
    an item's rows is not measured there. Buckets with a stockout count, marked: orders hide demand in them.
    `streams` are the columns of the plans to measure.
    """
    plans = demand_plans[demand_plans["bucket"] < start]
    ordered = sales.groupby(["item_id", "bucket"], as_index=False).agg(
        actual=("qty_ordered", "sum"), stockout=("stockout", "any")
    )
    said = _said(plans, list(streams))
    spans = plans[["cycle", "bucket"]].drop_duplicates()
    came = spans.merge(ordered, on="bucket")
    pairs = said.merge(came, on=["cycle", "bucket", "item_id"], how="outer", indicator=True)
    unplanned = pairs["_merge"] == "right_only"
    for stream in [name for name in streams if name not in HANDED_IN]:
        pairs[stream] = pairs[stream].where(~unplanned, 0.0)
    pairs["actual"] = pairs["actual"].fillna(0.0)
    pairs["stockout"] = pairs["stockout"].eq(True)
    pairs["naive"] = _naive(pairs, ordered)
    pairs["lag"] = (pairs.groupby("cycle")["bucket"].rank("dense") - 1).astype("int64")
    keys = ["cycle", "bucket", "lag", "item_id"]
    long = pairs.melt([*keys, "actual", "stockout"], ["naive", *streams], "stream", "forecast")
    long = long.dropna(subset="forecast").sort_values([*keys, "stream"], ignore_index=True)
    return long[[*keys, "stream", "forecast", "actual", "stockout"]]


def _said(plans: pd.DataFrame, streams: list[str]) -> pd.DataFrame:
    """Each stream's units of an item, bucket and cycle; empty where the stream is silent on one of its rows."""
    keys = ["cycle", "bucket", "item_id"]
    groups = plans.assign(**{name: plans[name].isna() for name in streams}).groupby(keys)[streams]
    silent = groups.any()
    units = plans.groupby(keys)[streams].sum()
    return units.mask(silent).reset_index()


def _naive(pairs: pd.DataFrame, ordered: pd.DataFrame) -> np.ndarray:
    """Units ordered in the last bucket before each pair's cycle; 0 where the item had no order in it."""
    buckets = ordered["bucket"].drop_duplicates().sort_values().to_numpy()
    if not len(buckets):
        return np.full(len(pairs), np.nan)
    position = np.searchsorted(buckets, pairs["cycle"].to_numpy()) - 1
    last = pairs[["item_id"]].assign(bucket=buckets[position.clip(0)])
    units = last.merge(ordered, on=["item_id", "bucket"], how="left")["actual"].fillna(0.0).to_numpy()
    return np.where(position >= 0, units, np.nan)
