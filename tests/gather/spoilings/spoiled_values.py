"""Spoilings of single cells of CSV files, in every table of the contract: numbers, dates, words, keys."""

from __future__ import annotations

from itertools import count, cycle

import pandas as pd
from spoilable import REFUSED, RIGHT, Spoiling, cell, company, put, rows_of, whole, written

from sopbench.contract import INPUT_TABLES, Column
from sopbench.params import Csv

NUMBERS = {
    "a decimal comma": ("1,5", "gather.csv.decimal"),
    "thousands with a comma": ("1,200", "thousands or a decimal comma"),
    "thousands with a comma and a point": ("1,200.50", "thousands parted"),
    "thousands with a point and a comma": ("1.200,50", "thousands parted"),
    "thousands with a blank": ("1 200", "thousands or a decimal comma"),
    "thousands with a no-break space": ("1\u00a0200", "thousands or a decimal comma"),
    "thousands with an apostrophe": ("1'200", "thousands or a decimal comma"),
    "a currency sign": ("€12", "looks like money"),
    "a currency code": ("12.50 EUR", "looks like money"),
    "a percent sign": ("12%", "looks like a percentage"),
    "a unit": ("12 pcs", ""),
    "a word": ("ten", ""),
    "a question mark": ("?", "a word for nothing"),
    "a dash": ("-", "a word for nothing"),
    "N/A": ("N/A", "a word for nothing"),
    "NaN": ("NaN", "a word for nothing"),
    "null": ("null", "a word for nothing"),
    "an error of a spreadsheet": ("#REF!", "an error of a spreadsheet"),
    "another error of a spreadsheet": ("#DIV/0!", "an error of a spreadsheet"),
    "a formula": ("=1+1", "looks like a formula"),
    "infinity": ("inf", "a division by zero"),
    "minus infinity": ("-Infinity", "a division by zero"),
    "1e308": ("1e308", "absurdly large"),
    "1e999": ("1e999", "absurdly large"),
    "300 digits": ("9" * 300, "absurdly large"),
    "5,000 digits": ("9" * 5000, "absurdly large"),
    "more than 64 bits": ("99999999999999999999", "absurdly large"),
    "a sign behind": ("12-", "accountants"),
    "brackets for a minus": ("(12)", "accountants"),
    "digits of another script": ("١٢", "not in the digits 0 to 9"),
    "wide digits": ("１２", "not in the digits 0 to 9"),
    "an underscore": ("1_200", ""),
    "hexadecimal": ("0x1A", ""),
    "two points": ("1.2.3", ""),
    "a date": ("2025-09-01", "looks like a date"),
    "a date of a spreadsheet": ("01.05.2025", ""),
    "a fraction": ("1/2", ""),
    "true": ("TRUE", ""),
    "a script tag": ("<script>1</script>", ""),
    "a typographic minus": ("−5", "not in the digits 0 to 9"),
}
"""What stands in place of a number, and a word of what the message says it looks like."""

GOOD_NUMBERS = {
    "blanks around": " 12 ", "a plus sign": "+12", "an exponent": "1.2e1", "no digit before the point": "12.",
    "zeros in front": "0012", "zeros behind": "12.000000000000000000000", "a no-break space behind": "12\u00a0",
}  # fmt: skip

DATES = {
    "day, month, year with points": ("01.09.2025", "gather.csv.dates"),
    "month/day/year": ("9/1/2025", "gather.csv.dates"),
    "day-month-year": ("01-09-2025", "gather.csv.dates"),
    "two digits for the year": ("1.9.25", "gather.csv.dates"),
    "year/month/day": ("2025/09/01", "gather.csv.dates"),
    "month and year": ("09/2025", "gather.csv.dates"),
    "Excel's serial number": ("45901", "Excel's serial number for 2025-09-01"),
    "Excel's serial number with a time": ("45901.5", "Excel's serial number for 2025-09-01"),
    "a month as a number": ("202509", "a date written as a number"),
    "seconds since 1970": ("1756684800", "seconds since 1970"),
    "milliseconds since 1970": ("1756684800000", "seconds since 1970"),
    "a month in words": ("September 2025", ""),
    "a week": ("2025-W36", ""),
    "a quarter": ("2025-Q3", ""),
    "a year alone": ("2025", ""),
    "the 30th of February": ("2025-02-30", ""),
    "month 13": ("2025-13-01", ""),
    "zeros": ("0000-00-00", "too early or too late"),
    "the year 1": ("0001-01-01", "too early or too late"),
    "the year 9999": ("9999-12-31", "too early or too late"),
    "the year 2262": ("2262-04-12", "too early or too late"),
    "the year 12025": ("12025-09-01", ""),
    "a word": ("tomorrow", ""),
    "N/A": ("N/A", "a word for nothing"),
    "an error of a spreadsheet": ("#VALUE!", "an error of a spreadsheet"),
    "true": ("true", ""),
}
"""What stands in place of a date, and a word of what the message says it looks like."""

