"""Several people at once: what one says is never lost or doubled, nor put over what another said unseen."""

import json
import multiprocessing
import os
import signal
import time

import pandas as pd
import pytest
import sqlalchemy as sa
from test_book import ROW

import tiny
from sopbench.book import Book
from sopbench.book.overlap import ChangedMeanwhileError, overlapping
from sopbench.contract import PlanningError

ABOUT = {name: tiny.tables()[name] for name in ("items", "locations", "customers")}


@pytest.fixture
def book(tmp_path):
    return Book(f"sqlite:///{tmp_path}/book.sqlite")


def test_who_saves_on_what_changed_meanwhile_is_shown_what_the_other_said(book):
    seen = book.last_override()
    theirs = book.add_override("2025-09", ROW, seen=seen)
    mine = ROW | {"owner": "Bob", "start": "2025-11", "end": "2026-01"}
    with pytest.raises(ChangedMeanwhileError, match=r"Ada \(1\)") as error:
        book.add_override("2025-09", mine, seen=seen)
    (row,) = error.value.rows.to_dict("records")
    assert (row["id"], row["owner"], row["value"], row["reason"]) == (theirs, "Ada", 0.1, "trade fair")
    assert row["made_at"] and list(book.overrides("2025-09")["owner"]) == ["Ada"]
    number = book.add_override("2025-09", mine, replaces=theirs, seen=seen)
    assert list(book.overrides("2025-09")["override_id"]) == [f"book-{number}"]


def test_what_was_said_of_other_months_items_or_earlier_than_seen_stands_in_nobodys_way(book):
    book.add_override("2025-09", ROW)
    seen = book.last_override()
    book.add_override("2025-09", ROW | {"start": "2025-12", "end": "2025-12"})
    book.add_override("2025-09", {**ROW, "family": "", "item_id": "KIT"})
    assert book.add_override("2025-09", ROW, seen=seen, about=ABOUT) == 4
    with pytest.raises(ChangedMeanwhileError):  # without the table of items, a KIT might be a pump
        book.add_override("2025-09", ROW, seen=seen + 1)


def test_an_override_is_replaced_once_only_and_the_second_is_shown_by_what(book):
    first = book.add_override("2025-09", ROW)
    second = book.add_override("2025-09", ROW | {"owner": "Bob", "value": 0.2}, replaces=first)
    with pytest.raises(ChangedMeanwhileError) as error:
        book.add_override("2025-09", ROW | {"owner": "Eve"}, replaces=first)
    assert list(error.value.rows["id"]) == [second]
    assert list(book.overrides("2025-09")["owner"]) == ["Bob"]


def test_several_overrides_are_added_all_or_none(book):
    with pytest.raises(PlanningError, match="owner is empty"):
        book.add_overrides("2025-09", [ROW, ROW | {"owner": ""}])
    assert book.overrides_written("2025-09").empty
    numbers = book.add_overrides("2025-09", [ROW, ROW | {"start": "2025-12", "end": "2025-12"}])
    assert numbers == [1, 2] == list(book.overrides_written("2025-09")["id"])


def test_several_overrides_may_share_out_the_place_of_one(book):
    first = book.add_override("2025-09", ROW)
    rows = [ROW | {"end": "2025-10"}, ROW | {"start": "2025-11", "owner": "Bob"}]
    numbers = book.add_overrides("2025-09", rows, [first, first])
    assert list(book.overrides("2025-09")["override_id"]) == [f"book-{number}" for number in numbers]


@pytest.mark.parametrize(
    ("mine", "theirs", "meet"),
    [
        ({"item_id": "PUMP"}, {"family": "pumps"}, True),
        ({"item_id": "PUMP"}, {"family": "kits"}, False),
        ({"item_id": "PUMP"}, {"item_id": "KIT"}, False),
        ({"item_id": "PUMP", "location_id": "DC"}, {"item_id": "PUMP", "customer_id": "WEB"}, True),
        ({"channel": "retail"}, {"customer_id": "WEB"}, False),
        ({}, {"channel": "retail"}, True),
    ],
)
def test_two_overrides_overlap_where_an_item_place_and_customer_may_be_of_both(mine, theirs, meet):
    empty = dict.fromkeys(("item_id", "family", "category", "location_id", "region", "customer_id", "channel"), "")
    span = {"start": "2025-10-01", "end": "2025-11-01"}
    one, other = (pd.DataFrame([empty | span | scope]) for scope in (mine, theirs))
    assert len(overlapping(one, other, ABOUT)) == len(overlapping(other, one, ABOUT)) == meet


