"""The book keeps scenarios as their changes, with owner and reason, and says who changed one meanwhile."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from sopbench.book import Book
from sopbench.contract import PlanningError
from sopbench.params import Change, Scenario

HOURS = Change(table="capacity", column="regular_hours", multiply=0.5, where={"resource_id": "LINE"}, start="2025-10")
STRIKE = Scenario(name="strike", question="What if they strike?", owner="Bob", reason="talks failed", changes=[HOURS])


@pytest.fixture
def book(tmp_path):
    return Book(f"sqlite:///{tmp_path}/book.sqlite")


def said(change) -> str:
    with pytest.raises(PlanningError) as error:
        change()
    return str(error.value)


def anew(**changed) -> Scenario:
    return STRIKE.model_copy(update=changed)


def test_a_scenario_comes_back_as_it_was_said_and_is_kept_as_its_changes(book):
    option = {"kind": "option", "cost": 500.0, "expires": "2025-12-01", "parent": "strike"}
    rows = [{"resource_id": "LINE", "bucket": "2025-10-01", "regular_hours": 10.0}]
    more = Scenario.model_validate(
        STRIKE.model_dump() | option | {"name": "hire", "changes": [{"table": "capacity", "rows": rows}]}
    )
    for each in (STRIKE, more):
        book.add_scenario("2025-09", each)
    assert book.scenarios("2025-09") == [STRIKE, more]
    kept = json.loads(book.scenarios_written("2025-09")["changes"][0])
    assert kept == [HOURS.model_dump(exclude_defaults=True)]


def test_a_scenario_counts_from_its_cycle_until_it_is_withdrawn(book):
    book.add_scenario("2025-09", STRIKE)
    book.withdraw_scenario("2025-11", "strike", "Ada", "they agreed")
    asked = {cycle: len(book.scenarios(cycle)) for cycle in ("2025-08", "2025-09", "2025-10", "2025-11", "2025-12")}
    assert asked == {"2025-08": 0, "2025-09": 1, "2025-10": 1, "2025-11": 0, "2025-12": 0}
    book.add_scenario("2025-12", STRIKE)
    assert len(book.scenarios("2025-12")) == 1


@pytest.mark.parametrize("empty", ["owner", "reason", "question"])
def test_owner_reason_and_question_must_be_said(empty, book):
    assert f"{empty} is empty" in said(lambda: book.add_scenario("2025-09", anew(**{empty: " "})))
    assert book.scenarios("2025-09") == []


def test_a_name_in_force_is_taken_and_its_owner_named(book):
    number = book.add_scenario("2025-09", STRIKE)
    for cycle in ("2025-08", "2025-09", "2025-10"):
        told = said(lambda cycle=cycle: book.add_scenario(cycle, anew(owner="Eve")))
        assert "Bob (" in told and f"--replaces {number}" in told


def test_a_scenario_said_anew_stands_from_that_cycle_on(book):
    number = book.add_scenario("2025-09", STRIKE)
    book.add_scenario("2025-10", anew(question="And longer?"), replaces=number)
    assert [each.question for each in book.scenarios("2025-09")] == ["What if they strike?"]
    assert [each.question for each in book.scenarios("2025-10")] == ["And longer?"]
    last = int(book.scenarios_written("2025-10")["id"][0])
    assert "written for cycle 2025-10" in said(lambda: book.add_scenario("2025-09", STRIKE, replaces=last))


def test_who_saves_what_somebody_changed_or_withdrew_meanwhile_is_told_who_it_was(book):
    number = book.add_scenario("2025-09", STRIKE)
    book.add_scenario("2025-09", anew(owner="Ada", reason="a week only"), replaces=number)
    told = said(lambda: book.add_scenario("2025-09", anew(owner="Eve"), replaces=number))
    assert "Ada (" in told and "changed it, as entry 2 meanwhile: a week only" in told
    book.withdraw_scenario("2025-09", "strike", "Cyd", "they agreed")
    assert "Cyd (" in said(lambda: book.add_scenario("2025-09", STRIKE, replaces=2))
    assert "no such scenario in force" in said(lambda: book.withdraw_scenario("2025-09", "strike", "Cyd", "again"))


def test_only_a_scenario_of_the_same_name_is_replaced(book):
    number = book.add_scenario("2025-09", STRIKE)
    assert "is the scenario strike" in said(lambda: book.add_scenario("2025-09", anew(name="flood"), replaces=number))
    assert "not in the book" in said(lambda: book.add_scenario("2025-09", STRIKE, replaces=99))


def test_a_scenario_on_which_another_stands_is_not_withdrawn(book):
    book.add_scenario("2025-09", STRIKE)
    book.add_scenario("2025-09", anew(name="longer", parent="strike"))
    assert "longer stands on it" in said(lambda: book.withdraw_scenario("2025-09", "strike", "Ada", "over"))
    assert "by is empty" in said(lambda: book.withdraw_scenario("2025-09", "longer", "", "over"))
    assert len(book.scenarios("2025-09")) == 2


def test_of_many_who_replace_a_scenario_at_the_same_moment_one_wins_and_the_others_are_told(book):
    number, url = book.add_scenario("2025-09", STRIKE), book.engine.url.render_as_string(hide_password=False)

    def replace(who):
        try:
            return Book(url).add_scenario("2025-09", anew(owner=who), replaces=number)
        except PlanningError as error:
            return str(error)

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(replace, "abcdef"))
    assert sum(isinstance(each, int) for each in said) == 1
    (winner,) = [each.owner for each in book.scenarios("2025-09")]
    assert all(f"{winner} (" in each for each in said if isinstance(each, str))


def test_a_frozen_cycle_takes_no_scenario_and_lets_none_go(book):
    book.add_scenario("2025-09", STRIKE)
    book.add_approval("2025-09", "Ada", "hash")
    for change in (
        lambda: book.add_scenario("2025-09", anew(name="flood")),
        lambda: book.add_scenario("2025-08", anew(name="flood")),
        lambda: book.withdraw_scenario("2025-09", "strike", "Bob", "over"),
    ):
        assert "scenarios: cycle 2025-09 was approved by Ada" in said(change)
    book.withdraw_scenario("2025-10", "strike", "Bob", "over")
