"""The nearest plan that adds up: weighted least squares over a hierarchy, no quantity below 0, some sums fixed.

    minimise (base - S b)' W^-1 (base - S b)   subject to   L b = l   and   b >= 0,   W = diag(variance) + F F'

The unknowns are eliminated down to one number a node above the rows, one a fixed sum and one a shared factor (block
elimination of the KKT system; with F this is Woodbury's identity), so the matrix to factor is sparse and as small as
the upper levels. b >= 0 is met by block principal pivoting (Portugal, Judice and Vicente, Math. Comp. 63, 1994;
Wickramasuriya, Turlach and Hyndman, Stat. Comput. 30, 2020, use it for forecasts), fixed sums by the method of
multipliers (Bertsekas, Constrained Optimization, 1982), which also bears sums that say the same thing twice.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse.linalg import splu

from sopbench.demand.hierarchy.shrinkage import Weights

SOFT = 1e-12
"""Relative variance a fixed sum is solved with, so that no matrix is singular; multipliers then take it out."""

KEPT = 1e-11
"""Relative difference from a fixed sum at which multipliers stop."""

ROUNDS = 60
"""Rounds of multipliers before a fixed sum is given up on."""

NOUGHT = 1e-11
"""Share of a bucket's largest quantity that counts as 0 when signs are judged."""

CUTS = 5
"""How often fixed sums are restored after rounding put rows below 0."""

PATIENCE = 5
"""How often all signs are turned at once without progress before one is turned at a time."""

DENSE_FROM = 0.2
"""Share of filled cells from which a matrix is factored as a dense one."""


