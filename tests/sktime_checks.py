"""sktime's own checks of a forecaster: the first of them in seconds, all of them in minutes."""

FIRST = ["test_fit_returns_self", "test_hierarchical_with_exogenous", "test_set_params"]
INDEXES = [
    *("int-int-True", "int-int-False", "range-int-True", "range-int-False", "period-int-True", "period-period-False"),
    *("datetime-int-True", "datetime-datetime-False", "datetime-timedelta-True"),
]
"""Every type of index of a series, that of the horizon, and whether the horizon is relative."""


def assert_passes_the_first(forecaster):
    """Fitting, arguments, hierarchies, and forecasts of the 2nd and 5th bucket ahead over every type of index."""
    times = [f"test_predict_time_index[{forecaster.__name__}-0-y:1cols-fh=[2 5]-{each}]" for each in INDEXES]
    done = passed(forecaster, tests_to_run=FIRST)
    assert {name.split("[")[0] for name in done} == set(FIRST)
    assert set(passed(forecaster, fixtures_to_run=times)) == set(times)


def passed(forecaster, **chosen):
    """The checks done, all of them passed."""
    from sktime.utils.estimator_checks import check_estimator

    results = check_estimator(forecaster, raise_exceptions=False, verbose=False, **chosen)
    assert results
    assert {name: each for name, each in results.items() if each != "PASSED"} == {}
    return results
