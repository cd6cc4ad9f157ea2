"""The example company's cycles run from end to end, again in no time, and come back whole after a kill."""

import os
import signal
import subprocess
import sys
import time
from inspect import signature
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from conftest import ROOT, sopbench
from sopbench import supply
from sopbench.contract import TABLES, conform
from sopbench.cycle import Cycle, file_hash, open_cycle
from sopbench.params import STEPS

CYCLES = ("2025-08", "2025-09")
ALL = ("2025-06", "2025-07", *CYCLES)


def cycle_in(folder: Path, name: str, monkeypatch) -> Cycle:
    monkeypatch.setenv("SOPBENCH_CYCLES", str(folder))
    return open_cycle(ROOT / "params/brewline.yaml", name)


def hashes(cycle: Cycle) -> dict[str, str]:
    return {f"{path.parent.name}/{path.name}": file_hash(path) for path in sorted(cycle.folder.glob("*/*.parquet"))}


@pytest.mark.parametrize("name", CYCLES)
def test_every_step_has_finished_and_every_table_keeps_the_contract(brewline, name, monkeypatch):
    cycle = cycle_in(brewline, name, monkeypatch)
    assert list(cycle.manifest()["steps"]) == sorted(STEPS)
    for step in STEPS:
        for table, frame in cycle.tables(step).items():
            conformed, problems = conform(frame, TABLES[table])
            assert not problems
            pd.testing.assert_frame_equal(conformed, frame)


@pytest.mark.parametrize("name", CYCLES)
def test_no_cell_of_an_executed_notebook_complains(brewline, name, monkeypatch):
    """A chart that cannot be drawn does not stop a notebook: it only leaves its traceback in the output."""
    for path in (cycle_in(brewline, name, monkeypatch).folder / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        said = [output["text"] for output in outputs if output.get("name") == "stderr"]
        assert not said, f"{path.name}: {said}"


@pytest.mark.long
def test_past_cycles_are_approved_and_the_current_one_is_not(brewline_whole, monkeypatch):
    approvals = [cycle_in(brewline_whole, name, monkeypatch).approval() for name in ALL]
    assert [bool(approval) for approval in approvals] == [True, True, True, False]


@pytest.mark.parametrize("name", CYCLES)
def test_stock_backlog_components_capacity_and_costs_balance(brewline, name, monkeypatch):
    cycle = cycle_in(brewline, name, monkeypatch)
    tables = cycle.tables("gather") | {"demand_plan": cycle.read("demand", "demand_plan")} | cycle.tables("supply")
    names = [name for name in signature(supply.check_balances).parameters if name != "without"]
    checks = supply.check_balances(**{name: tables[name] for name in names})
    assert checks["violation"].max() < 1e-6, checks


def measured_lags(folder: Path, monkeypatch) -> list[int]:
    """The lags at which the consensus was measured against what was sold, its error within reason."""
    accuracy = cycle_in(folder, "2025-09", monkeypatch).read("monitor", "accuracy")
    total = accuracy[(accuracy["level"] == "total") & (accuracy["stream"] == "consensus")]
    assert total["wape"].between(0.01, 1).all()
    return list(total["lag"])


def test_monitor_has_measured_the_released_plan(brewline, monkeypatch):
    assert measured_lags(brewline, monkeypatch) == [0]


@pytest.mark.long
def test_monitor_has_measured_the_three_released_plans(brewline_whole, monkeypatch):
    assert measured_lags(brewline_whole, monkeypatch) == [0, 1, 2]


def states_of_a_second_run(folder: Path, names: tuple[str, ...], monkeypatch, *words: str) -> list[str]:
    """What a run says of each step, after which every table has the bytes it had."""
    before = [hashes(cycle_in(folder, name, monkeypatch)) for name in names]
    done = sopbench("run", "params/brewline.yaml", *words, cycles=folder)
    assert done.returncode == 0, done.stderr
    assert [hashes(cycle_in(folder, name, monkeypatch)) for name in names] == before
    return [line.split()[2] for line in done.stdout.splitlines() if line[:4].strip().isdigit()]


def test_a_second_run_changes_nothing_and_says_so(brewline, monkeypatch):
    states = [states_of_a_second_run(brewline, CYCLES, monkeypatch, "--cycle", name) for name in CYCLES]
    assert states == [["frozen"] * 5 + ["unchanged"], ["unchanged"] * 6]


@pytest.mark.long
def test_a_second_run_of_all_cycles_changes_nothing_and_says_so(brewline_whole, monkeypatch):
    states = states_of_a_second_run(brewline_whole, ALL, monkeypatch)
    assert len(states) == 24 and set(states) <= {"unchanged", "frozen"}


@pytest.mark.long
def test_killed_in_the_middle_of_every_step_the_next_run_gives_the_same_bytes(brewline_whole, tmp_path, monkeypatch):
    """A run from scratch, stopped by SIGKILL once in each step, ends in the bytes of the run that was not."""
    wanted = hashes(cycle_in(brewline_whole, "2025-06", monkeypatch))
    cycle = cycle_in(tmp_path, "2025-06", monkeypatch)
    kills = 0
    for step in STEPS[:-1]:
        run = start_run(tmp_path)
        wait_until_running(cycle, step, run)
        time.sleep(1.5)
        kills += run.poll() is None
        run.send_signal(signal.SIGKILL)
        run.wait()
        for name, said in whole_tables(cycle).items():
            assert said, f"{name} is listed but not whole"
    assert kills >= 4
    approve = "import sys; from sopbench.cycle import open_cycle; open_cycle(sys.argv[1], sys.argv[2]).approve('x')"
    assert sopbench("run", "params/brewline.yaml", "--cycle", "2025-06", cycles=tmp_path).returncode == 0
    arguments = [sys.executable, "-c", approve, "params/brewline.yaml", "2025-06"]
    subprocess.run(arguments, cwd=ROOT, env={**os.environ, "SOPBENCH_CYCLES": str(tmp_path)}, check=True)
    assert sopbench("release", "params/brewline.yaml", "--cycle", "2025-06", cycles=tmp_path).returncode == 0
    assert hashes(cycle) == wanted


def start_run(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from sopbench.cli import main; main()",
            "run",
            "params/brewline.yaml",
            "--cycle",
            "2025-06",
        ],
        cwd=ROOT,
        env={**os.environ, "SOPBENCH_CYCLES": str(folder)},
        stdout=subprocess.DEVNULL,
    )


def wait_until_running(cycle: Cycle, step: str, run: subprocess.Popen) -> None:
    """Until every step before this one has finished and this one is under way."""
    before = STEPS[: STEPS.index(step)]
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and run.poll() is None:
        if all("fingerprint" in cycle.record(each) for each in before):
            return
        time.sleep(0.05)
    raise AssertionError(f"step {step} was not reached")


def whole_tables(cycle: Cycle) -> dict[str, bool]:
    steps = cycle.manifest()["steps"]
    return {
        f"{step}/{name}": file_hash(cycle.folder / step / f"{name}.parquet") == said["sha256"]
        for step in steps
        for name, said in steps[step]["tables"].items()
    }
