"""Charts and tables of monitoring: what is released, how well earlier plans foresaw demand, what came of them."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.measures import MEASURES
from sopbench.contract.words import first_upper, in_money, in_share
from sopbench.views.monitor_scorecard import figure
from sopbench.views.numbers import bucket_name, bucket_word, money_scale
from sopbench.views.theme import COLORS, PLAIN, titled

WIDTH = 620

STREAM_COLORS = {"consensus": COLORS["plan"], "statistical": COLORS["forecast"], "naive": COLORS["target"]}
"""Streams that stand out; what people hand in is drawn in the colour of an earlier word."""

KINDS = {
    "make": "production orders",
    "buy": "purchase requisitions",
    "subcontract": "subcontract orders",
    "move": "transfers",
}


def release_words(cycle: str, approval: dict[str, str] | None, params_file: str, orders: int) -> str:
    """One sentence: released by whose approval, or not released and how to approve."""
    if approval:
        said = f"Plan of **{cycle}** approved by **{approval['by']}** on {approval['at'][:10]}"
        return f"{said}, plan hash `{approval['plan_hash'][:12]}`: **{orders:,} orders released.**"
    return (
        f"The plan of **{cycle}** is **not approved, so nothing is released.** It would give {orders:,} orders. "
        f'To approve: `sopbench approve {params_file} --cycle {cycle} --by "Your name"`, then run this step again.'
    )


def orders_by_kind(orders: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """How many orders of each kind, how many of them firm, when they start, and their value at standard cost."""
    cost = orders["item_id"].map(items.set_index("item_id")["unit_cost"])
    groups = orders.assign(value=orders["qty"] * cost).groupby("kind")
    rows = groups.agg(
        orders=("order_id", "size"), firm=("firm", "sum"), first_start=("start", "min"), value=("value", "sum")
    )
    rows = rows.sort_values("value", ascending=False).reset_index()
    return rows.assign(kind=rows["kind"].map(KINDS))


def error_by_stream(accuracy: pd.DataFrame, lag: int = 0) -> alt.TopLevelMixin:
    """Each stream's error one bucket ahead over everything, the best first, and what it adds to the naive forecast."""
    rows = accuracy[(accuracy["level"] == "total") & (accuracy["lag"] == lag)].sort_values("wape")
    added = (rows["wape_naive"] - rows["wape"]) * 100
    said = added.map(lambda points: f"{points:+.1f} points against naive", na_action="ignore")
    said = rows["wape"].map(in_share) + "   " + said.where(rows["stream"] != "naive", "")
    rows = rows.assign(said=said, color=rows["stream"].map(STREAM_COLORS).fillna(COLORS["earlier"]))
    x = alt.X("wape:Q", title="error, share of what was ordered (WAPE)", axis=alt.Axis(format="%", tickCount=5))
    y = alt.Y("stream:N", sort=None, title=None, axis=alt.Axis(labelFontSize=12))
    base = alt.Chart(rows).encode(x=x.scale(domain=[0, rows["wape"].max() * 1.5]), y=y)
    bars = base.mark_bar(height={"band": 0.6}).encode(color=alt.Color("color:N", scale=None))
    chart = alt.layer(bars, base.mark_text(align="left", dx=6).encode(text="said:N"))
    same = f"repeating the last {bucket_word()}, on the same {bucket_word(2)}"
    note = f"items' errors weighted by list price; + means better than {same}"
    return titled(chart.properties(width=WIDTH, height=alt.Step(32)), _best_stream(rows), note)


def _best_stream(rows: pd.DataFrame) -> str:
    consensus, naive = (rows[rows["stream"] == name] for name in ("consensus", "naive"))
    said = f"The consensus missed one {bucket_word()} ahead by {in_share(consensus['wape'].iloc[0])}"
    if naive.empty:
        return said
    added = (naive["wape"].iloc[0] - consensus["wape"].iloc[0]) * 100
    said += f", {abs(added):.1f} points {'better' if added >= 0 else 'worse'} than the naive forecast"
    best = rows["stream"].iloc[0]
    return said if best == "consensus" else f"{said}; {best} was best"


