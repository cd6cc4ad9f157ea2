"""What gather doubts about the tiny company after a change: tests see every finding, so a fault told twice fails."""

from functools import cache

import pandas as pd

import tiny
from sopbench.contract import Problem, checked, table
from sopbench.gather.checks import doubts


@cache
def _tiny() -> dict[str, pd.DataFrame]:
    return tiny.tables()


def sound() -> dict[str, pd.DataFrame]:
    """The tiny company, to be spoiled; checked against the contract once for all tests."""
    return {name: frame.copy() for name, frame in _tiny().items()}


def doubted(tables: dict[str, pd.DataFrame]) -> list[Problem]:
    """All warnings and notes."""
    return doubts({name: frame.reset_index(drop=True) for name, frame in tables.items()}, tiny.START)


def only(tables: dict[str, pd.DataFrame]) -> Problem:
    """The one warning or note there is."""
    found = doubted(tables)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def change(tables: dict[str, pd.DataFrame], name: str, query: str, **columns: object) -> None:
    """Set columns of the rows selected to a value, or to what a function makes of the old one."""
    frame = tables[name]
    rows = frame.eval(query) if query else pd.Series(True, index=frame.index)
    for column, value in columns.items():
        frame.loc[rows, column] = value(frame.loc[rows, column]) if callable(value) else value


def add(tables: dict[str, pd.DataFrame], name: str, *rows: dict[str, object]) -> None:
    """Put rows at the end of a table, what they leave out taken from the contract's defaults."""
    more = checked(pd.DataFrame(list(rows)), table(name))
    tables[name] = more if tables[name].empty else pd.concat([tables[name], more], ignore_index=True)


def year(tables: dict[str, pd.DataFrame], item: str, column: str = "revenue") -> float:
    """What an item sold in the twelve months before the cycle."""
    return tables["sales"].query("item_id == @item and bucket >= '2024-09-01'")[column].sum()
