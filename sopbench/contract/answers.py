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

INVENTORY_TARGETS = Table(
    "inventory_targets",
    ("item_id", "location_id"),
    (
        ITEM,
        LOCATION,
        text(
            "rule",
            "computed; policy: units the policies give; made to order: none is held; no source: it cannot be got",
            choices=("computed", "policy", "made to order", "no source"),
        ),
        number("service_level", "share of cycles or units to be served"),
        integer("lead_time", "buckets of its main source alone"),
        number("demand", "units required a bucket, mean of the horizon, with what other items and locations draw"),
        number("deviation", "units, standard deviation of demand over single_cover"),
        number("unit_cost", "money a unit ties up"),
        number("holding_cost", "money to hold one unit for one bucket"),
        integer("single_cover", "buckets its stock covers where each place sees to itself"),
        number("single_safety_stock", "units, where each place sees to itself"),
        number("single_value", "money tied up in them"),
        integer("service_time", "buckets after which it serves what it feeds, where stock is placed for all together"),
        integer("multi_cover", "buckets its stock then covers: net replenishment time; 0 = none is held"),
        number("multi_safety_stock", "units, where stock is placed for all together"),
        number("multi_value", "money tied up in them"),
        number("saving", "money a bucket that placing for all together saves in holding", minimum=None),
    ),
    "safety stock of each item-location, each by itself and placed for the network as a whole (step supply)",
)

ANSWERS_TABLES = (INVENTORY_TARGETS, PEGGING, BILL_OF_RESOURCES, ROUGH_CUT, SOP_GRID)
