"""Time: holes in the calendar, days that cannot be, buckets nobody sold in."""

import pandas as pd
import pytest
from doubted import doubted, only, sound

import tiny
from sopbench import gather
from sopbench.gather.checks.buckets import calendar_holes, odd_working_days
from sopbench.params import Gather


def test_the_tiny_company_leaves_no_doubt():
    assert doubted(sound()) == []


def test_a_bucket_missing_in_the_middle_of_the_calendar_is_told():
    calendar = sound()["calendar"]
    assert calendar_holes(calendar) == []
    [problem] = calendar_holes(calendar[calendar["bucket"] != "2024-03-01"])
    assert (problem.key, problem.value) == ("bucket=2024-02-01", "1 missing after it")
    assert calendar_holes(calendar.iloc[5:-5]) == []


def test_a_hole_in_a_companys_calendar_reaches_the_findings():
    raw = sound()
    raw["calendar"] = raw["calendar"][raw["calendar"]["bucket"] != "2024-03-01"]
    _, problems = gather.examine(raw, tiny.START, 6, Gather(source="x"))
    assert [each.grade for each in problems if each.table == "calendar"] == ["warning", "note"]


@pytest.mark.parametrize(("days", "key"), [(0, "working_days"), (168, "bucket=2022-09-01")])
def test_working_days_that_cannot_be_are_told(days, key):
    calendar = sound()["calendar"]
    assert odd_working_days(calendar) == []
    assert odd_working_days(calendar.assign(working_days=float(days)))[0].key == key


def test_a_bucket_without_any_sale_is_told_with_the_money_of_a_usual_one():
    raw = sound()
    raw["sales"] = raw["sales"][raw["sales"]["bucket"] != "2024-03-01"]
    problem = only(raw)
    assert problem.key == "bucket=2024-03-01"
    assert problem.money == pytest.approx(raw["sales"]["revenue"].sum() / 35)


def test_a_company_that_sells_in_few_buckets_is_not_told_of_the_others():
    raw = sound()
    raw["sales"] = raw["sales"][raw["sales"]["bucket"].dt.month.isin([2, 5, 8, 11])]
    assert not [each for each in doubted(raw) if "nothing at all was sold" in each.message]


def test_the_last_bucket_missing_altogether_is_told_once():
    raw = sound()
    raw["sales"] = raw["sales"][raw["sales"]["bucket"] != "2025-08-01"]
    raw["customers"]["channel"] = "shops"
    problem = only(raw)
    assert problem.key == "bucket=2025-08-01, channel=shops"
    assert problem.money == pytest.approx(
        raw["sales"][raw["sales"]["bucket"] >= "2024-08-01"].groupby("bucket")["revenue"].sum().min()
    )


def test_a_history_shorter_than_a_year_raises_no_alarm():
    raw = sound()
    for name in ("sales", "production", "calendar"):
        raw[name] = raw[name][raw[name]["bucket"] >= pd.Timestamp("2025-05-01")]
    assert doubted(raw) == []
