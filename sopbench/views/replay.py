"""Chart and table of a replay: money against accuracy, and every way of planning ranked by what it earned."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.words import first_upper, in_money, plain
from sopbench.views.numbers import bucket_word
from sopbench.views.theme import COLORS, titled

SHOWN = ["candidate", "margin", "difference", "low", "high", "gained", "service", "stock", "nervousness", "wape"]
MONEY = ("margin", "difference", "low", "high", "stock")
SHARES = ("gained", "service", "nervousness", "wape")
"""Columns of the table, and which of them are money and shares."""


def money_against_accuracy(scores: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """What each way of planning earned a bucket (up) by how far its forecasts were off (right), from replay_scores.

    Whiskers are the interval of what it earned more or less than the one it is compared with; dashed lines the bounds.
    """
    rows = scores.assign(
        label=scores["candidate"].map(plain),
        earned=scores["margin"] / scores["buckets"],
        kind=scores["bound"].map({True: "target", False: "plan"}).where(scores["against"] != "", "actual"),
    )
    base = float(rows.loc[rows["against"] == "", "earned"].iloc[0])
    rows = rows.assign(low_at=base + rows["low"], high_at=base + rows["high"])
    color = alt.Color("kind:N").scale(domain=["plan", "target", "actual"], range=_colors()).legend(None)
    across = alt.X("wape:Q").title("forecast error one bucket ahead, share of demand at list price")
    across = across.axis(format="%", tickCount=6).scale(domain=[-0.01, float(rows["wape"].max()) * 1.25 + 0.02])
    up = alt.Y("earned:Q").title(f"margin a {bucket_word()}, {currency}").axis(format="~s").scale(zero=False)
    at = alt.Chart(rows).encode(x=across, y=up, color=color)
    whiskers = at.mark_rule(strokeWidth=2, opacity=0.35).encode(y=up, y2="high_at:Q")
    whiskers = whiskers.encode(y=alt.Y("low_at:Q").scale(zero=False))
    names = at.mark_text(align="left", dx=9, dy=-7, fontSize=11).encode(text="label:N")
    bounds = alt.Chart(rows[rows["bound"]]).mark_rule(strokeDash=[4, 4], color=COLORS["target"]).encode(y=up)
    layers = bounds + whiskers + at.mark_point(filled=True, size=90, opacity=1) + names
    return titled(layers.properties(width=620, height=320), message(scores, currency), *_notes(scores))


def _colors() -> list[str]:
    return [COLORS["plan"], COLORS["target"], COLORS["actual"]]


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
    first = (
        f"Each point a way of planning through the same {own['buckets']} {bucket_word()}s, all with the same orders."
    )
    name = plain(own["candidate"])
    return first, f"Whisker: where its margin lies with 95 % confidence, seen from {name}; dashed: the bounds."


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
