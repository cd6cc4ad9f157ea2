"""Runs a mapping: a folder of .sql files, one SELECT a contract table, over the company's CSV and Parquet files.

The SQL is DuckDB's. It may read the files of the source folder and nothing else, and it may write nothing. A file whose
name starts with _ gives no table of the contract but one that the others use by that name, so that what several need is
written once; these run first, in the order of their names.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from sopbench.contract import INPUT_TABLES, Problem

NAMES = [table.name for table in INPUT_TABLES]
FILE = re.compile(r"'([^'\n]+\.(?:csv|tsv|txt|json|parquet)(?:\.gz)?)'")
"""A quoted name of a data file in SQL; * and ? in it stand for several files."""


def select_tables(mapping: Path, source: Path, start: pd.Timestamp) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """What each .sql file of the mapping selects, by table, and what is wrong with those that fail."""
    files = sorted(mapping.glob("*.sql"), key=lambda path: (not path.name.startswith("_"), path.name))
    if not files:
        mend = "add one .sql file for each contract table, e.g. items.sql"
        return {}, [Problem("gather", str(mapping), "", "the mapping holds no .sql file", mend)]
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    with _reader(source.resolve()) as connection:
        for path in files:
            found = _select(connection, path, source.resolve(), start)
            if isinstance(found, Problem):
                problems.append(found)
            elif found is not None:
                frames[path.stem] = found
    return frames, problems


def _reader(source: Path):
    """A database in memory that can open the source folder's files only; one thread, so that sums never vary."""
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute(f"SET allowed_directories = [{_quoted(source)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _select(connection, path: Path, source: Path, start: pd.Timestamp) -> pd.DataFrame | Problem | None:
    """What one file selects; None where it is kept in the database for the others."""
    import duckdb

    table, file = path.stem, path.name
    shared = table.startswith("_")
    if table not in NAMES and not shared:
        near = get_close_matches(table, NAMES, 1)
        mend = f"did you mean {near[0]}.sql?" if near else "name it after a table of the contract"
        return Problem(table, file, "", "the contract has no such input table", mend)
    text = path.read_text(encoding="utf-8")
    missing = [name for name in FILE.findall(text) if not Path(name).is_absolute() and not any(source.glob(name))]
    if missing:
        near = get_close_matches(missing[0], [each.name for each in source.iterdir()], 1)
        mend = f"did you mean {near[0]}?" if near else "put the file there, or mend its name in the SQL"
        return Problem(table, file, ", ".join(missing), f"the folder {source} has no such file", mend)
    sql = re.sub(r"(?<!:):as_of\b", "$as_of", FILE.sub(lambda name: _quoted(source / name[1]), text))
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            return Problem(table, file, "", "the file is not one SELECT", "write one SELECT, or WITH ... SELECT")
        dates = {name: start.date() for name in statements[0].named_parameters}
        if set(dates) - {"as_of"}:
            return Problem(table, file, ", ".join(sorted(dates)), "only :as_of is known", "use :as_of alone")
        if shared:
            connection.execute(f'CREATE TEMP TABLE "{table}" AS {sql}', dates or None)
            return None
        return connection.execute(sql, dates or None).df()
    except duckdb.Error as error:
        message = " ".join(str(error).split())[:400]
        return Problem(table, file, "", f"DuckDB says: {message}", "mend the SQL")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
