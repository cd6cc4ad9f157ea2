"""A sheet of the plan's workbook: its table, what its columns hold, and sums over it as Excel formulas."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

NUMBERS = {"number": "#,##0", "forecast": "#,##0.0", "share": "0.0%", "price": "#,##0.00"}
"""The formats of figures, thousands separated."""

SHARES = ("load over regular hours",)
PRICES = ("list price", "worth of one more hour")
LONG = ("question", "recommendation", "because")
FORECASTS = ("history alone", "low (p10)", "high (p90)", "sales says", "marketing says", "finance says", "consensus")
MIXED = ("value", "difference to base")
"""Columns of scenarios in which shares stand below money; each row is written by its unit."""

WRAPPED = 60
"""How wide a column of long texts is, in letters; they go on in the next line."""

HIGH = 15
"""How high a line of text is, in points."""


@dataclass(frozen=True)
class Sheet:
    """A table on a sheet of its own; `rows` counts all it should hold, `live` are columns that Excel reckons."""

    name: str
    table: str
    frame: pd.DataFrame
    rows: int
    live: dict[str, tuple[str, pd.Series]] = field(default_factory=dict)

    def kind(self, column: str) -> str:
        """What a column holds: bucket, date, text, long (text), or how its figures are written."""
        values = self.frame[column]
        if pd.api.types.is_datetime64_any_dtype(values):
            return "date" if column == "due" else "bucket"
        if not pd.api.types.is_numeric_dtype(values):
            return "long" if column in LONG and self.table in ("Decisions", "Shortages") else "text"
        if column in MIXED and self.table == "Scenarios":
            return "mixed"
        kinds = {"share": SHARES, "price": PRICES, "forecast": FORECASTS}
        return next((kind for kind, names in kinds.items() if column in names), "number")

    def width(self, column: str, kind: str) -> float:
        """How wide a column is, in letters: its head with the filter's button, and what it holds."""
        if kind == "long":
            return WRAPPED
        values = self.values(column)
        if kind == "text":
            longest = values.astype(str).str.len().quantile(0.98) if len(values) else 0.0
        elif kind in ("bucket", "date"):
            longest = 10.0
        else:
            longest = len(f"{values.abs().max():,.2f}") if values.notna().any() else 0.0
        return min(max(float(longest) + 2, len(column) + 4, 11), WRAPPED)

    def heights(self) -> pd.Series:
        """How high each row must be for its long texts, in points."""
        lengths = [self.frame[name].astype(str).str.len() for name in self.frame if self.kind(name) == "long"]
        longest = pd.concat(lengths, axis=1).max(axis=1) if lengths else pd.Series(0, index=self.frame.index)
        return HIGH * np.ceil(longest / (0.95 * WRAPPED)).clip(lower=1)

    def column(self, name: str) -> str:
        """The column in a formula."""
        return f"{self.table}[{name}]"

    def values(self, name: str) -> pd.Series:
        """What the column holds, reckoned or not."""
        return self.live[name][1] if name in self.live else self.frame[name]

    def total(self, name: str, **where: str) -> tuple[str, float]:
        """The sum of a column as a formula and as a figure; `where` gives columns the one text to count."""
        chosen = pd.Series(True, index=self.frame.index)
        asked = ""
        for column, said in where.items():
            chosen &= self.frame[column] == said
            asked += f',{self.column(column)},"{said}"'
        formula = f"=SUMIFS({self.column(name)}{asked})" if asked else f"=SUM({self.column(name)})"
        return formula, float(self.values(name)[chosen].sum())

    def sums(self, name: str, key: str, cell: str, of: object, **where: str) -> tuple[str, float]:
        """The sum of a column for the key that a cell holds, as a formula and as a figure."""
        chosen = self.frame[key] == of
        asked = f",{self.column(key)},{cell}"
        for column, said in where.items():
            chosen &= self.frame[column] == said
            asked += f',{self.column(column)},"{said}"'
        return f"=SUMIFS({self.column(name)}{asked})", float(self.values(name)[chosen].sum())
