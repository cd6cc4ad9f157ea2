"""What people said: overrides, scenarios, assumptions, risks, decisions, actions, approvals; with who, when and why.

The book is append-only. A change is a new entry that names the one it replaces; nothing is overwritten.
What is said for a cycle that is approved is refused: its plan was agreed on without it. Alerts may be silenced still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from sopbench.book import scenarios as book_scenarios
from sopbench.book.conditions import Condition, on_conditions
from sopbench.book.overlap import refuse_changed_meanwhile
from sopbench.book.tables import (
    APPROVALS,
    OVERRIDES,
    REGISTERS,
    REOPENINGS,
    RETURNS,
    SCENARIOS,
    SILENCES,
    alone,
    make,
    open_engine,
)
from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.contract.registers import KINDS
from sopbench.params import Scenario

EFFECTS = ("probability", "effect_units", "effect_money")
"""What is said of an entry before its outcome is known, in figures."""

OUTCOMES = ("happened", "true_units", "true_money")
"""What is said of it afterwards."""


class Book:
    """A company's book, in SQLite or any database SQLAlchemy can reach."""

    def __init__(self, url: str):
        """Open the book at a database's URL, made where there is none. Raises PlanningError where it cannot be."""
        self.engine = open_engine(url)
        try:
            make(self.engine)
        except sa.exc.OperationalError as error:
            if "locked" in str(error.orig):  # others are at it: who asked may ask again
                raise
            mend = "see that it can be reached, read and written by whoever runs sopbench"
            raise PlanningError(Problem("book", "", str(error.orig), "it cannot be opened", mend)) from error

    def add_override(
        self,
        cycle: str,
        row: dict[str, Any],
        replaces: int | None = None,
        *,
        seen: int | None = None,
        about: Mapping[str, pd.DataFrame] | None = None,
    ) -> int:
        """Add one override (the columns of the contract table, without id); return its number.

        See `add_overrides`.
        """
        return self.add_overrides(cycle, [row], [replaces], seen=seen, about=about)[0]

    def add_overrides(
        self,
        cycle: str,
        rows: Sequence[dict[str, Any]],
        replaces: Sequence[int | None] = (),
        *,
        seen: int | None = None,
        about: Mapping[str, pd.DataFrame] | None = None,
    ) -> list[int]:
        """Add overrides (the columns of the contract table, without id), all or none; return their numbers.

        Args:
            cycle: the cycle in which they are made.
            rows: the overrides.
            replaces: the number of the one each takes the place of; several may share out the place of one.
            seen: the number of the last override its owner has seen (`last_override`); None = look at nothing.
            about: the tables items, locations and customers, by which it is told what overlaps.

        Raises PlanningError where owner or reason is empty, a value is out of its limits or the cycle is frozen;
        ChangedMeanwhileError where one that is to be replaced was replaced already, or where after `seen` another one
        was added that overlaps and is not replaced.
        """
        named = pd.DataFrame([{"override_id": f"new {place}", **row} for place, row in enumerate(rows)])
        each = checked(named, table("overrides"))
        each = each[[name for name in OVERRIDES.columns.keys() if name in each]]  # noqa: SIM118
        for name in ("start", "end", "expires"):
            each[name] = each[name].dt.strftime("%Y-%m-%d").astype(object).where(each[name].notna(), None)
        given = [*replaces, *[None] * (len(each) - len(replaces))]
        said = [{**row, "replaces": old} for row, old in zip(each.to_dict("records"), given, strict=True)]
        gone = sorted({number for number in given if number is not None})
        with self._writing(OVERRIDES, cycle) as (connection, made_at):
            refuse_changed_meanwhile(connection, cycle, each, gone, seen, about)
            entries = [OVERRIDES.insert().values(cycle=cycle, made_at=made_at, **row) for row in said]
            return [int(connection.execute(entry).inserted_primary_key[0]) for entry in entries]

    def last_override(self) -> int:
        """The number of the last override anybody made; 0 where there is none."""
        with self.engine.connect() as connection:
            return connection.execute(sa.select(sa.func.max(OVERRIDES.c.id))).scalar() or 0

    def overrides_written(self, cycle: str) -> pd.DataFrame:
        """All overrides ever made up to a cycle, replaced and expired ones too: the columns of the book's table."""
        asked = sa.select(OVERRIDES).where(OVERRIDES.c.cycle <= cycle).order_by(OVERRIDES.c.id)
        return pd.read_sql(asked, self.engine)

    def overrides(self, cycle: str) -> pd.DataFrame:
        """The overrides in force for a cycle (contract table): made in it or before, not expired, not replaced."""
        rows = self.overrides_written(cycle)
        rows = rows[~rows["id"].isin(rows["replaces"].dropna())]
        rows = rows[rows["expires"].isna() | (pd.to_datetime(rows["expires"]) > pd.Timestamp(cycle))]
        rows = rows.assign(override_id="book-" + rows["id"].astype(str), as_of=pd.NaT)
        return checked(rows[table("overrides").names], table("overrides"))

    def add_scenario(self, cycle: str, scenario: Scenario, replaces: int | None = None) -> int:
        """Add a scenario, kept as its changes, or say one anew; return its number.

        Args:
            cycle: the cycle from which on it is asked.
            scenario: with its owner and its reason.
            replaces: the number of the scenario of that name as one last saw it.

        Raises PlanningError where owner or reason is empty, the name is taken and `replaces` is not given, somebody
        changed or withdrew the scenario meanwhile (it says who), or the cycle is frozen.
        """
        _refuse_empty(question=scenario.question, owner=scenario.owner, reason=scenario.reason)
        said = book_scenarios.row(scenario) | {"status": "asked", "replaces": replaces}
        return self._append(
            SCENARIOS, cycle, said, refuse=lambda book: book_scenarios.refuse(book, cycle, scenario.name, replaces)
        )

    def withdraw_scenario(self, cycle: str, name: str, by: str, reason: str) -> int:
        """Ask a scenario no longer, from this cycle on; return the number of the withdrawal.

        Raises PlanningError where by or reason is empty, no such scenario is in force in the cycle, another stands on
        it, it was changed meanwhile or the cycle is frozen.
        """
        _refuse_empty(by=by, reason=reason)
        found = book_scenarios.to_withdraw(self.scenarios_written(cycle), name)
        kept = book_scenarios.row(book_scenarios.scenario(found))
        said = kept | {"owner": by, "reason": reason, "status": "withdrawn", "replaces": int(found["id"])}
        return self._append(
            SCENARIOS, cycle, said, refuse=lambda book: book_scenarios.refuse(book, cycle, name, said["replaces"])
        )

    def scenarios(self, cycle: str) -> list[Scenario]:
        """The scenarios in force for a cycle: added in it or before, not replaced, not withdrawn.

        Those that have expired are among them, for another may stand on them: presop.still_asked leaves them out.
        """
        return [book_scenarios.scenario(each) for each in self.scenarios_written(cycle).to_dict("records")]

    def scenarios_written(self, cycle: str) -> pd.DataFrame:
        """The scenarios in force for a cycle as the book holds them: id, cycle, made_at, name, owner, expires, ..."""
        return book_scenarios.in_force(self.engine, cycle)

    def add_entry(
        self,
        cycle: str,
        kind: str,
        text: str,
        owner: str,
        due: date | None = None,
        *,
        probability: float | None = None,
        effect_units: float | None = None,
        effect_money: float | None = None,
        scenario: str = "",
        replaces: int | None = None,
    ) -> int:
        """Add an assumption, risk, opportunity, decision or action, or say an open one anew; return its number.

        Raises PlanningError where kind, text, owner or probability is none, a probability has no day on which it
        is judged, what it replaces is not open, or the cycle is frozen.
        """
        if kind not in KINDS:
            raise _wrong("kind", kind, "no such register", "use one of " + ", ".join(KINDS))
        _refuse_empty(text=text, owner=owner)
        if probability is not None and not 0 <= probability <= 1:
            raise _wrong("probability", f"{probability:g}", "a probability is 0 to 1", "write 30 % as 0.3")
        if probability is not None and due is None:
            raise _wrong("due", "", "a probability without a day can never be judged", "say by when it comes or not")
        figures = dict(zip(EFFECTS, (probability, effect_units, effect_money), strict=True))
        said = {"kind": kind, "text": text, "owner": owner, "due": due.isoformat() if due else None, **figures}
        said |= {"scenario": scenario, "status": "open", "replaces": replaces}
        return self._append(REGISTERS, cycle, said, refuse=lambda book: _refuse_unless_open(book, cycle, replaces))

    def close_entry(
        self,
        cycle: str,
        number: int,
        outcome: str,
        *,
        happened: bool | None = None,
        true_units: float | None = None,
        true_money: float | None = None,
        on: date | None = None,
    ) -> int:
        """Close an open entry with what became of it; return the number of the closing entry.

        Args:
            cycle: the cycle in which it is closed; the entry itself may come from an earlier one.
            number: the entry in its latest form.
            outcome: what became of it, in words.
            happened: whether a risk, opportunity or assumption came; must be said where it had a probability.
            true_units, true_money: what it turned out to be.
            on: the day it was closed; None = today.

        Raises PlanningError where there is no such open entry, the outcome is not said, or the cycle is frozen.
        """
        _refuse_empty(outcome=outcome)
        rows = self.entries(cycle)
        found = rows[rows["id"] == number]
        if found.empty:
            raise _not_open(cycle, number)
        last = {name: None if pd.isna(value) else value for name, value in found.iloc[0].items()}
        if last["probability"] is not None and happened is None:
            mend = "say whether it did: --happened or --did-not-happen"
            raise _wrong(str(number), "", "it had a probability, and nobody says whether it came", mend)
        kept = {name: last[name] for name in ("kind", "text", "owner", "due", *EFFECTS, "scenario")}
        day = (on or datetime.now(UTC).date()).isoformat()
        came = None if happened is None else float(happened)
        known = dict(zip(OUTCOMES, (came, true_units, true_money), strict=True))
        said = {**kept, "status": "closed", "outcome": outcome, "closed_on": day, **known, "replaces": number}
        return self._append(REGISTERS, cycle, said, refuse=lambda book: _refuse_unless_open(book, cycle, number))

    def entries(self, cycle: str) -> pd.DataFrame:
        """The entries known in a cycle (made in it or before), each in its latest form."""
        rows = self.entries_written(cycle)
        return rows[~rows["id"].isin(rows["replaces"].dropna())].reset_index(drop=True)

    def entries_written(self, cycle: str) -> pd.DataFrame:
        """All that was ever written into the registers up to a cycle, each form of an entry a row."""
        rows = pd.read_sql(sa.select(REGISTERS).where(REGISTERS.c.cycle <= cycle).order_by(REGISTERS.c.id), self.engine)
        figures = rows[["money", *EFFECTS, *OUTCOMES]].astype("float64")
        money = figures["effect_money"].fillna(figures["money"])
        return rows.assign(**{**figures, "effect_money": money}).drop(columns="money")

    def add_silence(self, cycle: str, alert: str, until: date, reason: str, by: str) -> int:
        """Silence an alert (rule/key, e.g. accuracy/PM-101) until a day; return its number.

        The last word on an alert counts: an earlier day raises it again. Monitoring goes on after an approval, so a
        frozen cycle takes it. Raises PlanningError where alert, reason or by is empty.
        """
        _refuse_empty(alert=alert, reason=reason, by=by)
        said = {"alert": alert, "until": until.isoformat(), "reason": reason, "by": by}
        return self._append(SILENCES, cycle, said, even_if_frozen=True)

    def silences(self, cycle: str) -> pd.DataFrame:
        """The last word on each alert that somebody silenced in a cycle or before (contract table silences)."""
        rows = pd.read_sql(sa.select(SILENCES).where(SILENCES.c.cycle <= cycle).order_by(SILENCES.c.id), self.engine)
        return checked(rows.drop_duplicates("alert", keep="last")[table("silences").names], table("silences"))

    def add_approval(
        self,
        cycle: str,
        by: str,
        plan_hash: str,
        conditions: Sequence[Condition] = (),
        *,
        within: int = 14,
        made_anew: bool = False,
    ) -> dict[str, str]:
        """Record that someone approved the plan with that hash, each condition as an action; return the record.

        Args:
            cycle: the cycle.
            by: who approves; the owner of a condition that names none.
            plan_hash: the plan.
            conditions: under which conditions.
            within: days from now by which a condition is met that names no day.
            made_anew: the cycle's folder knows of no approval, having been made anew since.

        Raises PlanningError where `by` is empty, or the cycle is approved already; then nothing is written.
        """
        _refuse_empty(by=by)
        said, actions = on_conditions(by, plan_hash, conditions, within)
        number = self._append(APPROVALS, cycle, said, even_if_frozen=made_anew, actions=actions)
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(APPROVALS).where(APPROVALS.c.id == number)).mappings().one()
        return _approval(row)

    def add_return(
        self, cycle: str, by: str, plan_hash: str, conditions: Sequence[Condition], *, within: int = 14
    ) -> dict[str, str]:
        """Record that someone sent the plan with that hash back, each thing that must change as an action.

        Args as `add_approval`. Raises PlanningError where `by` is empty, nothing must change, or the cycle is frozen;
        then nothing is written.
        """
        _refuse_empty(by=by)
        if not conditions:
            mend = "say what the next plan must do otherwise"
            raise PlanningError(Problem("return", "condition", "", "a plan is not sent back without a reason", mend))
        said, actions = on_conditions(by, plan_hash, conditions, within)
        self._append(RETURNS, cycle, said, actions=actions)
        return self.returned(cycle, plan_hash)

    def returned(self, cycle: str, plan_hash: str) -> dict[str, str] | None:
        """Who last sent the plan with that hash back, when, and what must change; None where nobody did."""
        asked = sa.select(RETURNS).where(RETURNS.c.cycle == cycle, RETURNS.c.plan_hash == plan_hash)
        with self.engine.connect() as connection:
            row = connection.execute(asked.order_by(RETURNS.c.id.desc())).mappings().first()
        return _approval(row) if row else None

    def add_reopening(self, cycle: str, by: str, reason: str) -> dict[str, str]:
        """Record that someone took a cycle's approval back, and why; return the record.

        Raises PlanningError where by or reason is empty.
        """
        _refuse_empty(by=by, reason=reason)
        with self.engine.connect() as connection:
            last = _in_force(connection, cycle)
        said = {"by": by, "reason": reason, "plan_hash": last["plan_hash"] if last else ""}
        number = self._append(
            REOPENINGS, cycle, {**said, "approval": last["id"] if last else None}, even_if_frozen=True
        )
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(REOPENINGS).where(REOPENINGS.c.id == number)).mappings().one()
        return {**said, "at": row["made_at"]}

    def approvals(self) -> pd.DataFrame:
        """Every approval ever given."""
        return pd.read_sql(sa.select(APPROVALS), self.engine)

    def reopenings(self) -> pd.DataFrame:
        """Every approval ever taken back: by whom, when and why."""
        return pd.read_sql(sa.select(REOPENINGS), self.engine)

    def in_force(self, cycle: str) -> dict[str, str] | None:
        """The approval that freezes a cycle; None where there is none, or the last was taken back."""
        with self.engine.connect() as connection:
            row = _in_force(connection, cycle)
        return _approval(row) if row else None

    def _append(
        self,
        into: sa.Table,
        cycle: str,
        said: dict[str, Any],
        even_if_frozen: bool = False,
        refuse: Callable[[sa.Connection], None] = lambda _: None,
        actions: Sequence[dict[str, Any]] = (),
    ) -> int:
        """Write one line and return its number, unless the cycle is frozen or `refuse` raises, alone with the book.

        `actions` go into the registers in the same transaction: all of it is written, or nothing.
        """
        with self._writing(into, cycle, even_if_frozen) as (connection, made_at):
            refuse(connection)
            done = connection.execute(into.insert().values(cycle=cycle, made_at=made_at, **said))
            for action in actions:
                connection.execute(REGISTERS.insert().values(cycle=cycle, made_at=made_at, **action))
            return int(done.inserted_primary_key[0])

    @contextmanager
    def _writing(self, into: sa.Table, cycle: str, even_if_frozen: bool = False) -> Iterator[tuple[sa.Connection, str]]:
        """A transaction in which nobody else writes, and the moment it began; refused where the cycle is frozen."""
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            with self.engine.begin() as connection:
                alone(connection)
                if not even_if_frozen:
                    _refuse_if_frozen(connection, into.name, cycle, or_later=into is not APPROVALS)
                yield connection, made_at
        except sa.exc.OperationalError as error:
            message = "it cannot be written; nothing of yours was"
            mend = "let whoever runs sopbench write this file and its folder"
            raise PlanningError(Problem("book", "", str(error.orig), message, mend)) from error


