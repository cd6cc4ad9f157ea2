"""The tables that say who moved the demand plan, at odds with whom, and what it was worth (steps demand, monitor)."""

from __future__ import annotations

from sopbench.contract.inputs import BUCKET, ITEM, LOCATION
from sopbench.contract.table import Table, bucket, flag, integer, number, text

STREAM_WEIGHTS = Table(
    "stream_weights",
    ("family", "stream"),
    (
        text("family", "the family"),
        text("stream", "statistical, sales, marketing or finance"),
        number("weight", "its share in the consensus where every stream speaks; the four add up to 1"),
        number("prior", "its share before anything was measured: the parameter's"),
        integer("observations", "items' buckets in which it spoke and was measured; 0 = the weight is as stated", 0),
        number("wmse", "its mean squared error relative to an item's mean demand, weighted by value", None),
        number("wmse_statistical", "that of the statistical forecast over the same observations", None),
        number("bias", "sum of forecast less demand over sum of demand, at list price", None, minimum=None),
        text("reason", "why it weighs that much"),
    ),
    "how much each stream counts in the consensus, and why (step demand)",
)

OVERRIDE_EFFECTS = Table(
    "override_effects",
    ("item_id", "location_id", "customer_id", "bucket", "position"),
    (
        ITEM,
        LOCATION,
        text("customer_id", "the customer; empty = all", ""),
        BUCKET,
        integer("position", "the place of the override in the order they are applied; 0 = the first"),
        text("override_id", "the override"),
        text("owner", "who answers for it"),
        text("reason", "why"),
        number("before", "units before it"),
        number("after", "units after it"),
    ),
    "what each override changed: the first before is the consensus without overrides, the last after the consensus "
    "(step demand)",
)

OVERRIDE_CONFLICTS = Table(
    "override_conflicts",
    ("kind", "override_id", "other_id"),
    (
        text(
            "kind",
            "contradiction: both cannot hold; replaced: the later sets the same rows again; duplicate: the same is "
            "said twice; opposed: one lowers what the other raises; ends before it starts; selects nothing; selects "
            "everything",
            choices=(
                "contradiction",
                "replaced",
                "duplicate",
                "opposed",
                "ends before it starts",
                "selects nothing",
                "selects everything",
            ),
        ),
        text("override_id", "the earlier of the two, or the only one"),
        text("owner", "who answers for it"),
        text("value", "what it says, in words"),
        text("other_id", "the later of the two; empty = it is at odds with none", ""),
        text("other_owner", "who answers for that", ""),
        text("other_value", "what that says, in words", ""),
        text("overlap", "what both select, in words"),
        bucket("start", "first bucket of the conflict"),
        bucket("end", "last bucket of the conflict"),
        text("holds", "the override that holds; both; none", ""),
        text("why", "why that one holds, and how to mend it"),
        number("units", "units at stake over these buckets", None),
        number("money", "those units at list price", None),
    ),
    "overrides that are at odds with each other or with the plan (step demand)",
)

VALUE_ADDED = Table(
    "value_added",
    ("level", "key", "lag", "step"),
    (
        text("level", "total or family"),
        text("key", "which one"),
        integer("lag", "buckets between the plan and the bucket it spoke of"),
        text("step", "naive, statistical, sales, marketing, finance, agreed (before overrides), consensus, executive"),
        text("against", "the step it is measured against; empty for the first", ""),
        integer("observations", "item buckets in which both spoke"),
        number("demand_value", "what was ordered in them, at list price", 0.0, minimum=None),
        number("wape", "the step's sum of absolute errors over sum of demand", None),
        number("wape_against", "that of the step it is measured against, over the same observations", None),
        number("bias", "sum of forecast less demand over sum of demand", None, minimum=None),
        number("added", "wape_against less wape: more than 0 makes the plan better", None, minimum=None),
        number("added_value", "absolute error taken away, in money at list price", None, minimum=None),
    ),
    "forecast value added, step by step (step monitor)",
)

OVERRIDE_VALUE = Table(
    "override_value",
    ("level", "key"),
    (
        text(
            "level",
            "owner in all, in a family, or by how far ahead the plan was made; override",
            choices=("owner", "owner and family", "owner and lag", "override"),
        ),
        text("key", "the owner; Owner: family; Owner: 1 ahead (the first bucket planned); or the override's number"),
        text("owner", "who answers for it"),
        text("reason", "why it was made; empty for an owner", ""),
        flag("in_force", "it moves the plan of this cycle; for an owner: one of theirs does", False),
        integer("observations", "buckets of items it moved that are over", 0),
        number("before_value", "absolute error without it, in money at list price", 0.0),
        number("after_value", "absolute error with it, in money at list price", 0.0),
        number("added_value", "before less after: more than 0 made the plan better", 0.0, minimum=None),
        number("bias_value", "what it left too much (+) or too little (-), in money at list price", 0.0, minimum=None),
        number("t", "mean gain of a bucket over its standard error", None, minimum=None),
        text("advice", "drop, keep or too early", choices=("drop", "keep", "too early")),
        text("message", "in words, with the money"),
    ),
    "what overrides were worth, by override and by owner, and what to do about them (step monitor)",
)

MOVES_TABLES = (STREAM_WEIGHTS, OVERRIDE_EFFECTS, OVERRIDE_CONFLICTS, VALUE_ADDED, OVERRIDE_VALUE)
