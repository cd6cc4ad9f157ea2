"""Pegging: from a customer's delivery down to the hours and purchases in it, and from any of those up to the customers.

First in, first out: what came to an item-location first leaves it first. Pegging follows units through moves and bills
of material (Orlicky, Material Requirements Planning: pegged requirements; here full pegging, over all levels at once).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.supply.answers.flows import NODE, first_in_first_out, supplies_of, uses_of, yields
from sopbench.supply.network.demand_lines import LINE
from sopbench.supply.network.routed import routed

PEGGED = ("customers", "routings", "bom", "sources", "on_hand", "receipts")
"""The input tables that pegging takes beside the plan's."""

DEEPEST = 500
"""Levels followed; only what is moved round in a circle within one bucket would go further."""


@dataclass(frozen=True)
class Pegging:
    """A supply plan as lots that come in and what they end in, with who takes from whom.

    `supplies` are the lots (flows.supplies_of), `ends` what leaves for good: shipments by line and bucket, write-offs,
    stock at the end. `taken` (supplies × ends) is units taken directly; `into` (supplies × supplies) units of the row
    taken by one unit of the column, a lot made of it or moved. `takers` are the lots' uses as use, supply, into, share:
    the share of a use that the supply covers. `hours` are supply, resource_id and hours worked on it.
    """

    scenario: str
    buckets: pd.DatetimeIndex
    supplies: pd.DataFrame
    ends: pd.DataFrame
    taken: sp.csr_array
    into: sp.csr_array
    takers: pd.DataFrame
    hours: pd.DataFrame


def peg(
    *,
    customers: pd.DataFrame,
    routings: pd.DataFrame,
    bom: pd.DataFrame,
    sources: pd.DataFrame,
    on_hand: pd.DataFrame,
    receipts: pd.DataFrame,
    supply_plan: pd.DataFrame,
    sourcing_plan: pd.DataFrame,
    capacity_plan: pd.DataFrame,
    shipments: pd.DataFrame,
    allocation: str = "money",
) -> Pegging:
    """Match what comes in with what goes out, first in first out, in every item-location of one scenario's plan.

    Within a bucket, what comes in is used in the order on hand, receipts, made, bought, subcontracted, moved here; it
    goes to customers (by priority, or all alike where the plan's `allocation` is fair_share), into other items,
    elsewhere, is written off, and the rest stays. Hours of a resource in a bucket are its load in the capacity plan,
    shared among the lots started then by their routings (hours a unit started; set-up hours by lot, or spread over the
    smallest one). Raises PlanningError where several scenarios are handed in.
    """
    scenario = _one_scenario(supply_plan)
    buckets = pd.DatetimeIndex(supply_plan["bucket"].drop_duplicates().sort_values())
    shipped = _shipped(shipments, customers, buckets, alike=allocation == "fair_share")
    supplies = supplies_of(buckets, on_hand, receipts, sourcing_plan)
    uses = uses_of(len(buckets), supplies, shipped, bom, sources, supply_plan)
    pieces = first_in_first_out(supplies, uses)
    ends = uses[uses["into"] < 0].drop(columns="into").reset_index(names="use")
    end = pd.Series(ends.index, index=ends["use"])
    pieces = pieces.assign(into=uses["into"].to_numpy()[pieces["use"]])
    out, inside = pieces[pieces["into"] < 0], pieces[pieces["into"] >= 0]
    rows = len(supplies)
    taken = sp.csr_array((out["qty"], (out["supply"], end.loc[out["use"]])), shape=(rows, len(ends)))
    per_unit = inside["qty"].to_numpy() / supplies["qty"].to_numpy()[inside["into"]]
    into = sp.csr_array((per_unit, (inside["supply"], inside["into"])), shape=(rows, rows))
    share = inside["qty"].to_numpy() / uses["qty"].to_numpy()[inside["use"]]
    takers = inside.assign(share=share)[["use", "supply", "into", "share"]]
    hours = _hours(buckets, supplies, routings, sources, capacity_plan)
    return Pegging(scenario, buckets, supplies, ends.drop(columns="use"), taken, into, takers, hours)


def _shipped(shipments: pd.DataFrame, customers: pd.DataFrame, buckets: pd.DatetimeIndex, alike: bool) -> pd.DataFrame:
    """What leaves for customers: line, its priority (1 for one who is not known), position of the bucket and qty."""
    rows = shipments[shipments["shipped"] > 0]
    known = customers.set_index("customer_id")["priority"]
    priority = 1.0 if alike else rows["customer_id"].map(known).astype("float64").fillna(1.0)
    rows = rows.assign(priority=priority, position=buckets.get_indexer(rows["bucket"]), qty=rows["shipped"])
    return rows[[*LINE, "priority", "position", "qty"]].reset_index(drop=True)


