"""What a change of the plan moves at once: units, money by family, hours by resource."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract import table
from sopbench.contract.words import in_money, in_share, in_units
from sopbench.supply.rough_cut import rough_cut
from sopbench.views.meetings.demand_review_read import Shown
from sopbench.views.numbers import bucket_name

NOTED = 0.005
"""Utilisation below which a change is not told."""

TOLD = 3
"""Families and resources named."""


@dataclass(frozen=True)
class Effect:
    """What changed: units and money at list price, money by family, and the load of each resource and bucket.

    `load` has resource_id, bucket, before and after (utilisation: share of regular hours), largest change first; None
    where no supply plan was made.
    """

    units: float
    share: float
    money: float
    families: pd.Series
    load: pd.DataFrame | None


def effect(shown: Shown, before: np.ndarray, after: np.ndarray) -> Effect:
    """What is moved from one plan (rows by buckets, units) to another.

    Money is at list price. Hours are those of the bill of resources where they would usually be worked, on top of the
    supply plan's load: the next run may move them to other buckets.
    """
    change = after - before
    touched = np.flatnonzero(np.abs(change).sum(axis=1) > 0)
    worth = pd.Series(change[touched].sum(axis=1) * shown.price[touched])
    families = worth.groupby(shown.rows["family"].to_numpy()[touched]).sum()
    families = families.sort_values(key=np.abs, ascending=False, kind="stable")
    whole = before[touched].sum()
    units = float(change[touched].sum())
    share = units / whole if whole > 0 else np.nan
    load = _load(shown, change, touched) if len(shown.capacity) else None
    return Effect(units, share, float(worth.sum()), families, load)


def in_words(found: Effect, currency: str) -> list[tuple[str, str, str]]:
    """The effect in three parts: what it is of, the sentence, and good, short or nothing."""
    share = f" ({_signed(found.share, in_share)} of the items moved)" if found.share == found.share else ""
    said = [("Units", f"{_signed(found.units, in_units)}{share}", "")]
    named = [
        f"{name.replace('_', ' ')} {_signed(value, in_money)}" for name, value in found.families.head(TOLD).items()
    ]
    families = f": {', '.join(named)}" if len(named) > 1 else "".join(f", all {name}" for name in found.families.index)
    families = families.replace("_", " ")
    said.append(("Revenue", f"{_signed(found.money, in_money)} {currency} at list price{families}", ""))
    if found.load is None:
        return [*said, ("Capacity", "known once the step supply has run", "")]
    if found.load.empty:
        return [*said, ("Capacity", "no resource moves by half a point or more", "")]
    told = found.load.head(TOLD)
    words = [
        f"{name} in {bucket_name(bucket)}: {before:.0%} → {after:.0%}"
        for name, bucket, before, after in told[["resource_id", "bucket", "before", "after"]].itertuples(index=False)
    ]
    return [*said, ("Capacity", "; ".join(words), "short" if (told["after"] > 1).any() else "")]


def _load(shown: Shown, change: np.ndarray, touched: np.ndarray) -> pd.DataFrame:
    """Utilisation before and after, where it moves: those over 100 % first, then those that move most."""
    rows = shown.rows.iloc[touched]
    keys = ["item_id", "location_id"]
    moved = pd.DataFrame({name: np.repeat(rows[name].to_numpy(), len(shown.buckets)) for name in keys})
    moved = moved.assign(bucket=np.tile(shown.buckets, len(rows)), consensus=change[touched].ravel())
    bill = shown.bill.merge(rows[keys].drop_duplicates(), on=keys)
    plan = shown.capacity
    if bill.empty:
        return plan.head(0)
    more = rough_cut(bill, demand_plan=moved, capacity=table("capacity").empty())
    both = plan.merge(more[["resource_id", "bucket", "load"]], on=["resource_id", "bucket"], suffixes=("", "_more"))
    both = both[both["regular_available"] > 0]
    before = both["load"] / both["regular_available"]
    after = (both["load"] + both["load_more"]) / both["regular_available"]
    both = both[["resource_id", "bucket"]].assign(before=before, after=after, size=(after - before).abs())
    both = both[both["size"] >= NOTED]
    over = (both["after"] > 1).astype(int)
    return both.assign(over=over).sort_values(["over", "size"], ascending=False, kind="stable", ignore_index=True)


def _signed(value: float, say: Callable[[float], str]) -> str:
    return ("+" if value >= 0 else "−") + say(abs(value))
