"""Where each fiscal year will end against its budget, family by family."""

from __future__ import annotations

import altair as alt
import pandas as pd
from IPython.display import Markdown

from sopbench.contract.words import in_money, in_share, in_units
from sopbench.views.numbers import money_scale
from sopbench.views.theme import COLORS, titled

MOST = 15
"""Families drawn."""


def estimate_against_budget(
    latest_estimate: pd.DataFrame, currency: str, line: str = "revenue"
) -> alt.TopLevelMixin | Markdown:
    """What each family's year will end over or under its budget, the largest difference first, a panel a year."""
    rows = latest_estimate[(latest_estimate["line"] == line) & latest_estimate["budget"].notna()]
    if rows.empty:
        return Markdown("No fiscal year in the plan has a budget for all of its buckets.")
    rows = rows.assign(gap=rows["estimate"] - rows["budget"], family=rows["family"].str.replace("_", " "))
    size = rows["gap"].abs().groupby(rows["family"]).max().sort_values(ascending=False, kind="stable")
    families = size.index[:MOST].tolist()
    shown = rows[rows["family"].isin(families)]
    money = line != "units"
    divisor, axis = money_scale(shown["gap"], currency) if money else (1.0, "units")
    share = (shown["gap"] / shown["budget"].where(shown["budget"] != 0)).map(
        lambda value: f" ({in_share(abs(value))})", "ignore"
    )
    figure = shown["gap"].abs().map(in_money if money else in_units)
    shown = shown.assign(
        value=shown["gap"] / divisor,
        said=shown["gap"].map(lambda value: "−" if value < 0 else "+") + figure + share.fillna("").astype(str),
        side=shown["gap"].ge(0).map({True: "good", False: "short"}),
    )
    low, high = min(shown["value"].min(), 0.0), max(shown["value"].max(), 0.0)
    pad = 0.62 * (high - low) or 1.0  # room for the figures
    reach = alt.Scale(domain=[low - pad if low else 0, high + pad], nice=False)
    colours = alt.Scale(domain=["good", "short"], range=[COLORS["good"], COLORS["short"]])
    base = alt.Chart(shown).encode(
        y=alt.Y("family:N", sort=families, title=None, axis=alt.Axis(labelLimit=200)),
        x=alt.X("value:Q", title=f"estimate less budget, {axis}", scale=reach),
    )
    bars = base.mark_bar(height={"band": 0.6}).encode(color=alt.Color("side:N", scale=colours, legend=None))
    right = base.transform_filter("datum.value >= 0").mark_text(align="left", dx=5).encode(text="said:N")
    left = base.transform_filter("datum.value < 0").mark_text(align="right", dx=-5).encode(text="said:N")
    years = latest_estimate["year"].drop_duplicates().tolist()
    panel = alt.layer(bars, left, right).properties(width=310, height=alt.Step(26))
    chart = panel.facet(column=alt.Column("year:N", sort=years, title=None), spacing=18)
    rest = f"; the {MOST} largest of {len(size)} families" if len(size) > MOST else ""
    return titled(chart, _message(rows, line, currency), f"what happened so far and the plan for the rest{rest}")


def estimate_table(latest_estimate: pd.DataFrame, line: str = "revenue") -> pd.DataFrame:
    """By year and family: so far, the plan for the rest, both together, against budget and last cycle's estimate."""
    rows = latest_estimate[latest_estimate["line"] == line]
    total = rows.groupby("year", sort=False)[["actual", "plan", "estimate", "budget", "last_cycle"]].sum(min_count=1)
    rows = pd.concat([rows, total.reset_index().assign(family="all")])
    rows = rows.assign(
        over_budget=rows["estimate"] - rows["budget"], than_last_cycle=rows["estimate"] - rows["last_cycle"]
    )
    rows = rows.assign(size=rows["over_budget"].abs().fillna(rows["estimate"].abs()), last=rows["family"] == "all")
    rows = rows.sort_values(["year", "last", "size"], ascending=[True, True, False], kind="stable")
    names = ["year", "family", "actual", "plan", "estimate", "budget", "over_budget", "than_last_cycle"]
    return rows[names].reset_index(drop=True)


def _message(rows: pd.DataFrame, line: str, currency: str) -> str:
    """How the first year ends, and which family matters most."""
    first = rows[rows["year"] == rows["year"].iloc[0]]
    gap, budget = first["gap"].sum(), first["budget"].sum()
    said = in_units if line == "units" else (lambda value: in_money(value, currency))
    share = f" ({in_share(abs(gap) / budget)})" if budget else ""
    where = first.loc[first["gap"].abs().idxmax(), "family"]
    side = "over" if gap >= 0 else "under"
    year = first["year"].iloc[0]
    return f"{line.capitalize()} {year} will end {said(abs(gap))}{share} {side} budget, most of all {where}"
