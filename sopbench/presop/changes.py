"""One change to a contract table: rows selected, and what becomes of one column; or rows that come, or go."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import combinations

import pandas as pd

from sopbench.contract import TABLES, PlanningError, Problem, checked
from sopbench.contract.selection import columns_of, values_of
from sopbench.params import Change

Tables = dict[str, pd.DataFrame]

OPERATIONS = ("set", "add", "multiply", "shift", "rows", "remove")
"""What a change can do; the first three to a column of numbers, shift to one of a table with buckets."""

GREATEST_FACTOR = 50.0
"""A factor from here on is taken for a percentage written as one: 110 for 1.1."""


def make_change(tables: Tables, change: Change, key: str) -> tuple[pd.DataFrame | None, list[Problem]]:
    """The table with the change made, and no problem; or what is wrong with it, named by `key`."""
    faults = _unreadable(tables, change, key)
    if faults:
        return None, faults
    if change.rows is not None:
        return _with_rows(tables[change.table], change, key)
    return _changed(tables, change, key)


def contradictions(tables: Tables, changes: list[Change], scenario: str) -> list[Problem]:
    """Pairs of changes that set the same cell to different values: which of them is meant?"""
    sets = [(number, each) for number, each in enumerate(changes, start=1) if each.set is not None]
    problems = []
    for (first, one), (second, other) in combinations(sets, 2):
        if (one.table, one.column) != (other.table, other.column) or one.set == other.set:
            continue
        both = _selected(tables, one, "")[0] & _selected(tables, other, "")[0]
        if both.any():
            message = (
                f"change {first} sets {one.column} of {one.table} to {one.set:g} in {int(both.sum())} of the same rows"
            )
            key, mend = f"{scenario}, change {second}", "keep one of the two, or narrow where, start or end"
            problems.append(Problem("presop.scenarios", key, f"{other.set:g}", message, mend))
    return problems


def _unreadable(tables: Tables, change: Change, key: str) -> list[Problem]:
    """What is wrong with the change before a row is looked at: its table, column, operation, dates."""
    if change.table not in tables:
        return [_unknown(key, change.table, "the plan is not made from such a table", sorted(tables))]
    table, faults = TABLES[change.table], []
    given = [name for name in OPERATIONS if getattr(change, name) is not None and getattr(change, name) is not False]
    if len(given) != 1:
        message = "says " + (" and ".join(given) if given else "nothing of " + ", ".join(OPERATIONS))
        mend = "give exactly one of " + ", ".join(OPERATIONS)
        faults.append(Problem("presop.scenarios", key, "", message, mend))
    elif given[0] in ("rows", "remove"):
        faults += _needless(change, key, given[0])
    else:
        kinds = ("number", "integer", "bucket") if given[0] == "shift" else ("number", "integer")
        columns = [column.name for column in table.columns if column.kind in kinds and column.name not in table.key]
        if change.column not in columns:
            message = f"{change.table} has no such column that a scenario can {given[0]}"
            faults.append(_unknown(key, change.column, message, columns))
        elif given[0] == "shift" and table.column(change.column).kind != "bucket" and "bucket" not in table.key:
            message = f"{change.table} does not change by bucket, so nothing in it can come later"
            faults.append(Problem("presop.scenarios", key, change.column, message, "use set, add or multiply"))
    if change.multiply is not None and change.multiply >= GREATEST_FACTOR:
        mend = f"write a factor: {change.multiply / 100:g} is {change.multiply:g} %"
        faults.append(Problem("presop.scenarios", key, f"{change.multiply:g}", "is a factor, not per cent", mend))
    if (change.start or change.end) and _bucket_column(change.table) is None:
        message = f"{change.table} does not change by bucket, so start and end mean nothing"
        faults.append(Problem("presop.scenarios", key, "", message, "remove start and end"))
    for name in ("start", "end"):
        if getattr(change, name) and _period(getattr(change, name)) is None:
            value = getattr(change, name)
            faults.append(Problem("presop.scenarios", key, value, f"{name} is not a date", "write it like 2025-10"))
    return faults


def _changed(tables: Tables, change: Change, key: str) -> tuple[pd.DataFrame, list[Problem]]:
    """The table with the change made, or as it was with what is wrong."""
    frame = tables[change.table]
    selected, faults = _selected(tables, change, key)
    if faults:
        return frame, faults
    if not selected.any():
        chosen = "; ".join([*(f"{name} {_listed(value)}" for name, value in change.where.items()), _span(change)])
        mend = "widen where, start or end; each of them by itself must be there, and all of them together"
        return frame, [Problem("presop.scenarios", key, chosen.strip("; "), f"selects no row of {change.table}", mend)]
    if change.remove:
        return frame[~selected].reset_index(drop=True), []
    if change.shift is not None:
        return _shifted(tables, change, selected), []
    old = frame.loc[selected, change.column]
    if change.set is None and old.isna().all():
        message = f"{change.column} is empty in all rows selected of {change.table}, so there is nothing to change"
        return frame, [Problem("presop.scenarios", key, "", message, "use set")]
    new = _operated(old, change)
    faults = _out_of_contract(frame.loc[selected], new, change, key)
    if faults:
        return frame, faults
    result = frame.copy()
    result.loc[selected, change.column] = new.astype(frame[change.column].dtype)
    return result, []


def _needless(change: Change, key: str, given: str) -> list[Problem]:
    """What a change of whole rows says beside them, which would do nothing."""
    said = {"column": change.column}
    if given == "rows":
        said |= {"where": change.where, "start": change.start, "end": change.end}
    return [
        Problem("presop.scenarios", key, str(value), f"{name} means nothing beside {given}", f"remove {name}")
        for name, value in said.items()
        if value
    ]


def _with_rows(frame: pd.DataFrame, change: Change, key: str) -> tuple[pd.DataFrame | None, list[Problem]]:
    """The table with rows that come, each in place of one with the same key; or what is wrong with them."""
    table = TABLES[change.table]
    unknown = sorted({name for row in change.rows for name in row} - set(table.names))
    if unknown:
        return None, [
            _unknown(key, name, f"{change.table} has no column of that name", table.names) for name in unknown
        ]
    try:
        rows = checked(pd.DataFrame(change.rows), table)
    except PlanningError as error:
        of = f"{change.table} "
        return None, [
            Problem("presop.scenarios", key, each.value, of + f"{each.key}: {each.message}".lstrip(": "), each.mend)
            for each in error.problems
        ]
    both = pd.concat([frame, rows]).drop_duplicates(list(table.key), keep="last")
    return both.sort_values(list(table.key), ignore_index=True), []


def _shifted(tables: Tables, change: Change, selected: pd.Series) -> pd.DataFrame:
    """The table with a column's values some buckets later: a date moved, or each row's value taken from before.

    What would come from before the first bucket is 0; what would go beyond the last is gone.
    """
    frame, table = tables[change.table], TABLES[change.table]
    result = frame.copy()
    buckets = pd.DatetimeIndex(tables["demand_plan"]["bucket"].drop_duplicates().sort_values())
    if table.column(change.column).kind == "bucket":
        months = (buckets.day == 1).all()
        by = pd.DateOffset(months=change.shift) if months else pd.DateOffset(weeks=change.shift)
        result.loc[selected, change.column] = frame.loc[selected, change.column] + by
        return result
    key = [name for name in table.key if name != "bucket"]
    part = frame[selected].sort_values([*key, "bucket"])
    groups = part.groupby(key, sort=False)[change.column] if key else part[change.column]
    result.loc[part.index, change.column] = groups.shift(change.shift).fillna(0.0)
    return result


def _operated(old: pd.Series, change: Change) -> pd.Series:
    if change.set is not None:
        return pd.Series(change.set, index=old.index)
    return old + change.add if change.add is not None else old * change.multiply


def _selected(tables: Tables, change: Change, key: str) -> tuple[pd.Series, list[Problem]]:
    """Which rows the change is about."""
    frame, faults = tables[change.table], []
    selected = pd.Series(True, index=frame.index)
    for name, wanted in change.where.items():
        values = values_of(tables, change.table, name)
        if values is None:
            message = f"rows of {change.table} cannot be selected by it"
            faults.append(_unknown(key, name, message, columns_of(change.table)))
            continue
        choices = [wanted] if isinstance(wanted, str) else wanted
        missing = [choice for choice in choices if choice not in set(values)]
        faults += [
            _unknown(key, choice, f"no row of {change.table} has that {name}", sorted(set(values.dropna())))
            for choice in missing
        ]
        selected &= values.isin(choices)
    column = _bucket_column(change.table)
    if change.start:
        selected &= frame[column] >= _period(change.start).start_time
    if change.end:
        selected &= frame[column] <= _period(change.end).end_time
    return selected, faults


def _bucket_column(name: str) -> str | None:
    """The column start and end speak of: bucket, or due for orders under way."""
    return next((column for column in ("bucket", "due") if column in TABLES[name].names), None)


def _period(said: str) -> pd.Period | None:
    """The month or day said: a month holds all its days, so an end of 2025-12 includes December."""
    try:
        return pd.Period(said)
    except ValueError:
        return None


def _out_of_contract(rows: pd.DataFrame, new: pd.Series, change: Change, key: str) -> list[Problem]:
    """Values the contract does not allow in the column, each named by its row."""
    table = TABLES[change.table]
    column = table.column(change.column)
    low, high = column.minimum, column.maximum
    limits = [
        (new < low if low is not None else None, f"is below {low}", f"keep it at {low} or more"),
        (new > high if high is not None else None, f"is above {high}", f"keep it at {high} or less"),
        (new % 1 != 0 if column.kind == "integer" else None, "is not whole", "use values that leave whole numbers"),
    ]
    faults = []
    for bad, what, mend in limits:
        if bad is None or not bad.any():
            continue
        first = rows.loc[bad.idxmax()]
        row = ", ".join(f"{name}={first[name]}".removesuffix(" 00:00:00") for name in table.key)
        message = f"{change.column} of {change.table} {what} in {int(bad.sum())} of {len(rows)} rows, first {row}"
        faults.append(Problem("presop.scenarios", key, f"{new[bad.idxmax()]:g}", message, mend))
    return faults


def _unknown(key: str, value: str, message: str, known: list[str]) -> Problem:
    near = get_close_matches(value, known, 1)
    listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return Problem("presop.scenarios", key, value, message, f"did you mean {near[0]}?" if near else f"use {listed}")


def _listed(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " or ".join(value)


def _span(change: Change) -> str:
    return " ".join(f"{name} {getattr(change, name)}" for name in ("start", "end") if getattr(change, name))
