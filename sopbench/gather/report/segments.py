"""Sorts what is sold by how it sells: smooth or lumpy, much or little money, steady or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.gathered import ADI_LIMIT, CV2_LIMIT

WINDOW = pd.DateOffset(years=2)
"""How far back a series is looked at: long enough to see every season twice, short enough to be about today."""

YEAR = pd.DateOffset(years=1)

ENOUGH = 6
"""Buckets since its first sale below which nothing can be told of a series: it is new."""

A_LIMIT, B_LIMIT = 0.80, 0.95
"""Cumulative share of revenue up to which a series is A, and up to which it is B."""

X_LIMIT, Y_LIMIT = 0.5, 1.0
"""Coefficient of variation below which a series is X, and below which it is Y."""


def segments(start: pd.Timestamp, *, items: pd.DataFrame, calendar: pd.DataFrame, sales: pd.DataFrame) -> pd.DataFrame:
    """Make the table segments: a row for each item and location with an order before `start`.

    A series' buckets are those of the two years before `start`, from its first order and up to the day its item is
    discontinued; a bucket without orders counts as 0, one with more returns than orders too. Sales in buckets that the
    calendar does not have are left out. Patterns: Syntetos, Boylan and Croston (2005), equality in the harder class.
    ABC: series by revenue of the last year, the one that crosses a limit in the better class, equals in order of
    item and location. A series with fewer than ENOUGH buckets is new; one that is discontinued or without an order in
    the two years has ended.
    """
    buckets = pd.DatetimeIndex(calendar.loc[calendar["bucket"] < start, "bucket"].sort_values())
    sales = sales[sales["bucket"].isin(buckets)]
    rows, series = _series(sales)
    at = buckets.searchsorted(sales["bucket"])
    positive = (sales["qty_ordered"] > 0).to_numpy()
    first = np.full(len(rows), len(buckets))
    np.minimum.at(first, series[positive], at[positive])

    begin = int(buckets.searchsorted(start - WINDOW))
    lately, shape = at >= begin, (len(rows), len(buckets) - begin)
    cell = series[lately] * shape[1] + at[lately] - begin
    units = _sums(cell, sales["qty_ordered"].to_numpy()[lately], shape).clip(min=0.0)
    out = _sums(cell, sales["stockout"].to_numpy()[lately], shape) > 0
    until = rows["item_id"].map(items.set_index("item_id")["discontinue"])
    alive = np.arange(begin, len(buckets)) >= first[:, None]
    alive &= ~(buckets[begin:].to_numpy() >= until.to_numpy()[:, None])
    ended = (until <= start).to_numpy() | (units.sum(axis=1) <= 0)
    late = (sales["bucket"] >= start - YEAR).to_numpy()
    revenue = np.bincount(series[late], sales["revenue"].to_numpy()[late], minlength=len(rows))

    told = _variability(units, alive)
    history = len(buckets) - first
    new = (history < ENOUGH) & ~ended
    rows = rows.assign(
        history=history,
        stockout_share=(out & alive).sum(axis=1) / np.maximum(alive.sum(axis=1), 1),
        revenue=revenue,
        **told,
        pattern=np.select([ended, new], ["ended", "new"], _pattern(told["adi"], told["cv2"])),
        abc=_abc(revenue, ~ended),
        xyz=np.where(ended | new, "", np.select([told["cv"] < X_LIMIT, told["cv"] < Y_LIMIT], ["X", "Y"], "Z")),
    )
    return checked(rows[first < len(buckets)], table("segments"))


def _series(sales: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Every item and location in `sales`, in their order, and which of them each row is."""
    item, items = pd.factorize(sales["item_id"], sort=True)
    location, locations = pd.factorize(sales["location_id"], sort=True)
    pairs, series = np.unique(item * max(len(locations), 1) + location, return_inverse=True)
    item, location = np.divmod(pairs, max(len(locations), 1))
    return pd.DataFrame({"item_id": items[item], "location_id": locations[location]}), series


def _sums(cell: np.ndarray, values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The values summed up in the cells of a matrix of that shape."""
    return np.bincount(cell, values, minlength=shape[0] * shape[1]).reshape(shape)


def _variability(units: np.ndarray, alive: np.ndarray) -> dict[str, np.ndarray]:
    """Of each series: average demand interval, squared variation of the buckets with orders, variation of all."""
    buckets, demands = alive.sum(axis=1), ((units > 0) & alive).sum(axis=1)
    sizes = _variation(units, (units > 0) & alive)
    with np.errstate(divide="ignore", invalid="ignore"):
        adi = np.where(demands > 0, buckets / demands, np.nan)
    return {"adi": adi, "cv2": (sizes**2).round(12), "cv": _variation(units, alive).round(12)}


def _variation(units: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """The coefficient of variation of the counted units of each row; NaN where there are none."""
    count = counted.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(counted, units, 0.0).sum(axis=1) / count
        off = np.where(counted, units - mean[:, None], 0.0)
        return np.sqrt((off**2).sum(axis=1) / count) / np.where(mean > 0, mean, np.nan)


def _pattern(adi: np.ndarray, cv2: np.ndarray) -> np.ndarray:
    seldom, uneven = adi >= ADI_LIMIT, cv2 >= CV2_LIMIT
    return np.select([seldom & uneven, seldom, uneven], ["lumpy", "intermittent", "erratic"], "smooth")


def _abc(revenue: np.ndarray, on_sale: np.ndarray) -> np.ndarray:
    """The class of each series still sold by the share of revenue that stands before it; "" for the others."""
    worth = np.where(on_sale, revenue, 0.0).clip(min=0.0)
    order = np.argsort(-worth, kind="stable")
    before = np.empty_like(worth)
    before[order] = np.concatenate([[0.0], worth[order].cumsum()[:-1]])[: len(order)]
    share = (before / max(worth.sum(), 1e-9)).round(9)
    named = np.select([worth <= 0, share < A_LIMIT, share < B_LIMIT], ["C", "A", "B"], "C")
    return np.where(on_sale, named, "")
