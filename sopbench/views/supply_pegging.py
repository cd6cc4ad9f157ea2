"""Who hangs on what: customers behind a resource, supplier or receipt, what serves a delivery; rough-cut load."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.words import in_money
from sopbench.views.numbers import bucket_labels, bucket_name, bucket_word, money_scale
from sopbench.views.theme import COLORS, titled

MOST = 12
"""Rows a picture shows; the rest is counted in its note."""

OVER, TIGHT = COLORS["short"], COLORS["overtime"]


def tightest(capacity_plan: pd.DataFrame) -> tuple[str, pd.Timestamp] | None:
    """The resource and bucket in which one more hour is worth most; else the fullest; None where nothing is loaded."""
    rows = capacity_plan[capacity_plan["load"] > 0]
    if rows.empty:
        return None
    available = rows["regular_available"] + rows["overtime_available"]
    full = (rows["load"] / available.where(available > 0)).fillna(0.0)
    ranked = rows.assign(full=full).sort_values(["shadow_price", "full"], ascending=False, kind="stable")
    return ranked["resource_id"].iloc[0], ranked["bucket"].iloc[0]


def named(resource: str, bucket: pd.Timestamp) -> str:
    """A resource in a bucket, as people say it."""
    return f"{resource} in {bucket_name(bucket)}"


def hanging_by_customer(served: pd.DataFrame, items: pd.DataFrame, what: str, currency: str) -> alt.TopLevelMixin:
    """Revenue that hangs on some supply, by customer and family: bars, the greatest first (`served` by peg_supply)."""
    sold = served[served["revenue"] > 0]
    family = sold["item_id"].map(items.set_index("item_id")["family"]).str.replace("_", " ")
    name = sold["customer_id"].where(sold["customer_id"] != "", "all customers")
    sums = sold.groupby([name.rename("customer"), family.rename("family")])["revenue"].sum()
    if sums.empty:
        return titled(_empty(), f"No delivery in the plan hangs on {what}")
    sums = sums.sort_values(ascending=False, kind="stable")
    total, shown = sums.sum(), sums.head(MOST)
    divisor, unit = money_scale(shown, currency)
    head = [f"{customer}, {family}" for customer, family in shown.index]
    said = [f"{in_money(value)} ({value / total:.0%})" for value in shown]
    rows = pd.DataFrame({"head": head, "value": shown.to_numpy() / divisor, "said": said})
    reach = alt.Scale(domain=[0, 1.3 * rows["value"].max()], nice=False)
    y = alt.Y("head:N", sort=head, title=None, axis=alt.Axis(labelLimit=260, domain=False, ticks=False))
    base = alt.Chart(rows).encode(y=y)
    axis = alt.Axis(tickCount=5)
    bars = base.mark_bar(color=COLORS["plan"]).encode(x=alt.X("value:Q", title=unit, scale=reach, axis=axis))
    words = base.mark_text(align="left", dx=6, color="#59636e").encode(x="value:Q", text="said:N")
    first, last = sold["bucket"].min(), sold["bucket"].max()
    when = bucket_name(first) if first == last else f"{bucket_name(first)} to {bucket_name(last)}"
    message = f"{in_money(total, currency)} of deliveries, {when}, hang on {what}"
    rest = f"; the {MOST} largest of {len(sums)}" if len(sums) > MOST else ""
    note = f"revenue at list price of what could not be shipped without it, by customer and family{rest}"
    return titled((bars + words).properties(width=520, height=alt.Step(24)), message, note)


def hanging_table(served: pd.DataFrame, items: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The deliveries that hang on some supply, the greatest revenue first."""
    rows = served[served["revenue"] > 0].merge(items[["item_id", "description"]], on="item_id", how="left").head(most)
    return rows[["item_id", "description", "location_id", "customer_id", "bucket", "qty", "revenue"]]


def served_in_words(served: pd.DataFrame, what: str, currency: str) -> str:
    """How much hangs on some supply, whose it is, and what of it ends in stock."""
    sold, total = served[served["kind"] == "shipped"], served["amount"].sum()
    stays = served.loc[served["kind"] != "shipped", "amount"].sum() / total if total else 0.0
    by = sold.groupby("customer_id")["revenue"].sum().sort_values(ascending=False, kind="stable").head(3)
    names = ", ".join(f"{name or 'all customers'} {in_money(value, currency)}" for name, value in by.items())
    said = f"**{in_money(sold['revenue'].sum(), currency)}** of deliveries hang on {what}"
    return f"{said}{': ' if names else ''}{names}. {stays:.0%} of it is still in stock or written off at the end."


