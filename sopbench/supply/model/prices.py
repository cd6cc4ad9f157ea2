"""What everything costs the plan: the tables' costs, and a price on every limit that may be broken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.params import Supply
from sopbench.supply.model.lots import MOST_LEVELS, usual_lot
from sopbench.supply.network.demand_lines import DemandLines
from sopbench.supply.network.network import NODE, Network
from sopbench.supply.network.paths import Paths
from sopbench.supply.network.routed import OUTSIDE
from sopbench.supply.network.workforce import Workforce

END = 0.25
"""Share of what a unit costs to renew that a missing one costs on top of it when the horizon ends.

Above 0, or it would pay to run stock down in the last buckets: not renewing a unit saves what it costs.
"""

SHORTAGE, LEAST = 6, 1.5
"""Buckets of shortage through which safety stock is sold rather than kept, and the least price of a unit missing from
it, times holding cost: above 1, or none would ever be held.
"""

RULE = 10.0
"""Times the dearest cost of a unit that one missing from what was promised or laid down costs: a price, so that there
is always a plan, but one that nothing else is worth."""

MISSED = 2.0
"""Times the most that a unit not shipped may cost, which last cycle's plan is worth where it is frozen: customers of
great weight are no reason to break it.
"""

RANK, HIGHEST = 1000.0, 1e12
"""Times that a unit short weighs more with each rank of priority, where the lower one always goes without first; less
with more than five ranks, so that the highest weighs no more than a solver can tell from nothing beside the lowest.
"""


@dataclass(frozen=True)
class Prices:
    """Money a unit (or a unit and bucket), by node, demand group, edge or resource."""

    holding: np.ndarray  # node: a unit for one bucket
    shortfall: np.ndarray  # node: a unit below target for one bucket
    excess: np.ndarray  # node: a unit above the greatest cover for one bucket
    write_off: np.ndarray  # node: a unit past its shelf life
    end_shortfall: np.ndarray  # node: a unit below target when the horizon ends
    backlog: np.ndarray  # group: a unit late by one bucket
    lost: np.ndarray  # group: a unit not sold
    end_backlog: np.ndarray  # group: a unit still owed when the horizon ends
    broken_promise: np.ndarray  # group: a unit missing from the share of demand that was promised
    source: np.ndarray  # edge: a unit arriving
    set_up: np.ndarray  # edge: a lot, whatever its size
    lot: np.ndarray  # edge: units over which that is averaged where lots are not planned one by one
    change: np.ndarray  # edge: a unit started more or less than last cycle's plan said
    frozen: np.ndarray  # edge: the same, where that plan must stand
    share: np.ndarray  # edge: a unit beyond the agreed share
    regular: np.ndarray  # resource: an hour
    overtime: np.ndarray  # resource: an hour


def find_prices(
    settings: Supply,
    network: Network,
    paths: Paths,
    demand: DemandLines,
    workforce: Workforce,
    *,
    items: pd.DataFrame,
    policies: pd.DataFrame,
    required: np.ndarray,
) -> Prices:
    """Prices from sources, resources and policies, and where policies say nothing from the settings' shares.

    A unit is worth its standard cost, or what its cheapest source costs where the items table says 0. A lost sale
    costs its margin (or what the policy says) and the unit's cost, which the plan saves by not making it: together
    the price of the sale, and never less than lost_sale_share of it. Late and lost units weigh by the customers'
    priority. A unit still owed at the end costs a lost sale besides, so nothing is pushed out of the horizon.
    A unit bought beyond an agreed share costs as much again.

    Safety stock is there to be sold in a shortage: what a unit missing from it costs by bucket (safety_stock_price
    × holding) is cut where in SHORTAGE buckets, with its price at the end, it would come to more than a lost sale. What
    cannot be renewed, or costs more to renew than its sale brings, is not kept for safety at all.

    A stock laid down for the end (stock_end_min), a share of demand promised, and sales of what has no price are
    worth RULE times the dearest way to get a unit: broken only where they cannot be kept. Last cycle's plan, where it
    is frozen, is worth as much of the dearest item that the unit, or what it draws on, can go into, or MISSED times
    what its customers may lose by a unit where they weigh more. Where the aim is
    the margin, a lost sale costs its price and what the policy adds to it. Where priority goes before money, each rank
    of it weighs RANK times the one below. Hours that are paid worked or not, of people planned by headcount or in a
    level plan, cost nothing more.
    """
    by_item = items.set_index("item_id")[["unit_cost", "unit_price"]]
    rows = network.nodes.join(by_item, on="item_id").merge(policies, on=NODE, how="left")
    renewal = np.where(np.isfinite(paths.cost), paths.cost, 0.0)
    worth = rows["unit_cost"].where(rows["unit_cost"] > 0, renewal).to_numpy()
    holding = np.where(rows["holding_cost"].isna(), settings.holding_share * worth, rows["holding_cost"])
    sale = np.where(rows["unit_price"] > 0, _lost_sale(settings, rows), np.inf)
    renewed = np.isfinite(paths.cost) & (sale >= renewal)
    end = np.where(renewed, renewal + END * np.clip(sale - renewal, 0, renewal), 0.0)
    bearable = np.maximum((sale - end) / SHORTAGE, LEAST * holding)
    listed = np.maximum(rows["unit_price"].to_numpy(dtype=float), worth)
    lot = usual_lot(network.edges, required)
    dearest = RULE * np.maximum(_dearest(network, paths, workforce, lot), listed)
    end = np.where(rows["stock_end_min"].fillna(0) > 0, np.maximum(dearest, end), end)
    groups = demand.groups.join(by_item[["unit_cost"]], on="item_id").merge(policies, on=NODE, how="left")
    of_group = dearest @ network.serves
    weight = _weights(settings, groups["priority"])
    unpriced = (groups["unit_price"] <= 0) & groups["lost_sale_cost"].isna()
    lost = np.where(unpriced, of_group, _lost_sale(settings, groups)) * weight
    late = groups["backlog_cost"].fillna(settings.backlog_share * groups["unit_price"]).to_numpy()
    regular = network.resources["cost_regular"].to_numpy(dtype=float).copy()
    ours = np.flatnonzero(~network.resources["kind"].isin(OUTSIDE))
    regular[ours if settings.strategy == "level" else workforce.at] = 0.0
    return Prices(
        holding=holding,
        shortfall=np.where(renewed, np.minimum(settings.safety_stock_price * holding, bearable), 0.0),
        excess=dearest if settings.strategy == "chase" else settings.safety_stock_price * holding,
        write_off=worth,
        end_shortfall=end,
        backlog=late * weight,
        lost=lost,
        end_backlog=lost,
        broken_promise=of_group,
        source=network.edges["unit_cost"].to_numpy(),
        set_up=network.edges["setup_cost"].to_numpy(),
        lot=lot,
        change=settings.stability_price * np.where(np.isfinite(paths.edge_cost), paths.edge_cost, 0.0),
        frozen=_at_stake(network, np.maximum(dearest, MISSED * _missed(network, lost, late * weight))),
        share=np.where(np.isfinite(paths.cost), renewal, worth)[network.edges["node"].to_numpy()],
        regular=regular,
        overtime=network.resources["cost_overtime"].to_numpy(),
    )


def _lost_sale(settings: Supply, rows: pd.DataFrame) -> np.ndarray:
    """Money for a unit not sold, from its unit_cost, unit_price and the policy's lost_sale_cost."""
    if settings.objective == "margin":
        return (rows["unit_price"] + rows["lost_sale_cost"].fillna(0.0)).to_numpy()
    margin = (rows["unit_price"] - rows["unit_cost"]).clip(lower=0)
    lost = rows["lost_sale_cost"].fillna(margin) + rows["unit_cost"]
    return np.maximum(lost, settings.lost_sale_share * rows["unit_price"]).to_numpy()


