"""What gather tells about the data: the findings, and how complete each table is."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import INPUT_TABLES, Problem, Table, checked, table

DATES = ("bucket", "due", "start", "as_of", "launch")
"""Columns that say when a row belongs, the first that a table has counts."""


def findings(problems: list[Problem]) -> pd.DataFrame:
    """The problems as the contract table `findings`, each once."""
    columns = ["grade", "table", "key", "value", "message", "mend", "money"]
    rows = pd.DataFrame([[getattr(each, name) for name in columns] for each in problems], columns=columns)
    return checked(rows.drop_duplicates(list(table("findings").key)), table("findings"))


def quality(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The contract table `quality`: rows, share filled of the cells that may be empty, first and last date."""
    return checked(pd.DataFrame([_told(each, tables[each.name]) for each in INPUT_TABLES]), table("quality"))


def _told(each: Table, frame: pd.DataFrame) -> dict[str, object]:
    # an empty cell of a key is not missing: it says "every one"
    may_be_empty = [column for column in each.columns if column.name not in each.key]
    empty = [column for column in may_be_empty if column.default is None or column.default == ""]
    filled = [frame[column.name].notna() & (frame[column.name] != "") for column in empty]
    cells = len(frame) * len(empty)
    date = next((name for name in DATES if name in each.names), None)
    dates = frame[date] if date else pd.Series(dtype="datetime64[ns]")
    return {
        "table": each.name,
        "rows": len(frame),
        "filled": sum(int(values.sum()) for values in filled) / cells if cells else 1.0,
        "first": dates.min(),
        "last": dates.max(),
    }
