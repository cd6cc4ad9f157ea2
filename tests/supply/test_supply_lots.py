"""Whole lots in the first buckets: least sizes, multiples and set-ups hold, and with them the plan costs the least."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from supply_cases import random_inputs, tiny_inputs, violations, with_column
from supply_oracle import least_cost
from test_supply_frozen import last_plan
from test_supply_model import targets_of

from draws import COSTLY
from sopbench.params import Supply
from sopbench.supply import plan

KEY = ["item_id", "location_id", "method", "origin_id"]
SEEDS = st.integers(0, 10**6)


@COSTLY
@given(SEEDS, st.integers(1, 3), st.sampled_from(["given", "planned", "whole"]))
def test_the_plan_in_lots_costs_as_little_as_the_same_programme_written_out_plainly(seed, fence, headcount):
    inputs, how = random_inputs(seed), Supply(lot_fence=fence, headcount=headcount, gap=0.0)
    made = plan(how, **inputs)
    assert violations(inputs, made).max() < 1e-6
    expected = least_cost(how, inputs, targets_of(inputs))
    assert made["solution"]["objective"].iloc[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("seed", [5, 11])
def test_lots_started_in_the_fence_keep_their_least_size_and_multiple(seed):
    inputs = random_inputs(seed)
    rows = plan(Supply(lot_fence=2), **inputs)["sourcing_plan"].merge(inputs["sources"], on=KEY)
    buckets = np.sort(inputs["demand_plan"]["bucket"].unique())
    inside = rows[rows["start_bucket"].isin(buckets[:2]) & (rows["lot_min"] > 0)]
    assert len(inside) and (inside["qty"] >= inside["lot_min"] - 1e-6).all()
    multiples = inside[inside["lot_multiple"] > 0]
    times = multiples["qty"] / multiples["lot_multiple"]
    assert len(times) and (times - times.round()).abs().max() < 1e-6
    assert (inside["set_ups"] == 1).all()
    assert rows.loc[~rows["start_bucket"].isin(buckets[:2]), "set_ups"].isna().all()


def test_a_set_up_that_costs_more_than_the_sale_is_not_made():
    inputs = random_inputs(3)
    dear = {**inputs, "sources": inputs["sources"].assign(setup_cost=1e5, lot_min=1.0, lot_multiple=0.0)}
    dear["policies"] = inputs["policies"].assign(stock_end_min=np.nan)
    assert plan(Supply(lot_fence=9), **dear)["sourcing_plan"].empty


def pumps_wanted(each: float) -> dict:
    """The tiny company with so many pumps wanted a bucket, nothing owed or under way, and seals set up for by lot."""
    inputs = tiny_inputs()
    lots = with_column(inputs["sources"], "setup_cost", 1.0, "method == 'buy'")
    wanted = with_column(inputs["demand_plan"], "consensus", each, "item_id == 'PUMP'")
    idle = {name: inputs[name].head(0) for name in ("on_hand", "receipts", "open_orders")}
    free = with_column(inputs["capacity"], "regular_hours", 1e4)
    cheap = with_column(inputs["resources"], "cost_regular", 1.0)
    return inputs | idle | {"sources": lots, "demand_plan": wanted, "capacity": free, "resources": cheap}


def test_a_component_s_lot_is_as_large_as_the_whole_lots_of_what_it_goes_into():
    """10 pumps a bucket in lots of 250 take 500 seals at once, more than all demand and stock would."""
    inputs = pumps_wanted(10.0)
    inputs["sources"] = with_column(inputs["sources"], "lot_min", 250.0, "method == 'make'")
    made = plan(Supply(lot_fence=6, gap=0.0), **inputs)
    assert made["supply_plan"].query("item_id == 'PUMP'")["make"].max() == pytest.approx(250)
    assert made["supply_plan"].query("item_id == 'SEAL'")["buy"].max() == pytest.approx(500)
    assert made["supply_plan"].query("item_id == 'PUMP'")["lost"].sum() < 60 - 1e-6


def test_a_frozen_lot_stands_though_it_is_more_than_is_wanted_now():
    inputs = pumps_wanted(10.0)
    last = [("SEAL", "PLANT", "buy", "ACME", 9000.0, 0.0)]
    made = plan(Supply(lot_fence=2, frozen=1, gap=0.0), last_sourcing_plan=last_plan(*last), **inputs)
    assert made["broken_limits"].empty
