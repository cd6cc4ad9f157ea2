"""Monitoring's charts say their message with the figures, and can be drawn."""

import pandas as pd
import pytest
from test_monitor_accuracy import items, plans, sales
from test_monitor_performance import measured as measured_kpis
from test_monitor_value_added import MONTHS, WOBBLE, stairs, worth

from sopbench.monitor import accuracy, released_orders, waterfall
from sopbench.views import monitor as charts
from sopbench.views import monitor_value as value
from sopbench.views import svg

START = pd.Timestamp("2025-07-01")
FORECAST, ORDERED = {"A": [12, 12, 12, 12, 12, 12]}, {"A": [10, 10, 10, 10, 10, 10]}


@pytest.fixture(scope="module")
def measured() -> pd.DataFrame:
    plan = pd.concat([plans(FORECAST), plans(FORECAST).assign(cycle=pd.Timestamp("2025-01-01"))])
    return accuracy(plan.drop_duplicates(["cycle", "bucket"]), sales(ORDERED), items(A=1.0), START)


def title(chart) -> str:
    said = chart.to_dict()["title"]
    return said["text"] if isinstance(said, dict) else said


def test_titles_say_the_message_with_its_figures(measured):
    kpis = measured_kpis()
    assert title(charts.error_by_stream(measured)).startswith("The consensus missed one month ahead by 20.0%, 20.0")
    assert "20.0 points worse than the naive forecast; naive was best" in title(charts.error_by_stream(measured))
    assert title(charts.error_by_lag(measured)) == "From one to 6 months ahead the error goes from 20.0% to 20.0%"
    assert title(charts.bias_by_family(measured, 0.1)) == "1 of 1 families planned more than 10.0% off to one side"
    assert title(charts.bias_by_family(measured, 0.3)) == "No family planned more than 30.0% off to one side"
    assert (
        title(charts.share_by_family(kpis, "attainment"))
        == "Production attainment 75.0% in Aug 2025: 1 of 1 families below 95.0%"
    )
    assert title(charts.share_by_family(kpis, "service")) == "Service 100.0% in Aug 2025: no family below 97.0%"
    assert (
        title(charts.money_against_plan(kpis, "revenue", "EUR")) == "Revenue 9,500 EUR in Aug 2025, 500 EUR above plan"
    )
    said = waterfall(plans(FORECAST), sales(ORDERED), items(A=1.0))
    assert title(charts.forecast_waterfall(said, "EUR")) == "Jun 2025: planned 20.0% too much when it was next"


def test_every_chart_can_be_drawn(measured):
    kpis = measured_kpis()
    drawn = [
        charts.error_by_stream(measured),
        charts.error_by_lag(measured),
        charts.bias_by_family(measured, 0.1),
        charts.share_by_family(kpis, "service"),
        charts.money_against_plan(kpis, "stock", "EUR"),
        charts.forecast_waterfall(waterfall(plans(FORECAST), sales(ORDERED), items(A=1.0)), "EUR"),
    ]
    assert all(svg(chart).startswith("<svg") for chart in drawn)


def test_the_release_sentence_says_who_approved_or_how_to():
    approval = {"by": "Ada", "at": "2025-08-28T10:00:00+00:00", "plan_hash": "abc123", "conditions": ""}
    assert "approved by **Ada** on 2025-08-28" in charts.release_words("2025-09", approval, "tiny.yaml", 3)
    said = charts.release_words("2025-09", None, "tiny.yaml", 3)
    assert "not approved, so nothing is released" in said
    assert 'sopbench approve tiny.yaml --cycle 2025-09 --by "Your name"' in said


def test_the_table_of_totals_puts_value_and_plan_side_by_side():
    table = charts.totals_table(measured_kpis(), "EUR").set_index("measure")
    assert table.loc["service", "Jul 2025"] == "87.5% (target 97.0%)"
    assert table.loc["stock turns", "Jul 2025"] == "12.8 times a year (target 14.8 times a year)"


def test_orders_are_summed_up_by_kind():
    from test_monitor_orders import CALENDAR, sourcing_plan

    orders = released_orders(1, CALENDAR["bucket"].iloc[-6], sourcing_plan=sourcing_plan([4, 5]), calendar=CALENDAR)
    row = charts.orders_by_kind(orders, items(PUMP=1.0)).iloc[0]
    assert (row["kind"], row["orders"], row["firm"], row["value"]) == ("production orders", 2, 1, 9.0)


def test_the_stairstep_names_who_adds_most_and_who_takes_away():
    moved = [("O-1", "Bob", "A", month, 11.0, 12.0) for month in MONTHS]
    steps = stairs(FORECAST, ORDERED, moved, statistical=13.0).reset_index()
    chart = value.stairstep(steps, "EUR")
    assert title(chart) == "Weighing the streams took 24 EUR of error away, the statistical forecast put 30 EUR in"
    assert svg(chart).startswith("<svg")
    assert value.value_by_lag(steps).iloc[0][["ahead", "agreed", "consensus"]].tolist() == pytest.approx([1, 20, -10])
    families = steps.assign(level="family", key="pumps")
    assert value.value_by_family(families).iloc[0][["family", "consensus"]].tolist() == ["pumps", -12.0]


def test_owners_and_advice_come_worst_first():
    bad = [("O-1", "Bob", "A", month, 10.0, 15.0) for month in MONTHS]
    good = [("O-2", "Ada", "B", month, 20.0, 11.0) for month in MONTHS]
    found = worth([*good, *bad], {"A": WOBBLE, "B": WOBBLE}).reset_index()
    assert value.owners_ranked(found)["owner"].tolist() == ["Bob", "Ada"]
    assert value.advice_table(found)["key"].tolist() == ["O-1", "O-2"]
    assert value.owners_by(found, "owner and family")[["owner", "where"]].to_numpy().tolist() == [
        ["Ada", "pumps"], ["Bob", "pumps"],
    ]  # fmt: skip
    assert value.owners_by(found, "owner and lag")["where"].tolist() == ["1 ahead", "1 ahead"]
    assert "Drop O-1" in value.advice_in_words(found, "EUR") and "by 52 EUR" in value.advice_in_words(found, "EUR")
    assert "No override is shown" in value.advice_in_words(found[found["key"] != "O-1"], "EUR")
