"""The book keeps everything people said and shows what is in force."""

import pandas as pd
import pytest
import sqlalchemy as sa

from sopbench.book import Book
from sopbench.contract import PlanningError

ROW = {"family": "pumps", "start": "2025-10", "end": "2025-11", "value": 0.1, "owner": "Ada", "reason": "trade fair"}


@pytest.fixture
def book(tmp_path):
    return Book(f"sqlite:///{tmp_path}/book.sqlite")


def test_an_override_is_kept_with_owner_reason_and_months(book):
    number = book.add_override("2025-09", ROW)
    row = book.overrides("2025-09").iloc[0]
    assert row["override_id"] == f"book-{number}"
    assert (row["owner"], row["reason"], row["start"]) == ("Ada", "trade fair", pd.Timestamp("2025-10-01"))


def test_an_override_without_owner_or_reason_is_refused_with_both_named(book):
    with pytest.raises(PlanningError) as error:
        book.add_override("2025-09", ROW | {"owner": "", "reason": None})
    assert "owner is empty" in str(error.value) and "reason is empty" in str(error.value)
    assert book.overrides("2025-09").empty


def test_a_replaced_override_no_longer_counts_but_is_not_lost(book):
    first = book.add_override("2025-09", ROW)
    book.add_override("2025-09", ROW | {"value": 0.2}, replaces=first)
    assert list(book.overrides("2025-09")["value"]) == [0.2]
    with book.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from overrides").scalar() == 2


def test_overrides_count_from_their_cycle_until_they_expire(book):
    book.add_override("2025-09", ROW | {"expires": "2025-11-01"})
    counts = {cycle: len(book.overrides(cycle)) for cycle in ("2025-08", "2025-09", "2025-10", "2025-11")}
    assert counts == {"2025-08": 0, "2025-09": 1, "2025-10": 1, "2025-11": 0}


def test_registers_show_each_entry_in_its_latest_form(book):
    first = book.add_entry("2025-09", "risk", "supplier strike", "Bob", money=5e4)
    book.add_entry("2025-10", "risk", "supplier strike over", "Bob", status="closed", replaces=first)
    assert list(book.entries("2025-10")["status"]) == ["closed"]
    with pytest.raises(PlanningError, match="no such register"):
        book.add_entry("2025-09", "rumour", "x", "Bob")


def test_a_book_of_an_earlier_version_opens_and_keeps_its_overrides(tmp_path):
    url = f"sqlite:///{tmp_path}/old.sqlite"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        columns = "item_id, family, location_id, customer_id, start, end, kind, owner, reason"
        texts = ", ".join(f"{name} VARCHAR NOT NULL" for name in ["cycle", "made_at", *columns.split(", ")])
        connection.exec_driver_sql(
            f"CREATE TABLE overrides (id INTEGER PRIMARY KEY, {texts}, replaces INTEGER, value FLOAT, expires VARCHAR)"
        )
        connection.exec_driver_sql(
            f"INSERT INTO overrides (cycle, made_at, {columns}, value)"
            " VALUES ('2025-09', 'then', '', 'pumps', '', '', '2025-10-01', '2025-11-01', 'percent', 'Ada', 'fair', .1)"
        )
    book = Book(url)
    old = book.overrides("2025-09").iloc[0]
    assert (old["family"], old["owner"], old["region"], old["note"]) == ("pumps", "Ada", "", "")
    book.add_override(
        "2025-09", ROW | {"family": "", "region": "North", "channel": "retail", "note": "agreed with Bob"}
    )
    new = Book(url).overrides("2025-09").iloc[1]
    assert (new["region"], new["channel"], new["note"]) == ("North", "retail", "agreed with Bob")
