"""Solves the scenarios, with whatever solves one of them handed in, on as many processes as are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from sopbench.contract import TABLES
from sopbench.params import Scenario
from sopbench.presop.scenarios import Tables, scenario_tables
from sopbench.shared import share_out, sharers

PLANS = (
    "supply_plan", "sourcing_plan", "capacity_plan", "shipments", "shortages", "costs", "broken_limits", "solution",
)  # fmt: skip
"""What a solved scenario consists of."""

WORTH_PROCESSES = 100_000
"""Plans times rows of demand_plan from which processes share the scenarios.

One takes two seconds of computing to start. Eight plans of the example company (9,396 rows) take 3.5 s in one process,
3.9 s in each of two; eight of a company of 300 items (12,960 rows) 12.4 s in one, 8.5 s in each of two.
"""


def solve_scenarios(
    scenarios: Iterable[Scenario],
    tables: Tables,
    solve: Callable[[str, Tables], Tables],
    taken: Iterable[str],
    jobs: int = 1,
) -> Tables:
    """The plans of base and of every scenario, by the names of PLANS; the same bytes on any number of processes.

    Args:
        scenarios: what is put over `tables`, each by itself.
        tables: what base is planned from, by name.
        solve: gives these plans for a scenario's name and the tables that differ from base's; the rest is as in base.
        taken: the tables that plans are made from; a change of another (a price of an event) leaves base's plan.
        jobs: processes that share the scenarios where the work is much (WORTH_PROCESSES), each with a copy of `solve`
            of its own; -1 = as many as there are cores, or as the backend of the active joblib.parallel_config has.

    Raises PlanningError with the problems of all scenarios before the first is solved.
    """
    names = tuple(taken)
    asked = [
        (scenario, {name: changed[name] for name in names if changed[name] is not tables[name]})
        for scenario, changed in scenario_tables(scenarios, tables).items()
    ]
    much = len(asked) * len(tables["demand_plan"]) >= WORTH_PROCESSES
    workers = min(sharers(jobs, much), len(asked))
    dealt = [asked[first::workers] for first in range(workers)]  # one batch a process: `solve` is sent once to each
    batches = share_out(_solve_all, ((solve, each) for each in dealt), workers)
    solved = [plans for batch in batches for plans in batch]
    return {name: _together(name, [plans[name] for plans in solved]) for name in PLANS}


def _solve_all(solve: Callable[[str, Tables], Tables], asked: list[tuple[str, Tables]]) -> list[Tables]:
    return [solve(scenario, changed) for scenario, changed in asked]


def _together(name: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of all scenarios, in the order of the contract; a scenario without rows leaves the types alone."""
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(filled).sort_values(list(TABLES[name].key), ignore_index=True)
