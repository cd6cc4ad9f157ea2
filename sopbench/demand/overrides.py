"""The planners' overrides: what each selects, and how all of them are kept at once.

Absolute overrides fix the sum over what they select. Where several overlap, the plan is moved to the nearest one that
meets all sums: least relative entropy, which keeps the mix of what it scales (Deming and Stephan, Ann. Math. Stat. 11,
1940), found by Newton's method on its dual. Where two contradict each other the later one holds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import Problem

ROUNDS = 100
"""Newton steps before contradicting overrides are given up on."""

STRIDE = 2.0
"""Most by which a step may move the logarithm of a quantity."""

CLOSE = 1e-9
"""Relative difference from a sum that counts as kept."""


TOO_LITTLE = 1e-9
"""Units below which a plan says nothing about how an override is to be shared out."""


def apply_overrides(
    plan: np.ndarray, weights: np.ndarray, active: np.ndarray, rows: pd.DataFrame, overrides: pd.DataFrame,
    buckets: pd.DatetimeIndex,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """The plan (rows by buckets, units) with the overrides put in, and where any of them reached.

    `rows` names item_id, family, location_id and customer_id of each row; `active` is where an item sells. Overrides
    (contract table) are applied in order of as_of and number. "absolute" sets the units a bucket of all selected rows
    together, "delta" adds to them, both in proportion to the plan (to `weights`, then evenly, where the plan is 0);
    "percent" adds a share. None goes below 0. What an absolute override set still holds after later ones.
    """
    plan, touched, fixed = plan.copy(), np.zeros(plan.shape, dtype=bool), []
    for override in ordered(overrides).itertuples():
        where = selected(rows, override)[:, None] & _lasting(override, buckets) & active
        if not where.any():
            continue
        total = np.where(where, plan, 0.0).sum(axis=0)
        target = {
            "absolute": np.full(len(total), override.value),
            "delta": total + override.value,
            "percent": total * (1.0 + override.value),
        }[override.kind]
        plan = _meet(plan, where, np.maximum(target, 0.0), weights)
        touched |= where
        held = where.any(axis=0) & (override.kind == "absolute" or _overlaps(where, fixed))
        fixed = _without_replaced(fixed, where)
        fixed.append((where & held, np.maximum(target, 0.0)))
    for bucket in range(plan.shape[1]):
        sums = [(where[:, bucket], target[bucket]) for where, target in fixed if where[:, bucket].any()]
        plan[:, bucket] = _meet_all(plan[:, bucket], sums)
    return plan, touched


def override_problems(demand_plan: pd.DataFrame, *, items: pd.DataFrame, overrides: pd.DataFrame) -> list[Problem]:
    """What became of overrides that the demand plan (table) could not keep: a warning for each, none when all hold.

    An override that touches the horizon is told of when it selects no row that is planned, or when the units it sets
    do not come out because another one contradicts it.
    """
    rows = demand_plan.merge(items[["item_id", "family"]], on="item_id")
    first, last = rows["bucket"].min(), rows["bucket"].max()
    due = overrides[(overrides["end"] >= first) & (overrides["start"] <= last)]
    problems = []
    for override in ordered(in_force(due, first)).itertuples():
        chosen = rows[selected(rows, override) & rows["bucket"].between(override.start, override.end)]
        if chosen["override"].isna().all():
            message, mend = "the override selects nothing that is planned", "check its item, family, place, time"
        elif override.kind == "absolute" and not np.allclose(
            chosen.groupby("bucket")["consensus"].sum(), max(override.value, 0.0), rtol=1e-6
        ):
            message, mend = "its units do not come out: another override contradicts it", "take one of them back"
        else:
            continue
        found = f"{override.value:g} {override.kind} by {override.owner}"
        problems.append(Problem("overrides", str(override.override_id), found, message, mend, "warning"))
    return problems


def in_force(overrides: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """The overrides that have not expired by the first bucket planned."""
    return overrides[~(overrides["expires"] <= start)]


def ordered(overrides: pd.DataFrame) -> pd.DataFrame:
    """Overrides in the order they are applied: by day, undated ones last, then by number (book-2 before book-10)."""
    number = pd.to_numeric(overrides["override_id"].str.extract(r"(\d+)$")[0]).fillna(-1)
    prefix = overrides["override_id"].str.replace(r"\d+$", "", regex=True)
    named = overrides.assign(prefix_=prefix, number_=number)
    return named.sort_values(["as_of", "prefix_", "number_", "override_id"], na_position="last", kind="stable")


def selected(rows: pd.DataFrame, override: tuple) -> np.ndarray:
    """True for the rows an override selects; what it leaves empty selects all."""
    chosen = np.ones(len(rows), dtype=bool)
    for name in ("item_id", "family", "location_id", "customer_id"):
        wanted = getattr(override, name)
        if wanted:
            chosen &= (rows[name] == wanted).to_numpy()
    return chosen


def _lasting(override: tuple, buckets: pd.DatetimeIndex) -> np.ndarray:
    return ((buckets >= override.start) & (buckets <= override.end))[None, :]


def _meet(plan: np.ndarray, where: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The plan scaled so that what is selected adds up to the target in every bucket."""
    for base in (plan, weights, np.ones_like(plan)):
        mix = np.where(where, base, 0.0)
        total = mix.sum(axis=0)
        done = total > TOO_LITTLE
        share = np.divide(target, total, out=np.zeros_like(total), where=done)
        plan = np.where(where & done, mix * share, plan)
        where = where & ~done
    return plan


def _meet_all(units: np.ndarray, sums: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """One bucket's plan moved to meet all sums (rows, total); as it came where they cannot all be met."""
    totals = np.array([total for _, total in sums])
    rows = np.array([chosen for chosen, _ in sums], dtype=float).reshape(len(sums), len(units))
    near = CLOSE * np.maximum(totals, 1.0)
    found = np.where(rows[totals == 0.0].any(axis=0), 0.0, units)
    for _ in range(ROUNDS):
        missing = totals - rows @ found
        if (np.abs(missing) <= near).all():
            return found
        step = np.linalg.lstsq((rows * found) @ rows.T, missing)[0] @ rows
        found = found * np.exp(step * min(1.0, STRIDE / np.abs(step).max(initial=STRIDE)))
    return units


def _overlaps(where: np.ndarray, fixed: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The buckets in which a selection shares a row with one whose sum is fixed."""
    shared = [(where & other).any(axis=0) for other, _ in fixed]
    return np.any(shared, axis=0) if shared else np.zeros(where.shape[1], dtype=bool)


def _without_replaced(
    fixed: list[tuple[np.ndarray, np.ndarray]], where: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The fixed sums less those a new override replaces: in a bucket where both select exactly the same."""
    return [(other & ~(other == where).all(axis=0), target) for other, target in fixed]
