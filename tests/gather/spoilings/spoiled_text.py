"""Spoilings of CSV files as files: encodings, separators, lines, quotes, headers, names and kinds of files."""

from __future__ import annotations

import gzip
import os
import shutil
import unicodedata
from pathlib import Path

from spoilable import REFUSED, RIGHT, WARNED, Spoiling, cell, company, put, rows_of, whole, written

from sopbench.params import Csv

ITEMS, SALES = rows_of("items"), rows_of("sales")
UMLAUT = [list(row) for row in ITEMS]
UMLAUT[1][1] = "Töpfe für Öl"


def described(said: str):
    """What comes out where the first item's description is this."""

    def change(tables: dict) -> None:
        tables["items"].loc[0, "description"] = said

    return change


TOEPFE = described("Töpfe für Öl")


def encodings():
    text = written(UMLAUT)
    cases = [
        ("UTF-8", text.encode(), RIGHT, (), Csv()),
        ("UTF-8 with a byte order mark", text.encode("utf-8-sig"), RIGHT, (), Csv()),
        ("UTF-8 said to be utf8", text.encode(), RIGHT, (), Csv(encoding="UTF8")),
        ("Windows-1252, not stated", text.encode("cp1252"), REFUSED, ("Windows-1252", "gather.csv.encoding"), Csv()),
        ("Windows-1252, stated", text.encode("cp1252"), RIGHT, (), Csv(encoding="cp1252")),
        ("Latin-1, stated", text.encode("latin-1"), RIGHT, (), Csv(encoding="latin-1")),
        ("UTF-8 where Windows-1252 is stated", text.encode(), REFUSED, ("looks like UTF-8",), Csv(encoding="cp1252")),
        ("UTF-8 where Latin-1 is stated", text.encode(), REFUSED, ("looks like UTF-8",), Csv(encoding="latin-1")),
        ("UTF-16, not stated", text.encode("utf-16"), REFUSED, ("UTF-16", "gather.csv.encoding"), Csv()),
        ("UTF-16 big-endian, not stated", b"\xfe\xff" + text.encode("utf-16-be"), REFUSED, ("UTF-16",), Csv()),
        ("UTF-16 without a mark", text.encode("utf-16-le"), REFUSED, ("NUL bytes",), Csv()),
        ("UTF-8 where UTF-16 is stated", text.encode(), REFUSED, ("is not UTF-16",), Csv(encoding="utf-16")),
        ("UTF-32", text.encode("utf-32"), REFUSED, ("UTF-16",), Csv()),
        ("a character cut in two", text.encode() + "ü".encode()[:1], REFUSED, ("not UTF-8",), Csv()),
        ("Mac Roman, not stated", text.encode("mac-roman"), REFUSED, ("not UTF-8",), Csv()),
        ("a NUL byte", text.replace("Öl", "Ö\0l").encode(), REFUSED, ("NUL bytes",), Csv()),
        ("accents as two characters", unicodedata.normalize("NFD", text).encode(), RIGHT, (), Csv()),
    ]
    for name, data, outcome, said, form in cases:
        yield Spoiling("encoding", name, "items", put("items", data), outcome, said, TOEPFE, form)
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        form = Csv(encoding=encoding)
        yield Spoiling("encoding", f"{encoding}, stated", "items", recoded(encoding), RIGHT, form=form)


def recoded(encoding: str):
    def spoil(folder: Path) -> None:
        for path in folder.iterdir():
            path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))

    return spoil


def separators():
    for word, mark in {"semicolons": ";", "tabs": "\t", "bars": "|"}.items():
        for name in ("items", "sales", "capacity"):
            text = written(rows_of(name), mark)
            said = (f"look parted by {word}", "gather.csv.separator")
            yield Spoiling("separator", f"{name} with {word}, not stated", name, put(name, text), REFUSED, said)
        everything = all_parted(mark)
        yield Spoiling("separator", f"{word}, stated", "items", everything, RIGHT, form=Csv(separator=mark))
    said = ("look parted by commas", "gather.csv.separator")
    form = Csv(separator=";")
    yield Spoiling("separator", "commas where semicolons are stated", "items", lambda _: 0, REFUSED, said, form=form)
    spaced = written(ITEMS).replace(",", " , ")
    yield Spoiling("separator", "blanks around the commas", "items", put("items", spaced), RIGHT)
    sep = "sep=;\n" + written(ITEMS, ";")
    yield Spoiling("separator", "a note to Excel above", "items", put("items", sep), REFUSED, ("note to Excel",))
    mixed = written(ITEMS[:2]) + written(ITEMS[2:], ";")
    yield Spoiling("separator", "half commas, half semicolons", "items", put("items", mixed), REFUSED, ("line 3",))