def test_whose_turn_does_not_come_is_told_to_try_again_and_nothing_is_written(book):
    with book.engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with book.engine.connect() as mine:
            mine.exec_driver_sql("PRAGMA busy_timeout=10")
        with pytest.raises(PlanningError, match="try again in a moment"):
            book.add_override("2025-09", ROW)
    assert book.overrides_written("2025-09").empty


def test_whose_book_cannot_be_written_is_told_so(book):
    with book.engine.connect() as mine:
        mine.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(PlanningError, match="it cannot be written.*attempt to write a readonly database"):
        book.add_override("2025-09", ROW)
    with pytest.raises(PlanningError, match="it cannot be written"):
        book.add_approval("2025-09", "Ada", "a hash")


def test_two_writers_of_the_same_month_in_postgresql_are_shown_each_other_too(postgres):
    postgres.new("book_of_two")
    url = sa.URL.create(
        "postgresql+psycopg", postgres.user, postgres.password, "127.0.0.1", postgres.port, "book_of_two"
    )
    book = Book(url.render_as_string(hide_password=False))
    seen = book.last_override()
    book.add_override("2025-09", ROW, seen=seen)
    with pytest.raises(ChangedMeanwhileError):
        book.add_override("2025-09", ROW, seen=seen)


def write_without_end(url: str, log: str, who: str) -> None:
    """Say 10 % of items of one's own, and of one item that all fight for; log what was begun and what was done."""
    book, number = Book(url), 0
    with open(log, "a", buffering=1) as out:
        while True:
            number += 1
            out.write(json.dumps(["begun", f"{who}-{number}"]) + "\n")
            own = ROW | {"family": who, "owner": who, "reason": f"{who}-{number}"}
            try:
                seen = book.last_override()
                book.add_override("2025-09", own, seen=seen)
                out.write(json.dumps(["done", f"{who}-{number}"]) + "\n")
                fought = book.overrides_written("2025-09")
                fought = fought[fought["family"] == "fought for"]
                last = None if fought.empty else int(fought["id"].iloc[-1])
                book.add_override("2025-09", own | {"family": "fought for", "reason": who}, replaces=last, seen=seen)
            except PlanningError:  # changed meanwhile, or no turn among the others
                continue


def twenty_write_and_some_are_killed(folder, seconds: float) -> None:
    url = f"sqlite:///{folder}/book.sqlite"
    Book(url)
    fork = multiprocessing.get_context("fork")

    def start(who: str) -> multiprocessing.Process:
        process = fork.Process(target=write_without_end, args=(url, f"{folder}/{who}.log", who), daemon=True)
        process.start()
        return process

    writers = [start(f"w{number}") for number in range(20)]
    until, born = time.monotonic() + seconds, len(writers)
    while time.monotonic() < until:
        time.sleep(seconds / 40)
        assert all(writer.is_alive() for writer in writers)
        victim = writers.pop(0)
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        writers.append(start(f"w{born}"))
        born += 1
    for writer in writers:
        writer.kill()
        writer.join()


def nothing_is_lost_or_doubled(folder) -> None:
    rows = Book(f"sqlite:///{folder}/book.sqlite").overrides_written("2025-09")
    lines = [json.loads(line) for log in folder.glob("*.log") for line in log.read_text().splitlines()]
    done, begun = ({what for said, what in lines if said == which} for which in ("done", "begun"))
    own = rows[rows["family"] != "fought for"]["reason"]
    assert len(done) > 5
    assert own.is_unique and done <= set(own) <= begun
    fought = rows[rows["family"] == "fought for"]
    assert len(fought) > 1 and fought["replaces"].dropna().is_unique
    assert fought["replaces"].isna().sum() == 1, "two began the chain: one of them did not see the other"


def test_twenty_writers_of_whom_some_are_killed_lose_and_double_nothing(tmp_path):
    twenty_write_and_some_are_killed(tmp_path, seconds=5)
    nothing_is_lost_or_doubled(tmp_path)


@pytest.mark.long
def test_twenty_writers_lose_and_double_nothing_in_a_minute_either(tmp_path):
    twenty_write_and_some_are_killed(tmp_path, seconds=60)
    nothing_is_lost_or_doubled(tmp_path)
