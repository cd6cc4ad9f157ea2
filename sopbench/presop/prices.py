"""What a unit will bring: list price or event price when it was ordered, less what customers are given on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

YEAR = pd.DateOffset(years=1)


def net_price(
    items: pd.DataFrame, events: pd.DataFrame, buckets: pd.Series, realised: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What one unit brings in each bucket: list price, or the lowest price of the events that hold for it.

    Takes items (family, unit_price), events (scope, start, end, price) and, where known, the share of these prices
    that customers truly pay (item_id, share, see `realised_share`); gives item_id, bucket, price and whether it is an
    event's.
    """
    every = items[["item_id", "family", "unit_price"]].merge(buckets.drop_duplicates().rename("bucket"), how="cross")
    priced = events.dropna(subset=["price"])[["scope", "start", "end", "price"]]
    scopes = pd.concat([_scoped(items, "item:" + items["item_id"]), _scoped(items, "family:" + items["family"])])
    scopes = pd.concat([scopes, _scoped(items, "all")]).merge(priced, on="scope")
    held = every[["item_id", "bucket"]].merge(scopes, on="item_id")
    held = held[held["bucket"].between(held["start"], held["end"])]
    lowest = held.groupby(["item_id", "bucket"])["price"].min().reset_index()
    prices = every.merge(lowest, on=["item_id", "bucket"], how="left")
    prices["event"] = prices["price"].notna()
    prices["price"] = prices["price"].fillna(prices["unit_price"])
    if realised is not None:
        prices["price"] *= prices["item_id"].map(realised.set_index("item_id")["share"]).fillna(1.0)
    return prices[["item_id", "bucket", "price", "event"]]


def revenue_of(rows: pd.DataFrame) -> pd.Series:
    """What is shipped in each row brings, in money: at the price of the bucket it was ordered in.

    Orders are shipped in the order in which they came; what was owed before the first bucket has its price, and what
    is lost is lost of the newest. Takes scenario, item_id, location_id, customer_id, bucket, demand, shipped, lost,
    backlog (as shipments) and price.
    """
    key = ["scenario", "item_id", "location_id", "customer_id"]
    late = rows.groupby(key)["backlog"].transform("max") > 0
    late |= rows["shipped"] > rows["demand"] + 1e-9  # owed before
    late = late.groupby([rows[name] for name in key]).transform("any")
    found = rows["shipped"] * rows["price"]
    if late.any():
        found[late] = _first_ordered(rows[late], key)
    return found.rename("revenue")


def _first_ordered(rows: pd.DataFrame, key: list[str]) -> pd.Series:
    """Revenue of lines that are not always shipped at once: shipments matched with orders, first in first out."""
    wide = rows.pivot_table(index=key, columns="bucket", values=["demand", "shipped", "lost", "backlog", "price"])
    demand, shipped, lost, backlog, prices = (
        wide[name].fillna(0.0).to_numpy() for name in ("demand", "shipped", "lost", "backlog", "price")
    )
    ordered = demand - lost
    ordered[:, 0] = backlog[:, 0] + shipped[:, 0]  # with what was owed before
    came, went = np.cumsum(np.maximum(ordered, 0.0), axis=1), np.cumsum(shipped, axis=1)
    from_order = np.minimum(came[:, None, :], went[:, :, None]) - np.maximum(
        (came - np.maximum(ordered, 0.0))[:, None, :], (went - shipped)[:, :, None]
    )
    from_order = np.maximum(from_order, 0.0)  # lines × buckets of shipment × buckets of order
    rest = shipped - from_order.sum(axis=2)
    value = np.einsum("nso,no->ns", from_order, prices) + rest * prices
    row = wide.index.get_indexer(pd.MultiIndex.from_frame(rows[key]))
    column = wide["demand"].columns.get_indexer(rows["bucket"])
    return pd.Series(value[row, column], index=rows.index)


def realised_share(
    items: pd.DataFrame, events: pd.DataFrame, sales: pd.DataFrame, sales_terms: pd.DataFrame
) -> pd.DataFrame:
    """The share of list and event prices that customers paid in the last year of sales.

    Money invoiced over units shipped at list or event price; an item that did not ship takes its family's share, a
    family that did not, 1. What markets with a price of their own (sales_terms) paid tells nothing of that share and is
    left out. Takes items, events, sales (qty_shipped, revenue) and sales_terms; gives item_id, share.
    """
    last = sales[sales["bucket"] > sales["bucket"].max() - YEAR] if len(sales) else sales
    prices = net_price(items, events, last["bucket"])
    sold = (
        last[~_at_own_price(last, sales_terms)]
        .merge(prices, on=["item_id", "bucket"])
        .merge(items[["item_id", "family"]], on="item_id")
    )
    sold = sold.assign(listed=sold["qty_shipped"] * sold["price"])
    found = items[["item_id", "family"]]
    for key in ("item_id", "family"):
        sums = sold.groupby(key)[["revenue", "listed"]].sum()
        share = (sums["revenue"] / sums["listed"]).where((sums["listed"] > 0) & (sums["revenue"] > 0))
        found = found.assign(**{f"share_of_{key}": found[key].map(share)})
    share = found["share_of_item_id"].fillna(found["share_of_family"]).fillna(1.0)
    return found.assign(share=share)[["item_id", "share"]]


def _scoped(items: pd.DataFrame, scope: pd.Series | str) -> pd.DataFrame:
    return items[["item_id"]].assign(scope=scope)


def _at_own_price(sales: pd.DataFrame, sales_terms: pd.DataFrame) -> pd.Series:
    """Whether a row of sales is in a market that has its own price."""
    own = sales_terms[sales_terms["unit_price"].notna()]
    found = pd.Series(False, index=sales.index)
    for named in (["location_id", "customer_id"], ["customer_id"], ["location_id"], []):
        empty = [name for name in ("location_id", "customer_id") if name not in named]
        said = own[(own[empty] == "").all(axis=1) & (own[named] != "").all(axis=1)]
        key = ["item_id", *named]
        found |= pd.MultiIndex.from_frame(sales[key]).isin(pd.MultiIndex.from_frame(said[key]))
    return found
