"""What was made and received of what was planned: production, attainment, schedule adherence, purchases."""

from __future__ import annotations

import pandas as pd

from sopbench.monitor.levels import levels, positive, share, valued


def output(plan: pd.DataFrame, made: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Planned and actual output of each item, location and bucket, in units; what of both agrees, and what strays."""
    keys = ["item_id", "location_id", "bucket"]
    makers = sources.loc[sources["method"] == "make", ["item_id", "location_id"]].drop_duplicates()
    planned = plan.merge(makers, on=["item_id", "location_id"])
    planned = planned.assign(planned=planned["make"] + planned["receipts"])[[*keys, "planned"]]
    actual = made.groupby(keys, as_index=False)["qty"].sum().rename(columns={"qty": "made"})
    both = planned.merge(actual, on=keys, how="outer").fillna({"planned": 0.0, "made": 0.0})
    strayed = (both["made"] - both["planned"]).abs()
    return both.assign(attained=both[["planned", "made"]].min(axis=1), strayed=strayed)


def made_to_plan(of: pd.DataFrame, items: pd.DataFrame) -> list[pd.DataFrame]:
    """Production at standard cost, attainment and adherence, of the rows of `output`."""
    cost = items.set_index("item_id")["unit_cost"]
    made, agreed, strayed = (
        levels(valued(of, items, cost, value=value, target="planned"), "production")
        for value in ("made", "attained", "strayed")
    )
    adherence = share(strayed, "adherence")
    return [
        made,
        share(agreed, "attainment"),
        adherence.assign(value=(1 - adherence["value"]).clip(lower=0.0)),
    ]


def resources(of: pd.DataFrame, routings: pd.DataFrame) -> pd.DataFrame:
    """Attainment of each resource, in hours."""
    making = routings[routings["method"] == "make"] if "method" in routings else routings
    loads = of.merge(making, on=["item_id", "location_id"])
    hours = loads.assign(
        planned=loads["planned"] * loads["hours_per_unit"], attained=loads["attained"] * loads["hours_per_unit"]
    )
    sums = hours.groupby(["resource_id", "bucket"], as_index=False)[["planned", "attained"]].sum()
    rows = sums.rename(columns={"resource_id": "key"})[["key", "bucket"]]
    value = sums["attained"] / positive(sums["planned"])
    return rows.assign(kpi="attainment", level="resource", value=value, target=float("nan"))


def purchases(receipts: pd.DataFrame, before: pd.Series, items: pd.DataFrame) -> list[pd.DataFrame]:
    """Purchase orders that were due by the end of a bucket and arrived in it, at standard cost, and their share.

    Takes `receipts` of each cycle (with `cycle`) and the bucket `before` each cycle's first. What was open at the start
    of a bucket and due before its end is held against what is still open at its end: the units gone have arrived.
    """
    orders = receipts[receipts["kind"] == "PO"]
    opened = orders.assign(bucket=orders["cycle"])
    closing = orders.assign(bucket=orders["cycle"].map(before)).dropna(subset="bucket")
    ends = pd.Series(before.index, before.to_numpy())
    counted = opened["bucket"].isin(receipts["cycle"].map(before))
    due = opened[counted & (opened["due"] < opened["bucket"].map(ends))]
    left = closing.groupby(["receipt_id", "bucket"])["qty"].sum().rename("left").reset_index()
    due = due.merge(left, on=["receipt_id", "bucket"], how="left").fillna({"left": 0.0})
    due = due.assign(arrived=(due["qty"] - due["left"]).clip(lower=0.0))
    cost = items.set_index("item_id")["unit_cost"]
    rows = levels(valued(due, items, cost, value="arrived", target="qty"), "purchases")
    return [rows, share(rows, "purchase_attainment")]
