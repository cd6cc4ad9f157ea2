"""Reads the cells of a column as what the contract wants there: text, numbers, dates, true or false.

Every reader takes a column as any library left it and gives its values and where something stands that gave none.
Nothing is guessed: what could be read in two ways is not read.
"""

from __future__ import annotations

import datetime
import numbers as kinds
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import infer_dtype, is_scalar

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
"""A number in text: digits, a decimal point, an exponent."""

PLAIN = r"^-?[0-9]{1,15}(\.[0-9]{1,25})?$"
"""A number in text as nearly all are, which Arrow reads at once."""

DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?|(\d\d)(\d\d))"
    r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?))?)?",
    re.ASCII,
)
"""A date in ISO 8601: 2025-09, 2025-09-01 or 20250901; the time of the day may follow and does not count."""

ROUNDED = re.compile(r"\d[.,]\d+E\+\d\d+", re.ASCII)
"""How a spreadsheet writes a long number it has rounded."""

EARLIEST, LATEST = pd.Timestamp("1900-01-01"), pd.Timestamp("2199-12-31")
"""Dates outside are stand-ins for "never" or slips, and pandas cannot hold all of them."""

ABSURD = 1e15
"""Numbers of this size or more are slips, and no longer exact: nobody sells so many units or so much money."""

WORDS = dict.fromkeys(("true", "t", "yes", "y", "1", "1.0"), True)
WORDS |= dict.fromkeys(("false", "f", "no", "n", "0", "0.0"), False)

Read = tuple[pd.Series, pd.Series]
"""The values, and where something stands that gave none."""


class Misfit:
    """A cell that is known to hold no single value of the form agreed: what it says, what it looks like, the mend."""

    def __init__(self, said: str, looks: str, mend: str):
        self.said, self.looks, self.mend = said, looks, mend

    def __str__(self) -> str:
        return self.said