GOOD_DATES = {
    "a time of midnight": "2025-09-01 00:00:00", "a time with zone": "2025-09-01T00:00:00Z", "a month": "2025-09",
    "eight digits": "20250901", "blanks around": " 2025-09-01 ", "an offset": "2025-09-01T00:00:00+02:00",
}  # fmt: skip


def everywhere():
    """For every column of every table something that cannot stand there, another for each; a table's at once."""
    numbers, dates = cycle(NUMBERS.items()), cycle(DATES.items())
    for table in INPUT_TABLES:
        rows = [list(each) for each in rows_of(table.name)]
        ways = []
        for column in table.columns:
            if column.kind in ("number", "integer"):
                said, looks = next(numbers)[1]
            elif column.kind == "bucket":
                said, looks = next(dates)[1]
            elif column.kind == "flag":
                said, looks = "sometimes", ""
            elif column.choices:
                said, looks = "neither", f"is none of {', '.join(column.choices)}"
            elif column.required:
                said, looks = "  ", f"{column.name} is empty"
            else:
                continue
            rows[1][rows[0].index(column.name)] = said
            ways.append((f"{table.name} [line 2", f"]: {column.name} ", looks, *shown(said)))
        what = f"every column of {table.name}"
        yield Spoiling("a cell", what, table.name, put(table.name, written(rows)), REFUSED, ways=tuple(ways))


def shown(said: str) -> list[str]:
    """What of a value a message must repeat."""
    return [f"(found: {said})"] if said.strip() and len(said) < 50 and said.isprintable() else []


def refused(table: str, column: Column, name: str, said: str, looks: str) -> Spoiling:
    told = (f"{table} [line 2", column.name, looks, said if shown(said) else "")
    what = f"{name} as {table}.{column.name}"
    kind = {"bucket": "date", "integer": "number"}.get(column.kind, column.kind)
    return Spoiling(f"a {kind}", what, table, cell(table, column.name, said), REFUSED, told)


def by_hand():
    """What the walk through all columns did not come to, in the tables where it is likeliest."""
    qty, bucket = column("sales", "qty_ordered"), column("sales", "bucket")
    columns = sum(each.kind in ("number", "integer") for table in INPUT_TABLES for each in table.columns)
    for name, (said, looks) in list(NUMBERS.items())[columns:]:
        yield refused("sales", qty, name, said, looks)
    for name, (said, looks) in DATES.items():
        yield refused("sales", bucket, name, said, looks)
    for name, said in GOOD_NUMBERS.items():
        spoil = cell("on_hand", "qty", said, 3)
        yield Spoiling("a number", f"{name} as on_hand.qty", "on_hand", spoil, RIGHT, expected=stock_of_seals(12.0))
    for name, said in {"minus zero": "-0", "the least number there is": "5e-324"}.items():
        spoil = cell("on_hand", "qty", said, 3)
        expected = stock_of_seals(abs(float(said)))
        yield Spoiling("a number", f"{name} as on_hand.qty", "on_hand", spoil, RIGHT, expected=expected)
    for name, said in GOOD_DATES.items():
        yield Spoiling("a date", f"{name} as on_hand.as_of", "on_hand", cell("on_hand", "as_of", said), RIGHT)
    for name, said in {"a fraction": "1.5", "a half in words": "half", "a negative one": "-1"}.items():
        yield refused("sources", column("sources", "lead_time"), name, said, "")
    for name, said in {"yes": "yes", "Y": "Y", "1": "1", "TRUE": "TRUE", "1.0": "1.0", "t": "t"}.items():
        spoil = cell("sales", "stockout", said)
        yield Spoiling("a flag", f"{name} as sales.stockout", "sales", spoil, RIGHT, expected=ran_out)
    for said in ("ja", "X", "2", "-1", "WAHR"):
        yield refused("sales", column("sales", "stockout"), said, said, "")
    for table, name in {"on_hand": "qty", "items": "unit_cost", "bom": "qty_per", "capacity": "regular_hours"}.items():
        yield refused(table, column(table, name), "a negative one", "-3", "is below")
    for said in ("2025-08-15", "2025-08-31T22:00:00Z"):
        told = ("does not start on the first day", said[:10])
        spoil = cell("sales", "bucket", said)
        yield Spoiling("a date", f"{said} as sales.bucket", "sales", spoil, REFUSED, told)


