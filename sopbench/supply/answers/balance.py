"""Checks a supply plan against the rules it must obey, from the tables alone and apart from the model that made it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sopbench.supply.network.demand_lines import positions

CHECKED = (
    "calendar", "resources", "capacity", "routings", "bom", "sources", "on_hand", "open_orders", "receipts",
    "demand_plan",
)  # fmt: skip
"""The input tables a plan is checked against."""

NODE = ["item_id", "location_id"]
SOURCE = [*NODE, "method", "origin_id"]
ARRIVALS = ["make", "buy", "subcontract", "move_in"]


def check_balances(
    *,
    calendar: pd.DataFrame,
    resources: pd.DataFrame,
    capacity: pd.DataFrame,
    routings: pd.DataFrame,
    bom: pd.DataFrame,
    sources: pd.DataFrame,
    on_hand: pd.DataFrame,
    open_orders: pd.DataFrame,
    receipts: pd.DataFrame,
    demand_plan: pd.DataFrame,
    supply_plan: pd.DataFrame,
    sourcing_plan: pd.DataFrame,
    capacity_plan: pd.DataFrame,
    shipments: pd.DataFrame,
    shortages: pd.DataFrame,
    costs: pd.DataFrame,
    broken_limits: pd.DataFrame,
    solution: pd.DataFrame,
    without: Sequence[str] = (),
) -> pd.DataFrame:
    """The largest violation of every rule, for one scenario's plan and the inputs it was made from.

    `without` names the limits (see sopbench.params.LIMITS) that the plan was made without.

    Gives columns rule, meaning, violation (share of the greatest value in the row's balance, or of 1 where that is
    less) and where (the row's key; empty where nothing is violated). A sound plan keeps every violation below 1e-6.
    """
    buckets = pd.DatetimeIndex(supply_plan["bucket"].drop_duplicates().sort_values())
    plan = supply_plan.sort_values([*NODE, "bucket"]).set_index([*NODE, "bucket"])
    orders = _orders(open_orders, demand_plan, buckets)
    started = sourcing_plan.drop(columns="bucket").rename(columns={"start_bucket": "bucket"})
    started = started.merge(sources[[*SOURCE, "yield_share"]], on=SOURCE)
    hours = _hours(started, sources, routings)
    given = _given_hours(capacity_plan, capacity, resources, calendar)
    rows = [
        ("stock", "stock before + arrivals - use - shipments = stock", *_stock(plan, on_hand)),
        ("backlog", "owed before + demand - shipped - lost = owed", *_backlog(plan, orders)),
        ("demand", "demand = the greater of consensus and open orders", *_demand(plan, orders)),
        ("customers", "what each customer gets adds up to what is shipped", *_customers(plan, shipments)),
        ("receipts", "receipts under way arrive", *_receipts(plan, receipts, buckets)),
        ("sources", "arrivals = what the sources bring", *_arrivals(plan, sourcing_plan)),
        ("components", "component use = bill of material × what is made", *_components(plan, started, bom)),
        ("moves", "what is sent = what arrives elsewhere, a lead time later", *_moves(plan, started)),
        ("lead time", "every start lies a lead time before its arrival", *_starts(sourcing_plan, sources, buckets)),
        ("source limit", "no source brings more than qty_max", *_limits(sourcing_plan, sources, without)),
        ("hours", "load = hours of what is started", *_load(capacity_plan, hours)),
        ("capacity", "load fits into regular time and overtime", *_capacity(capacity_plan, given, without)),
        ("people", "people = people before + hired - laid off", *_people(capacity_plan, resources)),
        ("lost sales", "shortages list every unit lost", *_lost(plan, shortages)),
        ("cost of sources", "cost lines = cost in the sourcing plan", *_source_costs(costs, sourcing_plan)),
        ("cost of hours", "cost lines = hours worked × their cost", *_hour_costs(costs, capacity_plan, resources)),
        (
            "cost of people",
            "cost lines = wages, hiring and laying off",
            *_people_costs(costs, capacity_plan, resources),
        ),
        ("broken limits", "cost lines = cost of the limits listed as broken", *_broken(costs, broken_limits)),
        ("objective", "cost lines add up to the objective", *_objective(costs, solution)),
    ]
    return pd.DataFrame(rows, columns=["rule", "meaning", "violation", "where"])


def _largest(left: pd.Series, right: pd.Series, scale: pd.Series | float = 0.0) -> tuple[float, str]:
    """The greatest difference of two sides of a balance as a share of its greatest value, and where it is."""
    left, right = left.align(right, fill_value=0.0)
    least = scale.reindex(left.index).fillna(0.0) if isinstance(scale, pd.Series) else scale
    size = np.maximum(np.maximum(left.abs(), right.abs()), np.maximum(least, 1.0))
    violation = (left - right).abs() / size
    if violation.empty or violation.max() == 0:
        return 0.0, ""
    key = violation.idxmax()
    return float(violation.max()), ", ".join(str(part).removesuffix(" 00:00:00") for part in np.atleast_1d(key))


def _stock(plan: pd.DataFrame, on_hand: pd.DataFrame) -> tuple[float, str]:
    opening = on_hand.groupby(NODE)["qty"].sum()
    before = plan.groupby(level=NODE)["stock"].shift()
    first = before.isna()
    start = pd.MultiIndex.from_frame(plan.index.to_frame(index=False)[NODE])
    before = before.where(~first, opening.reindex(start).fillna(0.0).to_numpy())
    coming = before + plan[[*ARRIVALS, "receipts"]].sum(axis=1)
    leaving = plan[["component_use", "move_out", "shipped", "written_off"]].sum(axis=1)
    return _largest(coming - leaving, plan["stock"], scale=coming)


def _orders(open_orders: pd.DataFrame, demand_plan: pd.DataFrame, buckets: pd.DatetimeIndex) -> pd.Series:
    """Units wanted by item, location and bucket position: line by line the greater of plan and orders; -1 = overdue."""
    line = [*NODE, "customer_id", "position"]
    ordered = open_orders.assign(position=positions(open_orders["due"], buckets)).groupby(line)["qty"].sum()
    planned = demand_plan.assign(position=positions(demand_plan["bucket"], buckets)).groupby(line)["consensus"].sum()
    wanted = pd.concat([ordered, planned], axis=1).max(axis=1)
    wanted = wanted.groupby(level=[*NODE, "position"]).sum()
    return wanted[wanted.index.get_level_values("position") < len(buckets)]


def _by_bucket(units: pd.Series, plan: pd.DataFrame) -> pd.Series:
    """Units by item, location and bucket position, keyed by bucket."""
    buckets = plan.index.get_level_values("bucket").unique().sort_values()
    rows = units.rename("units").reset_index()
    rows = rows[rows["position"] >= 0]
    return rows.assign(bucket=buckets[rows["position"]]).set_index([*NODE, "bucket"])["units"]


def _demand(plan: pd.DataFrame, orders: pd.Series) -> tuple[float, str]:
    return _largest(plan["demand"], _by_bucket(orders, plan))


def _customers(plan: pd.DataFrame, shipments: pd.DataFrame) -> tuple[float, str]:
    return _largest(plan["shipped"], shipments.groupby([*NODE, "bucket"])["shipped"].sum())


def _backlog(plan: pd.DataFrame, orders: pd.Series) -> tuple[float, str]:
    overdue = orders[orders.index.get_level_values("position") == -1].droplevel("position")
    before = plan.groupby(level=NODE)["backlog"].shift()
    first = before.isna()
    start = pd.MultiIndex.from_frame(plan.index.to_frame(index=False)[NODE])
    before = before.where(~first, overdue.reindex(start).fillna(0.0).to_numpy())
    owed = before + plan["demand"]
    return _largest(owed - plan["shipped"] - plan["lost"], plan["backlog"], scale=owed)


def _receipts(plan: pd.DataFrame, receipts: pd.DataFrame, buckets: pd.DatetimeIndex) -> tuple[float, str]:
    due = receipts.assign(position=positions(receipts["due"], buckets).clip(lower=0))
    due = due[due["position"] < len(buckets)].groupby([*NODE, "position"])["qty"].sum()
    return _largest(plan["receipts"], _by_bucket(due, plan))


def _arrivals(plan: pd.DataFrame, sourcing_plan: pd.DataFrame) -> tuple[float, str]:
    kinds = {"make": "make", "buy": "buy", "subcontract": "subcontract", "move": "move_in"}
    brought = sourcing_plan.assign(kind=sourcing_plan["method"].map(kinds))
    brought = brought.groupby([*NODE, "bucket", "kind"])["qty"].sum()
    arrived = plan[ARRIVALS].melt(ignore_index=False, var_name="kind", value_name="units")
    arrived = arrived.set_index("kind", append=True)["units"]
    return _largest(arrived, brought)


def _components(plan: pd.DataFrame, started: pd.DataFrame, bom: pd.DataFrame) -> tuple[float, str]:
    made = started[started["method"] == "make"].merge(bom, on="item_id")
    used = made.assign(units=made["qty"] * made["qty_per"] * (1 + made["scrap"]) / made["yield_share"])
    used = used.drop(columns="item_id").rename(columns={"component_id": "item_id"})
    return _largest(plan["component_use"], used.groupby([*NODE, "bucket"])["units"].sum())


def _moves(plan: pd.DataFrame, started: pd.DataFrame) -> tuple[float, str]:
    sent = started[started["method"] == "move"].drop(columns="location_id")
    sent = sent.assign(qty=sent["qty"] / sent["yield_share"])
    sent = sent.rename(columns={"origin_id": "location_id"}).groupby([*NODE, "bucket"])["qty"].sum()
    return _largest(plan["move_out"], sent)


def _starts(sourcing_plan: pd.DataFrame, sources: pd.DataFrame, buckets: pd.DatetimeIndex) -> tuple[float, str]:
    """Buckets between start and arrival against the lead time; a start before the first bucket has no position."""
    key = [*NODE, "method", "origin_id"]
    rows = sourcing_plan.merge(sources[[*key, "lead_time"]], on=key, how="left")
    rows = rows.assign(
        taken=buckets.get_indexer(rows["bucket"]) - buckets.get_indexer(rows["start_bucket"]),
        early=buckets.get_indexer(rows["start_bucket"]) < 0,
    ).set_index([*key, "bucket"])
    return _largest((rows["taken"] + rows["early"]).astype(float), rows["lead_time"].astype(float))


def _limits(sourcing_plan: pd.DataFrame, sources: pd.DataFrame, without: Sequence[str]) -> tuple[float, str]:
    if "source_limits" in without:
        return 0.0, ""
    key = [*NODE, "method", "origin_id"]
    rows = sourcing_plan.merge(sources[[*key, "qty_max"]], on=key, how="left").set_index([*key, "bucket"])
    return _largest(rows["qty"], rows[["qty", "qty_max"]].min(axis=1))


def _hours(started: pd.DataFrame, sources: pd.DataFrame, routings: pd.DataFrame) -> pd.Series:
    """Hours by resource and bucket: hours a unit, and a set-up's, once a lot or spread over the smallest lot."""
    said = routings.rename(columns={"origin_id": "of_origin"})
    made = started.merge(said, on=[*NODE, "method"]).merge(sources[[*SOURCE, "lot_min", "lot_multiple"]], on=SOURCE)
    made = made[(made["of_origin"] == "") | (made["of_origin"] == made["origin_id"])]
    lot = made[["lot_min", "lot_multiple"]].max(axis=1).clip(lower=1.0)
    begun = made["qty"] / made["yield_share"]
    set_ups = made["set_ups"].where(made["set_ups"].notna(), begun / lot)
    made = made.assign(hours=begun * made["hours_per_unit"] + set_ups * made["setup_hours"])
    return made.groupby(["resource_id", "bucket"])["hours"].sum()


def _load(capacity_plan: pd.DataFrame, hours: pd.Series) -> tuple[float, str]:
    return _largest(capacity_plan.set_index(["resource_id", "bucket"])["load"], hours)


def _given_hours(
    capacity_plan: pd.DataFrame, capacity: pd.DataFrame, resources: pd.DataFrame, calendar: pd.DataFrame
) -> pd.DataFrame:
    """Hours there are by resource and bucket: the capacity table's, or those of the people where they are planned or
    no row of it speaks of the resource.
    """
    key = ["resource_id", "bucket"]
    rows = capacity_plan[[*key, "headcount"]].merge(resources.drop(columns="headcount"), on="resource_id", how="left")
    there = rows["resource_id"].map(resources.set_index("resource_id")["headcount"])
    silent = ~rows["resource_id"].isin(capacity.loc[capacity["bucket"].isin(rows["bucket"]), "resource_id"])
    a_day = rows["hours_per_day"] * rows["bucket"].map(calendar.set_index("bucket")["working_days"])
    hours = rows["hours_per_head"].fillna(a_day)
    heads = rows["headcount"].fillna(there.where(silent & hours.notna()))
    table = capacity.set_index(key).reindex(pd.MultiIndex.from_frame(rows[key])).fillna(0.0)
    by_people = heads.notna().to_numpy()
    regular = np.where(by_people, heads * hours, table["regular_hours"])
    overtime = np.where(by_people, heads * rows["overtime_per_head"].fillna(0.0), table["overtime_hours"])
    return pd.DataFrame({"regular_hours": regular, "overtime_hours": overtime}, index=table.index)


def _capacity(capacity_plan: pd.DataFrame, given: pd.DataFrame, without: Sequence[str]) -> tuple[float, str]:
    """Load = regular + overtime, and neither above what there is."""
    worked = capacity_plan.set_index(["resource_id", "bucket"])
    given = given.reindex(worked.index)
    over = np.maximum(worked["regular"] - given["regular_hours"], worked["overtime"] - given["overtime_hours"])
    over = over * 0.0 if "capacity" in without else over
    unplaced = (worked["load"] - worked["regular"] - worked["overtime"]).abs()
    return _largest(np.maximum(over, unplaced).clip(lower=0.0), over * 0.0, scale=worked["load"])


def _people(capacity_plan: pd.DataFrame, resources: pd.DataFrame) -> tuple[float, str]:
    rows = capacity_plan[capacity_plan["headcount"].notna()].sort_values(["resource_id", "bucket"])
    start = rows["resource_id"].map(resources.set_index("resource_id")["headcount"])
    before = rows.groupby("resource_id")["headcount"].shift().fillna(start)
    rows = rows.assign(expected=before + rows["hired"] - rows["laid_off"]).set_index(["resource_id", "bucket"])
    return _largest(rows["headcount"], rows["expected"])


def _lost(plan: pd.DataFrame, shortages: pd.DataFrame) -> tuple[float, str]:
    return _largest(plan["lost"], shortages.groupby([*NODE, "bucket"])["lost"].sum(), scale=plan["demand"])


def _source_costs(costs: pd.DataFrame, sourcing_plan: pd.DataFrame) -> tuple[float, str]:
    lines = {"make": "production", "buy": "purchase", "subcontract": "subcontracting", "move": "transport"}
    paid = sourcing_plan.assign(line=sourcing_plan["method"].map(lines)).groupby(["line", "bucket"])["cost"].sum()
    booked = costs[costs["line"].isin(lines.values())].groupby(["line", "bucket"])["value"].sum()
    return _largest(booked, paid)


def _hour_costs(costs: pd.DataFrame, capacity_plan: pd.DataFrame, resources: pd.DataFrame) -> tuple[float, str]:
    rates = resources.set_index("resource_id")[["cost_regular", "cost_overtime", "kind"]]
    worked = capacity_plan.join(rates, on="resource_id").fillna({"cost_regular": 0.0, "cost_overtime": 0.0})
    by_hour = worked["cost_regular"].where(worked["headcount"].isna(), 0.0)  # planned people are paid by the bucket
    level = (costs["line"] == "level_hours").any()  # what is there is paid, worked or not
    even = ~worked["kind"].isin(["supplier", "lane"]) & level
    paid = worked[["bucket"]].assign(
        regular_hours=(worked["regular"] * by_hour).where(~even, 0.0),
        level_hours=(worked["regular_available"] * by_hour).where(even, 0.0),
        overtime_hours=worked["overtime"] * worked["cost_overtime"],
    )
    return _by_line(costs, paid)


def _people_costs(costs: pd.DataFrame, capacity_plan: pd.DataFrame, resources: pd.DataFrame) -> tuple[float, str]:
    rates = resources.set_index("resource_id")[["cost_regular", "cost_hire", "cost_layoff", "wage"]]
    rows = capacity_plan[capacity_plan["headcount"].notna()].join(rates, on="resource_id")
    wages = (rows["headcount"] * rows["wage"]).fillna(rows["regular_available"] * rows["cost_regular"])
    paid = rows[["bucket"]].assign(
        wages=wages,
        hiring=rows["hired"] * rows["cost_hire"].fillna(0.0),
        lay_off=rows["laid_off"] * rows["cost_layoff"].fillna(0.0),
    )
    return _by_line(costs, paid)


def _by_line(costs: pd.DataFrame, paid: pd.DataFrame) -> tuple[float, str]:
    """Cost lines, by line and bucket, against the columns of `paid`."""
    lines = [name for name in paid.columns if name != "bucket"]
    expected = paid.melt("bucket", var_name="line").groupby(["line", "bucket"])["value"].sum()
    return _largest(costs[costs["line"].isin(lines)].groupby(["line", "bucket"])["value"].sum(), expected)


def _broken(costs: pd.DataFrame, broken_limits: pd.DataFrame) -> tuple[float, str]:
    lines = {"frozen plan": "frozen_plan", "source share": "source_share", "promise": "broken_promises"}
    listed = broken_limits.groupby([broken_limits["limit"].map(lines), "bucket"])["cost"].sum()
    booked = costs[costs["line"].isin(lines.values())].groupby(["line", "bucket"])["value"].sum()
    return _largest(booked, listed.rename_axis(index=["line", "bucket"]))


def _objective(costs: pd.DataFrame, solution: pd.DataFrame) -> tuple[float, str]:
    return _largest(costs.groupby("scenario")["value"].sum(), solution.set_index("scenario")["objective"])
