"""Every series sold is told by its pattern, its money and its steadiness, with limits one can check by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench import gather
from sopbench.contract import table
from sopbench.demand.choice.choice import segments as segments_by_demand

BUCKETS = pd.date_range("2022-09-01", tiny.START, freq="MS", inclusive="left")
TWO_YEARS = 24


def company(histories, **columns):
    """Sales at DC whose last buckets are those given for each item; every unit sold for 1."""
    sold = {item: pd.Series(had, BUCKETS[-len(had) :], dtype=float) for item, had in histories.items()}
    sales = pd.concat(sold, names=["item_id", "bucket"]).rename("qty_ordered").reset_index()
    sales = sales.assign(
        location_id="DC", customer_id="", stockout=False, qty_shipped=0.0, revenue=sales["qty_ordered"]
    )
    items = table("items").empty().reindex(range(len(histories))).assign(item_id=list(histories), **columns)
    return {"sales": sales, "items": items, "calendar": pd.DataFrame({"bucket": BUCKETS})}


def told(histories, **columns):
    return gather.segments(tiny.START, **company(histories, **columns)).set_index("item_id")


def test_interval_and_variation_as_worked_out_by_hand():
    # 20, 30, 50 in the months 1, 2 and 5 of 6: an interval of 5 / 3 in the first five; mean 100 / 3, variance 1400 / 9
    rows = told({"A": [20, 30, 0, 0, 50, 0]})
    assert rows.loc["A", "history"] == 6
    assert rows.loc["A", "adi"] == 6 / 3
    assert rows.loc["A", "cv2"] == pytest.approx(1400 / 9 / (100 / 3) ** 2)
    # all six: mean 100 / 6, variance 3800 / 6 - (100 / 6)²
    assert rows.loc["A", "cv"] == pytest.approx((3800 / 6 - (100 / 6) ** 2) ** 0.5 / (100 / 6))


def test_equality_goes_to_the_harder_class():
    rows = told({"steady": [10] * 24, "uneven": [3, 17] * 12, "less": [3.1, 16.9] * 12})
    assert rows.loc["uneven", "cv2"] == 0.49  # mean 10, each off by 7
    assert rows["pattern"].to_dict() == {"steady": "smooth", "uneven": "erratic", "less": "smooth"}
    third = told({"three of four": ([1, 1, 1, 0] * 6)[:24], "lumpy": [3, 17, 0] * 8, "some": [4, 0] * 12})
    assert third.loc["three of four", "adi"] == pytest.approx(4 / 3)
    assert third["pattern"].to_dict() == {"three of four": "intermittent", "lumpy": "lumpy", "some": "intermittent"}


def test_the_window_is_two_years_or_since_the_first_sale():
    rows = told({"old": [500] * 12 + [10] * 24, "young": [10] * 8})
    assert rows["history"].to_dict() == {"old": 36, "young": 8}
    assert rows["cv"].tolist() == [0.0, 0.0]
    assert rows["revenue"].to_dict() == {"old": 120.0, "young": 80.0}


def test_what_is_new_or_ended_has_no_pattern():
    until = [pd.NaT, tiny.START, pd.NaT, tiny.START + pd.DateOffset(months=1)]
    rows = told({"new": [9] * 5, "over": [9] * 24, "asleep": [9] + [0] * 24, "last": [9] * 24}, discontinue=until)
    assert rows["pattern"].to_dict() == {"new": "new", "over": "ended", "asleep": "ended", "last": "smooth"}
    assert rows["xyz"].to_dict() == {"new": "", "over": "", "asleep": "", "last": "X"}
    assert rows["abc"].to_dict() == {"new": "A", "over": "", "asleep": "", "last": "A"}


def test_what_only_came_back_was_never_sold():
    assert told({"back": [-5] * 12, "sold": [5] * 12}).index.tolist() == ["sold"]


def test_the_series_that_crosses_a_limit_is_in_the_better_class():
    rows = told({"a": [60] * 12, "b": [20] * 12, "c": [15] * 12, "d": [5] * 12})
    assert "".join(rows["abc"]) == "AABC"
    rows = told({"a": [60] * 12, "b": [21] * 12, "c": [14.5] * 12, "d": [4.5] * 12})
    assert "".join(rows["abc"]) == "AABC"
    rows = told({"a": [79] * 12, "b": [16.5] * 12, "c": [4.5] * 12})
    assert "".join(rows["abc"]) == "AAC"


def test_equals_are_ranked_by_name():
    assert "".join(told({name: [10] * 12 for name in "abcdefghij"})["abc"]) == "AAAAAAAABB"


def test_steadiness_counts_the_buckets_without_orders():
    rows = told({"x": [10] * 24, "y": [5, 15] * 12, "z": [10, 0] * 12})
    assert rows["cv"].tolist() == [0.0, 0.5, 1.0]
    assert "".join(rows["xyz"]) == "XYZ"


def test_stockouts_of_any_customer_count_once_a_bucket():
    raw = company({"A": [10] * 10})
    again = raw["sales"].assign(customer_id="B", stockout=raw["sales"]["bucket"] >= "2025-07-01")
    raw["sales"] = pd.concat([raw["sales"], again.assign(customer_id="C"), again])
    assert gather.segments(tiny.START, **raw)["stockout_share"].tolist() == [0.2]


def test_a_company_without_sales_has_no_segments():
    raw = company({"A": [10]})
    assert gather.segments(tiny.START, **{**raw, "sales": raw["sales"].head(0)}).empty


@given(st.lists(st.lists(st.integers(0, 30), min_size=8, max_size=24), min_size=1, max_size=5))
def test_patterns_are_those_demand_planning_finds_in_the_same_history(histories):
    rows = told({str(number): [1, *had] for number, had in enumerate(histories)})
    wide = pd.DataFrame([[np.nan] * (25 - len(had)) + [1.0, *had] for had in histories]).iloc[:, -TWO_YEARS:]
    rows = rows[(rows["pattern"] != "ended")]
    kinds = segments_by_demand(wide).set_axis([str(number) for number in range(len(histories))])
    assert rows["pattern"].to_dict() == kinds[rows.index].to_dict()


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30))
def test_a_holds_just_enough_to_reach_its_share(amounts):
    rows = told({f"{number:02}": [units] * 6 for number, units in enumerate(amounts)})
    total = rows["revenue"].sum()
    better = rows.loc[rows["abc"] == "A", "revenue"]
    assert better.sum() >= 0.8 * total * (1 - 1e-6)
    assert better.sum() - better.min() < 0.8 * total * (1 + 1e-6)


def test_time_is_counted_in_the_calendars_own_buckets():
    weeks = pd.date_range(end=tiny.START - pd.Timedelta(days=7), periods=130, freq="7D")
    assert tiny.START.day_name() == weeks[0].day_name() == "Monday"
    raw = company({"A": [1.0]})
    sold = pd.DataFrame({"item_id": "A", "bucket": weeks, "qty_ordered": [2.0, 0.0] * 65})
    sold = sold.assign(location_id="DC", customer_id="", stockout=False, qty_shipped=0.0, revenue=1.0)
    [row] = gather.segments(
        tiny.START, items=raw["items"], calendar=pd.DataFrame({"bucket": weeks}), sales=sold
    ).to_dict("records")
    assert row["history"] == 130
    assert row["revenue"] == 52.0
    assert row["adi"] == 2.0
    assert row["cv"] == 1.0
