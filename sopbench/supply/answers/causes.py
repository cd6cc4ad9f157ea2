"""Why a unit is missing somewhere: follows the network upstream to the limit that raises its worth above its cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.contract.words import naming
from sopbench.supply.answers.optimum import Optimum
from sopbench.supply.inventory.targets import Targets
from sopbench.supply.model.prices import Prices
from sopbench.supply.network.network import Network
from sopbench.supply.network.paths import Paths
from sopbench.supply.network.routed import OUTSIDE

STEPS = 40
"""Sources followed upstream at most; only stock sent in a circle is longer."""

UNITS, MONEY = 1e-6, 1e-6
"""Units on the shelf below which it is empty, and money a unit below which nothing is scarce."""


@dataclass(frozen=True)
class _Facts:
    """What the search looks up: the network and its optimum, and its edges as long tables."""

    network: Network
    paths: Paths
    optimum: Optimum
    options: pd.DataFrame  # node, edge: the sources of each node
    loads: pd.DataFrame  # edge, resource, hours
    draws: pd.DataFrame  # edge, node drawn on, units
    rent_of_hours: np.ndarray  # resources × buckets: worth of an hour above what overtime costs
    kept_for: np.ndarray  # nodes × buckets: the first bucket from then on that leaves no more than the target
    edge_worth: np.ndarray  # edges × start buckets: what a unit costs at the worth of all it takes
    frozen: int  # buckets at the start in which last cycle's plan stands


def find_causes(
    network: Network,
    paths: Paths,
    targets: Targets,
    prices: Prices,
    optimum: Optimum,
    node: np.ndarray,
    position: np.ndarray,
    frozen: int = 0,
) -> pd.DataFrame:
    """The cause of a shortage at each node in each bucket: columns cause, cause_id, because (in words).

    Goes upstream one source at a time, always to what lifts the worth of a unit most above its cost: the source's own
    limit, last cycle's plan where it stands (`frozen` buckets), a whole lot that does not pay, the hours of a full
    resource, or something drawn on. It takes the cheapest of the sources that could bring a unit in time even if
    nothing were in stock, or else the one that comes nearest to being used, until it ends at a limit, or at an item
    whose lead time is too long or that has no source. Where stock beyond the target is kept although it is wanted, it
    looks at the bucket it is kept for. What a supplier limits, or nobody supplies, is named by the component wherever
    it is one.
    """
    facts = _facts(network, paths, targets, prices, optimum, frozen)
    position = facts.kept_for[node, position]
    trace = pd.DataFrame({"node": node, "position": position, "cause": "", "cause_id": "", "component": ""})
    trace["because"] = ""
    for _ in range(STEPS):
        searching = trace.index[trace["cause"] == ""]
        if not len(searching):
            break
        _step(trace, searching, facts)
    kept = np.where(
        trace["cause"] == "policy", optimum.stock[node, position], _never_used(paths, optimum)[node, position]
    )
    kept = (kept > UNITS) & trace["cause"].isin(["policy", "lead time"])
    trace.loc[kept, ["cause", "cause_id", "because"]] = [
        "policy",
        "safety stock",
        "safety stock is kept",
    ]
    circling = trace.index[trace["cause"] == ""]
    _stop(trace, circling, "no source", network.nodes["item_id"].to_numpy()[trace.loc[circling, "node"]], "no source")
    upstream = (trace["component"] != "") & trace["cause"].isin(["supplier", "no source"])
    trace.loc[upstream, "cause_id"] = trace.loc[upstream, "component"]
    trace.loc[upstream, "cause"] = "component"
    return trace[["cause", "cause_id", "because"]]


def _facts(network: Network, paths: Paths, targets: Targets, prices: Prices, optimum: Optimum, frozen: int) -> _Facts:
    drawn = network.uses + network.sends
    loads, draws = network.loads.tocoo(), drawn.tocoo()
    edge_worth = prices.source[:, None] + network.loads.T @ optimum.worth_of_hours + drawn.T @ optimum.worth
    return _Facts(
        network,
        paths,
        optimum,
        options=network.edges[["node"]].rename_axis(index="edge").reset_index(),
        loads=pd.DataFrame({"edge": loads.col, "resource": loads.row, "hours": loads.data}),
        draws=pd.DataFrame({"edge": draws.col, "drawn": draws.row, "units": draws.data}),
        rent_of_hours=np.maximum(optimum.worth_of_hours - prices.overtime[:, None], 0),
        kept_for=_kept_for(targets, optimum),
        edge_worth=edge_worth,
        frozen=frozen,
    )


def _kept_for(targets: Targets, optimum: Optimum) -> np.ndarray:
    """Nodes × buckets: the first bucket from then on in which stock comes down to the target; the same one if none."""
    horizon = optimum.stock.shape[1]
    down = np.where(optimum.stock <= targets.target + UNITS, np.arange(horizon), horizon)
    first = np.minimum.accumulate(down[:, ::-1], axis=1)[:, ::-1]
    return np.where(first < horizon, first, np.arange(horizon))


def _never_used(paths: Paths, optimum: Optimum) -> np.ndarray:
    """Nodes × buckets: stock that stays on the shelf until more could arrive."""
    soon = np.arange(optimum.stock.shape[1]) < paths.ready[:, None]
    waiting = np.where(soon, optimum.stock, np.inf)
    least = np.minimum.accumulate(waiting[:, ::-1], axis=1)[:, ::-1]
    return np.where(soon, least, 0.0)


def _step(trace: pd.DataFrame, searching: pd.Index, facts: _Facts) -> None:
    """Take each search one source further, or end it."""
    network, paths = facts.network, facts.paths
    at = trace.loc[searching, ["node", "position"]].rename_axis(index="search").reset_index()
    options = at.merge(facts.options, on="node")
    without = at[~at["search"].isin(options["search"])]
    item, place = (network.nodes[name].to_numpy()[without["node"]] for name in ("item_id", "location_id"))
    _stop(trace, without["search"], "no source", item, item + " has no source at " + place)
    edge = options["edge"].to_numpy()
    start = options["position"].to_numpy() - network.lead_time[edge]
    sure = options["position"].to_numpy() >= paths.edge_ready[edge]
    cost = np.where(sure, paths.edge_cost[edge], facts.edge_worth[edge, np.maximum(start, 0)])
    options = options.assign(
        start=start,
        item=network.edges["item_id"].to_numpy()[edge],
        method=network.edges["method"].to_numpy()[edge],
        rank=np.select([start < 0, ~sure], [2, 1], 0),
        cost=cost,
        wait=network.lead_time[edge],
    )
    options["moves"] = options["method"] == "move"  # at equal cost what brings new stock comes first
    options = options.sort_values(["search", "rank", "cost", "moves", "edge"])
    chosen = options.drop_duplicates("search")
    late = options[options["rank"] == 2].sort_values(["search", "wait", "edge"]).drop_duplicates("search")
    late = late[late["search"].isin(chosen.loc[chosen["rank"] == 2, "search"])]
    words = late["item"] + " has a lead time of " + late["wait"].astype(str)
    _stop(trace, late["search"], "lead time", late["item"], words)
    _follow_the_rent(trace, chosen[chosen["rank"] < 2], facts)


def _follow_the_rent(trace: pd.DataFrame, chosen: pd.DataFrame, facts: _Facts) -> None:
    """Go on to, or stop at, what makes a unit of the chosen source worth most above its cost."""
    edge, start = chosen["edge"].to_numpy(), chosen["start"].to_numpy()
    network, optimum = facts.network, facts.optimum
    worth = optimum.worth[chosen["node"], chosen["position"]]
    most = network.edges["qty_max"].to_numpy()[edge]
    full = optimum.arrivals[edge, chosen["position"]] >= most * (1 - 1e-6)  # False where there is no limit
    stands = ~full & (start < facts.frozen)
    idle = optimum.set_ups[edge, chosen["position"]] == 0  # False where lots are averaged
    idle &= (optimum.arrivals[edge, chosen["position"]] == 0) & ~full & ~stands
    rent = np.where(full | stands | idle, worth - facts.edge_worth[edge, start], 0.0)
    own = chosen.assign(rent=rent, of=edge, kind=np.select([stands, idle], ["last plan", "lot"], "own"))
    hours = chosen.merge(facts.loads, on="edge")
    hours["rent"] = hours["hours"] * facts.rent_of_hours[hours["resource"], hours["start"]]
    hours = hours.assign(kind="hours", of=hours["resource"])
    drawn = chosen.merge(facts.draws, on="edge")
    cost = facts.paths.cost[drawn["drawn"]]
    rise = optimum.worth[drawn["drawn"], drawn["start"]] - np.where(np.isfinite(cost), cost, 0.0)
    drawn = drawn.assign(rent=drawn["units"] * rise, kind="drawn", of=drawn["drawn"])
    limits = pd.concat([own, hours, drawn], ignore_index=True).sort_values(
        ["search", "rent", "kind", "of"], ascending=[True, False, True, True]
    )
    first = limits.drop_duplicates("search")
    dear = first["rent"] > MONEY
    _stop(trace, first.loc[~dear, "search"], "policy", "cost", "being late or losing the sale costs less")
    _stop_at_source(trace, first[dear & (first["kind"] == "own")], facts)
    stands = first[dear & (first["kind"] == "last plan")]
    words = "last cycle's plan of " + stands["item"] + " stands in " + _said(network, stands["start"])
    _stop(trace, stands["search"], "policy", "frozen plan", words)
    _stop_at_lot(trace, first[dear & (first["kind"] == "lot")], facts)
    full = first[dear & (first["kind"] == "hours")]
    resource = network.resources["resource_id"].to_numpy()[full["of"]]
    kind = network.resources["kind"].iloc[full["of"]]
    cause = np.where(kind.isin(OUTSIDE), kind, "resource")
    _stop(trace, full["search"], cause, resource, resource + " is full in " + _said(network, full["start"]))
    _go_on(trace, first[dear & (first["kind"] == "drawn")], facts)


def _go_on(trace: pd.DataFrame, rows: pd.DataFrame, facts: _Facts) -> None:
    """Move searches to what their source draws on (`of`), in the bucket it starts in."""
    item = facts.network.nodes["item_id"].to_numpy()[rows["of"]]
    place = facts.network.nodes["location_id"].to_numpy()[rows["of"]]
    made = (rows["method"] == "make").to_numpy()
    search = rows["search"].to_numpy()
    step = np.where(made, rows["item"] + " needs " + item + "; ", rows["item"] + " comes from " + place + "; ")
    trace.loc[search, "because"] += step
    trace.loc[search, "node"] = rows["of"].to_numpy()
    trace.loc[search, "position"] = facts.kept_for[rows["of"], rows["start"]]
    before = trace.loc[search, "component"].to_numpy()
    trace.loc[search, "component"] = np.where(made & (before == ""), item, before)


def _stop_at_source(trace: pd.DataFrame, rows: pd.DataFrame, facts: _Facts) -> None:
    """End searches at a source that gives all it can."""
    edges = facts.network.edges.iloc[rows["of"]].reset_index(drop=True)
    outside = edges["method"].isin(["buy", "subcontract"])
    own = edges["method"] + " at " + edges["location_id"]
    name = edges["origin_id"].where(outside, own)
    most = edges["qty_max"].map("{:g}".format)
    words = name + " gives at most " + most + " of " + edges["item_id"] + " a bucket"
    cause = np.where(outside, "supplier", "source limit")
    _stop(trace, rows["search"], cause, name, words)


def _stop_at_lot(trace: pd.DataFrame, rows: pd.DataFrame, facts: _Facts) -> None:
    """End searches at a source that brings nothing, as it brings whole lots only, or is set up for each."""
    edges = facts.network.edges.iloc[rows["of"]].reset_index(drop=True)
    lot = edges[["lot_min", "lot_multiple"]].max(axis=1)
    sized = (lot > 0).to_numpy()
    what = edges["item_id"].where(~sized, lot.map("{:g} ".format).astype(object) + edges["item_id"])
    words = np.where(sized, "a lot of ", "a set-up for ").astype(object) + what + " would cost more than it saves"
    _stop(trace, rows["search"], "policy", np.where(sized, "lot size", "set-up"), words)


def _stop(trace: pd.DataFrame, search, cause, cause_id, words) -> None:
    search = np.asarray(search)
    trace.loc[search, "cause"] = np.asarray(cause)
    trace.loc[search, "cause_id"] = np.asarray(cause_id)
    trace.loc[search, "because"] += np.asarray(words)


def _said(network: Network, position: pd.Series) -> np.ndarray:
    """Buckets as people say them: Nov 2025, or the day where buckets are not months."""
    return network.buckets[position].map(naming(network.buckets)).astype(object).to_numpy()
