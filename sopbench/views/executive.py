"""Charts of the executive meeting: the plan against budget and last cycle, the bridge between them, the options."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from sopbench.contract.words import in_money, in_share, in_units
from sopbench.executive import bridge
from sopbench.views.numbers import bucket_labels, bucket_name, bucket_word, money_scale
from sopbench.views.theme import COLORS, NEUTRAL, PLAIN, titled

WIDTH = 760

SHOWN_KPIS = {
    "revenue": "revenue",
    "contribution": "contribution",
    "service": "served\non time",
    "late_or_lost": "late\nor lost",
    "inventory_average": "stock on\naverage",
    "cash_effect": "cash that\ncomes in",
    "overtime_hours": "overtime",
}
"""The measures of the scenario table, and what its heads call them."""

WORDS = "split(replace(datum.label, /_/g, ' '), ' ')"
"""A label with a line for each of its words."""

NONE_UNDER, NO_BUDGET = "No family is planned under budget", "There is no budget to compare with"

LESS_IS_BETTER = (
    "late_or_lost",
    "backlog_end",
    "lost",
    "inventory_end",
    "inventory_average",
    "working_capital_end",
    "overtime_hours",
    "bottlenecks",
)


def plan_against_budget(
    comparison: pd.DataFrame,
    currency: str,
    line: str = "revenue",
    *,
    width: int = WIDTH,
    height: int = 230,
    summed_up: bool = True,
) -> alt.TopLevelMixin:
    """By bucket, the plan as bars, budget as ticks and last cycle as a line; below, what adds up against the budget."""
    totals = by_bucket(comparison, line)
    divisor, axis = money_scale(totals["plan"], currency) if line != "units" else (1.0, "units")
    totals[["plan", "budget", "last_cycle"]] /= divisor
    every = alt.Scale(domain=totals["label"].tolist())
    x = alt.X("label:N", scale=every, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    base = alt.Chart(totals).encode(x=x)
    bars = base.mark_bar(color=COLORS["plan"], opacity=0.85).encode(y=alt.Y("plan:Q", title=f"{line}, {axis}"))
    layers = [bars]
    if totals["budget"].notna().any():
        layers.append(base.mark_tick(color=COLORS["budget"], thickness=3, width=26).encode(y="budget:Q"))
    if totals["last_cycle"].notna().any():
        layers.append(
            base.mark_line(color=COLORS["earlier"], point={"color": COLORS["earlier"]}).encode(y="last_cycle:Q")
        )
    top = alt.layer(*layers).properties(width=width, height=height)
    message, note = _against_budget(comparison, line, currency), "bars: recommended plan"
    note += ", ticks: budget" if totals["budget"].notna().any() else ""
    note += ", pink: last cycle's plan" if totals["last_cycle"].notna().any() else ""
    if not summed_up:
        return titled(top, message, note)
    below = _summed_up(totals, x, axis).properties(width=width)
    return titled(alt.vconcat(top, below, spacing=8), message, note + "; below: plan less budget, summed up")


def by_bucket(comparison: pd.DataFrame, line: str) -> pd.DataFrame:
    """The company by bucket; budget and last cycle stay empty where no family has any."""
    rows = comparison[comparison["line"] == line]
    totals = rows.groupby("bucket")[["plan", "budget", "last_cycle", "last_year"]].sum(min_count=1).reset_index()
    return totals.assign(label=bucket_labels(totals["bucket"]))


def _summed_up(totals: pd.DataFrame, x: alt.X, axis: str) -> alt.TopLevelMixin:
    """Plan less budget, summed up from the first bucket: where the year lands."""
    known = totals[totals["budget"].notna()]
    gap = (known["plan"] - known["budget"]).cumsum()
    known = known.assign(gap=gap, side=gap.ge(0).map({True: "good", False: "short"}))
    bars = (
        alt.Chart(known)
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("gap:Q", title=f"against budget, {axis}"),
            color=alt.Color("side:N", scale=_sides(), legend=None),
        )
    )
    return bars.properties(height=100)


def _sides() -> alt.Scale:
    return alt.Scale(domain=["good", "short"], range=[COLORS["good"], COLORS["short"]])


def _against_budget(comparison: pd.DataFrame, line: str, currency: str) -> str:
    """The message: what is planned and how it stands to the budget, over the buckets that have one."""
    rows = comparison[comparison["line"] == line]
    said = in_units if line == "units" else (lambda value: in_money(value, currency))
    first, last = rows["bucket"].min(), rows["bucket"].max()
    message = f"{line.capitalize()} {said(rows['plan'].sum())}, {bucket_name(first)} to {bucket_name(last)}"
    known = rows[rows["budget"].notna()]
    if known.empty:
        return f"{message}; there is no budget"
    gap, budget = known["plan"].sum() - known["budget"].sum(), known["budget"].sum()
    side = "over" if gap >= 0 else "under"
    share = f" ({in_share(abs(gap) / budget)})" if budget else ""
    until = "" if known["bucket"].max() == last else f" up to {bucket_name(known['bucket'].max())}"
    return f"{message}: {said(abs(gap))}{share} {side} budget{until}"


def family_gaps(
    comparison: pd.DataFrame, currency: str, line: str = "revenue", *, width: int = WIDTH - 120, step: int = 46
) -> alt.TopLevelMixin:
    """Each family's plan as a bar and its budget as a tick, over the buckets that have a budget.

    Last cycle's plan ends a bucket earlier, so its sum would not be one to compare with.
    """
    rows = comparison[(comparison["line"] == line) & comparison["budget"].notna()]
    families = rows.groupby("family")[["plan", "budget"]].sum().reset_index()
    families = families.sort_values(["budget", "family"], ascending=[False, True])
    gap = families["plan"] - families["budget"]
    divisor, axis = money_scale(families["plan"], currency) if line != "units" else (1.0, "units")
    share = (gap / families["budget"]).where(families["budget"] != 0)
    said = gap.map(lambda value: f"{value / divisor:+,.2f}") + share.map(
        lambda value: f"  ({value:+.1%})", na_action="ignore"
    ).fillna("")
    families = families.assign(said=said, side=gap.ge(0).map({True: "good", False: "short"}))
    families[["plan", "budget"]] /= divisor
    furthest = families[["plan", "budget"]].max().max()
    y = alt.Y("family:N", sort=None, title=None, axis=alt.Axis(labelFontSize=12, labelLimit=200, labelExpr=PLAIN))
    x = alt.X("plan:Q", title=f"{line}, {axis}", scale=alt.Scale(domain=[0, furthest * 1.22]))
    base = alt.Chart(families).encode(y=y)
    layers = [
        base.mark_bar(color=COLORS["plan"], opacity=0.85, height={"band": 0.55}).encode(x=x),
        base.mark_tick(color=COLORS["budget"], thickness=3, height=0.56 * step).encode(x="budget:Q"),
        base.mark_text(align="left", dx=8, fontWeight=600)
        .encode(x="furthest:Q", text="said:N", color=alt.Color("side:N", scale=_sides(), legend=None))
        .transform_calculate(furthest="max(datum.plan, datum.budget)"),
    ]
    chart = alt.layer(*layers).properties(width=width, height=alt.Step(step))
    under = int((gap < 0).sum())
    message = f"{under} of {len(families)} families are planned under budget" if under else NONE_UNDER
    message = message if len(families) else NO_BUDGET
    return titled(chart, message, "bars: recommended plan, ticks: budget; at the end: plan less budget")


def budget_bridge(comparison: pd.DataFrame, currency: str, line: str = "revenue") -> alt.TopLevelMixin:
    """From the budget to the plan, a step for each family; the steps add up exactly."""
    steps = bridge(comparison, line)
    scale = money_scale(steps["level"], currency) if line != "units" else (1.0, "units")
    note = f"green adds to the budget, red takes from it; {bucket_word(2)} with a budget only"
    return waterfall(steps, line, scale, _bridge_message(steps, line, currency), note)


def waterfall(
    steps: pd.DataFrame,
    said: str,
    money: tuple[float, str],
    message: str,
    note: str,
    size: tuple[int, int] = (WIDTH, 260),
) -> alt.TopLevelMixin:
    """Steps from a first total to a last one: columns step, value, from, level; `money` is divisor and unit."""
    divisor, axis = money
    ends = pd.Series([True, *[False] * (len(steps) - 2), True], index=steps.index)
    colours = pd.Series(["budget", *[""] * (len(steps) - 2), "plan"], index=steps.index)
    side = steps["value"].ge(0).map({True: "good", False: "short"}).mask(ends, colours)
    values = steps["value"] / divisor
    bars = steps.assign(
        low=steps[["from", "level"]].min(axis=1) / divisor,
        high=steps[["from", "level"]].max(axis=1) / divisor,
        level=steps["level"] / divisor,
        said=values.map("{:+,.2f}".format).mask(ends, values.map("{:,.2f}".format)),
        side=side,
        following=steps["step"].shift(-1),
    )
    floor, ceiling = _reach(bars)
    bars["low"] = bars["low"].clip(lower=floor)
    scale = alt.Scale(domain=[floor, ceiling], nice=False, zero=False)
    y = alt.Y("high:Q", title=f"{said}, {axis}", scale=scale)
    x = alt.X("step:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelFontSize=12, labelExpr=WORDS))
    base = alt.Chart(bars).encode(x=x)
    drawn = base.mark_bar(width={"band": 0.82}).encode(
        y=y, y2="low:Q", color=alt.Color("side:N", scale=_bridge_colours(), legend=None)
    )
    labels = base.mark_text(dy=-9, fontWeight=600).encode(y=y, text="said:N")
    links = alt.Chart(bars.dropna(subset=["following"])).mark_rule(color=COLORS["target"], strokeDash=[2, 2])
    links = links.encode(x=x, x2="following:N", y=alt.Y("level:Q", scale=scale))
    note += "; the axis does not start at 0" if floor else ""
    chart = alt.layer(links, drawn, labels).properties(width=size[0], height=size[1])
    return titled(chart, message, note)


def _reach(bars: pd.DataFrame) -> tuple[float, float]:
    """Where the axis begins and ends: near the steps, so that small ones can be seen beside a large budget."""
    levels = bars.loc[bars["step"] != "plan", "level"]
    spread = levels.max() - levels.min() or abs(levels.max()) * 0.1 or 1.0
    return max(levels.min() - 0.6 * spread, 0.0), levels.max() + 0.2 * spread


def _bridge_colours() -> alt.Scale:
    meanings = {"budget": "target", "plan": "plan", "good": "good", "short": "short"}
    return alt.Scale(domain=list(meanings), range=[COLORS[meaning] for meaning in meanings.values()])


def _bridge_message(steps: pd.DataFrame, line: str, currency: str) -> str:
    said = in_units if line == "units" else (lambda value: in_money(value, currency))
    if len(steps) == 2:
        return NO_BUDGET
    total = steps["value"].iloc[-1] - steps["value"].iloc[0]
    message = f"From budget to plan: {line} {said(abs(total))} {'over' if total >= 0 else 'under'}"
    families = steps.iloc[1:-1]
    largest = families[families["value"] != 0].head(1)
    signs = largest["value"].gt(0).map({True: "+", False: "−"})
    named = largest["step"] + " " + signs + largest["value"].abs().map(said)
    return message + "".join(f", the largest step {name.replace('_', ' ')}" for name in named)


def scenario_table(
    scenario_kpis: pd.DataFrame, scenarios: pd.DataFrame, currency: str, *, cell: tuple[int, int] = (102, 46)
) -> alt.TopLevelMixin:
    """Scenarios in rows, measures in columns: the value, and below it the difference to base, green where better."""
    cells = scenario_cells(scenario_kpis, scenarios, currency)
    rows = cells.sort_values(["kind", "scenario"])["row"].unique().tolist()  # base, options, risks
    x = alt.X(
        "head:N",
        sort=list(SHOWN_KPIS.values()),
        title=None,
        axis=alt.Axis(
            orient="top",
            labelAngle=0,
            labelFontSize=12,
            labelLimit=120,
            labelExpr="split(datum.label, '\\n')",
            labelPadding=18,
            domain=False,
            ticks=False,
        ),
    )
    y = alt.Y(
        "row:N", sort=rows, title=None, axis=alt.Axis(labelFontSize=12, domain=False, ticks=False, labelLimit=220)
    )
    base = alt.Chart(cells).encode(x=x, y=y)
    tint = alt.Scale(domain=["good", "short", "same"], range=[COLORS["good"], COLORS["short"], NEUTRAL["grid"][0]])
    back = base.mark_rect(stroke="white", strokeWidth=3).encode(
        color=alt.Color("side:N", scale=tint, legend=None),
        opacity=alt.condition("datum.side == 'same'", alt.value(1.0), alt.value(0.22)),
    )
    value = base.mark_text(dy=-7, fontSize=13, fontWeight=600, color=COLORS["actual"]).encode(text="said:N")
    than = base.mark_text(dy=10, fontSize=11, color="#424a53").encode(text="than:N")
    chart = alt.layer(back, value, than).properties(width=alt.Step(cell[0]), height=alt.Step(cell[1]))
    return titled(
        chart,
        best_and_worst(cells, currency),
        "each cell: the value over the horizon, below it the difference to base; green is better for us",
    )


def scenario_cells(
    scenario_kpis: pd.DataFrame, scenarios: pd.DataFrame, currency: str, shown: Mapping[str, str] = SHOWN_KPIS
) -> pd.DataFrame:
    """The cells of the scenario table: row, head, value and difference in words, and the side that is on.

    `shown` are the measures of the columns and what their heads call them.
    """
    cells = scenario_kpis[scenario_kpis["kpi"].isin(shown)].merge(scenarios[["scenario", "kind"]], on="scenario")
    cells = cells.assign(
        head=cells["kpi"].map(shown), said=_values(cells, currency), than=_differences(cells, currency)
    )
    better = cells["difference"] * cells["kpi"].isin(LESS_IS_BETTER).map({True: -1, False: 1})
    still = cells["than"].isin(["", "="])
    side = better.gt(0).map({True: "good", False: "short"}).mask(still, "same")
    return cells.assign(side=side, row=_names(cells))


def _names(cells: pd.DataFrame) -> pd.Series:
    """How a row is called: the scenario's name in words, and whether it is a risk or an option."""
    kinds = cells["kind"].map({"base": "", "risk": " (risk)", "option": " (option)"})
    return cells["scenario"].str.replace("_", " ") + kinds


