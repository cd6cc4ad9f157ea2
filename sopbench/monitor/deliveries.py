"""What customers ordered and got, and what it brought: demand, service, on time in full, revenue, gross margin."""

from __future__ import annotations

import pandas as pd

from sopbench.contract.past import list_value
from sopbench.monitor.levels import KEYS, levels, share, valued


def deliveries(plan: pd.DataFrame, sold: pd.DataFrame, items: pd.DataFrame) -> list[pd.DataFrame]:
    """Demand, service and on time in full of the buckets of `sold`; demand's target: what `plan` expected."""
    price = list_value(items)
    expected = levels(valued(plan, items, price, target="demand"), "demand")
    lines = sold.assign(
        ordered=sold["qty_ordered"].clip(lower=0),
        served=sold[["qty_ordered", "qty_shipped"]].min(axis=1).clip(lower=0),
        line=sold["qty_ordered"].gt(0).astype("float64"),
        full=(sold["qty_ordered"].gt(0) & sold["qty_shipped"].ge(sold["qty_ordered"])).astype("float64"),
    )
    came = levels(valued(lines, items, price, value="served", target="ordered"), "service")
    in_full = levels(valued(lines, items, value="full", target="line"), "otif")
    demand = expected.merge(came, on=KEYS, how="outer", suffixes=("", "_came"))
    return [
        demand.assign(kpi="demand", value=demand["target_came"].fillna(0.0))[expected.columns],
        share(came, "service"),
        share(in_full, "otif"),
    ]


def earned(money: pd.DataFrame, sold: pd.DataFrame, items: pd.DataFrame, budget: pd.DataFrame) -> list[pd.DataFrame]:
    """Revenue against `money` (financial plan) and budget; gross margin at standard cost against the plan."""
    cost = items.set_index("item_id")["unit_cost"]
    gained = sold.assign(margin=sold["revenue"] - sold["qty_shipped"] * sold["item_id"].map(cost))
    invoiced, margin = (valued(gained, items, value=name) for name in ("revenue", "margin"))
    latest = budget.sort_values(["as_of", "version"], na_position="first").drop_duplicates(
        ["family", "bucket"], keep="last"
    )
    latest = latest.assign(target=latest["revenue"])[latest["bucket"].isin(sold["bucket"])]
    planned = money.assign(target=money["value"])
    beside = [
        ("revenue", invoiced, planned[planned["line"] == "revenue"]),
        ("gross_margin", margin, planned[planned["line"] == "gross_margin"]),
        ("revenue_to_budget", invoiced, latest),
    ]
    return [_beside(kpi, came, said) for kpi, came, said in beside if len(said)]


def _beside(kpi: str, came: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """What came beside what was said of it; what only one side has counts as 0 on the other."""
    target = levels(said.assign(value=0.0), kpi)[[*KEYS, "target"]]
    value = levels(came, kpi).drop(columns="target")
    return value.merge(target, on=KEYS, how="outer").assign(kpi=kpi).fillna({"value": 0.0})
