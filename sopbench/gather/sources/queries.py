"""Reads a mapping: a folder with one SELECT a contract table, in .sql files, and those that several of them share.

A file whose name starts with _ gives no table of the contract but one that the others use by that name, so that what
several need is written once. It may itself use those before it in the order of their names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from sopbench.contract import INPUT_TABLES, Problem
from sopbench.gather.sources.sql import SqlFault, names, select

TABLES = [table.name for table in INPUT_TABLES]

TIME_LIMIT = 600.0
"""Seconds one SELECT may take where nothing else is said."""


@dataclass(frozen=True)
class Query:
    """One .sql file: the table it gives, its SELECT, and the shared queries it needs, directly or through another."""

    table: str
    file: str
    sql: str
    needs: tuple[str, ...] = ()

    @property
    def shared(self) -> bool:
        """Whether it is there for the other queries."""
        return self.table.startswith("_")

    def lacks(self, there: set[str]) -> bool:
        """Whether a shared query it needs has failed: what is wrong is told there, and need not be told again."""
        return not set(self.needs) <= there


def queries(mapping: Path) -> tuple[list[Query], list[Problem]]:
    """Every query of a mapping, those that are shared first, by name; and what is wrong with the files."""
    files = sorted(mapping.glob("*.sql"), key=lambda path: (not path.name.startswith("_"), path.name))
    if not files:
        mend = "add one .sql file for each contract table, e.g. items.sql"
        return [], [Problem("gather", str(mapping), "", "the mapping holds no .sql file", mend)]
    found: list[Query] = []
    problems: list[Problem] = []
    shared: dict[str, tuple[str, ...]] = {}
    for path in files:
        try:
            sql = _select(path)
            words = names(sql)
        except SqlFault as fault:
            problems.append(fault.problem(path.stem, path.name))
            if path.stem.startswith("_"):
                shared[path.stem] = ()
            continue
        used = {name for name in shared if name.lower() in words}
        used |= {deeper for name in used for deeper in shared[name]}
        query = Query(path.stem, path.name, sql, tuple(sorted(used)))
        if query.shared:
            shared[query.table] = query.needs
        found.append(query)
    return found, problems


def too_long(seconds: float) -> SqlFault:
    """The fault of a SELECT that was stopped."""
    mend = "mend the SQL, let it read less, or raise gather.time_limit"
    return SqlFault(f"it took longer than {seconds:g} seconds and was stopped", mend)


def _select(path: Path) -> str:
    if path.stem.startswith("_") and not re.fullmatch(r"\w+", path.stem):
        raise SqlFault("no name that other queries could use", "name it with letters, digits and _ alone")
    if not path.stem.startswith("_") and path.stem not in TABLES:
        near = get_close_matches(path.stem, TABLES, 1)
        mend = f"did you mean {near[0]}.sql?" if near else "name it after a table of the contract"
        raise SqlFault("the contract has no such input table", mend)
    try:
        return select(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SqlFault(f"the file is not UTF-8 ({error.reason})", "save it as UTF-8") from error