def delivery_table(pegged: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """What serves a delivery, level by level (`pegged` by peg_demand): units, and hours in rows with a resource."""
    where = pegged["resource_id"].where(pegged["resource_id"] != "", pegged["receipt_id"])
    source = where.where(where != "", pegged["origin_id"])
    rows = pegged.assign(source=source).merge(items[["item_id", "description"]], on="item_id", how="left")
    columns = ["level", "item_id", "description", "location_id", "method", "source"]
    return rows[[*columns, "start_bucket", "bucket", "amount", "unit"]].rename(columns={"bucket": "arrives"})


def rough_cut_load(rough_cut: pd.DataFrame) -> alt.TopLevelMixin:
    """Load of the unconstrained demand plan over regular hours, by resource and bucket; red: beyond overtime too."""
    regular, overtime = rough_cut["regular_available"], rough_cut["overtime_available"]
    there = regular.where(regular > 0, overtime)
    share = rough_cut["load"] / there.where(there > 0)
    rows = rough_cut.assign(share=share.where(rough_cut["load"] > 0, 0.0), over=rough_cut["overload"] > 1e-6)
    if rough_cut["load"].sum() == 0:
        return titled(_empty(), "The demand plan loads no resource")
    rows = rows.assign(
        side=rows["share"].gt(1 + 1e-6).map({True: "tight", False: "fits"}).mask(rows["over"], "over"),
        said=rows["share"].map("{:.0%}".format).where(rows["share"].notna(), "no h"),
        label=bucket_labels(rows["bucket"]),
    )
    peak = rows.groupby("resource_id")[["overload", "share"]].agg({"overload": "sum", "share": "max"})
    order = peak.sort_values(["overload", "share"], ascending=False, kind="stable").index.tolist()
    labels = bucket_labels(rows["bucket"].drop_duplicates().sort_values()).tolist()
    axis = alt.Axis(labelAngle=0, labelOverlap=True, ticks=False)
    base = alt.Chart(rows[rows["resource_id"].isin(order[: 2 * MOST])]).encode(
        x=alt.X("label:N", scale=alt.Scale(domain=labels), title=None, axis=axis),
        y=alt.Y("resource_id:N", sort=order, title=None, axis=alt.Axis(labelLimit=200, domain=False, ticks=False)),
    )
    tint = alt.Scale(domain=["over", "tight", "fits"], range=[OVER, TIGHT, "#eef1f4"])
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color("side:N", scale=tint, legend=None),
        opacity=alt.condition("datum.side == 'fits'", alt.value(1.0), alt.value(0.45)),
    )
    chart = alt.layer(cells, base.mark_text(fontSize=11).encode(text="said:N"))
    short = int((peak["overload"] > 1e-6).sum())
    message = "Every resource has hours enough for what customers want, overtime included"
    if short:
        worst = rows.loc[rows["overload"].idxmax()]
        message = f"Demand asks more hours than there are on {short} of {len(peak)} resources; most on"
        message += f" {worst['resource_id']} in {bucket_name(worst['bucket'])}, {worst['overload']:,.0f} h"
    note = f"hours of the unconstrained demand plan over regular hours in the {bucket_word()}; amber: takes overtime,"
    note += " red: beyond overtime too"
    more = "stock is not netted, nothing is built ahead; at the end, the work for demand after the plan is missing"
    return titled(chart.properties(width=760, height=alt.Step(26)), message, note, more)


def bill_table(bill: pd.DataFrame, demand_plan: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Hours of each resource in a mean unit sold of each family, weighted by the demand plan; the most hours first."""
    sold = demand_plan.groupby(["item_id", "location_id"])["consensus"].sum().rename("units").reset_index()
    sold = sold.assign(family=sold["item_id"].map(items.set_index("item_id")["family"]))
    total = sold.groupby("family")["units"].sum()
    rows = bill.merge(sold, on=["item_id", "location_id"])
    hours = (rows["hours_per_unit"] * rows["units"]).groupby([rows["family"], rows["resource_id"]]).sum()
    ahead = (
        (rows["hours_per_unit"] * rows["units"] * rows["offset"]).groupby([rows["family"], rows["resource_id"]]).sum()
    )
    found = pd.DataFrame({"hours": hours, "buckets_ahead": (ahead / hours.where(hours > 0)).round(1)}).reset_index()
    mean = found["hours"] / found["family"].map(total)
    found = found.assign(hours_per_unit=mean.where(mean.notna(), 0.0).map("{:.4f}".format))
    found = found.sort_values(["hours", "family"], ascending=[False, True], kind="stable")
    found = found[["family", "resource_id", "hours_per_unit", "hours", "buckets_ahead"]].reset_index(drop=True)
    return found.rename(columns={"hours": "hours_in_all", "buckets_ahead": f"{bucket_word(2)}_ahead"})


def _empty() -> alt.Chart:
    return alt.Chart(pd.DataFrame({"x": []})).mark_point().properties(width=620, height=1)
