"""Spec strings and modules of a params file make forecasters and run nothing else."""

import sys

import pytest

from sopbench.contract import PlanningError
from sopbench.demand.methods.methods import make_methods

NAIVE = "NaiveForecaster()"
SPECS = {
    "an import": "__import__('os').system('touch <CANARY>')",
    "an import statement": "import os; os.system('touch <CANARY>')",
    "an evaluation": "eval(\"__import__('os').system('touch <CANARY>')\")",
    "an opened file": "open('<CANARY>', 'w')",
    "a climb by attributes": f"{NAIVE}.__class__.__mro__[-1].__subclasses__()",
    "a call by attribute": f"{NAIVE}.save('<CANARY>')",
    "a climb by a text": "''.__class__.__base__.__subclasses__()",
    "a function on the spot": "(lambda: open('<CANARY>', 'w'))()",
    "a comprehension": "[x for x in range(10**9)]",
    "a generator": f"max(i for i in iter({NAIVE}, 1))",
    "a formatted text": "NaiveForecaster(strategy=f\"{open('<CANARY>', 'w')}\")",
    "an assignment": "(x := NaiveForecaster())",
    "a power without end": "NaiveForecaster(sp=9**9**9**9)",
    "a shift without end": "NaiveForecaster(sp=1 << 10000000000)",
    "a text without end": "NaiveForecaster(strategy='x' * 10000000000)",
    "a list without end": "NaiveForecaster(strategy=[0] * 10000000000)",
    "a number too large": "NaiveForecaster(sp=99999999999999)",
    "a number of five thousand digits": f"NaiveForecaster(sp={'9' * 5000})"[:1990],
    "ten thousand brackets": "(" * 10_000,
    "a thousand signs": "-" * 1_000 + NAIVE,
    "a very long spec": "NaiveForecaster(sp=" + "1+" * 5_000 + "1)",
    "many arguments at once": "NaiveForecaster(**{'sp': 1})",
    "a text that sktime would run": f"FhPlexForecaster({NAIVE}, fh_params=\"open('<CANARY>', 'w')\")",
    "a method that writes files": f"PandasTransformAdaptor('to_pickle', kwargs={{'path': 'canary'}}) * {NAIVE}",
    "a path": "NaiveForecaster(strategy='<CANARY>')",
    "a path in a pipeline": f"FeatureAgglomeration(memory='<CANARY>') * {NAIVE}",
    "bytes": "NaiveForecaster(strategy=b'x')",
    "nothing": "",
    "a NUL byte": "NaiveForecaster(\0)",
    "no forecaster": "os",
    "a transformer alone": "Detrender()",
}

MODULES = {
    "a part of Python": "os",
    "a part of Python that calls": "subprocess",
    "a part of Python that greets": "antigravity",
    "a path": "../outside/evil",
    "a climb": "..outside.evil",
    "a climb by dots": "params.....evil",
    "a program": "pip.__main__",
    "what runs now": "__main__",
    "a statement": "os; open('<CANARY>', 'w')",
    "nothing": "",
    "one not there": "no_such_methods",
    "one that ends the run": "ends_the_run",
    "one without a forecaster": "no_forecaster",
}


@pytest.fixture(scope="module")
def told():
    """The problem of each spec, by its name: all are told at once."""
    with pytest.raises(PlanningError) as caught:
        make_methods(SPECS, 12)
    return {problem.key.removeprefix("demand.methods."): problem for problem in caught.value.problems}


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_that_says_more_than_which_forecaster_to_make_is_refused(place, told, name):
    assert told[name].message.startswith("no forecaster: ")
    assert told[name].mend


def test_a_spec_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    specs = {name: spec.replace("<CANARY>", str(tmp_path / "canary")) for name, spec in SPECS.items()}
    with pytest.raises(PlanningError):
        make_methods(specs, 12)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("spec", ["Detrender() * NaiveForecaster(sp=12)", "NaiveForecaster(window_length=-1)", "Naive"])
def test_what_the_forecast_lab_is_for_still_goes(spec):
    spec = spec.replace("Naive", "NaiveForecaster") if spec == "Naive" else spec
    assert "own" in make_methods({"own": spec if "(" in spec else f"{spec}()"}, 12)


@pytest.mark.parametrize("name", MODULES.values(), ids=MODULES.keys())
def test_a_module_that_is_not_the_companys_own_is_refused(place, monkeypatch, name):
    monkeypatch.syspath_prepend(str(place.project))
    (place.project / "ends_the_run.py").write_text("raise SystemExit(0)\n")
    (place.project / "no_forecaster.py").write_text("x = 1\n")
    before = {*sys.modules}
    with pytest.raises(PlanningError) as caught:
        make_methods({}, 12, [place.filled(name)])
    [problem] = caught.value.problems
    assert problem.key == "demand.modules"
    assert problem.mend
    assert not {"antigravity", "pip.__main__"} & ({*sys.modules} - before)
