"""The release of an approved plan into a database's schema: the rows of the release folder, all of them or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from sopbench.contract import PlanningError, Problem, Table, table
from sopbench.params.credentials import hidden, shown

TYPES = {
    "text": sa.Text,
    "number": sa.Float(53),
    "integer": sa.BigInteger,
    "flag": sa.Boolean,
    "bucket": sa.Date,
}
"""Kind of a contract column, and its type in the database."""

WHOSE = ("company", "cycle")
"""Columns that come before those of every table: a schema holds the releases of many cycles."""


def release_to_database(folder: Path, url: sa.URL, schema: str) -> bool:
    """Put what a release folder (see `write_release`) holds into a database; return whether anything had to change.

    Each released table becomes a table of `schema` (SQLite has none), which is made where it is missing: company and
    cycle, then the columns and the key of the contract. The table `releases` holds release.json, a row for each company
    and cycle. One transaction replaces the cycle's rows; where `releases` says that this very release is there, and
    its rows are, nothing is written. Raises PlanningError, without a password, where the database refuses.
    """
    said = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in said["rows"]}
    engine = sa.create_engine(url)
    metadata = sa.MetaData(schema=None if engine.dialect.name == "sqlite" else schema)
    releases = _releases(metadata)
    tables = {name: _table(table(name), metadata) for name in frames}
    try:
        with engine.begin() as connection:
            _make(connection, metadata)
            if _is_there(connection, releases, tables, said):
                return False
            _replace(connection, releases, tables, frames, said)
            return True
    except sa.exc.SQLAlchemyError as error:
        line = hidden(str(getattr(error, "orig", None) or error).splitlines()[0], url)
        mend = "mend release_to in the section monitor or --to, or ask who looks after the database"
        raise PlanningError(Problem("release", shown(url), "", line, mend)) from None
    finally:
        engine.dispose()


def _releases(metadata: sa.MetaData) -> sa.Table:
    key = [sa.Column(name, sa.Text, primary_key=True) for name in WHOSE]
    facts = ("scenario", "currency", "approved_by", "approved_at", "conditions", "plan_hash", "rows", "sha256")
    return sa.Table("releases", metadata, *key, *(sa.Column(name, sa.Text, nullable=False) for name in facts))


def _table(of: Table, metadata: sa.MetaData) -> sa.Table:
    key = [sa.Column(name, sa.Text, primary_key=True) for name in WHOSE]
    columns = [sa.Column(each.name, TYPES[each.kind], primary_key=each.name in of.key) for each in of.columns]
    return sa.Table(of.name, metadata, *key, *columns)


def _make(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Make schema and tables that are missing, and let nobody else release until this is done."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('sopbench release'))")
        connection.execute(sa.schema.CreateSchema(metadata.schema, if_not_exists=True))
    metadata.create_all(connection)


def _is_there(connection: sa.Connection, releases: sa.Table, tables: dict[str, sa.Table], said: dict[str, Any]) -> bool:
    """Whether the database holds this release, with as many rows of each table as it says."""
    found = connection.execute(sa.select(releases).where(*_of(releases, said))).mappings().first()
    if found is None or dict(found) != _manifest(said):
        return False
    counts = {
        name: connection.execute(sa.select(sa.func.count()).select_from(each).where(*_of(each, said))).scalar_one()
        for name, each in tables.items()
    }
    return counts == said["rows"]


def _replace(
    connection: sa.Connection,
    releases: sa.Table,
    tables: dict[str, sa.Table],
    frames: dict[str, pd.DataFrame],
    said: dict[str, Any],
) -> None:
    for name, each in tables.items():
        connection.execute(each.delete().where(*_of(each, said)))
        rows = frames[name].assign(**{column: said[column] for column in WHOSE}).astype(object)
        rows = rows.where(rows.notna(), None).to_dict("records")
        if rows:
            connection.execute(each.insert(), rows)
    connection.execute(releases.delete().where(*_of(releases, said)))
    connection.execute(releases.insert(), _manifest(said))


def _of(each: sa.Table, said: dict[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [each.c[column] == said[column] for column in WHOSE]


def _manifest(said: dict[str, Any]) -> dict[str, str]:
    """release.json as a row; what it counts and its hashes as JSON."""
    return {
        name: json.dumps(value, sort_keys=True) if isinstance(value, dict) else value for name, value in said.items()
    }
