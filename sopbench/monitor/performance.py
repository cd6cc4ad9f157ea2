"""What happened against what was planned: service, stock, turns, production and money by month."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.past import in_force, list_value

ALL = "all"
"""The key of the level total."""


def performance(
    service_target: float,
    attainment_target: float,
    start: pd.Timestamp,
    buckets_a_year: int = 12,
    *,
    supply_plans: pd.DataFrame,
    financial_plans: pd.DataFrame,
    on_hands: pd.DataFrame,
    items: pd.DataFrame,
    routings: pd.DataFrame,
    sources: pd.DataFrame,
    sales: pd.DataFrame,
    production: pd.DataFrame,
    budget: pd.DataFrame,
) -> pd.DataFrame:
    """Measure the buckets from the first earlier cycle until `start` against their plans; contract table kpis.

    `supply_plans`, `financial_plans` and `on_hands` hold the earlier cycles' tables with a column `cycle` (`on_hands`
    this cycle's too: stock at its start is what the bucket before ended with). The plan a bucket is held against is
    the latest one made for it. Level total has key "all"; families have their name, resources their id.

    - demand: orders at list price; target: what the plan expected.
    - service: orders shipped in their bucket, at list price, over all orders; target: `service_target`. Shipments
      beyond what the bucket's customers ordered (old backlog) do not count (Silver, Pyke & Thomas, Inventory and
      Production Management in Supply Chains, 4th ed., ch. 6: fill rate).
    - production: units made at standard cost; target: planned output (made plus manufacturing already under way).
    - attainment: output that was planned and made over planned output, at standard cost, for resources in hours;
      making more of one item does not make up for another (schedule attainment); target: `attainment_target`.
    - stock: stock at the end of the bucket at standard cost; target: planned stock.
    - turns: shipments a year at standard cost over average stock of the bucket's start and end (Chopra & Meindl,
      Supply Chain Management, ch. 3: inventory turns); target: the same from the plan.
    - revenue: money invoiced; target: planned revenue. revenue_to_budget: the same; target: the budget's.
    """
    if supply_plans.empty:
        return table("kpis").empty()
    buckets = pd.Series(pd.Index(supply_plans["bucket"]).union([start]).unique())
    before = pd.Series(buckets.shift(1).to_numpy(), index=buckets)
    plan = in_force(supply_plans[supply_plans["bucket"] < start])
    money = in_force(financial_plans[financial_plans["bucket"] < start])
    measured = plan["bucket"].unique()
    sold = sales[sales["bucket"].isin(measured)]
    made = production[production["bucket"].isin(measured)]
    output = _output(plan, made, sources)
    parts = [
        *_service(plan, sold, items, service_target),
        *_production(output, items, attainment_target),
        _resources(output, routings, attainment_target),
        *_inventory(plan, sold, on_hands, items, before, buckets_a_year),
        *_revenue(money, sold, items, budget),
    ]
    rows = pd.concat(parts, ignore_index=True)
    nothing = rows["value"].isna() | (rows["value"].eq(0) & rows["target"].eq(0))
    return checked(rows[~nothing], table("kpis"))


def _service(plan: pd.DataFrame, sold: pd.DataFrame, items: pd.DataFrame, target: float) -> list[pd.DataFrame]:
    price = list_value(items)
    expected = _levels(_valued(plan, items, price, target="demand"), "demand")
    ordered = sold.assign(
        ordered=sold["qty_ordered"].clip(lower=0),
        served=sold[["qty_ordered", "qty_shipped"]].min(axis=1).clip(lower=0),
    )
    came = _levels(_valued(ordered, items, price, value="served", target="ordered"), "service")
    demand = expected.merge(came, on=["level", "key", "bucket"], how="outer", suffixes=("", "_came"))
    share = came["value"] / came["target"].where(came["target"] > 0)
    return [
        demand.assign(kpi="demand", value=demand["target_came"].fillna(0.0))[expected.columns],
        came.assign(value=share, target=target),
    ]


def _output(plan: pd.DataFrame, made: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Planned and actual output of each item, location and bucket, in units, and what of both agrees."""
    keys = ["item_id", "location_id", "bucket"]
    makers = sources.loc[sources["method"] == "make", ["item_id", "location_id"]].drop_duplicates()
    planned = plan.merge(makers, on=["item_id", "location_id"])
    planned = planned.assign(planned=planned["make"] + planned["receipts"])[[*keys, "planned"]]
    actual = made.groupby(keys, as_index=False)["qty"].sum().rename(columns={"qty": "made"})
    both = planned.merge(actual, on=keys, how="outer").fillna({"planned": 0.0, "made": 0.0})
    return both.assign(attained=both[["planned", "made"]].min(axis=1))


def _production(output: pd.DataFrame, items: pd.DataFrame, target: float) -> list[pd.DataFrame]:
    cost = items.set_index("item_id")["unit_cost"]
    made = _levels(_valued(output, items, cost, value="made", target="planned"), "production")
    agreed = _levels(_valued(output, items, cost, value="attained", target="planned"), "attainment")
    share = agreed["value"] / agreed["target"].where(agreed["target"] > 0)
    return [made, agreed.assign(value=share, target=target)]


