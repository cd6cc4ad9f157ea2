"""What a cell that cannot be read looks like, so that the message says what to do about it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from sopbench.contract.values import ABSURD, NUMBER, ROUNDED, Misfit

NOTHING = {"na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "–", "?", "nat", "(null)", "(blank)", "\\n"}
"""Words people and programs write where there is nothing."""

CURRENCY = re.compile(r"[$€£¥₹]|\b(?:EUR|USD|GBP|CHF|JPY|CNY)\b", re.IGNORECASE)
SERIAL = (20_000, 80_000)
"""Days since the end of 1899 by which spreadsheets count dates: 1954 to 2119."""


def looks_like(kind: str, value: object) -> tuple[str, str]:
    """What a value that a column of `kind` cannot hold looks like, and the mend; two empty texts where that is open."""
    if isinstance(value, Misfit):
        return value.looks, value.mend
    said = str(value).strip()
    if kind != "text" and said.lower() in NOTHING:
        return "looks like a word for nothing", "leave the cell empty"
    if said.startswith("#") and re.fullmatch(r"#[A-Z0-9/]+[!?]?", said):
        return "looks like an error of a spreadsheet", "mend the formula there"
    if said.startswith("="):
        return "looks like a formula", "hand in its result"
    if kind in ("number", "integer"):
        return _like_number(said, value)
    if kind == "bucket":
        return _like_date(said, value)
    if kind == "text":
        return _like_text(said, value)
    return "", ""


def _like_number(said: str, value: object) -> tuple[str, str]:
    if isinstance(value, bool | np.bool_):
        return "looks like true or false", ""
    if isinstance(value, pd.Timestamp) or re.fullmatch(r"\d{4}-\d\d-\d\d.*", said):
        return "looks like a date", "see that the column is not formatted as dates"
    if re.fullmatch(r"[+-]?\d{1,3}([.,' \u00a0\u202f’])\d{3}(\1\d{3})*", said):
        return (
            "looks like thousands or a decimal comma",
            "write 1200 or 1.2; for CSV say gather.csv.thousands or decimal",
        )
    if re.fullmatch(r"[+-]?\d*,\d+", said):
        return "looks like a decimal comma", "write 1.5; for CSV say gather.csv.decimal"
    if re.fullmatch(r"[+-]?\d{1,3}([.,' \u00a0\u202f’]\d{3})+[.,]\d+", said):
        return "looks like a number with thousands parted", "write 1200.5; for CSV say gather.csv.thousands"
    if said.endswith("%"):
        return "looks like a percentage", "give the share: 0.12 for 12 %"
    if CURRENCY.search(said):
        return "looks like money with its currency", "give the number alone"
    if re.fullmatch(r"[\d.,]+-|\([\d.,]+\)", said):
        return "looks like a negative number as accountants write it", "put the sign in front: -5"
    if said.lower().lstrip("+-") in ("inf", "infinity", "∞"):
        return "looks like a division by zero", "leave the cell empty, or give the number"
    if re.search(r"\d\s+\d", said):
        return "looks like a number with blanks in it", "write 1200; for CSV say gather.csv.thousands"
    if NUMBER.fullmatch(said):
        return ("is absurdly large", "") if abs(float(said)) >= ABSURD else ("has a fraction", "")
    if not said.isascii() and any(character.isdigit() for character in said):
        return "is not in the digits 0 to 9", "write 1200.5"
    return "", ""


def _like_date(said: str, value: object) -> tuple[str, str]:
    mend = "write it like 2025-09-01"
    if re.fullmatch(r"\d+(\.\d*)?", said, re.ASCII) and len(said) < 16:
        number = float(said)
        if SERIAL[0] <= number <= SERIAL[1]:
            day = pd.Timestamp("1899-12-30") + pd.Timedelta(days=int(number))
            return f"looks like Excel's serial number for {day:%Y-%m-%d}", "format the column as dates, and " + mend
        if re.fullmatch(r"(19|20|21)\d\d(0[1-9]|1[0-2])([0-3]\d)?(\.0)?", said):
            return "looks like a date written as a number", mend
        if 1e9 <= number < 1e10 or 1e12 <= number < 1e13:
            return "looks like seconds since 1970", mend
    if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*|\d{1,2}[./-]\d{4}|\d{4}[./]\d{1,2}([./]\d{1,2})?.*", said):
        return "looks like a date of another form", mend + ", or for CSV say gather.csv.dates"
    year = re.match(r"(\d{4,})-\d\d", said)
    if year and not 1900 <= int(year[1][:9]) <= 2199:
        return "is too early or too late to be true", "leave the cell empty where there is no date"
    return "", ""


def _like_text(said: str, value: object) -> tuple[str, str]:
    if ROUNDED.fullmatch(said) or (NUMBER.fullmatch(said) and not isinstance(value, str)):
        return "looks like a long number that lost its last digits", "keep the column as text where it comes from"
    return "looks like a date", "keep the column as text where it comes from"