def _weights(settings: Supply, priority: pd.Series) -> np.ndarray:
    """How much a unit short weighs, by the priority of who wants it."""
    if settings.allocation != "priority":
        return priority.to_numpy()
    rank = priority.rank(method="dense").to_numpy() - 1
    return min(RANK, HIGHEST ** (1 / max(rank.max(initial=0.0), 1.0))) ** rank


def _dearest(network: Network, paths: Paths, workforce: Workforce, lot: np.ndarray) -> np.ndarray:
    """Money a unit of each node costs by its dearest source, in overtime or with people hired for it; 0 without any."""
    hour = network.resources[["cost_regular", "cost_overtime"]].max(axis=1).to_numpy(dtype=float).copy()
    hired = workforce.wage + np.where(np.isfinite(workforce.hire), workforce.hire, 0.0)[:, None]
    worked = np.where(workforce.hours > 0, workforce.hours, np.nan)
    if len(workforce.at):
        hour[workforce.at] = np.maximum(hour[workforce.at], np.nanmax(hired / worked, axis=1, initial=0.0))
    drawn = (network.uses + network.sends).T @ np.where(np.isfinite(paths.cost), paths.cost, 0.0)
    own = network.edges["unit_cost"].to_numpy() + network.edges["setup_cost"].to_numpy() / lot
    edge = own + network.loads.T @ hour + drawn
    dearest = np.zeros(len(network.nodes))
    np.maximum.at(dearest, network.edges["node"].to_numpy(), edge)
    return dearest


def _missed(network: Network, lost: np.ndarray, late: np.ndarray) -> np.ndarray:
    """By node: the most that a unit not shipped costs, late in every bucket and lost (or owed) at the end."""
    most = np.zeros(len(network.nodes))
    served = network.serves.tocoo()
    np.maximum.at(most, served.row, (lost + late * len(network.buckets))[served.col])
    return most


def _at_stake(network: Network, dearest: np.ndarray) -> np.ndarray:
    """By edge: money that hangs on a unit of it, by what it can go into or what else it could be made of.

    A component is worth the dearest item made of it, by the units that go into one.
    """
    draws = (network.uses + network.sends).tocoo()
    node, worth = network.edges["node"].to_numpy(), dearest.copy()
    for _ in range(MOST_LEVELS):
        raised = worth.copy()
        np.maximum.at(raised, draws.row, worth[node[draws.col]] / draws.data)
        if np.allclose(raised, worth, rtol=1e-9):
            break
        worth = raised
    return np.maximum(worth[node], draws.T.tocsr() @ worth)
