"""Charts and tables of supply planning: load against capacity, stock, what is shipped late and why, what it costs."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.words import in_money, in_share
from sopbench.views.numbers import bucket_labels, bucket_name, bucket_word, money_scale
from sopbench.views.theme import COLORS, titled

PANELS = 9
"""Resources a chart shows; the rest is counted in its note."""

LINES = {
    "production": "production beside hours",
    "purchase": "purchase",
    "subcontracting": "subcontracting",
    "transport": "transport",
    "regular_hours": "regular hours",
    "overtime_hours": "overtime hours",
    "wages": "people, worked or not",
    "level_hours": "regular hours, worked or not",
    "hiring": "hiring",
    "lay_off": "laying off",
    "set_up": "orders and set-ups",
    "holding": "holding stock",
    "write_off": "stock written off",
    "backlog": "late deliveries",
    "lost_sales": "lost sales",
    "safety_stock_shortfall": "safety stock missing",
    "excess_stock": "stock above greatest cover",
    "end_state": "owed or missing at the end",
    "source_share": "agreed source shares missed",
    "broken_promises": "promises to markets broken",
    "changes_of_plan": "changes to last cycle's plan",
    "frozen_plan": "last cycle's plan not kept where it is frozen",
}
"""The cost lines in words."""

PAID = (
    "production", "purchase", "subcontracting", "transport", "regular_hours", "overtime_hours", "wages",
    "level_hours", "hiring", "lay_off", "set_up", "holding",
)  # fmt: skip
"""Lines that are spent; write-offs are a loss, all others are prices on what the plan falls short of."""


def in_words(
    supply_plan: pd.DataFrame, shortages: pd.DataFrame, capacity_plan: pd.DataFrame, items: pd.DataFrame, currency: str
) -> str:
    """What the plan delivers and where it is tight, in a few sentences."""
    price = supply_plan["item_id"].map(items.set_index("item_id")["unit_price"])
    wanted, lost = (supply_plan["demand"] * price).sum(), (supply_plan["lost"] * price).sum()
    short = shortages["revenue_at_risk"].sum()
    on_time = 1 - short / wanted if wanted else 1.0
    last = supply_plan["bucket"] == supply_plan["bucket"].max()
    owed = (supply_plan["backlog"] * price)[last].sum()
    full = _full(capacity_plan).groupby(capacity_plan["resource_id"]).sum()
    tight = full[full > 0].sort_values(ascending=False, kind="stable")
    names = ", ".join(f"{name} in {count} {bucket_word(count)}" for name, count in tight.head(4).items())
    hours = f"At full capacity, overtime included: {names}." if names else "No resource is ever full."
    end = f"{in_money(owed, currency)} is still owed at the end" if owed >= 1 else "nothing is owed at the end"
    served = f"{in_share(on_time)} is shipped in the {bucket_word()} it is wanted in"
    return (
        f"Of {in_money(wanted, currency)} wanted, **{served}**; "
        f"{in_money(short - lost, currency)} is late, {in_money(lost, currency)} is lost, and {end}. {hours}"
    )


def load_against_capacity(capacity_plan: pd.DataFrame, sources: pd.DataFrame) -> alt.TopLevelMixin:
    """Hours by resource and bucket, regular time and overtime, against the hours there are: a panel a resource.

    The resources come by how full they get. Buckets in which nothing can be started that still arrives before the
    plan ends are pale.
    """
    if capacity_plan["load"].sum() == 0:
        return _nothing("No resource is loaded")
    rows = capacity_plan.assign(available=capacity_plan["regular_available"] + capacity_plan["overtime_available"])
    peak = (rows["load"] / rows["available"].where(rows["available"] > 0)).groupby(rows["resource_id"]).max()
    worth = rows.groupby("resource_id")["shadow_price"].sum()
    order = pd.DataFrame({"peak": peak.fillna(0.0).round(6), "worth": worth})
    shown = order.sort_values(["worth", "peak"], ascending=False, kind="stable").index[:PANELS].tolist()
    rows = rows[rows["resource_id"].isin(shown)].assign(whole=rows["bucket"] <= _last_whole(capacity_plan, sources))
    full = _full(rows)
    heads = {name: _head(name, int(full[rows["resource_id"] == name].sum())) for name in shown}
    rows = rows.rename(columns={"regular_available": "regular hours", "available": "with overtime"})
    kinds = ["regular", "overtime", "regular hours", "with overtime"]
    long = rows.melt(["resource_id", "bucket", "whole"], kinds, "kind", "hours")
    long = long.assign(head=long["resource_id"].map(heads), label=bucket_labels(long["bucket"]))
    base = alt.Chart(long).encode(x=_along(long["bucket"], every=6))
    colour = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(
            domain=kinds,
            range=[COLORS["plan"], COLORS["overtime"], COLORS["stock"], COLORS["actual"]],
        ),
    )
    y = alt.Y("hours:Q", title=None, stack="zero", axis=alt.Axis(tickCount=3, minExtent=38, maxExtent=38))
    pale = alt.condition("datum.whole", alt.value(0.9), alt.value(0.3))
    stacks = base.transform_filter("datum.kind == 'regular' || datum.kind == 'overtime'").mark_bar()
    stacks = stacks.encode(y=y, color=colour, opacity=pale, order=alt.Order("kind:N", sort="descending"))
    limits = base.transform_filter("datum.kind == 'regular hours' || datum.kind == 'with overtime'")
    limits = limits.mark_line(interpolate="step", strokeWidth=1.5).encode(y=alt.Y("hours:Q", title=None), color=colour)
    panel = alt.layer(stacks, limits).properties(width=225, height=95)
    facet = alt.Facet("head:N", sort=list(heads.values()), title=None, header=alt.Header(labelAnchor="start"))
    chart = panel.facet(facet, columns=3, spacing=16).resolve_scale(y="independent")
    count = int((_full(capacity_plan).groupby(capacity_plan["resource_id"]).sum() > 0).sum())
    total = len(order)
    message = f"{count} of {total} resources {'is' if count == 1 else 'are'} at full capacity in some {bucket_word()}"
    rest = f"; the {PANELS} tightest of {total}" if total > PANELS else ""
    note = f"hours a {bucket_word()}, each resource on its own scale{rest}"
    note += "; pale: what is made then arrives after the plan ends"
    return titled(chart, message, note)


def worth_of_an_hour(capacity_plan: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """What one more hour of overtime would save, by resource and bucket; only where it would save something."""
    rows = capacity_plan[capacity_plan["shadow_price"] > 0.005]
    if rows.empty:
        return _nothing("No resource is so full that one more hour would save anything")
    best = rows.loc[rows["shadow_price"].idxmax()]
    order = rows.groupby("resource_id")["shadow_price"].sum().sort_values(ascending=False, kind="stable").index
    shown = order[:PANELS].tolist()
    rows = rows[rows["resource_id"].isin(shown)]
    rows = rows.assign(label=bucket_labels(rows["bucket"]), said=rows["shadow_price"].map("{:,.0f}".format))
    base = alt.Chart(rows).encode(
        x=_along(capacity_plan["bucket"]),
        y=alt.Y("resource_id:N", sort=shown, title=None, axis=alt.Axis(labelLimit=200, domain=False, ticks=False)),
    )
    most = rows["shadow_price"].max()
    scale = alt.Scale(domain=[0, most], range=["#fdf4e3", COLORS["overtime"]])
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color("shadow_price:Q", scale=scale, legend=None)
    )
    chart = alt.layer(cells, base.mark_text(fontSize=11).encode(text="said:N"))
    saved = f"would save {best['shadow_price']:,.0f} {currency}"
    message = f"One more hour on {best['resource_id']} in {bucket_name(best['bucket'])} {saved}"
    note = f"{currency} saved by one more hour of overtime, its own cost paid; empty: another hour would save nothing"
    return titled(chart.properties(width=760, height=alt.Step(30)), message, note)


def demand_against_shipped(supply_plan: pd.DataFrame, items: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """What customers want and get, by bucket at list price, and what they are owed at its end."""
    price = supply_plan["item_id"].map(items.set_index("item_id")["unit_price"])
    rows = supply_plan[["demand", "shipped", "backlog"]].mul(price, axis=0).groupby(supply_plan["bucket"]).sum()
    lost = (supply_plan["lost"] * price).sum()
    divisor, unit = money_scale(rows.to_numpy().ravel(), currency)
    shown = (rows / divisor).reset_index()
    base = alt.Chart(shown.assign(label=bucket_labels(shown["bucket"]))).encode(x=_along(shown["bucket"]))
    bars = base.mark_bar(color=COLORS["plan"], opacity=0.85).encode(y=alt.Y("shipped:Q", title=unit))
    wanted = base.mark_tick(color=COLORS["actual"], thickness=2.5, width={"band": 0.85}).encode(y="demand:Q")
    owed = base.mark_bar(color=COLORS["short"], width={"band": 0.35}).encode(y="backlog:Q")
    missed = (lost + rows["backlog"].iloc[-1]) / max(rows["demand"].sum(), 1e-9)
    message = f"{in_share(1 - missed)} of what is wanted is shipped before the plan ends"
    worst = rows["backlog"].max()
    if worst >= 1:
        message += f"; most is owed in {bucket_name(rows['backlog'].idxmax())}, {in_money(worst, currency)}"
    note = f"blue: shipped, black: wanted in the {bucket_word()}, red: owed to customers at its end; at list price"
    return titled(alt.layer(bars, wanted, owed).properties(width=760, height=230), message, note)


def constrained_by_family(supply_plan: pd.DataFrame, items: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """Unconstrained demand against what the plan ships of it (constrained), by family and bucket, at list price.

    Each cell is shipped over wanted: above 100 % where what was owed before is caught up.
    """
    rows = _wanted_and_shipped(supply_plan, items).reset_index()
    total = rows.groupby("family")[["unconstrained", "constrained"]].sum().sort_values("unconstrained", ascending=False)
    rows = rows[rows["unconstrained"] > 0].assign(label=lambda rows: bucket_labels(rows["bucket"]))
    share = rows["constrained"] / rows["unconstrained"]
    rows = rows.assign(share=share, said=share.map("{:.0%}".format), head=rows["family"].str.replace("_", " "))
    order = [name.replace("_", " ") for name in total.index]
    y = alt.Y("head:N", sort=order, title=None, axis=alt.Axis(labelFontSize=12, domain=False, ticks=False))
    base = alt.Chart(rows).encode(x=_along(supply_plan["bucket"]), y=y)
    range_ = [COLORS["short"], "#ffffff", COLORS["forecast"]]
    colors = alt.Scale(domain=[0.6, 1.0, 1.4], range=range_, clamp=True, interpolate="rgb")
    cells = base.mark_rect(stroke="#eceff2").encode(color=alt.Color("share:Q", scale=colors, legend=None))
    chart = alt.layer(cells, base.mark_text(fontSize=11).encode(text="said:N"))
    wanted, shipped = total.sum()
    message = (
        f"Unconstrained demand is {in_money(wanted, currency)}; constrained, {in_money(shipped, currency)} is shipped"
    )
    note = f"shipped over wanted in the {bucket_word()}; red: less than customers want, blue: caught up later"
    return titled(chart.properties(width=760, height=alt.Step(28)), message, note)


def constrained_table(supply_plan: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """By family over the horizon, at list price: unconstrained demand, shipped of it (constrained), and the rest."""
    price = supply_plan["item_id"].map(items.set_index("item_id")["unit_price"])
    family = supply_plan["item_id"].map(items.set_index("item_id")["family"])
    rows = _wanted_and_shipped(supply_plan, items).groupby("family").sum()
    rows = rows.assign(lost=(supply_plan["lost"] * price).groupby(family).sum())
    last = supply_plan["bucket"] == supply_plan["bucket"].max()
    rows = rows.assign(owed_at_end=(supply_plan["backlog"] * price)[last].groupby(family[last]).sum())
    rows = rows[rows["unconstrained"] > 0].sort_values(["unconstrained", "family"], ascending=[False, True])
    return rows.assign(shipped_share=rows["constrained"] / rows["unconstrained"]).reset_index()


def _wanted_and_shipped(supply_plan: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """By family and bucket, money at list price: what customers want (unconstrained) and get (constrained)."""
    about = supply_plan["item_id"].map(items.set_index("item_id")["unit_price"])
    money = supply_plan[["demand", "shipped"]].mul(about, axis=0)
    keys = [supply_plan["item_id"].map(items.set_index("item_id")["family"]).rename("family"), supply_plan["bucket"]]
    return money.groupby(keys).sum().set_axis(["unconstrained", "constrained"], axis=1)


def stock_against_safety_stock(supply_plan: pd.DataFrame, items: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """Stock at the end of each bucket against what is meant to be there, at standard cost: a panel a family."""
    rows = supply_plan.merge(items[["item_id", "family", "unit_cost"]], on="item_id")
    value = rows[["stock", "safety_stock"]].mul(rows["unit_cost"], axis=0)
    value["short"] = (value["safety_stock"] - value["stock"]).clip(lower=0)
    value = value.assign(family=rows["family"], bucket=rows["bucket"]).groupby(["family", "bucket"]).sum().reset_index()
    mean = value.groupby("family")["stock"].mean().sort_values(ascending=False, kind="stable")
    divisor, unit = money_scale(value["stock"], currency)
    heads = {
        family: f"{family.replace('_', ' ')}: {in_money(mean[family], currency)} on average" for family in mean.index
    }
    total, short = (value.groupby("bucket")[name].sum() for name in ("stock", "short"))
    value[["stock", "safety_stock"]] /= divisor
    value = value.assign(head=value["family"].map(heads), label=bucket_labels(value["bucket"]))
    base = alt.Chart(value).encode(x=_along(value["bucket"], every=6))
    y = alt.Axis(tickCount=3, minExtent=38, maxExtent=38)
    area = base.mark_area(color=COLORS["stock"], opacity=0.45, interpolate="monotone").encode(
        y=alt.Y("stock:Q", title=None, axis=y)
    )
    line = base.mark_line(color=COLORS["actual"], strokeDash=[4, 3], strokeWidth=1.6).encode(
        y=alt.Y("safety_stock:Q", title=None)
    )
    panel = alt.layer(area, line).properties(width=225, height=85)
    facet = alt.Facet("head:N", sort=list(heads.values()), title=None, header=alt.Header(labelAnchor="start"))
    chart = panel.facet(facet, columns=3, spacing=16).resolve_scale(y="independent")
    message = f"Stock goes from {in_money(total.iloc[0], currency)} to {in_money(total.iloc[-1], currency)}"
    message += f"; most safety stock is missing in {bucket_name(short.idxmax())}, {in_money(short.max(), currency)}"
    note = f"{unit} at standard cost at the end of each {bucket_word()}; dashed: safety stock"
    note += "; each family on its own scale"
    return titled(chart, message, note)


def short_by_cause(shortages: pd.DataFrame, most: int = 12) -> pd.DataFrame:
    """What is late or lost by cause, the revenue most at risk first; lead times are one cause for all items."""
    which = shortages["cause_id"].where(shortages["cause"] != "lead time", "all items")
    sums = (
        shortages.assign(which=which)
        .groupby(["cause", "which"])
        .agg(
            first=("bucket", "min"),
            last=("bucket", "max"),
            items=("item_id", "nunique"),
            qty=("qty", "sum"),
            lost=("lost", "sum"),
            revenue_at_risk=("revenue_at_risk", "sum"),
        )
    )
    return sums.reset_index().sort_values("revenue_at_risk", ascending=False, kind="stable").head(most)


def largest_shortages(shortages: pd.DataFrame, items: pd.DataFrame, most: int = 12) -> pd.DataFrame:
    """The short deliveries by item, location and bucket, with their reason in words; the dearest first."""
    ranked = shortages.sort_values("revenue_at_risk", ascending=False, kind="stable")
    key = ["item_id", "location_id", "bucket"]
    sums = ranked.groupby(key, sort=False).agg(
        customers=("customer_id", _named),
        qty=("qty", "sum"),
        lost=("lost", "sum"),
        revenue_at_risk=("revenue_at_risk", "sum"),
        because=("because", "first"),
    )
    sums = sums.reset_index().sort_values("revenue_at_risk", ascending=False, kind="stable").head(most)
    named = sums.merge(items[["item_id", "description"]], on="item_id", how="left")
    return named[["item_id", "description", *key[1:], "customers", "qty", "lost", "revenue_at_risk", "because"]]


def _named(customers: pd.Series) -> str:
    """The customers by name, or their number where they are many."""
    names = sorted(name for name in customers.unique() if name)
    return ", ".join(names) if len(names) <= 2 else f"{len(names)} customers"


def cost_by_line(costs: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """The plan's cost by line over the horizon: what is paid, and what it is charged for falling short."""
    sums = costs.groupby("line")["value"].sum()
    sums = sums[sums.abs() >= 0.5].sort_values(ascending=False, kind="stable")
    divisor, unit = money_scale(sums, currency)
    rows = pd.DataFrame({"line": sums.index.map(LINES), "value": sums.to_numpy() / divisor})
    rows = rows.assign(
        said=[in_money(value) for value in sums],
        side=["paid" if line in PAID else "fell short" for line in sums.index],
    )
    base = alt.Chart(rows).encode(
        y=alt.Y("line:N", sort=rows["line"].tolist(), title=None, axis=alt.Axis(labelLimit=220))
    )
    reach = alt.Scale(domain=[0, 1.15 * max(rows["value"].max(), 1e-9)], nice=False)
    colours = alt.Scale(domain=["paid", "fell short"], range=[COLORS["plan"], COLORS["short"]])
    bars = base.mark_bar().encode(
        x=alt.X("value:Q", title=unit, scale=reach, axis=alt.Axis(tickCount=6)),
        color=alt.Color("side:N", scale=colours, legend=None),
    )
    words = base.mark_text(align="left", dx=6, color="#59636e").encode(x="value:Q", text="said:N")
    paid = sums[[line in PAID for line in sums.index]].sum()
    message = f"The plan costs {in_money(paid, currency)}"
    message += f" and is charged {in_money(sums.sum() - paid, currency)} for what it falls short of"
    note = (
        "blue: paid; red: the price of what is late, lost, missing or written off, which the plan weighs against cost"
    )
    return titled((bars + words).properties(width=560, height=alt.Step(24)), message, note)


