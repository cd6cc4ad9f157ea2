"""How long the example company's cycle takes, again with nothing changed, and what kernels and imports cost of it.

Run from the project's folder: make bench. Figures are of this machine and this moment; the shares travel.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import nbformat
import papermill

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from sopbench.cli import main; main()", "run", "params/brewline.yaml"]
CYCLE = ["--cycle", "2025-09"]


def run(cycles: str, *words: str, **environment: str) -> tuple[float, subprocess.CompletedProcess]:
    """Give the run command with its cycles in a folder, and time it."""
    began = time.perf_counter()
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=ROOT,
        env={**os.environ, "SOPBENCH_CYCLES": cycles, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - began, done


def import_seconds(said: str) -> float:
    """The sum of all import times that Python's import profile reports."""
    return sum(int(found) for found in re.findall(r"^import time:\s+(\d+) \|", said, re.MULTILINE)) / 1e6


def kernel_seconds() -> float:
    """What starting and stopping a kernel for an empty notebook costs: the middle of three, after one uncounted."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
        return median([empty_run(path) for _ in range(4)][1:])


def empty_run(path: Path) -> float:
    """The seconds papermill takes for one notebook."""
    began = time.perf_counter()
    quiet = ["--IPKernelApp.log_level=50"]
    papermill.execute_notebook(path, None, kernel_name="python3", progress_bar=False, extra_arguments=quiet)
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, profiled = run(folder, *CYCLE, PYTHONPROFILEIMPORTTIME="1")  # also warms the file cache
        whole, done = run(folder, *CYCLE, "--force")
        again, _ = run(folder, *CYCLE)
    kernels, imports = 6 * kernel_seconds(), import_seconds(profiled.stderr)
    print("Brewline, cycle 2025-09, six notebooks, each in a fresh kernel")
    print("\n".join(line for line in done.stdout.splitlines() if line.startswith("  ")))
    print(f"whole cycle            {whole:6.1f} s   (limit 90 s)")
    print(f"of it starting kernels {kernels:6.1f} s   {kernels / whole:5.0%}")
    print(f"of it importing        {imports:6.1f} s   {imports / whole:5.0%}")
    print(f"again, nothing changed {again:6.1f} s   (limit 5 s)")


if __name__ == "__main__":
    main()
