"""The calendar names every bucket of history and horizon once, the company's days first."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import tiny
from sopbench import gather
from sopbench.contract import PlanningError, checked, table
from sopbench.gather.calendar import extended, misplaced
from sopbench.params import Gather

START = pd.Timestamp("2025-09-01")


def calendar(**columns):
    return checked(pd.DataFrame(columns), table("calendar"))


def test_the_companys_days_stay_and_the_holes_are_filled_and_noted():
    given_days = calendar(bucket=["2025-08-01", "2025-10-01"], working_days=[19, 23], fiscal_period=["P8", "P10"])
    result, [note] = extended(given_days, pd.Timestamp("2025-07-01"), START, 2, 21)
    assert result["bucket"].dt.strftime("%Y-%m").tolist() == ["2025-07", "2025-08", "2025-09", "2025-10"]
    assert result["working_days"].tolist() == [21, 19, 21, 23]
    assert result["fiscal_period"].tolist() == ["", "P8", "", "P10"]
    assert note.grade == "note"
    assert "2 of 4 buckets" in note.message


def test_buckets_beyond_history_and_horizon_are_left_out():
    given_days = calendar(bucket=pd.date_range("2020-01-01", "2030-01-01", freq="MS"), working_days=20)
    result, notes = extended(given_days, pd.Timestamp("2025-07-01"), START, 3, 21)
    assert result["bucket"].agg(["min", "max"]).tolist() == [pd.Timestamp("2025-07-01"), pd.Timestamp("2025-11-01")]
    assert not notes


@settings(max_examples=30, deadline=None)
@given(behind=st.integers(0, 80), horizon=st.integers(1, 60), frequency=st.sampled_from(["month", "week"]))
def test_every_bucket_stands_once_in_step(behind, horizon, frequency):
    start = START if frequency == "month" else pd.Timestamp("2025-09-08")
    first = start - (pd.DateOffset(months=behind) if frequency == "month" else pd.Timedelta(weeks=behind))
    buckets = extended(calendar(bucket=[], working_days=[]), first, start, horizon, 21, frequency)[0]["bucket"]
    assert (buckets >= start).sum() == horizon
    assert (buckets < start).sum() == behind
    assert not misplaced(buckets, start, frequency).any()
    if frequency == "week":
        assert (buckets.diff().dropna() == pd.Timedelta(days=7)).all()


def test_a_date_inside_a_bucket_is_refused_with_its_table_and_day():
    raw = tiny.tables()
    raw["sales"].loc[0, "bucket"] += pd.Timedelta(days=14)
    try:
        gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    except PlanningError as error:
        assert "sales [bucket]: 1 row with a bucket that does not start on the first day of the month" in str(error)
        assert "2022-09-15" in str(error)
    else:
        raise AssertionError("nothing was said")
