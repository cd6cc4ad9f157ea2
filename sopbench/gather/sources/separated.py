"""Reads a contract table kept as CSV, in the form the company says its files have (`gather.csv`).

Nothing is guessed: where the file does not fit, the message says what it looks like and which parameter to set.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd

from sopbench.contract import Table
from sopbench.contract.values import DATE, NUMBER, Misfit
from sopbench.gather.sources.unreadable import head_of, one_line, other_form, unreadable
from sopbench.params import Csv

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
"""What parts columns in the world's files, in words."""

MARKS = {" ": "[ \u00a0\u202f]", "'": "['’]"}
"""What else is written where a thousands separator is meant."""


def read_csv(path: Path, table: Table, form: Csv) -> pd.DataFrame:
    """A CSV file with its header as columns and every cell as text; empty cells are None.

    Item 00123 keeps its zeros and region NA its name. Numbers and dates of the form stated come in the contract's
    own (1200.5, 2025-09-01); cells of another form stay, marked `Misfit`. The index `line` says where a row begins in
    the file. Raises PlanningError where the file does not have the form stated, or not one number of cells a line.
    """
    other_form(path, head := head_of(path))
    _check_encoding(path, head, form)
    header, at, lines, widths = _scan(path, form)
    _check_widths(path, header, at, lines, widths, form)
    try:
        frame = pd.read_csv(
            path,
            sep=form.separator,
            header=None,
            names=range(len(header)),
            index_col=False,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
            encoding=_codec(form),
        )
    except (pd.errors.ParserError, ValueError, OSError) as error:
        raise unreadable(path, f"not readable as CSV: {one_line(error)}", "mend the file") from error
    if len(frame) != len(lines):
        raise unreadable(path, "the quotes in it cannot be told apart", "double every quote inside a quoted cell")
    frame = frame.set_axis(pd.Index(lines, name="line"), axis="index")[(widths > 0) & (np.arange(len(lines)) > at)]
    return _in_plain_form(_named(path, frame, header), table, form)


def _codec(form: Csv) -> str:
    return "utf-8-sig" if form.encoding == "utf-8" else form.encoding


def _check_encoding(path: Path, head: bytes, form: Csv) -> None:
    """Refuse a file whose bytes show another encoding than the one stated, before it is read as rubbish."""
    wide = form.encoding.startswith(("utf-16", "utf-32"))
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and not wide:
        raise unreadable(path, "the file is UTF-16", "save it as UTF-8, or say gather.csv.encoding: utf-16")
    if wide:
        return
    ascii_only = utf8 = True
    with path.open("rb") as file:
        for line in file:
            if b"\0" in line:
                raise unreadable(path, "the file holds NUL bytes: it is not text, or UTF-16", "save it as UTF-8")
            if not line.isascii():
                ascii_only = False
                utf8 = utf8 and _is_utf8(line)
    if utf8 and not ascii_only and not form.encoding.startswith("utf"):
        message = f"the file looks like UTF-8, gather.csv.encoding says {form.encoding}"
        raise unreadable(path, message, "say gather.csv.encoding: utf-8")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _scan(path: Path, form: Csv) -> tuple[list[str], int, np.ndarray, np.ndarray]:
    """The header, which record it is, and of every record the line it begins in and its cells; 0 for a blank one."""
    header, at, line, lines, widths = [], -1, 0, [], []
    try:
        with path.open(encoding=_codec(form), newline="") as file:
            records = csv.reader(file, delimiter=form.separator, strict=True)
            for record in records:
                blank = not "".join(record).strip()
                if at < 0 and not blank:
                    header, at = record, len(lines)
                lines.append(line + 1)
                widths.append(0 if blank else len(record))
                line = records.line_num
    except UnicodeError as error:
        looks = "; it looks like Windows-1252" if form.encoding == "utf-8" else ""
        mend = "save it as UTF-8, or say in gather.csv.encoding what it is, e.g. cp1252"
        message = f"the file is not {form.encoding.upper()} (after line {line}){looks}"
        raise unreadable(path, message, mend) from error
    except csv.Error as error:
        message = f"not readable as CSV: from line {line + 1} on {_quotes(error)}"
        raise unreadable(path, message, "close every quote, and double those inside a quoted cell") from error
    if at < 0:
        raise unreadable(path, "the file is empty", "write a header line at least, or remove the file")
    return header, at, np.array(lines), np.array(widths)


