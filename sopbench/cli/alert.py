"""The command line of the alerts: list a cycle's exceptions, silence one for a time."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from sopbench.cli.register import CycleName, ParamsFile, opened
from sopbench.cli.say import say
from sopbench.contract.problems import PlanningError, Problem

if TYPE_CHECKING:
    import pandas as pd

alert = typer.Typer(
    help="Alerts: list what needs someone's attention, silence one for a time.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@alert.command("list")
def list_alerts(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    everything: Annotated[bool, typer.Option("--all", help="Also those below the screenful")] = False,
) -> None:
    """List a cycle's alerts, the dearest first, and those that are silenced."""
    from sopbench.contract import checked, table

    cycle = opened(params_file, cycle_name)
    found = checked(cycle.read("monitor", "exceptions"), table("exceptions"))  # one of an earlier version has less
    found = found.sort_values("value_at_risk", ascending=False, kind="stable")
    for line in lines(found[found["shown"] | (found["status"] == "silenced") | everything]):
        say(line)
    still = found[found["status"] == "open"]
    silent = len(found) - len(still)
    said = f"{len(still)} open, {int(still['shown'].sum())} of them shown, {silent} silenced"
    print(f"{cycle.params.title or cycle.params.company}, cycle {cycle.name}: {said}")


@alert.command()
def silence(
    params_file: ParamsFile,
    key: Annotated[str, typer.Argument(help="The alert as listed, e.g. accuracy/PM-101")],
    until: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], help="The day from which it is raised again; an earlier one ends it"),
    ],
    reason: Annotated[str, typer.Option(help="Why")] = "",
    by: Annotated[str, typer.Option(help="Who silences it")] = "",
    cycle_name: CycleName = "",
) -> None:
    """Silence an alert until a day, with a reason; an approved cycle takes it too.

    It is kept in the book and counted as silenced. Say it again for another day.
    """
    from sopbench.book import Book

    cycle = opened(params_file, cycle_name)
    found = cycle.read("monitor", "exceptions")
    known = sorted(set(found["rule"] + "/" + found["key"]) | set(Book(cycle.book_url).silences(cycle.name)["alert"]))
    if key not in known:
        near = get_close_matches(key, known, 1)
        mend = f"did you mean {near[0]}?" if near else f"look them up: sopbench alert list {quote(str(params_file))}"
        raise PlanningError(Problem("exceptions", key, "", f"cycle {cycle.name} has no such alert", mend))
    number = Book(cycle.book_url).add_silence(cycle.name, key, until.date(), reason, by)
    print(f"Alert {key} is silenced until {until:%Y-%m-%d}, by entry {number}.")
    print(f"Show it so:  sopbench run {quote(str(params_file))} --cycle {cycle.name} --steps monitor")


def lines(found: pd.DataFrame) -> list[str]:
    """The alerts, a line each: severity, key, words, and who looks after it by when, or who silenced it and why."""
    days = {
        name: found[name].dt.strftime(how).fillna("") for name, how in (("due", ", by %Y-%m-%d"), ("until", "%Y-%m-%d"))
    }
    return [
        f"{'silenced' if row.status == 'silenced' else row.severity:<8} {row.rule}/{row.key}: "
        f"{row.message.removeprefix(f'{row.key}: ')} "
        + (
            f"({row.silenced_by}, until {row.until}: {row.reason})"
            if row.status == "silenced"
            else f"({row.owner}{row.due})"
        )
        for row in found.assign(**days).itertuples(index=False)
    ]
