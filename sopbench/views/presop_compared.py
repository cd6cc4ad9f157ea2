"""Scenarios in the pre-S&OP meeting: what each assumes otherwise than base, beside what it changes in the result."""

from __future__ import annotations

import pandas as pd

from sopbench.contract.words import in_share
from sopbench.views.numbers import in_difference, in_units

RESULTS = {
    "units": "units",
    "revenue": "revenue",
    "contribution": "contribution",
    "service": "service, points",
    "late_or_lost": "late or lost",
    "inventory_average": "stock on average",
    "cash": "cash",
    "overtime_hours": "overtime, hours",
    "bottlenecks": "bottlenecks",
}
"""The results whose difference to base is shown, and what their columns are called."""

SIGNED = tuple(RESULTS.values())

MONEY = tuple(RESULTS[kpi] for kpi in ("revenue", "contribution", "late_or_lost", "inventory_average", "cash"))


def assumptions_beside_results(
    scenario_changes: pd.DataFrame, scenario_kpis: pd.DataFrame, scenarios: pd.DataFrame
) -> pd.DataFrame:
    """A row a scenario, options first: what it assumes, with how much, and its results less base's.

    Cash is contribution less what stock at the end grows by, as if all were paid at once.
    """
    differences = scenario_kpis.pivot_table("difference", "scenario", "kpi", "sum")
    differences["cash"] = differences["contribution"] - differences["inventory_end"]
    differences["service"] *= 100
    said = [f"{each['words']} ({_how_much(each)})" for each in scenario_changes.to_dict("records")]
    assumed = pd.Series(said, dtype=object).groupby(scenario_changes["scenario"].to_numpy()).agg("; ".join)
    rows = scenarios[scenarios["kind"] != "base"].sort_values(["kind", "scenario"])
    found = pd.DataFrame({"scenario": rows["scenario"].str.replace("_", " ") + " (" + rows["kind"] + ")"})
    found["assumed otherwise"] = rows["scenario"].map(assumed)
    for kpi, name in RESULTS.items():
        found[name] = rows["scenario"].map(differences[kpi])
    return found.reset_index(drop=True)


def _how_much(change: dict[str, object]) -> str:
    """The size of a change: +1,200 units, 3 → 5 on average, 2 rows."""
    before, after, unit = change["before"], change["after"], change["unit"]
    if unit == "rows":
        return f"{change['rows']:,} row" + ("" if change["rows"] == 1 else "s")
    if unit != "mean":
        return f"{in_difference(after - before)} {unit}"
    say = in_share if "share" in str(change["column"]) or "level" in str(change["column"]) else _short
    return f"{say(before)} → {say(after)}" + (" on average" if change["rows"] > 1 else "")


def _short(value: float) -> str:
    return (
        "none" if value != value else f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 100 else in_units(value)
    )
