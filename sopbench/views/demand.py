"""Charts and tables of the demand review: what was cleaned, which methods won, the forecast and the consensus."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.buckets import buckets_a_year
from sopbench.contract.words import in_money, in_share, in_units
from sopbench.views.numbers import bucket_name, bucket_word, date_format, money_scale
from sopbench.views.theme import COLORS, titled

SERIES = ["item_id", "location_id"]

SHOWN_PAST = 2
"""Years of history beside a forecast."""

MOST = 12
"""Rows a table of people's attention shows."""

USUAL = (
    "best in backtest",
    "best in backtest of totals",
    "nothing beats it clearly",
    "kept from the last cycle",
    "best for its segment",
)
"""Why a method is chosen in the ordinary way."""

OWN = "each series its own"
"""What the plan does, beside one method for all."""

BRIDGE = {
    "statistical": "history alone",
    "sales": "sales",
    "marketing": "marketing",
    "finance": "finance",
    "overrides": "planners' overrides",
    "consensus": "consensus",
}
"""The steps from the statistical forecast to the consensus, in their order."""


def planned_in_words(demand_plan: pd.DataFrame, method_choice: pd.DataFrame, items: pd.DataFrame, currency: str) -> str:
    """What was planned, in a sentence: items, series, units and money over the horizon."""
    price = demand_plan["item_id"].map(items.set_index("item_id")["unit_price"])
    units, worth = demand_plan["consensus"].sum(), (demand_plan["consensus"] * price).sum()
    first, last = demand_plan["bucket"].min(), demand_plan["bucket"].max()
    return (
        f"{demand_plan['item_id'].nunique()} items at {len(method_choice)} item-locations are planned from "
        f"{bucket_name(first)} to {bucket_name(last)}: **{in_units(units)} units, {in_money(worth, currency)}** "
        "at list price."
    )


def cleaned_series(history: pd.DataFrame, items: pd.DataFrame, count: int = 4) -> alt.TopLevelMixin:
    """The series in which cleaning moved most money: ordered (black) and what methods learn from (blue)."""
    worth = _corrections(history, items).groupby(SERIES)["worth"].sum()
    chosen = worth.sort_values(ascending=False, kind="stable").head(count).index
    rows = history.set_index(SERIES).loc[chosen].reset_index()
    rows = rows.merge(items[["item_id", "description"]], on="item_id")
    rows = rows.assign(series=rows["description"] + ", " + rows["location_id"])
    rows = rows[["series", "bucket", "ordered", "cleaned", "reason"]]
    base = alt.Chart(rows).encode(x=alt.X("bucket:T", title=None, axis=alt.Axis(format="%Y", tickCount="year")))
    lines = [
        base.mark_line(color=COLORS[color], strokeWidth=width).encode(y=alt.Y(f"{name}:Q", title="units"))
        for name, color, width in (("ordered", "actual", 1.2), ("cleaned", "plan", 2.2))
    ]
    dots = base.transform_filter("datum.reason != ''").mark_circle(color=COLORS["short"], size=28).encode(y="ordered:Q")
    order = rows["series"].drop_duplicates().tolist()
    chart = alt.layer(*lines, dots).properties(width=330, height=140)
    panels = chart.facet(facet=alt.Facet("series:N", title=None, sort=order), columns=2).resolve_scale(y="independent")
    count = len(_corrections(history, items))
    message = f"{in_units(count)} {bucket_word(count)} {'was' if count == 1 else 'were'} not taken as ordered"
    note = f"red: {bucket_word(2)} corrected, as ordered; black: ordered; blue: what methods learn from"
    return titled(panels, message, note)


