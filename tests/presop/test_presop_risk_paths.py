"""Sample paths: the forecast's own distribution, together by family and over time, the same for the same seed."""

import numpy as np
import pytest
from tiny_risk import laid, solved

from sopbench.contract import PlanningError
from sopbench.draws import stratified
from sopbench.params.risk import Delay, Outage, Risk
from sopbench.presop.risk import draw_paths


def drawn(**settings):
    tables, _ = solved()
    return draw_paths(Risk(**{"paths": 2000} | settings), laid(), tables["demand_plan"], tables["items"])


def test_each_line_of_chance_fills_its_distribution_evenly():
    found = np.sort(stratified(4, 3, seed=1), axis=1)
    quarters = [-0.6745, 0.0, 0.6745]
    assert (np.searchsorted(quarters, found.ravel()).reshape(3, 4) == np.arange(4)).all()
    assert (stratified(4, 3, seed=1) == stratified(4, 3, seed=1)).all()
    assert (stratified(4, 3, seed=1) != stratified(4, 3, 1, 1)).any()


def test_demand_has_the_consensus_as_its_mean_and_the_band_where_lines_err_as_one():
    plan, paths = laid(), drawn(family_correlation=1.0, time_correlation=0.0)
    kit = int(np.flatnonzero(plan.nodes["item_id"] == "KIT")[0])
    assert paths.demand[:, kit].mean(axis=1) == pytest.approx(45, rel=0.005)
    assert np.quantile(paths.demand[0, kit], [0.1, 0.5, 0.9]) == pytest.approx([36, 45, 54], rel=0.01)


def test_a_lopsided_band_is_kept_and_its_mean_moved_to_the_consensus():
    tables, _ = solved()
    plan = tables["demand_plan"].assign(p90=lambda rows: 2.0 * rows["consensus"])
    settings = Risk(paths=4000, family_correlation=1.0, time_correlation=0.0)
    demand = draw_paths(settings, laid(), plan, tables["items"]).demand
    kit = int(np.flatnonzero(laid().nodes["item_id"] == "KIT")[0])
    low, middle, high = np.quantile(demand[0, kit], [0.1, 0.5, 0.9])
    assert demand[0, kit].mean() == pytest.approx(45, rel=0.005)
    assert (middle / low, high / middle) == pytest.approx((1 / 0.8, 2.0), rel=0.02)


def test_items_of_a_family_and_buckets_in_a_row_move_together_as_asked():
    plan = laid()
    kit = int(np.flatnonzero(plan.nodes["item_id"] == "KIT")[0])
    lasting = drawn(time_correlation=0.8, family_correlation=1.0).demand[:, kit]
    assert np.corrcoef(lasting[0], lasting[1])[0, 1] == pytest.approx(0.8, abs=0.05)
    apart, together = (drawn(family_correlation=share).demand[0, kit].std() for share in (0.0, 1.0))
    lines = np.array([30, 15]) * 0.2 / 1.2816
    assert apart == pytest.approx(np.hypot(*lines), rel=0.05)
    assert together == pytest.approx(lines.sum(), rel=0.05)


def test_one_source_of_chance_does_not_move_another():
    both, without = drawn(), drawn(late_chance=0.0, outage_chance=0.0)
    assert (both.demand == without.demand).all()
    assert without.hours_lost.max() == 0
    assert both.hours_lost.max() == pytest.approx(0.25)


def test_without_demand_risk_everybody_wants_what_is_planned():
    assert (drawn(demand=False, paths=3).demand == laid().supply["demand"].T[:, :, None]).all()


def test_outages_and_delays_come_as_often_as_said():
    paths = drawn(
        outages=[Outage(resource_id="LINE", chance=0.2, hours_lost=0.6)],
        delays=[Delay(origin_id="ACME", chance=0.25, buckets=2)],
    )
    assert (paths.hours_lost > 0).mean() == pytest.approx(0.2, abs=0.01)
    late = paths.late(0, np.array([0, -1]), np.array([np.nan, np.nan]))
    assert (late[0] == 2).mean() == pytest.approx(0.25, abs=0.01)
    assert set(np.unique(late[0])) == {0, 2}
    assert late[1].max() == 0


def test_a_resource_or_supplier_nobody_knows_is_refused_with_those_there_are():
    wrong = {
        "outages": [Outage(resource_id="LINES", chance=0.1, hours_lost=0.1)],
        "delays": [Delay(origin_id="ACNE", chance=0.1, buckets=1)],
    }
    with pytest.raises(PlanningError) as error:
        drawn(**wrong)
    assert [problem.value for problem in error.value.problems] == ["LINES", "ACNE"]
    assert "ACME" in str(error.value)
