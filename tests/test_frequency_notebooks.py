"""The six notebooks and the executive page of a company that plans in weeks or 4-4-5 periods, run as a user would."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import rebucket

from conftest import sopbench
from sopbench.cycle import open_cycle
from sopbench.example import write
from sopbench.params import STEPS

pytestmark = pytest.mark.long

PARAMS = """
company: {name}
title: The {name} company
cycle: {start}
past_cycles: 1
horizon: {horizon}
frequency: {frequency}
gather: {{source: data}}
presop:
  scenarios:
    - name: demand_up_10
      question: What if demand comes in 10 % above the consensus?
      changes:
        - {{table: demand_plan, column: consensus, multiply: 1.10}}
    - name: extra_shift
      question: What would more hours on the home machine line bring?
      kind: option
      changes:
        - {{table: capacity, column: regular_hours, multiply: 1.15, where: {{resource_id: ASSY-HOME}},
            start: 2025-09-28, end: 2025-12-27}}
executive: {{approve_past_as: The team}}
"""

NAMES = "Jan(uary)?|Feb(ruary)?|Mar(ch)?|Apr(il)?|May|June?|July?|Aug(ust)?"
NAMES += "|Sept?(ember)?|Oct(ober)?|Nov(ember)?|Dec(ember)?"
MONTH = re.compile(rf"\bmonths?\b|(?<!\d )\b({NAMES}) \d{{2,4}}\b")
"""A month, or a bucket called by one; 15 Sep 2025 is a day."""


@pytest.fixture(scope="module", params=["weekly", "fiscal"])
def company(request, tmp_path_factory):
    """The params file of the example company re-bucketed, both its cycles run, and the folder of these."""
    folder = tmp_path_factory.mktemp(request.param)
    write(folder / "monthly", items=40)
    monthly = {path.stem: pd.read_csv(path) for path in (folder / "monthly").glob("*.csv")}
    (folder / "data").mkdir()
    for name, frame in getattr(rebucket, request.param)(monthly).items():
        frame.to_csv(folder / "data" / f"{name}.csv", index=False)
    said = {
        "weekly": {"frequency": "week", "start": "2025-09-01", "horizon": 26},
        "fiscal": {"frequency": "calendar", "start": "2025-08-31", "horizon": 15},
    }[request.param]
    file = folder / f"{request.param}.yaml"
    file.write_text(PARAMS.format(name=request.param, **said), encoding="utf-8")
    done = sopbench("run", str(file), cycles=folder / "cycles")
    assert done.returncode == 0, done.stdout + done.stderr
    return file, folder / "cycles"


@pytest.fixture
def cycles(company, monkeypatch):
    """The past cycle and the one after it."""
    file, folder = company
    monkeypatch.setenv("SOPBENCH_CYCLES", str(folder))
    cycle = open_cycle(file)
    return [*cycle.earlier(), cycle]


def test_two_cycles_run_one_bucket_apart_through_all_steps(cycles):
    expected = {"week": ["2025-08-25", "2025-09-01"], "calendar": ["2025-07-27", "2025-08-31"]}
    assert [cycle.name for cycle in cycles] == expected[cycles[0].params.frequency]
    for cycle in cycles:
        assert set(cycle.manifest()["steps"]) == set(STEPS)
        calendar = cycle.read("gather", "calendar")["bucket"]
        ahead = calendar[calendar >= cycle.start].tolist()
        assert len(ahead) == cycle.params.horizon
        assert sorted(cycle.read("executive", "financial_plan")["bucket"].unique()) == ahead


def test_the_bucket_between_them_is_measured(cycles):
    past, now = cycles
    assert set(now.read("monitor", "kpis")["bucket"]) == {past.start}
    accuracy = now.read("monitor", "accuracy").query("stream == 'consensus' and level == 'total'")
    assert accuracy["lag"].tolist() == [0]
    assert accuracy[["wape", "mase"]].notna().all(axis=None)
    comparison = now.read("executive", "comparison")
    assert comparison[["last_cycle", "last_year"]].notna().any().all()


def test_no_word_and_no_axis_of_a_notebook_speaks_of_months(cycles):
    found = [
        f"{path.name}: {said.strip()}"
        for cycle in cycles
        for path in sorted((cycle.folder / "notebooks").glob("*.ipynb"))
        for said in shown(path)
        if MONTH.search(said)
    ]
    assert found == []


def test_the_executive_page_speaks_of_buckets_by_their_first_day(cycles):
    from sopbench.views import numbers
    from sopbench.views.meetings import executive as executive_page

    now = cycles[-1]
    page = "\n".join(texts(executive_page.page(now.params_file, now.name)))
    numbers.speak("month")
    said = re.findall(r">([^<>]+)<", re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL))
    assert any(f"cycle {now.name}" in each for each in said)
    assert [each for each in said if MONTH.search(each)] == []


def shown(path: Path) -> list[str]:
    """Every text a notebook shows: of its own, in its tables and in its charts."""
    chunks = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        chunks += ["".join(cell["source"])] if cell["cell_type"] == "markdown" else []
        for output in cell.get("outputs", []):
            chunks += ["".join(said) for said in output.get("data", {}).values()]
    plain = [re.sub(r"<style.*?</style>", "", chunk, flags=re.DOTALL) for chunk in chunks]
    return [said for chunk in plain for said in re.findall(r"(?:^|>)([^<>]+)(?=<|$)", chunk)]


def texts(widget) -> list[str]:
    """What a widget and those in it say."""
    own = [str(widget.value)] if hasattr(widget, "value") else []
    return own + [said for child in getattr(widget, "children", ()) for said in texts(child)]
