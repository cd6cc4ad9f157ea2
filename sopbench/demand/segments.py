"""The segment of a series: how often and how evenly its demand comes (Syntetos, Boylan and Croston, JORS 56, 2005)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract.gathered import ADI_LIMIT, CV2_LIMIT

SELDOM = ("intermittent", "lumpy")
"""Segments whose methods are measured by totals over the horizon, never naively, which says nothing or a peak."""


def segments(values: pd.DataFrame) -> pd.Series:
    """The segment of each series (rows; NaN where it is not alive): smooth, erratic, intermittent or lumpy."""
    units = values.to_numpy()
    sizes = np.where(units > 0, units, np.nan)
    count = np.isfinite(sizes).sum(axis=1)
    sums, squares = np.nansum(sizes, axis=1), np.nansum(sizes**2, axis=1)
    seldom = np.isfinite(units).sum(axis=1) >= ADI_LIMIT * count
    mean = sums / np.maximum(count, 1)
    variance = squares / np.maximum(count, 1) - mean**2
    uneven = (count > 0) & (variance >= CV2_LIMIT * mean**2)
    named = np.select([seldom & uneven, seldom, uneven], ["lumpy", "intermittent", "erratic"], "smooth")
    return pd.Series(named, index=values.index, name="segment")
