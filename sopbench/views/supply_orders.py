"""Purchases to approve: what must be ordered now, from whom, by when, and when it arrives."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from sopbench.contract.words import counted, in_money
from sopbench.views.numbers import bucket_name

BOUGHT = ("buy", "subcontract")
"""Methods by which something is ordered from others."""


def purchases(sourcing_plan: pd.DataFrame, items: pd.DataFrame, buckets: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """What is bought or subcontracted and must be ordered in one of `buckets`, the dearest first.

    Takes the contract tables sourcing_plan (one scenario) and items. Gives supplier, item_id, description,
    location_id, method, qty, uom, order_by and arrives (first days of buckets), and money (the order's cost).
    """
    rows = sourcing_plan[sourcing_plan["method"].isin(BOUGHT) & sourcing_plan["start_bucket"].isin(list(buckets))]
    rows = rows.merge(items[["item_id", "description", "uom"]], on="item_id", how="left")
    names = {"origin_id": "supplier", "start_bucket": "order_by", "bucket": "arrives", "cost": "money"}
    rows = rows.rename(columns=names).sort_values(
        ["money", "item_id", "order_by"], ascending=[False, True, True], ignore_index=True
    )
    columns = ["supplier", "item_id", "description", "location_id", "method", "qty", "uom"]
    return rows[[*columns, "order_by", "arrives", "money"]]


def by_supplier(ordered: pd.DataFrame) -> pd.DataFrame:
    """Orders, items, money and the first day to order by, of each supplier; the dearest first (rows of purchases)."""
    sums = ordered.groupby("supplier").agg(
        orders=("item_id", "size"), items=("item_id", "nunique"), order_by=("order_by", "min"), money=("money", "sum")
    )
    return sums.reset_index().sort_values(["money", "supplier"], ascending=[False, True], ignore_index=True)


def to_order_in_words(ordered: pd.DataFrame, currency: str) -> str:
    """How much is to be ordered, from how many, and how much of it first."""
    if ordered.empty:
        return "Nothing has to be ordered now"
    first = ordered["order_by"].min()
    at_once = in_money(ordered.loc[ordered["order_by"] == first, "money"].sum(), currency)
    whom = counted(ordered["supplier"].nunique(), "supplier")
    said = f"{counted(len(ordered), 'order')} at {whom} for {in_money(ordered['money'].sum(), currency)}"
    return f"{said}; {at_once} in {bucket_name(first)}"
