"""The past as it was known: a bucket's tables, the orders that truly came, and where the company stood at first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.buckets import a_year_before
from sopbench.params import Supply
from sopbench.replay.world import LINE, NODE, SOURCE, State
from sopbench.supply.model.inputs import INPUTS, LaidOut, lay_out
from sopbench.supply.network.paths import requirements

Tables = dict[str, pd.DataFrame]

KINDS = {"PO": ("buy", "subcontract"), "MO": ("make",), "DO": ("move",)}
"""The methods by which what a receipt of each kind brings can have been started."""


def true_orders(sales: pd.DataFrame) -> pd.DataFrame:
    """The units truly ordered, by item, location, customer and bucket; returns are no orders.

    A customer who found the shelf empty and ordered nothing is not in them: no policy is rewarded for demand that was
    never written down.
    """
    rows = sales.assign(qty=sales["qty_ordered"].clip(lower=0.0))
    return rows.groupby([*LINE, "bucket"], as_index=False)["qty"].sum()


def net_prices(sales: pd.DataFrame) -> pd.Series:
    """Money a unit brought on average over all history, by item, location and customer; only where units were sold."""
    total = sales.groupby(LINE)[["revenue", "qty_shipped"]].sum()
    total = total[(total["qty_shipped"] > 0) & (total["revenue"] > 0)]
    return total["revenue"] / total["qty_shipped"]


def foreseen(orders: pd.DataFrame, buckets: pd.DatetimeIndex) -> pd.DataFrame:
    """The demand plan of one who knows every order to come (table demand_plan): no error, so no band.

    What lies beyond the orders known is what was ordered a year before, and a year before that.
    """
    lines = orders[LINE].drop_duplicates()
    rows = lines.merge(pd.DataFrame({"bucket": buckets}), how="cross")
    last = orders["bucket"].max()
    looked = pd.Series(buckets)
    known = pd.concat([orders["bucket"], looked])
    while (ahead := looked > last).any():
        looked = looked.where(~ahead, looked.map(a_year_before(looked[ahead], known)))
    rows["looked"] = rows["bucket"].map(dict(zip(buckets, looked, strict=True)))
    told = rows.merge(orders.rename(columns={"bucket": "looked"}), on=[*LINE, "looked"], how="left")
    units = told["qty"].fillna(0.0)
    same = dict.fromkeys(("statistical", "p10", "p50", "p90", "consensus"), units)
    return checked(rows.drop(columns="looked").assign(method="foresight", **same), table("demand_plan"))


def plannable(demand_plan: pd.DataFrame, known: Tables) -> pd.DataFrame:
    """The rows of a demand plan for items and places that were known then: nobody can supply what has no name yet."""
    items, locations = known["items"]["item_id"], known["locations"]["location_id"]
    return demand_plan[demand_plan["item_id"].isin(items) & demand_plan["location_id"].isin(locations)]


def opening_state(settings: Supply, tables: Tables, orders: pd.DataFrame, buckets: pd.DatetimeIndex) -> State:
    """Where the company stood at the start of the first of `buckets`; the same for every candidate.

    What `tables` counted then (on_hand, receipts, overdue open_orders), where anything was. Where no count reaches back
    so far the company starts in step with what it sold in the year before: everywhere what a bucket then needed is on
    the shelf, beside the safety stock the policies name, and what the buckets of the lead time needed is under way.
    Nothing is owed then. `orders` are those before the first bucket.
    """
    if len(tables["on_hand"]):
        return _counted(tables, buckets[0])
    lined = plannable(foreseen(orders, buckets), tables)
    given = {name: tables.get(name) for name in INPUTS}
    laid = lay_out(settings, **given | {"demand_plan": lined, "lead_time_demand": None})
    network, paths = laid.network, laid.paths
    needed = requirements(network, paths, laid.wanted)
    safety = network.nodes.merge(tables["policies"], on=NODE, how="left")["safety_stock"].fillna(0.0)
    on_hand = network.nodes[NODE].assign(qty=needed[:, 0] + safety.to_numpy())
    return State(on_hand[on_hand["qty"] > 0].reset_index(drop=True), _in_step(laid, needed), _nothing_owed())


def _in_step(laid: LaidOut, needed: np.ndarray) -> pd.DataFrame:
    """What is under way by the main sources: the needs of the buckets of their lead time."""
    edges, buckets = laid.network.edges, laid.network.buckets
    at = np.flatnonzero(laid.paths.main_edge >= 0)
    main = edges.iloc[laid.paths.main_edge[at]].reset_index(drop=True)
    due = np.arange(len(buckets)) < main["lead_time"].to_numpy()[:, None]
    row, bucket = np.nonzero(due & (needed[at] > 0))
    rows = main.loc[row, [*SOURCE, "unit_cost"]].reset_index(drop=True)
    rows = rows.assign(due=buckets[bucket], qty=needed[at][row, bucket])
    return rows.assign(cost=rows["qty"] * rows["unit_cost"])[[*SOURCE, "due", "qty", "cost"]]


def _counted(tables: Tables, start: pd.Timestamp) -> State:
    """The state as counted; a receipt costs what its cheapest source of that kind does."""
    receipts = tables["receipts"]
    methods = pd.DataFrame([(kind, method) for kind, names in KINDS.items() for method in names])
    methods.columns = ["kind", "method"]
    cheapest = tables["sources"].merge(methods, on="method").sort_values("unit_cost", kind="stable")
    cheapest = cheapest.drop_duplicates([*NODE, "kind"])[[*SOURCE, "kind", "unit_cost"]]
    rows = receipts[["kind", *NODE, "due", "qty"]].merge(cheapest, on=[*NODE, "kind"], how="left")
    rows["method"] = rows["method"].fillna(rows["kind"].map({kind: names[0] for kind, names in KINDS.items()}))
    rows = rows.assign(origin_id=rows["origin_id"].fillna(""), cost=rows["qty"] * rows["unit_cost"].fillna(0.0))
    orders = tables["open_orders"]
    owed = orders[orders["due"] < start].groupby(LINE, as_index=False)["qty"].sum()
    on_hand = tables["on_hand"].groupby(NODE, as_index=False)["qty"].sum()
    return State(on_hand, rows[[*SOURCE, "due", "qty", "cost"]], owed)


def _nothing_owed() -> pd.DataFrame:
    return table("open_orders").empty()[[*LINE, "qty"]]