def _one_scenario(supply_plan: pd.DataFrame) -> str:
    names = supply_plan["scenario"].unique()
    if len(names) != 1:
        mend = "hand in the rows of one scenario"
        said = ", ".join(names[:5])
        raise PlanningError(Problem("supply_plan", "scenario", said, "pegging follows one plan at a time", mend))
    return names[0]


def _hours(
    buckets: pd.DatetimeIndex,
    supplies: pd.DataFrame,
    routings: pd.DataFrame,
    sources: pd.DataFrame,
    capacity_plan: pd.DataFrame,
) -> pd.DataFrame:
    """Hours by lot and resource, adding up to the capacity plan's load of the bucket it starts in."""
    source = [*NODE, "method", "origin_id"]
    made = supplies[supplies["start"].notna()].reset_index(names="supply").assign(method=lambda rows: rows["kind"])
    made = routed(made[["supply", *source, "kind", "start", "qty", "set_ups"]], routings)
    made = made.merge(sources[[*source, "lot_min", "lot_multiple"]], on=source, how="left")
    lot = made[["lot_min", "lot_multiple"]].max(axis=1).fillna(1.0).clip(lower=1.0)
    begun = made["qty"] / yields(made, sources)
    hours = begun * made["hours_per_unit"] + made["setup_hours"] * made["set_ups"].fillna(begun / lot)
    made = made.assign(hours=hours, bucket=buckets[made["start"].astype(int)])
    made = made.merge(capacity_plan[["resource_id", "bucket", "load"]], on=["resource_id", "bucket"])
    standard = made.groupby(["resource_id", "bucket"])["hours"].transform("sum")
    made = made.assign(hours=made["hours"] * (made["load"] / standard.where(standard > 0)).fillna(0.0))
    return made.loc[made["hours"] > 0, ["supply", "resource_id", "hours"]].reset_index(drop=True)


def composed(pegging: Pegging) -> sp.csr_array:
    """Supplies × ends: units of each lot that end in each shipment, write-off and stock at the end, over all levels.

    Each row adds up to the lot: nothing that comes in is left out.
    """
    total = level = pegging.taken
    for _ in range(DEEPEST):
        level = pegging.into @ level
        level.data[level.data < 1e-12] = 0.0  # ever smaller shares of what is moved in a circle
        level.eliminate_zeros()
        if not level.nnz:
            break
        total = total + level
    return total.tocsr()


