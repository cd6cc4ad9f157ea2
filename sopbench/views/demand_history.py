"""Charts and tables of what was changed in the demand history, how to reverse it, and what events brought."""

from __future__ import annotations

import json

import altair as alt
import numpy as np
import pandas as pd

from sopbench.contract.buckets import are_months
from sopbench.contract.words import counted, in_share, in_units
from sopbench.params.demand import REVERSIBLE
from sopbench.views.theme import COLORS, titled

MOST = 12
"""Rows a table of people's attention shows."""

DRAWN = 200
"""Events a chart shows as dots: those that spoke of most units."""

SIGNS = 2.0
"""Standard errors from which an event is said to have come out other than promised."""


def corrections_by_kind(corrections: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """What each kind of correction did: buckets, units added and taken out, money at list price, and how many reversed.

    A row a kind, in the order they are made; what comes from another item is no correction and left out.
    """
    rows = _worth(corrections, items)
    rows = rows.assign(added=rows["change"].clip(lower=0), taken=rows["change"].clip(upper=0))
    rows["made"] = ~rows["reversed"]
    sums = rows.groupby(["step", "correction"]).agg(
        buckets=("made", "sum"),
        units_added=("added", "sum"),
        units_taken_out=("taken", "sum"),
        money=("worth", "sum"),
        reversed=("reversed", "sum"),
    )
    return sums.reset_index().drop(columns="step")


def largest_changes(corrections: pd.DataFrame, items: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The corrections of most money, one a row: units before and after, why, and the line that would reverse each.

    The line is ready to paste under demand: keep: in the params file; owner and reason are to be filled in. It is empty
    where a correction cannot be reversed one by one.
    """
    rows = _worth(corrections[~corrections["reversed"]], items)
    rows = rows.sort_values(["worth", "correction_id"], ascending=[False, True]).head(most)
    rows = rows.rename(columns={"worth": "money"}).assign(keep=_keep_lines(rows))
    names = ["description", "location_id", "bucket", "correction", "why", "before", "after", "money", "keep"]
    return rows[names].reset_index(drop=True)


def reversed_corrections(corrections: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The corrections that planners reversed, those of most money first: what they would have made, who and why."""
    rows = corrections[corrections["reversed"]].merge(items[["item_id", "description", "unit_price"]], on="item_id")
    rows = rows.assign(money=(rows["proposed"] - rows["before"]).abs() * rows["unit_price"])
    rows = rows.sort_values(["money", "correction_id"], ascending=[False, True]).head(MOST)
    names = ["description", "location_id", "bucket", "correction", "before", "proposed", "money", "owner", "reason"]
    return rows[names].reset_index(drop=True)


def uplift_told(uplift: pd.DataFrame) -> pd.DataFrame:
    """Past events with what was promised, what history shows, and whether the two agree.

    Those that came out otherwise first, then those of most units.
    """
    rows = uplift[uplift["measured"].notna()]
    rows = rows.assign(verdict=_verdict(rows), off=_verdict(rows) != "as promised")
    rows = rows.sort_values(["off", "base", "event_id"], ascending=[False, False, True]).head(MOST)
    names = ["event_id", "scope", "start", "stated", "measured", "error", "base", "verdict"]
    return rows[names].reset_index(drop=True)


def uplift_against_promise(uplift: pd.DataFrame) -> alt.TopLevelMixin:
    """Each past event: the uplift promised (across) and the one measured (up), with two standard errors either way."""
    known = uplift.dropna(subset=["measured", "error"])
    rows = known.nlargest(DRAWN, "base").sort_index()
    rows = rows.assign(low=rows["measured"] - 2 * rows["error"], high=rows["measured"] + 2 * rows["error"])
    rows = rows.assign(verdict=_verdict(rows))[["event_id", "stated", "measured", "low", "high", "base", "verdict"]]
    x = alt.X("stated:Q", title="uplift promised", axis=alt.Axis(format="%"))
    y = alt.Y("measured:Q", title="uplift measured", axis=alt.Axis(format="%"))
    scale = alt.Scale(
        domain=["as promised", "less than promised", "more than promised"],
        range=[COLORS["forecast"], COLORS["short"], COLORS["good"]],
    )
    color = alt.Color("verdict:N", scale=scale, title=None)
    base = alt.Chart(rows)
    bars = base.mark_rule(opacity=0.4).encode(x=x, y=alt.Y("low:Q", title="uplift measured"), y2="high:Q", color=color)
    dots = base.mark_circle(opacity=0.9).encode(x=x, y=y, color=color, size=alt.Size("base:Q", legend=None))
    ends = pd.DataFrame({"end": [rows["stated"].min(), rows["stated"].max()]})
    same = alt.Chart(ends).mark_line(color=COLORS["target"], strokeDash=[4, 3]).encode(x="end:Q", y="end:Q")
    note = "on the dashed line an event brought what was promised; bars: two standard errors; size: units it spoke of"
    note += f"; the {DRAWN} of {in_units(len(known))} that spoke of most units" if len(known) > len(rows) else ""
    return titled(alt.layer(same, bars, dots).properties(width=460, height=260), uplift_in_words(uplift), note)


def uplift_in_words(uplift: pd.DataFrame) -> str:
    """What past events brought of the units promised, and how many came out otherwise, in a sentence."""
    rows = uplift[uplift["measured"].notna()]
    promised, came = (rows[name] * rows["base"] for name in ("stated", "measured"))
    if rows.empty or promised.sum() <= 0:
        return "No past event can be measured"
    off = (_verdict(rows) != "as promised").sum()
    return (
        f"Past events brought {in_share(came.sum() / promised.sum())} of the uplift promised; "
        f"{off} of {counted(len(rows), 'event')} came out otherwise"
    )


def _verdict(uplift: pd.DataFrame) -> np.ndarray:
    """Whether an event brought what was promised, as far as its error lets one say."""
    off = uplift["measured"] - uplift["stated"]
    sure = off.abs() > SIGNS * uplift["error"].fillna(np.inf)
    return np.where(~sure, "as promised", np.where(off < 0, "less than promised", "more than promised"))


def _worth(corrections: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The corrections with description, change in units and its worth at list price; none from other items."""
    rows = corrections[~corrections["correction"].isin(["like item", "predecessor"])]
    rows = rows.merge(items[["item_id", "description", "unit_price"]], on="item_id")
    change = rows["after"] - rows["before"]
    return rows.assign(change=change, worth=change.abs() * rows["unit_price"])


def _keep_lines(rows: pd.DataFrame) -> list[str]:
    """The line of a params file that reverses each correction; quoted, as names may hold anything."""
    months = len(rows) > 0 and are_months(rows["bucket"])
    days = rows["bucket"].dt.strftime("%Y-%m" if months else "%Y-%m-%d")
    said = zip(rows["item_id"], rows["location_id"], days, rows["correction"], strict=True)
    return [
        "- {"
        + f"item_id: {json.dumps(item, ensure_ascii=False)}, location_id: {json.dumps(place, ensure_ascii=False)}, "
        + f'start: "{day}", end: "{day}", correction: {kind}, owner: NAME, reason: WHY'
        + "}"
        if kind in REVERSIBLE
        else ""
        for item, place, day, kind in said
    ]
