"""What customers do not get on time, and why: each short delivery is traced to the limit that caused it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import table
from sopbench.supply.answers.causes import find_causes
from sopbench.supply.answers.optimum import Optimum
from sopbench.supply.answers.shipments import by_line
from sopbench.supply.inventory.targets import Targets
from sopbench.supply.model.prices import Prices
from sopbench.supply.network.demand_lines import DemandLines
from sopbench.supply.network.network import Network
from sopbench.supply.network.paths import Paths

SHORT = 1e-6
"""Units below which a delivery counts as complete."""


def shortage_table(
    scenario: str,
    network: Network,
    paths: Paths,
    targets: Targets,
    demand: DemandLines,
    prices: Prices,
    optimum: Optimum,
    items: pd.DataFrame,
    frozen: int = 0,
    why: bool = True,
) -> pd.DataFrame:
    """The shortages: units by which a line's debt grows in a bucket, or that are lost in it, with revenue and cause.

    What a group of equal lines does not get is shared among them by what each is owed. Causes: lead time (it cannot
    be there so soon), resource (at full capacity), supplier (at qty_max, or full over all its items),
    lane (full), component (a supplier's limit, or no source,
    for what goes into it), source limit (qty_max of making or moving), no source, and policy: nothing is in the
    way, but being late or losing the sale costs less, stock is kept, or last cycle's plan stands in the first `frozen`
    buckets. `because` tells the way there. Without `why` no cause is sought: it takes a tenth of a what-if.
    """
    _, lost, left = by_line(demand, optimum)
    late = np.maximum(np.diff(left, axis=1, prepend=demand.overdue[:, None]), 0.0)
    line, position = np.nonzero((late > SHORT) | (lost > SHORT))
    rows = demand.lines.iloc[line].reset_index(drop=True)
    causes = _causes(network, paths, targets, prices, optimum, rows, position, frozen) if why else _NO_CAUSE
    price = rows["item_id"].map(items.set_index("item_id")["unit_price"])
    units = (late + lost)[line, position]
    rows = rows.assign(
        scenario=scenario,
        bucket=network.buckets[position],
        qty=units,
        lost=lost[line, position],
        revenue_at_risk=units * price,
        **causes,
    )
    return rows[table("shortages").names].sort_values(list(table("shortages").key), ignore_index=True)


_NO_CAUSE = {"cause": "", "cause_id": "", "because": ""}


def _causes(
    network: Network,
    paths: Paths,
    targets: Targets,
    prices: Prices,
    optimum: Optimum,
    rows: pd.DataFrame,
    position: np.ndarray,
    frozen: int,
) -> pd.DataFrame:
    """Why each line of `rows` is short in the bucket at `position`; what several lines share is sought once."""
    at = network.serves.T @ np.arange(len(network.nodes))
    node = at[rows["group"].to_numpy(dtype=int)].astype(int)
    states, state = np.unique(np.column_stack([node, position]), axis=0, return_inverse=True)
    causes = find_causes(network, paths, targets, prices, optimum, states[:, 0], states[:, 1], frozen)
    causes = causes.iloc[state.ravel()].reset_index(drop=True)
    dear = (causes["cause"] == "policy") & (paths.cost[node] >= prices.lost[rows["group"]])
    causes.loc[dear, ["cause_id", "because"]] = ["cost", "getting it costs more than losing the sale"]
    return causes
