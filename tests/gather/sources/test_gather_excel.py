"""A sheet is read as a person sees it; where it cannot be, the message names sheet and cell."""

import datetime
import re
import zipfile

import openpyxl
import pandas as pd
import pytest

import tiny
from sopbench import gather
from sopbench.contract import PlanningError, checked, table
from sopbench.gather.sources.excel import read_sheet
from sopbench.params import Gather

HEADER = ["item_id", "family", "unit_cost", "launch"]


def book(path, *rows, sheet="items"):
    """A workbook with these rows on its one sheet."""
    made = openpyxl.Workbook()
    made.active.title = sheet
    for row in rows:
        made.active.append(row)
    made.save(path)
    return made


def with_values(path, **values):
    """Store values for the formulas of a workbook, as a spreadsheet program does on saving."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(' fullCalcOnLoad="1"', "")
    for cell, value in values.items():
        sheet = parts["xl/worksheets/sheet1.xml"]
        kind = "e" if str(value).startswith("#") else "str" if isinstance(value, str) else "n"
        sheet = re.sub(rf'(<c r="{cell}"[^>]*?)>(<f>.*?</f>)<v ?/?>(</v>)?', rf'\1 t="{kind}">\2<v>{value}</v>', sheet)
        parts["xl/worksheets/sheet1.xml"] = sheet
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def said(path, sheet=None):
    with pytest.raises(PlanningError) as caught:
        read_sheet(path, sheet)
    [problem] = caught.value.problems
    return f"{problem.message}. Mend: {problem.mend}"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "items.xlsx"


def test_a_sheet_gives_the_table_written_with_the_rows_excel_shows(path):
    day = datetime.datetime(2025, 9, 1)
    book(path, HEADER, ["A", "x", 1.5, day], [], ["B", "x", 2, None])
    frame = read_sheet(path)
    assert frame.index.tolist() == [2, 4]
    assert frame.index.name == "row"
    items = checked(frame, table("items"))
    assert items["unit_cost"].tolist() == [1.5, 2.0]
    assert items["launch"].tolist() == [pd.Timestamp(day), pd.NaT]


def test_whole_numbers_are_names_without_a_fraction_and_keep_the_zeros_they_are_shown_with(path):
    made = book(path, HEADER, [7, "x", 1, None], [12, "x", 1, None])
    made.active["A3"].number_format = "00000"
    made.save(path)
    assert checked(read_sheet(path), table("items"))["item_id"].tolist() == ["00012", "7"]


def test_a_formula_counts_by_its_stored_value(path):
    book(path, HEADER, ["A", "x", "=1+1", None])
    with_values(path, C2=2)
    assert read_sheet(path)["unit_cost"].tolist() == [2]


def test_a_formula_that_gives_an_empty_text_is_an_empty_cell(path):
    book(path, HEADER, ["A", "x", 1, '=""'])
    with_values(path, D2="")
    assert read_sheet(path)["launch"].isna().all()


def test_formulas_nobody_has_worked_out_are_refused(path):
    book(path, HEADER, ["A", "x", "=1+1", None])
    assert "sheet items holds formulas that no spreadsheet program has worked out yet" in said(path)
    with_values(path)
    assert "sheet items, cell C2, holds a formula without its value" in said(path)


def test_an_error_in_a_cell_is_named(path):
    book(path, HEADER, ["A", "x", "#REF!", None], ["B", "x", "#N/A", None])
    assert "sheet items, cell C2, holds an error (#REF!) (and 1 more)" in said(path)
    book(path, HEADER, ["A", "x", "=1/0", None])
    with_values(path, C2="#DIV/0!")
    assert "sheet items, cell C2, holds an error (#DIV/0!)" in said(path)


def test_merged_cells_hidden_rows_and_nameless_columns_are_refused(path):
    made = book(path, HEADER, ["A", "x", 1, None], ["B", None, 1, None])
    made.active.merge_cells("B2:B3")
    made.save(path)
    assert "the cells B2:B3 are merged. Mend: part them" in said(path)
    made = book(path, HEADER, ["A", "x", 1, None])
    made.active.row_dimensions[2].hidden = True
    made.save(path)
    assert "row 2 is hidden" in said(path)
    book(path, HEADER, ["A", "x", 1, None, "note"])
    assert "column E has no header" in said(path)


def test_of_several_sheets_the_one_named_is_read_and_else_all_are_told(tmp_path, path):
    made = book(tmp_path / "book.xlsx", HEADER, sheet="one")
    made.create_sheet("two").append(HEADER)
    made["two"].append(["A", "x", 1])
    made.create_sheet("blank")
    made.save(tmp_path / "book.xlsx")
    assert "the workbook has several sheets: one, two" in said(tmp_path / "book.xlsx")
    assert len(read_sheet(tmp_path / "book.xlsx", "two")) == 1
    assert "there is no sheet three. Mend: name one of one, two, blank" in said(tmp_path / "book.xlsx", "three")
    made["two"].title = "Items"
    made.save(path)
    assert len(read_sheet(path)) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "an old Excel workbook (.xls) or protected by a password"),
        (b"PK\x03\x04 cut off", "not readable as Excel"),
        (b"item_id,family\n", "not readable as Excel"),
    ],
)
def test_what_is_no_workbook_is_refused(path, content, message):
    path.write_bytes(content)
    assert message in said(path)


def test_a_company_in_workbooks_is_read_like_its_tables(tmp_path):
    for name, frame in tiny.tables().items():
        if len(frame):
            frame.to_excel(tmp_path / f"{name}.xlsx", index=False, sheet_name=name)
    tables, findings = gather.assemble(gather.read(tmp_path, None, tiny.START), tiny.START, 6, Gather(source="x"))
    for name, frame in tiny.tables().items():
        pd.testing.assert_frame_equal(tables[name], frame)
    assert findings.empty


def test_a_message_on_a_workbook_names_its_row(path):
    book(path, HEADER, ["A", "x", 1, None], [], ["B", "x", "ten", None])
    with pytest.raises(PlanningError, match=r"items \[row 4, item_id=B\]: unit_cost is not a number \(found: ten\)"):
        checked(read_sheet(path), table("items"))


@pytest.fixture
def mapped(tmp_path):
    """A company whose articles are a sheet of a workbook, and a mapping over it."""
    source, mapping = tmp_path / "erp", tmp_path / "mapping"
    source.mkdir()
    mapping.mkdir()
    made = book(source / "book.xlsx", ["code", "grp", "cost"], ["01", "a", 1], ["02", "b", 2.5], sheet="Articles")
    made.create_sheet("Joe's orders").append(["code", "day", "units"])
    made["Joe's orders"].append(["01", datetime.datetime(2025, 8, 14), 3])
    made["Joe's orders"].append([2, datetime.datetime(2025, 8, 15), None])
    made.save(source / "book.xlsx")
    queries = {
        "items": """SELECT code AS item_id, grp AS family, cost AS unit_cost
            FROM read_xlsx('book.xlsx', sheet='Articles')""",
        "locations": "SELECT 'HALL' AS location_id",
        "sources": """SELECT code AS item_id, 'HALL' AS location_id, 'buy' AS method
            FROM read_xlsx('book.xlsx', sheet = 'Articles') WHERE code <> 'book.xlsx'""",
        "sales": """SELECT code AS item_id, 'HALL' AS location_id, date_trunc('month', day) AS bucket,
            sum(units) AS qty_ordered FROM read_xlsx( 'book.xlsx' , sheet := 'Joe''s orders') GROUP BY ALL""",
    }
    for name, sql in queries.items():
        (mapping / f"{name}.sql").write_text(sql)
    return source, mapping


def test_a_mapping_reads_the_sheets_it_names(mapped):
    raw = gather.read(*mapped, tiny.START)
    assert raw["items"].to_numpy().tolist() == [["01", "a", 1.0], ["02", "b", 2.5]]
    sales = raw["sales"].sort_values("item_id")
    assert sales["item_id"].tolist() == ["01", "2"]
    assert sales["bucket"].tolist() == [pd.Timestamp("2025-08-01")] * 2


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM 'book.xlsx'", "book.xlsx: the workbook has several sheets: Articles, Joe's orders"),
        ("SELECT * FROM read_xlsx('book.xlsx', sheet='Orders')", "book.xlsx: there is no sheet Orders"),
        ("SELECT * FROM read_xlsx('book.xlsx', range='A1:B2')", "a workbook is read in one way only"),
        ("SELECT * FROM read_xlsx(['book.xlsx'])", "a workbook is read in one way only"),
        ("SELECT * FROM read_csv('book.xlsx')", "a workbook is read in one way only"),
        ("SELECT * FROM 'boook.xlsx'", "Mend: did you mean book.xlsx?"),
        ("SELECT * FROM '../secret.xlsx'", "the file is outside of the folder"),
    ],
)
def test_what_a_mapping_cannot_read_of_a_workbook_is_told(mapped, sql, message):
    book(mapped[0].parent / "secret.xlsx", HEADER)
    (mapped[1] / "items.sql").write_text(sql)
    with pytest.raises(PlanningError) as caught:
        gather.read(*mapped, tiny.START)
    assert message in str(caught.value)
