"""The scorecard of monitoring, what a service miss came from, and the alerts, as tables, sentences and a chart."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.measures import MEASURES, Measure
from sopbench.contract.words import counted, in_money, in_share
from sopbench.views.numbers import bucket_name, bucket_word, money_scale
from sopbench.views.theme import COLORS, titled

CAUSE_COLORS = {"demand": COLORS["forecast"], "supply": COLORS["short"], "policy": COLORS["stock"]}
"""What a miss came from, and its colour."""

CAUSE_WORDS = {
    "demand": "orders beyond all the plan had",
    "supply": "goods the plan had, and that were not there",
    "policy": "what the plan left out knowingly",
}


def scorecard(kpis: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Every measure of the whole company in its last bucket: value, target, whether it is met, and the trend in words.

    A measure that should be near its target is told how far off it is; its target is no line that is met or missed.
    """
    rows = kpis[(kpis["level"] == "total") & kpis["kpi"].isin(list(MEASURES))].sort_values("bucket")
    last = rows.drop_duplicates("kpi", keep="last").set_index("kpi")
    shown = [name for name in MEASURES if name in last.index]
    cells = [_line(MEASURES[name], *last.loc[name, ["bucket", "value", "target", "trend"]], currency) for name in shown]
    return pd.DataFrame(cells, columns=["measure", "bucket", "value", "target", "result", "trend"])


def _line(
    measure: Measure, bucket: pd.Timestamp, value: float, target: float, trend: float, currency: str
) -> tuple[str, ...]:
    meant = "–" if pd.isna(target) else figure(measure, target, currency)
    return (
        measure.title,
        bucket_name(bucket),
        figure(measure, value, currency),
        meant,
        _result(measure, value, target),
        _trend(measure, trend, currency),
    )


def _result(measure: Measure, value: float, target: float) -> str:
    if pd.isna(target):
        return "–"
    if measure.good == "near":
        return f"{value / target - 1:+.1%} off" if target else "not planned"
    return "met" if (value >= target if measure.good == "up" else value <= target) else "missed"


def _trend(measure: Measure, trend: float, currency: str) -> str:
    """The change against the buckets before in words, and whether it is for the better.

    Of money that should be much nothing is said: it comes and goes with the season.
    """
    if pd.isna(trend):
        return "–"
    in_points = measure.unit == "share"
    size = f"{abs(trend) * 100:.1f} points" if in_points else figure(measure, abs(trend), currency)
    if size in ("0.0 points", figure(measure, 0.0, currency)):
        return "as before"
    said = f"{size} {'up' if trend > 0 else 'down'}"
    if measure.good == "near" or (measure.unit == "money" and measure.good == "up"):
        return said
    return f"{said}, {'better' if (trend > 0) == (measure.good == 'up') else 'worse'}"


def figure(measure: Measure, value: float, currency: str) -> str:
    """A value of a measure in words."""
    if measure.unit == "share":
        return in_share(value)
    if measure.unit == "money":
        return in_money(value, currency)
    return f"{value:.1f} {'times a year' if measure.unit == 'times' else bucket_word(round(value, 1))}"


def causes_in_words(causes: pd.DataFrame, currency: str) -> str:
    """What the miss of the last bucket came from, the largest cause first."""
    total = causes[causes["level"] == "total"]
    last = total[total["bucket"] == total["bucket"].max()].sort_values("missed_value", ascending=False)
    if last.empty:
        return "Everything that was ordered was shipped in its bucket."
    whole = f"**{in_money(last['missed_value'].sum(), currency)}** ({last['points'].sum():.2%} of orders)"
    parts = [
        f"{in_money(money, currency)} {cause}: {CAUSE_WORDS[cause]}"
        for cause, money in zip(last["cause"], last["missed_value"], strict=True)
    ]
    return f"Not shipped in {bucket_name(last['bucket'].iloc[0])}: {whole}. " + "; ".join(parts) + "."


def service_miss(causes: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """Orders not shipped in their bucket, by family and cause, over all buckets measured."""
    rows = causes[causes["level"] == "family"].groupby(["key", "cause"], as_index=False)["missed_value"].sum()
    order = rows.groupby("key")["missed_value"].sum().sort_values(ascending=False).index.tolist()
    divisor, axis = money_scale(rows.groupby("key")["missed_value"].sum(), currency)
    rows = rows.assign(missed=rows["missed_value"] / divisor)
    present = [cause for cause in CAUSE_COLORS if cause in set(rows["cause"])]
    scale = alt.Scale(domain=present, range=[CAUSE_COLORS[cause] for cause in present])
    bars = alt.Chart(rows).encode(
        x=alt.X("missed:Q", title=f"ordered and not shipped in its bucket, {axis} at list price"),
        y=alt.Y("key:N", sort=order, title=None, axis=alt.Axis(labelFontSize=12)),
        color=alt.Color("cause:N", scale=scale, title=None),
        order=alt.Order("cause:N"),
    )
    by_cause = rows.groupby("cause")["missed_value"].sum().sort_values(ascending=False)
    said = (
        f"{in_share(by_cause.iloc[0] / by_cause.sum())} of what was not shipped in time came from {by_cause.index[0]}"
    )
    first, last = bucket_name(causes["bucket"].min()), bucket_name(causes["bucket"].max())
    notes = [f"{cause}: {CAUSE_WORDS[cause]}" for cause in present]
    chart = bars.mark_bar(height={"band": 0.6}).properties(width=620, height=alt.Step(32))
    return titled(chart, said, f"{first} to {last}", *notes)


def alerts_in_words(exceptions: pd.DataFrame) -> str:
    """How many alerts there are, how many are shown, and how many are silenced."""
    still = exceptions["status"] == "open"
    if exceptions.empty:
        return "**Nothing lies beyond its limits.**"
    shown, silent = int(exceptions["shown"].sum()), int((~still).sum())
    said = f"**{counted(int(still.sum()), 'alert')} open**"
    said += f", the {shown} with most money shown" if shown < still.sum() else ""
    return said + (f"; {silent} silenced." if silent else "; none silenced.")


def alerts_table(exceptions: pd.DataFrame) -> pd.DataFrame:
    """The alerts shown, the dearest first: rule, severity, money, words, who looks after it and by when."""
    rows = exceptions[exceptions["shown"]].sort_values("value_at_risk", ascending=False, kind="stable")
    rows = rows.assign(due=rows["due"].dt.strftime("%Y-%m-%d"))
    return rows[["rule", "severity", "value_at_risk", "message", "owner", "due"]].reset_index(drop=True)


def silenced_table(exceptions: pd.DataFrame) -> pd.DataFrame:
    """The alerts that are silenced: words, money, by whom, until when and why."""
    rows = exceptions[exceptions["status"] == "silenced"].sort_values("value_at_risk", ascending=False, kind="stable")
    rows = rows.assign(until=rows["until"].dt.strftime("%Y-%m-%d"))
    return rows[["message", "value_at_risk", "silenced_by", "until", "reason"]].reset_index(drop=True)
