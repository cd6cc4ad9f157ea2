"""The model's optimum against the same plan written out a second time, and what must hold for any company."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from supply_cases import random_inputs, violations, with_column, with_rules
from supply_oracle import least_cost

from draws import COSTLY
from sopbench.contract import checked, table
from sopbench.params import Supply
from sopbench.supply import plan
from sopbench.supply.model.inputs import lay_out, model_inputs

SEEDS = st.integers(0, 10**6)


def targets_of(inputs):
    made = model_inputs(Supply(), lay_out(Supply(), **inputs))
    found, network, horizon = made.targets, made.network, len(made.network.buckets)
    return {
        (node.item_id, node.location_id, t): (found.target[n, t], found.comfortable[n, t], found.limit[n, t])
        for n, node in enumerate(network.nodes.itertuples())
        for t in range(horizon)
    }


@COSTLY
@given(SEEDS, st.sampled_from(["given", "planned"]))
def test_the_plan_costs_as_little_as_the_same_programme_written_out_plainly(seed, headcount):
    inputs, how = random_inputs(seed), Supply(headcount=headcount)
    found = plan(how, **inputs)["solution"]["objective"].iloc[0]
    assert found == pytest.approx(least_cost(how, inputs, targets_of(inputs)), rel=1e-6)


@COSTLY
@given(SEEDS, st.integers(0, 3), st.integers(0, 2), st.sampled_from(["given", "planned", "whole"]), st.booleans())
def test_so_does_one_with_suppliers_lanes_campaigns_promises_and_a_frozen_plan(seed, fence, frozen, headcount, alike):
    inputs = with_rules(random_inputs(seed), seed)
    allocation = "fair_share" if alike else "money"
    how = Supply(lot_fence=fence, frozen=frozen, headcount=headcount, allocation=allocation, gap=0.0)
    last = plan(Supply(), **random_inputs(seed + 1))["sourcing_plan"]
    made = plan(how, last_sourcing_plan=last, **inputs)
    assert violations(inputs, made).max() < 1e-6
    expected = least_cost(how, inputs, targets_of(inputs), last)
    assert made["solution"]["objective"].iloc[0] == pytest.approx(expected, rel=1e-5)


@COSTLY
@given(SEEDS, st.booleans(), st.sampled_from(["optimal", "level", "chase"]), st.sampled_from(["given", "planned"]))
def test_every_company_has_a_plan_and_it_balances(seed, wild, strategy, headcount):
    inputs = random_inputs(seed, wild)
    made = plan(Supply(strategy=strategy, headcount=headcount), **inputs)
    assert violations(inputs, made).max() < 1e-6


@pytest.mark.parametrize("wild", [False, True])
def test_every_table_made_is_already_as_the_contract_wants_it(wild):
    for name, frame in plan(Supply(), **random_inputs(7, wild)).items():
        pd.testing.assert_frame_equal(checked(frame, table(name)), frame)


@COSTLY
@given(SEEDS, st.integers(0, 2))
def test_a_shadow_price_is_what_one_more_hour_of_overtime_saves(seed, position):
    inputs = random_inputs(seed)
    made = plan(Supply(), **inputs)
    price = made["capacity_plan"].query("resource_id == 'R'")["shadow_price"].iloc[position]

    def cost(hours):
        had = inputs["capacity"]["overtime_hours"].iloc[position]
        capacity = with_column(inputs["capacity"], "overtime_hours", had + hours, f"index == {position}")
        changed = {**inputs, "capacity": capacity}
        return plan(Supply(), **changed)["solution"]["objective"].iloc[0]

    # the cost is convex in the hours: the price lies between what one more saves and what one less costs
    little = 1e-3
    base = made["solution"]["objective"].iloc[0]
    noise = 1e-9 * base / little + 1e-6
    assert price >= (base - cost(little)) / little - noise
    assert inputs["capacity"]["overtime_hours"].iloc[position] < little or (
        price <= (cost(-little) - base) / little + noise
    )


@COSTLY
@given(SEEDS)
def test_the_order_of_rows_changes_nothing(seed):
    inputs = random_inputs(seed)
    shuffled = {name: frame.sample(frac=1, random_state=seed % 1000) for name, frame in inputs.items()}
    first, second = plan(Supply(), **inputs), plan(Supply(), **shuffled)
    for name in first:
        pd.testing.assert_frame_equal(first[name], second[name], check_exact=True)


@COSTLY
@given(SEEDS)
def test_shortages_hold_what_customers_are_newly_owed_or_lose(seed):
    made = plan(Supply(), **random_inputs(seed))
    rows = made["supply_plan"].groupby(["item_id", "location_id", "bucket"])[["backlog", "lost"]].sum()
    short = made["shortages"].groupby(["item_id", "location_id", "bucket"])[["qty", "lost"]].sum()
    short = short.reindex(rows.index, fill_value=0.0)
    growth = rows["backlog"].groupby(level=[0, 1]).diff().fillna(0.0)
    assert (short["qty"] + 1e-4 >= growth + rows["lost"]).all()
    assert (made["shortages"]["cause"] != "").all()
    assert np.isfinite(made["shortages"]["revenue_at_risk"]).all()
