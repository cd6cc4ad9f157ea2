"""What a scenario assumes is measured: units and hours in all, prices and times on average, rows by their number."""

import pandas as pd

import tiny
from sopbench.params import Change, Scenario
from sopbench.presop import assumption_changes


def measured(*changes: dict, **more) -> pd.DataFrame:
    company = tiny.tables() | {"demand_plan": tiny.demand_plan()}
    asked = [Scenario(name="one", question="?", changes=[Change(**each) for each in changes]), *more.values()]
    return assumption_changes(asked, company)


def test_demand_and_hours_are_added_up_over_the_rows_that_change():
    plan = tiny.demand_plan()
    pumps = plan.loc[(plan["item_id"] == "PUMP") & (plan["bucket"] == tiny.BUCKETS[1]), "consensus"].sum()
    found = measured(
        {"table": "demand_plan", "column": "consensus", "multiply": 1.5, "where": {"family": "pumps"},
         "start": "2025-10", "end": "2025-10"},
        {"table": "capacity", "column": "regular_hours", "add": -25, "start": "2025-11"},
    )  # fmt: skip
    assert found[["rows", "unit", "before", "after"]].to_numpy().tolist() == [
        [2, "units", pumps, 1.5 * pumps], [4, "hours", 400.0, 300.0]
    ]  # fmt: skip
    assert found["words"].tolist() == ["demand +50 % for pumps, Oct 2025", "regular hours −25, from Nov 2025"]


def test_of_prices_and_times_the_mean_is_told_of_the_rows_that_truly_change():
    found = measured({"table": "sources", "column": "lead_time", "set": 2})
    assert found[["rows", "unit", "before", "after"]].to_numpy().tolist() == [
        [3, "mean", 1.0, 2.0]
    ]  # KIT has 2 already


def test_rows_that_come_or_go_are_counted():
    day = {"resource_id": "LINE2", "bucket": "2025-10-01", "regular_hours": 10.0}
    found = measured(
        {"table": "capacity", "rows": [day]}, {"table": "sources", "remove": True, "where": {"item_id": "KIT"}}
    )
    assert found[["rows", "unit", "before", "after"]].to_numpy().tolist() == [[1, "rows", 6, 7], [1, "rows", 4, 3]]


def test_the_changes_of_a_parent_come_first_and_their_sizes_follow_one_another():
    twice = [Change(table="capacity", column="regular_hours", multiply=2.0)]
    found = measured(
        {"table": "capacity", "column": "regular_hours", "multiply": 0.5},
        child=Scenario(name="child", question="?", parent="one", changes=twice),
    )
    child = found[found["scenario"] == "child"]
    assert child["number"].tolist() == [1, 2]
    assert child[["before", "after"]].to_numpy().tolist() == [[600.0, 300.0], [300.0, 600.0]]


def test_without_scenarios_nothing_is_assumed_otherwise():
    assert assumption_changes([], tiny.tables()).empty
