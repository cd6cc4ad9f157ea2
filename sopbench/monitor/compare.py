"""How the word for one bucket changed from cycle to cycle, beside what was ordered in it."""

from __future__ import annotations

import pandas as pd

from sopbench.contract.past import list_value


def waterfall(demand_plans: pd.DataFrame, sales: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """What each earlier cycle's consensus said of each bucket, beside what was ordered, by family and at list price.

    Gives said_in (the cycle; "ordered" for what came), family, bucket and value (money). Buckets from the first
    cycle on; what was ordered holds only the buckets gathered.
    """
    price, family = list_value(items), items.set_index("item_id")["family"]
    said = demand_plans.assign(said_in=demand_plans["cycle"].dt.strftime("%Y-%m-%d"), qty=demand_plans["consensus"])
    came = sales[sales["bucket"] >= demand_plans["bucket"].min()].assign(said_in="ordered")
    came = came.assign(qty=came["qty_ordered"])
    columns = ["said_in", "item_id", "bucket", "qty"]
    rows = pd.concat([said[columns], came[columns]], ignore_index=True)
    rows = rows.assign(family=rows["item_id"].map(family), value=rows["qty"] * rows["item_id"].map(price))
    return rows.groupby(["said_in", "family", "bucket"], as_index=False)["value"].sum()
