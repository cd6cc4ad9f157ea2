"""The command line: run a cycle, check data, see where things stand, pack, hold the meetings, approve, release.

Exit codes: 0 done, 1 a step failed (verify: something was changed; diff: something differs), 2 the input or the call
is wrong.
"""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from sopbench.cli.alert import alert
from sopbench.cli.progress import Progress
from sopbench.cli.register import Backend, CycleName, ParamsFile, Scheduler, register
from sopbench.cli.replay import learn, replay
from sopbench.cli.say import say
from sopbench.cli.scenario import scenario
from sopbench.cli.verify import diff, verify
from sopbench.contract.problems import PlanningError, Problem
from sopbench.params import STEPS
from sopbench.params.credentials import EXAMPLE

if TYPE_CHECKING:
    from sqlalchemy import URL

app = typer.Typer(
    help="Run a company's monthly Sales & Operations Planning cycle.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(register, name="register")
app.add_typer(scenario, name="scenario")
app.add_typer(alert, name="alert")
app.command()(replay)
app.command()(learn)
app.command()(verify)
app.command()(diff)

DEFAULT = Path("params/brewline.yaml")

INTERRUPTED = 130
"""Typer's exit code after Ctrl-C."""

WRITABLE = "see that it can be read and written there"
"""What to do about a file or folder that the system refuses."""


@app.command()
def run(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    steps: Annotated[str, typer.Option(help="Only these steps, e.g. demand,supply")] = "",
    to: Annotated[str, typer.Option(help="Stop after this step, e.g. supply")] = "",
    force: Annotated[bool, typer.Option("--force", help="Run steps even where nothing has changed")] = False,
    backend: Backend = None,
    scheduler: Scheduler = None,
) -> None:
    """Run a cycle's six steps.

    Steps that nothing has changed for are left out. Without --cycle the past cycles that the params file names
    are rebuilt first. After a failure the same command goes on where it stopped.
    """
    from sopbench.compute import computing
    from sopbench.cycle import open_cycle
    from sopbench.run import cycles_to_run
    from sopbench.run import run as run_steps

    wanted = _steps(steps, to)
    last = open_cycle(params_file, cycle_name or None)
    began = time.perf_counter()
    with computing(last.params.compute, backend, scheduler):
        for cycle in [last] if cycle_name else cycles_to_run(last):
            say(f"{cycle.params.title or cycle.params.company}, cycle {cycle.name}")
            past = cycle.params.executive.approve_past_as if cycle.start < last.start else None
            with Progress() as progress:
                run_steps(cycle, wanted, progress.report, force, past)
            if cycle.approval() and wanted != ("monitor",):
                say(f"  {cycle.why_frozen()}: what changes, changes in the next cycle")
    print(f"Done in {time.perf_counter() - began:.1f} s. Tables and notebooks: {last.folder}")
    if "executive" in wanted and not last.approval():
        print(f"Look at it:  sopbench present {quote(str(params_file))}")
        print(f'Approve it:  sopbench approve {quote(str(params_file))} --cycle {last.name} --by "Your name"')


@app.command()
def check(params_file: ParamsFile, cycle_name: CycleName = "") -> None:
    """Check the company's data.

    Nothing is planned; everything found is told with its mend, and written as a table into the cycle's folder.
    Exit code 2 where an error keeps the cycle from being planned.
    """
    from sopbench import verdict
    from sopbench.cycle import open_cycle

    cycle = open_cycle(params_file, cycle_name or None)
    tables, problems = verdict.examined(cycle)
    findings = verdict.ranked(cycle, problems)
    for line in verdict.lines(findings, cycle.params.currency):
        say(line)
    print(f"As a table: {verdict.write(cycle, findings)}")
    print(verdict.sentence(cycle, tables, findings))
    if (findings["grade"] == "error").any():
        raise typer.Exit(2)


@app.command()
def template(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    out: Annotated[
        Path | None, typer.Option(help="The workbook to write; COMPANY-CYCLE.xlsx where none is named")
    ] = None,
    sheets: Annotated[str, typer.Option(help="Only these: sales,marketing,finance,events,budget")] = "",
    force: Annotated[bool, typer.Option("--force", help="Write over a workbook that is there")] = False,
) -> None:
    """Write the workbook that sales, marketing and finance fill in.

    Forecasts, events and budget as last handed in, to be changed where that is wrong. Returned ones are read from
    the folder `handed_in` of the params file.
    """
    from sopbench import gather
    from sopbench.cycle import open_cycle
    from sopbench.gather.workbook.template import template as lay_out
    from sopbench.gather.workbook.template_file import write_template

    cycle = open_cycle(params_file, cycle_name or None)
    params = cycle.params
    path = out or Path(f"{params.company}-{cycle.name}.xlsx")
    if path.exists() and not force:
        mend = "name another with --out, or write over it with --force"
        raise PlanningError(Problem("template", str(path), "", "the workbook is there already", mend))
    asked = params.gather
    raw = gather.read(
        cycle.source, cycle.mapping, cycle.start, asked.csv, cycle.handed_in, params.company, asked.time_limit
    )
    tables, _ = gather.assemble(raw, cycle.start, params.horizon, params.gather, params.frequency)
    wanted = tuple(name.strip() for name in sheets.split(",") if name.strip())
    made = lay_out(tables, cycle.start, params.company, params.title, params.currency, wanted)
    write_template(made, path)
    for sheet in made.sheets:
        left_out = f"; {sheet.left_out:,} with the least revenue left out" if sheet.left_out else ""
        print(f"  {sheet.name:<10} {len(sheet.rows):,} rows{left_out}")
    print(f"Written to {path}")


@app.command()
def status(params_file: ParamsFile) -> None:
    """Show where the cycles stand.

    Which steps have run, what is out of date, who approved which plan on what conditions, who reopened it and why.
    """
    from sopbench.cycle import cycles_folder, open_cycle
    from sopbench.cycle.fingerprint import reads_database, up_to_date
    from sopbench.run import step_notebook

    current = open_cycle(params_file)
    folders = sorted(path.parent for path in cycles_folder(current.params, current.params_file).glob("*/manifest.json"))
    if not folders:
        print(f"No cycle has been run. Run one:  sopbench run {quote(str(params_file))}")
    for folder in folders:
        cycle = open_cycle(params_file, folder.name)
        approval = cycle.approval()
        say(f"cycle {cycle.name}: {_approved(approval) if approval else 'not approved'}")
        for back in cycle.reopened():
            was = _approved(back["approval"])
            say(f"  reopened by {back['by']} on {back['at'][:10]}: {back['reason']} (was {was})")
        for step in STEPS:
            record = cycle.record(step)
            if not record:
                state = "not run"
            elif approval and step != "monitor":
                state = "frozen"
            elif reads_database(cycle, step):
                state = "has run; a database is read anew at every run"
            else:
                state = "up to date" if up_to_date(cycle, step, step_notebook(step)) else "out of date: run it again"
            print(f"  {STEPS.index(step) + 1} {step:<10} {state}")


@app.command()
def approve(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    by: Annotated[str, typer.Option(help="Who approves")] = "",
    conditions: Annotated[
        list[str] | None,
        typer.Option("--condition", "--conditions", help='On what condition: "text" or "text | owner | 2025-10-01"'),
    ] = None,
    plan: Annotated[str, typer.Option(help="The plan looked at: its hash, at least the first 8 characters")] = "",
) -> None:
    """Approve a cycle's plan.

    It is frozen from then on, and may be released. With --plan a plan that was changed since is not approved unseen.
    --condition may be given several times: each is kept as an action, of its owner or else of who approves.
    """
    from sopbench.cycle import open_cycle
    from sopbench.run import PATIENCE, held

    cycle = open_cycle(params_file, cycle_name or None)
    with held(cycle, PATIENCE):
        said = cycle.approve(by, conditions or (), plan)
    say(f"Cycle {cycle.name} approved by {said['by']}. Plan {said['plan_hash'][:12]} is frozen.")
    if said["conditions"]:
        say(f"On condition that: {said['conditions']}")
    print(f"Release it:  sopbench release {quote(str(params_file))} --cycle {cycle.name}")


@app.command("return")
def send_back(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    by: Annotated[str, typer.Option(help="Who sends it back")] = "",
    conditions: Annotated[
        list[str] | None,
        typer.Option("--condition", help='What must change: "text" or "text | owner | 2025-10-01"'),
    ] = None,
    plan: Annotated[str, typer.Option(help="The plan looked at: its hash, at least the first 8 characters")] = "",
) -> None:
    """Send a cycle's plan back.

    What must change is kept as actions of the registers; the plan is made again and looked at again.
    """
    from sopbench.cycle import open_cycle
    from sopbench.run import PATIENCE, held

    cycle = open_cycle(params_file, cycle_name or None)
    with held(cycle, PATIENCE):
        said = cycle.send_back(by, conditions or (), plan)
    say(f"Plan {said['plan_hash'][:12]} of cycle {cycle.name} sent back by {said['by']}: {said['conditions']}")
    print(f"Make it again:  sopbench run {quote(str(params_file))} --cycle {cycle.name}")


@app.command()
def reopen(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    by: Annotated[str, typer.Option(help="Who reopens it")] = "",
    reason: Annotated[str, typer.Option(help="Why")] = "",
) -> None:
    """Reopen an approved cycle, with a reason.

    It may change again, and must be approved again. Who, when and why stays in the book and in the status.
    """
    from sopbench.cycle import open_cycle
    from sopbench.run import PATIENCE, held

    cycle = open_cycle(params_file, cycle_name or None)
    with held(cycle, PATIENCE):
        said = cycle.reopen(by, reason)
    say(f"Cycle {cycle.name} reopened by {said['by']}: {said['reason']}")
    if (cycle.folder / "release").exists():
        print(f"It was released: tell those who work by {cycle.folder / 'release'}")


@app.command()
def release(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    to: Annotated[str, typer.Option(help="URL of a database to write to as well; without it that of release_to")] = "",
) -> None:
    """Release an approved plan.

    Production, purchase and transfer orders and the forecast as xlsx, csv and parquet, and into a database where one is
    named. Releasing again changes nothing.
    """
    from sopbench.cycle import open_cycle
    from sopbench.run import run as run_steps

    cycle = open_cycle(params_file, cycle_name or None)
    if not cycle.approval():
        mend = f'sopbench approve {quote(str(params_file))} --cycle {cycle.name} --by "Your name"'
        raise PlanningError(Problem("approval", "", "", f"cycle {cycle.name} is not approved", mend))
    database = _release_database(to or cycle.params.monitor.release_to, cycle.params_file)
    with Progress() as progress:
        run_steps(cycle, ("monitor",), progress.report, force=True)
    for path in sorted((cycle.folder / "release").glob("*")):
        print(path)
    if database is not None:
        from sopbench.monitor import release_to_database
        from sopbench.params.credentials import shown

        changed = release_to_database(cycle.folder / "release", database, cycle.params.monitor.release_schema)
        print(f"{shown(database)}: {'written' if changed else 'held it already, nothing changed'}")


@app.command()
def pack(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    out: Annotated[Path | None, typer.Option(help="The folder to write to; pack/ in the cycle's where none")] = None,
) -> None:
    """Write what is read before the meeting, and shown in it.

    From a finished cycle: a pre-read as HTML and PDF, a PowerPoint deck, and the plan as an Excel workbook.
    """
    from sopbench.cycle import open_cycle
    from sopbench.pack import write_pack

    cycle = open_cycle(params_file, cycle_name or None)
    began = time.perf_counter()
    written = write_pack(cycle, out)
    for file in written:
        size = f"{file.path.stat().st_size / 1e6:.1f} MB" if not file.missing else "not made"
        print(f"  {file.path.name:<14} {size:>8}  {file.missing or file.holds}")
    print(f"Done in {time.perf_counter() - began:.1f} s. Pack of cycle {cycle.name}: {written[0].path.parent}")


@app.command()
def present(
    params_file: Annotated[Path, typer.Argument(help="The company's parameters")] = DEFAULT,
    cycle_name: CycleName = "",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port the pages are served on")] = 8866,
    token: Annotated[bool, typer.Option(help="Ask visitors for the token in the printed address")] = True,
    browser: Annotated[bool, typer.Option(help="Open a browser")] = True,
    user_header: Annotated[
        str, typer.Option(help="Header in which your reverse proxy says who a visitor is, e.g. X-Forwarded-User")
    ] = "",
    base_url: Annotated[str, typer.Option(help="Path your reverse proxy serves the pages under")] = "/",
    ready: Annotated[int, typer.Option(min=0, help="Sessions of each page kept ready; each takes memory")] = 1,
) -> None:
    """Serve the meeting pages on this computer."""
    from sopbench.serve import serve

    raise typer.Exit(serve(params_file, cycle_name or None, port, token, browser, ready, user_header, base_url))


@app.command()
def lab(
    params_file: Annotated[Path, typer.Argument(help="The company's parameters")] = DEFAULT,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port JupyterLab is served on")] = 8888,
) -> None:
    """Open the notebooks in JupyterLab."""
    from sopbench.serve import lab as open_lab

    raise typer.Exit(open_lab(params_file, port))


@app.command()
def example(
    out: Annotated[Path, typer.Option(help="The folder to write the company's tables to")],
    items: Annotated[int, typer.Option(min=40, help="How many sold items")] = 120,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company")] = 7,
    truth: Annotated[Path | None, typer.Option(help="Where to write the demand that stockouts hid")] = None,
) -> None:
    """Make up a company of any size."""
    from sopbench.example import write

    write(out, items=items, seed=seed, truth=truth)
    print(f"Written to {out}")


def _release_database(said: str | None, params_file: Path) -> URL | None:
    """The database a release goes to. Raises PlanningError where it is none, or a password stands in the file."""
    from sqlalchemy import URL

    from sopbench.params import source

    found = source(said, params_file.parent) if said else None
    if found is not None and not isinstance(found, URL):
        raise PlanningError(Problem("release", "release_to", said, "this is a folder", f"write it like {EXAMPLE}"))
    return found


def _approved(approval: dict[str, str]) -> str:
    """Who approved, when, which plan, and on what conditions."""
    plan, conditions = approval.get("plan_hash", "")[:12], approval.get("conditions", "")
    said = f"approved by {approval['by']} on {approval['at'][:10]}, plan {plan}"
    return said + (f", on condition that {conditions}" if conditions else "")


def _steps(steps: str, to: str) -> tuple[str, ...]:
    named = [name.strip() for name in steps.split(",") if name.strip()] or list(STEPS)
    unknown = [name for name in (*named, *([to] if to else [])) if name not in STEPS]
    if unknown:
        mend = "use " + ", ".join(STEPS)
        raise PlanningError([Problem("steps", "", name, "there is no such step", mend) for name in unknown])
    last = STEPS.index(to) if to else len(STEPS)
    return tuple(step for step in STEPS if step in named and STEPS.index(step) <= last)


def _interruptible(call: Callable[[], None]) -> None:
    """Call the command line; where somebody pressed Ctrl-C it says so by its exit code, without a word."""
    try:
        call()
    except SystemExit as stop:
        if stop.code == INTERRUPTED:
            raise KeyboardInterrupt from stop
        raise


def main(call: Callable[[], None] = app) -> None:
    """Run the command line; problems become messages and exit codes, not tracebacks."""
    from sopbench.run import StepFailed

    try:
        _interruptible(call)
    except PlanningError as error:
        print(f"\n{error}", file=sys.stderr)
        sys.exit(2)
    except StepFailed as error:
        print(f"\n{error}\nMend it and give the same command again: it goes on from here.", file=sys.stderr)
        sys.exit(2 if error.input_is_wrong else 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None))  # Windows knows no quota
        mend = "make room on the disk; the same command then goes on from here" if full else WRITABLE
        print(f"\n{where}{error.strerror or error}. Mend: {mend}.", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        sys.exit(1)
