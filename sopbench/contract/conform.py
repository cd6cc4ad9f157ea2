"""Brings any frame into the form of a contract table, or says row by row why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from itertools import zip_longest

import pandas as pd

from sopbench.contract.hints import looks_like
from sopbench.contract.problems import PlanningError, Problem, stop_on_errors
from sopbench.contract.screen import as_is
from sopbench.contract.table import Column, Table
from sopbench.contract.values import ABSURD, READERS, single
from sopbench.contract.words import counted

SHOWN = 5
"""Rows named for one fault of one column; the rest is counted."""

UNITS = ("line", "row")
"""Names of an index that says where each row stands in what was read."""

KEY_LONG = 40
"""Characters of a key's part shown in a message."""

RowNames = Callable[[int], str]
"""Gives a row's name in a message; made only for the few rows that are shown."""


@dataclass(frozen=True)
class Rows:
    """What can be told of the rows of a table by their place: their names, and their money where a column says it."""

    name_of: RowNames
    money: pd.Series

    def worth(self, rows: pd.Index) -> float | None:
        """The money of some rows together; None where it cannot be told."""
        money = self.money.reindex(rows).sum(min_count=1)
        return None if pd.isna(money) else float(money)


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
    frame = single(frame.loc[:, ~frame.columns.duplicated()])
    keys = row_names(frame, table)
    frame = frame.reset_index(drop=True)
    rows = Rows(keys, _money(frame, table))
    typed = {}
    for column in table.columns:
        values, faults = _typed(frame, column, table.name, rows)
        typed[column.name] = values
        problems += faults
    result = pd.DataFrame(typed, columns=table.names)
    problems += _broken_checks(result, table, rows)
    return result.sort_values(list(table.key), kind="stable", ignore_index=True), problems


def checked(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame as `table` wants it; raise PlanningError with every error in it."""
    ready = as_is(frame, table)
    if ready is not None:
        return ready
    result, problems = conform(frame, table)
    stop_on_errors(problems)
    return result


def _columns_missing(frame: pd.DataFrame, table: Table) -> list[Problem]:
    missing = [column for column in table.columns if column.required and column.name not in frame.columns]
    spare = {name.lower().replace(" ", "_"): name for name in frame.columns if name not in table.names}
    mends = {column.name: f"add {column.name}: {column.meaning}" for column in missing}
    for column in missing:
        near = get_close_matches(column.name, spare, 1, 0.8)
        mends[column.name] = f"rename {spare[near[0]]} to {column.name}" if near else mends[column.name]
    return [Problem(table.name, "", "", f"the column {name} is missing", mend) for name, mend in mends.items()]


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


def numbered(frame: pd.DataFrame, unit: str = "row", first: int = 1) -> pd.DataFrame:
    """The frame with its rows numbered from `first` on as messages call them, unless it bears such numbers already.

    A reader that knows better names the index itself: `line` (of a text file) or `row` (of a sheet or a result).
    """
    if frame.index.name in UNITS:
        return frame
    return frame.set_axis(pd.RangeIndex(first, first + len(frame), name=unit), axis="index")


def row_names(frame: pd.DataFrame, table: Table) -> RowNames:
    """How a row is called in a message: where it stands, and its key as far as it can be told."""
    parts = [name for name in table.key if name in frame.columns]
    places = numbered(frame).index

    def name_of(row: int) -> str:
        told = {name: _short(frame[name].iloc[row]) for name in parts}
        return ", ".join([f"{places.name} {places[row]}", *(f"{name}={said}" for name, said in told.items() if said)])

    return name_of


def _short(value: object) -> str:
    said = _said(value).removesuffix(" 00:00:00")
    return said if len(said) <= KEY_LONG else said[: KEY_LONG - 3] + "..."


def _typed(frame: pd.DataFrame, column: Column, table: str, known: Rows) -> tuple[pd.Series, list[Problem]]:
    """One column in its type, its defaults filled in."""
    if column.name not in frame.columns:
        holes = pd.Series(None, index=frame.index, dtype=object)
        return _cast(_filled(holes, column), column), []
    raw = frame[column.name]
    values, unread = READERS[column.kind](raw)
    faults = _misread(unread, raw, column, known, table)
    if column.kind in ("number", "integer"):
        absurd = (values.abs() >= ABSURD) & ~unread
        faults += _faults(absurd, raw, known, table, f"{column.name} is absurdly large", f"give {column.meaning}")
        unread |= absurd
    empty = values.isna() & ~unread
    if column.required:
        mend = f"fill {column.name}: {column.meaning}"
        faults += _faults(empty, raw, known, table, f"{column.name} is empty", mend)
    return _cast(_filled(values.where(~unread), column), column), faults


def _misread(bad: pd.Series, raw: pd.Series, column: Column, known: Rows, table: str) -> list[Problem]:
    """The problems of cells that could not be read, each with what it looks like."""
    if not bad.any():
        return []
    message = f"{column.name} is not a {KINDS[column.kind]}" if column.kind != "text" else f"{column.name} is not text"
    problems = _faults(bad, raw, known, table, message, f"give {column.meaning}")
    told = []
    for problem, row in zip_longest(problems, bad[bad].index[:SHOWN]):
        looks, mend = looks_like(column.kind, raw[row]) if row is not None else ("", "")
        said = f"{message}: it {looks}" if looks else message
        told.append(replace(problem, message=said, mend=mend or problem.mend))
    return told


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


KINDS = {"number": "number", "integer": "whole number", "bucket": "date", "flag": "true or false", "text": "text"}
"""What a column of each kind holds, in a message."""


def _faults(bad: pd.Series, raw: pd.Series, known: Rows, table: str, message: str, mend: str) -> list[Problem]:
    """One problem for each of the first few bad rows, and one that counts the others."""
    if not bad.any():
        return []
    rows = bad[bad].index
    shown = [
        Problem(table, known.name_of(row), _said(raw[row]), message, mend, money=known.worth(rows[place : place + 1]))
        for place, row in enumerate(rows[:SHOWN])
    ]
    rest = rows[SHOWN:]
    if rest.empty:
        return shown
    return [*shown, Problem(table, counted(len(rest), "more row"), "", message, mend, money=known.worth(rest))]


def _said(value: object) -> str:
    """A cell as it stands there; nothing where it is empty."""
    return "" if pd.api.types.is_scalar(value) and pd.isna(value) else str(value)


def _money(frame: pd.DataFrame, table: Table) -> pd.Series:
    """The revenue of each row, where the table has it and it can be read."""
    if "revenue" not in frame or "revenue" not in table.names:
        return pd.Series(index=frame.index, dtype="float64")
    money, unread = READERS["number"](frame["revenue"])
    return money.where(~unread & (money.abs() < ABSURD)).astype("float64")


def _broken_checks(frame: pd.DataFrame, table: Table, known: Rows) -> list[Problem]:
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
                problems += _faults(bad, frame[column.name], known, table.name, message, mend)
    complete = frame[list(table.key)].notna().all(axis=1)
    twice = frame.duplicated(list(table.key), keep=False) & complete
    mend = "keep one row for each " + ", ".join(table.key)
    blank = pd.Series("", index=frame.index)
    return problems + _faults(twice, blank, known, table.name, "the key stands there more than once", mend)


@cache
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
