"""A cycle sees what was known at its start and nothing later."""

import pandas as pd
import pytest

import tiny
from sopbench import gather
from sopbench.gather.snapshot import known
from sopbench.params import Gather

START = pd.Timestamp("2025-09-01")


def frame(**columns):
    return pd.DataFrame(columns)


@pytest.mark.parametrize("name", ["sales", "production"])
def test_what_happened_ends_before_the_cycle(name):
    rows = frame(bucket=["2025-07-01", "2025-08-01", "2025-09-01", "2025-10-01"])
    kept, problems = known(name, rows, START)
    assert kept["bucket"].tolist() == ["2025-07-01", "2025-08-01"]
    assert not problems


@pytest.mark.parametrize("name", ["on_hand", "open_orders", "receipts"])
def test_the_latest_snapshot_at_or_before_the_start_counts_and_rows_without_a_date_stay(name):
    rows = frame(as_of=["2025-08-01", "2025-09-01", "2025-09-01", "2025-10-01", None], qty=[1, 2, 3, 4, 5])
    kept, problems = known(name, rows, START)
    assert kept["qty"].tolist() == [2, 3, 5]
    assert not problems


def test_each_stream_of_forecasts_has_its_own_latest_snapshot():
    rows = frame(
        stream=["sales", "sales", "marketing", "marketing"],
        as_of=["2025-08-01", "2025-09-01", "2025-08-01", "2025-10-01"],
        qty=[1, 2, 3, 4],
    )
    kept, _ = known("forecasts", rows, START)
    assert kept["qty"].tolist() == [2, 3]


def test_snapshots_all_too_late_give_an_empty_table_and_a_warning():
    kept, [problem] = known("on_hand", frame(as_of=["2025-10-01"], qty=[1]), START)
    assert kept.empty
    assert problem.grade == "warning"
    assert "later than 2025-09-01" in problem.message


def test_an_old_snapshot_is_used_and_warned_of():
    kept, [problem] = known("on_hand", frame(as_of=["2025-06-01"], qty=[1]), START)
    assert len(kept) == 1
    assert "92 days older" in problem.message


@pytest.mark.parametrize("name", ["on_hand", "open_orders", "receipts"])
@pytest.mark.parametrize(("as_of", "told"), [("2025-08-25", 0), ("2025-08-24", 1)])
def test_stock_and_orders_more_than_a_week_old_are_warned_of(name, as_of, told):
    kept, problems = known(name, frame(location_id=["DC"], as_of=[as_of], qty=[1]), START)
    assert len(kept) == 1
    assert [(each.grade, each.value) for each in problems] == [("warning", as_of)] * told


def test_a_location_counted_a_day_earlier_is_still_counted_and_what_it_sold_out_of_stays_absent():
    rows = frame(
        item_id=["PUMP", "KIT", "PUMP", "PUMP"],
        location_id=["DC", "DC", "DC", "PLANT"],
        as_of=["2025-08-01", "2025-08-01", "2025-08-31", "2025-09-01"],
        qty=[1, 2, 3, 4],
    )
    kept, problems = known("on_hand", rows, START)
    assert kept["qty"].tolist() == [3, 4]
    assert not problems


def test_an_order_absent_from_the_latest_snapshot_has_been_filled():
    rows = frame(location_id=["DC", "PLANT"], as_of=["2025-08-31", "2025-09-01"], qty=[1, 2])
    for name in ("open_orders", "receipts"):
        assert known(name, rows, START)[0]["qty"].tolist() == [2]


def test_each_stale_stream_is_named():
    rows = frame(stream=["sales", "marketing", "finance"], as_of=["2025-06-01", "2025-08-01", "2025-07-31"], qty=1)
    kept, problems = known("forecasts", rows, START)
    assert len(kept) == 3
    assert [(each.key, each.value) for each in problems] == [
        ("stream=finance", "2025-07-31"),
        ("stream=sales", "2025-06-01"),
    ]


def test_events_and_overrides_count_from_the_day_they_were_made():
    rows = frame(as_of=["2025-08-15", "2025-09-01", "2025-09-02", None], value=[1, 2, 3, 4])
    for name in ("events", "overrides"):
        kept, _ = known(name, rows, START)
        assert kept["value"].tolist() == [1, 2, 4]


def test_an_override_that_has_expired_is_left_out():
    rows = frame(as_of=None, expires=["2025-09-01", "2025-10-01", None], value=[1, 2, 3])
    kept, _ = known("overrides", rows, START)
    assert kept["value"].tolist() == [2, 3]


def test_of_the_budget_the_version_last_known_counts_for_each_family_and_bucket():
    rows = frame(
        family=["a", "a", "a", "a", "b"],
        bucket=["2025-09-01", "2025-10-01", "2025-10-01", "2025-09-01", "2025-09-01"],
        version=["first", "first", "revised", "too late", "first"],
        as_of=["2025-01-01", "2025-01-01", "2025-07-01", "2025-10-01", None],
    )
    kept, _ = known("budget", rows, START)
    assert kept[["family", "bucket", "version"]].to_numpy().tolist() == [
        ["a", "2025-09-01", "first"],
        ["a", "2025-10-01", "revised"],
        ["b", "2025-09-01", "first"],
    ]


def test_dates_that_cannot_be_read_are_left_for_the_contract_to_name():
    rows = frame(bucket=["yesterday", "2025-08-01"])
    assert len(known("sales", rows, START)[0]) == 2


@pytest.mark.parametrize("later", ["2025-09-02", "2025-10-01", "2026-12-31"])
def test_no_later_row_changes_any_table(later):
    raw = tiny.tables()
    for name in ("on_hand", "open_orders", "receipts", "budget"):
        raw[name] = raw[name].assign(as_of=START)
    before, _ = gather.assemble(raw, START, 6, Gather(source="x"))
    later = pd.Timestamp(later)
    month = later.to_period("M").to_timestamp() + pd.DateOffset(months=1)
    sales, made = raw["sales"], raw["production"]
    raw["sales"] = pd.concat([sales, sales.tail(4).assign(bucket=month, qty_ordered=999.0)])
    raw["production"] = pd.concat([made, made.tail(1).assign(bucket=month)])
    for name, column in {"on_hand": "qty", "open_orders": "qty", "receipts": "qty", "budget": "units"}.items():
        rows = raw[name]
        raw[name] = pd.concat([rows, rows.assign(**{column: rows[column] * 7}, as_of=later)])
    after, _ = gather.assemble(raw, START, 6, Gather(source="x"))
    for name in before:
        pd.testing.assert_frame_equal(before[name], after[name])
