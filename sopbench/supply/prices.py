"""What everything costs the plan: the tables' costs, and a price on every limit that may be broken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.params import Supply
from sopbench.supply.demand_lines import DemandLines
from sopbench.supply.network import NODE, Network
from sopbench.supply.paths import Paths

END = 0.25
"""Share of what a unit costs to renew that a missing one costs on top of it when the horizon ends.

Above 0, or it would pay to run stock down in the last buckets: not renewing a unit saves what it costs.
"""

SHORTAGE, LEAST = 6, 1.5
"""Buckets of shortage through which safety stock is sold rather than kept, and the least price of a unit missing from
it, times holding cost: above 1, or none would ever be held.
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
    source: np.ndarray  # edge: a unit arriving
    share: np.ndarray  # edge: a unit beyond the agreed share
    regular: np.ndarray  # resource: an hour
    overtime: np.ndarray  # resource: an hour


def find_prices(
    settings: Supply,
    network: Network,
    paths: Paths,
    demand: DemandLines,
    *,
    items: pd.DataFrame,
    policies: pd.DataFrame,
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
    groups = demand.groups.join(by_item, on="item_id").merge(policies, on=NODE, how="left")
    priority = groups["priority"].to_numpy()
    lost = _lost_sale(settings, groups) * priority
    late = groups["backlog_cost"].fillna(settings.backlog_share * groups["unit_price"]).to_numpy()
    return Prices(
        holding=holding,
        shortfall=np.where(renewed, np.minimum(settings.safety_stock_price * holding, bearable), 0.0),
        excess=settings.safety_stock_price * holding,
        write_off=worth,
        end_shortfall=end,
        backlog=late * priority,
        lost=lost,
        end_backlog=lost,
        source=network.edges["unit_cost"].to_numpy(),
        share=np.where(np.isfinite(paths.cost), renewal, worth)[network.edges["node"].to_numpy()],
        regular=network.resources["cost_regular"].to_numpy(),
        overtime=network.resources["cost_overtime"].to_numpy(),
    )


def _lost_sale(settings: Supply, rows: pd.DataFrame) -> np.ndarray:
    """Money for a unit not sold, from its unit_cost, unit_price and the policy's lost_sale_cost."""
    margin = (rows["unit_price"] - rows["unit_cost"]).clip(lower=0)
    lost = rows["lost_sale_cost"].fillna(margin) + rows["unit_cost"]
    return np.maximum(lost, settings.lost_sale_share * rows["unit_price"]).to_numpy()
