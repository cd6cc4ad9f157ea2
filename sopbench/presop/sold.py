"""What every customer line sells, in money: the rows that each figure of the plan in money adds up from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.presop.prices import net_price, revenue_of

SOLD = ["units", "revenue", "cost_of_goods"]
"""What is measured of every line; gross_margin is the difference of the last two."""


def money_rows(
    *,
    items: pd.DataFrame,
    customers: pd.DataFrame,
    locations: pd.DataFrame,
    events: pd.DataFrame,
    shipments: pd.DataFrame,
    realised: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One plan's sales in money by item, location, customer and bucket (contract table money_rows).

    They add up to units, revenue, cost_of_goods and gross_margin of the plan's financial_plan, for they are what these
    are made of. Costs that belong to no customer (overtime, transport, holding, ...) are not shared out: they stay by
    family. Takes items, customers, locations and events as the plan's scenario changes them, that scenario's shipments
    and `realised` (see `realised_share`). region is the customer's, or else that of the location that serves him;
    region and channel are empty where nobody says. Lines that are shipped nothing in a bucket are left out.
    """
    rows = sold(items, events, shipments, realised)
    rows = rows[(rows[SOLD] != 0).any(axis=1)].merge(items[["item_id", "family"]], on="item_id")
    who = customers.set_index("customer_id")[["channel", "region"]]
    served_from = rows["location_id"].map(locations.set_index("location_id")["region"])
    region = rows["customer_id"].map(who["region"]).fillna("")
    region = region.mask(region == "", served_from.fillna(""))
    rows = rows.assign(region=region, channel=rows["customer_id"].map(who["channel"]).fillna(""))
    rows["gross_margin"] = rows["revenue"] - rows["cost_of_goods"]
    return checked(rows[table("money_rows").names], table("money_rows"))


def sold(
    items: pd.DataFrame, events: pd.DataFrame, shipments: pd.DataFrame, realised: pd.DataFrame | None
) -> pd.DataFrame:
    """shipments with units, revenue, cost_of_goods and backlog_value, in money.

    A unit brings the price of the bucket in which it was ordered: a market's own price (sales_terms) where it has one,
    for that is what a unit brings there, unless an event sells it for less; else list or event price times the share
    of these that customers pay (`realised`).
    """
    price = net_price(items, events, shipments["bucket"], realised)
    rows = shipments.merge(price, on=["item_id", "bucket"], how="left", validate="m:1")
    rows["price"] = rows["price"].fillna(0.0)
    own = rows["own_price"].where(~rows["event"].eq(True), np.fmin(rows["own_price"], rows["price"]))
    rows["price"] = own.where(rows["own_price"].notna(), rows["price"])
    cost = rows["item_id"].map(items.set_index("item_id")["unit_cost"])
    return rows.assign(
        units=rows["shipped"],
        revenue=revenue_of(rows),
        cost_of_goods=rows["shipped"] * cost,
        backlog_value=rows["backlog"] * rows["price"],
    )
