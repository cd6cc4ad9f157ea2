"""Charts and tables of data gathering: what was found, how far the data reaches, what it says of sales and stock."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.buckets import buckets_a_year
from sopbench.contract.problems import GRADES, others_counted
from sopbench.contract.words import counted, in_money, in_share
from sopbench.views.numbers import bucket_length, bucket_name, bucket_word, money_scale
from sopbench.views.theme import COLORS, titled

WIDTH = 620
BUCKETED = ("sales", "production", "capacity", "forecasts", "budget", "calendar", "events", "overrides")
"""Tables whose last date is the first day of a bucket that they cover."""

AGES = ("never sold", "under 1 year", "1 to 2 years", "2 to 3 years", "3 years or more")
"""How long an item has been sold, in the words of the chart."""


def in_words(quality: pd.DataFrame, findings: pd.DataFrame, start: pd.Timestamp) -> str:
    """What was read and what was found, in a sentence or two."""
    rows = quality.set_index("table")
    given = int((rows["rows"] > 0).sum())
    counts = findings["grade"].value_counts()
    found = [counted(int(counts[grade]), grade) for grade in GRADES if grade in counts]
    reach = "There are no sales"
    if rows.loc["sales", "rows"] > 0:
        first, last = (bucket_name(rows.loc["sales", each]) for each in ("first", "last"))
        reach = f"Sales reach from {first} to {last}"
    return (
        f"Read as of {start:%d %B %Y}: **{given} of {len(rows)} tables, {rows['rows'].sum():,} rows**; "
        f"{' and '.join(found) or 'nothing to mend'}. {reach}."
    )


def findings_by_kind(findings: pd.DataFrame, most: int = 15) -> pd.DataFrame:
    """The findings one line a kind, the graver and dearer first: how often, where it weighs most, how to mend it.

    A finding that only counts others ("94 more items") counts as what it stands for. `new` counts those the last cycle
    did not find; it is left out where there is no last cycle.
    """
    grave = pd.Categorical(findings["grade"], GRADES, ordered=True)
    stands_for = others_counted(findings["key"])
    times = stands_for.fillna(1).astype("int64")
    new = times.where(findings["trend"] == "new", 0)
    ranked = findings.assign(grave=grave, rest=stands_for.notna(), times=times, new=new)
    ranked = ranked.sort_values(["grave", "rest", "money", "key"], ascending=[True, True, False, True])
    kinds = ranked.groupby(["grave", "grade", "table", "message", "mend"], observed=True, sort=False)
    kinds = kinds.agg(
        times=("times", "sum"),
        new=("new", "sum"),
        key=("key", "first"),
        value=("value", "first"),
        money=("money", lambda m: m.sum(min_count=1)),
    ).reset_index()
    kinds["foremost"] = (kinds["key"] + ": " + kinds["value"]).str.strip(": ")
    kinds = kinds.sort_values(["grave", "money", "table"], ascending=[True, False, True])
    counts = ["times", "new"] if (findings["trend"] != "").any() else ["times"]
    return kinds[["grade", "table", "message", *counts, "foremost", "money", "mend"]].head(most)


def completeness(quality: pd.DataFrame) -> pd.DataFrame:
    """The tables handed in, by rows; those handed in empty or not at all are named last."""
    shown = quality.assign(filled=quality["filled"].where(quality["rows"] > 0))
    return shown.sort_values(["rows", "table"], ascending=[False, True])[["table", "rows", "filled", "first", "last"]]


def reach(quality: pd.DataFrame, start: pd.Timestamp) -> alt.TopLevelMixin:
    """How far each table reaches into the past and into the horizon: a bar a table, parted at the cycle's start."""
    rows = quality.dropna(subset=["first", "last"]).query("table != 'items'").reset_index(drop=True)
    order = rows.sort_values(["first", "last", "table"])["table"].tolist()
    until = (rows["last"] + bucket_length()).where(rows["table"].isin(BUCKETED), rows["last"])
    past = rows.assign(until=until.clip(upper=start), side="past")
    ahead = rows.assign(first=rows["first"].clip(lower=start), until=until, side="ahead")
    bars = pd.concat([each[each["first"] < each["until"]] for each in (past, ahead)])
    labels = rows.assign(said=rows["rows"].map("{:,} rows".format), until=until.clip(lower=start))
    colours = alt.Scale(domain=["past", "ahead"], range=[COLORS["stock"], COLORS["plan"]])
    y = alt.Y("table:N", sort=order, title=None)
    x = alt.X("first:T", title=None, axis=alt.Axis(format="%Y", tickCount="year"))
    colour = alt.Color("side:N", scale=colours, legend=None)
    drawn = alt.Chart(bars).mark_bar(height={"band": 0.55}).encode(y=y, x=x, x2="until:T", color=colour)
    days = alt.Chart(rows[rows["first"] == until]).mark_tick(color=COLORS["stock"], thickness=4).encode(y=y, x=x)
    words = alt.Chart(labels).mark_text(align="left", dx=6, color="#59636e").encode(y=y, x="until:T", text="said:N")
    rule = alt.Chart(pd.DataFrame({"first": [start]})).mark_rule(color=COLORS["actual"]).encode(x=x)
    last = rows.set_index("table")["last"].get("sales", pd.NaT)
    known = "There are no sales" if pd.isna(last) else f"Sales are known to {bucket_name(last)}"
    message = f"{known}; the plan starts in {bucket_name(start)}"
    note = "grey: what happened or was known; blue: what is known of the horizon; the line is the cycle's start"
    return titled((drawn + days + words + rule).properties(width=WIDTH, height=alt.Step(20)), message, note)


