"""The planners' overrides: what each selects, how all of them are kept at once, and what each of them changed.

Overrides are applied in order of their day and number. An absolute one fixes the sum over what it selects. Where
several overlap, the plan is moved to the nearest one that meets all sums (sums.py) before the next one is applied.
Where one contradicts earlier ones, it holds, and those it contradicts no longer do: they are told, never dropped in
silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.inputs import OVERRIDE_SCOPE
from sopbench.demand.consensus.split import ROW
from sopbench.demand.consensus.sums import groups_of_rows, meet_all, meet_the_latest

TOO_LITTLE = 1e-9
"""Units below which a plan says nothing about how an override is to be shared out."""

UNMOVED = 1e-12
"""Relative change that is nothing but rounding."""


@dataclass(frozen=True)
class Applied:
    """The plan with overrides put in (rows by buckets, units), where any reached (`touched`), and how it came about.

    `order` are the overrides as they were applied, `cells` how many planned cells each selects. `effects` has a line
    for each cell that an override changed, be it one that it selects or one that gave way for another sum to hold:
    position (in order), row, column (bucket), before, after. `broken` has a line for each sum that was let go:
    position, by (the override it contradicts), column and wanted (units).
    """

    plan: np.ndarray
    touched: np.ndarray
    order: pd.DataFrame
    cells: np.ndarray
    effects: pd.DataFrame
    broken: pd.DataFrame


@dataclass
class _Fixed:
    """A sum to keep: its override, the rows it is over, and the units of each bucket; NaN where it holds no more."""

    position: int
    member: np.ndarray
    target: np.ndarray


class Selector:
    """Finds the rows each override selects; what an override leaves empty selects all."""

    def __init__(self, rows: pd.DataFrame):
        self._places = {name: rows.groupby(name, sort=False).indices for name in OVERRIDE_SCOPE}
        self._every = np.arange(len(rows))

    def __call__(self, override: tuple) -> np.ndarray:
        """The places of the rows an override selects, in order."""
        nothing = self._every[:0]
        wanted = [(name, getattr(override, name)) for name in OVERRIDE_SCOPE if getattr(override, name)]
        return reduce(
            lambda found, said: np.intersect1d(found, said, assume_unique=True),
            [self._places[name].get(value, nothing) for name, value in wanted],
            self._every,
        )


def described(
    rows: pd.DataFrame, *, items: pd.DataFrame, locations: pd.DataFrame, customers: pd.DataFrame
) -> pd.DataFrame:
    """Rows of the plan with everything an override may select them by: family, category, region and channel.

    The region is that of the location a customer is served from.
    """
    known = items.set_index("item_id")[["family", "category"]]
    region = rows["location_id"].map(locations.set_index("location_id")["region"]).fillna("")
    channel = rows["customer_id"].map(customers.set_index("customer_id")["channel"]).fillna("")
    said = {name: rows["item_id"].map(known[name]).fillna("") for name in known}
    return rows.assign(**said, region=region.astype(object), channel=channel.astype(object))


def apply_overrides(
    plan: np.ndarray, weights: np.ndarray, active: np.ndarray, rows: pd.DataFrame, overrides: pd.DataFrame,
    buckets: pd.DatetimeIndex,
) -> Applied:  # fmt: skip
    """Put the overrides into the plan (rows by buckets, units).

    `rows` names what OVERRIDE_SCOPE holds of each row (`described`); `active` is where an item sells. Overrides
    (contract table) are applied in order of as_of and number. "absolute" sets the units a bucket of all selected rows
    together, "delta" adds to them, both in proportion to the plan (to `weights`, then evenly, where the plan is 0);
    "percent" adds a share. None goes below 0. What an absolute override set still holds after later ones, unless a
    later one says something else of just the same rows (it builds on it) or contradicts it.
    """
    plan, touched, order = plan.copy(), np.zeros(plan.shape, dtype=bool), ordered(overrides)
    select, sells = Selector(rows), active.any(axis=1)
    fixed: list[_Fixed] = []
    cells, effects, broken = np.zeros(len(order), dtype=np.int64), [], []
    for position, override in enumerate(order.itertuples()):
        chosen = select(override)
        chosen = chosen[sells[chosen]]
        first, last = buckets.searchsorted(override.start), buckets.searchsorted(override.end, side="right")
        open_ = active[chosen, first:last]
        cells[position] = open_.sum()
        if not cells[position]:
            continue
        reached = slice(None) if any(other.member[chosen].any() for other in fixed) else chosen
        before = plan[reached, first:last].copy()
        total = (plan[chosen, first:last] * open_).sum(axis=0)
        target = np.maximum(_target(override, total), 0.0)
        plan[chosen, first:last] = _meet(plan[chosen, first:last], open_, target, weights[chosen, first:last])
        touched[chosen, first:last] |= open_
        new = _fix(override, position, chosen, open_, slice(first, last), target, fixed, plan.shape)
        broken += _keep_all(plan, active, new, fixed, slice(first, last))
        fixed.append(new)
        after, moved = _moved(before, plan[reached, first:last])
        plan[reached, first:last] = after
        effects.append(_changes(position, before, after, moved, np.arange(len(plan))[reached], first))
    return Applied(plan, touched, order, cells, _stacked(effects, _EFFECTS), pd.DataFrame(broken, columns=_BROKEN))


_EFFECTS = ["position", "row", "column", "before", "after"]
_BROKEN = ["position", "by", "column", "wanted"]


def override_effects(applied: Applied, rows: pd.DataFrame, buckets: pd.DatetimeIndex) -> pd.DataFrame:
    """The contract table override_effects: what each override changed, cell by cell, in the order applied (units)."""
    changed, order = applied.effects, applied.order
    keys = {name: rows[name].to_numpy()[changed["row"].to_numpy(dtype=int)] for name in ROW}
    whose = {name: order[name].to_numpy()[changed["position"].to_numpy(dtype=int)] for name in _WHOSE}
    found = changed[["position", "before", "after"]].assign(
        **keys, **whose, bucket=buckets[changed["column"].to_numpy(dtype=int)]
    )
    return checked(found, table("override_effects"))


_WHOSE = ("override_id", "owner", "reason")


def in_force(overrides: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """The overrides that have not expired by the first bucket planned."""
    return overrides[~(overrides["expires"] <= start)]


def ordered(overrides: pd.DataFrame) -> pd.DataFrame:
    """Overrides in the order they are applied: by day, undated ones last, then by number (book-2 before book-10)."""
    number = overrides["override_id"].str.extract(r"(\d+)$")[0].astype(float).fillna(-1)
    prefix = overrides["override_id"].str.replace(r"\d+$", "", regex=True)
    named = overrides.assign(prefix_=prefix, number_=number)
    return named.sort_values(["as_of", "prefix_", "number_", "override_id"], na_position="last", kind="stable")


def _target(override: tuple, total: np.ndarray) -> np.ndarray:
    """The units of each bucket that the override sets over all it selects."""
    if override.kind == "absolute":
        return np.full(len(total), float(override.value))
    return total + override.value if override.kind == "delta" else total * (1.0 + override.value)


def _meet(plan: np.ndarray, where: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The plan scaled so that what is selected adds up to the target in every bucket."""
    for base in (plan, weights, np.ones_like(plan)):
        mix = np.where(where, base, 0.0)
        total = mix.sum(axis=0)
        done = total > TOO_LITTLE
        if done.any():
            share = np.divide(target, total, out=np.zeros_like(total), where=done)
            plan = np.where(where & done, mix * share, plan)
            where = where & ~done
        if not where.any():
            break
    return plan


