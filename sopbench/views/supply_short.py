"""What customers do not get on time: by cause as a picture, one delivery in words, and the hours in its way."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.words import in_money, in_units
from sopbench.views.numbers import bucket_name, bucket_word, money_scale
from sopbench.views.theme import COLORS, titled

CAUSES = {
    "resource": "{} is full",
    "supplier": "{} gives no more",
    "component": "component {} is short",
    "lane": "no more fits on the lane {}",
    "source limit": "{} may give no more",
    "no source": "{} has no source",
    "lead time": "too late to get more (lead time)",
    "policy": "late costs less than the remedy",
}
"""A cause in words, with the name of what is in the way."""

MOST = 6
"""Causes a picture names; the rest is one bar."""


def cause_in_words(cause: str, cause_id: str) -> str:
    """What is in the way, in a few words."""
    return CAUSES.get(cause, f"{cause} {{}}").format(cause_id).strip()


def revenue_by_cause(shortages: pd.DataFrame) -> pd.DataFrame:
    """Revenue at risk by cause in words, the most first: said, revenue_at_risk, qty and deliveries."""
    said = [cause_in_words(*each) for each in zip(shortages["cause"], shortages["cause_id"], strict=True)]
    sums = shortages.assign(said=said).groupby("said", sort=False)
    rows = sums.agg(revenue_at_risk=("revenue_at_risk", "sum"), qty=("qty", "sum"), deliveries=("item_id", "size"))
    return rows.reset_index().sort_values(["revenue_at_risk", "said"], ascending=[False, True], ignore_index=True)


def short_chart(shortages: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """Revenue at risk by cause: bars, the most first."""
    causes = revenue_by_cause(shortages)
    total, shown = causes["revenue_at_risk"].sum(), causes.head(MOST)[["said", "revenue_at_risk"]]
    rest = causes["revenue_at_risk"].iloc[MOST:].sum()
    if rest > 0:
        other = {"said": f"{len(causes) - MOST} other causes", "revenue_at_risk": rest}
        shown = pd.concat([shown, pd.DataFrame([other])], ignore_index=True)
    divisor, unit = money_scale(shown["revenue_at_risk"], currency)
    rows = shown.assign(
        value=shown["revenue_at_risk"] / divisor,
        words=[f"{in_money(value)} ({value / max(total, 1e-9):.0%})" for value in shown["revenue_at_risk"]],
    )
    y = alt.Y("said:N", sort=None, title=None, axis=alt.Axis(labelLimit=200, labelFontSize=12, ticks=False))
    reach = alt.Scale(domain=[0, 1.75 * max(rows["value"].max(), 1e-9)], nice=False)
    base = alt.Chart(rows).encode(y=y, x=alt.X("value:Q", title=unit, scale=reach, axis=alt.Axis(tickCount=3)))
    bars = base.mark_bar(color=COLORS["short"], height={"band": 0.6})
    words = base.mark_text(align="left", dx=6, fontSize=12).encode(text="words:N")
    message = f"{in_money(total, currency)} of orders are late or lost: {causes['said'].iloc[0]}"
    note = f"revenue at list price of what is not shipped in its {bucket_word()}, by what is in the way"
    return titled(alt.layer(bars, words).properties(width=180, height=alt.Step(30)), message, note)


def delivery_in_words(short: pd.Series, currency: str) -> str:
    """A short delivery (a row of shortages) in a sentence."""
    whom = short["customer_id"] or "all customers"
    said = f"{in_units(round(short['qty']))} of {short['item_id']} for {whom} in {bucket_name(short['bucket'])}"
    fate = "late" if short["lost"] < 0.5 else "lost" if short["lost"] >= short["qty"] - 0.5 else ""
    fate = fate or f"late, {in_units(round(short['lost']))} of them lost"
    return f"{said}: {fate}, {in_money(short['revenue_at_risk'], currency)}"


def hours_in_the_way(capacity_plan: pd.DataFrame, resource: str, until: pd.Timestamp, past: int = 4) -> pd.DataFrame:
    """The hours of a resource in the last buckets up to one: bucket, load, available (overtime included), worth."""
    rows = capacity_plan[(capacity_plan["resource_id"] == resource) & (capacity_plan["bucket"] <= until)]
    rows = rows.sort_values("bucket").tail(past)
    available = rows["regular_available"] + rows["overtime_available"]
    return rows.assign(available=available, worth=rows["shadow_price"])[["bucket", "load", "available", "worth"]]
