"""How much our panel forecasters add to statsforecast's models, how much they save on sktime's, and what a plan costs.

Run from the project's folder: make bench-speed, or python benchmarks/forecast_speed.py --large for 100,000 series.
All series are made up here. Each model is fitted and asked for 12 months by both ways in turn, each keeps its quickest
run; a plan is the whole demand step with its default settings, in a process of its own; its peak memory that of all
its processes at once. Seconds are of this machine and this moment; the ratios travel.
"""

import argparse
import gc
import json
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

SERIES, MONTHS, AHEAD, SEASON = 1_000, 60, 12, 12
BROADCAST = 100
"""Series sktime sends through its own forecasters one by one; its seconds are told per thousand."""
MODELS = {
    "Naive": {},
    "SeasonalNaive": {"season_length": SEASON},
    "CrostonSBA": {},
    "Theta": {"season_length": SEASON},
    "DynamicOptimizedTheta": {"season_length": SEASON},
    "SimpleExponentialSmoothingOptimized": {},
    "IMAPA": {},
    "TSB": {"alpha_d": 0.2, "alpha_p": 0.2},
    "AutoCES": {"season_length": SEASON},
}
START, HORIZON = pd.Timestamp("2025-09-01"), 18
PLACES = ["L1", "L2", "L3", "L4"]


def series_of(count: int, months: int = MONTHS) -> np.ndarray:
    """Units by series (rows) and month: a level, a season and noise; every fifth sells seldom."""
    draw = np.random.default_rng(7)
    level = draw.lognormal(4, 1, count)[:, None]
    season = 1 + 0.3 * np.sin(2 * np.pi * (np.arange(months) + draw.integers(0, 12, count)[:, None]) / SEASON)
    units = level * season * draw.lognormal(0, 0.2, (count, months))
    units[::5] *= draw.random((len(units[::5]), months)) < 0.3
    return units.round()


def quickest(ways: dict, times: int) -> dict[str, float]:
    """Seconds of the quickest of several runs of each way, one after the other in turn; a first run is not counted."""
    found = {name: [] for name in ways}
    for run in range(times + 1):
        for name, way in ways.items():
            gc.collect()
            began = time.perf_counter()
            way()
            if run:
                found[name].append(time.perf_counter() - began)
    return {name: min(seconds) for name, seconds in found.items()}


def beside_statsforecast(times: int) -> None:
    """Our forecaster through sktime's fit and predict, beside StatsForecast on a frame of its own."""
    from statsforecast import StatsForecast, models

    from sopbench.demand.methods.compiled import StatsForecastPanel

    units = series_of(SERIES)
    names = np.repeat([f"S{number:04d}" for number in range(SERIES)], MONTHS)
    months = np.tile(pd.date_range("2020-09-01", periods=MONTHS, freq="MS"), SERIES)
    long = pd.DataFrame({"unique_id": names, "ds": months, "y": units.ravel()})
    periods = pd.PeriodIndex(months, freq="M")
    families = np.repeat([f"F{number // 50:02d}" for number in range(SERIES)], MONTHS)
    index = pd.MultiIndex.from_arrays([families, names, periods], names=["family", "series", "month"])
    panel = pd.DataFrame({"units": units.ravel()}, index=index)
    fh = np.arange(1, AHEAD + 1)
    print(f"\n{SERIES:,} series of {MONTHS} months, {AHEAD} ahead; best of {times} runs in turn")
    print(f"{'':38}{'ours, s':>9}{'StatsForecast, s':>18}{'ratio':>8}")
    sums = np.zeros(2)
    for name, settings in MODELS.items():
        season = settings.get("season_length", 1)
        others = {word: value for word, value in settings.items() if word != "season_length"} or None

        def ours(name=name, season=season, others=others):
            return StatsForecastPanel(name, season_length=season, params=others).fit(panel, fh=fh).predict()

        def theirs(name=name, settings=settings):
            peer = StatsForecast(models=[getattr(models, name)(**settings)], freq="MS", n_jobs=1)
            return peer.forecast(df=long, h=AHEAD)

        assert np.allclose(ours()["units"], theirs().iloc[:, -1], rtol=1e-5), f"{name}: they do not agree"
        slow = name in ("DynamicOptimizedTheta", "AutoCES", "Theta")
        found = quickest({"ours": ours, "theirs": theirs}, 3 if slow and times > 3 else times)
        sums += found["ours"], found["theirs"]
        print(f"{name:38}{found['ours']:9.3f}{found['theirs']:18.3f}{found['ours'] / found['theirs']:8.2f}")
    print(f"{'all together':38}{sums[0]:9.3f}{sums[1]:18.3f}{sums[0] / sums[1]:8.2f}")


