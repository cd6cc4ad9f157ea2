"""A service miss is split into demand, supply and policy, and the three add up to it."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some
from test_monitor_performance import AUGUST, INPUTS, JULY, SEPTEMBER, supply_plan

from sopbench.contract import checked, table
from sopbench.monitor import by_cycle, service_causes

CELL = {"item_id": "PUMP", "location_id": "DC", "bucket": JULY}


def causes(planned: float, shipped: float, stock: float, ordered: float, served: float) -> dict[str, float]:
    """Missed money by cause, at 100 a PUMP, of one bucket with that plan and those orders."""
    plan = supply_plan([("PUMP", "DC", JULY, planned, 0, 0, shipped, stock)])
    sales = pd.DataFrame([{**CELL, "customer_id": "SHOP", "qty_ordered": ordered, "qty_shipped": served, "revenue": 0}])
    found = split(by_cycle("supply_plan", {JULY: plan}), checked(sales, table("sales")))
    return found[found["level"] == "total"].set_index("cause")["missed_value"].to_dict()


def split(plans: pd.DataFrame, sales: pd.DataFrame) -> pd.DataFrame:
    return service_causes(SEPTEMBER, supply_plans=plans, sales=sales, items=INPUTS["items"])


def test_what_the_plan_left_out_is_policy():
    assert causes(planned=100, shipped=90, stock=0, ordered=100, served=90) == {"policy": 1000}


def test_orders_beyond_shipments_and_stock_of_the_plan_are_demand():
    assert causes(planned=100, shipped=100, stock=20, ordered=150, served=120) == {"demand": 3000}


def test_what_was_planned_and_was_not_there_is_supply():
    assert causes(planned=100, shipped=100, stock=20, ordered=100, served=70) == {"supply": 3000}


def test_orders_that_planned_stock_should_have_borne_are_supply():
    assert causes(planned=100, shipped=100, stock=20, ordered=115, served=100) == {"supply": 1500}


def test_all_three_may_meet_in_one_miss():
    # the plan left out 10 and had 90 + 20; 130 were ordered, 10 beyond all that; 100 came, 10 less than there should be
    assert causes(planned=100, shipped=90, stock=20, ordered=130, served=100) == {
        "demand": 1000,
        "supply": 1000,
        "policy": 1000,
    }


def test_an_item_that_no_plan_held_is_demand():
    sales = pd.DataFrame(
        [{**CELL, "item_id": "KIT", "customer_id": "SHOP", "qty_ordered": 4, "qty_shipped": 0, "revenue": 0}]
    )
    plan = supply_plan([("PUMP", "DC", JULY, 1, 0, 0, 1, 0)])
    found = split(by_cycle("supply_plan", {JULY: plan}), checked(sales, table("sales")))
    assert found[["level", "key", "cause", "missed_value", "points"]].to_numpy().tolist() == [
        ["family", "kits", "demand", 100.0, 1.0],
        ["item", "KIT", "demand", 100.0, 1.0],
        ["total", "all", "demand", 100.0, 1.0],
    ]


def test_a_customer_who_got_more_does_not_make_up_for_one_who_got_less():
    plan = supply_plan([("PUMP", "DC", JULY, 20, 0, 0, 20, 0)])
    rows = [{**CELL, "customer_id": name, "qty_ordered": 10, "revenue": 0} for name in ("SHOP", "WEB")]
    sales = checked(pd.DataFrame(rows).assign(qty_shipped=[5, 15]), table("sales"))
    found = split(by_cycle("supply_plan", {JULY: plan}), sales)
    assert found.loc[found["level"] == "total", ["cause", "missed_value", "points"]].to_numpy().tolist() == [
        ["supply", 500.0, 0.25]
    ]


def test_without_earlier_plans_nothing_is_explained():
    found = split(by_cycle("supply_plan", {}), table("sales").empty())
    assert found.empty
    assert list(found.columns) == table("service_causes").names


units = some.integers(0, 1000).map(float)


@given(units, units, units, units, units)
def test_the_causes_add_up_to_the_miss(planned, shipped, stock, ordered, served):
    found = causes(planned, shipped, stock, ordered, served)
    assert sum(found.values()) == pytest.approx(100 * max(ordered - served, 0.0))
    assert min(found.values(), default=1.0) > 0


def test_buckets_that_are_not_over_are_left_out():
    plan = supply_plan([("PUMP", "DC", month, 10, 0, 0, 10, 0) for month in (JULY, AUGUST, SEPTEMBER)])
    rows = [{**CELL, "bucket": month, "customer_id": "SHOP", "qty_ordered": 10} for month in (AUGUST, SEPTEMBER)]
    sales = checked(pd.DataFrame(rows).assign(qty_shipped=0, revenue=0), table("sales"))
    assert split(by_cycle("supply_plan", {JULY: plan}), sales)["bucket"].unique().tolist() == [AUGUST]
