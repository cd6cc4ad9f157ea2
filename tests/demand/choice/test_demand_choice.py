"""The choice of a method: segments, scores and who wins, on backtests small enough to reckon by hand."""

import numpy as np
import pandas as pd
import pytest

from sopbench.contract import checked, table
from sopbench.demand.choice.backtest import backtest_methods
from sopbench.demand.choice.choice import choose, method_choice, method_scores, naive_scale
from sopbench.demand.choice.forecast import forecast_series
from sopbench.demand.choice.statistical import series_weights
from sopbench.demand.methods.compiled import StatsForecastPanel
from sopbench.demand.methods.methods import make_methods
from sopbench.demand.segments import segments
from sopbench.params.demand import Backtest

MONTHS = pd.date_range("2022-01-01", periods=36, freq="MS")
METHODS = ["naive", "seasonal_naive", "good", "zero"]


def series(*names):
    return pd.MultiIndex.from_tuples([(name, "L") for name in names], names=["item_id", "location_id"])


def wide(values, *names):
    return pd.DataFrame(values, index=series(*names), columns=MONTHS[: np.shape(values)[1]])


def backtest(item, actual, **forecasts):
    """One origin, a bucket for each value."""
    when = {"origin": MONTHS[30], "bucket": MONTHS[30 : 30 + len(actual)], "lag": range(len(actual))}
    series_of = {"item_id": item, "location_id": "L", "actual": actual}
    pieces = [pd.DataFrame({**series_of, **when, "method": name, "forecast": said}) for name, said in forecasts.items()]
    return pd.concat(pieces)


def chosen(tried, values, margin=0.03, likes=None, methods=METHODS):
    scores = method_scores(tried, naive_scale(values))
    own = values.notna()
    likes = pd.Series(dict.fromkeys(values.index.get_level_values(0), "")) if likes is None else likes
    return choose(scores, values, own, likes, methods, margin)


def test_segments_go_by_how_often_and_how_evenly_demand_comes_and_equality_is_the_harder_class():
    every_month, every_other = np.full(36, 5.0), np.tile([5.0, 0.0], 18)
    uneven = np.where(np.arange(36) % 6 == 0, 60.0, 5.0)
    edge = np.where(np.arange(33) % 33 < 25, 5.0, 0.0)  # 33 buckets, 25 demands: exactly 1.32
    named = [
        segments(wide([row], "A")).iloc[0] for row in (every_month, uneven, every_other, every_other * uneven, edge)
    ]
    assert named == ["smooth", "erratic", "intermittent", "lumpy", "intermittent"]
    assert segments(wide([np.zeros(36)], "A")).iloc[0] == "intermittent"


def test_scores_are_those_reckoned_by_hand():
    values = wide([[2.0, 4.0, 2.0, 4.0]], "A")
    assert naive_scale(values).iloc[0] == pytest.approx(2.0)
    scores = method_scores(backtest("A", [4.0, 2.0], naive=[1.0, 1.0]), naive_scale(values)).iloc[0]
    assert scores["rmsse"] == pytest.approx(np.sqrt((9 + 1) / 2) / 2)
    assert scores["rmsse_total"] == pytest.approx(np.sqrt(16 / 2) / 2)
    assert (scores["wape"], scores["bias"], scores["errors"]) == (pytest.approx(4 / 6), pytest.approx(-4 / 6), 2)


def test_the_best_wins_if_it_beats_naive_by_the_margin_else_naive_stays():
    values = wide([np.tile([9.0, 11.0], 18)], "A")
    tried = backtest("A", [10.0] * 4, naive=[11.0] * 4, seasonal_naive=[12.0] * 4, good=[10.5] * 4, zero=[0.0] * 4)
    assert chosen(tried, values)["method"].tolist() == ["good"]
    assert chosen(tried, values, margin=0.9)["method"].tolist() == ["naive"]
    assert chosen(tried, values, margin=0.9)["reason"].iloc[0].startswith("nothing beats naive")


def test_equals_are_decided_by_the_order_of_the_methods():
    values = wide([np.tile([9.0, 11.0], 18)], "A")
    tried = backtest("A", [10.0] * 4, naive=[15.0] * 4, zero=[9.0] * 4, good=[11.0] * 4)
    assert chosen(tried, values)["method"].tolist() == ["good"]
    assert chosen(tried, values, methods=["naive", "zero", "good"])["method"].tolist() == ["zero"]


