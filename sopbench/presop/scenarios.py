"""Scenarios as overlays: the tables a plan is made from, with a scenario's changes put over them.

A change selects rows of one table and sets, adds to or multiplies one column. What cannot be done is said, for every
change of every scenario at once, before anything is solved.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import pandas as pd

from sopbench.contract import TABLES, Problem, stop_on_errors
from sopbench.contract.selection import columns_of, values_of
from sopbench.params import Change, Scenario

Tables = dict[str, pd.DataFrame]

OPERATIONS = ("set", "add", "multiply")


def apply_changes(tables: Tables, changes: Iterable[Change], scenario: str = "scenario") -> Tables:
    """The tables with the changes made in turn; the tables handed in stay as they are.

    Args:
        tables: contract tables by name; items, customers, resources and locations among them where `where` asks for
            family, category, strategy, channel, region, location_id or kind of a table that does not bear them.
        changes: each with exactly one of set, add and multiply.
        scenario: the name used in messages.

    Raises:
        PlanningError with every change that names an unknown table, column or value, selects nothing, has no or
        several operations, or would leave values the contract does not allow.
    """
    changed, problems = _apply(tables, changes, scenario)
    stop_on_errors(problems)
    return changed


def scenario_tables(scenarios: Iterable[Scenario], tables: Tables) -> dict[str, Tables]:
    """The tables of every scenario by its name, base first, then in the order given.

    Raises PlanningError that lists the problems of all scenarios, names used twice among them.
    """
    found, problems = {"base": tables}, []
    for scenario in scenarios:
        if scenario.name in found:
            mend = "give it another name" + ("; base is the plan as it stands" if scenario.name == "base" else "")
            problems.append(Problem("presop.scenarios", scenario.name, "", "the name is used already", mend))
        found[scenario.name], faults = _apply(tables, scenario.changes, scenario.name)
        problems += faults
    stop_on_errors(problems)
    return found


def _apply(tables: Tables, changes: Iterable[Change], scenario: str) -> tuple[Tables, list[Problem]]:
    """Make every change that can be made, and collect what is wrong with the others."""
    changed, problems = dict(tables), []
    for number, change in enumerate(changes, start=1):
        key = f"{scenario}, change {number}"
        faults = _unreadable(changed, change, key)
        if not faults:
            result, faults = _changed(changed, change, key)
            changed[change.table] = result
        problems += faults
    return changed, problems


def _unreadable(tables: Tables, change: Change, key: str) -> list[Problem]:
    """What is wrong with the change before a row is looked at: its table, column, operation, dates."""
    if change.table not in tables:
        return [_unknown(key, change.table, "the plan is not made from such a table", sorted(tables))]
    table = TABLES[change.table]
    numbers = [column.name for column in table.columns if column.kind in ("number", "integer")]
    faults = []
    if change.column not in numbers:
        message = f"{change.table} has no column of numbers of that name"
        faults.append(_unknown(key, change.column, message, numbers))
    given = [name for name in OPERATIONS if getattr(change, name) is not None]
    if len(given) != 1:
        message = "says " + (" and ".join(given) if given else "neither set, add nor multiply")
        faults.append(Problem("presop.scenarios", key, "", message, "give exactly one of set, add and multiply"))
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
