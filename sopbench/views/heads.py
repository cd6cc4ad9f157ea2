"""What the columns of a table are called where people read it: the contract's names in words."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sopbench.contract.words import plain
from sopbench.views.numbers import bucket_word

HEADS = {
    "added_value": "error taken away",
    "after_value": "error with it",
    "before_value": "error without it",
    "bias_value": "left too much",
    "brier": "Brier score",
    "cause_id": "which",
    "closes_money": "revenue no longer at risk",
    "closes_units": "units no longer late",
    "correction_id": "number",
    "cost_per_unit": "cost of a unit",
    "demand_value": "demand",
    "effect_money": "effect",
    "effect_units": "effect, units",
    "expected_money": "expected effect",
    "expected_units": "expected effect, units",
    "fell_short": "price of what falls short",
    "gain_on_naive": "better than naive by",
    "hours_per_unit": "hours a unit",
    "mean": "on average",
    "message": "what was found",
    "money": "in money",
    "multi_value": "stock, planned as a chain",
    "origin_id": "from",
    "other_id": "other item",
    "p10": "1 in 10 below",
    "p50": "1 in 2 below",
    "p90": "9 in 10 below",
    "qty": "units",
    "receipt_id": "order",
    "rmsse": "error (RMSSE)",
    "rmsse_naive": "error of naive",
    "shipped_share": "shipped",
    "single_value": "stock, each place alone",
    "than": "against",
    "true_money": "true effect",
    "true_units": "true effect, units",
}
"""Names of the contract and of the views that are not words already; others lose their underscores and _id."""

BUCKETS = {"bucket": 1, "buckets": 2, "start_bucket": 1}
"""Names that speak of the company's months, weeks or periods, and of how many."""

NAMES = ("family", "scenario", "lever", "than", "line", "measure", "kpi", "segment")
"""Columns whose cells are names that people chose, without spaces, for a params file or an export."""


def heads(names: Iterable[str], currency: str = "", money: tuple[str, ...] = ()) -> dict[str, str]:
    """The head of each column; one that holds money names the currency. Two columns never get the same head."""
    found: dict[str, str] = {}
    for name in names:
        word = _word(name)
        said = f"{word} ({currency})" if name in money and currency else word
        found[name] = plain(name) if said in found.values() else said
    return found


def _word(name: str) -> str:
    if name in BUCKETS:
        return ("start " if name.startswith("start") else "") + bucket_word(BUCKETS[name])
    return HEADS.get(name, plain(name.removesuffix("_id")))


def in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the names in its cells as people say them: home machines. Ids stay as they are."""
    named = [name for name in NAMES if name in frame and frame[name].dtype == object]
    return frame.assign(**{name: frame[name].map(plain, na_action="ignore") for name in named})
