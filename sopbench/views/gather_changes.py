"""Tables and sentences of what differs from the last cycle: the data, and what was found in it."""

from __future__ import annotations

import pandas as pd

MOST = 15


def findings_in_words(findings: pd.DataFrame, mended: pd.DataFrame, last: str) -> str:
    """What became of the findings since the cycle named `last`, in a sentence; "" names none."""
    if not last:
        return "There is no earlier cycle to compare with: everything is found for the first time."
    counts = findings["trend"].value_counts()
    new, again = counts.get("new", 0), counts.get("again", 0)
    return f"Since cycle {last}: **{new:,} new**, {again:,} there again, **{len(mended):,} mended**."


def changes_in_words(changes: pd.DataFrame, last: str) -> str:
    """How much changed since the cycle named `last`, by kind, in a sentence; "" names none."""
    if not last:
        return "There is no earlier cycle to compare with."
    counts = changes["kind"].value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    kinds = ", ".join(f"{kind}: {count:,}" for kind, count in counts.items())
    return f"**{len(changes):,} changes since cycle {last}**" + (f" ({kinds})." if kinds else ".")


def largest_changes(changes: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The changes of most money, whether up or down; those whose money cannot be told come last."""
    order = changes["money"].abs().rename("size")
    ranked = changes.assign(size=order).sort_values(["size", "kind", "key"], ascending=[False, True, True])
    return ranked[["kind", "key", "before", "after", "money"]].head(most)


def mended_by_money(mended: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The last cycle's findings that are gone, those of most money first."""
    return mended[["grade", "table", "message", "key", "value", "money"]].head(most)
