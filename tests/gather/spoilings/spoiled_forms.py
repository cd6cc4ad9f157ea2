"""Spoilings of tables kept as Parquet and Excel, and of the files and SQL of a mapping."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from spoilable import REFUSED, RIGHT, Spoil, Spoiling, company, frame


def column(name: str, change) -> Spoil:
    """Change one column of the items in Parquet."""
    return frame("items", lambda made: made.assign(**{name: change(made[name])}))


def held(name: str, kind: pa.DataType, values: list) -> Spoil:
    """The items in Parquet with a column of exactly this type of Arrow."""

    def spoil(folder: Path) -> None:
        (folder / "items.csv").unlink()
        kept = pa.Table.from_pandas(company()["items"], preserve_index=False)
        at = kept.column_names.index(name)
        pq.write_table(kept.set_column(at, name, pa.array(values, kind)), folder / "items.parquet")

    return spoil


def damaged(change) -> Spoil:
    """The items in Parquet, their bytes changed."""

    def spoil(folder: Path) -> None:
        (folder / "items.csv").unlink()
        company()["items"].to_parquet(folder / "items.parquet")
        (folder / "items.parquet").write_bytes(change((folder / "items.parquet").read_bytes()))

    return spoil


def launched(day: str):
    def change(tables: dict) -> None:
        tables["items"]["launch"] = pd.Timestamp(day).as_unit("ns")

    return change


def parquet():
    day, cost = datetime.datetime(2024, 9, 1), [10.0, 40.0, 2.0]
    exact = [decimal.Decimal("10.00"), decimal.Decimal("40.00"), decimal.Decimal("2.00")]
    right = {
        "a plain file": (frame("items", lambda made: None), None),
        "categories": (column("family", lambda c: c.astype("category")), None),
        "a key as the index": (frame("items", lambda made: made.set_index("item_id")), None),
        "an index of its own": (frame("items", lambda made: made.set_index(pd.Index([5, 6, 7]))), None),
        "exact decimals": (held("unit_cost", pa.decimal128(12, 2), exact), None),
        "whole numbers": (held("unit_cost", pa.int16(), [10, 40, 2]), None),
        "unsigned whole numbers": (held("unit_cost", pa.uint64(), [10, 40, 2]), None),
        "single precision": (held("unit_cost", pa.float32(), cost), None),
        "numbers as text": (held("unit_cost", pa.string(), ["10", "40.0", "2"]), None),
        "large text": (held("item_id", pa.large_string(), ["KIT", "PUMP", "SEAL"]), None),
        "a dictionary": (held("family", pa.dictionary(pa.int8(), pa.string()), ["kits", "pumps", "components"]), None),
        "days": (held("launch", pa.date32(), [day.date()] * 3), launched("2024-09-01")),
        "microseconds": (held("launch", pa.timestamp("us"), [day] * 3), launched("2024-09-01")),
        "a time zone": (held("launch", pa.timestamp("ms", "Europe/Berlin"), [day] * 3), launched("2024-09-01")),
        "days as text": (held("launch", pa.string(), ["2024-09-01"] * 3), launched("2024-09-01")),
        "no value of any type": (held("shelf_life", pa.null(), [None] * 3), None),
        "numbers that may be empty": (column("unit_cost", lambda c: c.astype("Float64")), None),
    }
    for name, (spoil, expected) in right.items():
        yield Spoiling("Parquet", name, "items", spoil, RIGHT, expected=expected)
    far = [datetime.datetime(9999, 12, 31)] * 3
    wrong = {
        "a truncated file": (damaged(lambda data: data[:-30]), "not readable as Parquet"),
        "half a file": (damaged(lambda data: data[: len(data) // 2]), "not readable as Parquet"),
        "a file without its head": (damaged(lambda data: data[20:]), "the file is not Parquet"),
        "bytes of nothing in the middle": (damaged(lambda data: data[:-200] + b"\0" * 200), "not readable as Parquet"),
        "an empty file": (damaged(lambda data: b""), "the file is empty"),
        "lists": (held("unit_cost", pa.list_(pa.int8()), [[1], [2, 3], []]), "is not one value but several"),
        "lists of names": (held("item_id", pa.list_(pa.string()), [["KIT"], ["PUMP"], ["SEAL"]]), "but several"),
        "records": (held("family", pa.struct([("a", pa.int8())]), [{"a": 1}] * 3), "is not one value but several"),
        "bytes": (held("family", pa.binary(), [b"kits"] * 3), "is not one value but several"),
        "true and false for numbers": (held("unit_cost", pa.bool_(), [True, False, True]), "true or false"),
        "days for numbers": (held("unit_cost", pa.timestamp("us"), [day] * 3), "looks like a date"),
        "a duration for numbers": (held("unit_cost", pa.duration("s"), [5] * 3), "unit_cost is not a number"),
        "days for names": (held("item_id", pa.date32(), [day.date()] * 3), "looks like a date"),
        "times of the day for days": (held("launch", pa.time32("s"), [5] * 3), "launch is not a date"),
        "whole numbers for days": (held("launch", pa.int32(), [20250901] * 3), "a date written as a number"),
        "serial numbers for days": (held("launch", pa.int32(), [45901] * 3), "Excel's serial number for 2025-09-01"),
        "the year 9999": (held("launch", pa.timestamp("us"), far), "too early or too late"),
        "the year 9999 as days": (held("launch", pa.date32(), [datetime.date(9999, 12, 31)] * 3), "too early or too"),
        "the year 1": (held("launch", pa.date32(), [datetime.date(1, 1, 1)] * 3), "too early or too late"),
        "infinity": (held("unit_cost", pa.float64(), [np.inf, 1, 1]), "a division by zero"),
        "no number": (held("unit_cost", pa.float64(), [np.nan, 1, 1]), "unit_cost is empty"),
        "1e308": (held("unit_cost", pa.float64(), [1e308, 1, 1]), "absurdly large"),
        "the largest whole number": (held("unit_cost", pa.int64(), [2**63 - 1, 1, 1]), "absurdly large"),
        "the largest unsigned number": (held("unit_cost", pa.uint64(), [2**64 - 1, 1, 1]), "absurdly large"),
        "a decimal of 60 digits": (held("unit_cost", pa.decimal256(70, 0), [10**60, 1, 1]), "absurdly large"),
        "keys as rounded numbers": (held("item_id", pa.float64(), [1.5e18, 2, 3]), "lost its last digits"),
        "empty keys": (held("item_id", pa.string(), [None, "PUMP", "SEAL"]), "item_id is empty"),
        "a column twice": (doubled, "the column stands there twice"),
        "no column at all": (frame("items", lambda made: made[[]]), "the column item_id is missing"),
    }
    for name, (spoil, said) in wrong.items():
        yield Spoiling("Parquet", name, "items", spoil, REFUSED, (said,))
    late = pa.timestamp("us", "UTC")
    moved = [each.to_pydatetime() - datetime.timedelta(hours=2) for each in company()["sales"]["bucket"]]

    def utc(folder: Path) -> None:
        (folder / "sales.csv").unlink()
        kept = pa.Table.from_pandas(company()["sales"], preserve_index=False)
        kept = kept.set_column(kept.column_names.index("bucket"), "bucket", pa.array(moved, late))
        pq.write_table(kept, folder / "sales.parquet")

    yield Spoiling("Parquet", "months that begin in another time zone", "sales", utc, REFUSED, ("2025-05-31",))


def doubled(folder: Path) -> None:
    (folder / "items.csv").unlink()
    kept = pa.Table.from_pandas(company()["items"], preserve_index=False)
    pq.write_table(kept.append_column("unit_cost", kept["unit_cost"]), folder / "items.parquet")


def sheet(change) -> Spoil:
    """The items as a workbook, changed; `change` takes the sheet and may give bytes in place of the file."""

    def spoil(folder: Path) -> None:
        path = folder / "items.xlsx"
        (folder / "items.csv").unlink()
        company()["items"].to_excel(path, index=False, sheet_name="items")
        book = openpyxl.load_workbook(path)
        instead = change(book["items"])
        if isinstance(instead, bytes):
            path.write_bytes(instead)
        else:
            book.save(path)
            if callable(instead):
                path.write_bytes(instead(path.read_bytes()))

    return spoil


def setting(where: str, value, shape: str = "") -> Spoil:
    """One cell of the sheet of items set."""

    def change(items) -> None:
        items[where] = value
        if shape:
            items[where].number_format = shape

    return sheet(change)


def excel():
    right = {
        "a plain sheet": sheet(lambda items: None),
        "blank rows above": sheet(lambda items: items.insert_rows(1, 3)),
        "blank rows between": sheet(lambda items: items.insert_rows(3)),
        "a second sheet, empty": sheet(lambda items: items.parent.create_sheet("Sheet2") and None),
        "a second sheet, hidden": sheet(lambda items: hidden(items.parent)),
        "a second sheet of another name": sheet(lambda items: hidden(items.parent, "visible")),
        "blanks around a header": setting("A1", " item_id "),
        "a number as text": setting("F2", "10.0"),
        "cells with blanks below": setting("B9", "  "),
    }
    for name, spoil in right.items():
        yield Spoiling("Excel", name, "items", spoil, RIGHT)
    wrong = {
        "a formula never worked out": (setting("F2", "=5+5"), "no spreadsheet program has worked out"),
        "a formula in a name": (setting("A2", '="KI"&"T"'), "no spreadsheet program has worked out"),
        "an error": (setting("F3", "#REF!"), "sheet items, cell F3, holds an error (#REF!)"),
        "an error in a column not needed": (setting("B4", "#N/A"), "sheet items, cell B4, holds an error (#N/A)"),
        "merged cells": (sheet(lambda items: items.merge_cells("C2:C3")), "the cells C2:C3 are merged"),
        "a merged title above": (sheet(titled), "are merged"),
        "a title above": (sheet(lambda items: titled(items, False)), "has no header"),
        "a hidden row": (sheet(lambda items: setattr(items.row_dimensions[3], "hidden", True)), "row 3 is hidden"),
        "a note beside the table": (setting("P3", "ask Joe"), "column P has no header"),
        "two sheets of other names": (sheet(lambda items: renamed(items)), "the workbook has several sheets: a, b"),
        "no sheet filled": (sheet(lambda items: items.delete_rows(1, 99)), "no sheet holds anything"),
        "a header alone": (sheet(lambda items: items.delete_rows(2, 99)), "item_id is not in items"),
        "a date for a number": (setting("F2", datetime.datetime(2025, 5, 1)), "looks like a date"),
        "a date for a name": (setting("A2", datetime.datetime(2025, 5, 1)), "looks like a date"),
        "true for a number": (setting("F2", True), "looks like true or false"),
        "a word for a number": (setting("F2", "ten"), "items [row 2, item_id=KIT]: unit_cost is not a number"),
        "a decimal comma as text": (setting("F2", "1,5"), "looks like a decimal comma"),
        "a serial number for a date": (setting("J2", 45901), "Excel's serial number for 2025-09-01"),
        "a date as text": (setting("J2", "01.09.2025"), "a date of another form"),
        "a name of 18 digits": (setting("A2", 123456789012345678), "lost its last digits"),
        "1e308": (setting("F2", 1e308), "absurdly large"),
        "a key twice": (setting("A3", "KIT"), "items [row 2, item_id=KIT]: the key stands there more than once"),
        "a header twice": (setting("B1", "unit_cost"), "the column stands there twice"),
        "half a file": (sheet(lambda items: lambda data: data[: len(data) // 2]), "not readable as Excel"),
        "a file cut at its end": (sheet(lambda items: lambda data: data[:-10]), "not readable as Excel"),
        "a locked or old workbook": (sheet(lambda items: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "by a password"),
        "an archive of nothing": (sheet(lambda items: b"PK\x05\x06" + b"\0" * 18), "not readable as Excel"),
        "a web page": (sheet(lambda items: b"<html></html>"), "is a web page"),
    }
    for name, (spoil, said) in wrong.items():
        yield Spoiling("Excel", name, "items", spoil, REFUSED, (said,))


def hidden(book, state: str = "hidden") -> None:
    book.create_sheet("notes").append(["a", "b"])
    book["notes"].sheet_state = state


def renamed(items) -> None:
    items.title = "a"
    items.parent.create_sheet("b").append(["x"])


def titled(items, merged: bool = True) -> None:
    items.insert_rows(1)
    items["A1"] = "Items"
    if merged:
        items.merge_cells("A1:D1")


QUERY = "SELECT item_id, family, unit_cost, unit_price FROM 'items.csv'"
"""How the mapping of the company makes its items."""

MAPPING = (
    ("no SELECT", "DROP TABLE items", "the file is not one SELECT"),
    ("two SELECTs", f"{QUERY}; {QUERY}", "the file is not one SELECT"),
    ("nothing", "", "the file is not one SELECT"),
    ("a comment alone", "-- later", "the file is not one SELECT"),
    ("bad SQL", "SELECT FROM WHERE", "DuckDB says: Parser Error"),
    ("a quote not ended", "SELECT 'KIT AS item_id", "that begins in line 1 does not end"),
    ("a column that is not there", QUERY.replace("family", "famly"), "famly"),
    ("a file that is not there", QUERY.replace("items.csv", "item.csv"), "did you mean items.csv?"),
    ("a file elsewhere", "SELECT * FROM '../../secret.csv'", "items.sql"),
    ("a file that is empty", "SELECT * FROM 'empty.csv'", "items"),
    ("a Parquet file that is none", "SELECT * FROM 'items.csv.parquet'", "items.sql"),
    ("another name bound", "SELECT :today AS item_id", "only :as_of is known"),
    ("a division by zero", QUERY.replace("unit_cost", "1 / 0 AS unit_cost"), "unit_cost is not a number"),
    ("a word for a number", QUERY.replace("unit_cost", "'ten' AS unit_cost"), "unit_cost is not a number"),
    ("a sum of words", QUERY.replace("unit_cost", "sum(family) AS unit_cost"), "DuckDB says"),
    ("a column missing", "SELECT item_id, family FROM 'items.csv'", "the column unit_cost is missing"),
    ("a column misspelt", QUERY.replace("unit_cost", "unit_cost AS unit_costs"), "rename unit_costs to unit_cost"),
    ("lists", QUERY.replace("family", "[family] AS family"), "is not one value but several"),
    ("records", QUERY.replace("family", "{'a': family} AS family"), "is not one value but several"),
    ("bytes", QUERY.replace("family", "family::BLOB AS family"), "is not one value but several"),
    ("an interval for a number", QUERY.replace("unit_cost", "INTERVAL 1 DAY AS unit_cost"), "is not a number"),
    ("true for a number", QUERY.replace("unit_cost", "true AS unit_cost"), "is not a number"),
    ("a date for a number", QUERY.replace("unit_cost", "DATE '2025-09-01' AS unit_cost"), "looks like a date"),
    ("a date for a name", QUERY.replace("item_id", "DATE '2025-09-01' AS item_id"), "item_id is not text"),
    ("a number for a date", f"{QUERY[:7]} 45901 AS launch, {QUERY[7:]}", "Excel's serial number for 2025-09-01"),
    ("a date that never comes", f"{QUERY[:7]} DATE '9999-12-31' AS launch, {QUERY[7:]}", "too early or too late"),
    ("an endless date", f"{QUERY[:7]} DATE 'infinity' AS launch, {QUERY[7:]}", "DuckDB says"),
    ("a number of 1e300", QUERY.replace("unit_cost", "1e300 AS unit_cost"), "absurdly large"),
    ("every row twice", f"{QUERY} UNION ALL {QUERY}", "the key stands there more than once"),
    ("rows without a key", QUERY.replace("item_id", "NULL AS item_id"), "item_id is empty"),
    ("no row", f"{QUERY} WHERE false", "item_id is not in items"),
    ("a workbook that is none", "SELECT * FROM 'items.csv.xlsx'", "items.csv.xlsx: not readable as Excel"),
)
"""What is done to items.sql, the SQL, and a word of what is said."""


def all_forms() -> list[Spoiling]:
    """Every spoiling of this module but those of the mapping."""
    return [*parquet(), *excel()]
