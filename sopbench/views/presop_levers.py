"""Levers in the pre-S&OP meeting: what each closes of its gap and what it earns, and the three to put forward."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt
import pandas as pd
from IPython.display import Markdown

from sopbench.contract.words import first_upper, in_money, plain
from sopbench.views.numbers import money_scale
from sopbench.views.theme import COLORS, titled

PANELS = {"closes_money": "closes of its gap", "costs": "paid beyond base", "earns": "earns after that"}
"""What is drawn of each lever, in money."""


CLOSES = {"shortage": "Closes {} at risk", "budget": "Brings {} of revenue"}
"""What a lever does to its gap."""


def no_longer_asked(expired: Iterable[str]) -> str:
    """The scenarios that have expired, in words; empty where there is none."""
    names = ", ".join(name.replace("_", " ") for name in expired)
    return f"No longer asked, as they have expired: {names}." if names else ""


def best_levers(framed: pd.DataFrame, currency: str) -> str:
    """The levers to put before the executives, in words."""
    if framed.empty:
        return "No lever tried here earns more than it costs."
    said = []
    for number, row in enumerate(framed.to_dict("records"), start=1):
        closes, costs, earns = (in_money(abs(row[name]), currency) for name in ("closes_money", "costs", "earns"))
        takes = f"for {costs}" if row["costs"] >= 0 else f"and saves {costs}"
        said.append(f"{number}. {row['question']} {CLOSES[row['gap']].format(closes)} {takes}, **earns {earns}**.")
    return "To put before the executives, one for each cause, the most profitable first:\n\n" + "\n".join(said)


def lever_chart(levers: pd.DataFrame, currency: str) -> alt.TopLevelMixin | Markdown:
    """What each lever closes, costs and earns: bars of money in three panels, the least cost for a unit on top."""
    if levers.empty:
        return Markdown("There is no large shortage or gap to the budget that a lever could close.")
    ranked = levers.sort_values("rank")
    called = _called(ranked)
    rows = ranked.melt(["lever", "question"], list(PANELS), "measure", "money")
    divisor, axis = money_scale(rows["money"], currency)
    colours = {"closes_money": COLORS["plan"], "costs": COLORS["overtime"]}
    rows = rows.assign(
        value=rows["money"] / divisor,
        name=rows["lever"].map(called),
        said=rows["money"].map(lambda value: f"{'−' if value < 0 else ''}{in_money(abs(value))}"),
        panel=rows["measure"].map(PANELS),
        colour=rows["measure"]
        .map(colours)
        .fillna((rows["money"] >= 0).map({True: COLORS["good"], False: COLORS["short"]})),
    )
    low, high = min(rows["value"].min(), 0.0), max(rows["value"].max(), 0.0)
    pad = 0.3 * (high - low) or 1.0  # room for the figures
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=called.tolist(), title=None, axis=alt.Axis(labelLimit=240)),
        x=alt.X("value:Q", title=axis, scale=alt.Scale(domain=[low - pad if low else 0, high + pad], nice=False)),
    )
    bars = base.mark_bar(height={"band": 0.6}).encode(color=alt.Color("colour:N", scale=None))
    right = base.transform_filter("datum.value >= 0").mark_text(align="left", dx=5).encode(text="said:N")
    left = base.transform_filter("datum.value < 0").mark_text(align="right", dx=-5).encode(text="said:N")
    panel = alt.layer(bars, right, left).properties(width=205, height=alt.Step(34))
    chart = panel.facet(column=alt.Column("panel:N", sort=list(PANELS.values()), title=None), spacing=18)
    return titled(
        chart, _message(ranked, currency), "the least cost for the gap it closes on top; one scale in all panels"
    )


def _called(levers: pd.DataFrame) -> pd.Series:
    """By lever, what people call it: its kind and the id it is about (shift ASSY-HOME)."""
    ids = levers["cause_id"].str.lower().str.replace(r"[\W_]", "_", regex=True)
    kinds = [name.removesuffix(f"_{of}") for name, of in zip(levers["lever"], ids, strict=True)]
    named = levers["cause_id"].where(levers["gap"] != "budget", levers["cause_id"].map(plain))
    about = (" " + named).where(levers["lever"] != kinds, "")
    return pd.Series((pd.Series(kinds, levers.index).map(plain) + about).tolist(), levers["lever"])


def _message(ranked: pd.DataFrame, currency: str) -> str:
    best = ranked.loc[ranked["earns"].idxmax()]
    if best["earns"] <= 0:
        return "No lever earns more than it costs"
    return f"{first_upper(_called(ranked)[best['lever']])} earns most: {in_money(best['earns'], currency)} beyond base"
