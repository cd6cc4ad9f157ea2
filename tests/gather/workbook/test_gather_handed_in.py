"""What was typed into a returned workbook comes back to the cell, and every cell that cannot be right is named."""

import datetime
import tempfile
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tiny
from draws import COSTLY
from sopbench.contract import PlanningError, checked, table
from sopbench.gather.snapshot import known
from sopbench.gather.tables import examine
from sopbench.gather.workbook.handed_in import handed_in
from sopbench.gather.workbook.layout import SHEETS
from sopbench.gather.workbook.template import template
from sopbench.gather.workbook.template_file import HEAD, write_template
from sopbench.params import Gather

FIRST = HEAD + 2
"""Row of the first item in the sheet, as Excel counts."""

MONTHS = "IJKLMN"
"""Columns of the six months on a stream's sheet."""

SETTINGS = Gather(source="data")


def company(**more):
    return tiny.tables() | more


def sent(folder, tables=None, start=tiny.START, name="back.xlsx", wanted=("sales",), of="tiny"):
    """A workbook as it is sent, in the folder it comes back to."""
    path = folder / name
    if tables is None:
        path.write_bytes(_sent(start, wanted, of))
    else:
        _write(path, tables, start, wanted, of)
    return path


@cache
def _sent(start, wanted, of):
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder, "sent.xlsx"), company(), start, wanted, of)
        return Path(folder, "sent.xlsx").read_bytes()


def _write(path, shown, start, wanted, of):
    calendar = pd.DataFrame({"bucket": tiny.HISTORY.append(pd.date_range(tiny.START, periods=9, freq="MS"))})
    calendar = calendar[calendar["bucket"] < start + pd.DateOffset(months=6)].assign(working_days=21.0)
    shown = shown | {"calendar": checked(calendar, table("calendar"))}
    write_template(template(shown, start, of, wanted=wanted), path)


def filled(path, cells, sheet="Sales"):
    """The workbook with cells typed in as a person would."""
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        book[sheet][place] = value
    book.save(path)
    return path


def read(folder, tables=None, start=tiny.START):
    return handed_in(folder, tables or company(), start, "tiny")


def told(folder, grade="error", **more):
    return [each for each in read(folder, **more)[1] if each.grade == grade]


def only(problems):
    assert len(problems) == 1, [str(each) for each in problems]
    return problems[0]


def figures(frame, *keys):
    return {tuple(row[:-1]): row[-1] for row in frame[[*keys, "qty"]].itertuples(index=False, name=None)}


def forecasts(**said):
    row = {"stream": "sales", "item_id": "PUMP", "bucket": tiny.BUCKETS[1], "qty": 70.0}
    return checked(pd.DataFrame([row | said]), table("forecasts"))


def test_what_is_typed_comes_back_to_the_cell(tmp_path):
    filled(sent(tmp_path), {"I6": 61, "K6": 0, "J9": 12.5})
    said, problems = read(tmp_path)
    assert figures(said["forecasts"], "stream", "item_id", "location_id", "customer_id", "bucket") == {
        ("sales", "PUMP", "DC", "SHOP", tiny.BUCKETS[0]): 61.0,
        ("sales", "PUMP", "DC", "SHOP", tiny.BUCKETS[2]): 0.0,
        ("sales", "KIT", "DC", "WEB", tiny.BUCKETS[1]): 12.5,
    }
    assert (said["forecasts"]["as_of"] == tiny.START).all()
    assert "3 forecasts of sales from back.xlsx" in [each.message for each in problems]


def test_a_key_may_be_typed_in_the_blank_rows_at_the_end(tmp_path):
    filled(sent(tmp_path), {"B10": "SEAL", "L10": 5, "B11": "KIT", "D11": "SHOP", "L11": 6})
    said = read(tmp_path)[0]["forecasts"]
    assert figures(said, "item_id", "location_id", "customer_id") == {("SEAL", "", ""): 5.0, ("KIT", "", "SHOP"): 6.0}


