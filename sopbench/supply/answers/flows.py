"""What comes in and what goes out of every item-location of a supply plan, in the order in which it is pegged."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.supply.network.demand_lines import positions

NODE = ["item_id", "location_id"]

COMES = ("on hand", "receipt", "make", "buy", "subcontract", "move")
"""What comes in within a bucket, in the order in which it is used."""

LEAVES = ("shipped", "component", "move", "written off", "stock at the end")
"""What goes out within a bucket, in the order in which it takes what came in."""

NEGLIGIBLE = 1e-7
"""Units below which a row is the solver's rounding."""


def supplies_of(
    buckets: pd.DatetimeIndex, on_hand: pd.DataFrame, receipts: pd.DataFrame, sourcing_plan: pd.DataFrame
) -> pd.DataFrame:
    """Every lot that comes in: item_id, location_id, kind (COMES), origin_id, receipt_id, position, start, qty, cost.

    `set_ups` are the lots set up for, NaN where they are averaged; `position` is the bucket of arrival (an overdue
    receipt arrives in the first), `start` that in which it is started or ordered (NaN for what is on hand or under
    way); cost is the money of the sourcing plan. Sorted by item-location, bucket, kind, origin and receipt: the order
    in which they are used up.
    """
    opening = on_hand.assign(
        kind="on hand", origin_id="", receipt_id="", position=0, start=np.nan, cost=0.0, set_ups=np.nan
    )
    due = positions(receipts["due"], buckets).clip(lower=0)
    under_way = receipts.assign(kind="receipt", origin_id="", position=due, start=np.nan, cost=0.0, set_ups=np.nan)
    planned = sourcing_plan.assign(
        kind=sourcing_plan["method"],
        receipt_id="",
        position=buckets.get_indexer(sourcing_plan["bucket"]),
        start=buckets.get_indexer(sourcing_plan["start_bucket"]).astype(float),
    )
    columns = [*NODE, "kind", "origin_id", "receipt_id", "position", "start", "qty", "cost", "set_ups"]
    lots = pd.concat([each[columns] for each in (opening, under_way, planned)], ignore_index=True)
    lots = lots[(lots["qty"] > NEGLIGIBLE) & (lots["position"] < len(buckets))]
    rank = lots["kind"].map({kind: rank for rank, kind in enumerate(COMES)})
    return _in_order(lots.assign(rank=rank), ["origin_id", "receipt_id"])


def uses_of(
    horizon: int,
    supplies: pd.DataFrame,
    shipped: pd.DataFrame,
    bom: pd.DataFrame,
    sources: pd.DataFrame,
    supply_plan: pd.DataFrame,
) -> pd.DataFrame:
    """Everything that goes out: item_id, location_id, kind (LEAVES), customer_id, into, position, qty.

    `into` is the row of `supplies` that a component or a move goes into (-1: it leaves the network); both go out when
    that row starts, for all that is started (what arrives over the source's yield_share). The stock at the end is what
    is left of all that came in. Within a bucket and kind, customers take by priority, lots by the order of `supplies`.
    """
    lots = supplies.reset_index(names="into").assign(customer_id="", first=0.0)
    lots = lots.assign(qty=lots["qty"] / yields(lots, sources))
    made = lots[lots["kind"] == "make"].merge(bom, on="item_id")
    used = made.assign(kind="component", qty=made["qty"] * made["qty_per"] * (1 + made["scrap"]))
    used = used.assign(item_id=used["component_id"], position=used["start"])
    moved = lots[lots["kind"] == "move"]
    moved = moved.assign(location_id=moved["origin_id"], position=moved["start"])
    sold = shipped.assign(kind="shipped", into=-1, first=-shipped["priority"])
    buckets = supply_plan["bucket"].rank(method="dense").astype(int) - 1
    gone = supply_plan.assign(kind="written off", into=-1, position=buckets, customer_id="", first=0.0)
    gone = gone.drop(columns="qty", errors="ignore").rename(columns={"written_off": "qty"})
    columns = [*NODE, "kind", "customer_id", "into", "position", "first", "qty"]
    uses = pd.concat([each[columns] for each in (sold, used, moved, gone)], ignore_index=True)
    uses = uses[uses["qty"] > NEGLIGIBLE]
    left = supplies.groupby(NODE)["qty"].sum().sub(uses.groupby(NODE)["qty"].sum(), fill_value=0.0)
    left = left[left > NEGLIGIBLE].reset_index()
    left = left.assign(kind="stock at the end", customer_id="", into=-1, position=horizon - 1, first=0.0)
    uses = pd.concat([uses, left[columns]], ignore_index=True).astype({"position": int, "into": int})
    rank = uses["kind"].map({kind: rank for rank, kind in enumerate(LEAVES)})
    return _in_order(uses.assign(rank=rank), ["first", "customer_id", "into"]).drop(columns="first")


def yields(lots: pd.DataFrame, sources: pd.DataFrame) -> np.ndarray:
    """The share of what is started that arrives good, by lot; 1 where no source says."""
    key = [*NODE, "kind", "origin_id"]
    said = sources.rename(columns={"method": "kind"})[[*key, "yield_share"]]
    return lots[key].merge(said, on=key, how="left")["yield_share"].fillna(1.0).to_numpy()


def first_in_first_out(supplies: pd.DataFrame, uses: pd.DataFrame) -> pd.DataFrame:
    """Which use takes how much of which supply: use, supply (rows of the two tables) and qty.

    Both tables are in order by item-location; what came in first goes out first. Laid end to end, the supplies of an
    item-location and its uses are two ways to cut the same length, so every piece between two cuts has one of each.
    """
    places = pd.MultiIndex.from_frame(pd.concat([supplies[NODE], uses[NODE]]))
    codes = places.unique().sort_values().get_indexer(places)
    node_in, node_out = codes[: len(supplies)], codes[len(supplies) :]
    ends = [frame["qty"].groupby(node).cumsum() for frame, node in ((supplies, node_in), (uses, node_out))]
    end = np.concatenate([each.to_numpy() for each in ends])
    order = np.lexsort((end, codes))
    node, end, comes_in = codes[order], end[order], (order < len(supplies)).astype(int)
    begin = np.where(np.diff(node, prepend=-1) == 0, np.concatenate([[0.0], end[:-1]]), 0.0)
    supply = np.cumsum(comes_in) - comes_in
    use = np.cumsum(1 - comes_in) - (1 - comes_in)
    there = (end - begin > NEGLIGIBLE) & (supply < len(supplies)) & (use < len(uses))
    node, supply, use, qty = node[there], supply[there], use[there], (end - begin)[there]
    both = (node_in[supply] == node) & (node_out[use] == node)
    return pd.DataFrame({"use": use[both], "supply": supply[both], "qty": qty[both]})


def _in_order(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return rows.sort_values([*NODE, "position", "rank", *by], ignore_index=True).drop(columns="rank")
