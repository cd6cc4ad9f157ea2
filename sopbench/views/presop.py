"""Charts of the pre-S&OP meeting: what each scenario changes, where orders are late, where capacity ends."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.words import first_upper, in_money, in_share
from sopbench.views.numbers import bucket_labels, bucket_word, money_scale
from sopbench.views.theme import COLORS, titled

COMPARED = {
    "revenue": "revenue",
    "contribution": "contribution",
    "inventory_average": "stock, on average",
}
"""The measures in money whose difference to base is drawn."""

MOST = 20
"""Rows a chart shows; the rest is counted in its note."""

GAPS = {
    "shortage": ("item_id", "units"),
    "budget": ("family", ""),
    "bottleneck": ("resource_id", "hours above the limit"),
}
"""What a gap of each kind is of, and what its size counts; a budget's is the money itself."""

STATEMENT = {
    "units": "units shipped (number)",
    "revenue": "revenue",
    "cost_of_goods": "cost of goods",
    "gross_margin": "gross margin",
    "overtime": "overtime",
    "idle_wages": "wages of idle hours",
    "hiring": "hiring and laying off",
    "set_up": "set-ups",
    "purchase_variance": "purchases above standard",
    "subcontracting": "subcontracting above standard",
    "transport": "transport",
    "holding": "holding",
    "write_off": "write-off",
    "contribution": "contribution",
    "working_capital_change": "growth of working capital",
    "valuation_difference": "paid beyond the standard value of goods",
    "cash_effect": "cash that comes in",
}
"""The lines of the income statement, in its order; balances at bucket ends are left out, for they do not add up."""


def same_base(base: float, agreed: float, currency: str, gap: float = 0.0) -> str:
    """Whether base costs what the supply review's plan costs, in words; that one is the best but for its `gap`."""
    if abs(base - agreed) <= 1e-6 * max(abs(agreed), 1.0):
        return f"Base is the plan of the supply review: both cost {in_money(agreed, currency)}."
    if abs(base - agreed) <= gap * abs(agreed):
        return (
            f"Base is the plan of the supply review, within its gap of {in_share(gap)}: it costs "
            f"{in_money(base, currency)}, that one {in_money(agreed, currency)}."
        )
    return (
        f"**Base is not the plan of the supply review**: it costs {in_money(base, currency)}, that one "
        f"{in_money(agreed, currency)}. The supply step ran with settings of its own; run it again without them."
    )


def income_statement(financial_plan: pd.DataFrame, scenarios: pd.DataFrame) -> pd.DataFrame:
    """Lines in rows, scenarios in columns (base, options, risks), added up over families and the horizon.

    Below the cash of the plan stands what an option takes once.
    """
    names = scenarios.sort_values(["kind", "scenario"])["scenario"].tolist()
    sums = financial_plan.pivot_table("value", "line", "scenario", "sum").reindex(index=list(STATEMENT), columns=names)
    sums = sums.rename(index=STATEMENT)
    sums.loc["taken once"] = scenarios.set_index("scenario")["cost"]
    for line in ("contribution", "cash that comes in"):
        sums.loc[f"{line} after that"] = sums.loc[line] - sums.loc["taken once"]
    return sums.rename_axis(index="line", columns=None).reset_index()


def largest_gaps(gaps: pd.DataFrame, kind: str, scenario: str = "base", most: int = 12) -> pd.DataFrame:
    """The gaps of one kind and scenario that are worth most, ready to be shown.

    Columns: what it is of (item_id, family or resource_id), bucket , what falls short, its size
    in units or hours (a budget's is its money), money.
    """
    of, size = GAPS[kind]
    rows = gaps[(gaps["kind"] == kind) & (gaps["scenario"] == scenario)]
    rows = rows.sort_values(["money", "size", "key", "bucket"], ascending=[False, False, True, True]).head(most)
    shown = {"key": of, "bucket": "bucket", "message": "what falls short", "size": size, "money": "money"}
    shown = {name: said for name, said in shown.items() if said}
    return rows[list(shown)].rename(columns=shown).reset_index(drop=True)


def difference_to_base(scenario_kpis: pd.DataFrame, scenarios: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """What each scenario changes in revenue, contribution and stock: bars of money, one panel a measure."""
    kinds = scenarios[["scenario", "kind"]]
    rows = scenario_kpis[scenario_kpis["kpi"].isin(COMPARED) & (scenario_kpis["scenario"] != "base")].merge(kinds)
    rows = rows.sort_values(["kind", "scenario"])
    divisor, axis = money_scale(rows["difference"], currency)
    less = rows["kpi"].eq("inventory_average").map({True: -1, False: 1})
    rows = rows.assign(
        measure=rows["kpi"].map(COMPARED),
        name=rows["scenario"].str.replace("_", " ") + " (" + rows["kind"] + ")",
        value=rows["difference"] / divisor,
        said=rows["difference"].map(lambda value: f"{'−' if value < 0 else '+'}{in_money(abs(value))}"),
        side=(rows["difference"] * less).ge(0).map({True: "good", False: "short"}),
    )
    colours = alt.Scale(domain=["good", "short"], range=[COLORS["good"], COLORS["short"]])
    low, high = min(rows["value"].min(), 0.0), max(rows["value"].max(), 0.0)
    pad = 0.42 * (high - low) or 1.0  # room for the figures
    reach = [low - pad if low else 0, high + pad]
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=rows["name"].unique().tolist(), title=None, axis=alt.Axis(labelLimit=240)),
        x=alt.X("value:Q", title=f"difference to base, {axis}", scale=alt.Scale(domain=reach, nice=False)),
    )
    bars = base.mark_bar(height={"band": 0.6}).encode(color=alt.Color("side:N", scale=colours, legend=None))
    right = base.transform_filter("datum.value >= 0").mark_text(align="left", dx=5).encode(text="said:N")
    left = base.transform_filter("datum.value < 0").mark_text(align="right", dx=-5).encode(text="said:N")
    panel = alt.layer(bars, right, left).properties(width=205, height=alt.Step(34))
    facet = alt.Column("measure:N", sort=list(COMPARED.values()), title=None)
    chart = panel.facet(column=facet, spacing=18)
    return titled(chart, _largest(rows, currency), "green is better for us; the same scale in all panels")


