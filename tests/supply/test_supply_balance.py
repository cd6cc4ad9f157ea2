"""The check of balances notices every table that was tampered with."""

import pytest
from supply_cases import tiny_inputs, violations, with_column

from sopbench.params import Supply
from sopbench.supply import plan

TAMPERED = {
    "stock": ("supply_plan", "stock", "item_id == 'KIT'"),
    "backlog": ("supply_plan", "backlog", "item_id == 'KIT'"),
    "demand": ("supply_plan", "demand", "item_id == 'KIT'"),
    "customers": ("shipments", "shipped", "item_id == 'KIT'"),
    "receipts": ("supply_plan", "receipts", "item_id == 'KIT'"),
    "sources": ("supply_plan", "buy", "item_id == 'KIT'"),
    "components": ("supply_plan", "component_use", "item_id == 'SEAL'"),
    "moves": ("supply_plan", "move_out", "item_id == 'PUMP'"),
    "lead time": ("sourcing_plan", "start_bucket", "item_id == 'KIT'"),
    "source limit": ("sourcing_plan", "qty", "item_id == 'KIT'"),
    "hours": ("capacity_plan", "load", "index >= 0"),
    "capacity": ("capacity_plan", "regular", "index >= 0"),
    "lost sales": ("supply_plan", "lost", "item_id == 'KIT'"),
    "cost of sources": ("costs", "value", "line == 'purchase'"),
    "cost of hours": ("costs", "value", "line == 'regular_hours'"),
    "objective": ("solution", "objective", "index >= 0"),
}


@pytest.fixture(scope="module")
def inputs():
    return tiny_inputs(sources=with_column(tiny_inputs()["sources"], "qty_max", 500.0))


@pytest.fixture(scope="module")
def made(inputs):
    return plan(Supply(), **inputs)


def test_a_sound_plan_breaks_no_rule(inputs, made):
    found = violations(inputs, made)
    elsewhere = {"people", "cost of people", "broken limits"}  # test_supply_workforce.py, test_supply_frozen.py
    assert set(found.index) == set(TAMPERED) | elsewhere
    assert found.max() < 1e-9


@pytest.mark.parametrize("rule", TAMPERED)
def test_a_figure_changed_by_hand_is_noticed(rule, inputs, made):
    name, column, where = TAMPERED[rule]
    first = made[name].query(where).index[0]
    frame = made[name].copy()
    value = frame.loc[first, column]
    frame.loc[first, column] = frame["start_bucket"].max() if column == "start_bucket" else value + 1000.0
    assert violations(inputs, {**made, name: frame})[rule] > 1e-3
