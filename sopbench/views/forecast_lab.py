"""Charts and tables of the forecast lab: the leaderboard, its segments, the worst series, the effect on the plan."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from sopbench.contract.words import in_money, in_share, in_units
from sopbench.views.numbers import bucket_name, bucket_word, date_format, money_scale
from sopbench.views.theme import COLORS, titled

if TYPE_CHECKING:
    from sopbench.lab.effect import Effect

SERIES = ["item_id", "location_id"]

CHOICE = "the cycle's choice"
"""How the lab calls what the cycle does now."""

MATTERS = 0.001
"""Share of all money missed below which a segment is neither coloured nor spoken of."""

FACTS = ("series", "money_missed", "stock_too_much", "margin_missed", "wape", "bias", "seconds", "could_not")
FIGURES = ("series_won", "coverage", "pinball", "mase", "rmsse", "rmsse_total")
MONEY = ("money_missed", "stock_too_much", "margin_missed")
SHARES = ("wape", "bias", "coverage", "pinball", "mase", "rmsse", "rmsse_total")
"""Columns of a leaderboard: what comes first and last, what is money and what is a share."""

FARTHEST = 0.5
"""Share by which a method may miss more or less than the cycle's choice before its colour is no stronger."""

UNKNOWN = "Not all methods of the cycle are tried yet: there is nothing to compare with"

LINES = ("#1f6feb", "#e8a33d", "#257a4c", "#d9619f")
"""Colours of the methods of a chart of series, in their order."""

PAST = 30
"""Buckets of history shown before the last one compared."""

MOST_METHODS = 3
"""Methods drawn beside the cycle's in a chart of series."""


def board(leaderboard: pd.DataFrame, seconds: bool = True) -> pd.DataFrame:
    """The leaderboard as people read it: the segment where there are several, and columns in the order of money."""
    several = ["segment"] if len(leaderboard["segment"].unique()) > 1 else []
    names = [*several, "method", *FACTS, *FIGURES]
    return leaderboard[[name for name in names if seconds or name != "seconds"]].rename(
        columns={"seconds": "seconds_per_1,000"}
    )


def money_and_speed(leaderboard: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """Money each method misses over all series, and beside it the seconds it takes for 1,000 of them, if clocked."""
    every = leaderboard[leaderboard["segment"] == "all"]
    rows = every[every["money_missed"].notna()]
    rows = rows.assign(label=rows["method"].str.replace("_", " "), kind=_kind(rows))
    divisor, axis = money_scale(rows["money_missed"], currency)
    rows = rows.assign(money=rows["money_missed"] / divisor, said=rows["wape"].map(in_share))
    order = rows["label"].tolist()
    scale = alt.Scale(domain=["added", "choice", "cycle"], range=[COLORS["plan"], COLORS["actual"], COLORS["forecast"]])
    base = alt.Chart(rows[["label", "kind", "money", "said", "seconds"]]).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
        color=alt.Color("kind:N", scale=scale, legend=None),
    )
    bars = base.mark_bar(height=15).encode(x=alt.X("money:Q", title=f"missed at list price, {axis}"))
    text = base.mark_text(align="left", dx=4, color="#424a53").encode(
        x="money:Q", text="said:N", color=alt.value("#424a53")
    )
    timed = base.transform_filter("isValid(datum.seconds)").encode(
        x=alt.X(
            "seconds:Q",
            title="seconds for 1,000 series",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(values=[10.0**power for power in range(-3, 5)], format="~g", labelFlush=False),
        ),
        y=alt.Y("label:N", sort=order, title=None, axis=None, scale=alt.Scale(domain=order)),
    )
    dots = timed.mark_circle(size=90, opacity=1.0)
    height = alt.Step(23)
    chart = alt.layer(bars, text).properties(width=430, height=height)
    if rows["seconds"].notna().any():
        chart = alt.hconcat(chart, dots.properties(width=190, height=height))
    note = "blue: added in the lab; black: what the cycle does now; light: one method of the cycle for all series. "
    lacking = every.loc[every["money_missed"].isna(), "method"].str.replace("_", " ")
    told = [note + "Figures: share of demand missed"]
    told += [f"Not compared, as too many series are lacking: {', '.join(lacking)}"] if len(lacking) else []
    return titled(chart, _first(rows, currency), *told)


