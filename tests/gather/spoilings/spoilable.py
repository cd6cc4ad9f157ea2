"""A small company to spoil: its tables as text, its folder in any form, and what comes of reading it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

import tiny
from sopbench import gather
from sopbench.contract import INPUT_TABLES, PlanningError, checked, stop_on_errors, table
from sopbench.gather.tables import conformed
from sopbench.params import Csv, Gather

REFUSED, RIGHT, WARNED = "refused", "read right", "warned"

NEEDED = ("items", "locations", "sources", "sales")
ALSO = {"capacity": ("resources",), "routings": ("resources", "capacity")}
"""Tables that another needs beside the four needed ones."""

Spoil = Callable[[Path], object]


@dataclass(frozen=True)
class Spoiling:
    """One way to spoil the company: what is done to its folder, and what must come out.

    `said`: each of these must stand in the message (refused) or in a finding (warned). `expected` changes the clean
    tables into those that must come out. `form` is what the params file says of CSV. Several `ways` at once, for all
    errors are told at once: the words of each must stand on one line of the message.
    """

    kind: str
    name: str
    table: str
    spoil: Spoil
    outcome: str
    said: tuple[str, ...] = ()
    expected: Callable[[dict], None] | None = None
    form: Csv = field(default_factory=Csv)
    ways: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


@cache
def company() -> dict[str, pd.DataFrame]:
    """Every table of the contract with a row or more, in its types."""
    made = tiny.tables()
    made["sales"] = made["sales"][made["sales"]["bucket"] >= "2025-06-01"].reset_index(drop=True)
    made["production"] = made["production"].tail(2).reset_index(drop=True)
    made["calendar"] = made["calendar"][made["calendar"]["bucket"] >= "2025-06-01"].reset_index(drop=True)
    more = {
        "forecasts": {"stream": "sales", "item_id": "KIT", "bucket": tiny.BUCKETS, "qty": 50.0, "as_of": tiny.START},
        "overrides": {
            "override_id": ["OV1"], "start": tiny.BUCKETS[1], "end": tiny.BUCKETS[2], "value": 0.1, "owner": "Ann",
            "reason": "fair", "item_id": "KIT",
        },
        "events": {"event_id": ["E1"], "scope": "item:KIT", "start": tiny.START, "end": tiny.START, "uplift": 0.2},
        "sales_terms": {"item_id": ["KIT"], "location_id": "DC", "unit_price": 55.0, "share_min": 0.8},
        "life_cycle": {
            "item_id": ["KIT"], "other_id": "PUMP", "kind": "cannibalises", "factor": 0.2, "start": tiny.START,
            "as_of": tiny.START,
        },
    }  # fmt: skip
    for name, columns in more.items():
        made[name] = checked(pd.DataFrame(columns), table(name))
    return {each.name: made[each.name] for each in INPUT_TABLES}


def names_with(name: str) -> tuple[str, ...]:
    """The tables a folder must hold for one of them to be read."""
    wanted = {*NEEDED, *ALSO.get(name, ()), name}
    return tuple(each for each in company() if each in wanted)


@cache
def rows_of(name: str) -> tuple[tuple[str, ...], ...]:
    """A table as a CSV file has it: the header, then the rows, all text."""
    text = company()[name].to_csv(index=False)
    return tuple(tuple(row) for row in csv.reader(io.StringIO(text)))


def written(rows, separator: str = ",", end: str = "\n") -> str:
    """Rows as CSV text."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
    return out.getvalue()


def write(folder: Path, name: str) -> None:
    """The folder with the tables that `name` needs and itself, as CSV."""
    for each in names_with(name):
        (folder / f"{each}.csv").write_text(written(rows_of(each)), encoding="utf-8")


def put(name: str, content: str | bytes, encoding: str = "utf-8", end: str = "csv") -> Spoil:
    """Put this in place of a table's file."""
    data = content if isinstance(content, bytes) else content.encode(encoding)

    def spoil(folder: Path) -> None:
        (folder / f"{name}.csv").unlink()
        (folder / f"{name}.{end}").write_bytes(data)

    return spoil


def cell(name: str, column: str, said: str, row: int = 0) -> Spoil:
    """Put a text into one cell."""
    rows = [list(each) for each in rows_of(name)]
    rows[row + 1][rows[0].index(column)] = said
    return put(name, written(rows))


def whole(name: str, column: str, said) -> Spoil:
    """Change every cell of a column."""
    rows = [list(each) for each in rows_of(name)]
    at = rows[0].index(column)
    for row in rows[1:]:
        row[at] = said(row[at]) if callable(said) else said
    return put(name, written(rows))


def frame(name: str, change: Callable[[pd.DataFrame], pd.DataFrame | None], end: str = "parquet") -> Spoil:
    """Hand the table in as Parquet or Excel, changed; a change that gives nothing has changed the frame itself."""

    def spoil(folder: Path) -> None:
        made = company()[name].copy()
        changed = change(made)
        made = made if changed is None else changed
        (folder / f"{name}.csv").unlink()
        if end == "parquet":
            made.to_parquet(folder / f"{name}.parquet")
        else:
            made.to_excel(folder / f"{name}.xlsx", index=False)

    return spoil


def read(folder: Path, form: Csv | None = None, mapping: Path | None = None, whole: bool = False):
    """What gather makes of the folder: REFUSED and the message, or the tables and the problems that do not stop it.

    `whole`: the checks of the tables taken together are run too, which take most of the time.
    """
    try:
        raw = gather.read(folder, mapping, tiny.START, form or Csv())
        tables, problems = conformed(raw, tiny.START)
        stop_on_errors(problems)
        if whole:
            gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    except PlanningError as error:
        return REFUSED, str(error)
    return tables, problems


@cache
def clean(names: tuple[str, ...]):
    """The tables and problems of the company as it is, of these tables."""
    return conformed({name: company()[name] for name in names}, tiny.START)


def judge(case: Spoiling, folder: Path) -> None:
    """Spoil the company's folder, read it, and hold what came out against what must."""
    write(folder, case.table)
    case.spoil(folder)
    found, told = read(folder, case.form, whole=case.outcome == REFUSED)
    if case.outcome == REFUSED:
        assert found == REFUSED, "it was read"
        assert case.table in told, told
        assert not [each for each in case.said if each not in told], told
        lines = told.splitlines()
        assert not [way for way in case.ways if not any(all(word in line for word in way) for line in lines)], told
        return
    assert found != REFUSED, told
    before, problems_before = clean(names_with(case.table))
    expected = {name: each.copy() for name, each in before.items()}
    if case.expected:
        case.expected(expected)
    for name, each in expected.items():
        pd.testing.assert_frame_equal(found[name], each)
    new = [str(problem) for problem in told if problem not in problems_before]
    if case.outcome == RIGHT:
        assert not new
    else:
        assert case.table in new[0]
        assert not [each for each in case.said if each not in " ".join(new)], new
