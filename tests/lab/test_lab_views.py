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
    assert " than the cycle's choice, " in chart.title.text and len(chart.title.subtitle) == 1
    lacking = board.assign(money_missed=board["money_missed"].where(board["method"] != "nothing"), seconds=float("nan"))
    without = charts.money_and_speed(lacking, "EUR")
    assert "lacking: nothing" in without.title.subtitle[1] and "seconds" not in svg(without)
    assert "seconds per 1,000" in table(charts.board(board), "EUR", charts.MONEY, charts.SHARES).data
    assert "seconds_per_1,000" not in charts.board(board, seconds=False)


def test_segments_are_drawn_against_the_cycles_choice(lab):
    board = lab.leaderboard()
    chart = charts.by_segment(board)
    assert "smooth, 2" in svg(chart)
    missed = board[board["segment"] == "all"].set_index("method")["money_missed"]
    better = missed["last_year"] < missed[charts.CHOICE]
    assert ("misses" in chart.title.text) == bool(better)


def test_the_title_of_the_segments_tells_the_most_money_spared_and_leaves_trifles_out():
    rows = [
        *[("all", charts.CHOICE, 10_000.0, False), ("all", "mine", 10_100.0, True)],
        *[("smooth", charts.CHOICE, 9_000.0, False), ("smooth", "mine", 9_400.0, True)],
        *[("lumpy", charts.CHOICE, 990.0, False), ("lumpy", "mine", 690.0, True)],
        *[("new", charts.CHOICE, 5.0, False), ("new", "mine", 0.0, True)],
    ]
    board = pd.DataFrame(rows, columns=["segment", "method", "money_missed", "added"]).assign(series=3)
    chart = charts.by_segment(board, "EUR")
    assert chart.title.text == "Mine, alone, misses 300 EUR less than the cycle's choice on lumpy series"
    drawn = svg(chart)
    assert "lumpy, 3" in drawn and "990 EUR" in drawn and "-100.0%" in drawn
    boxes = chart.data.set_index("head")["colour"]
    assert boxes["new, 3\n5 EUR"] == 0.0 and boxes["lumpy, 3\n990 EUR"] < 0.0


def test_segments_say_so_while_the_cycles_choice_is_not_known():
    board = pd.DataFrame({"segment": ["all"], "method": "naive", "money_missed": 1.0, "added": False, "series": 3})
    assert charts.by_segment(board, "EUR").title.text == charts.UNKNOWN


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
