"""Fixed sums that cannot all be kept: found, and named by the fewest that already contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from sopbench.contract import PlanningError, Problem

AGREED = 1e-9
"""Share of the largest fixed sum by which sums may differ and still agree."""


def stop_on_contradictions(
    summing: sparse.csr_array, locked: np.ndarray, nonnegative: bool, names: Sequence[str], buckets: Sequence[str]
) -> None:
    """Raise PlanningError that names the nodes whose fixed quantities no plan can meet together.

    `locked` is nodes × buckets, NaN where nothing is fixed; quantities below 0 count as impossible if `nonnegative`.
    Contradictions that share no node are each told, once for all buckets they are in.
    """
    told: dict[tuple[int, ...], list[int]] = {}
    for bucket in np.flatnonzero(np.isfinite(locked).any(axis=0)).tolist():
        nodes = np.flatnonzero(np.isfinite(locked[:, bucket]))
        for some in contradictions(summing[nodes], locked[nodes, bucket], nonnegative):
            told.setdefault(tuple(nodes[some].tolist()), []).append(bucket)
    problems = []
    for some, where in told.items():
        key = " and ".join(f"{names[each]} = {locked[each, where[0]]:.9g}" for each in some)
        message = "these fixed quantities contradict each other" if len(some) > 1 else "a fixed quantity below 0"
        mend = "take one of them back" if len(some) > 1 else "fix it at 0 or more"
        found = f"bucket {buckets[where[0]]}" + (f" and {len(where) - 1} more" if len(where) > 1 else "")
        problems.append(Problem("locks", key, found, message, mend))
    if problems:
        raise PlanningError(problems)


def contradictions(locks: sparse.csr_array, values: np.ndarray, nonnegative: bool) -> list[list[int]]:
    """The smallest sets of sums (rows of `locks`, 1 where a column counts in) that cannot have their `values` at once.

    By Farkas' lemma sums contradict each other where the linear program "miss them by as little as possible" cannot
    reach 0, and its dual names a set that does; from it each sum is left out that is not needed for the contradiction.
    """
    below = np.flatnonzero(values < 0) if nonnegative else np.empty(0, dtype=int)
    found = [[int(each)] for each in below]
    left = np.setdiff1d(np.arange(len(values)), below)
    if len(left) == 0 or not (locks[left].sum(axis=0) > 1).any():
        return found  # no two share anything
    cells = _cells(locks[left])
    scaled = values[left] / max(float(np.abs(values[left]).max()), 1e-300)
    alive = np.arange(len(left))
    while len(alive):
        some = _certificate(cells[alive], scaled[alive], nonnegative)
        if some is None:
            break
        some = alive[some]
        for each in some.tolist():
            fewer = some[some != each]
            if _certificate(cells[fewer], scaled[fewer], nonnegative) is not None:
                some = fewer
        found.append(left[some].tolist())
        alive = np.setdiff1d(alive, some)
    return sorted(found)


def _cells(locks: sparse.csr_array) -> sparse.csr_array:
    """The sums over cells: columns that count in exactly the same sums are one, those in none are left out."""
    columns = sparse.csc_array(locks)
    columns.sort_indices()
    keys = [columns.indices[first:last].tobytes() for first, last in pairwise(columns.indptr)]
    first = np.flatnonzero(~pd.Series(keys, dtype=object).duplicated().to_numpy() & (np.diff(columns.indptr) > 0))
    return sparse.csr_array(columns[:, first])


def _certificate(cells: sparse.csr_array, values: np.ndarray, nonnegative: bool) -> np.ndarray | None:
    """Sums that contradict each other, None where all can be met."""
    count, width = cells.shape
    if count == 0:
        return None
    missed = sparse.eye_array(count)
    system = sparse.hstack([cells, missed, -missed], format="csr")
    cost = np.concatenate([np.zeros(width), np.ones(2 * count)])
    limits = [(0.0 if nonnegative else None, None)] * width + [(0.0, None)] * (2 * count)
    solved = linprog(cost, A_eq=system, b_eq=values, bounds=limits, method="highs-ds")
    if solved.fun <= AGREED:
        return None
    return np.flatnonzero(np.abs(solved.eqlin.marginals) > 1e-9)
