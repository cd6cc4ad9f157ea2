"""Runs a mapping over the company's files: its SELECTs in DuckDB, over CSV, TSV, JSON, Parquet and Excel.

The SQL may read the files of the source folder and nothing else, and it may write nothing.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.gather.sources.excel import BOOKS, read_sheet, table_of
from sopbench.gather.sources.queries import TIME_LIMIT, Query, queries, too_long
from sopbench.gather.sources.reads import refuse_unless_it_reads
from sopbench.gather.sources.sql import PARAMETER, Change, DataFile, SqlFault, data_files, parameters, replaced
from sopbench.gather.sources.unreadable import leads_out

VECTORS = 500
"""Parts of 2,048 rows that are fetched from DuckDB at once."""

LARGEST = 500_000_000
"""Cells a table may have: beyond that a SELECT has gone astray, and would fill the memory."""


def select_tables(
    mapping: Path, source: Path, start: pd.Timestamp, seconds: float = TIME_LIMIT
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """What each .sql file of the mapping selects, by table, and what is wrong with those that fail.

    A SELECT is stopped after so many seconds.
    """
    wanted, problems = queries(mapping)
    frames: dict[str, pd.DataFrame] = {}
    ready: set[str] = set()
    with _reader(source.resolve()) as connection:
        for query in wanted:
            if query.lacks(ready):
                continue
            found = _run(connection, query, source.resolve(), start, seconds)
            if isinstance(found, Problem):
                problems.append(found)
            elif query.shared:
                ready.add(query.table)
            else:
                frames[query.table] = found
    return frames, problems


def _reader(source: Path):
    """A database in memory that can open the source folder's files only; one thread, one time zone: nothing varies."""
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute(f"SET allowed_directories = [{_quoted(source)}]")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET temp_directory = ''")  # nothing on the disk, not even for a while
    connection.execute("SET memory_limit = '50%'")
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _run(connection, query: Query, source: Path, start: pd.Timestamp, seconds: float) -> pd.DataFrame | Problem | None:
    """What one query selects; None where it is kept in the database for the others."""
    import duckdb

    try:
        sql = replaced(
            query.sql, [*parameters(query.sql, f"${PARAMETER}"), *_files_found(connection, query.sql, source)]
        )
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise SqlFault("the file is not one SELECT", "write one SELECT, or WITH ... SELECT")
        refuse_unless_it_reads(connection, sql)
        dates = {name: start.date() for name in statements[0].named_parameters}
        if set(dates) - {PARAMETER}:
            raise SqlFault(f"only :{PARAMETER} is known", f"use :{PARAMETER} alone", ", ".join(sorted(dates)))
        with _stopped_after(connection, seconds):
            if query.shared:
                connection.execute(f'CREATE TEMP TABLE "{query.table}" AS {sql}', dates or None)
                return None
            return _fetched(connection.execute(sql, dates or None))
    except SqlFault as fault:
        return fault.problem(query.table, query.file)
    except duckdb.InterruptException:
        return too_long(seconds).problem(query.table, query.file)
    except duckdb.Error as error:
        message = " ".join(str(error).split())[:400]
        return Problem(query.table, query.file, "", f"DuckDB says: {message}", "mend the SQL")


@contextmanager
def _stopped_after(connection, seconds: float) -> Iterator[None]:
    """Stop what the connection runs once its time is over."""
    clock = threading.Timer(min(seconds, threading.TIMEOUT_MAX), connection.interrupt)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def _fetched(result) -> pd.DataFrame:
    """All rows, fetched in parts. SqlFault where there are far too many."""
    parts = [result.fetch_df_chunk(VECTORS)]
    while len(parts[-1]):
        if sum(part.size for part in parts) > LARGEST:
            raise SqlFault(f"it selects more than {LARGEST:,} cells", "select less, or sum it by bucket")
        parts.append(result.fetch_df_chunk(VECTORS))
    return pd.concat(parts[:-1], ignore_index=True) if len(parts) > 2 else parts[0]


def _files_found(connection, sql: str, source: Path) -> list[Change]:
    """Every data file the SQL names, put where it lies. SqlFault where the source folder lacks one."""
    wanted = data_files(sql)
    missing = [each.name for each in wanted if not Path(each.name).is_absolute() and not any(source.glob(each.name))]
    if missing:
        near = get_close_matches(missing[0], [each.name for each in source.iterdir()], 1)
        mend = f"did you mean {near[0]}?" if near else "put the file there, or mend its name in the SQL"
        raise SqlFault(f"the folder {source} has no such file", mend, ", ".join(missing))
    return [_found(connection, sql, each, source) for each in wanted]


def _found(connection, sql: str, file: DataFile, source: Path) -> Change:
    path = source / file.name
    if path.suffix.lower() not in BOOKS:
        return file.start, file.end, _quoted(path)
    if leads_out(path, source):
        raise SqlFault(f"the file is outside of the folder {source}", "put it there", file.name)
    try:
        sheet = table_of(read_sheet(path, _sheet(sql, file)))
    except PlanningError as error:
        raise SqlFault(f"{file.name}: {error.problems[0].message}", error.problems[0].mend) from error
    connection.register(name := f"_sheet_{file.start}", sheet)
    return *file.whole, name


def _sheet(sql: str, file: DataFile) -> str | None:
    """The sheet that SQL asks for in read_xlsx('book.xlsx', sheet = 'Orders')."""
    if not file.reader:
        return None
    options = re.fullmatch(r"(?:\s*,\s*sheet\s*(?:=>|:?=)\s*'((?:[^']|'')+)')?\s*\)", sql[file.end : file.whole[1]])
    if file.reader != "read_xlsx" or not options or not re.fullmatch(r"\w+\s*\(\s*", sql[file.whole[0] : file.start]):
        mend = "write read_xlsx('book.xlsx', sheet = 'Orders'), which gives the whole sheet under its header"
        raise SqlFault("a workbook is read in one way only", mend, file.name)
    return options[1] and options[1].replace("''", "'")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
