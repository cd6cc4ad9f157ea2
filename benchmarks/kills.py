"""How often a run that is killed at a random moment is taken up again whole: no table lost, no half table seen.

The tiny company's cycle is first run undisturbed, twice, with other orders, by its real notebooks. Then runs are
killed, one after the other, each at a moment drawn at random; the next begins at once, while what the killed one left
may still be alive. So that 200 kills take minutes, the killed runs have short notebooks: they read what the real ones
read and write, by the same runner, kernel and `Cycle.write`, the tables that the real ones made. A run that ends is
followed by one with the other orders, so that each table written replaces another. --real kills the real notebooks.
A reader beside reads every table the manifest lists, all the time. Run from the project's folder: make bench-kills.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from multiprocessing import Process, Queue
from pathlib import Path

import nbformat
import psutil
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import tiny
from sopbench import run as runner
from sopbench.cycle import Cycle, open_cycle
from sopbench.cycle.files import file_hash
from sopbench.params import STEPS

PARAMS = "company: tiny\ncycle: 2025-09\nhorizon: 6\ngather:\n  source: data\n"
KINDS = ("runner, SIGKILL", "runner and kernel, SIGKILL", "runner, SIGTERM", "kernel, SIGKILL")
"""What is killed and how: a kernel alone is what a machine out of memory ends."""

BAD = ("tables lost or half after a kill", "hung", "runs that ended in other bytes", "runs that failed unkilled")
"""What must not happen."""

ASKED = ("recovered", *BAD)
"""What is told also where it is 0."""

PYTHON = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}

CELL = """
from pathlib import Path
import pandas as pd
from sopbench.cycle import open_cycle
from sopbench.params import STEPS
cycle = open_cycle(params_file, cycle_name or None)
for before in STEPS[: STEPS.index({step!r})]:
    cycle.tables(before)
orders = (cycle.params_file.parent / "data" / "which.txt").read_text()
made = sorted(Path({made!r}, orders, {step!r}).glob("*.parquet"))
cycle.write({step!r}, **{{path.stem: pd.read_parquet(path) for path in made}})
"""


def company(place: Path, orders: str) -> Path:
    """Write the tiny company with orders "a", or "b", which are a tenth more; return its params file."""
    (place / "data").mkdir(parents=True, exist_ok=True)
    for name, frame in tiny.tables().items():
        more = {"qty_ordered": frame["qty_ordered"] * 1.1} if name == "sales" and orders == "b" else {}
        if len(frame):
            frame.assign(**more).to_csv(place / "data" / f"{name}.csv", index=False)
    (place / "data" / "which.txt").write_text(orders)
    (place / "tiny.yaml").write_text(PARAMS)
    return place / "tiny.yaml"


def undisturbed(made: Path, orders: str) -> None:
    """Run the cycle by its real notebooks, and keep the tables of each step."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["SOPBENCH_CYCLES"] = f"{place}/cycles"
        cycle = open_cycle(company(Path(place), orders))
        runner.run(cycle, STEPS, lambda *_: None)
        for step in STEPS:
            shutil.copytree(cycle.folder / step, made / orders / step)


def short_notebooks(folder: Path, made: Path) -> None:
    """Write a notebook a step that writes the tables the real one made, and have the runner take these."""
    for step in STEPS:
        said = nbformat.v4.new_code_cell('params_file = ""\ncycle_name = ""', metadata={"tags": ["parameters"]})
        cells = [said, nbformat.v4.new_code_cell(CELL.format(step=step, made=str(made)))]
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells, metadata=PYTHON), folder / f"{STEPS.index(step) + 1}_{step}.ipynb"
        )
    runner.step_notebook = lambda step: folder / f"{STEPS.index(step) + 1}_{step}.ipynb"


def start(cycle: Cycle) -> int:
    """Start a run in a process of its own, as the command line would; return the process."""
    process = os.fork()
    if process:
        return process
    os.setsid()
    code = 1
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        runner.run(cycle, STEPS, lambda *_: None)
        code = 0
    except runner.StepFailed as error:
        (cycle.folder.parent / "said.txt").write_text(str(error))
    except BaseException as error:
        (cycle.folder.parent / "said.txt").write_text(repr(error))
        code = 2
    finally:
        os._exit(code)


