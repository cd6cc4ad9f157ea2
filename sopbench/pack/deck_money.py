"""Slides on money: the plans to choose from, the plan against budget and last cycle, and what it earns."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sopbench.contract.words import in_money
from sopbench.executive import bridge
from sopbench.executive.bridges import CAUSES
from sopbench.pack.material import Material, in_words
from sopbench.pack.parts import figures_of, message, ranked, share_of, signed, values_of, waterfall
from sopbench.pack.slides import (
    BOTTOM,
    EDGE,
    QUIET,
    TOP,
    WHOLE,
    Box,
    Deck,
    Series,
    Table,
    as_lines,
    columns,
    fit,
    money_format,
    table,
    text,
)
from sopbench.views.executive import (
    SHOWN_KPIS,
    budget_bridge,
    by_bucket,
    plan_against_budget,
    scenario_cells,
    scenario_table,
)
from sopbench.views.executive_bridges import margin_bridge, margin_steps
from sopbench.views.numbers import bucket_word
from sopbench.views.presop import income_statement
from sopbench.views.theme import COLORS

MOST_STEPS = 7
"""Steps of a waterfall shown one by one."""


def options_slide(made: Deck, material: Material) -> None:
    """The plans to choose from: value and difference to base, green where better."""
    kpis, scenarios = material.plan["scenario_kpis"], material.plan["scenarios"]
    slide = made.slide(message(material, scenario_table(kpis, scenarios, material.currency)), "Table scenario_kpis.")
    _side_by_side(slide, WHOLE, material, kpis, scenarios)
    note = "Value over the horizon, below it the difference to base; green is better for us, red worse."
    text(slide, Box(EDGE, BOTTOM - 0.3, 12, 0.3), note, 11, colour=QUIET)


def _side_by_side(slide: Any, box: Box, material: Material, kpis: pd.DataFrame, scenarios: pd.DataFrame) -> None:
    cells = scenario_cells(kpis, scenarios, material.currency).sort_values(["kind", "scenario"], kind="stable")
    asked = scenarios.set_index("scenario")
    rows, sides = [], {}
    for name, group in cells.groupby("scenario", sort=False):
        found = group.set_index("kpi")
        question = asked.loc[name, "question"]
        row = [f"{found['row'].iloc[0]}\n{question}"]
        for place, kpi in enumerate(SHOWN_KPIS, start=1):
            row.append("\n".join(filter(None, found.loc[kpi, ["said", "than"]])) if kpi in found.index else "–")
            sides[len(rows), place] = found.loc[kpi, "side"] if kpi in found.index else ""
        rows.append(tuple(row))
    heads = ("plan", *(head.replace("\n", " ") for head in SHOWN_KPIS.values()))
    shown = Table(heads, rows, (4.0, *(0.3 for _ in SHOWN_KPIS)), tuple(range(1, len(heads))))
    table(slide, Box(box.left, box.top, box.width, box.height - 0.35), shown, (14, 13, 12, 11, 10), sides)


def money_slide(made: Deck, material: Material) -> None:
    """Revenue by bucket beside budget and last cycle."""
    comparison = material.plan["comparison"]
    slide = made.slide(message(material, plan_against_budget(comparison, material.currency)), "Table comparison.")
    totals = by_bucket(comparison, "revenue")
    series = [Series("recommended plan", values_of(totals["plan"]), COLORS["plan"])]
    looks = {}
    for name, column, colour, look in (
        ("budget", "budget", COLORS["budget"], "dots"),
        ("last cycle's plan", "last_cycle", COLORS["earlier"], "line"),
    ):
        if totals[column].notna().any():
            series.append(Series(name, values_of(totals[column]), colour))
            looks[name] = look
    text(slide, Box(EDGE, TOP, 6, 0.3), f"Revenue, {material.currency}", 12, colour=QUIET)
    chart = columns(
        slide, Box(EDGE, TOP + 0.25, 7.5, BOTTOM - TOP - 0.25), totals["label"].tolist(), series,
        number_format=money_format(totals["plan"]),
    )  # fmt: skip
    as_lines(chart, looks)
    top, left = TOP, EDGE + 7.8
    for answer in material.answers()[:2]:
        said = material.plain(answer.answer)
        text(slide, Box(left, top, 4.53, 0.6), answer.question, 12, colour=QUIET)
        text(slide, Box(left, top + 0.28, 4.53, 0.6), said, fit(said, 4.53, 0.6, (15, 13, 12), True), bold=True)
        if answer.rows:
            table(slide, Box(left, top + 0.85, 4.53, 1.8), figures_of(material, answer), (11, 10, 9))
        top += 2.75


def families_slide(made: Deck, material: Material) -> None:
    """From budget to plan, family by family."""
    comparison = material.plan["comparison"]
    slide = made.slide(message(material, budget_bridge(comparison, material.currency)), "Tables comparison and budget.")
    steps = _first_steps(bridge(comparison))
    names = [in_words(name) for name in steps["step"]]
    text(
        slide,
        Box(EDGE, TOP, 7, 0.3),
        f"Revenue, {material.currency}, {bucket_word(2)} with a budget only",
        12,
        colour=QUIET,
    )
    ends = steps["step"].isin(["budget", "plan"])
    waterfall(slide, Box(EDGE, TOP + 0.25, 7.0, BOTTOM - TOP - 0.25), names, steps["value"], ends, steps["level"])
    known = comparison[(comparison["line"] == "revenue") & comparison["budget"].notna()]
    sums = known.groupby("family")[["plan", "budget"]].sum().sort_values("budget", ascending=False)
    rows = [
        (in_words(name), in_money(plan), in_money(budget), signed(plan - budget), share_of(plan - budget, budget))
        for name, plan, budget in sums.itertuples()
    ]
    shown = Table(("family", "plan", "budget", "gap", ""), rows, (2.0, 0.5, 0.5, 0.5, 0.3), (1, 2, 3, 4))
    sides = {(number, 3): "short" if row[3].startswith("−") else "good" for number, row in enumerate(rows)}
    box = Box(EDGE + 7.3, TOP, 5.03, BOTTOM - TOP - 0.35)
    ranked(slide, box, shown, sums["plan"] - sums["budget"], material, sides)


def margin_slide(made: Deck, material: Material) -> None:
    """Why gross margin differs from the budget: volume, mix, price, cost; then by family."""
    comparison, causes = material.plan["comparison"], material.plan["bridges"]
    steps = margin_steps(causes, comparison)
    if steps.empty:
        return
    chart = margin_bridge(causes, comparison, material.currency)
    slide = made.slide(message(material, chart), "Tables comparison and bridges.")
    said = f"Gross margin, {material.currency}, {bucket_word(2)} with a budget only"
    text(slide, Box(EDGE, TOP, 6, 0.3), said, 12, colour=QUIET)
    ends = steps["step"].isin([steps["step"].iloc[0], "plan"])
    place = Box(EDGE, TOP + 0.25, 6.3, BOTTOM - TOP - 0.25)
    waterfall(slide, place, steps["step"].tolist(), steps["value"], ends, steps["level"])
    wide = causes[causes["than"] == "budget"].pivot_table("value", "family", "cause", "sum", fill_value=0.0)
    wide = wide.reindex(columns=list(CAUSES), fill_value=0.0)
    wide = wide.assign(total=wide.sum(axis=1)).sort_values("total", key=abs, ascending=False, kind="stable")
    rows = [(in_words(name), *map(signed, values)) for name, *values in wide.itertuples()]
    sides = {
        (row, column): "short" if said.startswith("−") else "good"
        for row, cells in enumerate(rows)
        for column, said in enumerate(cells)
        if column == len(CAUSES) + 1
    }
    figures = tuple(range(1, len(CAUSES) + 2))
    shown = Table(("family", *CAUSES, "in all"), rows, (1.6, *(0.4 for _ in figures)), figures)
    note = (
        "Volume: all families growing alike; mix: a family growing otherwise; price and cost: of a unit, beside before."
    )
    text(slide, Box(EDGE + 6.6, BOTTOM - 0.75, 5.73, 0.6), note, 11, colour=QUIET)
    ranked(slide, Box(EDGE + 6.6, TOP, 5.73, BOTTOM - TOP - 1.25), shown, wide["total"], material, sides)


def _first_steps(steps: pd.DataFrame) -> pd.DataFrame:
    """The bridge with its largest steps, the others as one, so that it can be read."""
    first, last = steps.iloc[: MOST_STEPS + 1], steps.iloc[-1:]
    others = steps.iloc[MOST_STEPS + 1 : -1]
    if len(others) < 2:
        return steps
    value, level = others["value"].sum(), others["level"].iloc[-1]
    one = pd.DataFrame({"step": [f"{len(others)} others"], "value": [value], "level": [level]})
    return pd.concat([first, one, last], ignore_index=True)


def statement_slide(made: Deck, material: Material) -> None:
    """The plans to choose from as an income statement."""
    comparison, scenarios = material.plan["comparison"], material.plan["scenarios"]
    chart = plan_against_budget(comparison, material.currency, "margin")
    slide = made.slide(message(material, chart), "Table financial_plan, added up over families and the horizon.")
    shown = material.compared["financial_plan"]
    shown = shown[shown["scenario"].isin(scenarios["scenario"])]
    statement = income_statement(shown, scenarios)
    rows = [
        (row[0], *(f"{value:,.0f}".replace("-", "−") for value in row[1:])) for row in statement.itertuples(index=False)
    ]
    ours = {material.recommended: " (recommended)"}
    names = (in_words(name) + ours.get(name, "") for name in statement.columns[1:])
    heads = (f"over the horizon, {material.currency}", *names)
    figures = tuple(range(1, len(heads)))
    table(slide, WHOLE, Table(heads, rows, (3.0, *(1.6 for _ in figures)), figures), (15, 14, 13, 12, 11, 10))
