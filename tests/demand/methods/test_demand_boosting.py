"""One model across series: what it learns, that it harms nobody, and that nothing it is handed stops it."""

import numpy as np
import pandas as pd
import pytest
from sktime_checks import assert_passes_the_first, passed

from sopbench.demand.methods.boosting import GradientBoostingPanel
from sopbench.demand.methods.boosting_frame import read_signals, see_from
from sopbench.demand.methods.boosting_model import Proof

MONTHS = np.arange(48)
SMALL = {"trees": 20, "max_rows": 8000, "least_rows": 20}


def panel(values, names=None):
    """The long form of series (rows) by months: family, series, time."""
    names = np.array([("F", row) for row in range(len(values))] if names is None else names, dtype=object)
    rows, times = np.nonzero(~np.isnan(values))
    levels = [names[rows, 0], names[rows, 1], times]
    return pd.DataFrame({"units": values[rows, times]}, pd.MultiIndex.from_arrays(levels, names=["family", "id", "t"]))


def wide(frame):
    return frame.iloc[:, 0].unstack("t").to_numpy()  # noqa: PD010


def many(series=60, noise=0.1):
    """Seasonal series of all sizes whose noise repeats itself from run to run."""
    row = np.arange(series)[:, None]
    season = 1 + 0.3 * np.sin(2 * np.pi * (MONTHS + 0 * row) / 12)
    ripple = 1 + noise * np.sin(37.0 * row + 91.0 * MONTHS + row * MONTHS)
    return 10.0 ** (1 + row % 4) * season * ripple


def test_a_season_and_a_level_of_any_size_are_carried_on():
    said = wide(GradientBoostingPanel(12, **SMALL).fit(panel(many()), fh=range(1, 13)).predict())
    came = 10.0 ** (1 + np.arange(60)[:, None] % 4) * (1 + 0.3 * np.sin(2 * np.pi * np.arange(48, 60) / 12))
    assert np.abs(said / came - 1).mean() < 0.08
    assert said.argmax(axis=1) == pytest.approx(3, abs=1)


def test_what_is_known_of_the_future_moves_the_forecast():
    values = np.full((60, 48), 100.0) * (1 + 0.05 * np.sin(np.arange(60)[:, None] * 7.0 + MONTHS * 5.0))
    promoted = (np.arange(60)[:, None] + MONTHS) % 7 == 0
    y = panel(np.where(promoted, values * 1.5, values))
    known = pd.DataFrame({"factor": np.where(promoted, 1.5, 1.0).ravel()}, y.index)
    later = pd.MultiIndex.from_product([["F"], range(60), [48, 49]], names=y.index.names)
    ahead = pd.DataFrame({"factor": np.where(np.arange(120) % 2 == 0, 1.5, 1.0)}, later)
    settings = SMALL | {"trees": 60}
    said = wide(GradientBoostingPanel(1, **settings).fit(y, X=known, fh=[1, 2]).predict(X=ahead))
    assert np.median(said[:, 0] / said[:, 1]) > 1.25


def test_a_series_that_sells_now_and_then_is_not_forecast_as_nothing():
    series = np.arange(80)[:, None]
    values = np.where((series * 13 + MONTHS * 7 + series * MONTHS) % 5 == 0, 20.0, 0.0)
    said = wide(GradientBoostingPanel(1, **SMALL).fit(panel(values), fh=[1, 2, 3]).predict())
    assert (said >= 0).all() and (values.mean(axis=1) > 0).sum() > 50
    assert said.mean() == pytest.approx(values.mean(), rel=0.25)


def test_quantiles_do_not_cross_and_grow_with_the_lead_and_cover():
    values = many(200, noise=0.3)
    forecaster = GradientBoostingPanel(12, **SMALL).fit(panel(values[:, :42]), fh=range(1, 7))
    shares = [0.05, 0.1, 0.5, 0.9, 0.95]
    said = forecaster.predict_quantiles(alpha=shares)
    assert (np.diff(said.to_numpy(), axis=1) >= 0).all() and (said.to_numpy() >= 0).all()
    came = panel(values).query("t >= 42")["units"].to_numpy()
    inside = (came >= said[("units", 0.1)].to_numpy()) & (came <= said[("units", 0.9)].to_numpy())
    assert 0.7 < inside.mean() < 0.9
    width = Proof(power=0.5, sizes=np.array([1.0, 1.4])).quantiles(np.array([1, 2, 8]), [0.1, 0.9]) @ [-1, 1]
    assert width[0] < width[1] < width[2] == pytest.approx(2 * width[1])


