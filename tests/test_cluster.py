"""A real scheduler and two workers: one killed costs time and nothing else, and what ran here is unchanged there."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import numpy as np
import pandas as pd
import pytest
from replay.past_company import FEW, company

from cluster import cluster
from conftest import sopbench
from sopbench.compute import started
from sopbench.demand.choice.backtest import backtest_methods
from sopbench.demand.methods import methods as demand_methods
from sopbench.demand.methods.methods import make_methods
from sopbench.params import STEPS
from sopbench.params.compute import Compute
from sopbench.params.demand import DEFAULT_METHODS, Backtest
from sopbench.shared import share_out

pytestmark = pytest.mark.long


def backtest() -> pd.DataFrame:
    """The backtest of 60 series by the methods of the house."""
    rows = pd.MultiIndex.from_product(
        [[f"I{number}" for number in range(60)], ["DC"]], names=["item_id", "location_id"]
    )
    units = np.random.default_rng(1).poisson(20.0, (60, 60)).astype(float)
    values = pd.DataFrame(units, rows, pd.date_range("2020-09-01", periods=60, freq="MS"))
    families = pd.Series(["F", "G"] * 30, index=rows)
    return backtest_methods(
        Backtest(), make_methods(DEFAULT_METHODS, 12), values, values.notna(), families, 12, jobs=-1
    )


who = lambda seconds: (time.sleep(seconds), os.getpid())[1]  # sent as it is: a worker does not know this file


def test_a_worker_killed_in_the_middle_costs_nothing_but_time(tmp_path, monkeypatch):
    monkeypatch.setattr(demand_methods, "PART", 10)
    here = backtest()
    with cluster(tmp_path) as (address, workers), started(Compute(backend="dask", scheduler=address)):
        while len(set(share_out(who, [(0.2,)] * 8))) < 2:  # until both have come
            time.sleep(1)
        worker = workers[0]
        threading.Timer(1.5, worker.send_signal, [signal.SIGKILL]).start()
        there = backtest()
        assert [worker.poll(), workers[1].poll()] == [-signal.SIGKILL, None]
    pd.testing.assert_frame_equal(here, there, check_exact=True)


def hashes(folder) -> dict:
    steps = json.loads((folder / "tiny" / "2025-09" / "manifest.json").read_text())["steps"]
    return {step: {name: said["sha256"] for name, said in steps[step]["tables"].items()} for step in STEPS}


def test_a_cycle_run_here_is_unchanged_on_a_cluster_and_forced_there_gives_the_same_bytes(tmp_path):
    params = company(tmp_path / "company").params_file
    cycles = tmp_path / "cycles"
    here = sopbench("run", str(params), cycles=cycles)
    assert here.returncode == 0, here.stdout + here.stderr
    before = hashes(cycles)
    with cluster(tmp_path) as (address, _):
        again = sopbench("run", str(params), "--scheduler", address, cycles=cycles)
        assert again.stdout.count("unchanged") == len(STEPS), again.stdout + again.stderr
        forced = sopbench("run", str(params), "--scheduler", address, "--force", cycles=cycles)
        assert forced.returncode == 0, forced.stdout + forced.stderr
        assert "batch_of" not in forced.stdout + forced.stderr
    assert hashes(cycles) == before


def test_a_replay_on_a_cluster_finds_what_one_here_found(tmp_path):
    asked = tmp_path / "asked.yaml"
    asked.write_text(f"- {{name: mine, demand: {FEW}}}\n", encoding="utf-8")
    params = company(tmp_path / "company").params_file
    wanted = ("--months", "3", "--warm-up", "0", "--horizon", "4", "--candidates", str(asked))
    with cluster(tmp_path) as (address, _):
        for name, where in {"here": ["--jobs", "1"], "there": ["--scheduler", address]}.items():
            done = sopbench("replay", str(params), *wanted, *where, cycles=tmp_path / name)
            assert done.returncode == 0, done.stdout + done.stderr
    for name in ("replay_months", "replay_scores"):
        files = [tmp_path / where / "tiny" / "replay" / f"{name}.parquet" for where in ("here", "there")]
        assert files[0].read_bytes() == files[1].read_bytes()