def test_an_untouched_workbook_gives_what_it_was_sent_with(tmp_path):
    tables = company(
        forecasts=pd.concat([forecasts(), forecasts(stream="finance", customer_id="WEB", qty=1 / 3)]),
        events=checked(
            pd.DataFrame({"event_id": ["FAIR"], "scope": "family:pumps", "start": tiny.START, "end": tiny.BUCKETS[1],
                          "uplift": 0.3, "price": 89.9}), table("events")),
    )  # fmt: skip
    sent(tmp_path, tables, wanted=tuple(SHEETS))
    blank = company(budget=table("budget").empty())
    said = read(tmp_path, blank)[0]
    for name, drop in {"forecasts": ["as_of"], "events": ["as_of"], "budget": ["as_of", "version"]}.items():
        back = checked(said[name], table(name)).drop(columns=drop)
        pd.testing.assert_frame_equal(back, checked(tables[name].round(6), table(name)).drop(columns=drop))


def test_events_and_budget_come_back_as_typed(tmp_path):
    sent(tmp_path, wanted=("events", "budget"))
    start, end = datetime.datetime(2025, 11, 1), "2025-11-30"
    filled(tmp_path / "back.xlsx", {"C6": "item:PUMP", "D6": start, "E6": end, "F6": 0.25, "G6": 90}, "Events")
    filled(tmp_path / "back.xlsx", {"D9": 95, "D10": 9500, "D11": -4, "E6": 7}, "Budget")
    said, _ = read(tmp_path, company(budget=table("budget").empty()))
    event = said["events"].iloc[0]
    assert (event["event_id"], event["scope"], event["uplift"], event["price"]) == ("back-6", "item:PUMP", 0.25, 90)
    assert (event["start"], event["end"]) == (pd.Timestamp("2025-11-01"), pd.Timestamp("2025-11-30"))
    budget = said["budget"].set_index(["family", "bucket"])[["units", "revenue", "margin"]]
    assert list(budget.loc[("pumps", tiny.BUCKETS[0])]) == [95, 9500, -4]
    assert budget.loc[("kits", tiny.BUCKETS[1]), "units"] == 7


@settings(COSTLY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(MONTHS), st.integers(FIRST, FIRST + 3)),
        st.floats(0, 1e9).map(lambda x: round(x, 3)) | st.sampled_from(["a lot", -1, "#REF!", True, 1e16]),
        min_size=1,
    )
)
def test_any_figures_come_back_and_any_spoilt_cells_are_named(tmp_path_factory, typed):
    folder = tmp_path_factory.mktemp("books")
    filled(sent(folder), {f"{column}{row}": value for (column, row), value in typed.items()})
    bad = {place for place, value in typed.items() if type(value) in (str, bool) or not 0 <= value < 1e15}
    said, problems = read(folder)
    named = {each.key for each in problems if each.grade == "error"}
    assert named == {f"back.xlsx, sheet Sales, cell {column}{row}" for column, row in bad}
    if not bad:
        rows = [("PUMP", "SHOP"), ("PUMP", "WEB"), ("KIT", "SHOP"), ("KIT", "WEB")]
        wanted = {(*rows[row - FIRST], tiny.BUCKETS[MONTHS.index(column)]): qty for (column, row), qty in typed.items()}
        assert figures(said["forecasts"], "item_id", "customer_id", "bucket") == wanted


