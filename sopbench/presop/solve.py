"""Solves the scenarios, with whatever solves one of them handed in, on as many processes as are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from sopbench.contract import TABLES
from sopbench.params import Presop, Scenario
from sopbench.presop.finance import GIVEN, MADE, financial_plan
from sopbench.presop.prices import realised_share
from sopbench.presop.scenarios import Tables, scenario_tables
from sopbench.shared import share_out, sharers

PLANS = (
    "supply_plan", "sourcing_plan", "capacity_plan", "shipments", "shortages", "costs", "broken_limits", "solution",
)  # fmt: skip
"""What a solved scenario consists of."""

IN_MONEY = ("shortages", "costs", "financial_plan")
"""What is kept of a scenario that is only measured."""

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
    kept: Iterable[str] = PLANS,
) -> Tables:
    """The plans of base and of every scenario, by the names of `kept`; the same bytes on any number of processes.

    Args:
        scenarios: what is put over `tables`, each by itself.
        tables: what base is planned from, by name.
        solve: gives these plans for a scenario's name and the tables that differ from base's; the rest is as in base.
        taken: the tables that plans are made from; a change of another (a price of an event) leaves base's plan.
        jobs: processes that share the scenarios where the work is much (WORTH_PROCESSES), each with a copy of `solve`
            of its own; -1 = as many as there are cores, or as the backend of the active joblib.parallel_config has.
        kept: which of the tables that `solve` gives are kept.

    Raises PlanningError with the problems of all scenarios before the first is solved.
    """
    names, kept = tuple(taken), tuple(kept)
    asked = [
        (scenario, {name: changed[name] for name in names if changed[name] is not tables[name]})
        for scenario, changed in scenario_tables(scenarios, tables).items()
    ]
    much = len(asked) * len(tables["demand_plan"]) >= WORTH_PROCESSES
    workers = min(sharers(jobs, much), len(asked))
    dealt = [asked[first::workers] for first in range(workers)]  # one batch a process: `solve` is sent once to each
    batches = share_out(_solve_all, ((solve, each, kept) for each in dealt), workers)
    solved = [plans for batch in batches for plans in batch]
    # each scenario's table is let go when it is in the one of all: of a large company there is no room for both
    return {name: _together(name, [plans.pop(name) for plans in solved]) for name in kept}


def solve_in_money(
    scenarios: Iterable[Scenario],
    tables: Tables,
    solve: Callable[[str, Tables], Tables],
    taken: Iterable[str],
    sales: pd.DataFrame,
    settings: Presop,
    jobs: int = 1,
) -> Tables:
    """What is measured of base and of every scenario: shortages, costs and financial_plan, as `financial_plans` has it.

    A plan itself is let go as soon as it is told in money, so that many of a large company can be asked. Arguments as
    of `solve_scenarios` and `financial_plans`.
    """
    planned_from = tuple(taken)
    realised = realised_share(tables["items"], tables["events"], sales, tables["sales_terms"])

    def answer(scenario: str, changed: Tables) -> Tables:
        plans = solve(scenario, {name: frame for name, frame in changed.items() if name in planned_from})
        given = {name: changed.get(name, tables[name]) for name in GIVEN}
        made = {name: plans[name] for name in MADE}
        earned = financial_plan(**given, **made, sales=sales, settings=settings, realised=realised)
        return {"shortages": plans["shortages"], "costs": plans["costs"], "financial_plan": earned}

    return solve_scenarios(scenarios, tables, answer, dict.fromkeys([*planned_from, *GIVEN]), jobs, IN_MONEY)


def _solve_all(
    solve: Callable[[str, Tables], Tables], asked: list[tuple[str, Tables]], kept: tuple[str, ...]
) -> list[Tables]:
    found = []
    for scenario, changed in asked:
        plans = solve(scenario, changed)
        found.append({name: plans[name] for name in kept})
    return found


def _together(name: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of all scenarios, in the order of the contract; a scenario without rows leaves the types alone."""
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(filled).sort_values(list(TABLES[name].key), ignore_index=True)
