"""The demand review's chart of one selection: history and forecast, the streams, or what earlier cycles said."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from sopbench.contract.words import in_share
from sopbench.views.meetings.demand_review_read import Shown
from sopbench.views.meetings.demand_review_scope import Scope
from sopbench.views.numbers import bucket_word, date_format, money_scale
from sopbench.views.theme import COLORS, titled

VIEWS = {"forecast": "Forecast", "streams": "Who says what", "earlier": "Earlier forecasts"}
"""What the chart shows."""

CLEANED = 0.03
"""Share of the orders by which cleaning must move a bucket to be marked."""

YEARS_SHOWN = 2

STREAM_COLORS = {"statistical": "forecast", "sales": "good", "marketing": "overtime", "finance": "stock"}

LABELS_APART = 0.07
"""Share of the chart's height between the names of two lines."""

WIDTH, HEIGHT = 640, 206


@lru_cache(maxsize=4)
def past_of(shown: Shown, scope: Scope, in_money: bool) -> pd.DataFrame:
    """Orders and cleaned history of a selection by bucket (units, or money at list price); empty without history.

    For a customer or channel orders come from the sales, and nothing is known of cleaning.
    """
    rows = shown.rows.iloc[scope.places(shown.rows)]
    price = shown.items.set_index("item_id")["unit_price"]
    if scope.who:
        keys = ["item_id", "location_id", "customer_id"]
        found = shown.sales.merge(rows[keys].drop_duplicates(), on=keys)
        found = found.rename(columns={"qty_ordered": "ordered"}).assign(cleaned=np.nan)
    else:
        keys = ["item_id", "location_id"]
        places = [shown.history_of[item] for item in rows["item_id"].unique() if item in shown.history_of]
        found = shown.history.iloc[np.concatenate(places) if places else []]
        if scope.where:
            found = found.merge(rows[keys].drop_duplicates(), on=keys)
    if in_money:
        worth = found["item_id"].map(price)
        found = found.assign(ordered=found["ordered"] * worth, cleaned=found["cleaned"] * worth)
    return found.groupby("bucket")[["ordered", "cleaned"]].sum(min_count=1).reset_index()


def ahead_of(shown: Shown, scope: Scope, in_money: bool, plan: np.ndarray | None = None) -> pd.DataFrame:
    """The streams of a selection by bucket (units, or money at list price); `plan` stands in for the consensus."""
    at = scope.places(shown.rows)
    worth = shown.price[at, None] if in_money else 1.0
    said = {**shown.streams, "consensus": shown.streams["consensus"] if plan is None else plan}
    return pd.DataFrame({"bucket": shown.buckets, **{name: (units[at] * worth).sum(0) for name, units in said.items()}})


def streams_of(shown: Shown, scope: Scope, in_money: bool, plan: np.ndarray) -> tuple[pd.DataFrame, dict[str, float]]:
    """What the plan would be with each stream that speaks of a selection in the consensus's place, and by how much off.

    Where a stream is silent the consensus stands in; how much it is off (a share) is of the cells in which it speaks.
    """
    at = scope.places(shown.rows)
    worth = shown.price[at, None] if in_money else np.ones((len(at), 1))
    lines, gaps = {}, {}
    for name in STREAM_COLORS:
        units, speaks = shown.streams[name][at], ~np.isnan(shown.streams[name][at])
        base = (plan[at] * worth)[speaks].sum()
        if speaks.any() and base > 0:
            lines[name] = (np.where(speaks, units, plan[at]) * worth).sum(axis=0)
            gaps[name] = (units * worth)[speaks].sum() / base - 1
    return pd.DataFrame({"bucket": shown.buckets, **lines, "consensus": (plan[at] * worth).sum(axis=0)}), gaps


def earlier_of(shown: Shown, scope: Scope, in_money: bool) -> pd.DataFrame:
    """What earlier cycles planned for the same selection: cycle, bucket, value."""
    at = scope.places(shown.rows)
    worth = shown.price[at, None] if in_money else 1.0
    found = [
        pd.DataFrame({"cycle": each.cycle.start, "bucket": each.buckets, "value": np.nansum(each.units[at] * worth, 0)})
        for each in shown.past
    ]
    return pd.concat(found) if found else pd.DataFrame({"cycle": [], "bucket": [], "value": []})


