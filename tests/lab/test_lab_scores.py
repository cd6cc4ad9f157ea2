"""The leaderboard by hand: two series, two buckets, methods measured on the cells that all of them forecast."""

import numpy as np
import pandas as pd
import pytest

from sopbench.lab.effect import ALL_FAMILIES, effect
from sopbench.lab.scores import comparable, leaderboard
from sopbench.lab.trial import Panel, seasonal_scale
from sopbench.params.demand import Demand

BUCKETS = pd.date_range("2025-01-01", periods=8, freq="MS")
INDEX = pd.MultiIndex.from_tuples([("A", "X"), ("B", "X")], names=["item_id", "location_id"])
ITEMS = pd.DataFrame(
    {"item_id": ["A", "B"], "family": ["F", "G"], "unit_price": [10.0, 100.0], "unit_cost": [4.0, 70.0]}
)


def panel():
    units = [[10.0, 12, 10, 12, 10, 12, 20, 20], [0.0, 4, 0, 4, 0, 4, 2, 2]]
    values = pd.DataFrame(units, index=INDEX, columns=BUCKETS)
    segment = pd.Series(["smooth", "intermittent"], index=INDEX)
    families = pd.Series(["F", "G"], index=INDEX)
    likes = pd.Series({"A": "", "B": ""})
    return Panel(
        Demand(), pd.Timestamp("2025-09-01"), 2, {}, values, values.notna(), families, likes, segment, season=2
    )


def backtest(**said):
    """Forecasts of the last two buckets by method: one list for A, one for B."""
    rows = [
        (item, "X", method, BUCKETS[6], BUCKETS[6 + lag], lag, units, 20.0 if item == "A" else 2.0)
        for method, both in said.items()
        for item, each in zip("AB", both, strict=True)
        for lag, units in enumerate(each)
    ]
    names = ["item_id", "location_id", "method", "origin", "bucket", "lag", "forecast", "actual"]
    return pd.DataFrame(rows, columns=names)


def test_errors_are_priced_too_much_at_cost_too_little_at_margin():
    board = leaderboard(panel(), backtest(low=[[15, 20], [2, 2]], high=[[20, 20], [4, 2]]), ITEMS, ["low", "high"])
    total = board[board["segment"] == "all"].set_index("method")
    assert total.loc["low", ["money_missed", "stock_too_much", "margin_missed"]].tolist() == [50.0, 0.0, 30.0]
    assert total.loc["high", ["money_missed", "stock_too_much", "margin_missed"]].tolist() == [200.0, 140.0, 0.0]
    assert total["wape"].to_dict() == pytest.approx({"low": 5 / 44, "high": 2 / 44})
    assert total["bias"].to_dict() == pytest.approx({"low": -5 / 44, "high": 2 / 44})
    assert board["segment"].drop_duplicates().tolist() == ["all", "smooth", "intermittent"]
    assert total.index.tolist() == ["low", "high"]


def test_mase_is_scaled_by_the_seasonal_naive_and_the_naive_where_that_never_errs():
    scale = seasonal_scale(panel())
    assert scale.tolist() == pytest.approx([(0 * 4 + 10 + 8) / 6, (0 * 4 + 2 + 2) / 6])
    flat = panel()
    flat.values.iloc[0] = 5.0
    flat.values.iloc[1] = [np.nan] * 7 + [1.0]
    assert seasonal_scale(flat).tolist() == [1.0, 1.0]


def test_the_series_is_won_by_the_total_where_demand_is_seldom_and_by_the_first_of_equals():
    peaks, flat = [[20, 20], [4, 0]], [[20, 20], [1, 2]]
    board = leaderboard(panel(), backtest(flat=flat, peaks=peaks), ITEMS, ["flat", "peaks"])
    won = board.set_index(["segment", "method"])["series_won"]
    assert won["intermittent", "peaks"] == 1 and won["smooth", "flat"] == 1 and won["smooth", "peaks"] == 0


def test_all_are_measured_on_the_same_cells_and_who_lacks_too_many_is_left_out():
    rows = backtest(one=[[1, 1], [1, 1]], two=[[2, 2], [2, 2]])
    part = rows[~((rows["method"] == "two") & (rows["item_id"] == "B"))]
    assert set(comparable(part)["method"]) == {"one"}
    board = leaderboard(panel(), part, ITEMS, ["one", "two"]).set_index(["segment", "method"])
    assert board.loc[("all", "one"), "cells"] == 4 and board.loc[("all", "two"), "could_not"] == 1
    assert board.loc[("smooth", "one"), "cells"] == board.loc[("smooth", "two"), "cells"] == 2
    assert board.loc[("intermittent", "two"), "could_not"] == 1


def test_pinball_and_coverage_of_bands_by_hand():
    rows = backtest(one=[[20, 20], [2, 2]]).assign(p10=[10.0, 21.0, 1.0, 1.0], p50=[20.0, 22.0, 2.0, 2.0])
    board = leaderboard(panel(), rows.assign(p90=[30.0, 30.0, 3.0, 3.0]), ITEMS, ["one"]).set_index("segment")
    first = 0.1 * 10 + 0 + 0.1 * 10
    second = 0.9 * 1 + 0.5 * 2 + 0.1 * 10
    assert board.loc["smooth", "pinball"] == pytest.approx(2 * (first + second) / 3 / 40)
    assert board.loc["smooth", "coverage"] == 0.5 and board.loc["intermittent", "coverage"] == 1.0


def test_the_effect_adds_up_and_the_family_with_most_money_moved_comes_first():
    def plan(units, p90):
        told = {"item_id": ["A", "A", "B", "B"], "location_id": "X", "customer_id": "C", "bucket": [*BUCKETS[:2]] * 2}
        return pd.DataFrame({**told, "consensus": units, "p50": units, "p90": p90})

    choice = pd.DataFrame({"item_id": ["A", "B"], "location_id": "X", "method": ["one", "one"]})
    rows = backtest(one=[[15, 20], [2, 2]])
    before = {"demand_plan": plan([10.0, 10, 2, 2], [12.0, 12, 4, 4]), "method_choice": choice, "backtest": rows}
    after = {
        "demand_plan": plan([11.0, 9, 2, 3], [12.0, 12, 4, 4]),
        "method_choice": choice.assign(method=["one", "two"]),
        "backtest": rows,
    }
    told = effect(panel(), before, after, ITEMS, ("two",), "EUR")
    family = told.family.set_index("family")
    assert family.index.tolist() == [ALL_FAMILIES, "G", "F"]
    assert family["money_moved"].to_dict() == {"all families": 120.0, "G": 100.0, "F": 20.0}
    assert family.loc["F", ["money_before", "money_after"]].tolist() == [200.0, 200.0]
    assert family.loc["G", ["safety_stock_before", "safety_stock_after"]].tolist() == [140.0, 105.0]
    assert family["series_changed"].to_dict() == {"all families": 1, "G": 1, "F": 0}
    assert told.switches.iloc[0].tolist() == ["one", "two", 1, 500.0]
    assert "1 of 2 series" in told.in_words() and "100 EUR" in told.in_words()
