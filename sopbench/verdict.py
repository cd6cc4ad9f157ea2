"""What `sopbench check` says of a company's data: every finding, the gravest first, and whether it can be planned."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sopbench import gather
from sopbench.contract import PlanningError, Problem
from sopbench.contract.problems import GRADES, others_counted
from sopbench.contract.words import counted, in_money
from sopbench.cycle import Cycle

KIND = ["grade", "table", "message", "mend"]
"""What findings of one kind have in common."""

SHOWN = 5
"""Findings of a kind told on the screen; the table holds them all."""


def examined(cycle: Cycle) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The cycle's input tables and every finding about them; no tables where the data could not even be read."""
    params = cycle.params
    try:
        asked = params.gather
        raw = gather.read(
            cycle.source, cycle.mapping, cycle.start, asked.csv, cycle.handed_in, params.company, asked.time_limit
        )
    except PlanningError as error:
        return {}, error.problems
    return gather.examine(raw, cycle.start, params.horizon, params.gather, params.frequency)


def ranked(cycle: Cycle, problems: list[Problem]) -> pd.DataFrame:
    """The contract table `findings`: errors, warnings, notes; the kind with most money first, and of it the row."""
    last = cycle.before("gather")
    before = {"findings": last.read("gather", "findings")} if last else {}
    findings = gather.with_trend(gather.findings(problems), before)
    order = findings.assign(
        grave=pd.Categorical(findings["grade"], GRADES, ordered=True),
        worth=findings.groupby(KIND)["money"].transform("sum"),
        others=others_counted(findings["key"]).notna(),
    )
    by = {"grave": True, "worth": False, **dict.fromkeys(KIND, True), "others": True, "money": False, "key": True}
    order = order.sort_values(list(by), ascending=list(by.values()), kind="stable")
    return order[findings.columns].reset_index(drop=True)


def lines(findings: pd.DataFrame, currency: str) -> list[str]:
    """The findings as `ranked`, a line each: grade, new or not, money, table and key, what is wrong, found, the mend.

    Of each kind the first five; the others are counted, with their money.
    """
    place = findings.groupby(KIND).cumcount()
    told = _told(findings[place < SHOWN], currency)
    others = findings[place >= SHOWN]
    rest = others.groupby(KIND).agg(rows=("key", "size"), money=("money", lambda money: money.sum(min_count=1)))
    last = findings.index[place == SHOWN]
    rest = rest.loc[pd.MultiIndex.from_frame(findings.loc[last, KIND])] if len(last) else rest
    counts = [
        f"{grade}{_worth(money, currency)}: {table}: {rows:,} more of these in the table"
        for (grade, table, *_), rows, money in zip(rest.index, rest["rows"], rest["money"], strict=True)
    ]
    return pd.concat([told, pd.Series(counts, index=last, dtype=object)]).sort_index().tolist()


def _told(findings: pd.DataFrame, currency: str) -> pd.Series:
    columns = ["grade", "trend", "table", "key", "value", "message", "mend", "money"]
    said = [
        f"{grade}{', new' if trend == 'new' else ''}{_worth(money, currency)}: "
        f"{Problem(table, key, value, message, mend)}"
        for grade, trend, table, key, value, message, mend, money in findings[columns].itertuples(
            index=False, name=None
        )
    ]
    return pd.Series(said, index=findings.index, dtype=object)


def _worth(money: float, currency: str) -> str:
    return "" if pd.isna(money) else f" ({in_money(money, currency)})"


def sentence(cycle: Cycle, tables: dict[str, pd.DataFrame], findings: pd.DataFrame) -> str:
    """The verdict in words: whether the cycle can be planned from the data, and how much there is to mend."""
    counts = findings["grade"].value_counts()
    found = [counted(int(counts[grade]), grade) for grade in GRADES if grade in counts]
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
