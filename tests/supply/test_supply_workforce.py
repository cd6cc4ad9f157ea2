"""People whom the plan hires and lays off: how long they work, what limits them, and that the check notices them."""

import pandas as pd
import pytest
from supply_cases import random_inputs, violations, with_column

from sopbench.contract import PlanningError, checked, table
from sopbench.params import Supply
from sopbench.supply import plan
from sopbench.supply.network.workforce import hours_of_a_person

PLANNED = Supply(headcount="planned")
CREW = "resource_id == 'CREW'"


@pytest.fixture(scope="module")
def inputs():
    return random_inputs(4)


@pytest.fixture(scope="module")
def made(inputs):
    return plan(PLANNED, **inputs)


def limited(inputs, least=None, most=None, **changes):
    rows = {"resource_id": "CREW", "bucket": sorted(inputs["demand_plan"]["bucket"].unique()), "regular_hours": 0.0}
    rows |= {"headcount_min": least, "headcount_max": most}
    capacity = pd.concat([inputs["capacity"], checked(pd.DataFrame(rows), table("capacity"))], ignore_index=True)
    resources = inputs["resources"]
    for column, value in changes.items():
        resources = with_column(resources, column, value, CREW)
    return {**inputs, "capacity": checked(capacity, table("capacity")), "resources": resources}


def test_hours_follow_working_days_where_a_person_s_day_is_given():
    resources = pd.DataFrame({"hours_per_head": [None, 160.0, None], "hours_per_day": [8.0, None, None]})
    buckets = pd.DatetimeIndex(["2025-01-01", "2025-02-01"])
    calendar = pd.DataFrame({"bucket": buckets, "working_days": [22.0, 20.0]})
    hours = hours_of_a_person(resources, calendar, buckets)
    assert hours[:2].tolist() == [[176.0, 160.0], [160.0, 160.0]]
    assert pd.isna(hours[2]).all()


@pytest.mark.parametrize("rule", ["people", "cost of people"])
def test_a_headcount_changed_by_hand_is_noticed(inputs, made, rule):
    capacity_plan = made["capacity_plan"].copy()
    first = capacity_plan.query(CREW).index[0]
    capacity_plan.loc[first, "headcount" if rule == "people" else "hired"] += 100.0
    assert violations(inputs, {**made, "capacity_plan": capacity_plan})[rule] > 1e-3


def test_people_stay_between_the_limits_that_capacity_gives(inputs):
    made = plan(PLANNED, **limited(inputs, least=2.0, most=3.0))
    heads = made["capacity_plan"].query(CREW)["headcount"]
    assert heads.between(2 - 1e-9, 3 + 1e-9).all()


def test_nobody_is_hired_or_laid_off_where_that_has_no_cost(inputs):
    fixed = limited(inputs, cost_hire=None, cost_layoff=None, headcount=4.0)
    people = plan(PLANNED, **fixed)["capacity_plan"].query(CREW)
    assert people["headcount"].tolist() == pytest.approx([4.0] * len(people))


def test_headcounts_that_contradict_each_other_are_named_before_anything_is_solved(inputs):
    with pytest.raises(PlanningError, match="resource_id=CREW") as caught:
        plan(PLANNED, **limited(inputs, most=1.0, cost_layoff=None, headcount=4.0))
    assert "headcount_min" in str(caught.value)


def test_no_whole_headcount_between_the_limits_or_none_for_all_buckets_of_a_level_plan_is_named_too(inputs):
    whole, level = Supply(headcount="whole"), Supply(headcount="planned", strategy="level")
    with pytest.raises(PlanningError, match="no whole headcount"):
        plan(whole, **limited(inputs, least=2.3, most=2.7))
    with pytest.raises(PlanningError, match="no whole number"):
        plan(whole, **limited(inputs, cost_hire=None, cost_layoff=None, headcount=2.5))
    buckets = inputs["demand_plan"]["bucket"].nunique()
    apart = {"least": [5.0] + [0.0] * (buckets - 1), "most": [9.0] + [3.0] * (buckets - 1)}
    assert len(plan(PLANNED, **limited(inputs, **apart))["capacity_plan"])
    with pytest.raises(PlanningError, match="at least 5, at most 3"):
        plan(level, **limited(inputs, **apart))


def test_a_wage_is_paid_for_every_head_and_bucket(inputs):
    made = plan(PLANNED, **limited(inputs, least=2.0, most=2.0, wage=70.0, headcount=2.0))
    wages = made["costs"].query("line == 'wages'")["value"].sum()
    assert wages == pytest.approx(2 * 70.0 * made["capacity_plan"]["bucket"].nunique())
