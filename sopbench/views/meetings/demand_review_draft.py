"""What a planner types into the consensus, and the overrides that come of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.contract.values import ABSURD

UNITS, MONEY, PERCENT = "units", "money", "percent"
"""What figures are in, as shown and as typed."""

_NUMBER = re.compile(r"(?:\d{1,3}(?:[,  ]\d{3})+|\d+)?(?:\.\d+)?")
"""A number with or without thousands separated."""

_TWO_WAYS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
"""A point before three digits: a fraction as this page writes it, thousands as half of Europe does."""


@dataclass(frozen=True)
class Said:
    """What one typed cell says: kind and value as in an override."""

    kind: str
    value: float


def understood(text: str, unit: str, price: float) -> Said | None:
    """What a typed text says; None = nothing.

    Args:
        text: 1,200 puts that in place of the plan, +200 or -200 adds to it, +5% moves it by that share.
        unit: what plain numbers are in; in percent every number is a share on top.
        price: money a unit, by which money becomes units.

    Raises PlanningError where it is no such text, or can be read in two ways.
    """
    bare = text.strip().replace("−", "-").replace(" ", " ")
    if not bare:
        return None
    share = bare.endswith("%") or unit == PERCENT
    bare = bare.rstrip("%").strip()
    sign, digits = (bare[0], bare[1:].strip()) if bare[0:1] in ("+", "-") else ("", bare)
    if not digits or digits == "." or not _NUMBER.fullmatch(digits):
        raise _wrong(text, "no number", "write 1,200 for that, +200 or -200 on top, or +5% more")
    if _TWO_WAYS.fullmatch(digits):
        thousands, fraction = digits.replace(".", ","), digits.rstrip("0").rstrip(".")
        fraction = fraction if fraction != digits else f"{digits}0"
        raise _wrong(text, "could be thousands or a fraction", f"write {thousands} or {fraction}")
    value = float(re.sub(r"[,  ]", "", digits)) * (-1 if sign == "-" else 1)
    if share and value < -100:
        raise _wrong(text, "takes away more than there is", "take away 100 % at most")
    if unit == MONEY and not share:
        if not price > 0:
            raise _wrong(text, "nothing has a price here, so money says nothing", "say it in units")
        value /= price
    if abs(value) >= ABSURD:
        raise _wrong(text, "absurdly large", "write what is sold in a bucket")
    if share:
        return Said("percent", value / 100)
    return Said("delta", value) if sign else Said("absolute", value)


def overrides_of(
    draft: Mapping[int, Said], scope: Mapping[str, str], buckets: pd.DatetimeIndex, owner: str, reason: str
) -> list[dict]:
    """The overrides (contract table, without id) a draft comes to: neighbours that say the same are one.

    `draft` holds what is said of each bucket, by its place in `buckets`.
    """
    rows: list[dict] = []
    last = None
    for place in sorted(draft):
        said = draft[place]
        if last is not None and place == last + 1 and draft[last] == said:
            rows[-1]["end"] = _day(buckets[place])
        else:
            day = _day(buckets[place])
            same = {"start": day, "end": day, "kind": said.kind, "value": said.value}
            rows.append({**scope, **same, "owner": owner, "reason": reason})
        last = place
    return rows


def in_their_place(
    mine: list[dict], theirs: pd.DataFrame, buckets: pd.DatetimeIndex
) -> tuple[list[dict], list[int | None]]:
    """My overrides in the place of theirs, and which of theirs each replaces.

    What theirs say of buckets mine say nothing of stays theirs: it is written again with their name and reason.
    """
    rows = [dict(row) for row in mine]
    replaces: list[int | None] = [None] * len(rows)
    spoken = np.zeros(len(buckets), dtype=bool)
    for row in mine:
        spoken |= (buckets >= row["start"]) & (buckets <= row["end"])
    for number, their in theirs.set_index("id").to_dict("index").items():
        kept = {name: their[name] for name in table("overrides").names if name in their and name not in _OWN}
        within = (buckets >= their["start"]) & (buckets <= their["end"]) & ~spoken
        again = {int(place): Said(their["kind"], their["value"]) for place in np.flatnonzero(within)}
        rest = [{**kept, **row} for row in overrides_of(again, {}, buckets, their["owner"], their["reason"])]
        free = [place for place, old in enumerate(replaces) if old is None and place < len(mine)]
        if free:
            replaces[free[0]] = number
        elif not rest:
            rest = [{**kept, "kind": "delta", "value": 0.0, "owner": mine[0]["owner"], "reason": mine[0]["reason"]}]
        rows += rest
        replaces += [number] * len(rest)
    return rows, replaces


_OWN = ("override_id", "as_of")


def as_table(rows: list[dict]) -> pd.DataFrame:
    """A draft as a contract table that is applied after what the book holds."""
    named = [{"override_id": f"draft-{place}", **row} for place, row in enumerate(rows)]
    return checked(pd.DataFrame(named), table("overrides")) if rows else table("overrides").empty()


def _day(bucket: pd.Timestamp) -> str:
    return bucket.date().isoformat()


def _wrong(text: str, message: str, mend: str) -> PlanningError:
    return PlanningError(Problem("override", "", text, message, mend))
