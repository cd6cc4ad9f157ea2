"""Levels above the series: forecast from histories that lives do not bend, and added up with the series."""

import numpy as np
import pandas as pd
import pytest

import tiny
from sopbench import demand
from sopbench.contract import PlanningError
from sopbench.demand.hierarchy.upper_levels import (
    backtest_errors,
    carried_back,
    reconcile_upper_levels,
    usual_variances,
)
from sopbench.demand.history.history import SERIES
from sopbench.params.demand import Demand, Reconcile

ITEMS = pd.DataFrame({"item_id": ["A", "B", "C"], "family": ["f", "f", "g"], "uom": "EA"})
LOCATIONS = pd.DataFrame({"location_id": ["X"], "region": ["north"]})
SERIES_OF = pd.MultiIndex.from_tuples([("A", "X"), ("B", "X"), ("C", "X")], names=SERIES)
BUCKETS = pd.date_range("2025-01-01", periods=4, freq="MS", name="bucket")


def values(*rows):
    return pd.DataFrame(rows, index=SERIES_OF, columns=BUCKETS)


def history(units, reason=""):
    rows = units.reset_index().melt(SERIES, var_name="bucket", value_name="cleaned").dropna(subset="cleaned")
    return rows.assign(reason=reason)


def backtest(index, errors):
    """A backtest of one origin whose errors (series × lags) are those given, around a forecast of 10."""
    rows = pd.DataFrame(errors, index=index).reset_index().melt(SERIES, var_name="lag", value_name="error")
    return rows.assign(origin=BUCKETS[2], forecast=10.0, actual=10.0 + rows["error"])


BASE = pd.DataFrame([[60.0, 60.0], [30.0, 30.0], [10.0, 0.0]], index=SERIES_OF)
ERRORS = backtest(SERIES_OF, [[2.0, -2.0], [1.0, -1.0], [1.0, -1.0]])
FLAT = values([60.0] * 4, [30.0] * 4, [10.0] * 4)


def reconciled(settings, panel):
    about = {"items": ITEMS, "locations": LOCATIONS}
    return reconcile_upper_levels(settings, BASE, ERRORS, FLAT, history(FLAT), panel, **about)


def families_say(f, g, error):
    """A forecaster of panels that says so much of families f and g, with so large an error."""

    def panel(series, families):
        assert families.tolist() == ["family", "family"]
        assert series.to_numpy().tolist() == [[90.0] * 4, [10.0] * 4]
        said = pd.DataFrame([[f, f], [g, g]], index=series.index)
        return said, backtest(series.index, np.array([[error, -error], [error, -error]]))

    return panel


def test_a_family_is_shared_out_by_how_unsure_each_forecast_has_been():
    settings = Reconcile(method="wls_variance", levels=[["family"]])
    found, moves = reconciled(settings, families_say(96.0, 10.0, 1.0))
    # A, B and the family have variances 4, 1 and 1: the gap of 6 moves them by 4, 1 and 1
    np.testing.assert_allclose(found.to_numpy(), [[64.0, 64.0], [31.0, 31.0], [10.0, 0.0]])
    assert moves["node"].tolist() == ["family=f"] * 2 + ["family=g"] * 2
    np.testing.assert_allclose(moves["bottom_up"], [90, 90, 10, 0])
    np.testing.assert_allclose(moves["own"], [96, 96, 10, 10])
    np.testing.assert_allclose(moves["reconciled"], [95, 95, 10, 0])


@pytest.mark.parametrize("method", ["wls_structural", "mint_shrink", "middle_out"])
def test_what_is_forecast_at_nought_stays_at_nought(method):
    settings = Reconcile(method=method, levels=[["family"]], level=["family"])
    found, _ = reconciled(settings, families_say(96.0, 50.0, 1.0))
    assert found.loc[("C", "X"), 1] == 0 and found.loc[("C", "X"), 0] > 10


def test_a_level_that_is_believed_is_met():
    settings = Reconcile(method="middle_out", levels=[["family"]], level=["family"])
    found, _ = reconciled(settings, families_say(180.0, 20.0, 1.0))
    np.testing.assert_allclose(found[0], [120.0, 60.0, 20.0])


