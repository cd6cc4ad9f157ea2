"""Months, ISO weeks, periods of a company's own calendar: every date belongs to one bucket, and holes are told."""

import pandas as pd
import pytest
import rebucket
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench import gather
from sopbench.contract import PlanningError, checked, table
from sopbench.contract.buckets import first_days_after
from sopbench.gather.calendar import calendar_problems, extended, horizon_buckets, misplaced
from sopbench.params import Gather

START = pd.Timestamp("2025-09-01")
NONE = table("calendar").empty()


def calendar(**columns):
    return checked(pd.DataFrame(columns), table("calendar"))


def fiscal(first: str = "2024-12-29", weeks: str = "445" * 8) -> pd.DataFrame:
    """A fiscal calendar from `first` on, whose periods last so many weeks each."""
    days = pd.Timestamp(first) + pd.to_timedelta([0, *pd.Series(list(weeks)).astype(int).cumsum()], unit="W")
    return calendar(bucket=days, working_days=20.0, fiscal_period=[f"P{number + 1:02}" for number in range(len(days))])


def test_the_companys_days_stay_and_the_holes_are_filled_and_noted():
    given_days = calendar(bucket=["2025-08-01", "2025-10-01"], working_days=[19, 23], fiscal_period=["P8", "P10"])
    result, [note] = extended(given_days, pd.Timestamp("2025-07-01"), START, 2, 21)
    assert result["bucket"].dt.strftime("%Y-%m").tolist() == ["2025-07", "2025-08", "2025-09", "2025-10"]
    assert result["working_days"].tolist() == [21, 19, 21, 23]
    assert result["fiscal_period"].tolist() == ["", "P8", "", "P10"]
    assert note.grade == "note"
    assert "2 of 4 buckets" in note.message


@pytest.mark.parametrize("frequency", ["month", "calendar"])
def test_buckets_beyond_history_and_horizon_are_left_out(frequency):
    given_days = calendar(bucket=pd.date_range("2020-01-01", "2030-01-01", freq="MS"), working_days=20)
    result, notes = extended(given_days, pd.Timestamp("2025-07-01"), START, 3, 21, frequency)
    assert result["bucket"].agg(["min", "max"]).tolist() == [pd.Timestamp("2025-07-01"), pd.Timestamp("2025-11-01")]
    assert not notes


def test_a_fiscal_calendar_is_taken_as_it_is():
    result, notes = extended(fiscal(), pd.Timestamp("2025-01-26"), pd.Timestamp("2025-03-30"), 4, 21, "calendar")
    assert result["bucket"].dt.strftime("%m-%d").tolist() == ["01-26", "02-23", "03-30", "04-27", "05-25", "06-29"]
    assert result["fiscal_period"].tolist() == ["P02", "P03", "P04", "P05", "P06", "P07"]
    assert not notes


any_day = st.dates(pd.Timestamp("1999-01-01").date(), pd.Timestamp("2040-12-31").date()).map(pd.Timestamp)


@st.composite
def planned(draw):
    """A frequency, the first bucket of a cycle, buckets behind and ahead of it, and the company's calendar."""
    frequency = draw(st.sampled_from(["month", "week", "calendar"]))
    behind, horizon, day = draw(st.integers(0, 120)), draw(st.integers(2, 60)), draw(any_day)
    if frequency == "month":
        start = day.replace(day=1)
        return frequency, start - pd.DateOffset(months=behind), start, behind, horizon, NONE
    if frequency == "week":
        start = day - pd.Timedelta(days=day.dayofweek)
        return frequency, start - pd.Timedelta(weeks=behind), start, behind, horizon, NONE
    weeks = draw(st.sampled_from(["445", "454", "544", "4", "4454454454454454454454454454454454454454454464"]))
    own = fiscal(day, (weeks * (behind + horizon))[: behind + horizon])
    return frequency, own["bucket"][0], own["bucket"][behind], behind, horizon, own


@given(plan=planned(), data=st.data())
def test_every_date_belongs_to_exactly_one_bucket_whatever_the_year(plan, data):
    """Over leap years, weeks 53 and the ends of years: buckets follow one another without hole or overlap."""
    frequency, first, start, behind, horizon, own = plan
    days = extended(own, first, start, horizon, 21, frequency)[0]["bucket"]
    assert (days >= start).sum() == horizon
    assert (days < start).sum() == behind
    assert days.is_monotonic_increasing
    assert days.is_unique
    assert not misplaced(days, frequency, own).any()
    ends = first_days_after(pd.DatetimeIndex(days))
    assert (ends[:-1] == pd.DatetimeIndex(days[1:])).all()
    assert ends[-1] > days.iloc[-1]
    until = own["bucket"].iloc[-1] if frequency == "calendar" else ends[-1]  # the table knows when its last one begins
    date = first + pd.Timedelta(days=data.draw(st.integers(0, (until - first).days - 1)))
    inside = days[(days <= date) & (pd.DatetimeIndex([*ends[:-1], until]) > date)]
    assert len(inside) == 1
    assert misplaced(pd.Series([date]), frequency, own).tolist() == [date != inside.iloc[0]]


