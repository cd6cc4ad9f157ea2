"""Methods are made from spec strings and run so that a bad series or a bad method stops nothing."""

import numpy as np
import pandas as pd
import pytest
from sktime.forecasting.naive import NaiveForecaster
from sktime_checks import assert_passes_the_first, passed

from sopbench.contract import PlanningError
from sopbench.demand.methods.compiled import StatsForecastPanel
from sopbench.demand.methods.family import FamilySeason, FamilyShare
from sopbench.demand.methods.methods import make_methods, run_method
from sopbench.demand.methods.smoothing_panel import SmoothingPanel
from sopbench.params.demand import ALWAYS, COMBINED, DEFAULT_METHODS

PANEL = pd.DataFrame([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [np.nan, np.nan, np.nan, np.nan, 7.0, 8.0]])
FAMILIES = pd.Series(["F", "G"])


class Raises(NaiveForecaster):
    """Cannot take a series of two."""

    def _fit(self, y, X=None, fh=None):
        if len(y) < 3:
            raise ValueError("too short for me")
        return super()._fit(y, X, fh)


def test_naive_ones_and_the_family_season_are_always_in():
    assert list(make_methods({}, 12)) == list(ALWAYS) == ["naive", "seasonal_naive", "family_season"]


def test_the_methods_combined_are_among_the_default_ones():
    made = make_methods(DEFAULT_METHODS, 12)
    assert set(COMBINED) <= set(made)
    assert made["seasonal_naive"].season_length == 12


def test_every_spec_no_forecaster_can_be_made_of_is_reported_at_once_with_the_mend():
    specs = {
        "misspelt": "NaveForecaster()",
        "no_forecaster": "Detrender()",
        "open": "NaiveForecaster(",
        "evil": "__import__('os').system('true')",
        "argument": "NaiveForecaster(colour=1)",
    }
    with pytest.raises(PlanningError) as caught:
        make_methods(specs, 12)
    assert [problem.key for problem in caught.value.problems] == [f"demand.methods.{name}" for name in specs]
    assert "did you mean NaiveForecaster?" in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("StatsForecastPanel('AutoEST')", "did you mean AutoETS?"),
        ("StatsForecastPanel('WindowAverage', refit=False)", "window_size"),
        ("StatsForecastPanel('AutoETS', params={'modl': 'AAN'})", "modl"),
        ("SmoothingPanel('theeta')", "one of theta, holt_winters"),
    ],
)
def test_a_model_or_an_argument_our_forecasters_do_not_know_is_told_before_anything_runs(spec, why):
    with pytest.raises(PlanningError, match="demand.methods.odd") as caught:
        make_methods({"odd": spec}, 12)
    assert why in str(caught.value)


def test_each_series_is_forecast_from_its_own_past():
    said, why = run_method(StatsForecastPanel("SeasonalNaive", 2), PANEL, FAMILIES, 3)
    assert said.tolist() == [[5.0, 6.0, 5.0], [7.0, 8.0, 7.0]] and why == {}


def test_a_plain_sktime_forecaster_runs_on_the_same_panel():
    said, why = run_method(NaiveForecaster("mean", window_length=2), PANEL, FAMILIES, 2)
    assert said.tolist() == [[5.5, 5.5], [7.5, 7.5]] and why == {}


def test_a_series_that_raises_stops_no_other_and_says_why():
    said, why = run_method(Raises(), PANEL, FAMILIES, 2)
    assert said[0].tolist() == [6.0, 6.0] and np.isnan(said[1]).all()
    assert list(why) == [1] and "too short for me" in why[1]


def test_a_series_a_compiled_model_cannot_take_stops_no_other():
    said, why = run_method(StatsForecastPanel("SeasonalNaive", 4), PANEL, FAMILIES, 2)
    assert said[0].tolist() == [3.0, 4.0] and np.isnan(said[1]).all() and list(why) == [1]


def test_nobody_demands_less_than_nothing_nor_ten_times_the_most():
    falling = pd.DataFrame([[50.0, 30.0, 10.0]])
    said, _ = run_method(StatsForecastPanel("RandomWalkWithDrift"), falling, FAMILIES[:1], 2)
    assert said.tolist() == [[0.0, 0.0]]
    said, why = run_method(StatsForecastPanel("RandomWalkWithDrift"), pd.DataFrame([[0.1, 1.0]]), FAMILIES[:1], 20)
    assert np.isnan(said).all() and "beyond 10 times" in why[0]


def test_no_warning_of_sktime_reaches_the_notebook(recwarn):
    methods = make_methods({"ensemble": "EnsembleForecaster([('a', NaiveForecaster()), ('b', NaiveForecaster())])"}, 2)
    run_method(methods["ensemble"], PANEL, FAMILIES, 2)
    assert not [each for each in recwarn if "remember_data" in str(each.message)]


def test_a_new_series_takes_season_and_growth_of_its_family_and_its_own_level():
    months = np.arange(48)
    season = np.where(months % 12 == 11, 2.0, 1.0) / (13 / 12)
    old = 100.0 * season * 1.1 ** (months / 12)
    new = np.where(months >= 45, 30.0 * season * 1.1 ** (months / 12), np.nan)
    said, _ = run_method(FamilySeason(12, smoothing=0.9), pd.DataFrame([old, new]), pd.Series(["F", "F"]), 12)
    assert said[1].argmax() == 11
    assert said[1][11] / said[1][10] == pytest.approx(2.0, rel=0.1)
    assert said[1] == pytest.approx(said[0] * 0.3 * 1.1**0, rel=0.1)


@pytest.mark.parametrize("forecaster", [StatsForecastPanel, SmoothingPanel, FamilySeason, FamilyShare])
def test_our_forecasters_pass_the_first_of_sktimes_own_checks(forecaster):
    assert_passes_the_first(forecaster)


@pytest.mark.long
@pytest.mark.parametrize("forecaster", [StatsForecastPanel, SmoothingPanel, FamilySeason, FamilyShare])
def test_our_forecasters_pass_all_of_sktimes_own_checks(forecaster):
    assert passed(forecaster)


def test_a_misspelt_model_of_statsforecast_is_refused_before_anything_runs():
    specs = {
        "mine": "StatsForecastPanel('AutoETSS', season_length={season})",
        "odd": "StatsForecastPanel('Naive', params={'a': 1})",
    }
    with pytest.raises(PlanningError) as caught:
        make_methods(specs, 12)
    assert "did you mean AutoETS?" in str(caught.value) and "unexpected keyword argument 'a'" in str(caught.value)