def _largest(rows: pd.DataFrame, currency: str) -> str:
    money = rows[rows["kpi"] == "contribution"]
    if money.empty:
        return "There is no scenario beside base"
    first = money.loc[money["difference"].abs().idxmax()]
    verb = "adds" if first["difference"] > 0 else "takes"
    size = in_money(abs(first["difference"]), currency)
    return f"{first_upper(first['name'])} {verb} {size} of contribution, the largest change"


def late_by_bucket(shortages: pd.DataFrame, scenarios: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """Revenue of what is not shipped on time: scenarios in rows, buckets in columns, the redder the more."""
    names = scenarios.sort_values(["kind", "scenario"])["scenario"].tolist()
    sums = shortages.groupby(["scenario", "bucket"])["revenue_at_risk"].sum().reset_index()
    divisor, axis = money_scale(sums["revenue_at_risk"], currency)
    total = sums.groupby("scenario")["revenue_at_risk"].sum().reindex(names, fill_value=0.0)
    called = pd.Series([f"{name.replace('_', ' ')}: {in_money(total[name], currency)}" for name in names], index=names)
    rows = sums.sort_values("bucket").assign(
        value=sums["revenue_at_risk"] / divisor,
        label=bucket_labels(sums["bucket"]),
        name=sums["scenario"].map(called),
        said=(sums["revenue_at_risk"] / divisor).map(lambda value: f"{value:,.2f}" if value < 10 else f"{value:,.0f}"),
    )
    most = rows["value"].max() if len(rows) else 1.0
    scale = alt.Scale(domain=[0, most], range=["#fbeeeb", COLORS["short"]])
    base = alt.Chart(rows).encode(
        x=alt.X(
            "label:N",
            sort=None,
            title=None,
            axis=alt.Axis(orient="top", labelAngle=0, labelOverlap=True, domain=False, ticks=False),
        ),
        y=alt.Y(
            "name:N",
            scale=alt.Scale(domain=called.tolist()),
            title=None,
            axis=alt.Axis(labelLimit=260, labelFontSize=12, domain=False, ticks=False),
        ),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(color=alt.Color("value:Q", scale=scale, legend=None))
    dark = alt.condition(f"datum.value > {0.6 * most}", alt.value("white"), alt.value(COLORS["actual"]))
    text = base.mark_text(fontSize=11).encode(text="said:N", color=dark)
    width = min(max(58 * rows["label"].nunique(), 300), 760)
    chart = alt.layer(cells, text).properties(width=width, height=alt.Step(30))
    message = f"Base ships {in_money(total['base'], currency)} late or not at all"
    return titled(chart, message, f"revenue at risk in {axis}, by the {bucket_word()} in which it was wanted")


def bottlenecks(capacity_plan: pd.DataFrame, bottleneck_from: float, scenario: str = "base") -> alt.TopLevelMixin:
    """How full each resource is in each bucket of one scenario, the fullest first; full ones say how full."""
    rows = capacity_plan[(capacity_plan["scenario"] == scenario) & (capacity_plan["regular_available"] > 0)]
    most = rows.groupby("resource_id")["utilisation"].max().sort_values(ascending=False, kind="stable")
    full = int((most >= bottleneck_from).sum())
    shown = most.index[:MOST]
    rows = rows[rows["resource_id"].isin(shown)]
    said = rows["utilisation"].map(lambda value: f"{value:.0%}").where(rows["utilisation"] >= bottleneck_from, "")
    rows = rows.assign(
        label=bucket_labels(rows["bucket"]),
        said=said,
        level=pd.cut(
            rows["utilisation"],
            [-1, 0.7, bottleneck_from, 1.0001, 99],
            labels=["below 70 %", "busy", "bottleneck", "in overtime"],
            right=False,
        ).astype(str),
    )
    colours = alt.Scale(
        domain=["below 70 %", "busy", "bottleneck", "in overtime"],
        range=["#e6ecf3", "#b7cfee", COLORS["overtime"], COLORS["short"]],
    )
    base = alt.Chart(rows).encode(
        x=alt.X("label:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("resource_id:N", sort=shown.tolist(), title=None, axis=alt.Axis(labelLimit=200)),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(color=alt.Color("level:N", scale=colours, title=None))
    text = base.mark_text(fontSize=10, color="#1b1f24").encode(text="said:N")
    chart = alt.layer(cells, text).properties(width=760, height=alt.Step(24))
    reached = f"{in_share(bottleneck_from)} of their regular hours in some {bucket_word()}"
    message = f"{full} of {len(most)} resources reach {reached}"
    rest = f"; the {MOST} fullest of {len(most)}" if len(most) > MOST else ""
    return titled(chart, message, f"load over regular hours, scenario {scenario.replace('_', ' ')}{rest}")
