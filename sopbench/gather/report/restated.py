"""Finds history that is no longer what the last cycle was told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import table
from sopbench.gather.report.differences import days, differ

SERIES = ["item_id", "location_id"]
AMOUNTS = ["qty_ordered", "qty_shipped", "revenue"]


def restated(now: dict[str, pd.DataFrame], before: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Items and locations whose sales in buckets that both cycles know are not what they were, as rows of changes.

    Customers count together, and so does what is sold and what is set apart. `before` and `after` tell the sales of the
    buckets that differ; `money` is the difference in revenue, or in units at list price where only those differ.
    """
    old, new = _sold(before), _sold(now)
    first, last = (max(each["bucket"].min() for each in (old, new)), min(each["bucket"].max() for each in (old, new)))
    old, new = (each[each["bucket"].between(first, last)].reset_index(drop=True) for each in (old, new))
    if old.equals(new):
        return table("changes").empty()
    rows = pd.concat([old.rename(columns=lambda name: f"{name}_old" if name in AMOUNTS else name), new])
    sums = rows.groupby([*SERIES, "bucket"], sort=False).sum().reset_index()
    unlike = {name: differ(sums[f"{name}_old"], sums[name]) for name in AMOUNTS}
    price = sums["item_id"].map(now["items"].set_index("item_id")["unit_price"]).fillna(0.0)
    units = (sums["qty_ordered"] - sums["qty_ordered_old"]) * price
    sums = sums.assign(money=(sums["revenue"] - sums["revenue_old"]).where(unlike["revenue"], units))
    return _told(sums[np.logical_or.reduce(list(unlike.values()))])


def _sold(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What was sold, whether it was set apart or not."""
    names = [*SERIES, "bucket", *AMOUNTS]
    parts = [tables[name][names] for name in ("sales", "set_apart") if len(tables.get(name, []))]
    return pd.concat(parts) if parts else tables["sales"][names]


def _told(sums: pd.DataFrame) -> pd.DataFrame:
    """One row a series."""
    series = sums.groupby(SERIES)
    rows = series.sum(numeric_only=True).reset_index()
    first, last = (series["bucket"].agg(which).reset_index(drop=True) for which in ("min", "max"))
    when = days(first) + (" to " + days(last)).where(first < last, "")
    return pd.DataFrame(
        {
            "kind": "history restated",
            "key": "item_id=" + rows["item_id"] + ", location_id=" + rows["location_id"] + ", bucket=" + when,
            "before": _sales(rows, "_old"),
            "after": _sales(rows, ""),
            "money": rows["money"],
        }
    )


def _sales(rows: pd.DataFrame, which: str) -> list[str]:
    amounts = rows[[f"{name}{which}" for name in AMOUNTS]].to_numpy()
    return [f"{units:,.0f} ordered, {out:,.0f} shipped, {money:,.0f} invoiced" for units, out, money in amounts]
