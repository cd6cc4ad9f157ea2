"""One run at a time on a cycle; who else comes is told who has it; what outlives its run writes nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock

import tiny
from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle
from sopbench.cycle.holding import HOLDER, LOCK, RUN, end_leftovers, held, working_for

ITEMS, BOM = (tiny.tables()[name] for name in ("items", "bom"))


@pytest.fixture
def cycle(tmp_path):
    (tmp_path / "acme.yaml").write_text("company: acme\ncycle: 2025-09\ngather:\n  source: .\n")
    made = open_cycle(tmp_path / "acme.yaml")
    made.write("gather", items=ITEMS)
    return made


def dead_process() -> int:
    done = subprocess.Popen([sys.executable, "-S", "-c", ""])
    done.wait()
    return done.pid


def refused(cycle) -> str:
    """What a second run is told."""
    with pytest.raises(PlanningError) as error, held(cycle.folder):
        pass
    return str(error.value)


def holder(cycle, **said):
    path = cycle.folder / HOLDER
    path.write_text(json.dumps({**json.loads(path.read_text()), **said}))


def test_a_second_run_is_told_which_process_has_the_cycle_since_when(cycle):
    with held(cycle.folder):
        said = refused(cycle)
    assert f"acme: cycle 2025-09 is being run by process {os.getpid()} since 20" in said
    assert "UTC. Mend: wait for it, or stop it" in said
    with held(cycle.folder):
        pass


def test_a_second_run_is_told_which_machine_has_the_cycle(cycle):
    with held(cycle.folder):
        holder(cycle, host="planning2")
        assert f"by process {os.getpid()} on planning2 since" in refused(cycle)


def test_a_lock_that_a_dead_process_left_behind_is_seen_as_such(cycle):
    with held(cycle.folder):
        holder(cycle, process=dead_process())
        said = refused(cycle)
    assert "is locked, but process" in said and "no longer runs" in said
    assert f"remove {cycle.folder / LOCK}" in said


def test_a_holder_file_that_is_damaged_does_no_harm(cycle):
    with held(cycle.folder):
        (cycle.folder / HOLDER).write_text('{"proc')
        assert "is being run by process ?" in refused(cycle)
    with held(cycle.folder):
        pass


def test_a_run_that_was_killed_holds_nothing_any_more(cycle):
    code = "import sys, time; from pathlib import Path; from sopbench.cycle.holding import held\n"
    code += "with held(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)"
    other = subprocess.Popen([sys.executable, "-c", code, str(cycle.folder)], stdout=subprocess.PIPE)
    other.stdout.readline()
    assert f"by process {other.pid}" in refused(cycle)
    other.send_signal(signal.SIGKILL)
    other.wait()
    with held(cycle.folder):
        assert json.loads((cycle.folder / HOLDER).read_text())["process"] == os.getpid()


def test_a_short_look_at_the_lock_does_not_turn_a_run_away(cycle):
    look = FileLock(cycle.folder / LOCK, thread_local=False)
    look.acquire()
    code = "import sys, time; from pathlib import Path; from sopbench.cycle.holding import held\n"
    code += "print('go', flush=True)\nwith held(Path(sys.argv[1])):\n    pass"
    other = subprocess.Popen([sys.executable, "-c", code, str(cycle.folder)], stdout=subprocess.PIPE)
    other.stdout.readline()
    time.sleep(0.1)
    look.release()
    assert other.wait(30) == 0


def test_what_works_for_the_run_that_holds_the_cycle_writes(cycle):
    with held(cycle.folder) as word, working_for(cycle.folder, word):
        cycle.write("gather", bom=BOM)
    assert cycle.names("gather") == ["bom"]
    assert RUN not in os.environ


def test_what_works_for_a_run_that_is_over_writes_nothing(cycle, monkeypatch):
    with held(cycle.folder) as word:
        pass
    monkeypatch.setenv(RUN, f"{word} {cycle.folder}")
    before = (cycle.folder / "manifest.json").read_bytes()
    with pytest.raises(PlanningError, match="the run of cycle 2025-09 that this notebook worked for is over"):
        cycle.write("gather", bom=BOM)
    with held(cycle.folder), pytest.raises(PlanningError, match="nothing was written"):
        cycle.write("gather", bom=BOM)
    assert (cycle.folder / "manifest.json").read_bytes() == before
    assert [path.name for path in (cycle.folder / "gather").iterdir()] == ["items.parquet"]


def test_a_notebook_run_by_hand_or_for_another_cycle_writes(cycle, monkeypatch):
    cycle.write("gather", bom=BOM)
    monkeypatch.setenv(RUN, f"word {cycle.folder.parent / '2025-08'}")
    cycle.write("gather", items=ITEMS)


def test_the_next_run_ends_what_a_killed_one_left_alive_and_nothing_else(cycle):
    """Processes that a kernel shared its work with outlive it by minutes."""
    sleep = [sys.executable, "-S", "-c", "import time; time.sleep(300)"]
    folders = {"left": cycle.folder, "other cycle": cycle.folder.parent / "2025-08", "by hand": None}
    alive = {}
    for name, folder in folders.items():
        said = {} if folder is None else {RUN: f"word-of-{name.replace(' ', '-')} {folder}"}
        alive[name] = subprocess.Popen(sleep, env={**os.environ, **said})
    try:
        time.sleep(0.5)
        with held(cycle.folder) as word:
            mine = subprocess.Popen(sleep, env={**os.environ, RUN: f"{word} {cycle.folder}"})
            alive["of this run"] = mine
            time.sleep(0.5)
            assert end_leftovers(cycle.folder, word) == 1
        assert alive["left"].wait(30) == -signal.SIGKILL
        assert [name for name, each in alive.items() if each.poll() is None] == [
            "other cycle",
            "by hand",
            "of this run",
        ]
    finally:
        for each in alive.values():
            each.kill()
            each.wait()


PYTHON = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}

CELL = """
import os, time
os._exit = lambda code: None  # so that nothing but the refusal keeps this kernel from writing
import tiny
from sopbench.cycle import open_cycle
cycle = open_cycle(params_file, cycle_name)
(cycle.folder / "kernel").write_text(str(os.getpid()))
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
while os.path.exists(cycle.folder / "wait"):
    time.sleep(0.05)
