"""The measures of error agree with published worked examples, and with sktime's and utilsforecast's own."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some
from test_monitor_accuracy import items

from sopbench.contract import checked, table
from sopbench.monitor import accuracy, by_cycle

BEER = [
    443, 410, 420, 532, 433, 421, 410, 512, 449, 381, 423, 531, 426, 408, 416, 520, 409, 398, 398, 507, 432, 398,
    406, 526, 428, 397, 403, 517, 435, 383, 424, 521, 421, 402, 414, 500, 451, 380, 416, 492, 428, 408, 406, 506,
    435, 380, 421, 490, 435, 390, 412, 454, 416, 403, 408, 482, 438, 386, 405, 491, 427, 383, 394, 473,
    420, 390, 410, 488, 415, 398, 419, 488, 414, 374,
]  # fmt: skip
"""Quarterly Australian beer production from 1992, in megalitres; the last ten quarters are forecast."""

HELD_OUT = 10


def measured(history: list[float], actual: list[float], forecast: list[float], season: int) -> pd.DataFrame:
    """Accuracy of one item at price 1, planned once, at every lag; the buckets are months, whatever they stand for."""
    months = pd.date_range("2000-01-01", periods=len(history) + len(actual) + 1, freq="MS")
    start = months[len(history)]
    row = {"item_id": "A", "location_id": "DC", "customer_id": "SHOP"}
    sold = pd.DataFrame({**row, "bucket": months[:-1], "qty_ordered": [*history, *actual]})
    sales = checked(sold.assign(qty_shipped=sold["qty_ordered"], revenue=0.0), table("sales"))
    plan = pd.DataFrame({**row, "customer_id": "", "bucket": months[len(history) : -1], "consensus": forecast})
    bands = dict.fromkeys(("statistical", "p10", "p50", "p90"), plan["consensus"])
    plan = checked(plan.assign(method="m", **bands), table("demand_plan"))
    found = accuracy(by_cycle("demand_plan", {start: plan}), sales, items(A=1.0), months[-1], season)
    return found[(found["level"] == "item") & (found["stream"] == "consensus")].sort_values("lag")


def over_all_lags(found: pd.DataFrame) -> dict[str, float]:
    """The measures of single errors, averaged over the lags: each lag has one observation."""
    mae = (found["over_value"] + found["under_value"]).mean()
    return {
        "mae": mae,
        "mape": found["mape"].mean() * 100,
        "mase": found["mase"].mean(),
        "rmse": (((found["over_value"] + found["under_value"]) ** 2).mean()) ** 0.5,
    }


def test_the_beer_example_of_forecasting_principles_and_practice():
    # Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 2nd ed., 3.4: naive and seasonal naive
    history, actual = BEER[:-HELD_OUT], BEER[-HELD_OUT:]
    naive = over_all_lags(measured(history, actual, [history[-1]] * HELD_OUT, season=4))
    assert naive == pytest.approx({"mae": 57.40, "mape": 14.18, "mase": 4.01, "rmse": 62.69}, abs=0.005)
    seasonal = over_all_lags(measured(history, actual, (history[-4:] * 3)[:HELD_OUT], season=4))
    assert seasonal == pytest.approx({"mae": 13.40, "mape": 3.17, "mase": 0.94, "rmse": 14.31}, abs=0.005)


def one_bucket_ahead(actual: list[float], forecast: list[float]) -> pd.Series:
    """Accuracy of one item at price 1, planned anew before every bucket, at lag 0."""
    months = pd.date_range("2025-01-01", periods=len(actual) + 1, freq="MS")
    row = {"item_id": "A", "location_id": "DC"}
    sold = pd.DataFrame({**row, "customer_id": "SHOP", "bucket": months[:-1], "qty_ordered": actual})
    sales = checked(sold.assign(qty_shipped=sold["qty_ordered"], revenue=0.0), table("sales"))
    plans = {}
    for month, said in zip(months[:-1], forecast, strict=True):
        plan = pd.DataFrame([{**row, "customer_id": "", "bucket": month, "method": "m", "consensus": float(said)}])
        bands = dict.fromkeys(("statistical", "p10", "p50", "p90"), plan["consensus"])
        plans[month] = checked(plan.assign(**bands), table("demand_plan"))
    found = accuracy(by_cycle("demand_plan", plans), sales, items(A=1.0), months[-1])
    return found[(found["level"] == "item") & (found["stream"] == "consensus")].iloc[0]


def test_the_tracking_signal_example_of_operations_management():
    # Heizer & Render, Operations Management, ch. 4, Carlson's Bakery: RSFE 35, MAD 14.2, tracking signal 2.5
    found = one_bucket_ahead([90, 95, 115, 100, 125, 140], [100, 100, 100, 110, 110, 110])
    assert found["mad"] == pytest.approx(14.2, abs=0.05)
    assert found["under_value"] - found["over_value"] == 35
    assert found["tracking_signal"] == pytest.approx(-2.5, abs=0.05)  # they take actual less forecast


whole = some.integers(1, 500)
series = some.tuples(some.lists(whole, min_size=14, max_size=20), some.lists(some.tuples(whole, whole), min_size=2))


@given(series)
def test_mape_mase_and_rmsse_agree_with_sktime(of):
    from sktime.performance_metrics.forecasting import (
        MeanAbsolutePercentageError,
        MeanAbsoluteScaledError,
        MeanSquaredScaledError,
    )

    history, pairs = of
    actual, forecast = (np.array(each, dtype=float) for each in zip(*pairs, strict=True))
    train = np.array(history, dtype=float)
    if np.ptp(train[12:] - train[:-12]) == 0 or np.ptp(train) == 0:
        return  # a scale of nothing: ours is empty, theirs is not
    found = measured(history, actual, forecast, season=12)
    assert found["mape"].mean() == pytest.approx(MeanAbsolutePercentageError(symmetric=False)(actual, forecast))
    assert found["mase"].mean() == pytest.approx(MeanAbsoluteScaledError(sp=12)(actual, forecast, y_train=train))
    squared = MeanSquaredScaledError(sp=1)(actual, forecast, y_train=train)
    assert (found["rmsse"] ** 2).mean() == pytest.approx(squared)


@given(series)
def test_wape_mape_bias_and_mase_agree_with_utilsforecast(of):
    losses = pytest.importorskip("utilsforecast.losses")
    history, pairs = of
    actual, forecast = (np.array(each, dtype=float) for each in zip(*pairs, strict=True))
    train = np.array(history, dtype=float)
    if np.abs(train[12:] - train[:-12]).sum() == 0:
        return
    frame = pd.DataFrame({"unique_id": "A", "y": actual, "consensus": forecast})
    history_frame = pd.DataFrame({"unique_id": "A", "y": train})
    found = measured(history, actual, forecast, season=12)

    def theirs(name: str, **more) -> float:
        return getattr(losses, name)(frame, ["consensus"], **more)["consensus"].item()

    total = found["demand_value"].sum()
    over, under = found["over_value"].sum(), found["under_value"].sum()
    assert (over + under) / total == pytest.approx(theirs("nd"))
    assert (over - under) / len(found) == pytest.approx(theirs("bias"), abs=1e-9)
    assert found["mape"].mean() == pytest.approx(theirs("mape"))
    assert found["mase"].mean() == pytest.approx(theirs("mase", seasonality=12, train_df=history_frame))
