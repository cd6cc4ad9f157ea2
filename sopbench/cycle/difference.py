"""What differs between two cycles: parameters, libraries, code, tables row by row, plan money and measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sopbench.contract import TABLES

Tables = dict[str, pd.DataFrame]

MONEY = {
    "sales": "revenue", "budget": "revenue", "set_apart": "revenue", "segments": "revenue", "money_rows": "revenue",
    "forecasts": ("qty", "unit_price"), "open_orders": ("qty", "unit_price"),
    "demand_plan": ("consensus", "unit_price"),
    "on_hand": ("qty", "unit_cost"), "receipts": ("qty", "unit_cost"), "production": ("qty", "unit_cost"),
    "released_orders": ("qty", "unit_cost"), "supply_plan": ("shipped", "unit_price"), "sourcing_plan": "cost",
    "shipments": ("shipped", "unit_price"), "shortages": "revenue_at_risk", "costs": "value", "broken_limits": "cost",
    "inventory_targets": "multi_value", "gaps": "money", "decisions": "money", "exceptions": "value_at_risk",
    "overrides": None,
}  # fmt: skip
"""How much money a row of a table stands for: a column, or a column of units and the price or cost of the item."""

BALANCES = ("backlog_value", "inventory_value", "payables", "receivables", "working_capital")
"""Lines of the financial plan that are balances at a bucket's end: the last counts, they do not add up."""

ROUNDING = 1e-9
"""Figures nearer than that share of their size are the same."""


@dataclass(frozen=True)
class Changed:
    """How a table differs: its rows, how many keys are new, gone or changed, in which columns, and the money of it."""

    name: str
    before: int
    after: int
    new: int
    gone: int
    changed: int
    columns: tuple[str, ...]
    money: float


def settings(before: Any, after: Any, name: str = "") -> list[tuple[str, Any, Any]]:
    """Every value that two nested dicts hold differently: its dotted name, before and after (None where none is)."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = sorted(before.keys() | after.keys())
        inner = [(f"{name}.{each}" if name else each, before.get(each), after.get(each)) for each in names]
        return [found for where, old, new in inner for found in settings(old, new, where)]
    return [] if before == after else [(name, before, after)]


def table_changed(name: str, before: pd.DataFrame, after: pd.DataFrame, items: pd.DataFrame) -> Changed | None:
    """How a contract table differs, row by row of its key; None where it does not.

    `items` gives the unit_price and unit_cost by which units become money.
    """
    key = list(TABLES[name].key)
    both = before.merge(after, on=key, how="outer", suffixes=("", " after"), indicator="side")
    common = both["side"] == "both"
    values = [column for column in before.columns if column not in key and f"{column} after" in both]
    apart = pd.DataFrame({each: common & _apart(both[each], both[f"{each} after"]) for each in values}, both.index)
    rows = apart.any(axis=1)
    new, gone = int((both["side"] == "right_only").sum()), int((both["side"] == "left_only").sum())
    if not (new or gone or rows.any()):
        return None
    counts = apart.sum().sort_values(ascending=False, kind="stable")
    columns = tuple(counts.index[counts > 0])
    money = _money(name, both, items)
    return Changed(name, len(before), len(after), new, gone, int(rows.sum()), columns, money)


def _apart(before: pd.Series, after: pd.Series) -> pd.Series:
    """Where two columns hold different values; empty and empty are the same."""
    same = (before == after) | (before.isna() & after.isna())
    if pd.api.types.is_float_dtype(before) and pd.api.types.is_float_dtype(after):
        same |= np.isclose(before, after, rtol=ROUNDING, atol=ROUNDING)
    return ~same


def _money(name: str, both: pd.DataFrame, items: pd.DataFrame) -> float:
    """The money of what is new, gone or changed, each row by its size; NaN where the table has none."""
    said = MONEY.get(name)
    column, price = said if isinstance(said, tuple) else (said, None)
    if column is None:
        return np.nan
    change = (both[f"{column} after"].fillna(0.0) - both[column].fillna(0.0)).abs()
    if price:
        item = both["item_id after"].fillna(both["item_id"]) if "item_id after" in both else both["item_id"]
        change = change * item.map(items.set_index("item_id")[price])
    return float(change.sum())


def tables_changed(before: Tables, after: Tables, items: pd.DataFrame) -> list[Changed]:
    """How the tables of a step differ, the most money first; a table that only one cycle has counts as empty before."""
    found = []
    for name in [each for each in TABLES if each in before or each in after]:
        old, new = before.get(name, TABLES[name].empty()), after.get(name, TABLES[name].empty())
        found.append(table_changed(name, old, new, items))
    told = [each for each in found if each]
    return sorted(told, key=lambda each: (-np.nan_to_num(each.money), -each.changed - each.new - each.gone))


def money_changed(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The lines of two financial_plans over the buckets both plan: line, before, after, change; the largest first.

    A balance counts at the last of these buckets; units are left out.
    """
    common = np.intersect1d(before["bucket"].unique(), after["bucket"].unique())
    sides = {}
    for side, plan in (("before", before), ("after", after)):
        rows = plan[plan["bucket"].isin(common) & (plan["line"] != "units")]
        rows = rows[~rows["line"].isin(BALANCES) | (rows["bucket"] == common.max())] if len(common) else rows
        sides[side] = rows.groupby("line")["value"].sum()
    lines = pd.DataFrame(sides).fillna(0.0).rename_axis("line").reset_index()
    lines["change"] = lines["after"] - lines["before"]
    lines = lines[_apart(lines["before"], lines["after"])]
    return lines.sort_values("change", key=abs, ascending=False, kind="stable", ignore_index=True)


def measures_changed(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The measures of two plans (scenario_kpis of one scenario each) that differ: kpi, unit, before, after."""
    both = before.merge(after, on=["kpi", "unit"], suffixes=("_before", "_after"))
    both = both[_apart(both["value_before"], both["value_after"])]
    named = {"value_before": "before", "value_after": "after"}
    return both.rename(columns=named)[["kpi", "unit", "before", "after"]].reset_index(drop=True)


def scores_changed(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The company's measured kpis of the last bucket each cycle measured, where they differ: kpi, before, after."""
    total = [rows[rows["level"] == "total"].sort_values("bucket") for rows in (before, after)]
    last = [rows.drop_duplicates("kpi", keep="last") for rows in total]
    sides = [rows.set_index("kpi")["value"] for rows in last]
    both = pd.concat(sides, axis=1, keys=["before", "after"]).rename_axis("kpi").reset_index()
    return both[_apart(both["before"], both["after"])].reset_index(drop=True)
