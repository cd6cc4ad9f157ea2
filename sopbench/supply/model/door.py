"""What supply planning refuses before it plans: tables that break the contract, and rows that contradict each other."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sopbench.contract import TABLES, PlanningError, Problem, as_is, conform, stop_on_errors, table
from sopbench.contract.conform import unknown_table


def fit_tables(
    names: tuple[str, ...], tables: Mapping[str, pd.DataFrame | None], fitted: Mapping[str, pd.DataFrame] | None = None
) -> dict[str, pd.DataFrame]:
    """The tables of these names as the contract wants them, sorted by key; those that are not there are empty.

    A table that is the very one of `fitted`, what this gave before, is not looked at again.

    What-ifs and scenarios change tables after gather has checked them. Raises PlanningError with all that breaks the
    contract, where demand_plan is empty, and for a table the contract does not know.
    """
    for name in tables:
        if name not in TABLES:
            raise unknown_table(name, list(names))
    if tables.get("demand_plan") is None or tables["demand_plan"].empty:
        raise PlanningError(Problem("demand_plan", "", "", "it is empty: nothing to plan for", "run step demand"))
    before, fits, problems = fitted or {}, {}, []
    for name in names:
        given = tables.get(name)
        known = given is not None and given is before.get(name)
        fits[name], found = (given, []) if known else _fitted(name, given)
        problems += found
    stop_on_errors(problems)
    stop_on_errors(_shares_crossed(fits["sources"]))
    return fits


def _fitted(name: str, frame: pd.DataFrame | None) -> tuple[pd.DataFrame, list[Problem]]:
    """The table sorted by key: sums of the same rows in another order would differ in their last digits.

    A table or column that may be missing and is (cycles frozen before the contract had it) gets its default.
    """
    of = table(name)
    if frame is None:
        return of.empty(), []
    ready = as_is(frame, of)
    return conform(frame, of) if ready is None else (ready, [])


def _shares_crossed(sources: pd.DataFrame) -> list[Problem]:
    rows = sources[sources["share_min"] > sources["share_max"]]
    if rows.empty:
        return []
    key = "item_id=" + rows["item_id"] + ", location_id=" + rows["location_id"]
    key = key + ", method=" + rows["method"] + ", origin_id=" + rows["origin_id"]
    found = rows["share_min"].map("{:g}".format) + " > " + rows["share_max"].map("{:g}".format)
    message, mend = "share_min is above share_max", "swap or correct the two"
    return [Problem("sources", at, said, message, mend) for at, said in zip(key, found, strict=True)]
