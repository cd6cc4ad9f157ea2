"""Tells at a glance whether a table keeps to the contract, so that tables made by the program are not read again."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from sopbench.contract.table import Column, Table
from sopbench.contract.values import ABSURD


def keeps_to(frame: pd.DataFrame, table: Table) -> bool:
    """Whether every column there keeps to the contract and no key occurs twice; columns with a default may be absent.

    Where it says no, `conform` says what is wrong, or mends what is only another form of the same.
    """
    for column in table.columns:
        if column.name not in frame:
            if column.required:
                return False
        elif not isinstance(frame[column.name], pd.Series) or not _fits(frame[column.name], column):
            return False
    return frame.empty or not frame.duplicated(list(table.key)).any()


def _fits(values: pd.Series, column: Column) -> bool:
    if column.kind == "text":
        if values.dtype.kind != "O" or (len(values) and infer_dtype(values, skipna=False) != "string"):
            return False
        return (not column.choices or bool(values.isin(column.choices).all())) and not (
            column.required and bool((values == "").any())
        )
    if column.kind == "number" or column.kind == "integer":
        kinds = "iuf" if column.kind == "number" else "iu"
        return values.dtype.kind in kinds and _within(values.to_numpy(), column)
    if column.kind == "bucket":
        return values.dtype.kind == "M" and not (column.required and bool(values.isna().any()))
    return values.dtype.kind == "b"


def _within(values: np.ndarray, column: Column) -> bool:
    """Whether all numbers are within their limits and none is missing where one must be."""
    holes = np.isnan(values)
    if (column.required or column.default is not None) and holes.any():
        return False
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    return bool((holes | ((values >= low) & (values <= high) & (np.abs(values) < ABSURD))).all())
