"""The command line of proofs: that nothing of a cycle was changed since, and what differs between two cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sopbench.cli.register import CycleName, ParamsFile, opened
from sopbench.contract.problems import PlanningError, Problem
from sopbench.contract.words import counted, in_money, in_share, in_units, plain
from sopbench.params import STEPS

if TYPE_CHECKING:
    import pandas as pd

    from sopbench.cycle import Cycle
    from sopbench.cycle.difference import Changed

SHOWN = 8
"""Lines shown of a kind; the others are counted."""


def verify(params_file: ParamsFile, cycle_name: CycleName = "") -> None:
    """Prove that a cycle is as its steps wrote it.

    Tables and executed notebooks by their hashes, the company's files where they are still there, and the approval in
    the book. Exit code 1 where something was changed.
    """
    from sopbench.cycle.verify import verify as look

    cycle = opened(params_file, cycle_name)
    found = look(cycle)
    print(_head(cycle))
    for each in found:
        changed = f"{len(each.problems)} changed" if each.problems else each.holds
        print(f"  {each.what:<10} {changed}")
        for line in [*each.problems, *each.notes]:
            print(f"             {line}")
    changed = sum(len(each.problems) for each in found)
    if changed:
        print(f"Not verified: {counted(changed, 'thing')} changed since.")
        raise typer.Exit(1)
    print("Verified: nothing was changed since.")


def diff(
    params_file: ParamsFile,
    before: Annotated[str, typer.Argument(help="The one cycle, e.g. 2025-08")],
    after: Annotated[str, typer.Argument(help="The other one, e.g. 2025-09")],
) -> None:
    """Say what differs between two cycles.

    From the plan in money and its measures, parameters, libraries and code to every table, the most money first. Exit
    code 1 where anything differs.
    """
    cycles = [opened(params_file, name) for name in (before, after)]
    for cycle in cycles:
        if not cycle.manifest()["steps"]:
            mend = f"run: sopbench run {cycle.params_name} --cycle {cycle.name}"
            raise PlanningError(Problem("diff", "", cycle.name, "this cycle has not been run", mend))
        print(_head(cycle))
    sections = {**_plan(*cycles), **_settings(*cycles), **_steps(*cycles)}
    told = {head: lines for head, lines in sections.items() if lines}
    for head, lines in told.items():
        print(f"\n{head}")
        print("\n".join(f"  {line}" for line in _first(lines)))
    if told:
        raise typer.Exit(1)
    print("Nothing differs.")


def _head(cycle: Cycle) -> str:
    """Company, cycle, and whose approval it has."""
    approval = cycle.approval()
    said = f"approved by {approval['by']} on {approval['at'][:10]}" if approval else "not approved"
    return f"{cycle.params.title or cycle.params.company}, cycle {cycle.name}: {said}, plan {cycle.plan_hash()[:12]}"


def _first(lines: list[str]) -> list[str]:
    """The first lines of many; the others counted."""
    more = len(lines) - SHOWN
    return lines if more <= 1 else [*lines[:SHOWN], f"and {more} more"]


def _plan(before: Cycle, after: Cycle) -> dict[str, list[str]]:
    """The plan in money and its measures, and the scoreboard."""
    from sopbench.cycle import difference

    currency, said = after.params.currency, {}
    plans = [_read(cycle, "executive", "financial_plan") for cycle in (before, after)]
    if all(plan is not None for plan in plans):
        money = difference.money_changed(*plans)
        said["Plan in money, over the buckets that both plan, the largest change first"] = [
            f"{plain(line):<22} {in_money(old):>9} -> {in_money(new, currency):<14} {_signed(change, currency)}"
            for line, old, new, change in money.itertuples(index=False, name=None)
        ]
    kpis = [_read(cycle, "executive", "scenario_kpis") for cycle in (before, after)]
    if all(each is not None for each in (*plans, *kpis)):
        chosen = [rows[rows["scenario"] == plan["scenario"].iloc[0]] for rows, plan in zip(kpis, plans, strict=True)]
        said["Measures of the plan, each over its whole horizon"] = [
            f"{plain(kpi):<22} {_figure(old, unit, ''):>9} -> {_figure(new, unit, currency)}"
            for kpi, unit, old, new in difference.measures_changed(*chosen).itertuples(index=False, name=None)
        ]
    scores = [_read(cycle, "monitor", "kpis") for cycle in (before, after)]
    if all(each is not None for each in scores):
        from sopbench.contract.measures import MEASURES

        found = difference.scores_changed(*scores)
        units = [MEASURES[kpi].unit for kpi in found["kpi"]]
        said["Scoreboard, the last bucket each measured"] = [
            f"{plain(kpi):<22} {_figure(old, unit, ''):>9} -> {_figure(new, unit, currency)}"
            for unit, (kpi, old, new) in zip(units, found.itertuples(index=False, name=None), strict=True)
        ]
    return said


def _settings(before: Cycle, after: Cycle) -> dict[str, list[str]]:
    """Parameters and library versions by name, and the steps whose code differs."""
    from sopbench.cycle.difference import settings

    known = [step for step in STEPS if all("params" in cycle.record(step) for cycle in (before, after))]
    said: dict[str, dict[str, None]] = {"Parameters": {}, "Libraries": {}}
    for step in known:
        old, new = before.record(step), after.record(step)
        said["Parameters"] |= dict.fromkeys(_told(settings(old["params"], new["params"])))
        said["Libraries"] |= dict.fromkeys(_told(settings(old["libraries"], new["libraries"])))
    other = [step for step in known if before.record(step)["code"] != after.record(step)["code"]]
    code = {"Code": [f"another in {', '.join(other)}"] if other else []}
    return {head: list(lines) for head, lines in said.items()} | code


def _told(found: list[tuple[str, Any, Any]]) -> list[str]:
    return [f"{name}: {_short(old)} -> {_short(new)}" for name, old, new in found]


def _short(value: Any) -> str:
    said = "none" if value is None else str(value)
    return said if len(said) <= 60 else f"{said[:57]}..."


def _steps(before: Cycle, after: Cycle) -> dict[str, list[str]]:
    """The tables of each step that differ, and the steps that only one of the cycles has run."""
    from sopbench.cycle.difference import tables_changed

    said, prices = {}, _prices(before, after)
    for step in STEPS:
        finished = [bool(cycle.record(step)) for cycle in (before, after)]
        if not all(finished):
            lacks = [cycle.name for cycle, has in zip((before, after), finished, strict=True) if not has]
            said[f"Step {step}"] = [] if not any(finished) else [f"has not been run in cycle {lacks[0]}"]
            continue
        changed = tables_changed(before.tables(step), after.tables(step), prices)
        head = "Inputs, as gathered" if step == "gather" else f"Tables of step {step}"
        said[head] = [_in_words(each, after.params.currency) for each in changed]
    return said


def _prices(before: Cycle, after: Cycle) -> pd.DataFrame:
    """Price and cost of every item, of the later cycle where both have it."""
    import pandas as pd

    found = [items for cycle in (before, after) if (items := _read(cycle, "gather", "items")) is not None]
    columns = ["item_id", "unit_price", "unit_cost"]
    rows = pd.concat(found)[columns] if found else pd.DataFrame(columns=columns)
    return rows.drop_duplicates("item_id", keep="last")


def _in_words(changed: Changed, currency: str) -> str:
    """A table that differs, on one line."""
    counts = {"new": changed.new, "gone": changed.gone, "changed": changed.changed}
    told = ", ".join(f"{number:,} {word}" for word, number in counts.items() if number)
    where = f" ({', '.join(changed.columns[:3])}{', ...' if len(changed.columns) > 3 else ''})"
    rows = (
        f"{changed.before:,} -> {changed.after:,} rows"
        if changed.before != changed.after
        else f"{changed.after:,} rows"
    )
    worth = f", {in_money(changed.money, currency)}" if changed.money >= 0.5 else ""
    return f"{changed.name:<18} {rows}: {told}{where if changed.columns else ''}{worth}"


def _read(cycle: Cycle, step: str, name: str) -> pd.DataFrame | None:
    return cycle.read(step, name) if name in cycle.names(step) else None


def _figure(value: float, unit: str, currency: str) -> str:
    if unit == "money":
        return in_money(value, currency)
    return in_share(value) if unit == "share" else in_units(value)


def _signed(change: float, currency: str) -> str:
    return f"{'+' if change >= 0 else ''}{in_money(change, currency)}"
