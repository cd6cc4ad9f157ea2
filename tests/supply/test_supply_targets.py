"""Stock targets, checked by hand: safety stock from the forecast's error, cover, shelf life."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from supply_cases import tiny_inputs, with_column

import tiny
from sopbench.contract import PlanningError
from sopbench.params import Supply
from sopbench.supply import plan
from sopbench.supply.inventory.targets import coming


def safety_stock(item, settings=None, place="DC", **changed):
    inputs = tiny_inputs(**changed)
    rows = plan(settings or Supply(), **inputs)["supply_plan"]
    return rows.query("item_id == @item and location_id == @place")["safety_stock"].to_numpy()


def policies(**said):
    return pd.DataFrame({"item_id": ["KIT"], "location_id": "DC", **said})


def test_coming_demand_counts_parts_of_a_bucket_and_goes_on_after_the_horizon_at_its_mean():
    demand = np.array([[10.0, 20.0, 30.0, 40.0]])
    assert coming(demand, np.array([1.0])).tolist() == [[20, 30, 40, 25]]
    assert coming(demand, np.array([1.5])).tolist() == [[20 + 15, 30 + 20, 40 + 12.5, 25 + 12.5]]
    assert coming(demand, np.array([0.0])).tolist() == [[0, 0, 0, 0]]


def test_nothing_is_kept_for_the_time_after_demand_has_ended():
    assert coming(np.array([[10.0, 20.0, 0.0]]), np.array([2.0])).tolist() == [[20, 0, 0]]


def test_safety_stock_covers_the_forecast_error_over_lead_time_and_review():
    # KIT: sigma = 45 × 0.4 / 2.563 a month, bought in 2 months
    by_hand = norm.ppf(0.95) * (45 * 0.4 / 2.5631) * np.sqrt(2 + 1)
    assert safety_stock("KIT", policies=policies()) == pytest.approx([by_hand] * 6, rel=1e-4)


def test_the_lead_time_of_what_is_moved_includes_that_of_where_it_comes_from():
    # PUMP: moved in 1 month, made in 1; 90 a month but 150 in December, mean 100 after the horizon
    coming_demand = np.array([330, 330, 330, 280, 290, 300]) / 3
    by_hand = norm.ppf(0.95) * (0.4 / 2.5631) * coming_demand * np.sqrt(3)
    assert safety_stock("PUMP", policies=policies()) == pytest.approx(by_hand, rel=1e-4)


def test_the_policy_s_service_level_comes_before_the_parameter_s():
    low = safety_stock("KIT", Supply(service_level=0.99), policies=policies(service_level=[0.8]))
    high = safety_stock("KIT", Supply(service_level=0.99), policies=policies())
    assert high / low == pytest.approx(norm.ppf(0.99) / norm.ppf(0.8))


def test_a_fill_rate_leaves_the_allowed_share_of_demand_unserved():
    found = safety_stock("KIT", policies=policies(service_level=[0.98], service_type=["fill"]))[0]
    sigma = (45 * 0.4 / 2.5631) * np.sqrt(3)
    z = found / sigma
    unserved = sigma * (norm.pdf(z) - z * norm.sf(z))
    assert unserved == pytest.approx(0.02 * 45, rel=1e-3)


def test_service_below_one_half_needs_no_safety_stock():
    assert safety_stock("KIT", policies=policies(service_level=[0.4])).max() == 0


def test_the_safety_factor_multiplies_what_is_computed_and_what_the_policy_says_in_units():
    computed = safety_stock("KIT", policies=policies())
    assert safety_stock("KIT", Supply(safety_factor=0.5), policies=policies()) == pytest.approx(computed / 2)
    assert safety_stock("KIT", Supply(safety_factor=1.5)).tolist() == [30.0] * 6


def test_a_safety_factor_by_family_leaves_the_families_it_does_not_name_alone():
    family = tiny_inputs()["items"].set_index("item_id").loc["KIT", "family"]
    assert safety_stock("KIT", Supply(safety_factor={family: 2.0})).tolist() == [40.0] * 6
    others = {each: 2.0 for each in tiny_inputs()["items"]["family"].unique() if each != family}
    assert others and safety_stock("KIT", Supply(safety_factor=others)).tolist() == [20.0] * 6


def test_a_safety_factor_of_a_family_there_is_not_is_refused_with_the_nearest_name():
    family = tiny_inputs()["items"]["family"].iloc[0]
    with pytest.raises(PlanningError, match=f"supply.safety_factor.*did you mean {family}"):
        safety_stock("KIT", Supply(safety_factor={family + "s": 2.0}))


def test_stock_placed_for_all_together_is_multiplied_too():
    plain = safety_stock("KIT", Supply(safety_stock_placement="multi"), policies=policies())
    half = safety_stock("KIT", Supply(safety_stock_placement="multi", safety_factor=0.5), policies=policies())
    assert plain.max() > 0
    assert half == pytest.approx(plain / 2)


def test_what_is_made_to_order_has_safety_stock_only_where_the_policy_says_units():
    items = tiny_inputs()["items"].assign(strategy="MTO")
    assert safety_stock("KIT", items=items, policies=policies()).max() == 0
    assert safety_stock("KIT", items=items).tolist() == [20.0] * 6


def test_cover_of_a_component_counts_what_it_goes_into():
    seals = pd.DataFrame({"item_id": ["SEAL"], "location_id": "PLANT", "cover_min": [0.5]})
    found = safety_stock("SEAL", place="PLANT", policies=seals)
    # half of next month's pumps, two seals each
    assert found.tolist() == pytest.approx([90, 90, 150, 90, 90, 100])


def test_stock_at_the_end_is_a_target_of_the_last_bucket_alone():
    assert safety_stock("KIT", policies=policies(safety_stock=[20.0], stock_end_min=[70.0])).tolist() == [20] * 5 + [70]


def test_no_more_is_meant_to_be_kept_than_sells_within_shelf_life():
    items = with_column(tiny_inputs()["items"], "shelf_life", 1.0, "item_id == 'KIT'")
    assert safety_stock("KIT", items=items, policies=policies(safety_stock=[80.0])).tolist() == [45] * 6


def test_stock_above_the_greatest_cover_costs_extra_and_is_not_built_up():
    much = with_column(tiny_inputs()["on_hand"], "qty", 300.0, "item_id == 'KIT'")
    capped = policies(safety_stock=[0.0], cover_max=[1.0])
    made = plan(Supply(), **tiny_inputs(policies=capped, on_hand=much))
    kits = made["supply_plan"].query("item_id == 'KIT'")
    excess = (kits["stock"] - 45).clip(lower=0).sum()
    assert made["costs"].query("line == 'excess_stock'")["value"].sum() == pytest.approx(excess * 4 * 0.02 * 10)
    assert kits["buy"].sum() == 0 or kits.loc[kits["buy"] > 0, "stock"].max() <= 45 + 1e-6


def test_uncertainty_far_out_is_not_stocked_for_today():
    plan_ = tiny.demand_plan()
    far = plan_["bucket"] >= tiny.BUCKETS[4]
    wide = plan_.assign(p90=plan_["p90"].where(~far, plan_["p90"] * 5))
    assert safety_stock("KIT", policies=policies(), demand_plan=wide) == pytest.approx(
        safety_stock("KIT", policies=policies())
    )
