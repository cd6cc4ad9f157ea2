"""The tables that gather makes beside the inputs: what it found, how good the data is, what changed in it."""

from __future__ import annotations

from sopbench.contract.inputs import BUCKET, ITEM, LOCATION
from sopbench.contract.problems import GRADES
from sopbench.contract.table import Table, bucket, integer, number, text

FINDINGS = Table(
    "findings",
    ("grade", "table", "key", "value", "message"),
    (
        text("grade", "error, warning or note", choices=GRADES),
        text("table", "the table it was found in"),
        text("key", "the row", ""),
        text("value", "what was found", ""),
        text("message", "what is wrong"),
        text("mend", "what to do about it", ""),
        number("money", "what it affects, in money, where that can be told", None),
        text("trend", "new, or again as in the last cycle; empty = there is none", "", ("", "new", "again")),
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

ADI_LIMIT, CV2_LIMIT = 1.32, 0.49
"""From which average demand interval and squared variation on a series counts as the harder class.

Syntetos, Boylan and Croston, On the categorization of demand patterns, JORS 56, 2005.
"""

PATTERNS = ("smooth", "erratic", "intermittent", "lumpy", "new", "ended")

SEGMENTS = Table(
    "segments",
    ("item_id", "location_id"),
    (
        ITEM,
        LOCATION,
        integer("history", "buckets since its first sale"),
        number("stockout_share", "share of its buckets in which stock ran out", maximum=1.0),
        number("revenue", "money invoiced in the last year", minimum=None),
        number("adi", "average demand interval: buckets for each bucket with orders", None),
        number("cv2", "squared coefficient of variation of the buckets with orders", None),
        number("cv", "coefficient of variation of all its buckets", None),
        text(
            "pattern",
            "smooth, erratic, intermittent or lumpy; new = too short to tell; ended = no longer sold",
            choices=PATTERNS,
        ),
        text("abc", "A: most of the revenue, B, C: least; empty = no longer sold", "", ("", "A", "B", "C")),
        text("xyz", "X: steady, Y, Z: unsteady; empty = new or no longer sold", "", ("", "X", "Y", "Z")),
    ),
    "how each item sells at each location, over the last two years or since its first sale (step gather)",
)

CHANGES = Table(
    "changes",
    ("kind", "key"),
    (
        text("kind", "what changed: new item, unit cost, lead time, history restated, ..."),
        text("key", "where"),
        text("before", "what it was in the last cycle", ""),
        text("after", "what it is now", ""),
        number("money", "what it changes in a year, in money, where that can be told", None, minimum=None),
    ),
    "what differs from the data of the last cycle (step gather)",
)

GATHERED_TABLES = (FINDINGS, QUALITY, SET_APART, SEGMENTS, CHANGES)