def test_forecasting_nothing_does_not_win_where_demand_comes_seldom():
    units = np.where(np.arange(36) % 3 == 0, 9.0, 0.0)
    actual = [9.0, 0.0, 0.0, 9.0, 0.0, 0.0]
    tried = backtest("A", actual, naive=[0.0] * 6, seasonal_naive=[0.0] * 6, good=[3.0] * 6, zero=[0.0] * 6)
    said = chosen(tried, wide([units], "A"))
    assert said["method"].tolist() == ["good"] and said["segment"].tolist() == ["intermittent"]
    absolute = tried.assign(error=(tried["forecast"] - tried["actual"]).abs()).groupby("method")["error"].mean()
    assert absolute["zero"] < absolute["good"]  # what choosing by the mean absolute error would crown


def test_a_method_that_failed_at_an_origin_cannot_win_and_is_named():
    values = wide([np.tile([9.0, 11.0], 18)], "A")
    tried = backtest("A", [10.0] * 4, naive=[11.0] * 4, good=[10.5] * 4)
    again = backtest("A", [10.0] * 4, naive=[11.0] * 4).assign(origin=MONTHS[28])
    said = chosen(pd.concat([tried, again]), values, methods=["naive", "good"])
    assert said["method"].tolist() == ["naive"] and said["reason"].iloc[0].endswith("could not be tried: good")


def test_a_series_too_short_to_be_tried_takes_its_like_items_method_or_its_familys_season():
    values = wide(np.vstack([np.tile([9.0, 11.0], 18), [[np.nan] * 30 + [5.0] * 6] * 2]), "A", "B", "C")
    tried = backtest("A", [10.0] * 4, naive=[11.0] * 4, good=[10.0] * 4)
    said = chosen(tried, values, likes=pd.Series({"A": "", "B": "A", "C": ""}), methods=["naive", "good"])
    assert said["method"].tolist() == ["good", "good", "family_season"]
    assert said["segment"].tolist() == ["smooth", "new", "new"]
    assert said["reason"].str.contains("like item A").tolist() == [False, True, False]


def test_a_chosen_method_that_fails_at_last_falls_back_to_naive_and_says_so():
    values = wide([[np.nan] * 33 + [5.0, 6.0, 7.0]], "A")
    methods = make_methods({}, 12)
    choice = pd.DataFrame({"segment": "new", "method": "seasonal_naive", "reason": "best"}, index=values.index)
    said, fallen = forecast_series(choice, methods, values, pd.Series(["F"], index=values.index), 3)
    assert said.iloc[0].tolist() == [7.0, 7.0, 7.0]
    assert fallen["method"].tolist() == ["naive"] and fallen["reason"].iloc[0].startswith(
        "fell back to naive: seasonal_"
    )


def test_origins_roll_through_the_past_and_leave_short_series_and_like_items_out():
    values = wide(np.vstack([np.arange(36.0), [np.nan] * 26 + [4.0] * 10, np.arange(36.0)]), "A", "B", "C")
    own = values.notna()
    own.iloc[2, :32] = False
    families = pd.Series("F", index=values.index)
    said = backtest_methods(Backtest(windows=2, step=3, horizon=4), make_methods({}, 12), values, own, families, 12)
    assert set(said["item_id"]) == {"A", "C"}
    assert said.query("item_id == 'A'")["origin"].unique().tolist() == [MONTHS[29], MONTHS[32]]
    assert said.query("item_id == 'C'")["origin"].unique().tolist() == [MONTHS[32]]
    naive = said.query("item_id == 'A' and method == 'naive' and origin == @MONTHS[32]")
    assert naive["forecast"].tolist() == [31.0] * 4 and naive["actual"].tolist() == [32.0, 33.0, 34.0, 35.0]
    assert naive["lag"].tolist() == [0, 1, 2, 3]


def test_the_backtest_comes_as_the_contract_wants_it_whatever_the_order_of_the_series():
    values = wide(np.arange(108.0).reshape(3, 36), "B", "A", "C")
    families = pd.Series("F", index=values.index)
    methods = make_methods({"drift": "SmoothingPanel('theta')"}, 12)
    said = backtest_methods(Backtest(), methods, values, values.notna(), families, 12, ["naive", "drift"])
    pd.testing.assert_frame_equal(said, checked(said.sample(frac=1.0, random_state=1), table("backtest")))
    assert said["item_id"].iloc[0] == "A" and said.query("method == 'naive'")["forecast"].iloc[0] == 36 + 19.0


