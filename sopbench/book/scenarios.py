"""The scenarios in the book: how one is kept, which are in force, and who may say one anew.

A scenario is kept as its changes, never as a copy of the tables it changes.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import sqlalchemy as sa

from sopbench.book.tables import SCENARIOS
from sopbench.contract import PlanningError, Problem
from sopbench.params import Scenario

LOOK = "look at it first: sopbench scenario list"


def row(scenario: Scenario) -> dict[str, Any]:
    """The columns of the table for a scenario; of its changes only what is said of them."""
    said = scenario.model_dump(mode="json", exclude={"changes"})
    changes = [each.model_dump(mode="json", exclude_defaults=True) for each in scenario.changes]
    return {**said, "changes": json.dumps(changes, ensure_ascii=False)}


def scenario(kept: dict[str, Any]) -> Scenario:
    """The scenario of a line of the table."""
    names = ("name", "question", "owner", "reason", "kind", "parent", "cost", "expires")
    return Scenario.model_validate({name: kept[name] for name in names} | {"changes": json.loads(kept["changes"])})


def in_force(engine: sa.Engine, cycle: str) -> pd.DataFrame:
    """The lines in force for a cycle: written in it or before, not replaced there, not withdrawn; oldest first."""
    rows = pd.read_sql(sa.select(SCENARIOS).where(SCENARIOS.c.cycle <= cycle).order_by(SCENARIOS.c.id), engine)
    rows = rows.astype({"expires": object})
    rows = rows.assign(expires=rows["expires"].where(rows["expires"].notna(), None))
    replaced = rows["id"].isin(rows["replaces"].dropna())
    return rows[~replaced & (rows["status"] == "asked")].reset_index(drop=True)


def to_withdraw(found: pd.DataFrame, name: str) -> dict[str, Any]:
    """The line of that name among those in force. Raises PlanningError where there is none, or another stands on it."""
    named = found[found["name"] == name]
    if named.empty:
        message, mend = "the book has no such scenario in force", "those of the params file are taken out there; "
        raise _wrong(name, "", message, mend + "for those of the book: sopbench scenario list")
    children = found.loc[found["parent"] == name, "name"].tolist()
    if children:
        message = ", ".join(children) + (" stands on it" if len(children) == 1 else " stand on it")
        raise _wrong(name, "", message, f"withdraw {children[0]} first, or let it stand on another")
    return named.iloc[0].to_dict()


def refuse(connection: sa.Connection, cycle: str, name: str, replaces: int | None) -> None:
    """Raise PlanningError where a line cannot be written: the name is taken, or what it replaces is no longer there."""
    if replaces is None:
        newer = sa.select(SCENARIOS.c.replaces).where(SCENARIOS.c.replaces.is_not(None))
        same = sa.select(SCENARIOS).where(SCENARIOS.c.name == name, SCENARIOS.c.status == "asked")
        taken = connection.execute(same.where(SCENARIOS.c.id.not_in(newer))).mappings().first()
        if taken:
            message = f"{_whose(taken)} asks a scenario of that name already, entry {taken['id']}"
            raise _wrong(name, "", message, f"give it another name, or replace that one: --replaces {taken['id']}")
        return
    old = connection.execute(sa.select(SCENARIOS).where(SCENARIOS.c.id == replaces)).mappings().first()
    if old is None or old["name"] != name:
        what = f"entry {replaces} is " + (f"the scenario {old['name']}" if old else "not in the book")
        raise _wrong(name, str(replaces), what, "look up its number: sopbench scenario list")
    if old["cycle"] > cycle:
        raise _wrong(name, str(replaces), f"it was written for cycle {old['cycle']}", "change it in that cycle")
    after = connection.execute(sa.select(SCENARIOS).where(SCENARIOS.c.replaces == replaces)).mappings().first()
    if after or old["status"] == "withdrawn":
        last = after or old
        did = "withdrew it" if last["status"] == "withdrawn" else f"changed it, as entry {last['id']}"
        raise _wrong(name, str(replaces), f"{_whose(last)} {did} meanwhile: {last['reason']}", LOOK)


def _whose(kept: sa.RowMapping) -> str:
    """Who wrote a line, and when."""
    return f"{kept['owner']} ({kept['made_at'][:16].replace('T', ' ')} UTC)"


def _wrong(key: str, value: str, what: str, mend: str) -> PlanningError:
    return PlanningError(Problem("scenarios", key, value, what, mend))
