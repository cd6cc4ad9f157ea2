"""A plan laid out to be played: its places, its ways to get items and what each draws on, as arrays and matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from sopbench.contract import PlanningError, Problem

NODE = ["item_id", "location_id"]
EDGE = [*NODE, "method", "origin_id"]
BOUGHT = ("buy", "subcontract")


@dataclass(frozen=True)
class LaidPlan:
    """A scenario's plan: nodes (item at a location) × buckets and edges (a source of a node) × buckets, in units.

    `planned` is what each edge starts in a bucket, counted in units that will arrive. `supply` holds the columns of
    supply_plan as nodes × buckets. `opening` and `overdue` are stock and backlog before the first bucket.
    """

    nodes: pd.DataFrame  # item_id, location_id, family
    buckets: pd.DatetimeIndex
    edges: pd.DataFrame  # EDGE, node, lead, supplier (-1: none), most, deviation, share
    suppliers: pd.Index
    resources: pd.Index
    supply: dict[str, np.ndarray]
    planned: np.ndarray
    opening: np.ndarray
    overdue: np.ndarray
    arrives: sp.csr_array  # nodes × edges: 1 where the edge brings its units
    draws: sp.csr_array  # nodes × edges: units that go into one unit arriving
    hours: sp.csr_array  # resources × edges: hours of one unit arriving
    set_ups: np.ndarray  # resources × buckets: load over the hours of the units alone, for set-ups
    hours_there: np.ndarray  # resources × buckets: regular and overtime
    load: np.ndarray  # resources × buckets
    regular: np.ndarray  # resources × buckets: regular hours there are
    level: np.ndarray  # nodes: how many steps without lead time lie before it
    owed_at_most: np.ndarray  # nodes: beyond that customers do not wait; inf = no limit
    receipts_from: np.ndarray  # nodes: the supplier whose orders are under way; -1 = our own


def lay_plan(
    *,
    items: pd.DataFrame,
    bom: pd.DataFrame,
    sources: pd.DataFrame,
    routings: pd.DataFrame,
    policies: pd.DataFrame,
    supply_plan: pd.DataFrame,
    sourcing_plan: pd.DataFrame,
    capacity_plan: pd.DataFrame,
    scenario: str = "base",
) -> LaidPlan:
    """Lay out one scenario's supply_plan, sourcing_plan and capacity_plan; what a unit draws on comes from the others.

    Stock and backlog before the first bucket are what its balance says. Hours of set-ups are spread over the units
    planned on the resource in the bucket, so that they add up to the plan's load whatever the plan did about lots.
    Raises PlanningError where no such scenario has been planned.
    """
    if scenario not in (known := sorted(supply_plan["scenario"].unique())):
        mend = f"use {', '.join(known)}"
        raise PlanningError(Problem("supply_plan", "scenario", scenario, "no such scenario has been planned", mend))
    supply_plan, sourcing_plan, capacity_plan = (
        frame[frame["scenario"] == scenario] for frame in (supply_plan, sourcing_plan, capacity_plan)
    )
    buckets = pd.DatetimeIndex(sorted(supply_plan["bucket"].unique()))
    nodes = supply_plan[NODE].drop_duplicates().sort_values(NODE, ignore_index=True)
    nodes = nodes.merge(items[["item_id", "family"]], on="item_id", how="left")
    at = pd.MultiIndex.from_frame(nodes[NODE])
    supply = _by_node(supply_plan, at, buckets)
    edges, planned = _edges(sourcing_plan, sources, at, buckets)
    shape = (len(nodes), len(edges))
    arrives = sp.csr_array((np.ones(len(edges)), (edges["node"], np.arange(len(edges)))), shape=shape)
    draws = _draws(edges, bom, at, shape)
    resources = pd.Index(sorted(capacity_plan["resource_id"].unique()))
    hours = _hours(edges, routings, resources)
    load, regular, overtime = (
        _by_resource(capacity_plan, name, resources, buckets)
        for name in ("load", "regular_available", "overtime_available")
    )
    units = hours @ planned
    bought = edges[edges["supplier"] >= 0].drop_duplicates("node")
    receipts_from = np.full(len(nodes), -1)
    receipts_from[bought["node"]] = bought["supplier"]
    first = {name: values[:, 0] for name, values in supply.items()}
    arriving = first["make"] + first["buy"] + first["subcontract"] + first["move_in"] + first["receipts"]
    leaving = first["component_use"] + first["move_out"] + first["shipped"] + first["written_off"]
    owed = nodes.merge(policies[[*NODE, "backlog_max"]], on=NODE, how="left")["backlog_max"]
    return LaidPlan(
        nodes=nodes,
        buckets=buckets,
        edges=edges,
        suppliers=pd.Index(edges.attrs["suppliers"]),
        resources=resources,
        supply=supply,
        planned=planned,
        opening=np.maximum(first["stock"] - arriving + leaving, 0.0),
        overdue=np.maximum(first["backlog"] + first["shipped"] + first["lost"] - first["demand"], 0.0),
        arrives=arrives,
        draws=draws,
        hours=hours,
        set_ups=np.where(units > 1e-9, load / np.where(units > 1e-9, units, 1.0), 1.0),
        hours_there=np.maximum(regular + overtime, load),
        load=load,
        regular=regular,
        level=_levels(edges, draws, len(nodes)),
        owed_at_most=owed.fillna(np.inf).to_numpy(dtype=float),
        receipts_from=receipts_from,
    )


def _by_node(supply_plan: pd.DataFrame, at: pd.MultiIndex, buckets: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    row = at.get_indexer(pd.MultiIndex.from_frame(supply_plan[NODE]))
    column = buckets.get_indexer(supply_plan["bucket"])
    values = {}
    for name in supply_plan.columns.difference([*NODE, "bucket", "scenario"], sort=False):
        values[name] = np.zeros((len(at), len(buckets)))
        values[name][row, column] = supply_plan[name].to_numpy(dtype=float)
    return values


def _edges(
    sourcing_plan: pd.DataFrame, sources: pd.DataFrame, at: pd.MultiIndex, buckets: pd.DatetimeIndex
) -> tuple[pd.DataFrame, np.ndarray]:
    """The sources the plan takes something from, and what each starts in a bucket.

    `share` is the edge's part of all that the plan brings to its node: how a change of plan is dealt out.
    """
    edges = sourcing_plan[EDGE].drop_duplicates().sort_values(EDGE, ignore_index=True)
    edges = edges.merge(sources, on=EDGE, how="left")
    edges["node"] = at.get_indexer(pd.MultiIndex.from_frame(edges[NODE]))
    bought = edges["method"].isin(BOUGHT) & (edges["origin_id"] != "")
    suppliers = sorted(edges.loc[bought, "origin_id"].unique())
    edges["supplier"] = np.where(bought, pd.Index(suppliers).get_indexer(edges["origin_id"]), -1)
    row = pd.MultiIndex.from_frame(edges[EDGE]).get_indexer(pd.MultiIndex.from_frame(sourcing_plan[EDGE]))
    column = buckets.get_indexer(sourcing_plan["start_bucket"])
    within = column >= 0
    planned = np.zeros((len(edges), len(buckets)))
    np.add.at(planned, (row[within], column[within]), sourcing_plan["qty"].to_numpy(dtype=float)[within])
    total = planned.sum(axis=1)
    of_node = pd.Series(total).groupby(edges["node"].to_numpy()).transform("sum").to_numpy()
    taken = pd.DataFrame(
        {
            "lead": edges["lead_time"].astype(int),
            "yield_share": edges["yield_share"].fillna(1.0),
            "most": edges["qty_max"].fillna(np.inf),
            "deviation": edges["lead_time_deviation"],
            "share": np.divide(total, of_node, out=np.zeros_like(total), where=of_node > 0),
        }
    )
    edges = pd.concat([edges[[*EDGE, "node", "supplier"]], taken], axis=1)
    edges.attrs["suppliers"] = suppliers
    return edges, planned


def _draws(edges: pd.DataFrame, bom: pd.DataFrame, at: pd.MultiIndex, shape: tuple[int, int]) -> sp.csr_array:
    rows = edges.reset_index(names="edge")
    made = rows[rows["method"] == "make"].merge(bom, on="item_id")
    used = pd.DataFrame(
        {
            "item_id": made["component_id"],
            "location_id": made["location_id"],
            "edge": made["edge"],
            "qty": made["qty_per"] * (1 + made["scrap"]) / made["yield_share"],
        }
    )
    moved = rows[rows["method"] == "move"]
    sent = pd.DataFrame(
        {
            "item_id": moved["item_id"],
            "location_id": moved["origin_id"],
            "edge": moved["edge"],
            "qty": 1.0 / moved["yield_share"],
        }
    )
    drawn = pd.concat([used, sent], ignore_index=True)
    node = at.get_indexer(pd.MultiIndex.from_frame(drawn[NODE]))
    known = node >= 0
    return sp.csr_array((drawn["qty"].to_numpy(dtype=float)[known], (node[known], drawn["edge"][known])), shape=shape)


def _hours(edges: pd.DataFrame, routings: pd.DataFrame, resources: pd.Index) -> sp.csr_array:
    said = routings.rename(columns={"origin_id": "of_origin"})
    rows = edges.reset_index(names="edge").merge(said, on=[*NODE, "method"])
    rows = rows[(rows["of_origin"] == "") | (rows["of_origin"] == rows["origin_id"])]
    row = resources.get_indexer(rows["resource_id"])
    value = (rows["hours_per_unit"] / rows["yield_share"]).to_numpy(dtype=float)
    known = row >= 0
    at = (row[known], rows["edge"].to_numpy()[known])
    return sp.csr_array((value[known], at), shape=(len(resources), len(edges)))


def _by_resource(capacity_plan: pd.DataFrame, name: str, resources: pd.Index, buckets: pd.DatetimeIndex) -> np.ndarray:
    values = np.zeros((len(resources), len(buckets)))
    row, column = resources.get_indexer(capacity_plan["resource_id"]), buckets.get_indexer(capacity_plan["bucket"])
    values[row, column] = capacity_plan[name].to_numpy(dtype=float)
    return values


def _levels(edges: pd.DataFrame, draws: sp.csr_array, nodes: int) -> np.ndarray:
    """The order within a bucket: a node comes after those that what arrives in it at once is taken from.

    Where moves without lead time go round in a circle there is no such order; the circle is then cut somewhere.
    """
    taken = draws.tocoo()
    at_once = edges["lead"].to_numpy()[taken.col] == 0
    before, after = taken.row[at_once], edges["node"].to_numpy()[taken.col[at_once]]
    level = np.zeros(nodes, dtype=int)
    for _ in range(min(nodes, 50)):
        raised = level.copy()
        np.maximum.at(raised, after, level[before] + 1)
        if (raised == level).all():
            break
        level = raised
    return level
