"""Where shared-out work is done: who says it, what is refused, and that a cluster gives what this machine gives."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

import sopbench.compute
import tiny
from sopbench.compute import chosen, computing, runs_here, started
from sopbench.contract import PlanningError, table
from sopbench.cycle import open_cycle
from sopbench.cycle.fingerprint import fingerprint
from sopbench.demand.choice.backtest import backtest_methods
from sopbench.demand.choice.forecast import forecast_series
from sopbench.demand.methods import methods as demand_methods
from sopbench.demand.methods.methods import make_methods
from sopbench.params import STEPS, Change, Scenario, Supply
from sopbench.params.compute import Compute
from sopbench.params.demand import Backtest
from sopbench.presop import solve_scenarios
from sopbench.run import step_notebook
from sopbench.shared import on_a_cluster, share_out, sharers
from sopbench.supply import INPUTS, WhatIf

DASK = Compute(backend="dask", scheduler="tcp://10.0.0.5:8786")
PARAMS = "company: tiny\ncycle: 2025-09\nhorizon: 6\ngather:\n  source: data\n"


def test_the_command_line_stands_above_the_environment_and_that_above_the_params_file(monkeypatch):
    assert chosen(DASK) == DASK
    monkeypatch.setenv("SOPBENCH_BACKEND", "dask")
    monkeypatch.setenv("SOPBENCH_SCHEDULER", "tcp://b:1")
    assert chosen(DASK).scheduler == "tcp://b:1"
    assert chosen(DASK, scheduler="tcp://c:1").scheduler == "tcp://c:1"
    assert chosen(DASK, "loky").backend == "loky"
    monkeypatch.setenv("SOPBENCH_BACKEND", "loky")
    assert chosen(DASK).backend == "loky"
    assert chosen(DASK, scheduler="tcp://c:1").backend == "dask"
    monkeypatch.delenv("SOPBENCH_BACKEND")
    assert chosen(Compute()).scheduler == "tcp://b:1"
    monkeypatch.delenv("SOPBENCH_SCHEDULER")
    assert chosen(Compute(), scheduler="local") == Compute(backend="dask", scheduler="local")


def test_an_address_may_stand_in_a_variable(monkeypatch):
    monkeypatch.setenv("DASK_AT", "tcp://a:1")
    assert chosen(Compute(backend="dask", scheduler="${DASK_AT}")).scheduler == "tcp://a:1"


@pytest.mark.parametrize(("backend", "scheduler"), [("spark", None), ("loky", "tcp://a:1")])
def test_a_backend_that_is_none_and_a_scheduler_for_none_are_refused(backend, scheduler):
    with pytest.raises(PlanningError, match=r"compute \["):
        chosen(Compute(), backend, scheduler)


def test_a_scheduler_that_does_not_answer_is_told_before_anything_is_planned(tmp_path, call, monkeypatch):
    monkeypatch.setattr(sopbench.compute, "ANSWER", 1)
    (tmp_path / "data").mkdir()
    (tmp_path / "tiny.yaml").write_text(PARAMS)
    code, said = call("run", tmp_path / "tiny.yaml", "--scheduler", "tcp://127.0.0.1:1")
    assert code == 2
    assert "no scheduler answers" in said
    assert "--backend loky" in said
    assert "gather" not in said
    assert "SOPBENCH_BACKEND" not in os.environ


def test_the_backend_touches_no_fingerprint(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "tiny.yaml").write_text(PARAMS)
    here = open_cycle(tmp_path / "tiny.yaml")
    there = replace(here, params=here.params.model_copy(update={"compute": DASK}))
    for step in STEPS:
        assert fingerprint(here, step, step_notebook(step)) == fingerprint(there, step, step_notebook(step))


def test_a_number_of_jobs_shares_out_only_much_work_on_this_machine():
    assert [sharers(2, much) for much in (True, False)] == [2, 1]
    assert sharers(1, True) == 1
    with parallel_config(backend="sequential"):
        assert sharers(-1, True) == 1


def process(number: int) -> tuple[int, int, int]:
    """Which piece, in which process, and how many would share what is shared out inside it."""
    return number, os.getpid(), len({pid for _, pid, _ in share_out(process, [(0,), (1,)], -1)} if number > 1 else "")


def test_pieces_come_back_in_their_order_and_share_out_nothing_themselves():
    assert [pid for _, pid, _ in share_out(process, [(0,), (1,)], 1)] == [os.getpid()] * 2
    found = list(share_out(process, [(number,) for number in range(2, 8)], 2))
    assert [number for number, *_ in found] == list(range(2, 8))
    assert os.getpid() not in {pid for _, pid, _ in found}
    assert {inside for *_, inside in found} == {1}


def fails() -> None:
    raise PlanningError([])


def forecasts() -> list[pd.DataFrame]:
    """A backtest and forecasts of a few series."""
    rows = pd.MultiIndex.from_product([["A", "B", "C"], ["X", "Y"]], names=["item_id", "location_id"])
    units = np.random.default_rng(1).poisson(9.0, (6, 36)).astype(float)
    values = pd.DataFrame(units, rows, pd.date_range("2022-09-01", periods=36, freq="MS"))
    families = pd.Series(["F"] * 3 + ["G"] * 3, index=rows)
    specs = {"theta": "SmoothingPanel('theta', season_length={season})", "slow_movers": "FamilyShare(season_length=12)"}
    methods = make_methods(specs, 12)
    choice = pd.DataFrame({"method": ["theta", "slow_movers"] * 3, "reason": ""}, index=rows)
    tried = backtest_methods(Backtest(), methods, values, values.notna(), families, 12, jobs=-1)
    return [tried, forecast_series(choice, methods, values, families, 6, jobs=-1)[0]]


def plans() -> dict[str, pd.DataFrame]:
    """The plans of two scenarios of the tiny company."""
    tables = {name: frame for name, frame in tiny.tables().items() if name in INPUTS}
    tables |= {"demand_plan": tiny.demand_plan(), "lead_time_demand": table("lead_time_demand").empty()}
    solver = WhatIf(Supply(), **tables)
    change = Change(table="capacity", column="regular_hours", multiply=0.5)
    asked = [Scenario(name="strike", question="?", changes=[change])]
    return solve_scenarios(asked, tables, lambda name, changed: solver.answer(name, **changed), INPUTS, -1)


@pytest.mark.long
def test_a_local_cluster_gives_the_same_bytes_in_other_processes(monkeypatch):
    monkeypatch.setattr(demand_methods, "PART", 3)
    here = forecasts(), plans()
    with computing(Compute(), "dask", "local"), started(Compute()):
        assert on_a_cluster()
        assert os.environ["SOPBENCH_SCHEDULER"].startswith("tcp://127.0.0.1")
        there = forecasts(), plans()
        found = list(share_out(process, [(number,) for number in range(2, 8)], -1))
        with pytest.raises(PlanningError):
            list(share_out(fails, [(), ()], -1))
    assert not on_a_cluster()
    assert [number for number, *_ in found] == list(range(2, 8))
    assert os.getpid() not in {pid for _, pid, _ in found}
    assert {inside for *_, inside in found} == {1}
    for one, two in zip(here[0], there[0], strict=True):
        pd.testing.assert_frame_equal(one, two, check_exact=True)
    for name, frame in here[1].items():
        pd.testing.assert_frame_equal(frame, there[1][name], check_exact=True, obj=name)


def test_workers_that_would_give_other_results_are_refused_with_what_differs(monkeypatch):
    class Client:
        scheduler = type("Scheduler", (), {"address": "tcp://a:1"})

        def submit(self, work, pure):
            return type("Future", (), {"result": lambda self, timeout: work()})()

        def run(self, work, on_error):
            return {"tcp://w:1": runs_here(), "tcp://w:2": {**runs_here(), "pandas": "1.0"}}

    monkeypatch.setattr("distributed.default_client", Client)
    said = r"w:2 would give other results: pandas 1\.0, here 2"
    with pytest.raises(PlanningError, match=said) as told, started(DASK):
        pass
    assert len(told.value.problems) == 1