def events_of(shown: Shown, scope: Scope) -> pd.DataFrame:
    """The events in the horizon that move a selection: bucket (their first day) and what they say."""
    rows = shown.rows.iloc[scope.places(shown.rows)]
    scopes = {"all", *("item:" + rows["item_id"].unique()), *("family:" + rows["family"].unique())}
    if scope.what and scope.what[0] != "item_id" or not scope.what:
        scopes = {each for each in scopes if not each.startswith("item:")}
    found = shown.events[shown.events["scope"].isin(scopes) & (shown.events["end"] >= shown.buckets[0])]
    found = found[found["start"] <= shown.buckets[-1]]
    said = found["event_id"] + found["uplift"].map(" {:+.0%}".format)
    return pd.DataFrame({"bucket": found["start"].clip(lower=shown.buckets[0]), "said": said})


def selection_chart(
    shown: Shown, scope: Scope, view: str, in_money: bool, plan: np.ndarray | None = None
) -> tuple[alt.TopLevelMixin, pd.DataFrame]:
    """The chart of a selection in one of VIEWS, and the rows it draws."""
    past = past_of(shown, scope, in_money)
    past = past[past["bucket"] < shown.buckets[0]].tail(YEARS_SHOWN * shown.year)
    ahead = ahead_of(shown, scope, in_money, plan)
    earlier = earlier_of(shown, scope, in_money) if view == "earlier" else None
    values = pd.concat([past["ordered"], ahead["consensus"], ahead["p90"]])
    divisor, axis = money_scale(values, shown.cycle.params.currency) if in_money else (1.0, "units")
    columns = [name for name in ahead if name != "bucket"]
    behind = pd.concat([past, ahead], ignore_index=True)
    past = past.assign(ordered=past["ordered"] / divisor, cleaned=past["cleaned"] / divisor)
    ahead = ahead.assign(**ahead[columns] / divisor)
    said = scope.said(shown.names)
    lines = [_line(past, "ordered", "actual", axis)]
    if view == "streams":
        behind, gaps = streams_of(shown, scope, in_money, shown.streams["consensus"] if plan is None else plan)
        drawn, note = _streams(behind.assign(**behind.drop(columns="bucket") / divisor), axis)
        message = f"{said}: {_who_differs(gaps)}"
    elif view == "earlier":
        drawn, note = _earlier(ahead, earlier.assign(value=earlier["value"] / divisor), axis)
        message = f"{said}: {_moved(ahead, earlier.assign(value=earlier['value'] / divisor))}"
        behind = earlier
    else:
        drawn, note = _forecast(past, ahead, axis)
        message = f"{said}: {_growth(shown, past, ahead)}"
    marks = _event_marks(events_of(shown, scope))
    chart = alt.layer(*marks, *lines, *drawn).properties(width=WIDTH, height=HEIGHT)
    return titled(chart, message, note + ("; grey lines: events" if marks else "")), behind


def _x() -> alt.X:
    return alt.X("bucket:T", title=None, axis=alt.Axis(format=date_format(), labelOverlap=True))


def _line(rows: pd.DataFrame, name: str, colour: str, axis: str, **look: object) -> alt.Chart:
    y = alt.Y(f"{name}:Q", title=axis, scale=alt.Scale(zero=False, nice=True))
    return alt.Chart(rows[["bucket", name]]).mark_line(color=COLORS[colour], **look).encode(x=_x(), y=y)


def _forecast(past: pd.DataFrame, ahead: pd.DataFrame, axis: str) -> tuple[list[alt.Chart], str]:
    band = alt.Chart(ahead[["bucket", "p10", "p90"]]).mark_area(color=COLORS["forecast"], opacity=0.25)
    y = alt.Y("p10:Q", title=axis, scale=alt.Scale(zero=False))
    layers = [band.encode(x=_x(), y=y, y2="p90:Q"), _line(ahead, "statistical", "forecast", axis, strokeDash=[4, 3])]
    layers.append(_line(ahead, "consensus", "plan", axis))
    moved = past[(past["cleaned"] - past["ordered"]).abs() > CLEANED * past["ordered"].abs()]
    note = "so far: ordered; dashed: from history; blue: consensus; band: p10 to p90 added up"
    if len(moved):
        dots = alt.Chart(moved[["bucket", "cleaned"]]).mark_circle(color=COLORS["short"], size=26)
        layers.append(dots.encode(x=_x(), y=alt.Y("cleaned:Q", title=axis)))
        note += "; red: as cleaned"
    return layers, note


