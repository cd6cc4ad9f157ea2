"""Charts of the pre-S&OP meeting: what each scenario changes, where orders are late, where capacity ends."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.words import in_money, in_share
from sopbench.views.numbers import money_scale
from sopbench.views.theme import COLORS, titled

COMPARED = {
    "revenue": "revenue",
    "contribution": "contribution",
    "inventory_average": "stock, on average",
}
"""The measures in money whose difference to base is drawn."""

MOST = 20
"""Rows a chart shows; the rest is counted in its note."""


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
        said=(rows["difference"] / divisor).map("{:+,.2f}".format),
        side=(rows["difference"] * less).ge(0).map({True: "good", False: "short"}),
    )
    colours = alt.Scale(domain=["good", "short"], range=[COLORS["good"], COLORS["short"]])
    reach = [min(rows["value"].min() * 1.45, 0), max(rows["value"].max() * 1.45, 0)] if len(rows) else [0, 1]
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
    if first["difference"] == 0:
        return "No scenario changes the contribution"
    verb = "adds" if first["difference"] > 0 else "takes"
    return f"{first['name']} {verb} {in_money(abs(first['difference']), currency)} of contribution, the largest change"


def late_by_bucket(shortages: pd.DataFrame, scenarios: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """Revenue of what is not shipped on time, by bucket, a row for each scenario, all on one scale."""
    sums = shortages.groupby(["scenario", "bucket"])["revenue_at_risk"].sum().reset_index()
    buckets = sorted(shortages["bucket"].unique())
    names = scenarios.sort_values(["kind", "scenario"])["scenario"].tolist()
    every = pd.MultiIndex.from_product([names, buckets], names=["scenario", "bucket"]).to_frame(index=False)
    rows = every.merge(sums, how="left").fillna({"revenue_at_risk": 0.0})
    divisor, axis = money_scale(rows["revenue_at_risk"], currency)
    labels = rows["bucket"].dt.strftime("%b %y" if (rows["bucket"].dt.day == 1).all() else "%Y-%m-%d")
    total = rows.groupby("scenario")["revenue_at_risk"].transform("sum")
    name = rows["scenario"].str.replace("_", " ") + ": " + total.map(lambda value: in_money(value, currency))
    rows = rows.assign(label=labels, value=rows["revenue_at_risk"] / divisor, name=name)
    x = alt.X("label:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    bars = alt.Chart(rows).mark_bar(color=COLORS["short"]).encode(x=x, y=alt.Y("value:Q", title=axis))
    row = alt.Row(
        "name:N", sort=name.unique().tolist(), title=None, header=alt.Header(labelOrient="top", labelAnchor="start")
    )
    chart = bars.properties(width=760, height=60).facet(row=row, spacing=6)
    base = in_money(sums.loc[sums["scenario"] == "base", "revenue_at_risk"].sum(), currency)
    return titled(
        chart, f"Base ships {base} late or not at all", "revenue at risk by the bucket in which it was wanted"
    )


def bottlenecks(capacity_plan: pd.DataFrame, bottleneck_from: float, scenario: str = "base") -> alt.TopLevelMixin:
    """How full each resource is in each bucket of one scenario, the fullest first; full ones say how full."""
    rows = capacity_plan[(capacity_plan["scenario"] == scenario) & (capacity_plan["regular_available"] > 0)]
    most = rows.groupby("resource_id")["utilisation"].max().sort_values(ascending=False, kind="stable")
    full = int((most >= bottleneck_from).sum())
    shown = most.index[:MOST]
    rows = rows[rows["resource_id"].isin(shown)]
    labels = rows["bucket"].dt.strftime("%b %y" if (rows["bucket"].dt.day == 1).all() else "%Y-%m-%d")
    said = rows["utilisation"].map(lambda value: f"{value:.0%}").where(rows["utilisation"] >= bottleneck_from, "")
    rows = rows.assign(
        label=labels,
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
    message = f"{full} of {len(most)} resources reach {in_share(bottleneck_from)} of their regular hours in some bucket"
    rest = f"; the {MOST} fullest of {len(most)}" if len(most) > MOST else ""
    return titled(chart, message, f"load over regular hours, scenario {scenario.replace('_', ' ')}{rest}")
