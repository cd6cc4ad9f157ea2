"""Who runs a cycle: one run at a time, and what works for a run that is over writes no more.

A run holds a file lock, which the system takes back when its process ends, however it ends. Beside it a small file says
who holds it. A kernel that outlives its run for a moment finds there that it must not write.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psutil
from filelock import FileLock, Timeout

from sopbench.contract.problems import PlanningError, Problem
from sopbench.cycle.files import write_whole

LOCK, HOLDER, MANIFEST_LOCK = ".run.lock", ".run.holder.json", ".manifest.lock"
"""Files in a cycle's folder: what a run holds, who that is, and what is held while the manifest changes."""

RUN = "SOPBENCH_RUN"
"""Variable of the environment that tells a kernel which run it works for: the run's own word, a blank, the folder."""

GLANCE = 0.5
"""Seconds a run waits at least: another that only looks whether the cycle is held has let go by then."""


@contextmanager
def held(folder: Path, wait: float = 0) -> Iterator[str]:
    """Hold the cycle in a folder; yields a word of this hold's own.

    Raises PlanningError that names the holder where another has it for `wait` seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock, word = FileLock(folder / LOCK), uuid4().hex
    try:
        lock.acquire(timeout=max(wait, GLANCE), poll_interval=0.05)
    except Timeout as error:
        raise PlanningError(_refusal(folder)) from error
    try:
        since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        said = {"process": os.getpid(), "host": socket.gethostname(), "since": since, "run": word}
        with manifest_lock(folder):
            write_whole(folder / HOLDER, json.dumps(said))
        yield word
    finally:
        lock.release()


@contextmanager
def working_for(folder: Path, word: str) -> Iterator[None]:
    """Tell every kernel started meanwhile that it works for the run that holds `folder` by that word."""
    before = os.environ.get(RUN)
    os.environ[RUN] = f"{word} {folder}"
    try:
        yield
    finally:
        os.environ.pop(RUN)
        if before is not None:
            os.environ[RUN] = before


def end_leftovers(folder: Path, word: str) -> int:
    """End what earlier runs of the cycle in `folder` left alive on this machine; return how many processes that were.

    A kernel dies within a second of its runner, but the processes it shared work with may work on for minutes. For who
    holds the cycle by `word`: whatever says that it works for it by another word, works for a run that is over.
    """
    ended = 0
    for each in psutil.process_iter():
        try:
            theirs, _, where = each.environ().get(RUN, "").partition(" ")
            if theirs not in ("", word) and where == str(folder) and each.pid != os.getpid():
                each.kill()
                ended += 1
        except psutil.Error:  # it has ended, or is somebody else's
            continue
    return ended


def manifest_lock(folder: Path) -> FileLock:
    """Held for the moment in which a cycle's manifest is read, changed and replaced, or its holder is."""
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / MANIFEST_LOCK, timeout=60)


def refuse_if_over(folder: Path) -> None:
    """Raise PlanningError where this process works for a run of the cycle in `folder` that no longer holds it.

    For who holds the manifest's lock: no other run can begin meanwhile. A notebook that somebody runs by hand works
    for no run, and may write.
    """
    word, _, where = os.environ.get(RUN, "").partition(" ")
    if word and Path(where) == folder and not (_holder(folder).get("run") == word and _is_held(folder)):
        message = f"the run of cycle {folder.name} that this notebook worked for is over; nothing was written"
        raise PlanningError(Problem("run", "", "", message, "give the command again"))


def _is_held(folder: Path) -> bool:
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    lock.release()
    return False


def _holder(folder: Path) -> dict:
    """What the holder said of itself; empty where nobody did, or it cannot be read."""
    try:
        said = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _refusal(folder: Path) -> Problem:
    """Who holds the cycle, and what to do: wait, look on another machine, or take away what a dead process left."""
    said = _holder(folder)
    process, host, since = said.get("process", "?"), said.get("host", ""), said.get("since", "?")
    company, cycle = folder.parent.name, folder.name
    if host not in ("", socket.gethostname()):
        message = f"cycle {cycle} is being run by process {process} on {host} since {since}"
        return Problem(company, "", "", message, f"wait for it, or stop it on {host}")
    if isinstance(process, int) and not psutil.pid_exists(process):
        message = f"cycle {cycle} is locked, but process {process}, which held it since {since}, no longer runs"
        mend = "try again in a minute: a file server may be slow to take a lock back. If it stays and nobody on any "
        return Problem(company, "", "", message, f"{mend}machine runs the cycle, remove {folder / LOCK}")
    return Problem(
        company, "", "", f"cycle {cycle} is being run by process {process} since {since}", "wait for it, or stop it"
    )
