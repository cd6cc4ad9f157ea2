"""The orders of single customers behind a series, and which of them are one-off orders."""

from __future__ import annotations

import numpy as np
import pandas as pd

ROBUST = 1.4826
"""Median absolute deviation to standard deviation, for normal errors."""

ONE_OFF_MATTERS = 0.10
"""An outsized order that is a smaller share of what the whole series was to sell is let pass."""


def customer_orders(sales: pd.DataFrame, ordered: pd.DataFrame) -> pd.DataFrame:
    """The orders (table sales) inside the life of the series of `ordered` (rows, by buckets; NaN outside life).

    One row an order: row and column say where it stands in `ordered`, customer_id, units, shipped, and stockout. Sorted
    by row, customer and column.
    """
    row = ordered.index.get_indexer(pd.MultiIndex.from_frame(sales[list(ordered.index.names)]))
    column = ordered.columns.get_indexer(sales["bucket"])
    said = {"row": row, "column": column, "customer_id": sales["customer_id"].to_numpy()}
    said |= {"units": sales["qty_ordered"].to_numpy(), "stockout": sales["stockout"].to_numpy()}
    said["shipped"] = sales["qty_shipped"].fillna(sales["qty_ordered"]).to_numpy()
    inside = ordered.notna().to_numpy()[row, column]
    return pd.DataFrame(said)[inside].sort_values(["row", "customer_id", "column"], ignore_index=True)


def one_off_excess(
    orders: pd.DataFrame, expected: np.ndarray, threshold: float, at_least: int, least_spread: float
) -> np.ndarray:
    """The units of each order beyond its customer's usual size, where it is a single outsized one; else 0.

    `expected` is what each series (rows) is to sell in each bucket (columns). A customer's usual is its median share of
    that, over the buckets in which it ordered, `at_least` of them. An order is outsized beyond `threshold` robust
    standard deviations of the share's logarithm (`least_spread` at least), and of a count of that size. It is a one-off
    if the customer has a name, others buy the series too, none of them orders so much in the same bucket, and the
    customer does not in the bucket before or after.
    """
    if not len(orders):
        return np.zeros(0)
    cell = orders.groupby(["row", "customer_id"], sort=False).ngroup().to_numpy()
    row, column, units = (orders[name].to_numpy() for name in ("row", "column", "units"))
    whole = expected[row, column]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.log(np.where((units > 0) & (whole > 0), units / whole, np.nan))
        by_cell = pd.Series(share).groupby(cell)
        middle = by_cell.transform("median").to_numpy()
        off = pd.Series(np.abs(share - middle)).groupby(cell).transform("median").to_numpy()
        enough = by_cell.transform("count").to_numpy() >= at_least
        usual = np.exp(middle) * whole
        outsized = enough & (share - middle > threshold * np.maximum(ROBUST * off, least_spread))
        outsized &= units - usual > np.maximum(threshold * np.sqrt(usual), ONE_OFF_MATTERS * whole)
    outsized &= (orders["customer_id"] != "").to_numpy()
    outsized &= pd.Series(cell).groupby(row).transform("nunique").to_numpy() > 1
    alone = pd.Series(outsized).groupby([row, column]).transform("sum").to_numpy() == 1
    return np.where(outsized & alone & ~_repeated(cell, column, outsized), units - usual, 0.0)


def _repeated(cell: np.ndarray, column: np.ndarray, outsized: np.ndarray) -> np.ndarray:
    """Where a customer's order before or after, in the bucket next to it, is outsized too (orders sorted by cell)."""
    next_to = (cell[1:] == cell[:-1]) & (column[1:] == column[:-1] + 1) & outsized[1:] & outsized[:-1]
    return np.append(next_to, False) | np.insert(next_to, 0, False)
