"""Registers: what is carried, what is overdue, and how well the owners foresaw, checked by hand."""

from datetime import date

import pandas as pd
import pytest

from sopbench.book import Book
from sopbench.executive import carry, overdue, register, score

AS_OF = pd.Timestamp("2025-11-01")


@pytest.fixture
def book(tmp_path):
    return Book(f"sqlite:///{tmp_path}/book.sqlite")


def test_an_open_entry_stands_in_every_later_register_with_the_cycle_it_comes_from(book):
    first = book.add_entry("2025-08", "risk", "strike", "Bob")
    book.add_entry("2025-10", "risk", "longer strike", "Bob", replaces=first)
    written = book.entries_written("2025-11")
    said = {cycle: carry(written, cycle) for cycle in ("2025-07", "2025-08", "2025-09", "2025-11")}
    assert said["2025-07"].empty
    assert said["2025-08"][["cycle", "carried", "text"]].to_numpy().tolist() == [["2025-08", False, "strike"]]
    assert said["2025-09"][["cycle", "carried", "text"]].to_numpy().tolist() == [["2025-08", True, "strike"]]
    assert said["2025-11"][["cycle", "carried", "text"]].to_numpy().tolist() == [["2025-08", True, "longer strike"]]


def test_a_closed_entry_stands_in_the_register_of_the_cycle_that_closed_it_and_in_no_later_one(book):
    number = book.add_entry("2025-08", "action", "call", "Bob")
    book.close_entry("2025-09", number, "called")
    written = book.entries_written("2025-10")
    said = {cycle: list(carry(written, cycle)["status"]) for cycle in ("2025-08", "2025-09", "2025-10")}
    assert said == {"2025-08": ["open"], "2025-09": ["closed"], "2025-10": []}


def test_an_entry_is_overdue_from_the_day_after_its_day_until_it_is_closed(book):
    number = book.add_entry("2025-09", "action", "call", "Bob", date(2025, 10, 15))
    book.add_entry("2025-09", "action", "some day", "Bob")
    entries = carry(book.entries_written("2025-10"), "2025-10")
    for day, expected in (("2025-10-14", False), ("2025-10-15", False), ("2025-10-16", True)):
        assert list(overdue(entries, pd.Timestamp(day))) == [expected, False]
    book.close_entry("2025-10", number, "called")
    assert not overdue(carry(book.entries_written("2025-10"), "2025-10"), AS_OF).any()


def test_the_register_is_a_table_of_the_contract_even_where_it_is_empty(book):
    assert register(book.entries_written("2025-09"), "2025-09", AS_OF).empty
    assert score(book.entries_written("2025-09"), "2025-09", AS_OF).empty
    book.add_entry("2025-09", "risk", "strike", "Bob", date(2025, 10, 1), probability=0.3, scenario="strike")
    row = register(book.entries_written("2025-10"), "2025-10", AS_OF).iloc[0]
    said = ["carried", "overdue", "due", "probability", "scenario", "outcome"]
    assert list(row[said]) == [True, True, pd.Timestamp("2025-10-01"), 0.3, "strike", ""]


def test_the_score_counts_what_came_due_in_time_late_and_not_at_all(book):
    for closed in (date(2025, 10, 10), date(2025, 10, 11), None):
        number = book.add_entry("2025-09", "action", "x", "Bob", date(2025, 10, 10))
        if closed:
            book.close_entry("2025-09", number, "done", on=closed)
    book.add_entry("2025-09", "action", "later", "Bob", date(2025, 11, 1))
    book.add_entry("2025-09", "action", "some day", "Bob")
    row = score(book.entries_written("2025-09"), "2025-09", AS_OF).iloc[0]
    assert list(row[["came_due", "on_time", "late", "overdue", "judged"]]) == [3, 1, 1, 1, 0]
    assert pd.isna(row["brier"])


def test_the_brier_score_and_the_effects_are_those_reckoned_by_hand(book):
    """0.8 that came, 0.3 that did not: (0.04 + 0.09) / 2. Expected 0.8 x -100 + 0.3 x -50, true -120."""
    risks = [(0.8, -100.0, True, -120.0), (0.3, -50.0, False, None)]
    for probability, money, came, true in risks:
        said = {"probability": probability, "effect_money": money}
        number = book.add_entry("2025-09", "risk", "x", "Bob", date(2025, 10, 10), **said)
        book.close_entry("2025-10", number, "known", happened=came, true_money=true, on=date(2025, 10, 5))
    row = score(book.entries_written("2025-10"), "2025-10", AS_OF).iloc[0]
    assert row["judged"] == 2 and row["brier"] == pytest.approx(0.065)
    assert row["expected_money"] == pytest.approx(-95.0) and row["true_money"] == pytest.approx(-120.0)
    assert pd.isna(row["expected_units"])


def test_nothing_is_judged_before_its_day(book):
    number = book.add_entry("2025-09", "risk", "x", "Bob", date(2025, 12, 1), probability=0.5)
    book.close_entry("2025-10", number, "came early", happened=True)
    assert score(book.entries_written("2025-10"), "2025-10", AS_OF).empty
    assert score(book.entries_written("2025-10"), "2025-10", pd.Timestamp("2025-12-02"))["judged"].sum() == 1


def test_the_first_probability_counts_not_the_one_said_once_it_was_known(book):
    due = date(2025, 10, 10)
    number = book.add_entry("2025-08", "risk", "x", "Bob", due, probability=0.2, effect_units=-10.0)
    last = book.add_entry("2025-09", "risk", "x", "Bob", due, probability=1.0, effect_units=-99.0, replaces=number)
    book.close_entry("2025-10", last, "came", happened=True, true_units=-99.0)
    row = score(book.entries_written("2025-10"), "2025-10", AS_OF).iloc[0]
    assert row["brier"] == pytest.approx(0.64) and row["expected_units"] == pytest.approx(-2.0)


def test_a_true_effect_nobody_said_is_in_neither_sum(book):
    for true in (-30.0, None):
        said = {"probability": 0.5, "effect_units": -40.0}
        number = book.add_entry("2025-09", "opportunity", "x", "Eve", date(2025, 10, 10), **said)
        book.close_entry("2025-10", number, "came", happened=True, true_units=true)
    row = score(book.entries_written("2025-10"), "2025-10", AS_OF).iloc[0]
    assert list(row[["judged", "expected_units", "true_units"]]) == [2, -20.0, -30.0]


def test_scores_are_apart_by_register_and_owner(book):
    for kind, owner in (("risk", "Bob"), ("risk", "Eve"), ("action", "Bob")):
        book.add_entry("2025-09", kind, "x", owner, date(2025, 10, 10))
    found = score(book.entries_written("2025-09"), "2025-09", AS_OF)
    assert found[["kind", "owner"]].to_numpy().tolist() == [["action", "Bob"], ["risk", "Bob"], ["risk", "Eve"]]