def peg_demand(
    pegging: Pegging,
    *,
    item_id: str | None = None,
    location_id: str | None = None,
    customer_id: str | None = None,
    bucket: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """What serves these shipments, level by level: the stock, receipts, purchases, makes, moves and hours in them.

    What is not given selects all. Gives level (0 = what is shipped itself; each move or making is one further),
    item_id, location_id, method (make, buy, subcontract, move, on hand, receipt), origin_id, receipt_id, resource_id,
    start_bucket, bucket (of arrival), amount and unit: "units", or "hours" in rows with a resource. Units of level 0
    add up to what is shipped. Raises PlanningError where nothing is shipped of what is asked for.
    """
    asked = {"item_id": item_id, "location_id": location_id, "customer_id": customer_id}
    chosen = pegging.ends["kind"] == "shipped"
    chosen &= _selected(pegging.ends, asked) & _on(pegging, pegging.ends["position"], bucket)
    _refuse_nothing(chosen, "demand_plan", {**asked, "bucket": bucket}, "the plan ships nothing of it")
    level = pegging.taken @ chosen.to_numpy(dtype=float)
    levels = []
    while level.any() and len(levels) < DEEPEST:
        found = np.flatnonzero(level > 1e-9)
        levels.append(pd.DataFrame({"supply": found, "level": len(levels), "amount": level[found]}))
        level = np.where(level > 1e-9, level, 0.0)
        level = pegging.into @ level
    units = pd.concat(levels, ignore_index=True).assign(unit="units", resource_id="")
    hours = units.drop(columns=["unit", "resource_id"]).merge(pegging.hours, on="supply")
    share = hours["amount"] / pegging.supplies["qty"].to_numpy()[hours["supply"]]
    hours = hours.assign(amount=share * hours["hours"], unit="hours")
    rows = pd.concat([units, hours], ignore_index=True)
    rows = rows.join(pegging.supplies[[*NODE, "kind", "origin_id", "receipt_id", "start", "position"]], on="supply")
    rows = rows.assign(
        method=rows["kind"],
        start_bucket=_dates(pegging, rows["start"]),
        bucket=_dates(pegging, rows["position"]),
    )
    key = ["level", *NODE, "method", "origin_id", "receipt_id", "resource_id", "start_bucket", "bucket"]
    return rows[[*key, "amount", "unit"]].sort_values([*key], ignore_index=True)


def peg_supply(
    pegging: Pegging,
    items: pd.DataFrame,
    *,
    resource_id: str | None = None,
    origin_id: str | None = None,
    receipt_id: str | None = None,
    item_id: str | None = None,
    location_id: str | None = None,
    start_bucket: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Whom these lots serve: what is made on a resource, comes from a supplier (or elsewhere) or with a receipt.

    `start_bucket` is the bucket in which they are started or ordered; what is not given selects all. Gives a row for
    each end they reach: kind (shipped, written off, stock at the end), item_id, location_id, customer_id, bucket,
    amount (hours of the resource, else units of the lots, that end there; they add up), qty (units of the end that hang
    on the lots) and revenue (qty at list price; 0 where nothing is shipped). A product hangs on its scarcest component:
    without 30 % of one component and 20 % of another it is 30 % short, and what hangs on two lots counts once. The
    greatest revenue comes first. Raises PlanningError where there is no such lot.
    """
    asked = {"origin_id": origin_id, "receipt_id": receipt_id, "item_id": item_id, "location_id": location_id}
    chosen = _selected(pegging.supplies, asked) & _on(pegging, pegging.supplies["start"], start_bucket)
    amount = pegging.supplies["qty"]
    if resource_id is not None:
        worked = pegging.hours[pegging.hours["resource_id"] == resource_id].groupby("supply")["hours"].sum()
        amount = worked.reindex(pegging.supplies.index, fill_value=0.0)
        chosen &= amount > 0
    asked = {"resource_id": resource_id, **asked, "start_bucket": start_bucket}
    _refuse_nothing(chosen, "sourcing_plan", asked, "the plan has no such lot")
    chosen, amount = chosen.to_numpy(), amount.where(chosen, 0.0).to_numpy()
    per_unit = 1 / pegging.supplies["qty"].to_numpy()
    ends = _carried(pegging, amount * per_unit)
    hanging = pegging.taken.T @ _hanging(pegging, chosen)
    found = (ends > 1e-9) | (hanging > 1e-9)
    rows = pegging.ends[found].drop(columns="qty")
    price = rows["item_id"].map(items.set_index("item_id")["unit_price"]).where(rows["kind"] == "shipped", 0.0)
    rows = rows.assign(
        bucket=_dates(pegging, rows["position"]), amount=ends[found], qty=hanging[found], revenue=hanging[found] * price
    )
    rows = rows.sort_values(["revenue", "kind", *NODE, "customer_id", "bucket"], ascending=[False] + [True] * 5)
    return rows[["kind", *NODE, "customer_id", "bucket", "amount", "qty", "revenue"]].reset_index(drop=True)


def hanging_on_receipts(
    pegging: Pegging, items: pd.DataFrame, receipts: pd.DataFrame, start: pd.Timestamp, most: int = 10
) -> pd.DataFrame:
    """What hangs on the receipts that are overdue, then on the dearest at standard cost: at most so many of them.

    Gives receipt_id, kind, item_id, location_id, due, qty, late (due before `start`), customers (how many it serves),
    first (the first bucket in which they are shipped to) and revenue; the greatest revenue first.
    """
    value = receipts["qty"] * receipts["item_id"].map(items.set_index("item_id")["unit_cost"])
    pegged = receipts["receipt_id"].isin(pegging.supplies["receipt_id"])
    ranked = receipts.assign(late=receipts["due"] < start, value=value)[pegged]
    ranked = ranked.sort_values(["late", "value", "receipt_id"], ascending=[False, False, True]).head(most)
    found = [peg_supply(pegging, items, receipt_id=name).assign(receipt_id=name) for name in ranked["receipt_id"]]
    columns = ["receipt_id", "kind", *NODE, "due", "qty", "late"]
    if not found:
        return ranked[columns].assign(customers=0, first=pd.NaT, revenue=0.0)
    shipped = pd.concat(found).query("kind == 'shipped'").groupby("receipt_id")
    sums = shipped.agg(customers=("customer_id", "nunique"), first=("bucket", "min"), revenue=("revenue", "sum"))
    rows = ranked[columns].merge(sums, on="receipt_id", how="left").fillna({"customers": 0, "revenue": 0.0})
    rows = rows.astype({"customers": "int64"}).sort_values(["revenue", "receipt_id"], ascending=[False, True])
    return rows.reset_index(drop=True)


def pegging_table(pegging: Pegging) -> pd.DataFrame:
    """The contract table pegging: hours of every resource, money of every supplier, by what they end in.

    Hours add up to the capacity plan's load, money to the sourcing plan's cost of what is bought or subcontracted.
    """
    lots, ends = pegging.supplies, composed(pegging)
    per_unit = 1 / lots["qty"].to_numpy()
    hours = pegging.hours.rename(columns={"resource_id": "supply_id", "hours": "amount"})
    hours = hours.assign(supply_kind="resource", unit="hours", start=lots["start"].to_numpy()[hours["supply"]])
    bought = lots[lots["kind"].isin(["buy", "subcontract"])].reset_index(names="supply")
    bought = bought.assign(supply_kind="supplier", supply_id=bought["origin_id"], amount=bought["cost"], unit="money")
    keys = ["supply_kind", "supply_id", "unit", "start"]
    both = pd.concat([each[[*keys, "supply", "amount"]] for each in (hours, bought)])
    groups = both[keys].drop_duplicates().sort_values(keys, ignore_index=True)
    row = pd.MultiIndex.from_frame(groups).get_indexer(pd.MultiIndex.from_frame(both[keys]))
    weight = both["amount"].to_numpy() * per_unit[both["supply"]]
    found = (sp.csr_array((weight, (row, both["supply"])), shape=(len(groups), len(lots))) @ ends).tocoo()
    rows = pd.concat(
        [groups.iloc[found.row].reset_index(drop=True), pegging.ends.iloc[found.col].reset_index(drop=True)], axis=1
    )
    rows = rows.assign(
        scenario=pegging.scenario,
        start_bucket=_dates(pegging, rows["start"]),
        bucket=_dates(pegging, rows["position"]),
        end=rows["kind"],
        amount=found.data,
    )
    return checked(rows[table("pegging").names], table("pegging"))


def _carried(pegging: Pegging, per_unit: np.ndarray) -> np.ndarray:
    """What arrives at each end of an amount that sits on the lots, so much a unit of each."""
    ends = np.zeros(len(pegging.ends))
    for _ in range(DEEPEST):
        ends += pegging.taken.T @ per_unit
        per_unit = pegging.into.T @ per_unit
        if not (per_unit > 1e-15).any():
            break
    return ends


def _hanging(pegging: Pegging, chosen: np.ndarray) -> np.ndarray:
    """The share of every lot that could not be without the chosen ones: all of these, of others by their scarcest use.

    A use (a component of a lot, or a move) is short by the shares of the supplies that cover it.
    """
    takers = pegging.takers
    uses, use = np.unique(takers["use"], return_inverse=True)
    into = np.zeros(len(uses), dtype=int)
    into[use] = takers["into"]
    covers = sp.csr_array((takers["share"], (use, takers["supply"])), shape=(len(uses), len(chosen)))
    share = chosen.astype(float)
    for _ in range(DEEPEST):
        before = share.copy()
        np.maximum.at(share, into, np.minimum(covers @ before, 1.0))
        if np.abs(share - before).max(initial=0.0) < 1e-12:
            break
    return share


def _selected(frame: pd.DataFrame, asked: dict[str, str | None]) -> pd.Series:
    chosen = pd.Series(True, index=frame.index)
    for column, value in asked.items():
        if value is not None:
            chosen &= frame[column] == value
    return chosen


def _on(pegging: Pegging, position: pd.Series, bucket: pd.Timestamp | None) -> pd.Series:
    if bucket is None:
        return pd.Series(True, index=position.index)
    return position == pegging.buckets.get_indexer([bucket])[0]


def _refuse_nothing(chosen: pd.Series, name: str, asked: dict[str, object], message: str) -> None:
    if not chosen.any():
        said = {key: f"{each:%Y-%m-%d}" if isinstance(each, pd.Timestamp) else each for key, each in asked.items()}
        key = ", ".join(f"{column}={value}" for column, value in said.items() if value is not None)
        raise PlanningError(Problem(name, key, "", message, "ask for one that is in the plan, or for less at once"))


def _dates(pegging: Pegging, position: pd.Series) -> pd.Series:
    """The bucket at each position; empty where there is none."""
    known = position.notna()
    dates = pegging.buckets[position.fillna(0).astype(int)]
    return pd.Series(dates, index=position.index).where(known)
