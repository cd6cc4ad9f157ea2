"""The limits that are kept at a price and that a plan breaks all the same: which, when, by how much, at what cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import table
from sopbench.supply.answers.optimum import Optimum
from sopbench.supply.model.last_plan import change_prices, frozen_buckets
from sopbench.supply.model.model import Inputs
from sopbench.supply.network.network import NODE

BROKEN = 1e-6
"""Units by which a limit counts as broken."""


def broken_table(scenario: str, inputs: Inputs, optimum: Optimum) -> pd.DataFrame:
    """The contract table broken_limits: frozen buckets, agreed source shares and promises that could not be kept.

    A frozen start stands in its bucket of start; shares and promises, which are measured over the horizon, in the last
    bucket. What was promised to several markets is added up by item and location. cost is what the objective holds of
    it.
    """
    parts = [_frozen(inputs, optimum), _shares(inputs, optimum), _promises(inputs, optimum)]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(size=(rows["asked"] - rows["planned"]).abs(), scenario=scenario)
    rows = rows.assign(cost=rows["size"] * rows["price"])
    rows = rows[rows["size"] > BROKEN]
    of = table("broken_limits")
    rows = rows[of.names].sort_values(list(of.key), ignore_index=True)
    return rows.astype({column.name: column.dtype for column in of.columns})  # the money may be beyond all reason


def _frozen(inputs: Inputs, optimum: Optimum) -> pd.DataFrame:
    network = inputs.network
    count = 0 if inputs.planned_before is None else min(frozen_buckets(inputs.settings), len(network.buckets))
    price = change_prices(inputs.settings, inputs.prices, count)["frozen_plan"]
    edge, bucket = np.nonzero(optimum.changed[:, :count] > BROKEN)
    rows = network.edges.iloc[edge][[*NODE, "method", "origin_id"]].reset_index(drop=True)
    return rows.assign(
        limit="frozen plan",
        bucket=network.buckets[bucket],
        asked=inputs.planned_before[edge, bucket] if count else 0.0,
        planned=network.started(optimum.arrivals)[edge, bucket],
        price=price[edge, bucket],
    )


def _shares(inputs: Inputs, optimum: Optimum) -> pd.DataFrame:
    edges = inputs.network.edges
    total = optimum.arrivals.sum(axis=1)
    arriving = inputs.network.arrives.T @ (inputs.network.arrives @ total)
    least, most = edges["share_min"].fillna(0.0) * arriving, edges["share_max"].fillna(1.0) * arriving
    rows = edges[[*NODE, "method", "origin_id"]].assign(
        limit="source share",
        bucket=inputs.network.buckets[-1],
        asked=np.clip(total, least, np.maximum(most, least)),
        planned=total,
        price=inputs.prices.share,
    )
    return rows[(edges["share_min"] > 0) | (edges["share_max"] < 1)]


def _promises(inputs: Inputs, optimum: Optimum) -> pd.DataFrame:
    demand = inputs.demand
    wanted = demand.of_groups(demand.overdue) + demand.of_groups(demand.wanted).sum(axis=1)
    promised = demand.groups["promised"].to_numpy(dtype=float) * wanted
    rows = demand.groups[NODE].assign(
        asked=promised,
        planned=np.maximum(promised - optimum.promise_broken, 0.0),  # nothing kept may round to less
        money=optimum.promise_broken * inputs.prices.broken_promise,
        broken=optimum.promise_broken,
    )
    rows = rows.groupby(NODE, as_index=False).sum()
    return rows.drop(columns=["money", "broken"]).assign(
        limit="promise",
        method="",
        origin_id="",
        bucket=inputs.network.buckets[-1],
        price=(rows["money"] / rows["broken"].where(rows["broken"] > 0)).fillna(0.0),
    )
