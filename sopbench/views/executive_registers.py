"""The registers as people read them: what stands in them, what is overdue, and how well the owners foresaw."""

from __future__ import annotations

import pandas as pd

from sopbench.contract.words import in_money, in_share
from sopbench.views.executive_answers import Answer

SHOWN = 8
"""Entries a page names; the notebook and `sopbench register list` have them all."""


def entries_table(registers: pd.DataFrame) -> pd.DataFrame:
    """The entries for a notebook, overdue ones first, then by their day (contract table registers).

    `expected_money` is probability times effect: what the entry weighs in the plan before it is known.
    """
    found = ranked(registers)
    said = found[["entry_id", "kind", "text", "owner", "due", "probability", "effect_units", "effect_money"]]
    return said.assign(
        expected_money=found["probability"] * found["effect_money"],
        scenario=found["scenario"],
        state=found["status"].where(~found["overdue"], "overdue"),
        since=found["cycle"],
        outcome=found["outcome"],
    )


def scores_table(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores for a notebook, the Brier score to three decimals (contract table register_scores)."""
    return scores.assign(brier=scores["brier"].map("{:.3f}".format, na_action="ignore").astype(object))


def in_words(registers: pd.DataFrame) -> str:
    """How much stands in the registers, in one sentence."""
    if registers.empty:
        return "Nothing stands in the registers."
    is_open = registers["status"] == "open"
    parts = [f"{int(is_open.sum())} open", f"{int((is_open & registers['carried']).sum())} of them carried over"]
    parts += [f"{int(registers['overdue'].sum())} overdue", f"{int((~is_open).sum())} closed in this cycle"]
    return ", ".join(parts) + "."


def standing(registers: pd.DataFrame, currency: str) -> Answer:
    """The card of the executive page: what is open, overdue first, and a row that counts what is not named."""
    is_open = ranked(registers[registers["status"] == "open"])
    rows = [
        (
            f"{row.kind}: {row.text}",
            ", ".join(filter(None, (row.owner, f"{row.due:%Y-%m-%d}" if pd.notna(row.due) else ""))),
            "overdue" if row.overdue else f"since {row.cycle}",
            in_share(row.probability) if pd.notna(row.probability) else "",
            in_money(row.effect_money).replace("-", "−") if pd.notna(row.effect_money) else "",
        )
        for row in is_open.head(SHOWN).itertuples()
    ]
    more = len(is_open) - SHOWN
    if more > 0:
        rows.append((f"{more} more", "", "", "", ""))
    heads = ("entry", "owner, due", "", "probability", currency)
    side = "short" if registers["overdue"].any() else ""
    return Answer("What stands in the registers?", in_words(registers), side, heads, tuple(rows))


def ranked(registers: pd.DataFrame) -> pd.DataFrame:
    """The entries, overdue ones first, then by their day, those without one last."""
    order = registers.assign(closed=registers["status"] != "open", first=~registers["overdue"])
    order = order.sort_values(["closed", "first", "due", "entry_id"], na_position="last", kind="stable")
    return order[registers.columns].reset_index(drop=True)
