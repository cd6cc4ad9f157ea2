"""Chance, drawn in one place: the same figures for the same seed, and as many of every size as there should be."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc


def stratified(points: int, dimensions: int, seed: int, *stream: int) -> np.ndarray:
    """Independent standard normal draws, dimensions × points; each dimension has one draw in each of `points` equal
    parts of the distribution.

    A Latin hypercube (McKay, Beckman & Conover 1979): a risk plan has thousands of dimensions, too many for Sobol's
    sequence to fill with a thousand points, and sums of them are where a Latin hypercube gains most (Stein 1987).
    Streams of one seed do not depend on one another, so one more source of chance leaves the others as they were.
    """
    if not dimensions:
        return np.zeros((0, points))
    cube = qmc.LatinHypercube(dimensions, rng=np.random.default_rng([seed, *stream]))
    drawn = cube.random(points).T
    return ndtri(drawn, out=drawn)
