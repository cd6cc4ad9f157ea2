"""Looks at items and names: life spans that contradict the sales, like items without sales, names that look alike."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.checks.facts import Facts
from sopbench.gather.checks.told import figures, listed, rows_told

NAMES = (
    ("items", "item_id", "item_id"),
    ("locations", "location_id", "location_id"),
    ("customers", "customer_id", "customer_id"),
    ("resources", "resource_id", ""),
    ("items", "family", ""),
)
"""Table and column whose names are held against one another, and the column of the sales that tells their money."""


def life_spans(facts: Facts) -> list[Problem]:
    """Warnings on items that end before they start, or that sold outside their life; the money is that revenue."""
    items = facts.items
    turned = items[items["discontinue"] <= items["launch"]]
    found = turned["launch"].dt.strftime("%Y-%m-%d to ") + turned["discontinue"].dt.strftime("%Y-%m-%d")
    told = rows_told("item_id=" + turned.index.to_series(), found, turned["sold_for"])
    problems = listed("items", told, "it is discontinued before its launch", "swap or correct the dates", noun="item")
    ends = np.append(facts.before[1:], facts.start).astype("datetime64[ns]")
    right = ~items.index.isin(turned.index)[:, None]
    launch, end = items["launch"].to_numpy()[:, None], items["discontinue"].to_numpy()[:, None]
    early = right & (ends[None, :] <= launch) & (facts.shipped > 0)
    late = right & (facts.before.to_numpy()[None, :] >= end) & (facts.shipped > 0)
    mend = "correct the date in items, or the sales"
    problems += listed("items", _outside(facts, early), "it sold before its launch", mend, noun="item")
    message = "it sold after it was discontinued"
    return problems + listed("items", _outside(facts, late), message, mend, "note", "item")


def like_items(facts: Facts) -> list[Problem]:
    """A warning for each young item whose like item is itself or has no sales it could start from."""
    items = facts.items
    sells = facts.ordered.sum(axis=1) > 0
    young = (facts.ordered > 0).sum(axis=1) < facts.year
    like = items["like_item_id"]
    itself = items[like == items.index]
    known = items.index[sells]
    silent = items[young & (like != "") & (like != items.index) & ~like.isin(known)]
    mend = "name the item whose history it starts from, or leave it empty"
    return [
        *listed(
            "items",
            rows_told("item_id=" + itself.index.to_series(), "like_item_id=" + itself["like_item_id"]),
            "its like item is itself",
            mend,
            noun="item",
        ),
        *listed(
            "items",
            rows_told("item_id=" + silent.index.to_series(), "like_item_id=" + silent["like_item_id"]),
            "its like item has no sales to start from",
            mend,
            noun="item",
        ),
    ]


def names_alike(facts: Facts) -> list[Problem]:
    """A warning for each group of names that differ only in case or blanks, with the revenue of the lesser ones."""
    problems = []
    for name, column, sold_by in NAMES:
        names = pd.Series(facts.tables[name][column].unique(), dtype=object)
        bare = names.str.casefold().str.replace(r"\s+", "", regex=True)
        groups = pd.DataFrame({"name": names, "bare": bare})[bare.duplicated(keep=False)]
        if groups.empty:
            continue
        groups["money"] = groups["name"].map(_revenue(facts, column, sold_by))
        groups = groups.sort_values(["bare", "money", "name"], ascending=[True, False, True])
        rows = groups.groupby("bare", as_index=False).agg(
            key=("name", ", ".join), all=("money", "sum"), most=("money", "max")
        )
        told = rows_told(f"{column}=" + rows["key"], "", rows["all"] - rows["most"])
        message, mend = f"{column} differs only in case or blanks", "if they are one, give them one name in every table"
        problems += listed(name, told, message, mend, noun="group")
    return problems


def items_alike(facts: Facts) -> list[Problem]:
    """A note for each group of items with the same description, family, unit, cost and price, with their revenue."""
    same = ["description", "family", "uom", "unit_cost", "unit_price"]
    items = facts.items[facts.items["description"] != ""]
    items = items[items.duplicated(same, keep=False)].reset_index().sort_values("item_id")
    groups = items.groupby(same, as_index=False).agg(key=("item_id", ", ".join), money=("sold_for", "sum"))
    told = rows_told("item_id=" + groups["key"], groups["description"], groups["money"])
    message = "items with the same description, family, unit, cost and price"
    mend = "if they are one item, give them one item_id in every table"
    return listed("items", told, message, mend, "note", "group")


def _outside(facts: Facts, cells: np.ndarray) -> pd.DataFrame:
    rows = np.flatnonzero(cells.any(axis=1))
    buckets = pd.Series(cells[rows].sum(axis=1))
    found = figures(buckets, "{:,} bucket(s), first ")
    found += pd.Series(facts.before[cells[rows].argmax(axis=1)].strftime("%Y-%m-%d"), dtype=object)
    money = (facts.revenue * cells)[rows].sum(axis=1)
    return rows_told(pd.Series("item_id=" + facts.item_ids[rows], dtype=object), found, money)


def _revenue(facts: Facts, column: str, sold_by: str) -> pd.Series:
    if column == "family":
        return facts.items.groupby("family")["sold_for"].sum()
    if not sold_by:
        return pd.Series(dtype="float64")
    names = facts.tables[f"{column.removesuffix('_id')}s"][column]
    return facts.lately.groupby(sold_by)["revenue"].sum().reindex(names, fill_value=0.0)
