"""Scenarios in words: what a change does, as people say it in the meeting."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sopbench.contract import TABLES, checked, table
from sopbench.params import Change, Scenario

NAMES = {
    ("demand_plan", "consensus"): "demand",
    ("items", "unit_price"): "price",
    ("items", "unit_cost"): "standard cost",
    ("on_hand", "qty"): "stock on hand",
    ("open_orders", "qty"): "open orders",
    ("receipts", "qty"): "orders under way",
    ("sources", "unit_cost"): "cost of supply",
    ("sources", "qty_max"): "most that can be supplied",
}
"""How columns are called where their own name says too little."""

SPOKEN = ("family", "category", "channel", "region")
"""Columns whose values are words."""


def describe(change: Change, columns: tuple[str, ...] = ()) -> str:
    """A change in words: "demand +10 % for home machines, Oct–Dec 2025".

    `columns` names further columns of the table that change in the same way.
    """
    if change.rows is not None or change.remove:
        return _rows_in_words(change)
    names = [NAMES.get((change.table, each), each.replace("_", " ")) for each in (change.column, *columns)]
    values = _chosen(change)
    chosen = f" for {values}" if values else ""
    span = _span(change)
    return f"{' and '.join(names)} {_operation(change)}{chosen}" + (f", {span}" if span else "")


def _rows_in_words(change: Change) -> str:
    """Rows that come or go: "resources with LINE2", "sources without SUP-BOARD"."""
    if change.rows is None:
        chosen = _chosen(change)
        span = _span(change)
        return f"{change.table.replace('_', ' ')} without {chosen or 'any row'}" + (f", {span}" if span else "")
    key = [name for name in TABLES[change.table].key if name != "bucket"]
    said = dict.fromkeys(" ".join(str(row[name]) for name in key if row.get(name)) for row in change.rows)
    return f"{change.table.replace('_', ' ')} with {', '.join(said)}"


def _chosen(change: Change) -> str:
    """What the change is about; families and the like without underscores, which numbers of items may hold."""
    names = {name: [each] if isinstance(each, str) else each for name, each in change.where.items()}
    said = [
        " and ".join(names[name]).replace("_", " ") if name in SPOKEN else " and ".join(names[name]) for name in names
    ]
    return ", ".join(said)


def _describe_all(changes: list[Change]) -> str:
    """All changes of a scenario; columns of a table that change in the same way are said together."""
    alike: dict[str, list[Change]] = {}
    for change in changes:
        alike.setdefault(change.model_copy(update={"column": ""}).model_dump_json(), []).append(change)
    return "; ".join(describe(same[0], tuple(each.column for each in same[1:])) for same in alike.values())


def scenarios_table(scenarios: Iterable[Scenario]) -> pd.DataFrame:
    """The scenarios with base (contract table scenarios): kind, question, owner, changes, cost, first bucket."""
    base = {"scenario": "base", "kind": "base", "question": "What if we go on as planned?", "changes": "none"}
    rows = [
        {
            "scenario": each.name,
            "kind": each.kind,
            "question": each.question,
            "owner": each.owner,
            "changes": (f"as {each.parent}; " if each.parent else "") + _describe_all(each.changes),
            "cost": each.cost,
            "starts": first_changed(each),
        }
        for each in scenarios
    ]
    return checked(pd.DataFrame([base, *rows]), table("scenarios"))


def first_changed(scenario: Scenario) -> pd.Timestamp:
    """The first bucket a scenario changes, NaT where a change of it says none: it holds from now on."""
    days = [_first_day(change) for change in scenario.changes]
    return pd.NaT if any(pd.isna(day) for day in days) else min(days)


def _first_day(change: Change) -> pd.Timestamp:
    if change.start:
        return pd.Period(change.start).start_time
    days = [row.get("bucket", row.get("start")) for row in change.rows or []]
    return min(map(pd.Timestamp, days)) if days and all(days) else pd.NaT


def _operation(change: Change) -> str:
    if change.set is not None:
        return f"set to {change.set:,g}"
    if change.shift is not None:
        late, count = "later" if change.shift > 0 else "earlier", abs(change.shift)
        return f"{count} bucket{'s' if count > 1 else ''} {late}"
    if change.add is not None:
        return f"{_signed(change.add)}"
    if change.multiply >= 3:
        return f"× {change.multiply:g}"
    return f"{_signed(round(change.multiply * 100 - 100, 6))} %"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value):,g}"


def _span(change: Change) -> str:
    """From when to when: Oct–Dec 2025, Oct 2025–Mar 2026, from Oct 2025, until Dec 2025, Oct 2025."""
    start, end = (pd.Period(said) if said else None for said in (change.start, change.end))
    if start is None or end is None:
        return f"from {_day(start)}" if start is not None else f"until {_day(end)}" if end is not None else ""
    if start == end:
        return _day(start)
    if start.freqstr == end.freqstr == "M" and start.year == end.year:
        return f"{start.strftime('%b')}–{end.strftime('%b %Y')}"
    return f"{_day(start)}–{_day(end)}"


def _day(period: pd.Period) -> str:
    return period.strftime("%b %Y" if period.freqstr == "M" else "%Y-%m-%d")
