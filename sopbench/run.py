"""Runs the step notebooks of a cycle with papermill: order, what may be skipped, progress, resume."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from sopbench import lean  # noqa: F401 - before papermill
from sopbench.contract import PlanningError, Problem, conform, stop_on_errors, table
from sopbench.cycle import Cycle, holding, open_cycle
from sopbench.cycle.files import flush
from sopbench.cycle.fingerprint import depends_on, hash_of, up_to_date
from sopbench.cycle.provenance import made_from, turned_out
from sopbench.params import STEPS, locate

Report = Callable[[str, str, float], None]
"""Called with step, state ("running", "done", "unchanged", "frozen") and seconds."""

PATIENCE = 3.0
"""Seconds one who approves or reopens waits for another who does: it takes less, and then it can be said who."""

ENDED = (
    "its kernel was ended from outside: somebody stopped the run, or the machine ran out of memory. Was it memory, "
    "close what else runs, set jobs: 1 in the sections of the params file that have it, or take a larger machine"
)
"""What can be said of a kernel that is gone without a word."""


@dataclass
class StepFailed(Exception):
    """A step's notebook stopped: which step, in which cell, with what message, and where to look."""

    step: str
    cell: str
    message: str
    notebook: Path
    input_is_wrong: bool

    def __str__(self) -> str:
        stopped = f"step {self.step} stopped in cell {self.cell}"
        return f"{stopped}\n{self.message}\nThe notebook as far as it ran: {self.notebook}"


def step_notebook(step: str) -> Path:
    """The notebook of a step, in the project's notebooks/ folder."""
    name = f"notebooks/{STEPS.index(step) + 1}_{step}.ipynb"
    return locate(name, Path(__file__).parent)


def cycles_to_run(cycle: Cycle) -> list[Cycle]:
    """The past cycles that the params file rebuilds first, oldest first, and the cycle itself."""
    past, params = cycle.params.past_cycles, cycle.params
    if params.frequency == "calendar" and past:
        starts = _starts_before(cycle, past)
    else:
        back = pd.DateOffset(weeks=1) if params.frequency == "week" else pd.DateOffset(months=1)
        starts = [cycle.start - back * number for number in range(past, 0, -1)]
    return [*(open_cycle(cycle.params_file, start.strftime("%Y-%m-%d")) for start in starts), cycle]


def _starts_before(cycle: Cycle, past: int) -> list[pd.Timestamp]:
    """The first days of the `past` buckets before the cycle, as the company's own calendar has them.

    Raises PlanningError where it has not so many, or cannot be read.
    """
    from sopbench import gather

    asked = cycle.params.gather
    raw = gather.read(cycle.source, cycle.mapping, cycle.start, asked.csv, seconds=asked.time_limit)
    calendar, problems = conform(raw.get("calendar", table("calendar").empty()), table("calendar"))
    stop_on_errors(problems)
    before = calendar.loc[calendar["bucket"] < cycle.start, "bucket"].sort_values()
    if len(before) < past:
        message = f"it has {len(before)} buckets before {cycle.start:%Y-%m-%d}, but past_cycles is {past}"
        raise PlanningError(Problem("calendar", "", "", message, "add buckets, or rebuild fewer past cycles"))
    return before.tail(past).tolist()


def run(
    cycle: Cycle, steps: tuple[str, ...], report: Report, force: bool = False, approve_as: str | None = None
) -> None:
    """Run the steps in order, leaving out those that nothing has changed for; `force` leaves out none.

    `approve_as` approves the plan in that name once the executive step is done (for past cycles rebuilt), but not
    where somebody reopened it: that takes a person again.
    Raises StepFailed at the first step that stops; PlanningError where another run holds the cycle.
    """
    with held(cycle) as word, holding.working_for(cycle.folder, word):
        holding.end_leftovers(cycle.folder, word)
        cycle.sweep()
        for step in steps:
            if cycle.approval() and step != "monitor":
                report(step, "frozen", 0)
            elif not force and up_to_date(cycle, step, step_notebook(step)):
                report(step, "unchanged", 0)
            else:
                report(step, "running", 0)
                seconds = run_step(cycle, step)
                report(step, "done", seconds)
            if step == "executive" and approve_as and not cycle.approval() and not cycle.reopened():
                cycle.approve(approve_as)


def run_step(cycle: Cycle, step: str) -> float:
    """Run one step's notebook in a fresh kernel, keep it executed in the cycle's folder, and return its seconds.

    Raises PlanningError where the cycle is frozen, or the executive step would speak of what is newer than the
    pre-S&OP; StepFailed where the notebook stops.
    """
    cycle.refuse_if_frozen(step)
    if step == "executive":
        cycle.refuse_if_newer()
    import papermill
    from papermill.exceptions import PapermillExecutionError

    source, began = step_notebook(step), time.perf_counter()
    running = cycle.folder / "notebooks" / "running" / source.name
    running.parent.mkdir(parents=True, exist_ok=True)
    depends, said = depends_on(cycle, step, source), cycle.taken_from_book(step)
    try:
        papermill.execute_notebook(
            source,
            running,
            {"params_file": str(cycle.params_file), "cycle_name": cycle.name},
            kernel_name="python3",
            progress_bar=False,
            extra_arguments=["--IPKernelApp.log_level=50"],
        )
    except PapermillExecutionError as error:
        message = error.evalue if error.ename == "PlanningError" else f"{error.ename}: {error.evalue}"
        raise StepFailed(step, _cell(error), message, running, error.ename == "PlanningError") from error
    except RuntimeError as error:
        raise StepFailed(step, "?", f"{ENDED} ({error})", running, False) from error
    if not cycle.record(step):
        raise StepFailed(step, "the last", "the notebook ended without writing its tables", running, False)
    seconds = time.perf_counter() - began
    facts = {"fingerprint": hash_of(depends), "seconds": round(seconds, 1), "finished": _now(), **made_from(depends)}
    cycle.finish(step, **facts, **said, **turned_out(cycle, step, _keep(running)))
    return seconds


def _keep(running: Path) -> Path:
    """Put a notebook that has run to its end in the place of the one before it; return where it is."""
    flush(running)
    kept = running.parent.parent / running.name
    os.replace(running, kept)
    if not any(running.parent.iterdir()):
        running.parent.rmdir()
    return kept


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def held(cycle: Cycle, wait: float = 0) -> Iterator[str]:
    """Hold the cycle for this run; PlanningError that names the holder where another has it for `wait` seconds."""
    with holding.held(cycle.folder, wait) as word:
        yield word


def _cell(error: Exception) -> str:
    """The number of the cell that stopped, and its first line."""
    first = next((line for line in str(error.source).splitlines() if line.strip()), "")
    return f"[{error.exec_count}] {first[:80]}"
