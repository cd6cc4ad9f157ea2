"""Buckets are told apart by their first days: how long they last, how many make a year, which one lies a year back."""

import pandas as pd
import pytest
import rebucket
from hypothesis import given
from hypothesis import strategies as st

from sopbench.contract.buckets import a_year_before, are_months, buckets_a_year, first_days_after, middles
from sopbench.contract.words import naming

MONTHS = pd.date_range("2024-01-01", periods=24, freq="MS")
WEEKS = pd.date_range("2025-01-06", periods=60, freq="7D")
PERIODS, NAMES = rebucket.fiscal_periods(2022, 2026)
FOUR_WEEKS = pd.date_range("2023-12-31", periods=26, freq="28D")


def test_a_season_is_a_year_of_buckets():
    assert buckets_a_year(MONTHS) == 12
    assert buckets_a_year(pd.DatetimeIndex(["2025-02-01", "2025-03-01"])) == 12
    assert buckets_a_year(WEEKS) == 52
    assert buckets_a_year(PERIODS) == 12
    assert buckets_a_year(FOUR_WEEKS) == 13
    assert buckets_a_year(pd.DatetimeIndex(["2025-09-01"])) == 12


def test_a_bucket_ends_where_the_next_one_begins_and_the_last_one_as_a_year_before():
    assert first_days_after(MONTHS)[-1] == pd.Timestamp("2026-01-01")
    assert first_days_after(WEEKS)[-1] == WEEKS[-1] + pd.Timedelta(days=7)
    to_p3 = PERIODS[: 36 + 3]  # the last period lasts five weeks, the one before it four
    assert first_days_after(to_p3)[-1] == PERIODS[39]
    to_p4 = PERIODS[: 36 + 4]  # and here the other way round
    assert first_days_after(to_p4)[-1] == PERIODS[40]
    assert first_days_after(PERIODS[:2])[-1] == PERIODS[2]


@given(length=st.integers(14, 48))
def test_the_last_fiscal_period_ends_right_wherever_the_horizon_does(length):
    """Over 2024, which ends with a period of six weeks: a week off at most there, and nowhere else."""
    off = abs(first_days_after(PERIODS[:length])[-1] - PERIODS[length]).days
    assert off == 0 or (off == 7 and str(NAMES[length - 1]) in ("FY24 P12", "FY25 P12"))


def test_a_year_before_is_the_same_month_week_or_period():
    assert a_year_before(pd.Series(MONTHS[12:]), pd.Series(MONTHS)).tolist() == MONTHS[:12].tolist()
    weeks = a_year_before(pd.Series(WEEKS[52:]), pd.Series(WEEKS).drop(index=3))
    assert weeks.isna().tolist() == [False] * 3 + [True] + [False] * 4
    assert weeks.dropna().tolist() == WEEKS[[0, 1, 2, 4, 5, 6, 7]].tolist()
    periods = a_year_before(pd.Series(PERIODS[12:]), pd.Series(PERIODS))
    assert periods.tolist() == PERIODS[:-12].tolist()  # over the year of 53 weeks too
    assert a_year_before(pd.Series(PERIODS[:2]), pd.Series(PERIODS[20:])).isna().all()
    assert a_year_before(pd.Series(WEEKS[:2]), pd.Series(WEEKS[:0])).isna().all()


def test_a_bucket_belongs_to_the_quarter_its_middle_lies_in():
    period = middles(pd.Series(pd.to_datetime(["2024-12-29", "2025-01-26", "2025-02-23", "2025-03-30"])))
    assert period.dt.to_period("Q").astype(str).tolist() == ["2025Q1"] * 3 + ["2025Q2"]
    weeks = pd.Series(pd.date_range("2018-12-31", "2032-12-27", freq="W-MON"))
    assert (middles(weeks).dt.year == weeks.dt.isocalendar()["year"]).all()
    months = pd.Series(MONTHS)
    assert (middles(months).dt.to_period("M") == months.dt.to_period("M")).all()


@pytest.mark.parametrize(
    ("buckets", "said"),
    [(MONTHS, "Sep 2025"), (WEEKS, "2025-09-01"), (PERIODS, "2025-09-01"), (MONTHS[:0], "Sep 2025")],
)
def test_a_week_that_begins_on_the_first_is_not_called_a_month(buckets, said):
    assert naming(buckets)(pd.Timestamp("2025-09-01")) == said


def test_no_weeks_and_no_periods_are_taken_for_months():
    assert are_months(MONTHS)
    assert not any(
        are_months(days[at : at + 3]) for days in (WEEKS, PERIODS, FOUR_WEEKS) for at in range(len(days) - 2)
    )
