"""What orders not shipped in their bucket came from: demand, supply or policy."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.past import in_force, list_value

CAUSES = ("demand", "supply", "policy")
"""Orders beyond all the plan had; goods the plan had and that were not there; what the plan left out knowingly."""


def service_causes(
    start: pd.Timestamp, *, supply_plans: pd.DataFrame, sales: pd.DataFrame, items: pd.DataFrame
) -> pd.DataFrame:
    """Split each bucket's service miss into its causes, by total, family and item; contract table service_causes.

    Of an item at a location: miss = ordered - shipped of it in the bucket, the plan being the latest made for it.

    - policy: the part the plan itself left out: demand - shipped of the plan, at most the miss.
    - demand: orders beyond that part and beyond all the plan had to ship: its shipments and what it meant to have left
      at the end, safety stock included.
    - supply: the rest, for it was in the plan and was not there (or not in time).

    The three add up to the miss: with planned left-out L, shipments S and closing stock C, ordered - served - L =
    (ordered - L - S - C) + (S + C - served). Money at list price; points are shares of all orders of the bucket.
    """
    keys = ["item_id", "location_id", "bucket"]
    plan = in_force(supply_plans[supply_plans["bucket"] < start])
    sold = sales[sales["bucket"].isin(plan["bucket"])]
    served = sold[["qty_ordered", "qty_shipped"]].min(axis=1).clip(lower=0)
    sold = sold.assign(ordered=sold["qty_ordered"].clip(lower=0), served=served)
    came = sold.groupby(keys, as_index=False)[["ordered", "served"]].sum()
    rows = came.merge(plan[[*keys, "demand", "shipped", "stock"]], on=keys, how="left")
    rows = rows.fillna({"demand": 0.0, "shipped": 0.0, "stock": 0.0})
    miss = rows["ordered"] - rows["served"]
    left_out = (rows["demand"] - rows["shipped"]).clip(lower=0.0)
    policy = np.minimum(miss, left_out)
    beyond = rows["ordered"] - left_out - rows["shipped"] - rows["stock"]
    demand = np.minimum(beyond.clip(lower=0.0), miss - policy)
    price = rows["item_id"].map(list_value(items))
    units = {"demand": demand, "supply": miss - policy - demand, "policy": policy}
    rows = rows.assign(
        total="all",
        family=rows["item_id"].map(items.set_index("item_id")["family"]),
        item=rows["item_id"],
        orders=rows["ordered"] * price,
        **{cause: size.round(6) * price for cause, size in units.items()},
    )
    return checked(pd.concat([_of(rows, level) for level in ("total", "family", "item")]), table("service_causes"))


def _of(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    """The rows of one level in which something was missed."""
    sums = rows.groupby([level, "bucket"], as_index=False)[["orders", *CAUSES]].sum()
    long = sums.melt([level, "bucket", "orders"], list(CAUSES), "cause", "missed_value")
    long = long[long["missed_value"] > 0].rename(columns={level: "key"})
    return long.assign(level=level, points=long["missed_value"] / long["orders"])
