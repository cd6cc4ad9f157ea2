"""Runs a mapping over a database through SQLAlchemy: the SELECTs are the database's, the aggregation is done there.

All tables are read in one transaction that may write nothing and sees one moment. A quoted data file stands for the
table of that name, so that one mapping serves a company's files and its database. Shared queries become common table
expressions: to keep them as tables would need the right to write.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from sopbench.contract import PlanningError, Problem
from sopbench.gather.sources.fetched import frame
from sopbench.gather.sources.queries import TIME_LIMIT, Query, queries, too_long
from sopbench.gather.sources.sql import PARAMETER, SqlFault, data_files, pieces, replaced, with_shared
from sopbench.params.credentials import hidden, shown

ROWS = 50_000
"""Rows fetched at once: what is held in the database's form beside the table made of it."""

WAIT = 15
"""Seconds a server has to answer the call, where the URL gives no connect_timeout of its own."""

STEPS = 100_000
"""Steps of SQLite's machine after which it looks at the clock."""

STOPPED = "set_config('statement_timeout', :most, true)"

TITLES = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mysql": "MySQL", "mariadb": "MariaDB", "mssql": "SQL Server"}

FIRST = {
    "postgresql": (
        "SET LOCAL TIME ZONE 'UTC'",
        "SET LOCAL max_parallel_workers_per_gather = 0",  # these two: sums of fractions are summed in one order
        "SET LOCAL synchronize_seqscans = off",
        "SET LOCAL cursor_tuple_fraction = 1",  # every row will be fetched
        "SET LOCAL jit = off",  # it compiles for seconds what runs for milliseconds
    ),
    "sqlite": ("PRAGMA query_only = ON", "BEGIN"),
}
"""What is said to a database, by its kind, before anything is read."""

CAUSES = {
    "57014": ("the database stopped it: it took too long", "let it read less, or have statement_timeout raised"),
    "25006": ("it would write, and nothing may be written", "write a SELECT that only reads"),
    "42501": ("this user may not read it", "ask the database's owner for the right to SELECT"),
}
"""What PostgreSQL's states mean, in words, with the mend."""

Tables = dict[str, pd.DataFrame]


def select_from_database(
    mapping: Path, url: sa.URL, start: pd.Timestamp, seconds: float = TIME_LIMIT
) -> tuple[Tables, list[Problem]]:
    """What each .sql file of the mapping selects from the database, by table, and what is wrong with those that fail.

    PostgreSQL and SQLite stop a SELECT after so many seconds, or sooner where the database itself says so.
    Nothing told or raised holds the URL's password. Raises PlanningError where the database cannot be reached.
    """
    wanted, problems = queries(mapping)
    frames: Tables = {}
    with _transaction(url) as connection:
        database = _Database(connection, url, start, seconds)
        for query in wanted:
            if query.lacks(set(database.shared)):
                continue
            found = database.run(query)
            if isinstance(found, Problem):
                problems.append(found)
            elif not query.shared:
                frames[query.table] = found
    return frames, problems


@contextmanager
def _transaction(url: sa.URL) -> Iterator[sa.Connection]:
    """A transaction that reads only and sees the database as it was at one moment; always rolled back."""
    with ExitStack() as opened:
        try:
            connection = opened.enter_context(_engine(url).connect())
            for statement in FIRST.get(url.get_backend_name(), ()):
                connection.exec_driver_sql(statement)
            problem = None
        except (SQLAlchemyError, ImportError) as error:
            problem = _unreachable(error, url)
        if problem:
            raise PlanningError(problem)
        yield connection


def _engine(url: sa.URL) -> sa.Engine:
    options: dict = {"poolclass": sa.NullPool, "hide_parameters": True}
    if url.get_driver_name() == "psycopg":
        given = {"connect_timeout": WAIT, "application_name": "sopbench", "client_encoding": "utf8"}
        options["connect_args"] = {name: value for name, value in given.items() if name not in url.query}
    engine = sa.create_engine(url, **options)
    if url.get_backend_name() == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine


