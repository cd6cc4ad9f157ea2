"""The tiny company finished as far as presop: gather and demand by hand, presop as its notebook makes it."""

import pandas as pd

import tiny
from sopbench import presop, supply
from sopbench.contract import table
from sopbench.params import Scenario

PARAMS = """
company: tiny
title: Tiny <b>Pumps</b>
currency: EUR
cycle: 2025-09
gather: {source: .}
presop:
  risk: {paths: 50, hedge: {solve: false}}
  scenarios:
    - name: line_stops
      question: What if <i>the line</i> stops?
      owner: Ops
      changes: [{table: capacity, column: regular_hours, set: 0, where: {resource_id: LINE}}]
"""
"""A params file; what people say in it must be shown as text."""


def write(cycle, scenarios: list[Scenario] | None = None) -> None:
    """Finish gather, demand and presop of a cycle, with the scenarios of its params file or those given."""
    asked = cycle.params.presop.scenarios if scenarios is None else scenarios
    gathered = tiny.tables()
    cycle.write("gather", **gathered)
    demand = {"demand_plan": tiny.demand_plan(), "lead_time_demand": table("lead_time_demand").empty()}
    cycle.write("demand", **demand)
    tables = gathered | demand
    what_if = supply.WhatIf(cycle.params.supply, **{name: tables[name] for name in supply.INPUTS})
    plans = presop.solve_scenarios(
        asked, tables, lambda name, changed: what_if.answer(name, **changed), taken=supply.INPUTS
    )
    said, money = (
        presop.scenarios_table(asked),
        presop.financial_plans(asked, tables, plans, gathered["sales"], cycle.params.presop),
    )
    measured = {name: plans[name] for name in ("supply_plan", "capacity_plan", "shortages", "solution", "costs")}
    kpis = presop.scenario_kpis(cycle.params.presop, scenarios=said, financial_plan=money, **measured)
    gaps = presop.gaps(
        cycle.params.presop,
        items=gathered["items"],
        budget=gathered["budget"],
        financial_plan=money,
        capacity_plan=plans["capacity_plan"],
        shortages=plans["shortages"],
    )
    risk = presop.risk_study(cycle.params.presop.risk, tables, plans | {"financial_plan": money})
    kept = {"scenarios": said, "financial_plan": money, "scenario_kpis": kpis, "gaps": gaps}
    cycle.write("presop", **kept, **plans, levers=levers(), **risk)


def levers() -> pd.DataFrame:
    """Two levers on the line, one on a supplier, one on the budget of pumps."""
    said = {
        "lever": ["shift_line", "overtime_line", "second_source_acme", "promotion_pumps"],
        "gap": ["shortage", "shortage", "shortage", "budget"],
        "gap_key": ["PUMP", "PUMP", "KIT", "pumps"],
        "cause": ["resource", "resource", "supplier", "budget"],
        "cause_id": ["LINE", "LINE", "ACME", "pumps"],
        "question": ["A further <b>shift</b>?", "More overtime?", "A second source?", "A promotion?"],
        "closes_units": [20.0, 10.0, 5.0, 9.0],
        "closes_money": [2000.0, 1000.0, 125.0, 900.0],
        "costs": [500.0, 300.0, -10.0, 450.0],
        "earns": [1500.0, 700.0, -20.0, 450.0],
        "cost_per_unit": [25.0, 30.0, None, 50.0],
        "cost_per_money": [0.25, 0.3, None, 0.5],
        "rank": [1, 2, 4, 3],
    }
    return pd.DataFrame(said)
