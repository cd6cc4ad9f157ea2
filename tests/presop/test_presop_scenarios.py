"""Scenarios change what they say and nothing else, and what they cannot change is said for all of them at once."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench.contract import PlanningError
from sopbench.params import Change, Scenario
from sopbench.presop import apply_changes, changes_of, scenario_tables, still_asked


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
        ({"table": "capacity", "column": "resource_id", "set": 0}, ["no such column that a scenario can set"]),
        ({"table": "capacity", "column": "regular_hours"}, ["nothing of set, add, multiply"]),
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
        ({"table": "demand_plan", "column": "consensus", "multiply": 110}, ["not per cent", "1.1 is 110 %"]),
        ({"table": "sources", "column": "lead_time", "shift": 1}, ["does not change by bucket"]),
        ({"table": "sources", "remove": True, "where": {"origin_id": "ACMEE"}}, ["did you mean ACME?"]),
        ({"table": "sources", "remove": True, "column": "unit_cost"}, ["column means nothing beside remove"]),
        ({"table": "resources", "rows": [{"resource": "LINE2"}]}, ["resource", "did you mean resource_id?"]),
        ({"table": "sources", "rows": [{"item_id": "KIT", "location_id": "DC", "method": "beg"}]}, ["method", "beg"]),
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


@given(factor=st.floats(0, 10), month=st.integers(0, 5))
def test_multiplying_some_buckets_changes_their_sum_by_the_factor_and_no_other(factor, month):
    tables = {"demand_plan": tiny.demand_plan()}
    start = tiny.BUCKETS[month].strftime("%Y-%m")
    change = Change(table="demand_plan", column="consensus", multiply=factor, start=start)
    before, after = tables["demand_plan"], apply_changes(tables, [change])["demand_plan"]
    hit = before["bucket"] >= tiny.BUCKETS[month]
    assert after.loc[hit, "consensus"].sum() == pytest.approx(before.loc[hit, "consensus"].sum() * factor)
    assert after.loc[~hit, "consensus"].equals(before.loc[~hit, "consensus"])


def test_rows_come_and_replace_those_of_the_same_key():
    new = {"resource_id": "LINE2", "location_id": "PLANT", "kind": "machine"}
    before = company()["resources"]
    after = changed(table="resources", rows=[new, {**new, "resource_id": "LINE", "cost_regular": 99.0}])["resources"]
    assert len(after) == len(before) + 1
    assert after.set_index("resource_id").loc["LINE", "cost_regular"] == 99.0
    assert after.dtypes.tolist() == before.dtypes.tolist()


def test_rows_selected_go():
    after = changed(table="sources", remove=True, where={"origin_id": "ACME"})["sources"]
    assert "ACME" not in set(after["origin_id"])
    assert len(after) == len(company()["sources"]) - (company()["sources"]["origin_id"] == "ACME").sum()


def test_demand_comes_later_line_by_line_and_a_promotion_moves_by_months():
    before = company()["demand_plan"]
    after = changed(table="demand_plan", column="consensus", shift=2, where={"item_id": "PUMP"})["demand_plan"]
    line = ["item_id", "location_id", "customer_id"]
    for key, rows in before.groupby(line):
        now = after[(after[line] == list(key)).all(axis=1)].sort_values("bucket")["consensus"].tolist()
        was = rows.sort_values("bucket")["consensus"].tolist()
        assert now == ([0.0, 0.0, *was[:-2]] if key[0] == "PUMP" else was)
    event = {"event_id": "E1", "scope": "item:PUMP", "start": "2025-10-01", "end": "2025-10-01", "price": 90.0}
    moves = [Change(table="events", rows=[event])]
    moves += [Change(table="events", column=column, shift=1, where={"event_id": "E1"}) for column in ("start", "end")]
    moved = apply_changes(company(), moves)["events"].set_index("event_id").loc["E1"]
    assert (moved["start"], moved["end"]) == (pd.Timestamp("2025-11-01"), pd.Timestamp("2025-11-01"))


def test_two_changes_that_set_the_same_cells_to_different_values_contradict_each_other():
    hours = {"table": "capacity", "column": "regular_hours"}
    with pytest.raises(PlanningError, match="change 1 sets regular_hours of capacity to 0 in 1 of the same rows"):
        apply_changes(company(), [Change(**hours, set=0, end="2025-09"), Change(**hours, set=50)])
    apart = [Change(**hours, set=0, end="2025-09"), Change(**hours, set=50, start="2025-10")]
    assert set(apply_changes(company(), apart)["capacity"]["regular_hours"]) == {0.0, 50.0}


def family(**said) -> Scenario:
    double = Change(table="demand_plan", column="consensus", multiply=2)
    return Scenario(**{"question": "?", "changes": [double], **said})


def test_a_scenario_stands_on_its_parents():
    scenarios = [
        family(name="grandchild", parent="child"),
        family(name="child", parent="parent"),
        family(name="parent"),
    ]
    sums = {
        name: each["demand_plan"]["consensus"].sum() for name, each in scenario_tables(scenarios, company()).items()
    }
    base = sums["base"]
    assert sums == pytest.approx({"base": base, "grandchild": 8 * base, "child": 4 * base, "parent": 2 * base})
    assert len(changes_of("grandchild", scenarios)) == 3
    assert changes_of("base", scenarios) == []


def test_a_parent_that_is_not_there_or_descends_from_its_child_is_refused():
    with pytest.raises(PlanningError, match="did you mean parent?"):
        scenario_tables([family(name="parent"), family(name="child", parent="parents")], company())
    with pytest.raises(PlanningError, match="its own parent's parent"):
        scenario_tables([family(name="a", parent="b"), family(name="b", parent="a")], company())


def test_an_expired_scenario_is_asked_no_more_but_its_children_keep_its_changes():
    scenarios = [family(name="old", expires="2025-09-01"), family(name="child", parent="old"), family(name="new")]
    current, expired = still_asked(scenarios, pd.Timestamp("2025-09-01"))
    assert expired == ["old"]
    assert [each.name for each in current] == ["child", "new"]
    tables = scenario_tables(current, company())
    base = tables["base"]["demand_plan"]["consensus"].sum()
    assert tables["child"]["demand_plan"]["consensus"].sum() == pytest.approx(4 * base)
    assert still_asked(scenarios, pd.Timestamp("2025-08-01"))[1] == []
