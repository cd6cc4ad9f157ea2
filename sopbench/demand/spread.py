"""How far off a forecast may be: p10, p50 and p90 from what the method got wrong in the backtest.

Errors are measured in units of sqrt(forecast × mean demand), which lets a peak be missed by more units than a trough;
half way between errors that ignore the season and errors in proportion to it, it covered peaks and troughs alike when
tried on months kept back. A series' own few errors are shrunk towards those of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.demand.choice import OWN_ERRORS, SELDOM
from sopbench.demand.history import SERIES

SHARES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
"""The quantiles of a plan and the share of outcomes below each."""

GROWTH = (0.1, 0.5)
"""Least and greatest power of the lag by which errors grow: they never shrink, nor outgrow a random walk."""

SMALLEST = 0.05
"""Share of a series' mean demand below which a forecast does not make its expected error smaller still."""


@dataclass(frozen=True)
class Spread:
    """How errors spread, learned from a backtest.

    `sigma` holds the typical error of each series, `usual` that of a series not seen. Of each kind, `middle` is the
    median of its standardised errors, `power` and `size` say how they grow around it with the lag, and `shape` holds
    the quantiles of what is left.
    """

    sigma: pd.Series
    usual: float
    middle: dict[str, float]
    power: dict[str, float]
    size: dict[str, float]
    shape: dict[str, np.ndarray]


def kind_of(segment: pd.Series) -> np.ndarray:
    """Which series' errors a series' own are pooled with: seldom, or regular (new ones too)."""
    return np.where(segment.isin(SELDOM), "seldom", "regular")


def learn_spread(errors: pd.DataFrame) -> Spread:
    """Learn the spread from backtest rows: item_id, location_id, segment, lag, forecast, actual, mean.

    `mean` is the series' mean demand. Needs at least one row.
    """
    kind = kind_of(errors["segment"])
    rows = errors.assign(kind=kind, relative=(errors["actual"] - errors["forecast"]) / _unit(errors))
    rows = rows.assign(square=rows["relative"] ** 2)
    own = rows.groupby(SERIES).agg(square=("square", "mean"), count=("square", "size"), kind=("kind", "first"))
    pooled = own["kind"].map(own.groupby("kind")["square"].mean())
    sigma = np.sqrt((own["count"] * own["square"] + OWN_ERRORS * pooled) / (own["count"] + OWN_ERRORS))
    rows = rows.join(sigma.rename("sigma"), on=SERIES)
    rows = rows.assign(scaled=rows["relative"] / rows["sigma"].where(rows["sigma"] > 0, 1.0))
    middle, power, size, shape = {}, {}, {}, {}
    for name, part in rows.groupby("kind"):
        middle[name] = float(part["scaled"].median())
        around = part["scaled"] - middle[name]
        power[name], size[name] = _growth(around, part["lag"])
        shape[name] = np.quantile(around / (size[name] * (part["lag"] + 1.0) ** power[name]), list(SHARES.values()))
    return Spread(sigma, float(np.sqrt(own["square"].mean())), middle, power, size, shape)


def quantiles(rows: pd.DataFrame, spread: Spread) -> pd.DataFrame:
    """p10, p50 and p90 (units, never below 0) of rows with item_id, location_id, segment, lag, forecast, mean."""
    kind = pd.Series(kind_of(rows["segment"]), index=rows.index)
    some = next(iter(spread.shape))
    kind = kind.where(kind.isin(list(spread.shape)), some)
    sigma = spread.sigma.reindex(pd.MultiIndex.from_frame(rows[SERIES])).fillna(spread.usual).to_numpy()
    grown = kind.map(spread.size).to_numpy() * (rows["lag"].to_numpy() + 1.0) ** kind.map(spread.power).to_numpy()
    shape = np.stack(kind.map(spread.shape).to_list()) if len(rows) else np.empty((0, len(SHARES)))
    around = kind.map(spread.middle).to_numpy()[:, None] + grown[:, None] * shape
    off = (_unit(rows).to_numpy() * sigma)[:, None] * around
    said = np.maximum(rows["forecast"].to_numpy()[:, None] + off, 0.0)
    return pd.DataFrame(said, index=rows.index, columns=list(SHARES))


def coverage(backtest: pd.DataFrame, choice: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """How often the backtest of the chosen methods fell inside p10 to p90, each origin by the errors of the others.

    Takes the tables backtest, method_choice and history; gives segment, lag, observations, inside, below (p10) and
    above (p90) as shares. Empty where there are fewer than two origins.
    """
    rows = chosen_errors(backtest, choice, history)
    origins = sorted(rows["origin"].unique())
    pieces = []
    for origin in origins if len(origins) > 1 else []:
        held = rows[rows["origin"] == origin]
        said = quantiles(held, learn_spread(rows[rows["origin"] != origin]))
        below, above = held["actual"] < said["p10"], held["actual"] > said["p90"]
        pieces.append(held[["segment", "lag"]].assign(inside=~(below | above), below=below, above=above))
    if not pieces:
        return pd.DataFrame(columns=["segment", "lag", "observations", "inside", "below", "above"])
    grouped = pd.concat(pieces).groupby(["segment", "lag"])
    shares = grouped[["inside", "below", "above"]].mean()
    shares.insert(0, "observations", grouped.size())
    return shares.reset_index()


def chosen_errors(backtest: pd.DataFrame, choice: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """The backtest rows of each series' chosen method with its segment and its mean cleaned demand (all tables)."""
    mean = history.groupby(SERIES)["cleaned"].mean().rename("mean")
    chosen = backtest.merge(choice[[*SERIES, "method", "segment"]], on=[*SERIES, "method"])
    return chosen.join(mean, on=SERIES)


def _unit(rows: pd.DataFrame) -> pd.Series:
    mean = rows["mean"].clip(lower=1e-9)
    return np.sqrt(np.maximum(rows["forecast"], SMALLEST * mean) * mean)


def _growth(around: pd.Series, lag: pd.Series) -> tuple[float, float]:
    """The power and size by which typical errors grow with the lag, fitted on a logarithmic scale."""
    typical = np.sqrt((around**2).groupby(lag).mean())
    typical = typical[typical > 0]
    if typical.empty:
        return GROWTH[0], 1.0
    ahead, size = np.log(typical.index.to_numpy() + 1.0), np.log(typical.to_numpy())
    centred = ahead - ahead.mean()
    slope = float(centred @ size / (centred @ centred)) if len(typical) > 1 else GROWTH[1]
    power = min(max(slope, GROWTH[0]), GROWTH[1])
    return power, float(np.exp((size - power * ahead).mean()))