def error_by_lag(accuracy: pd.DataFrame) -> alt.TopLevelMixin:
    """Error against how far ahead the plan was made: consensus, statistical and naive."""
    rows = accuracy[(accuracy["level"] == "total") & accuracy["stream"].isin(STREAM_COLORS)]
    rows = rows.assign(ahead=rows["lag"] + 1)
    scale = alt.Scale(domain=list(STREAM_COLORS), range=list(STREAM_COLORS.values()))
    base = alt.Chart(rows).encode(
        x=alt.X(
            "ahead:Q",
            title=f"{bucket_word(2)} ahead",
            axis=alt.Axis(format="d", tickMinStep=1),
            scale=alt.Scale(padding=20),
        ),
        y=alt.Y("wape:Q", title="error (WAPE)", axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domainMin=0)),
        color=alt.Color("stream:N", scale=scale, legend=None),
    )
    ends = _apart(rows[rows["lag"] == rows["lag"].max()].sort_values("wape"), rows["wape"].max() * 0.07)
    labels = base.mark_text(align="left", dx=8, fontWeight=600).encode(y="place:Q", text="stream:N")
    labels = labels.properties(data=ends)
    chart = alt.layer(base.mark_line(point=True), labels).properties(width=WIDTH - 80, height=200)
    consensus = rows[rows["stream"] == "consensus"].sort_values("lag")
    near, far = consensus["wape"].iloc[0], consensus["wape"].iloc[-1]
    message = (
        f"From one to {consensus['ahead'].iloc[-1]} {bucket_word(2)} ahead the error goes from {in_share(near)} to "
    )
    return titled(
        chart, message + in_share(far), f"each point: all earlier cycles that spoke of a {bucket_word()} that far ahead"
    )


def _apart(ends: pd.DataFrame, gap: float) -> pd.DataFrame:
    """Where the labels stand, lowest first: at their line's end, but never closer than `gap`."""
    steps = pd.Series(range(len(ends)), index=ends.index) * gap
    return ends.assign(place=(ends["wape"] - steps).cummax() + steps)


def bias_by_family(accuracy: pd.DataFrame, limit: float, lag: int = 0) -> alt.TopLevelMixin:
    """Which families are planned too high or too low, one bucket ahead, against the limit."""
    rows = accuracy[(accuracy["stream"] == "consensus") & (accuracy["level"] == "family") & (accuracy["lag"] == lag)]
    rows = rows.dropna(subset="bias").sort_values("bias", key=abs, ascending=False)
    beyond = rows["bias"].abs() > limit
    rows = rows.assign(said=rows["bias"].map("{:+.1%}".format), beyond=beyond, edge=rows["bias"].clip(lower=0))
    reach = max(rows["bias"].abs().max() * 1.3, limit * 1.3)
    x = alt.X("bias:Q", title="planned less ordered, share of ordered", axis=alt.Axis(format="+%", tickCount=7))
    x = x.scale(domain=[-reach, reach], nice=False)
    base = alt.Chart(rows).encode(
        y=alt.Y("key:N", sort=None, title=None, axis=alt.Axis(labelFontSize=12, labelExpr=PLAIN))
    )
    color = alt.condition("datum.beyond", alt.value(COLORS["short"]), alt.value(COLORS["stock"]))
    bars = base.mark_bar(height={"band": 0.6}).encode(x=x, color=color)
    labels = base.mark_text(align="left", dx=6).encode(x="edge:Q", text="said:N")
    limits = alt.Chart(pd.DataFrame({"bias": [-limit, limit]})).mark_rule(color=COLORS["target"], strokeDash=[4, 3])
    chart = alt.layer(bars, labels, limits.encode(x="bias:Q")).properties(width=WIDTH, height=alt.Step(32))
    count = f"{int(beyond.sum())} of {len(rows)} families" if beyond.any() else "No family"
    said = f"{count} planned more than {in_share(limit)} off to one side"
    return titled(chart, said, "right: planned too much; left: too little; dashed: the limit")


