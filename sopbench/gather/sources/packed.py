"""Looks into a workbook before it is opened: how much it unpacks to, and whether it is what Excel writes.

An .xlsx is a zip of XML files. A few kilobytes of it may unpack to gigabytes, or claim cells in the last row and column
of a sheet, between which a reader would lay out all others.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

LARGEST = 400_000_000
"""Bytes a workbook's parts may unpack to together."""

CELLS = 20_000_000
"""Cells a sheet may span, from its first row and column to the last in which anything stands."""

PARTS = 10_000
"""Files a workbook may hold."""

CHUNK = 1 << 20
"""Bytes read at once; no tag is longer."""

PLACE = re.compile(rb"\br\s*=\s*[\"']\s*([A-Za-z]{0,3})(\d{1,7})\s*[\"']")
"""Where a row or a cell says it stands: the one attribute of that name."""

SPELT = re.compile(rb"\br\s*=\s*[\"'][^\"'<]*&")
"""Such a place with a character spelt out, which nobody needs."""

DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
WRITTEN = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)[\"']")
ENCODINGS = {b"utf-8", b"us-ascii", b"ascii"}
"""How the parts may be written: in another encoding a tag need not look like one."""


class Overfull(Exception):
    """A workbook that is not opened: why, and the mend."""

    def __init__(self, message: str, mend: str):
        super().__init__(message)
        self.mend = mend


def refuse_overfull(path: Path) -> None:
    """Raise Overfull where a workbook unpacks to too much, or declares entities as no spreadsheet program does.

    What is no zip, or is damaged, is left to whoever opens it.
    """
    try:
        with zipfile.ZipFile(path) as pack:
            parts = pack.infolist()
            if len(parts) > PARTS or sum(part.file_size for part in parts) > LARGEST:
                message = f"it unpacks to more than {LARGEST / 1e6:,.0f} MB, or to more than {PARTS:,} files"
                raise Overfull(
                    message, "hand so much in as CSV or Parquet, or save the workbook again without the rest"
                )
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    _look_into(pack, part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        return


def _look_into(pack: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part in pieces; raise Overfull at the first that is too much."""
    sheet = part.filename.startswith("xl/worksheets/")
    rows = columns = tags = 0
    begun = b""
    with pack.open(part) as file:
        while read := file.read(CHUNK):
            if not tags:
                _refuse_odd_writing(part.filename, read[:500])
            text = begun + read
            tags += read.count(b"<")
            if DECLARED.search(text):
                message = f"{part.filename} declares a document type, which no workbook does"
                raise Overfull(message, "save it again in Excel")
            if sheet:
                places = set(PLACE.findall(text))
                rows = max([rows, *(int(row) for _, row in places)])
                columns = max([columns, *map(_number, {letters for letters, _ in places})])
                if rows * columns > CELLS or tags > 4 * CELLS or SPELT.search(text):
                    message = f"{part.filename} spans {rows:,} rows and {columns:,} columns, in {tags:,} tags"
                    raise Overfull(message, "delete what stands far out in the sheet, or hand it in as CSV")
            begun = text[text.rfind(b"<") :] if b"<" in text[-CHUNK:] else b""


def _refuse_odd_writing(name: str, head: bytes) -> None:
    said = WRITTEN.search(head)
    if b"\0" in head or (said and said[1].lower() not in ENCODINGS):
        raise Overfull(f"{name} is not written in UTF-8", "save it again in Excel")


def _number(letters: bytes) -> int:
    """The number of a column: A is 1, AA 27; 0 where a row names none."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
