"""Levers as the meeting reads them."""

import pandas as pd

from sopbench.presop import framed
from sopbench.views.presop_levers import best_levers, lever_chart, no_longer_asked

LEVERS = pd.DataFrame(
    {
        "lever": ["shift_line", "sooner_kit", "dear_line"],
        "gap": "shortage",
        "cause": ["resource", "lead time", "resource"],
        "cause_id": ["LINE", "KIT", "LINE"],
        "question": ["What if LINE has a further shift?", "What if KIT comes sooner?", "What if all is bought in?"],
        "closes_units": [10.0, 5.0, 12.0],
        "closes_money": [1000.0, 400.0, 1200.0],
        "costs": [300.0, 500.0, 900.0],
        "earns": [700.0, -100.0, 300.0],
        "cost_per_unit": [30.0, 100.0, 75.0],
        "rank": [1, 3, 2],
    }
)


def test_the_levers_that_earn_are_said_the_best_first_and_one_a_cause():
    said = best_levers(framed(LEVERS), "EUR")
    assert "1. What if LINE has a further shift? Closes 1,000 EUR at risk for 300 EUR, **earns 700 EUR**." in said
    assert "2." not in said
    budget = best_levers(LEVERS.head(1).assign(gap="budget"), "EUR")
    assert "Brings 1,000 EUR of revenue for 300 EUR, **earns 700 EUR**." in budget
    assert best_levers(framed(LEVERS.query("earns < 0")), "EUR") == "No lever tried here earns more than it costs."


def test_the_chart_says_which_lever_earns_most_and_ranks_by_cost_for_a_unit():
    spec = lever_chart(LEVERS, "EUR").to_dict()
    assert spec["title"]["text"] == "Shift LINE earns most: 700 EUR beyond base"
    assert spec["spec"]["layer"][0]["encoding"]["y"]["sort"] == ["shift LINE", "dear LINE", "sooner KIT"]
    assert "no large shortage" in lever_chart(LEVERS.head(0), "EUR").data


def test_expired_scenarios_are_named():
    assert no_longer_asked(["old_one", "older"]) == "No longer asked, as they have expired: old one, older."
    assert no_longer_asked([]) == ""
