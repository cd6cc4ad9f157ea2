"""Conditions of an approval or a return: what must come true, and the actions of the registers they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sopbench.book.said import too_long
from sopbench.contract import PlanningError, Problem, stop_on_errors


@dataclass(frozen=True)
class Condition:
    """A condition of an approval: what must come true, who sees to it, and by when."""

    text: str
    owner: str = ""
    due: date | None = None

    @classmethod
    def said(cls, words: str) -> Condition:
        """The condition of a text: "the line runs", or "the line runs | Bob | 2025-10-01".

        Raises PlanningError where the text is empty, the day is none, or more is said.
        """
        text, owner, day, *rest = [each.strip() for each in words.split("|")] + [""] * 2
        mend = 'write it like "the line runs | Bob | 2025-10-01"; owner and day may be left out'
        try:
            due = date.fromisoformat(day) if day else None
        except ValueError as error:
            raise PlanningError(Problem("approval", "condition", day, "this is no day", mend)) from error
        if not text or any(rest):
            raise PlanningError(Problem("approval", "condition", words, "this is no condition", mend))
        return cls(text, owner, due)


def on_conditions(
    by: str, plan_hash: str, conditions: Sequence[Condition], within: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What is recorded of an approval or a return, and the actions its conditions become.

    A condition without an owner is that of `by`, one without a day is due `within` days from now. Raises PlanningError
    where a condition or the name of its owner is longer than the book takes.
    """
    texts = "; ".join(each.text for each in conditions)
    stop_on_errors([*too_long("conditions", [texts]), *too_long("owner", [each.owner for each in conditions])])
    last = datetime.now(UTC).date() + timedelta(days=within)
    actions = [
        {"kind": "action", "status": "open", "text": each.text, "owner": each.owner or by}
        | {"due": (each.due or last).isoformat()}
        for each in conditions
    ]
    return {"by": by, "plan_hash": plan_hash, "conditions": texts}, actions
