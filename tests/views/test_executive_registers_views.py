"""The registers on page and in notebook: overdue first, figures told, what people typed shown as text."""

from datetime import date

import pandas as pd
import pytest
import tiny_meeting

from sopbench.book import Book
from sopbench.cycle import open_cycle
from sopbench.executive import register
from sopbench.views import executive_registers
from sopbench.views.meetings import executive as executive_page

AS_OF = pd.Timestamp("2025-10-01")


@pytest.fixture
def cycle(tmp_path):
    (tmp_path / "tiny.yaml").write_text(tiny_meeting.PARAMS, encoding="utf-8")
    opened = open_cycle(tmp_path / "tiny.yaml")
    book = Book(opened.book_url)
    book.add_entry("2025-09", "action", "some day", "Eve")
    book.add_entry("2025-09", "action", "soon", "Eve", date(2025, 10, 9))
    said = {"probability": 0.3, "effect_units": -40.0, "effect_money": -50000.0}
    book.add_entry("2025-08", "risk", "a <b>strike</b>", "Bob", date(2025, 9, 9), **said)
    closed = book.add_entry("2025-09", "decision", "overtime", "Cyd", date(2025, 9, 9))
    book.close_entry("2025-09", closed, "yes")
    return opened


def shown(cycle):
    return register(Book(cycle.book_url).entries_written(cycle.name), cycle.name, AS_OF)


def test_overdue_entries_come_first_then_by_day_and_closed_ones_last(cycle):
    found = executive_registers.entries_table(shown(cycle))
    assert list(found["text"]) == ["a <b>strike</b>", "soon", "some day", "overtime"]
    assert list(found["state"]) == ["overdue", "open", "open", "closed"]
    assert found["expected_money"].iloc[0] == -15000
    assert executive_registers.in_words(shown(cycle)) == (
        "3 open, 1 of them carried over, 1 overdue, 1 closed in this cycle."
    )


def test_an_empty_register_says_so():
    empty = register(Book("sqlite://").entries_written("2025-09"), "2025-09", AS_OF)
    assert executive_registers.in_words(empty) == "Nothing stands in the registers."
    assert executive_registers.entries_table(empty).empty


def decided(cycle) -> str:
    """What the page's part on decisions and registers says."""
    parts = executive_page.page(cycle.params_file).children
    return next(part.value for part in parts if "meeting-decisions" in part._dom_classes)


def test_the_page_shows_what_is_open_as_text_once_the_step_has_written_it(cycle):
    tiny_meeting.write(cycle)
    before = decided(cycle)
    tables = cycle.tables("executive")
    cycle.write("executive", **tables, registers=shown(cycle))
    said = decided(cycle)
    assert "registers?" in said and "registers?" not in before
    assert "risk: a &lt;b&gt;strike&lt;/b&gt;" in said and '<td class="">overdue</td>' in said
    assert "−50 k" in said and "30.0%" in said and "overtime" not in said.partition("registers?")[2]
