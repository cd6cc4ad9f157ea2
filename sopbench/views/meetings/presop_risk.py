"""What base risks: the chance of missing the budget, the worst tenth, and the charts of it, drawn when asked for."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import pandas as pd

from sopbench.contract.words import in_chance, in_money, plain
from sopbench.views.meetings.later import soon
from sopbench.views.meetings.parts import figure, rows_table, section
from sopbench.views.presop_risk import (
    MEASURES,
    misses_by_family,
    money_at_risk,
    outcome_table,
    service_at_risk,
    tornado,
)

SHOWN = ("revenue", "gross_margin", "contribution", "stock_average")
"""The measures in the table."""

FAMILIES = 8
"""Families named by their chance of missing the budget."""


def risk(tables: Mapping[str, pd.DataFrame], currency: str, target: float) -> ipywidgets.Widget:
    """A table of what base may come to, and beside it the chart that is asked for.

    Args:
        tables: risk_outcomes, risk_paths and risk_drivers of step presop.
        currency: of the money.
        target: the service aimed at, a share.
    """
    outcomes = tables["risk_outcomes"]
    if outcomes.empty or tables["risk_paths"].empty:
        return ipywidgets.HTML(section("<p>No risk was looked at in this cycle.</p>", "What does base risk?"))
    measures = set(outcomes.loc[outcomes["family"] == "all", "measure"])
    charts = {MEASURES[each].capitalize(): each for each in ("contribution", "gross_margin") if each in measures}
    charts |= {"What it hangs on": "drivers", "Service": "service"}
    asked = ipywidgets.ToggleButtons(
        options=list(charts.items()), description="Show", tooltips=[f"Show {said.lower()}" for said in charts]
    )
    drawn = ipywidgets.HTML().add_class("drawn-risk")

    def draw(_: object = None) -> None:
        if asked.value == "drivers":
            drawn.value = figure(tornado(tables["risk_drivers"], currency), tables["risk_drivers"], "risk_drivers")
        elif asked.value == "service":
            drawn.value = figure(service_at_risk(outcomes, target), outcomes, "risk_outcomes")
        else:
            chart = money_at_risk(tables["risk_paths"], outcomes, currency, asked.value)
            drawn.value = figure(chart, tables["risk_paths"], "risk_paths")

    asked.observe(draw, "value")
    soon(draw)
    right = ipywidgets.VBox([asked.add_class("meeting-asked"), drawn]).add_class("card")
    return ipywidgets.HBox([ipywidgets.HTML(in_figures(outcomes, currency)), right])


def in_figures(outcomes: pd.DataFrame, currency: str) -> str:
    """Chance of missing the budget, and plan beside average, a bad and the worst tenth of the courses, as HTML."""
    said = outcome_table(outcomes).set_index("measure")
    said = said.loc[[MEASURES[name] for name in SHOWN if MEASURES[name] in said.index]]
    rows = []
    for name, row in zip(said.index, said.to_dict("records"), strict=True):
        figures = [in_money(row[each]) for each in ("plan", "mean", "p10", "worst")]
        budget = "–" if pd.isna(row["budget"]) else in_money(row["budget"])
        rows.append((name, *figures, budget))
    heads = (currency, "plan", "average", "p10", "worst", "budget")
    message = chances(said)
    note = (
        "Courses of demand, late deliveries and outages played against base while nobody plans anew. In one of ten it "
        "comes to less than p10; worst is the mean of the worst."
    )
    inner = f'<p>{message}</p>{rows_table(heads, rows)}<p class="hint">{note}</p>{_by_family(outcomes, currency)}'
    return section(inner, "What does base risk?")


def _by_family(outcomes: pd.DataFrame, currency: str) -> str:
    """The families that may miss the revenue of their budget, the likeliest first."""
    said = misses_by_family(outcomes)
    said = said[(said["family"] != "all") & (said["measure"] == MEASURES["revenue"])]
    said = said.sort_values("chance of missing it", ascending=False, kind="stable").head(FAMILIES)
    if said.empty:
        return ""
    rows = [
        (plain(family), in_money(plan), in_money(mean), in_money(budget), in_chance(chance))
        for family, plan, mean, budget, chance in said[
            ["family", "plan", "mean", "budget", "chance of missing it"]
        ].itertuples(index=False)
    ]
    return rows_table((f"revenue, {currency}", "plan", "average", "budget", "may miss it"), rows)


def chances(said: pd.DataFrame) -> str:
    """How likely the budget is missed, in a sentence; the rows are those of outcome_table by measure."""
    known = said["chance of missing it"].dropna()
    if known.empty:
        return "There is no budget to miss."
    each = ", ".join(f"{name} {in_chance(chance)}" for name, chance in known.items())
    return f"Chance of missing the budget: {each}."
