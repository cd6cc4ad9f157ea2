"""The command line of the registers: list, add, close and score their entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sopbench.cli.say import say
from sopbench.contract.problems import PlanningError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from sopbench.cycle import Cycle

ParamsFile = Annotated[Path, typer.Argument(help="The company's parameters, e.g. params/brewline.yaml")]
CycleName = Annotated[str, typer.Option("--cycle", help="The cycle: its first bucket, e.g. 2025-09")]
Backend = Annotated[
    str | None, typer.Option(help="Who shares the work: loky, the cores of this machine, or dask, a cluster")
]
Scheduler = Annotated[
    str | None, typer.Option(help="The cluster's scheduler, e.g. tcp://10.0.0.5:8786, or local: one started here")
]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of this day; today where none is given")]

register = typer.Typer(
    help="Assumptions, risks, opportunities, decisions and actions: list, add, close, score.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@register.command("list")
def list_entries(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    kind: Annotated[str, typer.Option(help="Only this register, e.g. risk")] = "",
    owner: Annotated[str, typer.Option(help="Only what this person answers for")] = "",
    on: Day = None,
) -> None:
    """List the register of a cycle.

    What is open, from whichever cycle it comes, and what was closed in this one.
    """
    from sopbench import executive
    from sopbench.book import Book

    cycle = opened(params_file, cycle_name)
    found = executive.register(Book(cycle.book_url).entries_written(cycle.name), cycle.name, _day(on))
    found = found[(found["kind"] == kind) | (not kind)]
    found = found[(found["owner"] == owner) | (not owner)]
    for line in lines(found, cycle.params.currency):
        say(line)
    still, late = int((found["status"] == "open").sum()), int(found["overdue"].sum())
    print(f"{cycle.params.title or cycle.params.company}, cycle {cycle.name}: {still} open, {late} overdue")


@register.command()
def add(
    params_file: ParamsFile,
    kind: Annotated[str, typer.Option(help="assumption, risk, opportunity, decision or action")],
    text: Annotated[str, typer.Option(help="In words")],
    owner: Annotated[str, typer.Option(help="Who answers for it")],
    cycle_name: CycleName = "",
    due: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Done or known by this day")] = None,
    probability: Annotated[float | None, typer.Option(help="How likely it comes, 0 to 1")] = None,
    effect_units: Annotated[float | None, typer.Option(help="Units, if it comes; below 0 = lost")] = None,
    effect_money: Annotated[float | None, typer.Option(help="Money, if it comes; below 0 = lost")] = None,
    scenario: Annotated[str, typer.Option(help="The scenario that plans for it")] = "",
    replaces: Annotated[int | None, typer.Option(help="Say this open entry anew: its number")] = None,
) -> None:
    """Add an entry to a register, or say an open one anew."""
    from sopbench.book import Book

    cycle = opened(params_file, cycle_name)
    _refuse_unknown(scenario, cycle)
    said = {"probability": probability, "effect_units": effect_units, "effect_money": effect_money}
    said |= {"scenario": scenario, "replaces": replaces}
    number = Book(cycle.book_url).add_entry(cycle.name, kind, text, owner, due.date() if due else None, **said)
    print(f"Entry {number} stands in the register of cycle {cycle.name}.")


@register.command()
def close(
    params_file: ParamsFile,
    number: Annotated[int, typer.Argument(help="The entry's number, as listed")],
    outcome: Annotated[str, typer.Option(help="What became of it, in words")],
    cycle_name: CycleName = "",
    happened: Annotated[
        bool | None, typer.Option("--happened/--did-not-happen", help="Whether it came; a probability needs it")
    ] = None,
    true_units: Annotated[float | None, typer.Option(help="Units it turned out to be")] = None,
    true_money: Annotated[float | None, typer.Option(help="Money it turned out to be")] = None,
    on: Day = None,
) -> None:
    """Close an entry with what became of it."""
    from sopbench.book import Book

    cycle = opened(params_file, cycle_name)
    said = {"happened": happened, "true_units": true_units, "true_money": true_money, "on": on.date() if on else None}
    last = Book(cycle.book_url).close_entry(cycle.name, number, outcome, **said)
    print(f"Entry {number} is closed in cycle {cycle.name}; its outcome is entry {last}.")


@register.command()
def score(params_file: ParamsFile, cycle_name: CycleName = "", on: Day = None) -> None:
    """Score what came due: kept in time, and foreseen how well."""
    from sopbench import executive
    from sopbench.book import Book

    cycle = opened(params_file, cycle_name)
    found = executive.score(Book(cycle.book_url).entries_written(cycle.name), cycle.name, _day(on))
    for line in score_lines(found, cycle.params.currency):
        say(line)
    if found.empty:
        print(f"Nothing has come due yet in the registers of cycle {cycle.name}.")


def lines(found: pd.DataFrame, currency: str) -> list[str]:
    """The entries of a register, a line each: number, state, register, text, owner, day, figures, outcome."""
    from sopbench.contract.words import in_money, in_share, in_units

    said = []
    for row in found.itertuples():
        told = [row.owner, _say(row.due, "due {:%Y-%m-%d}".format)]
        told += [_say(row.probability, lambda share: f"probability {in_share(share)}")]
        told += [_say(row.effect_units, lambda units: f"{in_units(units)} units")]
        told += [_say(row.effect_money, lambda money: in_money(money, currency))]
        told += [f"scenario {row.scenario}" if row.scenario else "", f"from {row.cycle}" if row.carried else ""]
        state = "overdue" if row.overdue else row.status
        line = f"{row.entry_id:>4} {state:<8} {row.kind:<11} {row.text} ({', '.join(filter(None, told))})"
        came = _say(row.happened, {1.0: "it came: ", 0.0: "it did not come: "}.get)
        said.append(line if row.status == "open" else f"{line}; {came}{row.outcome}")
    return said


def score_lines(found: pd.DataFrame, currency: str) -> list[str]:
    """The scores, a line for each register and owner."""
    from sopbench.contract.words import in_money, in_units

    said = []
    for row in found.itertuples():
        told = [f"{row.came_due} came due: {row.on_time} closed in time, {row.late} late, {row.overdue} overdue"]
        told += [f"Brier score {row.brier:.3f} over {row.judged}" if row.judged else ""]
        told += [_say(row.expected_units, lambda units: f"expected {in_units(units)} units")]
        told += [_say(row.true_units, lambda units: f"true {in_units(units)}")]
        told += [_say(row.expected_money, lambda money: f"expected {in_money(money, currency)}")]
        told += [_say(row.true_money, lambda money: f"true {in_money(money, currency)}")]
        said.append(f"{row.kind:<11} {row.owner}: {'; '.join(filter(None, told))}")
    return said


def _say(value: Any, words: Callable[[Any], str]) -> str:
    """The value in words; nothing where it is empty."""
    return "" if value != value else words(value)  # NaN and NaT are not equal to themselves


def opened(params_file: Path, cycle_name: str) -> Cycle:
    """The cycle a command speaks of."""
    from sopbench.cycle import open_cycle

    return open_cycle(params_file, cycle_name or None)


def _day(on: datetime | None) -> pd.Timestamp:
    import pandas as pd

    return pd.Timestamp((on or datetime.now(UTC)).date())


def _refuse_unknown(scenario: str, cycle: Cycle) -> None:
    known = ["base", *(each.name for each in cycle.scenarios())]
    if scenario and scenario not in known:
        mend = "use one of " + ", ".join(known)
        raise PlanningError(Problem("registers", "scenario", scenario, "there is no such scenario", mend))
