"""The page of the executive meeting: four answers, plan against budget, options, decisions, and the approval.

It shows the finished tables of one cycle and recomputes nothing. Whatever a person or a table says is shown as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

import ipywidgets
import pandas as pd
from IPython.display import HTML

from sopbench.contract import table
from sopbench.cycle import Cycle
from sopbench.views.executive import family_gaps, plan_against_budget, scenario_table
from sopbench.views.executive_answers import LINES, against_budget, at_risk, since_last_cycle, to_decide
from sopbench.views.executive_registers import standing
from sopbench.views.meetings import frame
from sopbench.views.meetings.approval import approval
from sopbench.views.meetings.frame import Parts, Sitting
from sopbench.views.meetings.parts import card, figure, section

MEETING, STEP = "executive", "executive"

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
    kept = "registers" in cycle.names("executive")
    registers = cycle.read("executive", "registers") if kept else table("registers").empty()
    return Shown(**ours, compared=compared, recommended=", ".join(plans), registers=registers)


def build(sitting: Sitting) -> Parts:
    """Lay the page out: answers above, charts in the middle, decisions and options below, the approval at the foot."""
    shown, currency = read(sitting.cycle), sitting.currency
    badge, form = approval(sitting)
    parts = {
        "badge": badge,
        "answers": ipywidgets.HTML(_answers(shown, sitting)),
        "charts": _charts(shown.comparison, currency),
        "decisions": ipywidgets.HTML(_decisions(shown, currency)),
        "options": ipywidgets.HTML(_options(shown, currency)),
    }
    return parts | {"approval": form}


def _answers(shown: Shown, sitting: Sitting) -> str:
    """The three answers the meeting asks for first."""
    answers = (
        against_budget(shown.comparison, sitting.currency),
        since_last_cycle(shown.comparison, sitting.currency),
        at_risk(shown.shortages, **shown.compared, currency=sitting.currency),
    )
    return "".join(card(answer) for answer in answers)


def _charts(comparison: pd.DataFrame, currency: str) -> ipywidgets.Widget:
    """The two charts and what they are asked for: a family and a line; a choice draws them again."""
    families = sorted(comparison["family"].unique())
    family = ipywidgets.Dropdown(
        options=[(EVERY_FAMILY, ""), *((name, name) for name in families)], description="Family"
    )
    lines = [(said, line) for line, said in LINES.items()]
    line = ipywidgets.ToggleButtons(
        options=lines, value="revenue", description="Show", tooltips=[f"Show {said.lower()}" for said, _ in lines]
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

    family.observe(draw_plan, "value")
    line.observe(draw_plan, "value")
    line.observe(draw_gaps, "value")
    draw_plan()
    draw_gaps()
    asked = ipywidgets.HBox([family, line]).add_class("meeting-asked")
    left = ipywidgets.VBox([asked, plan.add_class("meeting-plan")]).add_class("card")
    return ipywidgets.HBox([left, gaps.add_class("meeting-gaps").add_class("card")])


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
