"""The contract: every table that crosses a step, its columns, keys, units and checks."""

from __future__ import annotations

from sopbench.contract.conform import checked, conform, unknown_table
from sopbench.contract.inputs import INPUT_TABLES
from sopbench.contract.plans import PLAN_TABLES
from sopbench.contract.problems import PlanningError, Problem, stop_on_errors
from sopbench.contract.screen import as_is
from sopbench.contract.table import Column, Table

TABLES: dict[str, Table] = {table.name: table for table in (*INPUT_TABLES, *PLAN_TABLES)}
"""Every table of the contract by name."""

__all__ = [
    "INPUT_TABLES",
    "PLAN_TABLES",
    "TABLES",
    "Column",
    "PlanningError",
    "Problem",
    "Table",
    "as_is",
    "checked",
    "conform",
    "stop_on_errors",
    "table",
]


def table(name: str) -> Table:
    """The contract table of that name; PlanningError with the nearest name where there is none."""
    if name not in TABLES:
        raise unknown_table(name, list(TABLES))
    return TABLES[name]