def _resources(output: pd.DataFrame, routings: pd.DataFrame, target: float) -> pd.DataFrame:
    making = routings[routings["method"] == "make"] if "method" in routings else routings
    loads = output.merge(making, on=["item_id", "location_id"])
    hours = loads.assign(
        planned=loads["planned"] * loads["hours_per_unit"], attained=loads["attained"] * loads["hours_per_unit"]
    )
    sums = hours.groupby(["resource_id", "bucket"], as_index=False)[["planned", "attained"]].sum()
    share = sums["attained"] / sums["planned"].where(sums["planned"] > 0)
    rows = sums.rename(columns={"resource_id": "key"})[["key", "bucket"]]
    return rows.assign(kpi="attainment", level="resource", value=share, target=target)


def _inventory(
    plan: pd.DataFrame,
    sold: pd.DataFrame,
    on_hands: pd.DataFrame,
    items: pd.DataFrame,
    before: pd.Series,
    buckets_a_year: int,
) -> list[pd.DataFrame]:
    """Stock and turns of the buckets at whose end a count is known; turns only where it is known at the start too."""
    cost = items.set_index("item_id")["unit_cost"]
    keys = ["level", "key", "bucket"]
    counted = _levels(_valued(on_hands.assign(bucket=on_hands["cycle"]), items, cost, value="qty"), "stock")
    planned = _levels(_valued(plan, items, cost, value="shipped", target="stock"), "stock")
    shipped = _levels(_valued(sold, items, cost, value="qty_shipped"), "stock")
    opening = counted.set_index(keys)["value"]
    closing = counted.assign(bucket=counted["bucket"].map(before)).set_index(keys)["value"]
    rows = planned[planned["bucket"].isin(closing.index.get_level_values("bucket"))]
    places = pd.MultiIndex.from_frame(rows[keys])
    opened = rows["bucket"].isin(opening.index.get_level_values("bucket"))
    at_start = pd.Series(opening.reindex(places, fill_value=0.0).to_numpy(), rows.index).where(opened)
    at_end = pd.Series(closing.reindex(places, fill_value=0.0).to_numpy(), rows.index)
    went = pd.Series(shipped.set_index(keys)["value"].reindex(places, fill_value=0.0).to_numpy(), rows.index)
    real = buckets_a_year * went / _positive((at_start + at_end) / 2)
    meant = buckets_a_year * rows["value"] / _positive((at_start + rows["target"]) / 2)
    return [rows.assign(value=at_end), rows.assign(kpi="turns", value=real, target=meant)]


def _revenue(money: pd.DataFrame, sold: pd.DataFrame, items: pd.DataFrame, budget: pd.DataFrame) -> list[pd.DataFrame]:
    keys = ["level", "key", "bucket"]
    invoiced = _levels(_valued(sold, items, value="revenue"), "revenue").drop(columns="target")
    planned = money[money["line"] == "revenue"].assign(target=money["value"])
    latest = budget.sort_values(["as_of", "version"], na_position="first").drop_duplicates(
        ["family", "bucket"], keep="last"
    )
    latest = latest.assign(target=latest["revenue"])
    targets = {"revenue": planned, "revenue_to_budget": latest[latest["bucket"].isin(sold["bucket"])]}
    rows = []
    for kpi, said in targets.items():
        target = _levels(said.assign(value=0.0), kpi)[[*keys, "target"]]
        rows.append(invoiced.merge(target, on=keys, how="outer").assign(kpi=kpi).fillna({"value": 0.0}))
    return rows if len(latest) else rows[:1]


def _valued(
    frame: pd.DataFrame,
    items: pd.DataFrame,
    worth: pd.Series | None = None,
    value: str | None = None,
    target: str | None = None,
) -> pd.DataFrame:
    """Two columns of a frame as money (or as they are) named value and target, with family and bucket."""
    factor = frame["item_id"].map(worth) if worth is not None else 1.0
    said = {name: frame[column] * factor if column else 0.0 for name, column in (("value", value), ("target", target))}
    family = frame["item_id"].map(items.set_index("item_id")["family"])
    return pd.DataFrame({"family": family, "bucket": frame["bucket"], **said})


def _levels(rows: pd.DataFrame, kpi: str) -> pd.DataFrame:
    """The rows summed by bucket over everything and by family, as rows of the kpis table."""
    families = rows.groupby(["family", "bucket"], as_index=False)[["value", "target"]].sum()
    total = families.groupby("bucket", as_index=False)[["value", "target"]].sum().assign(level="total", key=ALL)
    families = families.rename(columns={"family": "key"}).assign(level="family")
    return pd.concat([total, families], ignore_index=True).assign(kpi=kpi)[table("kpis").names]


def _positive(values: pd.Series) -> pd.Series:
    return values.where(values > 0)
