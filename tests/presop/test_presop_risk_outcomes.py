"""The risk study: distributions that start from the financial plan, the budget, the drivers, worst cases by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_risk import solved

from sopbench.contract import checked, table
from sopbench.params.risk import Hedge, Risk
from sopbench.presop.risk import drivers, risk_study
from sopbench.presop.risk.outcomes import conditional_value_at_risk

CERTAIN = {"demand": False, "late_chance": 0.0, "outage_chance": 0.0}


def study(budget: pd.DataFrame | None = None, **settings) -> dict[str, pd.DataFrame]:
    tables, plans = solved()
    settings = Risk(**{"paths": 200, "hedge": Hedge(solve=False)} | settings)
    return risk_study(settings, tables if budget is None else tables | {"budget": budget}, plans)


def budget_of(revenue: float, margin: float) -> pd.DataFrame:
    tables, _ = solved()
    first = tables["demand_plan"]["bucket"].min()
    rows = {"family": ["kits"], "bucket": [first], "version": "budget", "revenue": revenue, "margin": margin}
    return checked(pd.DataFrame(rows | {"as_of": pd.Timestamp("2025-01-01")}), table("budget"))


def test_without_uncertainty_every_path_is_the_financial_plan():
    _, plans = solved()
    found = study(**CERTAIN)["risk_outcomes"].set_index(["family", "measure"])
    plan = plans["financial_plan"]
    for line in ("revenue", "gross_margin", "contribution"):
        total = plan.loc[plan["line"] == line, "value"].sum()
        row = found.loc[("all", line)]
        said = row[["plan", "mean", "p5", "p95", "cvar"]].to_numpy(dtype=float)
        assert said == pytest.approx(np.full(5, total), rel=1e-9)
    stock = plan[(plan["line"] == "inventory_value")].groupby("bucket")["value"].sum()
    assert found.loc[("all", "stock_average"), "mean"] == pytest.approx(stock.mean())
    assert found.loc[("all", "service"), "mean"] == pytest.approx(1.0)


def test_cash_is_contribution_less_what_stock_grows_by():
    found = study(**CERTAIN)["risk_outcomes"].set_index(["family", "measure"])["plan"]
    opening = 60 * 40 + 150 * 40 + 80 * 10 + 250 * 2
    grown = found["all", "stock_end"] - opening
    assert found["all", "cash"] == pytest.approx(found["all", "contribution"] - grown)


def test_families_add_up_to_the_company_and_quantiles_are_in_order():
    found = study()["risk_outcomes"]
    money = found[found["measure"] == "contribution"].set_index("family")["mean"]
    assert money.drop("all").sum() == pytest.approx(money["all"])
    steps = np.diff(found[["p5", "p10", "p50", "p90", "p95"]].to_numpy(), axis=1)
    assert steps.min() >= -1e-9
    worse = found.set_index("measure").loc["contribution"]
    assert (worse["cvar"] <= worse["p10"] + 1e-9).all()


def test_the_chance_of_missing_the_budget_is_the_share_of_paths_below_it_where_there_is_one():
    price = study(**CERTAIN)["risk_outcomes"].set_index(["family", "measure"]).loc[("kits", "revenue"), "plan"]
    assert price > 0
    for revenue, chance in ((1.0, 0.0), (1e6, 1.0)):
        found = study(budget_of(revenue, 0.0))["risk_outcomes"].set_index(["family", "measure"])
        for family in ("kits", "all"):
            assert found.loc[(family, "revenue"), "chance_of_missing"] == chance
            assert found.loc[(family, "revenue"), "budget"] == revenue
        assert np.isnan(found.loc[("pumps", "revenue"), "budget"])


def test_the_company_on_every_path_is_what_the_distribution_is_made_of():
    found = study()
    rows = found["risk_outcomes"].set_index(["family", "measure"])
    paths = found["risk_paths"]
    assert len(paths) == 200
    assert paths["contribution"].quantile(0.1) == pytest.approx(rows.loc[("all", "contribution"), "p10"])
    assert paths["service"].mean() == pytest.approx(rows.loc[("all", "service"), "mean"])


def test_drivers_are_ranked_by_their_swing_and_more_demand_earns_more():
    found = study(paths=400, outage_chance=0.3, late_chance=0.3)["risk_drivers"].sort_values("rank")
    assert set(found["driver"]) == {"demand", "outages", "delays"}
    assert found["rank"].tolist() == list(range(1, len(found) + 1))
    assert found["swing"].is_monotonic_decreasing
    assert (found["low"] <= found["high"]).all()
    demand = found[found["driver"] == "demand"]
    assert (demand["at_low"] < demand["plan"]).all()
    assert (demand["at_low"] < demand["at_high"]).all()
    hurts = found[found["driver"] != "demand"]
    assert (hurts["at_high"] <= hurts["plan"] + 1e-6).all()


def test_where_nothing_differs_there_is_no_driver():
    assert study(**CERTAIN)["risk_drivers"].empty


def test_drivers_played_one_after_another_are_those_played_at_once(monkeypatch):
    asked = {"paths": 50, "outage_chance": 0.3, "late_chance": 0.3}
    at_once = study(**asked)["risk_drivers"]
    monkeypatch.setattr(drivers, "TOGETHER", 1)
    assert len(at_once) > 2
    pd.testing.assert_frame_equal(study(**asked)["risk_drivers"], at_once, rtol=1e-12)


def test_of_many_drivers_the_largest_of_each_kind_are_tried(monkeypatch):
    asked = {"paths": 50, "outage_chance": 0.3, "late_chance": 0.3}
    every = study(**asked)["risk_drivers"]
    monkeypatch.setattr(drivers, "LARGEST", 1)
    few = study(**asked)["risk_drivers"]
    assert every["driver"].value_counts().max() > 1
    assert few["driver"].tolist() == few["driver"].drop_duplicates().tolist()
    assert set(few["driver"]) == set(every["driver"])
    assert set(zip(few["driver"], few["key"], strict=True)) <= set(zip(every["driver"], every["key"], strict=True))


def test_a_driver_counts_by_what_is_at_stake_and_not_by_its_own_size(monkeypatch):
    monkeypatch.setattr(drivers, "LARGEST", 1)
    late, dear = (
        drivers._Driver("delays", name, "buckets", np.array([0.0, buckets]), stake, None)
        for name, buckets, stake in (("SCREWS", 6.0, 10.0), ("MOTORS", 1.0, 1000.0))
    )
    assert drivers._largest(iter([late, dear])) == [dear]


def test_the_same_seed_gives_the_same_tables():
    for name, frame in study().items():
        pd.testing.assert_frame_equal(frame, study()[name])


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=12), st.integers(1, 20))
def test_the_worst_share_is_the_least_of_all_values_at_risk(values, twentieths):
    """Rockafellar & Uryasev: min over η of η + mean(max(loss − η, 0)) / share, at one of the losses themselves."""
    worst, loss = twentieths / 20, -np.array(values, dtype=float)
    by_hand = min(eta + np.maximum(loss - eta, 0.0).mean() / worst for eta in loss)
    assert conditional_value_at_risk(-loss, worst) == pytest.approx(-by_hand)
    assert conditional_value_at_risk(loss, worst, high_is_bad=True) == pytest.approx(by_hand)


def test_paths_played_some_at_a_time_give_what_all_at_once_give(monkeypatch):
    at_once = study()
    monkeypatch.setattr("sopbench.presop.risk.money.CELLS", 1000)
    for name, frame in study().items():
        pd.testing.assert_frame_equal(frame, at_once[name])
