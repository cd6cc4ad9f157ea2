"""The input tables: what a company hands in, as gather leaves it.

Quantities are in the item's unit of measure (uom), money in the company's currency, durations in buckets.
"""

from __future__ import annotations

from sopbench.contract.table import Table, bucket, flag, integer, number, text

ITEM = text("item_id", "the item")
LOCATION = text("location_id", "the plant, distribution centre or selling site")
BUCKET = bucket("bucket", "first day of the bucket")
SNAPSHOT = bucket("as_of", "the day at whose start this was so", None)

ITEMS = Table(
    "items",
    ("item_id",),
    (
        ITEM,
        text("description", "what people call it", ""),
        text("family", "the level at which S&OP decides"),
        text("category", "the level below the family", ""),
        text("uom", "unit of measure", "EA"),
        number("unit_cost", "standard cost of one unit"),
        number("unit_price", "list price of one unit; 0 for what is not sold", 0.0),
        number("shelf_life", "buckets until a unit may no longer be sold; empty = keeps", None),
        text("strategy", "make to stock or make to order", "MTS", ("MTS", "MTO")),
        bucket("launch", "first day of sale; empty = on sale since before the history", None),
        bucket("discontinue", "first day no longer on sale; empty = no end planned", None),
        text("like_item_id", "the item whose history a launch starts from", ""),
        number("like_factor", "share of the like item's demand", 1.0),
    ),
    "what is sold, made and bought",
)

LOCATIONS = Table(
    "locations",
    ("location_id",),
    (
        LOCATION,
        text("kind", "plant, distribution centre or customer-facing site", "dc", ("plant", "dc", "customer-facing")),
        text("region", "where it stands", ""),
    ),
    "where stock is held and things are made",
)

CUSTOMERS = Table(
    "customers",
    ("customer_id",),
    (
        text("customer_id", "the customer or customer group"),
        text("channel", "how it is sold to", ""),
        text("region", "where it is", ""),
        number("priority", "weight when short: 2 means a missing unit hurts twice as much", 1.0, minimum=1e-6),
    ),
    "who buys",
    optional=True,
)

CALENDAR = Table(
    "calendar",
    ("bucket",),
    (
        BUCKET,
        number("working_days", "days worked in the bucket"),
        text("fiscal_period", "the period finance books it in", ""),
    ),
    "the buckets of history and horizon; made from weekdays where the company gives none",
    optional=True,
)

RESOURCES = Table(
    "resources",
    ("resource_id",),
    (
        text("resource_id", "the line, machine group or crew; the supplier or lane"),
        LOCATION,
        text(
            "kind",
            "machine or labour; supplier or lane: what one gives or carries over all its items",
            "machine",
            ("machine", "labour", "supplier", "lane"),
        ),
        number("cost_regular", "money per regular hour used", 0.0),
        number("cost_overtime", "money per overtime hour used", 0.0),
        number("hours_per_head", "regular hours one person works in a bucket", None),
        number("headcount", "people at the start", None),
        number("cost_hire", "money to hire one person", None),
        number("cost_layoff", "money to lay one person off", None),
        number("overtime_per_head", "overtime hours one person may work in a bucket", None),
        number("hours_per_day", "regular hours one person works a working day, in place of hours_per_head", None),
        number("wage", "money per person and bucket, worked or not; empty = cost_regular for every hour", None),
    ),
    "what limits making, or what suppliers and lanes bring",
    optional=True,
)

CAPACITY = Table(
    "capacity",
    ("resource_id", "bucket"),
    (
        text("resource_id", "the resource"),
        BUCKET,
        number("regular_hours", "hours available in regular time"),
        number("overtime_hours", "further hours available in overtime", 0.0),
        number("headcount_min", "least people, where the plan hires and lays off; empty = none", None),
        number("headcount_max", "most people, where the plan hires and lays off; empty = no limit", None),
    ),
    "hours available by resource and bucket",
    optional=True,
)

ROUTINGS = Table(
    "routings",
    ("item_id", "location_id", "resource_id", "method", "origin_id"),
    (
        ITEM,
        LOCATION,
        text("resource_id", "the resource that is loaded"),
        number("hours_per_unit", "hours one unit takes; of a supplier or lane units, pallets or the like", 0.0),
        number("setup_hours", "hours one lot takes whatever its size", 0.0),
        text("method", "the way of getting it that loads the resource", "make", ("make", "buy", "subcontract", "move")),
        text("origin_id", "the supplier or location it then comes from; empty = every one", ""),
    ),
    "the hours an item takes where it is made, or what it takes of a supplier or lane",
    optional=True,
)

BOM = Table(
    "bom",
    ("item_id", "component_id"),
    (
        text("item_id", "the parent"),
        text("component_id", "the item that goes into it"),
        number("qty_per", "units of the component in one unit of the parent", minimum=1e-9),
        number("scrap", "share of the component lost in making; .02 = 2 % more is used", 0.0, maximum=10.0),
    ),
    "what goes into what",
    optional=True,
)

