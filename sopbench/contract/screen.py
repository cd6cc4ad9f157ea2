"""Tells at a glance whether a table keeps to the contract as it is, so that what the program made is not read again."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from sopbench.contract.table import Column, Table
from sopbench.contract.values import ABSURD, EARLIEST, LATEST, word


def as_is(frame: pd.DataFrame, table: Table) -> pd.DataFrame | None:
    """The frame as `table` wants it, exactly as `conform` gives it, where no cell must be read or mended for that.

    None where one must, or something is wrong: `conform` then mends it or says what.
    """
    if not all(isinstance(name, str) and name == name.strip() for name in frame.columns):
        return None
    if not len(frame):
        needed = {column.name for column in table.columns if column.required}
        return table.empty() if needed <= set(frame.columns) else None
    found = {}
    for column in table.columns:
        values = _lacking(frame, column) if column.name not in frame else frame[column.name]
        if values is None or not isinstance(values, pd.Series) or not _fits(values, column):
            return None
        found[column.name] = values.astype(column.dtype)
    result = pd.DataFrame(found, index=frame.index, columns=table.names)
    if result.duplicated(list(table.key)).any():
        return None
    return result.sort_values(list(table.key), kind="stable", ignore_index=True)


def _lacking(frame: pd.DataFrame, column: Column) -> pd.Series | None:
    """What stands in for a column that is not there; None where it must be, or only `conform` knows."""
    if column.required or (column.default is None and column.kind in ("integer", "flag")):
        return None
    default = "" if column.default is None and column.kind == "text" else column.default
    return pd.Series(default, index=frame.index, dtype=column.dtype)


def _fits(values: pd.Series, column: Column) -> bool:
    if not isinstance(values.dtype, np.dtype):  # a category, a time zone, a nullable number
        return False
    if column.kind == "text":
        return _words_fit(values, column)
    if column.kind in ("number", "integer"):
        kinds = "iuf" if column.kind == "number" else "iu"
        return values.dtype.kind in kinds and _within(values.to_numpy(), column)
    if column.kind == "bucket":
        return _days_fit(values, column)
    return values.dtype == bool


def _words_fit(values: pd.Series, column: Column) -> bool:
    """Whether all is text as `conform` would leave it; blank only where that stays so."""
    if values.dtype != object or infer_dtype(values, skipna=False) != "string":
        return False
    words = pd.unique(values)
    if column.required and "" in words or (column.default and "" in words):
        return False
    return all(word(each) == each for each in words) and (not column.choices or set(words) <= set(column.choices))


def _within(values: np.ndarray, column: Column) -> bool:
    """Whether all numbers are within their limits and none is missing where one must be."""
    holes = np.isnan(values)
    if (column.required or column.default is not None) and holes.any():
        return False
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    return bool((holes | ((values >= low) & (values <= high) & (np.abs(values) < ABSURD))).all())


def _days_fit(values: pd.Series, column: Column) -> bool:
    """Whether all are days, without a time or a time zone, and none is missing where one must be."""
    if values.dtype.kind != "M":
        return False
    days = pd.Series(values.unique())
    holes = days.isna()
    if holes.any() and (column.required or column.default is not None):
        return False
    return bool((holes | ((days == days.dt.normalize()) & (days >= EARLIEST) & (days <= LATEST))).all())