def share_by_family(kpis: pd.DataFrame, kpi: str) -> alt.TopLevelMixin:
    """A share (service, attainment) of each family against its target: the last bucket large, those before small.

    The line is the target of all; a family with one of its own is coloured by that.
    """
    rows = kpis[(kpis["kpi"] == kpi) & kpis["level"].isin(["total", "family"])]
    last = rows["bucket"].max()
    rows = rows.assign(last=rows["bucket"] == last, short=rows["value"] < rows["target"])
    now = rows[rows["last"]].sort_values("value")
    families = now[now["level"] == "family"]
    order = ["all", *families["key"]]
    now = now.assign(said=now["value"].map(in_share))
    low = min(rows["value"].min(), rows["target"].min()) - 0.05
    y = alt.Y(
        "key:N", sort=order, title=None, axis=alt.Axis(labelFontSize=12, labelExpr=PLAIN), scale=alt.Scale(domain=order)
    )
    scale = alt.Scale(domain=[max(low, 0), 1.06], zero=False, nice=False)
    up_to_all = alt.Axis(format="%", tickCount=6, labelExpr="datum.value > 1 ? '' : datum.label")
    x = alt.X("value:Q", title=MEASURES[kpi].title, axis=up_to_all, scale=scale)
    color = alt.condition("datum.short", alt.value(COLORS["short"]), alt.value(COLORS["good"]))
    before = alt.Chart(rows[~rows["last"] & rows["key"].isin(order)]).mark_circle(size=30, opacity=0.45)
    dots = alt.Chart(now).mark_circle(size=130, opacity=1).encode(x=x, y=y, color=color)
    labels = alt.Chart(now).mark_text(align="left", dx=9).encode(x=x, y=y, text="said:N")
    total = now[now["level"] == "total"].iloc[0]
    target = alt.Chart(now[now["level"] == "total"]).mark_rule(color=COLORS["target"], strokeDash=[4, 3])
    target = target.encode(x=alt.X("target:Q", scale=scale))
    chart = alt.layer(target, before.encode(x=x, y=y, color=color), dots, labels)
    said = f"{first_upper(MEASURES[kpi].title)} {in_share(total['value'])} in {bucket_name(last)}: "
    below = int(families["short"].sum())
    said += f"{below} of {len(families)} families below" if below else "no family below"
    own = families["target"].ne(total["target"]).any()
    said += " its own target" if own and not below else " their targets" if own else f" {in_share(total['target'])}"
    note = f"large: {bucket_name(last)}; small: the {bucket_word(2)} before; dashed: target"
    return titled(chart.properties(width=WIDTH, height=alt.Step(28)), said, note)


def money_against_plan(kpis: pd.DataFrame, kpi: str, currency: str) -> alt.TopLevelMixin:
    """What a measure in money (stock, production, demand, revenue) came to by family, beside what was planned."""
    rows = kpis[kpis["kpi"] == kpi]
    last = rows["bucket"].max()
    rows = rows[rows["bucket"] == last]
    families = rows[rows["level"] == "family"].sort_values("target", ascending=False).fillna({"target": 0.0})
    divisor, axis = money_scale(families[["value", "target"]].max(), currency)
    share = (families["value"] / families["target"] - 1).where(families["target"] > 0)
    families = families.assign(
        said=share.map("{:+.0%}".format, na_action="ignore").fillna("not planned"),
        value=families["value"] / divisor,
        target=families["target"] / divisor,
        end=families[["value", "target"]].max(axis=1) / divisor,
    )
    x = alt.X("value:Q", title=f"{kpi}, {axis}", scale=alt.Scale(domain=[0, families["end"].max() * 1.15]))
    base = alt.Chart(families).encode(
        y=alt.Y("key:N", sort=None, title=None, axis=alt.Axis(labelFontSize=12, labelExpr=PLAIN))
    )
    bars = base.mark_bar(color=COLORS["stock"], height={"band": 0.6}).encode(x=x)
    ticks = base.mark_tick(color=COLORS["plan"], thickness=3, height=24).encode(x="target:Q")
    labels = base.mark_text(align="left", dx=8).encode(x="end:Q", text="said:N")
    total = rows[rows["level"] == "total"].iloc[0]
    off = total["value"] - total["target"]
    said = f"{kpi.capitalize()} {in_money(total['value'], currency)} in {bucket_name(last)}, "
    said += f"{in_money(abs(off), currency)} {'above' if off >= 0 else 'below'} plan"
    chart = alt.layer(bars, ticks, labels).properties(width=WIDTH, height=alt.Step(32))
    return titled(chart, said, "bars: what happened; blue ticks: what the plan made last for it said")


