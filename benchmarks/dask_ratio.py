"""Joblib on a Dask cluster of two workers beside joblib's own processes on two cores, on the same series.

Run from the project's folder: make bench-dask, or python benchmarks/dask_ratio.py --series 1000. The series are made up
(forecast_speed.py). What is timed is the statistical forecast of the default demand step: every method tried at every
origin, chosen, and carried on. Both have their two processes running and warm before the clock starts. In the last run
one of the workers is killed (SIGKILL) when a third of the usual time is over, and nobody starts it anew.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import pandas as pd
from forecast_speed import HORIZON, MONTHS, SEASON, START, series_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from cluster import cluster
from sopbench.compute import started
from sopbench.demand.choice import backtest
from sopbench.demand.choice import forecast as forecasting
from sopbench.demand.choice.statistical import Statistical, statistical_forecast
from sopbench.demand.methods.methods import make_methods
from sopbench.params.compute import Compute
from sopbench.params.demand import Demand
from sopbench.shared import share_out

JOBS = 2
TABLES = ("forecast", "choice", "backtest")


def forecast(count: int) -> Statistical:
    """The statistical forecast of so many series in ten families, shared out to whoever is in force."""
    settings, buckets = Demand(jobs=JOBS), pd.date_range(end=START, periods=MONTHS + 1, freq="MS")[:-1]
    names = [(f"I{number:06}", "DC") for number in range(count)]
    rows = pd.MultiIndex.from_tuples(names, names=["item_id", "location_id"])
    values = pd.DataFrame(series_of(count), rows, buckets)
    families = pd.Series([f"F{number % 10}" for number in range(count)], index=rows)
    methods = make_methods(settings.methods, SEASON)
    likes = pd.Series(dtype=object)
    return statistical_forecast(settings, methods, values, values.notna(), families, likes, SEASON, HORIZON)


def who(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def warm(count: int) -> None:
    """Have every process that will share the work started, with what it imports."""
    while len(set(share_out(who, [(0.3,)] * 4 * JOBS, JOBS))) < JOBS:
        time.sleep(0.5)
    forecast(count)


def timed(count: int) -> tuple[float, Statistical]:
    began = time.perf_counter()
    found = forecast(count)
    return time.perf_counter() - began, found


def equal(one: Statistical, two: Statistical) -> str:
    """Whether all tables are the same to the last bit."""
    same = all(getattr(one, name).equals(getattr(two, name)) for name in TABLES)
    return "the same to the last bit" if same else "NOT THE SAME"


def on_dask(count: int, few: int, seconds: float, here: Statistical, address: str, worker: subprocess.Popen) -> None:
    """The same on a cluster, twice: left alone, and with a worker killed."""
    with started(Compute(backend="dask", scheduler=address)):
        warm(few)
        took, there = timed(count)
        said = f"{took / seconds:.2f} of that; results {equal(here, there)}"
        print(f"  Dask, two workers                {took:7.1f} s   {said}", flush=True)
        killing = threading.Timer(took / 3, worker.send_signal, [signal.SIGKILL])
        killing.start()
        longer, lost = timed(count)
        killing.cancel()
        died = "died in the middle" if worker.poll() == -signal.SIGKILL else "LIVED TO THE END"
        said = f"{longer / seconds:.2f} of that; results {equal(here, lost)}; one worker {died}"
        print(f"  Dask, one of them killed         {longer:7.1f} s   {said}", flush=True)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--series", type=int, default=10_000)
    asked = words.parse_args()
    warnings.simplefilter("ignore")
    backtest.WORTH_A_PROCESS = forecasting.WORTH_A_PROCESS = 0  # shared out, however few
    few = min(asked.series, 100)
    print(f"{asked.series:,} series of {MONTHS} months, the default methods, {JOBS} processes", flush=True)
    warm(few)
    seconds, here = timed(asked.series)
    print(f"  joblib's own processes (loky)    {seconds:7.1f} s", flush=True)
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder), JOBS) as (address, workers):
        on_dask(asked.series, few, seconds, here, address, workers[0])


if __name__ == "__main__":
    main()
