"""The tables of monitoring: measures against their targets, what a service miss came from, exceptions, orders."""

from __future__ import annotations

from sopbench.contract.inputs import BUCKET, ITEM, LOCATION
from sopbench.contract.table import Table, bucket, flag, integer, number, text

ACCURACY = Table(
    "accuracy",
    ("stream", "level", "key", "lag"),
    (
        text("stream", "statistical, sales, marketing, finance, consensus, naive"),
        text("level", "total, family or item"),
        text("key", "which one"),
        integer("lag", "buckets between the plan and the bucket it spoke of"),
        integer("observations", "bucket values compared"),
        integer("stockouts", "of these, in buckets with a stockout, where orders hide demand", 0),
        number("demand_value", "what was ordered, at list price", 0.0, minimum=None),
        number("over_value", "forecast beyond what was ordered, at list price", 0.0),
        number("under_value", "ordered beyond what was forecast, at list price", 0.0),
        number("wape", "sum of absolute errors over sum of demand", None),
        number("mape", "mean of absolute error over demand, where there was demand", None),
        number("mad", "mean absolute deviation by bucket, at list price", None),
        number("bias", "sum of forecast less demand over sum of demand", None, minimum=None),
        number("mase", "mean absolute error over that of the seasonal naive in history", None),
        number("rmsse", "root mean squared error over that of the naive in history", None),
        number("tracking_signal", "sum of errors over mean absolute deviation", None, minimum=None),
        number("wape_naive", "the naive forecast's wape over the same observations", None),
    ),
    "what became of earlier forecasts (step monitor)",
)

KPIS = Table(
    "kpis",
    ("kpi", "level", "key", "bucket"),
    (
        text("kpi", "the measure"),
        text("level", "total, family, item or resource"),
        text("key", "which one"),
        BUCKET,
        number("value", "its value", None, minimum=None),
        number("target", "what it should be; empty = none", None, minimum=None),
        number("trend", "value less the mean of up to three buckets before; empty = none before", None, minimum=None),
    ),
    "service, stock, attainment and money, plan against what happened (step monitor)",
)

EXCEPTIONS = Table(
    "exceptions",
    ("rule", "key", "bucket"),
    (
        text("rule", "the rule that was broken"),
        text("key", "where"),
        BUCKET,
        text("severity", "high, medium or low", choices=("high", "medium", "low")),
        number("value_at_risk", "money"),
        text("message", "in words"),
        text("owner", "who looks after it", ""),
        bucket("due", "the day by which it is looked after", None),
        text("status", "open or silenced", "open", ("open", "silenced")),
        flag("shown", "open, and among those with most money", True),
        text("silenced_by", "who silenced it", ""),
        text("reason", "why it is silenced", ""),
        bucket("until", "the day from which it is raised again; empty = not silenced", None),
    ),
    "what needs someone's attention, ranked by money (step monitor)",
)

RELEASED_ORDERS = Table(
    "released_orders",
    ("order_id",),
    (
        text("order_id", "its number, the same at every release of the plan"),
        text(
            "kind",
            "production order, purchase requisition, subcontract order or transfer",
            choices=("make", "buy", "subcontract", "move"),
        ),
        ITEM,
        LOCATION,
        text("origin_id", "supplier or location it comes from", ""),
        bucket("start", "start or order by"),
        bucket("due", "arrives in"),
        number("qty", "units"),
        flag("firm", "inside the time fence: released to be done", False),
    ),
    "the approved plan as orders (step monitor)",
)

SERVICE_CAUSES = Table(
    "service_causes",
    ("level", "key", "bucket", "cause"),
    (
        text("level", "total, family or item", choices=("total", "family", "item")),
        text("key", "which one"),
        BUCKET,
        text("cause", "demand, supply or policy", choices=("demand", "supply", "policy")),
        number("missed_value", "ordered and not shipped in the bucket, at list price"),
        number("points", "the same as a share of all that was ordered in the bucket"),
    ),
    "what orders not shipped in their bucket came from (step monitor)",
)

SILENCES = Table(
    "silences",
    ("alert",),
    (
        text("alert", "the rule and the key: accuracy/PM-101"),
        bucket("until", "the day from which it is raised again"),
        text("reason", "why"),
        text("by", "who silenced it"),
    ),
    "exceptions that somebody silenced for a time (from the book)",
)

MONITORED_TABLES = (ACCURACY, KPIS, SERVICE_CAUSES, EXCEPTIONS, SILENCES, RELEASED_ORDERS)
