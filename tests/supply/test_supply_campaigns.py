"""Campaigns: set-ups are paid at their start only, and once begun they run on; small ones counted by hand."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from supply_cases import BUCKETS, tiny_inputs, violations

from sopbench.contract import checked, table
from sopbench.params import Supply
from sopbench.supply import plan

SET_UP, HOLDING = 100.0, 1.0


def company(demand, campaign, least=0.0, hours=np.inf, setup_hours=0.0, cost=SET_UP):
    """One item made at PLANT, an hour each on LINE, for the demand of some buckets; no sale is worth losing."""
    at, buckets = {"item_id": ["A"], "location_id": "PLANT"}, BUCKETS[: len(demand)]
    wanted = pd.DataFrame({"item_id": "A", "location_id": "PLANT", "customer_id": "", "bucket": buckets})
    wanted = wanted.assign(method="given", consensus=demand, statistical=demand, p10=demand, p50=demand, p90=demand)
    hours = min(hours, 1e5)
    said = {
        "items": {"item_id": ["A"], "family": "f", "unit_cost": 0.0, "unit_price": 1e4},
        "resources": {"resource_id": ["LINE"], "location_id": "PLANT"},
        "capacity": {"resource_id": "LINE", "bucket": buckets, "regular_hours": hours},
        "routings": at | {"resource_id": "LINE", "hours_per_unit": 1.0, "setup_hours": setup_hours},
        "sources": at | {"method": "make", "setup_cost": cost, "campaign_min": campaign, "lot_min": least},
        "policies": at | {"safety_stock": 0.0, "holding_cost": HOLDING},
        "demand_plan": wanted,
    }
    emptied = {name: table(name).empty() for name in ("bom", "open_orders", "receipts", "sales_terms", "on_hand")}
    frames = {name: checked(pd.DataFrame(rows), table(name)) for name, rows in said.items()}
    return tiny_inputs() | emptied | frames


def made(inputs, fence=9, **more):
    found = plan(Supply(lot_fence=fence, gap=0.0), **inputs, **more)
    assert violations(inputs, found).max() < 1e-6
    return found


def cost(found) -> float:
    return found["solution"]["objective"].iloc[0]


def test_a_set_up_carried_over_saves_the_second_one():
    """50 and 50: by lots one set-up and 50 held for a bucket; in a campaign one set-up and nothing held."""
    by_lots, campaign = made(company([50.0, 50.0], 0)), made(company([50.0, 50.0], 1))
    assert (cost(by_lots), cost(campaign)) == pytest.approx((SET_UP + 50 * HOLDING, SET_UP))
    assert campaign["sourcing_plan"]["qty"].tolist() == pytest.approx([50, 50])
    assert campaign["sourcing_plan"]["set_ups"].tolist() == [1, 0]


def test_the_hours_of_a_set_up_are_taken_once():
    """10 hours of set-up and an hour a unit fit 60 and 50 hours of demand 50 and 50 only in a campaign."""
    limited = {"hours": 60.0, "setup_hours": 10.0, "cost": 0.0}
    found = made(company([50.0, 60.0], 1, **limited))
    assert found["capacity_plan"]["load"].tolist() == pytest.approx([60, 60])
    assert found["shortages"].empty
    assert made(company([50.0, 60.0], 0, **limited))["shortages"]["qty"].sum() == pytest.approx(10)


def test_what_ran_in_the_bucket_before_the_first_runs_on_without_a_set_up():
    before = BUCKETS[0] - pd.DateOffset(months=1)
    last = {"item_id": ["A"], "location_id": "PLANT", "method": "make", "bucket": before, "start_bucket": before}
    last = checked(pd.DataFrame(last).assign(qty=5.0, cost=0.0), table("sourcing_plan"))
    found = made(company([50.0, 50.0], 1), last_sourcing_plan=last)
    assert cost(found) == pytest.approx(0, abs=1e-6) and found["sourcing_plan"]["set_ups"].tolist() == [0, 0]
    assert cost(made(company([50.0, 50.0], 0), last_sourcing_plan=last)) == pytest.approx(SET_UP + 50 * HOLDING)


def test_what_last_ran_two_buckets_before_the_first_is_set_up_for_again():
    two = BUCKETS[0] - pd.DateOffset(months=2)
    last = {"item_id": ["A"], "location_id": "PLANT", "method": "make", "bucket": two, "start_bucket": two}
    last = checked(pd.DataFrame(last).assign(qty=5.0, cost=0.0), table("sourcing_plan"))
    assert cost(made(company([50.0, 50.0], 1), last_sourcing_plan=last)) == pytest.approx(SET_UP)


def runs_long_enough(pattern, campaign) -> bool:
    """Whether every run of 1s is of so many buckets, or up to the end."""
    starts = [t for t, on in enumerate(pattern) if on and not (t and pattern[t - 1])]
    return all(all(pattern[start : start + campaign]) for start in starts)


def least_by_trying(demand, campaign, least) -> float:
    """The least cost over all patterns of buckets in which the campaign runs, each a small linear programme."""
    horizon, costs = len(demand), []
    for pattern in product([0, 1], repeat=horizon):
        if not runs_long_enough(pattern, campaign):
            continue
        starts = sum(on and not (t and pattern[t - 1]) for t, on in enumerate(pattern))
        held = np.arange(horizon, 0, -1) * HOLDING  # a unit made is held to the end, less what is sold
        bounds = [(least * on, 1e4 * on) for on in pattern]
        found = linprog(held, A_ub=-np.tril(np.ones((horizon, horizon))), b_ub=-np.cumsum(demand), bounds=bounds)
        if found.success:
            costs.append(found.fun - held @ demand + starts * SET_UP)
    return min(costs)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("campaign", [1, 2, 3])
def test_the_plan_costs_as_little_as_the_best_of_all_patterns(seed, campaign):
    rng = np.random.default_rng(seed)
    demand = rng.integers(0, 120, 5) * (rng.random(5) < 0.6).astype(float)
    found = made(company(demand, campaign, least=20.0))
    assert cost(found) == pytest.approx(least_by_trying(demand, campaign, 20.0), abs=1e-4)
    runs = found["sourcing_plan"].set_index("bucket")["qty"].reindex(BUCKETS[:5], fill_value=0.0)
    assert runs_long_enough((runs > 0).astype(int).tolist(), campaign)


def test_behind_the_fence_there_are_no_campaigns():
    rows = made(company([50.0, 50.0, 50.0], 2, least=50.0), fence=1)["sourcing_plan"]
    assert len(rows) > 1 and (rows["set_ups"].isna() == (rows["bucket"] > BUCKETS[0])).all()
