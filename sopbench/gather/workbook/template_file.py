"""Writes a laid-out template as an Excel workbook: colours, locks, lists to choose from, and how it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from sopbench.contract.buckets import are_months
from sopbench.gather.workbook.layout import FACTS, LISTS, MARK, READ_ME
from sopbench.gather.workbook.template import Column, Sheet, Template

HEAD = 4
"""Row of the headers, counted from 0: above it the title, what to do, and the totals."""

INK, QUIET, LINE, TYPED, LOCKED = "#1f2d3a", "#5f6b76", "#d5dbe1", "#fff6d6", "#f3f5f7"
"""Colours: dark text, secondary text, borders, where to type, and what is locked."""

LOOKS = {"text": "@", "date": "yyyy-mm-dd", "units": "#,##0", "money": "#,##0.00", "amount": "#,##0", "share": "0%"}
"""Number formats by kind of column."""

LARGEST = 1e15
"""Figures beyond this are refused by the contract."""


def write_template(made: Template, path: Path) -> None:
    """Write the workbook; the same template gives the same bytes."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        born = pd.Timestamp(made.facts["cycle"]).to_pydatetime()
        book.set_properties({"title": made.title, "subject": "Sales & Operations Planning", "created": born})
        looks = _Looks(book)
        _read_me(book, looks, made)
        lists = {name: f"={LISTS}!{xl_range_abs(0, at, len(said) - 1, at)}" for at, (name, said) in _listed(made)}
        for sheet in made.sheets:
            _sheet(book, looks, sheet, lists)
        facts = book.add_worksheet(FACTS)
        facts.write_column(0, 0, made.facts.keys())
        facts.write_column(0, 1, made.facts.values())
        choices = book.add_worksheet(LISTS)
        for at, (_, said) in _listed(made):
            choices.write_column(0, at, said)
        for hidden in (facts, choices):
            hidden.very_hidden()
            hidden.protect()


def _listed(made: Template) -> list[tuple[int, tuple[str, list[str]]]]:
    """The lists that are not empty, each with its column."""
    return list(enumerate((name, said) for name, said in made.lists.items() if said))


class _Looks:
    """The workbook's cell formats, each made once."""

    def __init__(self, book: Any):
        self.book, self.made = book, {}

    def __call__(self, **said: Any) -> Any:
        key = tuple(sorted(said.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(
                {"font_name": "Calibri", "font_size": 10, "valign": "vcenter", **said}
            )
        return self.made[key]

    def cell(self, kind: str, typed: bool, whole: bool = True) -> Any:
        number = LOOKS[kind] if whole or kind != "units" else "#,##0.0"
        side = {"align": "left"} if kind in ("text", "date") else {}
        colour = (
            {"bg_color": TYPED, "locked": False}
            if typed
            else {"bg_color": LOCKED, "font_color": INK if kind == "text" else QUIET}
        )
        return self(num_format=number, border=1, border_color=LINE, **side, **colour)


def _read_me(book: Any, looks: _Looks, made: Template) -> None:
    sheet = book.add_worksheet(READ_ME)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 100)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, made.title, looks(bold=True, font_size=18, font_color=INK))
    for row, (name, said) in enumerate(made.read_me, start=2):
        sheet.set_row(row, 34 if len(said) > 105 else 20)
        sheet.write_string(row, 0, name, looks(bold=True, font_color=INK, valign="top"))
        sheet.write_string(row, 1, said, looks(text_wrap=True, font_color=INK, valign="top"))
    sheet.protect()
    _printed(sheet, made.title)


def _sheet(book: Any, looks: _Looks, said: Sheet, lists: dict[str, str]) -> None:
    sheet = book.add_worksheet(said.name)
    sheet.hide_gridlines(2)
    sheet.set_row(0, 26)
    sheet.write_string(0, 1, said.title, looks(bold=True, font_size=16, font_color=INK))
    sheet.write_string(1, 1, said.hint, looks(font_color=QUIET))
    sheet.set_row(HEAD, 32)
    end = HEAD + len(said.rows) + said.spare
    for at, column in enumerate(said.columns):
        sheet.set_column(at, at, column.width, None, {"hidden": column.hidden})
        _column(sheet, looks, at, column, said, end)
        if end > HEAD:
            _allowed(sheet, at, column, said, end, lists)
    sheet.freeze_panes(HEAD + 1, said.frozen)
    sheet.autofilter(HEAD, 1, max(end, HEAD + 1), len(said.columns) - 1)
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True, "select_locked_cells": True})
    sheet.set_tab_color("#d9a400")
    sheet.repeat_rows(HEAD)
    _printed(sheet, said.title)


