"""What happened against what was planned, bucket by bucket, each measure with its target and its trend."""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.past import in_force
from sopbench.monitor.arrivals import made_to_plan, output, purchases, resources
from sopbench.monitor.deliveries import deliveries, earned
from sopbench.monitor.inventory import inventory
from sopbench.monitor.levels import KEYS
from sopbench.monitor.limits import limit, refuse_unknown_families
from sopbench.monitor.nervousness import nervousness
from sopbench.params import Monitor

TARGETS = {
    "service": "service_target",
    "otif": "otif_target",
    "attainment": "attainment_target",
    "adherence": "adherence_target",
    "purchase_attainment": "purchase_target",
    "nervousness": "nervousness_limit",
}
"""Measures whose target is a parameter, and which one."""

TREND = 3
"""Buckets before, with whose mean a value is compared."""


def performance(
    settings: Monitor,
    start: pd.Timestamp,
    buckets_a_year: int = 12,
    *,
    supply_plans: pd.DataFrame,
    financial_plans: pd.DataFrame,
    on_hands: pd.DataFrame,
    receipts: pd.DataFrame,
    items: pd.DataFrame,
    routings: pd.DataFrame,
    sources: pd.DataFrame,
    sales: pd.DataFrame,
    production: pd.DataFrame,
    budget: pd.DataFrame,
) -> pd.DataFrame:
    """Measure the buckets from the first earlier cycle until `start` against their plans; contract table kpis.

    `supply_plans`, `financial_plans`, `on_hands` and `receipts` hold the earlier cycles' tables with a column `cycle`
    (the last two this cycle's too: what is counted at its start is how the bucket before ended). The plan a bucket is
    held against is the latest one made for it. Level total has key "all"; families have their name, resources their id.
    The measures are those of sopbench.contract.measures, their formulas and sources those of docs/6_monitor.md:

    - demand, service, otif, revenue, revenue_to_budget, gross_margin: see `deliveries` and `earned`.
    - production, attainment, adherence, purchases, purchase_attainment: see sopbench.monitor.arrivals.
    - stock, turns, cover, excess, obsolete: see `inventory`. plan_changes, nervousness: see `nervousness`.

    Targets are the plan's figures, or those of `settings`, a family's own where it has one. Trend is the value less
    the mean of up to three buckets before. PlanningError where `settings` has limits of a family that no item has.
    """
    refuse_unknown_families(settings, items)
    if supply_plans.empty:
        return table("kpis").empty()
    buckets = pd.Series(pd.Index(supply_plans["bucket"]).union([start]).unique())
    before = pd.Series(buckets.shift(1).to_numpy(), index=buckets)
    past = supply_plans[supply_plans["bucket"] < start]
    plan, money = in_force(past), in_force(financial_plans[financial_plans["bucket"] < start])
    sold = sales[sales["bucket"].isin(plan["bucket"])]
    of = output(plan, production[production["bucket"].isin(plan["bucket"])], sources)
    parts = [
        *deliveries(plan, sold, items),
        *earned(money, sold, items, budget),
        *made_to_plan(of, items),
        resources(of, routings),
        *purchases(receipts, before[before.index <= start], items),
        *inventory(plan, supply_plans, sold, on_hands, items, before, buckets_a_year, settings.excess_after),
        *nervousness(supply_plans, sources, items),
    ]
    rows = _with_targets(pd.concat([part for part in parts if len(part)], ignore_index=True), settings)
    nothing = rows["value"].isna() | (rows["value"].eq(0) & rows["target"].fillna(0.0).eq(0))
    return checked(_with_trend(rows[~nothing]), table("kpis"))


def _with_targets(rows: pd.DataFrame, settings: Monitor) -> pd.DataFrame:
    """The rows with the targets that are parameters; that of excess and obsolete together is a share of the stock."""
    rows = rows.copy()
    for kpi, name in TARGETS.items():
        of = rows["kpi"] == kpi
        rows.loc[of, "target"] = limit(settings, name, rows.loc[of, "key"])
    stock = rows[rows["kpi"] == "stock"].set_index(KEYS)["value"]
    of = rows["kpi"] == "excess"
    held = stock.reindex(pd.MultiIndex.from_frame(rows.loc[of, KEYS])).to_numpy()
    rows.loc[of, "target"] = limit(settings, "excess_limit", rows.loc[of, "key"]) * held
    return rows


def _with_trend(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their trend; a measure's buckets are those in which it has a value."""
    rows = rows.sort_values(["kpi", *KEYS], ignore_index=True)
    groups = rows.groupby(["kpi", "level", "key"])["value"]
    earlier = pd.concat([groups.shift(place) for place in range(1, TREND + 1)], axis=1)
    return rows.assign(trend=rows["value"] - earlier.mean(axis=1))