def by_segment(leaderboard: pd.DataFrame, currency: str = "") -> alt.TopLevelMixin:
    """Money missed by method and segment, against what the cycle's choice misses there: green is less, red is more.

    A segment that hardly costs anything (MATTERS) has no colour. Says so where the cycle's choice is not known yet.
    """
    rows = leaderboard[leaderboard["money_missed"].notna()]
    now = rows[rows["method"] == CHOICE].set_index("segment")["money_missed"]
    rows = rows[rows["method"] != CHOICE]
    rows = rows.assign(now=rows["segment"].map(now))
    rows = rows.assign(against=rows["money_missed"] / rows["now"] - 1.0)
    rows = rows[rows["against"].notna()]
    order = leaderboard.loc[leaderboard["segment"] == "all", "method"].str.replace("_", " ").tolist()
    heads = rows.drop_duplicates("segment")
    lines = [
        heads["segment"] + ", " + heads["series"].map(in_units),
        heads["now"].map(partial(in_money, currency=currency)),
    ]
    heads = dict(zip(heads["segment"], lines[0] + "\n" + lines[1], strict=True))
    matters = rows["now"] >= MATTERS * now.get("all", 0.0)
    rows = rows.assign(
        label=rows["method"].str.replace("_", " "),
        head=rows["segment"].map(heads),
        said=rows["against"].map("{:+z.1%}".format),
        strong=matters & (rows["against"].abs() > 0.85 * FARTHEST),
        colour=rows["against"].clip(-FARTHEST, FARTHEST).where(matters, 0.0),
    )
    base = alt.Chart(rows[["label", "head", "said", "strong", "colour"]]).encode(
        x=alt.X(
            "head:N",
            sort=list(heads.values()),
            title=None,
            axis=alt.Axis(
                labelAngle=0, orient="top", ticks=False, labelPadding=18, labelExpr=r"split(datum.label, '\n')"
            ),
        ),
        y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
    )
    scale = alt.Scale(
        domain=[-FARTHEST, 0.0, FARTHEST],
        range=[COLORS["good"], "#f7f8f9", COLORS["short"]],
        clamp=True,
        interpolate="rgb",
    )
    boxes = base.mark_rect(stroke="white", strokeWidth=2).encode(color=alt.Color("colour:Q", scale=scale, legend=None))
    text = base.mark_text().encode(
        text="said:N", color=alt.condition("datum.strong", alt.value("white"), alt.value("#1b1f24"))
    )
    chart = alt.layer(boxes, text).properties(width=alt.Step(118), height=alt.Step(25))
    note = (
        "money missed by one method for all, against the cycle's choice of a method for each series; above: series and"
    )
    note += " money missed by the cycle's choice"
    return titled(chart, _wins(rows[matters], currency) if len(now) else UNKNOWN, note)


def worst_series(
    backtest: pd.DataFrame, values: pd.DataFrame, worst: pd.DataFrame, methods: list[str], currency: str
) -> alt.TopLevelMixin:
    """The series of `worst`: what was ordered (cleaned units), and what the cycle's method and `methods` said before.

    `values` are cleaned units by series and bucket; each line starts at an origin of the backtest.
    """
    methods = methods[:MOST_METHODS]
    labels = worst["description"] + ", " + worst["location_id"]
    labels = [
        f"{label}: {in_money(money, currency)} ({method.replace('_', ' ')})"
        for label, money, method in zip(labels, worst["money_missed"], worst["chosen"], strict=True)
    ]
    told = worst[SERIES].assign(series=labels)
    past = values.loc[pd.MultiIndex.from_frame(worst[SERIES])].iloc[:, -PAST:]
    past = past.rename_axis(columns="bucket").stack().rename("units").reset_index()  # noqa: PD013
    rows = backtest.merge(worst[[*SERIES, "chosen"]], on=SERIES)
    chosen = rows[rows["method"] == rows["chosen"]].assign(who="the cycle's method")
    others = rows[rows["method"].isin(methods)]
    lines = pd.concat([chosen, others.assign(who=others["method"].str.replace("_", " "))])
    lines = lines.rename(columns={"forecast": "units"}).merge(told, on=SERIES)
    lines = lines.assign(line=lines["who"] + lines["origin"].astype(str))[["series", "bucket", "units", "who", "line"]]
    past = past.merge(told, on=SERIES)[["series", "bucket", "units"]]
    rows = pd.concat([past.assign(who="", line=""), lines])
    x = alt.X("bucket:T", title=None, axis=alt.Axis(format=date_format(), tickCount=6))
    base = alt.Chart(rows).encode(x=x, y=alt.Y("units:Q", title="units"))
    who = ["the cycle's method", *(name.replace("_", " ") for name in methods)]
    scale = alt.Scale(domain=who, range=list(LINES[: len(who)]))
    came = base.transform_filter("datum.who == ''").mark_line(color=COLORS["actual"], strokeWidth=1.6)
    said = base.transform_filter("datum.who != ''").mark_line(strokeWidth=1.8, opacity=0.85)
    said = said.encode(color=alt.Color("who:N", scale=scale, title=None), detail="line:N")
    panels = (
        alt.layer(came, said)
        .properties(width=340, height=150)
        .facet(facet=alt.Facet("series:N", title=None, sort=labels), columns=2)
        .resolve_scale(y="independent")
    )
    better = sum((worst[name] < worst["money_missed"]).sum() for name in methods[:1])
    message = f"The {in_units(len(worst))} series whose misses cost most"
    message += f": {methods[0].replace('_', ' ')} would have missed less on {better or 'none'}" if methods else ""
    note = f"black: {bucket_word(2)} as they came, cleaned; coloured: what was said from each origin. "
    note += "Titles: money missed by the cycle's method"
    return titled(panels, message, note)


