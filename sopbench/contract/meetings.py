"""The tables of the pre-S&OP and the executive meeting: scenarios, money, gaps, levers, comparison, decisions.

They hold one or more scenarios; base is the plan as it stands.
"""

from __future__ import annotations

from sopbench.contract.inputs import BUCKET, ITEM, LOCATION
from sopbench.contract.table import Table, bucket, integer, number, text

SCENARIO = text("scenario", "the scenario; base = the plan as it stands", "base")
FAMILY = text("family", "the family")

SCENARIOS = Table(
    "scenarios",
    ("scenario",),
    (
        SCENARIO,
        text("kind", "base; risk: may happen to us; option: ours to choose", "base", ("base", "risk", "option")),
        text("question", "the question it answers"),
        text("owner", "who asked; for an option, who decides", ""),
        text("changes", "what differs from base, in words"),
        number("cost", "money an option takes once, beside what its plan shows", 0.0),
        bucket("starts", "the first bucket it changes; empty = from now on", None),
    ),
    "the scenarios compared (step presop)",
)

SCENARIO_CHANGES = Table(
    "scenario_changes",
    ("scenario", "number"),
    (
        SCENARIO,
        integer("number", "the change's place among those of the scenario, its parents' first"),
        text("table", "the contract table changed"),
        text("column", "the column changed; empty where rows come or go", ""),
        text("words", "the change in words"),
        integer("rows", "rows that it changes, brings or takes"),
        text("unit", "what before and after are: sums of units or hours, a mean, or rows of the table"),
        number("before", "the rows' values before the change; empty = there was none", None, minimum=None),
        number("after", "their values after it; empty = there is none", None, minimum=None),
    ),
    "what each scenario assumes otherwise than base, and how much (step presop)",
)

SCENARIO_KPIS = Table(
    "scenario_kpis",
    ("scenario", "kpi"),
    (
        SCENARIO,
        text("kpi", "the measure"),
        text("unit", "its unit", choices=("units", "money", "share", "hours", "count")),
        number("value", "its value over the horizon", minimum=None),
        number("base", "base's value", minimum=None),
        number("difference", "value less base", minimum=None),
    ),
    "scenarios side by side (step presop)",
)

FINANCIAL_PLAN = Table(
    "financial_plan",
    ("scenario", "family", "bucket", "line"),
    (
        SCENARIO,
        FAMILY,
        BUCKET,
        text("line", "units, revenue, cost_of_goods, gross_margin, ..."),
        number("value", "money; units in the line units", minimum=None),
    ),
    "the plan in money (steps presop, executive)",
)

MONEY_ROWS = Table(
    "money_rows",
    ("item_id", "location_id", "customer_id", "bucket"),
    (
        FAMILY,
        ITEM,
        LOCATION,
        text("customer_id", "the customer; empty = all", ""),
        text("region", "the customer's, or else that of the location that serves him; empty = unknown", ""),
        text("channel", "the customer's; empty = unknown", ""),
        BUCKET,
        number("units", "units shipped"),
        number("revenue", "money, at the price when ordered"),
        number("cost_of_goods", "money, at standard cost"),
        number("gross_margin", "revenue less cost_of_goods", minimum=None),
    ),
    "the recommended plan's sales in money, row by row; adds up to financial_plan (step executive)",
)

LEVERS = Table(
    "levers",
    ("lever",),
    (
        text("lever", "the scenario that moves a limit"),
        text("gap", "what it is to close", "shortage", ("shortage", "budget")),
        text("gap_key", "the item that is short, most revenue at risk; the family under its budget", ""),
        text("cause", "what the shortage comes from; budget"),
        text("cause_id", "which resource, supplier or item that is; the family"),
        text("question", "what it asks"),
        bucket("starts", "the first bucket it changes; empty = from now on", None),
        number("closes_units", "units no longer late or lost; of a budget, units its family sells more", minimum=None),
        number("closes_money", "revenue no longer at risk; of a budget, what its family earns more", minimum=None),
        number("costs", "money paid beyond base", minimum=None),
        number("earns", "revenue beyond base less costs", minimum=None),
        number("cost_per_unit", "costs for a unit of the gap closed; empty = it closes none", None, minimum=None),
        number("cost_per_money", "costs for one money of the gap closed; empty = none", None, minimum=None),
        integer("rank", "1 = the least cost for one money of the gap"),
    ),
    "what would close the largest shortages and gaps to the budget (step presop)",
)

GAPS = Table(
    "gaps",
    ("scenario", "kind", "key", "bucket"),
    (
        SCENARIO,
        text("kind", "shortage, budget or bottleneck"),
        text("key", "the family, item or resource"),
        BUCKET,
        number("size", "units, money or hours missing", minimum=None),
        text("unit", "of size", choices=("units", "money", "hours")),
        number("money", "what it is worth", minimum=None),
        text("message", "in words"),
    ),
    "where the plan falls short (step presop)",
)

COMPARISON = Table(
    "comparison",
    ("family", "bucket", "line"),
    (
        FAMILY,
        BUCKET,
        text("line", "units, revenue or margin"),
        number("plan", "the recommended plan", minimum=None),
        number("budget", "the budget; empty = none", None, minimum=None),
        number("last_cycle", "the last released plan; empty = none", None, minimum=None),
        number("last_year", "what happened a year earlier; empty = unknown", None, minimum=None),
    ),
    "the recommended plan against budget, last cycle and last year (step executive)",
)

LATEST_ESTIMATE = Table(
    "latest_estimate",
    ("family", "year", "line"),
    (
        FAMILY,
        text("year", "the fiscal year the calendar's fiscal_period names, or else the calendar year"),
        text("line", "units, revenue or margin"),
        number("actual", "what happened before the cycle", minimum=None),
        number("plan", "what the recommended plan says of the rest", minimum=None),
        number("estimate", "both together: where the year will end", minimum=None),
        number("budget", "the budget of the whole year; empty = none", None, minimum=None),
        number("last_cycle", "what last cycle estimated; empty = nothing", None, minimum=None),
    ),
    "where each fiscal year will end, against budget (step executive)",
)

BRIDGES = Table(
    "bridges",
    ("than", "family", "cause"),
    (
        text("than", "what the plan is compared with", choices=("budget", "last_cycle", "last_year")),
        FAMILY,
        text("cause", "volume, mix, price or cost", choices=("volume", "mix", "price", "cost")),
        number("value", "gross margin that the plan has more by it, in money", minimum=None),
    ),
    "why gross margin differs, by cause (step executive)",
)

DECISIONS = Table(
    "decisions",
    ("decision_id",),
    (
        text("decision_id", "its number"),
        text("question", "what must be decided"),
        text("recommendation", "what is proposed, and why"),
        text("owner", "who decides", ""),
        bucket("due", "by when"),
        number("money", "what hangs on it", minimum=None),
    ),
    "decisions the executives must take (step executive)",
)

MEETINGS_TABLES = (
    SCENARIOS,
    SCENARIO_CHANGES,
    SCENARIO_KPIS,
    FINANCIAL_PLAN,
    MONEY_ROWS,
    GAPS,
    LEVERS,
    COMPARISON,
    LATEST_ESTIMATE,
    BRIDGES,
    DECISIONS,
)
