"""The page of the executive meeting: four answers, plan against budget, options, decisions, and the approval.

It shows the finished tables of one cycle and recomputes nothing. Whatever a person or a table says is shown as text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import ipywidgets
import pandas as pd
from IPython.display import HTML, Markdown

from sopbench.contract import table
from sopbench.contract.words import in_chance
from sopbench.cycle import Cycle
from sopbench.views.executive import family_gaps, plan_against_budget, scenario_table
from sopbench.views.executive_answers import LINES, Answer, against_budget, at_risk, since_last_cycle, to_decide
from sopbench.views.executive_bridges import margin_bridge
from sopbench.views.executive_registers import standing
from sopbench.views.meetings import frame
from sopbench.views.meetings.approval import approval
from sopbench.views.meetings.frame import Parts, Sitting
from sopbench.views.meetings.parts import card, figure, section

MEETING, STEP = "executive", "executive"

SHOWN = 4
"""Rows of the card of risks."""

EVERY_FAMILY = "All families"


@dataclass(frozen=True)
class Shown:
    """What the page shows of a cycle, as read at one moment.

    The first tables are those of step executive, `compared` are all scenarios of presop, risks among them.
    """

    comparison: pd.DataFrame
    decisions: pd.DataFrame
    shortages: pd.DataFrame
    scenarios: pd.DataFrame
    scenario_kpis: pd.DataFrame
    compared: dict[str, pd.DataFrame]
    recommended: str
    registers: pd.DataFrame
    bridges: pd.DataFrame
    risk_outcomes: pd.DataFrame


def page(params_file: str | Path, cycle_name: str = "") -> ipywidgets.Widget:
    """The page of a cycle as one widget; where the cycle has not been run, a widget that says so."""
    return frame.opened(MEETING, STEP, params_file, cycle_name, build)


def first(params_file: str | Path, cycle_name: str = "") -> HTML:
    """The page's head and answers, shown before its widgets are there."""
    return frame.first(MEETING, STEP, params_file, cycle_name, lambda sitting: _answers(read(sitting.cycle), sitting))


def read(cycle: Cycle) -> Shown:
    """Read what the page shows. Raises PlanningError where presop or executive is out of date."""
    names = ("comparison", "decisions", "shortages", "scenarios", "scenario_kpis")
    ours = {name: cycle.read("executive", name) for name in names}
    compared = {name: cycle.read("presop", name) for name in ("scenarios", "scenario_kpis")}
    plans = cycle.read("executive", "financial_plan")["scenario"].unique()
    later = {"registers": "executive", "bridges": "executive", "risk_outcomes": "presop"}
    kept = {  # cycles of an earlier version have none
        name: cycle.read(step, name) if name in cycle.names(step) else table(name).empty()
        for name, step in later.items()
    }
    return Shown(**ours, compared=compared, recommended=", ".join(plans), **kept)


def build(sitting: Sitting) -> Parts:
    """Lay the page out: answers above, charts in the middle, decisions and options below, the approval at the foot."""
    shown, currency = read(sitting.cycle), sitting.currency
    badge, form = approval(sitting)
    parts = {
        "badge": badge,
        "answers": ipywidgets.HTML(_answers(shown, sitting)),
        "charts": _charts(shown, currency),
        "decisions": ipywidgets.HTML(_decisions(shown, currency)),
        "options": ipywidgets.HTML(_options(shown, currency)),
    }
    return parts | {"approval": form}


def _answers(shown: Shown, sitting: Sitting) -> str:
    """The three answers the meeting asks for first."""
    answers = (
        against_budget(shown.comparison, sitting.currency),
        since_last_cycle(shown.comparison, sitting.currency),
        _at_risk(shown, sitting.currency),
    )
    return "".join(card(answer) for answer in answers)


