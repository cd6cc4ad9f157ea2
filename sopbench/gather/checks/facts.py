"""What many checks ask of the tables, worked out once: what sold lately, what it needs, what hangs on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, eye_array

from sopbench.contract.buckets import buckets_a_year

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Facts:
    """Every input table of a cycle, and what follows from them.

    `before` and `ahead` are the buckets of history and horizon, `year` is the number of buckets in a year.
    `ordered`, `shipped` (units) and `revenue` (money) have a row for each of `item_ids` and a column for each bucket
    of `before`. `lately` is the last year's sales by item, location and customer: qty_ordered, qty_shipped, revenue.
    `items` is the table items by item_id, with what the last year says of each:
    `units` and `sold_for` (shipped, and its revenue), `needed` (units sold or gone into what was sold),
    `carried` (the revenue of all that it is or goes into). `reach` has a 1 where an item (row) is or goes into
    another (column).
    """

    tables: Tables
    start: pd.Timestamp
    before: pd.DatetimeIndex
    ahead: pd.DatetimeIndex
    year: int
    item_ids: pd.Index
    ordered: np.ndarray
    shipped: np.ndarray
    revenue: np.ndarray
    lately: pd.DataFrame
    items: pd.DataFrame
    reach: csr_array

    def of_item(self, item_ids: pd.Series, column: str) -> pd.Series:
        """A column of `items` for each of the items named."""
        return item_ids.map(self.items[column])

    def carried_by(self, item_ids: pd.Series, groups: pd.Series) -> pd.Series:
        """The last year's revenue of all that each group of items is or goes into, what is sold counted once."""
        names, codes = np.unique(groups.astype(str), return_inverse=True)
        rows = self.item_ids.get_indexer(item_ids)
        members = csr_array((np.ones(len(rows)), (codes, rows)), shape=(len(names), len(self.item_ids)))
        touched = members @ self.reach
        touched.data[:] = 1.0
        return pd.Series(touched @ self.items["sold_for"].clip(lower=0).to_numpy(), index=names)


def facts_of(tables: Tables, start: pd.Timestamp) -> Facts:
    """The facts of tables that conform to the contract and to one another, the calendar filled up."""
    buckets = pd.DatetimeIndex(tables["calendar"]["bucket"])
    before, ahead = buckets[buckets < start], buckets[buckets >= start]
    year = buckets_a_year(buckets)
    item_ids = pd.Index(tables["items"]["item_id"])
    ordered, shipped, revenue = _by_item(tables["sales"], item_ids, before)
    units, sold_for = shipped[:, -year:].sum(axis=1), revenue[:, -year:].sum(axis=1)
    needed, reach = _through_bom(tables["bom"], item_ids, units.clip(0))
    carried = reach @ sold_for.clip(0)
    said = {"units": units, "sold_for": sold_for, "needed": needed, "carried": carried}
    items = tables["items"].set_index("item_id").assign(**said)
    lately = _lately(tables["sales"], before[-year:])
    return Facts(tables, start, before, ahead, year, item_ids, ordered, shipped, revenue, lately, items, reach)


def medians(values: np.ndarray) -> np.ndarray:
    """The median of each row, holes (NaN) left out; NaN where a row has nothing else."""
    if values.shape[1] == 0:
        return np.full(len(values), np.nan)
    ordered, count = np.sort(values, axis=1), np.isfinite(values).sum(axis=1)
    rows = np.arange(len(values))
    low, high = ordered[rows, (count - 1).clip(0) // 2], ordered[rows, (count // 2).clip(max=values.shape[1] - 1)]
    return np.where(count > 0, (low + high) / 2, np.nan)


def _by_item(sales: pd.DataFrame, item_ids: pd.Index, before: pd.DatetimeIndex) -> list[np.ndarray]:
    """Units ordered, units shipped and revenue of each item in each bucket."""
    row, column = item_ids.get_indexer(sales["item_id"]), before.get_indexer(sales["bucket"])
    inside = (row >= 0) & (column >= 0)
    cell = row[inside] * len(before) + column[inside]
    size = len(item_ids) * len(before)
    return [
        np.bincount(cell, sales[name].to_numpy()[inside], size).reshape(len(item_ids), len(before))
        for name in ("qty_ordered", "qty_shipped", "revenue")
    ]


def _lately(sales: pd.DataFrame, buckets: pd.DatetimeIndex) -> pd.DataFrame:
    key = ["item_id", "location_id", "customer_id"]
    rows = sales[(sales["bucket"] >= buckets[0]) & (sales["bucket"] <= buckets[-1])]
    return rows.groupby(key, as_index=False)[["qty_ordered", "qty_shipped", "revenue"]].sum()


def _through_bom(bom: pd.DataFrame, item_ids: pd.Index, units: np.ndarray) -> tuple[np.ndarray, csr_array]:
    """Units of each item sold or gone into what was sold, and what each item is or goes into.

    The bill of materials has no loop, so the levels come to an end.
    """
    parent, component = item_ids.get_indexer(bom["item_id"]), item_ids.get_indexer(bom["component_id"])
    usage, size = (bom["qty_per"] * (1 + bom["scrap"])).to_numpy(), len(item_ids)
    into = csr_array((usage, (component, parent)), shape=(size, size))
    touches = csr_array((np.ones(len(bom)), (component, parent)), shape=(size, size))
    needed, level = units.copy(), units
    reach, step = eye_array(size, format="csr"), eye_array(size, format="csr")
    while (step := touches @ step).nnz:
        step.data[:] = 1.0
        level = into @ level
        needed, reach = needed + level, reach + step
    reach.data[:] = 1.0  # an item met on several ways counts once
    return needed, reach
