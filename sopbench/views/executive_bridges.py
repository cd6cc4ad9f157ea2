"""Why gross margin differs from budget, last cycle or last year, as a waterfall of causes."""

from __future__ import annotations

import altair as alt
import pandas as pd
from IPython.display import Markdown

from sopbench.contract.words import in_money
from sopbench.executive.bridges import CAUSES
from sopbench.views.executive import WIDTH, waterfall
from sopbench.views.numbers import bucket_word, money_scale

CALLED = {"budget": "budget", "last_cycle": "last cycle", "last_year": "last year"}
"""What each comparison is called."""


def margin_steps(bridges: pd.DataFrame, comparison: pd.DataFrame, than: str = "budget") -> pd.DataFrame:
    """The other's gross margin, what each cause adds (contract table bridges), and the plan's.

    Columns: step, value, from, level; money over the buckets in which both are known. No rows where nothing is.
    """
    rows = comparison[(comparison["line"] == "margin") & comparison[than].notna()]
    if rows.empty:
        return pd.DataFrame(columns=["step", "value", "from", "level"])
    causes = bridges[bridges["than"] == than].groupby("cause")["value"].sum().reindex(list(CAUSES), fill_value=0.0)
    start, end = rows[than].sum(), rows["plan"].sum()
    level = start + causes.cumsum()
    return pd.DataFrame(
        {
            "step": [CALLED[than], *CAUSES, "plan"],
            "value": [start, *causes, end],
            "from": [0.0, *(level - causes), 0.0],
            "level": [start, *level, end],
        }
    )


def causes_by_family(bridges: pd.DataFrame) -> pd.DataFrame:
    """A row each of what margin is compared with and family: what each cause adds, and their total (table bridges).

    No rows where there is nothing to compare with.
    """
    found = bridges.pivot_table("value", ["than", "family"], "cause", "sum").reindex(columns=list(CAUSES))
    return found.assign(total=found.sum(axis=1)).reset_index()


def margin_bridge(
    bridges: pd.DataFrame,
    comparison: pd.DataFrame,
    currency: str,
    than: str = "budget",
    size: tuple[int, int] = (WIDTH, 260),
) -> alt.TopLevelMixin | Markdown:
    """From the other's gross margin to the plan's: volume, mix, price, cost; the steps add up exactly."""
    steps = margin_steps(bridges, comparison, than)
    if steps.empty:
        return Markdown(f"There is no {CALLED[than]} to compare with.")
    first = steps.loc[steps["value"].iloc[1:-1].abs().idxmax(), "step"]
    total = steps["value"].iloc[-1] - steps["value"].iloc[0]
    over = "over" if total >= 0 else "under"
    message = f"Gross margin is {in_money(abs(total), currency)} {over} {CALLED[than]}, most of all by {first}"
    note = f"green adds, red takes; {bucket_word(2)} in which there is a {CALLED[than]} only"
    return waterfall(steps, "gross margin", money_scale(steps["level"], currency), message, note, size)
