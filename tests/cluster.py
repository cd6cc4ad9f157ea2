"""A real Dask cluster on loopback: a scheduler and workers, each a process of its own that can be killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DASK = [sys.executable, "-m", "dask"]


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """The scheduler's address, and the workers, which nobody starts anew when they are killed."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{found.getsockname()[1]}"
    asked = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
    words = [["scheduler", "--host", address, "--no-dashboard"]]
    words += [[*asked, "--local-directory", str(folder / f"worker-{number}")] for number in range(workers)]
    started = []
    try:
        for number, each in enumerate(words):
            with open(folder / f"dask-{number}.log", "wb") as log:
                environment = {**os.environ, "OMP_NUM_THREADS": "1"}
                started.append(subprocess.Popen([*DASK, *each], stdout=log, stderr=log, env=environment))
        yield address, started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()