SOURCES = Table(
    "sources",
    ("item_id", "location_id", "method", "origin_id"),
    (
        ITEM,
        text("location_id", "where the item arrives"),
        text("method", "how it is got", choices=("make", "buy", "subcontract", "move")),
        text("origin_id", "the supplier (buy, subcontract) or the location it is moved from; empty for make", ""),
        integer("lead_time", "buckets from start to arrival", 0, maximum=1000),
        number("lead_time_deviation", "buckets, standard deviation of the lead time; empty = always on time", None),
        number("unit_cost", "money per unit besides components and hours: price, conversion or freight", 0.0),
        number("lot_min", "smallest lot; also the lot over which set-up hours are averaged", 0.0),
        number("lot_multiple", "lots come in multiples of this", 0.0),
        number("qty_max", "most units that can arrive in one bucket; empty = no limit", None),
        number("share_min", "least share of all that arrives of the item there", None, maximum=1.0),
        number("share_max", "greatest share of all that arrives of the item there", None, maximum=1.0),
        number("setup_cost", "money for a lot, whatever its size", 0.0),
        integer(
            "campaign_min",
            "buckets a campaign runs at least, set up for once at its start; 0 = every lot is set up for by itself",
            0,
        ),
        number("yield_share", "share of what is started that arrives good", 1.0, minimum=0.01, maximum=1.0),
    ),
    "every way an item can arrive at a location: the edges of the supply network",
)

POLICIES = Table(
    "policies",
    ("item_id", "location_id"),
    (
        ITEM,
        LOCATION,
        number(
            "service_level", "target share of cycles or units served; empty = the parameter's", None, maximum=0.9999
        ),
        text("service_type", "cycle (no stockout in a cycle) or fill (units served)", "cycle", ("cycle", "fill")),
        number("safety_stock", "units; empty = computed from the forecast error", None),
        number(
            "demand_deviation",
            "units, standard deviation of one bucket's demand; empty = as the forecast's errors say",
            None,
        ),
        number("service_time", "whole buckets customers agree to wait; empty = none: served from the shelf", None),
        number("cover_min", "buckets of coming demand the stock shall cover at least", None),
        number("cover_max", "buckets of coming demand the stock shall cover at most", None),
        number("stock_end_min", "units that shall be left at the end of the horizon", None),
        number(
            "holding_cost", "money to hold one unit for one bucket; empty = the parameter's share of its cost", None
        ),
        number(
            "backlog_cost", "money for one unit late by one bucket; empty = the parameter's share of its price", None
        ),
        number("lost_sale_cost", "money lost with a unit not sold; empty = its margin", None),
        number("backlog_max", "most units owed at the end of a bucket; empty = no limit", None),
    ),
    "how stock is run",
    optional=True,
)

SALES_TERMS = Table(
    "sales_terms",
    ("item_id", "location_id", "customer_id"),
    (
        ITEM,
        text("location_id", "the location that serves the market; empty = every one", ""),
        text("customer_id", "the customer; empty = every one", ""),
        number("unit_price", "what a unit brings there; empty = the item's list price", None),
        number("share_min", "share of demand that must be met there, by contract; empty = none", None, maximum=1.0),
    ),
    "what a market pays, and what was promised to it",
    optional=True,
)

SALES = Table(
    "sales",
    ("item_id", "location_id", "customer_id", "bucket"),
    (
        ITEM,
        text("location_id", "the location that serves the customer"),
        text("customer_id", "the customer", ""),
        BUCKET,
        number("qty_ordered", "units ordered for the bucket", minimum=None),
        number("qty_shipped", "units shipped in the bucket; empty = as ordered", None, minimum=None),
        number("revenue", "money invoiced; empty = shipped at list price", None, minimum=None),
        flag("stockout", "stock ran out in the bucket, so orders hide demand", False),
    ),
    "what was ordered and shipped, by bucket",
)

ON_HAND = Table(
    "on_hand",
    ("item_id", "location_id"),
    (ITEM, LOCATION, SNAPSHOT, number("qty", "units on the shelf")),
    "stock at the start of the cycle",
    optional=True,
)

OPEN_ORDERS = Table(
    "open_orders",
    ("order_id",),
    (
        text("order_id", "the customer's order line"),
        ITEM,
        LOCATION,
        text("customer_id", "the customer", ""),
        bucket("due", "the day it was promised for"),
        number("qty", "units still to ship"),
        SNAPSHOT,
    ),
    "customer orders not yet shipped; those due before the cycle are the backlog it starts with",
    optional=True,
)

