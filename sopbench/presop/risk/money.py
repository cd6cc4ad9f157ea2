"""What became of a plan in money: the lines of its financial plan, on every path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from sopbench.presop.finance import OPERATING_COSTS
from sopbench.presop.risk.laid import EDGE, LaidPlan
from sopbench.presop.risk.paths import Paths
from sopbench.presop.risk.play import Played, play
from sopbench.shared import share_out, sharers

SOURCED = {"buy": "purchase_variance", "subcontract": "subcontracting", "move": "transport"}

CELLS, FEWEST = 2_000_000, 8
"""Nodes × buckets × paths played at a time, whoever plays them: some 200 megabytes; but no fewer paths than these.

With 10,000 items a path alone is 1.3 million, and what is made ready for each round takes longer than to play it.
"""

WORTH_PROCESSES = 40_000_000
"""Nodes × buckets × paths from which processes share them."""


@dataclass(frozen=True)
class Basis:
    """What a scenario's plan earns and what units are worth: all that money is reckoned from.

    `lines` and `balances` are families × buckets of the financial plan; prices nodes × buckets; the rest as named.
    """

    families: pd.Index
    gathers: sp.csr_array  # families × nodes
    lines: dict[str, np.ndarray]
    price: np.ndarray  # nodes × buckets
    unit_cost: np.ndarray  # nodes
    holding_rate: np.ndarray  # families × buckets: of the stock's value
    sourced: dict[str, sp.csr_array]  # line: families × edges, money of a unit arriving
    arrived: np.ndarray  # edges: as planned, over the horizon
    overtime: np.ndarray  # families × resources: money of one more hour of overtime


def basis(
    laid: LaidPlan,
    *,
    items: pd.DataFrame,
    resources: pd.DataFrame,
    prices: pd.DataFrame,
    sourcing_plan: pd.DataFrame,
    financial_plan: pd.DataFrame,
    scenario: str = "base",
) -> Basis:
    """Money of the plan laid out. `prices`: item_id, bucket, price, as `presop.net_price` gives them.

    The extra pay of an hour of overtime is dealt to families by their hours on the resource over the horizon.
    """
    plan = financial_plan[financial_plan["scenario"] == scenario]
    families = pd.Index(sorted(laid.nodes["family"].unique()))
    of_node = families.get_indexer(laid.nodes["family"])
    gathers = sp.csr_array(
        (np.ones(len(of_node)), (of_node, np.arange(len(of_node)))), shape=(len(families), len(of_node))
    )
    lines = {
        line: rows.pivot_table("value", "family", "bucket", "sum").reindex(index=families, columns=laid.buckets)
        for line, rows in plan.groupby("line")
    }
    lines = {line: rows.fillna(0.0).to_numpy(dtype=float) for line, rows in lines.items()}
    by_item = prices.pivot_table("price", "item_id", "bucket").reindex(columns=laid.buckets)
    price = by_item.reindex(laid.nodes["item_id"]).fillna(0.0).to_numpy(dtype=float)
    stock = lines["inventory_value"]
    mean = lines["holding"].sum(axis=1, keepdims=True) / np.maximum(stock.sum(axis=1, keepdims=True), 1e-9)
    rate = np.where(stock > 1e-6, lines["holding"] / np.where(stock > 1e-6, stock, 1.0), mean)
    cost = items.set_index("item_id")["unit_cost"].reindex(laid.nodes["item_id"]).to_numpy(dtype=float)
    of_edge = of_node[laid.edges["node"].to_numpy()]
    worked = sp.csr_array(
        (np.ones(len(of_edge)), (of_edge, np.arange(len(of_edge)))), shape=(len(families), len(of_edge))
    )
    hours = worked @ (laid.hours.T.multiply(laid.planned.sum(axis=1)[:, None]))
    hours = np.asarray(hours.todense())
    share = hours / np.maximum(hours.sum(axis=0, keepdims=True), 1e-9)
    paid = resources.set_index("resource_id").reindex(laid.resources)
    extra = (paid["cost_overtime"] - paid["cost_regular"]).clip(lower=0).fillna(0.0).to_numpy(dtype=float)
    sums = sourcing_plan[sourcing_plan["scenario"] == scenario].groupby(EDGE)[["qty", "cost"]].sum()
    sums = sums.reindex(pd.MultiIndex.from_frame(laid.edges[EDGE]))
    return Basis(
        families=families,
        gathers=gathers,
        lines=lines,
        price=price,
        unit_cost=cost,
        holding_rate=rate,
        sourced=_sourced(laid, worked, (sums["cost"] / sums["qty"]).fillna(0.0).to_numpy(), cost),
        arrived=sums["qty"].fillna(0.0).to_numpy(dtype=float),
        overtime=share * extra,
    )


def _sourced(
    laid: LaidPlan, of_family: sp.csr_array, each: np.ndarray, unit_cost: np.ndarray
) -> dict[str, sp.csr_array]:
    """By line: what a unit costs beyond standard; an item without a standard cost is part of its parents'."""
    method, standard = laid.edges["method"].to_numpy(), unit_cost[laid.edges["node"].to_numpy()]
    beyond = np.where(method == "move", each, np.where(standard > 0, each - standard, 0.0))
    return {line: of_family @ sp.diags_array(beyond * (method == name)) for name, line in SOURCED.items()}