SPOILT = {
    "text": ("about 60", "text where units are wanted"),
    "a number as text": ("60", "text where units are wanted"),
    "below 0": (-1, "the figure is below 0"),
    "an error": ("#REF!", "the cell holds an error of a formula"),
    "a formula nobody worked out": ("=1+1", "the formula has no stored value"),
    "true": (True, "text where units are wanted"),
    "a date": (datetime.datetime(2025, 1, 2), "a date where units are wanted"),
    "a time": (datetime.time(12, 30), "a date where units are wanted"),
    "absurdly large": (1e300, "the figure is absurdly large"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_figure_is_named_by_sheet_and_cell(case, tmp_path):
    value, message = SPOILT[case]
    filled(sent(tmp_path), {"J7": value, "K7": 10})
    problem = only(told(tmp_path))
    assert (problem.table, problem.key) == ("forecasts", "back.xlsx, sheet Sales, cell J7")
    assert problem.message == message
    assert problem.mend


def formatted(path, place, value, form):
    book = openpyxl.load_workbook(path)
    book["Sales"][place].value = value
    book["Sales"][place].number_format = form
    book.save(path)


def test_a_percentage_is_refused_and_money_taken_with_a_warning(tmp_path):
    formatted(sent(tmp_path), "I6", 0.5, "0%")
    assert only(told(tmp_path)).message == "a percentage where units are wanted"
    formatted(tmp_path / "back.xlsx", "I6", 50, "#,##0 €")
    assert told(tmp_path) == []
    assert "shows money" in only(told(tmp_path, "warning")).message
    assert list(read(tmp_path)[0]["forecasts"]["qty"]) == [50]


def test_a_formula_with_a_stored_value_counts_as_its_value(tmp_path):
    import xlsxwriter

    path = filled(sent(tmp_path), {"I6": 3})
    book = openpyxl.load_workbook(path)
    with xlsxwriter.Workbook(tmp_path / "again.xlsx") as copy:
        for sheet in book.worksheets:
            made = copy.add_worksheet(sheet.title)
            for row in sheet.iter_rows(min_row=1 if sheet.title != "Sales" else HEAD + 1):
                for cell in [each for each in row if each.value is not None]:
                    if cell.coordinate == "I6":
                        made.write_formula("I6", "=40+2", None, 42)
                    elif isinstance(cell.value, datetime.datetime):
                        made.write_datetime(cell.coordinate, cell.value, copy.add_format({"num_format": "mmm yyyy"}))
                    else:
                        made.write(cell.coordinate, cell.value)
    path.unlink()
    assert list(read(tmp_path)[0]["forecasts"]["qty"]) == [42]


def test_an_unknown_key_is_named_where_it_was_typed(tmp_path):
    filled(sent(tmp_path), {"B10": "PUMPE", "C10": "MOON", "D10": "NOBODY", "I10": 5, "I11": 5})
    assert {(each.key.split()[-1], each.message) for each in told(tmp_path)} == {
        ("B10", "no such item"),
        ("C10", "no such location"),
        ("D10", "no such customer"),
        ("B11", "figures in a row without an item"),
    }


def test_a_key_typed_twice_is_told_and_so_is_a_changed_locked_key(tmp_path):
    filled(sent(tmp_path), {"B10": "KIT", "C10": "DC", "D10": "WEB", "I9": 4, "I10": 5})
    problem = only(told(tmp_path))
    assert problem.key.endswith("cell B10")
    assert "stands in a row above" in problem.message
    filled(tmp_path / "back.xlsx", {"I10": None, "B9": "SEAL"})
    problem = only(told(tmp_path))
    assert (problem.key.split()[-1], problem.message) == ("B9", "the locked key of this row was changed")


@pytest.mark.parametrize(("cell", "value", "message"), [("B9", "PUMPE", "item"), ("C9", "MOON", "location")])
def test_one_wrong_key_in_a_row_that_was_sent_is_told_once(tmp_path, cell, value, message):
    filled(sent(tmp_path), {cell: value, "I9": 4})
    problem = only(told(tmp_path))
    assert (problem.key.split()[-1], problem.message) == (cell, f"no such {message}")


def test_what_stands_in_a_column_without_a_header_is_told_with_its_cell(tmp_path):
    filled(sent(tmp_path), {"I6": 4, "Z6": "see mail"})
    problem = only(told(tmp_path, "warning"))
    assert (problem.key.split()[-1], problem.value) == ("Z6", "see mail")
    assert problem.message == "the cell stands in a column without a header; it is left out"
    assert list(read(tmp_path)[0]["forecasts"]["qty"]) == [4]


def test_columns_are_found_by_their_header_not_their_place(tmp_path):
    book = openpyxl.load_workbook(filled(sent(tmp_path), {"I6": 61, "J6": 62}))
    sheet = book["Sales"]
    sheet.protection.sheet = False
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEAD + 1)]
    for row, values in enumerate(cells, HEAD + 3):
        for column, value in enumerate(reversed(values), 1):
            sheet.cell(row, column).value = value
    for column in range(1, len(cells[0]) + 1):
        sheet.cell(HEAD + 1, column).value = sheet.cell(HEAD + 2, column).value = None
    book.save(tmp_path / "back.xlsx")
    said, problems = read(tmp_path)
    assert [each for each in problems if each.grade == "error"] == []
    assert figures(said["forecasts"], "item_id", "bucket") == {
        ("PUMP", tiny.BUCKETS[0]): 61.0,
        ("PUMP", tiny.BUCKETS[1]): 62.0,
    }