def forecast_waterfall(waterfall: pd.DataFrame, currency: str, ahead: int = 3) -> alt.TopLevelMixin:
    """A row for each cycle: what it said of each bucket, at list price; last row: what was ordered."""
    totals = waterfall.groupby(["said_in", "bucket"], as_index=False)["value"].sum()
    ordered = totals[totals["said_in"] == "ordered"].set_index("bucket")["value"]
    buckets = sorted(totals["bucket"].unique())
    shown = [bucket for bucket in buckets if bucket in ordered.index][-12:]
    shown += [bucket for bucket in buckets if bucket > ordered.index.max()][:ahead]
    rows = totals[totals["bucket"].isin(shown)]
    divisor, axis = money_scale(rows["value"], currency)
    off = (rows["value"] / rows["bucket"].map(ordered) - 1).where(rows["said_in"] != "ordered")
    said = (rows["value"] / divisor).map("{:,.2f}".format)
    said += off.map(lambda share: f"  ({share:+.0%})", na_action="ignore").fillna("")
    rows = rows.assign(off=off, said=said, row=rows["said_in"].map(_row_name), label=rows["bucket"].map(bucket_name))
    names = [_row_name(each) for each in sorted(rows["said_in"].unique())]
    labels = [bucket_name(each) for each in shown]
    base = alt.Chart(rows).encode(
        x=alt.X("label:N", sort=labels, title=None, axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("row:N", sort=names, title=None, axis=alt.Axis(labelFontSize=12)),
    )
    colors = [COLORS["forecast"], "#ffffff", COLORS["overtime"]]
    scale = alt.Scale(domain=[-0.3, 0, 0.3], range=colors, clamp=True, interpolate="rgb")
    fill = alt.condition("isValid(datum.off)", alt.Color("off:Q", scale=scale, legend=None), alt.value("#f6f7f9"))
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=2).encode(color=fill)
    said_before = base.mark_text(fontSize=11).encode(text="said:N").transform_filter("datum.row != 'ordered'")
    came = base.mark_text(fontSize=11, fontWeight=700).encode(text="said:N").transform_filter("datum.row == 'ordered'")
    chart = alt.layer(cells, said_before, came).properties(width=alt.Step(96), height=alt.Step(30))
    note = f"{axis} at list price; orange: said too much, blue: too little against what was ordered (last row)"
    return titled(chart, _waterfall_message(rows), note)


def _row_name(said_in: str) -> str:
    return "ordered" if said_in == "ordered" else f"said in {bucket_name(pd.Timestamp(said_in))}"


def _waterfall_message(rows: pd.DataFrame) -> str:
    known = rows[rows["off"].notna()]
    last = known[known["bucket"] == known["bucket"].max()].sort_values("said_in")
    first, latest = last["off"].iloc[0], last["off"].iloc[-1]
    said = f"{bucket_name(last['bucket'].iloc[0])}: planned {_much(latest)} when it was next"
    return said if len(last) == 1 else f"{said}, {_much(first)} {len(last) - 1} cycles before"


def _much(off: float) -> str:
    return f"{in_share(abs(off))} too {'much' if off >= 0 else 'little'}"


def totals_table(kpis: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The company's figures by bucket, each as value and target in one cell, in words."""
    rows = kpis[kpis["level"] == "total"].sort_values(["kpi", "bucket"])
    cells = [
        figure(MEASURES[kpi], value, currency)
        + ("" if pd.isna(target) else f" (target {figure(MEASURES[kpi], target, currency)})")
        for kpi, value, target in zip(rows["kpi"], rows["value"], rows["target"], strict=True)
    ]
    wide = rows.assign(cell=cells).pivot_table(index="kpi", columns="bucket", values="cell", aggfunc="first")
    wide = wide.reindex([kpi for kpi in MEASURES if kpi in wide.index])
    wide.index = [MEASURES[kpi].title for kpi in wide.index]
    wide.columns = [bucket_name(bucket) for bucket in wide.columns]
    return wide.rename_axis("measure").reset_index().fillna("–")