@dataclass
class _Database:
    """An open database, the tables it has, and the shared queries that have proved to run."""

    connection: sa.Connection
    url: sa.URL
    start: pd.Timestamp
    seconds: float

    def __post_init__(self) -> None:
        self.shared: dict[str, str] = {}
        self._known: dict[str | None, list[str]] = {}

    def run(self, query: Query) -> pd.DataFrame | Problem:
        """What a query selects; for a shared one, which is kept for the others, no row of it."""
        end = time.monotonic() + self.seconds
        try:
            self._stop_at(end)
            with self.connection.begin_nested():  # a failure must not end the transaction: the others are told too
                sql = self._own_tables(query.sql)
                needs = [(name, self.shared[name]) for name in self.shared if name in query.needs]
                if query.shared:
                    needs.append((query.table, sql))
                    rows = self._select(with_shared(f"SELECT * FROM {query.table} WHERE 1 = 0", needs))
                    self.shared[query.table] = sql
                    return rows
                return self._select(with_shared(sql, needs))
        except SqlFault as fault:
            return fault.problem(query.table, query.file)
        except UnicodeDecodeError:
            return Problem(query.table, query.file, "", "a text is not UTF-8", "cast it, or mend it in the database")
        except SQLAlchemyError as error:
            if time.monotonic() >= end:
                return too_long(self.seconds).problem(query.table, query.file)
            message, mend = self._in_words(error)
            return Problem(query.table, query.file, "", hidden(message, self.url), mend)

    def _select(self, sql: str) -> pd.DataFrame:
        """The rows of one SELECT, fetched in parts."""
        parts = pieces(sql)
        # SQLAlchemy looks for names after colons in strings and comments too: there, and in casts, they are masked
        text = "".join(part.text if part.kind == "parameter" else part.text.replace(":", r"\:") for part in parts)
        statement = sa.text(text)
        if any(part.kind == "parameter" for part in parts):
            statement = statement.bindparams(sa.bindparam(PARAMETER, self.start.date(), sa.Date))
        rows = self.connection.execute(statement, execution_options={"stream_results": True, "max_row_buffer": ROWS})
        return frame(list(rows.keys()), rows.partitions(ROWS))

    def _stop_at(self, end: float) -> None:
        """Have the database stop what runs at that moment; what it stops sooner by itself stays so."""
        if self.url.get_backend_name() == "sqlite":
            driver = self.connection.connection.driver_connection
            driver.set_progress_handler(lambda: time.monotonic() >= end, STEPS)
        elif self.url.get_backend_name() == "postgresql":
            most = {"most": str(max(1, min(round(self.seconds * 1000), 2**31 - 1)))}
            self.connection.execute(sa.text(f"SELECT {STOPPED} WHERE current_setting('statement_timeout') = '0'"), most)

    def _own_tables(self, sql: str) -> str:
        """The SQL with the database's tables in place of data files."""
        return replaced(sql, [(*file.whole, self._table(file.name)) for file in data_files(sql)])

    def _table(self, file: str) -> str:
        """The table a data file stands for: of its name, in the schema that its folder names where there is one."""
        path = PurePosixPath(file)
        stem = path.name.split(".")[0]
        schema, name = (None, path.parent.name) if stem == "*" else (path.parent.name or None, stem)
        there = self._tables(schema)
        same = [each for each in there if each == name] or [each for each in there if each.lower() == name.lower()]
        if not same:
            near = get_close_matches(name.lower(), [each.lower() for each in there], 1)
            mend = f"did you mean {near[0]}?" if near else "name one it has and this user may see"
            place = f"the schema {schema} of the database" if schema else "the database"
            raise SqlFault(f"{place} has no such table", mend, name)
        quote = self.connection.dialect.identifier_preparer.quote
        return f"{quote(schema)}.{quote(same[0])}" if schema else quote(same[0])

    def _tables(self, schema: str | None) -> list[str]:
        """The tables and views this user sees, sorted."""
        if schema not in self._known:
            look = sa.inspect(self.connection)
            found = {*look.get_table_names(schema), *look.get_view_names(schema)}
            if self.url.get_backend_name() == "postgresql":
                found |= set(look.get_materialized_view_names(schema))
            self._known[schema] = sorted(found)
        return self._known[schema]

    def _in_words(self, error: SQLAlchemyError) -> tuple[str, str]:
        """What the database says of a failed statement, in one line, and the mend."""
        title = TITLES.get(self.url.get_backend_name(), "the database")
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return f"{title} broke off the connection: {_line(error)}", "run it again once the database answers"
        said, mend = CAUSES.get(getattr(getattr(error, "orig", None), "sqlstate", None), ("", "mend the SQL"))
        return f"{title} says: {_line(error)}" + (f"; {said}" if said else ""), mend


def _unreachable(error: Exception, url: sa.URL) -> Problem:
    """Why a database cannot be read, as one problem that hides the password."""
    if isinstance(error, NoSuchModuleError):
        known = "postgresql, mysql+pymysql, mssql+pyodbc, oracle+oracledb, sqlite"
        return Problem("gather", shown(url), url.drivername, "no such kind of database", f"use one of {known}")
    if isinstance(error, ImportError):
        package = error.name or url.get_driver_name()
        message = f"the driver {package} is not installed"
        return Problem("gather", shown(url), "", message, f"pip install {package}")
    said = _line(error)
    mends = {
        "password": "mend user and password in the environment",
        "resolve": "mend the host in source:",
        "translate host": "mend the host in source:",
        "database": "mend the database's name in source:",
    }
    mend = next(
        (mend for word, mend in mends.items() if word in said.replace(str(url.database), "")),
        "see that the database runs and lets this computer in",
    )
    return Problem("gather", shown(url), "", f"the database cannot be reached: {hidden(said, url)}", mend)


def _line(error: Exception) -> str:
    """What the driver itself says, in one line, without the statement."""
    cause = getattr(error, "orig", None) or error
    told = getattr(cause, "diag", None)
    said = " ".join(filter(None, (told.message_primary, told.message_hint))) if told and told.message_primary else cause
    return " ".join(str(said).split())[:400]
