"""The executive summary: four sentences that say what is recommended and how it stands."""

from __future__ import annotations

import pandas as pd

from sopbench.contract.words import in_money, in_share, month


def headlines(
    recommended: str, reason: str, *, comparison: pd.DataFrame, decisions: pd.DataFrame, currency: str
) -> pd.DataFrame:
    """What the meeting must know before it opens: subject and sentence, in the order of the agenda.

    Takes the recommended scenario with its reason, the comparison and the decisions (contract tables).
    The plan is set beside the budget and last cycle only over the buckets that each of them covers.
    """
    count, money = len(decisions), decisions["money"].sum()
    most = f", {in_money(money, currency)} hang on them: first {decisions.iloc[0]['question']}" if count else ""
    rows = [
        ("recommended", f"{recommended.replace('_', ' ')}: {reason}"),
        ("against budget", _against(comparison, "budget", "the budget", currency)),
        ("against last cycle", _against(comparison, "last_cycle", "last cycle's plan", currency)),
        ("to decide", f"{count} decision{'s' if count != 1 else ''}{most}" if count else "nothing needs a decision"),
    ]
    return pd.DataFrame(rows, columns=["subject", "message"])


def _against(comparison: pd.DataFrame, column: str, name: str, currency: str) -> str:
    """Revenue and margin of the plan beside another, over the buckets both have."""
    known = comparison[comparison[column].notna() & comparison["line"].isin(["revenue", "margin"])]
    if known.empty:
        return f"there is no {name.removeprefix('the ')} to compare with"
    sums = known.groupby("line")[["plan", column]].sum()
    parts = []
    for line in [each for each in ("revenue", "margin") if each in sums.index]:
        plan, other = sums.loc[line, "plan"], sums.loc[line, column]
        share = f" ({in_share(abs(plan / other - 1))})" if other else ""
        side = "over" if plan >= other else "under"
        parts.append(f"{line} {in_money(plan, currency)}, {in_money(abs(plan - other), currency)}{share} {side} {name}")
    return "; ".join(parts) + f" ({month(known['bucket'].min())} to {month(known['bucket'].max())})"
