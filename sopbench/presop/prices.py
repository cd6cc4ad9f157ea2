"""What a unit will bring: list price or event price, less what customers have lately been given on it."""

from __future__ import annotations

import pandas as pd

YEAR = pd.DateOffset(years=1)


def net_price(
    items: pd.DataFrame, events: pd.DataFrame, buckets: pd.Series, realised: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What one unit brings in each bucket: list price, or the lowest price of the events that hold for it.

    Takes items (family, unit_price), events (scope, start, end, price) and, where known, the share of these prices
    that customers truly pay (item_id, share, see `realised_share`); gives item_id, bucket, price.
    """
    every = items[["item_id", "family", "unit_price"]].merge(buckets.drop_duplicates().rename("bucket"), how="cross")
    priced = events.dropna(subset=["price"])[["scope", "start", "end", "price"]]
    scopes = pd.concat([_scoped(items, "item:" + items["item_id"]), _scoped(items, "family:" + items["family"])])
    scopes = pd.concat([scopes, _scoped(items, "all")]).merge(priced, on="scope")
    held = every[["item_id", "bucket"]].merge(scopes, on="item_id")
    held = held[held["bucket"].between(held["start"], held["end"])]
    lowest = held.groupby(["item_id", "bucket"])["price"].min().reset_index()
    prices = every.merge(lowest, on=["item_id", "bucket"], how="left")
    prices["price"] = prices["price"].fillna(prices["unit_price"])
    if realised is not None:
        prices["price"] *= prices["item_id"].map(realised.set_index("item_id")["share"]).fillna(1.0)
    return prices[["item_id", "bucket", "price"]]


def realised_share(items: pd.DataFrame, events: pd.DataFrame, sales: pd.DataFrame) -> pd.DataFrame:
    """The share of list and event prices that customers paid in the last year of sales.

    Money invoiced over units shipped at list or event price; an item that did not ship takes its family's share, a
    family that did not, 1. Takes items, events and sales (qty_shipped, revenue); gives item_id, share.
    """
    last = sales[sales["bucket"] > sales["bucket"].max() - YEAR] if len(sales) else sales
    prices = net_price(items, events, last["bucket"])
    sold = last.merge(prices, on=["item_id", "bucket"]).merge(items[["item_id", "family"]], on="item_id")
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
