"""The command line of the scenarios: list what is asked beside base, ask one more, withdraw one."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from sopbench.cli.register import CycleName, ParamsFile, opened
from sopbench.cli.say import say
from sopbench.contract.problems import PlanningError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from sopbench.cycle import Cycle
    from sopbench.params import Scenario

scenario = typer.Typer(
    help="Scenarios: list what is asked beside base, ask one more, withdraw one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@scenario.command("list")
def list_scenarios(params_file: ParamsFile, cycle_name: CycleName = "") -> None:
    """List the scenarios of a cycle, those of the params file and those of the book."""
    from sopbench import presop
    from sopbench.book import Book

    cycle = opened(params_file, cycle_name)
    current, expired = presop.still_asked(cycle.scenarios(), cycle.start)
    for line in lines(current, Book(cycle.book_url).scenarios_written(cycle.name)):
        say(line)
    for name in expired:
        print(f"     {name}: expired, no longer asked")
    print(f"{cycle.params.title or cycle.params.company}, cycle {cycle.name}: {len(current)} asked beside base")


@scenario.command()
def add(
    params_file: ParamsFile,
    file: Annotated[Path, typer.Argument(help="YAML: a scenario, or a list, written as in a params file")],
    cycle_name: CycleName = "",
    replaces: Annotated[int | None, typer.Option(help="Say the scenario of that number anew, as listed")] = None,
) -> None:
    """Ask a scenario from this cycle on.

    Owner and reason must be said. Where the cycle is planned as far as demand, its changes are tried first.
    """
    from sopbench.book import Book
    from sopbench.params import load_scenarios

    cycle, said = opened(params_file, cycle_name), load_scenarios(file)
    if replaces is not None and len(said) > 1:
        message = f"the file holds {len(said)} scenarios, and one is replaced"
        raise PlanningError(Problem("scenarios", str(replaces), "", message, "give it a file with that one"))
    _try(cycle, said)
    for each in said:
        number = Book(cycle.book_url).add_scenario(cycle.name, each, replaces)
        print(f"Scenario {each.name} is asked from cycle {cycle.name} on, as entry {number}.")
    print(f"Solve it:  sopbench run {quote(str(params_file))} --cycle {cycle.name}")


@scenario.command()
def withdraw(
    params_file: ParamsFile,
    name: Annotated[str, typer.Argument(help="The scenario's name, as listed")],
    by: Annotated[str, typer.Option(help="Who withdraws it")] = "",
    reason: Annotated[str, typer.Option(help="Why")] = "",
    cycle_name: CycleName = "",
) -> None:
    """Ask a scenario of the book no longer, from this cycle on."""
    from sopbench.book import Book

    cycle = opened(params_file, cycle_name)
    number = Book(cycle.book_url).withdraw_scenario(cycle.name, name, by, reason)
    print(f"Scenario {name} is no longer asked from cycle {cycle.name} on, by entry {number}.")


def lines(asked: list[Scenario], book: pd.DataFrame) -> list[str]:
    """The scenarios, two lines each: number in the book if it is from there, kind, name, question, who, until, why.

    The second says what changes.
    """
    from sopbench import presop

    numbers = book.set_index("name")["id"].to_dict()
    words = presop.scenarios_table(asked).set_index("scenario")["changes"]
    said = []
    for each in asked:
        until = f"until {each.expires}" if each.expires else ""
        told = ", ".join(filter(None, (each.owner, until, each.reason)))
        line = f"{numbers.get(each.name, ''):>4} {each.kind:<6} {each.name}: {each.question}"
        said += [line + (f" ({told})" if told else ""), f"     {words[each.name]}"]
    return said


def _try(cycle: Cycle, said: list[Scenario]) -> None:
    """Raise PlanningError where the cycle is frozen, the changes cannot be made, or a name or parent is wrong."""
    from sopbench import presop, supply

    cycle.refuse_if_frozen("scenarios")
    new = {each.name for each in said}
    book = [each for each in cycle.scenarios() if each.name not in new]
    names = [each.name for each in cycle.params.presop.scenarios if each.name in new]
    if names:
        mend = "give it another name, or change it in the params file"
        raise PlanningError([Problem("scenarios", name, "", f"{cycle.params_name} asks it", mend) for name in names])
    planned = [name for name in ("demand_plan", "lead_time_demand") if name in cycle.names("demand")]
    if cycle.names("gather") and planned:
        tables = {name: cycle.read("gather", name) for name in cycle.names("gather")}
        tables = {name: frame for name, frame in tables.items() if name in (*supply.INPUTS, "events")}
        tables |= {name: cycle.read("demand", name) for name in planned}
        presop.scenario_tables(presop.still_asked([*book, *said], cycle.start)[0], tables)
