"""Charts of risk say their message, and draw what the tables hold."""

import numpy as np
import pandas as pd
import pytest
from tiny_risk import solved

from sopbench.contract.words import in_money
from sopbench.params.risk import Hedge, Risk
from sopbench.presop.risk import risk_study
from sopbench.views import presop_risk as charts
from sopbench.views.render import svg


@pytest.fixture(scope="module")
def found() -> dict[str, pd.DataFrame]:
    tables, plans = solved()
    return risk_study(Risk(paths=200, hedge=Hedge(courses=5)), tables, plans)


def title(chart) -> str:
    return chart.to_dict()["title"]["text"]


@pytest.mark.parametrize("measure", ["gross_margin", "contribution"])
def test_the_columns_of_a_distribution_hold_every_path_and_none_lies_on_both_sides(found, measure):
    chart = charts.money_at_risk(found["risk_paths"], found["risk_outcomes"], "EUR", measure)
    said = chart.to_dict()
    bars = next(rows for rows in said["datasets"].values() if "share" in rows[0])
    assert sum(row["share"] for row in bars) == pytest.approx(1)
    below = sum(row["share"] for row in bars if row["below"])
    outcome = found["risk_outcomes"].set_index(["family", "measure"]).loc[("all", measure)]
    limit = outcome["plan"] if np.isnan(outcome["budget"]) else outcome["budget"]
    assert below == pytest.approx((found["risk_paths"][measure] < limit).mean(), abs=0.01)
    assert "probability" in title(chart)


def test_the_tornado_names_the_widest_driver(found):
    first = found["risk_drivers"].sort_values("rank").iloc[0]
    chart = charts.tornado(found["risk_drivers"], "EUR")
    assert first["key"] in title(chart)
    assert "Nothing" in title(charts.tornado(found["risk_drivers"].head(0), "EUR"))


def test_service_is_drawn_from_the_worst_family_to_all(found):
    chart = charts.service_at_risk(found["risk_outcomes"], 0.97)
    assert "on average" in title(chart)
    assert "all families" in svg(chart)


def test_every_chart_and_table_can_be_drawn(found):
    tables, _ = solved()
    for chart in (
        charts.money_at_risk(found["risk_paths"], found["risk_outcomes"], "EUR"),
        charts.tornado(found["risk_drivers"], "EUR"),
        charts.hedge_moves(found["hedge_plan"], tables["items"], "EUR"),
        charts.hedge_moves(found["hedge_plan"].head(0), tables["items"], "EUR"),
    ):
        assert svg(chart).startswith("<svg")
    assert charts.outcome_table(found["risk_outcomes"])["measure"].tolist()[0] == "revenue"
    assert charts.hedge_table(found["hedge_worth"])["choice"].tolist() == ["plan", "best on average", "hedge"]
    assert "The hedge costs" in charts.hedge_in_words(found["hedge_worth"], 0.1, "EUR")
    assert "No hedge" in charts.hedge_in_words(found["hedge_worth"].head(0), 0.1, "EUR")


def test_the_panel_says_the_chance_the_worst_and_the_widest_driver_of_the_tables(found):
    whole = found["risk_outcomes"].query("family == 'all'").set_index("measure").loc["gross_margin"]
    first = found["risk_drivers"].sort_values("rank").iloc[0]
    budgeted = found["risk_outcomes"].assign(budget=1e9, chance_of_missing=0.25)
    panel = charts.risk_panel(budgeted, found["risk_drivers"], "EUR")
    assert panel.answer == "Gross margin misses the budget with a probability of 25 %."
    assert panel.side == "good"
    assert in_money(whole["cvar"], "EUR") in panel.rows[1][1] and "less than planned" in panel.rows[1][1]
    assert first["key"] in panel.rows[2][0] and in_money(first["swing"], "EUR") in panel.rows[2][1]


def test_the_panel_says_where_there_is_no_budget_and_where_nothing_was_played(found):
    without = found["risk_outcomes"].assign(budget=np.nan, chance_of_missing=np.nan)
    panel = charts.risk_panel(without, found["risk_drivers"].head(0), "EUR")
    assert panel.answer == "There is no budget that could be missed."
    assert (len(panel.rows), panel.side) == (2, "")
    assert charts.risk_panel(without.head(0), found["risk_drivers"], "EUR").rows == ()
