"""The charts of pre-S&OP and executive say their figures in the title and stand where something is missing."""

import pandas as pd
import pytest

from sopbench.contract import checked, table
from sopbench.views import executive, presop

SEP, OCT = pd.to_datetime(["2025-09-01", "2025-10-01"])


def comparison(**columns) -> pd.DataFrame:
    rows = {"family": ["pumps", "kits"] * 2, "bucket": [SEP, SEP, OCT, OCT], "line": "revenue"}
    rows |= {"plan": [90e3, 50e3, 80e3, 40e3], "budget": [100e3, 45e3, None, None]}
    return checked(pd.DataFrame(rows | columns), table("comparison"))


def scenarios(*names: str) -> pd.DataFrame:
    kinds = {"base": "base", "boom": "risk", "shift": "option"}
    return checked(
        pd.DataFrame({"scenario": names, "kind": [kinds[name] for name in names], "question": "?", "changes": "x"}),
        table("scenarios"),
    )


def kpis(*names: str) -> pd.DataFrame:
    base = {"revenue": 1e6, "contribution": 4e5, "service": 0.95, "inventory_average": 2e5, "overtime_hours": 40.0}
    units = {"service": "share", "overtime_hours": "hours"}
    better = {"base": 0.0, "boom": -0.2, "shift": 0.1}
    rows = [
        {
            "scenario": name,
            "kpi": kpi,
            "unit": units.get(kpi, "money"),
            "value": value * (1 + better[name]),
            "base": value,
        }
        for name in names
        for kpi, value in base.items()
    ]
    found = pd.DataFrame(rows)
    return checked(found.assign(difference=found["value"] - found["base"]), table("scenario_kpis"))


def title(chart) -> str:
    return chart.to_dict()["title"]["text"]


def cells(chart) -> pd.DataFrame:
    """The rows a chart draws, of all its data together."""
    return pd.concat([pd.DataFrame(rows) for rows in chart.to_dict()["datasets"].values()])


def test_plan_against_budget_counts_only_months_with_a_budget():
    assert title(executive.plan_against_budget(comparison(), "EUR")) == (
        "Revenue 260 k EUR, Sep 2025 to Oct 2025: 5,000 EUR (3.4%) under budget up to Sep 2025"
    )


def test_charts_stand_without_budget_and_last_cycle():
    nothing = comparison(budget=None)
    assert title(executive.plan_against_budget(nothing, "EUR")).endswith("there is no budget")
    assert title(executive.family_gaps(nothing, "EUR")) == "There is no budget to compare with"
    assert title(executive.budget_bridge(nothing, "EUR")) == "There is no budget to compare with"


def test_family_gaps_counts_the_families_under_budget():
    assert title(executive.family_gaps(comparison(), "EUR")) == "1 of 2 families are planned under budget"


def test_the_bridge_names_the_whole_and_its_largest_step():
    assert title(executive.budget_bridge(comparison(), "EUR")) == (
        "From budget to plan: revenue 5,000 EUR under, the largest step pumps −10 k EUR"
    )


def test_the_scenario_table_shows_difference_to_base_and_what_is_better():
    names = ("base", "boom", "shift")
    chart = executive.scenario_table(kpis(*names), scenarios(*names), "EUR")
    assert (
        title(chart) == "Contribution: the option shift brings most (+40 k EUR); the risk boom costs most (−80 k EUR)"
    )
    drawn = cells(chart).set_index(["scenario", "kpi"])
    assert drawn.loc[("boom", "overtime_hours"), ["said", "than", "side"]].tolist() == ["32 h", "−8 h", "good"]
    assert drawn.loc[("boom", "service"), ["said", "than", "side"]].tolist() == ["76.0%", "−19.0 pt", "short"]
    assert drawn.loc[("base", "revenue"), "than"] == ""


@pytest.mark.parametrize("names", [("base",), ("base", "boom", "shift")])
def test_difference_to_base_stands_with_and_without_scenarios(names):
    chart = presop.difference_to_base(kpis(*names), scenarios(*names), "EUR")
    alone = "There is no scenario beside base"
    assert title(chart) == (
        alone if len(names) == 1 else "Boom (risk) takes 80 k EUR of contribution, the largest change"
    )


def shortages(money: list[float]) -> pd.DataFrame:
    rows = {"scenario": ["base", "boom"], "item_id": "PUMP", "location_id": "DC", "bucket": [SEP, OCT], "qty": 1.0}
    return checked(
        pd.DataFrame(rows | {"revenue_at_risk": money, "cause": "resource", "cause_id": "LINE"}), table("shortages")
    )


def test_late_by_bucket_says_what_base_ships_late_and_names_every_scenario():
    chart = presop.late_by_bucket(shortages([500.0, 7000.0]), scenarios("base", "boom", "shift"), "EUR")
    assert title(chart) == "Base ships 500 EUR late or not at all"
    assert chart.to_dict()["layer"][0]["encoding"]["y"]["scale"]["domain"] == [
        "base: 500 EUR", "shift: 0 EUR", "boom: 7,000 EUR"
    ]  # fmt: skip


def test_late_by_bucket_stands_when_nothing_is_late():
    chart = presop.late_by_bucket(table("shortages").empty(), scenarios("base"), "EUR")
    assert title(chart) == "Base ships 0 EUR late or not at all"


def test_bottlenecks_counts_the_resources_that_are_full():
    rows = {
        "resource_id": ["A", "B"],
        "bucket": SEP,
        "load": [120.0, 50.0],
        "regular": [100.0, 50.0],
        "overtime": [20.0, 0.0],
    }
    rows |= {"regular_available": 100.0, "overtime_available": 20.0, "utilisation": [1.2, 0.5], "shadow_price": 0.0}
    chart = presop.bottlenecks(checked(pd.DataFrame(rows), table("capacity_plan")), 0.95)
    assert title(chart) == "1 of 2 resources reach 95.0% of their regular hours in some month"
    assert cells(chart).set_index("resource_id")["said"].to_dict() == {"A": "120%", "B": ""}


def test_same_base_tells_a_plan_that_is_not_the_one_reviewed():
    assert presop.same_base(1e6, 1e6 + 1e-9, "EUR").startswith("Base is the plan of the supply review")
    assert "is not the plan" in presop.same_base(1e6, 1.1e6, "EUR")
    assert "is not the plan" in presop.same_base(1e6, 1.1e6, "EUR", 0.005)
    assert "within its gap" in presop.same_base(1e6, 1.004e6, "EUR", 0.005)


def test_gaps_are_told_by_what_they_are_of_and_a_budgets_size_is_its_money():
    rows = pd.DataFrame({"scenario": "base", "kind": list(presop.GAPS), "key": ["PUMP", "pumps", "L"],
                         "bucket": SEP, "size": [3.0, 900.0, 7.0], "unit": ["units", "money", "hours"],
                         "money": [300.0, 900.0, 70.0], "message": "short"})  # fmt: skip
    shown = {kind: presop.largest_gaps(checked(rows, table("gaps")), kind) for kind in presop.GAPS}
    assert list(shown["shortage"]) == ["item_id", "bucket", "what falls short", "units", "money"]
    assert list(shown["budget"]) == ["family", "bucket", "what falls short", "money"]
    assert shown["bottleneck"]["hours above the limit"].tolist() == [7.0]
