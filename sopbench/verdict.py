"""What `sopbench check` says of a company's data: every finding, the gravest first, and whether it can be planned."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sopbench import gather
from sopbench.contract import PlanningError, Problem
from sopbench.contract.words import in_money
from sopbench.cycle import Cycle

GRADES = ("error", "warning", "note")


def examined(cycle: Cycle) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The cycle's input tables and every finding about them; no tables where the data could not even be read."""
    params = cycle.params
    try:
        raw = gather.read(cycle.source, cycle.mapping, cycle.start, params.gather.csv, cycle.handed_in, params.company)
    except PlanningError as error:
        return {}, error.problems
    return gather.examine(raw, cycle.start, params.horizon, params.gather, params.frequency)


def ranked(cycle: Cycle, problems: list[Problem]) -> pd.DataFrame:
    """The contract table `findings`, errors before warnings before notes, of each those with most money first."""
    last = cycle.before("gather")
    before = {"findings": last.read("gather", "findings")} if last else {}
    findings = gather.with_trend(gather.findings(problems), before)
    grave = pd.Categorical(findings["grade"], GRADES, ordered=True)
    ways = [True, False, True, True]
    order = findings.assign(grave=grave).sort_values(["grave", "money", "table", "key"], ascending=ways, kind="stable")
    return order[findings.columns].reset_index(drop=True)


def lines(findings: pd.DataFrame, currency: str) -> list[str]:
    """Each finding in a line: grade, new or not, money, table and key, what is wrong, what was found, the mend."""
    columns = ["grade", "trend", "table", "key", "value", "message", "mend", "money"]
    return [
        f"{grade}{', new' if trend == 'new' else ''}{'' if pd.isna(money) else f' ({in_money(money, currency)})'}: "
        f"{Problem(table, key, value, message, mend)}"
        for grade, trend, table, key, value, message, mend, money in findings[columns].itertuples(
            index=False, name=None
        )
    ]


def sentence(cycle: Cycle, tables: dict[str, pd.DataFrame], findings: pd.DataFrame) -> str:
    """The verdict in words: whether the cycle can be planned from the data, and how much there is to mend."""
    counts = findings["grade"].value_counts()
    found = [_counted(int(counts[grade]), grade) for grade in GRADES if grade in counts]
    who = f"{cycle.params.title or cycle.params.company}, cycle {cycle.name}"
    if "error" in counts:
        return f"{who} cannot be planned: {', '.join(found)}."
    rows = sum(len(frame) for frame in tables.values())
    given = sum(len(frame) > 0 for frame in tables.values())
    return f"{who} can be planned: {', '.join([f'{given} tables, {rows:,} rows', *(found or ['nothing to mend'])])}."


def write(cycle: Cycle, findings: pd.DataFrame) -> Path:
    """Write the findings as a table into the cycle's folder, for Excel; also where the cycle is frozen."""
    money = findings["money"].round(2)
    return cycle.write_for_people("check", "findings", findings.assign(money=money))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
