"""Calendar effects: how much demand follows the days worked in a bucket, where the data shows that it does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.demand.season import positions

SURE = 3.0
"""Standard errors an elasticity must lie off 0 before anything of it is believed."""

SMALL = 1e-9
"""Days that vary less than this say nothing."""

FREE_AT_LEAST = 12
"""Buckets beyond one season that must speak for an elasticity."""

WIDEST = 2.0
"""Days count as at most so many times the usual, and at least the inverse of it."""


def day_ratio(days: np.ndarray, past: int, season: int) -> np.ndarray:
    """Working days of each bucket over the usual ones at its place in the season, the mean of the first `past` buckets.

    1 where either is not known or 0.
    """
    place = positions(len(days), season)
    usual = pd.Series(days[:past]).where(days[:past] > 0).groupby(place[:past]).mean().reindex(place).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((days > 0) & (usual > 0), days / usual, 1.0)
    return np.clip(ratio, 1.0 / WIDEST, WIDEST)


def day_elasticity(
    known: np.ndarray,
    expected: np.ndarray,
    upper: np.ndarray,
    families: pd.Series,
    days: np.ndarray,
    season: int,
    said: dict[str, float],
    taken_out: pd.Series | None = None,
) -> pd.DataFrame:
    """By family (index): the elasticity of demand to working days that is used, the one measured, and its error.

    `known` units of series (rows) in buckets (columns, NaN = not known), what was `expected` and the `upper` limit of
    what is believed; `days` as day_ratio gives them. A family's demand over its expectation is regressed on the days,
    both as logarithms and around their means at each place in the season, which the seasonal profile has already. An
    elasticity is drawn to 0 by the nonnegative garrote, 1 - (SURE x error / measured)^2 (Breiman, Technometrics 37,
    1995), and is at most 1: demand in proportion to the days. `said` takes the place of what is measured.

    As the profile of a season has followed the days a little, what is measured is too low: measured over again on
    demand without it, with `taken_out` the elasticity by family that has gone already, it comes near.
    """
    told = np.isfinite(known) & np.isfinite(expected)
    by_family = families.to_numpy()
    units = pd.DataFrame(np.where(told, np.minimum(known, upper), 0.0)).groupby(by_family).sum()
    level = pd.DataFrame(np.where(told, expected, 0.0)).groupby(by_family).sum()
    seen = ((units > 0) & (level > 0)).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        demand = np.where(seen, np.log(units.to_numpy() / level.to_numpy()), np.nan)
    demand = _within_place(demand, season)
    worked = _within_place(np.where(seen, np.log(days), np.nan), season)
    moved, together = np.nansum(worked**2, axis=1), np.nansum(worked * demand, axis=1)
    slope = np.divide(together, moved, out=np.zeros_like(moved), where=moved > SMALL)
    residual = np.nansum((demand - slope[:, None] * worked) ** 2, axis=1)
    free = seen.sum(axis=1) - season - 1
    able = (free >= FREE_AT_LEAST) & (moved > SMALL)
    error = np.sqrt(np.divide(residual / np.maximum(free, 1), moved, out=np.full_like(moved, np.inf), where=able))
    if taken_out is not None:
        slope = slope + taken_out.reindex(units.index).fillna(0.0).to_numpy()
    unsure = np.divide(SURE * error, slope, out=np.full_like(slope, np.inf), where=slope > 0)
    believed = np.clip(slope, 0.0, 1.0) * np.maximum(1.0 - np.minimum(unsure, 1.0) ** 2, 0.0)
    used = pd.Series(believed, index=units.index)
    used.update(pd.Series(said, dtype=float))
    found = {"elasticity": used, "measured": np.where(able, slope, np.nan), "error": np.where(able, error, np.nan)}
    return pd.DataFrame(found, index=units.index.rename("family"))


def day_factors(families: pd.Series, elasticity: pd.DataFrame, days: np.ndarray) -> np.ndarray:
    """The factor of working days on the demand of each series (rows) in each bucket (columns): days ^ elasticity."""
    power = families.map(elasticity["elasticity"]).fillna(0.0).to_numpy(dtype=float)
    return np.asarray(days)[None, :] ** power[:, None]


def days_ahead(
    series: pd.MultiIndex,
    elasticity: pd.DataFrame,
    ahead: pd.DatetimeIndex,
    season: int,
    *,
    items: pd.DataFrame,
    calendar: pd.DataFrame,
) -> np.ndarray:
    """The factor that working days put on the forecast of each series (rows) in each bucket of the horizon (columns).

    What was taken out of history comes back: days over the usual of history, to the family's elasticity (as
    day_elasticity gives it); 1 for a family it does not know.
    """
    days = calendar.sort_values("bucket").set_index("bucket")["working_days"]
    past = int((days.index < ahead[0]).sum())
    ratio = day_ratio(days.to_numpy(), past, season)[days.index.get_indexer(ahead)]
    families = pd.Series(series.get_level_values("item_id").map(items.set_index("item_id")["family"]), index=series)
    return day_factors(families, elasticity, ratio)


def _within_place(values: np.ndarray, season: int) -> np.ndarray:
    """Values (rows by buckets) less the mean of their place in the season."""
    frame = pd.DataFrame(values).T
    return (frame - frame.groupby(positions(len(frame), season)).transform("mean")).T.to_numpy()
