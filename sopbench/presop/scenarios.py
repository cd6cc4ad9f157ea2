"""Scenarios as overlays: the tables a plan is made from, with a scenario's changes put over them.

A scenario is kept as its changes, never as a copy of the tables; its parent's come first. What cannot be done is said,
for every change of every scenario at once, before anything is solved. What one change does is in changes.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import pandas as pd

from sopbench.contract import Problem, stop_on_errors
from sopbench.params import Change, Scenario
from sopbench.presop.changes import Tables, contradictions, make_change


def apply_changes(tables: Tables, changes: Iterable[Change], scenario: str = "scenario") -> Tables:
    """The tables with the changes made in turn; the tables handed in stay as they are.

    Args:
        tables: contract tables by name; items, customers, resources and locations among them where `where` asks for
            family, category, strategy, channel, region, location_id or kind of a table that does not bear them.
        changes: each with exactly one of set, add, multiply, shift, rows and remove.
        scenario: the name used in messages.

    Raises:
        PlanningError with every change that names an unknown table, column or value, selects nothing, has no or
        several operations, contradicts another, or would leave values the contract does not allow.
    """
    changed, problems = _apply(tables, list(changes), scenario)
    stop_on_errors(problems)
    return changed


def scenario_tables(scenarios: Iterable[Scenario], tables: Tables) -> dict[str, Tables]:
    """The tables of every scenario by its name, base first, then in the order given.

    Raises PlanningError that lists the problems of all scenarios, names used twice and parents not there among them.
    """
    asked = list(scenarios)
    found, problems = {"base": tables}, _family_problems(asked)
    by_name = {each.name: each for each in reversed(asked)}
    for scenario in [] if problems else asked:
        changed = tables
        for each in _line(scenario, by_name):
            changed, faults = _apply(changed, each.changes, each.name)
            problems += faults if each is scenario else []
        found[scenario.name] = changed
    stop_on_errors(problems)
    return found


def still_asked(scenarios: Iterable[Scenario], start: pd.Timestamp) -> tuple[list[Scenario], list[str]]:
    """The scenarios of a cycle that starts then, and the names of those that have expired.

    One whose parent has expired keeps its parent's changes: they are part of what it asks.
    """
    asked = list(scenarios)
    expired = [each.name for each in asked if each.expires is not None and pd.Timestamp(each.expires) <= start]
    by_name = {each.name: each for each in asked}
    current = []
    for each in asked:
        if each.name in expired:
            continue
        if each.parent in expired:
            changes = [change for one in _line(each, by_name) for change in one.changes]
            each = each.model_copy(update={"parent": "", "changes": changes})
        current.append(each)
    return current, expired


def changes_of(name: str, scenarios: Iterable[Scenario]) -> list[Change]:
    """All changes that make a scenario out of base, its parents' first; none for base."""
    by_name = {each.name: each for each in scenarios}
    return [change for each in _line(by_name[name], by_name) for change in each.changes] if name in by_name else []


def _line(scenario: Scenario, by_name: dict[str, Scenario]) -> list[Scenario]:
    """The scenario after its parents, the eldest first."""
    line = [scenario]
    while line[0].parent in by_name and len(line) <= len(by_name):
        line.insert(0, by_name[line[0].parent])
    return line


def _family_problems(scenarios: list[Scenario]) -> list[Problem]:
    """Names used twice, parents that are not there or that come from their own children."""
    names, problems = ["base"], []
    by_name = {each.name: each for each in reversed(scenarios)}
    for each in scenarios:
        if each.name in names:
            mend = "give it another name" + ("; base is the plan as it stands" if each.name == "base" else "")
            problems.append(Problem("presop.scenarios", each.name, "", "the name is used already", mend))
        names.append(each.name)
        if each.parent and each.parent != "base" and each.parent not in by_name:
            near = get_close_matches(each.parent, by_name, 1)
            mend = f"did you mean {near[0]}?" if near else "name a scenario, or leave parent out"
            problems.append(Problem("presop.scenarios", each.name, each.parent, "there is no such parent", mend))
        elif len(_line(each, by_name)) > len(by_name):
            message, mend = "it is its own parent's parent", "let one of them stand on base"
            problems.append(Problem("presop.scenarios", each.name, each.parent, message, mend))
    return problems


def _apply(tables: Tables, changes: list[Change], scenario: str) -> tuple[Tables, list[Problem]]:
    """Make every change that can be made, and collect what is wrong with the others."""
    changed, problems = dict(tables), []
    for number, change in enumerate(changes, start=1):
        result, faults = make_change(changed, change, f"{scenario}, change {number}")
        if not faults:
            changed[change.table] = result
        problems += faults
    return changed, problems or contradictions(tables, changes, scenario)
