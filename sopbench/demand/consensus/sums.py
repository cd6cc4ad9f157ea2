"""Several sums kept at once: the plan nearest to the given one whose selected rows add up to what was set.

Nearest is least relative entropy, which keeps the mix of what it scales (Deming and Stephan, Annals of Mathematical
Statistics 11, 1940; Csiszár, Annals of Probability 3, 1975), found by Newton's method on its dual. Rows that belong to
the same sums are scaled alike, so the work is done on groups of rows, however many rows there are.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

ROUNDS = 100
"""Newton steps before sums are given up on."""

STRIDE = 2.0
"""Most by which a step may move the logarithm of a quantity."""

CLOSE = 1e-9
"""Relative difference from a sum that counts as kept."""

REACHABLE = 1e-7
"""Relative distance from all sums together beyond which they contradict each other."""

PACKED = 30
"""Sums whose membership is put into one whole number, beside the number of a group."""


def groups_of_rows(members: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The group of each row and which groups each sum holds (sums by groups); a group's rows are in the same sums.

    `members` says of each sum, row by row, whether the row is in it.
    """
    label, packed = np.zeros(len(members[0]), dtype=np.int64), 0
    for member in members:
        label = label * 2 + member
        packed += 1
        if packed == PACKED:
            label, packed = np.unique(label, return_inverse=True)[1], 0
    _, first, group = np.unique(label, return_index=True, return_inverse=True)
    return group, np.array([member[first] for member in members], dtype=float)


def meet_all(units: np.ndarray, sums: np.ndarray, totals: np.ndarray) -> np.ndarray | None:
    """The units (of groups) moved to meet every total of `sums` (sums by groups); None where they contradict."""
    if not _reachable(units, sums, totals):
        return None
    near = CLOSE * np.maximum(totals, 1.0)
    found = np.where(sums[totals == 0.0].any(axis=0), 0.0, units)
    for _ in range(ROUNDS):
        missing = totals - sums @ found
        if (np.abs(missing) <= near).all():
            return found
        step = np.linalg.lstsq((sums * found) @ sums.T, missing)[0] @ sums
        found = found * np.exp(step * min(1.0, STRIDE / np.abs(step).max(initial=STRIDE)))
    return None


def meet_the_latest(units: np.ndarray, sums: np.ndarray, totals: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """The units that meet the last sum and, from the latest to the first, every one that does not contradict those.

    Gives the units and the places of the sums that had to be let go.
    """
    kept, found, gone = [len(totals) - 1], units, []
    for place in range(len(totals) - 2, -1, -1):
        tried = sorted([*kept, place])
        met = meet_all(units, sums[tried], totals[tried])
        if met is None:
            gone.append(place)
        else:
            kept, found = tried, met
    return found, gone


def _reachable(units: np.ndarray, sums: np.ndarray, totals: np.ndarray) -> bool:
    """Whether some quantities of 0 or more, 0 where there is nothing to scale, add up to all totals."""
    some = units > 0.0
    if not some.any():
        return bool((totals <= CLOSE).all())
    scale = max(float(totals.max()), 1.0)
    try:
        _, distance = nnls(sums[:, some], totals / scale)
    except RuntimeError:  # it did not end: Newton's method decides
        return True
    return distance <= REACHABLE