def all_parted(mark: str):
    def spoil(folder: Path) -> None:
        for path in folder.iterdir():
            path.write_text(written(rows_of(path.stem), mark))

    return spoil


def lines():
    text = written(ITEMS)
    cases = [
        ("carriage returns and line feeds", text.replace("\n", "\r\n"), "items"),
        ("carriage returns alone", text.replace("\n", "\r"), "items"),
        ("mixed line ends", text.replace("\n", "\r\n", 2).replace("\r\n", "\r", 1), "items"),
        ("no line end at the end", text.rstrip("\n"), "items"),
        ("blank lines between", text.replace("\n", "\n\n"), "items"),
        ("blank lines above the header", "\n\n" + text, "items"),
        ("lines of blanks and tabs", text.replace("\n", "\n  \t \n"), "items"),
        ("lines of commas alone", text.replace("\n", "\n" + "," * (len(ITEMS[0]) - 1) + "\n"), "items"),
        ("a separator too many on every line", text.replace("\n", ",\n"), "items"),
        ("every cell quoted", "".join(",".join(f'"{each}"' for each in row) + "\n" for row in ITEMS), "items"),
        ("blanks around the header's names", text.replace(",", " , ", 12), "items"),
    ]
    for name, content, table in cases:
        yield Spoiling("lines", name, table, put(table, content), RIGHT)


def structure():
    text = written(ITEMS)
    cases = [
        ("a cell too many", text.replace("KIT,", "KIT,,", 1), ("line 2 has 14 cells, the header 13",)),
        ("a cell too many everywhere", text.replace(",\n", ",1.0,\n").replace("1.0\n", "1.0,7\n"), ("line 2",)),
        ("a cell too few", text.replace("PUMP,,", "PUMP,", 1), ("line 3 has 12 cells, the header 13",)),
        ("the last line cut off", text[:-12], ("line 4", "cells, the header 13")),
        ("a quote never closed", text.replace("KIT,", '"KIT,', 1), ("from line 2 on a quote is never closed",)),
        ("text after a closed quote", text.replace("KIT,", '"KIT"x,', 1), ("from line 2 on text follows",)),
        ("a title above the header", "Items of the company\n" + text, ("line 2 has 13 cells, the header 1",)),
        ("the header missing", written(ITEMS[1:]), ("the column item_id is missing",)),
        ("the header twice", written(ITEMS[:2]) + text, ("unit_cost is not a number", "found: unit_cost", "line 3")),
        ("a totals line below", text + "Total,,,,,52.0,125.0,,,,,,\n", ("family is empty", "line 5, item_id=Total")),
        ("a column twice", twice(ITEMS, "unit_cost"), ("the column stands there twice (found: unit_cost)",)),
        ("a key column twice", twice(ITEMS, "item_id"), ("the column stands there twice (found: item_id)",)),
        ("a column with content and no name", nameless(), ("column 14 has no name",)),
        ("names in capitals", text.replace("item_id", "ITEM_ID", 1), ("rename ITEM_ID to item_id",)),
        ("names with blanks", text.replace("unit_cost", "Unit Cost", 1), ("rename Unit Cost to unit_cost",)),
        ("a needed column missing", without(ITEMS, "family"), ("the column family is missing",)),
        ("an empty file", "", ("the file is empty",)),
        ("a file of blank lines", "\n\n  \n", ("the file is empty",)),
        ("a file of commas", ",,,\n,,,\n", ("the file is empty",)),
        ("a byte order mark and nothing else", "\ufeff", ("the file is empty",)),
        ("one cell of a million characters", text.replace("KIT,", "KIT," + "x" * 1_000_000, 1), ("line 2",)),
    ]
    for name, content, said in cases:
        yield Spoiling("structure", name, "items", put("items", content), REFUSED, said)
    header = written(SALES[:1])
    yield Spoiling("structure", "sales with a header only", "sales", put("sales", header), REFUSED, ("no sales",))
    header = written(rows_of("bom")[:1])
    yield Spoiling("structure", "bom with a header only", "bom", put("bom", header), RIGHT, expected=emptied("bom"))
    extra = written([(*row, "7" if number else "colour") for number, row in enumerate(ITEMS)])
    said = ("colour", "the contract has no such column")
    yield Spoiling("structure", "a column nobody asked for", "items", put("items", extra), WARNED, said)
    near = written(ITEMS).replace("like_factor", "like_facto", 1)
    said = ("rename it to like_factor",)
    yield Spoiling("structure", "a column misspelt", "items", put("items", near), WARNED, said)