ODD = {
    "one point": [np.nan] * 47 + [5.0],
    "all zero": [0.0] * 48,
    "constant": [7.0] * 48,
    "huge": list(1e14 * (1 + 0.1 * np.sin(MONTHS))),
    "below nothing": list(-50.0 + 10.0 * np.cos(MONTHS)),
    "gaps": [np.nan if month % 5 == 0 else 30.0 + month % 3 for month in MONTHS],
    "ended": [20.0 + month % 4 if month < 30 else np.nan for month in MONTHS],
    "infinite": [np.inf if month == 20 else 10.0 + month % 2 for month in MONTHS],
}


@pytest.mark.parametrize("others", [0, 60])
def test_odd_series_stop_nobody(others):
    values = np.vstack([*ODD.values(), many(60)[:others]])
    forecaster = GradientBoostingPanel(12, **SMALL).fit(panel(values), fh=range(1, 7))
    said = wide(forecaster.predict())
    assert np.isfinite(said).all() and forecaster.failures_ == {}
    of = dict(zip(ODD, said, strict=False))
    assert of["one point"] == pytest.approx(5.0, rel=0.35)  # in the season of its family
    assert (of["all zero"] == 0.0).all()
    assert of["constant"] == pytest.approx(7.0, rel=0.03)
    assert of["huge"] == pytest.approx(1e14, rel=0.2)
    assert (of["below nothing"] < -20).all()
    assert of["gaps"] == pytest.approx(31.0, rel=0.1) and of["ended"] == pytest.approx(21.5, rel=0.2)


def test_a_series_of_which_nothing_is_known_is_nan_and_says_why():
    values = np.vstack([np.full(48, np.nan), many(3)])
    said, why = GradientBoostingPanel(12, **SMALL).forecast_panel(values, np.array(["F", "F", "G", 1], dtype=object), 3)
    assert np.isnan(said[0]).all() and np.isfinite(said[1:]).all() and list(why) == [0]


@pytest.mark.parametrize("length", [1, 2, 3, 13])
def test_short_panels_of_few_series_get_the_plain_forecast(length):
    said = wide(GradientBoostingPanel(12, **SMALL).fit(panel(many(3)[:, :length]), fh=[1, 18]).predict())
    assert np.isfinite(said).all()


def test_series_in_any_order_with_names_of_any_type_give_the_same_bytes():
    values = many(24)
    names = [(["F", "G"][row % 2], row if row % 3 else str(row)) for row in range(24)]
    turned = np.r_[np.arange(5, 24), np.arange(5)]
    forecaster = GradientBoostingPanel(12, **SMALL)
    one = forecaster.fit(panel(values, names), fh=[1, 2]).predict()["units"]
    other = forecaster.fit(panel(values[turned], [names[row] for row in turned]), fh=[1, 2]).predict()["units"]
    assert one.to_dict() == other.to_dict()


def test_the_size_of_a_series_does_not_matter():
    values = many(40)
    one, other = (
        GradientBoostingPanel(12, **SMALL).forecast_panel(each, np.zeros(40), 6)[0] for each in (values, 4 * values)
    )
    assert other == pytest.approx(4 * one, rel=1e-9)


def test_an_origin_sees_nothing_of_what_comes_after():
    values = many(5)
    later = values.copy()
    later[:, 30:] *= 3.0
    before, after = (
        see_from(read_signals(each, np.zeros(5, int), 12, np.empty((0, 5, 48))), 30) for each in (values, later)
    )
    for name in ("level", "noise", "profile", "family_profile", "features"):
        assert np.array_equal(getattr(before, name), getattr(after, name), equal_nan=True), name


def test_it_passes_the_first_of_sktimes_own_checks():
    assert_passes_the_first(GradientBoostingPanel)


@pytest.mark.long
def test_it_passes_all_of_sktimes_own_checks():
    assert passed(GradientBoostingPanel)
