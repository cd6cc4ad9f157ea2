"""Safety stock of the network, each place by itself and placed together: by hand, and what must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from supply_cases import random_inputs, tiny_inputs, with_column

from draws import COSTLY
from sopbench.contract import checked, table
from sopbench.params import Supply
from sopbench.supply import inventory_targets, plan

MULTI = Supply(safety_stock_placement="multi")
Z = norm.ppf(0.95)
EMPTY = pd.DataFrame({"item_id": ["KIT"], "location_id": "DC"})


def targets(parameters=None, **changed):
    made = inventory_targets(parameters or Supply(), **tiny_inputs(**({"policies": EMPTY} | changed)))
    pd.testing.assert_frame_equal(made, checked(made, table("inventory_targets")))
    return made.set_index(["item_id", "location_id"])


def pumps(**said):
    """Policies under which pumps' demand has a deviation of 10 a month."""
    return pd.DataFrame({"item_id": ["PUMP"], "location_id": "DC", "demand_deviation": 10.0} | said)


def test_each_by_itself_holds_over_its_own_lead_time():
    rows = targets(policies=pumps())
    # DC: made and moved in 2 months, and one of review; SEAL: 2 a pump, bought in 1
    assert rows.loc[("PUMP", "DC"), "single_safety_stock"] == pytest.approx(Z * 10 * 3**0.5)
    assert rows.loc[("PUMP", "PLANT"), "single_safety_stock"] == 0
    assert rows.loc[("SEAL", "PLANT"), "single_safety_stock"] == pytest.approx(Z * 20)
    assert rows.loc[("SEAL", "PLANT"), "single_value"] == pytest.approx(Z * 20 * 2.0)


def test_together_a_seal_is_cheaper_to_keep_than_a_pump_for_a_month_longer():
    rows = targets(policies=pumps())
    # 20 seals at 2 against pumps at 40 over 4 months in place of 3
    assert rows["service_time"].to_dict()[("SEAL", "PLANT")] == 0
    assert rows.loc[("PUMP", "DC"), ["multi_cover", "service_time"]].tolist() == [3, 0]
    assert rows.loc[("PUMP", "PLANT"), ["multi_cover", "service_time"]].tolist() == [0, 1]
    dear = with_column(tiny_inputs()["items"], "unit_cost", 200.0, "item_id == 'SEAL'")
    rows = targets(policies=pumps(), items=dear)
    assert rows.loc[("SEAL", "PLANT"), ["multi_cover", "multi_safety_stock", "service_time"]].tolist() == [0, 0, 1]
    assert rows.loc[("PUMP", "DC"), "multi_safety_stock"] == pytest.approx(Z * 10 * 2)
    assert rows["saving"].sum() == pytest.approx(0.02 * Z * (20 * 200 + 10 * 40 * 3**0.5 - 10 * 40 * 2))


def test_units_of_a_policy_stay_as_they_are_and_none_there_passes_the_wait_on():
    said = pd.DataFrame(
        {"item_id": ["PUMP", "SEAL"], "location_id": ["DC", "PLANT"], "demand_deviation": [10.0, np.nan]}
    )
    held = targets(policies=said.assign(safety_stock=[np.nan, 55.0]))
    seals = held.loc[("SEAL", "PLANT"), ["rule", "single_safety_stock", "multi_safety_stock"]]
    assert seals.tolist() == ["policy", 55, 55]
    assert held.loc[("PUMP", "DC"), "multi_cover"] == 3
    none = targets(policies=said.assign(safety_stock=[np.nan, 0.0]))
    assert none.loc[("SEAL", "PLANT"), ["multi_safety_stock", "service_time"]].tolist() == [0, 1]
    assert none.loc[("PUMP", "DC"), "multi_cover"] == 4


def test_what_is_made_to_order_holds_none_and_asks_for_none():
    items = tiny_inputs()["items"].assign(strategy=lambda frame: np.where(frame["item_id"] == "PUMP", "MTO", "MTS"))
    rows = targets(items=items)
    assert rows.loc["PUMP", "rule"].to_dict() == {"DC": "made to order", "PLANT": "made to order"}
    assert rows.loc[["PUMP", "SEAL"], ["single_safety_stock", "multi_safety_stock"]].max().max() == 0


def test_the_plan_follows_the_placement_chosen():
    items = with_column(tiny_inputs()["items"], "unit_cost", 200.0, "item_id == 'SEAL'")
    inputs = tiny_inputs(policies=pumps(), items=items)
    single, multi = (
        plan(each, **inputs)["supply_plan"].query("item_id == 'PUMP' and location_id == 'DC'")["safety_stock"].mean()
        for each in (Supply(), MULTI)
    )
    assert multi / single == pytest.approx((4 / 3) ** 0.5, rel=0.05)  # demand of the months covered is not the same


def test_a_cycle_frozen_before_the_contract_had_these_columns_is_still_planned():
    inputs = tiny_inputs()
    old = inputs | {
        "policies": inputs["policies"].drop(columns=["demand_deviation", "service_time"]),
        "sources": inputs["sources"].drop(columns="lead_time_deviation"),
        "lead_time_demand": None,
    }
    pd.testing.assert_frame_equal(inventory_targets(Supply(), **inputs), inventory_targets(Supply(), **old))


@COSTLY
@given(st.integers(0, 10_000), st.booleans())
def test_placed_together_never_costs_more_and_more_service_never_less(seed, wild):
    inputs = random_inputs(seed, wild)
    # by units, a longer cover may need less; and where a policy says 0 of a component, together its wait is passed on,
    # while each by itself takes it to be there: compared are what is computed throughout, by cycles
    inputs["policies"] = inputs["policies"].assign(service_type="cycle", service_level=np.nan, safety_stock=np.nan)
    low, high = (inventory_targets(Supply(service_level=level), **inputs) for level in (0.9, 0.97))
    for rows in (low, high):
        assert rows["saving"].sum() >= -1e-6 * rows["single_value"].sum()
        assert (rows["multi_cover"] >= 0).all()
    cost = [(rows["multi_safety_stock"] * rows["holding_cost"]).sum() for rows in (low, high)]
    assert cost[0] <= cost[1] * (1 + 1e-6)
