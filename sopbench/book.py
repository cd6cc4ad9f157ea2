"""What people said: overrides, assumptions, risks, decisions, actions and approvals, with who, when and why.

The book is append-only. A change is a new entry that names the one it replaces; nothing is overwritten.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.contract.inputs import OVERRIDE_SCOPE

KINDS = ("assumption", "risk", "opportunity", "decision", "action")
"""The registers an entry may stand in."""

_metadata = sa.MetaData()

_who_when = lambda: (  # noqa: E731 - the same three columns open every table
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("cycle", sa.String, nullable=False),
    sa.Column("made_at", sa.String, nullable=False),
)

_overrides = sa.Table(
    "overrides",
    _metadata,
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

_registers = sa.Table(
    "registers",
    _metadata,
    *_who_when(),
    sa.Column("replaces", sa.Integer),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("due", sa.String),
    sa.Column("money", sa.Float),
    sa.Column("status", sa.String, nullable=False),
)

_approvals = sa.Table(
    "approvals",
    _metadata,
    *_who_when(),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("plan_hash", sa.String, nullable=False),
    sa.Column("conditions", sa.String, nullable=False),
)


class Book:
    """A company's book, in SQLite or any database SQLAlchemy can reach."""

    def __init__(self, url: str):
        self.engine = sa.create_engine(url)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _let_readers_and_writers_meet)
            if self.engine.url.database:
                Path(self.engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        _metadata.create_all(self.engine)
        _add_missing_columns(self.engine, _overrides)

    def add_override(self, cycle: str, row: dict[str, Any], replaces: int | None = None) -> int:
        """Add one override (the columns of the contract table, without id); return its number.

        Raises PlanningError where owner or reason is empty or a value is out of its limits.
        """
        one = checked(pd.DataFrame([{"override_id": "new", **row}]), table("overrides")).iloc[0]
        said = {name: one[name] for name in _overrides.columns.keys() if name in one.index}  # noqa: SIM118
        for name in ("start", "end", "expires"):
            said[name] = None if pd.isna(said[name]) else said[name].date().isoformat()
        return self._append(_overrides, cycle, {**said, "value": float(said["value"]), "replaces": replaces})

    def overrides(self, cycle: str) -> pd.DataFrame:
        """The overrides in force for a cycle (contract table): made in it or before, not expired, not replaced."""
        rows = pd.read_sql(sa.select(_overrides).where(_overrides.c.cycle <= cycle), self.engine)
        rows = rows[~rows["id"].isin(rows["replaces"].dropna())]
        rows = rows[rows["expires"].isna() | (pd.to_datetime(rows["expires"]) > pd.Timestamp(cycle))]
        rows = rows.assign(override_id="book-" + rows["id"].astype(str), as_of=pd.NaT)
        return checked(rows[table("overrides").names], table("overrides"))

    def add_entry(
        self,
        cycle: str,
        kind: str,
        text: str,
        owner: str,
        due: date | None = None,
        money: float | None = None,
        status: str = "open",
        replaces: int | None = None,
    ) -> int:
        """Add an assumption, risk, opportunity, decision or action; return its number."""
        if kind not in KINDS:
            raise PlanningError(
                Problem("registers", "kind", kind, "no such register", "use one of " + ", ".join(KINDS))
            )
        _refuse_empty(text=text, owner=owner)
        said = {"kind": kind, "text": text, "owner": owner, "due": due.isoformat() if due else None}
        return self._append(_registers, cycle, {**said, "money": money, "status": status, "replaces": replaces})

    def entries(self, cycle: str) -> pd.DataFrame:
        """The entries known in a cycle (made in it or before), each in its latest form."""
        rows = pd.read_sql(sa.select(_registers).where(_registers.c.cycle <= cycle), self.engine)
        return rows[~rows["id"].isin(rows["replaces"].dropna())].reset_index(drop=True)

    def add_approval(self, cycle: str, by: str, plan_hash: str, conditions: str = "") -> dict[str, str]:
        """Record that someone approved the plan with that hash; return the record."""
        _refuse_empty(by=by)
        number = self._append(_approvals, cycle, {"by": by, "plan_hash": plan_hash, "conditions": conditions})
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(_approvals).where(_approvals.c.id == number)).mappings().one()
        return {"by": row["by"], "at": row["made_at"], "plan_hash": row["plan_hash"], "conditions": row["conditions"]}

    def approvals(self) -> pd.DataFrame:
        """Every approval ever given."""
        return pd.read_sql(sa.select(_approvals), self.engine)

    def _append(self, into: sa.Table, cycle: str, said: dict[str, Any]) -> int:
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        with self.engine.begin() as connection:
            done = connection.execute(into.insert().values(cycle=cycle, made_at=made_at, **said))
            return int(done.inserted_primary_key[0])


def _add_missing_columns(engine: sa.Engine, of: sa.Table) -> None:
    """Add the columns a book of an earlier version lacks; its entries have them empty."""
    for name in _missing_columns(engine, of):
        kind = of.c[name].type.compile(engine.dialect)
        try:
            with engine.begin() as connection:
                connection.execute(sa.text(f"ALTER TABLE {of.name} ADD COLUMN \"{name}\" {kind} DEFAULT '' NOT NULL"))
        except sa.exc.DBAPIError:
            if name in _missing_columns(engine, of):  # not merely added by someone else at the same moment
                raise


def _missing_columns(engine: sa.Engine, of: sa.Table) -> list[str]:
    there = {column["name"] for column in sa.inspect(engine).get_columns(of.name)}
    return [column.name for column in of.columns if column.name not in there]


def _let_readers_and_writers_meet(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA busy_timeout=10000")


def _refuse_empty(**said: str) -> None:
    empty = [name for name, value in said.items() if not value.strip()]
    if empty:
        raise PlanningError([Problem("book", name, "", f"{name} is empty", f"say {name}") for name in empty])
