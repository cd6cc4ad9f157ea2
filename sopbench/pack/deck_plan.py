"""Slides on the plan: demand, hours, what is late, what may happen, and what must be decided."""

from __future__ import annotations

import pandas as pd

from sopbench.contract.words import in_money
from sopbench.demand import consensus_bridge
from sopbench.pack.material import Material, in_words
from sopbench.pack.parts import HALF, message, ranked, short_of, signed, values_of, waterfall
from sopbench.pack.slides import (
    BOTTOM,
    EDGE,
    HARD_SPACE,
    QUIET,
    TOP,
    WIDE,
    Box,
    Deck,
    Series,
    Table,
    as_lines,
    columns,
    curves,
    money_format,
    text,
)
from sopbench.views.demand import BRIDGE, SHOWN_PAST, consensus_waterfall
from sopbench.views.executive import scenario_table
from sopbench.views.numbers import bucket_labels, bucket_name, bucket_word
from sopbench.views.presop import bottlenecks
from sopbench.views.supply import largest_shortages, short_by_cause
from sopbench.views.supply_pegging import tightest
from sopbench.views.theme import COLORS

MOST_BARS = 12
"""Resources and causes a chart shows."""


def demand_slide(made: Deck, material: Material) -> None:
    """The consensus beside history and what history alone says, and the steps between them."""
    plan, history, items = material.demand["demand_plan"], material.demand["history"], material.items
    moved = consensus_bridge(plan, material.demand["stream_weights"], items)
    slide = made.slide(message(material, consensus_waterfall(moved, items, material.currency)), "Table demand_plan.")
    price = items.set_index("item_id")["unit_price"]
    ahead = _at_list_price(plan, price, ["statistical", "consensus"])
    past = _at_list_price(history, price, ["ordered"])
    past = past[past.index >= ahead.index.min() - pd.DateOffset(years=SHOWN_PAST)]
    both = past.join(ahead, how="outer")
    series = [
        Series("ordered", values_of(both["ordered"]), COLORS["actual"]),
        Series("history alone", values_of(both["statistical"]), COLORS["forecast"], look="dashed"),
        Series("consensus", values_of(both["consensus"]), COLORS["plan"]),
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
    waterfall(slide, place, [BRIDGE[name] for name in kept], values, ends, level)


def _at_list_price(frame: pd.DataFrame, price: pd.Series, names: list[str]) -> pd.DataFrame:
    """Units of a table in money at list price, added up by bucket."""
    return frame[names].mul(frame["item_id"].map(price), axis=0).groupby(frame["bucket"]).sum()


def capacity_slide(made: Deck, material: Material) -> None:
    """How full each resource gets, and the tightest one by bucket."""
    plan, limit = material.plan["capacity_plan"], material.cycle.params.presop.bottleneck_from
    if not (plan["regular_available"] > 0).any():
        return
    slide = made.slide(message(material, bottlenecks(plan, limit, material.recommended)), "Table capacity_plan.")
    most = plan[plan["regular_available"] > 0].groupby("resource_id")["utilisation"].max()
    most = most.sort_values(ascending=False, kind="stable").head(MOST_BARS)
    text(slide, Box(EDGE, TOP, HALF, 0.3), f"Fullest in any {bucket_word()}, load over regular hours", 12, colour=QUIET)
    place = Box(EDGE, TOP + 0.25, HALF, BOTTOM - TOP - 0.25)
    fullest = Series("load over regular hours", values_of(most), COLORS["plan"], "0%")
    columns(slide, place, most.index.tolist(), [fullest], number_format="0%", lying=True)
    found = tightest(plan)
    if not found:
        return
    rows = plan[plan["resource_id"] == found[0]].sort_values("bucket")
    hours = rows["regular_available"], rows["regular_available"] + rows["overtime_available"]
    series = [
        Series("regular", values_of(rows["regular"]), COLORS["plan"]),
        Series("overtime", values_of(rows["overtime"]), COLORS["overtime"]),
        Series("regular hours there are", values_of(hours[0]), COLORS["stock"]),
        Series("with overtime", values_of(hours[1]), COLORS["actual"]),
    ]
    place = Box(EDGE + HALF + 0.3, TOP + 0.25, HALF, BOTTOM - TOP - 0.25)
    text(
        slide, Box(place.left, TOP, HALF, 0.3), f"The tightest, {found[0]}: hours by {bucket_word()}", 12, colour=QUIET
    )
    labels = bucket_labels(rows["bucket"]).tolist()
    chart = columns(slide, place, labels, series, number_format="#,##0", stacked=True)
    as_lines(chart, {"regular hours there are": "line", "with overtime": "line"})


def short_slide(made: Deck, material: Material) -> None:
    """What is late or lost: by cause, then one by one, the dearest first."""
    shortages, answer = material.plan["shortages"], material.answers()[2]
    causes = short_by_cause(shortages, MOST_BARS)
    first = "".join(
        f" {in_money(row.revenue_at_risk, material.currency)} of it for want of {row.cause} {row.which}."
        for row in causes.head(1).itertuples()
    )
    if shortages.empty:
        return
    slide = made.slide(answer.answer + first, "Table shortages of the recommended plan.")
    text(slide, Box(EDGE, TOP, 4, 0.3), f"Revenue late or lost by cause, {material.currency}", 12, colour=QUIET)
    names = (causes["cause"] + " " + causes["which"]).tolist()
    money = Series(
        "revenue", values_of(causes["revenue_at_risk"]), COLORS["short"], money_format(causes["revenue_at_risk"])
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
    ranked(slide, box, Table(heads, rows, (2.0, 0.1, 0.1, 0.1, 3.4), (2, 3)), worst["revenue_at_risk"], material)


def risks_slide(made: Deck, material: Material) -> None:
    """What each scenario, risks among them, does to contribution."""
    kpis, scenarios = material.compared["scenario_kpis"], material.compared["scenarios"]
    if (scenarios["kind"] == "base").all():
        return
    slide = made.slide(message(material, scenario_table(kpis, scenarios, material.currency)), "Tables of step presop.")
    others = scenarios[scenarios["kind"] != "base"].sort_values(["kind", "scenario"])
    measures = kpis.pivot_table("difference", "scenario", "kpi", "sum")
    change = measures["contribution"].reindex(others["scenario"])
    names = [in_words(name) for name in others["scenario"]]
    high = min(0.6 + 0.62 * len(names), BOTTOM - TOP - 0.25)
    text(slide, Box(EDGE, TOP, 5, 0.3), f"Contribution against base, {material.currency}", 12, colour=QUIET)
    look = money_format(change, "±")
    series = [
        Series("more", [value if value >= 0 else None for value in change], COLORS["good"], look),
        Series("less", [value if value < 0 else None for value in change], COLORS["short"], look),
    ]
    chart = columns(slide, Box(EDGE, TOP + 0.25, 4.9, high), names, series, number_format=look, lying=True)
    chart.has_legend, chart.plots[0].overlap = False, 100
    rows = [
        (
            in_words(row.scenario),
            row.kind,
            short_of(row.question, 120),
            signed(measures.loc[row.scenario, "late_or_lost"]),
            short_of(row.owner, 60),
        )
        for row in others.itertuples()
    ]
    shown = Table(("scenario", "kind", "question", "late or lost", "owner"), rows, (0.8, 0.0, 3.4, 0.2, 1.2), (3,))
    box = Box(EDGE + 5.1, TOP, WIDE - 2 * EDGE - 5.1, BOTTOM - TOP - 0.35)
    ranked(slide, box, shown, change.abs(), material)


def decided_slide(made: Deck, material: Material) -> None:
    """The decisions to take, most money first, with owner and due."""
    answer, found = material.answers()[3], material.plan["decisions"]
    if found.empty:
        return
    slide = made.slide(f"{answer.question} {material.plain(answer.answer)}", "Table decisions.")
    dearest = found.loc[found["money"].abs().sort_values(ascending=False, kind="stable").index]
    rows = [
        (short_of(material.plain(row.question)), short_of(material.plain(row.recommendation)),
         short_of(row.owner, 60) or "to be named",
         f"{row.due.day} {row.due:%b %Y}".replace(" ", HARD_SPACE), in_money(row.money))
        for row in dearest.itertuples()
    ]  # fmt: skip
    heads = ("decision", "recommendation", "owner", "due", material.currency)
    box = Box(EDGE, TOP, WIDE - 2 * EDGE, BOTTOM - TOP - 0.35)
    ranked(slide, box, Table(heads, rows, (4.0, 4.6, 0.8, 0.0, 0.0), (4,)), dearest["money"], material)
