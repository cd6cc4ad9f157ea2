"""A frozen cycle survives every call that could change it; it opens only with a reason, and that stays.

What may write, and is tried here one by one: Cycle.write, finish, approve, reopen, sweep, write_for_people; run and
run_step; Book.add_override, add_scenario, withdraw_scenario, add_entry, close_entry, add_approval; the commands run,
approve, reopen, check, register add and close, scenario add and withdraw; the button of the executive page. `release`
writes what was approved, and nothing else. Alerts may be silenced: monitoring goes on after an approval.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import tiny_meeting

import tiny
from sopbench.book import Book, Condition
from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle
from sopbench.params import STEPS, Change, Scenario
from sopbench.run import run, run_step
from sopbench.views.meetings import executive as executive_page

PLANNED = STEPS[:-1]
OVERRIDE = {"family": "pumps", "start": "2025-10", "end": "2025-11", "value": 0.1, "owner": "Ada", "reason": "fair"}
FLOOD = {"name": "flood", "question": "What if it rains?", "owner": "Ada", "reason": "the river rises"}
FLOOD |= {"changes": [Change(table="capacity", column="regular_hours", set=0.0)]}
STRIKE = FLOOD | {"name": "strike"}
SOLUTION = pd.DataFrame({"scenario": ["base"], "status": "optimal", "objective": 1.0, "rows": 1, "columns": 1})
LOCKS = (".manifest.lock", ".run.lock", ".run.holder.json")


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_meeting.PARAMS, encoding="utf-8")
    return path


def write_all(cycle, items):
    """Finish every step up to executive."""
    cycle.write("gather", items=items)
    cycle.write("demand", demand_plan=tiny.demand_plan())
    cycle.write("supply", solution=SOLUTION)
    tiny_meeting.write(cycle)


@pytest.fixture
def planned(params_file):
    """A cycle as it lies before the executives: every step up to executive has finished."""
    cycle = open_cycle(params_file)
    Book(cycle.book_url).add_entry(cycle.name, "action", "call the supplier", "Bob", date(2025, 9, 20))
    Book(cycle.book_url).add_scenario(cycle.name, Scenario(**STRIKE))
    write_all(cycle, items=tiny.tables()["items"])
    (cycle.folder / "notebooks").mkdir()
    (cycle.folder / "notebooks" / "5_executive.ipynb").write_text("{}", encoding="utf-8")
    return cycle


@pytest.fixture
def frozen(planned):
    planned.approve("Ada", "the line runs")
    return planned


def everything(cycle):
    """Every file of the cycle, byte for byte, and every line of the book; locks tell only who is at it."""
    files = {
        str(path.relative_to(cycle.folder)): path.read_bytes()
        for path in sorted(cycle.folder.rglob("*"))
        if path.is_file() and path.name not in LOCKS
    }
    with Book(cycle.book_url).engine.connect() as connection:
        return files, list(connection.connection.driver_connection.iterdump())


def refused(cycle, change):
    """What a call says that is refused; nothing is changed by it."""
    before = everything(cycle)
    with pytest.raises(PlanningError) as error:
        change()
    assert everything(cycle) == before
    return str(error.value)


CALLS = {
    **{f"write {step}": lambda cycle, step=step: cycle.write(step, items=tiny.tables()["items"]) for step in PLANNED},
    **{f"write nothing of {step}": lambda cycle, step=step: cycle.write(step) for step in PLANNED},
    **{f"finish {step}": lambda cycle, step=step: cycle.finish(step, seconds=9.0) for step in PLANNED},
    **{f"run_step {step}": lambda cycle, step=step: run_step(cycle, step) for step in PLANNED},
    "approve": lambda cycle: cycle.approve("Bob"),
    "approve with the right hash": lambda cycle: cycle.approve("Bob", plan_hash=cycle.plan_hash()),
    "book: override": lambda cycle: Book(cycle.book_url).add_override("2025-09", OVERRIDE),
    "book: override of a cycle before": lambda cycle: Book(cycle.book_url).add_override("2025-08", OVERRIDE),
    "book: scenario": lambda cycle: Book(cycle.book_url).add_scenario("2025-09", Scenario(**FLOOD)),
    "book: scenario of a cycle before": lambda cycle: Book(cycle.book_url).add_scenario("2025-08", Scenario(**FLOOD)),
    "book: scenario anew": lambda cycle: Book(cycle.book_url).add_scenario("2025-09", Scenario(**STRIKE), replaces=1),
    "book: scenario withdrawn": lambda cycle: Book(cycle.book_url).withdraw_scenario("2025-09", "strike", "B", "over"),
    "book: entry": lambda cycle: Book(cycle.book_url).add_entry("2025-09", "risk", "strike", "Bob"),
    "book: entry said anew": lambda cycle: Book(cycle.book_url).add_entry("2025-09", "action", "x", "B", replaces=1),
    "book: entry closed": lambda cycle: Book(cycle.book_url).close_entry("2025-09", 1, "called"),
    "return": lambda cycle: cycle.send_back("Bob", "show cash"),
    "book: return": lambda cycle: Book(cycle.book_url).add_return("2025-09", "Bob", "hash", [Condition("show cash")]),
    "book: approval": lambda cycle: Book(cycle.book_url).add_approval("2025-09", "Bob", "hash"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_frozen_cycle_survives_the_call(name, frozen):
    assert "cycle 2025-09 was approved by Ada on " in refused(frozen, lambda: CALLS[name](frozen))


COMMANDS = {
    "approve": ("approve", "--by", "Bob"),
    "register add": ("register", "add", "--kind", "risk", "--text", "strike", "--owner", "Bob"),
    "scenario add": ("scenario", "add", "flood.yaml"),
    "scenario withdraw": ("scenario", "withdraw", "strike", "--by", "Bob", "--reason", "over"),
    "register close": ("register", "close", "1", "--outcome", "called"),
    "run": ("run", "--to", "executive"),
    "run by force": ("run", "--to", "executive", "--force"),
    **{f"run {step} by force": ("run", "--steps", step, "--force") for step in PLANNED},
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_frozen_cycle_survives_the_command(name, frozen, params_file, call, monkeypatch):
    monkeypatch.chdir(params_file.parent)
    Path("flood.yaml").write_text(json.dumps(Scenario(**FLOOD).model_dump(mode="json")), encoding="utf-8")
    words = COMMANDS[name]
    at = 2 if words[0] in ("register", "scenario") else 1
    before = everything(frozen)
    code, said = call(*words[:at], params_file, *words[at:])
    assert everything(frozen) == before
    assert "cycle 2025-09 was approved by Ada on " in said and "frozen" in said
    assert code == (0 if words[0] == "run" else 2)  # a run goes on with what is not frozen


@pytest.mark.parametrize("by, reason, missing", [("Bob", " ", "reason is empty"), ("", "wrong stock", "by is empty")])
def test_a_frozen_cycle_is_not_reopened_without_a_name_and_a_reason(by, reason, missing, frozen, params_file, call):
    assert missing in refused(frozen, lambda: frozen.reopen(by, reason))
    before = everything(frozen)
    code, said = call("reopen", params_file, "--by", by, "--reason", reason)
    assert (code, missing in said) == (2, True)
    assert everything(frozen) == before


def test_the_page_opened_before_the_approval_does_not_approve_again(planned, params_file):
    page = executive_page.page(params_file)
    by, _, button, _, note = page.children[-1].children
    planned.approve("Ada")
    before = everything(planned)
    by.value = "Bob"
    button.click()
    assert "cycle 2025-09 was approved by Ada" in note.value
    assert everything(planned) == before


def test_looking_at_a_frozen_cycle_changes_none_of_its_tables(frozen, params_file, call):
    before = everything(frozen)
    frozen.sweep()
    run(frozen, PLANNED, lambda *_: None, force=True, approve_as="Bob")
    call("status", params_file)
    call("register", "list", params_file)
    call("register", "score", params_file)
    call("scenario", "list", params_file)
    executive_page.page(params_file)
    assert everything(frozen) == before
    frozen.write_for_people("check", "findings", pd.DataFrame({"a": [1]}))
    call("check", params_file)
    files, book = everything(frozen)
    assert {name: said for name, said in files.items() if not name.startswith("check/")} == before[0]
    assert book == before[1]


def test_a_step_that_is_writing_while_somebody_approves_is_refused_and_leaves_nothing(planned, monkeypatch):
    """The approval comes after the first look and before the tables are put in place."""
    other = open_cycle(planned.params_file)
    checked = planned.refuse_if_frozen
    seen = []

    def approved_after_the_first_look(step):
        checked(step)
        if not seen:
            seen.append(other.approve("Ada"))

    monkeypatch.setattr(type(planned), "refuse_if_frozen", lambda self, step: approved_after_the_first_look(step))
    monkeypatch.setattr(type(planned), "approve", lambda self, by: _approve_unwatched(self, by, checked))
    with pytest.raises(PlanningError, match="approved by Ada"):
        planned.write("gather", items=tiny.tables()["items"].head(1))
    assert len(pd.read_parquet(planned.folder / "gather" / "items.parquet")) == 3
    assert not list(planned.folder.rglob("*.tmp"))


def _approve_unwatched(cycle, by, checked):
    """Approve in another process, as somebody else would."""
    code = "import sys; from sopbench.cycle import open_cycle; open_cycle(sys.argv[1]).approve(sys.argv[2])"
    subprocess.run([sys.executable, "-c", code, str(cycle.params_file), by], check=True)


def test_approving_twice_is_refused_with_the_name_of_the_first(frozen):
    assert "approved by Ada" in refused(frozen, lambda: frozen.approve("Ada"))


def test_the_approval_bears_who_when_which_plan_and_on_what_conditions(frozen):
    said = frozen.approval()
    assert (said["by"], said["conditions"]) == ("Ada", "the line runs")
    assert said["plan_hash"] == frozen.plan_hash() and said["at"] >= "2025"
    (row,) = Book(frozen.book_url).approvals().to_dict("records")
    assert (row["by"], row["plan_hash"], row["conditions"]) == ("Ada", said["plan_hash"], "the line runs")


def test_an_older_plan_is_not_approved(planned, params_file, call):
    older = planned.plan_hash()
    planned.write("supply", solution=SOLUTION.assign(objective=2.0))
    tiny_meeting.write(planned)
    assert planned.plan_hash() != older
    said = refused(planned, lambda: planned.approve("Bob", plan_hash=older))
    assert "not the plan of cycle 2025-09 as it stands now" in said
    assert planned.plan_hash()[:12] in said
    assert call("approve", params_file, "--by", "Bob", "--plan", older[:12])[0] == 2
    assert "not the plan" in refused(planned, lambda: planned.approve("Bob", plan_hash=planned.plan_hash()[:4]))
    assert call("approve", params_file, "--by", "Bob", "--plan", planned.plan_hash()[:12])[0] == 0


def test_a_plan_whose_data_was_gathered_anew_is_not_approved(planned):
    planned.write("gather", items=tiny.tables()["items"].head(2))
    said = refused(planned, lambda: planned.approve("Bob"))
    assert "executive: gather (items) of cycle 2025-09 is newer" in said and "sopbench run" in said


@pytest.mark.parametrize("name", ["gather/items", "demand/demand_plan", "presop/scenarios", "executive/comparison"])
@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_plan_whose_tables_changed_on_the_disk_is_not_approved(name, how, planned):
    path = planned.folder / f"{name}.parquet"
    if how == "gone":
        path.unlink()
    else:
        pd.read_parquet(path).iloc[1:].to_parquet(path, index=False)
    said = refused(planned, lambda: planned.approve("Bob"))
    assert name in said and "somebody changed it since" in said


def test_an_approved_table_changed_on_the_disk_is_not_read_as_if_it_were_approved(frozen):
    path = frozen.folder / "executive" / "comparison.parquet"
    pd.read_parquet(path).iloc[1:].to_parquet(path, index=False)
    with pytest.raises(PlanningError, match="is not the one Ada approved"):
        frozen.read("executive", "comparison")


def test_of_two_who_approve_at_the_same_moment_one_wins_and_the_other_is_told(planned):
    def approve(who):
        try:
            return open_cycle(planned.params_file).approve(who)["by"]
        except PlanningError as error:
            return str(error)

    names = ["Ada", "Bob", "Cyd", "Dan"]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(approve, names))
    (winner,) = [each for each in said if each in names]
    assert planned.approval()["by"] == winner
    assert all(f"approved by {winner}" in each for each in said if each != winner)
    assert list(Book(planned.book_url).approvals()["by"]) == [winner]


def test_of_two_commands_that_approve_at_the_same_moment_one_wins_and_the_other_is_told(planned):
    code = "from sopbench.cli import main; main()"
    words = ["approve", str(planned.params_file), "--by"]
    both = [
        subprocess.Popen([sys.executable, "-c", code, *words, who], stdout=-1, stderr=-1, text=True)
        for who in ("Ada", "Bob")
    ]
    said = {each: each.communicate()[1] for each in both}
    assert sorted(each.returncode for each in both) == [0, 2]
    winner = planned.approval()["by"]
    (told,) = [said[each] for each in both if each.returncode]
    assert f"approved by {winner}" in told
    assert list(Book(planned.book_url).approvals()["by"]) == [winner]


def test_a_reopened_cycle_changes_again_and_keeps_who_when_why_and_what_was_approved(frozen, params_file, call):
    was = frozen.approval()
    code, said = call("reopen", params_file, "--by", "Bob", "--reason", "stock was counted wrong")
    assert (code, "stock was counted wrong" in said) == (0, True)
    assert frozen.approval() is None
    Book(frozen.book_url).add_override("2025-09", OVERRIDE)
    write_all(frozen, items=tiny.tables()["items"].head(2))
    again = frozen.approve("Eve")
    (back,) = frozen.reopened()
    assert (back["by"], back["reason"], back["approval"]) == ("Bob", "stock was counted wrong", was)
    (row,) = Book(frozen.book_url).reopenings().to_dict("records")
    assert (row["by"], row["reason"], row["plan_hash"]) == ("Bob", "stock was counted wrong", was["plan_hash"])
    assert list(Book(frozen.book_url).approvals()["by"]) == ["Ada", "Eve"]
    told = call("status", params_file)[1]
    assert f"cycle 2025-09: approved by Eve on {again['at'][:10]}, plan {again['plan_hash'][:12]}\n" in told
    assert f"reopened by Bob on {back['at'][:10]}: stock was counted wrong (was approved by Ada" in told
    assert f"plan {was['plan_hash'][:12]}, on condition that the line runs)" in told


def test_a_page_of_a_reopened_cycle_says_who_reopened_it_and_why(frozen, params_file):
    frozen.reopen("Bob", "stock <b> wrong")
    note = executive_page.page(params_file).children[-1].children[-1]
    assert "Reopened by <b>Bob</b>" in note.value and "stock &lt;b&gt; wrong" in note.value


def test_a_cycle_nobody_approved_has_nothing_to_reopen(planned):
    assert "nothing to reopen" in refused(planned, lambda: planned.reopen("Bob", "why not"))


def test_a_cycle_on_which_an_approved_one_stands_is_reopened_after_that(frozen):
    later = open_cycle(frozen.params_file, "2025-10")
    tiny_meeting.write(later)
    later.approve("Ada")
    assert "cycle 2025-10 is approved" in refused(frozen, lambda: frozen.reopen("Bob", "wrong stock"))
    later.reopen("Bob", "2025-09 was wrong")
    frozen.reopen("Bob", "wrong stock")
    assert frozen.approval() is None


def test_a_rebuilt_past_cycle_that_somebody_reopened_is_not_approved_again_by_itself(frozen, monkeypatch):
    frozen.reopen("Bob", "wrong stock")
    monkeypatch.setattr("sopbench.run.up_to_date", lambda *_: True)
    run(frozen, PLANNED, lambda *_: None, approve_as="Ada")
    assert frozen.approval() is None