@given(day=any_day)
def test_weeks_are_iso_weeks(day):
    monday = day - pd.Timedelta(days=day.dayofweek)
    weeks = pd.Series(horizon_buckets(monday, 120, "week"))
    assert (weeks.dt.dayofweek == 0).all()
    iso = weeks.dt.isocalendar()
    assert not iso[["year", "week"]].duplicated().any()
    assert iso["week"].between(1, 53).all()


def test_week_53_is_a_bucket_like_any_other():
    weeks = horizon_buckets(pd.Timestamp("2026-12-21"), 4, "week")
    assert pd.Series(weeks).dt.isocalendar()["week"].tolist() == [52, 53, 1, 2]


def refused(raw: dict, start: pd.Timestamp, horizon: int, frequency: str) -> str:
    with pytest.raises(PlanningError) as refusal:
        gather.assemble(raw, start, horizon, Gather(source="x"), frequency)
    return str(refusal.value)


def test_a_date_inside_a_bucket_is_refused_with_its_table_and_day():
    raw = tiny.tables()
    raw["sales"].loc[0, "bucket"] += pd.Timedelta(days=14)
    said = refused(raw, tiny.START, 6, "month")
    assert "sales [bucket]: 1 row with a bucket that does not start on the first day of the month" in said
    assert "2022-09-15" in said


def test_a_weekly_company_hands_in_mondays():
    raw = rebucket.weekly(tiny.tables())
    raw["sales"].loc[0, "bucket"] += pd.Timedelta(days=1)
    said = refused(raw, rebucket.WEEK_START, 6, "week")
    assert "sales [bucket]: 1 row with a bucket that does not start on a Monday" in said


def test_a_date_the_companys_calendar_does_not_name_is_refused():
    raw = rebucket.fiscal(tiny.tables())
    raw["sales"].loc[0, "bucket"] += pd.Timedelta(days=7)
    said = refused(raw, rebucket.PERIOD_START, 6, "calendar")
    assert "sales [bucket]: 1 row with a bucket that does not start on a first day that calendar names" in said


def test_a_calendar_that_is_missing_says_from_when_to_when_it_must_reach():
    [problem] = calendar_problems(NONE, pd.Timestamp("2022-10-30"), pd.Timestamp("2025-08-31"), 12)
    assert "from 2022-10-30 on, and of 12 from 2025-08-31 on" in problem.mend


def test_a_calendar_too_short_at_either_end_says_what_to_add():
    late, short = calendar_problems(fiscal(), pd.Timestamp("2024-12-01"), pd.Timestamp("2026-10-25"), 6)
    assert "reach back to 2024-12-01" in late.message
    assert late.value == "first 2024-12-29"
    assert "3 of 6 buckets" in short.message
    assert short.mend == "add 3 after 2026-12-27, or plan a shorter horizon: 3"


def test_a_cycle_that_starts_within_a_bucket_is_told_the_nearest_ones():
    [problem] = calendar_problems(fiscal(), pd.Timestamp("2024-12-29"), pd.Timestamp("2025-09-01"), 6)
    assert problem.message == "no bucket of it starts on 2025-09-01, as the cycle does"
    assert problem.mend.startswith("start the cycle on one of these: 2025-07-27, 2025-08-24, 2025-09-28, 2025-10-26;")


def test_a_bucket_far_longer_than_the_others_is_told_and_a_fifth_or_sixth_week_is_not():
    holey = fiscal().drop(index=5)
    [problem] = calendar_problems(holey, pd.Timestamp("2024-12-29"), pd.Timestamp("2025-03-30"), 6)
    assert problem.grade == "warning"
    assert (problem.key, problem.value) == ("bucket=2025-04-27", "63 days")
    long_year = fiscal(weeks="445" * 3 + "446" + "445" * 4)
    assert calendar_problems(long_year, pd.Timestamp("2024-12-29"), pd.Timestamp("2025-03-30"), 6) == []
