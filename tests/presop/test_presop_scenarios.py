"""Scenarios change what they say and nothing else, and what they cannot change is said for all of them at once."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tiny
from sopbench.contract import PlanningError
from sopbench.params import Change, Scenario
from sopbench.presop import apply_changes, scenario_tables


def company() -> dict[str, pd.DataFrame]:
    return tiny.tables() | {"demand_plan": tiny.demand_plan()}


def changed(**said) -> dict[str, pd.DataFrame]:
    return apply_changes(company(), [Change(**said)])


def problems_of(*changes: dict) -> list[str]:
    scenarios = [
        Scenario(name=f"s{number}", question="?", changes=[Change(**change)]) for number, change in enumerate(changes)
    ]
    with pytest.raises(PlanningError) as error:
        scenario_tables(scenarios, company())
    return [str(problem) for problem in error.value.problems]


def test_multiply_changes_one_family_in_its_months_alone():
    before = company()["demand_plan"]
    family = {"family": "pumps"}
    change = {"table": "demand_plan", "column": "consensus", "multiply": 1.2, "where": family}
    after = changed(**change, start="2025-11", end="2025-12")["demand_plan"]
    hit = (before["item_id"] == "PUMP") & before["bucket"].isin(pd.to_datetime(["2025-11-01", "2025-12-01"]))
    assert hit.sum() == 4
    assert after.loc[hit, "consensus"].tolist() == pytest.approx((before.loc[hit, "consensus"] * 1.2).tolist())
    pd.testing.assert_frame_equal(after[~hit], before[~hit])
    pd.testing.assert_series_equal(after["statistical"], before["statistical"])


def test_add_and_set_reach_rows_through_their_resource_and_customer():
    more = changed(table="capacity", column="overtime_hours", add=5, where={"location_id": "PLANT"})["capacity"]
    assert (more["overtime_hours"] == 25).all()
    online = changed(table="demand_plan", column="consensus", set=7, where={"channel": ["online"]})["demand_plan"]
    assert (online.loc[online["customer_id"] == "WEB", "consensus"] == 7).all()
    assert (online.loc[online["customer_id"] == "SHOP", "consensus"] != 7).all()


def test_whole_numbers_stay_whole():
    sources = changed(table="sources", column="lead_time", add=2, where={"origin_id": "ACME"})["sources"]
    assert sources["lead_time"].dtype == "int64"
    assert sources.set_index(["item_id", "location_id"])["lead_time"].to_dict() == {
        ("KIT", "DC"): 4, ("PUMP", "DC"): 1, ("PUMP", "PLANT"): 1, ("SEAL", "PLANT"): 3
    }  # fmt: skip


def test_the_tables_handed_in_stay_as_they_are():
    tables = company()
    apply_changes(tables, [Change(table="capacity", column="regular_hours", set=0)])
    pd.testing.assert_frame_equal(tables["capacity"], company()["capacity"])


def test_changes_of_a_scenario_follow_one_another():
    twice = [
        Change(table="capacity", column="regular_hours", multiply=2),
        Change(table="capacity", column="regular_hours", add=1),
    ]
    assert (apply_changes(company(), twice)["capacity"]["regular_hours"] == 201).all()


def test_end_of_a_month_takes_in_orders_due_in_it():
    receipts = changed(table="receipts", column="qty", set=0, start="2025-10", end="2025-10")["receipts"]
    assert receipts["qty"].tolist() == [0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"table": "capcity", "column": "regular_hours", "set": 0}, ["capcity", "did you mean capacity"]),
        ({"table": "capacity", "column": "regular_hour", "set": 0}, ["did you mean regular_hours"]),
        ({"table": "capacity", "column": "resource_id", "set": 0}, ["no column of numbers"]),
        ({"table": "capacity", "column": "regular_hours"}, ["neither set, add nor multiply"]),
        ({"table": "capacity", "column": "regular_hours", "set": 0, "add": 1}, ["set and add", "exactly one"]),
        ({"table": "capacity", "column": "regular_hours", "set": 0, "where": {"line": "LINE"}}, ["cannot be selected"]),
        (
            {"table": "demand_plan", "column": "consensus", "set": 0, "where": {"family": ["pumps", "kit"]}},
            ["kit", "no row of demand_plan has that family", "did you mean kits"],
        ),
        ({"table": "demand_plan", "column": "consensus", "set": 0, "start": "2031-01"}, ["selects no row"]),
        ({"table": "sources", "column": "unit_cost", "set": 0, "start": "2025-10"}, ["does not change by bucket"]),
        ({"table": "capacity", "column": "regular_hours", "set": 0, "end": "christmas"}, ["end is not a date"]),
        (
            {"table": "capacity", "column": "regular_hours", "add": -101},
            ["below 0", "6 of 6 rows", "LINE", "2025-09-01"],
        ),
        ({"table": "policies", "column": "service_level", "set": 1.2}, ["above 0.9999"]),
        ({"table": "sources", "column": "lead_time", "multiply": 1.5}, ["not whole"]),
        ({"table": "policies", "column": "cover_max", "multiply": 2}, ["empty in all rows", "use set"]),
    ],
)
def test_a_change_that_cannot_be_made_says_which_and_how_to_mend_it(change, words):
    (problem,) = problems_of(change)
    assert "s0, change 1" in problem
    for word in words:
        assert word in problem


def test_the_problems_of_all_scenarios_are_reported_together():
    unknown = {"table": "capcity", "column": "regular_hours", "set": 0}
    nothing = {"table": "demand_plan", "column": "consensus", "set": 0, "start": "2031-01"}
    both = {"table": "capacity", "column": "regular_hours", "set": 1, "multiply": 1}
    problems = problems_of(unknown, nothing, both)
    assert len(problems) == 3
    assert [f"s{number}, change 1" in problem for number, problem in enumerate(problems)] == [True] * 3


def test_a_name_used_twice_or_taken_by_base_is_refused():
    change = Change(table="capacity", column="regular_hours", set=1)
    scenarios = [Scenario(name=name, question="?", changes=[change]) for name in ("twice", "twice", "base")]
    with pytest.raises(PlanningError) as error:
        scenario_tables(scenarios, company())
    assert [problem.key for problem in error.value.problems] == ["twice", "base"]


@settings(deadline=None, max_examples=40)
@given(factor=st.floats(0, 10), month=st.integers(0, 5))
def test_multiplying_some_buckets_changes_their_sum_by_the_factor_and_no_other(factor, month):
    tables = {"demand_plan": tiny.demand_plan()}
    start = tiny.BUCKETS[month].strftime("%Y-%m")
    change = Change(table="demand_plan", column="consensus", multiply=factor, start=start)
    before, after = tables["demand_plan"], apply_changes(tables, [change])["demand_plan"]
    hit = before["bucket"] >= tiny.BUCKETS[month]
    assert after.loc[hit, "consensus"].sum() == pytest.approx(before.loc[hit, "consensus"].sum() * factor)
    assert after.loc[~hit, "consensus"].equals(before.loc[~hit, "consensus"])