def single(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with lists, records and bytes in it made `Misfit`; all other cells as they are."""
    mixed = ("mixed", "bytes", "mixed-integer")
    wrong = [
        number
        for number, dtype in enumerate(frame.dtypes)
        if dtype.kind == "O" and infer_dtype(frame.iloc[:, number], skipna=True) in mixed
    ]
    if not wrong:
        return frame
    columns = [frame.iloc[:, number] for number in range(frame.shape[1])]
    return pd.concat([each.map(_single) if number in wrong else each for number, each in enumerate(columns)], axis=1)


def _single(value: object) -> object:
    if isinstance(value, Misfit) or (is_scalar(value) and not isinstance(value, bytes)):
        return value
    return Misfit(str(value), "is not one value but several", "give one value in each cell (in SQL: unnest)")


def text(raw: pd.Series) -> Read:
    """Text without blanks around it, accents in one spelling; whole numbers lose the fraction they never had.

    Not read: dates and numbers of more digits than their type keeps (a spreadsheet made them of something else).
    """
    codes, words = pd.factorize(_plain(raw))  # cleaned once each: tables repeat few words in many rows
    cleaned = [word(each) for each in words]
    unread = np.array([each is None for each in cleaned] + [False], dtype=bool)
    values = np.array([each or None for each in cleaned] + [None], dtype=object)
    return pd.Series(values[codes], index=raw.index), pd.Series(unread[codes], index=raw.index)


def word(value: object) -> str | None:
    """The text a cell holds; None where it is none, or a spreadsheet made it of something else."""
    if isinstance(value, Misfit | datetime.date | datetime.time | np.datetime64 | datetime.timedelta):
        return None
    if isinstance(value, float | np.floating):
        if abs(value) >= ABSURD:
            return None
        value = int(value) if value == int(value) else float(value)
    said = unicodedata.normalize("NFC", str(value)).strip()
    return None if ROUNDED.fullmatch(said) else said


def numbers(raw: pd.Series) -> Read:
    """Numbers from numbers, or from text in plain form (1200.5); true, false and dates are none."""
    raw = _plain(raw)
    if raw.dtype.kind in "iuf":
        values = raw.astype("float64")
        return values, pd.Series(np.isinf(values), index=raw.index)
    if raw.dtype.kind != "O":
        return pd.Series(np.nan, index=raw.index), raw.notna()
    if infer_dtype(raw, skipna=True) in ("string", "empty"):
        values = _numbers_in(raw)
    else:
        values = raw.map(_number).astype("float64")
    values = values.where(~np.isinf(values))
    return values, _unread(values, raw)


def _numbers_in(words: pd.Series) -> pd.Series:
    """The numbers in a column of text: at once where all are plain, which long columns are."""
    try:
        held = pa.array(words, pa.string(), from_pandas=True)
    except (pa.ArrowException, UnicodeError):
        held = pa.nulls(0, pa.string())
    if len(held) and pc.all(pc.match_substring_regex(held, PLAIN)).as_py():
        return pd.Series(held.cast(pa.float64()).to_numpy(zero_copy_only=False), index=words.index)
    stripped = words.str.strip()
    fits = stripped.str.fullmatch(NUMBER.pattern, flags=re.ASCII, na=False)
    return stripped.where(fits).astype("float64")


def _number(value: object) -> float:
    if isinstance(value, str):
        return float(value) if NUMBER.fullmatch(value.strip()) else np.nan
    if isinstance(value, bool | np.bool_ | datetime.timedelta) or not isinstance(value, kinds.Real | Decimal):
        return np.nan
    try:
        return float(value)
    except OverflowError:
        return np.nan


def integers(raw: pd.Series) -> Read:
    """Whole numbers, as `numbers`; those with a fraction are not read."""
    values, unread = numbers(raw)
    return values, unread | (values.notna() & (values % 1 != 0))


def dates(raw: pd.Series) -> Read:
    """Days from dates or ISO text (2025-09, 2025-09-01), as clocks on the wall showed; numbers are not guessed at."""
    raw = _plain(raw)
    if isinstance(raw.dtype, pd.DatetimeTZDtype):
        raw = raw.dt.tz_localize(None)
    if raw.dtype.kind == "M":
        values = raw.where((raw >= EARLIEST) & (raw < LATEST + pd.Timedelta(days=1)))
        return values.astype("datetime64[ns]").dt.normalize(), values.isna() & raw.notna()
    if raw.dtype.kind != "O":
        return pd.Series(pd.NaT, index=raw.index), raw.notna()
    codes, words = pd.factorize(raw)  # read once each: tables repeat few days in many rows
    days = pd.to_datetime([_day(word) for word in words] + [None], format="%Y-%m-%d", errors="coerce")
    days = days.where((days >= EARLIEST) & (days <= LATEST)).astype("datetime64[ns]")
    values = pd.Series(days.to_numpy()[codes], index=raw.index)
    return values, _unread(values, raw)


def _day(value: object) -> str | None:
    """The day a date or a text names, as 2025-09-01."""
    if isinstance(value, datetime.date | np.datetime64):
        value = str(value)[:10]
    found = DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        return None
    year, month, day, plain_month, plain_day = found.groups()
    return f"{year}-{month or plain_month}-{day or plain_day or '01'}"


def flags(raw: pd.Series) -> Read:
    """True or false from these, 1 or 0, yes or no."""
    raw = _plain(raw)
    values = raw.astype(object).where(raw.notna(), None).map(lambda value: WORDS.get(str(value).strip().lower()))
    return values, _unread(values, raw)


READERS: dict[str, Callable[[pd.Series], Read]] = {
    "text": text,
    "number": numbers,
    "integer": integers,
    "bucket": dates,
    "flag": flags,
}
"""The reader of each kind of column."""


def _plain(raw: pd.Series) -> pd.Series:
    """The column as numpy's numbers, dates or objects, whatever made it."""
    if isinstance(raw.dtype, pd.CategoricalDtype):
        raw = raw.astype(raw.cat.categories.dtype)
    if isinstance(raw.dtype, pd.PeriodDtype):
        return raw.dt.to_timestamp()
    if isinstance(raw.dtype, np.dtype | pd.DatetimeTZDtype):
        return raw
    return pd.Series(raw.to_numpy(dtype=object, na_value=None), index=raw.index, dtype=object)


def _unread(values: pd.Series, raw: pd.Series) -> pd.Series:
    """Where something stands that gave no value; blanks are not something."""
    unread = values.isna() & raw.notna()
    if unread.any():
        blank = raw[unread].astype(str).str.strip() == ""
        unread.loc[blank[blank].index] = False
    return unread
