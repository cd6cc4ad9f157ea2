"""What a company can get wrong: a message that names it and its mend, or a plan in which it has its price."""

import pandas as pd
import pytest
from supply_cases import BUCKETS, random_inputs, tiny_inputs, violations, with_column

from sopbench.params import Supply
from sopbench.supply import plan

QUANTILES = ["statistical", "p10", "p50", "p90", "consensus"]


def many_times(demand_plan: pd.DataFrame, times: float) -> pd.DataFrame:
    return demand_plan.assign(**{name: demand_plan[name] * times for name in QUANTILES})


@pytest.mark.parametrize("seed", [0, 1, 10])
@pytest.mark.parametrize("times", [1e5, 1e8])
def test_demand_beyond_all_means_has_a_plan_in_whole_lots(seed, times):
    inputs = random_inputs(seed)
    inputs["demand_plan"] = many_times(inputs["demand_plan"], times)
    made = plan(Supply(lot_fence=3), **inputs)
    assert violations(inputs, made).max() < 1e-6
    assert made["solution"]["gap"].iloc[0] <= 0.005
    started = made["sourcing_plan"].merge(inputs["sources"], on=["item_id", "location_id", "method", "origin_id"])
    whole = started[started["set_ups"].notna()]
    assert len(whole) and (whole["qty"] >= whole["lot_min"] * (1 - 1e-9)).all()


def test_a_component_comes_in_the_lots_that_a_whole_lot_of_its_parent_takes():
    tables = tiny_inputs()
    sources = with_column(tables["sources"], "lot_min", 1000.0, "method == 'make'")
    inputs = tiny_inputs(
        items=with_column(tables["items"], "unit_price", 1e5, "item_id == 'PUMP'"),
        capacity=tables["capacity"].assign(regular_hours=5000.0),
        on_hand=tables["on_hand"].assign(qty=0.0),
        sources=with_column(sources, "lot_multiple", 1.0, "item_id == 'SEAL'"),
    )
    made = plan(Supply(lot_fence=6), **inputs)["sourcing_plan"].groupby("method")["qty"].sum()
    # 510 PUMP are wanted, and one of them brings more than the lot of 1000 costs; each takes 2 SEAL
    assert made["make"] == 1000 and made["buy"] >= 2000


def test_a_smallest_lot_far_above_demand_is_spread_beyond_the_fence_and_not_made_inside():
    sources = tiny_inputs()["sources"].assign(lot_min=1e9)
    inputs = tiny_inputs(sources=sources)
    averaged, whole = (plan(Supply(lot_fence=fence), **inputs) for fence in (0, 3))
    assert averaged["supply_plan"]["lost"].sum() == 0
    assert (averaged["sourcing_plan"]["start_bucket"] < BUCKETS[3]).any()
    assert (whole["sourcing_plan"]["start_bucket"] >= BUCKETS[3]).all()
    assert violations(inputs, whole).max() < 1e-6
