"""The workbook's tables hold the plan's tables, and its live formulas add them up."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from sopbench.pack.sheets import Sheet
from sopbench.pack.workbook import COLUMNS, SHEETS, _cell_formula

pytestmark = pytest.mark.long
SOFFICE = shutil.which("soffice")


@pytest.fixture(scope="module")
def book(packed):
    return openpyxl.load_workbook(packed.folder / "plan.xlsx", data_only=True)


@pytest.fixture(scope="module")
def formulas(packed):
    return openpyxl.load_workbook(packed.folder / "plan.xlsx")


def table(book, name: str) -> pd.DataFrame:
    """What a sheet holds below its head."""
    head, *rows = book[SHEETS[name][0]].iter_rows(values_only=True)
    return pd.DataFrame(rows, columns=head)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_table_is_an_excel_table_with_filters_and_a_head_that_stays(book, packed, name):
    sheet, called = SHEETS[name]
    found = book[sheet].tables[called]
    rows = len(packed.material.compared[name] if name == "scenario_kpis" else packed.material.plan[name])
    assert found.ref.endswith(str(rows + 1))
    assert found.autoFilter.ref == found.ref
    assert book[sheet].freeze_panes == "A2"


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("comparison", ["plan", "budget", "last_cycle", "last_year"]),
        ("financial_plan", ["value"]),
        ("demand_plan", ["statistical", "consensus"]),
        ("supply_plan", ["demand", "make", "shipped", "lost", "stock"]),
        ("sourcing_plan", ["qty", "cost"]),
        ("capacity_plan", ["load", "overtime", "utilisation"]),
        ("shortages", ["qty", "revenue_at_risk"]),
        ("decisions", ["money"]),
    ],
)
def test_the_figures_are_those_of_the_cycles_tables_row_by_row(book, packed, name, figures):
    shown, plan = table(book, name), packed.cycle.read("executive", name)
    for figure in figures:
        said = pd.to_numeric(shown[COLUMNS[name][figure]])
        pd.testing.assert_series_equal(said, plan[figure], check_names=False, check_dtype=False, rtol=1e-12)


def test_nobody_reads_an_underscore_or_a_bucket(book):
    for name in ("comparison", "financial_plan", "scenario_kpis", "decisions"):
        shown = table(book, name)
        assert not [head for head in shown if "_" in head or head == "bucket"]
        texts = shown.drop(columns=["number", "unit"], errors="ignore").select_dtypes(object)
        assert not texts.apply(lambda column: column.astype(str).str.contains("_")).any().any(), name


CELL = re.compile(r"^=SUMIFS\((\w+)\[([^\]]+)\](.*)\)$")


def reckoned(book, page, formula: str) -> float:
    """What Excel makes of a SUMIFS over a table."""
    called, column, asked = CELL.match(formula).groups()
    name = next(name for name, (_, each) in SHEETS.items() if each == called)
    rows = table(book, name)
    for key, text, cell in re.findall(r'\w+\[([^\]]+)\],(?:"([^"]*)"|\$?([A-Z]+\d+))', asked):
        rows = rows[rows[key] == (page[cell].value if cell else text)]
    return pd.to_numeric(rows[column], errors="coerce").sum()


def test_what_the_overviews_formulas_give_is_the_sum_of_the_tables(book, formulas):
    page, counted = book["overview"], 0
    for row in formulas["overview"].iter_rows():
        for cell in row:
            if str(cell.value).startswith("=SUMIFS"):
                assert page[cell.coordinate].value == pytest.approx(reckoned(book, page, cell.value), abs=1e-6)
                counted += 1
    assert counted > 100


def test_every_block_adds_up_to_its_whole_table(book):
    checks = [row for row in book["overview"].iter_rows(values_only=True) if str(row[0]).startswith("check")]
    assert len(checks) == 5
    assert {value for row in checks for value in row[1:] if value is not None} == {0}


def test_the_overviews_revenue_is_what_the_executives_are_told(book, packed):
    plan = packed.material.plan["comparison"].query("line == 'revenue'")
    sums = [row for row in book["overview"].iter_rows(values_only=True) if row[0] == "sum"]
    for row in sums[:2]:
        assert row[1:3] == pytest.approx((plan["plan"].sum(), plan["budget"].sum()))


def test_columns_that_excel_reckons_hold_what_comes_out(book, formulas):
    shown = table(book, "demand_plan")
    worth = shown["consensus"] * shown["list price"]
    pd.testing.assert_series_equal(shown["value at list price"], worth, check_names=False)
    cell = formulas["demand plan"].cell(2, len(shown.columns)).value
    assert cell == "=DemandPlan[[#This Row],[consensus]]*DemandPlan[[#This Row],[list price]]"


def test_what_a_scenario_comes_to_is_written_by_its_unit(book):
    page = book["scenarios"]
    units, written = (
        [head.value for head in page[1]].index("unit") + 1,
        [head.value for head in page[1]].index("value") + 1,
    )
    looks = {page.cell(row, units).value: page.cell(row, written).number_format for row in range(2, page.max_row + 1)}
    assert looks["share"] == "0.0%" and looks["money"] == looks["units"] == "#,##0"


def test_a_long_text_has_a_row_high_enough_for_it(book):
    page = book["decisions"]
    for row in range(2, page.max_row + 1):
        longest = max(len(str(cell.value or "")) for cell in page[row])
        assert (page.row_dimensions[row].height or 15) >= 15 * longest / 70


def test_the_overview_has_native_charts(packed):
    with zipfile.ZipFile(packed.folder / "plan.xlsx") as parts:
        assert len([name for name in parts.namelist() if name.startswith("xl/charts/chart")]) == 3


def test_a_columns_formula_names_its_table_in_every_cell():
    assert _cell_formula("=[@a]*[@[b c]]", "T") == "=T[[#This Row],[a]]*T[[#This Row],[b c]]"


def test_a_sum_for_a_key_counts_only_its_rows_and_what_is_asked():
    frame = pd.DataFrame({"family": ["a", "a", "b"], "line": ["x", "y", "x"], "plan": [1.0, 2.0, 4.0]})
    sheet = Sheet("s", "T", frame, 3)
    assert sheet.sums("plan", "family", "$A5", "a", line="x") == ('=SUMIFS(T[plan],T[family],$A5,T[line],"x")', 1.0)
    assert sheet.total("plan", line="x") == ('=SUMIFS(T[plan],T[line],"x")', 5.0)
    assert sheet.total("plan") == ("=SUM(T[plan])", 7.0)


def recalculated(plan: Path, folder: Path) -> openpyxl.Workbook:
    """The workbook as LibreOffice reckons it: openpyxl keeps formulas and drops what they gave."""
    bare = folder / "bare" / "plan.xlsx"
    bare.parent.mkdir()
    openpyxl.load_workbook(plan).save(bare)
    asked = [SOFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*asked, "--outdir", str(folder), str(bare)], check=True, capture_output=True, timeout=600)
    return openpyxl.load_workbook(folder / "plan.xlsx", data_only=True)


@pytest.mark.long
@pytest.mark.skipif(not SOFFICE, reason="no LibreOffice is installed: nothing can be reckoned again")
def test_reckoned_again_every_formula_gives_the_sum_of_the_tables(book, formulas, packed, tmp_path):
    anew, counted = recalculated(packed.folder / "plan.xlsx", tmp_path), 0
    for sheet in ("overview", "plan against budget", "demand plan"):
        for row in formulas[sheet].iter_rows():
            for cell in (cell for cell in row if str(cell.value).startswith("=")):
                ours, theirs = (each[sheet][cell.coordinate].value for each in (book, anew))
                assert (theirs or 0) == pytest.approx(ours or 0, rel=1e-9, abs=1e-6), (sheet, cell.coordinate)
                counted += 1
    assert counted > 1000