def method_accuracy(backtest: pd.DataFrame, method_choice: pd.DataFrame) -> alt.TopLevelMixin:
    """Share of demand missed in the backtest, had one method been used for all series, and as chosen for each."""
    if backtest.empty:
        return untried()
    missed = missed_by_method(backtest, method_choice)
    own = missed.set_index("method")["wape"]
    side = {OWN: "plan", "naive": "target", "seasonal_naive": "target"}
    missed = missed.assign(side=missed["method"].map(side).fillna("forecast"), said=missed["wape"].map(in_share))
    missed = missed.assign(label=missed["method"].str.replace("_", " "))
    base = alt.Chart(missed).encode(y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)))
    scale = alt.Scale(
        domain=list(side.values())[:2] + ["forecast"], range=[COLORS[name] for name in ("plan", "target", "forecast")]
    )
    bars = base.mark_bar(height=16).encode(
        x=alt.X("wape:Q", title="units missed, as a share of demand", axis=alt.Axis(format="%")),
        color=alt.Color("side:N", scale=scale, legend=None),
    )
    figures = base.mark_text(align="left", dx=5, color="#424a53").encode(x="wape:Q", text="said:N")
    message = f"The methods chosen miss {in_share(own[OWN])} of demand, naive {in_share(own['naive'])}"
    message += f", seasonal naive {in_share(own['seasonal_naive'])}"
    note = "one method for all series (light), naive ones (grey), each series its own (dark); same series and "
    note += bucket_word(2)
    return titled(alt.layer(bars, figures).properties(width=560, height=alt.Step(24)), message, note)


def missed_by_method(backtest: pd.DataFrame, method_choice: pd.DataFrame) -> pd.DataFrame:
    """Weighted absolute percentage error by method over what every method forecast, and as chosen; best first."""
    own, methods, parts = method_choice[[*SERIES, "method"]], backtest["method"].nunique() + 1, []
    for _, rows in backtest.groupby("origin"):  # one at a time: the cells of a large company take gigabytes
        every = pd.concat([rows, rows.merge(own, on=[*SERIES, "method"]).assign(method=OWN)])
        fair = every[every.groupby([*SERIES, "bucket"])["method"].transform("size") == methods]
        fair = fair.assign(missed=(fair["forecast"] - fair["actual"]).abs())
        parts.append(fair.groupby("method")[["missed", "actual"]].sum())
    sums = pd.concat(parts).groupby("method").sum()
    wape = (sums["missed"] / sums["actual"]).rename("wape")
    return wape.sort_values(kind="stable").reset_index()


def methods_chosen(method_choice: pd.DataFrame) -> pd.DataFrame:
    """How many series of each segment each method was chosen for, and its error against the naive one's."""
    rows = method_choice.assign(rmsse_naive=method_choice["rmsse_naive"].where(method_choice["rmsse"].notna()))
    sums = rows.groupby(["segment", "method"]).agg(
        series=("method", "size"), rmsse=("rmsse", "mean"), rmsse_naive=("rmsse_naive", "mean")
    )
    sums = sums.assign(gain_on_naive=1.0 - sums["rmsse"] / sums["rmsse_naive"].where(sums["rmsse_naive"] > 0))
    return sums.reset_index().sort_values(
        ["series", "segment", "method"], ascending=[False, True, True], ignore_index=True
    )


def not_by_backtest(method_choice: pd.DataFrame) -> pd.DataFrame:
    """Why series got their method otherwise than by beating naive in the backtest, and how many; most first."""
    won = method_choice["reason"].isin(USUAL)
    counts = method_choice[~won].groupby(["reason", "method"]).size().rename("series").reset_index()
    return counts.sort_values(["series", "reason", "method"], ascending=[False, True, True]).head(MOST)


