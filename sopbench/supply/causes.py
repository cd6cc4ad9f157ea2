"""Why a unit is missing somewhere: follows the network upstream to the limit that raises its worth above its cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.supply.network import Network
from sopbench.supply.paths import Paths
from sopbench.supply.prices import Prices
from sopbench.supply.solve import Optimum

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
    edge_worth: np.ndarray  # edges × start buckets: what a unit costs at the worth of all it takes


def find_causes(
    network: Network, paths: Paths, prices: Prices, optimum: Optimum, node: np.ndarray, position: np.ndarray
) -> pd.DataFrame:
    """The cause of a shortage at each node in each bucket: columns cause, cause_id, because (in words).

    Goes upstream one source at a time. Where a unit could still arrive in time it follows the cheapest source to
    what lifts the worth of a unit most above its cost: the source's own limit, the hours of a full resource, or
    something drawn on. Where none could, it follows the slowest input to the item there is no time or no source for.
    What a supplier limits, or nobody supplies, is named by the component wherever it is one.
    """
    facts = _facts(network, paths, prices, optimum)
    trace = pd.DataFrame({"node": node, "position": position, "cause": "", "cause_id": "", "component": ""})
    trace["because"] = ""
    for _ in range(STEPS):
        searching = trace.index[trace["cause"] == ""]
        if not len(searching):
            break
        _step(trace, searching, facts)
    kept = trace.index[(trace["cause"] == "policy") & (optimum.stock[node, position] > UNITS)]
    trace.loc[kept, ["cause_id", "because"]] = ["safety stock", "stock is kept for safety or for later"]
    circling = trace.index[trace["cause"] == ""]
    _stop(trace, circling, "no source", network.nodes["item_id"].to_numpy()[trace.loc[circling, "node"]], "no source")
    upstream = (trace["component"] != "") & trace["cause"].isin(["supplier", "no source"])
    trace.loc[upstream, "cause_id"] = trace.loc[upstream, "component"]
    trace.loc[upstream, "cause"] = "component"
    return trace[["cause", "cause_id", "because"]]


def _facts(network: Network, paths: Paths, prices: Prices, optimum: Optimum) -> _Facts:
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
        edge_worth=edge_worth,
    )


def _step(trace: pd.DataFrame, searching: pd.Index, facts: _Facts) -> None:
    """Take each search one source further, or end it."""
    nodes = facts.network.nodes
    at = trace.loc[searching, ["node", "position"]].rename_axis(index="search").reset_index()
    options = at.merge(facts.options, on="node")
    without = at[~at["search"].isin(options["search"])]
    item = nodes["item_id"].to_numpy()[without["node"]]
    place = nodes["location_id"].to_numpy()[without["node"]]
    _stop(trace, without["search"], "no source", item, item + " has no source at " + place)
    edge = options["edge"].to_numpy()
    options["possible"] = options["position"] >= facts.paths.edge_ready[edge]
    options["rank"] = np.where(options["possible"], facts.paths.edge_cost[edge], facts.paths.edge_ready[edge])
    options = options.sort_values(["search", "possible", "rank", "edge"], ascending=[True, False, True, True])
    chosen = options.drop_duplicates("search")
    edge = chosen["edge"].to_numpy()
    chosen = chosen.assign(
        start=np.maximum(chosen["position"].to_numpy() - facts.network.lead_time[edge], 0),
        item=facts.network.edges["item_id"].to_numpy()[edge],
        method=facts.network.edges["method"].to_numpy()[edge],
    )
    _follow_the_rent(trace, chosen[chosen["possible"]], facts)
    _follow_the_delay(trace, chosen[~chosen["possible"]], facts)


def _follow_the_rent(trace: pd.DataFrame, chosen: pd.DataFrame, facts: _Facts) -> None:
    """Sources that could bring a unit in time: go on to, or stop at, what makes a unit worth most above its cost."""
    edge, start = chosen["edge"].to_numpy(), chosen["start"].to_numpy()
    network, optimum = facts.network, facts.optimum
    worth = optimum.worth[chosen["node"], chosen["position"]]
    most = network.edges["qty_max"].to_numpy()[edge]
    full = optimum.arrivals[edge, chosen["position"]] >= most * (1 - 1e-6)  # False where there is no limit
    own = chosen.assign(rent=np.where(full, worth - facts.edge_worth[edge, start], 0.0), kind="own", of=edge)
    hours = chosen.merge(facts.loads, on="edge")
    hours["rent"] = hours["hours"] * facts.rent_of_hours[hours["resource"], hours["start"]]
    hours = hours.assign(kind="hours", of=hours["resource"])
    drawn = chosen.merge(facts.draws, on="edge")
    rise = optimum.worth[drawn["drawn"], drawn["start"]] - facts.paths.cost[drawn["drawn"]]
    drawn = drawn.assign(rent=drawn["units"] * rise, kind="drawn", of=drawn["drawn"])
    limits = pd.concat([own, hours, drawn], ignore_index=True).sort_values(
        ["search", "rent", "kind", "of"], ascending=[True, False, True, True]
    )
    first = limits.drop_duplicates("search")
    dear = first["rent"] > MONEY
    _stop(trace, first.loc[~dear, "search"], "policy", "cost", "being late or losing the sale costs less")
    _stop_at_source(trace, first[dear & (first["kind"] == "own")], facts)
    full = first[dear & (first["kind"] == "hours")]
    resource = network.resources["resource_id"].to_numpy()[full["of"]]
    _stop(trace, full["search"], "resource", resource, resource + " is full in " + _said(network, full["start"]))
    _go_on(trace, first[dear & (first["kind"] == "drawn")], facts)


def _follow_the_delay(trace: pd.DataFrame, chosen: pd.DataFrame, facts: _Facts) -> None:
    """Sources that cannot bring a unit in time: go on to the slowest input, or stop where time has run out."""
    lead_time = facts.network.lead_time[chosen["edge"]]
    reachable = np.isfinite(facts.paths.edge_ready[chosen["edge"]])
    late = chosen[reachable & (chosen["position"].to_numpy() < lead_time)]
    needed = pd.Series(facts.network.lead_time[late["edge"]], index=late.index).astype(str)
    _stop(trace, late["search"], "lead time", late["item"], late["item"] + " has a lead time of " + needed)
    drawn = chosen.drop(late.index).merge(facts.draws, on="edge")
    drawn = drawn.assign(of=drawn["drawn"], ready=facts.paths.ready[drawn["drawn"]])
    drawn = drawn.sort_values(["search", "ready", "of"], ascending=[True, False, True])
    _go_on(trace, drawn.drop_duplicates("search"), facts)


def _go_on(trace: pd.DataFrame, rows: pd.DataFrame, facts: _Facts) -> None:
    """Move searches to what their source draws on (`of`), in the bucket it starts in."""
    item = facts.network.nodes["item_id"].to_numpy()[rows["of"]]
    place = facts.network.nodes["location_id"].to_numpy()[rows["of"]]
    made = (rows["method"] == "make").to_numpy()
    search = rows["search"].to_numpy()
    step = np.where(made, rows["item"] + " needs " + item + "; ", rows["item"] + " comes from " + place + "; ")
    trace.loc[search, "because"] += step
    trace.loc[search, "node"] = rows["of"].to_numpy()
    trace.loc[search, "position"] = rows["start"].to_numpy()
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


def _stop(trace: pd.DataFrame, search, cause, cause_id, words) -> None:
    search = np.asarray(search)
    trace.loc[search, "cause"] = np.asarray(cause)
    trace.loc[search, "cause_id"] = np.asarray(cause_id)
    trace.loc[search, "because"] += np.asarray(words)


def _said(network: Network, position: pd.Series) -> np.ndarray:
    """Buckets as people write them: 2025-11, or the day where buckets are not months."""
    form = "%Y-%m" if (network.buckets.day == 1).all() else "%Y-%m-%d"
    return network.buckets[position].strftime(form).to_numpy()
