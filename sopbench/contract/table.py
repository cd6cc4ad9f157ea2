"""How a table of the contract is described: its columns with types, units, limits and meaning, and its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

REQUIRED = object()
"""Marks a column that a table must have and that may never be empty."""

DTYPES = {"text": "object", "number": "float64", "integer": "int64", "bucket": "datetime64[ns]", "flag": "bool"}


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, meaning (with unit), what stands in for a missing value, and its limits.

    `default` is REQUIRED, or the value used where the column or a cell is missing: None leaves it empty
    (NaN for a number, NaT for a bucket), which only numbers and buckets may be.
    """

    name: str
    kind: str
    meaning: str
    default: Any = REQUIRED
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a table without this column, or with an empty cell in it, is refused."""
        return self.default is REQUIRED

    @property
    def dtype(self) -> str:
        """The pandas dtype the column has in every table of the contract."""
        return DTYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One table that crosses a step: who makes it, its key, its columns in order, and what it holds.

    `optional` tables may be absent from a company's data; they are then empty.
    `as_of` tables hold one snapshot a date in a company's data; gather keeps the one of the cycle.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    meaning: str
    optional: bool = False

    @property
    def names(self) -> list[str]:
        """The column names, in order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    def empty(self) -> pd.DataFrame:
        """The table with no row, every column of its type."""
        return pd.DataFrame({column.name: pd.Series(dtype=column.dtype) for column in self.columns})


def text(name: str, meaning: str, default: Any = REQUIRED, choices: tuple[str, ...] = ()) -> Column:
    """A column of text; an empty default means "does not apply"."""
    return Column(name, "text", meaning, default, choices=choices)


def number(
    name: str, meaning: str, default: Any = REQUIRED, minimum: float | None = 0.0, maximum: float | None = None
) -> Column:
    """A column of quantities, money or rates; at least 0 unless said otherwise."""
    return Column(name, "number", meaning, default, minimum, maximum)


def integer(
    name: str, meaning: str, default: Any = REQUIRED, minimum: float | None = 0, maximum: float | None = None
) -> Column:
    """A column of whole numbers, at least 0 unless said otherwise."""
    return Column(name, "integer", meaning, default, minimum, maximum)


def bucket(name: str, meaning: str, default: Any = REQUIRED) -> Column:
    """A column of dates: a bucket is named by its first day."""
    return Column(name, "bucket", meaning, default)


def flag(name: str, meaning: str, default: Any = REQUIRED) -> Column:
    """A column of true or false."""
    return Column(name, "flag", meaning, default)
