"""What the finished plan would be with other overrides: the consensus before any, and the same with those given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.demand.consensus.overrides import apply_overrides, described, in_force
from sopbench.demand.consensus.split import ROW
from sopbench.demand.life import on_sale


@dataclass(frozen=True)
class Agreed:
    """What the streams agreed on before any override: `plan` and `weights` (statistical), rows by buckets, in units.

    `rows` names item, location and customer of each row and what else an override may select it by; `active` is where
    its item sells.
    """

    rows: pd.DataFrame
    buckets: pd.DatetimeIndex
    plan: np.ndarray
    weights: np.ndarray
    active: np.ndarray


def agreed_before_overrides(
    demand_plan: pd.DataFrame,
    override_effects: pd.DataFrame,
    *,
    items: pd.DataFrame,
    locations: pd.DataFrame,
    customers: pd.DataFrame,
) -> Agreed:
    """Take the overrides out of a finished demand_plan again, by what override_effects says was there before them."""
    order = demand_plan.sort_values([*ROW, "bucket"], kind="stable", ignore_index=True)
    buckets = pd.DatetimeIndex(order["bucket"].unique()).sort_values()
    rows = order.iloc[:: len(buckets)][ROW].reset_index(drop=True)
    rows = described(rows, items=items, locations=locations, customers=customers)
    plan, weights = (
        order[name].to_numpy(copy=True).reshape(len(rows), len(buckets)) for name in ("consensus", "statistical")
    )
    first = override_effects.sort_values("position", kind="stable").drop_duplicates([*ROW, "bucket"])
    row = pd.MultiIndex.from_frame(rows[ROW]).get_indexer(pd.MultiIndex.from_frame(first[ROW]))
    plan[row, buckets.get_indexer(first["bucket"])] = first["before"]
    active = on_sale(items, buckets).loc[rows["item_id"]].to_numpy()
    return Agreed(rows, buckets, plan, weights, active)


def with_overrides(agreed: Agreed, overrides: pd.DataFrame) -> np.ndarray:
    """The plan (rows by buckets, units) with these overrides in force (contract table), as the demand step makes it."""
    due = in_force(overrides, agreed.buckets[0])
    due = due[(due["end"] >= agreed.buckets[0]) & (due["start"] <= agreed.buckets[-1])]
    return apply_overrides(agreed.plan, agreed.weights, agreed.active, agreed.rows, due, agreed.buckets).plan
