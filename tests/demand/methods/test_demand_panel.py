"""Panel forecasters read the codes of an index where sktime reads its rows; what comes of it is the same."""

import numpy as np
import pandas as pd
import pytest
from sktime.forecasting.base import BaseForecaster

from sopbench.demand.methods.compiled import StatsForecastPanel

TIMES = {
    "months": pd.period_range("2024-01", periods=6, freq="M"),
    "dates": pd.date_range("2024-01-01", periods=6, freq="MS"),
    "numbers": pd.RangeIndex(6),
}


def panel_of(times, order=None):
    """Two series of two families, the second without the first and the last time; `order`: how times are numbered."""
    series, place = np.repeat([0, 1], [6, 4]), np.array([0, 1, 2, 3, 4, 5, 1, 2, 3, 4])
    if order is not None:
        times, place = times[order], np.argsort(order)[place]
    index = pd.MultiIndex([["F", "G"], ["a", "b"], times], [series, series, place], names=["family", "series", "month"])
    return pd.DataFrame({"units": np.arange(10.0)}, index=index)


def sktimes_cutoff(panel):
    forecaster = StatsForecastPanel()
    BaseForecaster._set_cutoff_from_y(forecaster, panel)  # noqa: SLF001
    return forecaster.cutoff


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("rows", [slice(None), slice(6, None)], ids=["all", "without_the_last_time"])
def test_the_cutoff_is_the_one_sktime_finds(times, rows):
    panel = panel_of(times).iloc[rows]
    found, wanted = StatsForecastPanel().fit(panel).cutoff, sktimes_cutoff(panel)
    pd.testing.assert_index_equal(found, wanted, exact="equiv")
    assert getattr(found, "freq", None) == getattr(wanted, "freq", None)


@pytest.mark.parametrize("times", [TIMES["months"], TIMES["numbers"]], ids=["months", "numbers"])
def test_times_an_index_numbers_in_another_order_are_read_in_time(times):
    plain, mixed = panel_of(times), panel_of(times, [3, 0, 5, 1, 4, 2])
    assert list(mixed.index) == list(plain.index)
    forecasts = [StatsForecastPanel().fit(each).predict(fh=[1, 2]) for each in (plain, mixed)]
    pd.testing.assert_frame_equal(*forecasts)
    assert forecasts[0]["units"].tolist() == [5.0, 5.0, 9.0, 9.0]


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
def test_a_forecast_has_a_row_for_each_series_given_and_time_asked(times):
    forecast = StatsForecastPanel().fit(panel_of(times).iloc[6:]).predict(fh=[1, 3])
    last, step = times[4], getattr(times, "freq", 1)
    assert list(forecast.index) == [("G", "b", last + step), ("G", "b", last + 3 * step)]
    assert forecast.index.names == ["family", "series", "month"]
    assert [list(level) for level in forecast.index.levels[:2]] == [["G"], ["b"]]
