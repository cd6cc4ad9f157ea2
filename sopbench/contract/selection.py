"""What the rows of a table can be selected by: its own columns, and what is said of its items or customers."""

from __future__ import annotations

import pandas as pd

from sopbench.contract.inputs import INPUT_TABLES
from sopbench.contract.plans import PLAN_TABLES

NAMES = {table.name: table.names for table in (*INPUT_TABLES, *PLAN_TABLES)}

ATTRIBUTES = {
    "item_id": ("items", ("family", "category", "strategy")),
    "customer_id": ("customers", ("channel", "region")),
    "resource_id": ("resources", ("location_id", "kind")),
    "location_id": ("locations", ("region",)),
}
"""What rows can be selected by besides their own columns: a key, its table, columns of that; the first that fits."""


def values_of(tables: dict[str, pd.DataFrame], name: str, column: str) -> pd.Series | None:
    """The column of the table `name`, or the attribute that it is of one of the table's keys; None where neither."""
    frame = tables[name]
    if column in frame.columns:
        return frame[column].astype(str)
    for key, (home, columns) in ATTRIBUTES.items():
        if key in frame.columns and column in columns and home in tables:
            return frame[key].map(tables[home].set_index(key)[column])
    return None


def columns_of(name: str) -> list[str]:
    """The names by which rows of a contract table can be selected."""
    own = NAMES[name]
    return own + [column for key, (_, columns) in ATTRIBUTES.items() if key in own for column in columns]
