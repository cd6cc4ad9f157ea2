"""How well the default demand plan forecasts series it has not seen, beside the best open models, in one run.

Run from the project's folder: make bench-accuracy, or python benchmarks/forecast_accuracy.py --series 100. Data is
not part of the project: a folder with m3_monthly.parquet (M3 competition; unique_id, t, y, is_test) and
carparts_monthly.parquet (unique_id, t, y; missing = not on sale), named by SOPBENCH_REAL_DATA.

Test sets: of M3 the last 18 months of each series (is_test), of carparts the last 12 of 51: read once, to score.
Tuning sets, on which methods, their settings and the combination were chosen: of M3 the origins 6, 12, 18, 36 and 54
months before the end of the training part (is_test false), of carparts 14 origins in its first 39 months. The plan is
the whole demand step with its default settings, called as the notebook calls it: cleaning, backtest, combination and
bands. Its peers see the raw series.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

M3_HELD_OUT, CARPARTS_HELD_OUT = 18, 12
SEASON = 12
PUBLISHED = """For reference, entrants of M3 on all 1,428 monthly series (another selection than above):
  THETA       sMAPE 13.85 (Makridakis and Hibon, Int. J. Forecasting 16, 2000), OWA .827, reckoned as above
  THETAsm     sMAPE 14.66
  ForecastPro                                                                   OWA .823"""


def data(name: str) -> pd.DataFrame:
    """One of the files; the benchmark ends here where there is none."""
    folder = Path(os.environ.get("SOPBENCH_REAL_DATA", "../shared/data")) / "benchmarks"
    if not (folder / name).exists():
        print(f"skipped: no {name} in {folder}; name its parent folder in SOPBENCH_REAL_DATA")
        raise SystemExit(0)
    return pd.read_parquet(folder / name).assign(unique_id=lambda frame: frame["unique_id"].astype(str))


def planned(series: dict[str, np.ndarray], horizon: int, family: str | None) -> dict[str, pd.DataFrame]:
    """The demand plan of a company that sells these series: an array of units each, ending with the last month seen.

    NaN at the end = no longer on sale. Every series is its own family where `family` is none.
    """
    from sopbench import demand
    from sopbench.contract import INPUT_TABLES, checked, table
    from sopbench.params.demand import Demand

    longest = max(len(units) for units in series.values())
    months = pd.date_range("2000-01-01", periods=longest + horizon, freq="MS")
    pieces, ends = [], {}
    for name, units in series.items():
        alive = np.flatnonzero(np.isfinite(units))
        when = months[longest - len(units) : longest]
        pieces.append(pd.DataFrame({"item_id": name, "bucket": when[alive], "qty_ordered": units[alive]}))
        if alive[-1] < len(units) - 1:
            ends[name] = when[alive[-1] + 1]
    names = list(series)
    items = {"item_id": names, "family": family or names, "unit_cost": 1.0, "unit_price": 1.0}
    items["uom"] = family or names  # series of all sorts cannot be added up
    items["discontinue"] = [ends.get(name) for name in names]
    said = {
        "items": checked(pd.DataFrame(items), table("items")),
        "locations": checked(pd.DataFrame({"location_id": ["L"]}), table("locations")),
        "calendar": checked(pd.DataFrame({"bucket": months, "working_days": 21.0}), table("calendar")),
        "sales": checked(pd.concat(pieces).assign(location_id="L"), table("sales")),
    }
    tables = {each.name: said.get(each.name, each.empty()) for each in INPUT_TABLES}
    inputs = {name: tables[name] for name in demand.INPUTS}
    return demand.plan(Demand(), months[longest], horizon, **inputs)


def wide(plan: pd.DataFrame, column: str, names: list[str]) -> np.ndarray:
    """One column of demand_plan: series by month, 0 for what is not planned."""
    sums = plan.groupby(["item_id", "bucket"])[column].sum().unstack()  # noqa: PD010
    return sums.reindex(names, fill_value=0.0).to_numpy()


def peer(model: str, settings: dict, series: list[np.ndarray], horizon: int) -> np.ndarray:
    """What a model of statsforecast says of each series, all cores."""
    return np.concatenate(
        Parallel(n_jobs=-1)(
            delayed(one_after_another)(model, settings, [series[row] for row in part], horizon)
            for part in np.array_split(np.arange(len(series)), 8)
        )
    )


def one_after_another(model: str, settings: dict, series: list[np.ndarray], horizon: int) -> np.ndarray:
    from statsforecast import models

    made = getattr(models, model)(**settings)
    return np.array([made.forecast(y=units, h=horizon)["mean"] for units in series]).reshape(len(series), horizon)


def naive2(units: np.ndarray, horizon: int) -> np.ndarray:
    """M4's Naive2: the last month, seasonally adjusted where a test at 90 % finds a season."""
    length, off = len(units), units - units.mean()
    factors = np.ones(SEASON)
    if length >= 3 * SEASON and (off**2).sum() > 0:
        lags = [(off[lag:] * off[:-lag]).sum() / (off**2).sum() for lag in range(1, SEASON + 1)]
        if abs(lags[-1]) > 1.645 * np.sqrt((1 + 2 * np.sum(np.square(lags[:-1]))) / length):
            around = pd.Series(units).rolling(SEASON).mean().rolling(2).mean().shift(-SEASON // 2)
            ratios = (pd.Series(units) / around).to_numpy()
            factors = np.array([np.nanmean(ratios[place::SEASON]) for place in range(SEASON)])
            factors /= factors.mean()
    last = units[-1] / factors[(length - 1) % SEASON]
    return last * factors[(length + np.arange(horizon)) % SEASON]


def owa(
    said: np.ndarray, actual: np.ndarray, series: list[np.ndarray], base: tuple | None
) -> tuple[float, float, float]:
    """sMAPE, MASE and their mean ratio to Naive2's (`base`): Makridakis, Spiliotis and Assimakopoulos, IJF 36, 2020."""
    size = np.abs(said) + np.abs(actual)
    smape = (200 * np.divide(np.abs(said - actual), size, out=np.zeros_like(size), where=size > 0)).mean()
    scale = np.array([np.abs(units[SEASON:] - units[:-SEASON]).mean() for units in series])
    mase = (np.abs(said - actual).mean(axis=1) / scale).mean()
    return smape, mase, 1.0 if base is None else (smape / base[0] + mase / base[1]) / 2


def covered(plan: pd.DataFrame, actual: np.ndarray, names: list[str]) -> str:
    """How many of the actual values lay below, in and above the band, as told."""
    low, high = wide(plan, "p10", names), wide(plan, "p90", names)
    known = np.isfinite(actual)
    below, above = ((actual < low - 1e-9) & known).sum(), ((actual > high + 1e-9) & known).sum()
    inside = known.sum() - below - above
    return f"inside {inside / known.sum():.1%}, below {below / known.sum():.1%}, above {above / known.sum():.1%}"


def held(plan: dict[str, pd.DataFrame], actual: np.ndarray, names: list[str]) -> str:
    """How many of the actual values the 80 % interval held; where demand comes seldom it begins at 0."""
    from sopbench.demand.errors.outlook import plan_spread
    from sopbench.demand.errors.spread import interval

    choice, history = plan["method_choice"], plan["history"]
    spread = plan_spread(plan["backtest"], choice, history)
    rows = plan["demand_plan"].merge(choice[["item_id", "segment"]], on="item_id")
    rows = rows.join(history.groupby("item_id")["cleaned"].mean().rename("mean"), on="item_id")
    rows = rows.assign(lag=rows.groupby("item_id").cumcount(), forecast=rows["statistical"])
    rows = rows[rows["item_id"].isin(names)].reset_index(drop=True)
    ends = pd.concat([rows[["item_id", "lag"]], interval(rows, spread)], axis=1)
    low, high = (ends.pivot_table(index="item_id", columns="lag", values=end).reindex(names) for end in ("low", "high"))
    known = np.isfinite(actual)
    inside = (actual >= low.to_numpy() - 1e-9) & (actual <= high.to_numpy() + 1e-9) & known
    return f"{inside.sum() / known.sum():.1%}"


def m3(count: int | None) -> None:
    frame = data("m3_monthly.parquet")
    names = sorted(frame["unique_id"].unique())[:count]
    seen = {name: rows["y"].to_numpy() for name, rows in frame[~frame["is_test"]].groupby("unique_id") if name in names}
    began = time.perf_counter()
    tables = planned(seen, M3_HELD_OUT, None)
    plan = tables["demand_plan"]
    took = time.perf_counter() - began
    series = [seen[name] for name in names]
    said = {
        "default plan": wide(plan, "statistical", names),
        **{
            name: peer(model, {"season_length": SEASON}, series, M3_HELD_OUT)
            for name, model in (
                ("AutoETS", "AutoETS"),
                ("Theta", "Theta"),
                ("DOT", "DynamicOptimizedTheta"),
                ("CES", "AutoCES"),
                ("seasonal naive", "SeasonalNaive"),
            )
        },
    }
    said["median of ETS, DOT, CES"] = np.median([said["AutoETS"], said["DOT"], said["CES"]], axis=0)
    said["Naive2"] = np.array([naive2(units, M3_HELD_OUT) for units in series])
    test = frame[frame["is_test"]]
    actual = np.array([test.loc[test["unique_id"] == name, "y"].to_numpy() for name in names])
    base = owa(said["Naive2"], actual, series, None)
    print(f"\nM3 monthly, {len(names)} series, the last {M3_HELD_OUT} months; the plan took {took:.0f} s")
    print(f"{'':28}{'OWA':>8}{'sMAPE':>8}{'MASE':>8}")
    scores = {name: owa(each, actual, series, base) for name, each in said.items()}
    for name, (smape, mase, ratio) in sorted(scores.items(), key=lambda pair: pair[1][2]):
        print(f"  {name:26}{ratio:8.4f}{smape:8.3f}{mase:8.4f}")
    print(f"  80 % intervals of the plan hold {held(tables, actual, names)}")
    print(f"  p10 to p90 of the plan: {covered(plan, actual, names)}")
    print(PUBLISHED)


def carparts(count: int | None) -> None:
    frame = data("carparts_monthly.parquet")
    table = frame.pivot_table(index="unique_id", columns="t", values="y", dropna=False).sort_index().iloc[:count]
    every = table.to_numpy()
    values, actual = every[:, :-CARPARTS_HELD_OUT], every[:, -CARPARTS_HELD_OUT:]
    asked = np.isfinite(actual).any(axis=1)
    names = table.index[asked].tolist()
    began = time.perf_counter()
    tables = planned(dict(zip(names, values[asked], strict=True)), CARPARTS_HELD_OUT, "parts")
    plan = tables["demand_plan"]
    took = time.perf_counter() - began
    series = [units[np.isfinite(units)] for units in values[asked]]
    said = {
        "default plan": wide(plan, "statistical", names),
        "zero": np.zeros((len(names), CARPARTS_HELD_OUT)),
        **{
            name: peer(model, settings, series, CARPARTS_HELD_OUT)
            for name, model, settings in (
                ("IMAPA", "IMAPA", {}),
                ("ADIDA", "ADIDA", {}),
                ("SBA", "CrostonSBA", {}),
                ("TSB", "TSB", {"alpha_d": 0.2, "alpha_p": 0.2}),
                ("Croston", "CrostonClassic", {}),
            )
        },
    }
    actual = actual[asked]
    scale = np.array([np.sqrt((np.diff(units) ** 2).mean()) for units in series])
    print(f"\nCar parts, {len(names)} series, the last {CARPARTS_HELD_OUT} months; the plan took {took:.0f} s")
    print(f"{'':28}{'RMSSE':>8}{'bias':>8}")
    usable = scale > 0
    scores = {}
    for name, each in said.items():
        error = np.sqrt(np.nanmean((each - actual) ** 2, axis=1))[usable] / scale[usable]
        scores[name] = (error.mean(), np.nansum(each - actual) / np.nansum(actual))
    for name, (rmsse, bias) in sorted(scores.items(), key=lambda pair: pair[1][0]):
        print(f"  {name:26}{rmsse:8.4f}{bias:+8.1%}")
    print(f"  80 % intervals of the plan hold {held(tables, actual, names)}")
    print(f"  p10 to p90 of the plan: {covered(plan, actual, names)}")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--series", type=int, help="only the first so many of each set")
    words.add_argument("--only", choices=["m3", "carparts"])
    asked = words.parse_args()
    if asked.only != "carparts":
        m3(asked.series)
    if asked.only != "m3":
        carparts(asked.series)


if __name__ == "__main__":
    main()
