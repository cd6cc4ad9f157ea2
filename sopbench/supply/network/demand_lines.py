"""Who wants what and when: the demand lines the supply plan serves, and the groups of equal lines it decides on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract.buckets import first_days_after

LINE = ["item_id", "location_id", "customer_id"]


@dataclass(frozen=True)
class DemandLines:
    """Demand by line (item, location, customer) and bucket, in units.

    `groups` are the lines of one item and location whose customers have the same priority, price and promise: they
    compete as equals, so the model decides for the group and every line gets its share of what is shipped. `waits`
    marks what is made to order: it is late, never lost. `promised` is the share of demand that must be met.
    `wanted` (lines × buckets) falls due in the bucket; `overdue` (lines) was due before the first bucket.
    """

    lines: pd.DataFrame
    groups: pd.DataFrame
    wanted: np.ndarray
    overdue: np.ndarray

    def of_groups(self, of_lines: np.ndarray) -> np.ndarray:
        """Values of lines added up by group."""
        total = np.zeros((len(self.groups), *of_lines.shape[1:]))
        np.add.at(total, self.lines["group"].to_numpy(), of_lines)
        return total


def demand_lines(
    buckets: pd.DatetimeIndex,
    *,
    items: pd.DataFrame,
    customers: pd.DataFrame,
    sales_terms: pd.DataFrame,
    open_orders: pd.DataFrame,
    demand_plan: pd.DataFrame,
    alike: bool = False,
) -> DemandLines:
    """The demand lines of demand_plan (consensus) and open_orders: in each bucket the greater of the two.

    Orders due before the first bucket are overdue; those due after the last one are left to a later cycle.
    Customers that the customers table does not know have priority 1; where all are served `alike`, everybody has.
    A line's price and promise are those of the row of sales_terms that names most of its keys, or the list price.
    """
    planned = _units(demand_plan["consensus"], demand_plan, positions(demand_plan["bucket"], buckets), len(buckets))
    ordered = _units(open_orders["qty"], open_orders, positions(open_orders["due"], buckets), len(buckets))
    rows = pd.concat([planned, ordered], axis=1, keys=["planned", "ordered"]).fillna(0.0).sort_index().reset_index()
    rows.columns = [*LINE, "position", "planned", "ordered"]
    rows = rows[(rows["planned"] > 0) | (rows["ordered"] > 0)]
    lines = rows[LINE].drop_duplicates(ignore_index=True)
    line = rows[LINE].merge(lines.reset_index(names="line"), on=LINE, how="left")["line"].to_numpy()
    units = np.zeros((len(lines), len(buckets) + 1))
    units[line, rows["position"].to_numpy() + 1] = rows[["planned", "ordered"]].max(axis=1)
    priority = lines["customer_id"].map(customers.set_index("customer_id")["priority"]).astype("float64").fillna(1.0)
    lines = _with_terms(lines.assign(priority=1.0 if alike else priority), sales_terms, items)
    key = ["item_id", "location_id", "priority", "unit_price", "promised"]
    groups = lines[key].drop_duplicates().sort_values(key, ignore_index=True)
    group = lines[key].merge(groups.reset_index(names="group"), on=key, how="left")["group"].to_numpy(dtype=int)
    groups["waits"] = groups["item_id"].isin(items.loc[items["strategy"] == "MTO", "item_id"])
    return DemandLines(lines.assign(group=group), groups, units[:, 1:], units[:, 0])


def _with_terms(lines: pd.DataFrame, sales_terms: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The lines with own_price, unit_price, promised: said for the customer there, the customer, the place, for all."""
    listed = lines["item_id"].map(items.set_index("item_id")["unit_price"]).astype("float64").fillna(0.0)
    price, promised = pd.Series(np.nan, index=lines.index), pd.Series(np.nan, index=lines.index)
    for named in (["location_id", "customer_id"], ["customer_id"], ["location_id"], []):
        empty = [name for name in ("location_id", "customer_id") if name not in named]
        said = sales_terms[(sales_terms[empty] == "").all(axis=1) & (sales_terms[named] != "").all(axis=1)]
        found = lines.merge(said[["item_id", *named, "unit_price", "share_min"]], on=["item_id", *named], how="left")
        price, promised = price.fillna(found["unit_price"]), promised.fillna(found["share_min"])
    return lines.assign(own_price=price, unit_price=price.fillna(listed), promised=promised.fillna(0.0))


def positions(dates: pd.Series, buckets: pd.DatetimeIndex) -> pd.Series:
    """The position of each date's bucket: -1 for a date before the first, len(buckets) for one after the last."""
    bounds = buckets.append(first_days_after(buckets)[-1:]).as_unit("ns")
    return pd.Series(bounds.searchsorted(dates.astype("datetime64[ns]"), side="right") - 1, index=dates.index)


def _units(units: pd.Series, frame: pd.DataFrame, position: pd.Series, horizon: int) -> pd.Series:
    """Units by line and position of the bucket, without what lies after the horizon."""
    rows = frame[LINE].assign(position=position, units=units.astype("float64"))[position < horizon]
    return rows.groupby([*LINE, "position"])["units"].sum()