def test_bottom_up_asks_nobody_and_leaves_everything():
    def nobody(series, families):
        raise AssertionError("asked")

    found, moves = reconciled(Reconcile(method="bottom_up", levels=[["family"]]), nobody)
    pd.testing.assert_frame_equal(found, BASE)
    assert moves["own"].isna().all() and moves["reconciled"].tolist() == [90, 90, 10, 0]
    pd.testing.assert_frame_equal(reconciled(Reconcile(levels=[]), nobody)[0], BASE)


def test_a_level_of_an_unknown_column_is_named():
    with pytest.raises(PlanningError, match="did you mean family"):
        reconciled(Reconcile(levels=[["famly"]]), None)


def test_a_later_series_is_carried_back_in_the_shape_of_its_family():
    nan = np.nan
    late = values([10.0, 20.0, 10.0, 20.0], [nan, nan, 5.0, 10.0], [nan, nan, nan, nan])
    found = carried_back(late, history(late), items=ITEMS)
    # B sold 15 of the family's 45 while it was there: a third of the 10 and 20 before
    np.testing.assert_allclose(found.loc[("B", "X")], [10 / 3, 20 / 3, 5, 10])
    np.testing.assert_allclose(found.loc[("A", "X")], late.loc[("A", "X")])
    assert (found.loc[("C", "X")] == 0).all()


def test_an_ended_item_shapes_the_past_but_does_not_come_back():
    nan = np.nan
    lived = values([10.0, 20.0, nan, nan], [nan, nan, 5.0, 10.0], [1.0] * 4)
    found = carried_back(lived.iloc[1:], history(lived), items=ITEMS)
    np.testing.assert_allclose(found.loc[("B", "X")], [10, 20, 5, 10])  # B is now all of its family


def test_what_a_like_item_lent_is_not_counted_as_sold():
    both = values([10.0] * 4, [5.0] * 4, [1.0] * 4)
    said = pd.concat([history(both.iloc[[0, 2]]), history(both.iloc[[1]], "like item")])
    found = carried_back(both.iloc[[0]], said, items=ITEMS)
    np.testing.assert_allclose(found.loc[("A", "X")], 10.0)
    late = both.iloc[[0]].copy()
    late.iloc[0, :2] = np.nan
    np.testing.assert_allclose(carried_back(late, said, items=ITEMS).iloc[0], 10.0)


def test_errors_stand_by_origin_and_lag_and_the_unmeasured_get_the_usual_variance():
    found = backtest_errors(ERRORS[ERRORS["item_id"] != "C"], SERIES_OF)
    np.testing.assert_allclose(found, [[2, -2], [1, -1], [np.nan, np.nan]])
    variances = usual_variances(found, BASE.to_numpy())
    usual = np.median([4 / 60, 1 / 30])
    np.testing.assert_allclose(variances, [4, 1, usual * 5])


def test_reconciling_needs_the_level_that_is_believed():
    with pytest.raises(ValueError, match="name one of levels"):
        Reconcile(method="middle_out", levels=[["family"]])


@pytest.mark.parametrize("method", ["ols", "wls_variance", "mint_shrink", "top_down"])
def test_the_plan_takes_every_method(method):
    few = {"average": "StatsForecastPanel('WindowAverage', params={'window_size': 3})"}
    settings = Demand(methods=few, reconcile=Reconcile(method=method, levels=[[], ["family"], ["item_id"]]))
    tables = tiny.tables()
    plans = []
    for each in (settings, settings.model_copy(update={"reconcile": Reconcile(method="bottom_up")})):
        plans.append(demand.plan(each, tiny.START, 6, **{name: tables[name] for name in demand.INPUTS}))
    reconciled, plain = (plan["demand_plan"]["statistical"].to_numpy() for plan in plans)
    assert (reconciled >= 0).all() and np.isfinite(reconciled).all()
    assert reconciled.sum() == pytest.approx(plain.sum(), rel=0.1)