def column(table: str, name: str) -> Column:
    return next(each for each in INPUT_TABLES if each.name == table).column(name)


def stock_of_seals(units: float):
    def change(tables: dict) -> None:
        tables["on_hand"].loc[3, "qty"] = units

    return change


def ran_out(tables: dict) -> None:
    tables["sales"].loc[0, "stockout"] = True


def keys():
    """Rows that stand there twice, by their key."""
    for table in INPUT_TABLES:
        rows = rows_of(table.name)
        text = written([*rows, rows[1]])
        told = ("the key stands there more than once", f"line {len(rows) + 1}")
        yield Spoiling("a key", f"a row of {table.name} twice", table.name, put(table.name, text), REFUSED, told)
    spoil = put("items", written([*rows_of("items"), (" KIT", *rows_of("items")[1][1:])]))
    told = ("the key stands there more than once", "line 5, item_id=")
    yield Spoiling("a key", "two keys that differ by a blank", "items", spoil, REFUSED, told)
    numbers = count(1)
    for table, name in {"items": "item_id", "locations": "location_id", "customers": "customer_id"}.items():
        spoil = whole(table, name, lambda _: f"{next(numbers)}")
        yield Spoiling("a key", f"every {name} renumbered", table, spoil, REFUSED, ("is not in",))
    spoil = whole("sales", "item_id", "")
    yield Spoiling("a key", "every item empty", "sales", spoil, REFUSED, ("item_id is empty", "more rows"))


def forms():
    """Whole files in the form another country or program writes, stated and not."""
    german = Csv(decimal=",", thousands=".", dates="%d.%m.%Y")
    forms = {
        "German numbers and dates": (german, lambda x: f"{x:,.2f}".translate(str.maketrans(",.", ".,")), "%d.%m.%Y"),
        "French numbers": (Csv(decimal=",", thousands=" "), lambda x: f"{x:,.2f}".translate({44: 32, 46: 44}), ""),
        "Swiss numbers": (Csv(thousands="'"), lambda x: f"{x:,.2f}".replace(",", "’"), ""),
        "American numbers and dates": (Csv(thousands=",", dates="%m/%d/%Y"), lambda x: f"{x:,.2f}", "%m/%d/%Y"),
        "no-break spaces for thousands": (
            Csv(decimal=",", thousands=" "), lambda x: f"{x:,.2f}".translate({44: 160, 46: 44}), "",
        ),
        "months alone": (Csv(dates="%Y%m"), str, "%Y%m"),
    }  # fmt: skip
    for name, (form, number, date) in forms.items():
        stated = everything_in(number, date)
        yield Spoiling("form", f"{name}, stated", "sales", stated, RIGHT, form=form)
        said = ("gather.csv" if name != "months alone" else "a date written as a number",)
        yield Spoiling("form", f"{name}, not stated", "sales", stated, REFUSED, said)
        if name.startswith(("German", "American")):
            spoil = lambda _: 0  # noqa: E731
            looks = ("does not fit gather.csv",)
            yield Spoiling("form", f"plain files where {name} are stated", "sales", spoil, REFUSED, looks, form=form)


def everything_in(number, date: str):
    """Write every table with its numbers and dates in another form."""

    def spoil(folder) -> None:
        for path in folder.iterdir():
            frame = company()[path.stem].copy()
            for each in next(each for each in INPUT_TABLES if each.name == path.stem).columns:
                if each.kind == "number":
                    frame[each.name] = frame[each.name].map(lambda x: "" if pd.isna(x) else number(x))
                if each.kind == "bucket" and date:
                    frame[each.name] = frame[each.name].dt.strftime(date)
            path.write_text(frame.to_csv(index=False))

    return spoil


def all_values() -> list[Spoiling]:
    """Every spoiling of this module."""
    return [*everywhere(), *by_hand(), *keys(), *forms()]
