"""The page of the executive meeting: four answers, plan against budget, options, decisions, and the approval.

It shows the finished tables of one cycle and recomputes nothing. Whatever a person or a table says is shown as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

import altair as alt
import ipywidgets
import pandas as pd

from sopbench.contract import PlanningError, Problem, table
from sopbench.cycle import Cycle, open_cycle
from sopbench.run import PATIENCE, held
from sopbench.views.executive import family_gaps, plan_against_budget, scenario_table
from sopbench.views.executive_answers import LINES, Answer, against_budget, at_risk, since_last_cycle, to_decide
from sopbench.views.executive_registers import standing
from sopbench.views.numbers import bucket_name, speak
from sopbench.views.render import svg
from sopbench.views.theme import COLORS

EVERY_FAMILY = "All families"


@dataclass(frozen=True)
class Shown:
    """What the page shows of a cycle, as read at one moment, and the hash of the plan it was read from.

    The first tables are those of step executive, `compared` are all scenarios of presop, risks among them.
    """

    cycle: Cycle
    plan_hash: str
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
    try:
        shown = read(open_cycle(params_file, cycle_name or None))
    except PlanningError as error:
        return _sentence("This meeting has nothing to show yet", str(error))
    return build(shown)


def read(cycle: Cycle) -> Shown:
    """Read what the page shows. Raises PlanningError where presop or executive has not finished, or is out of date."""
    if not cycle.record("executive"):
        cycle.refuse_if_newer("executive")
        message = f"cycle {cycle.name} of {cycle.params.company} has not been run as far as the executive step"
        mend = f"sopbench run {cycle.params_name} --cycle {cycle.name}"
        raise PlanningError(Problem("meeting", "", "", message, mend))
    plan_hash = cycle.plan_hash()
    names = ("comparison", "decisions", "shortages", "scenarios", "scenario_kpis")
    ours = {name: cycle.read("executive", name) for name in names}
    compared = {name: cycle.read("presop", name) for name in ("scenarios", "scenario_kpis")}
    plans = cycle.read("executive", "financial_plan")["scenario"].unique()
    kept = "registers" in cycle.names("executive")
    registers = cycle.read("executive", "registers") if kept else table("registers").empty()
    return Shown(cycle, plan_hash, **ours, compared=compared, recommended=", ".join(plans), registers=registers)


def build(shown: Shown) -> ipywidgets.Widget:
    """Lay the page out: answers above, charts in the middle, decisions and options below, the approval at the foot."""
    currency = shown.cycle.params.currency
    speak(shown.cycle.params.frequency)
    badge, approval = _approval(shown)
    answers = (
        against_budget(shown.comparison, currency),
        since_last_cycle(shown.comparison, currency),
        at_risk(shown.shortages, **shown.compared, currency=currency),
    )
    parts = {
        "head": ipywidgets.HBox([ipywidgets.HTML(_title(shown)), badge]),
        "answers": ipywidgets.HTML("".join(_card(answer) for answer in answers)),
        "charts": _charts(shown.comparison, currency),
        "decisions": ipywidgets.HTML(_card(to_decide(shown.decisions, currency))),
        "options": ipywidgets.HTML(_options(shown, currency)),
    }
    if len(shown.registers):
        parts["registers"] = ipywidgets.HTML(_card(standing(shown.registers, currency)))
    parts["approval"] = approval
    for name, part in parts.items():
        part.add_class(f"meeting-{name}")
    return ipywidgets.VBox(list(parts.values())).add_class("meeting")


def make_ready() -> None:
    """Draw a chart nobody sees, so that a page made ready beforehand has the renderer loaded when a visitor comes."""
    svg(alt.Chart(pd.DataFrame({"x": [0.0]})).mark_point().encode(x="x"))


def _title(shown: Shown) -> str:
    params = shown.cycle.params
    plan = shown.recommended.replace("_", " ")
    colours = "".join(f"--{meaning}:{colour};" for meaning, colour in COLORS.items())
    return (
        f"<style>.meeting{{{colours}}}</style><h1>{escape(params.title or params.company)}</h1>"
        f"<p>Executive S&amp;OP, cycle {escape(bucket_name(shown.cycle.start))}. "
        f"Plan recommended: <b>{escape(plan)}</b></p>"
    )


def _card(answer: Answer) -> str:
    """An answer as HTML: question, sentence, and the figures to the right of their names."""
    said = (
        f'<section class="card"><h2>{escape(answer.question)}</h2><p class="{answer.side}">{escape(answer.answer)}</p>'
    )
    if not answer.rows:
        return said + "</section>"
    heads = "".join(f"<th scope=col>{escape(head)}</th>" for head in answer.heads)
    rows = "".join("<tr>" + "".join(_cell(text) for text in row) + "</tr>" for row in answer.rows)
    return f"{said}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></section>"


def _cell(text: str) -> str:
    """A cell; a difference is green above zero and red below."""
    side = {"+": "good", "−": "short"}.get(text[:1], "")
    return f'<td class="{side}">{escape(text)}</td>'


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
        plan.value = _picture(plan_against_budget(rows, currency, line.value, width=690, height=108, summed_up=False))

    def draw_gaps(_: object = None) -> None:
        known = comparison.loc[comparison["line"] == line.value, "budget"].notna().any()
        chart = family_gaps(comparison, currency, line.value, width=380, step=step) if known else None
        gaps.value = _picture(chart) if chart else "<p>No family has a budget.</p>"

    family.observe(draw_plan, "value")
    line.observe(draw_plan, "value")
    line.observe(draw_gaps, "value")
    draw_plan()
    draw_gaps()
    asked = ipywidgets.HBox([family, line]).add_class("meeting-asked")
    left = ipywidgets.VBox([asked, plan.add_class("meeting-plan")]).add_class("card")
    return ipywidgets.HBox([left, gaps.add_class("meeting-gaps").add_class("card")])


def _options(shown: Shown, currency: str) -> str:
    """The plans to choose from, side by side; risks are told of among the answers."""
    picture = _picture(scenario_table(shown.scenario_kpis, shown.scenarios, currency, cell=(76, 48)))
    return f'<section class="card"><h2>Which plans are there to choose from?</h2>{picture}</section>'


def _picture(chart: alt.TopLevelMixin) -> str:
    """The chart as HTML, as large as its place allows; its title stands above it as text, which wraps."""
    message, notes = str(chart.title.text), " ".join(chart.title.subtitle)
    chart.title = alt.Undefined
    drawn = svg(chart).replace("<svg ", '<svg preserveAspectRatio="xMinYMin" ', 1)
    caption = f"<figcaption><b>{escape(message)}</b><small>{escape(notes)}</small></figcaption>"
    return f'<figure role="img" aria-label="{escape(message)}">{caption}{drawn}</figure>'


def _approval(shown: Shown) -> tuple[ipywidgets.HTML, ipywidgets.HBox]:
    """The badge that says whether the plan is approved, and the form by which it is."""
    cycle = shown.cycle
    by = ipywidgets.Text(description="Approved by", placeholder="your name", continuous_update=False)
    conditions = ipywidgets.Text(description="on condition that", placeholder="none", continuous_update=False)
    button = ipywidgets.Button(description="Approve and freeze the plan", button_style="primary")
    badge, note = ipywidgets.HTML().add_class("meeting-badge"), ipywidgets.HTML().add_class("meeting-note")
    form = ipywidgets.HBox([by, conditions, button, note])

    def show(said: dict[str, str] | None) -> None:
        badge.value = '<p class="good">Approved</p>' if said else '<p class="open">Not yet approved</p>'
        if said:
            form.children = [note]
            note.value = _sentence_of(said)
        elif cycle.reopened():
            note.value = _sentence_reopened(cycle.reopened()[-1])

    def approve(_: object) -> None:
        button.disabled = True
        try:
            with held(cycle, wait=PATIENCE):
                _refuse_if_run_again(shown)
                said = cycle.approve(by.value, conditions.value, shown.plan_hash)
        except PlanningError as error:
            note.value = f'<p class="short" role="alert">{_in_lines(str(error))}</p>'
        else:
            show(said)
        finally:
            button.disabled = False

    button.on_click(approve)
    show(cycle.approval())
    return badge, form


def _refuse_if_run_again(shown: Shown) -> None:
    if shown.cycle.plan_hash() != shown.plan_hash:
        message = f"cycle {shown.cycle.name} was run again after this page was opened"
        raise PlanningError(Problem("approval", "", "", message, "load the page again and look at the new figures"))


def _sentence_of(approval: dict[str, str]) -> str:
    """Who approved the plan, when, and on what condition."""
    at = approval["at"][:16].replace("T", " ")
    plan = escape(approval["plan_hash"][:12])
    said = f"Approved by <b>{escape(approval['by'])}</b> on {escape(at)} UTC; the plan is frozen ({plan})."
    conditions = escape(approval["conditions"])
    return f'<p role="status">{said}' + (f" On condition that: <b>{conditions}</b>" if conditions else "") + "</p>"


def _sentence_reopened(said: dict[str, str]) -> str:
    """Who reopened the cycle, when and why."""
    at, by, why = (escape(each) for each in (said["at"][:10], said["by"], said["reason"]))
    return f'<p role="status">Reopened by <b>{by}</b> on {at}: {why}</p>'


def _sentence(title: str, message: str) -> ipywidgets.Widget:
    said = f'<section class="card"><h1>{escape(title)}</h1><p role="alert">{_in_lines(message)}</p></section>'
    return ipywidgets.VBox([ipywidgets.HTML(said)]).add_class("meeting").add_class("meeting-empty")


def _in_lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