def _column(sheet: Any, looks: _Looks, at: int, column: Column, said: Sheet, end: int) -> None:
    """A header, its total above it, and the cells below."""
    head = {"bold": True, "font_color": "#ffffff", "bg_color": INK, "text_wrap": True, "valign": "vcenter"}
    dated = isinstance(column.header, pd.Timestamp)
    if dated:
        buckets = [each.header for each in said.columns if isinstance(each.header, pd.Timestamp)]
        form = "mmm yyyy" if are_months(pd.DatetimeIndex(buckets)) else "d mmm yyyy"
        sheet.write_datetime(HEAD, at, column.header.to_pydatetime(), looks(num_format=form, align="center", **head))
    else:
        sheet.write_string(HEAD, at, column.header, looks(**head))
    values = said.rows.iloc[:, at]
    if column.total and end > HEAD:
        if at and not said.columns[at - 1].total:
            sheet.write_string(HEAD - 1, at - 1, "Total", looks(bold=True, font_color=QUIET, align="right"))
        cells = f"{xl_rowcol_to_cell(HEAD + 1, at)}:{xl_rowcol_to_cell(end, at)}"
        total = looks(bold=True, font_color=INK, num_format="#,##0")
        sheet.write_formula(HEAD - 1, at, f"=SUBTOTAL(109,{cells})", total, float(values.sum()))
    numbers = pd.api.types.is_numeric_dtype(values)
    whole = not numbers or bool((values.dropna() % 1 == 0).all())
    look = looks.cell(column.kind, column.open == "always", whole)
    write = {"text": sheet.write_string, "date": sheet.write_datetime}.get(column.kind, sheet.write_number)
    for row, (value, empty) in enumerate(
        zip(values, values.isna() | (values.astype(object) == ""), strict=True), HEAD + 1
    ):
        if empty:
            sheet.write_blank(row, at, None, look)
        else:
            write(row, at, value, look)
    blank = looks.cell(column.kind, column.open != "never")
    for row in range(HEAD + 1 + len(values), end + 1):
        sheet.write_blank(row, at, None, blank)


def _allowed(sheet: Any, at: int, column: Column, said: Sheet, end: int, lists: dict[str, str]) -> None:
    """What Excel lets a person type into the open cells of a column, and the words shown beside them."""
    first = HEAD + 1 + (len(said.rows) if column.open == "spare" else 0)
    if column.open == "never" or first > end or column.header == MARK:
        return
    rule: dict[str, Any] = {"validate": "any"}
    if column.choices in lists:
        rule = {"validate": "list", "source": lists[column.choices], "error_message": "Choose one of the list."}
    elif column.kind == "units":
        rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": LARGEST}
        rule["error_message"] = "Type a number of units, 0 or more, or leave it blank."
    elif column.kind in ("money", "amount", "share"):
        least = {"share": -1}.get(column.kind, -LARGEST)
        rule = {"validate": "decimal", "criteria": "between", "minimum": least, "maximum": LARGEST}
        rule["error_message"] = "Type a number, or leave it blank."
    elif column.kind == "date":
        rule = {"validate": "date", "criteria": ">=", "value": pd.Timestamp("2000-01-01").to_pydatetime()}
        rule["error_message"] = "Type a date, such as 2025-11-01."
    title = f"{column.header:%b %Y}" if isinstance(column.header, pd.Timestamp) else column.header
    rule |= {
        "ignore_blank": True,
        "input_title": title[:32],
        "input_message": column.hint,
        "error_title": "Not possible",
    }
    sheet.data_validation(first, at, end, at, rule)


def _printed(sheet: Any, title: str) -> None:
    """Landscape on A4, one page wide, with page numbers."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L{title.replace('&', '&&')}&RPage &P of &N")
