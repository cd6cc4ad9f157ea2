"""The tables of the registers: what was assumed, feared, hoped for, decided and promised, and what became of it."""

from __future__ import annotations

from sopbench.contract.table import Table, bucket, flag, integer, number, text

KINDS = ("assumption", "risk", "opportunity", "decision", "action")
"""The registers an entry may stand in."""

STATUSES = ("open", "closed")
"""What an entry may be."""

KIND = text("kind", "the register it stands in", choices=KINDS)
OWNER = text("owner", "who answers for it")

REGISTERS = Table(
    "registers",
    ("entry_id",),
    (
        integer("entry_id", "its number in the book, in its latest form"),
        text("cycle", "the cycle it was first written down in"),
        flag("carried", "it comes from an earlier cycle"),
        KIND,
        text("text", "in words"),
        OWNER,
        bucket("due", "the day by which it is done or known; empty = none", None),
        flag("overdue", "open, and past its day"),
        number("probability", "how likely it is, 0 to 1; empty = nobody said", None, maximum=1.0),
        number("effect_units", "units, if it comes; below 0 = lost", None, minimum=None),
        number("effect_money", "money, if it comes; below 0 = lost", None, minimum=None),
        text("scenario", "the scenario that plans for it; empty = none", ""),
        text("status", "open or closed", choices=STATUSES),
        bucket("closed_on", "the day it was closed; empty = open", None),
        text("outcome", "what became of it; empty = open", ""),
        number("happened", "1 = it came, 0 = it did not; empty = nobody said", None, maximum=1.0),
        number("true_units", "units it turned out to be; empty = nobody said", None, minimum=None),
        number("true_money", "money it turned out to be; empty = nobody said", None, minimum=None),
    ),
    "entries open in this cycle, carried ones among them, and those closed in it (step executive)",
)

REGISTER_SCORES = Table(
    "register_scores",
    ("kind", "owner"),
    (
        KIND,
        OWNER,
        integer("came_due", "entries whose day is past"),
        integer("on_time", "of these, closed by their day"),
        integer("late", "of these, closed after it"),
        integer("overdue", "of these, still open"),
        integer("judged", "risks and opportunities come due with a probability, known to have come or not"),
        number("brier", "Brier score of these: mean (probability - happened) squared; 0 is best", None, maximum=1.0),
        number("expected_units", "sum of probability times effect, where the true effect is known", None, minimum=None),
        number("true_units", "the true effect of the same entries", None, minimum=None),
        number("expected_money", "sum of probability times effect, where the true effect is known", None, minimum=None),
        number("true_money", "the true effect of the same entries", None, minimum=None),
    ),
    "what came due up to this cycle, by register and owner: kept in time, and foreseen how well (step executive)",
)

REGISTERS_TABLES = (REGISTERS, REGISTER_SCORES)
