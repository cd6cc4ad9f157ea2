"""Data newer than the pre-S&OP is refused by the executive step, and it is said which."""

import sys

import pandas as pd
import pytest
import tiny_meeting

import tiny
from sopbench import cli
from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle
from sopbench.run import run_step
from sopbench.views.meetings import frame

ITEMS = tiny.tables()["items"]
SOLUTION = pd.DataFrame({"scenario": ["base"], "status": "optimal", "objective": 1.0, "rows": 1, "columns": 1})


@pytest.fixture
def cycle(tmp_path):
    """A cycle whose steps before executive have finished, each having read those before it."""
    (tmp_path / "tiny.yaml").write_text(tiny_meeting.PARAMS, encoding="utf-8")
    opened = open_cycle(tmp_path / "tiny.yaml")
    opened.write("gather", items=ITEMS)
    opened.write("demand", demand_plan=tiny.demand_plan())
    opened.write("supply", solution=SOLUTION)
    presop(opened)
    return opened


def presop(cycle):
    for step in ("gather", "demand", "supply"):
        cycle.tables(step)
    cycle.write("presop", scenarios=tiny_meeting.scenarios(), scenario_kpis=tiny_meeting.scenario_kpis())


def executive(cycle):
    cycle.write("executive", comparison=tiny_meeting.comparison())


NEWER = {
    "gather": lambda cycle: cycle.write("gather", items=ITEMS.head(2)),
    "demand": lambda cycle: cycle.write("demand", demand_plan=tiny.demand_plan().head(9)),
    "supply": lambda cycle: cycle.write("supply", solution=SOLUTION.assign(objective=2.0)),
}
NAMES = {"gather": "items", "demand": "demand_plan", "supply": "solution"}


@pytest.mark.parametrize("step", NEWER)
def test_the_executive_step_does_not_run_on_what_is_newer_than_the_presop_and_says_which(step, cycle):
    executive(cycle)
    NEWER[step](cycle)
    said = f"presop: {step} \\({NAMES[step]}\\) of cycle 2025-09 is newer"
    for refused in (
        lambda: run_step(cycle, "executive"),
        lambda: executive(cycle),
        lambda: cycle.approve("Ada"),
        lambda: cycle.tables("presop"),
        lambda: frame.refuse_unfinished(cycle, "executive"),
    ):
        with pytest.raises(PlanningError, match=said):
            refused()
    assert not (cycle.folder / "notebooks").exists()


def test_the_command_says_it_too(cycle, monkeypatch, capsys):
    NEWER["gather"](cycle)
    monkeypatch.setattr(sys, "argv", ["sopbench", "run", str(cycle.params_file), "--steps", "executive"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    said = capsys.readouterr().err
    assert stop.value.code == 2 and "presop: gather (items) of cycle 2025-09 is newer" in said
    assert "sopbench run tiny.yaml --cycle 2025-09 --to presop" in said


@pytest.mark.parametrize("step", NEWER)
def test_what_was_written_while_the_presop_ran_is_newer_too(step, cycle):
    """The presop has read its tables; another writes one anew; only then it writes its own."""
    other = open_cycle(cycle.params_file)
    for each in NEWER:
        other.tables(each)
    NEWER[step](cycle)
    for later in list(NEWER)[list(NEWER).index(step) + 1 :]:  # the other's plan is written whole
        {"demand": lambda: cycle.write("demand", demand_plan=tiny.demand_plan()),
         "supply": lambda: cycle.write("supply", solution=SOLUTION)}[later]()  # fmt: skip
    other.write("presop", scenarios=tiny_meeting.scenarios(), scenario_kpis=tiny_meeting.scenario_kpis())
    assert cycle.record("presop")
    with pytest.raises(PlanningError, match=f"presop: {step} \\({NAMES[step]}\\)"):
        executive(cycle)


@pytest.mark.parametrize("name", ["gather/items", "demand/demand_plan", "supply/solution", "presop/scenarios"])
def test_a_table_changed_on_the_disk_after_the_presop_is_refused(name, cycle):
    path = cycle.folder / f"{name}.parquet"
    pd.read_parquet(path).iloc[1:].to_parquet(path, index=False)
    with pytest.raises(PlanningError, match=f"{name}: the table on the disk is not the one its step wrote"):
        executive(cycle)
    with pytest.raises(PlanningError, match=name):
        run_step(cycle, "executive")


def test_once_the_presop_has_read_the_new_tables_the_meeting_may_speak_of_them(cycle):
    NEWER["gather"](cycle)
    cycle = open_cycle(cycle.params_file)
    cycle.write("demand", demand_plan=tiny.demand_plan())
    cycle.write("supply", solution=SOLUTION)
    presop(cycle)
    executive(cycle)
    assert cycle.approve("Ada")["by"] == "Ada"


def test_the_same_tables_written_again_are_not_newer(cycle):
    cycle.write("gather", items=ITEMS.iloc[::-1])
    executive(cycle)
    assert cycle.record("executive")