RECEIPTS = Table(
    "receipts",
    ("receipt_id",),
    (
        text("receipt_id", "the order's number"),
        text("kind", "purchase, manufacturing or distribution order", choices=("PO", "MO", "DO")),
        ITEM,
        LOCATION,
        bucket("due", "the day it is expected"),
        number("qty", "units still to come"),
        SNAPSHOT,
    ),
    "supply already under way: released orders that will arrive whatever is planned now",
    optional=True,
)

PRODUCTION = Table(
    "production",
    ("item_id", "location_id", "bucket"),
    (ITEM, LOCATION, BUCKET, number("qty", "units made")),
    "what was made, by bucket",
    optional=True,
)

FORECASTS = Table(
    "forecasts",
    ("stream", "item_id", "location_id", "customer_id", "bucket"),
    (
        text("stream", "who hands it in", choices=("sales", "marketing", "finance")),
        ITEM,
        text("location_id", "empty = all locations together", ""),
        text("customer_id", "empty = all customers together", ""),
        BUCKET,
        number("qty", "units they expect"),
        SNAPSHOT,
    ),
    "what sales, marketing or finance expect",
    optional=True,
)

OVERRIDE_SCOPE = ("item_id", "family", "category", "location_id", "region", "customer_id", "channel")
"""The columns of an override that say what it is for; those left empty select all."""

OVERRIDES = Table(
    "overrides",
    ("override_id",),
    (
        text("override_id", "its number"),
        text("item_id", "empty = every item", ""),
        text("family", "empty = every family", ""),
        text("category", "empty = every category", ""),
        text("location_id", "empty = every location", ""),
        text("region", "the region of the location it is served from; empty = every region", ""),
        text("customer_id", "empty = every customer", ""),
        text("channel", "the channel of the customer; empty = every channel", ""),
        bucket("start", "first bucket it holds for"),
        bucket("end", "last bucket it holds for"),
        text(
            "kind",
            "what value is: units in place of the plan, units on top, or a share on top (.1 = +10 %)",
            "percent",
            ("absolute", "delta", "percent"),
        ),
        number("value", "units a bucket over everything selected together, or the share", minimum=None),
        text("owner", "who answers for it"),
        text("reason", "why"),
        text("note", "what else there is to know: the source, what to look at, who agreed", ""),
        bucket("as_of", "the day it was made; a cycle sees those made before its start", None),
        bucket("expires", "the day from which it no longer counts; empty = never", None),
    ),
    "changes the planners made to the demand plan",
    optional=True,
)

EVENTS = Table(
    "events",
    ("event_id",),
    (
        text("event_id", "its number"),
        text("scope", "what it moves: item:ID, family:NAME or all"),
        bucket("start", "first bucket"),
        bucket("end", "last bucket"),
        number("uplift", "share by which demand is moved: .3 = +30 %", 0.0, minimum=-1.0),
        number("price", "price during it; empty = list price", None),
        SNAPSHOT,
    ),
    "promotions and other things that move demand, past and planned",
    optional=True,
)

LIFE_CYCLE = Table(
    "life_cycle",
    ("item_id", "other_id", "kind"),
    (
        text("item_id", "the item that is launched, takes over, takes sales away or ends"),
        text("other_id", "the item it is like, takes over from or takes sales from; empty for a phase-out", ""),
        text(
            "kind",
            "like: it will sell as the other did; successor: it takes over from the other; cannibalises: it takes sales"
            " from the other; phase_out: it runs down before it is discontinued",
            choices=("like", "successor", "cannibalises", "phase_out"),
        ),
        number(
            "factor",
            "like: its units for one of the other's; successor: share of the other's demand it takes over;"
            " cannibalises: share of its own units that it takes away; the shares of its rows add up",
            1.0,
        ),
        bucket("start", "first day it holds; empty = the item's launch", None),
        text(
            "curve",
            "like: it sells as the other in the same season (calendar), or as the other since its launch (launch)",
            "calendar",
            ("calendar", "launch"),
        ),
        integer(
            "run_down",
            "buckets of even steps in which the predecessor runs down from start on, or the item before its end",
            0,
        ),
        SNAPSHOT,
    ),
    "launches like other items, successors, cannibals and phase-outs",
    optional=True,
)

BUDGET = Table(
    "budget",
    ("family", "bucket", "version"),
    (
        text("family", "the family"),
        BUCKET,
        text("version", "the budget's name; the last one known counts", "budget"),
        number("units", "units", 0.0),
        number("revenue", "money", 0.0),
        number("margin", "money after cost of goods", None, minimum=None),
        SNAPSHOT,
    ),
    "what finance planned for the year",
    optional=True,
)

INPUT_TABLES = (
    ITEMS, LOCATIONS, CUSTOMERS, CALENDAR, RESOURCES, CAPACITY, ROUTINGS, BOM, SOURCES, POLICIES, SALES_TERMS, SALES,
    ON_HAND, OPEN_ORDERS, RECEIPTS, PRODUCTION, FORECASTS, OVERRIDES, EVENTS, LIFE_CYCLE, BUDGET,
)  # fmt: skip
