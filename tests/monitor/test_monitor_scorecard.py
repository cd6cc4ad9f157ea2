"""The scorecard says in words what each measure came to; the alerts shown are few, and the others counted."""

import pandas as pd
from test_monitor_performance import AUGUST, JULY, NO_ACCURACY, SEPTEMBER, figures, found_by, measured, silenced

from sopbench.contract import checked, table
from sopbench.params import Monitor
from sopbench.params.monitor import Limits
from sopbench.views import monitor as charts
from sopbench.views import monitor_scorecard as scores
from sopbench.views import svg


def rows() -> pd.DataFrame:
    return scores.scorecard(measured(), "EUR").set_index("measure")


def test_each_measure_has_value_target_result_and_trend_in_words():
    assert rows().loc["on time in full"].tolist() == ["Aug 2025", "100.0%", "95.0%", "met", "50.0 points up, better"]
    assert rows().loc["production attainment"].tolist() == [
        "Aug 2025", "75.0%", "95.0%", "missed", "25.0 points down, worse",
    ]  # fmt: skip
    assert rows().loc["inventory value"].tolist()[1:] == ["9,700 EUR", "2,800 EUR", "+246.4% off", "5,700 EUR up"]


def test_money_that_comes_with_the_season_is_not_called_better_or_worse():
    assert rows().loc["revenue, against plan", "trend"] == "1,500 EUR up"


def test_a_measure_of_one_bucket_has_no_trend_and_one_without_target_no_result():
    assert rows().loc["nervousness", "trend"] == "–"
    assert rows().loc["changes of the near plan", ["target", "result"]].tolist() == ["–", "–"]


def causes() -> pd.DataFrame:
    found = [("total", "all", 300.0, "demand"), ("total", "all", 100.0, "supply")]
    found += [("family", "pumps", 300.0, "demand"), ("family", "kits", 100.0, "supply")]
    frame = pd.DataFrame(found, columns=["level", "key", "missed_value", "cause"])
    return checked(frame.assign(bucket=AUGUST, points=frame["missed_value"] / 10_000), table("service_causes"))


def test_a_miss_is_told_with_its_largest_cause_first():
    said = scores.causes_in_words(causes(), "EUR")
    assert said.startswith("Not shipped in Aug 2025: **400 EUR** (4.00% of orders). 300 EUR demand: orders beyond")
    assert scores.causes_in_words(causes().head(0), "EUR") == "Everything that was ordered was shipped in its bucket."
    chart = scores.service_miss(causes(), "EUR")
    assert chart.to_dict()["title"]["text"] == "75.0% of what was not shipped in time came from demand"
    assert svg(chart).startswith("<svg")


def test_alerts_are_few_counted_and_the_silenced_apart():
    given = {"accuracy": NO_ACCURACY, "kpis": measured(), "silences": silenced(("stock/pumps", "2025-12-01"))}
    found = found_by(Monitor(exceptions_shown=1), SEPTEMBER, "EUR", **given)
    assert scores.alerts_in_words(found) == "**2 alerts open**, the 1 with most money shown; 1 silenced."
    assert scores.alerts_table(found)[["rule", "due"]].to_numpy().tolist() == [["attainment", "2025-09-15"]]
    assert scores.silenced_table(found)[["silenced_by", "until", "reason"]].to_numpy().tolist() == [
        ["Ada", "2025-12-01", "known"]
    ]
    assert scores.alerts_in_words(found.head(0)) == "**Nothing lies beyond its limits.**"


def test_a_family_with_its_own_target_is_judged_by_it_and_the_line_is_that_of_all():
    kpis = measured(Monitor(family_limits={"pumps": Limits(attainment_target=0.7)}))
    assert figures(kpis, "attainment", JULY, "family", "pumps")[1] == 0.7
    chart = charts.share_by_family(kpis, "attainment").to_dict()
    assert chart["title"]["text"] == "Production attainment 75.0% in Aug 2025: no family below its own target"
    assert [row["target"] for data in chart["datasets"].values() for row in data if len(data) == 1] == [0.95]
