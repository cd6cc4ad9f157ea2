"""Forecast value added as people read it: the stairstep, who adds and who takes away, and which overrides to drop."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.words import counted, in_money, in_share
from sopbench.views.numbers import bucket_word
from sopbench.views.theme import COLORS, titled

WIDTH = 560

STEPS = {
    "naive": "naive: last bucket repeated",
    "statistical": "statistical forecast",
    "sales": "sales",
    "marketing": "marketing",
    "finance": "finance",
    "agreed": "consensus before overrides",
    "consensus": "consensus",
    "executive": "approved by the executives",
}
"""The stairs in words, in their order."""

ASIDE = ("sales", "marketing", "finance")
"""Steps beside the stairs: each is held against the statistical forecast only where it spoke."""


def stairstep(value_added: pd.DataFrame, currency: str, lag: int = 0, key: str = "all") -> alt.TopLevelMixin:
    """Each step's error over everything (or one family), green where it makes the plan better, red where worse."""
    rows = value_added[(value_added["key"] == key) & (value_added["lag"] == lag)]
    rows = rows.set_index("step").reindex([step for step in STEPS if step in set(rows["step"])]).reset_index()
    rows = rows.dropna(subset="wape")
    side = rows["added"].map(lambda points: "better" if points > 5e-4 else "worse" if points < -5e-4 else "same")
    rows = rows.assign(
        label=rows["step"].map(STEPS).where(~rows["step"].isin(ASIDE), "· " + rows["step"]),
        side=side.where(rows["against"] != "", "same"),
        said=rows["wape"].map(in_share) + _gained(rows, currency),
    )
    x = alt.X("wape:Q", title="error, share of what was ordered (WAPE)", axis=alt.Axis(format="%", tickCount=5))
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelFontSize=12, labelLimit=220))
    base = alt.Chart(rows).encode(x=x.scale(domain=[0, rows["wape"].max() * 1.9]), y=y)
    colors = alt.Scale(domain=["better", "same", "worse"], range=[COLORS["good"], COLORS["stock"], COLORS["short"]])
    bars = base.mark_bar(height={"band": 0.6}).encode(color=alt.Color("side:N", scale=colors, legend=None))
    chart = alt.layer(bars, base.mark_text(align="left", dx=6).encode(text="said:N"))
    note = "each step against the one before it on the same items and buckets, at list price; "
    note += "streams (·) against the statistical forecast, where they spoke"
    return titled(chart.properties(width=WIDTH, height=alt.Step(30)), _message(rows, currency), note)


def _gained(rows: pd.DataFrame, currency: str) -> pd.Series:
    points = (rows["added"] * 100).map("{:+.1f} points, ".format, na_action="ignore")
    money = rows["added_value"].map(
        lambda value: f"{'+' if value >= 0 else '-'}{in_money(abs(value), currency)}", na_action="ignore"
    )
    return ("   " + points + money).fillna("")


def _message(rows: pd.DataFrame, currency: str) -> str:
    """Which of the stairs adds most and which takes most away; streams stand beside them."""
    held = rows[(rows["against"] != "") & ~rows["step"].isin(ASIDE)].set_index("step")["added_value"]
    if held.empty:
        return "Nothing stands beside the naive forecast yet"
    words = {**{step: step for step in STEPS}, "agreed": "weighing the streams", "consensus": "overrides"}
    words |= {"executive": "the executives", "statistical": "the statistical forecast"}
    best, worst = held.idxmax(), held.idxmin()
    good = f"{words[best]} took {in_money(held[best], currency)} of error away" if held[best] >= 0.5 else ""
    bad = f"{words[worst]} put {in_money(-held[worst], currency)} in" if held[worst] <= -0.5 else ""
    said = ", ".join(part for part in (good, bad) if part) or "no step made the forecast better or worse"
    return said[0].upper() + said[1:]


def value_by_family(value_added: pd.DataFrame, lag: int = 0) -> pd.DataFrame:
    """Money of error each step took away (+) or put in (-) by family, those with most demand first."""
    rows = value_added[(value_added["level"] == "family") & (value_added["lag"] == lag)]
    rows = rows[rows["against"] != ""]
    wide = rows.pivot_table(index="key", columns="step", values="added_value", aggfunc="sum")
    demand = value_added[(value_added["step"] == "naive") & (value_added["lag"] == lag)].set_index("key")[
        "demand_value"
    ]
    order = demand.reindex(wide.index).sort_values(ascending=False, kind="stable").index
    return wide.loc[order, [step for step in STEPS if step in wide]].rename_axis("family").reset_index()


def value_by_lag(value_added: pd.DataFrame) -> pd.DataFrame:
    """Points of error each step took away (+) or put in (-) over everything, by how far ahead the plan was made."""
    rows = value_added[(value_added["level"] == "total") & (value_added["against"] != "")]
    wide = rows.assign(points=100 * rows["added"]).pivot_table(index="lag", columns="step", values="points")
    wide = wide[[step for step in STEPS if step in wide]]
    return wide.reset_index(names="ahead").assign(ahead=wide.index + 1)


def owners_ranked(override_value: pd.DataFrame) -> pd.DataFrame:
    """Who overrides and what it was worth, the worst first."""
    rows = override_value[override_value["level"] == "owner"].sort_values(["added_value", "key"])
    return rows[
        ["owner", "observations", "before_value", "after_value", "added_value", "bias_value", "advice", "message"]
    ]


def owners_by(override_value: pd.DataFrame, level: str) -> pd.DataFrame:
    """What each owner's overrides were worth by family or by lag ("owner and family", "owner and lag")."""
    rows = override_value[override_value["level"] == level].sort_values(["owner", "key"])
    where = pd.Series([key.removeprefix(f"{owner}: ") for key, owner in zip(rows["key"], rows["owner"], strict=True)])
    rows = rows.assign(where=where.set_axis(rows.index) if len(rows) else "")
    return rows[["owner", "where", "observations", "added_value", "bias_value", "advice"]]


def advice_table(override_value: pd.DataFrame) -> pd.DataFrame:
    """What to do about each override: first those to drop, then by money."""
    rows = override_value[override_value["level"] == "override"]
    place = rows["advice"].map({"drop": 0, "keep": 1, "too early": 2})
    rows = rows.assign(place=place, size=-rows["added_value"].abs()).sort_values(["place", "size", "key"])
    return rows[["key", "owner", "reason", "in_force", "advice", "added_value", "message"]]


def advice_in_words(override_value: pd.DataFrame, currency: str) -> str:
    """How many overrides to drop and what they cost, in a sentence."""
    rows = override_value[override_value["level"] == "override"]
    drop = rows[rows["advice"] == "drop"]
    if rows.empty:
        return "Nobody has overridden the plan."
    if drop.empty:
        measured = counted(int((rows["observations"] > 0).sum()), "override")
        return f"**No override is shown to make the plan worse beyond chance**; {measured} could be measured."
    lost = in_money(-drop["added_value"].sum(), currency)
    now = counted(int(drop["in_force"].sum()), "override")
    return (
        f"**Drop {', '.join(drop['key'])}**: they made the plan worse by {lost} over the {bucket_word(2)} measured, "
        f"beyond chance; {now} of them still in force."
    )