try:
    cycle.write("gather", bom=tiny.tables()["bom"])
finally:
    (cycle.folder / "tried").touch()
"""

RUNNER = """
import sys
from pathlib import Path
from sopbench import run
from sopbench.cycle import open_cycle
run.step_notebook = lambda step: Path(sys.argv[2])
run.run(open_cycle(sys.argv[1]), ("gather",), print)
"""


def test_a_kernel_that_outlives_its_killed_runner_writes_nothing(cycle, tmp_path):
    """Its own watch over its parent is taken away, so that the write is really tried."""
    said = nbformat.v4.new_code_cell('params_file = ""\ncycle_name = ""', metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[said, nbformat.v4.new_code_cell(CELL)], metadata=PYTHON)
    nbformat.write(notebook, tmp_path / "1_gather.ipynb")
    (cycle.folder / "wait").touch()
    words = [sys.executable, "-c", RUNNER, str(cycle.params_file), str(tmp_path / "1_gather.ipynb")]
    path = os.pathsep.join([str(Path(tiny.__file__).parent), os.environ.get("PYTHONPATH", "")])
    runner = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.DEVNULL)
    wait_for(cycle.folder / "kernel")
    kernel = int((cycle.folder / "kernel").read_text())
    before = cycle.record("gather")
    try:
        runner.send_signal(signal.SIGKILL)
        runner.wait()
        (cycle.folder / "wait").unlink()
        wait_for(cycle.folder / "tried")
        assert cycle.record("gather") == before
    finally:
        os.kill(kernel, signal.SIGKILL)


def wait_for(path):
    until = time.monotonic() + 180
    while not (path.exists() and (path.name == "tried" or path.read_text())):
        assert time.monotonic() < until, f"no {path.name}"
        time.sleep(0.05)
