"""Targets and limits of the parameters: those for all, and a family's own."""

from __future__ import annotations

from difflib import get_close_matches

import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.params import Monitor


def limit(settings: Monitor, name: str, families: pd.Series) -> pd.Series:
    """The target or limit `name` of each of `families` (names; others than families have that of all)."""
    own = {family: getattr(said, name) for family, said in settings.family_limits.items()}
    own = {family: value for family, value in own.items() if value is not None}
    return families.map(own).astype("float64").fillna(getattr(settings, name))


def refuse_unknown_families(settings: Monitor, items: pd.DataFrame) -> None:
    """Raise PlanningError where limits are given to a family that no item has."""
    known = sorted(items["family"].unique())
    problems = []
    for family in sorted(set(settings.family_limits) - set(known)):
        near = get_close_matches(family, known, 1) or known
        message = "no item has this family"
        problems.append(Problem("params", "monitor.family_limits", family, message, "write " + " or ".join(near)))
    if problems:
        raise PlanningError(problems)
