"""Chart, table and lines of what was learned from the past: each setting, and the money choosing it made."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.words import counted, first_upper, in_money
from sopbench.views.numbers import bucket_word
from sopbench.views.theme import COLORS, titled

SHOWN = ["parameter", "now", "best", "seen", "difference", "low", "high", "reason"]
MONEY = ("seen", "difference", "low", "high")
"""Columns of the table, and which of them are money a bucket."""

LUCKY = 0.025
"""How often an interval of 95 % lies above 0 by luck."""


def gains_out_of_sample(learned: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """What choosing each setting by the past earned a bucket more than the params file, with its interval.

    From replay_learned; settings of which nothing could be tried are left out. Raises ValueError where none could.
    """
    rows = learned[learned["buckets"] > 0]
    if rows.empty:
        raise ValueError("nothing was tried")
    rows = rows.assign(kind=rows["proposed"].map({True: "plan", False: "stock"}), label=_labels(rows))
    order = rows["label"].tolist()
    across = (
        alt.X("difference:Q")
        .title(f"margin a {bucket_word()} more than as planned, {currency}")
        .axis(format="+~s", tickCount=6)
        .scale(nice=True)
    )
    up = alt.Y("label:N").title(None).sort(order).axis(labelLimit=320)
    colors = alt.Color("kind:N").legend(None)
    colors = colors.scale(domain=["plan", "stock"], range=[COLORS["plan"], COLORS["stock"]])
    at = alt.Chart(rows).encode(x=across, y=up, color=colors)
    none = alt.Chart(rows.head(1)).mark_rule(color=COLORS["target"], strokeDash=[4, 4]).encode(x=alt.datum(0))
    whiskers = at.mark_rule(strokeWidth=2, opacity=0.5).encode(x="low:Q", x2="high:Q")
    layers = none + whiskers + at.mark_point(filled=True, size=80, opacity=1)
    return titled(layers.properties(width=520, height=alt.Step(32)), message(learned, currency), *_notes(rows))


def message(learned: pd.DataFrame, currency: str) -> str:
    """What was learned, in a sentence."""
    proposed = learned[learned["proposed"]].sort_values("difference", ascending=False)
    if proposed.empty:
        return "Keep what you have: no setting chosen by the past earned more than luck"
    first = proposed.iloc[0]
    gain = in_money(first["difference"], currency)
    more = f", and {counted(len(proposed) - 1, 'other')}" if len(proposed) > 1 else ""
    return f"{first['parameter']} {first['best']} instead of {first['now']}: {gain} a {bucket_word()} more{more}"


def learned_table(learned: pd.DataFrame) -> pd.DataFrame:
    """The settings as people read them, the surest gain first; money is a bucket's."""
    rows = learned.sort_values("low", ascending=False, na_position="last")
    return rows[SHOWN].reset_index(drop=True)


def learned_lines(learned: pd.DataFrame, currency: str) -> list[str]:
    """The same as text: of each setting now, best, out of sample with its interval, and why it is proposed or not."""
    wide = max(len("setting"), *learned["parameter"].str.len()) + 2
    said = [f"{'setting':<{wide}}{'now':>8}{'best':>8}   out of sample, a {bucket_word()}"]
    for row in learned.itertuples():
        now, best = (each if len(each) <= 7 else "..." for each in (row.now, row.best))
        told = "" if row.buckets == 0 else f"{in_money(row.difference, currency)}{_between(row, currency)}: "
        said.append(f"{row.parameter:<{wide}}{now:>8}{best:>8}   {told}{row.reason}")
    tried = int((learned["tried"] != "").sum())
    return [*said, *_chance(tried), message(learned, currency) + "."]


def _between(row: object, currency: str) -> str:
    return f" ({in_money(row.low, currency)} to {in_money(row.high, currency)})" if pd.notna(row.low) else ""


def _chance(tried: int) -> list[str]:
    if tried < 2:
        return []
    luck = 1 - (1 - LUCKY) ** tried
    return [f"Of {tried} settings tried, luck alone would have one proposed {luck:.0%} of the time."]


def _labels(rows: pd.DataFrame) -> pd.Series:
    return (
        rows["parameter"]
        .map(lambda name: name.removeprefix("supply.").removeprefix("demand.").replace("_", " "))
        .map(first_upper)
    )


def _notes(rows: pd.DataFrame) -> tuple[str, str]:
    counted_in = int(rows["buckets"].max())
    first = f"Chosen by what had been earned before, measured on {counted_in} later {bucket_word(counted_in)}."
    return first, "Whiskers: 95 % confidence; one that crosses the dashed line may be luck. Grey: nothing is proposed."
