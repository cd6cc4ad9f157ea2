"""The tables the steps make: histories, plans, costs, comparisons, measures.

Tables of presop and executive hold one or more scenarios; in the supply step the scenario is "base".
"""

from __future__ import annotations

from sopbench.contract.answers import ANSWERS_TABLES
from sopbench.contract.gathered import GATHERED_TABLES
from sopbench.contract.inputs import BUCKET, ITEM, LOCATION
from sopbench.contract.meetings import FAMILY, MEETINGS_TABLES, SCENARIO
from sopbench.contract.monitored import MONITORED_TABLES
from sopbench.contract.moves import MOVES_TABLES
from sopbench.contract.registers import REGISTERS_TABLES
from sopbench.contract.replays import REPLAY_TABLES
from sopbench.contract.risks import RISK_TABLES
from sopbench.contract.table import Table, bucket, flag, integer, number, text

CUSTOMER = text("customer_id", "the customer; empty = all", "")

HISTORY = Table(
    "history",
    ("item_id", "location_id", "bucket"),
    (
        ITEM,
        LOCATION,
        BUCKET,
        number("ordered", "units ordered, as gathered; below 0 where more came back", minimum=None),
        number("cleaned", "units a method learns from"),
        text(
            "reason",
            "why cleaned differs from ordered: the corrections made; empty = it does not",
            "",
        ),
    ),
    "demand history as it was and as methods see it (step demand)",
)

CORRECTIONS = Table(
    "corrections",
    ("item_id", "location_id", "bucket", "correction"),
    (
        ITEM,
        LOCATION,
        BUCKET,
        integer("step", "the order in which corrections are made"),
        text(
            "correction",
            "one-off order, returns, event, working days, stockout, outlier; cannibalised, run-down, with predecessor,"
            " predecessor, like item",
        ),
        number("before", "units before it; those ordered, for the first of a bucket", minimum=None),
        number("after", "units after it; those cleaned, for the last of a bucket", minimum=None),
        number("proposed", "units after it, were it not reversed", minimum=None),
        flag("reversed", "a planner wants the history kept: nothing is changed", False),
        text("customer_id", "the customer, of a one-off order", ""),
        text("why", "what tells that it is needed", ""),
        text("owner", "who wants it reversed", ""),
        text("reason", "why it is reversed", ""),
        text("correction_id", "its name: item|location|bucket|correction"),
    ),
    "each change of the demand history, with before and after (step demand)",
)

BACKTEST = Table(
    "backtest",
    ("item_id", "location_id", "method", "origin", "bucket"),
    (
        ITEM,
        LOCATION,
        text("method", "the method"),
        bucket("origin", "first bucket not seen by the method"),
        BUCKET,
        integer("lag", "buckets ahead; 0 = the first not seen"),
        number("forecast", "units"),
        number("actual", "cleaned units"),
    ),
    "what each method would have said in the past (step demand)",
)

METHOD_CHOICE = Table(
    "method_choice",
    ("item_id", "location_id"),
    (
        ITEM,
        LOCATION,
        text("segment", "smooth, erratic, intermittent, lumpy or new"),
        text("method", "the method chosen"),
        text("reason", "why: best in backtest, too short for a backtest, fell back"),
        number("rmsse", "its root mean squared scaled error in the backtest", None),
        number("rmsse_naive", "the naive method's", None),
        number("wape", "its weighted absolute percentage error in the backtest", None),
        number("bias", "its mean error as a share of demand in the backtest", None, minimum=None),
    ),
    "the method of each series and its backtest (step demand)",
)

LEAD_TIME_DEMAND = Table(
    "lead_time_demand",
    ("item_id", "location_id", "buckets"),
    (
        ITEM,
        LOCATION,
        integer("buckets", "the first so many buckets of the plan, together"),
        number("statistical", "units over these buckets, from history alone"),
        number("p10", "units; 1 in 10 turns out lower"),
        number("p50", "units; 1 in 2 turns out lower"),
        number("p90", "units; 9 in 10 turn out lower"),
        number("p95", "units; 19 in 20 turn out lower; empty = not measured", None),
        number("p99", "units; 99 in 100 turn out lower; empty = not measured", None),
        number("deviation", "units, standard deviation around their mean"),
    ),
    "what may be demanded over several buckets together: what stock must cover over a lead time (step demand)",
)

DEMAND_PLAN = Table(
    "demand_plan",
    ("item_id", "location_id", "customer_id", "bucket"),
    (
        ITEM,
        LOCATION,
        CUSTOMER,
        BUCKET,
        text("method", "the method behind statistical"),
        number("statistical", "units, from history alone"),
        number("p10", "units; 1 in 10 turns out lower"),
        number("p50", "units; 1 in 2 turns out lower"),
        number("p90", "units; 9 in 10 turn out lower"),
        number("sales", "units sales expects", None),
        number("marketing", "units marketing expects", None),
        number("finance", "units finance expects", None),
        number("override", "units the planners set; empty = none", None),
        number("consensus", "units all agreed on: what supply plans for"),
    ),
    "the demand plan (step demand)",
)

LIFE_CYCLE_EFFECTS = Table(
    "life_cycle_effects",
    ("item_id", "location_id", "bucket", "kind", "other_id"),
    (
        ITEM,
        LOCATION,
        BUCKET,
        text("kind", "what moved it", choices=("like", "successor", "cannibalises", "phase_out")),
        text("other_id", "the item it has to do with; empty where it has to do with itself or with several", ""),
        number("units", "units put on top of what the method said, or taken off", minimum=None),
    ),
    "what launches, successors, phase-outs and cannibals move in the statistical forecast (step demand)",
)