def sales_by_family(sales: pd.DataFrame, items: pd.DataFrame, start: pd.Timestamp, currency: str) -> alt.TopLevelMixin:
    """Revenue by bucket, one panel a family with its own scale, the largest of the last year first."""
    rows = sales.merge(items[["item_id", "family"]], on="item_id")
    rows = rows.groupby(["family", "bucket"], as_index=False)["revenue"].sum()
    year = rows[rows["bucket"] >= start - pd.DateOffset(years=1)].groupby("family")["revenue"].sum()
    before = rows[rows["bucket"].between(*_year_before(start))].groupby("family")["revenue"].sum()
    order = year.sort_values(ascending=False).index.tolist() + sorted(set(rows["family"]) - set(year.index))
    heads = {family: _head(family, year.get(family, 0.0), before.get(family, 0.0), currency) for family in order}
    divisor, unit = money_scale(rows["revenue"], currency)
    rows = rows.assign(head=rows["family"].map(heads), value=rows["revenue"] / divisor)
    panel = (
        alt.Chart(rows)
        .mark_area(color=COLORS["stock"], opacity=0.35, line={"color": COLORS["actual"], "strokeWidth": 1.3})
        .encode(
            x=alt.X("bucket:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", grid=False)),
            y=alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=3, minExtent=38, maxExtent=38)),
        )
        .properties(width=300, height=75)
    )
    facet = alt.Facet(
        "head:N", sort=[heads[family] for family in order], title=None, header=alt.Header(labelAnchor="start")
    )
    chart = panel.facet(facet, columns=2, spacing=14).resolve_scale(y="independent")
    growth = year.sum() / before.sum() - 1 if before.sum() else None
    message = f"{in_money(year.sum(), currency)} sold in the last year"
    message += "" if growth is None else f", {abs(growth):.0%} {'more' if growth >= 0 else 'less'} than the year before"
    return titled(chart, message, f"revenue a bucket, {unit}; each family on its own scale, the largest first")


