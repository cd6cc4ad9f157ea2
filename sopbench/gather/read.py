"""Opens the company's data: a folder of contract tables, or files or a database through a mapping of SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sopbench.contract import INPUT_TABLES, PlanningError, Problem
from sopbench.gather.report.quality import findings
from sopbench.gather.sources.files import contract_files
from sopbench.gather.sources.mapping import select_tables
from sopbench.gather.sources.queries import TIME_LIMIT
from sopbench.gather.tables import NOTICED, conformed
from sopbench.gather.workbook.handed_in import handed_in as put_in
from sopbench.params import Csv
from sopbench.params.credentials import shown

if TYPE_CHECKING:
    from sqlalchemy import URL


def read(
    source: Path | URL,
    mapping: Path | None,
    start: pd.Timestamp,
    csv: Csv = Csv(),  # noqa: B008 - frozen
    handed_in: Path | None = None,
    company: str = "",
    seconds: float = TIME_LIMIT,
) -> dict[str, pd.DataFrame]:
    """Read every table the company hands in, as it is, by contract name; nothing is written.

    Without `mapping`, `source` is a folder of contract tables (items.csv, items.parquet or items.xlsx, ...), its CSV
    files of the form `csv` says. With it, `mapping` holds one .sql file for each contract table: one SELECT over the
    files in the folder `source`, or over the database of that URL, in which `:as_of` is `start`. Names that the
    contract does not know come back too, empty, for `assemble` to point out.
    A SELECT is stopped after `seconds`.
    `handed_in` is the folder of the workbooks that came back, which must be those of `company`; what they say is put
    into forecasts, events and budget, and what is worth a note comes back as the table `noticed`.
    Raises PlanningError where a folder or a required table is missing, a file is empty or unreadable, a database cannot
    be reached, or an SQL file fails; what is wrong inside the tables that could be read is listed with it.
    """
    for folder in (source, mapping):
        if isinstance(folder, Path) and not folder.is_dir():
            mend = "mend source: or mapping: in the section gather of the params file"
            raise PlanningError(Problem("gather", str(folder), "", "there is no such folder", mend))
    frames, problems = _read(source, mapping, start, csv, seconds)
    given = {path.stem for path in mapping.glob("*.sql")} if mapping else set(frames)
    told = {problem.table for problem in problems}
    problems += [
        _absent(each.name, source, mapping)
        for each in INPUT_TABLES
        if not each.optional and each.name not in given | told
    ]
    whole = set(frames) - told
    if handed_in is not None:
        frames, found = put_in(handed_in, frames, start, company)
        problems += [each for each in found if each.grade == "error"]
        frames[NOTICED] = findings([each for each in found if each.grade != "error"])
    if problems:
        _, inside = conformed(frames, start)
        raise PlanningError(problems + [each for each in inside if each.grade == "error" and each.table in whole])
    return frames


def _read(
    source: Path | URL, mapping: Path | None, start: pd.Timestamp, csv: Csv, seconds: float
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    if isinstance(source, Path):
        return select_tables(mapping, source, start, seconds) if mapping else contract_files(source, csv)
    if mapping is None:
        message, mend = "a database needs a mapping", "name in mapping: a folder with one SELECT a contract table"
        raise PlanningError(Problem("gather", "mapping", shown(source), message, mend))
    from sopbench.gather.sources.database import (
        select_from_database,  # a company with files need not wait for SQLAlchemy
    )

    return select_from_database(mapping, source, start, seconds)


def _absent(name: str, source: Path | URL, mapping: Path | None) -> Problem:
    if mapping:
        return Problem(
            name, f"{name}.sql", "", f"the folder {mapping} has no such file", "add it: one SELECT that gives the table"
        )
    mend = f"add {name}.csv, {name}.parquet or {name}.xlsx, or name the folder of a mapping in the params file"
    return Problem(name, f"{name}.csv", "", f"the folder {source} has no such file", mend)
