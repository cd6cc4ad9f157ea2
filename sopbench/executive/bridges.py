"""Why gross margin differs from budget, last cycle or last year: by volume, mix, price and cost, family by family."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table

THAN = ("budget", "last_cycle", "last_year")
"""What the plan's margin is compared with."""

CAUSES = ("volume", "mix", "price", "cost")
"""The causes, in the order people read them."""


def bridges(comparison: pd.DataFrame) -> pd.DataFrame:
    """What of the plan's gross margin differs, by cause and family (contract table bridges); adds up exactly.

    Over the buckets in which both are known: *volume* is all families growing alike, at the earlier margin; *mix* is a
    family growing otherwise than all, at its earlier margin; *price* and *cost* are what its units bring and take
    otherwise than before (price, mix and volume variances of management accounting: Horngren, Datar & Rajan, Cost
    Accounting, ch. 14). A family that there was not before is all mix. Takes comparison (plan beside the others, in
    units and money).
    """
    wide = comparison.pivot_table(index=["family", "bucket"], columns="line", values=["plan", *THAN], dropna=False)
    found = [_bridge(wide, than) for than in THAN if than in wide.columns.get_level_values(0)]
    rows = pd.concat([each for each in found if len(each)] or [table("bridges").empty()])
    return checked(rows, table("bridges"))


def _bridge(wide: pd.DataFrame, than: str) -> pd.DataFrame:
    both = wide[wide[than].notna().all(axis=1)]
    if both.empty:
        return pd.DataFrame()
    before, now = (both[name].groupby(level="family").sum() for name in (than, "plan"))
    units, earlier = now["units"], before["units"]
    growth = units.sum() / earlier.sum() if earlier.sum() else np.nan
    margin = _each(before["margin"], earlier).fillna(_each(now["margin"], units)).fillna(0.0)
    price, cost = (_each(part(before), earlier) for part in (_revenue, _cost))
    parts = pd.DataFrame(index=units.index)
    parts["volume"] = before["margin"] * (growth - 1 if np.isfinite(growth) else 0.0)
    parts["mix"] = units * margin - before["margin"] - parts["volume"]
    parts["price"] = (now["revenue"] - units * price).where(earlier != 0, 0.0)
    parts["cost"] = (units * cost - _cost(now)).where(earlier != 0, 0.0)
    # what is sold in no units, or was, has no price: it stays with the mix, so that nothing is lost
    parts["mix"] += now["margin"] - before["margin"] - parts.sum(axis=1)
    long = parts.melt(ignore_index=False, var_name="cause").reset_index()
    return long.assign(than=than)


def _revenue(sums: pd.DataFrame) -> pd.Series:
    return sums["revenue"]


def _cost(sums: pd.DataFrame) -> pd.Series:
    return sums["revenue"] - sums["margin"]


def _each(money: pd.Series, units: pd.Series) -> pd.Series:
    return money / units.where(units != 0)
