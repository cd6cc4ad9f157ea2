"""Only what the company can choose is recommended: the most profitable choice that serves customers no worse."""

import pandas as pd
import pytest

from sopbench import executive
from sopbench.contract import PlanningError, checked, table
from sopbench.params import Executive

KINDS = {"base": "base", "boom": "risk", "shift": "option", "cheap": "option", "campaign": "option"}


def found(contribution: dict[str, float], service: dict[str, float] | None = None) -> dict[str, pd.DataFrame]:
    """Scenarios that have the contribution and service said; 0.9 served where nothing is."""
    names = list(contribution)
    said = {"scenario": names, "kind": [KINDS[name] for name in names], "question": "?", "changes": "x"}
    scenarios = checked(
        pd.DataFrame(said | {"cost": [80.0 if name == "shift" else 0.0 for name in names]}), table("scenarios")
    )
    measures = {"contribution": contribution, "service": dict.fromkeys(names, 0.9) | (service or {})}
    measures |= {"inventory_average": dict.fromkeys(names, 0.0), "late_or_lost": dict.fromkeys(names, 0.0)}
    rows = [
        {
            "scenario": name,
            "kpi": kpi,
            "unit": "money",
            "value": value,
            "base": values["base"],
            "difference": value - values["base"],
        }
        for kpi, values in measures.items()
        for name, value in values.items()
    ]
    return {"scenarios": scenarios, "scenario_kpis": checked(pd.DataFrame(rows), table("scenario_kpis"))}


def test_the_option_that_earns_most_is_recommended_with_its_reason():
    name, reason = executive.recommend(
        Executive(), **found({"base": 1000, "shift": 1500, "cheap": 1200}, {"shift": 0.95}), currency="EUR"
    )
    assert name == "shift"
    assert "contribution +500 EUR after 80 EUR to set it up" in reason
    assert "95.0% served on time instead of 90.0%" in reason


def test_a_risk_is_never_recommended_however_good_it_looks():
    assert executive.recommend(Executive(), **found({"base": 1000, "boom": 9000}))[0] == "base"


def test_an_option_that_serves_worse_is_not_recommended():
    name, reason = executive.recommend(Executive(), **found({"base": 1000, "cheap": 1500}, {"cheap": 0.85}))
    assert name == "base"
    assert "cheap" in reason


def test_on_equal_terms_base_stays():
    assert executive.recommend(Executive(), **found({"base": 1000, "cheap": 1000.001}))[0] == "base"


def test_without_options_base_is_recommended():
    assert executive.recommend(Executive(), **found({"base": 1000})) == ("base", "there is no option beside it")


def test_the_parameters_may_name_the_plan():
    assert (
        executive.recommend(Executive(recommend="cheap"), **found({"base": 1000, "cheap": 900, "shift": 1100}))[0]
        == "cheap"
    )


@pytest.mark.parametrize(("name", "words"), [("boom", "not ours to choose"), ("shft", "did you mean shift")])
def test_a_plan_that_cannot_be_chosen_is_refused(name, words):
    with pytest.raises(PlanningError, match=words):
        executive.recommend(Executive(recommend=name), **found({"base": 1000, "boom": 900, "shift": 1100}))


def test_at_most_three_plans_are_shown_base_and_the_recommended_first():
    three = found({"base": 1000, "shift": 1500, "cheap": 1200, "campaign": 1300, "boom": 5000})
    assert executive.options_shown("shift", **three) == ["base", "shift", "campaign"]
    assert executive.options_shown("base", **three) == ["base", "shift", "campaign"]
    assert executive.options_shown("base", **found({"base": 1000, "boom": 5000})) == ["base"]