def _values(cells: pd.DataFrame, currency: str) -> pd.Series:
    say = {
        "money": lambda value: in_money(value),
        "share": in_share,
        "hours": lambda value: f"{in_units(round(value))} h",
    }
    return pd.Series(
        [say.get(unit, in_units)(value) for unit, value in zip(cells["unit"], cells["value"], strict=True)],
        index=cells.index,
    )


def _differences(cells: pd.DataFrame, currency: str) -> pd.Series:
    """The difference to base as people say it: in money, in points of a share; "=" where it rounds to nothing."""

    def said(scenario: str, unit: str, difference: float) -> str:
        if scenario == "base":
            return ""
        points = f"{abs(difference) * 100:.1f} pt"
        size = {"money": in_money(abs(difference)), "share": points, "hours": f"{in_units(round(abs(difference)))} h"}
        text = size.get(unit, in_units(round(abs(difference))))
        return "=" if text in ("0", "0 h", "0.0 pt") else f"{'+' if difference > 0 else '−'}{text}"

    columns = zip(cells["scenario"], cells["unit"], cells["difference"], strict=True)
    return pd.Series([said(*each) for each in columns], index=cells.index)


def best_and_worst(cells: pd.DataFrame, currency: str) -> str:
    """The message: the option that brings most, the risk that costs most."""
    money = cells[cells["kpi"] == "contribution"].sort_values("difference")
    risks, options = (money[money["kind"] == kind] for kind in ("risk", "option"))
    best = [
        f"the option {row.scenario} brings most ({row.than} {currency})"
        if row.difference > 0
        else "no option brings more than base"
        for row in options.tail(1).itertuples()
    ]
    worst = [
        f"the risk {row.scenario} costs most ({row.than} {currency})"
        if row.difference < 0
        else "no risk costs anything"
        for row in risks.head(1).itertuples()
    ]
    said = "; ".join([*best, *worst]).replace("_", " ")
    return f"Contribution: {said}" if said else "The plan as it stands; no scenario beside it"