@pytest.mark.parametrize(
    ("cells", "grade", "message"),
    [
        ({"C5": "Site"}, "error", "the column Location is missing"),
        ({"B5": "Article"}, "error", "the headers are gone: no cell of the first 50 rows says Item"),
        ({"J5": "October"}, "warning", "1 of 6 columns of figures are missing: no opinion is taken for them"),
        ({"J5": "Sep 2025"}, "error", "this header stands there twice"),
        ({"O5": "Remarks", "O6": "ask Ann"}, "warning", "no such column was sent; it is left out"),
    ],
)
def test_renamed_and_added_columns_are_told(tmp_path, cells, grade, message):
    filled(sent(tmp_path), {"J6": 1} | cells)
    assert message in [each.message for each in told(tmp_path, grade)]


def test_a_month_typed_as_text_is_still_its_month(tmp_path):
    filled(sent(tmp_path), {"J5": "2025-10", "J6": 1, "K5": "nov 2025", "K6": 2})
    said, problems = read(tmp_path)
    assert all(each.grade == "note" for each in problems)
    assert list(said["forecasts"]["bucket"]) == list(tiny.BUCKETS[1:3])


def test_a_renamed_sheet_is_told_a_removed_one_says_nothing_and_added_ones_are_left_out(tmp_path):
    book = openpyxl.load_workbook(sent(tmp_path))
    book["Sales"].title = "Sales north"
    book.save(tmp_path / "back.xlsx")
    problem = only(told(tmp_path))
    assert (problem.message, problem.value) == ("the sheet Sales is missing", "there is: Sales north")
    assert "name it Sales again; if it was deleted" in problem.mend and "leave it" not in problem.mend
    book.remove(book["Sales north"])
    book.save(tmp_path / "back.xlsx")
    assert told(tmp_path) == []
    assert "or leave it: it says nothing" in only(told(tmp_path, "warning")).mend
    book = openpyxl.load_workbook(sent(tmp_path))
    book.create_sheet("My sums")["A1"] = 1
    book.save(tmp_path / "back.xlsx")
    assert told(tmp_path) == []
    assert "My sums" in [each.value for each in told(tmp_path, "note")]


EVENTS = {
    "no end": ({"C6": "all", "D6": datetime.datetime(2025, 11, 1)}, "E6", "last day is missing"),
    "words for a day": ({"C6": "all", "D6": "in autumn", "E6": "2025-11-30"}, "D6", "not a date"),
    "backwards": ({"C6": "all", "D6": "2025-11-30", "E6": "2025-11-01"}, "E6", "ends before it starts"),
    "an unknown scope": ({"C6": "item:PUMPE", "D6": "2025-11-01", "E6": "2025-11-30"}, "C6", "no such item or family"),
    "no scope": ({"D6": "2025-11-01", "E6": "2025-11-30"}, "C6", "the event moves nothing"),
    "30": ({"C6": "all", "D6": "2025-11-01", "E6": "2025-11-30", "F6": 30}, "F6", "the uplift is beyond +2000 %"),
    "below -100 %": ({"C6": "all", "D6": "2025-11-01", "E6": "2025-11-30", "F6": -2}, "F6", "the figure is below -1"),
}  # fmt: skip


