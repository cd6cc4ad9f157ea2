"""What hours cost beyond standard: the premium of overtime, and wages paid for hours that nobody works."""

from __future__ import annotations

import pandas as pd

KEY = ["scenario", "family", "bucket"]
SCENARIO_BUCKET = ["scenario", "bucket"]
OUTSIDE = ("supplier", "lane")
"""Kinds of resources that are not ours: their hours are units or pallets, and nobody is paid for them by the hour."""


def overtime_premium(capacity_plan: pd.DataFrame, resources: pd.DataFrame, costs: pd.DataFrame) -> pd.Series:
    """The extra pay of overtime by scenario, family and bucket; by bucket it adds up over the resources exactly.

    Shared out like the supply plan's cost of overtime_hours. Takes resources (cost_regular, cost_overtime).
    """
    extra = (resources["cost_overtime"] - resources["cost_regular"]).clip(lower=0.0)
    extra = capacity_plan["resource_id"].map(extra.set_axis(resources["resource_id"]))
    return _shared(capacity_plan["overtime"] * extra, capacity_plan, costs, ("overtime_hours",))


def idle_wages(capacity_plan: pd.DataFrame, resources: pd.DataFrame, costs: pd.DataFrame) -> pd.Series:
    """Wages of regular hours paid and not worked, by scenario, family and bucket; nothing where hours are paid as used.

    Where the plan decides on people (headcount in capacity_plan) all their regular hours are paid: at the wage, or
    cost_regular an hour. In a level plan (costs has level_hours) all hours that are kept are, at cost_regular. Hours
    that are worked are in standard cost. Shared out to families like wages and level_hours of the supply plan.
    """
    by_id = resources.set_index("resource_id")
    rate, wage, kind = (capacity_plan["resource_id"].map(by_id[name]) for name in ("cost_regular", "wage", "kind"))
    paid = (capacity_plan["headcount"] * wage).fillna(capacity_plan["regular_available"] * rate)
    worked = capacity_plan["regular"] / capacity_plan["regular_available"].where(capacity_plan["regular_available"] > 0)
    level = costs.loc[costs["line"] == "level_hours", "scenario"].unique()
    kept = capacity_plan["scenario"].isin(level) & ~kind.isin(OUTSIDE)
    idle = (paid * (1 - worked.fillna(0.0).clip(upper=1.0))).where(capacity_plan["headcount"].notna() | kept, 0.0)
    return _shared(idle.fillna(0.0), capacity_plan, costs, ("wages", "level_hours"))


def _shared(money: pd.Series, capacity_plan: pd.DataFrame, costs: pd.DataFrame, lines: tuple[str, ...]) -> pd.Series:
    """Money of resources by scenario and bucket, shared among the families as these cost lines are."""
    paid = money.groupby([capacity_plan[name] for name in SCENARIO_BUCKET]).sum()
    charged = costs[costs["line"].isin(lines)].groupby(KEY)["value"].sum()
    return charged / charged.groupby(level=SCENARIO_BUCKET).transform("sum") * paid