SUPPLY_PLAN = Table(
    "supply_plan",
    ("scenario", "item_id", "location_id", "bucket"),
    (
        SCENARIO,
        ITEM,
        LOCATION,
        BUCKET,
        number("demand", "units customers want"),
        number("component_use", "units that go into other items"),
        number("make", "units made, arriving"),
        number("overtime_make", "of these, in overtime"),
        number("buy", "units bought, arriving"),
        number("subcontract", "units subcontracted, arriving"),
        number("move_in", "units moved here, arriving"),
        number("move_out", "units sent elsewhere"),
        number("receipts", "units under way before the plan, arriving"),
        number("shipped", "units shipped to customers"),
        number("backlog", "units owed to customers at the end"),
        number("lost", "units customers did not wait for"),
        number("written_off", "units past their shelf life", 0.0),
        number("stock", "units on the shelf at the end"),
        number("safety_stock", "units meant to be on the shelf"),
    ),
    "supply and demand of each item at each location (steps supply, presop)",
)

SOURCING_PLAN = Table(
    "sourcing_plan",
    ("scenario", "item_id", "location_id", "method", "origin_id", "bucket"),
    (
        SCENARIO,
        ITEM,
        LOCATION,
        text("method", "make, buy, subcontract or move", choices=("make", "buy", "subcontract", "move")),
        text("origin_id", "supplier or location it comes from", ""),
        bucket("bucket", "the bucket it arrives in"),
        number("qty", "units"),
        bucket("start_bucket", "the bucket it must be started or ordered in"),
        number("cost", "money"),
        number("set_ups", "lots that take a set-up, of a campaign the first; empty where lots are averaged", None),
    ),
    "what to make, buy and move, and when to start (steps supply, presop)",
)

CAPACITY_PLAN = Table(
    "capacity_plan",
    ("scenario", "resource_id", "bucket"),
    (
        SCENARIO,
        text("resource_id", "the resource"),
        BUCKET,
        number("load", "hours needed"),
        number("regular", "hours in regular time"),
        number("overtime", "hours in overtime"),
        number("regular_available", "regular hours there are"),
        number("overtime_available", "overtime hours there are"),
        number("headcount", "people", None),
        number("hired", "people hired", None),
        number("laid_off", "people laid off", None),
        number("utilisation", "load over regular hours available"),
        number("shadow_price", "money one more hour of overtime would save"),
    ),
    "load against capacity (steps supply, presop)",
)

SHIPMENTS = Table(
    "shipments",
    ("scenario", "item_id", "location_id", "customer_id", "bucket"),
    (
        SCENARIO,
        ITEM,
        LOCATION,
        CUSTOMER,
        BUCKET,
        number("demand", "units the customer wants"),
        number("shipped", "units shipped to the customer"),
        number("lost", "units the customer did not wait for"),
        number("backlog", "units owed to the customer at the end"),
        number("own_price", "money a unit brings there by sales_terms; empty = list price", None),
    ),
    "which customer gets what and when; adds up to supply_plan (steps supply, presop)",
)

SHORTAGES = Table(
    "shortages",
    ("scenario", "item_id", "location_id", "customer_id", "bucket"),
    (
        SCENARIO,
        ITEM,
        LOCATION,
        CUSTOMER,
        BUCKET,
        number("qty", "units wanted in this bucket and not shipped in it: newly late or lost"),
        number("lost", "of these, lost for good", 0.0),
        number("revenue_at_risk", "money"),
        text("cause", "resource, supplier, lane, source limit, component, lead time, no source, policy"),
        text("cause_id", "which one", ""),
        text("because", "in words: the way from the customer to what limits it", ""),
    ),
    "what customers do not get on time, and why (steps supply, presop)",
)

COSTS = Table(
    "costs",
    ("scenario", "family", "bucket", "line"),
    (SCENARIO, FAMILY, BUCKET, text("line", "the cost line"), number("value", "money", minimum=None)),
    "the supply plan's cost, adding up to the objective of the model (steps supply, presop)",
)

BROKEN_LIMITS = Table(
    "broken_limits",
    ("scenario", "limit", "item_id", "location_id", "method", "origin_id", "bucket"),
    (
        SCENARIO,
        text("limit", "what was broken", choices=("frozen plan", "source share", "promise")),
        ITEM,
        LOCATION,
        text("method", "make, buy, subcontract or move; empty for a promise", ""),
        text("origin_id", "supplier or location it comes from", ""),
        bucket("bucket", "the bucket of start, or the last one where it is measured over the horizon"),
        number("asked", "units there should be"),
        number("planned", "units there are"),
        number("size", "units by which it is broken"),
        number("cost", "money it costs the objective"),
    ),
    "limits kept at a price that the plan breaks (steps supply, presop)",
)

SOLUTION = Table(
    "solution",
    ("scenario",),
    (
        SCENARIO,
        text("status", "the solver's word"),
        number("objective", "money", minimum=None),
        number("gap", "proven distance from the best, as a share", 0.0),
        integer("rows", "constraints"),
        integer("columns", "variables"),
        number("nervousness", "share of last cycle's plan in the fence that is changed; empty = no such plan", None),
    ),
    "what the solver said (steps supply, presop)",
)

PLAN_TABLES = (
    *GATHERED_TABLES,
    HISTORY, CORRECTIONS, BACKTEST, METHOD_CHOICE, LEAD_TIME_DEMAND, DEMAND_PLAN, LIFE_CYCLE_EFFECTS,
    SUPPLY_PLAN, SOURCING_PLAN, CAPACITY_PLAN, SHIPMENTS, SHORTAGES, COSTS, BROKEN_LIMITS, SOLUTION, *ANSWERS_TABLES,
    *MEETINGS_TABLES, *RISK_TABLES, *REGISTERS_TABLES,
    *MONITORED_TABLES, *MOVES_TABLES, *REPLAY_TABLES,
)  # fmt: skip