def cost_by_family(costs: pd.DataFrame) -> pd.DataFrame:
    """Cost by family: what is paid and what the plan is charged for falling short, the dearest first."""
    paid = costs["line"].isin(PAID)
    split = costs[["family"]].assign(paid=costs["value"].where(paid, 0.0), fell_short=costs["value"].where(~paid, 0.0))
    return split.groupby("family").sum().sort_values("paid", ascending=False, kind="stable").reset_index()


def first_orders(sourcing_plan: pd.DataFrame, items: pd.DataFrame, start: pd.Timestamp, most: int = 12) -> pd.DataFrame:
    """What must be ordered, started or sent in the first bucket, by its value at standard cost."""
    first = sourcing_plan[sourcing_plan["start_bucket"] == start]
    first = first.merge(items[["item_id", "description", "unit_cost"]], on="item_id")
    first = first.assign(value=first["qty"] * first["unit_cost"], arrives=first["bucket"])
    first = first.sort_values("value", ascending=False, kind="stable").head(most)
    return first[["method", "item_id", "description", "origin_id", "location_id", "qty", "arrives", "value"]]


def balance_in_words(balance: pd.DataFrame) -> str:
    """Whether the plan obeys its rules, and which one it breaks most."""
    worst = balance.loc[balance["violation"].idxmax()]
    if worst["violation"] < 1e-6:
        return f"All {len(balance)} rules hold; the largest difference is {worst['violation']:.0e} of its balance."
    where = f" at {worst['where']}" if worst["where"] else ""
    return f"**The rule {worst['rule']} is broken**{where}, by {in_share(worst['violation'])}: {worst['meaning']}."


