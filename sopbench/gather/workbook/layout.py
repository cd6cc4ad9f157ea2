"""What the workbook sent to sales, marketing and finance looks like: names, headers and facts that both ways share."""

from __future__ import annotations

import hashlib

import pandas as pd

LAYOUT = "1"
"""Version of the layout; a workbook of another one is refused rather than guessed at."""

STREAMS = {"sales": "Sales", "marketing": "Marketing", "finance": "Finance"}
"""Stream of forecasts and the sheet it is typed on."""

SHEETS = {**STREAMS, "events": "Events", "budget": "Budget"}
"""What a workbook may hold, and the sheet's name."""

READ_ME, FACTS, LISTS = "Read me", "sopbench", "lists"
"""The sheet for people, and two hidden ones: what the workbook is, and the choices offered in cells."""

MARK = "Row"
"""Header of the hidden column that says which row this was when it was sent."""

KEYS = {"item_id": "Item", "location_id": "Location", "customer_id": "Customer"}
"""Key of a forecast and the header of its column."""

EVENT = {
    "event_id": "Event",
    "scope": "Moves",
    "start": "First day",
    "end": "Last day",
    "uplift": "Uplift",
    "price": "Price",
}
"""Column of the table events and its header."""

FAMILY, LINE = "Family", "Line"
LINES = {"units": "Units", "revenue": "Revenue", "margin": "Margin"}
"""Headers of the budget's key, and its figures: column of the table budget and the word in the column Line."""

EXACT = 6
"""Decimals a figure keeps on its way into a workbook and back."""


def mark(keys: pd.DataFrame) -> pd.Series:
    """What the hidden column says of each row: its key in one text."""
    parts = [keys[name].astype(str) for name in keys.columns]
    return parts[0].str.cat(parts[1:], sep=" | ").rename(MARK)


def digest(rows: pd.DataFrame) -> str:
    """A hash of what a sheet says, whatever the order of its rows: the same for a sheet nobody has changed."""
    ordered = rows.sort_values(list(rows.columns), ignore_index=True)
    return hashlib.sha256(ordered.to_csv(index=False, date_format="%Y-%m-%d").encode()).hexdigest()


def long_forecasts(rows: pd.DataFrame) -> pd.DataFrame:
    """Forecasts as `digest` compares them."""
    return rows[[*KEYS, "bucket", "qty"]].astype({"qty": "float64"})


def long_events(rows: pd.DataFrame) -> pd.DataFrame:
    """Events as `digest` compares them."""
    return rows[list(EVENT)].astype({"uplift": "float64", "price": "float64"})


def long_budget(rows: pd.DataFrame) -> pd.DataFrame:
    """The budget as `digest` compares it."""
    return rows[["family", "bucket", *LINES]].astype(dict.fromkeys(LINES, "float64"))


LONG = {**dict.fromkeys(STREAMS, long_forecasts), "events": long_events, "budget": long_budget}
"""How what a sheet says is brought into the form `digest` compares."""
