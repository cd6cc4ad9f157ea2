"""Rough-cut capacity: what the demand plan would load on every resource, before any supply plan is made.

A bill of resources says the hours one unit sold takes through all levels, and how long before; demand times bill is
load (Vollmann, Berry, Whybark & Jacobs, Manufacturing Planning and Control for Supply Chain Management, 5th ed.:
ch. 10: capacity bills; with lead times, resource profiles).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.supply.network.demand_lines import positions
from sopbench.supply.network.network import refuse_loops, with_people
from sopbench.supply.network.paths import cheapest_sources
from sopbench.supply.network.routed import routed

NODE = ["item_id", "location_id"]

BILLED = ("demand_plan", "sources", "bom", "routings", "resources")
"""The tables a bill of resources is made from."""


@dataclass(frozen=True)
class _Ways:
    """The main source of every item-location, and what one unit through it takes (columns are item-locations)."""

    nodes: pd.MultiIndex
    resources: pd.Index
    draws: sp.csc_array  # item-locations × item-locations: units of the row in one of the column
    loads: sp.csc_array  # resources × item-locations: hours
    lead_time: np.ndarray  # buckets from start to arrival; 0 where there is no source


def bill_of_resources(
    *,
    demand_plan: pd.DataFrame,
    sources: pd.DataFrame,
    bom: pd.DataFrame,
    routings: pd.DataFrame,
    resources: pd.DataFrame,
) -> pd.DataFrame:
    """Hours of every resource in one unit of each item where it is sold; contract table bill_of_resources.

    The way is that of the main source at every level: the one whose units cost least, with all that goes into them and
    regular hours. Hours a unit are the routing's, plus set-up hours spread over the source's smallest lot; components
    are used, with their scrap, where the item is made, for all that is started (yield_share). `offset` counts the
    buckets of lead time between the start of the work and the sale. Raises PlanningError for a bill of material that
    loops.
    """
    refuse_loops(bom)
    sold = demand_plan[NODE].drop_duplicates().sort_values(NODE, ignore_index=True)
    ways = _main_ways(sold, sources, bom, routings, resources)
    at = ways.nodes.get_indexer(pd.MultiIndex.from_frame(sold))
    units = {0: sp.csr_array((np.ones(len(sold)), (at, sold.index)), shape=(len(ways.nodes), len(sold)))}
    hours: dict[int, sp.csr_array] = {}
    while units:
        below: dict[int, sp.csr_array] = {}
        for offset, needed in units.items():
            for lead_time in np.unique(ways.lead_time):
                through = sp.diags_array((ways.lead_time == lead_time).astype(float)).tocsr() @ needed
                start = int(offset + lead_time)
                hours[start] = hours.get(start, 0.0) + (ways.loads @ through).tocsr()
                below[start] = below.get(start, 0.0) + (ways.draws @ through).tocsr()
        units = {offset: needed for offset, needed in below.items() if needed.count_nonzero()}
    parts = []
    for offset, taken in hours.items():
        found = taken.tocoo()
        rows = sold.iloc[found.col].assign(
            resource_id=ways.resources[found.row], offset=offset, hours_per_unit=found.data
        )
        parts.append(rows[rows["hours_per_unit"] > 0])
    bill = table("bill_of_resources")
    return checked(pd.concat(parts, ignore_index=True) if parts else bill.empty(), bill)


def rough_cut(
    bill: pd.DataFrame,
    *,
    demand_plan: pd.DataFrame,
    capacity: pd.DataFrame,
    on_hand: pd.DataFrame | None = None,
    receipts: pd.DataFrame | None = None,
    resources: pd.DataFrame | None = None,
    calendar: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Load of the unconstrained demand plan (consensus) against the hours there are; contract table rough_cut.

    With `on_hand`, and `receipts`, demand is first met from what is on hand or arrives where it is sold; stock of
    components and in other places is not netted, and none is built up. Without them the load is gross.
    With `resources` and `calendar`, a resource without a row of capacity in the horizon has the hours of its headcount.
    Work that would start before the first bucket is left out: it is under way. In the last buckets the load is that of
    the horizon's demand only. Raises PlanningError for a bill that is not of this demand plan's items.
    """
    buckets = pd.DatetimeIndex(demand_plan["bucket"].drop_duplicates().sort_values())
    sold = pd.MultiIndex.from_frame(bill[NODE].drop_duplicates().sort_values(NODE))
    _refuse_strange(sold, demand_plan)
    units = _spread(demand_plan, demand_plan["consensus"], demand_plan["bucket"], sold, buckets)
    if on_hand is not None:
        units = _netted(units, on_hand, receipts, sold, buckets)
    names = pd.Index(sorted({*capacity["resource_id"], *bill["resource_id"]}), name="resource_id", dtype=object)
    row, column = names.get_indexer(bill["resource_id"]), sold.get_indexer(pd.MultiIndex.from_frame(bill[NODE]))
    offset, hours = bill["offset"].to_numpy(), bill["hours_per_unit"].to_numpy()
    load = np.zeros((len(names), len(buckets)))
    for ahead in np.unique(offset[offset < len(buckets)]):
        now = offset == ahead
        a_unit = sp.csr_array((hours[now], (row[now], column[now])), shape=(len(names), len(sold)))
        load[:, : len(buckets) - ahead] += a_unit @ units[:, ahead:]
    regular, overtime = (_hours(capacity, name, names, buckets) for name in ("regular_hours", "overtime_hours"))
    if resources is not None and calendar is not None:
        people = resources.set_index("resource_id").reindex(names).reset_index()
        regular, overtime = with_people(regular, overtime, people, capacity, calendar, buckets)
    rows = pd.MultiIndex.from_product([names, buckets], names=["resource_id", "bucket"]).to_frame(index=False)
    rows = rows.assign(
        load=load.ravel(),
        regular_available=regular.ravel(),
        overtime_available=overtime.ravel(),
        overload=np.maximum(load - regular - overtime, 0.0).ravel(),
    )
    return rows[table("rough_cut").names]


