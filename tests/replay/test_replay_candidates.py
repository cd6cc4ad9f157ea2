"""Candidates: written in YAML like settings and scenarios, with faults told in words."""

from __future__ import annotations

import pytest
from past_company import company

from sopbench.contract import PlanningError
from sopbench.replay import BOUNDS, DEFAULT_CANDIDATES, load_candidates


@pytest.fixture
def read(tmp_path):
    params = company(tmp_path).params

    def given(said: str):
        path = tmp_path / "candidates.yaml"
        path.write_text(said, encoding="utf-8")
        return load_candidates(path, params)

    return given


def test_a_candidate_says_what_differs(read):
    said = "- {name: calm, supply: {stability_price: 0.1}}\n"
    said += "- {name: sure, changes: [{table: policies, column: safety_stock, multiply: 2}]}"
    calm, sure = read(said)
    assert calm.supply == {"stability_price": 0.1}
    assert sure.changes[0].multiply == 2


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("- {name: a, suply: {}}", "no such setting"),
        ("- {name: a, supply: {stability_prize: 0.1}}", "stability_prize"),
        ("- {name: a}\n- {name: a}", "two candidates"),
        ("- {name: naive}", "a bound bears this name"),
        ("[]", "names no candidate"),
        ("- {name: a", "not readable as YAML"),
    ],
)
def test_what_is_wrong_in_it_is_told(read, said, told):
    with pytest.raises(PlanningError, match=told):
        read(said)


def test_the_candidates_that_are_there_fit_any_company(tmp_path):
    params = company(tmp_path).params
    for each in (*DEFAULT_CANDIDATES, *BOUNDS):
        assert each.demand_settings(params).jobs == 1
        assert each.supply_settings(params)
