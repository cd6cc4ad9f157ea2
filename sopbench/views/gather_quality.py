"""Charts of how well the company's sales can be forecast: patterns, classes, stockouts."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from sopbench.contract.gathered import ADI_LIMIT, CV2_LIMIT
from sopbench.contract.words import in_money, in_share
from sopbench.views.numbers import bucket_word
from sopbench.views.theme import COLORS, titled

FIELDS = {"smooth": "plan", "erratic": "forecast", "intermittent": "overtime", "lumpy": "short"}
"""Patterns in order of difficulty, and their colours."""

DOTS = 2_000
"""Series up to which each is a dot of its own; beyond, cells show how many lie there."""

FAMILIES = 12
"""Families shown at most, those most often out of stock."""

CELLS = 28
"""Cells across and up."""

ACROSS = (1, ADI_LIMIT, 2, 3, 4, 6, 9, 12, 24, 52, 104)
UP = (0, 0.1, 0.25, CV2_LIMIT, 1, 2, 4, 8, 16)
LEFT = 0.82
MUTED = "#59636e"


def forecastability(segments: pd.DataFrame) -> alt.TopLevelMixin:
    """Each item and location still sold by how seldom (across) and how unevenly (up) it is ordered."""
    rows = segments[segments["pattern"].isin(FIELDS)].assign(revenue=lambda each: each["revenue"].clip(lower=0.0))
    worth = rows["revenue"].sum()
    share = rows.groupby("pattern")["revenue"].sum().reindex(list(FIELDS), fill_value=0.0) / max(worth, 1e-9)
    count = rows["pattern"].value_counts()
    names = {each: f"{each}: {count.get(each, 0):,} series, {in_share(share[each])} of revenue" for each in FIELDS}
    right, top = max(4.0, 1.15 * rows["adi"].max()), max(1.2, 1.15 * rows["cv2"].max())
    if not len(rows):
        right, top = 4.0, 1.2
    x = alt.X(
        "adi:Q",
        title=f"{bucket_word(2)} from one order to the next, on average (ADI)",
        scale=alt.Scale(type="log", domain=[LEFT, right], nice=False),
        axis=alt.Axis(values=[each for each in ACROSS if each <= right], grid=False, format="~g"),
    )
    y = alt.Y(
        "cv2:Q",
        title="unevenness of the orders (CV²)",
        scale=alt.Scale(type="sqrt", domain=[0, top], nice=False),
        axis=alt.Axis(values=[each for each in UP if each <= top], grid=False, format="~g"),
    )
    colour = alt.Color(
        "named:N",
        scale=alt.Scale(domain=list(names.values()), range=[COLORS[each] for each in FIELDS.values()]),
        legend=alt.Legend(title=None, columns=2, labelLimit=320, symbolType="circle", symbolOpacity=1),
    )
    rows = rows.assign(named=rows["pattern"].map(names)).sort_values("revenue", ascending=False, kind="stable")
    marks = _dots(rows, x, y, colour) if len(rows) <= DOTS else _cells(rows, x, y, colour, right, top)
    limits = alt.Chart().mark_rule(color=COLORS["actual"], strokeDash=[4, 3], strokeWidth=1)
    across = limits.properties(data=pd.DataFrame({"adi": [ADI_LIMIT]})).encode(x=x)
    up = limits.properties(data=pd.DataFrame({"cv2": [CV2_LIMIT]})).encode(y=y)
    words = _field_names(x, y, right, top)
    seldom = share["intermittent"] + share["lumpy"]
    message = f"{in_share(share['smooth'])} of revenue is ordered steadily, {in_share(seldom)} only now and then"
    size = (
        "a dot is an item at a location, larger with more revenue, moved sideways to be seen"
        if len(rows) <= DOTS
        else "darker: more series"
    )
    note = f"{size}; dashed: the limits {ADI_LIMIT} and {CV2_LIMIT}"
    return titled((marks + across + up + words).properties(width=620, height=320), message, note)


def _dots(rows: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color) -> alt.Chart:
    """A dot a series, moved a little sideways within its field: many have the very same interval."""
    golden = (np.arange(len(rows)) * 0.618034) % 1 - 0.5
    adi = rows["adi"] * np.exp(0.2 * golden)
    adi = adi.clip(upper=0.98 * ADI_LIMIT).where(rows["adi"] < ADI_LIMIT, adi.clip(lower=1.02 * ADI_LIMIT))
    shown = rows[["cv2", "revenue", "named"]].assign(adi=adi)
    size = alt.Size("revenue:Q", scale=alt.Scale(range=[14, 700], domainMin=0), legend=None)
    dots = alt.Chart(shown).mark_circle(opacity=0.55, stroke="white", strokeWidth=0.6)
    return dots.encode(x=x, y=y, size=size, color=colour)


def _cells(rows: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color, right: float, top: float) -> alt.Chart:
    """How many series lie in each cell of a grid, of which no cell crosses a limit."""
    across = np.unique(np.append(np.geomspace(LEFT, right, CELLS), ADI_LIMIT))
    up = np.unique(np.append(np.linspace(0, top**0.5, CELLS) ** 2, CV2_LIMIT))
    column = np.searchsorted(across, rows["adi"], side="right") - 1
    row = np.searchsorted(up, rows["cv2"], side="right") - 1
    cells = rows.assign(column=column, row=row).groupby(["named", "column", "row"], as_index=False).size()
    cells = cells.assign(
        adi=across[cells["column"]], cv2=up[cells["row"]], right=across[cells["column"] + 1], top=up[cells["row"] + 1]
    )
    depth = alt.Opacity("size:Q", scale=alt.Scale(type="log", range=[0.15, 1]), legend=None)
    return alt.Chart(cells).mark_rect().encode(x=x, y=y, x2="right:Q", y2="top:Q", color=colour, opacity=depth)


def _field_names(x: alt.X, y: alt.Y, right: float, top: float) -> alt.LayerChart:
    """The names of the four fields, each in its upper outer corner, readable over what lies there."""
    places = pd.DataFrame(
        {"said": list(FIELDS), "adi": [LEFT, LEFT, right, right], "cv2": [CV2_LIMIT, top, CV2_LIMIT, top]}
    )
    layers = []
    for side, align, dx in ((LEFT, "left", 6), (right, "right", -6)):
        base = alt.Chart(places[places["adi"] == side]).encode(x=x, y=y, text="said:N")
        look = {"align": align, "baseline": "top", "dx": dx, "dy": 6, "fontSize": 12, "fontWeight": 600}
        layers += [
            base.mark_text(**look, stroke="white", strokeWidth=4, opacity=0.8),
            base.mark_text(**look, color=MUTED),
        ]
    return alt.layer(*layers)


def classes(segments: pd.DataFrame) -> alt.TopLevelMixin:
    """ABC by money against XYZ by steadiness: how many series each field holds, and its share of revenue."""
    rows = segments[segments["abc"] != ""].assign(revenue=lambda each: each["revenue"].clip(lower=0.0))
    rows = rows.assign(xyz=rows["xyz"].replace("", "new"))
    kinds = ["X", "Y", "Z"] + (["new"] if (rows["xyz"] == "new").any() else [])
    fields = rows.groupby(["abc", "xyz"]).agg(series=("revenue", "size"), revenue=("revenue", "sum"))
    every = pd.MultiIndex.from_product([["A", "B", "C"], kinds], names=["abc", "xyz"])
    fields = fields.reindex(every, fill_value=0.0).reset_index()
    fields = fields.assign(share=fields["revenue"] / max(fields["revenue"].sum(), 1e-9))
    fields = fields.assign(
        number=fields["series"].map("{:,.0f} series".format),
        said=fields["share"].map(in_share).where(fields["series"] > 0, "–"),
        ink=np.where(fields["share"] > 0.3, "white", COLORS["actual"]),
    )
    heads = {"X": "X: steady", "Y": "Y: varies", "Z": "Z: unsteady", "new": "new"}
    sides = {"A": "A: first 80% of revenue", "B": "B: next 15%", "C": "C: last 5%"}
    fields = fields.assign(head=fields["xyz"].map(heads), side=fields["abc"].map(sides))
    base = alt.Chart(fields).encode(
        x=alt.X("head:N", sort=None, title=None, axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)),
        y=alt.Y("side:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=200)),
    )
    depth = alt.Scale(domain=[0, max(0.6, fields["share"].max())], range=["#f4f6f8", COLORS["plan"]])
    boxes = base.mark_rect(stroke="white", strokeWidth=3).encode(color=alt.Color("share:Q", scale=depth, legend=None))
    ink = alt.Color("ink:N", scale=None)
    words = base.mark_text(dy=-8, fontSize=14, fontWeight=600).encode(text="said:N", color=ink)
    counts = base.mark_text(dy=11, fontSize=11).encode(text="number:N", color=ink)
    best = fields[(fields["abc"] == "A") & (fields["xyz"] == "X")].iloc[0]
    bring = f"bring {in_share(best['share'])} of revenue and sell steadily"
    message = f"{best['series']:,.0f} of {len(rows):,} series {bring}"
    note = "down: by revenue of the last year; across: variation below 0.5, below 1, and above; shares of revenue"
    chart = (boxes + words + counts).resolve_scale(color="independent")
    return titled(chart.properties(width=150 * len(kinds), height=190), message, note)


def stockouts(segments: pd.DataFrame, items: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """How much of the time stock ran out, by family: there orders tell less than what was wanted."""
    rows = segments[segments["pattern"] != "ended"].merge(items[["item_id", "family"]], on="item_id")
    every, best = rows["stockout_share"].mean(), rows.loc[rows["abc"] == "A", "stockout_share"].mean()
    message = f"Stock ran out {in_share(every)} of the time, {in_share(best)} where most money is made"
    if not rows["stockout_share"].any():
        nothing = alt.Chart(pd.DataFrame({"said": [""]})).mark_text().encode(text="said:N").properties(height=1)
        message = "No stockout is on record in two years"
        return titled(nothing, message, "either none happened, or nobody notes them: then orders hide what was wanted")
    families = rows.groupby("family").agg(
        share=("stockout_share", "mean"), series=("item_id", "size"), revenue=("revenue", "sum")
    )
    families = families.sort_values(["share", "revenue"], ascending=False).reset_index()
    families = families[families["share"] > 0].head(FAMILIES)
    families = families.assign(
        family=families["family"].str.replace("_", " "),
        said=families["share"].map(in_share)
        + families["series"].map(" ({:,} series, ".format)
        + families["revenue"].map(in_money)
        + ")",
    )
    base = alt.Chart(families).encode(y=alt.Y("family:N", sort=families["family"].tolist(), title=None))
    reach = alt.Scale(domain=[0, 1.5 * max([0.01, *families["share"]])], nice=False)
    bars = base.mark_bar(color=COLORS["short"]).encode(
        x=alt.X("share:Q", title="share of time out of stock", scale=reach, axis=alt.Axis(format="~%", tickCount=5))
    )
    words = base.mark_text(align="left", dx=6, color=MUTED).encode(x="share:Q", text="said:N")
    note = (
        f"mean of a family's series over two years; beside it how many, and what they sold in the last year, {currency}"
    )
    return titled((bars + words).properties(width=500, height=alt.Step(26)), message, note)
