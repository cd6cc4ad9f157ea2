"""A step runs again when something it depends on changed, and only then."""

from datetime import date

import pytest

import sopbench.cycle.fingerprint
import tiny
from sopbench import gather
from sopbench.book import Book
from sopbench.contract import table
from sopbench.cycle import open_cycle
from sopbench.cycle.fingerprint import fingerprint, up_to_date
from sopbench.params import STEPS, Change, Scenario
from sopbench.run import step_notebook

PARAMS = "company: tiny\ncycle: 2025-09\nhorizon: 6\ngather:\n  source: data\n"


@pytest.fixture
def company(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "items.csv").write_text("item_id\nA\n")
    (tmp_path / "tiny.yaml").write_text(PARAMS)
    return tmp_path / "tiny.yaml"


def prints(params_file, **settings):
    cycle = open_cycle(params_file, **settings)
    return {step: fingerprint(cycle, step, step_notebook(step)) for step in STEPS}


def changed(before, after):
    return [step for step in STEPS if before[step] != after[step]]


def test_the_same_things_give_the_same_fingerprint(company):
    assert prints(company) == prints(company)


def test_a_parameter_touches_the_steps_that_read_it(company):
    before = prints(company)
    assert changed(before, prints(company, demand={"season": 6})) == ["demand"]
    assert changed(before, prints(company, supply={"fence": 3})) == ["supply", "presop", "monitor"]
    assert changed(before, prints(company, monitor={"service_target": 0.9})) == ["monitor"]


def test_a_silenced_alert_touches_monitor(company):
    before, cycle = prints(company), open_cycle(company)
    Book(cycle.book_url).add_silence(cycle.name, "stock/pumps", date(2025, 12, 1), "known", "Ada")
    assert changed(before, prints(company)) == ["monitor"]


def test_the_companys_files_touch_gather(company):
    before = prints(company)
    (company.parent / "data" / "items.csv").write_text("item_id\nB\n")
    assert changed(before, prints(company)) == ["gather"]


def test_what_the_last_cycle_gathered_touches_gather(company):
    last, before = open_cycle(company, "2025-08"), prints(company)
    last.write("gather", items=tiny.tables()["items"])
    compared = prints(company)
    assert changed(before, compared) == ["gather"]
    last.write("gather", items=tiny.tables()["items"], quality=gather.quality(tiny.tables()))
    assert prints(company) == compared
    last.write("gather", items=tiny.tables()["items"].assign(unit_cost=1.0))
    assert changed(compared, prints(company)) == ["gather"]


def test_every_module_that_draws_for_a_step_touches_it(company, monkeypatch):
    before = prints(company)
    monkeypatch.setattr(
        sopbench.cycle.fingerprint, "file_hash", lambda path: "other" if "executive_" in path.name else "same"
    )
    some = prints(company)
    monkeypatch.setattr(sopbench.cycle.fingerprint, "file_hash", lambda path: "same")
    assert changed(some, prints(company)) == ["executive"]
    assert changed(before, some) == list(STEPS)


def test_a_tables_bytes_touch_every_step_after_it(company):
    before = prints(company)
    open_cycle(company).write("supply", bom=tiny.tables()["bom"])
    assert changed(before, prints(company)) == ["presop", "executive", "monitor"]


def test_an_override_in_the_book_touches_demand(company):
    before = prints(company)
    row = {"start": "2025-10", "end": "2025-10", "value": 0.1, "owner": "Ada", "reason": "trade fair"}
    Book(open_cycle(company).book_url).add_override("2025-09", row)
    assert changed(before, prints(company)) == ["demand"]


def test_a_scenario_in_the_book_touches_the_steps_that_ask_it_until_it_is_withdrawn(company):
    before, book = prints(company), Book(open_cycle(company).book_url)
    hours = Change(table="capacity", column="regular_hours", multiply=0.5)
    book.add_scenario("2025-09", Scenario(name="strike", question="?", owner="Bob", reason="talks", changes=[hours]))
    assert changed(before, prints(company)) == ["presop", "executive"]
    book.withdraw_scenario("2025-09", "strike", "Bob", "over")
    assert prints(company) == before


def test_a_damaged_table_is_not_up_to_date(company):
    cycle, notebook = open_cycle(company), step_notebook("gather")
    cycle.write("gather", items=tiny.tables()["items"])
    cycle.finish("gather", fingerprint=fingerprint(cycle, "gather", notebook))
    assert up_to_date(cycle, "gather", notebook)
    path = cycle.folder / "gather" / "items.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    assert not up_to_date(cycle, "gather", notebook)


def test_a_workbook_handed_in_touches_gather(company):
    back = company.parent / "back"
    back.mkdir()
    company.write_text(PARAMS + "  handed_in: back\n")
    before = prints(company)
    (back / "sales.xlsx").write_bytes(b"something")
    assert changed(before, prints(company)) == ["gather"]


def test_earlier_plans_touch_demand_where_its_weights_are_measured_by_them(company):
    def approve(units):
        last = open_cycle(company, "2025-08")
        plan = tiny.demand_plan().assign(consensus=units)
        last.write("executive", demand_plan=plan, comparison=table("comparison").empty())

    def measured():
        return prints(company, demand={"stream_weights": "measured"})

    approve(1.0)
    stated, before = prints(company), measured()
    assert changed(stated, before) == ["demand"]
    open_cycle(company, "2025-08").approve("Ada")
    after = measured()
    assert "demand" in changed(before, after)
    assert "demand" not in changed(stated, prints(company))


def test_earlier_plans_and_counts_touch_supply_once_they_are_approved(company):
    """The S&OP grid shows them as its past."""
    last = open_cycle(company, "2025-08")
    last.write("gather", on_hand=tiny.tables()["on_hand"])
    last.write("executive", supply_plan=table("supply_plan").empty(), comparison=table("comparison").empty())
    before = prints(company)
    last.approve("Ada")
    assert "supply" in changed(before, prints(company))
