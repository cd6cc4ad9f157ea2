"""Chart and table of a replay: money against accuracy, and every way of planning ranked by what it earned."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from sopbench.contract.words import first_upper, in_money, plain
from sopbench.views.numbers import bucket_word
from sopbench.views.theme import COLORS, titled

SHOWN = ["candidate", "margin", "difference", "low", "high", "gained", "service", "stock", "nervousness", "wape"]
MONEY = ("margin", "difference", "low", "high", "stock")
SHARES = ("gained", "service", "nervousness", "wape")
"""Columns of the table, and which of them are money and shares."""


APART = 0.055
"""Share of the chart's height by which two names are at least apart."""


def money_against_accuracy(scores: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """What each way of planning earned a bucket more than the reference (up), by its forecast error (right).

    From replay_scores. Whiskers are the 95 % interval: one that crosses 0 may be luck. Bounds are grey.
    """
    rows = scores.assign(
        label=scores["candidate"].map(plain),
        more=scores["difference"].fillna(0.0),
        kind=scores["bound"].map({True: "target", False: "plan"}).where(scores["against"] != "", "actual"),
    )
    rows = rows.assign(label_at=_apart(rows["more"], rows[["more", "low", "high"]]))
    widest = float(rows["wape"].max())
    rows["beside"] = rows["wape"] + 0.025 * (widest + 0.05)
    own = plain(rows.loc[rows["against"] == "", "candidate"].iloc[0])
    across = alt.X("wape:Q").title(f"forecast error one {bucket_word()} ahead, share of demand at list price")
    across = across.axis(format="%", tickCount=6).scale(domain=[-0.01, widest * 1.2 + 0.03])
    up = alt.Y("more:Q").title(f"margin a {bucket_word()} more than {own}, {currency}").axis(format="+~s")
    colors = alt.Color("kind:N").legend(None)
    colors = colors.scale(
        domain=["plan", "target", "actual"], range=[COLORS[name] for name in ("plan", "stock", "actual")]
    )
    at = alt.Chart(rows).encode(x=across, y=up, color=colors)
    none = alt.Chart(rows.head(1)).mark_rule(color=COLORS["target"], strokeDash=[4, 4]).encode(y=alt.datum(0))
    whiskers = at.mark_rule(strokeWidth=2, opacity=0.4).encode(y="low:Q", y2="high:Q")
    leaders = at.mark_rule(strokeWidth=0.7, opacity=0.6).encode(x2="beside:Q", y2="label_at:Q")
    names = at.mark_text(align="left", dx=3, fontSize=11).encode(x="beside:Q", y="label_at:Q", text="label:N")
    layers = none + whiskers + leaders + at.mark_point(filled=True, size=80, opacity=1) + names
    return titled(layers.properties(width=620, height=340), message(scores, currency), *_notes(scores))


def _apart(places: pd.Series, drawn: pd.DataFrame) -> pd.Series:
    """Where names go so that none covers another: each at its place, or as far above the one below as it needs."""
    least = APART * float(drawn.max().max() - drawn.min().min())
    order = places.sort_values()
    step = least * np.arange(len(order))
    lifted = (order - step).cummax() + step
    return (lifted - (lifted - order).mean()).reindex(places.index)


def message(scores: pd.DataFrame, currency: str) -> str:
    """What the replay found, in a sentence: is the way the company plans worth more than the naive policy."""
    own = scores[scores["against"] == ""].iloc[0]
    name = first_upper(plain(own["candidate"]))
    if pd.isna(own["naive_difference"]):
        return f"{name} earned {in_money(own['margin'] / own['buckets'], currency)} a {bucket_word()}"
    gap = in_money(abs(own["naive_difference"]), currency)
    way = "more" if own["naive_difference"] >= 0 else "less"
    said = f"{name} earned {gap} a {bucket_word()} {way} than the naive policy"
    told = own["naive_low"] > 0 or own["naive_high"] < 0
    return said if told else f"{said}, which may be luck"


def _notes(scores: pd.DataFrame) -> tuple[str, str]:
    own = scores[scores["against"] == ""].iloc[0]
    counted = f"{own['buckets']} {bucket_word(own['buckets'])}"
    first = f"Each point is a way of planning, replayed through the same {counted} with the same orders."
    return first, "Whiskers: 95 % confidence; one that crosses the dashed line may be luck. Grey: the two bounds."


def scores_table(scores: pd.DataFrame) -> pd.DataFrame:
    """The candidates ranked by margin, as people read them: difference and its interval are money a bucket."""
    rows = scores.sort_values("rank").assign(candidate=scores["candidate"].map(plain))
    return rows[SHOWN].reset_index(drop=True)


def score_lines(scores: pd.DataFrame, currency: str) -> list[str]:
    """The same as text, a line each: margin, difference from the first with its interval, service, stock, error."""
    head = f"{'':<16}{'margin':>11}{'a bucket more than the first':>40}{'service':>9}{'stock':>11}{'error':>8}"
    said = [head]
    for row in scores.sort_values("rank").itertuples():
        between = f"({in_money(row.low, currency)} to {in_money(row.high, currency)})" if pd.notna(row.low) else ""
        gap = f"{in_money(row.difference, currency)} {between}" if pd.notna(row.difference) else "-"
        money = f"{in_money(row.margin, currency):>11}{gap:>40}"
        said.append(f"{row.candidate:<16}{money}{row.service:>9.1%}{in_money(row.stock, currency):>11}{row.wape:>8.1%}")
    return [*said, message(scores, currency) + "."]