def _at_risk(shown: Shown, currency: str) -> Answer:
    """What is late, the worst risks, and how likely the margin misses the budget, where paths were played."""
    answer = at_risk(shown.shortages, **shown.compared, currency=currency)
    margin = shown.risk_outcomes.query("scenario == 'base' and family == 'all' and measure == 'gross_margin'")
    chance = margin["chance_of_missing"].dropna()
    if chance.empty:
        return answer
    row = ("chance of missing the budget", in_chance(chance.iloc[0]))
    return replace(answer, heads=answer.heads or ("", ""), rows=(*answer.rows[: SHOWN - 1], row))


def _charts(shown: Shown, currency: str) -> ipywidgets.Widget:
    """The two charts and what they are asked for: a family, a line, or why margin differs; a choice draws again."""
    comparison = shown.comparison
    families = sorted(comparison["family"].unique())
    family = ipywidgets.Dropdown(
        options=[(EVERY_FAMILY, ""), *((name, name) for name in families)], description="Family"
    )
    lines = [(said, line) for line, said in LINES.items()]
    line = ipywidgets.ToggleButtons(
        options=lines, value="revenue", description="Show", tooltips=[f"Show {said.lower()}" for said, _ in lines]
    )
    right = ipywidgets.ToggleButtons(
        options=[("By family", "family"), ("Margin: why", "why")],
        description="Gap",
        tooltips=["The gap to the budget by family", "Why margin differs from the budget: volume, mix, price, cost"],
    )
    plan, gaps = ipywidgets.HTML(), ipywidgets.HTML()
    step = max(16, min(30, 150 // len(families)))

    def draw_plan(_: object = None) -> None:
        rows = comparison[comparison["family"] == family.value] if family.value else comparison
        chart = plan_against_budget(rows, currency, line.value, width=690, height=108, summed_up=False)
        plan.value = figure(chart, rows[rows["line"] == line.value], "plan_against_budget")

    def draw_gaps(_: object = None) -> None:
        known = comparison.loc[comparison["line"] == line.value, "budget"].notna().any()
        chart = family_gaps(comparison, currency, line.value, width=380, step=step) if known else None
        rows = comparison[comparison["line"] == line.value]
        gaps.value = figure(chart, rows, "family_gaps") if chart else "<p>No family has a budget.</p>"

    def draw_why() -> None:
        chart = margin_bridge(shown.bridges, comparison, currency, size=(380, 110))
        known = not isinstance(chart, Markdown)
        gaps.value = figure(chart, shown.bridges, "margin_bridge") if known else f"<p>{escape(chart.data)}</p>"

    def draw_right(_: object = None) -> None:
        draw_why() if right.value == "why" else draw_gaps()

    family.observe(draw_plan, "value")
    line.observe(draw_plan, "value")
    line.observe(draw_right, "value")
    right.observe(draw_right, "value")
    draw_plan()
    draw_right()
    asked = ipywidgets.HBox([family, line]).add_class("meeting-asked")
    left = ipywidgets.VBox([asked, plan.add_class("meeting-plan")]).add_class("card")
    asked_right = ipywidgets.HBox([right]).add_class("meeting-asked")
    beside = ipywidgets.VBox([asked_right, gaps.add_class("meeting-gaps")]).add_class("card")
    return ipywidgets.HBox([left, beside])


def _decisions(shown: Shown, currency: str) -> str:
    """What must be decided, and below it what stands in the registers."""
    said = card(to_decide(shown.decisions, currency))
    return said + (card(standing(shown.registers, currency)) if len(shown.registers) else "")


def _options(shown: Shown, currency: str) -> str:
    """The plans to choose from, side by side; risks are told of among the answers."""
    chart = scenario_table(shown.scenario_kpis, shown.scenarios, currency, cell=(76, 48))
    plan = f"Recommended: {shown.recommended.replace('_', ' ')}"
    inner = f'<p class="recommended">{escape(plan)}</p>' + figure(chart, shown.scenario_kpis, "options")
    return section(inner, "Which plans are there to choose from?")
