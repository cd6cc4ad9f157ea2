"""The tables that say what a plan risks, what that hangs on, and what a plan that hedges would do (step presop)."""

from __future__ import annotations

from sopbench.contract.inputs import BUCKET, ITEM
from sopbench.contract.table import Table, integer, number, text

SCENARIO = text("scenario", "the scenario whose plan is played; base = the plan as it stands", "base")

RISK_OUTCOMES = Table(
    "risk_outcomes",
    ("scenario", "family", "measure"),
    (
        SCENARIO,
        text("family", "the family; all = the company"),
        text(
            "measure",
            "over the horizon",
            choices=("service", "revenue", "gross_margin", "contribution",
                     "stock_average", "stock_end", "backlog_end", "cash"),
        ),
        text("unit", "its unit", choices=("share", "money")),
        number("plan", "where all turns out as planned", minimum=None),
        number("mean", "on average over the paths", minimum=None),
        number("p5", "1 path in 20 is lower", minimum=None),
        number("p10", "1 in 10 is lower", minimum=None),
        number("p50", "1 in 2 is lower", minimum=None),
        number("p90", "9 in 10 are lower", minimum=None),
        number("p95", "19 in 20 are lower", minimum=None),
        number("cvar", "mean of the worst paths (as many as hedge.worst says): the lowest, of stock and backlog the "
               "highest", minimum=None),
        number("budget", "the budget's revenue or margin over the horizon; empty = none", None, minimum=None),
        number("chance_of_missing", "share of paths below the budget where there is one", None, maximum=1.0),
    ),
    "what the plan may come to (step presop)",
)  # fmt: skip

RISK_PATHS = Table(
    "risk_paths",
    ("scenario", "path"),
    (
        SCENARIO,
        integer("path", "its number"),
        number("service", "share of units wanted that are shipped in their bucket", minimum=None, maximum=1.0),
        number("revenue", "money", minimum=None),
        number("gross_margin", "money", minimum=None),
        number("contribution", "money", minimum=None),
        number("stock_average", "money, at bucket ends"),
        number("stock_end", "money"),
        number("backlog_end", "money, at net price"),
        number("cash", "money: contribution less what stock grows by", minimum=None),
    ),
    "the company on every path, over the horizon (step presop)",
)

RISK_DRIVERS = Table(
    "risk_drivers",
    ("scenario", "driver", "key"),
    (
        SCENARIO,
        text("driver", "what may differ", choices=("demand", "outages", "delays")),
        text("key", "of which family, resource or supplier"),
        text("unit", "of low and high", choices=("units", "hours", "buckets")),
        number("low", "at its p10: units wanted, hours lost, buckets late on average"),
        number("high", "at its p90"),
        number("plan", "contribution as planned, money", minimum=None),
        number("at_low", "contribution with it alone at its p10", minimum=None),
        number("at_high", "contribution with it alone at its p90", minimum=None),
        number("swing", "how far the two lie apart, money"),
        integer("rank", "1 = the largest swing", minimum=1),
    ),
    "what the risk of the plan hangs on, each driver alone (step presop)",
)

HEDGE_PLAN = Table(
    "hedge_plan",
    ("item_id", "bucket"),
    (
        ITEM,
        BUCKET,
        number("planned", "units of it the plan brings in, over all places"),
        number("hedged", "units the hedging plan brings in"),
        number("difference", "hedged less planned", minimum=None),
        number("money", "the difference at standard cost", minimum=None),
    ),
    "what a plan that hedges would do otherwise in the buckets decided now (step presop)",
)

HEDGE_WORTH = Table(
    "hedge_worth",
    ("choice",),
    (
        text("choice", "the plan; the best on average; the hedge", choices=("plan", "best on average", "hedge")),
        number("mean", "profit on average over the courses of demand", minimum=None),
        number("worst", "its mean in the worst courses: the conditional value at risk", minimum=None),
        number("lowest", "in the very worst", minimum=None),
        number("highest", "in the best", minimum=None),
        number("costs", "what it gives up on average beside the best on average", minimum=None),
        number("saves", "what it has more in the worst courses than the best on average", minimum=None),
        number("mean_over_plan", "profit on average beyond the plan's", minimum=None),
        number("worst_over_plan", "profit in the worst courses beyond the plan's", minimum=None),
    ),
    "what the hedge costs and saves (step presop)",
)

RISK_TABLES = (RISK_OUTCOMES, RISK_PATHS, RISK_DRIVERS, HEDGE_PLAN, HEDGE_WORTH)