def change_by_bucket(effect: Effect) -> alt.TopLevelMixin:
    """What the change moves in the consensus, by family and bucket, in money at list price."""
    rows = effect.buckets.assign(change=effect.buckets["money_after"] - effect.buckets["money_before"])
    order = [name for name in effect.family["family"] if name in set(rows["family"])]
    divisor, axis = money_scale(rows["change"], effect.currency)
    rows = rows.assign(
        money=rows["change"] / divisor,
        label=rows["family"].str.replace("_", " "),
    )
    bars = alt.Chart(rows[["label", "bucket", "money"]]).mark_bar(size=11, color=COLORS["plan"])
    bars = bars.encode(
        x=alt.X(
            "bucket:T", title=None, axis=alt.Axis(format=date_format(), labelOverlap=True), scale=alt.Scale(padding=8)
        ),
        y=alt.Y("money:Q", title=axis),
    ).properties(width=340, height=110)
    labels = [name.replace("_", " ") for name in order]
    panels = bars.facet(facet=alt.Facet("label:N", title=None, sort=labels), columns=2)
    moved = effect.family.set_index("family")["money_moved"]
    total = (
        effect.buckets.groupby("bucket")["money_after"].sum() - effect.buckets.groupby("bucket")["money_before"].sum()
    )
    most = total.abs().idxmax()
    message = "The plan stays as it is"
    if moved.max() > 0:
        message = f"{order[0].replace('_', ' ').capitalize()} move most"
        message += f"; {bucket_name(most)} changes by {in_money(total[most], effect.currency)} over all families"
    return titled(panels, message, "consensus with the added methods less the one without, at list price")


def effect_table(effect: Effect) -> pd.DataFrame:
    """The effect by family as people read it: what moves, what is missed, what stock binds; most money moved first."""
    rows = effect.family
    return pd.DataFrame(
        {
            "family": rows["family"],
            "series": rows["series"],
            "series_changed": rows["series_changed"],
            "money_moved": rows["money_moved"],
            "plan_before": rows["money_before"],
            "plan_change": rows["money_after"] - rows["money_before"],
            "units_change": rows["units_after"] - rows["units_before"],
            "missed_before": rows["money_missed_before"],
            "missed_change": rows["money_missed_after"] - rows["money_missed_before"],
            "wape_before": rows["wape_before"],
            "wape_after": rows["wape_after"],
            "safety_stock_change": rows["safety_stock_after"] - rows["safety_stock_before"],
        }
    )


EFFECT_MONEY = ("money_moved", "plan_before", "plan_change", "missed_before", "missed_change", "safety_stock_change")
"""The columns of `effect_table` that are money."""


def _kind(rows: pd.DataFrame) -> pd.Series:
    added = rows["added"].map({True: "added", False: "cycle"})
    return added.where(rows["method"] != CHOICE, "choice")


def _first(rows: pd.DataFrame, currency: str) -> str:
    """The message of a leaderboard: the best method added, against what the cycle does."""
    added, now = rows[rows["added"]], rows.loc[rows["method"] == CHOICE, "money_missed"]
    if not len(added):
        return f"{rows['label'].iloc[0].capitalize()} misses least money of all methods"
    best = added.iloc[0]
    said = f"{best['label'].capitalize()}, for all series, misses "
    if not len(now):
        return said + in_money(best["money_missed"], currency)
    change = best["money_missed"] - now.iloc[0]
    said += f"{in_money(abs(change), currency)} {'less' if change < 0 else 'more'} than the cycle's choice"
    return f"{said}, {in_money(now.iloc[0], currency)}"


def _wins(rows: pd.DataFrame, currency: str) -> str:
    """The message of the segments: where an added method alone spares most against the cycle's choice."""
    spared = (rows["now"] - rows["money_missed"]).round(2)
    better = rows.assign(spared=spared)[rows["added"] & (spared > 0) & (rows["segment"] != "all")]
    if not len(better):
        return "In no segment does an added method alone miss less than the cycle's choice"
    best = better.sort_values("spared").iloc[-1]
    others = better["segment"].nunique() - 1
    said = (
        f"{best['label'].capitalize()}, alone, misses {in_money(best['spared'], currency)} less than the cycle's choice"
    )
    said += f" on {best['segment']} series"
    return said + (f"; in {others} more segment{'s' if others > 1 else ''} one misses less" if others else "")
