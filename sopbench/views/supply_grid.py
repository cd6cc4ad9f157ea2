"""The S&OP grid of a family: a picture of demand, supply and stock or backlog, and the classic spreadsheet."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.views.numbers import bucket_labels, bucket_name, in_units, money_scale
from sopbench.views.theme import COLORS, titled

WIDTH = 760

LINES = {
    "demand": "demand",
    "supply": "made and bought",
    "shipped": "shipped",
    "other_use": "used or written off",
    "stock": "stock at the end",
    "days_of_cover": "days of cover",
    "backlog": "owed at the end",
    "days_of_backlog": "days to make it",
}
"""The lines of the grid in words, in their order."""

VERSIONS = {"actual": "actual", "plan": "plan", "last_cycle": "last cycle", "budget": "budget"}


def families(sop_grid: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Family, form and measure of every grid to show: in units where they can be added up; the dearest first."""
    money = sop_grid[(sop_grid["measure"] == "money") & (sop_grid["line"] == "demand")]
    order = money.groupby(["family", "form"])["plan"].sum().sort_values(ascending=False, kind="stable").index
    counted = pd.MultiIndex.from_frame(sop_grid.loc[sop_grid["measure"] == "units", ["family", "form"]])
    return [(*each, "units" if each in counted else "money") for each in order]


def family_grid(
    sop_grid: pd.DataFrame, family: str, form: str, measure: str, start: pd.Timestamp, currency: str
) -> alt.TopLevelMixin:
    """Demand and supply above, stock or backlog below, past and future: actual, plan, last cycle and budget."""
    rows = _of(sop_grid, family, form, measure)
    divisor, unit = money_scale(rows.loc[rows["unit"] == "money", list(VERSIONS)].to_numpy().ravel(), currency)
    if measure == "units":
        divisor, unit = 1.0, rows.loc[rows["line"] == "demand", "unit"].iloc[0]
    held = "stock" if form == "MTS" else "backlog"
    top = alt.vconcat(
        _panel(rows, "demand", start, divisor, unit, 120),
        _panel(rows, "supply", start, divisor, unit, 105),
        _panel(rows, held, start, divisor, unit, 120, lowest=True),
        spacing=6,
    )
    name = family.replace("_", " ")
    kind = "made to stock" if form == "MTS" else "made to order"
    marks = {"last_cycle": ", pink: last cycle's plan", "budget": ", ticks: budget"}
    beside = "".join(said for version, said in marks.items() if rows[version].notna().any())
    note = f"so far: actual, blue: plan{beside}; dashed: the plan begins"
    days = "working days that stock lasts" if form == "MTS" else "working days it takes to make what is owed"
    where = ", in money at standard cost" if measure == "money" else ""
    message = f"{name[0].upper()}{name[1:]}: {_message(rows, form, start)}"
    return titled(top, message, f"{kind}{where}; d: {days}", note)


def grid_table(
    sop_grid: pd.DataFrame, family: str, form: str, measure: str, start: pd.Timestamp, past: int = 3, ahead: int = 9
) -> pd.DataFrame:
    """The family's grid as a spreadsheet: a row for each line and version, a column for each bucket around `start`."""
    rows = _of(sop_grid, family, form, measure)
    buckets = rows["bucket"].drop_duplicates().sort_values()
    buckets = pd.concat([buckets[buckets < start].tail(past), buckets[buckets >= start].head(ahead)])
    long = rows[rows["bucket"].isin(buckets)].melt(["line", "unit", "bucket"], list(VERSIONS), "version", "value")
    wide = long.dropna(subset="value").pivot_table(index=["line", "version", "unit"], columns="bucket", values="value")
    wide = wide.reindex(columns=buckets.tolist()).reset_index()
    places = [wide["line"].map(list(LINES).index), wide["version"].map(list(VERSIONS).index)]
    wide = wide.assign(first=places[0], then=places[1]).sort_values(["first", "then"]).drop(columns=["first", "then"])
    wide = wide.assign(line=wide["line"].map(LINES), version=wide["version"].map(VERSIONS))
    figures = [column for column in wide if isinstance(column, pd.Timestamp)]
    return wide.rename(columns={each: bucket_name(each) for each in figures}).reset_index(drop=True)


def cover_table(
    item_covers: pd.DataFrame, items: pd.DataFrame, family: str, ahead: int = 9, most: int = 20
) -> pd.DataFrame:
    """Working days that the stock of each item of a family lasts, by bucket; those that run lowest come first."""
    rows = item_covers[item_covers["item_id"].isin(items.loc[items["family"] == family, "item_id"])]
    buckets = rows["bucket"].drop_duplicates().sort_values().head(ahead).tolist()
    rows = rows[rows["bucket"].isin(buckets)].dropna(subset="days_of_cover")
    wide = rows.pivot_table(index="item_id", columns="bucket", values="days_of_cover").reindex(columns=buckets)
    least = wide.min(axis=1).sort_values(kind="stable").head(most)
    wide = wide.loc[least.index].rename(columns={each: bucket_name(each) for each in buckets})
    return wide.rename_axis(columns=None).reset_index()


