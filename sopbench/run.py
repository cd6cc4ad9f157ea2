"""Runs the step notebooks of a cycle with papermill: order, what may be skipped, progress, resume."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from sopbench import lean  # noqa: F401 - before papermill
from sopbench.contract import PlanningError, Problem, conform, stop_on_errors, table
from sopbench.cycle import Cycle, open_cycle
from sopbench.fingerprint import fingerprint, up_to_date
from sopbench.params import STEPS, locate

Report = Callable[[str, str, float], None]
"""Called with step, state ("running", "done", "unchanged", "frozen") and seconds."""

PATIENCE = 3.0
"""Seconds one who approves or reopens waits for another who does: it takes less, and then it can be said who."""


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
    with held(cycle):
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
    result = cycle.folder / "notebooks" / source.name
    result.parent.mkdir(parents=True, exist_ok=True)
    before, said = fingerprint(cycle, step, source), cycle.taken_from_book(step)
    try:
        papermill.execute_notebook(
            source,
            result,
            {"params_file": str(cycle.params_file), "cycle_name": cycle.name},
            kernel_name="python3",
            progress_bar=False,
            extra_arguments=["--IPKernelApp.log_level=50"],
        )
    except PapermillExecutionError as error:
        said = error.evalue if error.ename == "PlanningError" else f"{error.ename}: {error.evalue}"
        raise StepFailed(step, _cell(error), said, result, error.ename == "PlanningError") from error
    except RuntimeError as error:
        raise StepFailed(step, "?", f"the kernel stopped: {error}", result, False) from error
    if not cycle.record(step):
        raise StepFailed(step, "the last", "the notebook ended without writing its tables", result, False)
    seconds = time.perf_counter() - began
    cycle.finish(step, fingerprint=before, seconds=round(seconds, 1), **said)
    return seconds


@contextmanager
def held(cycle: Cycle, wait: float = 0) -> Iterator[None]:
    """Hold the cycle for this run; PlanningError that names the holder where another has it for `wait` seconds."""
    cycle.folder.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(cycle.folder / ".run.lock"), cycle.folder / ".run.holder.json"
    try:
        lock.acquire(timeout=wait)
    except Timeout as error:
        said = json.loads(holder.read_text(encoding="utf-8")) if holder.exists() else {}
        message = (
            f"cycle {cycle.name} is being run by process {said.get('process', '?')} since {said.get('since', '?')}"
        )
        raise PlanningError(Problem(cycle.params.company, "", "", message, "wait for it, or stop it")) from error
    try:
        holder.write_text(json.dumps({"process": os.getpid(), "since": time.strftime("%H:%M:%S")}), encoding="utf-8")
        yield
    finally:
        lock.release()


def _cell(error: Exception) -> str:
    """The number of the cell that stopped, and its first line."""
    first = next((line for line in str(error.source).splitlines() if line.strip()), "")
    return f"[{error.exec_count}] {first[:80]}"
