"""How much a new plan changed what the one before had said of the near buckets."""

from __future__ import annotations

import pandas as pd

from sopbench.monitor.levels import levels, share, valued

NEAR = 3
"""Buckets from a cycle's first on in which a change of plan disturbs others."""


def nervousness(plans: pd.DataFrame, sources: pd.DataFrame, items: pd.DataFrame) -> list[pd.DataFrame]:
    """Changes of the near plan at standard cost, and as a share of the plan before, by the cycle that made them.

    Takes supply plans of several cycles (with `cycle`) and `sources`. What is made, bought or subcontracted of an item
    at a location that may do so (with what of it is under way) and arrives in the first NEAR buckets of a cycle is held
    against what the cycle before had said: sum |new - earlier| / sum earlier, over the buckets that both planned.
    """
    makers = sources.loc[sources["method"] != "move", ["item_id", "location_id"]].drop_duplicates()
    plans = plans.merge(makers, on=["item_id", "location_id"])
    arrivals = plans[["make", "buy", "subcontract", "receipts"]].sum(axis=1)
    plans = plans[["cycle", "item_id", "location_id", "bucket"]].assign(qty=arrivals)
    cycles = pd.Series(sorted(plans["cycle"].unique()), dtype="datetime64[ns]")
    follows = pd.Series(cycles.shift(-1).to_numpy(), cycles)
    plans = plans.assign(place=plans.groupby("cycle")["bucket"].rank("dense"))
    new = plans[plans["place"] <= NEAR].drop(columns="place")
    old = plans.assign(cycle=plans["cycle"].map(follows)).dropna(subset="cycle").drop(columns="place")
    spans = new[["cycle", "bucket"]].merge(old[["cycle", "bucket"]]).drop_duplicates()
    keys = ["cycle", "item_id", "location_id", "bucket"]
    both = new.merge(old, on=keys, how="outer", suffixes=("", "_before")).merge(spans, on=["cycle", "bucket"])
    both = both.fillna({"qty": 0.0, "qty_before": 0.0})
    both = both.assign(bucket=both["cycle"], changed=(both["qty"] - both["qty_before"]).abs())
    cost = items.set_index("item_id")["unit_cost"]
    rows = levels(valued(both, items, cost, value="changed", target="qty_before"), "plan_changes")
    return [rows.assign(target=float("nan")), share(rows, "nervousness")]
