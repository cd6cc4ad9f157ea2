"""The book keeps everything people said and shows what is in force."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pandas as pd
import pytest
import sqlalchemy as sa

from sopbench.book import Book
from sopbench.book.conditions import Condition
from sopbench.book.said import NAME, TEXT
from sopbench.contract import PlanningError

ROW = {"family": "pumps", "start": "2025-10", "end": "2025-11", "value": 0.1, "owner": "Ada", "reason": "trade fair"}

OLD_REGISTERS = (
    "CREATE TABLE registers (id INTEGER PRIMARY KEY, cycle VARCHAR NOT NULL, made_at VARCHAR NOT NULL,"
    " replaces INTEGER, kind VARCHAR NOT NULL, text VARCHAR NOT NULL, owner VARCHAR NOT NULL, due VARCHAR,"
    " money FLOAT, status VARCHAR NOT NULL)"
)
OLD_APPROVALS = (
    'CREATE TABLE approvals (id INTEGER PRIMARY KEY, cycle VARCHAR NOT NULL, made_at VARCHAR NOT NULL, "by" VARCHAR'
    " NOT NULL, plan_hash VARCHAR NOT NULL, conditions VARCHAR NOT NULL)"
)


@pytest.fixture
def book(tmp_path):
    return Book(f"sqlite:///{tmp_path}/book.sqlite")


def test_an_override_is_kept_with_owner_reason_and_months(book):
    number = book.add_override("2025-09", ROW)
    row = book.overrides("2025-09").iloc[0]
    assert row["override_id"] == f"book-{number}"
    assert (row["owner"], row["reason"], row["start"]) == ("Ada", "trade fair", pd.Timestamp("2025-10-01"))


def test_a_text_as_long_as_the_book_takes_is_kept_and_a_longer_one_refused_with_its_length(book):
    most = ROW | {"owner": "a" * NAME, "reason": "b" * TEXT}
    book.add_override("2025-09", most)
    assert book.overrides("2025-09")["reason"].tolist() == ["b" * TEXT]
    with pytest.raises(PlanningError) as error:
        book.add_override("2025-09", ROW | {"owner": "a" * (NAME + 1), "reason": "b" * (TEXT + 1)})
    assert "owner has 201 characters, 200 are taken" in str(error.value)
    assert "reason has 2,001 characters, 2,000 are taken" in str(error.value)
    assert book.last_override() == 1


def test_conditions_entries_and_outcomes_that_are_too_long_are_refused_and_nothing_is_written(book):
    long = "x" * (TEXT + 1)
    number = book.add_entry("2025-09", "risk", "a strike", "Ada")
    halves = [Condition(long[: TEXT // 2]), Condition(long[TEXT // 2 :])]
    for refused in (
        lambda: book.add_approval("2025-09", "Ada", "hash", [Condition(long)]),
        lambda: book.add_approval("2025-09", "Ada", "hash", halves),
        lambda: book.add_return("2025-09", "a" * (NAME + 1), "hash", [Condition("more")]),
        lambda: book.add_entry("2025-09", "risk", long, "Ada"),
        lambda: book.close_entry("2025-09", number, long),
    ):
        with pytest.raises(PlanningError, match="are taken"):
            refused()
    assert book.approvals().empty and len(book.entries_written("2025-09")) == 1


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


def test_the_last_word_on_a_silenced_alert_counts_and_none_is_lost(book):
    book.add_silence("2025-09", "stock/pumps", date(2025, 12, 1), "built for the fair", "Ada")
    book.add_silence("2025-10", "stock/pumps", date(2025, 10, 1), "the fair is over", "Bob")
    book.add_silence("2025-10", "bias/kits", date(2026, 1, 1), "known", "Ada")
    assert book.silences("2025-08").empty
    assert book.silences("2025-09").to_numpy().tolist() == [
        ["stock/pumps", pd.Timestamp("2025-12-01"), "built for the fair", "Ada"]
    ]
    assert book.silences("2025-10").set_index("alert")["by"].to_dict() == {"stock/pumps": "Bob", "bias/kits": "Ada"}
    with book.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from silences").scalar() == 3


def test_an_alert_is_silenced_with_a_reason_and_a_name_only(book):
    with pytest.raises(PlanningError) as error:
        book.add_silence("2025-09", "stock/pumps", date(2025, 12, 1), " ", "")
    assert "reason is empty" in str(error.value) and "by is empty" in str(error.value)
    assert book.silences("2025-09").empty


def test_an_approved_cycle_takes_the_silence_of_an_alert(book):
    book.add_approval("2025-09", "Ada", "hash")
    book.add_silence("2025-09", "stock/pumps", date(2025, 12, 1), "built for the fair", "Ada")
    assert len(book.silences("2025-09")) == 1


def test_registers_show_each_entry_in_its_latest_form(book):
    first = book.add_entry("2025-09", "risk", "supplier strike", "Bob", effect_money=-5e4)
    book.add_entry("2025-10", "risk", "supplier strike, longer", "Bob", effect_money=-8e4, replaces=first)
    assert list(book.entries("2025-09")["effect_money"]) == [-5e4]
    assert list(book.entries("2025-10")["effect_money"]) == [-8e4]
    with pytest.raises(PlanningError, match="no such register"):
        book.add_entry("2025-09", "rumour", "x", "Bob")


def test_an_entry_keeps_probability_effect_scenario_and_day(book):
    figures = {"probability": 0.3, "effect_units": -400.0, "effect_money": -5e4, "scenario": "strike"}
    book.add_entry("2025-09", "risk", "supplier strike", "Bob", date(2025, 10, 31), **figures)
    row = book.entries("2025-09").iloc[0]
    assert row[list(figures)].to_dict() == figures and row["due"] == "2025-10-31"


@pytest.mark.parametrize("probability", [-0.1, 1.5, 30])
def test_a_probability_beyond_0_and_1_is_refused_with_how_to_write_it(book, probability):
    with pytest.raises(PlanningError, match="write 30 % as 0.3"):
        book.add_entry("2025-09", "risk", "strike", "Bob", date(2025, 10, 1), probability=probability)


def test_a_probability_needs_the_day_on_which_it_is_judged(book):
    with pytest.raises(PlanningError, match="say by when"):
        book.add_entry("2025-09", "risk", "strike", "Bob", probability=0.5)


def test_closing_takes_an_outcome_and_for_a_probability_whether_it_came(book):
    number = book.add_entry("2025-09", "risk", "strike", "Bob", date(2025, 10, 1), probability=0.5)
    with pytest.raises(PlanningError, match="outcome is empty"):
        book.close_entry("2025-10", number, " ", happened=False)
    with pytest.raises(PlanningError, match="say whether it did"):
        book.close_entry("2025-10", number, "over")
    book.close_entry("2025-10", number, "settled", happened=False, true_money=-10.0, on=date(2025, 9, 30))
    row = book.entries("2025-10").iloc[0]
    said = ["status", "outcome", "happened", "true_money", "closed_on", "probability"]
    assert list(row[said]) == ["closed", "settled", 0.0, -10.0, "2025-09-30", 0.5]
    assert list(book.entries("2025-09")["status"]) == ["open"]


def test_an_entry_is_closed_or_said_anew_once_only(book):
    number = book.add_entry("2025-09", "action", "call the supplier", "Bob")
    last = book.close_entry("2025-09", number, "called")
    for again in (number, last, 99):
        with pytest.raises(PlanningError, match=f"{again}.*no entry of that number is open"):
            book.close_entry("2025-09", again, "called")
        with pytest.raises(PlanningError, match="no entry of that number is open"):
            book.add_entry("2025-09", "action", "call", "Bob", replaces=again)


def test_of_many_who_close_an_entry_at_the_same_moment_one_wins(book):
    one_wins(book.engine.url.render_as_string(hide_password=False), book)


def one_wins(url, book):
    number = book.add_entry("2025-09", "action", "call the supplier", "Bob")

    def close(who):
        try:
            return Book(url).close_entry("2025-09", number, who)
        except PlanningError as error:
            return str(error)

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(close, "abcdef"))
    assert sum(isinstance(each, int) for each in said) == 1
    assert all("is open" in each for each in said if isinstance(each, str))


def test_an_approved_cycle_and_those_before_it_take_no_word_more_until_it_is_reopened(book):
    number = book.add_entry("2025-09", "action", "call the supplier", "Bob")
    book.add_approval("2025-09", "Ada", "hash")
    for cycle in ("2025-08", "2025-09"):
        with pytest.raises(PlanningError, match=r"overrides: cycle 2025-09 was approved by Ada.*frozen"):
            book.add_override(cycle, ROW)
        with pytest.raises(PlanningError, match=r"registers: cycle 2025-09 was approved by Ada.*frozen"):
            book.add_entry(cycle, "action", "x", "Bob")
    with pytest.raises(PlanningError, match=r"cycle 2025-09 was approved by Ada"):
        book.close_entry("2025-09", number, "called")
    book.close_entry("2025-10", number, "called")
    book.add_reopening("2025-09", "Bob", "wrong stock")
    book.add_override("2025-09", ROW)
    book.add_approval("2025-09", "Eve", "other")
    assert book.in_force("2025-09")["by"] == "Eve"
    assert len(book.approvals()) == 2
    assert book.reopenings()[["by", "reason", "plan_hash"]].to_numpy().tolist() == [["Bob", "wrong stock", "hash"]]


def test_the_registers_of_an_earlier_versions_book_open_with_their_money_and_can_be_closed(tmp_path):
    url = f"sqlite:///{tmp_path}/old.sqlite"
    with sa.create_engine(url).begin() as connection:
        connection.exec_driver_sql(OLD_REGISTERS)
        connection.exec_driver_sql(OLD_APPROVALS)
        connection.exec_driver_sql(
            "INSERT INTO registers (cycle, made_at, kind, text, owner, due, money, status)"
            " VALUES ('2025-08', '2025-08-02T10:00:00', 'risk', 'strike', 'Bob', '2025-09-15', -5.0, 'open')"
        )
    book = Book(url)
    row = book.entries("2025-09").iloc[0]
    assert (row["effect_money"], row["scenario"], row["outcome"]) == (-5.0, "", "") and pd.isna(row["probability"])
    book.close_entry("2025-09", int(row["id"]), "over", happened=True, true_money=-7.0)
    again = Book(url).entries("2025-09").iloc[0]
    assert (again["status"], again["effect_money"], again["true_money"]) == ("closed", -5.0, -7.0)
    with sa.create_engine(url).connect() as connection:  # what was written then is as it was
        old = connection.exec_driver_sql("SELECT money, status FROM registers WHERE id = 1").one()
    assert tuple(old) == (-5.0, "open")


def test_many_may_open_an_earlier_versions_book_at_the_same_moment(tmp_path):
    url = f"sqlite:///{tmp_path}/old.sqlite"
    with sa.create_engine(url).begin() as connection:
        connection.exec_driver_sql(OLD_REGISTERS)
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda who: Book(url).add_entry("2025-09", "action", "x", who), "abcdefgh"))
    assert sorted(numbers) == list(range(1, 9))


def test_the_book_is_the_same_in_postgresql_an_earlier_versions_too(postgres):
    name = "book_of_old"
    postgres.new(name)
    url = sa.URL.create("postgresql+psycopg", postgres.user, postgres.password, "127.0.0.1", postgres.port, name)
    url = url.render_as_string(hide_password=False)
    with sa.create_engine(url).begin() as connection:
        connection.exec_driver_sql(OLD_REGISTERS.replace("INTEGER PRIMARY KEY", "SERIAL PRIMARY KEY"))
        connection.exec_driver_sql(
            "INSERT INTO registers (cycle, made_at, kind, text, owner, money, status)"
            " VALUES ('2025-08', 'then', 'risk', 'strike', 'Bob', -5.0, 'open')"
        )
    book = Book(url)
    assert list(book.entries("2025-09")["effect_money"]) == [-5.0]
    one_wins(url, book)
    book.close_entry("2025-09", 1, "over", happened=True)
    book.add_override("2025-09", ROW)
    book.add_approval("2025-09", "Ada", "hash")
    with pytest.raises(PlanningError, match="approved by Ada"):
        book.add_override("2025-09", ROW)
    book.add_reopening("2025-09", "Bob", "wrong stock")
    book.add_override("2025-09", ROW)
    assert len(book.overrides("2025-09")) == 2


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
