"""Opens a returned workbook and takes down what stands in its cells, as it stands there."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from sopbench.contract import Problem
from sopbench.gather.sources.packed import Overfull, refuse_overfull
from sopbench.gather.sources.unreadable import leads_out
from sopbench.gather.workbook.layout import FACTS

OPENED = (".xlsx", ".xlsm")
"""Forms a workbook may come back in."""

OTHER_SHEETS = (".xls", ".xlsb", ".ods", ".numbers", ".csv")
"""Forms people save a workbook in by mistake."""

OLD_CONTAINER = b"\xd0\xcf\x11\xe0"
"""First bytes of a file in Microsoft's older form: a workbook with a password on it, or an old .xls."""

LOCKED_AWAY = "EncryptedPackage".encode("utf-16-le")

NO_VALUE = re.compile(rb"(?:</f>|<f[^<>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
"""A formula that no program has worked out."""

FORMULA = "formula without a value"
"""Stands in the column `type` of such a cell; otherwise it is openpyxl's letter: n, s, b, d, e."""


class Unreadable(Exception):
    """A file that is no workbook one can read: what is wrong, and the mend."""

    def __init__(self, message: str, mend: str):
        super().__init__(message)
        self.mend = mend


def workbooks(place: Path) -> tuple[list[Path], list[Problem]]:
    """The workbooks in a folder (or the one named), in the order of their names, and what else lies there.

    Files that Excel keeps beside an open workbook (~$...) and hidden ones are passed over.
    """
    if not place.is_dir():
        return [place], []
    files = sorted(path for path in place.iterdir() if path.is_file() and not path.name.startswith(("~$", ".")))
    books = [path for path in files if path.suffix.lower() in (*OPENED, *OTHER_SHEETS)]
    message, mend = "no Excel workbook; it is left out", "put returned workbooks alone into this folder"
    others = [Problem("handed_in", path.name, "", message, mend, "warning") for path in files if path not in books]
    away = [path for path in books if leads_out(path, place)]
    message, mend = "the workbook is a link out of the folder", "put the workbook itself there"
    others += [Problem("handed_in", path.name, "", message, mend) for path in away]
    return [path for path in books if path not in away], others


def facts(path: Path) -> dict[str, str]:
    """What a workbook says of itself (layout, company, cycle, ...), empty where it is not one of ours; and its sheets.

    Raises Unreadable.
    """
    with _opened(path) as book:
        if FACTS not in book.sheetnames:
            return {}
        rows = [row for row in book[FACTS].iter_rows(values_only=True) if len(row) >= 2 and row[0] is not None]
        return {str(row[0]).strip(): "" if row[1] is None else str(row[1]).strip() for row in rows}


def sheets(path: Path, wanted: dict[str, str]) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The cells of the sheets whose titles `wanted` gives by name, and the other visible sheets. Raises Unreadable.

    A sheet is a row for each cell that holds something: row and column (from 1), value, type, format.
    """
    with _opened(path) as book:
        titles = {title.strip().lower(): title for title in book.sheetnames}
        found = {name: titles[title.lower()] for name, title in wanted.items() if title.lower() in titles}
        cells = {name: _cells(book[title]) for name, title in found.items()}
        others = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if _formulas_without_value(path):
        with _opened(path, values=False) as book:
            for name, title in found.items():
                cells[name] = _with_formulas(cells[name], _cells(book[title]))
    return cells, [title for title in others if title not in found.values()]


@contextmanager
def _opened(path: Path, values: bool = True) -> Iterator[Any]:
    _refuse_other_forms(path)
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings(action="ignore"):  # openpyxl's on what it leaves out; cells are checked by us
            book = load_workbook(path, read_only=True, data_only=values, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parsers do where a file is cut off or damaged
        raise Unreadable(*_damaged(error)) from error
    try:
        yield book
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(*_damaged(error)) from error
    finally:
        book.close()


def _damaged(error: Exception) -> tuple[str, str]:
    words = " ".join(str(error).split())[:120]
    return (
        f"not readable as an Excel workbook ({words})",
        "open it in Excel, save it again as .xlsx, or ask for it anew",
    )


def _refuse_other_forms(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise Unreadable("the file is empty", "ask for it anew")
    if start.startswith(OLD_CONTAINER) and LOCKED_AWAY in path.read_bytes():
        raise Unreadable("the workbook opens with a password only", "save it without a password to open")
    if start.startswith(OLD_CONTAINER) or path.suffix.lower() not in OPENED:
        raise Unreadable(f"not an .xlsx workbook ({path.suffix or 'no ending'})", "save it as Excel workbook (.xlsx)")
    if not zipfile.is_zipfile(path):
        raise Unreadable("the file is cut off or is no workbook", "ask for it anew")
    try:
        refuse_overfull(path)
    except Overfull as fault:
        raise Unreadable(str(fault), fault.mend) from fault


def _cells(sheet: Any) -> pd.DataFrame:
    sheet.reset_dimensions()
    with warnings.catch_warnings(action="ignore"):
        found = [
            (cell.row, cell.column, cell.value, cell.data_type, cell.number_format)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        ]
    frame = pd.DataFrame(found, columns=["row", "column", "value", "type", "format"])
    return frame.astype({"row": "int64", "column": "int64", "value": object, "type": object, "format": object})


def _formulas_without_value(path: Path) -> bool:
    with zipfile.ZipFile(path) as pack:
        names = [name for name in pack.namelist() if name.startswith("xl/worksheets/")]
        return any(NO_VALUE.search(pack.read(name)) for name in names)


def _with_formulas(values: pd.DataFrame, written: pd.DataFrame) -> pd.DataFrame:
    """The cells with those added that hold a formula and no value."""
    formulas = written[written["type"] == "f"].assign(type=FORMULA)
    formulas = formulas.assign(value=formulas["value"].astype(str))
    place = pd.MultiIndex.from_frame(values[["row", "column"]])
    formulas = formulas[~pd.MultiIndex.from_frame(formulas[["row", "column"]]).isin(place)]
    return pd.concat([values, formulas], ignore_index=True)
