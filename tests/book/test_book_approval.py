"""An approval turns its conditions into actions, and is refused while the plan lacks what was said into the book."""

from datetime import UTC, datetime, timedelta

import pytest
import tiny_meeting

import tiny
from sopbench import executive
from sopbench.book import Book, Condition
from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle
from sopbench.params import Change, Scenario

OVERRIDE = {"family": "pumps", "start": "2025-10", "end": "2025-11", "value": 0.1, "owner": "Ada", "reason": "fair"}
HOURS = Change(table="capacity", column="regular_hours", multiply=0.5)
STRIKE = Scenario(name="strike", question="What if?", owner="Bob", reason="talks failed", changes=[HOURS])


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_meeting.PARAMS, encoding="utf-8")
    return path


@pytest.fixture
def cycle(params_file):
    """A cycle that knows of an entry, an override and a scenario of the book."""
    opened = open_cycle(params_file)
    book = Book(opened.book_url)
    book.add_entry("2025-09", "action", "call the supplier", "Bob")
    book.add_override("2025-08", OVERRIDE)
    book.add_scenario("2025-09", STRIKE)
    opened.write("demand", demand_plan=tiny.demand_plan())
    tiny_meeting.write(opened)
    return opened


def said(change) -> str:
    with pytest.raises(PlanningError) as error:
        change()
    return str(error.value)


def test_each_condition_is_an_action_of_its_owner_and_day_or_of_who_approves_and_in_time(cycle, params_file, call):
    words = ("--condition", "the line runs | Bob | 2025-10-01", "--condition", "Sales agrees")
    code, told = call("approve", params_file, "--by", "Ada", *words)
    assert code == 0 and "On condition that: the line runs; Sales agrees" in told
    found = Book(cycle.book_url).entries("2025-09").query("text != 'call the supplier'")
    day = (datetime.now(UTC).date() + timedelta(days=14)).isoformat()
    assert found[["kind", "text", "owner", "due", "status"]].to_numpy().tolist() == [
        ["action", "the line runs", "Bob", "2025-10-01", "open"],
        ["action", "Sales agrees", "Ada", day, "open"],
    ]
    carried = executive.carry(Book(cycle.book_url).entries_written("2025-10"), "2025-10")
    assert carried["carried"].all() and len(carried) == 3


def test_an_approval_that_is_refused_leaves_no_action(cycle):
    cycle.approve("Ada", "the line runs")
    book = Book(cycle.book_url)
    before = len(book.entries_written("2025-09"))
    with pytest.raises(PlanningError, match="approved by Ada"):
        book.add_approval("2025-09", "Bob", "hash", [Condition("another")])
    assert len(book.entries_written("2025-09")) == before == 2


@pytest.mark.parametrize("words", ["| Bob", "runs | Bob | soon", "runs | Bob | 2025-10-01 | more"])
def test_a_condition_nobody_can_read_approves_nothing(words, cycle):
    assert 'write it like "the line runs | Bob | 2025-10-01"' in said(lambda: cycle.approve("Ada", [words]))
    assert cycle.approval() is None


SINCE = {
    "override 2": lambda book: book.add_override("2025-09", OVERRIDE | {"owner": "Cyd", "reason": "trade fair"}),
    "override 2 for 1": lambda book: book.add_override("2025-09", OVERRIDE | {"owner": "Cyd"}, replaces=1),
    "scenario 2": lambda book: book.add_scenario("2025-09", STRIKE.model_copy(update={"name": "a", "owner": "Cyd"})),
    "scenario 1": lambda book: book.withdraw_scenario("2025-09", "strike", "Cyd", "they agreed"),
    "entry 2": lambda book: book.add_entry("2025-09", "risk", "a flood", "Cyd"),
    "entry 2 for 1": lambda book: book.close_entry("2025-09", 1, "called"),
}


@pytest.mark.parametrize("which", SINCE)
def test_what_was_said_since_is_named_and_the_plan_not_approved_until_it_is_run_again(which, cycle):
    SINCE[which](Book(cycle.book_url))
    told = said(lambda: cycle.approve("Ada"))
    assert which.partition(" for ")[0] + ":" in told and "run: sopbench run" in told
    assert ("Cyd on 2" in told) or ("Bob on 2" in told and "call the supplier" in told)
    assert cycle.approval() is None
    cycle.write("demand", demand_plan=tiny.demand_plan())
    tiny_meeting.write(cycle)
    assert cycle.approve("Ada")["by"] == "Ada"


def test_what_comes_and_goes_between_leaves_the_plan_as_it_was(cycle):
    book = Book(cycle.book_url)
    book.add_scenario("2025-09", STRIKE.model_copy(update={"name": "flood"}))
    book.withdraw_scenario("2025-09", "flood", "Cyd", "it fell")
    assert cycle.unseen() == []
    cycle.approve("Ada")


def test_what_is_said_for_a_later_cycle_is_no_matter_of_this_one(cycle):
    Book(cycle.book_url).add_override("2025-10", OVERRIDE)
    Book(cycle.book_url).add_entry("2025-10", "risk", "a flood", "Cyd")
    assert cycle.unseen() == []


def test_the_executive_step_is_not_run_while_the_pre_sop_lacks_what_was_said_but_entries_do_not_hinder_it(cycle):
    Book(cycle.book_url).add_entry("2025-09", "risk", "a flood", "Cyd")
    cycle.refuse_if_newer()
    Book(cycle.book_url).add_scenario("2025-09", STRIKE.model_copy(update={"name": "flood"}))
    assert "scenario 2: Bob on 2" in said(lambda: cycle.write("executive", comparison=tiny_meeting.comparison()))


def test_a_cycle_of_an_earlier_version_knows_nothing_of_the_book_and_can_be_approved(cycle):
    manifest = cycle.manifest()
    for record in manifest["steps"].values():
        record.pop("book", None)
    cycle._save(manifest)
    Book(cycle.book_url).add_entry("2025-09", "risk", "a flood", "Cyd")
    assert cycle.approve("Ada")["by"] == "Ada"
