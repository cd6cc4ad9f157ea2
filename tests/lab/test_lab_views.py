"""The lab's charts draw, and their titles say what the tables say."""

import pandas as pd
import pytest
from bench import company, quiet

from sopbench.lab import ForecastLab
from sopbench.views import forecast_lab as charts
from sopbench.views import svg, table


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        folder = tmp_path_factory.mktemp("lab")
        patched.setenv("SOPBENCH_CYCLES", str(folder / "cycles"))
        lab = ForecastLab(company(folder))
        lab.add("last_year", "StatsForecastPanel('SeasonalNaive', season_length={season})")
        lab.add("nothing", "StatsForecastPanel('ZeroModel')")
        lab.run(quiet)
        return lab


def test_the_leaderboard_names_the_best_method_added_and_what_the_cycle_does_now(lab):
    board = lab.leaderboard()
    chart = charts.money_and_speed(board, "EUR")
    assert "ast year, for all series, misses " in chart.title.text and "choice" in chart.title.text
    drawn = svg(chart)
    assert all(each in drawn for each in ("last year", "nothing", "average", "the cycle&#39;s choice"[:9]))
    assert "seconds per 1,000" in table(charts.board(board), "EUR", charts.MONEY, charts.SHARES).data
    assert "seconds_per_1,000" not in charts.board(board, seconds=False)


def test_segments_are_drawn_against_the_cycles_choice(lab):
    board = lab.leaderboard()
    chart = charts.by_segment(board)
    assert "smooth, 2" in svg(chart)
    missed = board[board["segment"] == "all"].set_index("method")["money_missed"]
    better = missed["last_year"] < missed[charts.CHOICE]
    assert chart.title.text.startswith("Misses less" if better else "In no segment")


def test_the_worst_series_are_drawn_by_money_with_the_methods_beside(lab):
    worst = lab.worst_series(2)
    assert worst["money_missed"].is_monotonic_decreasing and (worst["money_best"] <= worst["money_missed"]).all()
    drawn = svg(charts.worst_series(lab.backtest(), lab.panel.values, worst, lab.added, "EUR"))
    assert "nothing" in drawn and "DC" in drawn


def test_the_effect_is_drawn_and_its_table_adds_up(lab):
    change = lab.effect_on_cycle("nothing", report=quiet)
    told = charts.effect_table(change).set_index("family")
    parts = told.drop(index="all families")[["plan_before", "plan_change", "missed_change"]].sum()
    pd.testing.assert_series_equal(
        parts, told.loc["all families", parts.index].astype(float), check_names=False, check_exact=False
    )
    assert svg(charts.change_by_bucket(change)).startswith("<svg")
