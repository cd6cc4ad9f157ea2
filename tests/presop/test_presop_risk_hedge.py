"""The hedge against enumeration: a newsvendor with a few courses of demand, with and without a second bucket."""

import numpy as np
import pytest
from tiny_risk import solved

from sopbench.params.risk import Hedge, Risk
from sopbench.presop.risk import hedged, risk_study
from sopbench.presop.risk.hedge import HedgeCase, hedge
from sopbench.presop.risk.hedged import representative
from sopbench.presop.risk.outcomes import conditional_value_at_risk

PRICE, COST, LEFT = 10.0, 6.0, 1.0


def newsvendor(demand: list[float], **changed) -> HedgeCase:
    """One item, bought for 6 before demand is known, sold for 10; what is left is worth 1."""
    wanted = np.array(demand, dtype=float).reshape(len(demand), 1, -1)
    courses, _, horizon = wanted.shape
    said = {
        "demand": wanted,
        "chance": np.full(courses, 1 / courses),
        "opening": np.zeros(1),
        "receipts": np.zeros((1, horizon)),
        "item": np.zeros(1, dtype=int),
        "lead": np.zeros(1, dtype=int),
        "most": np.full(1, np.inf),
        "hours": np.zeros((0, 1, horizon)),
        "regular": np.zeros((0, horizon)),
        "overtime": np.zeros((0, horizon)),
        "overtime_price": np.zeros(0),
        "price": np.array([PRICE]),
        "cost": np.array([COST]),
        "holding": np.zeros(1),
        "late": np.zeros(1),
        "leftover": np.array([LEFT]),
        "planned": np.zeros((1, horizon)),
        "change": np.zeros(1),
    }
    return HedgeCase(**said | changed)


def profit(bought: float, demand: np.ndarray) -> np.ndarray:
    return PRICE * np.minimum(bought, demand) - COST * bought + LEFT * np.maximum(bought - demand, 0)


def objective(bought: float, demand: np.ndarray, weight: float, worst: float) -> float:
    earned = profit(bought, demand)
    return -earned.mean() - weight * conditional_value_at_risk(earned, worst)


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0, 5.0])
@pytest.mark.parametrize("worst", [0.2, 0.3, 0.5, 1.0])
def test_the_hedge_is_the_best_of_all_quantities_tried_one_by_one(weight, worst):
    demand = np.array([40.0, 55.0, 70.0, 90.0, 120.0])
    tried = np.arange(0, 1301) / 10
    best = min(objective(bought, demand, weight, worst) for bought in tried)
    found = hedge(newsvendor(demand), 1, weight, worst)
    assert found.objective == pytest.approx(best, abs=1e-5)
    assert objective(found.now[0, 0], demand, weight, worst) == pytest.approx(best, abs=1e-5)
    assert found.profit == pytest.approx(profit(found.now[0, 0], demand), abs=1e-5)


def test_without_weight_the_newsvendor_buys_the_critical_quantile():
    demand = np.arange(1.0, 11.0)
    found = hedge(newsvendor(demand), 1, 0.0, 0.1)  # (10 − 6) / (10 − 1) = 0.44: the fifth of ten
    assert found.now[0, 0] == pytest.approx(5)


def test_the_more_the_worst_weighs_the_better_it_is_and_the_less_is_earned_on_average():
    demand = np.array([10.0, 40.0, 60.0, 90.0])
    found = [hedge(newsvendor(demand), 1, weight, 0.25).profit for weight in (0.0, 1.0, 10.0)]
    worst = [conditional_value_at_risk(earned, 0.25) for earned in found]
    assert worst == sorted(worst)
    assert [earned.mean() for earned in found] == sorted([earned.mean() for earned in found], reverse=True)
    assert worst[-1] > worst[0]


def test_hours_shared_by_what_is_made_now_and_overtime_is_paid_for():
    demand = np.array([[20.0, 20.0]]).repeat(2, axis=0)
    case = newsvendor(
        demand.tolist(),
        hours=np.ones((1, 1, 2)),
        regular=np.full((1, 2), 10.0),
        overtime=np.full((1, 2), 4.0),
        overtime_price=np.array([1.0]),
    )
    found = hedge(case, 2, 0.0, 0.5)
    assert found.now.sum() == pytest.approx(28)
    assert found.profit[0] == pytest.approx(28 * (PRICE - COST) - 8)


def test_recourse_comes_a_bucket_after_demand_is_seen():
    """Two buckets: 10 wanted in the first; in the second 0 or 30, of which only what was bought before can be sold."""
    case = newsvendor([[10.0, 0.0], [10.0, 30.0]], holding=np.zeros(1))
    assert hedge(case, 1, 0.0, 0.5).now[0, 0] == pytest.approx(10)  # 4 won or 5 lost, as likely
    assert hedge(newsvendor([[10.0, 0.0], [10.0, 30.0]], cost=np.array([5.0])), 1, 0.0, 0.5).now[0, 0] == pytest.approx(
        40
    )  # 5 won or 4 lost


def test_a_plan_that_is_tried_is_not_changed_and_a_change_must_earn_its_price():
    demand = np.array([40.0, 50.0, 60.0])
    tried = hedge(newsvendor(demand), 1, 0.0, 0.5, np.array([[45.0]]))
    assert tried.now[0, 0] == pytest.approx(45)
    assert tried.profit == pytest.approx(profit(45.0, demand))
    kept = hedge(newsvendor(demand, planned=np.array([[45.0]]), change=np.array([9.0])), 1, 0.0, 0.5)
    assert kept.now[0, 0] == pytest.approx(45)


def test_representative_courses_have_the_mean_of_all_and_span_them():
    paths = np.linspace(50, 150, 200)[None, None, :] * np.array([1.0, 2.0])[:, None, None]
    found = representative(paths, np.array([3.0]), 10)
    assert found.shape == (10, 1, 2)
    assert found.mean(axis=0)[0] == pytest.approx([100, 200])
    assert found[:, 0, 0].min() < 60
    assert found[:, 0, 0].max() > 140


def test_the_hedge_of_a_plan_is_told_beside_the_plan_and_the_best_on_average():
    tables, plans = solved()
    settings = Risk(paths=200, hedge=Hedge(courses=10, worst=0.2, weight=5.0, change_share=0.0))
    found = risk_study(settings, tables, plans)
    worth = found["hedge_worth"].set_index("choice")
    best, plan = worth.loc["best on average"], worth.loc["plan"]
    assert (best["costs"], best["saves"], plan["mean_over_plan"], plan["worst_over_plan"]) == (0, 0, 0, 0)
    assert (worth["costs"] - best["mean"] + worth["mean"]).abs().max() < 1e-6
    assert (worth["lowest"] <= worth["worst"]).all()
    assert (worth["worst"] <= worth["mean"]).all()
    assert set(found["hedge_plan"]["item_id"]) <= {"PUMP", "KIT"}


def test_of_many_items_those_that_bring_most_are_hedged(monkeypatch):
    monkeypatch.setattr(hedged, "MOST_ITEMS", 1)
    tables, plans = solved()
    brings = tables["demand_plan"].groupby("item_id")["consensus"].sum()
    brings *= tables["items"].set_index("item_id")["unit_price"].reindex(brings.index)
    settings = Risk(paths=200, hedge=Hedge(courses=10, worst=0.2, weight=5.0, change_share=0.0))
    found = risk_study(settings, tables, plans)
    assert len(brings) == 2
    assert set(found["hedge_plan"]["item_id"]) == {brings.idxmax()}