def _nothing(message: str) -> alt.TopLevelMixin:
    """A chart that holds its message alone."""
    return titled(alt.Chart(pd.DataFrame({"x": []})).mark_point().properties(width=620, height=1), message)


def _full(capacity_plan: pd.DataFrame) -> pd.Series:
    """Whether each row has used all its hours, overtime included."""
    available = capacity_plan["regular_available"] + capacity_plan["overtime_available"]
    return (capacity_plan["load"] > 0) & (capacity_plan["load"] >= available * (1 - 1e-6))


def _head(resource: str, buckets: int) -> str:
    return f"{resource}: full in {buckets} {bucket_word(buckets)}" if buckets else resource


def _last_whole(capacity_plan: pd.DataFrame, sources: pd.DataFrame) -> pd.Timestamp:
    """The last bucket in which what is started still arrives, made and moved on, before the plan ends."""
    buckets = capacity_plan["bucket"].drop_duplicates().sort_values().tolist()
    longest = sources.groupby("method")["lead_time"].max()
    return buckets[max(len(buckets) - 1 - int(longest.get("make", 0) + longest.get("move", 0)), 0)]


def _along(buckets: pd.Series, every: int = 1) -> alt.X:
    """The axis of buckets in order, every so many of them named."""
    labels = bucket_labels(buckets.drop_duplicates().sort_values()).tolist()
    axis = alt.Axis(values=labels[::every], labelAngle=0, labelOverlap=True, ticks=False)
    return alt.X("label:N", scale=alt.Scale(domain=labels), title=None, axis=axis)
