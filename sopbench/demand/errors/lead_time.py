"""What may be demanded over several buckets together, which is what stock must cover while more is on its way.

The band of a sum is not the sum of bands: errors of one bucket partly make up for those of another, and partly last.
So paths of errors as the backtest saw them, one bucket after the other, are laid over the forecast and added up (the
scenario paths of Thompson and others; here none are drawn by chance, the past ones are used as they were).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.demand.errors.spread import (
    NOTHING,
    PROBABILITIES,
    SHARES,
    Spread,
    chosen_errors,
    kind_of,
    learn_spread,
    quantiles,
)
from sopbench.demand.history.history import SERIES

TOLD = SHARES | {"p95": 0.95, "p99": 0.99}
"""The quantiles of a sum: those of a plan, and further out as stock is kept for what comes seldom."""

AT_ONCE = 500
"""Series whose paths are laid out at once."""


def lead_time_demand(outlook: dict[str, pd.DataFrame], segment: pd.Series, spread: Spread | None) -> pd.DataFrame:
    """Make the table lead_time_demand: for each series, demand of the first 1, 2, ... buckets together, with its band.

    `outlook` holds statistical, p10, p50 and p90 (units) by series (rows) and bucket ahead; `segment` names each row's
    segment; `spread` is what the backtest taught. Without it nothing is known of errors, nor of demand.
    """
    if spread is None:
        return table("lead_time_demand").empty()
    series, horizon = outlook["statistical"].index, outlook["statistical"].shape[1]
    kind = pd.Series(kind_of(segment))
    kind = kind.where(kind.isin(list(spread.paths)), next(iter(spread.paths)))
    band = {name: outlook[name].to_numpy() for name in SHARES}
    said = np.zeros((len(series), horizon, len(TOLD)))
    deviation = np.zeros((len(series), horizon))
    for name, paths in spread.paths.items():
        long, shape = lengthened(paths, horizon), spread.shape[name]
        rows = np.flatnonzero((kind == name).to_numpy())
        for part in np.array_split(rows, max(len(rows) // AT_ONCE, 1)):
            units = laid_over({each: units[part] for each, units in band.items()}, long, shape)
            sums = np.cumsum(units, axis=2)
            said[part] = np.moveaxis(np.quantile(sums, list(TOLD.values()), axis=1), 0, 2)
            deviation[part] = sums.std(axis=1)
            if name == "seldom":
                a_bucket = outlook["statistical"].to_numpy()[part].mean(axis=1)[:, None, None]
                said[part] = np.where(said[part] < NOTHING * a_bucket, 0.0, said[part])
    frame = pd.DataFrame({name: np.repeat(series.get_level_values(name), horizon) for name in SERIES})
    frame["buckets"] = np.tile(np.arange(1, horizon + 1), len(series))
    frame["statistical"] = np.cumsum(outlook["statistical"].to_numpy(), axis=1).ravel()
    frame[list(TOLD)] = said.reshape(-1, len(TOLD))
    return checked(frame.assign(deviation=deviation.ravel()), table("lead_time_demand"))


def laid_over(band: dict[str, np.ndarray], paths: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Units (series, paths, buckets, never below 0): each path's errors laid over the band of each series.

    `band` holds p10, p50 and p90 by series and bucket; `shape` the quantiles of errors at PROBABILITIES. An error as
    large as the shape's p90 ends at the band's p90, and so on each side.
    """
    low, middle, high = np.interp(list(SHARES.values()), PROBABILITIES, shape)
    up = np.where(paths > middle, (paths - middle) / max(high - middle, 1e-12), 0.0)
    down = np.where(paths < middle, (middle - paths) / max(middle - low, 1e-12), 0.0)
    above, below = band["p90"] - band["p50"], band["p50"] - band["p10"]
    units = band["p50"][:, None, :] + above[:, None, :] * up[None] - below[:, None, :] * down[None]
    return np.maximum(units, 0.0)


def lengthened(paths: np.ndarray, horizon: int) -> np.ndarray:
    """Paths of errors as long as the horizon: after a path's end another one follows, the same at every call."""
    count, length = paths.shape
    pieces, order = [], np.arange(count)
    for piece in range(-(-horizon // length)):
        pieces.append(paths[(order * pow(_stride(count), piece, count) + piece) % count])
    return np.concatenate(pieces, axis=1)[:, :horizon]


def lead_time_coverage(backtest: pd.DataFrame, choice: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """How often the backtest's sums of 1, 2, ... buckets fell inside p10 to p90, each origin by the others' errors.

    Takes the tables backtest, method_choice and history; gives kind, buckets, observations, inside, below and above as
    shares. Empty where there are fewer than two origins.
    """
    rows = chosen_errors(backtest, choice, history).sort_values([*SERIES, "origin", "lag"])
    origins = sorted(rows["origin"].unique())
    names = ["kind", "buckets", "observations", "inside", "below", "above"]
    pieces = [_covered(rows[rows["origin"] == each], learn_spread(rows[rows["origin"] != each])) for each in origins]
    if len(origins) < 2:
        return pd.DataFrame(columns=names)
    grouped = pd.concat(pieces).groupby(["kind", "buckets"])
    shares = grouped[["inside", "below", "above"]].mean()
    shares.insert(0, "observations", grouped.size())
    return shares.reset_index()[names]


def _covered(held: pd.DataFrame, spread: Spread) -> pd.DataFrame:
    """Each series' sums at one origin: whether they fell inside the band of sums."""
    wide = held.pivot_table(index=[*SERIES, "segment"], columns="lag", values="actual").dropna()
    said = held.join(quantiles(held, spread)).set_index([*SERIES, "segment"])
    outlook = {
        name: said.pivot_table(index=[*SERIES, "segment"], columns="lag", values=source).loc[wide.index]
        for name, source in {"statistical": "forecast", "p10": "p10", "p50": "p50", "p90": "p90"}.items()
    }
    segment = wide.index.get_level_values("segment").to_series()
    series = wide.index.droplevel("segment")
    bands = lead_time_demand({name: each.set_axis(series) for name, each in outlook.items()}, segment, spread)
    actual = np.cumsum(wide.to_numpy(), axis=1).ravel()
    below, above = actual < bands["p10"].to_numpy() - 1e-9, actual > bands["p90"].to_numpy() + 1e-9
    kind = np.repeat(kind_of(segment), wide.shape[1])
    return pd.DataFrame(
        {"kind": kind, "buckets": bands["buckets"], "inside": ~(below | above), "below": below, "above": above}
    )


def _stride(count: int) -> int:
    """A step with no common factor with `count`, so that every path follows every other one once."""
    step = max(int(count * 0.618), 1)
    while np.gcd(step, count) != 1:
        step += 1
    return step
