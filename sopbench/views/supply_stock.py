"""Projected stock against safety stock, of a family in money or of an item in units, and where most is missing."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.words import in_money, in_units
from sopbench.views.numbers import bucket_labels, bucket_name, bucket_word, money_scale
from sopbench.views.theme import COLORS, titled

LEAST = 1e-6
"""Units below which nothing is missing: what a solver leaves over."""


def below_target(supply_plan: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """How far each item-location falls below its safety stock, in money at standard cost, the most first.

    Takes the contract tables supply_plan and items; gives item_id, location_id, description, family, money (the most
    that is missing at the end of a bucket), worst (that bucket) and buckets (in which something is missing).
    """
    about = items.set_index("item_id")
    units = (supply_plan["safety_stock"] - supply_plan["stock"]).where(lambda gap: gap > LEAST, 0.0)
    rows = supply_plan[["item_id", "location_id", "bucket"]].assign(
        money=units * supply_plan["item_id"].map(about["unit_cost"]), buckets=(units > 0).astype(int)
    )
    rows = rows.sort_values("money", ascending=False, kind="stable")
    sums = rows.groupby(["item_id", "location_id"], sort=False).agg(
        money=("money", "first"), worst=("bucket", "first"), buckets=("buckets", "sum")
    )
    sums = sums.reset_index().assign(
        description=lambda found: found["item_id"].map(about["description"]).fillna(""),
        family=lambda found: found["item_id"].map(about["family"]).fillna(""),
    )
    columns = ["item_id", "location_id", "description", "family", "money", "worst", "buckets"]
    return sums.sort_values(["money", "item_id", "location_id"], ascending=[False, True, True])[columns]


def in_money_by_bucket(supply_plan: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Stock, safety stock and what is missing of it by bucket, over all rows given, at standard cost."""
    cost = supply_plan["item_id"].map(items.set_index("item_id")["unit_cost"])
    return _by_bucket(supply_plan, supply_plan[["stock", "safety_stock"]].mul(cost, axis=0))


def in_units_by_bucket(supply_plan: pd.DataFrame) -> pd.DataFrame:
    """Stock, safety stock and what is missing of it by bucket, in units; for rows of one item."""
    return _by_bucket(supply_plan, supply_plan[["stock", "safety_stock"]])


def _by_bucket(supply_plan: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    missing = (values["safety_stock"] - values["stock"]).where(lambda gap: gap > LEAST, 0.0)
    return values.assign(missing=missing).groupby(supply_plan["bucket"]).sum().reset_index()


def stock_projection(by_bucket: pd.DataFrame, name: str, unit: str, currency: str = "") -> alt.TopLevelMixin:
    """Stock at the end of each bucket, safety stock as a dashed line, and in red what is missing of it.

    Args:
        by_bucket: bucket, stock, safety_stock and missing, in money or in units.
        name: whose stock it is.
        unit: what units are counted in; unused where there is a currency.
        currency: given where the figures are money.
    """
    values = by_bucket[["stock", "safety_stock", "missing"]]
    divisor, axis = money_scale(values.to_numpy().ravel(), currency) if currency else (1.0, unit)
    rows = pd.concat([by_bucket[["bucket"]], values / divisor], axis=1)
    rows = rows.assign(label=bucket_labels(rows["bucket"]))
    labels = rows["label"].tolist()
    x = alt.X(
        "label:N",
        scale=alt.Scale(domain=labels),
        title=None,
        axis=alt.Axis(labelAngle=0, labelOverlap=True, ticks=False),
    )
    base = alt.Chart(rows).encode(x=x)
    bars = base.mark_bar(color=COLORS["stock"], opacity=0.6).encode(
        y=alt.Y("stock:Q", title=axis, axis=alt.Axis(tickCount=5))
    )
    red = base.mark_bar(color=COLORS["short"], width={"band": 0.35}).encode(y="missing:Q")
    target = base.mark_line(color=COLORS["actual"], strokeDash=[4, 3], strokeWidth=1.6, interpolate="step")
    chart = alt.layer(bars, red, target.encode(y="safety_stock:Q")).properties(width=640, height=190)
    short = by_bucket[by_bucket["missing"] > 0]
    message = f"{name}: safety stock is there in every {bucket_word()}"
    if not by_bucket["safety_stock"].any():
        message = f"{name}: no safety stock is asked for"
    if len(short):
        worst = short.loc[short["missing"].idxmax()]
        most = in_money(worst["missing"], currency) if currency else f"{in_units(round(worst['missing']))} {unit}"
        message = f"{name}: below safety stock in {len(short)} {bucket_word(len(short))}, "
        message += f"most in {bucket_name(worst['bucket'])}, {most}"
    what = "at standard cost, " if currency else ""
    note = f"grey: stock at the end of each {bucket_word()}, {what}dashed: safety stock, red: missing of it"
    return titled(chart, message, note)
