"""The approved plan as orders: what to make, buy, subcontract and move, with numbers that stay the same."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table

PREFIX = {"make": "MO", "buy": "PR", "subcontract": "SC", "move": "TO"}
"""What an order's number begins with: manufacturing order, purchase requisition, subcontract and transfer order."""


def released_orders(
    fence: int, start: pd.Timestamp, *, sourcing_plan: pd.DataFrame, calendar: pd.DataFrame
) -> pd.DataFrame:
    """Turn one scenario's sourcing_plan into orders; contract table released_orders.

    The plan's fractions are carried on within an item's source: an order is the rounded sum of the plan until its
    bucket less the rounded sum before it. So every order is in whole units, their sum is never half a unit or more
    off the plan, and what rounds to nothing is not ordered. Lots are as the plan has them.
    An order is firm (to be done as it stands) when it starts in the first `fence` buckets from `start` on; the
    others say what is coming. Its number is made from kind, item, location, origin and the bucket it starts in,
    so that releasing a plan again gives the same numbers.
    """
    source = ["method", "item_id", "location_id", "origin_id"]
    plan = sourcing_plan.sort_values([*source, "bucket"], ignore_index=True)
    until = plan.groupby(source)["qty"].cumsum().round(6).add(0.5) // 1
    plan = plan.assign(qty=until - until.groupby([plan[name] for name in source]).shift(fill_value=0.0))
    plan = plan[plan["qty"] > 0]
    buckets = calendar.loc[calendar["bucket"] >= start, "bucket"].sort_values()
    firm = plan["start_bucket"].isin(buckets.head(fence))
    return checked(
        pd.DataFrame(
            {
                "order_id": _numbers(plan),
                "kind": plan["method"],
                "item_id": plan["item_id"],
                "location_id": plan["location_id"],
                "origin_id": plan["origin_id"],
                "start": plan["start_bucket"],
                "due": plan["bucket"],
                "qty": plan["qty"],
                "firm": firm,
            }
        ),
        table("released_orders"),
    )


def _numbers(plan: pd.DataFrame) -> pd.Series:
    """MO/item/location/start, or PR/item/location/origin/start where it comes from somewhere.

    A slash inside a name is written %2F, so that no two orders share a number.
    """
    number = plan["method"].map(PREFIX)
    for name in ("item_id", "location_id", "origin_id"):
        part = plan[name].str.replace("%", "%25", regex=False).str.replace("/", "%2F", regex=False)
        number = number + ("/" + part).where(part != "", "")
    return number + "/" + plan["start_bucket"].dt.strftime("%Y-%m-%d")