def family_outlook(
    history: pd.DataFrame, demand_plan: pd.DataFrame, items: pd.DataFrame, budget: pd.DataFrame
) -> alt.TopLevelMixin:
    """By family: orders of the last two years, the forecast with its band, the consensus, and the budget."""
    family = items.set_index("item_id")["family"]
    past = history.assign(family=history["item_id"].map(family)).groupby(["family", "bucket"])["ordered"].sum()
    past = past.reset_index().groupby("family").tail(SHOWN_PAST * buckets_a_year(history["bucket"]))
    names = ["statistical", "p10", "p90", "consensus"]
    ahead = demand_plan.assign(family=demand_plan["item_id"].map(family)).groupby(["family", "bucket"])[names].sum()
    ahead = ahead.reset_index()
    last = budget.sort_values(["as_of", "version"], na_position="first").drop_duplicates(
        ["family", "bucket"], keep="last"
    )
    ahead = ahead.merge(last[["family", "bucket", "units"]], on=["family", "bucket"], how="left")
    rows = pd.concat([past, ahead])
    price = items.set_index("item_id")["unit_price"]
    worth = demand_plan["consensus"] * demand_plan["item_id"].map(price)
    order = worth.groupby(demand_plan["item_id"].map(family)).sum().sort_values(ascending=False).index.tolist()
    rows = rows[rows["family"].isin(order)].assign(label=rows["family"].str.replace("_", " "))
    base = alt.Chart(rows).encode(
        x=alt.X("bucket:T", title=None, axis=alt.Axis(format=date_format(), labelOverlap=True))
    )
    layers = [
        base.mark_area(color=COLORS["forecast"], opacity=0.25).encode(y=alt.Y("p10:Q", title="units"), y2="p90:Q"),
        base.mark_line(color=COLORS["forecast"], strokeDash=[4, 3]).encode(y="statistical:Q"),
        base.mark_line(color=COLORS["plan"]).encode(y="consensus:Q"),
        base.mark_line(color=COLORS["actual"]).encode(y="ordered:Q"),
        base.mark_tick(color=COLORS["budget"], thickness=2, width=8).encode(y="units:Q"),
    ]
    chart = alt.layer(*layers).properties(width=330, height=150)
    labels = [name.replace("_", " ") for name in order]
    panels = chart.facet(facet=alt.Facet("label:N", title=None, sort=labels), columns=2).resolve_scale(y="independent")
    note = (
        "black: ordered; dashed: from history; blue: consensus; band: p10 to p90 of all series added up; marks: budget"
    )
    return titled(panels, _growth(past, demand_plan), note)