def played_money(laid: LaidPlan, basis: Basis, paths: Paths, plan_stands: int, jobs: int = 1) -> dict[str, np.ndarray]:
    """`money_of` the plan played against the paths, CELLS at a time, shared out where there are many (`jobs`)."""
    cells = len(laid.nodes) * len(laid.buckets) * paths.number
    rounds = min(max(-(-cells // CELLS), 1), max(paths.number // FEWEST, 1))
    parts = np.array_split(np.arange(paths.number), rounds)
    pieces = ((laid, basis, paths.only(slice(some[0], some[-1] + 1)), plan_stands) for some in parts)
    played = list(share_out(_play_some, pieces, sharers(jobs, cells >= WORTH_PROCESSES)))
    return {name: np.concatenate([part[name] for part in played], axis=-1) for name in played[0]}


def _play_some(laid: LaidPlan, basis: Basis, paths: Paths, plan_stands: int) -> dict[str, np.ndarray]:
    return money_of(laid, basis, paths, play(laid, paths, plan_stands))


def money_of(laid: LaidPlan, basis: Basis, paths: Paths, played: Played) -> dict[str, np.ndarray]:
    """By family and path: units wanted and late, and money, as the financial plan reckons it (families × paths).

    Every line is the plan's own plus what the path differs by, so it is the financial plan where nothing differs:
    revenue and cost of goods by units shipped, stock and write-offs at standard cost, holding by the plan's share of
    stock in money, transport and purchases by units arriving, overtime by hours beyond the regular ones; people
    and set-ups are as planned.
    `revenue` and `gross_margin` come by bucket too, under the same name with "_by_bucket" (families × buckets × paths).
    cash = contribution less what stock grows by, as if everything were paid at once.
    """
    horizon, families, number = len(laid.buckets), len(basis.families), paths.number
    revenue, goods, stock = (np.zeros((families, horizon, number)) for _ in range(3))
    demand, late, write_off, holding, overtime = (np.zeros((families, number)) for _ in range(5))
    planned, gathers, cost = laid.supply, basis.gathers, basis.unit_cost[:, None]
    for bucket in range(horizon):
        sold = played.shipped[bucket] - planned["shipped"][:, bucket][:, None]
        revenue[:, bucket] = basis.lines["revenue"][:, bucket][:, None]
        revenue[:, bucket] += gathers @ (sold * basis.price[:, bucket][:, None])
        goods[:, bucket] = basis.lines["cost_of_goods"][:, bucket][:, None] + gathers @ (sold * cost)
        more = gathers @ ((played.stock[bucket] - planned["stock"][:, bucket][:, None]) * cost)
        stock[:, bucket] = np.maximum(basis.lines["inventory_value"][:, bucket][:, None] + more, 0.0)
        holding += basis.holding_rate[:, bucket][:, None] * more
        gone = played.written_off[bucket] - planned["written_off"][:, bucket][:, None]
        write_off += gathers @ (gone * cost)
        overtime += basis.overtime @ _more_overtime(laid, bucket, paths, played)
        demand += gathers @ paths.demand[bucket]
        late += gathers @ played.late[bucket]
    differs = played.arrived - basis.arrived[:, None]
    more = {"overtime": overtime, "holding": holding, "write_off": write_off}
    more |= {line: rates @ differs for line, rates in basis.sourced.items()}
    margin = revenue - goods
    spent = sum(basis.lines[line].sum(axis=1)[:, None] + more.get(line, 0.0) for line in OPERATING_COSTS)
    owed = gathers @ ((played.backlog[-1] - planned["backlog"][:, -1][:, None]) * basis.price[:, -1][:, None])
    contribution = margin.sum(axis=1) - spent
    opening = gathers @ (laid.opening * basis.unit_cost)
    return {
        "demand": demand,
        "late": late,
        "revenue": revenue.sum(axis=1),
        "gross_margin": margin.sum(axis=1),
        "contribution": contribution,
        "stock_average": stock.mean(axis=1),
        "stock_end": stock[:, -1],
        "backlog_end": np.maximum(basis.lines["backlog_value"][:, -1][:, None] + owed, 0.0),
        "cash": contribution - (stock[:, -1] - opening[:, None]),
        "revenue_by_bucket": revenue,
        "gross_margin_by_bucket": margin,
    }


def _more_overtime(laid: LaidPlan, bucket: int, paths: Paths, played: Played) -> np.ndarray:
    """Hours of overtime beyond the plan's, resources × paths: what the regular hours that are left do not hold."""
    regular = laid.regular[:, bucket][:, None]
    now = np.maximum(played.load[bucket] - regular * (1 - paths.hours_lost[bucket]), 0.0)
    return now - np.maximum(laid.load[:, bucket][:, None] - regular, 0.0)
