"""History: a changed unit of measure shows in the price or in the level; seasons, launches and ends do not."""

import numpy as np
import pandas as pd
import pytest
from doubted import change, doubted, only, sound
from hypothesis import given
from hypothesis import strategies as st

from sopbench.gather.checks.facts import medians

SINCE = "2025-05-01"
UNITS = ("qty_ordered", "qty_shipped")


def times(factor, *columns, item="KIT", since=SINCE):
    raw = sound()
    change(raw, "sales", f"item_id == '{item}' and bucket >= '{since}'", **{c: lambda v: v * factor for c in columns})
    return raw


@pytest.mark.parametrize("factor", [12, 1 / 12])
def test_units_that_change_while_the_revenue_does_not_show_in_the_price(factor):
    raw = times(factor, *UNITS)
    problem = [each for each in doubted(raw) if "price of a unit jumped" in each.message]
    money = raw["sales"].query(f"item_id == 'KIT' and bucket >= '{SINCE}'")["revenue"].sum()
    assert [(each.key, each.money) for each in problem] == [("item_id=KIT", pytest.approx(money))]
    assert problem[0].value == f"25.00 to {25 / factor:,.2f} from {SINCE}"


def test_units_that_change_with_revenue_at_list_price_show_in_the_level():
    problem = only(times(12, *UNITS, "revenue"))
    assert "demand jumped and stayed" in problem.message
    assert problem.value.endswith(f"a bucket from {SINCE}")


def test_units_that_change_in_the_orders_alone_are_found():
    assert "demand jumped and stayed" in only(times(12, "qty_ordered")).message


@pytest.mark.parametrize("factor", [2, 5, 0.3])
def test_growth_is_no_change_of_unit(factor):
    assert doubted(times(factor, *UNITS, "revenue")) == []


def test_a_true_boom_at_changing_prices_is_no_change_of_unit():
    raw = sound()
    change(raw, "sales", "item_id == 'KIT'", revenue=lambda v: v * np.resize([0.9, 1.0, 1.1], len(v)))
    change(
        raw, "sales", f"item_id == 'KIT' and bucket >= '{SINCE}'", **{c: lambda v: v * 12 for c in (*UNITS, "revenue")}
    )
    assert doubted(raw) == []


def test_a_season_of_every_year_is_no_change_of_unit():
    raw = sound()
    summer = "item_id == 'KIT' and bucket.dt.month in [5, 6, 7, 8]"
    change(raw, "sales", summer, **{c: lambda v: v * 12 for c in (*UNITS, "revenue")})
    assert doubted(raw) == []


def test_a_launch_is_no_change_of_unit():
    raw = times(12, *UNITS, "revenue")
    change(raw, "items", "item_id == 'KIT'", launch=pd.Timestamp("2024-10-01"))
    raw["sales"] = raw["sales"].query("item_id != 'KIT' or bucket >= '2024-10-01'")
    assert doubted(raw) == []


def test_a_price_that_is_odd_for_two_buckets_is_left_alone():
    raw = sound()
    change(
        raw, "sales", "item_id == 'KIT' and bucket >= '2025-03-01' and bucket < '2025-05-01'", revenue=lambda v: v / 4
    )
    assert doubted(raw) == []


def test_a_bucket_out_of_all_proportion_is_told_with_its_revenue():
    raw = sound()
    row = "item_id == 'KIT' and customer_id == 'WEB' and bucket.dt.strftime('%Y-%m') == '2024-06'"
    change(raw, "sales", row, **{c: lambda v: v * 100 for c in (*UNITS, "revenue")})
    problem = only(raw)
    assert problem.key == "item_id=KIT, bucket=2024-06-01"
    assert problem.money == pytest.approx(
        raw["sales"].query("item_id == 'KIT' and bucket.dt.strftime('%Y-%m') == '2024-06'")["revenue"].sum()
    )
    change(raw, "sales", row, **{c: lambda v: v / 10 for c in (*UNITS, "revenue")})
    assert doubted(raw) == []


def test_returns_are_noted_with_their_money_and_more_returns_than_sales_is_a_warning():
    raw = sound()
    row = raw["sales"].query("item_id == 'KIT'").index[-1]
    raw["sales"].loc[row, [*UNITS, "revenue"]] = [-3.0, -3.0, -75.0]
    problem = only(raw)
    assert (problem.grade, problem.value, problem.money) == ("note", "1 item: KIT", 75)
    change(
        raw,
        "sales",
        "item_id == 'KIT' and bucket >= '2024-09-01'",
        **{c: lambda v: -v.abs() for c in (*UNITS, "revenue")},
    )
    assert ("warning", "more came back than was sold") in {(each.grade, each.message) for each in doubted(raw)}


@given(st.lists(st.lists(st.one_of(st.just(np.nan), st.floats(-1e6, 1e6)), min_size=5, max_size=5), min_size=1))
def test_the_median_leaves_holes_out(rows):
    expected = [np.median([each for each in row if each == each] or [np.nan]) for row in rows]
    np.testing.assert_allclose(medians(np.array(rows)), expected)


def test_demand_that_always_was_as_wild_as_the_jump_or_brings_next_to_nothing_is_left_alone():
    months = sound()["sales"].query("item_id == 'KIT'")["bucket"].nunique()
    level = np.resize([10.0, 20.0, 400.0], months)
    level[-3:] = 2.0
    raw = sound()
    change(raw, "sales", "item_id == 'KIT'", **{c: np.tile(level, 2) for c in UNITS})
    change(raw, "sales", "item_id == 'KIT'", revenue=np.tile(25 * level, 2))
    assert [each for each in doubted(raw) if "jumped" in each.message] == []
    small = times(12, *UNITS, "revenue")
    change(small, "sales", "item_id == 'PUMP'", **{c: lambda v: v * 1e5 for c in (*UNITS, "revenue")})
    assert [each for each in doubted(small) if "jumped" in each.message] == []
