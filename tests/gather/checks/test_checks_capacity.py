"""Capacity: hours that are 0, in overtime only, or on another scale than the work."""

import pytest
from doubted import change, doubted, only, sound, year


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"regular_hours": 0.0, "overtime_hours": 0.0}, "all its hours in the horizon are 0"),
        ({"regular_hours": 0.0, "overtime_hours": 100.0}, "no regular hours"),
        ({"regular_hours": 2.0, "overtime_hours": 0.0}, "many times the hours it has"),
    ],
)
def test_a_resource_that_cannot_do_its_work_is_told_with_the_revenue_that_needs_it(columns, message):
    raw = sound()
    change(raw, "capacity", "", **columns)
    problem = only(raw)
    assert message in problem.message
    assert (problem.key, problem.money) == ("resource_id=LINE", pytest.approx(year(raw, "PUMP")))


def test_a_full_resource_and_one_that_stands_still_for_a_while_are_no_matter():
    raw = sound()
    change(raw, "capacity", "", regular_hours=40.0, overtime_hours=0.0)
    raw["capacity"].loc[0, "regular_hours"] = 0.0
    assert doubted(raw) == []


def test_hours_given_in_minutes_are_told():
    raw = sound()
    change(raw, "routings", "", hours_per_unit=60.0)
    assert only(raw).value == "57 times its regular hours"  # 1,139 pumps a year of 60 h against 100 h a month


def test_capacity_given_in_minutes_is_told_but_not_a_resource_with_hours_to_spare():
    raw = sound()
    change(raw, "capacity", "", regular_hours=6000.0, overtime_hours=1200.0)
    problem = only(raw)
    assert ("minutes?" in problem.message, problem.money) == (True, pytest.approx(year(raw, "PUMP")))
    assert problem.value == "1.3 % worked"  # 95 h a month of 7,200
    change(raw, "capacity", "", regular_hours=1000.0, overtime_hours=200.0)
    assert doubted(raw) == []


def test_regular_hours_given_for_a_day_are_told_though_the_overtime_is_for_the_bucket():
    raw = sound()
    change(raw, "capacity", "", regular_hours=lambda hours: hours / 21)
    assert only(raw).value == "20 times its regular hours"
