"""The tables of the book in a database, and how a book of an earlier version comes to have them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from sopbench.contract import PlanningError, Problem
from sopbench.contract.inputs import OVERRIDE_SCOPE
from sopbench.params.credentials import hidden, shown

METADATA = sa.MetaData()


def _who_when() -> tuple[sa.Column, ...]:
    """The same three columns open every table."""
    return (
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("cycle", sa.String, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
    )


OVERRIDES = sa.Table(
    "overrides",
    METADATA,
    *_who_when(),
    sa.Column("replaces", sa.Integer),
    *(sa.Column(name, sa.String, nullable=False, server_default="") for name in OVERRIDE_SCOPE),
    *(sa.Column(name, sa.String, nullable=False) for name in ("start", "end", "kind")),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("note", sa.String, nullable=False, server_default=""),
    sa.Column("expires", sa.String),
)

REGISTERS = sa.Table(
    "registers",
    METADATA,
    *_who_when(),
    sa.Column("replaces", sa.Integer),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("due", sa.String),
    sa.Column("money", sa.Float),  # where books of an earlier version have the effect in money; no longer written
    sa.Column("status", sa.String, nullable=False),
    *(sa.Column(name, sa.Float) for name in ("probability", "effect_units", "effect_money")),
    *(sa.Column(name, sa.String, nullable=False, server_default="") for name in ("scenario", "outcome")),
    sa.Column("closed_on", sa.String),
    *(sa.Column(name, sa.Float) for name in ("happened", "true_units", "true_money")),
)

SCENARIOS = sa.Table(
    "scenarios",
    METADATA,
    *_who_when(),
    sa.Column("replaces", sa.Integer),
    *(sa.Column(name, sa.String, nullable=False) for name in ("name", "question", "owner", "reason", "kind", "parent")),
    sa.Column("expires", sa.String),
    sa.Column("cost", sa.Float, nullable=False),
    sa.Column("changes", sa.String, nullable=False),  # JSON: what differs from base or the parent, never a copy
    sa.Column("status", sa.String, nullable=False),  # asked or withdrawn
)

SILENCES = sa.Table(
    "silences",
    METADATA,
    *_who_when(),
    sa.Column("alert", sa.String, nullable=False),  # the rule and the key: accuracy/PM-101
    *(sa.Column(name, sa.String, nullable=False) for name in ("until", "reason", "by")),
)

APPROVALS = sa.Table(
    "approvals",
    METADATA,
    *_who_when(),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("plan_hash", sa.String, nullable=False),
    sa.Column("conditions", sa.String, nullable=False),
)

RETURNS = sa.Table(
    "returns",
    METADATA,
    *_who_when(),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("plan_hash", sa.String, nullable=False),
    sa.Column("conditions", sa.String, nullable=False),
)

REOPENINGS = sa.Table(
    "reopenings",
    METADATA,
    *_who_when(),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("plan_hash", sa.String, nullable=False),
    sa.Column("approval", sa.Integer),
)


def opened(url: str) -> sa.Engine:
    """The database of a book, with the tables it lacks made; a file that nobody may write beside is opened to be read.

    Raises PlanningError, which never holds a password, where there is no such database or it cannot be opened.
    """
    try:
        written = sa.make_url(url)
        only_read = _only_read(written)
        engine = sa.create_engine(only_read or written, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError, TypeError) as error:
        # what stands there is not shown, for it may hold a password
        message = "no book can be opened there: not a database's URL, or one whose driver is not installed"
        mend = "write SOPBENCH_BOOK like sqlite:////folder/book.sqlite or postgresql+psycopg://user:password@host/book"
        raise PlanningError(Problem("book", "SOPBENCH_BOOK", "", message, mend)) from error
    place = shown(engine.url)
    try:
        if engine.dialect.name == "sqlite" and not only_read:
            sa.event.listen(engine, "connect", let_readers_and_writers_meet)
            if engine.url.database:
                Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        make(engine)
    except (SQLAlchemyError, OSError) as error:
        if "locked" in str(getattr(error, "orig", "")):  # others are at it: who asked may ask again
            raise
        said = " ".join(str(getattr(error, "orig", None) or error).split())[:200]
        message = f"it cannot be opened: {hidden(said, engine.url)}"
        mend = "see that the database is there, is a book, and may be read and written"
        raise PlanningError(Problem("book", place, "", message, mend)) from None
    return engine


def _only_read(url: sa.URL) -> sa.URL | None:
    """The URL by which a file in a folder that nobody may write to is read; None of any other book."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    path = Path(url.database)
    if not path.exists() or _may_write(path.parent):
        return None
    pending = path.with_name(f"{path.name}-wal")
    how = {"mode": "ro"} if pending.exists() and pending.stat().st_size else {"immutable": "1"}
    database = f"file:{quote(str(path.resolve()))}"
    return sa.URL.create("sqlite", database=database, query={**how, "uri": "true"})


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK)


def make(engine: sa.Engine) -> None:
    """Make the tables a book lacks, and add the columns that one of an earlier version lacks."""
    for tries_left in range(len(METADATA.tables), -1, -1):
        try:
            METADATA.create_all(engine)
            break
        except sa.exc.DBAPIError:
            if not tries_left:  # not merely made by someone else at the same moment, one table after the other
                raise
    for each in METADATA.sorted_tables:
        _add_missing_columns(engine, each)


def alone(connection: sa.Connection) -> None:
    """Let nobody else write until this transaction ends, so that what it has read still holds when it writes.

    Raises PlanningError where others are writing for so long that one's turn does not come.
    """
    if connection.dialect.name == "sqlite":
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except sa.exc.OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            message = "others are writing into it without a pause; nothing of yours was written"
            raise PlanningError(Problem("book", "", str(error.orig), message, "try again in a moment")) from error
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE approvals IN SHARE ROW EXCLUSIVE MODE")


def let_readers_and_writers_meet(connection: Any, _: Any) -> None:
    """Set a connection to SQLite up so that one who reads stops nobody who writes."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA trusted_schema=OFF")  # a book from a stranger may hold views and triggers


def _add_missing_columns(engine: sa.Engine, of: sa.Table) -> None:
    """Add the columns a book of an earlier version lacks; its entries have them empty."""
    for name in _missing_columns(engine, of):
        kind = of.c[name].type.compile(engine.dialect)
        rest = "" if of.c[name].nullable else " DEFAULT '' NOT NULL"
        try:
            with engine.begin() as connection:
                connection.execute(sa.text(f'ALTER TABLE {of.name} ADD COLUMN "{name}" {kind}{rest}'))
        except sa.exc.DBAPIError:
            if name in _missing_columns(engine, of):  # not merely added by someone else at the same moment
                raise


def _missing_columns(engine: sa.Engine, of: sa.Table) -> list[str]:
    there = {column["name"] for column in sa.inspect(engine).get_columns(of.name)}
    return [column.name for column in of.columns if column.name not in there]
