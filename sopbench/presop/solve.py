"""Solves the scenarios, with whatever solves one of them handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from sopbench.contract import TABLES
from sopbench.params import Scenario
from sopbench.presop.scenarios import Tables, scenario_tables

PLANS = (
    "supply_plan", "sourcing_plan", "capacity_plan", "shipments", "shortages", "costs", "broken_limits", "solution",
)  # fmt: skip
"""What a solved scenario consists of."""


def solve_scenarios(
    scenarios: Iterable[Scenario],
    tables: Tables,
    solve: Callable[[str, Tables], Tables],
    taken: Iterable[str],
) -> Tables:
    """The plans of base and of every scenario, by the names of PLANS.

    Args:
        scenarios: what is put over `tables`, each by itself.
        tables: what base is planned from, by name.
        solve: gives these plans for a scenario's name and the tables that differ from base's; the rest is as in base.
        taken: the tables that plans are made from; a change of another (a price of an event) leaves base's plan.

    Raises PlanningError with the problems of all scenarios before the first is solved.
    """
    names = tuple(taken)
    solved = [
        solve(scenario, {name: changed[name] for name in names if changed[name] is not tables[name]})
        for scenario, changed in scenario_tables(scenarios, tables).items()
    ]
    return {name: _together(name, [plans[name] for plans in solved]) for name in PLANS}


def _together(name: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of all scenarios, in the order of the contract; a scenario without rows leaves the types alone."""
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(filled).sort_values(list(TABLES[name].key), ignore_index=True)
