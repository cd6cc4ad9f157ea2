"""Where shared-out work is done: params, environment and command line say it; joblib is told where a step begins."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from joblib import cpu_count, parallel_config

from sopbench.contract.problems import PlanningError, Problem
from sopbench.cycle import file_hash
from sopbench.cycle.fingerprint import LIBRARIES, PACKAGE
from sopbench.params import expand
from sopbench.params.compute import BACKENDS, LOCAL, Compute

if TYPE_CHECKING:
    from distributed import Client

BACKEND, SCHEDULER = "SOPBENCH_BACKEND", "SOPBENCH_SCHEDULER"
"""Variables of the environment that stand above the params file; a run says its choice in them to its notebooks."""

LOKY = Compute(backend="loky")

ANSWER, ARRIVAL = 30, 300
"""Seconds a scheduler has to answer, and the first worker to come: a queue or a new machine takes its time."""


def chosen(compute: Compute, backend: str | None = None, scheduler: str | None = None) -> Compute:
    """What the command line says, else the environment, else the params file; a scheduler alone means dask.

    Raises PlanningError where there is no such backend, or a scheduler is named beside loky.
    """
    if backend == "loky" and scheduler:
        mend = "leave one of them out"
        raise PlanningError(Problem("compute", "scheduler", scheduler, "loky works without a scheduler", mend))
    around = os.environ.get(SCHEDULER)
    who = backend or ("dask" if scheduler else os.environ.get(BACKEND)) or ("dask" if around else compute.backend)
    if who not in BACKENDS:
        raise PlanningError(Problem("compute", "backend", who, "no such backend", f"use {' or '.join(BACKENDS)}"))
    return Compute(backend=who, scheduler=expand(scheduler or around or compute.scheduler)) if who == "dask" else LOKY


def start(compute: Compute) -> None:
    """Have joblib share out the work of this process from here on as chosen; a notebook calls it where it begins.

    A Dask client that is there already is taken as it is: that of a cluster a notebook has started itself.
    Raises PlanningError where the cluster cannot be reached, has no worker, or runs other versions than this process.
    """
    where = chosen(compute)
    if where.backend == "dask":
        _have_share(_there() or _connected(where.scheduler))


@contextmanager
def started(compute: Compute) -> Iterator[None]:
    """As `start`, for as long as the block lasts."""
    where = chosen(compute)
    if where.backend == "loky":
        yield
        return
    there = _there()
    client = there or _connected(where.scheduler)
    try:
        with _have_share(client):
            yield
    finally:
        if there is None:
            client.close()


def _have_share(client: Client) -> AbstractContextManager:
    # without `retries`: the scheduler gives a lost piece to another worker anyway; one that raises would raise again
    return parallel_config(backend="dask", client=client, wait_for_workers_timeout=ARRIVAL)


@contextmanager
def computing(compute: Compute, backend: str | None = None, scheduler: str | None = None) -> Iterator[None]:
    """While a command runs: its choice in the environment, for the notebooks it starts, and a local cluster if asked.

    Raises PlanningError as `start`, before anything is planned.
    """
    where = chosen(compute, backend, scheduler)
    before = {name: os.environ.pop(name, None) for name in (BACKEND, SCHEDULER)}
    local = where.backend == "dask" and where.scheduler == LOCAL
    try:
        with _local_cluster() if local else nullcontext(where.scheduler) as address:
            os.environ[BACKEND] = where.backend
            if where.backend == "dask":
                os.environ[SCHEDULER] = address
                _connected(address).close()
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _local_cluster() -> Iterator[str]:
    with _cluster() as cluster:
        yield cluster.scheduler_address


def _cluster() -> Any:
    """A cluster on this machine, a worker a core; no limit of memory but the machine's."""
    asked = {"n_workers": cpu_count(), "threads_per_worker": 1, "memory_limit": None}
    return _distributed().LocalCluster(**asked, dashboard_address=None, silence_logs=logging.ERROR)


def _there() -> Client | None:
    """The client this process has already, once its workers run what this process runs; None where it has none."""
    try:
        client = _distributed().default_client()
    except ValueError:
        return None
    _refuse_others(client, client.scheduler.address)
    return client


def _connected(address: str) -> Client:
    """A new client of the cluster, once it has a worker and its workers run what this process runs."""
    client = _new_client(address)
    try:
        _refuse_others(client, address)
    except PlanningError:
        client.close()
        raise
    return client


def _refuse_others(client: Client, address: str) -> None:
    """Raise PlanningError where no worker comes, or one runs something else than this process."""
    try:
        client.submit(runs_here, pure=False).result(timeout=ARRIVAL)  # an adaptive cluster starts workers for a task
    except TimeoutError:
        said = f"the cluster has had no worker for {ARRIVAL} s"
        mend = f"start some: dask worker {client.scheduler.address} --nthreads 1"
        raise PlanningError(Problem("compute", "scheduler", address, said, mend)) from None
    except ImportError as error:
        raise PlanningError(_other_versions(address, "a worker", str(error))) from None
    here, there = runs_here(), client.run(runs_here, on_error="return")
    problems = [
        _other_versions(address, worker, "; ".join(_differences(here, found)))
        for worker, found in there.items()
        if found != here
    ]
    if problems:
        raise PlanningError(problems)


def _new_client(address: str) -> Client:
    try:
        return _distributed().Client(_cluster() if address == LOCAL else address, timeout=ANSWER)
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        mend = "see that `dask scheduler` runs there and can be reached, or compute without it: --backend loky"
        raise PlanningError(Problem("compute", "scheduler", address, f"no scheduler answers: {said}", mend)) from None


@cache
def runs_here() -> dict[str, str]:
    """What results depend on in a process beside its inputs: Python, libraries and our own code, by name.

    As it was when first asked for: a worker that has run since the code was changed runs the old one.
    """
    code = {str(file.relative_to(PACKAGE)): file_hash(file) for file in sorted(PACKAGE.rglob("*.py"))}
    said = {"python": "{}.{}".format(*sys.version_info), **{name: version(name) for name in LIBRARIES}}
    return said | {"sopbench": hashlib.sha256(json.dumps(code).encode()).hexdigest()[:12]}


def _differences(here: dict[str, str], there: dict[str, str] | Exception) -> Iterator[str]:
    if isinstance(there, Exception):
        yield str(there)
    else:
        yield from (f"{name} {there[name]}, here {said}" for name, said in here.items() if there[name] != said)


def _other_versions(address: str, worker: str, differs: str) -> Problem:
    mend = "start every worker from this environment: the same lock, the same sopbench"
    return Problem("compute", "scheduler", address, f"{worker} would give other results: {differs}", mend)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        mend = "pip install -e '.[cluster]' in the project's folder, or compute without it: --backend loky"
        raise PlanningError(Problem("compute", "backend", "dask", f"not installed here: {error}", mend)) from None
    return distributed