def _in_force(connection: sa.Connection, cycle: str, or_later: bool = False) -> sa.RowMapping | None:
    """The last approval of a cycle (or of the first frozen one from it on) that no reopening took back."""
    which = APPROVALS.c.cycle >= cycle if or_later else APPROVALS.c.cycle == cycle
    last = sa.select(sa.func.max(APPROVALS.c.id)).where(which).group_by(APPROVALS.c.cycle)
    back = sa.select(REOPENINGS.c.approval).where(REOPENINGS.c.approval.is_not(None))
    asked = sa.select(APPROVALS).where(APPROVALS.c.id.in_(last), APPROVALS.c.id.not_in(back))
    return connection.execute(asked.order_by(APPROVALS.c.cycle)).mappings().first()


def _refuse_if_frozen(connection: sa.Connection, name: str, cycle: str, or_later: bool) -> None:
    """Raise PlanningError where `cycle` is approved; with `or_later` also where one after it is, which sees it too."""
    row = _in_force(connection, cycle, or_later)
    if row:
        message = f"cycle {row['cycle']} was approved by {row['by']} on {row['made_at'][:10]} and is frozen"
        mend = "say it for the next cycle, or reopen this one with a reason: sopbench reopen"
        raise PlanningError(Problem(name, "", "", message, mend))


