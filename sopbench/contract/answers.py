"""Tables by which people question a supply plan: who hangs on what, rough-cut capacity, the grid of each family."""

from __future__ import annotations

from sopbench.contract.inputs import BUCKET, ITEM, LOCATION
from sopbench.contract.table import Table, bucket, integer, number, text

PEGGING = Table(
    "pegging",
    ("scenario", "supply_kind", "supply_id", "start_bucket", "end", "item_id", "location_id", "customer_id", "bucket"),
    (
        text("scenario", "the scenario; base = the plan as it stands", "base"),
        text("supply_kind", "what is used", choices=("resource", "supplier")),
        text("supply_id", "which one"),
        bucket("start_bucket", "the bucket in which it is worked or ordered"),
        text("end", "what it ends in", choices=("shipped", "written off", "stock at the end")),
        ITEM,
        LOCATION,
        text("customer_id", "the customer shipped to; empty where none is", ""),
        bucket("bucket", "the bucket shipped in, or at whose end it is still there"),
        number("amount", "hours worked on it, or money paid for it"),
        text("unit", "of amount", choices=("hours", "money")),
    ),
    "hours of every resource and purchases from every supplier, by the customers they serve (step supply)",
)

BILL_OF_RESOURCES = Table(
    "bill_of_resources",
    ("item_id", "location_id", "resource_id", "offset"),
    (
        ITEM,
        text("location_id", "where it is sold"),
        text("resource_id", "the resource"),
        integer("offset", "buckets before the sale in which the hours are worked"),
        number("hours_per_unit", "hours one unit sold takes, over all levels of the bill of material"),
    ),
    "hours of each resource in one unit sold, by main sources, and how long before (step supply)",
)

ROUGH_CUT = Table(
    "rough_cut",
    ("resource_id", "bucket"),
    (
        text("resource_id", "the resource"),
        BUCKET,
        number("load", "hours the unconstrained demand plan asks for"),
        number("regular_available", "regular hours there are"),
        number("overtime_available", "overtime hours there are"),
        number("overload", "hours of load beyond both"),
    ),
    "rough-cut capacity: load of the unconstrained demand plan against the hours there are (step supply)",
)

SOP_GRID = Table(
    "sop_grid",
    ("family", "form", "measure", "line", "bucket"),
    (
        text("family", "the family"),
        text("form", "make to stock (stock and its cover) or to order (backlog and its days)", choices=("MTS", "MTO")),
        text(
            "measure",
            "units: only where all items of the family and form have one unit of measure; money: at standard cost",
            choices=("units", "money"),
        ),
        text(
            "line",
            "demand, supply (made, bought and under way), shipped, other_use (in other items, written off), stock (on"
            " the shelf and between locations), days_of_cover, backlog, days_of_backlog",
        ),
        BUCKET,
        text("unit", "the unit of measure, money or working days"),
        number("actual", "what happened; empty in the future, or where it is not known", None, minimum=None),
        number("plan", "this cycle's plan; for the past, the plan in force then; empty = none", None, minimum=None),
        number("last_cycle", "the last cycle's plan; empty = none", None, minimum=None),
        number("budget", "the budget; empty = none", None, minimum=None),
    ),
    "the S&OP grid of each family: demand, supply, stock or backlog, past and future (step supply)",
)

ANSWERS_TABLES = (PEGGING, BILL_OF_RESOURCES, ROUGH_CUT, SOP_GRID)
