"""Which customer gets what is shipped: the shipments of each item-location shared among its demand lines.

The supply plan says what an item-location ships in a bucket; its shortages say which customers it was late for.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.supply.network.demand_lines import LINE, DemandLines, demand_lines

NODE = ["item_id", "location_id"]


def shipped_lines(
    *,
    items: pd.DataFrame,
    customers: pd.DataFrame,
    sales_terms: pd.DataFrame,
    open_orders: pd.DataFrame,
    demand_plan: pd.DataFrame,
    supply_plan: pd.DataFrame,
    shortages: pd.DataFrame,
    allocation: str = "money",
) -> pd.DataFrame:
    """Units shipped by item, location, customer and bucket, adding up to `shipped` of the supply plan (one scenario).

    A line ships what it was owed, plus what it wants, less what it is still owed at the end and what it lost. Late and
    lost units come from shortages. What lines without a new shortage still owe from before is not in any table: lines
    of one item-location, priority, price and promise owe by their claims (as the plan shares a short delivery among
    equals), and those of lower priority owe first; where the plan's `allocation` is fair_share, all have one priority.
    Gives the line, its priority, position (of the bucket) and qty, where there is any.
    """
    buckets = pd.DatetimeIndex(supply_plan["bucket"].drop_duplicates().sort_values())
    demand = demand_lines(
        buckets,
        items=items,
        customers=customers,
        sales_terms=sales_terms,
        open_orders=open_orders,
        demand_plan=demand_plan,
        alike=allocation == "fair_share",
    )
    shape = (len(demand.lines), len(buckets))
    late, lost = np.zeros(shape), np.zeros(shape)
    at = pd.MultiIndex.from_frame(demand.lines[LINE]).get_indexer(pd.MultiIndex.from_frame(shortages[LINE]))
    when = buckets.get_indexer(shortages["bucket"])
    known = (at >= 0) & (when >= 0)
    late[at[known], when[known]] = (shortages["qty"] - shortages["lost"]).to_numpy()[known]
    lost[at[known], when[known]] = shortages["lost"].to_numpy()[known]
    nodes = pd.MultiIndex.from_frame(demand.groups[NODE].drop_duplicates())
    row = nodes.get_indexer(pd.MultiIndex.from_frame(supply_plan[NODE]))
    column = buckets.get_indexer(supply_plan["bucket"])
    shipped, backlog = np.zeros((2, len(nodes), len(buckets)))
    for name, values in (("shipped", shipped), ("backlog", backlog)):
        values[row[row >= 0], column[row >= 0]] = supply_plan[name].to_numpy()[row >= 0]
    node_of_group = nodes.get_indexer(pd.MultiIndex.from_frame(demand.groups[NODE]))
    units = _shipped(demand, node_of_group, backlog, late, lost)
    units = _fitted(units, shipped, node_of_group[demand.lines["group"].to_numpy(dtype=int)])
    line, position = np.nonzero(units)
    rows = demand.lines.iloc[line][[*LINE, "priority"]].reset_index(drop=True)
    return rows.assign(position=position, qty=units[line, position])


def _shipped(
    demand: DemandLines, node_of_group: np.ndarray, backlog: np.ndarray, late: np.ndarray, lost: np.ndarray
) -> np.ndarray:
    """Lines × buckets: owed before + wanted - lost - owed at the end."""
    group = demand.lines["group"].to_numpy(dtype=int)
    shipped = np.zeros(late.shape)
    owed = demand.overdue
    for position in range(late.shape[1]):
        claim = owed + demand.wanted[:, position]
        left = _left(demand, group, node_of_group, backlog[:, position], owed, claim, late[:, position])
        left = np.minimum(left, np.maximum(claim - lost[:, position], 0.0))
        shipped[:, position] = np.maximum(claim - lost[:, position] - left, 0.0)
        owed = left
    return shipped


def _left(
    demand: DemandLines,
    group: np.ndarray,
    node_of_group: np.ndarray,
    backlog: np.ndarray,
    owed: np.ndarray,
    claim: np.ndarray,
    late: np.ndarray,
) -> np.ndarray:
    """What each line is owed at the end of a bucket.

    Equals owe by their claims, so a line whose debt grew tells that of all its group. The rest of the item-location's
    backlog goes to its other groups, the lowest priority first (the order of groups), up to where a line would be
    newly late.
    """
    claims = demand.of_groups(claim)
    grew = late > 0
    told = demand.of_groups(np.where(grew, owed + late, 0.0))
    by = demand.of_groups(np.where(grew, claim, 0.0))
    of_group = np.divide(told * claims, by, out=np.zeros(len(claims)), where=by > 0)
    rest = np.maximum(backlog - np.bincount(node_of_group, weights=of_group, minlength=len(backlog)), 0.0)
    least = np.full(len(claims), np.inf)
    np.minimum.at(least, group[claim > 0], owed[claim > 0] / claim[claim > 0])
    room = np.where((by > 0) | (claims <= 0), 0.0, claims * np.where(np.isfinite(least), least, 0.0))
    before = pd.Series(room).groupby(node_of_group).cumsum().to_numpy() - room
    of_group = of_group + np.clip(rest[node_of_group] - before, 0.0, room)
    return claim * np.divide(of_group, claims, out=np.zeros(len(claims)), where=claims > 0)[group]


def _fitted(units: np.ndarray, shipped: np.ndarray, node: np.ndarray) -> np.ndarray:
    """The lines' units so that they add up to what the item-location ships; the plan's figure counts."""
    total = np.zeros(shipped.shape)
    np.add.at(total, node, units)
    factor = np.divide(shipped, total, out=np.zeros(shipped.shape), where=total > 0)
    lines = np.bincount(node, minlength=len(shipped))
    missed = (shipped > 0) & (total <= 0) & (lines[:, None] > 0)
    return units * factor[node] + (missed * shipped / np.maximum(lines, 1)[:, None])[node]
