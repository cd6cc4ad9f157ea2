"""The tables of a replay: what each way of planning came to, bucket by bucket and in all."""

from __future__ import annotations

from sopbench.contract.inputs import BUCKET
from sopbench.contract.table import Table, flag, integer, number, text

CANDIDATE = text("candidate", "the way of planning that was replayed")

REPLAY_MONTHS = Table(
    "replay_months",
    ("candidate", "bucket"),
    (
        CANDIDATE,
        BUCKET,
        flag("scored", "false while the company settles from the state it was put in at first"),
        number("demand", "units truly ordered"),
        number("shipped", "units"),
        number("on_time", "units shipped in the bucket they were ordered for"),
        number("lost", "units not delivered any more"),
        number("backlog", "units owed at its end"),
        number("revenue", "money"),
        number("production", "paid, beside hours"),
        number("purchase", "paid on arrival"),
        number("subcontracting", "paid on arrival"),
        number("transport", "paid on arrival"),
        number("hours", "paid for hours worked, people and set-ups"),
        number("spent", "all that was paid"),
        number("holding", "money"),
        number("late", "money that units owed cost"),
        number("lost_sales", "money the units lost would have brought"),
        number("written_off", "money, at standard cost"),
        number("stock", "money at its end, at standard cost"),
        number(
            "stock_growth",
            "money: stock and what is under way, at what it takes to get again, less before",
            minimum=None,
        ),
        number("cost", "spent - stock_growth + holding + late + lost_sales", minimum=None),
        number("margin", "revenue - spent + stock_growth - holding - late", minimum=None),
        number("cash", "revenue less spent, since the first bucket", minimum=None),
        number("forecast_error", "money at list price: units forecast too many or too few, by item and location"),
        number("forecast_bias", "money at list price: units too many less units too few", minimum=None),
        number("demand_value", "money at list price: units ordered"),
        number("nervousness", "share of the last plan's near starts that was changed; empty = no plan before", None),
        number("imbalance", "largest violation of a balance of stock, backlog or cash, units or money"),
    ),
    "a way of planning replayed through the past, each bucket (command replay)",
)

REPLAY_SCORES = Table(
    "replay_scores",
    ("candidate",),
    (
        CANDIDATE,
        text("meaning", "what is tried, in words", ""),
        integer("rank", "1 = most margin; bounds are ranked with the others", minimum=1),
        flag("bound", "naive policy or perfect foresight: what the others are held against"),
        integer("buckets", "buckets scored", minimum=1),
        number("margin", "money earned in all", minimum=None),
        number("cost", "money in all", minimum=None),
        number("revenue", "money"),
        number("service", "share of units ordered that were shipped in their bucket", maximum=1.0),
        number("lost_share", "share of units ordered that were never delivered", maximum=1.0),
        number("stock", "money at bucket ends, on average"),
        number("nervousness", "share of the last plan's near starts that was changed, on average; empty = none", None),
        number("wape", "forecast error of the bucket planned, share of demand at list price"),
        number("bias", "the same with its sign: above 0 = forecast too high", minimum=None),
        number("gained", "share of what lies between the bounds; empty = not both were replayed", None, minimum=None),
        text("against", "the candidate it is compared with, bucket by bucket; empty = it is that one", ""),
        number("difference", "margin more than the other's, money a bucket", None, minimum=None),
        number("low", "lower end of the interval of difference", None, minimum=None),
        number("high", "upper end of the interval of difference", None, minimum=None),
        number("naive_difference", "margin more than the naive policy's, money a bucket; empty = none", None,
               minimum=None),
        number("naive_low", "lower end of the interval of naive_difference", None, minimum=None),
        number("naive_high", "upper end of the interval of naive_difference", None, minimum=None),
    ),
    "what each way of planning came to, ranked by money (command replay)",
)  # fmt: skip

REPLAY_CHOICES = Table(
    "replay_choices",
    ("parameter", "bucket"),
    (
        text("parameter", "setting of the params file, e.g. supply.safety_factor; \"all together\" = each at once"),
        text("value", "what was chosen, from what had been earned before the bucket"),
        BUCKET,
        integer("chosen_on", "buckets before it that the choice was made on", minimum=0),
        number("gained", "money a bucket that the choice had earned more than the setting as it stands; empty = none",
               None, minimum=None),
    ),
    "the value of each setting that had earned most, each time it was chosen anew (command learn)",
)  # fmt: skip

REPLAY_LEARNED = Table(
    "replay_learned",
    ("parameter",),
    (
        text("parameter", "setting of the params file; \"all together\" = each at once"),
        text("now", "its value as it stands", ""),
        text("tried", "the values tried beside it", ""),
        text("best", "the value that earned most in all buckets; what would be chosen next", ""),
        number("seen", "money a bucket that it earned more than the value as it stands, the buckets it was chosen on "
               "among them: more than it promises; empty = nothing was tried", None, minimum=None),
        integer("buckets", "buckets measured, none of which a choice knew when it was made", minimum=0),
        number("difference", "out of sample: money a bucket more than the params file as it stands", None,
               minimum=None),
        number("low", "lower end of the interval of difference", None, minimum=None),
        number("high", "upper end of the interval of difference", None, minimum=None),
        flag("proposed", "whether the gain out of sample is more than luck and the value is not the one there is"),
        text("reason", "why it is proposed or not, in words", ""),
    ),
    "what settings would have been best, and the money choosing them would have made (command learn)",
)  # fmt: skip

REPLAY_TABLES = (REPLAY_MONTHS, REPLAY_SCORES, REPLAY_CHOICES, REPLAY_LEARNED)