def beside_sktime() -> None:
    """Our forecaster on the whole panel, beside sktime sending it series by series through its own."""
    from sktime.forecasting.croston import Croston
    from sktime.forecasting.naive import NaiveForecaster
    from sktime.forecasting.theta import ThetaForecaster

    from sopbench.demand.methods.compiled import StatsForecastPanel
    from sopbench.demand.methods.smoothing_panel import SmoothingPanel

    units = series_of(SERIES)
    months = pd.period_range("2020-09", periods=MONTHS, freq="M")
    index = pd.MultiIndex.from_product([range(SERIES), months], names=["series", "month"])
    panel = pd.DataFrame({"units": units.ravel() + 1}, index=index)  # Theta's season needs units above 0
    few = panel.iloc[: BROADCAST * MONTHS]
    fh = np.arange(1, AHEAD + 1)
    pairs = {
        "naive": (StatsForecastPanel("Naive"), NaiveForecaster()),
        "seasonal naive": (StatsForecastPanel("SeasonalNaive", SEASON), NaiveForecaster(sp=SEASON)),
        "Croston": (StatsForecastPanel("CrostonClassic"), Croston()),
        "Theta, by default": (SmoothingPanel("theta", SEASON), ThetaForecaster(sp=SEASON)),
        "Theta, compiled": (StatsForecastPanel("Theta", SEASON), ThetaForecaster(sp=SEASON)),
    }
    print(f"\nseconds per 1,000 series; sktime's own broadcasting measured on {BROADCAST} series")
    print(f"{'':20}{'ours':>9}{'sktime':>9}{'times as fast':>15}")
    for name, (ours, theirs) in pairs.items():
        seconds = quickest({"ours": lambda ours=ours: ours.clone().fit(panel, fh=fh).predict()}, 3)["ours"]
        began = time.perf_counter()
        theirs.fit(few, fh=fh).predict()
        scaled = (time.perf_counter() - began) * SERIES / BROADCAST
        print(f"{name:20}{seconds:9.3f}{scaled:9.2f}{scaled / seconds:15.0f}")


def company(count: int) -> dict[str, pd.DataFrame]:
    """The tables of a company with so many series: 20 families, 4 locations, every fifth item sold seldom."""
    from sopbench import demand
    from sopbench.contract import INPUT_TABLES, checked, table

    names = [f"I{number:05d}" for number in range(count // len(PLACES))]
    months = pd.date_range(START - pd.DateOffset(months=MONTHS), periods=MONTHS + HORIZON, freq="MS")
    units = series_of(len(names) * len(PLACES)).reshape(len(PLACES), len(names), MONTHS)
    sales = pd.DataFrame(
        {
            "item_id": np.tile(np.repeat(names, MONTHS), len(PLACES)),
            "location_id": np.repeat(PLACES, len(names) * MONTHS),
            "bucket": np.tile(months[:MONTHS], len(PLACES) * len(names)),
            "qty_ordered": units.ravel(),
        }
    )
    items = {"item_id": names, "family": [f"F{number % 20:02d}" for number in range(len(names))]}
    said = {
        "items": checked(pd.DataFrame({**items, "unit_cost": 1.0, "unit_price": 1.0}), table("items")),
        "locations": checked(pd.DataFrame({"location_id": PLACES}), table("locations")),
        "calendar": checked(pd.DataFrame({"bucket": months, "working_days": 21.0}), table("calendar")),
        "sales": checked(sales[sales["qty_ordered"] > 0], table("sales")),
    }
    return {each.name: said.get(each.name, each.empty()) for each in INPUT_TABLES if each.name in demand.INPUTS}


def memory(stop: threading.Event, peak: list[float]) -> None:
    """Keep the most MiB this process and those it started held at one time; a page they share counts once."""
    import os

    mine = os.getpid()
    while not stop.wait(0.25):
        parents, sizes = {}, {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
        family, more = {mine}, True
        while more:
            more = {child for child, parent in parents.items() if parent in family} - family
            family |= more
        for each in family:
            try:
                lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
            except OSError:
                continue
            sizes[each] = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
        peak[0] = max(peak[0], sum(sizes.values()) / 1024)


def one_plan(count: int, jobs: int) -> None:
    """Plan once and print seconds and peak memory; imports and making the tables up are not counted."""
    from sopbench import demand
    from sopbench.params.demand import Demand

    tables = company(count)
    settings = Demand(jobs=jobs)
    demand.plan(settings, START, HORIZON, **company(40))
    stop, peak = threading.Event(), [0.0]
    watch = threading.Thread(target=memory, args=(stop, peak))
    watch.start()
    began = time.perf_counter()
    plan = demand.plan(settings, START, HORIZON, **tables)
    seconds = time.perf_counter() - began
    stop.set()
    watch.join()
    rows = len(plan["demand_plan"])
    print(json.dumps({"seconds": seconds, "peak": peak[0], "rows": rows, "tried": len(plan["backtest"])}))


def whole_step(counts: list[int], jobs: int) -> None:
    print(f"\nthe default demand step, {MONTHS} months of history, {HORIZON} ahead, {jobs} jobs")
    print(f"{'series':>10}{'seconds':>9}{'s per 1,000':>13}{'peak MiB':>10}{'rows of plan':>14}{'of backtest':>13}")
    for count in counts:
        words = [sys.executable, __file__, "--plan", str(count), "--jobs", str(jobs)]
        found = json.loads(subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1])
        per = found["seconds"] / count * 1_000
        said = f"{count:10,}{found['seconds']:9.1f}{per:13.2f}{found['peak']:10,.0f}"
        print(f"{said}{found['rows']:14,}{found['tried']:13,}", flush=True)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--times", type=int, default=7)
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("--large", action="store_true", help="the curve up to 100,000 series")
    words.add_argument("--only", choices=["statsforecast", "sktime", "plan"])
    words.add_argument("--plan", type=int)
    asked = words.parse_args()
    warnings.simplefilter("ignore")
    if asked.plan:
        one_plan(asked.plan, asked.jobs)
        return
    if asked.only in (None, "statsforecast"):
        beside_statsforecast(asked.times)
    if asked.only in (None, "sktime"):
        beside_sktime()
    if asked.only in (None, "plan"):
        whole_step([1_000, 3_000, 10_000] + [100_000] * asked.large, asked.jobs)


if __name__ == "__main__":
    main()
