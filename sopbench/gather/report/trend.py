"""Sets this cycle's findings against the last one's: what is new, what is there again, what was mended."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table

FINDING = ["grade", "table", "key", "message"]
"""What makes a finding the same as another cycle's; figures in the message, and how many more there are, may differ."""


def with_trend(findings: pd.DataFrame, before: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The findings with `trend`: "again" for those that are in the last cycle's tables `before`, "new" for the others.

    Where there is no last cycle the trend stays empty.
    """
    if "findings" not in before:
        return findings
    known = _named(findings).isin(_named(before["findings"]))
    return checked(findings.assign(trend=known.map({True: "again", False: "new"})), table("findings"))


def mended(findings: pd.DataFrame, before: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The findings in the last cycle's tables `before` that are no longer there, those of most money first."""
    old = before.get("findings", table("findings").empty())
    gone = old[~_named(old).isin(_named(findings))]
    return gone.sort_values(["money", *FINDING], ascending=[False, *[True] * len(FINDING)], ignore_index=True)


def _named(findings: pd.DataFrame) -> pd.Series:
    message = findings["message"].str.replace(r"\d[\d,.]*", "#", regex=True)
    key = findings["key"].str.replace(r"^\d[\d,]* more ", "more ", regex=True)
    return findings["grade"] + "\n" + findings["table"] + "\n" + key + "\n" + message