def _refuse_unless_open(connection: sa.Connection, cycle: str, number: int | None) -> None:
    """Raise PlanningError where an entry of the registers that is replaced is not open, or not in its latest form."""
    if number is None:
        return
    entry = sa.select(REGISTERS.c.id).where(REGISTERS.c.id == number, REGISTERS.c.status == "open")
    newer = sa.select(REGISTERS.c.id).where(REGISTERS.c.replaces == number)
    if connection.execute(entry).first() is None or connection.execute(newer).first() is not None:
        raise _not_open(cycle, number)


def _not_open(cycle: str, number: int) -> PlanningError:
    mend = "look up its number: sopbench register list"
    return _wrong(str(number), "", f"no entry of that number is open in cycle {cycle}", mend)


def _approval(row: sa.RowMapping) -> dict[str, str]:
    return {"by": row["by"], "at": row["made_at"], "plan_hash": row["plan_hash"], "conditions": row["conditions"]}


def _wrong(key: str, value: str, what: str, mend: str) -> PlanningError:
    return PlanningError(Problem("registers", key, value, what, mend))


def _refuse_empty(**said: str) -> None:
    empty = [name for name, value in said.items() if not value.strip()]
    if empty:
        raise PlanningError([Problem("book", name, "", f"{name} is empty", f"say {name}") for name in empty])
