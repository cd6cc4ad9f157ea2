"""Time: holes in the calendar, days that cannot be, buckets nobody sold in."""

import numpy as np
import pandas as pd
import pytest
from doubted import change, doubted, only, sound

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


UNITS = ("qty_ordered", "qty_shipped", "revenue")


def shop_of_many_items() -> dict[str, pd.DataFrame]:
    """The tiny company with 20 kits more, that sell alike but never twice the same in two months."""
    raw = sound()
    names = [f"KIT{number:02}" for number in range(20)]
    for table in ("items", "sales", "sources", "policies", "on_hand"):
        rows = raw[table].query("item_id == 'KIT'")
        raw[table] = pd.concat([raw[table], *(rows.assign(item_id=name) for name in names)], ignore_index=True)
    month = raw["sales"]["bucket"].dt.month.to_numpy()
    change(raw, "sales", "", **{column: lambda old: old * (1 + month / 20) for column in UNITS})
    return raw


def test_a_bucket_copied_from_the_one_before_is_told_with_its_revenue():
    raw = shop_of_many_items()
    july = (
        raw["sales"].query("bucket >= '2025-07-01' and bucket < '2025-08-01'").assign(bucket=pd.Timestamp("2025-08-01"))
    )
    raw["sales"] = pd.concat([raw["sales"].query("bucket < '2025-08-01'"), july], ignore_index=True)
    [problem] = told(raw, "is a copy")
    assert (problem.key, problem.money) == ("bucket=2025-08-01", pytest.approx(july["revenue"].sum()))


def test_sales_that_are_the_same_in_every_bucket_are_no_copies():
    raw = shop_of_many_items()
    change(raw, "sales", "", qty_ordered=30.0)
    assert told(raw, "is a copy") == []


@pytest.mark.parametrize("bucket", ["2024-12-01", "2025-06-01", "2025-08-01"])
@pytest.mark.parametrize(("factor", "message"), [(2, "look doubled"), (0.5, "look half told")])
def test_a_bucket_told_twice_or_in_half_is_found_alone(bucket, factor, message):
    raw = shop_of_many_items()
    assert told(raw, "look") == []
    change(
        raw,
        "sales",
        f"bucket >= '{bucket}' and bucket <= '{bucket}'",
        **{column: lambda old: old * factor for column in UNITS},
    )
    [problem] = told(raw, "look")
    assert (problem.key, message in problem.message) == (f"bucket={bucket}", True)
    assert problem.money == pytest.approx(
        raw["sales"].query(f"bucket >= '{bucket}' and bucket <= '{bucket}'")["revenue"].sum()
    )


def test_a_season_a_jump_that_stays_and_a_company_that_sells_erratically_are_not_told_as_doubled():
    season = shop_of_many_items()
    change(season, "sales", "bucket.dt.month == 6", **{column: lambda old: old * 2 for column in UNITS})
    assert told(season, "look") == []
    jump = shop_of_many_items()
    change(jump, "sales", "bucket >= '2025-03-01'", **{column: lambda old: old * 2 for column in UNITS})
    assert told(jump, "look") == []
    erratic = shop_of_many_items()
    buckets = erratic["sales"]["bucket"].rank(method="dense").to_numpy().astype(int)
    wild = np.random.default_rng(5).uniform(0.3, 2.0, buckets.max() + 1)[buckets]
    change(erratic, "sales", "", **{column: lambda old: old * wild for column in UNITS})
    change(
        erratic,
        "sales",
        "bucket >= '2025-06-01' and bucket < '2025-07-01'",
        **{column: lambda old: old * 2 for column in UNITS},
    )
    assert told(erratic, "look") == []


def test_one_item_that_doubles_for_a_bucket_is_no_matter_of_the_bucket():
    raw = sound()
    change(
        raw,
        "sales",
        "item_id == 'PUMP' and bucket >= '2025-06-01' and bucket < '2025-07-01'",
        **{c: lambda old: old * 3 for c in UNITS},
    )
    assert told(raw, "look") == []


def test_a_location_that_stops_is_told_with_the_year_before_and_its_customer_is_not_told_again():
    raw = sound()
    change(raw, "sales", "customer_id == 'WEB'", location_id="PLANT")
    raw["sales"] = raw["sales"].query("location_id != 'PLANT' or bucket < '2025-06-01'")
    [problem] = told(raw, "and stops")
    year = raw["sales"].query("location_id == 'PLANT' and bucket >= '2024-06-01'")
    assert (problem.key, problem.value) == ("location_id=PLANT", "last 2025-05-01")
    assert problem.money == pytest.approx(year["revenue"].sum())


def test_a_customer_that_stops_is_told_but_not_one_that_goes_on_under_another_name():
    raw = sound()
    raw["sales"] = raw["sales"].query("customer_id != 'WEB' or bucket < '2025-06-01'")
    assert [each.key for each in told(raw, "and stops")] == ["customer_id=WEB"]
    raw = sound()
    change(raw, "sales", "customer_id == 'WEB' and bucket >= '2025-06-01'", customer_id="WEB-SHOP")
    assert told(raw, "and stops") == []


def test_a_location_silent_for_the_last_bucket_alone_has_not_stopped():
    raw = sound()
    raw["sales"] = raw["sales"].query("customer_id != 'WEB' or bucket < '2025-08-01'")
    assert told(raw, "and stops") == []


def told(raw: dict[str, pd.DataFrame], words: str) -> list:
    return [each for each in doubted(raw) if words in each.message]
