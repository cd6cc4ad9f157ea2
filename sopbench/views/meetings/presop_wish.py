"""What the levers of a what-if are set to, as changes of the tables a plan is made from, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from sopbench import presop
from sopbench.contract.words import counted, in_share
from sopbench.params import Change
from sopbench.views.numbers import bucket_word

FOR_GOOD = 99
"""Buckets a supplier is out that mean: nothing can be ordered from it any more."""


@dataclass(frozen=True)
class Wish:
    """What is asked beside base; what is not named stays as planned.

    Attributes:
        demand: by family, per cent more or less of the consensus.
        capacity: by resource, per cent more or less of its regular and overtime hours.
        out: by supplier, buckets in which it sends nothing, from now on; FOR_GOOD = for the whole plan.
        service: the service level aimed at, a share; 0 = as the policies say.
        start, end: the first and last bucket for which demand and capacity change; empty = the whole plan.
    """

    demand: Mapping[str, int] = field(default_factory=dict)
    capacity: Mapping[str, int] = field(default_factory=dict)
    out: Mapping[str, int] = field(default_factory=dict)
    service: float = 0.0
    start: str = ""
    end: str = ""


def changes_of(wish: Wish, families: Sequence[str], under_way: Mapping[str, Sequence[str]]) -> list[Change]:
    """The changes of contract tables that a wish stands for, none for a wish of nothing.

    Args:
        wish: as the levers stand.
        families: those that are sold, to which a service level belongs.
        under_way: by supplier, the items with purchase orders under way that no other supplier sends.

    Sources have no buckets, so a supplier that is out is said from now on only: what is ordered takes so many buckets
    longer and what is under way comes so much later, or nothing can be ordered any more.
    """
    found = []
    span = {name: value for name, value in (("start", wish.start), ("end", wish.end)) if value}
    for family, per_cent in wish.demand.items():
        where = {"family": family}
        found.append(Change(table="demand_plan", column="consensus", multiply=_factor(per_cent), where=where, **span))
    for resource, per_cent in wish.capacity.items():
        for column in ("regular_hours", "overtime_hours"):
            where = {"resource_id": resource}
            found.append(Change(table="capacity", column=column, multiply=_factor(per_cent), where=where, **span))
    for supplier, buckets in wish.out.items():
        found += _out(supplier, buckets, list(under_way.get(supplier, ())))
    if wish.service:
        where = {"family": list(families)}
        found.append(Change(table="policies", column="service_level", set=wish.service, where=where))
    return found


def in_words(wish: Wish) -> list[str]:
    """A wish as people say it, a line for each lever that was moved."""
    plain = Wish(demand=wish.demand, start=wish.start, end=wish.end)
    lines = [presop.describe(each) for each in changes_of(plain, (), {})]
    plain = Wish(capacity=wish.capacity, start=wish.start, end=wish.end)
    lines += [presop.describe(each, ("overtime_hours",)) for each in changes_of(plain, (), {})[::2]]
    for supplier, buckets in wish.out.items():
        late = "for good" if buckets == FOR_GOOD else f"for {counted(buckets, bucket_word())}"
        lines.append(f"{supplier} sends nothing {late}")
    return [*lines, f"service level {in_share(wish.service)}"] if wish.service else lines


def only_under_way(receipts: pd.DataFrame, sources: pd.DataFrame) -> dict[str, list[str]]:
    """By supplier, the items of purchase orders under way that only it sends to any place (receipts, sources)."""
    bought = sources.loc[sources["method"].isin(["buy", "subcontract"]), ["item_id", "origin_id"]].drop_duplicates()
    only = bought[~bought["item_id"].duplicated(keep=False)]
    ordered = receipts.loc[receipts["kind"] == "PO", "item_id"].unique()
    kept = only[only["item_id"].isin(ordered)].sort_values("item_id")
    return kept.groupby("origin_id")["item_id"].agg(list).to_dict()


def _out(supplier: str, buckets: int, items: list[str]) -> list[Change]:
    of = {"origin_id": supplier}
    if buckets == FOR_GOOD:
        return [Change(table="sources", column="qty_max", set=0, where=of)]
    later = [Change(table="sources", column="lead_time", add=buckets, where=of)]
    orders = {"kind": "PO", "item_id": items}
    return later + ([Change(table="receipts", column="due", shift=buckets, where=orders)] if items else [])


def _factor(per_cent: int) -> float:
    return round(1 + per_cent / 100, 4)
