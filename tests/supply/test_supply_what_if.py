"""A question is answered like a plan made from nothing: the same cost, balances hold, whatever was asked before."""

import pytest
from supply_cases import random_inputs, violations, with_column

from sopbench.params import Supply
from sopbench.supply import WhatIf, plan, restricted, solver, what_if
from sopbench.supply.solver.programme import compile_problem

CHANGES = {
    "more demand": ("demand_plan", "consensus", 1.1),
    "fewer hours": ("capacity", "regular_hours", 0.6),
    "dearer sources": ("sources", "unit_cost", 1.3),
    "a price": ("items", "unit_price", 0.9),
    "less stock": ("on_hand", "qty", 0.5),
    "smaller sources": ("sources", "qty_max", 0.7),
    "slower work": ("routings", "hours_per_unit", 1.2),
    "more parts": ("bom", "qty_per", 2.0),
}


def changed_table(inputs, name):
    table, column, factor = CHANGES[name]
    return {table: inputs[table].assign(**{column: inputs[table][column] * factor})}


@pytest.fixture(scope="module", params=[3, 11])
def company(request):
    inputs = random_inputs(request.param)
    return inputs, WhatIf(Supply(), **inputs)


@pytest.mark.parametrize("name", CHANGES)
def test_an_answer_costs_what_a_plan_from_nothing_costs_and_balances(company, name):
    inputs, asked = company
    change = changed_table(inputs, name)
    made, anew = asked.answer(**change), plan(Supply(), **{**inputs, **change})
    cost = anew["solution"]["objective"].iloc[0]
    assert made["solution"]["objective"].iloc[0] == pytest.approx(cost, rel=1e-8)
    assert asked.objective(**change).objective == pytest.approx(cost, rel=1e-8)
    assert violations({**inputs, **change}, made).max() < 1e-6


def test_a_change_of_the_network_itself_is_answered_too(company):
    inputs, asked = company
    fewer = {"sources": inputs["sources"].iloc[:-1], "bom": inputs["bom"].iloc[1:]}
    anew = plan(Supply(), **{**inputs, **fewer})
    assert asked.objective(**fewer).objective == pytest.approx(anew["solution"]["objective"].iloc[0], rel=1e-8)


def test_no_question_changes_the_answer_to_another(company):
    inputs, asked = company
    first = asked.objective(**changed_table(inputs, "fewer hours"))
    asked.objective(**changed_table(inputs, "more demand"))
    assert asked.objective(**changed_table(inputs, "fewer hours")).objective == first.objective
    assert asked.objective().objective == asked.base.objective


@pytest.mark.parametrize("name", CHANGES)
def test_a_large_company_gets_a_plan_within_the_gap_it_is_told(name, monkeypatch):
    inputs = random_inputs(3)
    asked = WhatIf(Supply(), **inputs)
    monkeypatch.setattr(what_if, "SMALL", 0)
    monkeypatch.setattr(what_if, "SHARE", 1.0)
    change = changed_table(inputs, name)
    made = asked.answer(**change)
    said, cost = made["solution"].iloc[0], plan(Supply(), **{**inputs, **change})["solution"]["objective"].iloc[0]
    assert said["gap"] <= what_if.LOCAL_GAP
    assert said["objective"] * (1 - said["gap"]) <= cost * (1 + 1e-8)
    assert said["objective"] >= cost * (1 - 1e-8)
    assert violations({**inputs, **change}, made).max() < 1e-6


def test_items_a_change_touches_are_its_own_those_above_and_those_below():
    inputs = random_inputs(3)
    before = what_if._make_case(Supply(), inputs, None)
    items = restricted.find_items(before.model, before.inputs, before.compiled)
    names = sorted(inputs["items"]["item_id"])

    def touched(table, column, where):
        frame = with_column(inputs[table], column, 7.77, where)
        after = what_if._make_case(Supply(), {**inputs, table: frame}, None)
        marks = restricted.touched_items(before.compiled.programme, after.compiled.programme, items)
        return {name for name, mark in zip(names, marks, strict=True) if mark}

    assert touched("sources", "unit_cost", "item_id == 'X'") >= {"A", "X", "Y"}
    assert "X" not in touched("on_hand", "qty", "item_id == 'B'")


def test_columns_of_a_variable_hold_its_values():
    case = what_if._make_case(Supply(), random_inputs(3), None)
    compiled = compile_problem(case.model.problem)
    answer = solver.solve_programme(compiled.programme, 60.0, 0.0)
    compiled.hand_back(answer.columns, answer.prices)
    for variable in (case.model.decisions.arrivals, case.model.decisions.shipped):
        assert answer.columns[compiled.columns_of(variable)] == pytest.approx(variable.value, abs=1e-9)
