"""Limits left out by name, who goes without when short, and limits that have a price and are not in the way."""

import numpy as np
import pandas as pd
import pytest
from supply_cases import BUCKETS, random_inputs, tiny_inputs, violations, with_column

from sopbench.contract import checked, table
from sopbench.params import LIMITS, Supply
from sopbench.supply import plan


def cost(made) -> float:
    return made["solution"]["objective"].iloc[0]


@pytest.mark.parametrize("limit", sorted({*LIMITS} - {"backlog_limits"}))  # who waits without limit is never lost
@pytest.mark.parametrize("seed", [2, pytest.param(9, marks=pytest.mark.long)])
def test_a_plan_without_a_limit_costs_no_more_and_keeps_all_others(limit, seed):
    inputs = random_inputs(seed, wild=True)
    free = Supply(without=[limit])
    made = plan(free, **inputs)
    assert cost(made) <= cost(plan(Supply(), **inputs)) * (1 + 1e-9)
    rules = violations(inputs, made).drop(["capacity", "source limit"])
    assert rules.max() < 1e-6


def test_an_unconstrained_plan_loads_a_resource_beyond_its_hours():
    inputs = tiny_inputs()
    inputs["demand_plan"] = inputs["demand_plan"].assign(consensus=lambda rows: rows["consensus"] * 10)
    made = plan(Supply(without=["capacity"]), **inputs)
    assert made["capacity_plan"]["utilisation"].max() > 2
    assert (made["shortages"]["cause"] != "resource").all()


def short_of_kits(**settings) -> pd.Series:
    """Kits shipped by customer where their supplier gives half of what SHOP (priority 2) and WEB (1) want."""
    inputs = tiny_inputs(sources=with_column(tiny_inputs()["sources"], "qty_max", 10.0, "item_id == 'KIT'"))
    rows = inputs["demand_plan"].query("item_id == 'KIT'").iloc[:1]
    lines = [
        rows.assign(customer_id=name, bucket=bucket, consensus=50.0) for name in ("SHOP", "WEB") for bucket in BUCKETS
    ]
    inputs["demand_plan"] = checked(pd.concat(lines), table("demand_plan"))
    inputs["open_orders"] = inputs["open_orders"].iloc[:0]
    lost = plan(Supply(**settings), **inputs)["shortages"].groupby("customer_id")["lost"].sum()
    return 300.0 - lost.reindex(["SHOP", "WEB"], fill_value=0.0)


def test_by_priority_the_lower_one_goes_without_first_and_in_fair_share_all_alike():
    first, alike = short_of_kits(allocation="priority"), short_of_kits(allocation="fair_share")
    assert first["WEB"] < 1e-6 < first["SHOP"]
    assert alike["SHOP"] == pytest.approx(alike["WEB"])
    assert first.sum() == pytest.approx(alike.sum())


def test_no_more_is_owed_than_the_policy_allows_and_the_rest_is_lost():
    inputs = tiny_inputs()
    wanted = with_column(inputs["demand_plan"], "consensus", 100.0, "item_id == 'KIT'")
    dear = with_column(inputs["policies"], "lost_sale_cost", 1000.0, "item_id == 'KIT'")
    owed = []
    for most in (np.nan, 7.0):
        policies = with_column(dear, "backlog_max", most, "item_id == 'KIT'")
        made = plan(Supply(), **{**inputs, "demand_plan": wanted, "policies": policies})
        owed.append(made["supply_plan"].query("item_id == 'KIT'")[["backlog", "lost"]])
    assert owed[0]["backlog"].max() > 20 and owed[0]["lost"].max() < 1e-6
    assert owed[1]["backlog"].max() == pytest.approx(7.0) and owed[1]["lost"].sum() > 0


def test_a_smallest_lot_above_all_demand_is_made_or_left_but_stops_nothing():
    huge = with_column(tiny_inputs()["sources"], "lot_min", 1e6, "item_id == 'KIT'")
    made = plan(Supply(lot_fence=6), **tiny_inputs(sources=huge))
    kits = made["sourcing_plan"].query("item_id == 'KIT'")["qty"]
    assert kits.empty or (kits >= 1e6 - 1e-3).all()
    assert made["shortages"].query("item_id == 'KIT'")["lost"].sum() > 0 or len(kits)


def test_a_yield_below_one_takes_more_of_components_and_hours():
    poor = with_column(tiny_inputs()["sources"], "yield_share", 0.5, "method == 'make'")
    good, bad = (plan(Supply(), **inputs) for inputs in (tiny_inputs(), tiny_inputs(sources=poor)))
    made = [each["supply_plan"].query("item_id == 'PUMP'")["make"].sum() for each in (good, bad)]
    hours = [each["capacity_plan"]["load"].sum() for each in (good, bad)]
    assert hours[1] / made[1] == pytest.approx(2 * hours[0] / made[0])
    assert violations(tiny_inputs(sources=poor), bad).max() < 1e-9


@pytest.mark.parametrize("share", [0.31, 0.57, 0.83, 0.9])
def test_a_promise_of_which_nothing_can_be_kept_is_listed_whole(share):
    """All that was promised less all that is missing of it may round to less than nothing."""
    terms = {"item_id": ["KIT"], "location_id": "", "customer_id": "", "share_min": share}
    inputs = tiny_inputs(sources=tiny_inputs()["sources"].head(0), sales_terms=pd.DataFrame(terms))
    for name in ("on_hand", "receipts", "open_orders"):
        inputs[name] = inputs[name].head(0)
    for demand in np.random.default_rng(1).uniform(0, 30, 6):
        inputs["demand_plan"] = with_column(inputs["demand_plan"], "consensus", demand, "item_id == 'KIT'")
        made = plan(Supply(), **inputs)
        [row] = made["broken_limits"].query("limit == 'promise'").to_dict("records")
        assert 0 <= row["planned"] < 1e-9 and row["size"] == pytest.approx(row["asked"])
        assert violations(inputs, made).max() < 1e-9
