"""How checks tell what they found: the rows with most money by name, the others counted with their money."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import Problem
from sopbench.contract.words import counted

SHOWN = 20
"""Rows told one by one for each thing that can be wrong; the rest is one line."""

NAMED = 5
"""Names told in a line that stands for many rows."""


def rows_told(key: pd.Series, value: pd.Series | str = "", money: pd.Series | float = np.nan) -> pd.DataFrame:
    """Rows as `listed` and `summed` take them: key and value in words, money in the company's currency or NaN."""
    return pd.DataFrame({"key": key, "value": value, "money": money}).astype({"money": "float64"})


def listed(
    table: str, rows: pd.DataFrame, message: str, mend: str, grade: str = "warning", noun: str = "row"
) -> list[Problem]:
    """One problem for each of the rows with most money, and one that counts the others with what they add up to."""
    ranked = rows.sort_values(["money", "key", "value"], ascending=[False, True, True], na_position="last")
    shown, rest = ranked.head(SHOWN), ranked.iloc[SHOWN:]
    problems = [
        Problem(table, key, value, message, mend, grade, _money(money))
        for key, value, money in shown[["key", "value", "money"]].itertuples(index=False, name=None)
    ]
    if len(rest):
        left = rest["money"].sum(min_count=1)
        problems.append(Problem(table, f"{counted(len(rest), f'more {noun}')}", "", message, mend, grade, _money(left)))
    return problems


def summed(
    table: str,
    rows: pd.DataFrame,
    message: str,
    mend: str,
    grade: str = "note",
    noun: str = "row",
    money: float | None = None,
) -> list[Problem]:
    """One problem for all the rows: how many, the names (`key`) of those with most money, and the money of all.

    `money` stands in for the sum where the rows' money overlaps.
    """
    if rows.empty:
        return []
    ranked = rows.sort_values(["money", "key"], ascending=[False, True], na_position="last")
    names = ", ".join(ranked["key"].head(NAMED)) + (", ..." if len(ranked) > NAMED else "")
    money = ranked["money"].sum(min_count=1) if money is None else money
    return [Problem(table, "", f"{counted(len(ranked), noun)}: {names}", message, mend, grade, _money(money))]


def keyed(frame: pd.DataFrame, *columns: str) -> pd.Series:
    """Each row's key in words: item_id=PUMP, location_id=DC."""
    words = [column + "=" + _text(frame[column]) for column in columns]
    return words[0].str.cat(words[1:], sep=", ") if len(words) > 1 else words[0]


def figures(values: pd.Series, form: str = "{:,.0f}") -> pd.Series:
    """Numbers in words; `form` may hold words of its own."""
    return values.map(form.format).astype(object)


def _text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d").fillna("")
    return values.astype(str)


def _money(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
