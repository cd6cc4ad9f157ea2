"""Cannibalisation: a new item takes part of its sales from others of the house, by simple shares.

A share of its own units comes from the others named, at each location, from each in proportion to what it sells (draw
by fair share: Lomax, Hammond, East and Clemente, The measurement of cannibalization, J. of Product & Brand Management
6, 1997).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.demand.life_cycle.phase_out import place_of
from sopbench.demand.life_cycle.relations import Relations


@dataclass(frozen=True)
class Takings:
    """Who takes from whom at each location, a row each: rows of the series asked for, share, and where it holds.

    `active` has a column a bucket.
    """

    taker: np.ndarray
    other: np.ndarray
    share: np.ndarray
    active: np.ndarray


def takings(life: Relations, series: pd.MultiIndex, buckets: pd.DatetimeIndex) -> Takings:
    """The pairs of a cannibal and an other one that are both among `series` at a location, over `buckets`."""
    places = pd.DataFrame({"place": np.arange(len(series))}, index=series).reset_index()
    pairs = life.takers.merge(places.rename(columns={"place": "taker"}), on="item_id")
    pairs = pairs.merge(
        places.rename(columns={"item_id": "other_id", "place": "other"}), on=["other_id", "location_id"]
    )
    pairs = pairs.sort_values(["taker", "other"])
    active = np.arange(len(buckets))[None, :] >= place_of(pairs["start"], buckets)[:, None]
    return Takings(pairs["taker"].to_numpy(), pairs["other"].to_numpy(), pairs["factor"].to_numpy(), active)


def units_taken(units: np.ndarray, pairs: Takings, clipped: bool = True) -> np.ndarray:
    """The units each pair (row) takes from its other one in each bucket (column); `units` are series by buckets.

    A cannibal takes the sum of its shares times its own units, from each other one in proportion to share times units.
    `clipped`: no other one loses more than it sells; what several take beyond that is cut in proportion.
    """
    known = np.nan_to_num(units)
    drawn = known[pairs.other] * pairs.share[:, None]
    sums, shares = np.zeros_like(known), np.zeros_like(known)
    np.add.at(sums, pairs.taker, drawn)
    np.add.at(shares, pairs.taker, np.broadcast_to(pairs.share[:, None], drawn.shape))
    wanted = (shares * known)[pairs.taker] * pairs.active
    taken = wanted * np.divide(drawn, sums[pairs.taker], out=np.zeros_like(drawn), where=sums[pairs.taker] > 0)
    if not clipped:
        return taken
    lost = np.zeros_like(known)
    np.add.at(lost, pairs.other, taken)
    part = np.divide(np.minimum(known, lost), lost, out=np.ones_like(lost), where=lost > 0)
    return taken * part[pairs.other]


def put_back(cleaned: np.ndarray, pairs: Takings) -> np.ndarray:
    """The history (series by buckets) with the units put back that cannibals took: the forecast loses them again."""
    added = np.zeros_like(cleaned)
    np.add.at(added, pairs.other, units_taken(cleaned, pairs, clipped=False))
    return cleaned + added