class Projection:
    """The least-squares problem of one hierarchy, one set of weights and one set of fixed sums.

    `summing` ends in an identity (see Hierarchy). `locks` (sums × rows) are the fixed sums above the rows; `given`
    marks rows whose quantity is fixed.
    """

    def __init__(self, summing: sparse.csr_array, weights: Weights, locks: sparse.csr_array, given: np.ndarray):
        rows = summing.shape[1]
        self.upper = summing.shape[0] - rows
        self.spread = weights.variance[self.upper :]
        self.shared = weights.factors[self.upper :]
        self.sums = sparse.csc_array(sparse.vstack([summing[: self.upper], locks]))
        at_once = locks.multiply(self.spread[None, :]).sum(axis=1) if locks.shape[0] else np.empty(0)
        self.soft = np.concatenate([weights.variance[: self.upper], SOFT * at_once])
        nothing = np.zeros((locks.shape[0], weights.factors.shape[1]))
        self.shared_sums = np.vstack([weights.factors[: self.upper], nothing])
        self.locks, self.given = locks, given

    def solve(self, base: np.ndarray, fixed: np.ndarray, held: np.ndarray, nonnegative: bool) -> np.ndarray:
        """The quantities of the rows by bucket.

        `base` is nodes × buckets, `fixed` sums × buckets, `held` rows × buckets with the quantities of the `given`.
        """
        free = _Free(self, ~self.given)
        found, target = self._multiplied(free, base, fixed, held)
        if not nonnegative:
            return found
        scale = NOUGHT * np.abs(found).max(axis=0, initial=0.0)
        low = (found < -scale) & ~self.given[:, None]
        for bucket in np.flatnonzero(low.any(axis=0)):
            one = slice(bucket, bucket + 1)
            found[:, one] = self._pivoted(
                low[:, bucket], base[:, one], fixed[:, one], target[:, one], held[:, one], scale[bucket]
            )
        return self._cut(found, fixed)

    def _cut(self, found: np.ndarray, fixed: np.ndarray) -> np.ndarray:
        """The solution with what is below 0 by rounding at 0, and the fixed sums once more as they shall be."""
        found = np.where(self.given[:, None], found, np.maximum(found, 0.0))
        for _ in range(CUTS):
            missing = fixed - self.locks @ found
            off = (np.abs(missing) > KEPT * np.abs(fixed)).any(axis=0)
            for bucket in np.flatnonzero(off):
                free = _Free(self, ~self.given & (found[:, bucket] > 0))
                found[:, bucket] += free.step(missing[:, bucket : bucket + 1])[:, 0]
            found = np.where(self.given[:, None], found, np.maximum(found, 0.0))
            if not off.any():
                break
        return found

    def _multiplied(
        self, free: _Free, base: np.ndarray, fixed: np.ndarray, held: np.ndarray, target: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The solution on the free rows with every fixed sum kept, and the targets that made it so."""
        target = fixed.copy() if target is None else target
        found = free.solve(base, target, held)
        for _ in range(ROUNDS):
            missing = fixed - self.locks @ found
            if (np.abs(missing) <= KEPT * np.abs(fixed)).all():
                break
            target = target + missing
            found = found + free.step(missing)
        return found, target

    def _pivoted(
        self, low: np.ndarray, base: np.ndarray, fixed: np.ndarray, target: np.ndarray, held: np.ndarray, scale: float
    ) -> np.ndarray:
        """One bucket (columns of one) with no free row below 0, starting with the `low` ones at 0."""
        free = _Free(self, ~self.given & ~low)
        for _ in range(ROUNDS):
            free = self._signs(free, base, target, held, scale)
            found, target = self._multiplied(free, base, fixed, held, target)
            if not self._wrong(free, found, scale).any():
                break
        return found

    def _signs(self, free: _Free, base: np.ndarray, target: np.ndarray, held: np.ndarray, scale: float) -> _Free:
        """Which rows are free at the optimum for these targets: by block pivoting, one by one where that fails."""
        fewest, left = len(free.free) + 1, PATIENCE
        for _ in range(ROUNDS + 2 * len(free.free)):
            wrong = self._wrong(free, free.solve(base, target, held), scale)
            count = int(wrong.sum())
            if count == 0:
                break
            if count < fewest:
                fewest, left = count, PATIENCE
            else:
                left -= 1
            turned = wrong if left >= 0 else np.arange(len(wrong)) == np.flatnonzero(wrong)[-1]
            free = _Free(self, free.free ^ turned)
        return free

    def _wrong(self, free: _Free, found: np.ndarray, scale: float) -> np.ndarray:
        """Free rows below 0, and rows held at 0 that would rather be more."""
        return ~self.given & np.where(free.free, found[:, 0] < -scale, free.wanted() > scale)


class _Free:
    """The KKT system with some rows free and the others held, factored."""

    def __init__(self, whole: Projection, free: np.ndarray):
        self.whole, self.free = whole, free
        inside = whole.sums[:, free]
        self.weighted = inside.multiply(whole.spread[None, free]).tocsc()
        matrix = (self.weighted @ inside.T).tocsc() + sparse.diags_array(whole.soft, format="csc")
        self.inside, self.outside = inside, whole.sums[:, ~free]
        self.cross = whole.shared_sums - inside @ whole.shared[free]
        self.factored = _Factored(matrix)
        self.factor, self.pull = np.zeros((self.cross.shape[1], 1)), np.zeros((self.cross.shape[0], 1))
        held = whole.shared[~free]
        self.leaning = held / whole.spread[~free][:, None]
        self.through = self.factored.solve(self.cross) if self.cross.shape[1] else self.cross
        self.small = np.eye(self.cross.shape[1]) + held.T @ self.leaning + self.cross.T @ self.through

    def solve(self, base: np.ndarray, target: np.ndarray, held: np.ndarray) -> np.ndarray:
        """The rows' quantities by bucket, for the sums' `target` and the quantities `held` where rows are not free."""
        self.bottom = base[self.whole.upper :]
        self.factor, self.pull = np.zeros((self.cross.shape[1], 1)), np.zeros((self.cross.shape[0], 1))
        return self._add(base, target, held)

    def step(self, missing: np.ndarray) -> np.ndarray:
        """What to add to the last solution so that the sums come nearer by what they miss; small steps round little."""
        whole = self.whole
        nothing = np.zeros((whole.upper + len(whole.given), missing.shape[1]))
        return self._add(nothing, missing, nothing[whole.upper :])

    def _add(self, base: np.ndarray, target: np.ndarray, held: np.ndarray) -> np.ndarray:
        whole, free = self.whole, self.free
        upper, bottom = base[: whole.upper], base[whole.upper :]
        away = bottom[~free] - held[~free]
        right = np.vstack([upper, target]) - self.inside @ bottom[free] - self.outside @ held[~free]
        pull = self.factored.solve(right)
        factor = np.linalg.solve(self.small, self.cross.T @ pull + self.leaning.T @ away)
        pull = pull - self.through @ factor
        found = held.copy()
        found[free] = bottom[free] - whole.shared[free] @ factor + self.weighted.T @ pull
        self.factor, self.pull = self.factor + factor, self.pull + pull
        return found

    def wanted(self) -> np.ndarray:
        """Where each held row would go if it alone were let go, in units from where it is (the last solution's)."""
        whole, held = self.whole, ~self.free
        said = np.zeros(len(held))
        drawn = whole.spread[held] * (self.outside.T @ self.pull)[:, 0]
        said[held] = self.bottom[held, 0] - (whole.shared[held] @ self.factor)[:, 0] + drawn
        return said


class _Factored:
    """A symmetric positive definite matrix, factored: scaled to a diagonal of 1, dense where it is well filled."""

    def __init__(self, matrix: sparse.csc_array):
        size = matrix.shape[0]
        self.scale = 1.0 / np.sqrt(matrix.diagonal())
        scaled = sparse.csc_array(sparse.diags_array(self.scale) @ matrix @ sparse.diags_array(self.scale))
        self.dense = size and scaled.nnz >= DENSE_FROM * size**2
        if self.dense:
            self.factor = cho_factor(scaled.toarray(), lower=True, overwrite_a=True, check_finite=False)
        elif size:
            symmetric = {"SymmetricMode": True}
            self.factor = splu(scaled, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=symmetric)

    def solve(self, right: np.ndarray) -> np.ndarray:
        if not len(self.scale):
            return right
        right = self.scale[:, None] * right
        said = cho_solve(self.factor, right, check_finite=False) if self.dense else self.factor.solve(right)
        return self.scale[:, None] * said
