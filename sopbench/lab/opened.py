"""Opens a cycle for the lab: its gathered tables, and the demand step's tables where they still hold."""

from __future__ import annotations

import pandas as pd

from sopbench import verdict
from sopbench.book import Book
from sopbench.contract import checked, stop_on_errors, table
from sopbench.cycle import Cycle
from sopbench.cycle.fingerprint import up_to_date
from sopbench.run import step_notebook


def gathered(cycle: Cycle) -> tuple[dict[str, pd.DataFrame], str]:
    """The cycle's input tables, overrides of the book among them, and in words where they come from.

    Where the cycle has no gathered tables the company's data is read anew and nothing is written.
    Raises PlanningError that lists what keeps the data from being planned.
    """
    if cycle.record("gather"):
        tables, said = cycle.tables("gather"), f"as gathered for cycle {cycle.name}"
    else:
        tables, problems = verdict.examined(cycle)
        stop_on_errors(problems)
        said = f"read anew, as cycle {cycle.name} has not been run"
    spoken = [tables["overrides"], Book(cycle.book_url).overrides(cycle.name)]
    overrides = pd.concat([rows for rows in spoken if len(rows)] or spoken[:1])
    return {**tables, "overrides": checked(overrides, table("overrides"))}, said


def demand_tables(cycle: Cycle) -> dict[str, pd.DataFrame]:
    """The tables the cycle's demand step has written; none where parameters, code or data are not those of now."""
    if cycle.record("demand") and up_to_date(cycle, "demand", step_notebook("demand")):
        return cycle.tables("demand")
    return {}
