"""The answers of the executive meeting: in line with the budget? what changed? what is at risk? what must be decided?

Each reads finished tables, adds up what they say and puts it into words; nothing is planned again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from sopbench.contract.words import in_money, in_share, in_units, plain
from sopbench.views.numbers import bucket_name

LINES = {"units": "Units", "revenue": "Revenue", "margin": "Margin"}
"""The lines of the comparison, and what people call them."""

SHOWN = 3
"""Rows of a card that are named; the tables hold the others."""


@dataclass(frozen=True)
class Answer:
    """A question of the meeting, its answer in a sentence, whether that is good or short, and the figures behind it.

    In `rows` the first cell names what the figures after it are about; `heads` names the columns.
    """

    question: str
    answer: str
    side: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def against_budget(comparison: pd.DataFrame, currency: str) -> Answer:
    """Units, revenue and margin beside the budget, over the families and buckets that have one (table comparison)."""
    question = "Are we in line with the budget?"
    known = comparison[comparison["budget"].notna()]
    if known.empty:
        return Answer(question, "No budget was handed in.", "", (), ())
    lines = _sums(known, "line", "budget").reindex(list(LINES)).dropna()
    rows = []
    for line in lines.index:
        say = in_units if line == "units" else in_money
        name = LINES[line] if line == "units" else f"{LINES[line]}, {currency}"
        plan, budget, gap = lines.loc[line, ["plan", "budget", "gap"]]
        rows.append((name, say(plan), say(budget), _signed(gap, say), _signed_share(gap, budget)))
    money = lines.drop(index="units", errors="ignore")
    said = [f"{LINES[line].lower()} {_signed_share(*money.loc[line, ['gap', 'budget']])}" for line in money.index]
    span = f"{bucket_name(known['bucket'].min())} – {bucket_name(known['bucket'].max())}"
    return Answer(question, _sentence(said), _side(money["gap"]), (span, "plan", "budget", "gap", ""), tuple(rows))


def since_last_cycle(comparison: pd.DataFrame, currency: str) -> Answer:
    """What the plan moved by since the last approved cycle, and the families that moved most (table comparison)."""
    question = "What changed since last cycle?"
    known = comparison[comparison["last_cycle"].notna()]
    if known.empty:
        return Answer(question, "No earlier cycle was approved.", "", (), ())
    money = _sums(known, "line", "last_cycle").reindex(["revenue", "margin"]).dropna()
    said = [f"{LINES[line].lower()} {_signed(gap, in_money)} {currency}" for line, gap in money["gap"].items()]
    families = _sums(known[known["line"] == "revenue"], "family", "last_cycle")
    largest = families["gap"].abs().sort_values(ascending=False, kind="stable").index[:SHOWN]
    rows = [
        (plain(name), _signed(gap, in_money), _signed_share(gap, before))
        for name, gap, before in families.loc[largest, ["gap", "last_cycle"]].itertuples()
    ]
    heads = ("moved most", f"revenue, {currency}", "")
    return Answer(question, _sentence(said), _side(money["gap"]), heads, tuple(rows))


def at_risk(shortages: pd.DataFrame, scenarios: pd.DataFrame, scenario_kpis: pd.DataFrame, currency: str) -> Answer:
    """Orders the plan ships late or never, by cause, and the worst of the risks looked at (step presop's tables)."""
    causes = (
        shortages.groupby(["cause", "cause_id"])["revenue_at_risk"].sum().sort_values(ascending=False, kind="stable")
    )
    rows = [(f"{cause} {which}".strip(), in_money(value)) for (cause, which), value in causes.head(2).items()]
    risks = scenarios.loc[scenarios["kind"] == "risk", "scenario"]
    money = scenario_kpis[scenario_kpis["scenario"].isin(risks) & (scenario_kpis["kpi"] == "contribution")]
    worst = money[money["difference"] < 0].nsmallest(SHOWN - 1, "difference")
    rows += [
        (f"risk: {plain(name)}, contribution", _signed(difference, in_money))
        for name, difference in zip(worst["scenario"], worst["difference"], strict=True)
    ]
    total = causes.sum()
    answer = f"{in_money(total, currency)} of orders late or lost." if total > 0 else "Every order is shipped on time."
    heads = ("late or lost for want of", f"revenue, {currency}") if rows else ()
    return Answer("What is at risk?", answer, "short" if total > 0 else "good", heads, tuple(rows))


def to_decide(decisions: pd.DataFrame, currency: str) -> Answer:
    """The decisions to take, those with most money first (table decisions)."""
    question = "What must be decided?"
    if decisions.empty:
        return Answer(question, "Nothing beyond the approval of the plan.", "good", (), ())
    ranked = decisions.loc[decisions["money"].abs().sort_values(ascending=False, kind="stable").index]
    rows = [
        (
            row.question,
            row.recommendation,
            ", ".join(filter(None, (row.owner, _day(row.due)))),
            _minus(in_money(row.money)),
        )
        for row in ranked.itertuples()
    ]
    first = decisions["due"].min()
    count = f"{len(rows)} decisions" if len(rows) > 1 else "1 decision"
    heads = ("decision", "recommendation", "owner, due", currency)
    return Answer(question, f"{count}, the first by {_day(first)} {first.year}.", "", heads, tuple(rows))


def _sums(known: pd.DataFrame, by: str, against: str) -> pd.DataFrame:
    """Plan and what it is set against, added up, and the gap between them."""
    sums = known.groupby(by)[["plan", against]].sum()
    return sums.assign(gap=sums["plan"] - sums[against])


def _sentence(said: list[str]) -> str:
    return ", ".join(said)[:1].upper() + ", ".join(said)[1:] + "."


def _day(date: pd.Timestamp) -> str:
    return f"{date.day} {date:%b}"


def _minus(said: str) -> str:
    return said.replace("-", "−")


def _side(gaps: pd.Series) -> str:
    return "short" if gaps.min() < 0 else "good"


def _signed(value: float, say: Callable[[float], str]) -> str:
    said = say(abs(value))
    return said if said in ("0", "0.0") else f"{'+' if value > 0 else '−'}{said}"


def _signed_share(value: float, whole: float) -> str:
    return _signed(value / abs(whole), in_share) if whole else "–"
