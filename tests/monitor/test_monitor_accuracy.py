"""The measures of accuracy give what textbooks and a hand calculation give, and hold what they must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from draws import COSTLY
from sopbench.contract import checked, table
from sopbench.monitor import accuracy, by_cycle, compared, waterfall

MONTHS = pd.date_range("2025-01-01", periods=6, freq="MS")


def items(**prices: float) -> pd.DataFrame:
    said = {"item_id": list(prices), "family": "pumps", "unit_cost": 1.0, "unit_price": list(prices.values())}
    return checked(pd.DataFrame(said), table("items"))


def plans(forecast: dict[str, list[float]], months=MONTHS) -> pd.DataFrame:
    """One cycle a month whose plan holds just that month; consensus = statistical."""
    rows = [
        {"item_id": item, "location_id": "DC", "bucket": month, "method": "naive", "consensus": units}
        for item, values in forecast.items()
        for month, units in zip(months, values, strict=True)
    ]
    frame = pd.DataFrame(rows)
    frame = frame.assign(**dict.fromkeys(("statistical", "p10", "p50", "p90"), frame["consensus"]))
    frame = checked(frame, table("demand_plan"))
    return by_cycle("demand_plan", dict(list(frame.groupby("bucket"))))


def sales(actual: dict[str, list[float]], months=MONTHS, **more) -> pd.DataFrame:
    rows = [
        {"item_id": item, "location_id": "DC", "bucket": month, "qty_ordered": units}
        for item, values in actual.items()
        for month, units in zip(months, values, strict=True)
    ]
    return checked(pd.DataFrame(rows).assign(**more), table("sales"))


def row(found: pd.DataFrame, stream="consensus", level="total", key="all", lag=0) -> pd.Series:
    rows = found[(found["stream"] == stream) & (found["level"] == level) & (found["key"] == key)]
    return rows[rows["lag"] == lag].iloc[0]


def measured(forecast, actual, **prices) -> pd.DataFrame:
    start = MONTHS[-1] + pd.DateOffset(months=1)
    return accuracy(plans(forecast), sales(actual), items(**(prices or dict.fromkeys(actual, 1.0))), start)


def test_tracking_signal_is_the_one_of_carlsons_bakery():
    """Heizer & Render, Operations Management, chapter 4: MAD 14.2, RSFE 35, tracking signal 2.5 (sign turned here)."""
    found = row(measured({"A": [100, 100, 100, 110, 110, 110]}, {"A": [90, 95, 115, 100, 125, 140]}))
    assert found["over_value"] + found["under_value"] == 85  # 6 x MAD of 14.17
    assert found["tracking_signal"] == pytest.approx(-35 / (85 / 6))
    assert round(-found["tracking_signal"], 1) == 2.5
    assert found["wape"] == pytest.approx(85 / 665)
    assert found["bias"] == pytest.approx(-35 / 665)
    assert found["observations"] == 6


def test_a_forecast_that_comes_true_has_no_error_and_no_bias():
    found = row(measured({"A": [1, 2, 3, 4, 5, 6]}, {"A": [1, 2, 3, 4, 5, 6]}))
    assert (found["wape"], found["bias"], found["tracking_signal"], found["rmsse"]) == (0, 0, 0, 0)


def test_families_weigh_their_items_by_price():
    found = measured(
        {"DEAR": [11] * 6, "CHEAP": [50] * 6}, {"DEAR": [10] * 6, "CHEAP": [100] * 6}, DEAR=100.0, CHEAP=1.0
    )
    family = row(found, level="family", key="pumps")
    assert family["demand_value"] == 6 * (1000 + 100)
    assert family["wape"] == pytest.approx((100 + 50) / 1100)
    assert family["bias"] == pytest.approx((100 - 50) / 1100)
    assert row(found, level="item", key="CHEAP")["bias"] == -0.5
    assert row(found)["wape"] == family["wape"]


def test_naive_says_what_was_ordered_last_and_value_added_is_against_it():
    history = pd.date_range("2024-12-01", periods=7, freq="MS")
    start = MONTHS[-1] + pd.DateOffset(months=1)
    found = accuracy(plans({"A": [20] * 6}), sales({"A": [10, 20, 20, 30, 30, 20, 20]}, history), items(A=1.0), start)
    naive = row(found, stream="naive")
    assert naive["wape"] == pytest.approx((10 + 0 + 10 + 0 + 10 + 0) / 140)
    assert row(found)["wape"] == pytest.approx(20 / 140)
    assert row(found)["wape_naive"] == naive["wape"]


def test_scaled_errors_are_over_those_of_naive_forecasts_in_the_history_of_the_cycle():
    """History 10, 20, 10, 20 in half-year seasons of 2: the seasonal naive misses by 0 + 2, the naive by 10, 10, 12."""
    months = pd.date_range("2024-09-01", periods=5, freq="MS")
    plan = plans({"A": [16.0]}, months[4:])
    found = row(accuracy(plan, sales({"A": [10, 20, 10, 22, 10]}, months), items(A=1.0), MONTHS[1], buckets_a_year=2))
    assert found["mase"] == pytest.approx(6 / ((0 + 2) / 2))
    assert found["rmsse"] == pytest.approx(6 / np.sqrt((100 + 100 + 144) / 3))


def test_lag_counts_from_the_first_bucket_of_the_plan():
    one = plans({"A": [10, 12, 14, 0, 0, 0]}).assign(cycle=MONTHS[0])
    found = accuracy(one, sales({"A": [10] * 6}), items(A=1.0), MONTHS[3])
    assert sorted(found["lag"].unique()) == [0, 1, 2]
    assert [row(found, lag=lag)["wape"] for lag in range(3)] == [0, pytest.approx(0.2), pytest.approx(0.4)]


def test_buckets_of_this_cycle_on_are_not_measured():
    pairs = compared(plans({"A": [1] * 6}), sales({"A": [1] * 6}), MONTHS[2])
    assert pairs["bucket"].max() == MONTHS[1]


def test_an_item_that_no_plan_held_counts_as_planned_with_nothing():
    found = measured({"A": [10] * 6}, {"A": [10] * 6, "NEW": [5] * 6}, A=1.0, NEW=1.0)
    assert row(found, level="item", key="NEW")["bias"] == -1
    assert row(found)["under_value"] == 30


def test_a_plan_without_orders_has_no_share_but_money():
    found = row(measured({"A": [10] * 6}, {"A": [0] * 6}, A=2.0))
    assert np.isnan(found["wape"])
    assert found["over_value"] == 120


def test_a_stream_is_measured_only_where_it_speaks_of_every_row_of_the_item():
    plan = plans({"A": [10] * 6, "B": [10] * 6})
    plan["sales"] = np.where(plan["item_id"] == "A", 10.0, np.nan)
    second = plan.assign(location_id="DC2", sales=np.where(plan["bucket"] == MONTHS[0], np.nan, plan["sales"]))
    found = accuracy(
        pd.concat([plan, second], ignore_index=True),
        sales({"A": [20] * 6, "B": [20] * 6}),
        items(A=1.0, B=1.0),
        pd.Timestamp("2025-07-01"),
    )
    sold = row(found, stream="sales")
    assert (sold["observations"], sold["wape"]) == (5, 0)
    assert row(found)["observations"] == 12


def test_stockouts_are_marked():
    ordered = sales({"A": [10] * 6}, stockout=[True, False, False, False, True, False])
    found = row(accuracy(plans({"A": [10] * 6}), ordered, items(A=1.0), pd.Timestamp("2025-07-01")))
    assert found["stockouts"] == 2


def test_without_earlier_cycles_the_table_is_empty_with_its_columns():
    found = accuracy(by_cycle("demand_plan", {}), sales({"A": [1] * 6}), items(A=1.0), MONTHS[0])
    assert found.empty
    assert list(found.columns) == table("accuracy").names


def test_the_waterfall_holds_every_cycles_word_and_what_was_ordered():
    found = waterfall(plans({"A": [1, 2, 3, 4, 5, 6]}), sales({"A": [3] * 6}), items(A=10.0))
    assert found[found["said_in"] == "ordered"]["value"].tolist() == [30.0] * 6
    assert found[found["said_in"] == "2025-02-01"]["value"].tolist() == [20.0]


units = st.lists(st.integers(0, 1000).map(float), min_size=6, max_size=6)


@COSTLY
@given(forecast=units, actual=units, other=units, price=st.floats(0.1, 1000))
def test_bias_never_exceeds_the_error_and_signals_stay_within_the_buckets_measured(forecast, actual, other, price):
    found = measured({"A": forecast, "B": other}, {"A": actual, "B": forecast}, A=price, B=3.0)
    known = found.dropna(subset="wape")
    assert (known["wape"] >= known["bias"].abs() - 1e-9).all()
    assert (found["tracking_signal"].abs() <= 6 + 1e-9).all()
    total, parts = row(found), found[(found["level"] == "item") & (found["stream"] == "consensus")]
    for name in ("demand_value", "over_value", "under_value", "observations"):
        assert total[name] == pytest.approx(parts[name].sum())
