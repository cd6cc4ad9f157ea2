"""What each scenario assumes otherwise than base, and how much: the causes to set beside the results."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sopbench.contract import checked, table
from sopbench.params import Change, Scenario
from sopbench.presop.changes import make_change
from sopbench.presop.describe import describe
from sopbench.presop.scenarios import Tables, changes_of

ADDED_UP = {
    ("demand_plan", "consensus"): "units",
    ("capacity", "regular_hours"): "hours",
    ("capacity", "overtime_hours"): "hours",
    ("on_hand", "qty"): "units",
    ("open_orders", "qty"): "units",
    ("receipts", "qty"): "units",
}
"""Columns whose values add up over rows, and in what; of others the mean of the rows changed is told."""


def assumption_changes(scenarios: Iterable[Scenario], tables: Tables) -> pd.DataFrame:
    """What every change of every scenario makes of the tables (contract table scenario_changes).

    Each change is measured where its turn comes, those of its parents before it; only rows that truly change count.
    Quantities and hours are added up over these rows, prices, shares and times are their mean; of rows that come or go
    it is their number.

    Args:
        scenarios: those solved, so that every change can be made (see scenario_tables).
        tables: what base is planned from, by name.
    """
    asked = list(scenarios)
    rows = []
    for each in asked:
        changed = dict(tables)
        for number, change in enumerate(changes_of(each.name, asked), start=1):
            after, _ = make_change(changed, change, each.name)
            said = {"scenario": each.name, "number": number, "table": change.table, "column": change.column}
            rows.append(said | {"words": describe(change)} | _size(change, changed[change.table], after))
            changed[change.table] = after
    return checked(pd.DataFrame(rows), table("scenario_changes")) if rows else table("scenario_changes").empty()


def _size(change: Change, before: pd.DataFrame, after: pd.DataFrame) -> dict[str, object]:
    """How many rows change, and what their values are before and after."""
    if change.rows is not None or change.remove:
        count = len(change.rows or []) or len(before) - len(after)
        return {"rows": count, "unit": "rows", "before": float(len(before)), "after": float(len(after))}
    old, new = before[change.column], after[change.column]
    differs = (old != new) & ~(old.isna() & new.isna())
    unit = ADDED_UP.get((change.table, change.column), "mean")
    if pd.api.types.is_datetime64_any_dtype(old):  # a day that moves is told by the words alone
        return {
            "rows": int(differs.sum()),
            "unit": "rows",
            "before": float(differs.sum()),
            "after": float(differs.sum()),
        }
    ends = {name: values[differs].astype(float) for name, values in (("before", old), ("after", new))}
    told = {name: values.mean() if unit == "mean" else values.sum() for name, values in ends.items()}
    return {"rows": int(differs.sum()), "unit": unit, **{name: float(value) for name, value in told.items()}}
