"""The company's books as it would export them: sales, production, and stock, orders and receipts at each snapshot."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.example.market import Market
from sopbench.example.months import BUCKETS, HISTORY, MONTHS, SNAPSHOTS
from sopbench.example.network import SUBCONTRACT_LEAD, Network
from sopbench.example.operations import Operations
from sopbench.example.range import Range

PRICE_LEVEL = {2020: 0.91, 2021: 0.92, 2022: 0.94, 2023: 0.97, 2024: 0.99, 2025: 1.0}
"""Prices of each year against today's list."""

BOOKED = (0.85, 0.40)
"""Share of what is made to order that is booked already for the first and the second month ahead."""


def sales(goods: Range, market: Market, network: Network, past: Operations, price: np.ndarray) -> pd.DataFrame:
    """Contract table sales; `price` is by item and month. Months in which nothing was wanted have no row."""
    cell, month = np.nonzero((past.ordered > 0) | (past.shipped > 0) | past.stockout)
    order = np.lexsort((month, cell))
    cell, month = cell[order], month[order]
    shipped = past.shipped[cell, month]
    level = np.array([PRICE_LEVEL[year] for year in BUCKETS.year[:HISTORY]])[month]
    factor = market.customers["price_factor"].to_numpy()[market.customer[cell]]
    revenue = np.floor(shipped * price[market.item[cell], month] * factor * level + 0.5).astype(np.int64)
    said = {"qty_ordered": past.ordered[cell, month], "qty_shipped": shipped, "revenue": revenue}
    stockout = np.where(past.stockout[cell, month], "true", "false")
    return pd.DataFrame(cell_names(goods, market, cell) | {"bucket": BUCKETS[month]} | said | {"stockout": stockout})


def true_demand(
    goods: Range, market: Market, true: np.ndarray, project: np.ndarray, expected: np.ndarray
) -> pd.DataFrame:
    """What customers truly wanted in history and horizon: units, those of one-off projects, and the mean."""
    cell, month = np.divmod(np.arange(true.size), MONTHS)
    values = {"qty": true.ravel(), "project": project.ravel(), "expected": expected.ravel().round(2)}
    return pd.DataFrame(cell_names(goods, market, cell) | {"bucket": BUCKETS[month]} | values)


def cell_names(goods: Range, market: Market, cell: np.ndarray) -> dict[str, np.ndarray]:
    """The key of cells in words."""
    return {
        "item_id": goods.items["item_id"].to_numpy()[market.item[cell]],
        "location_id": market.centres["location_id"].to_numpy()[market.centre[cell]],
        "customer_id": market.customers["customer_id"].to_numpy()[market.customer[cell]],
    }


def node_names(goods: Range, network: Network, node: np.ndarray) -> dict[str, np.ndarray]:
    """The key of nodes in words."""
    ids = goods.items["item_id"].to_numpy()
    return {"item_id": ids[network.item[node]], "location_id": network.places[network.place[node]]}


def ledger(goods: Range, network: Network, past: Operations) -> pd.DataFrame:
    """Stock at the start of every month at every node, everything that came and went, and stock at its end."""
    node, month = np.divmod(np.arange(past.ledger["stock"].size), HISTORY)
    start = np.concatenate([past.opening[:, None], past.ledger["stock"][:, :-1]], axis=1)
    flows = {name: past.ledger[name].ravel() for name in past.ledger if name != "stock"}
    rows = node_names(goods, network, node) | {"bucket": BUCKETS[month], "stock_start": start.ravel()}
    return pd.DataFrame(rows | flows | {"stock_end": past.ledger["stock"].ravel()})


def production(goods: Range, network: Network, past: Operations) -> pd.DataFrame:
    """Contract table production: units that left the line in the month."""
    node, month = np.nonzero(past.ledger["make"])
    qty = past.ledger["make"][node, month]
    return pd.DataFrame(node_names(goods, network, node) | {"bucket": BUCKETS[month], "qty": qty})


def on_hand(goods: Range, network: Network, past: Operations) -> pd.DataFrame:
    """Contract table on_hand: the shelf at each snapshot, empty shelves too where the item is on sale or used."""
    nodes = np.arange(len(network.item))
    frames = [
        pd.DataFrame(
            node_names(goods, network, nodes) | {"as_of": BUCKETS[month], "qty": past.ledger["stock"][:, month - 1]}
        )
        for month in SNAPSHOTS
    ]
    return pd.concat(frames, ignore_index=True)


def open_orders(goods: Range, market: Market, past: Operations, true: np.ndarray) -> pd.DataFrame:
    """Contract table open_orders: what was owed at each snapshot, and what is booked ahead of what is made to order."""
    to_order = (goods.items["strategy"] == "MTO").to_numpy()[market.item]
    frames = []
    for month in SNAPSHOTS:
        owed = past.backlog[:, month - 1]
        wanted = [(owed, month - 1, 20)]
        wanted += [
            (np.where(to_order, np.floor(true[:, month + ahead] * share).astype(np.int64), 0), month + ahead, 10)
            for ahead, share in enumerate(BOOKED)
        ]
        for qty, due, day in wanted:
            cell = np.flatnonzero(qty)
            number = pd.Series(cell).astype(str).str.zfill(5)
            rows = {"order_id": "SO-" + BUCKETS[due].strftime("%y%m-") + number, **cell_names(goods, market, cell)}
            rows |= {"due": BUCKETS[due] + pd.Timedelta(days=day - 1), "qty": qty[cell], "as_of": BUCKETS[month]}
            frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)


def receipts(goods: Range, network: Network, past: Operations) -> pd.DataFrame:
    """Contract table receipts: what was under way at each snapshot; the months are those in which it truly came."""
    root, made = network.origin < 0, goods.items["made"].to_numpy()[network.item]
    ways = (
        ("make", "MO", "MO", root & made, network.lead),
        ("buy", "PO", "PO", root & ~made, network.lead),
        ("subcontract", "PO", "SU", root, np.full(len(root), SUBCONTRACT_LEAD)),
        ("move", "DO", "DO", ~root, network.lead),
    )
    frames = []
    for month in SNAPSHOTS:
        for way, kind, prefix, where, lead in ways:
            node, start = np.nonzero(past.under_way[way][:, :month])
            due = start + lead[node]
            keep = where[node] & (due >= month)
            node, start, due = node[keep], start[keep], due[keep]
            number = pd.Series(node).astype(str).str.zfill(5).to_numpy()
            begun = BUCKETS.strftime("%y%m").to_numpy()[start]
            days = pd.to_timedelta(4 + node * 7 % 20, unit="D")
            rows = {"receipt_id": prefix + "-" + begun + "-" + number, "kind": kind, **node_names(goods, network, node)}
            rows |= {"due": BUCKETS[due] + days, "qty": past.under_way[way][node, start], "as_of": BUCKETS[month]}
            frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)
