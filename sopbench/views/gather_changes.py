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
    """How much changed since the cycle named `last`, in a sentence; "" names none."""
    if not last:
        return "There is no earlier cycle to compare with."
    return f"**{len(changes):,} change{'' if len(changes) == 1 else 's'} since cycle {last}**."


def changes_by_kind(changes: pd.DataFrame) -> pd.DataFrame:
    """The changes one line a kind, those of most money first: how often, money up and down, where it is most."""
    ranked = largest_changes(changes, len(changes))
    ranked = ranked.assign(up=ranked["money"].clip(lower=0), down=ranked["money"].clip(upper=0))
    kinds = ranked.groupby("kind", sort=False).agg(
        times=("key", "size"),
        foremost=("key", "first"),
        up=("up", lambda money: money.sum(min_count=1)),
        down=("down", lambda money: money.sum(min_count=1)),
    )
    order = (kinds["up"] - kinds["down"]).sort_values(ascending=False, kind="stable").index
    return kinds.loc[order].reset_index()


def largest_changes(changes: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The changes of most money, whether up or down; those whose money cannot be told come last."""
    order = changes["money"].abs().rename("size")
    ranked = changes.assign(size=order).sort_values(["size", "kind", "key"], ascending=[False, True, True])
    return ranked[["kind", "key", "before", "after", "money"]].head(most)


def mended_by_money(mended: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The last cycle's findings that are gone, those of most money first."""
    return mended[["grade", "table", "message", "key", "value", "money"]].head(most)
