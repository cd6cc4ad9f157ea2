"""How much a person may say in one entry of the book: something, and no more than others can read on a page."""

from __future__ import annotations

from collections.abc import Iterable

from sopbench.contract import PlanningError, Problem

TEXT, NAME = 2_000, 200
"""Characters the book takes of a text (a reason, a question, a condition) and of a name."""

NAMES = ("by", "owner", "name")
"""What of an entry is a name; the rest is text."""


def refuse_unfit(**said: str) -> None:
    """Raise PlanningError where something that must be said is empty, or longer than the book takes."""
    empty = [name for name, value in said.items() if not value.strip()]
    problems = [Problem("book", name, "", f"{name} is empty", f"say {name}") for name in empty]
    problems += [found for name, value in said.items() for found in too_long(name, [value])]
    if problems:
        raise PlanningError(problems)


def too_long(name: str, values: Iterable[str]) -> list[Problem]:
    """A problem for each value that is longer than the book takes of what is so called."""
    most = NAME if name in NAMES else TEXT
    return [
        Problem("book", name, value, f"{name} has {len(value):,} characters, {most:,} are taken", "say it shorter")
        for value in values
        if len(value) > most
    ]
