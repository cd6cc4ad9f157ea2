"""Finds rows that speak of an item, location, customer, resource or family nobody has described."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import Problem
from sopbench.contract.words import counted

SHOWN = 5
"""Unknown names told for one column; the rest is counted."""

ITEM, LOCATION = ("items", "item_id"), ("locations", "location_id")
CUSTOMER, RESOURCE = ("customers", "customer_id"), ("resources", "resource_id")
FAMILY, CATEGORY = ("items", "family"), ("items", "category")
REGION, CHANNEL = ("locations", "region"), ("customers", "channel")

REFERENCES = (
    ("items", "like_item_id", ITEM),
    ("resources", "location_id", LOCATION),
    ("capacity", "resource_id", RESOURCE),
    ("routings", "item_id", ITEM),
    ("routings", "location_id", LOCATION),
    ("routings", "resource_id", RESOURCE),
    ("bom", "item_id", ITEM),
    ("bom", "component_id", ITEM),
    ("sources", "item_id", ITEM),
    ("sources", "location_id", LOCATION),
    ("policies", "item_id", ITEM),
    ("policies", "location_id", LOCATION),
    ("sales_terms", "item_id", ITEM),
    ("sales_terms", "location_id", LOCATION),
    ("sales_terms", "customer_id", CUSTOMER),
    ("sales", "item_id", ITEM),
    ("sales", "location_id", LOCATION),
    ("sales", "customer_id", CUSTOMER),
    ("on_hand", "item_id", ITEM),
    ("on_hand", "location_id", LOCATION),
    ("open_orders", "item_id", ITEM),
    ("open_orders", "location_id", LOCATION),
    ("open_orders", "customer_id", CUSTOMER),
    ("receipts", "item_id", ITEM),
    ("receipts", "location_id", LOCATION),
    ("production", "item_id", ITEM),
    ("production", "location_id", LOCATION),
    ("forecasts", "item_id", ITEM),
    ("forecasts", "location_id", LOCATION),
    ("forecasts", "customer_id", CUSTOMER),
    ("overrides", "item_id", ITEM),
    ("overrides", "family", FAMILY),
    ("overrides", "location_id", LOCATION),
    ("overrides", "category", CATEGORY),
    ("overrides", "region", REGION),
    ("overrides", "customer_id", CUSTOMER),
    ("overrides", "channel", CHANNEL),
    ("life_cycle", "item_id", ITEM),
    ("life_cycle", "other_id", ITEM),
    ("budget", "family", FAMILY),
)
"""Table, column, and the table and column in which each of its values must stand; an empty value needs no match."""


def unknown_references(tables: dict[str, pd.DataFrame]) -> list[Problem]:
    """One error for each unknown name a table uses, with the number of rows and, in sales, the money it concerns.

    `tables` holds those input tables whose columns are complete; what points to or from an absent one is not checked.
    Customers are only checked where the company describes any.
    """
    problems = []
    for name, column, (target, key) in REFERENCES:
        if {name, target} <= tables.keys() and not (target == "customers" and tables[target].empty):
            problems += _unknown(name, column, tables[name][column], tables[name], target, set(tables[target][key]))
    if {"sources", "locations"} <= tables.keys():
        moves = tables["sources"][tables["sources"]["method"] == "move"]
        problems += _unknown("sources", "origin_id", moves["origin_id"], moves, *_known(tables, LOCATION), True)
    if {"events", "items"} <= tables.keys():
        events, items = tables["events"], tables["items"]
        scopes = {"all", *("item:" + items["item_id"].dropna()), *("family:" + items["family"].dropna())}
        problems += _unknown(
            "events", "scope", events["scope"], events, "items, as all, item:ID or family:NAME", scopes
        )
    return problems


def _known(tables: dict[str, pd.DataFrame], target: tuple[str, str]) -> tuple[str, set[str]]:
    return target[0], set(tables[target[0]][target[1]])


def _unknown(
    name: str, column: str, values: pd.Series, rows: pd.DataFrame, target: str, known: set[str], needed: bool = False
) -> list[Problem]:
    wrong = values[~values.isin(known) & values.notna() & ((values != "") | needed)]
    if wrong.empty:
        return []
    found = wrong.value_counts().rename_axis("name").reset_index(name="rows").sort_values(["rows", "name"])
    money = rows.loc[wrong.index, "revenue"].groupby(wrong).sum(min_count=1) if "revenue" in rows else pd.Series()
    message, mend = f"{column} is not in {target}", f"add it to {target}, or correct it in {name}"
    worst = found.iloc[::-1].head(SHOWN)
    problems = [
        Problem(name, f"{column}={each}", counted(count, "row"), message, mend, money=_money(money.get(each)))
        for each, count in zip(worst["name"], worst["rows"], strict=True)
    ]
    rest = len(found) - SHOWN
    if rest > 0:
        problems.append(Problem(name, f"{rest:,} more values of {column}", "", message, mend))
    return problems


def _money(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
