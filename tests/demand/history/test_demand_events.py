"""What past events brought, against what was promised."""

import numpy as np
import pandas as pd
import pytest
from history_cases import MONTHS, cleaned, events, items, sales, steady

from sopbench import demand
from sopbench.views import demand_history as views
from sopbench.views import svg

GOODS = items("A", "B")


def measured(true, *rows, sold=None):
    """The events measured; `true` is what an event's month was multiplied by."""
    happened = events(*rows)
    if sold is None:
        factor = np.ones(60)
        for month, each in true.items():
            factor[month] *= each
        sold = pd.concat([sales(steady(200.0, 0.04, seed) * factor, item) for item, seed in (("A", 1), ("B", 2))])
    made = cleaned(sold, GOODS, happened)
    return demand.measured_uplift(made.history, made.corrections, items=GOODS, events=happened).set_index("event_id")


def test_an_uplift_that_did_not_come_true_is_told():
    said = measured({20: 1.1}, ("E", "family:F", MONTHS[20], MONTHS[20], 0.5)).loc["E"]
    assert said["measured"] == pytest.approx(0.1, abs=2.5 * said["error"]) and said["error"] < 0.1
    assert said["stated"] == 0.5 and said["base"] == pytest.approx(400.0, rel=0.05)
    assert said["ordered"] == pytest.approx(said["base"] * (1 + said["measured"]))


def test_overlapping_events_are_each_measured_over_what_the_other_promised():
    rows = [("ALL", "all", MONTHS[20], MONTHS[21], 0.5), ("A", "item:A", MONTHS[20], MONTHS[20], 1.0)]
    factor = np.ones(60)
    factor[20:22] = 1.5
    sold = [sales(steady(200.0, 0.04) * factor * np.where(np.arange(60) == 20, 2.0, 1.0), "A")]
    sold.append(sales(steady(200.0, 0.04, 2) * factor, "B"))
    said = measured({}, *rows, sold=pd.concat(sold))
    assert said["measured"].to_dict() == pytest.approx({"ALL": 0.5, "A": 1.0}, abs=0.15)
    assert said["buckets"].to_dict() == {"ALL": 2, "A": 1}


def test_a_month_promoted_every_year_cannot_be_told_from_its_season():
    rows = [(f"E{year}", "all", MONTHS[10 + 12 * year], MONTHS[10 + 12 * year], 0.3) for year in range(5)]
    said = measured({10 + 12 * year: 1.3 for year in range(5)}, *rows)
    assert said["measured"].isna().all() and said["base"].eq(0.0).all()
    assert views.uplift_in_words(said.reset_index()) == "No past event can be measured"


def test_events_to_come_are_left_out_and_one_that_ended_all_demand_is_not_measured():
    rows = [("BAN", "item:A", MONTHS[20], MONTHS[20], -1.0), ("NEXT", "all", "2025-03-01", "2025-03-01", 0.2)]
    said = measured({20: 0.0}, *rows)
    assert said.index.tolist() == ["BAN"] and np.isnan(said.loc["BAN", "measured"])


def test_no_events_give_an_empty_table():
    assert measured({}).empty


def test_an_error_is_right_as_often_as_it_says():
    """Forty promotions of items with noise: nine in ten lie within two errors of what is true."""
    rng, hits = np.random.default_rng(3), []
    for seed in range(10):
        months = rng.choice(np.arange(6, 54), 4, replace=False)
        rows = [(f"E{each}", "all", MONTHS[each], MONTHS[each], 0.3) for each in months]
        factor = np.where(np.isin(np.arange(60), months), 1.3, 1.0)
        sold = [sales(steady(200.0, 0.1, 10 * seed + each) * factor, item) for each, item in enumerate("AB")]
        said = measured({}, *rows, sold=pd.concat(sold)).dropna()
        hits += ((said["measured"] - 0.3).abs() <= 2 * said["error"]).tolist()
    assert len(hits) >= 35 and np.mean(hits) >= 0.85


def test_the_views_say_which_events_came_out_otherwise():
    rows = [("GOOD", "all", MONTHS[20], MONTHS[20], 0.5), ("POOR", "all", MONTHS[33], MONTHS[33], 0.5)]
    said = measured({20: 1.5, 33: 1.0}, *rows).reset_index()
    told = views.uplift_told(said).set_index("event_id")
    assert told["verdict"].to_dict() == {"GOOD": "as promised", "POOR": "less than promised"}
    assert "1 of 2 events came out otherwise" in views.uplift_in_words(said)
    assert svg(views.uplift_against_promise(said)).startswith("<svg")


def test_of_many_events_those_of_most_units_are_drawn(monkeypatch):
    monkeypatch.setattr(views, "DRAWN", 1)
    rows = [("SMALL", "all", MONTHS[20], MONTHS[20], 0.5), ("LARGE", "all", MONTHS[33], MONTHS[33], 0.5)]
    said = measured({20: 1.5, 33: 1.5}, *rows).reset_index()
    said["base"] = said["event_id"].map({"SMALL": 10.0, "LARGE": 100.0})
    drawn = views.uplift_against_promise(said).to_dict()
    (dots,) = (rows for rows in drawn["datasets"].values() if "event_id" in rows[0])
    assert [row["event_id"] for row in dots] == ["LARGE"]
    assert "the 1 of 2 that spoke of most units" in str(drawn["title"])