def _fix(
    override: tuple, position: int, chosen: np.ndarray, open_: np.ndarray, span: slice, target: np.ndarray,
    fixed: list[_Fixed], shape: tuple[int, int],
) -> _Fixed:  # fmt: skip
    """The sum this override keeps from now on; those over just the same rows it takes the place of.

    A delta or a share keeps its sum only in buckets where it shares a row with one that is kept already.
    """
    member = np.zeros(shape[0], dtype=bool)
    member[chosen] = True
    held = open_.any(axis=0) & (override.kind == "absolute")
    for other in fixed:
        if override.kind != "absolute" and not held.all() and other.member[chosen].any():
            shared = (open_ & other.member[chosen][:, None]).any(axis=0)
            held |= shared & ~np.isnan(other.target[span])
        if other.member.sum() == len(chosen) and other.member[chosen].all():
            other.target[span] = np.nan
    kept = np.full(shape[1], np.nan)
    kept[span] = np.where(held, target, np.nan)
    return _Fixed(position, member, kept)


def _keep_all(
    plan: np.ndarray, active: np.ndarray, new: _Fixed, fixed: list[_Fixed], span: slice
) -> list[tuple[int, int, int, float]]:
    """Move the plan (in place) so that the sums that hang together with the new one all hold; tell those let go."""
    together: dict[tuple[int, ...], list[int]] = {}
    for column in range(span.start, span.stop):
        if np.isnan(new.target[column]):
            continue
        live = [each for each in fixed if not np.isnan(each.target[column])]
        linked = _linked(new, live)
        if linked:
            together.setdefault(tuple(linked), []).append(column)
    by_position = {each.position: each for each in fixed}
    broken = []
    for positions, columns in together.items():
        sums = [*(by_position[position] for position in positions), new]
        rows = np.flatnonzero(reduce(np.logical_or, [each.member for each in sums]))
        group, holds = groups_of_rows([each.member[rows] for each in sums])
        for column in columns:
            units = np.where(active[rows, column], plan[rows, column], 0.0)
            found, gone = _met(np.bincount(group, units, holds.shape[1]), holds, [e.target[column] for e in sums])
            plan[rows, column] = np.where(active[rows, column], units * found[group], plan[rows, column])
            broken += [(sums[place].position, new.position, column, sums[place].target[column]) for place in gone]
            for place in gone:
                sums[place].target[column] = np.nan
    return broken