def _quotes(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "a quote is never closed"
    return "text follows a closed quote" if "expected after" in str(error) else one_line(error)


def _check_widths(path: Path, header: list[str], at: int, lines: np.ndarray, widths: np.ndarray, form: Csv) -> None:
    """Refuse a file parted by something else, and one whose lines have not all as many cells as the header."""
    if header[0].startswith("sep="):
        mend = "remove that line, and say gather.csv.separator"
        raise unreadable(path, f"line {lines[at]} is a note to Excel ({header[0]}), not the header", mend)
    others = [mark for mark in SEPARATORS if mark != form.separator and mark in header[0]]
    if len(header) == 1 and others:
        said = "\\t" if others[0] == "\t" else others[0]
        message = (
            f"the columns look parted by {SEPARATORS[others[0]]}, not {SEPARATORS.get(form.separator, 'as stated')}"
        )
        raise unreadable(path, message, f'say gather.csv.separator: "{said}"')
    wrong = np.flatnonzero((widths > 0) & (widths != len(header)))
    if len(wrong):
        more = f" (and {len(wrong) - 1:,} more lines)" if len(wrong) > 1 else ""
        found = f"line {lines[wrong[0]]} has {widths[wrong[0]]} cells, the header {len(header)}{more}"
        mend = "write every line with all its separators; put text with a separator in it between quotes"
        raise unreadable(path, found, mend)


def _named(path: Path, frame: pd.DataFrame, header: list[str]) -> pd.DataFrame:
    """The frame with the header as its columns, without those that have neither name nor content."""
    names = [name.strip() for name in header]
    nameless = [number for number, name in enumerate(names) if not name]
    filled = [number for number in nameless if frame[number].notna().any()]
    if filled:
        raise unreadable(path, f"column {filled[0] + 1} has no name", "name it in the header, or remove it")
    return frame.set_axis(names, axis="columns").loc[:, [bool(name) for name in names]]


def _in_plain_form(frame: pd.DataFrame, table: Table, form: Csv) -> pd.DataFrame:
    """Numbers and dates of the form stated in the contract's own."""
    kinds = {column.name: column.kind for column in table.columns}
    columns = [frame.iloc[:, number] for number in range(frame.shape[1])]
    changed = []
    for column in columns:
        kind = kinds.get(column.name)
        if kind in ("number", "integer") and (form.decimal != "." or form.thousands):
            column = _numbers(column, form)
        if kind == "bucket" and form.dates:
            column = _dates(column, form.dates)
        changed.append(column)
    return pd.concat(changed, axis=1)


def _numbers(column: pd.Series, form: Csv) -> pd.Series:
    mark = MARKS.get(form.thousands, re.escape(form.thousands))
    whole = rf"(?:\d{{1,3}}(?:{mark}\d{{3}})+|\d+)" if form.thousands else r"\d+"
    tenths = re.escape(form.decimal)
    pattern = rf"[+-]?(?:{whole}(?:{tenths}\d*)?|{tenths}\d+)(?:[eE][+-]?\d+)?"
    said = column.str.strip()
    fits = said.str.fullmatch(pattern, flags=re.ASCII, na=False)
    plain = said.str.replace(mark, "", regex=True) if form.thousands else said
    plain = plain.str.replace(form.decimal, ".", regex=False)
    looks = f"does not fit gather.csv (decimal {form.decimal!r}, thousands {form.thousands!r})"
    return _fitting(column, plain, fits, NUMBER, looks)


def _dates(column: pd.Series, form: str) -> pd.Series:
    days = pd.to_datetime(column.str.strip(), format=form, errors="coerce")
    looks = f"does not fit gather.csv (dates {form!r})"
    return _fitting(column, days.dt.strftime("%Y-%m-%d"), days.notna(), DATE, looks)


def _fitting(column: pd.Series, plain: pd.Series, fits: pd.Series, own: re.Pattern, looks: str) -> pd.Series:
    """The cells that fit, in the contract's form; of the others those that have this form by chance are no values."""
    astray = ~fits & column.str.strip().str.fullmatch(own.pattern, flags=re.ASCII, na=False)
    values = plain.where(fits, column).astype(object)
    values[astray] = column[astray].map(lambda said: Misfit(said, looks, "write it so, or mend gather.csv"))
    return values