def ended(process: int, seconds: float) -> int | None:
    """Wait for a process for some seconds; its exit code (of a signal negative), or None where it still runs."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    return None


def kill(process: int, kind: str) -> str:
    """Kill a run, or its kernel; return what was done: where there is no kernel yet, the runner is killed."""
    kernels = psutil.Process(process).children(recursive=True)
    kind = kind if kernels or not kind.startswith("kernel") else KINDS[0]
    if not kind.startswith("kernel"):
        os.kill(process, signal.SIGTERM if "SIGTERM" in kind else signal.SIGKILL)
    if "kernel" in kind:
        for each in kernels:
            each.kill()
    return kind


def damage(cycle: Cycle) -> list[str]:
    """Tables that the manifest lists and that are not there as it says."""
    lost = []
    for step, record in cycle.manifest()["steps"].items():
        for name, said in record["tables"].items():
            path = cycle.folder / step / f"{name}.parquet"
            if not path.exists() or file_hash(path) != said["sha256"]:
                lost.append(f"{step}/{name}")
    return lost


def within(cycle: Cycle) -> str:
    """What a killed run was at, by whether it left tables beside their place."""
    begun = any(cycle.folder.glob("*/*.tmp")) or any(cycle.folder.glob("*.tmp"))
    return "in the middle of writing tables" if begun else "before, between or after writing"


def read_all_the_time(cycle: Cycle, found: Queue) -> None:
    """Read every table listed, again and again, until stopped; tell how many were read and which were half.

    A table counts as half where it cannot be read, or is not the one listed although the manifest stayed as it was.
    """
    reads, half, manifest = 0, [], cycle.folder / "manifest.json"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        while True:
            before = manifest.read_text() if manifest.exists() else '{"steps": {}}'
            wrong = []
            for step, record in json.loads(before)["steps"].items():
                for name, said in record["tables"].items():
                    path = cycle.folder / step / f"{name}.parquet"
                    try:
                        pq.read_metadata(path)
                        whole = file_hash(path) == said["sha256"]
                    except Exception as error:  # noqa: BLE001 - whatever a half table does to who reads it
                        whole = isinstance(error, FileNotFoundError) and None
                    reads += 1
                    wrong += [f"{step}/{name}"] * (not whole)
                    if whole is False and path.exists() and not _readable(path):
                        half.append(f"{step}/{name}")
            if wrong and manifest.exists() and manifest.read_text() == before:
                half += wrong
            time.sleep(0.02)
    finally:
        found.put((reads, half))


def _readable(path: Path) -> bool:
    try:
        return pq.read_table(path) is not None
    except FileNotFoundError:
        return True  # removed meanwhile, not half
    except Exception:  # noqa: BLE001
        return False


def kill_again_and_again(cycle: Cycle, made: Path, kills: int, longest: float, draw: random.Random) -> Counter:
    """Kill runs until there were so many kills, then let one end; count what was found."""
    counts, orders = Counter(dict.fromkeys(ASKED, 0)), "a"
    while counts["kills"] < kills or counts["to recover"]:
        process, kind = start(cycle), ""
        code = ended(process, 3600 if counts["kills"] >= kills else draw.uniform(0, longest))
        if code is None:
            kind = kill(process, draw.choice(KINDS))
            code = ended(process, 120)
            counts["hung"] += code is None
        if code == 0:
            same = all(
                file_hash(path) == file_hash(cycle.folder / path.relative_to(made / orders))
                for path in (made / orders).glob("*/*.parquet")
            )
            counts["runs that ended whole, in the bytes of the undisturbed one"] += same
            counts["runs that ended in other bytes"] += not same
            counts["recovered"] += counts.pop("to recover", 0) if same else 0
            orders = "b" if orders == "a" else "a"
            company(cycle.params_file.parent, orders)
        elif kind:
            counts.update(["kills", "to recover", f"killed: {kind}", f"found: {within(cycle)}"])
            counts["tables lost or half after a kill"] += len(damage(cycle))
            print(f"\r{counts['kills']:4} kills", end="", flush=True)
        else:
            counts["runs that failed unkilled"] += 1
            print(f"\n{(cycle.folder.parent / 'said.txt').read_text()}")
    return counts


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--longest", type=float, default=12.0, help="seconds within which a run is killed")
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--real", action="store_true", help="kill runs of the real notebooks")
    asked.add_argument("--made", type=Path, help="tables of an earlier undisturbed run; made where they are not there")
    said = asked.parse_args()
    with tempfile.TemporaryDirectory() as place:
        made, notebooks = said.made or Path(place, "made"), Path(place, "notebooks")
        notebooks.mkdir()
        for orders in "ab":
            if not (made / orders).exists():
                undisturbed(made, orders)
        if not said.real:
            short_notebooks(notebooks, made)
        os.environ["SOPBENCH_CYCLES"] = f"{place}/cycles"
        cycle = open_cycle(company(Path(place, "company"), "a"))
        cycle.folder.mkdir(parents=True)
        found: Queue = Queue()
        reader = Process(target=read_all_the_time, args=(cycle, found))
        reader.start()
        began = time.monotonic()
        counts = kill_again_and_again(cycle, made, said.kills, said.longest, random.Random(said.seed))
        took = time.monotonic() - began
        reader.terminate()
        reads, half = found.get()
    counts.update({"tables read beside": reads, "half tables seen by the reader": len(half)})
    print(f"\r{took / 60:.0f} minutes, each kill up to {said.longest:g} s after a start, seed {said.seed}")
    print("\n".join(f"  {name:<60} {counts[name]:6}" for name in sorted(counts)), *sorted(set(half)), sep="\n")
    sys.exit(bool(half) or any(counts[name] for name in BAD) or counts["recovered"] != counts["kills"])


if __name__ == "__main__":
    main()
