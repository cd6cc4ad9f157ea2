"""A question is answered like a plan made from nothing: the same cost, balances hold, whatever was asked before."""

import pandas as pd
import pytest
from supply_cases import random_inputs, violations

from sopbench.params import Supply
from sopbench.supply import WhatIf, plan, what_if
from sopbench.supply.solver import solver
from sopbench.supply.solver.refilled import refill
from sopbench.supply.solver.solver import solve_programme

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


def test_an_answer_without_causes_has_the_same_shortages(company):
    inputs, asked = company
    change = changed_table(inputs, "more demand")
    told, bare = (asked.answer(why=why, **change)["shortages"] for why in (True, False))
    assert len(told) and (told["cause"] != "").all()
    assert (bare[["cause", "cause_id", "because"]] == "").all(axis=None)
    said = ["item_id", "location_id", "customer_id", "bucket", "qty", "lost", "revenue_at_risk"]
    pd.testing.assert_frame_equal(told[said], bare[said])


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
    monkeypatch.setattr(what_if, "STEPS_OF_SMALL", 0)
    change = changed_table(inputs, name)
    made = asked.answer(**change)
    said, cost = made["solution"].iloc[0], plan(Supply(), **{**inputs, **change})["solution"]["objective"].iloc[0]
    assert said["gap"] <= Supply().gap
    assert said["objective"] * (1 - said["gap"]) <= cost * (1 + 1e-8)
    assert said["objective"] >= cost * (1 - 1e-8)
    assert violations({**inputs, **change}, made).max() < 1e-6


def test_a_change_of_the_network_of_a_large_company_is_answered_too(monkeypatch):
    monkeypatch.setattr(solver, "SMALL", 0)
    monkeypatch.setattr(what_if, "SMALL", 0)
    inputs = random_inputs(3)
    asked = WhatIf(Supply(), **inputs)
    fewer = {"sources": inputs["sources"].iloc[:-1]}
    made = asked.objective(**fewer)
    cost = plan(Supply(), **{**inputs, **fewer})["solution"]["objective"].iloc[0]
    assert made.bound <= cost * (1 + 1e-8) <= made.objective * (1 + 2e-8)
    assert made.gap <= Supply().gap


SAME_FACTORS = {"more demand", "fewer hours", "dearer sources", "a price", "less stock", "smaller sources"}


@pytest.mark.parametrize("name", CHANGES)
def test_numbers_filled_into_a_programme_are_those_of_one_compiled_anew_and_other_factors_are_seen(company, name):
    inputs, _ = company
    before = what_if._make_case(Supply(), inputs, None)
    anew = what_if._make_case(Supply(), {**inputs, **changed_table(inputs, name)}, None)
    refilled = refill(before.compiled, anew.model.problem)
    if name not in SAME_FACTORS:
        assert refilled is None
        return
    ours, theirs = refilled.programme, anew.compiled.programme
    for part in ("right", "cost", "lower", "upper"):
        assert getattr(ours, part) == pytest.approx(getattr(theirs, part), rel=1e-12, abs=1e-12)
    assert ours.offset == pytest.approx(theirs.offset)
    assert abs(ours.matrix - theirs.matrix).max() == 0
    assert refilled.rows == anew.compiled.rows
    assert refilled.starts == anew.compiled.starts


def test_the_share_of_what_changed_tells_a_local_change_from_one_of_everything(company):
    inputs, _ = company
    before = what_if._make_case(Supply(), inputs, None).compiled.programme

    def share(**changed):
        after = what_if._make_case(Supply(), {**inputs, **changed}, None).compiled.programme
        return what_if.changed_share(before, after)

    one = inputs["capacity"].assign(regular_hours=inputs["capacity"]["regular_hours"].where(lambda x: x.index > 0, 1.5))
    assert share() == 0
    assert 0 < share(capacity=one) < share(**changed_table(inputs, "more demand")) < 1
    assert share(sources=inputs["sources"].iloc[:-1]) == 1


def test_columns_of_a_variable_hold_its_values():
    case = what_if._make_case(Supply(), random_inputs(3), None)
    answer = solve_programme(case.compiled.programme, 60.0, 0.0)
    case.compiled.hand_back(answer.columns, answer.prices)
    for variable in (case.model.decisions.arrivals, case.model.decisions.shipped):
        assert answer.columns[case.compiled.columns_of(variable)] == pytest.approx(variable.value, abs=1e-9)