def _met(units: np.ndarray, holds: np.ndarray, totals: list[float]) -> tuple[np.ndarray, list[int]]:
    """By what the units of each group are multiplied so that the sums hold, and which of them cannot."""
    wanted, gone = np.array(totals), []
    found = meet_all(units, holds, wanted)
    if found is None:
        found, gone = meet_the_latest(units, holds, wanted)
    return np.divide(found, units, out=np.ones_like(units), where=units > 0), gone


def _linked(new: _Fixed, live: list[_Fixed]) -> list[int]:
    """The positions of the sums that share rows with the new one, directly or over others."""
    reached, waiting = new.member, list(live)
    linked: list[int] = []
    while True:
        near = [each for each in waiting if (each.member & reached).any()]
        if not near:
            return sorted(linked)
        waiting = [each for each in waiting if all(each is not one for one in near)]
        linked += [each.position for each in near]
        reached = reduce(np.logical_or, [each.member for each in near], reached)


def _moved(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The plan after an override without what is mere rounding, and the cells that it changed."""
    moved = np.abs(after - before) > UNMOVED * np.maximum(before, after)
    return np.where(moved, after, before), moved


def _changes(
    position: int, before: np.ndarray, after: np.ndarray, moved: np.ndarray, rows: np.ndarray, first: int
) -> pd.DataFrame:
    """The cells an override changed, one a line."""
    row, column = np.nonzero(moved)
    said = {"row": rows[row], "column": column + first, "before": before[moved], "after": after[moved]}
    return pd.DataFrame({"position": np.full(len(row), position), **said})


def _stacked(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns, dtype=float)
