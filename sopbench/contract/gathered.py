"""The tables that gather makes beside the inputs: what it found, how good the data is, what it set apart."""

from __future__ import annotations

from sopbench.contract.inputs import BUCKET, ITEM, LOCATION
from sopbench.contract.table import Table, bucket, integer, number, text

FINDINGS = Table(
    "findings",
    ("grade", "table", "key", "value", "message"),
    (
        text("grade", "error, warning or note", choices=("error", "warning", "note")),
        text("table", "the table it was found in"),
        text("key", "the row", ""),
        text("value", "what was found", ""),
        text("message", "what is wrong"),
        text("mend", "what to do about it", ""),
        number("money", "what it affects, in money, where that can be told", None),
    ),
    "what gather found in the company's data (step gather)",
)

QUALITY = Table(
    "quality",
    ("table",),
    (
        text("table", "the input table"),
        integer("rows", "rows taken in"),
        number("filled", "share of cells filled, of those that may be empty", 1.0),
        bucket("first", "first date in it", None),
        bucket("last", "last date in it", None),
    ),
    "how complete each input table is (step gather)",
)

SET_APART = Table(
    "set_apart",
    ("rule", "item_id", "location_id", "customer_id", "bucket"),
    (
        text("rule", "the rule of gather.set_apart"),
        ITEM,
        LOCATION,
        text("customer_id", "the customer", ""),
        BUCKET,
        number("qty_ordered", "units ordered", minimum=None),
        number("qty_shipped", "units shipped", minimum=None),
        number("revenue", "money invoiced", minimum=None),
    ),
    "sales that are no demand to plan for: returns, one-off project orders (step gather)",
)

GATHERED_TABLES = (FINDINGS, QUALITY, SET_APART)