def _main_ways(
    sold: pd.DataFrame, sources: pd.DataFrame, bom: pd.DataFrame, routings: pd.DataFrame, resources: pd.DataFrame
) -> _Ways:
    """Every item-location by its cheapest source; what has no source costs nothing here and takes no hours."""
    edges = sources.sort_values([*NODE, "method", "origin_id"], ignore_index=True).reset_index(names="edge")
    made, moved = edges[edges["method"] == "make"], edges[edges["method"] == "move"]
    used = made.merge(bom, on="item_id")
    used = used.assign(item_id=used["component_id"], units=used["qty_per"] * (1 + used["scrap"]) / used["yield_share"])
    sent = moved.assign(location_id=moved["origin_id"], units=1 / moved["yield_share"])
    drawn = pd.concat([used[["edge", *NODE, "units"]], sent[["edge", *NODE, "units"]]], ignore_index=True)
    nodes = pd.concat([edges[NODE], drawn[NODE], sold[NODE]]).drop_duplicates().sort_values(NODE)
    nodes = pd.MultiIndex.from_frame(nodes)
    node = nodes.get_indexer(pd.MultiIndex.from_frame(edges[NODE]))
    shape = (len(edges), len(nodes))
    drawn_at = nodes.get_indexer(pd.MultiIndex.from_frame(drawn[NODE]))
    draws = sp.csr_array((drawn["units"], (drawn["edge"], drawn_at)), shape=shape)
    loaded = routed(edges, routings)
    lot = loaded[["lot_min", "lot_multiple"]].max(axis=1).clip(lower=1.0)
    hours = (loaded["hours_per_unit"] + loaded["setup_hours"] / lot) / loaded["yield_share"]
    loaded = loaded.assign(hours=hours)
    names = pd.Index(sorted(loaded["resource_id"].unique()), dtype=object)
    worked = (loaded["edge"], names.get_indexer(loaded["resource_id"]))
    loads = sp.csr_array((loaded["hours"], worked), shape=(len(edges), len(names)))
    rate = resources.set_index("resource_id")["cost_regular"].reindex(names).fillna(0.0).to_numpy()
    before = np.where(np.bincount(node, minlength=len(nodes)) == 0, 0.0, np.inf)  # what has no source costs nothing
    main, _, _ = cheapest_sources(node, draws, edges["unit_cost"].to_numpy() + loads @ rate, before)
    got = np.flatnonzero(main >= 0)
    choose = sp.csr_array((np.ones(len(got)), (got, main[got])), shape=(len(nodes), len(edges)))
    lead_time = np.zeros(len(nodes), dtype=int)
    lead_time[got] = edges["lead_time"].to_numpy()[main[got]]
    return _Ways(nodes, names, (choose @ draws).T.tocsc(), (choose @ loads).T.tocsc(), lead_time)


def _refuse_strange(sold: pd.MultiIndex, demand_plan: pd.DataFrame) -> None:
    strange = sold.difference(pd.MultiIndex.from_frame(demand_plan[NODE]))
    if len(strange):
        item, location = strange[0]
        message = "the bill of resources is of other items than the demand plan"
        mend = "make the bill from this demand plan"
        raise PlanningError(Problem("bill_of_resources", f"item_id={item}, location_id={location}", "", message, mend))


def _netted(
    units: np.ndarray, on_hand: pd.DataFrame, receipts: pd.DataFrame | None, sold: pd.MultiIndex, buckets: pd.Index
) -> np.ndarray:
    """Demand that what is on hand or under way does not meet: by t, the most by which demand ran ahead of it so far."""
    at = sold.get_indexer(pd.MultiIndex.from_frame(on_hand[NODE]))
    there = np.bincount(at[at >= 0], weights=on_hand["qty"].to_numpy()[at >= 0], minlength=len(sold))[:, None]
    if receipts is not None:
        due = buckets[positions(receipts["due"], buckets).clip(0, len(buckets) - 1)]
        inside = receipts[positions(receipts["due"], buckets) < len(buckets)]
        due = pd.Series(due, index=receipts.index)[inside.index]
        there = there + _spread(inside, inside["qty"], due, sold, buckets).cumsum(axis=1)
    ahead = np.maximum.accumulate(np.maximum(units.cumsum(axis=1) - there, 0.0), axis=1)
    return np.diff(ahead, axis=1, prepend=0.0)


def _spread(
    frame: pd.DataFrame, values: pd.Series, bucket: pd.Series, sold: pd.MultiIndex, buckets: pd.DatetimeIndex
) -> np.ndarray:
    """Values by item-location sold and bucket."""
    at, position = sold.get_indexer(pd.MultiIndex.from_frame(frame[NODE])), buckets.get_indexer(bucket)
    known = (at >= 0) & (position >= 0)
    cell = at[known] * len(buckets) + position[known]
    total = np.bincount(cell, weights=values.to_numpy()[known], minlength=len(sold) * len(buckets))
    return total.reshape(len(sold), len(buckets))


def _hours(capacity: pd.DataFrame, name: str, resources: pd.Index, buckets: pd.DatetimeIndex) -> np.ndarray:
    hours = np.zeros((len(resources), len(buckets)))
    row, column = resources.get_indexer(capacity["resource_id"]), buckets.get_indexer(capacity["bucket"])
    hours[row[column >= 0], column[column >= 0]] = capacity[name].to_numpy()[column >= 0]
    return hours
