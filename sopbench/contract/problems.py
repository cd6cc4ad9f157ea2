"""What can be wrong with what a user gave us, said so that the user can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

GRADES = ("error", "warning", "note")
"""What a problem can be, the gravest first."""

_OTHERS = r"(?:^|, )(\d[\d,]*) more [\w ]+$"
"""How the key of a problem ends that counts those not told one by one."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong: the table, the key of the row, the value found, what is wrong and how to mend it.

    `grade` is "error" (the cycle stops), "warning" (it goes on, listed) or "note".
    `money` is what the problem affects in the company's currency, where that can be told.
    All texts are kept short and on one line, for they quote what others wrote.
    """

    table: str
    key: str
    value: str
    message: str
    mend: str
    grade: str = "error"
    money: float | None = None

    def __post_init__(self) -> None:
        for name, most in (("table", 80), ("key", 200), ("value", 80), ("message", 800), ("mend", 800)):
            object.__setattr__(self, name, _on_one_line(getattr(self, name), most))

    def __str__(self) -> str:
        where = f"{self.table} [{self.key}]" if self.key else self.table
        found = f" (found: {self.value})" if self.value else ""
        return f"{where}: {self.message}{found}. Mend: {self.mend}"


def _on_one_line(said: str, most: int) -> str:
    """The text with what cannot be printed spelt out, the middle of what is too long left out."""
    if not said.isprintable():
        said = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in said)
    return said if len(said) <= most else f"{said[: most // 2]}...{said[3 + most // 2 - most :]}"


class PlanningError(Exception):
    """Everything a user can cause, as a list of problems reported together."""

    def __init__(self, problems: Problem | Iterable[Problem]):
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        return "\n".join([f"{len(self.problems)} problems", *(f"  - {problem}" for problem in self.problems)])


def stop_on_errors(problems: Iterable[Problem]) -> None:
    """Raise one PlanningError that lists every problem of grade "error"; do nothing when there is none."""
    errors = [problem for problem in problems if problem.grade == "error"]
    if errors:
        raise PlanningError(errors)


def others_counted(keys: pd.Series) -> pd.Series:
    """How many each problem stands for that only counts others (its key is "94 more items"); NaN for all the rest."""
    return keys.astype(str).str.extract(_OTHERS, expand=False).str.replace(",", "").astype("float64")
