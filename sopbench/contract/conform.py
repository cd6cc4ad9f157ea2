"""Brings any frame into the form of a contract table, or says row by row why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

import numpy as np
import pandas as pd

from sopbench.contract.problems import PlanningError, Problem, stop_on_errors
from sopbench.contract.table import Column, Table

SHOWN = 5
"""Rows named for one fault of one column; the rest is counted."""

RowNames = Callable[[int], str]
"""Gives a row's name in a message; made only for the few rows that are shown."""


def conform(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the frame as `table` wants it (columns in order, types, defaults, sorted by key) and what is wrong.

    Problems of grade "error" mean the returned frame must not be used; a warning is given for columns the
    contract does not know, which are left out. All problems of the frame are reported at once.
    """
    frame = frame.rename(columns=str).rename(columns=str.strip)
    problems = _columns_missing(frame, table) + _columns_unknown(frame, table)
    duplicated = frame.columns[frame.columns.duplicated()].unique()
    problems += [
        Problem(table.name, "", name, "the column stands there twice", "keep one of them") for name in duplicated
    ]
    frame = frame.loc[:, ~frame.columns.duplicated()].reset_index(drop=True)
    keys = _row_names(frame, table)
    typed = {}
    for column in table.columns:
        values, faults = _typed(frame, column, table.name, keys)
        typed[column.name] = values
        problems += faults
    result = pd.DataFrame(typed, columns=table.names)
    problems += _broken_checks(result, table, keys)
    return result.sort_values(list(table.key), kind="stable", ignore_index=True), problems


def checked(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame as `table` wants it; raise PlanningError with every error in it."""
    result, problems = conform(frame, table)
    stop_on_errors(problems)
    return result


def _columns_missing(frame: pd.DataFrame, table: Table) -> list[Problem]:
    missing = [column for column in table.columns if column.required and column.name not in frame.columns]
    return [
        Problem(table.name, "", "", f"the column {column.name} is missing", f"add {column.name}: {column.meaning}")
        for column in missing
    ]


def _columns_unknown(frame: pd.DataFrame, table: Table) -> list[Problem]:
    unknown = [name for name in frame.columns if name not in table.names]
    near = {name: get_close_matches(name, table.names, 1) for name in unknown}
    return [
        Problem(
            table.name,
            "",
            name,
            "the contract has no such column; it is left out",
            f"rename it to {near[name][0]}" if near[name] else "remove it, or leave it: it does no harm",
            "warning",
        )
        for name in unknown
    ]


def _row_names(frame: pd.DataFrame, table: Table) -> RowNames:
    """How a row is called in a message: its number, and its key as far as it can be told."""
    parts = [name for name in table.key if name in frame.columns]

    def name_of(row: int) -> str:
        told = [f"{name}={frame[name].iloc[row]!s}".removesuffix(" 00:00:00") for name in parts]
        return ", ".join([f"row {row + 1}", *told])

    return name_of


def _typed(frame: pd.DataFrame, column: Column, table: str, keys: RowNames) -> tuple[pd.Series, list[Problem]]:
    """One column in its type, its defaults filled in."""
    if column.name not in frame.columns:
        holes = pd.Series(None, index=frame.index, dtype=object)
        return _cast(_filled(holes, column), column), []
    raw = frame[column.name]
    if column.kind == "text":
        values, unread = _text(raw), pd.Series(False, index=raw.index)
    else:
        values, unread = _READERS[column.kind](raw)
    faults = _faults(
        unread, raw, keys, table, f"{column.name} is not a {_KINDS[column.kind]}", f"give {column.meaning}"
    )
    empty = values.isna() & ~unread
    if column.required:
        mend = f"fill {column.name}: {column.meaning}"
        faults += _faults(empty, raw, keys, table, f"{column.name} is empty", mend)
    return _cast(_filled(values, column), column), faults


def _cast(values: pd.Series, column: Column) -> pd.Series:
    if column.kind in ("integer", "flag"):
        values = values.where(values.notna(), 0)  # a hole here is an error reported already
    return values.astype(column.dtype)


def _filled(values: pd.Series, column: Column) -> pd.Series:
    """The column with its default where it is empty; a required column keeps its holes, which are errors."""
    default = "" if column.kind == "text" and column.default is None else column.default
    if column.required or default is None:
        return values
    return values.astype(object).where(values.notna(), default)


_KINDS = {"number": "number", "integer": "whole number", "bucket": "date", "flag": "true or false", "text": "text"}


def _text(raw: pd.Series) -> pd.Series:
    """Text without blanks around it; whole numbers read as floats (1.0) lose the fraction they never had."""
    if pd.api.types.is_float_dtype(raw) and (raw.dropna() % 1 == 0).all():
        raw = raw.astype("Int64")
    codes, words = pd.factorize(raw)  # cleaned once each: tables repeat few words in many rows
    cleaned = np.array([str(word).strip() or None for word in words] + [None], dtype=object)
    return pd.Series(cleaned[codes], index=raw.index)


def _numbers(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    values = pd.to_numeric(raw, errors="coerce").astype("float64")
    return values, _unread(values, raw) | np.isinf(values)


def _integers(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    values, unread = _numbers(raw)
    return values, unread | (values.notna() & (values % 1 != 0))


def _dates(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Dates from dates or ISO text (2025-09, 2025-09-01); numbers are not guessed at."""
    if pd.api.types.is_numeric_dtype(raw) and raw.notna().any():
        return pd.Series(pd.NaT, index=raw.index), raw.notna()
    values = pd.to_datetime(raw, errors="coerce", format="ISO8601")
    if values.dt.tz is not None:
        values = values.dt.tz_localize(None)
    return values.dt.normalize().astype("datetime64[ns]"), _unread(values, raw)


def _flags(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    words = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False, "1.0": True, "0.0": False}
    values = raw.astype(object).where(raw.notna(), None).map(lambda value: words.get(str(value).strip().lower()))
    return values, _unread(values, raw)


_READERS = {"number": _numbers, "integer": _integers, "bucket": _dates, "flag": _flags}


def _unread(values: pd.Series, raw: pd.Series) -> pd.Series:
    """Where something stands that gave no value; blanks are not something."""
    unread = values.isna() & raw.notna()
    if unread.any():
        blank = raw[unread].astype(str).str.strip() == ""
        unread.loc[blank[blank].index] = False
    return unread


def _faults(bad: pd.Series, raw: pd.Series, keys: RowNames, table: str, message: str, mend: str) -> list[Problem]:
    """One problem for each of the first few bad rows, and one that counts the others."""
    rows = bad[bad].index
    shown = [Problem(table, keys(row), str(raw[row]), message, mend) for row in rows[:SHOWN]]
    rest = len(rows) - SHOWN
    return shown + ([Problem(table, f"{rest} more rows", "", message, mend)] if rest > 0 else [])


def _broken_checks(frame: pd.DataFrame, table: Table, keys: RowNames) -> list[Problem]:
    """What pandera finds (values outside their limits, unknown words), and keys that occur twice."""
    from pandera.errors import SchemaErrors

    problems = []
    try:
        _schema(table).validate(frame, lazy=True)
    except SchemaErrors as errors:
        for column in table.columns:
            found = errors.failure_cases[errors.failure_cases["column"] == column.name]
            for check, rows in found.groupby("check", sort=False):
                bad = pd.Series(frame.index.isin(rows["index"]), index=frame.index)
                message, mend = _in_words(column, str(check))
                problems += _faults(bad, frame[column.name], keys, table.name, message, mend)
    complete = frame[list(table.key)].notna().all(axis=1)
    twice = frame.duplicated(list(table.key), keep=False) & complete
    mend = "keep one row for each " + ", ".join(table.key)
    blank = pd.Series("", index=frame.index)
    return problems + _faults(twice, blank, keys, table.name, "the key stands there more than once", mend)


def _schema(table: Table):
    import pandera.pandas as pa

    def checks(column: Column) -> list[pa.Check]:
        limits = []
        if column.minimum is not None:
            limits.append(pa.Check.ge(column.minimum))
        if column.maximum is not None:
            limits.append(pa.Check.le(column.maximum))
        if column.choices:
            limits.append(pa.Check.isin(column.choices))
        return limits

    columns = {column.name: pa.Column(column.dtype, checks(column), nullable=True) for column in table.columns}
    return pa.DataFrameSchema(columns, strict=True)


def _in_words(column: Column, check: str) -> tuple[str, str]:
    if check.startswith("greater_than"):
        limit = column.minimum
        return f"{column.name} is below {limit:g}", f"give {column.meaning}, {limit:g} or more"
    if check.startswith("less_than"):
        return f"{column.name} is above {column.maximum:g}", f"give {column.meaning}, {column.maximum:g} or less"
    if check.startswith("isin"):
        words = ", ".join(column.choices)
        return f"{column.name} is none of {words}", f"use one of {words}"
    return f"{column.name} fails {check}", f"give {column.meaning}"


def unknown_table(name: str, known: list[str]) -> PlanningError:
    """The error for a table name the contract does not have."""
    near = get_close_matches(name, known, 1)
    mend = f"did you mean {near[0]}?" if near else "use one of " + ", ".join(sorted(known))
    return PlanningError(Problem(name, "", "", "the contract has no such table", mend))
