"""Sets apart what was sold and is no demand to plan for: returns, one-off project orders."""

from __future__ import annotations

from difflib import get_close_matches

import pandas as pd

from sopbench.contract import Problem, checked, table
from sopbench.contract.selection import columns_of, values_of
from sopbench.contract.words import counted
from sopbench.params import SetApart

SERIES = ["item_id", "location_id", "customer_id"]
AMOUNTS = ["qty_ordered", "qty_shipped", "revenue"]

ENOUGH = 6
"""Buckets with orders from which a series has a usual amount: their median."""


def set_apart(
    tables: dict[str, pd.DataFrame], rules: list[SetApart]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """What is left of the table sales, the table `set_apart`, and what each rule took.

    `tables` holds sales (without holes in its amounts), items, customers and locations. The rules are applied in turn
    to what the ones before have left. A rule takes whole rows, but with `above` only what is beyond the usual amount:
    the median of the series' buckets with orders, where it has at least six of them; shipments and revenue go with it
    in proportion. What is left and what is set apart add up to what was there.
    A rule that names an unknown column is an error, one that takes nothing a warning.
    """
    left, parts, problems = tables["sales"], [], []
    for rule in rules:
        chosen, faults = _chosen(rule, {**tables, "sales": left})
        share = _share(rule, left, chosen)
        taken = left[AMOUNTS].mul(share, axis=0)
        parts.append(left[[*SERIES, "bucket"]].assign(rule=rule.name, **taken)[share > 0])
        left = left.assign(**(left[AMOUNTS] - taken))[share < 1]
        problems += faults or [_told(rule, taken[share > 0])]
    none = table("set_apart").empty()
    apart = checked(pd.concat([none, *(part for part in parts if len(part))]), table("set_apart"))
    return left.reset_index(drop=True), apart, problems


def _chosen(rule: SetApart, tables: dict[str, pd.DataFrame]) -> tuple[pd.Series, list[Problem]]:
    """The rows of sales that `where` and `negative` select; none where `where` cannot be read."""
    sales, problems = tables["sales"], []
    chosen = pd.Series(True, index=sales.index)
    for column, wanted in rule.where.items():
        values = values_of(tables, "sales", column)
        if values is None:
            known = columns_of("sales")
            near = get_close_matches(column, known, 1)
            mend = f"did you mean {near[0]}?" if near else "use one of " + ", ".join(known)
            where = f"set_apart {rule.name}"
            problems.append(Problem("gather", where, column, "sales cannot be selected by it", mend))
            chosen &= False
        else:
            chosen &= values.isin([wanted] if isinstance(wanted, str) else wanted)
    return chosen & (sales["qty_ordered"] < 0) if rule.negative else chosen, problems


def _share(rule: SetApart, sales: pd.DataFrame, chosen: pd.Series) -> pd.Series:
    """The share of each row that is set apart."""
    if rule.above is None:
        return chosen.astype(float)
    ordered = sales["qty_ordered"].where(sales["qty_ordered"] > 0)
    series = ordered.groupby([sales[name] for name in SERIES])
    usual = series.transform("median").where(series.transform("count") >= ENOUGH)
    beyond = chosen & (ordered > rule.above * usual)
    return (1 - usual / ordered).where(beyond, 0.0)


def _told(rule: SetApart, taken: pd.DataFrame) -> Problem:
    where = f"set_apart={rule.name}"
    if taken.empty:
        message, mend = "the rule of gather.set_apart takes no row of the sales", "correct it, or remove it"
        return Problem("sales", where, "", message, mend, "warning")
    found = f"{counted(len(taken), 'row')}, {taken['qty_ordered'].sum():,.0f} units"
    message = "set apart: no demand to plan for, and no actual to measure plans against"
    mend = "see the table set_apart; correct gather.set_apart where that is wrong"
    return Problem("sales", where, found, message, mend, "note", float(taken["revenue"].abs().sum()))