@pytest.mark.parametrize("case", EVENTS)
def test_a_spoilt_event_is_named_by_its_cell(case, tmp_path):
    cells, place, message = EVENTS[case]
    filled(sent(tmp_path, wanted=("events",)), cells, "Events")
    assert (f"back.xlsx, sheet Events, cell {place}", message) in [(each.key, each.message) for each in told(tmp_path)]


def test_files_that_are_no_such_workbook_are_told_each_in_its_way(tmp_path):
    whole = sent(tmp_path).read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.xlsx").write_bytes(b"")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    (tmp_path / "secret.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(60) + "EncryptedPackage".encode("utf-16-le"))
    (tmp_path / "~$back.xlsx").write_bytes(b"lock")
    (tmp_path / "letter.docx").write_bytes(b"letter")
    openpyxl.Workbook().save(tmp_path / "own.xlsx")
    sent(tmp_path, name="other.xlsx", of="rival")
    problems = {each.key: (each.grade, each.message) for each in read(tmp_path)[1] if each.grade != "note"}
    assert problems == {
        "cut.xlsx": ("error", "the file is cut off or is no workbook"),
        "empty.xlsx": ("error", "the file is empty"),
        "old.xls": ("error", "not an .xlsx workbook (.xls)"),
        "secret.xlsx": ("error", "the workbook opens with a password only"),
        "letter.docx": ("warning", "no Excel workbook; it is left out"),
        "own.xlsx": ("error", "not a workbook that sopbench template wrote"),
        "other.xlsx": ("error", "this is the workbook of another company, not of tiny"),
    }


def test_a_workbook_of_a_later_cycle_is_not_known_yet(tmp_path):
    filled(sent(tmp_path, start=tiny.BUCKETS[1]), {"I6": 61})
    said, problems = read(tmp_path)
    assert said["forecasts"].empty
    assert "later cycle 2025-10-01" in only(problems).message


def test_of_a_streams_workbooks_the_latest_cycles_counts_whole(tmp_path):
    filled(
        sent(tmp_path, start=pd.Timestamp("2025-08-01"), name="august.xlsx"),
        {"I6": 1, "J6": 2, "B10": "GONE", "I10": 1},
    )
    filled(sent(tmp_path), {"I6": 61})
    said, problems = read(tmp_path)
    assert all(each.grade == "note" for each in problems)
    assert list(said["forecasts"]["qty"]) == [61]


def test_two_workbooks_of_one_cycle_add_up_and_must_not_contradict_each_other(tmp_path):
    filled(sent(tmp_path, name="north.xlsx"), {"I6": 61, "J6": 5})
    filled(sent(tmp_path, name="south.xlsx"), {"I7": 62, "J6": 5})
    assert sorted(read(tmp_path)[0]["forecasts"]["qty"]) == [5, 61, 62]
    filled(tmp_path / "south.xlsx", {"J6": 6})
    problem = only(told(tmp_path))
    assert problem.key == "south.xlsx, sheet Sales, cell J6"
    assert problem.message == "north.xlsx, sheet Sales, cell J6 says otherwise, for the same cycle"


def test_a_sheet_left_as_it_was_sent_gives_way_to_one_that_was_changed(tmp_path):
    tables = company(forecasts=forecasts())
    filled(sent(tmp_path, tables, name="north.xlsx"), {"J6": 90})
    sent(tmp_path, tables, name="south.xlsx")
    said, problems = read(tmp_path, tables)
    assert list(said["forecasts"]["qty"]) == [90]
    assert all(each.grade == "note" for each in problems)


