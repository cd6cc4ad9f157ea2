"""Charts of risk say their message, and draw what the tables hold."""

import numpy as np
import pandas as pd
import pytest
from tiny_risk import solved

from sopbench.params_risk import Hedge, Risk
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
