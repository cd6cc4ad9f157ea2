"""The page that says how well the last plans held: measures against targets, exceptions with their owners, charts.

It shows the finished tables of step monitor, the registers of executive and how much each cycle changed the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

import ipywidgets
import pandas as pd
from IPython.display import HTML

from sopbench.contract import checked, table
from sopbench.contract.words import counted, in_money, plain
from sopbench.cycle import Cycle
from sopbench.views.executive_registers import standing
from sopbench.views.meetings import frame, scoreboard_charts
from sopbench.views.meetings.drawers import drawers
from sopbench.views.meetings.frame import Parts, Sitting
from sopbench.views.meetings.parts import card, download, rows_table, section
from sopbench.views.meetings.spark import spark
from sopbench.views.monitor_scores import Measure, in_words, scores

MEETING, STEP = "scoreboard", "monitor"
"""The page, and the last step it shows tables of."""

NAMED = 12
"""Exceptions named; the table to take away has all."""

QUESTION = "What needs someone now?"
VERDICT = {"good": "on target", "short": "off target", "": ""}


@dataclass(frozen=True)
class Shown:
    """What the page shows of a cycle, as read at one moment."""

    accuracy: pd.DataFrame
    kpis: pd.DataFrame
    exceptions: pd.DataFrame
    value_added: pd.DataFrame
    registers: pd.DataFrame
    accuracies: dict[pd.Timestamp, pd.DataFrame]
    nervousness: pd.Series


def page(params_file: str | Path, cycle_name: str = "") -> ipywidgets.Widget:
    """The page of a cycle as one widget; where the cycle has not been run so far, a widget that says so."""
    return frame.opened(MEETING, STEP, params_file, cycle_name, build)


def first(params_file: str | Path, cycle_name: str = "") -> HTML:
    """The page's head and measures, shown before its widgets are there."""
    return frame.first(MEETING, STEP, params_file, cycle_name, lambda sitting: measures(read(sitting.cycle), sitting))


def read(cycle: Cycle) -> Shown:
    """Read what the page shows, earlier cycles' measures beside this one's. Raises PlanningError as Cycle.read does."""
    names = ("accuracy", "kpis", "exceptions", "value_added")
    ours = {name: cycle.read("monitor", name) for name in names}
    earlier = cycle.earlier()
    accuracies = {each.start: each.read("monitor", "accuracy") for each in earlier if each.record("monitor")}
    planned = [each for each in [*earlier, cycle] if "solution" in each.names("supply")]
    nervousness = {each.start: each.read("supply", "solution")["nervousness"].iloc[0] for each in planned}
    kept = "registers" in cycle.names("executive")
    return Shown(
        **ours,
        registers=cycle.read("executive", "registers") if kept else table("registers").empty(),
        accuracies={**accuracies, cycle.start: ours["accuracy"]},
        nervousness=pd.Series(nervousness, dtype="float64"),
    )


def build(sitting: Sitting) -> Parts:
    """Lay the page out: the measures beside the exceptions, what stands in the registers, charts one at a time."""
    shown, currency = read(sitting.cycle), sitting.currency
    parts = {
        "answers": ipywidgets.HTML(measures(shown, sitting)),
        "exceptions": exceptions(with_plain_families(shown), currency),
    }
    if len(shown.registers):
        parts["registers"] = ipywidgets.HTML(card(standing(shown.registers, currency)))
    return parts | {"charts": drawers(scoreboard_charts.charts(shown, sitting)).add_class("card")}


def measures(shown: Shown, sitting: Sitting) -> str:
    """The scoreboard: a row a measure, with its target, what it was before and how it went."""
    params = sitting.cycle.params
    known = scores(shown.accuracies, shown.kpis, shown.nervousness, shown.registers, params.monitor, sitting.currency)
    said = in_words(known) if len(shown.kpis) else "No earlier cycle was approved: nothing is measured yet"
    side = "" if not len(shown.kpis) else "short" if any(each.side == "short" for each in known) else "good"
    heads = ("measure", "now", "target", "before", "how it went", "")
    top = "".join(f"<th scope=col{' class=text' if not at else ''}>{head}</th>" for at, head in enumerate(heads))
    body = "".join(_measure(each) for each in known)
    grown = f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    return section(f'<p class="{side}">{escape(said)}.</p>{grown}', "How well did the last plans hold?")


def _measure(each: Measure) -> str:
    name, _, more = each.name.partition(",")
    cells = [each.now, each.target, each.before]
    went = spark(each.values, f"{each.name}, by {each.when}: {each.before or 'nothing'} before, now {each.now}")
    row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    verdict = f'<td class="{each.side}">{VERDICT[each.side]}</td>'
    return (
        f"<tr><td class=text><b>{escape(name)}</b>{escape(more and ',' + more)}</td>{row}<td>{went}</td>{verdict}</tr>"
    )


def with_plain_families(shown: Shown) -> pd.DataFrame:
    """The exceptions, families in their messages called as people write them; ids of items stay as they are."""
    known = pd.concat([shown.kpis, shown.accuracy])
    families = {name for name in known.loc[known["level"] == "family", "key"] if "_" in name}
    messages = [
        message.replace(key, plain(key), 1) if key in families else message
        for key, message in zip(shown.exceptions["key"], shown.exceptions["message"], strict=True)
    ]
    return shown.exceptions.assign(message=messages)


def exceptions(found: pd.DataFrame, currency: str) -> ipywidgets.Widget:
    """What lies beyond its limits and is not silenced, the most money first, of everyone or of one owner."""
    found = checked(found, table("exceptions"))  # one of an earlier version has less
    silent = int((found["status"] == "silenced").sum())
    ranked = found[found["shown"]].sort_values(
        ["value_at_risk", "rule", "key"], ascending=[False, True, True], ignore_index=True
    )
    if ranked.empty:
        return ipywidgets.HTML(section('<p class="good">Nothing lies beyond its limits.</p>', QUESTION))
    owners = sorted(ranked["owner"].unique())
    owner = ipywidgets.Dropdown(options=[("Everyone", ""), *((name, name) for name in owners)], description="Owner")
    lines = ipywidgets.HTML()

    def draw(_: object = None) -> None:
        lines.value = _exceptions(ranked[ranked["owner"] == owner.value] if owner.value else ranked, currency)

    owner.observe(draw, "value")
    draw()
    said = f"{counted(len(ranked), 'exception')}" + (f", {silent} more silenced." if silent else ".")
    head = ipywidgets.HTML(f"<h2>{QUESTION}</h2><p class=said>{escape(said)}</p>")
    return ipywidgets.VBox([ipywidgets.HBox([head, owner]).add_class("asked"), lines]).add_class("card")


def _exceptions(rows: pd.DataFrame, currency: str) -> str:
    said = [
        (row.message, _by(row.owner, row.due), row.severity, in_money(row.value_at_risk))
        for row in rows.head(NAMED).itertuples()
    ]
    if len(rows) > NAMED:
        said.append((f"{len(rows) - NAMED:,} more", "", "", in_money(rows["value_at_risk"].iloc[NAMED:].sum())))
    note = f"<p class=hint>beyond their limits, the most money first {download(rows, 'exceptions')}</p>"
    return rows_table(("exception", "owner, by", "severity", currency), said, text_columns=3) + note


def _by(owner: str, due: pd.Timestamp) -> str:
    return ", ".join(filter(None, (owner, f"{due.day} {due:%b}" if pd.notna(due) else "")))