def _of(sop_grid: pd.DataFrame, family: str, form: str, measure: str) -> pd.DataFrame:
    chosen = (sop_grid["family"] == family) & (sop_grid["form"] == form) & (sop_grid["measure"] == measure)
    return sop_grid[chosen]


def _panel(
    rows: pd.DataFrame, line: str, start: pd.Timestamp, divisor: float, unit: str, height: int, lowest: bool = False
) -> alt.TopLevelMixin:
    """One line of the grid over all its buckets; above stock and backlog the days they last."""
    labels = bucket_labels(rows["bucket"].drop_duplicates().sort_values()).tolist()
    values = rows[rows["line"] == line].sort_values("bucket")
    values = values.assign(label=bucket_labels(values["bucket"]), **{each: values[each] / divisor for each in VERSIONS})
    shown = values.assign(bar=values["actual"].where(values["bucket"] < start, values["plan"]))
    shown = shown.assign(side=shown["bucket"].lt(start).map({True: "actual", False: "plan"}))
    axis = alt.Axis(labelAngle=0, labelOverlap=True, ticks=False, labels=lowest)
    x = alt.X("label:N", scale=alt.Scale(domain=labels, paddingInner=0.12), title=None, axis=axis)
    base = alt.Chart(shown).encode(x=x)
    colours = alt.Scale(domain=["actual", "plan"], range=[COLORS["actual"], COLORS["plan"]])
    days = {"stock": "days_of_cover", "backlog": "days_of_backlog"}.get(line)
    room = 1.3 if days else 1.08  # the days stand above the bars
    highest = max(shown[["bar", "budget", "last_cycle"]].max().max(), 1e-9)
    scale = alt.Scale(domain=[0, room * highest], nice=False)
    y = alt.Y("bar:Q", title=f"{LINES[line]}, {unit}", scale=scale, axis=alt.Axis(tickCount=4))
    layers = [base.mark_bar(opacity=0.75).encode(y=y, color=alt.Color("side:N", scale=colours, legend=None))]
    if values["budget"].notna().any():
        layers.append(base.mark_tick(color=COLORS["budget"], thickness=3, width={"band": 0.9}).encode(y="budget:Q"))
    if values["last_cycle"].notna().any():
        point = {"color": COLORS["earlier"], "size": 14}
        pink = base.transform_filter("isValid(datum.last_cycle)").mark_line(color=COLORS["earlier"], point=point)
        layers.append(pink.encode(y="last_cycle:Q"))
    if days:
        layers.append(_days(rows[rows["line"] == days], start).encode(x=x))
    if start in rows["bucket"].to_numpy():
        begin = pd.DataFrame({"label": bucket_labels(pd.Series([start]))})
        edge = alt.Chart(begin).mark_rule(color=COLORS["target"], xOffset=-WIDTH / len(labels) / 2, strokeDash=[3, 3])
        layers.append(edge.encode(x=x))
    return alt.layer(*layers).properties(width=WIDTH, height=height)


def _days(lasts: pd.DataFrame, start: pd.Timestamp) -> alt.Chart:
    """The days of each bucket in a row along the top."""
    days = lasts["actual"].where(lasts["bucket"] < start, lasts["plan"])
    words = lasts.assign(label=bucket_labels(lasts["bucket"]), said=days.map("{:,.0f} d".format))[days.round() > 0]
    return alt.Chart(words).mark_text(fontSize=10, color="#59636e").encode(y=alt.value(7), text="said:N")


def _message(rows: pd.DataFrame, form: str, start: pd.Timestamp) -> str:
    """Where stock's cover, or the backlog, goes over the plan, and how demand stands to the budget."""
    line, held = ("days_of_cover", "cover") if form == "MTS" else ("days_of_backlog", "backlog")
    plan = rows[(rows["bucket"] >= start) & (rows["line"] == line)].dropna(subset="plan")
    said = "no stock is planned" if form == "MTS" else "nothing is owed"
    if len(plan) and form == "MTS":
        least = plan.loc[plan["plan"].idxmin()]
        said = f"{held} is lowest in {bucket_name(least['bucket'])}, {in_units(round(least['plan']))} working days"
    elif len(plan) and plan["plan"].max() >= 0.5:
        most = plan.loc[plan["plan"].idxmax()]
        said = f"{held} is longest in {bucket_name(most['bucket'])}, {in_units(round(most['plan']))} working days"
    demand = rows[(rows["line"] == "demand") & (rows["bucket"] >= start)].dropna(subset=["plan", "budget"])
    if len(demand) and demand["budget"].sum() > 0:
        gap = demand["plan"].sum() / demand["budget"].sum() - 1
        said += f"; demand is {abs(gap):.1%} {'over' if gap >= 0 else 'under'} budget"
    return said