def consensus_waterfall(bridge: pd.DataFrame, items: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """From the statistical forecast to the consensus over the horizon, in money at list price."""
    price = bridge["item_id"].map(items.set_index("item_id")["unit_price"])
    sums = bridge[list(BRIDGE)].mul(price, axis=0).sum()
    divisor, axis = money_scale(sums, currency)
    steps = [name for name in BRIDGE if name in ("statistical", "consensus") or abs(sums[name]) > 0.5]
    rows = pd.DataFrame({"label": [BRIDGE[name] for name in steps], "value": [sums[name] / divisor for name in steps]})
    moved = rows["value"].where(~pd.Series(steps).isin(["statistical", "consensus"]), 0.0)
    level = sums["statistical"] / divisor + moved.cumsum()
    whole = pd.Series(steps).isin(["statistical", "consensus"])
    rows = rows.assign(low=(level - moved).where(~whole, 0.0), high=level)
    rows = rows.assign(
        side=[
            "plan" if one else "up" if value >= 0 else "down" for one, value in zip(whole, rows["value"], strict=True)
        ]
    )
    rows = rows.assign(
        said=[
            in_money(value * divisor, currency) if one else f"{value:+,.2f}"
            for one, value in zip(whole, rows["value"], strict=True)
        ]
    )
    floor = rows[["low", "high"]].where(rows["low"] > 0).min().min() if len(steps) > 2 else 0.0
    floor = max(0.0, floor - 2.0 * (rows["high"].max() - floor))
    base = alt.Chart(rows.assign(low=rows["low"].clip(lower=floor))).encode(
        x=alt.X("label:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelLimit=150))
    )
    scale = alt.Scale(domain=["plan", "up", "down"], range=[COLORS["plan"], COLORS["good"], COLORS["short"]])
    y = alt.Y("low:Q", title=f"over the horizon, {axis}", scale=alt.Scale(domainMin=floor, zero=False))
    bars = base.mark_bar(size=70).encode(y=y, y2="high:Q", color=alt.Color("side:N", scale=scale, legend=None))
    text = base.mark_text(dy=-8, color="#424a53").encode(y="high:Q", text="said:N")
    difference = sums["consensus"] - sums["statistical"]
    side = "above" if difference >= 0 else "below"
    message = (
        f"The consensus is {in_money(abs(difference), currency)} ({in_share(abs(difference) / sums['statistical'])})"
    )
    note = "at list price; the axis does not start at 0" if floor > 0 else "at list price"
    return titled(
        alt.layer(bars, text).properties(width=640, height=240), f"{message} {side} what history alone says", note
    )


def largest_moves(bridge: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The items whose consensus was moved most, in money at list price, and by whom (units over the horizon)."""
    about = items[["item_id", "description", "family", "unit_price"]]
    sums = bridge.groupby("item_id")[list(BRIDGE)].sum().reset_index().merge(about, on="item_id")
    sums = sums.assign(money=(sums["consensus"] - sums["statistical"]) * sums["unit_price"])
    sums = sums.sort_values(["money", "item_id"], key=lambda each: -each.abs() if each.name == "money" else each)
    moved = [name for name in ("sales", "marketing", "finance", "overrides") if sums[name].abs().sum() > 0]
    return sums[["description", "family", "statistical", *moved, "consensus", "money"]].head(MOST)


def untried() -> alt.TopLevelMixin:
    """What stands in the place of a chart where no history was long enough to try methods on."""
    message = "No series has a history long enough to try methods on"
    return titled(alt.Chart(pd.DataFrame({"x": [0]})).mark_point(opacity=0).properties(width=420, height=20), message)


def coverage_by_lag(coverage: pd.DataFrame) -> alt.TopLevelMixin:
    """How often the backtest fell inside the 80 % interval, by buckets ahead."""
    if coverage.empty:
        return untried()
    counted = coverage.assign(hits=coverage["inside"] * coverage["observations"])
    sums = counted.groupby("lag")[["hits", "observations"]].sum()
    rows = (sums["hits"] / sums["observations"]).rename("inside").reset_index().assign(ahead=sums.index + 1)
    every = counted["hits"].sum() / counted["observations"].sum()
    rows = rows.assign(said=rows["inside"].map(in_share))
    base = alt.Chart(rows).encode(x=alt.X("ahead:O", title="buckets ahead", axis=alt.Axis(labelAngle=0)))
    bars = base.mark_bar(color=COLORS["forecast"], size=40).encode(
        y=alt.Y("inside:Q", title="inside the 80 % interval", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1]))
    )
    text = base.mark_text(dy=-10, color="white").encode(y=alt.datum(0), text="said:N")
    rule = (
        alt.Chart(pd.DataFrame({"meant": [0.8]}))
        .mark_rule(color=COLORS["actual"], strokeDash=[4, 3])
        .encode(y="meant:Q")
    )
    message = f"{in_share(every)} of past {bucket_word(2)} fell inside the band that is meant to hold 80 %"
    note = "each origin judged by the errors of the others; p10 to p90, or 0 to p80 where demand comes seldom"
    return titled(alt.layer(bars, text, rule).properties(width=420, height=200), message, note)


def _corrections(history: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The corrected buckets of the series' own history, with the change in units and its worth at list price."""
    rows = history[~history["reason"].isin(["", "like item", "predecessor"])]
    rows = rows.merge(items[["item_id", "description", "unit_price"]], on="item_id")
    change = rows["cleaned"] - rows["ordered"]
    return rows.assign(change=change, worth=change.abs() * rows["unit_price"])


def _growth(past: pd.DataFrame, demand_plan: pd.DataFrame) -> str:
    """The message: the first year of the consensus against the last year of orders."""
    year = min(buckets_a_year(past["bucket"]), past["bucket"].nunique(), demand_plan["bucket"].nunique())
    before = past[past["bucket"].isin(sorted(past["bucket"].unique())[-year:])]["ordered"].sum()
    after = demand_plan[demand_plan["bucket"].isin(sorted(demand_plan["bucket"].unique())[:year])]["consensus"].sum()
    change = after / before - 1.0 if before else 0.0
    side = "more" if change >= 0 else "less"
    said = f"Consensus for the next {year} {bucket_word(year)}: {in_units(after)} units"
    return f"{said}, {in_share(abs(change))} {side} than ordered in the last {year}"