def test_a_model_fitted_once_says_at_its_first_origin_what_it_says_afresh_and_sees_what_comes_later():
    rng = np.random.default_rng(1)
    values = np.vstack([rng.normal(100, 5, 40), np.r_[[np.nan] * 14, np.full(11, 50.0), np.full(15, 80.0)]])
    families, asked = np.array(["F", "F"]), np.array([[True, False], [True, True], [True, True]])
    for adjusted in (False, True):
        once = StatsForecastPanel("AutoETS", 4, {"model": "ANN"}, adjusted=adjusted, refit=False)
        said = once.forecast_origins(values, families, asked, [25, 30, 40], 3)
        np.testing.assert_allclose(said[0, 0], once.forecast_panel(values[:, :25], families, 3)[0][0])
        np.testing.assert_allclose(said[1, 1], once.forecast_panel(values[:, :30], families, 3)[0][1])
        assert np.isnan(said[0, 1]).all()
        assert said[2, 1] == pytest.approx([80.0] * 3, rel=0.05)  # as it is now, not as it was when it was fitted


def test_a_model_that_what_came_later_leads_astray_is_fitted_anew():
    steps = np.arange(40.0)
    values = (np.where(steps < 20, 100.0, 1000.0) + 10.0 * (-1.0) ** steps)[None, :]  # taught to believe no bucket
    once = StatsForecastPanel("AutoETS", 4, {"model": "ANN"}, refit=False)
    said = once.forecast_origins(values, np.array(["F"]), np.array([[True], [True]]), [20, 40], 2)
    assert said[0, 0] == pytest.approx([100.0] * 2, abs=5.0)
    np.testing.assert_allclose(said[1], once.forecast_panel(values, np.array(["F"]), 2)[0])


def test_a_history_shorter_than_what_a_backtest_compares_has_no_origin():
    methods = make_methods({"fitted_once": "StatsForecastPanel('AutoCES', season_length={season}, refit=False)"}, 2)
    values = wide([np.arange(4.0)], "A")
    families = pd.Series("F", index=values.index)
    assert backtest_methods(Backtest(horizon=4), methods, values, values.notna(), families, 2).empty


def test_a_method_fitted_once_that_raises_has_no_backtest_and_stops_no_other():
    methods = make_methods({}, 2) | {"bad": StatsForecastPanel("AutoCES", params={"modl": "P"}, refit=False)}
    values = wide([np.arange(12.0)], "A")
    families = pd.Series("F", index=values.index)
    said = backtest_methods(Backtest(windows=1, horizon=2), methods, values, values.notna(), families, 2)
    assert said.query("method == 'naive'")["forecast"].tolist() == [9.0, 9.0]
    assert "bad" not in set(said["method"])


def test_the_table_holds_the_scores_of_the_method_and_of_naive():
    values = wide([np.tile([9.0, 11.0], 18)], "A")
    tried = backtest("A", [10.0] * 4, naive=[11.0] * 4, good=[10.5] * 4)
    scores = method_scores(tried, naive_scale(values))
    said = method_choice(chosen(tried, values, methods=["naive", "good"]), scores).iloc[0]
    assert (said["method"], said["rmsse"], said["rmsse_naive"]) == ("good", pytest.approx(0.25), pytest.approx(0.5))
    assert said["bias"] == pytest.approx(0.05)


def test_methods_are_alike_to_the_weights_where_one_of_them_was_never_tried():
    values = wide([np.tile([9.0, 11.0], 18)], "A")
    tried = backtest("A", [10.0] * 4, good=[10.5] * 4, zero=[0.0] * 4)
    assert series_weights(tried, values, 12, ["bad", "good", "zero"]).iloc[0].tolist() == pytest.approx([1 / 3] * 3)
    good, zero = series_weights(tried, values, 12, ["good", "zero"]).iloc[0]
    assert good > zero


def test_processes_that_share_the_work_say_the_same(monkeypatch):
    values = wide(np.random.default_rng(2).gamma(4.0, 25.0, (7, 36)), *"ABCDEFG")
    families = pd.Series("F", index=values.index)
    methods = make_methods({"ses": "StatsForecastPanel('AutoETS', params={'model': 'ANN'}, refit=False)"}, 12)
    choice = pd.DataFrame({"segment": "smooth", "method": "ses", "reason": ""}, index=values.index)
    tried, said = [], []
    for jobs in (1, 2):
        monkeypatch.setattr("sopbench.demand.choice.backtest.WORTH_A_PROCESS", 0 if jobs > 1 else 10**9)
        monkeypatch.setattr("sopbench.demand.choice.forecast.WORTH_A_PROCESS", 0 if jobs > 1 else 10**9)
        tried.append(backtest_methods(Backtest(), methods, values, values.notna(), families, 12, jobs=jobs))
        said.append(forecast_series(choice, methods, values, families, 6, jobs=jobs)[0])
    pd.testing.assert_frame_equal(*tried)
    pd.testing.assert_frame_equal(*said)
