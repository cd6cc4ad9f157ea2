"""The workbook sent out asks for the right rows, shows what was said last, and is locked where nobody must type."""

import openpyxl
import pandas as pd
import pytest

import tiny
from sopbench.contract import PlanningError, checked, table
from sopbench.gather.workbook.layout import FACTS, LISTS
from sopbench.gather.workbook.template import template
from sopbench.gather.workbook.template_file import HEAD, write_template


def laid_out(wanted=(), **more):
    return template(tiny.tables() | more, tiny.START, "tiny", "Tiny & Co", "EUR", wanted)


def sheet(made, name):
    return next(each for each in made.sheets if each.name == name)


def forecasts(**said):
    row = {"stream": "sales", "item_id": "PUMP", "bucket": tiny.BUCKETS[1], "qty": 70.0}
    return checked(pd.DataFrame([row | said]), table("forecasts"))


def written(made, tmp_path):
    path = tmp_path / "book.xlsx"
    write_template(made, path)
    return openpyxl.load_workbook(path)


def test_a_stream_that_never_spoke_is_asked_for_what_was_sold_the_dearest_first():
    rows = sheet(laid_out(), "Sales").rows
    assert list(rows.iloc[:, 0]) == [f"{i} | DC | {c}" for i, c in [("PUMP", "SHOP"), ("PUMP", "WEB")]] + [
        "KIT | DC | SHOP",
        "KIT | DC | WEB",
    ]
    assert rows.iloc[:, 8:].isna().all(axis=None)


def test_a_stream_is_asked_at_the_level_it_spoke_at_and_sees_what_it_said():
    rows = sheet(laid_out(forecasts=forecasts()), "Sales").rows
    assert list(rows.iloc[:, 0]) == ["PUMP |  | ", "KIT |  | "]
    assert rows.iloc[0, 9] == 70.0
    assert rows.iloc[:, 8:].notna().sum().sum() == 1


def test_an_item_spoken_of_as_a_whole_is_not_asked_for_customer_by_customer_too():
    said = pd.concat([forecasts(), forecasts(item_id="KIT", location_id="DC", customer_id="WEB")])
    rows = sheet(laid_out(forecasts=said), "Sales").rows
    assert list(rows.iloc[:, 0]) == ["PUMP |  | ", "KIT | DC | SHOP", "KIT | DC | WEB"]


def test_the_units_sold_are_those_of_the_same_months_a_year_ago():
    made = sheet(laid_out(forecasts=forecasts()), "Sales")
    sales = tiny.tables()["sales"].query("item_id == 'PUMP' and '2024-09' <= bucket < '2025-03'")
    assert made.columns[6].header == "Sold Sep 2024 to Feb 2025"
    assert made.rows.iloc[0, 6] == sales["qty_ordered"].sum()


def test_an_ended_item_is_not_asked_for():
    items = tiny.tables()["items"]
    items.loc[items["item_id"] == "KIT", "discontinue"] = tiny.START
    assert not sheet(laid_out(items=items), "Sales").rows["item_id"].isin(["KIT"]).any()


def test_of_the_events_those_that_end_after_the_start_are_shown():
    said = {
        "event_id": ["PAST", "ON"],
        "scope": "all",
        "start": tiny.HISTORY[-1],
        "end": [tiny.HISTORY[-1], tiny.START],
    }
    rows = sheet(laid_out(events=checked(pd.DataFrame(said), table("events"))), "Events").rows
    assert list(rows["event_id"]) == ["ON"]


def test_of_the_budgets_versions_the_last_one_is_shown():
    old = tiny.tables()["budget"].assign(version="old", units=1.0, as_of=pd.Timestamp("2025-01-01"))
    new = tiny.tables()["budget"].assign(as_of=pd.Timestamp("2025-02-01"))
    rows = sheet(laid_out(budget=pd.concat([new, old])), "Budget").rows
    assert list(rows["family"].unique()) == ["kits", "pumps"]
    assert (rows.set_index(["family", "line"]).loc[("pumps", "Units"), list(tiny.BUCKETS)] == 90.0).all()


def test_only_the_sheets_asked_for_are_there():
    assert [each.name for each in laid_out(("events", "sales")).sheets] == ["Sales", "Events"]
    with pytest.raises(PlanningError, match="salse"):
        laid_out(("salse",))


def test_a_person_can_type_figures_and_new_rows_and_nothing_else(tmp_path):
    made = laid_out(forecasts=forecasts())
    book = written(made, tmp_path)
    cells = book["Sales"]
    assert all(book[each.name].protection.sheet for each in made.sheets)
    first, last = HEAD + 2, HEAD + 1 + len(sheet(made, "Sales").rows) + 30
    assert cells.max_row == last
    open_cells = {cell.coordinate for row in cells.iter_rows() for cell in row if not cell.protection.locked}
    figures = {cell.coordinate for row in cells[f"I{first}:N{last}"] for cell in row}
    keys = {cell.coordinate for row in cells[f"B{first + 2}:D{last}"] for cell in row}
    assert open_cells == figures | keys


def test_what_the_workbook_is_stays_out_of_sight(tmp_path):
    book = written(laid_out(), tmp_path)
    assert book[FACTS].sheet_state == book[LISTS].sheet_state == "veryHidden"
    facts = dict(book[FACTS].values)
    assert (facts["company"], facts["cycle"]) == ("tiny", "2025-09-01")


def test_the_same_tables_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_template(laid_out(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
