"""The deck of the executive meeting: a slide for each question, titled with its message, its charts native.

Figures are those of the cycle's tables; messages are the ones that the notebooks' charts and answers bear.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pandas as pd

from sopbench.contract.words import in_money, in_share
from sopbench.demand import consensus_bridge
from sopbench.executive import bridge
from sopbench.pack.material import Material, in_words
from sopbench.pack.slides import (
    BOTTOM,
    EDGE,
    HARD_SPACE,
    HIGH,
    QUIET,
    TOP,
    WHOLE,
    WIDE,
    Box,
    Deck,
    Series,
    Table,
    as_lines,
    band,
    columns,
    curves,
    fit,
    label_tops,
    money_format,
    table,
    text,
)
from sopbench.views.demand import BRIDGE, SHOWN_PAST, consensus_waterfall
from sopbench.views.executive import (
    SHOWN_KPIS,
    budget_bridge,
    by_bucket,
    plan_against_budget,
    scenario_cells,
    scenario_table,
)
from sopbench.views.executive_answers import Answer
from sopbench.views.numbers import bucket_labels, bucket_name
from sopbench.views.presop import bottlenecks, income_statement
from sopbench.views.supply import largest_shortages, short_by_cause
from sopbench.views.supply_pegging import tightest
from sopbench.views.theme import COLORS

MOST_BARS = 12
"""Resources and causes a chart shows."""

HALF = (WIDE - 2 * EDGE - 0.3) / 2


def deck(material: Material) -> Any:
    """The presentation, ready to be saved."""
    footer = f"{material.company}  |  S&OP cycle {material.month}  |  plan {material.plan_hash[:12]}"
    made = Deck(footer)
    slides = (_cover, _answers, _options, _money, _families, _statement, _demand, _capacity, _short, _risks, _decisions)
    for draw in slides:
        draw(made, material)
    about = made.presentation.core_properties
    about.title, about.author = f"{material.company}: executive S&OP, {material.month}", "sopbench"
    about.created = about.modified = material.cycle.start.to_pydatetime().replace(tzinfo=UTC)
    return made.presentation


def _message(material: Material, chart: Any) -> str:
    """The message of a chart of the notebooks."""
    said = chart.title.text
    return material.plain(said if isinstance(said, str) else " ".join(said))


def _cover(made: Deck, material: Material) -> None:
    horizon = material.plan["comparison"]["bucket"]
    slide = made.slide(f"{material.company}: executive S&OP, {material.month}")
    band(slide, Box(0, 0, 0.22, HIGH), COLORS["plan"])
    span = f"Plan from {bucket_name(horizon.min())} to {bucket_name(horizon.max())}"
    text(slide, Box(EDGE, TOP, 12.3, 0.4), span, 18, colour=QUIET)
    said = material.plain(material.recommendation)
    text(slide, Box(EDGE, 2.6, 11, 2.2), said, fit(said, 11, 2.2, (28, 24, 20, 18)), colour=COLORS["plan"])
    asked = f"{material.answers()[-1].question} {material.answers()[-1].answer}"
    text(slide, Box(EDGE, 5.2, 11, 0.8), asked, 18, bold=True)
    text(slide, Box(EDGE, 6.1, 11, 0.5), material.approval, 14, colour=QUIET)


def _answers(made: Deck, material: Material) -> None:
    """The four answers, each with the figures behind it."""
    slide = made.slide(material.plain(material.recommendation), "The four answers of the executive page.")
    high = (BOTTOM - TOP - 0.3) / 2
    for number, answer in enumerate(material.answers()):
        left, top = EDGE + (number % 2) * (HALF + 0.3), TOP + (number // 2) * (high + 0.3)
        text(slide, Box(left, top, HALF, 0.3), answer.question, 13, colour=QUIET)
        said, colour = material.plain(answer.answer), COLORS.get(answer.side, COLORS["actual"])
        text(
            slide,
            Box(left, top + 0.3, HALF, 0.4),
            said,
            fit(said, HALF, 0.4, (18, 16, 14), True),
            bold=True,
            colour=colour,
        )
        if answer.rows:
            shown = _asked(material, answer) if len(answer.heads) == 4 else _figures(material, answer)
            table(slide, Box(left, top + 0.75, HALF, high - 0.75), shown, (12, 11, 10))


def _figures(material: Material, answer: Answer) -> Table:
    rows = [tuple(map(material.plain, row)) for row in answer.rows]
    shares = (3.0, *(0.6 for _ in answer.heads[1:]))
    return Table(answer.heads, rows, shares, tuple(range(1, len(answer.heads))))


def _asked(material: Material, answer: Answer) -> Table:
    rows = [(material.plain(question), money) for question, _, _, money in answer.rows[:4]]
    return Table(("the largest of them", answer.heads[3]), rows, (5.0, 1.0), (1,))


def _options(made: Deck, material: Material) -> None:
    """The plans to choose from: value and difference to base, green where better."""
    kpis, scenarios = material.plan["scenario_kpis"], material.plan["scenarios"]
    slide = made.slide(_message(material, scenario_table(kpis, scenarios, material.currency)), "Table scenario_kpis.")
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


def _money(made: Deck, material: Material) -> None:
    """Revenue by bucket beside budget and last cycle."""
    comparison = material.plan["comparison"]
    slide = made.slide(_message(material, plan_against_budget(comparison, material.currency)), "Table comparison.")
    totals = by_bucket(comparison, "revenue")
    series = [Series("recommended plan", _values(totals["plan"]), COLORS["plan"])]
    looks = {}
    for name, column, colour, look in (
        ("budget", "budget", COLORS["budget"], "dots"),
        ("last cycle's plan", "last_cycle", COLORS["earlier"], "line"),
    ):
        if totals[column].notna().any():
            series.append(Series(name, _values(totals[column]), colour))
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
            table(slide, Box(left, top + 0.85, 4.53, 1.8), _figures(material, answer), (11, 10, 9))
        top += 2.75


def _families(made: Deck, material: Material) -> None:
    """From budget to plan, family by family."""
    comparison = material.plan["comparison"]
    slide = made.slide(
        _message(material, budget_bridge(comparison, material.currency)), "Tables comparison and budget."
    )
    steps = bridge(comparison)
    names = [in_words(name) for name in steps["step"]]
    text(slide, Box(EDGE, TOP, 7, 0.3), f"Revenue, {material.currency}, buckets with a budget only", 12, colour=QUIET)
    ends = steps["step"].isin(["budget", "plan"])
    _waterfall(slide, Box(EDGE, TOP + 0.25, 7.0, BOTTOM - TOP - 0.25), names, steps["value"], ends, steps["level"])
    known = comparison[(comparison["line"] == "revenue") & comparison["budget"].notna()]
    sums = known.groupby("family")[["plan", "budget"]].sum().sort_values("budget", ascending=False)
    rows = [
        (in_words(name), in_money(plan), in_money(budget), _signed(plan - budget), _share(plan - budget, budget))
        for name, plan, budget in sums.itertuples()
    ]
    shown = Table(("family", "plan", "budget", "gap", ""), rows, (2.0, 0.5, 0.5, 0.5, 0.3), (1, 2, 3, 4))
    sides = {(number, 3): "short" if row[3].startswith("−") else "good" for number, row in enumerate(rows)}
    table(slide, Box(EDGE + 7.3, TOP, 5.03, BOTTOM - TOP), shown, (12, 11, 10), sides)


def _statement(made: Deck, material: Material) -> None:
    """The plans to choose from as an income statement."""
    comparison, scenarios = material.plan["comparison"], material.plan["scenarios"]
    chart = plan_against_budget(comparison, material.currency, "margin")
    slide = made.slide(_message(material, chart), "Table financial_plan, added up over families and the horizon.")
    shown = material.compared["financial_plan"]
    shown = shown[shown["scenario"].isin(scenarios["scenario"])]
    statement = income_statement(shown, scenarios)
    rows = [
        (row[0], *(f"{value:,.0f}".replace("-", "−") for value in row[1:])) for row in statement.itertuples(index=False)
    ]
    heads = (f"over the horizon, {material.currency}", *(in_words(name) for name in statement.columns[1:]))
    figures = tuple(range(1, len(heads)))
    table(slide, WHOLE, Table(heads, rows, (3.0, *(1.6 for _ in figures)), figures), (15, 14, 13, 12, 11, 10))


def _demand(made: Deck, material: Material) -> None:
    """The consensus beside history and what history alone says, and the steps between them."""
    plan, history, items = material.demand["demand_plan"], material.demand["history"], material.items
    moved = consensus_bridge(plan, material.demand["stream_weights"], items)
    slide = made.slide(_message(material, consensus_waterfall(moved, items, material.currency)), "Table demand_plan.")
    price = items.set_index("item_id")["unit_price"]
    ahead = _at_list_price(plan, price, ["statistical", "consensus"])
    past = _at_list_price(history, price, ["ordered"])
    past = past[past.index >= ahead.index.min() - pd.DateOffset(years=SHOWN_PAST)]
    both = past.join(ahead, how="outer")
    series = [
        Series("ordered", _values(both["ordered"]), COLORS["actual"]),
        Series("history alone", _values(both["statistical"]), COLORS["forecast"], look="dashed"),
        Series("consensus", _values(both["consensus"]), COLORS["plan"]),
    ]
    labels = bucket_labels(both.index.to_series()).tolist()
    said = f"Units wanted at list price, {material.currency}"
    text(slide, Box(EDGE, TOP, HALF, 0.3), said, 12, colour=QUIET)
    place = Box(EDGE, TOP + 0.25, HALF, BOTTOM - TOP - 0.25)
    curves(slide, place, labels, series, number_format=money_format(both.max()))
    sums = moved[list(BRIDGE)].mul(moved["item_id"].map(price), axis=0).sum()
    kept = [name for name in BRIDGE if name in ("statistical", "consensus") or abs(sums[name]) > 0.5]
    values = pd.Series([sums[name] for name in kept])
    ends = pd.Series(kept).isin(["statistical", "consensus"])
    level = values.iloc[0] + values.where(~ends, 0.0).cumsum()
    place = Box(EDGE + HALF + 0.3, TOP + 0.25, HALF, BOTTOM - TOP - 0.25)
    text(slide, Box(place.left, TOP, HALF, 0.3), f"Over the horizon, {material.currency}", 12, colour=QUIET)
    _waterfall(slide, place, [BRIDGE[name] for name in kept], values, ends, level)


def _capacity(made: Deck, material: Material) -> None:
    """How full each resource gets, and the tightest one by bucket."""
    plan, limit = material.plan["capacity_plan"], material.cycle.params.presop.bottleneck_from
    if not (plan["regular_available"] > 0).any():
        return
    slide = made.slide(_message(material, bottlenecks(plan, limit, material.recommended)), "Table capacity_plan.")
    most = plan[plan["regular_available"] > 0].groupby("resource_id")["utilisation"].max()
    most = most.sort_values(ascending=False, kind="stable").head(MOST_BARS)
    text(slide, Box(EDGE, TOP, HALF, 0.3), "Fullest in any bucket, load over regular hours", 12, colour=QUIET)
    place = Box(EDGE, TOP + 0.25, HALF, BOTTOM - TOP - 0.25)
    fullest = Series("load over regular hours", _values(most), COLORS["plan"], "0%")
    columns(slide, place, most.index.tolist(), [fullest], number_format="0%", lying=True)
    found = tightest(plan)
    if not found:
        return
    rows = plan[plan["resource_id"] == found[0]].sort_values("bucket")
    hours = rows["regular_available"], rows["regular_available"] + rows["overtime_available"]
    series = [
        Series("regular", _values(rows["regular"]), COLORS["plan"]),
        Series("overtime", _values(rows["overtime"]), COLORS["overtime"]),
        Series("regular hours there are", _values(hours[0]), COLORS["stock"]),
        Series("with overtime", _values(hours[1]), COLORS["actual"]),
    ]
    place = Box(EDGE + HALF + 0.3, TOP + 0.25, HALF, BOTTOM - TOP - 0.25)
    text(slide, Box(place.left, TOP, HALF, 0.3), f"The tightest, {found[0]}: hours by bucket", 12, colour=QUIET)
    labels = bucket_labels(rows["bucket"]).tolist()
    chart = columns(slide, place, labels, series, number_format="#,##0", stacked=True)
    as_lines(chart, {"regular hours there are": "line", "with overtime": "line"})


def _short(made: Deck, material: Material) -> None:
    """What is late or lost: by cause, then one by one, the dearest first."""
    shortages, answer = material.plan["shortages"], material.answers()[2]
    causes = short_by_cause(shortages, MOST_BARS)
    first = "".join(
        f" {in_money(row.revenue_at_risk, material.currency)} of it for want of {row.cause} {row.which}."
        for row in causes.head(1).itertuples()
    )
    slide = made.slide(answer.answer + first, "Table shortages of the recommended plan.")
    if shortages.empty:
        return
    text(slide, Box(EDGE, TOP, 4, 0.3), f"Revenue late or lost by cause, {material.currency}", 12, colour=QUIET)
    names = (causes["cause"] + " " + causes["which"]).tolist()
    money = Series(
        "revenue", _values(causes["revenue_at_risk"]), COLORS["short"], money_format(causes["revenue_at_risk"])
    )
    high = min(0.9 + 0.55 * len(names), BOTTOM - TOP - 0.25)
    columns(slide, Box(EDGE, TOP + 0.25, 4.0, high), names, [money], number_format="#,##0", lying=True)
    worst = largest_shortages(shortages, material.items, len(shortages))
    rows = [
        (f"{row.description or row.item_id}, {row.location_id}", bucket_name(row.bucket), f"{row.qty:,.0f}",
         in_money(row.revenue_at_risk), row.because)
        for row in worst.itertuples()
    ]  # fmt: skip
    heads = ("item, place", "wanted", "units", material.currency, "because")
    box = Box(EDGE + 4.3, TOP, 8.03, BOTTOM - TOP - 0.35)
    _ranked(slide, box, Table(heads, rows, (2.0, 0.1, 0.1, 0.1, 3.4), (2, 3)), worst["revenue_at_risk"], material)


def _risks(made: Deck, material: Material) -> None:
    """What each scenario, risks among them, does to contribution."""
    kpis, scenarios = material.compared["scenario_kpis"], material.compared["scenarios"]
    if (scenarios["kind"] == "base").all():
        return
    slide = made.slide(_message(material, scenario_table(kpis, scenarios, material.currency)), "Tables of step presop.")
    others = scenarios[scenarios["kind"] != "base"].sort_values(["kind", "scenario"])
    measures = kpis.pivot_table("difference", "scenario", "kpi", "sum")
    change = measures["contribution"].reindex(others["scenario"])
    names = [in_words(name) for name in others["scenario"]]
    high = min(0.6 + 0.62 * len(names), BOTTOM - TOP - 0.25)
    text(slide, Box(EDGE, TOP, 5, 0.3), f"Contribution against base, {material.currency}", 12, colour=QUIET)
    signed = money_format(change, "±")
    series = [
        Series("more", [value if value >= 0 else None for value in change], COLORS["good"], signed),
        Series("less", [value if value < 0 else None for value in change], COLORS["short"], signed),
    ]
    chart = columns(slide, Box(EDGE, TOP + 0.25, 4.9, high), names, series, number_format=signed, lying=True)
    chart.has_legend, chart.plots[0].overlap = False, 100
    rows = [
        (in_words(row.scenario), row.kind, row.question, _signed(measures.loc[row.scenario, "late_or_lost"]), row.owner)
        for row in others.itertuples()
    ]
    shown = Table(("scenario", "kind", "question", "late or lost", "owner"), rows, (0.8, 0.0, 3.4, 0.2, 1.2), (3,))
    box = Box(EDGE + 5.1, TOP, WIDE - 2 * EDGE - 5.1, BOTTOM - TOP - 0.35)
    _ranked(slide, box, shown, change.abs(), material)


def _decisions(made: Deck, material: Material) -> None:
    """The decisions to take, most money first, with owner and due."""
    answer, found = material.answers()[3], material.plan["decisions"]
    slide = made.slide(f"{answer.question} {material.plain(answer.answer)}", "Table decisions.")
    if found.empty:
        return
    ranked = found.loc[found["money"].abs().sort_values(ascending=False, kind="stable").index]
    rows = [
        (material.plain(row.question), material.plain(row.recommendation), row.owner or "to be named",
         f"{row.due.day} {row.due:%b %Y}".replace(" ", HARD_SPACE), in_money(row.money))
        for row in ranked.itertuples()
    ]  # fmt: skip
    heads = ("decision", "recommendation", "owner", "due", material.currency)
    box = Box(EDGE, TOP, WIDE - 2 * EDGE, BOTTOM - TOP - 0.35)
    _ranked(slide, box, Table(heads, rows, (4.0, 4.6, 0.8, 0.0, 0.0), (4,)), ranked["money"], material)


def _ranked(slide: Any, box: Box, shown: Table, money: pd.Series, material: Material) -> None:
    """A table, the dearest first, and below it what had no room: how many more, worth how much."""
    count = table(slide, box, shown, (13, 12, 11, 10))
    rest = money.iloc[count:]
    if len(rest):
        said = f"and {len(rest)} more, {in_money(rest.sum(), material.currency)}"
        text(slide, Box(box.left, box.top + box.height + 0.05, box.width, 0.3), said, 11, colour=QUIET)


def _waterfall(slide: Any, box: Box, names: list[str], values: pd.Series, ends: pd.Series, level: pd.Series) -> None:
    """Steps between two totals, as stacked columns: what carries a step is not drawn, so that all can be edited."""
    start = (level - values).where(~ends, 0.0)
    both, size = pd.concat([start, level], axis=1), values.abs()
    low, top = both.min(axis=1), both.max(axis=1)
    series = [
        Series("carries", _only(low, ~ends), ""),
        Series("total", _only(size, ends), COLORS["plan"]),
        Series("adds", _only(size, ~ends & (values >= 0)), COLORS["good"]),
        Series("takes", _only(size, ~ends & (values < 0)), COLORS["short"]),
        Series("top", _values(top), ""),
    ]
    spread = level.max() - level.min() or abs(level.max()) * 0.1 or 1.0
    floor = max(level.min() - 1.2 * spread, 0.0)
    unit = 10 ** (len(str(int(spread))) - 1)
    chart = columns(
        slide, box, names, series,
        number_format=money_format(values), stacked=True, least=floor // unit * unit or None, gap=25,
    )  # fmt: skip
    said = [in_money(value) if end else _signed(value) for value, end in zip(values, ends, strict=True)]
    label_tops(chart, "top", said)
    chart.has_legend, chart.plots[0].overlap = False, 100


def _only(values: pd.Series, where: pd.Series) -> list[float | None]:
    return [value if one else None for value, one in zip(values, where, strict=True)]


def _at_list_price(frame: pd.DataFrame, price: pd.Series, names: list[str]) -> pd.DataFrame:
    """Units of a table in money at list price, added up by bucket."""
    return frame[names].mul(frame["item_id"].map(price), axis=0).groupby(frame["bucket"]).sum()


def _values(values: pd.Series) -> list[float | None]:
    """A series as a chart takes it: nothing where nothing is known."""
    return [None if pd.isna(value) else float(value) for value in values]


def _signed(value: float) -> str:
    said = in_money(abs(value))
    return said if said == "0" else f"{'−' if value < 0 else '+'}{said}"


def _share(value: float, whole: float) -> str:
    return f"{'−' if value < 0 else '+'}{in_share(abs(value) / whole)}" if whole else "–"
