"""The history methods learn from: checked by hand on series short enough to read."""

import numpy as np
import pandas as pd
import pytest

from sopbench.contract import PlanningError, checked, table
from sopbench.demand.history.events import event_factors
from sopbench.demand.history.history import demand_history
from sopbench.demand.life import on_sale, split_calendar
from sopbench.params.demand import Demand

START = pd.Timestamp("2025-01-01")
YEARS = pd.date_range("2022-01-01", START, freq="MS", inclusive="left")


def calendar(buckets=YEARS):
    ahead = pd.date_range(START, periods=12, freq="MS")
    return checked(pd.DataFrame({"bucket": buckets.append(ahead), "working_days": 21.0}), table("calendar"))


def items(**columns):
    said = {"item_id": ["A"], "family": "F", "unit_cost": 1.0, "unit_price": 2.0, **columns}
    return checked(pd.DataFrame(said), table("items"))


def sales(units, buckets=YEARS, item="A", customer="C", **columns):
    said = {"item_id": item, "location_id": "L", "customer_id": customer, "bucket": buckets, "qty_ordered": units}
    return checked(pd.DataFrame({**said, **columns}), table("sales"))


def events(*rows):
    names = ["event_id", "scope", "start", "end", "uplift"]
    return checked(pd.DataFrame(rows, columns=names), table("events"))


def history(sold, goods=None, happened=None, threshold=4.0, season=12, buckets=YEARS):
    goods = items() if goods is None else goods
    happened = events() if happened is None else happened
    settings = Demand(outlier_threshold=threshold)
    return demand_history(
        settings, START, season, items=goods, calendar=calendar(buckets), sales=sold, events=happened
    ).history


def test_customers_are_added_up_and_months_without_sales_are_zero():
    both = pd.concat([sales([3.0, 5.0], YEARS[[4, 7]]), sales([2.0], YEARS[[4]], customer="D")])
    said = history(both)
    assert said["bucket"].min() == YEARS[4]
    assert said["ordered"].tolist()[:4] == [5.0, 0.0, 0.0, 5.0]
    assert len(said) == len(YEARS) - 4


def test_a_series_begins_with_the_launch_and_ends_where_the_item_does():
    goods = items(launch=["2023-03-01"], discontinue=["2024-05-01"])
    said = history(sales([4.0, 4.0], YEARS[[16, 33]]), goods)
    assert (said["bucket"].min(), said["bucket"].max()) == (pd.Timestamp("2023-03-01"), pd.Timestamp("2024-04-01"))


def test_a_bucket_in_which_an_item_is_launched_or_ends_counts_as_on_sale():
    buckets = pd.date_range("2025-01-01", periods=4, freq="MS")
    selling = on_sale(items(launch=["2025-02-20"], discontinue=["2025-03-15"]), buckets)
    assert selling.loc["A"].tolist() == [False, True, True, False]
    assert not on_sale(items(launch=["2025-05-01"]), buckets).any(axis=None)


def test_a_promotion_is_taken_out_of_the_base():
    units = np.full(36, 100.0)
    units[10] = 150.0
    said = history(sales(units), happened=events(("E", "item:A", YEARS[10], YEARS[10], 0.5)))
    assert said["cleaned"].to_numpy() == pytest.approx(np.full(36, 100.0))
    assert said.loc[10, "reason"] == "event" and said["reason"].ne("").sum() == 1


def test_overlapping_events_multiply_and_touch_only_their_scope():
    happened = events(
        ("E1", "family:F", YEARS[0], YEARS[1], 0.2), ("E2", "all", YEARS[1], YEARS[2], 0.5),
        ("E3", "item:B", YEARS[0], YEARS[3], 9.0),
    )  # fmt: skip
    series = pd.MultiIndex.from_tuples([("A", "L")], names=["item_id", "location_id"])
    factors = event_factors(series, YEARS[:4], items=items(), events=happened)
    assert factors[0] == pytest.approx([1.2, 1.8, 1.5, 1.0])


def test_a_month_out_of_stock_is_lifted_to_what_was_to_be_expected_in_its_season():
    season = np.where(YEARS.month == 12, 200.0, 100.0)
    units = season.copy()
    units[[23, 30]] = 40.0
    said = history(sales(units, stockout=np.isin(np.arange(36), [23, 30])))
    assert said.loc[23, "cleaned"] == pytest.approx(200.0, rel=0.1)
    assert said.loc[30, "cleaned"] == pytest.approx(100.0, rel=0.1)
    assert set(said.loc[[23, 30], "reason"]) == {"stockout"}


def test_a_month_out_of_stock_is_put_a_little_above_what_was_ordered_even_where_that_is_more_than_expected():
    units = np.full(36, 100.0)
    units[20] = 120.0
    said = history(sales(units, stockout=np.arange(36) == 20))
    assert 120.0 < said.loc[20, "cleaned"] < 130.0 and said.loc[20, "reason"] == "stockout"


def test_an_odd_month_is_cut_to_the_limit_and_a_peak_of_the_season_is_not():
    five = pd.date_range("2020-01-01", START, freq="MS", inclusive="left")
    units = np.where(five.month == 12, 300.0, 100.0)
    units[17] = 900.0
    said = history(sales(units, five), buckets=five)
    assert said.loc[17, "reason"] == "outlier" and 100.0 < said.loc[17, "cleaned"] <= 150.0
    assert said["reason"].ne("").sum() == 1


def test_more_returned_than_ordered_counts_as_no_demand():
    units = np.full(36, 10.0)
    units[5] = -3.0
    said = history(sales(units), threshold=1e9)
    assert (said.loc[5, "ordered"], said.loc[5, "cleaned"], said.loc[5, "reason"]) == (-3.0, 0.0, "returns")


@pytest.mark.parametrize("units", [[0.0] * 36, [7.0] * 36, [0.0] * 35 + [5.0]], ids=["zero", "constant", "one month"])
def test_series_that_say_little_stay_as_they_are(units):
    said = history(sales(units))
    assert said["cleaned"].tolist() == said["ordered"].tolist()
    assert said["reason"].eq("").all()


def test_sales_outside_the_calendar_are_refused_by_name():
    with pytest.raises(PlanningError, match="2021-06-01.*calendar does not have"):
        history(sales([1.0], pd.DatetimeIndex(["2021-06-01"])))


def test_sales_of_an_item_there_is_not_are_refused_by_name():
    sold = sales([1.0], YEARS[:1]).assign(item_id="X")
    with pytest.raises(PlanningError, match=r"sales \[item_id=X\].*items does not have"):
        history(sold)


def test_a_calendar_without_a_bucket_before_the_cycle_is_refused():
    with pytest.raises(PlanningError, match="no bucket lies before"):
        demand_history(
            Demand(), START, 12, items=items(), calendar=calendar(YEARS[:0]), sales=sales([1.0], YEARS[:1]),
            events=table("events").empty(),
        )  # fmt: skip


def test_a_calendar_that_ends_too_early_is_refused():
    with pytest.raises(PlanningError, match="fewer than 24 buckets"):
        split_calendar(calendar(), START, 24)
    with pytest.raises(PlanningError, match="first bucket is missing"):
        split_calendar(calendar(), pd.Timestamp("2025-01-15"), 3)
