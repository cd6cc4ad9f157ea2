"""Overrides at odds with each other or with the plan: which, where, which one holds and why, and what hangs on it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sopbench.contract import checked, table
from sopbench.contract.inputs import OVERRIDE_SCOPE
from sopbench.contract.past import list_value
from sopbench.demand.consensus.overrides import Applied, Selector

NOTHING = 1e-6
"""Units below which an effect is none."""

VALUE = {"absolute": "{:,g} units", "delta": "{:+,g} units", "percent": "{:+.1%}"}
"""What an override says, in words."""

MEND = {
    "contradiction": "both cannot hold; the one written later does: take one of them back",
    "replaced": "the later one sets the same rows again, so nothing of the earlier one is left: take that back",
    "duplicate": "the same is said twice for the same rows and both count: take one of them back if it was meant once",
    "twice": "both set the same: one of them can go",
    "opposed": "one lowers what the other raises; both are applied, one after the other: agree on one",
    "ends before it starts": "it never holds: swap or correct its dates",
    "selects nothing": "no row that is planned is all it names: check its item, family, place, customer and time",
    "selects everything": "it names nothing, so it moves every row: name what it is for",
}


def override_conflicts(
    applied: Applied,
    overrides: pd.DataFrame,
    rows: pd.DataFrame,
    buckets: pd.DatetimeIndex,
    items: pd.DataFrame,
) -> pd.DataFrame:
    """The contract table override_conflicts: every conflict among the overrides in force, units and money at stake.

    Takes what apply_overrides gave and was given; `overrides` may hold others that lie outside the horizon, of which
    only those that end before they start are told. A pair is told once, by the gravest thing that is wrong with it:
    contradiction, replaced, duplicate, opposed.
    """
    pairs = _Pairs(applied, rows, buckets, items)
    found = [*_alone(applied, overrides, buckets, pairs), *_contradictions(applied, pairs), *_at_odds(applied, pairs)]
    told = pd.DataFrame(found, columns=table("override_conflicts").names)
    grave = {kind: place for place, kind in enumerate(MEND)}
    told = told.assign(rank=told["kind"].map(grave)).sort_values("rank", kind="stable")
    alone = told["other_id"] == ""
    told = pd.concat([told[alone], told[~alone].drop_duplicates(["override_id", "other_id"])])
    return checked(told.drop(columns="rank"), table("override_conflicts"))


class _Pairs:
    """What pairs of overrides have in common: rows, buckets, and what each changed in the cells both changed."""

    def __init__(self, applied: Applied, rows: pd.DataFrame, buckets: pd.DatetimeIndex, items: pd.DataFrame):
        self.order, self.buckets = list(applied.order.itertuples()), buckets
        self.price = rows["item_id"].map(list_value(items)).fillna(1.0).to_numpy()
        self.plan, select = applied.plan, Selector(rows)
        self.rows = [select(override) for override in self.order]
        selects = _matrix(np.repeat(range(len(self.rows)), [len(each) for each in self.rows]), self.rows, len(rows))
        self.shared = (selects @ selects.T).toarray()
        effects = applied.effects
        cell = effects["row"].to_numpy(dtype=np.int64) * len(buckets) + effects["column"].to_numpy(dtype=np.int64)
        change = (effects["after"] - effects["before"]).to_numpy(dtype=float)
        shape = (len(self.order), applied.plan.size)
        where = (effects["position"].to_numpy(dtype=np.int64), cell)
        moved = csr_array((change, where), shape=shape)
        both = csr_array((np.ones(len(change)), where), shape=shape).T
        worth = csr_array((change * self.price[effects["row"].to_numpy(dtype=np.int64)], where), shape=shape)
        self.units, self.money = (moved @ both).toarray(), (worth @ both).toarray()

    def span(self, one: int, other: int) -> pd.DatetimeIndex:
        """The buckets of the horizon that both speak of."""
        starts, ends = (self.order[one].start, self.order[other].start), (self.order[one].end, self.order[other].end)
        return self.buckets[(self.buckets >= max(starts)) & (self.buckets <= min(ends))]

    def same(self, one: int, other: int) -> bool:
        """Whether both select just the same rows."""
        return self.shared[one, other] == len(self.rows[one]) == len(self.rows[other])

    def mean_price(self, one: int, columns: np.ndarray) -> float:
        """Money a unit of what an override selects, by the mix of the plan."""
        units = self.plan[self.rows[one]][:, columns].sum(axis=1)
        price = self.price[self.rows[one]]
        return float(units @ price / units.sum()) if units.sum() > 0 else float(price.mean())


def _alone(applied: Applied, overrides: pd.DataFrame, buckets: pd.DatetimeIndex, pairs: _Pairs) -> list[dict]:
    """Overrides that end before they start, that select nothing planned, or that name nothing and so select all."""
    backwards = overrides[overrides["end"] < overrides["start"]]
    found = [_said("ends before it starts", one, None, one.start, one.end, "") for one in backwards.itertuples()]
    for position, one in enumerate(pairs.order):
        if one.end < one.start or one.start > buckets[-1] or one.end < buckets[0]:
            continue
        first, last = max(one.start, buckets[0]), min(one.end, buckets[-1])
        if not applied.cells[position]:
            found.append(_said("selects nothing", one, None, first, last, ""))
        elif not any(getattr(one, name) for name in OVERRIDE_SCOPE):
            units, money = abs(pairs.units[position, position]), abs(pairs.money[position, position])
            found.append(_said("selects everything", one, None, first, last, one.override_id, units, money))
    return found


def _contradictions(applied: Applied, pairs: _Pairs) -> list[dict]:
    """Sums that were let go because a later override cannot hold together with them, with the units they miss."""
    found = []
    for (one, other), broken in applied.broken.groupby(["position", "by"], sort=True):
        columns = broken["column"].to_numpy(dtype=int)
        came = applied.plan[pairs.rows[one]][:, columns].sum(axis=0)
        units = float(np.abs(broken["wanted"].to_numpy() - came).sum())
        money = units * pairs.mean_price(one, columns)
        span = pairs.buckets[columns]
        both = pairs.order[one], pairs.order[other]
        found.append(_said("contradiction", *both, span[0], span[-1], both[1].override_id, units, money))
    return found


def _at_odds(applied: Applied, pairs: _Pairs) -> list[dict]:
    """Pairs of which the later sets the same rows again, says the same again, or undoes what the earlier did."""
    found = []
    for one, other in combinations(range(len(pairs.order)), 2):
        if not pairs.shared[one, other] or not applied.cells[one] or not applied.cells[other]:
            continue
        span = pairs.span(one, other)
        if len(span):
            found += _pair(one, other, span, pairs)
    return found


def _pair(one: int, other: int, span: pd.DatetimeIndex, pairs: _Pairs) -> list[dict]:
    """What is wrong with two overrides that share rows and buckets, if anything."""
    first, second = pairs.order[one], pairs.order[other]
    told = (first, second, span[0], span[-1])
    columns = pairs.buckets.get_indexer(span)
    if pairs.same(one, other) and second.kind == "absolute":
        if first.kind != "absolute":
            units, money = abs(pairs.units[one, one]), abs(pairs.money[one, one])
            return [_said("replaced", *told, second.override_id, units, money)]
        units = abs(first.value - second.value) * len(span)
        kind = "replaced" if units else "duplicate"
        money = units * pairs.mean_price(other, columns)
        return [_said(kind, *told, second.override_id, units, money, "" if units else MEND["twice"])]
    if pairs.same(one, other) and (first.kind, first.value) == (second.kind, second.value):
        units, money = abs(pairs.units[other, one]), abs(pairs.money[other, one])
        return [_said("duplicate", *told, "both", units, money)]
    if first.kind == second.kind == "absolute":  # one is part of the other, or they cross: both sums hold
        return []
    lowered, raised = sorted((pairs.units[one, other], pairs.units[other, one]))
    if lowered < -NOTHING and raised > NOTHING:
        units = min(-lowered, raised)
        money = min(abs(pairs.money[one, other]), abs(pairs.money[other, one]))
        return [_said("opposed", *told, "both", units, money)]
    return []


def _said(
    kind: str, one: tuple, other: tuple | None, start: pd.Timestamp, end: pd.Timestamp, holds: str,
    units: float = np.nan, money: float = np.nan, why: str = "",
) -> dict:  # fmt: skip
    """One row of the table."""
    said = {"kind": kind, "start": start, "end": end, "holds": holds, "units": units, "money": money}
    said |= {"override_id": one.override_id, "owner": one.owner, "value": VALUE[one.kind].format(one.value)}
    said |= {"other_id": "", "other_owner": "", "other_value": "", "overlap": scope_in_words(one)}
    if other is not None:
        said |= {"other_id": other.override_id, "other_owner": other.owner}
        said |= {"other_value": VALUE[other.kind].format(other.value)}
        places = list(dict.fromkeys([scope_in_words(one), scope_in_words(other)]))
        said["overlap"] = " and ".join(places)
    return {**said, "why": why or MEND[kind]}


def scope_in_words(override: tuple) -> str:
    """What an override is for: the values it names, or everything."""
    return ", ".join(getattr(override, name) for name in OVERRIDE_SCOPE if getattr(override, name)) or "everything"


def _matrix(position: np.ndarray, rows: list[np.ndarray], count: int) -> csr_array:
    """Overrides by rows: 1 where it selects the row."""
    every = np.concatenate(rows) if rows else np.zeros(0, dtype=int)
    return csr_array((np.ones(len(every)), (position.astype(int), every)), shape=(len(rows), count))
