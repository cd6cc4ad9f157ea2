"""Workbooks, CSV and Parquet files that unpack to gigabytes, lead elsewhere or run something: refused, or only text.

The limits are set low here, so that a small file is beyond them.
"""

import io
import os
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook
from strangers import SECRET

from sopbench.contract import TABLES, PlanningError
from sopbench.gather.sources import files, packed
from sopbench.gather.sources.excel import read_sheet
from sopbench.gather.sources.files import contract_files
from sopbench.gather.sources.separated import read_csv
from sopbench.gather.workbook.handed_in import handed_in
from sopbench.params import Csv

SHEET = "xl/worksheets/sheet1.xml"
START = pd.Timestamp("2025-09-01")
LAUGHS = '<!DOCTYPE x [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
OUTSIDE_ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file://<SECRET>">]>'


def book(*rows: tuple) -> bytes:
    """A workbook with these rows, as a spreadsheet program writes it."""
    made, held = Workbook(), io.BytesIO()
    for row in rows or (("item_id", "family"), ("A", "x")):
        made.active.append(row)
    made.save(held)
    return held.getvalue()


def changed(whole: bytes, part: str, change) -> bytes:
    """A workbook in which one part is another; `change` takes its text."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            said = old.read(name)
            made = change(said.decode()) if name == part else said
            new.writestr(name, made if isinstance(made, bytes) else made.encode())
    return held.getvalue()


def with_part(whole: bytes, name: str, said: bytes) -> bytes:
    """A workbook with a part more."""
    held = io.BytesIO(whole)
    with zipfile.ZipFile(held, "a", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(name, said)
    return held.getvalue()


def with_row(row: str) -> bytes:
    return changed(book(), SHEET, lambda text: text.replace("</sheetData>", f"{row}</sheetData>"))


def headed(text: str, what: str) -> str:
    """An XML part with something before its root."""
    at = text.index("?>") + 2 if text.startswith("<?xml") else 0
    return text[:at] + what + text[at:]


def many_files() -> bytes:
    held = io.BytesIO(book())
    with zipfile.ZipFile(held, "a") as pack:
        for number in range(200):
            pack.writestr(f"xl/{number}", b"")
    return held.getvalue()


BOOKS = {
    "one that unpacks to gigabytes": (
        with_part(book(), "xl/media/x.bin", b"\0" * 6_000_000),
        "it unpacks to more than",
    ),
    "one of very many files": (many_files(), "it unpacks to more than"),
    "a cell in the last corner": (with_row('<row r="1048576"><c r="XFD1048576"/></row>'), "spans 1,048,576 rows"),
    "a corner in single quotes": (with_row("<row><c t='n' r = 'XFD1048576'/></row>"), "spans 1,048,576 rows"),
    "a corner behind a bracket": (with_row('<row><c x=">" r="XFD1048576"/></row>'), "spans 1,048,576 rows"),
    "a corner spelt out": (with_row('<row><c r="&#88;FD1048576"/></row>'), "spans"),
    "a million rows from nowhere": (
        with_row('<row r="1048576"/><row r="1"><c r="ZZ1"/></row>'),
        "spans 1,048,576 rows",
    ),
    "a billion laughs": (
        changed(book(), SHEET, lambda text: headed(text, LAUGHS + "]>")),
        "declares a document type",
    ),
    "an entity from outside": (
        changed(book(), "xl/workbook.xml", lambda text: headed(text, OUTSIDE_ENTITY)),
        "declares a document type",
    ),
    "an entity in another encoding": (
        changed(book(), SHEET, lambda text: headed(text, OUTSIDE_ENTITY).encode("utf-16")),
        "is not written in UTF-8",
    ),
    "an encoding nobody knows": (
        changed(book(), SHEET, lambda text: '<?xml version="1.0" encoding="utf-7"?>' + text.partition("?>")[2]),
        "is not written in UTF-8",
    ),
    "no workbook": (b"PK\x03\x04 nothing", "not readable as Excel"),
    "a program": (b"MZ\x90\0" + b"\0" * 100, "not readable as Excel"),
    "one with a password": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "protected by a password"),
    "a page": (b"<html><script>alert(1)</script>", "is a web page or XML"),
    "a sheet cut off": (changed(book(), SHEET, lambda text: text[:-40]), "not readable as Excel"),
    "a formula without a value": (book(("item_id", "family"), ('=HYPERLINK("http://x")', "x")), "formula"),
    "a formula that calls a program": (book(("item_id", "family"), ("=cmd|'/c calc'!A1", "x")), "formula"),
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_that_does_more_than_hold_cells_is_refused(place, monkeypatch, name):
    content, said = BOOKS[name]
    monkeypatch.setattr(packed, "LARGEST", 5_000_000)
    monkeypatch.setattr(packed, "PARTS", 100)
    path = place.data / "items.xlsx"
    path.write_bytes(content)
    with pytest.raises(PlanningError) as caught:
        read_sheet(path)
    [problem] = caught.value.problems
    assert (problem.table, problem.key) == ("items", "items.xlsx")
    assert said in problem.message
    assert problem.mend and SECRET not in str(problem)


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_that_comes_back_is_refused_in_the_same_way(place, monkeypatch, name):
    monkeypatch.setattr(packed, "LARGEST", 5_000_000)
    monkeypatch.setattr(packed, "PARTS", 100)
    (place.data / "back.xlsx").write_bytes(BOOKS[name][0])
    tables, problems = handed_in(place.data, {}, START, "acme")
    assert tables == {}
    assert [(each.table, each.key, each.grade) for each in problems] == [("handed_in", "back.xlsx", "error")]
    assert problems[0].mend


MACRO = with_part(book(("item_id", "family"), ("A", "x")), "xl/vbaProject.bin", b"Sub Auto_Open()\nShell x\nEnd Sub")
LINKED = with_part(
    book(("item_id", "family"), ("A", "x")),
    "xl/externalLinks/externalLink1.xml",
    b'<externalLink><externalBook href="file:///etc/passwd"/></externalLink>',
)
CLIMBING = with_part(book(("item_id", "family"), ("A", "x")), "../../../outside/canary", b"x")


@pytest.mark.parametrize("content", [MACRO, LINKED, CLIMBING], ids=["a macro", "a link", "a part that climbs out"])
def test_what_else_a_workbook_holds_is_not_looked_at(place, content):
    (place.data / "items.xlsx").write_bytes(content)
    before = place.everything()
    assert read_sheet(place.data / "items.xlsx")[["item_id", "family"]].to_numpy().tolist() == [["A", "x"]]
    assert place.everything() == before


WORDS = [
    "=1+1",
    "=cmd|'/c calc'!A1",
    "<script>alert(1)</script>",
    "../../canary",
    "{{7*7}}",
    "${HOME}",
    "'; DROP TABLE x",
]


@pytest.mark.parametrize("word", WORDS)
def test_what_stands_in_a_cell_is_text(place, word):
    path = place.data / "items.csv"
    pd.DataFrame({"item_id": [word], "family": ["x"], "unit_cost": [1]}).to_csv(path, index=False)
    before = place.everything()
    assert read_csv(path, TABLES["items"], Csv())["item_id"].tolist() == [word]
    assert place.everything() == before


CSV = {
    "NUL bytes": (b"item_id,family\nA\0,x\n", "NUL bytes"),
    "a quote without end": (b'item_id,family\n"A,x\n', "a quote is never closed"),
    "a cell without end": (b"item_id,family\n" + b"A" * 200_000 + b",x\n", "field larger than"),
    "a line of a million cells": (b"item_id,family\n" + b"A" + b"," * 1_000_000 + b"\n", "cells, the header 2"),
    "another encoding": ("item_id,family\nÄ,x\n".encode("utf-16"), "UTF-16"),
    "broken letters": (b"item_id,family\n\xff\xfe\xff,x\n", "is not UTF-8"),
    "a compressed file": (b"\x1f\x8b\x08\0" + b"\0" * 100, "is compressed"),
    "a workbook": (book(), "is an Excel workbook"),
    "nothing": (b"", "is empty"),
}


@pytest.mark.parametrize(("content", "said"), CSV.values(), ids=CSV.keys())
def test_a_csv_file_that_is_none_is_refused(place, content, said):
    path = place.data / "items.csv"
    path.write_bytes(content)
    with pytest.raises(PlanningError) as caught:
        read_csv(path, TABLES["items"], Csv())
    assert said in str(caught.value)


def test_a_parquet_file_that_stands_for_more_than_memory_holds_is_not_read(place, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 1_000_000)
    pq.write_table(pa.table({"item_id": pa.nulls(1_000_001, pa.string())}), place.data / "items.parquet")
    assert (place.data / "items.parquet").stat().st_size < 10_000
    frames, [problem] = contract_files(place.data, Csv())
    assert frames == {}
    assert "it says it holds 1,000,001 rows" in problem.message


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"\xff" * 50 + b"PAR1", b"cos\nsystem\n(S'touch canary'\ntR."])
def test_what_is_no_parquet_is_refused_and_nothing_in_it_runs(place, content):
    (place.data / "items.parquet").write_bytes(content)
    _, [problem] = contract_files(place.data, Csv())
    assert "Parquet" in problem.message


@pytest.mark.parametrize("target", ["<SECRET>", "/etc/passwd", "/dev/zero", "/proc/self/environ"])
def test_a_table_that_is_a_link_out_of_the_folder_is_refused(place, target):
    (place.data / "items.csv").symlink_to(place.filled(target))
    frames, [problem] = contract_files(place.data, Csv())
    assert frames == {}
    assert "a link out of the folder" in problem.message


def test_a_workbook_that_is_a_link_out_of_the_folder_is_refused(place):
    (place.data / "back.xlsx").symlink_to(place.secret)
    _, problems = handed_in(place.data, {}, START, "acme")
    assert ["a link out of the folder" in each.message for each in problems] == [True]


def test_a_table_that_is_no_file_keeps_nobody_waiting(place):
    os.mkfifo(place.data / "items.csv")
    (place.data / "locations.csv").symlink_to("locations.csv")
    frames, problems = contract_files(place.data, Csv())
    assert frames == {}
    assert sorted(each.table for each in problems) == ["items", "locations"]
