"""Where a plan falls short: of demand, of the budget, of capacity; each gap with its size and what it is worth."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.buckets import middles
from sopbench.contract.words import Naming, in_share, in_units, naming, plain
from sopbench.params import Presop


def gaps(
    settings: Presop,
    *,
    items: pd.DataFrame,
    budget: pd.DataFrame,
    financial_plan: pd.DataFrame,
    capacity_plan: pd.DataFrame,
    shortages: pd.DataFrame,
) -> pd.DataFrame:
    """List every gap of every scenario (contract table gaps).

    shortage: an item and bucket in which customers do not get units on time; money = revenue at risk.
    budget: a family and quarter planned below its budgeted revenue; size and money = what is missing, over the
        buckets that have a budget (of several versions the last counts).
    bottleneck: a resource and bucket loaded from settings.bottleneck_from on; size = hours above that; money =
        these hours at the shadow price of one, which is the most that adding them could save.
    """
    said = naming(financial_plan["bucket"])
    found = [
        _shortages(shortages, items, said),
        _budget(financial_plan, budget),
        _bottlenecks(settings, capacity_plan, said),
    ]
    rows = pd.concat([each for each in found if len(each)] or [table("gaps").empty()])
    return checked(rows, table("gaps"))


def _shortages(shortages: pd.DataFrame, items: pd.DataFrame, said: Naming) -> pd.DataFrame:
    """By item and bucket, with the cause that puts most revenue at risk."""
    key = ["scenario", "item_id", "bucket"]
    rows = shortages.sort_values(["revenue_at_risk", "location_id", "customer_id"], ascending=[False, True, True])
    size = rows.groupby(key)[["qty", "lost", "revenue_at_risk"]].sum()
    first = rows.groupby(key)[["cause", "cause_id", "because"]].first()
    found = size.join(first).reset_index().merge(items[["item_id", "description"]], on="item_id")
    name = found["description"].mask(found["description"] == "", found["item_id"])
    lost = found["lost"].map(lambda value: f" ({in_units(value)} lost for good)" if value >= 0.05 else "")
    cause = found["because"].mask(found["because"] == "", (found["cause"] + " " + found["cause_id"]).str.strip())
    when = _said(found["bucket"], said)
    message = name + ": " + found["qty"].map(in_units) + " not on time in " + when + lost + ": " + cause
    return pd.DataFrame(
        {
            "scenario": found["scenario"],
            "kind": "shortage",
            "key": found["item_id"],
            "bucket": found["bucket"],
            "size": found["qty"],
            "unit": "units",
            "money": found["revenue_at_risk"],
            "message": message,
        }
    )


def _budget(financial_plan: pd.DataFrame, budget: pd.DataFrame) -> pd.DataFrame:
    """By family and quarter, where planned revenue is below the budget's."""
    last = budget.sort_values(["as_of", "version"], na_position="first").drop_duplicates(
        ["family", "bucket"], keep="last"
    )
    plan = financial_plan[financial_plan["line"] == "revenue"]
    plan = plan.assign(quarter=middles(plan["bucket"]).dt.to_period("Q"))
    rows = plan.merge(last[["family", "bucket", "revenue"]], on=["family", "bucket"])
    quarters = rows.groupby(["scenario", "family", "quarter"])
    sums = quarters.agg(bucket=("bucket", "min"), plan=("value", "sum"), budget=("revenue", "sum")).reset_index()
    sums = sums.assign(missing=sums["budget"] - sums["plan"])
    sums = sums[sums["missing"] > 0.5]  # less than a coin is rounding
    share = (sums["missing"] / sums["budget"]).map(in_share)
    quarter = "Q" + sums["quarter"].dt.quarter.astype(str) + " " + sums["quarter"].dt.year.astype(str)
    message = sums["family"].map(plain) + ": revenue " + share + " under budget in " + quarter
    return pd.DataFrame(
        {
            "scenario": sums["scenario"],
            "kind": "budget",
            "key": sums["family"],
            "bucket": sums["bucket"],
            "size": sums["missing"],
            "unit": "money",
            "money": sums["missing"],
            "message": message,
        }
    )


def _bottlenecks(settings: Presop, capacity_plan: pd.DataFrame, said: Naming) -> pd.DataFrame:
    full = capacity_plan[(capacity_plan["utilisation"] >= settings.bottleneck_from) & (capacity_plan["load"] > 0)]
    if full.empty:
        return table("gaps").empty()
    above = (full["load"] - settings.bottleneck_from * full["regular_available"]).clip(lower=0.0)
    loaded = full["utilisation"].map(in_share)
    message = full["resource_id"] + " loaded to " + loaded + " in " + _said(full["bucket"], said)
    message += "; overtime " + full["overtime"].map(in_units) + " of " + full["overtime_available"].map(in_units) + " h"
    message += full["shadow_price"].map(lambda value: f"; one more hour saves {value:,.0f}" if value >= 0.5 else "")
    return pd.DataFrame(
        {
            "scenario": full["scenario"],
            "kind": "bottleneck",
            "key": full["resource_id"],
            "bucket": full["bucket"],
            "size": above,
            "unit": "hours",
            "money": above * full["shadow_price"],
            "message": message,
        }
    )


def _said(buckets: pd.Series, said: Naming) -> pd.Series:
    """Buckets as people say them; text even where there is none."""
    return buckets.map(said).astype(object)
