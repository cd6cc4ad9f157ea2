"""One yardstick for all: what a bucket earned, worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from test_replay_world import KIT, PUMP, decisions, lived, orders, state

import tiny
from sopbench.params import Supply
from sopbench.replay.money import forecast_error, month_row, stock_value, yardstick
from sopbench.replay.world import LINE, NODE, State

TABLES = tiny.tables()
BY = yardstick(Supply(), TABLES, tiny.demand_plan())


def test_stock_is_worth_what_it_takes_to_get_again_and_not_its_standard_cost():
    """A pump at the site takes 1 to send, 20 for an hour and two seals of 2; its standard cost is 40."""
    assert stock_value(state({PUMP: 10.0}), BY) == pytest.approx(10 * 25)


def test_what_is_under_way_counts_less_what_is_still_to_be_paid():
    coming = ("KIT", "DC", "buy", "ACME", "2025-10-01", 7.0, 70.0)
    assert stock_value(state({}, coming), BY) == pytest.approx(0.0)


def test_making_stock_earns_nothing():
    make = ("PUMP", "PLANT", "make", "", tiny.START, 10.0, 0.0)
    before = state({("SEAL", "PLANT"): 20.0})
    row = month_row(before, lived(before, decisions(make, hours=200.0), orders()), BY)
    assert row["stock_growth"] == pytest.approx(200.0)
    assert row["margin"] == pytest.approx(-row["holding"])


def test_a_bucket_earns_its_revenue_less_what_the_goods_take_and_what_holding_and_lateness_cost():
    """Ten kits of 10, eight ordered by one who waits for none, twelve by another: ten shipped at 25, ten owed."""
    before = state({KIT: 10.0})
    result = lived(before, decisions(), orders(("KIT", "DC", "SHOP", 8.0), ("KIT", "DC", "WEB", 12.0)))
    row = month_row(before, result, BY)
    assert (row["revenue"], row["spent"], row["stock_growth"]) == (250.0, 0.0, -100.0)
    assert row["late"] == pytest.approx(10 * 0.10 * 25)
    assert row["margin"] == pytest.approx(250 - 100 - 25)
    assert row["cost"] == pytest.approx(100 + 25)


def test_a_forecast_is_measured_in_money_by_place():
    plan = tiny.demand_plan()
    came = pd.DataFrame([("PUMP", "DC", "SHOP", 100.0), ("KIT", "DC", "WEB", 40.0)], columns=[*LINE, "qty"])
    found = forecast_error(plan, came, BY, tiny.START)  # 90 pumps of 100 and 45 kits of 25 were forecast
    assert found == {"forecast_error": 1125.0, "forecast_bias": -875.0, "demand_value": 11000.0}


def test_a_place_the_network_does_not_know_is_worth_its_standard_cost():
    nothing = state({})
    odd = State(pd.DataFrame([["KIT", "PLANT", 2.0]], columns=[*NODE, "qty"]), nothing.under_way, nothing.owed)
    assert stock_value(odd, BY) == 20.0