def emptied(name: str):
    def change(tables: dict) -> None:
        tables[name] = tables[name].iloc[:0]

    return change


def twice(rows, name: str) -> str:
    at = rows[0].index(name)
    return written([(*row, row[at]) for row in rows])


def without(rows, name: str) -> str:
    at = rows[0].index(name)
    return written([row[:at] + row[at + 1 :] for row in rows])


def nameless() -> str:
    return written([(*row, "7" if number else "") for number, row in enumerate(ITEMS)])


def files():
    text = written(ITEMS).encode()
    parquet = b"PAR1" + b"\0" * 40
    cases = [
        ("compressed under the name of a CSV", put("items", gzip.compress(text)), "is compressed (gzip)"),
        ("compressed as .csv.gz", put("items", gzip.compress(text), end="csv.gz"), "not read from a file of this form"),
        ("a workbook named .csv", put("items", b"PK\x03\x04" + text), "is an Excel workbook or a zip"),
        ("an old workbook named .csv", put("items", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "old Excel workbook"),
        ("an old workbook", put("items", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", end="xls"), "not read from a file of"),
        ("a text file", put("items", text, end="txt"), "not read from a file of this form"),
        ("a file with tabs, .tsv", put("items", text, end="tsv"), "not read from a file of this form"),
        ("Parquet named .csv", put("items", parquet), "the file is Parquet"),
        ("CSV named .parquet", put("items", text, end="parquet"), "the file is not Parquet"),
        ("CSV named .xlsx", put("items", text, end="xlsx"), "not readable as Excel"),
        ("a PDF named .csv", put("items", b"%PDF-1.7\n"), "the file is a PDF"),
        ("a web page named .csv", put("items", b"<html><table></table></html>"), "is a web page or XML"),
        ("JSON named .csv", put("items", b'{"item_id": "KIT"}'), "the file is JSON"),
        ("a folder of that name", replaced_by(Path.mkdir), "is a folder, not a file"),
        ("a link to nowhere", replaced_by(lambda path: path.symlink_to("gone.csv")), "a link to a file that is not"),
        ("a link to itself", replaced_by(lambda path: path.symlink_to(path)), "items.csv"),
        ("a pipe", replaced_by(os.mkfifo), "is no file"),
        ("no file", lambda folder: (folder / "items.csv").unlink(), "has no such file"),
        ("the table in two forms", lambda folder: (folder / "items.parquet").touch(), "the table is there twice"),
        ("the table in two spellings", lambda folder: (folder / "ITEMS.CSV").touch(), "the table is there twice"),
    ]
    for name, spoil, said in cases:
        yield Spoiling("file", name, "items", spoil, REFUSED, ("items", said))
    for end in ("CSV", "Csv"):
        yield Spoiling("file", f"the ending .{end}", "items", put("items", text, end=end), RIGHT)
    yield Spoiling("file", "a name in capitals", "items", renamed("ITEMS.csv"), RIGHT)
    yield Spoiling("file", "a link to the file", "items", linked, RIGHT)
    away = ("items", "a link out of the folder")
    yield Spoiling("file", "a link out of the folder", "items", linked_away, REFUSED, away)
    note = lambda folder: (folder / "README.md").write_text("ours")  # noqa: E731
    yield Spoiling("file", "a note beside the tables", "items", note, RIGHT)
    lock = lambda folder: (folder / "~$items.xlsx").write_bytes(b"x")  # noqa: E731
    yield Spoiling("file", "a lock file of Excel", "items", lock, RIGHT)
    other = lambda folder: (folder / "budgets.csv").write_text("a\n1\n")  # noqa: E731
    yield Spoiling("file", "a table misspelt", "budget", other, WARNED, ("budgets", "did you mean budget?"))
    backup = lambda folder: (folder / "items.csv.bak").write_text("x")  # noqa: E731
    yield Spoiling("file", "a backup beside the table", "items", backup, RIGHT)


def replaced_by(make):
    def spoil(folder: Path) -> None:
        (folder / "items.csv").unlink()
        make(folder / "items.csv")

    return spoil


def renamed(name: str):
    return lambda folder: (folder / "items.csv").rename(folder / name)


def linked(folder: Path) -> None:
    (folder / "items.csv").rename(folder / "items.kept")
    (folder / "items.csv").symlink_to(folder / "items.kept")


def linked_away(folder: Path) -> None:
    shutil.move(folder / "items.csv", folder.parent / f"{folder.name}-items")
    (folder / "items.csv").symlink_to(folder.parent / f"{folder.name}-items")


def words():
    """Texts that mean something to somebody else, in a cell where they are a name."""
    texts = {
        "quotes": 'Kettle "1.7 l"', "an apostrophe": "Joe's kettle", "a comma": "kettle, red",
        "a line end": "two\nlines",
        "a script tag": "<script>alert(1)</script>", "a formula": "=1+1", "a command": "=cmd|'/c calc'!A1",
        "SQL": "'; DROP TABLE items; --", "an emoji": "kettle \U0001f525", "right-to-left text": "قلاية",
        "a word for nothing": "NA", "None": "None", "null": "null", "a percent sign": "100 %", "braces": "{0} %s",
        "markdown": "**bold** | cell", "a very long text": "long " * 500 + "end", "a date": "2025-09-01",
        "a number with zeros": "007", "a comment": "# none", "a path": "..\\..\\etc/passwd", "true": "TRUE",
    }  # fmt: skip
    for name, text in texts.items():
        spoil = cell("items", "description", text)
        yield Spoiling("words", f"{name} in a name", "items", spoil, RIGHT, expected=described(text.strip()))
    for name, text in {"a blank": " KIT ", "a no-break space": "\u00a0KIT\u00a0", "a tab": "\tKIT"}.items():
        yield Spoiling("words", f"{name} around a key", "items", cell("items", "item_id", text), RIGHT)
    keys = {
        "another case": "kit", "a blank inside": "K IT", "a no-break space inside": "K\u00a0IT",
        "a zero more": "0KIT",
        "an invisible space": "KIT\u200b", "a letter of another script": "К\u200aIT", "quotes": '"KIT"',
        "a slip": "KTI",
    }  # fmt: skip
    for name, text in keys.items():
        spoil = cell("sales", "item_id", text)
        yield Spoiling("words", f"a key with {name}", "sales", spoil, REFUSED, ("item_id is not in items",))
    for column in ("item_id", "location_id", "customer_id"):
        text = "1.23457E+12"
        said = ("long number that lost its last digits", "line 2", text)
        spoil = cell("sales", column, text)
        yield Spoiling("words", f"{column} as a spreadsheet rounds it", "sales", spoil, REFUSED, said)
    spoil = whole("items", "description", lambda _: "NaN")
    change = lambda tables: tables["items"].__setitem__("description", "NaN")  # noqa: E731
    yield Spoiling("words", "NaN as a name", "items", spoil, RIGHT, expected=change)


def all_text() -> list[Spoiling]:
    """Every spoiling of this module."""
    assert company()
    return [*encodings(), *separators(), *lines(), *structure(), *files(), *words()]