def _year_before(start: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    return start - pd.DateOffset(years=2), start - pd.DateOffset(years=1) - pd.Timedelta(days=1)


def _head(family: str, year: float, before: float, currency: str) -> str:
    change = f" ({year / before - 1:+.0%})" if before > 0 and year > 0 else ""
    return f"{family.replace('_', ' ')}: {in_money(year, currency)}{change}"


def range_by_age(sales: pd.DataFrame, items: pd.DataFrame, start: pd.Timestamp, currency: str) -> alt.TopLevelMixin:
    """How long the items on sale have been sold, by the revenue of the last year: what a method can learn from."""
    on_sale = items[(items["unit_price"] > 0) & ~(items["discontinue"] <= start)][["item_id"]]
    first = sales[sales["qty_ordered"] > 0].groupby("item_id")["bucket"].min()
    year = sales[sales["bucket"] >= start - pd.DateOffset(years=1)].groupby("item_id")["revenue"].sum()
    days = (start - on_sale["item_id"].map(first)).dt.days
    age = pd.cut(days, [-1, 364, 729, 1094, float("inf")], labels=list(AGES[1:])).astype(object).fillna(AGES[0])
    rows = on_sale.assign(age=age, revenue=on_sale["item_id"].map(year).fillna(0.0))
    rows = rows.groupby("age").agg(items=("item_id", "size"), revenue=("revenue", "sum"))
    rows = rows.reindex([each for each in AGES if each in rows.index]).reset_index()
    share = rows["revenue"] / max(rows["revenue"].sum(), 1e-9)
    rows = rows.assign(
        share=share,
        said=rows["items"].astype(object).map("{:,} items".format)
        + ", "
        + rows["revenue"].astype(object).map(in_money),
    )
    reach = alt.Scale(domain=[0, 1.3 * max(rows["share"].max(), 1e-9)], nice=False)
    base = alt.Chart(rows).encode(y=alt.Y("age:N", sort=list(AGES), title=None))
    bars = base.mark_bar(color=COLORS["stock"]).encode(
        x=alt.X(
            "share:Q",
            title=f"share of last year's revenue ({currency})",
            axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1]),
            scale=reach,
        )
    )
    words = base.mark_text(align="left", dx=6, color="#59636e").encode(x="share:Q", text="said:N")
    young = share[rows["age"].isin(AGES[:3])].sum()
    message = f"{in_share(young)} of revenue comes from items sold for less than two years"
    note = (
        f"{rows['items'].sum():,} items on sale, by the time since their first sale; a season takes two years to learn"
    )
    return titled((bars + words).properties(width=WIDTH - 120, height=alt.Step(26)), message, note)


def stock_by_family(
    on_hand: pd.DataFrame, items: pd.DataFrame, sales: pd.DataFrame, start: pd.Timestamp, currency: str
) -> alt.TopLevelMixin:
    """What lies on the shelf at the start, at standard cost, and for how many buckets of late sales it lasts."""
    cost = items[["item_id", "family", "unit_cost"]]
    stock = on_hand.merge(cost, on="item_id")
    value = (stock["qty"] * stock["unit_cost"]).groupby(stock["family"]).sum()
    late = sales[sales["bucket"] >= start - pd.DateOffset(months=6)].merge(cost, on="item_id")
    a_bucket = (late["qty_shipped"] * late["unit_cost"]).groupby(late["family"]).sum()
    a_bucket /= buckets_a_year(sales["bucket"]) / 2
    rows = pd.DataFrame({"value": value, "a_bucket": a_bucket.reindex(value.index)}).query("value > 0")
    rows = rows.sort_values("value", ascending=False).reset_index()
    divisor, unit = money_scale(rows["value"], currency)
    cover = (rows["value"] / rows["a_bucket"]).where(rows["a_bucket"] > 0)
    lasts = cover.map(lambda buckets: "not sold" if pd.isna(buckets) else f"{buckets:.1f} {bucket_word(2)}")
    rows = rows.assign(
        family=rows["family"].str.replace("_", " "),
        money=rows["value"] / divisor,
        said=rows["value"].map(in_money).astype(str) + ", " + lasts.astype(str),
    )
    base = alt.Chart(rows).encode(y=alt.Y("family:N", sort=rows["family"].tolist(), title=None))
    reach = alt.Scale(domain=[0, 1.25 * max([1e-9, *rows["money"]])], nice=False)
    bars = base.mark_bar(color=COLORS["stock"]).encode(
        x=alt.X("money:Q", title=unit, scale=reach, axis=alt.Axis(tickCount=6))
    )
    words = base.mark_text(align="left", dx=6, color="#59636e").encode(x="money:Q", text="said:N")
    sold = rows[rows["a_bucket"] > 0]
    message = f"Stock is worth {in_money(rows['value'].sum(), currency)}"
    if len(sold):
        message += f"; of what is sold, {sold['value'].sum() / sold['a_bucket'].sum():.1f} {bucket_word(2)}"
    note = f"at standard cost; {bucket_word(2)}: how long it lasts at the sales of the last half year"
    return titled((bars + words).properties(width=WIDTH - 120, height=alt.Step(26)), message, note)
