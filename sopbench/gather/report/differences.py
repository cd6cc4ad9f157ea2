"""Which figures differ between two cycles, and how they are written side by side."""

from __future__ import annotations

import pandas as pd

NOTHING = 1e-6
"""Share by which two figures may differ and still be the same."""


def differ(old: pd.Series, new: pd.Series) -> pd.Series:
    """Where the figures are not the same; two holes are."""
    size = pd.concat([old.abs(), new.abs()], axis=1).max(axis=1)
    return ((new - old).abs() > NOTHING * size) | (old.isna() != new.isna())


def different(rows: pd.DataFrame, column: str, kind: str, worth: pd.Series) -> pd.DataFrame:
    """Of rows that both cycles have (`key`, and `column` as it is and, with _old, as it was), those that changed.

    As rows of the table changes of that `kind`; `worth` is the money of one more.
    """
    old, new = rows[f"{column}_old"], rows[column]
    told = pd.DataFrame({"kind": kind, "key": rows["key"], "before": figures(old), "after": figures(new)})
    return told.assign(money=(new - old) * worth)[differ(old, new)]


def figures(values: pd.Series) -> pd.Series:
    """Figures as text, thousands separated, with fewer decimals the larger they are; holes are empty."""
    return values.map(_figure).astype(object)


def _figure(value: float) -> str:
    if pd.isna(value):
        return ""
    if abs(value) < 1:
        return f"{value:.4g}"
    if abs(value) >= 100:
        return f"{value:,.2f}".removesuffix(".00")
    return f"{value:.4f}".rstrip("0").rstrip(".")


def days(dates: pd.Series) -> pd.Series:
    """Dates as text; holes are empty."""
    return dates.dt.strftime("%Y-%m-%d").fillna("").astype(object)
