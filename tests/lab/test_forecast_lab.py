"""The lab tries methods as the demand step does, keeps what is done, and names what fails."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from bench import PARAMS, company, quiet
from own_forecaster import OWN
from sktime.forecasting.naive import NaiveForecaster

import tiny
from sopbench import demand
from sopbench.contract import PlanningError, checked, table
from sopbench.cycle import open_cycle
from sopbench.lab import ForecastLab, store, trial
from sopbench.lab.scores import ALL
from sopbench.lab.trial import CHOICE, COMBINATION

LAST_YEAR = "StatsForecastPanel('SeasonalNaive', season_length={season})"
ROWS = ["item_id", "location_id", "method", "origin", "bucket"]


class Fails(NaiveForecaster):
    """Cannot take what sells 45 a month, nor stand a whole panel with it."""

    def _fit(self, y, X=None, fh=None):
        if y.mean() < 60:
            raise ValueError("too little for me")
        return super()._fit(y, X, fh)


class Stops(NaiveForecaster):
    """Is interrupted once it has forecast from the first origin."""

    def _fit(self, y, X=None, fh=None):
        if len(y) > 28:
            raise KeyboardInterrupt
        return super()._fit(y, X, fh)


@pytest.fixture
def params_file(tmp_path):
    return company(tmp_path)


@pytest.fixture
def lab(params_file):
    return ForecastLab(params_file)


def interrupted_at(name, trying):
    """What tries methods, interrupted at one of them."""

    def tried(method, asked):
        if method.name == name:
            raise KeyboardInterrupt
        trying(method, asked)

    return tried


def sorted_rows(frame):
    return frame.sort_values(ROWS, ignore_index=True)[[*ROWS, "lag", "forecast", "actual"]]


def test_trials_are_the_backtest_the_demand_step_makes(lab):
    lab.run(quiet)
    tables = {name: tiny.tables()[name] for name in demand.INPUTS}
    meant = demand.plan(lab.cycle.params.demand, tiny.START, 6, **tables)
    pd.testing.assert_frame_equal(sorted_rows(lab.backtest()), sorted_rows(meant["backtest"]))
    lab.add("last_year", LAST_YEAR)
    lab.run(quiet)
    change = lab.effect_on_cycle(report=quiet)
    assert change.family.set_index("family").loc["pumps", "units_before"] == pytest.approx(
        meant["demand_plan"].query("item_id == 'PUMP'")["consensus"].sum()
    )


@pytest.mark.parametrize(
    "spec",
    [
        "StatsForecastPanel('SimpleExponentialSmoothingOptimized', refit=False)",
        "GradientBoostingPanel(season_length={season})",
    ],
)
def test_a_model_fitted_once_and_one_that_learns_from_features_are_tried_as_the_demand_step_does(tmp_path, spec):
    lab = ForecastLab(company(tmp_path))
    lab.add("special", spec)
    lab.run(quiet)
    settings = lab.cycle.params.demand
    settings = settings.model_copy(update={"methods": {**settings.methods, "special": spec}})
    meant = demand.plan(settings, tiny.START, 6, **{name: tiny.tables()[name] for name in demand.INPUTS})
    pd.testing.assert_frame_equal(sorted_rows(lab.backtest()), sorted_rows(meant["backtest"]))


def test_the_series_are_those_of_the_demand_step_a_successors_with_its_predecessors_history(lab):
    tables = {name: tiny.tables()[name] for name in demand.INPUTS}
    said = {"item_id": "KIT", "other_id": "PUMP", "kind": "successor", "start": tiny.START - pd.DateOffset(months=2)}
    tables["life_cycle"] = checked(pd.DataFrame([said]), table("life_cycle"))
    settings = lab.cycle.params.demand
    seen = trial.panel(settings, tiny.START, 6, tables).values
    history = demand.plan(settings, tiny.START, 6, **tables)["history"]
    meant = history.set_index(["item_id", "location_id", "bucket"])["cleaned"].unstack("bucket")  # noqa: PD010
    pd.testing.assert_frame_equal(seen, meant.loc[seen.index, seen.columns], check_names=False, check_freq=False)


def test_a_change_of_our_code_anywhere_in_the_demand_step_makes_trials_anew():
    assert {Path("demand/plan.py"), Path("demand/choice/backtest.py")} < set(store._code())


def test_without_a_cycle_the_lab_gathers_and_writes_no_cycle(lab):
    assert "read anew" in lab.in_words()
    lab.run(quiet)
    assert not lab.cycle.folder.exists()


def test_what_is_tried_once_is_not_tried_again_not_even_tomorrow(lab, params_file):
    lab.add("mean", "StatsForecastPanel('HistoricAverage')")
    told = []
    lab.run(lambda done, of, doing: told.append(doing))
    assert sum("mean from" in each for each in told) == 3
    again = ForecastLab(params_file)
    again.add("renamed", "StatsForecastPanel( 'HistoricAverage' )")
    told.clear()
    again.run(lambda done, of, doing: told.append(doing))
    assert not [each for each in told if " from " in each]
    assert "renamed" in again.backtest()["method"].unique()


def test_other_data_is_tried_anew(lab, params_file):
    lab.run(quiet)
    sales = params_file.parent / "data" / "sales.csv"
    frame = pd.read_csv(sales)
    frame.assign(qty_ordered=frame["qty_ordered"] + 1).to_csv(sales, index=False)
    assert "0 of them tried already" in ForecastLab(params_file).in_words()


def test_an_interrupt_keeps_what_is_done_and_says_what_is_missing(lab):
    lab.add("stops", Stops())
    lab.add("mean", "StatsForecastPanel('HistoricAverage')")
    tried = lab.run(quiet).set_index("method")
    assert tried.loc["average", "state"] == "tried"
    assert tried.loc["stops", ["origins", "of"]].tolist() == [1, 3] and "run()" in tried.loc["stops", "state"]
    assert tried.loc["mean", "state"] == "not tried yet"
    board = lab.leaderboard()
    assert "average" in set(board["method"]) and "stops" not in set(board["method"])
    with pytest.raises(PlanningError, match="1 of 3 origins"):
        lab.effect_on_cycle("stops", report=quiet)
    lab.remove("stops")
    assert set(lab.run(quiet)["state"]) == {"tried"}


def test_while_methods_of_the_cycle_are_not_tried_nothing_is_called_the_cycles_choice(lab):
    """The choice from some of them would be another one."""

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lab, "_try", interrupted_at("average", lab._try))
        lab.run(quiet)
    assert CHOICE not in set(lab.leaderboard()["method"])
    with pytest.raises(PlanningError, match="average"):
        lab.worst_series()
    lab.run(quiet)
    assert CHOICE in set(lab.leaderboard()["method"])


def test_a_series_that_a_method_cannot_forecast_is_named_and_stops_nothing(lab):
    lab.add("fails", Fails())
    tried = lab.run(quiet).set_index("method")
    assert tried.loc["fails", ["origins", "could_not"]].tolist() == [3, 1]
    assert tried.loc["fails", "why"] == "KIT at DC: ValueError: too little for me"
    board = lab.leaderboard(ALL).set_index("method")
    assert board.loc["fails", "could_not"] == 1 and pd.isna(board.loc["fails", "money_missed"])
    assert board.loc["average", "cells"] == 2 * 3 * 4


def test_a_method_that_forecasts_nothing_is_counted_so_and_is_not_promoted(tmp_path):
    lab = ForecastLab(company(tmp_path, PARAMS + "  choose_by: combination\n  combine: [average, family_season]\n"))
    lab.add("misspelt", "NaiveForecaster(strategy='drif')")
    tried = lab.run(quiet).set_index("method").loc["misspelt"]
    assert (tried["could_not"], tried["state"]) == (2, "forecasts nothing")
    assert tried["why"].startswith("KIT at DC, PUMP at DC: ValueError")
    board = lab.leaderboard(ALL).set_index("method")
    assert board.loc["misspelt", "could_not"] == 2 and "combination with misspelt" not in board.index
    with pytest.raises(PlanningError, match="forecasts nothing"):
        lab.promote("misspelt")


def test_the_cycles_choice_is_on_the_leaderboard_and_every_method_is_timed(lab):
    lab.run(quiet)
    board = lab.leaderboard(ALL).set_index("method")
    assert CHOICE in board.index and (board.drop(CHOICE)["seconds"] > 0).all()
    assert board["series_won"].sum() == 2
    assert board["coverage"].between(0, 1).all()


def test_methods_of_the_cycle_keep_their_names(lab):
    with pytest.raises(PlanningError, match="call it something else"):
        lab.add("average", LAST_YEAR)
    with pytest.raises(PlanningError, match="did you mean NaiveForecaster"):
        lab.add("mine", "NaveForecaster()")
    with pytest.raises(PlanningError, match="does not forecast"):
        lab.add("mine", 3)
    assert lab.added == []


def test_a_sample_tries_fewer_series_and_plans_nothing(params_file):
    lab = ForecastLab(params_file, sample=1)
    lab.add("last_year", LAST_YEAR)
    lab.run(quiet)
    assert lab.leaderboard(ALL)["series"].max() == 1
    with pytest.raises(PlanningError, match="without sample"):
        lab.effect_on_cycle(report=quiet)


def test_a_promoted_method_is_the_cycles_own_from_then_on(lab, params_file):
    lab.add("last_year", LAST_YEAR)
    before = params_file.read_text(encoding="utf-8")
    shown = lab.promote("last_year", why="wins")
    assert "+    last_year: StatsForecastPanel('SeasonalNaive', season_length={season})   # wins" in shown
    assert params_file.read_text(encoding="utf-8") == before
    lab.promote("last_year", why="wins", write=True)
    assert set(open_cycle(params_file).params.demand.methods) == {"average", "last_year"}
    with pytest.raises(PlanningError, match="has this name"):
        ForecastLab(params_file).add("last_year", LAST_YEAR)


def test_an_estimator_is_promoted_by_the_spec_that_makes_it(lab):
    lab.add("mean", NaiveForecaster(strategy="mean", window_length=2))
    assert "mean: NaiveForecaster(strategy='mean', window_length=2)" in lab.promote("mean")


def test_a_class_of_a_notebook_is_not_promoted_but_told_where_to_go(lab):
    lab.add("fails", Fails)
    with pytest.raises(PlanningError, match="beside the params file"):
        lab.promote("fails")


@pytest.mark.long
def test_a_class_of_ones_own_is_promoted_with_its_module_and_the_cycle_can_use_it(params_file, monkeypatch):
    folder = params_file.parent
    (folder / "our_methods.py").write_text(OWN, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    from our_methods import LastTimes

    lab = ForecastLab(params_file)
    lab.add("twice", LastTimes(factor=2.0))
    lab.run(quiet)
    said = lab.backtest().set_index(ROWS)["forecast"].unstack("method")  # noqa: PD010
    pd.testing.assert_series_equal(said["twice"], 2.0 * said["naive"], check_names=False)
    lab.promote("twice", write=True)
    settings = open_cycle(params_file).params.demand
    assert settings.modules == ["our_methods"] and settings.methods["twice"] == "LastTimes(factor=2.0)"
    planned = demand.plan(settings, tiny.START, 6, **{name: tiny.tables()[name] for name in demand.INPUTS})
    assert "twice" in set(planned["backtest"]["method"])


def test_a_module_that_is_not_there_is_told(tmp_path):
    path = company(tmp_path, PARAMS + "  modules: [nowhere_to_be_found]\n")
    with pytest.raises(PlanningError, match="nowhere_to_be_found.py beside the params file"):
        ForecastLab(path)


@pytest.mark.long
def test_where_the_cycle_combines_methods_an_added_one_is_tried_within_and_promoted_into_the_combination(tmp_path):
    path = company(tmp_path, PARAMS + "  choose_by: combination\n  combine: [average, family_season]\n")
    lab = ForecastLab(path)
    lab.add("mean", "StatsForecastPanel('HistoricAverage')")
    lab.run(quiet)
    settings, tables = lab.cycle.params.demand, {name: tiny.tables()[name] for name in demand.INPUTS}
    meant = demand.plan(settings, tiny.START, 6, **tables)["backtest"]
    rows = lab.backtest()
    ours = sorted_rows(rows[rows["method"] != "mean"])
    pd.testing.assert_frame_equal(ours, sorted_rows(meant))
    assert {COMBINATION, "combination with mean"} < set(lab.leaderboard()["method"])
    within, beside = (lab.effect_on_cycle(combine=each, report=quiet).family for each in (True, False))
    assert within["series_changed"].max() == 2 and beside["series_changed"].max() < 2
    lab.promote("mean", write=True)
    settings = open_cycle(path).params.demand
    assert settings.combine == ["average", "family_season", "mean"] and "mean" in settings.methods
    promoted = demand.plan(settings, tiny.START, 6, **tables)["demand_plan"]["consensus"].sum()
    assert promoted == pytest.approx(within["units_after"].max())


def test_a_second_method_joins_the_combination_beside_the_first_and_what_was_written_meanwhile(tmp_path):
    path = company(tmp_path, PARAMS + "  choose_by: combination\n  combine: [average, family_season]\n")
    lab = ForecastLab(path)
    lab.add("mean", "StatsForecastPanel('HistoricAverage')")
    lab.add("last_year", LAST_YEAR)
    lab.promote("mean", write=True)
    text = path.read_text(encoding="utf-8").replace("[average, family_season, mean]", "[average, naive, mean]   # ours")
    path.write_text(text, encoding="utf-8")
    lab.promote("last_year", write=True)
    assert "combine: [average, naive, mean, last_year]   # ours" in path.read_text(encoding="utf-8")
    assert "already" in lab.promote("last_year", write=True)


@pytest.mark.parametrize("text", ["demand: [", None])
def test_a_file_that_became_unreadable_or_is_gone_is_told_in_a_sentence(lab, params_file, text):
    lab.add("last_year", LAST_YEAR)
    params_file.unlink() if text is None else params_file.write_text(text, encoding="utf-8")
    with pytest.raises(PlanningError, match=params_file.name):
        lab.promote("last_year", write=True)
