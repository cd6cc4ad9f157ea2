"""Reads a sheet of an Excel workbook as a table: what a person sees there, or a word about why not.

The first row that holds anything is the header. Values are those the workbook stores; a formula counts by the value
stored with it, and is refused where there is none, for only a spreadsheet program can work it out.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from sopbench.contract import PlanningError, Problem
from sopbench.gather.sources.packed import Overfull, refuse_overfull
from sopbench.gather.sources.unreadable import head_of, one_line, other_form, unreadable

BOOKS = (".xlsx", ".xlsm")
"""Endings of workbooks that can be read."""

TYPES = {
    "integer": "Int64",
    "floating": "float64",
    "mixed-integer-float": "float64",
    "boolean": "boolean",
    "datetime": "datetime64[us]",
    "datetime64": "datetime64[us]",
    "string": "object",
    "empty": "object",
}
"""What SQL takes a column for, by what all of its cells are; any other mixture is text."""

EXACT = 1e15
"""Whole numbers from here on have lost digits in a spreadsheet, which keeps fifteen."""


def read_sheet(path: Path, sheet: str | None = None) -> pd.DataFrame:
    """A sheet as a table, its cells as they are stored; the index `row` is the row as Excel shows it.

    Without `sheet` the workbook's one sheet that holds anything and is not hidden, or the one named like the file.
    Blank rows are left out. Dates are dates; a number shown with zeros in front (format 00000) is text.
    Raises PlanningError for a file that is no workbook or locked, a sheet that is not told or not there, merged cells,
    hidden rows, a column without a header, and cells that hold an error or a formula without its value; also for one
    that unpacks to too much.
    """
    other_form(path, head_of(path), own=b"PK\x03\x04")
    try:
        refuse_overfull(path)
    except Overfull as fault:
        raise unreadable(path, str(fault), fault.mend) from fault
    book = _opened(path, values=False)
    found = _sheet(path, book, sheet)
    _check_merged_and_hidden(path, found)
    rows = [list(row) for row in found.iter_rows()]
    rows = [row for row in rows if any(_filled(cell) for cell in row)]
    if not rows:
        raise unreadable(path, f"{_in(found)} is empty", "write a header at least")
    if any(cell.data_type == "f" for row in rows for cell in row):
        stored = _stored(path, found.title)
        rows = [[_calculated(path, found, cell, stored) for cell in row] for row in rows]
    errors = [cell for row in rows for cell in row if cell.data_type == "e"]
    if errors:
        where = f"{_in(found)}, cell {errors[0].coordinate}, holds an error ({errors[0].value}){_more(errors)}"
        raise unreadable(path, where, "mend the formula there, or empty the cell")
    return _table(path, found, rows)


def table_of(sheet: pd.DataFrame) -> pd.DataFrame:
    """A sheet as SQL can take it: every column of one type, text where it holds several.

    Raises PlanningError where a column's name stands there twice.
    """
    twice = sheet.columns[sheet.columns.duplicated()]
    if len(twice):
        raise PlanningError(Problem("", "", "", f"the column {twice[0]} stands there twice", "keep one of them"))
    return pd.DataFrame({name: _of_one_type(sheet[name]) for name in sheet})


def _of_one_type(column: pd.Series) -> pd.Series:
    kind = infer_dtype(column, skipna=True)
    return column.astype(TYPES[kind]) if kind in TYPES else column.where(column.isna(), column.astype(str))


def _opened(path: Path, values: bool):
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what openpyxl would lose in writing, which is not done here
            return openpyxl.load_workbook(path, data_only=values, keep_links=False)
    except Exception as error:  # whatever the library of a foreign form raises, the file is not one
        raise unreadable(path, f"not readable as Excel: {one_line(error)}", "save it again as .xlsx") from error


def _sheet(path: Path, book, name: str | None):
    """The sheet of that name, or the one that can be meant."""
    if name is not None:
        if name not in book.sheetnames or name not in [each.title for each in book.worksheets]:
            known = ", ".join(each.title for each in book.worksheets)
            raise unreadable(path, f"there is no sheet {name}", f"name one of {known}")
        return book[name]
    full = [each for each in book.worksheets if each.sheet_state == "visible" and _any(each)]
    named = [each for each in full if each.title.strip().lower() == path.stem.lower()]
    if len(full) > 1 and len(named) != 1:
        some = ", ".join(each.title for each in full)
        mend = (
            f"keep one, name one {path.stem}, or say in a mapping read_xlsx('{path.name}', sheet = '{full[0].title}')"
        )
        raise unreadable(path, f"the workbook has several sheets: {some}", mend)
    if not full:
        raise unreadable(path, "no sheet holds anything that is not hidden", "write a header at least")
    return named[0] if named else full[0]


def _any(sheet) -> bool:
    return any(_filled(cell) for row in sheet.iter_rows() for cell in row)


def _filled(cell) -> bool:
    return cell.value is not None and str(cell.value).strip() != ""


def _check_merged_and_hidden(path: Path, sheet) -> None:
    merged = sorted(str(each) for each in sheet.merged_cells.ranges)
    if merged:
        mend = "part them, and write the value in every row"
        raise unreadable(path, f"{_in(sheet)}: the cells {merged[0]} are merged{_more(merged)}", mend)
    hidden = [number for number, row in sheet.row_dimensions.items() if row.hidden and number <= sheet.max_row]
    hidden = [number for number in sorted(hidden) if any(_filled(cell) for cell in sheet[number])]
    if hidden:
        raise unreadable(path, f"{_in(sheet)}: row {hidden[0]} is hidden{_more(hidden)}", "show it, or delete it")


def _stored(path: Path, name: str):
    """The same sheet with the values stored for its formulas; refused where no spreadsheet program has stored any."""
    with zipfile.ZipFile(path) as archive:
        workbook = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    if re.search(r'fullCalcOnLoad="(1|true)"', workbook):
        message = f"sheet {name} holds formulas that no spreadsheet program has worked out yet"
        raise unreadable(path, message, "open it in Excel and save it")
    return _opened(path, values=True)[name]


def _calculated(path: Path, sheet, cell, stored):
    if cell.data_type != "f":
        return cell
    value = stored[cell.coordinate]
    if value.value is None and value.data_type not in ("s", "str"):
        where = f"{_in(sheet)}, cell {cell.coordinate}, holds a formula without its value"
        raise unreadable(path, where, "open it in Excel and save it, or write the value")
    return value


def _table(path: Path, sheet, rows: list) -> pd.DataFrame:
    header = ["" if cell.value is None else str(cell.value).strip() for cell in rows[0]]
    values = np.array([[_value(cell) for cell in row] for row in rows[1:]], dtype=object).reshape(-1, len(header))
    frame = pd.DataFrame(values, index=pd.Index([row[0].row for row in rows[1:]], name="row", dtype="int64"))
    nameless = [number for number, name in enumerate(header) if not name]
    filled = [number for number in nameless if frame[number].notna().any()]
    if filled:
        where = f"{_in(sheet)}: column {rows[0][filled[0]].column_letter} has no header"
        raise unreadable(path, where, "write one, or empty the column")
    return frame.set_axis(header, axis="columns").loc[:, [bool(name) for name in header]].infer_objects()


def _value(cell) -> object:
    value = cell.value
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, int) and not isinstance(value, bool):
        if re.fullmatch("00+", cell.number_format):
            return str(value).zfill(len(cell.number_format))
        return float(value) if abs(value) >= EXACT else value
    return value


def _in(sheet) -> str:
    return f"sheet {sheet.title}"


def _more(found: list) -> str:
    return f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
