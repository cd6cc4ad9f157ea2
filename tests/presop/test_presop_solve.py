"""Scenarios come out the same whoever solves them: in this process, or dealt out to several."""

import os

import pandas as pd
import pytest
from joblib import parallel_config

import tiny
from sopbench.contract import table
from sopbench.params import Change, Presop, Scenario, Supply
from sopbench.presop import financial_plans, solve, solve_in_money, solve_scenarios
from sopbench.supply import INPUTS, WhatIf

CHANGES = {
    "busy": {"table": "demand_plan", "column": "consensus", "multiply": 1.5},
    "strike": {"table": "capacity", "column": "regular_hours", "multiply": 0.5},
    "dear": {"table": "sources", "column": "unit_cost", "multiply": 1.2},
    "late": {"table": "sources", "column": "lead_time", "add": 1},
}
ASKED = [Scenario(name=name, question="?", changes=[Change(**change)]) for name, change in CHANGES.items()]


@pytest.fixture
def tables():
    company = {name: frame for name, frame in tiny.tables().items() if name in INPUTS}
    return company | {"demand_plan": tiny.demand_plan(), "lead_time_demand": table("lead_time_demand").empty()}


def test_the_plans_are_the_same_bytes_in_one_process_and_in_two(tables, monkeypatch):
    monkeypatch.setattr(solve, "WORTH_PROCESSES", 0)
    solver = WhatIf(Supply(), **tables)

    def plans(jobs):
        return solve_scenarios(ASKED, tables, lambda name, changed: solver.answer(name, **changed), INPUTS, jobs)

    one, two = plans(1), plans(2)
    assert set(one["solution"]["scenario"]) == {"base", *CHANGES}
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, two[name], check_exact=True, obj=name)


def workers(tables, jobs) -> set[int]:
    """The processes that solve; a plan that only says which one it was."""

    def answer(name, changed):
        frame = pd.DataFrame({"scenario": [name], "rows": [os.getpid()]})
        return {each: frame.assign(**dict.fromkeys(table(each).key, name)) for each in solve.PLANS}

    return set(solve_scenarios(ASKED, tables, answer, INPUTS, jobs)["solution"]["rows"])


def test_little_work_stays_in_this_process_and_much_is_shared(tables, monkeypatch):
    assert workers(tables, 2) == {os.getpid()}
    monkeypatch.setattr(solve, "WORTH_PROCESSES", 0)
    assert workers(tables, 1) == {os.getpid()}
    assert os.getpid() not in workers(tables, 2)


def test_the_backend_in_force_does_the_work(tables, monkeypatch):
    monkeypatch.setattr(solve, "WORTH_PROCESSES", 0)
    with parallel_config(backend="threading"):
        assert workers(tables, 2) == {os.getpid()}


def test_what_is_only_measured_is_measured_as_the_plans_would_be():
    company = tiny.tables()
    planned = {"demand_plan": tiny.demand_plan(), "lead_time_demand": table("lead_time_demand").empty()}
    tables = company | planned
    solver = WhatIf(Supply(), **{name: tables[name] for name in INPUTS})
    cheap = Change(table="items", column="unit_price", multiply=0.8)
    asked = [*ASKED, Scenario(name="cheap", question="?", changes=[cheap])]
    given = (lambda name, changed: solver.answer(name, **changed), INPUTS)
    plans = solve_scenarios(asked, tables, *given)
    expected = plans | {"financial_plan": financial_plans(asked, tables, plans, company["sales"])}
    measured = solve_in_money(asked, tables, *given, company["sales"], Presop())
    assert set(measured["financial_plan"]["scenario"]) == {"base", "cheap", *CHANGES}
    assert set(measured) == {"shortages", "costs", "financial_plan"}
    for name, frame in measured.items():
        pd.testing.assert_frame_equal(frame, expected[name], check_exact=True, obj=name)
