"""The two charts of the executive page: plan against budget by bucket, and beside it where the gap comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from html import escape

import ipywidgets
import pandas as pd
from IPython.display import Markdown

from sopbench.views.executive import family_gaps, plan_against_budget
from sopbench.views.executive_answers import LINES
from sopbench.views.executive_bridges import margin_bridge
from sopbench.views.meetings.later import ahead
from sopbench.views.meetings.parts import figure

EVERY_FAMILY = "All families"


@dataclass(frozen=True)
class _Figures:
    """The charts as HTML, each drawn once: by family and line, by line, and why margin differs."""

    plan: Callable[[str, str], str]
    gaps: Callable[[str], str]
    why: Callable[[], str]


def charts(comparison: pd.DataFrame, bridges: pd.DataFrame, currency: str) -> ipywidgets.Widget:
    """The two charts and what they are asked for: a family, a line, or why margin differs; a choice draws again.

    Takes the tables comparison and bridges of step executive. What is chosen most is drawn before it is chosen.
    """
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
    figures = _figures(comparison, bridges, currency)

    def draw_plan(_: object = None) -> None:
        plan.value = figures.plan(family.value, line.value)

    def draw_right(_: object = None) -> None:
        gaps.value = figures.why() if right.value == "why" else figures.gaps(line.value)

    family.observe(draw_plan, "value")
    line.observe(draw_plan, "value")
    line.observe(draw_right, "value")
    right.observe(draw_right, "value")
    draw_plan()
    draw_right()
    of_lines = [
        partial(draw, *of) for name in LINES for draw, of in ((figures.plan, ("", name)), (figures.gaps, (name,)))
    ]
    ahead([*of_lines, figures.why])
    asked = ipywidgets.HBox([family, line]).add_class("meeting-asked")
    left = ipywidgets.VBox([asked, plan.add_class("meeting-plan")]).add_class("card")
    asked_right = ipywidgets.HBox([right]).add_class("meeting-asked")
    beside = ipywidgets.VBox([asked_right, gaps.add_class("meeting-gaps")]).add_class("card")
    return ipywidgets.HBox([left, beside])


def _figures(comparison: pd.DataFrame, bridges: pd.DataFrame, currency: str) -> _Figures:
    step = max(16, min(30, 150 // comparison["family"].nunique()))

    @cache
    def plan(family: str, line: str) -> str:
        rows = comparison[comparison["family"] == family] if family else comparison
        chart = plan_against_budget(rows, currency, line, width=690, height=108, summed_up=False)
        return figure(chart, rows[rows["line"] == line], "plan_against_budget")

    @cache
    def gaps(line: str) -> str:
        rows = comparison[comparison["line"] == line]
        if rows["budget"].isna().all():
            return "<p>No family has a budget.</p>"
        return figure(family_gaps(comparison, currency, line, width=380, step=step), rows, "family_gaps")

    @cache
    def why() -> str:
        chart = margin_bridge(bridges, comparison, currency, size=(380, 110))
        known = not isinstance(chart, Markdown)
        return figure(chart, bridges, "margin_bridge") if known else f"<p>{escape(chart.data)}</p>"

    return _Figures(plan, gaps, why)
