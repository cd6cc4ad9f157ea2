"""Random numbers made of additions and products alone, so that they are the same on every machine."""

from __future__ import annotations

import numpy as np


def bell(rng: np.random.Generator, shape: tuple[int, ...] | int) -> np.ndarray:
    """Numbers of mean 0 and standard deviation 1, bell-shaped, never beyond 3.5: four uniform ones added up.

    No logarithm or exponential, whose last digit differs between machines.
    """
    total = rng.random(shape)
    for _ in range(3):
        total += rng.random(shape)
    return (total - 2.0) * 1.7320508


def between(rng: np.random.Generator, low: float, high: float, shape: tuple[int, ...] | int) -> np.ndarray:
    """Uniform numbers from low to high."""
    return low + (high - low) * rng.random(shape)


def to_whole(rng: np.random.Generator, values: np.ndarray) -> np.ndarray:
    """Whole numbers, up or down by chance so that the mean stays."""
    return np.floor(np.maximum(values, 0.0) + rng.random(values.shape)).astype(np.int64)


def pick(rng: np.random.Generator, pool: np.ndarray, count: int) -> np.ndarray:
    """`count` different members of the pool (all of them where it has fewer), in the order drawn."""
    return rng.permutation(pool)[: min(count, len(pool))]
