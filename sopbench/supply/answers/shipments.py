"""Which customer gets what and when: the plan's demand groups shared out among the lines they are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import table
from sopbench.supply.answers.optimum import Optimum
from sopbench.supply.network.demand_lines import LINE, DemandLines


def shipment_table(scenario: str, demand: DemandLines, buckets: pd.DatetimeIndex, optimum: Optimum) -> pd.DataFrame:
    """The shipments: what every customer line wants, is shipped, loses and is owed in each bucket, in units.

    Equal lines share what their group gets by what each is owed and wants, so the lines of an item-location add up to
    its row of supply_plan. own_price is what sales_terms say a unit brings there; empty where list price holds.
    """
    shape = demand.wanted.shape
    columns = dict(zip(("shipped", "lost", "backlog"), by_line(demand, optimum), strict=True))
    line = np.repeat(np.arange(shape[0]), shape[1])
    rows = demand.lines.iloc[line][[*LINE, "own_price"]].reset_index(drop=True)
    rows = rows.assign(scenario=scenario, bucket=np.tile(buckets, shape[0]), demand=demand.wanted.ravel())
    rows = rows.assign(**{name: values.ravel() for name, values in columns.items()})
    return rows[table("shipments").names].sort_values(list(table("shipments").key), ignore_index=True)


def by_line(demand: DemandLines, optimum: Optimum) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Units shipped, lost and still owed, lines × buckets: each line's part of its group by what it may claim."""
    group = demand.lines["group"].to_numpy(dtype=int)
    shipped, lost, left = np.zeros((3, *demand.wanted.shape))
    owed = demand.overdue
    for position in range(demand.wanted.shape[1]):
        claim = owed + demand.wanted[:, position]
        claims = demand.of_groups(claim)[group]
        part = np.divide(claim, claims, out=np.zeros(len(claim)), where=claims > 0)
        for values, of_group in ((shipped, optimum.shipped), (lost, optimum.lost), (left, optimum.backlog)):
            values[:, position] = part * of_group[group, position]
        owed = left[:, position]
    return shipped, lost, left
