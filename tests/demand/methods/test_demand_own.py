"""Forecasters of a company's own modules are named in specs like sktime's; what is wrong with a module is told."""

import sys

import pytest

from sopbench.contract import PlanningError
from sopbench.cycle.fingerprint import own_modules
from sopbench.demand.methods.methods import make_methods
from sopbench.demand.methods.own import own_forecasters

FORECASTER = "from sktime.forecasting.naive import NaiveForecaster\n\n\nclass {name}(NaiveForecaster):\n    pass\n"


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Write modules where Python finds them; forget them afterwards."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    before = set(sys.modules)

    def write(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return list(texts)

    yield write
    for name in set(sys.modules) - before:
        if not name.startswith(("sktime", "sopbench")) and (tmp_path / f"{name}.py").exists():
            del sys.modules[name]


def test_a_spec_names_a_class_of_an_own_module_and_only_those_it_defines_count(modules):
    names = modules(own_one=FORECASTER.format(name="Mine"))
    assert list(own_forecasters(names)) == ["Mine"]
    assert type(make_methods({"mine": "Mine(sp={season})"}, 12, names)["mine"]).__name__ == "Mine"
    with pytest.raises(PlanningError, match="did you mean Mine"):
        make_methods({"mine": "Mime()"}, 12, names)


def test_every_module_that_is_of_no_use_is_told(modules):
    names = modules(
        own_broken="1 / 0", own_empty="x = 1", own_theta=FORECASTER.format(name="ThetaForecaster"),
        own_two=FORECASTER.format(name="Twice"), own_again=FORECASTER.format(name="Twice"),
    )  # fmt: skip
    with pytest.raises(PlanningError) as caught:
        own_forecasters([*names, "own_nowhere"])
    assert [problem.value for problem in caught.value.problems] == [
        "own_broken", "own_empty", "own_theta", "own_again", "own_nowhere",
    ]  # fmt: skip
    assert "ZeroDivisionError" in str(caught.value) and "own_nowhere.py beside the params file" in str(caught.value)


def test_a_change_of_the_module_is_a_change_of_the_demand_step(modules):
    before = own_modules(modules(own_changed=FORECASTER.format(name="Mine")))
    after = own_modules(modules(own_changed=FORECASTER.format(name="Mine") + "# better\n"))
    assert before["own_changed"] and before != after
    assert own_modules(["own_nowhere"]) == {"own_nowhere": None}
