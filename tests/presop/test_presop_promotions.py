"""Promotions of Red Tomato Tools as published (Chopra and Meindl, Supply Chain Management), asked as scenarios."""

from pathlib import Path

import pytest

from sopbench import demand, gather, presop, supply
from sopbench.cycle import open_cycle

CASE = Path(__file__).parents[1] / "cases" / "red_tomato_promotions" / "params.yaml"


@pytest.fixture(scope="module")
def kpis():
    cycle = open_cycle(CASE)
    asked, params = cycle.params.gather, cycle.params
    raw = gather.read(cycle.source, cycle.mapping, cycle.start, asked.csv, None, params.company)
    gathered, _ = gather.assemble(raw, cycle.start, params.horizon, asked, params.frequency)
    inputs = {name: gathered[name] for name in demand.INPUTS}
    tables = gathered | demand.plan(params.demand, cycle.start, params.horizon, **inputs)
    given = {name: tables[name] for name in [*supply.INPUTS, "events"]}
    solver = supply.WhatIf(params.supply, **{name: given[name] for name in supply.INPUTS})
    scenarios = params.presop.scenarios
    plans = presop.solve_scenarios(
        scenarios, given, lambda name, changed: solver.answer(name, **changed), taken=supply.INPUTS
    )
    money = presop.financial_plans(scenarios, given, plans, gathered["sales"])
    names = ("supply_plan", "capacity_plan", "shortages", "solution", "costs")
    found = presop.scenario_kpis(
        params.presop,
        scenarios=presop.scenarios_table(scenarios),
        financial_plan=money,
        **{name: plans[name] for name in names},
    )
    return found.pivot_table("value", "scenario", "kpi")


@pytest.mark.parametrize(
    ("scenario", "cost", "profit"),
    [
        ("base", 422_275, 217_725),
        ("january_promotion", 421_915, 221_485),
        ("april_promotion", 438_857, 211_283),
    ],
)
def test_a_promotion_costs_and_earns_what_was_published(kpis, scenario, cost, profit):
    assert kpis.loc[scenario, "plan_cost"] == pytest.approx(cost, abs=1)
    assert kpis.loc[scenario, "plan_profit"] == pytest.approx(profit, abs=1)