def _streams(lines: pd.DataFrame, axis: str) -> tuple[list[alt.Chart], str]:
    names = [name for name in lines if name not in ("bucket", "consensus")]
    layers = [_line(lines, name, STREAM_COLORS[name], axis) for name in names]
    layers.append(_line(lines, "consensus", "plan", axis, strokeWidth=3))
    note = "so far: ordered; each line is named at its end; where a stream is silent the consensus stands in"
    return [*layers, *_end_labels(lines, [*names, "consensus"])], note


def _end_labels(lines: pd.DataFrame, names: list[str]) -> list[alt.Chart]:
    """The names of lines at their ends, moved apart where they would lie on each other."""
    ends = lines[names].iloc[-1].sort_values()
    span = max(lines[names].to_numpy().max() - min(lines[names].to_numpy().min(), 0.0), 1e-9)
    at, least = {}, -np.inf
    for name, value in ends.items():
        at[name] = least = max(value, least + LABELS_APART * span)
    shift = (sum(at.values()) - ends.sum()) / len(at)
    return [
        alt.Chart(pd.DataFrame({"bucket": lines["bucket"].tail(1), "value": [at[name] - shift], "said": [name]}))
        .mark_text(align="left", dx=5, color=COLORS[STREAM_COLORS.get(name, "plan")], fontWeight="bold")
        .encode(x=_x(), y="value:Q", text="said:N")
        for name in names
    ]


def _earlier(ahead: pd.DataFrame, earlier: pd.DataFrame, axis: str) -> tuple[list[alt.Chart], str]:
    layers = []
    for place, (_, rows) in enumerate(sorted(earlier.groupby("cycle"), reverse=True)):
        layers.append(_line(rows, "value", "earlier", axis, opacity=max(0.25, 0.9 - 0.2 * place), strokeWidth=1.5))
    layers.append(_line(ahead, "consensus", "plan", axis))
    return layers, "so far: ordered; blue: consensus now; pink: that of earlier cycles, the older the fainter"


def _event_marks(events: pd.DataFrame) -> list[alt.Chart]:
    if events.empty:
        return []
    rules = alt.Chart(events).mark_rule(color=COLORS["target"], strokeDash=[2, 2]).encode(x=_x())
    texts = alt.Chart(events.drop_duplicates("bucket")).mark_text(
        color="#59636e", align="left", baseline="top", dx=3, fontSize=9
    )
    return [rules, texts.encode(x=_x(), y=alt.value(0), text="said:N")]


def _growth(shown: Shown, past: pd.DataFrame, ahead: pd.DataFrame) -> str:
    year = shown.year
    asked = min(year, len(ahead))  # of a year that is not planned to its end, the same buckets a year before
    before, after = past["ordered"].tail(year).head(asked).sum(), ahead["consensus"].head(year).sum()
    against = ahead["statistical"].head(year).sum()
    words = []
    if len(past) >= year and before > 0:
        than = f"the last {year} {bucket_word(year)}" if asked == year else "the same time last year"
        words.append(f"{_signed(after / before - 1)} on {than}")
    if against > 0:
        words.append(f"{_signed(after / against - 1)} on what history says")
    return "consensus " + ", ".join(words) if words else "no history to stand beside the consensus"


def _who_differs(gaps: dict[str, float]) -> str:
    """Which stream is furthest from the consensus where it speaks."""
    if not gaps:
        return "nobody handed in a forecast"
    name = max(gaps, key=lambda each: abs(gaps[each]))
    return f"{name} says {_signed(gaps[name])} against the consensus, where it speaks"


def _moved(ahead: pd.DataFrame, earlier: pd.DataFrame) -> str:
    """By how much the consensus moved since the last cycle, over the buckets both plan."""
    if earlier.empty:
        return "no earlier cycle was planned"
    last = earlier[earlier["cycle"] == earlier["cycle"].max()]
    both = ahead[["bucket", "consensus"]].merge(last, on="bucket")
    if both["value"].sum() <= 0:
        return "last cycle planned nothing"
    return f"consensus {_signed(both['consensus'].sum() / both['value'].sum() - 1)} on last cycle"


def _signed(share: float) -> str:
    return ("+" if share >= 0 else "−") + in_share(abs(share))
