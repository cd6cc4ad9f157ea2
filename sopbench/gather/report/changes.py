"""Says what differs between the data of the last cycle and that of this one, and what it is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.gather.report.differences import days, differ, different, figures
from sopbench.gather.report.restated import restated

COMPARED = ("items", "bom", "sources", "capacity", "sales", "set_apart", "findings")
"""Tables of the last cycle that this one is compared with."""

YEAR = pd.DateOffset(years=1)
EDGE = ["item_id", "location_id", "method", "origin_id"]
HOURS = {"regular_hours": "cost_regular", "overtime_hours": "cost_overtime"}
"""Columns of capacity, and what an hour of them costs in resources."""

Tables = dict[str, pd.DataFrame]


def changes(now: Tables, before: Tables, start: pd.Timestamp, last: pd.Timestamp | None) -> pd.DataFrame:
    """Make the table changes: how `now` differs from `before`; empty where there is no last cycle to compare with.

    `now` and `before` are the gathered tables of the cycles that begin at `start` and at `last`. `money` is a year's
    worth, below 0 where there is less of something than before. A year's units are those shipped in the year before
    `start` and, by the bill of materials, all that went into them.

    - new, ended item, end of sale: revenue of the last year
    - unit cost: the difference times a year's units; unit price: times the units shipped
    - component: what more or less of it goes into a year's units of its parent, at standard cost
    - lead time: what is longer under way at a year's pace, at standard cost
    - source cost: the difference times a year's units there, or the whole item's where it is not sold there
    - hours: at what an hour of the resource costs
    - history restated: see `restated`
    """
    if not before or last is None:
        return table("changes").empty()
    use = year_of_use(now, start)
    parts = [
        *_items(now, before, start, last, use),
        _bom(now, before, use),
        *_sources(now, before, use, start),
        *_capacity(now, before),
        restated(now, before),
    ]
    names = table("changes").names
    filled = [part[names] for part in parts if len(part)]
    return checked(pd.concat(filled), table("changes")) if filled else table("changes").empty()


def year_of_use(tables: Tables, start: pd.Timestamp) -> pd.DataFrame:
    """By item_id: `shipped` units and `revenue` of the year before `start`; `units`: these and what went into others.

    Units needed are the shipped ones and the bill of materials times the units needed of the parents, solved for at
    once (Vazsonyi 1954: total requirements).
    """
    from scipy.sparse import coo_array, identity
    from scipy.sparse.linalg import spsolve

    index, bom = pd.Index(tables["items"]["item_id"]), tables["bom"]
    late = tables["sales"][tables["sales"]["bucket"] >= start - YEAR]
    use = late.groupby("item_id")[["qty_shipped", "revenue"]].sum().reindex(index, fill_value=0.0)
    at = index.get_indexer(bom["component_id"]), index.get_indexer(bom["item_id"])
    into = coo_array((bom["qty_per"] * (1 + bom["scrap"]), at), (len(index), len(index)))
    needed = spsolve((identity(len(index)) - into).tocsc(), use["qty_shipped"].to_numpy())
    return use.rename(columns={"qty_shipped": "shipped"}).assign(units=np.atleast_1d(needed).clip(min=0.0))


def _items(
    now: Tables, before: Tables, start: pd.Timestamp, last: pd.Timestamp, use: pd.DataFrame
) -> list[pd.DataFrame]:
    """Items that are new or have ended, costs and prices that changed, ends of sale that were moved."""
    both = before["items"].merge(now["items"], on="item_id", how="outer", suffixes=("_old", ""), indicator=True)
    both = both.assign(key="item_id=" + both["item_id"], before="", after="")
    both = both.merge(use.reset_index(), on="item_id", how="left")
    ended, over = both["discontinue"] <= start, both["discontinue_old"] <= last
    kept = both["_merge"] == "both"
    new = both[(both["_merge"] == "right_only") & ~ended]
    gone = both[((both["_merge"] == "left_only") | (kept & ended)) & ~over]
    sold = before["sales"][before["sales"]["bucket"] >= last - YEAR].groupby("item_id")["revenue"].sum()
    end, end_old = (both[name].fillna(pd.Timestamp.max) for name in ("discontinue", "discontinue_old"))
    moved = both[kept & ~ended & (end != end_old)]
    sooner = np.where(end < end_old, -1.0, 1.0)[moved.index]
    return [
        new.assign(kind="new item", after=new["description"], money=new["revenue"].where(new["revenue"] != 0)),
        gone.assign(kind="ended item", before=gone["description_old"], money=-gone["item_id"].map(sold)),
        different(both[kept], "unit_cost", "unit cost", both["units"]),
        different(both[kept], "unit_price", "unit price", both["shipped"]),
        moved.assign(
            kind="end of sale",
            before=days(moved["discontinue_old"]),
            after=days(moved["discontinue"]),
            money=sooner * moved["revenue"],
        ),
    ]


def _bom(now: Tables, before: Tables, use: pd.DataFrame) -> pd.DataFrame:
    """Components that were added or dropped, or whose quantity changed, scrap included."""
    both = before["bom"].merge(now["bom"], on=["item_id", "component_id"], how="outer", suffixes=("_old", ""))
    old, new = both["qty_per_old"] * (1 + both["scrap_old"]), both["qty_per"] * (1 + both["scrap"])
    cost = pd.concat([now["items"], before["items"]]).drop_duplicates("item_id").set_index("item_id")["unit_cost"]
    worth = both["item_id"].map(use["units"]) * both["component_id"].map(cost)
    rows = both.assign(
        kind=np.select([old.isna(), new.isna()], ["component added", "component dropped"], "component quantity"),
        key="item_id=" + both["item_id"] + ", component_id=" + both["component_id"],
        before=figures(old),
        after=figures(new),
        money=(new.fillna(0.0) - old.fillna(0.0)) * worth,
    )
    return rows[differ(old, new)]


def _sources(now: Tables, before: Tables, use: pd.DataFrame, start: pd.Timestamp) -> list[pd.DataFrame]:
    """Sources that were added or dropped, and those whose lead time or cost changed."""
    both = before["sources"].merge(now["sources"], on=EDGE, how="outer", suffixes=("_old", ""), indicator=True)
    late = now["sales"][now["sales"]["bucket"] >= start - YEAR]
    there = late.groupby(EDGE[:2])["qty_shipped"].sum()
    sold = pd.Series(there.reindex(pd.MultiIndex.from_frame(both[EDGE[:2]])).to_numpy(), both.index)
    units = sold.where(sold > 0, both["item_id"].map(use["units"]))
    worth = (
        units / max(late["bucket"].nunique(), 1) * both["item_id"].map(now["items"].set_index("item_id")["unit_cost"])
    )
    how = both["method"] + (" from " + both["origin_id"]).where(both["origin_id"] != "", "")
    both = both.assign(key="item_id=" + both["item_id"] + ", location_id=" + both["location_id"] + ", " + how)
    kept, added = both["_merge"] == "both", both["_merge"] == "right_only"
    other = both.assign(
        kind=np.where(added, "source added", "source dropped"),
        before=how.where(~added, ""),
        after=how.where(added, ""),
        money=np.nan,
    )
    return [
        other[~kept],
        different(both[kept], "lead_time", "lead time", worth),
        different(both[kept], "unit_cost", "source cost", units),
    ]


def _capacity(now: Tables, before: Tables) -> list[pd.DataFrame]:
    """Hours that changed in buckets that both cycles know."""
    both = before["capacity"].merge(now["capacity"], on=["resource_id", "bucket"], suffixes=("_old", ""))
    both = both.assign(key="resource_id=" + both["resource_id"] + ", bucket=" + days(both["bucket"]))
    resources = now["resources"].set_index("resource_id")
    return [
        different(both, hours, hours.replace("_", " "), both["resource_id"].map(resources[cost]))
        for hours, cost in HOURS.items()
    ]
