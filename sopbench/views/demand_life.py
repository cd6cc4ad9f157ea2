"""Charts and tables of what is launched, replaced, cannibalised and phased out."""

from __future__ import annotations

import altair as alt
import pandas as pd

from sopbench.contract.buckets import buckets_a_year
from sopbench.views.numbers import bucket_word, date_format
from sopbench.views.theme import COLORS, titled

WORDS = {
    "like": "sells like",
    "successor": "takes over from",
    "cannibalises": "takes sales from",
    "phase_out": "runs down",
}
"""What a kind of row of life_cycle is called."""

BORROWED = ("like item", "predecessor")
"""Reasons of buckets in which an item did not sell itself: what it goes by."""


def life_cycles(
    life_cycle: pd.DataFrame, effects: pd.DataFrame, items: pd.DataFrame, demand_plan: pd.DataFrame
) -> pd.DataFrame:
    """The launches, successors, cannibals and phase-outs in force, those that move most money first.

    `moves` are units over the horizon: what a launch curve adds to the method's forecast, what a predecessor gives
    away, what the others lose, what a phase-out takes off; `money` is that at list price, `planned` the item's own
    statistical forecast. Tables life_cycle, life_cycle_effects, items, demand_plan. Rows that move nothing are left out
    unless the item was launched in the last year or will be.
    """
    about = items.set_index("item_id")
    column = items[(items["like_item_id"] != "") & ~items["item_id"].isin(life_cycle["item_id"])]
    column = column.assign(other_id=column["like_item_id"], kind="like", factor=column["like_factor"], start=pd.NaT)
    names = ["item_id", "other_id", "kind", "factor", "start"]
    rows = pd.concat([each for each in (life_cycle[names], column[names]) if len(each)] or [life_cycle[names]])
    launch = rows["start"].fillna(rows["item_id"].map(about["launch"]))
    leaving = rows["kind"].isin(["successor", "cannibalises"])
    touched = rows["other_id"].where(leaving, rows["item_id"])
    by = rows["item_id"].where(leaving, "")
    sums = effects.groupby(["item_id", "other_id", "kind"])["units"].sum()
    moves = sums.reindex(pd.MultiIndex.from_arrays([touched, by, rows["kind"]])).fillna(0.0).to_numpy()
    end = rows["item_id"].map(about["discontinue"]).where(rows["kind"] == "phase_out")
    made = pd.DataFrame(
        {
            "item": rows["item_id"].map(about["description"]),
            "life": rows["kind"].map(WORDS),
            "other": rows["other_id"].map(about["description"]).fillna(""),
            "factor": rows["factor"].where(rows["kind"] != "phase_out"),
            "from_or_to": end.fillna(launch),
            "planned": rows["item_id"].map(demand_plan.groupby("item_id")["statistical"].sum()),
            "moves": moves,
            "money": moves * touched.map(about["unit_price"]).to_numpy(),
        },
    )
    recent = (launch > demand_plan["bucket"].min() - pd.DateOffset(years=1)).to_numpy()
    shown = (moves != 0) | (recent & (rows["kind"] != "phase_out").to_numpy())
    return made[shown].sort_values("money", key=lambda each: -each.abs(), kind="stable", ignore_index=True)


def launches(
    history: pd.DataFrame, demand_plan: pd.DataFrame, items: pd.DataFrame, count: int = 4
) -> alt.TopLevelMixin:
    """What launched items sold (black), what they went by before (grey), and what is planned (blue), by bucket.

    Items launched in the last year or in the horizon, those with most planned revenue first; a panel each. Tables
    history, demand_plan and items.
    """
    start = demand_plan["bucket"].min()
    new = items[items["launch"] > start - pd.DateOffset(years=1)]
    planned = demand_plan[demand_plan["item_id"].isin(new["item_id"])].groupby(["item_id", "bucket"])["statistical"]
    planned = planned.sum().rename("units").reset_index().assign(line="planned")
    price = items.set_index("item_id")["unit_price"]
    worth = (planned["units"] * planned["item_id"].map(price)).groupby(planned["item_id"]).sum()
    chosen = worth.sort_values(ascending=False, kind="stable").head(count).index
    past = history[history["item_id"].isin(chosen)]
    past = past[past["bucket"].isin(sorted(history["bucket"].unique())[-2 * buckets_a_year(history["bucket"]) :])]
    lines = [planned[planned["item_id"].isin(chosen)]]
    for line, rows, column in (
        ("sold", past[~past["reason"].isin(BORROWED)], "ordered"),
        ("goes by", past[past["reason"].isin(BORROWED)], "cleaned"),
    ):
        sums = rows.groupby(["item_id", "bucket"])[column].sum().rename("units").reset_index()
        lines.append(sums.assign(line=line))
    rows = pd.concat([each for each in lines if len(each)] or lines[:1])
    rows = rows.merge(items[["item_id", "description"]], on="item_id")
    scale = alt.Scale(domain=["goes by", "sold", "planned"], range=[COLORS["target"], COLORS["actual"], COLORS["plan"]])
    base = (
        alt.Chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=12))
        .encode(
            x=alt.X("bucket:T", title=None, axis=alt.Axis(format=date_format())),
            y=alt.Y("units:Q", title="units"),
            color=alt.Color("line:N", title=None, scale=scale),
        )
    )
    names = items.set_index("item_id")["description"].reindex(chosen).tolist()
    panels = base.properties(width=330, height=140).facet(
        facet=alt.Facet("description:N", title=None, sort=names), columns=2
    )
    message = f"{len(new)} items were launched in the last year or will be"
    note = f"by {bucket_word()}; grey: the history of the items a launch goes by, times its factor"
    return titled(panels.resolve_scale(y="independent"), message if len(new) else "Nothing is launched", note)
