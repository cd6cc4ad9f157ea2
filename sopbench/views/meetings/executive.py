"""The page of the executive meeting: four answers, plan against budget, options, decisions, and the approval.

It shows the finished tables of one cycle and recomputes nothing. Whatever a person or a table says is shown as text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import ipywidgets
import pandas as pd
from IPython.display import HTML

from sopbench.contract import table
from sopbench.contract.words import in_chance
from sopbench.cycle import Cycle
from sopbench.views.executive import scenario_table
from sopbench.views.executive_answers import Answer, against_budget, at_risk, since_last_cycle, to_decide
from sopbench.views.executive_registers import standing
from sopbench.views.meetings import frame
from sopbench.views.meetings.approval import approval
from sopbench.views.meetings.executive_charts import charts
from sopbench.views.meetings.frame import Parts, Sitting
from sopbench.views.meetings.parts import card, figure, section

MEETING, STEP = "executive", "executive"

SHOWN = 4
"""Rows of the card of risks."""


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
        "charts": charts(shown.comparison, shown.bridges, currency),
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
