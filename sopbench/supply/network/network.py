"""The supply network as index sets and sparse matrices: item-locations (nodes), sources (edges), resources, buckets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import scipy.sparse as sp

from sopbench.contract import Problem, stop_on_errors
from sopbench.supply.network.demand_lines import DemandLines, positions
from sopbench.supply.network.routed import routed
from sopbench.supply.network.workforce import hours_of_a_person

NODE = ["item_id", "location_id"]


@dataclass(frozen=True)
class Network:
    """What can flow where. Rows of `nodes`, `edges` and `resources` are sorted by key; matrices follow that order.

    An edge's quantity is what arrives in a bucket. It starts `lead_time` buckets earlier: that is when components
    are used, stock is sent off and hours are worked. A purchase or a turnkey subcontract uses nothing of ours.
    """

    buckets: pd.DatetimeIndex
    nodes: pd.DataFrame  # item_id, location_id
    edges: pd.DataFrame  # the sources table with node (the one it arrives at)
    resources: pd.DataFrame  # the resources table, those that only capacity or routings know among them
    arrives: sp.csr_array  # nodes × edges: 1 where the edge arrives
    uses: sp.csr_array  # nodes × edges: units of a component that go into one unit made
    sends: sp.csr_array  # nodes × edges: 1 where the edge takes stock from
    loads: sp.csr_array  # resources × edges: hours one unit takes, a set-up's averaged over its lot
    setups: sp.csr_array  # resources × edges: hours a set-up takes
    unit_loads: sp.csr_array  # resources × edges: hours one unit takes, without a set-up's
    serves: sp.csr_array  # nodes × demand groups: 1 where the group is served from
    opening: np.ndarray  # nodes: units on hand at the start
    receipts: np.ndarray  # nodes × buckets: units under way, arriving whatever is planned
    regular_hours: np.ndarray  # resources × buckets
    overtime_hours: np.ndarray  # resources × buckets

    @property
    def lead_time(self) -> np.ndarray:
        """Buckets from start to arrival, by edge."""
        return self.edges["lead_time"].to_numpy()

    @property
    def in_time(self) -> np.ndarray:
        """Edges × buckets: whether an arrival in the bucket can be started in the first bucket or later."""
        return np.arange(len(self.buckets)) >= self.lead_time[:, None]

    def started(self, arrivals):
        """Edges × buckets: what starts in each bucket, from what arrives (an array or a cvxpy expression)."""
        starts = [chosen @ arrivals @ earlier for chosen, earlier in self._by_lead_time]
        return sum(starts) if starts else arrivals

    @cached_property
    def _by_lead_time(self) -> list[tuple[sp.csr_array, sp.csr_array]]:
        """For each lead time the edges that have it (edges × edges) and the move to the bucket of the start."""
        return [
            (sp.diags_array((self.lead_time == lead_time).astype(float)).tocsr(), self.earlier(lead_time))
            for lead_time in np.unique(self.lead_time)
        ]

    def earlier(self, by: int) -> sp.csr_array:
        """Buckets × buckets: `values @ earlier(by)` moves each value to the bucket `by` before its own."""
        horizon = len(self.buckets)
        return sp.eye_array(horizon, k=-min(int(by), horizon), format="csr")

    def later(self, by: int) -> sp.csr_array:
        """Buckets × buckets: `values @ later(by)` moves each value to the bucket `by` after its own."""
        return sp.eye_array(len(self.buckets), k=int(by), format="csr")


def build_network(
    *,
    buckets: pd.DatetimeIndex,
    demand: DemandLines,
    demand_plan: pd.DataFrame,
    items: pd.DataFrame,
    locations: pd.DataFrame,
    resources: pd.DataFrame,
    capacity: pd.DataFrame,
    routings: pd.DataFrame,
    bom: pd.DataFrame,
    sources: pd.DataFrame,
    policies: pd.DataFrame,
    on_hand: pd.DataFrame,
    receipts: pd.DataFrame,
    calendar: pd.DataFrame,
) -> Network:
    """The network of the contract tables.

    A resource without a capacity row in a bucket has no hours in it, unless it has none in the whole horizon and a
    headcount: then its hours are its people's. What has no routing takes none. Where less arrives than was
    started (yield_share), components, stock sent and hours are those of what was started. A receipt that is overdue
    arrives in the first bucket. Raises PlanningError for a BOM that loops and for
    items or locations that are not in their tables.
    """
    refuse_loops(bom)
    edges = sources.sort_values([*NODE, "method", "origin_id"], ignore_index=True)
    made = edges.reset_index(names="edge").query("method == 'make'")
    moved = edges.reset_index(names="edge").query("method == 'move'")
    used = made.merge(bom, on="item_id")[["edge", "component_id", "location_id", "qty_per", "scrap"]]
    used = used.rename(columns={"component_id": "item_id"})
    sent = moved[["edge", "item_id", "origin_id"]].rename(columns={"origin_id": "location_id"})
    drawn_on = [edges, used, sent, on_hand, receipts, policies, demand_plan, demand.groups]
    nodes = pd.concat([each[NODE] for each in drawn_on]).drop_duplicates().sort_values(NODE, ignore_index=True)
    met = {
        "sources": sources, "bom": bom, "routings": routings, "resources": resources, "policies": policies,
        "on_hand": on_hand, "receipts": receipts, "demand_plan": demand_plan,
        "open_orders": demand.groups[~demand.groups["item_id"].isin(demand_plan["item_id"])],
    }  # fmt: skip
    _refuse_unknown(met, items, locations)
    at = pd.Series(nodes.index, index=pd.MultiIndex.from_frame(nodes))
    edges = edges.assign(node=_node(at, edges))
    loaded = routed(edges.reset_index(names="edge"), routings)
    known = sorted({*resources["resource_id"], *capacity["resource_id"], *loaded["resource_id"]})
    known = pd.DataFrame({"resource_id": pd.Series(known, dtype=object)})  # there may be none
    known = known.merge(resources, on="resource_id", how="left")
    known = known.fillna({"cost_regular": 0.0, "cost_overtime": 0.0})
    row = pd.Series(known.index, index=known["resource_id"])
    a_set_up = loaded["setup_hours"] / loaded[["lot_min", "lot_multiple"]].max(axis=1).clip(1)
    rows, columns = len(nodes), len(edges)
    started = sp.diags_array(1 / edges["yield_share"].to_numpy()).tocsr()
    regular, overtime = (_capacity(capacity, name, row, buckets) for name in ("regular_hours", "overtime_hours"))
    regular, overtime = with_people(regular, overtime, known, capacity, calendar, buckets)

    def of_resources(hours: pd.Series) -> sp.csr_array:
        return _matrix(hours, loaded["resource_id"].map(row), loaded["edge"], (len(known), columns))

    return Network(
        buckets=buckets,
        nodes=nodes,
        edges=edges,
        resources=known,
        arrives=_matrix(np.ones(columns), edges["node"], edges.index, (rows, columns)),
        uses=_matrix(used["qty_per"] * (1 + used["scrap"]), _node(at, used), used["edge"], (rows, columns)) @ started,
        sends=_matrix(np.ones(len(sent)), _node(at, sent), sent["edge"], (rows, columns)) @ started,
        loads=of_resources(loaded["hours_per_unit"] + a_set_up) @ started,
        setups=of_resources(loaded["setup_hours"]),
        unit_loads=of_resources(loaded["hours_per_unit"]) @ started,
        serves=_matrix(
            np.ones(len(demand.groups)), _node(at, demand.groups), demand.groups.index, (rows, len(demand.groups))
        ),
        opening=_summed(on_hand["qty"], _node(at, on_hand), rows),
        receipts=_spread(
            receipts["qty"], _node(at, receipts), positions(receipts["due"], buckets).clip(lower=0), rows, buckets
        ),
        regular_hours=regular,
        overtime_hours=overtime,
    )


def refuse_loops(bom: pd.DataFrame) -> None:
    """Raise PlanningError that names every loop of the bill of material: an item that goes into itself."""
    names = pd.Index(sorted({*bom["item_id"], *bom["component_id"]}))
    parent, component = names.get_indexer(bom["item_id"]), names.get_indexer(bom["component_id"])
    graph = sp.csr_array((np.ones(len(bom)), (parent, component)), shape=(len(names), len(names)))
    _, group = sp.csgraph.connected_components(graph, connection="strong")
    inside = pd.DataFrame({"parent": parent, "component": component, "group": group[parent]})
    inside = inside[group[parent] == group[component]]
    loops = [_loop(dict(zip(each["parent"], each["component"], strict=True))) for _, each in inside.groupby("group")]
    mend = "take one of these components out of the bill of material"
    stop_on_errors(
        Problem("bom", f"item_id={names[loop[0]]}", " > ".join(names[loop]), "the bill of material loops", mend)
        for loop in loops
    )


def _loop(into: dict[int, int]) -> list[int]:
    """One loop among the rows of a strongly connected part, each parent with one of its components."""
    path = [min(into)]
    while into[path[-1]] not in path:
        path.append(into[path[-1]])
    return [*path[path.index(into[path[-1]]) :], into[path[-1]]]


def _refuse_unknown(tables: dict[str, pd.DataFrame], items: pd.DataFrame, locations: pd.DataFrame) -> None:
    """Raise PlanningError for every item and location that is not in its table, with the tables that speak of it."""
    spoken: list[tuple[str, str, str, pd.Series]] = []
    for name, frame in tables.items():
        spoken += [(name, "items", "item", frame[each]) for each in ("item_id", "component_id") if each in frame]
        spoken += [(name, "locations", "location", frame[each]) for each in ("location_id",) if each in frame]
    moved_from = tables["sources"].loc[tables["sources"]["method"] == "move", "origin_id"]
    spoken.append(("sources", "locations", "location", moved_from))
    known = {"items": set(items["item_id"]), "locations": set(locations["location_id"])}
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, of, word, column in spoken:
        for stranger in sorted(set(column) - known[of]):
            found.setdefault((of, word, stranger), []).append(name)
    stop_on_errors(
        Problem(
            of,
            f"{word}_id={stranger}",
            f"in {', '.join(dict.fromkeys(names))}",
            f"no such {word}",
            f"add it to {of}, or correct it where it was found",
        )
        for (of, word, stranger), names in sorted(found.items())
    )


def _node(at: pd.Series, frame: pd.DataFrame) -> np.ndarray:
    """The node of each row."""
    return at.reindex(pd.MultiIndex.from_frame(frame[NODE])).to_numpy(dtype=int)


def _matrix(values, rows, columns, shape: tuple[int, int]) -> sp.csr_array:
    triplets = (np.asarray(values, dtype=float), (np.asarray(rows, dtype=int), np.asarray(columns, dtype=int)))
    matrix = sp.coo_array(triplets, shape=shape).tocsr()
    matrix.eliminate_zeros()
    return matrix


def _summed(values: pd.Series, node: np.ndarray, rows: int) -> np.ndarray:
    return np.bincount(node, weights=values.to_numpy(), minlength=rows)


def _spread(values: pd.Series, row: np.ndarray, position: pd.Series, rows: int, buckets: pd.Index) -> np.ndarray:
    """Values added up by row and bucket, without those after the horizon."""
    inside = (position < len(buckets)).to_numpy()
    total = np.zeros((rows, len(buckets)))
    np.add.at(total, (row[inside], position[inside].to_numpy()), values[inside].to_numpy())
    return total


def with_people(
    regular: np.ndarray,
    overtime: np.ndarray,
    resources: pd.DataFrame,
    capacity: pd.DataFrame,
    calendar: pd.DataFrame,
    buckets: pd.DatetimeIndex,
) -> tuple[np.ndarray, np.ndarray]:
    """Hours, with those of the people there for resources that have no row of capacity in the horizon."""
    given = set(capacity.loc[capacity["bucket"].isin(buckets), "resource_id"])
    people = resources["headcount"].to_numpy(dtype=float)[:, None]
    work = people * hours_of_a_person(resources, calendar, buckets)
    more = people * resources["overtime_per_head"].fillna(0.0).to_numpy(dtype=float)[:, None]
    staffed = (~resources["resource_id"].isin(given)).to_numpy()[:, None] & ~np.isnan(work)
    return np.where(staffed, work, regular), np.where(staffed, more, overtime)


def _capacity(capacity: pd.DataFrame, column: str, row: pd.Series, buckets: pd.DatetimeIndex) -> np.ndarray:
    inside = capacity[capacity["bucket"].isin(buckets)]
    at = inside["resource_id"].map(row).to_numpy(dtype=int)
    return _spread(inside[column], at, positions(inside["bucket"], buckets), len(row), buckets)