@pytest.mark.parametrize(
    ("as_of", "left"),
    [(None, [61]), (tiny.HISTORY[-1], [61]), (tiny.START, [61]), (pd.Timestamp("2025-09-15"), [61, 70])],
)
def test_a_workbook_takes_the_place_of_what_the_source_said_until_then(tmp_path, as_of, left):
    filled(sent(tmp_path), {"I6": 61})
    source = pd.concat([forecasts(as_of=as_of), forecasts(stream="finance", qty=8.0, as_of=as_of)])
    said = read(tmp_path, company(forecasts=source))[0]["forecasts"]
    assert sorted(said.loc[said["stream"] == "sales", "qty"]) == left
    assert list(said.loc[said["stream"] == "finance", "qty"]) == [8.0]
    seen, _ = known("forecasts", said, tiny.START)
    assert list(seen.loc[seen["stream"] == "sales", "qty"]) == [61]


def test_a_sheet_wiped_blank_takes_back_what_the_stream_said(tmp_path):
    tables = company(forecasts=forecasts(as_of=tiny.HISTORY[-1]))
    filled(sent(tmp_path, tables), {"J6": None})
    assert read(tmp_path, tables)[0]["forecasts"].empty


def test_an_event_typed_anew_replaces_the_sources_and_a_later_word_of_the_source_that_of_the_workbook(tmp_path):
    row = {"event_id": ["FAIR"], "scope": "all", "start": tiny.START, "end": tiny.BUCKETS[1], "uplift": 0.3}
    for as_of, uplift in [(None, 0.5), (tiny.HISTORY[-1], 0.5), (tiny.START, 0.5)]:
        tables = company(events=checked(pd.DataFrame(row | {"as_of": [as_of]}), table("events")))
        filled(sent(tmp_path, tables, wanted=("events",)), {"F6": 0.5}, "Events")
        assert list(read(tmp_path, tables)[0]["events"]["uplift"]) == [uplift]
    august = pd.Timestamp("2025-08-01")
    tables = company(events=checked(pd.DataFrame(row | {"as_of": [pd.Timestamp("2025-08-15")]}), table("events")))
    (tmp_path / "back.xlsx").unlink()
    filled(sent(tmp_path, tables, august, wanted=("events",)), {"F6": 0.5}, "Events")
    assert list(read(tmp_path, tables)[0]["events"]["uplift"]) == [0.3]


def test_the_whole_gather_step_takes_it_in_with_a_note_and_lists_all_errors_together(tmp_path):
    from sopbench import gather

    data, back = tmp_path / "data", tmp_path / "back"
    for folder in (data, back):
        folder.mkdir()
    for name, frame in tiny.tables().items():
        if len(frame):
            frame.to_csv(data / f"{name}.csv", index=False)
    filled(sent(back), {"I6": 61})
    raw = gather.read(data, None, tiny.START, handed_in=back, company="tiny")
    tables, problems = examine(raw, tiny.START, 6, SETTINGS)
    assert list(tables["forecasts"]["qty"]) == [61]
    assert "1 forecast of sales from back.xlsx" in [each.message for each in problems]
    assert not [each for each in problems if each.grade == "error"]
    filled(back / "back.xlsx", {"I6": "many"})
    (data / "on_hand.csv").write_text("item_id,location_id,qty\nPUMP,DC,-1\n")
    with pytest.raises(PlanningError) as stop:
        gather.read(data, None, tiny.START, handed_in=back, company="tiny")
    assert all(word in str(stop.value) for word in ("cell I6", "qty is below 0"))


def test_an_item_forecast_as_a_whole_and_in_parts_is_warned_of(tmp_path):
    filled(sent(tmp_path), {"I6": 61, "I8": 5, "B10": "PUMP", "I10": 90, "B11": "KIT", "J11": 9})
    problem = only(told(tmp_path, "warning"))
    assert problem.key.endswith("cell B10")
    assert "it adds up" in problem.message


def test_a_damaged_note_of_what_the_workbook_is_breaks_nothing(tmp_path):
    path = filled(sent(tmp_path), {"I6": 61})
    book = openpyxl.load_workbook(path)
    facts = book["sopbench"]
    next(row for row in facts.iter_rows() if row[0].value == "buckets")[1].value = "2025-09-01 soon"
    book.save(path)
    said, problems = read(tmp_path)
    assert list(said["forecasts"]["qty"]) == [61]
    assert [each.grade for each in problems] == ["note"]
