"""Makes a table of what a database's driver hands over: numbers, dates, texts as the contract expects them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

PLAIN = (str, int, float, Decimal, date, type(None))
"""What a cell may be; a list, a document, an identifier of another kind becomes its text."""


def frame(names: Sequence[str], chunks: Iterable[Sequence[Sequence]]) -> pd.DataFrame:
    """The rows of all chunks in one table. Decimals become floats, dates and times without zone (UTC) timestamps."""
    parts: list[list[pd.Series]] = [[] for _ in names]
    for rows in chunks:
        for part, values in zip(parts, zip(*rows, strict=True), strict=True):
            part.append(_column(pd.Series(values, dtype=object)))
    columns = [_joined(part) for part in parts]
    result = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    result.columns = list(names)
    return result


def _joined(parts: list[pd.Series]) -> pd.Series:
    """The column of all chunks, in which one may hold nothing and another whole numbers."""
    if not parts:
        return pd.Series([], dtype=object)
    if len({part.dtype for part in parts}) == 1:
        return pd.concat(parts, ignore_index=True)
    return _column(pd.concat([part.astype(object) for part in parts], ignore_index=True))


def _column(values: pd.Series) -> pd.Series:
    """One column in the type that holds it without loss; objects where there is none."""
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "string":
        codes, words = pd.factorize(values)  # one object a word, not one a cell: a chunk repeats few words
        return pd.Series(np.append(words, None)[codes])
    if kind in ("empty", "boolean"):
        return values
    if kind in ("floating", "decimal", "mixed-integer-float"):
        return values.astype("float64")
    try:
        if kind == "integer":
            return values.astype("Int64" if values.isna().any() else "int64")
        if kind in ("date", "datetime"):
            return _timestamps(values)
    except (OverflowError, pd.errors.OutOfBoundsDatetime):
        return values  # numbers of 20 digits, the year 9999: the contract's check says what it makes of them
    return values.map(lambda value: value if isinstance(value, PLAIN) else _text(value))


def _timestamps(values: pd.Series) -> pd.Series:
    zoned = any(getattr(value, "tzinfo", None) is not None for value in values.dropna().head(1))
    dates = pd.to_datetime(values, utc=zoned)
    return dates.dt.tz_localize(None) if zoned else dates


def _text(value: object) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
