"""How far off a forecast may be: the quantiles of demand, from what the method got wrong in the backtest.

Errors are measured in units of sqrt(forecast × mean demand), which lets a peak be missed by more units than a trough;
half way between errors that ignore the season and errors in proportion to it, it covered peaks and troughs alike when
tried on months kept back. A series' own few errors are shrunk towards those of its kind. The errors of an origin are
judged by what was known without it, as the coming ones will be, or intervals would cover too little (conformal
prediction: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sopbench.demand.segments import SELDOM, segments

SERIES = ["item_id", "location_id"]

SHARES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
"""The quantiles of a plan and the share of outcomes below each."""

PROBABILITIES = np.array([0.01, 0.025, 0.05, *np.arange(0.1, 0.95, 0.05).round(2), 0.95, 0.975, 0.99])
"""Where the shape of errors is kept; what lies between is interpolated."""

OWN_ERRORS = 24
"""How many errors of its own a series must have before they count as much as those of its kind."""

GROWTH = (0.0, 0.6)
"""Least and greatest power of the lag by which errors grow; the greatest is a little beyond a random walk's."""

GROWTH_BEYOND = 0.4
"""Least power by which they grow beyond the lags of the backtest, as six months hardly show how years go on: of 0 to .5
it held nearest to 80 % (79 %) of buckets 7 to 18 ahead, 18 months before the end of M3's training parts."""

SMALLEST = 0.05
"""Share of a series' mean demand below which a forecast does not make its expected error smaller still."""

NOTHING = 0.5
"""Where demand comes seldom, a quantile below this share of a bucket's mean demand is one of nothing: nobody sells a
fraction of a sale."""

PATHS = 401
"""Paths of errors kept of each kind."""

ORIGINS = 6
"""Origins at which a forecaster tries itself when it is asked for quantiles."""


@dataclass(frozen=True)
class Spread:
    """How errors spread, learned from a backtest.

    `sigma` holds the typical error of each series. Of each kind, `usual` is that of a series not tried, `middle` the
    median of its standardised errors, `power` and `size` say how they grow around it with the lag (`tried` lags were
    seen), `shape` holds the quantiles of what is left at PROBABILITIES, and `paths` is what was left from bucket to
    bucket of some origins.
    """

    sigma: pd.Series
    usual: dict[str, float]
    middle: dict[str, float]
    power: dict[str, float]
    size: dict[str, float]
    tried: dict[str, int]
    shape: dict[str, np.ndarray]
    paths: dict[str, np.ndarray]


def kind_of(segment: pd.Series) -> np.ndarray:
    """Which series' errors a series' own are pooled with: seldom, or regular (new ones too)."""
    return np.where(segment.isin(SELDOM), "seldom", "regular")


def learn_spread(errors: pd.DataFrame) -> Spread:
    """Learn the spread from backtest rows: item_id, location_id, segment, lag, forecast, actual, mean, perhaps origin.

    `mean` is the series' mean demand. Needs at least one row.
    """
    rows = errors.assign(
        kind=kind_of(errors["segment"]), relative=(errors["actual"] - errors["forecast"]) / _unit(errors)
    )
    rows = rows.assign(square=rows["relative"] ** 2, origin=rows.get("origin", 0))
    own = rows.groupby(SERIES).agg(square=("square", "sum"), count=("square", "size"), kind=("kind", "first"))
    each = (own["square"] / own["count"]).groupby(own["kind"]).mean()
    pooled = own["kind"].map(each)
    sigma = _shrunk(own["square"], own["count"], pooled)
    known = _without_own_origin(rows, own.assign(pooled=pooled))
    rows = rows.assign(scaled=rows["relative"] / known.where(known > 0, 1.0))
    middle, power, size, tried, shape, paths = {}, {}, {}, {}, {}, {}
    for name, part in rows.groupby("kind"):
        middle[name] = float(part["scaled"].median())
        around = part["scaled"] - middle[name]
        power[name], size[name] = _growth(around, part["lag"])
        tried[name] = int(part["lag"].max()) + 1
        left = around / (size[name] * (part["lag"] + 1.0) ** power[name])
        shape[name] = np.quantile(left, PROBABILITIES)
        paths[name] = _paths(part, left)
    usual = np.sqrt(each).to_dict()
    return Spread(sigma, usual, middle, power, size, tried, shape, paths)


def quantiles(rows: pd.DataFrame, spread: Spread, shares: dict[str, float] | None = None) -> pd.DataFrame:
    """Quantiles (units, never below 0) of rows with item_id, location_id, segment, lag, forecast, mean.

    `shares` names the columns and the share of outcomes below each: p10, p50 and p90 where none are given.
    """
    shares = SHARES if shares is None else shares
    where = np.array(list(shares.values()))
    middle, scale, shape = _around(rows, spread)
    chosen = np.array([np.interp(where, PROBABILITIES, each) for each in shape.values()])
    number = pd.Series(list(shape)).reset_index().set_index(0)["index"]
    kind = _known_kind(rows, spread)
    of_row = chosen[number.loc[kind].to_numpy()] if len(rows) else np.empty((0, len(where)))
    said = rows["forecast"].to_numpy()[:, None] + middle[:, None] + scale[:, None] * of_row
    nothing = (kind == "seldom")[:, None] & (said < NOTHING * rows["mean"].to_numpy()[:, None])
    said = np.where(nothing, 0.0, said)
    return pd.DataFrame(np.maximum(said, 0.0), index=rows.index, columns=list(shares))


def interval(rows: pd.DataFrame, spread: Spread, share: float = 0.8) -> pd.DataFrame:
    """The interval (units: low, high) that holds `share` of outcomes, of the rows `quantiles` takes.

    Of regular series what is outside lies half below and half above. Where demand comes seldom nothing is often the
    likeliest outcome, and no bound leaves a tenth of outcomes below it: there the interval begins at 0.
    """
    seldom = _known_kind(rows, spread) == "seldom"
    outside = 1.0 - share
    ends = {"low": outside / 2, "high": 1.0 - outside / 2, "whole": share}
    said = quantiles(rows, spread, ends)
    low, high = np.where(seldom, 0.0, said["low"]), np.where(seldom, said["whole"], said["high"])
    return pd.DataFrame({"low": low, "high": high}, index=rows.index)


def coverage(backtest: pd.DataFrame, choice: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """How often the backtest of the chosen methods fell inside the 80 % interval, each origin by the others' errors.

    Takes the tables backtest, method_choice and history; gives segment, lag, observations, inside, below and above as
    shares. The interval is p10 to p90, and 0 to p80 where demand comes seldom. Empty where there are fewer than two
    origins.
    """
    rows = chosen_errors(backtest, choice, history)
    origins = sorted(rows["origin"].unique())
    pieces = []
    for origin in origins if len(origins) > 1 else []:
        held = rows[rows["origin"] == origin]
        said = interval(held, learn_spread(rows[rows["origin"] != origin]))
        below, above = held["actual"] < said["low"], held["actual"] > said["high"]
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
    own = choice[[*SERIES, "method", "segment"]]
    # one origin at a time: all methods' rows of a large company take gigabytes to match
    chosen = [rows.merge(own, on=[*SERIES, "method"]) for _, rows in backtest.groupby("origin")]
    return (pd.concat(chosen, ignore_index=True) if chosen else backtest.merge(own)).join(mean, on=SERIES)


def errors_at_origins(
    values: np.ndarray, ahead: int, forecast: Callable[[np.ndarray, int], np.ndarray]
) -> pd.DataFrame:
    """The rows `learn_spread` takes, of series (rows of `values`) forecast from origins in their own past.

    `forecast` is asked what it would have said of so many buckets with only the first columns seen. Series are known by
    their number, as item_id. Empty where there is no past to try.
    """
    length = values.shape[1]
    tried = min(ahead, max(length // 4, 1))
    step = max(tried // 3, 1)
    numbers, about = np.arange(len(values)), _about(values)
    pieces = []
    for origin in [length - tried - step * window for window in range(ORIGINS)]:
        if origin < 2:
            break
        said = forecast(values[:, :origin], tried)
        rows = pd.DataFrame({"item_id": np.repeat(numbers, tried), "origin": origin})
        rows = rows.assign(lag=np.tile(np.arange(tried), len(values)), forecast=said.ravel())
        rows = rows.assign(actual=values[:, origin : origin + tried].ravel())
        pieces.append(rows)
    if not pieces:
        return pd.DataFrame()
    return pd.concat(pieces).dropna().merge(about, on="item_id")


def quantile_ahead(
    forecast: np.ndarray, values: np.ndarray, tried: pd.DataFrame, shares: Sequence[float]
) -> np.ndarray:
    """Quantiles of series (rows) by bucket ahead by share, from forecasts, the past and `errors_at_origins`.

    Where nothing could be tried, all are the forecast.
    """
    if tried.empty:
        return np.repeat(forecast[:, :, None], len(shares), axis=2)
    ahead = forecast.shape[1]
    rows = _about(values)
    rows = rows.loc[rows.index.repeat(ahead)].reset_index(drop=True)
    rows = rows.assign(lag=np.tile(np.arange(ahead), len(values)), forecast=forecast.ravel())
    named = {str(share): share for share in shares}
    return quantiles(rows, learn_spread(tried), named).to_numpy().reshape(len(values), ahead, len(shares))


def _about(values: np.ndarray) -> pd.DataFrame:
    """Number (as item_id), segment and mean of series (rows)."""
    known = np.isfinite(values)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    kind = segments(pd.DataFrame(values)).to_numpy()
    return pd.DataFrame({"item_id": np.arange(len(values)), "location_id": "", "segment": kind, "mean": mean})


def _known_kind(rows: pd.DataFrame, spread: Spread) -> np.ndarray:
    """The kind of each row; another one where nothing was learned of its own."""
    kind = pd.Series(kind_of(rows["segment"]), index=rows.index)
    return kind.where(kind.isin(list(spread.shape)), next(iter(spread.shape))).to_numpy()


def _around(rows: pd.DataFrame, spread: Spread) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """By row: the median of its errors and the unit of what lies around it, both in units; and the shapes."""
    kind = pd.Series(_known_kind(rows, spread))
    own = spread.sigma.reindex(pd.MultiIndex.from_frame(rows[SERIES])).to_numpy()
    sigma = np.where(np.isnan(own), kind.map(spread.usual).to_numpy(dtype=float), own)
    unit = _unit(rows).to_numpy() * sigma
    power, tried = kind.map(spread.power).to_numpy(), kind.map(spread.tried).to_numpy()
    ahead = rows["lag"].to_numpy() + 1.0
    beyond = np.maximum(ahead / tried, 1.0) ** np.maximum(power, GROWTH_BEYOND)
    grown = kind.map(spread.size).to_numpy() * np.minimum(ahead, tried) ** power * beyond
    return unit * kind.map(spread.middle).to_numpy(), unit * grown, spread.shape


def _unit(rows: pd.DataFrame) -> pd.Series:
    mean = rows["mean"].clip(lower=1e-9)
    return np.sqrt(np.maximum(rows["forecast"], SMALLEST * mean) * mean)


def _shrunk(square: pd.Series, count: pd.Series, pooled: pd.Series) -> pd.Series:
    """The typical error: that of a series' own errors beside OWN_ERRORS of its kind's."""
    return np.sqrt((square + OWN_ERRORS * pooled) / (count + OWN_ERRORS))


def _without_own_origin(rows: pd.DataFrame, own: pd.DataFrame) -> pd.Series:
    """For each row, the typical error of its series as it would be known without the row's own origin."""
    here = rows.groupby([*SERIES, "origin"])["square"].agg(here="sum", seen="size")
    beside = here.join(own[["square", "count", "pooled"]], on=SERIES)
    known = _shrunk(
        (beside["square"] - beside["here"]).clip(lower=0.0), beside["count"] - beside["seen"], beside["pooled"]
    )
    return rows[[*SERIES, "origin"]].join(known.rename("known"), on=[*SERIES, "origin"])["known"]


def _growth(around: pd.Series, lag: pd.Series) -> tuple[float, float]:
    """The power and size by which typical errors grow with the lag, fitted on a logarithmic scale."""
    typical = np.sqrt((around**2).groupby(lag).mean())
    typical = typical[typical > 0]
    if typical.empty:
        return GROWTH[0], 1.0
    ahead, size = np.log(typical.index.to_numpy() + 1.0), np.log(typical.to_numpy())
    centred = ahead - ahead.mean()
    slope = float(centred @ size / (centred @ centred)) if len(typical) > 1 else 0.5
    power = min(max(slope, GROWTH[0]), GROWTH[1])
    return power, float(np.exp((size - power * ahead).mean()))


def _paths(rows: pd.DataFrame, left: pd.Series) -> np.ndarray:
    """What was left of the errors of an origin, bucket after bucket (columns): PATHS origins, from low sums to high."""
    wide = rows.assign(left=left).pivot_table(index=[*SERIES, "origin"], columns="lag", values="left").dropna()
    every = wide.to_numpy()[np.argsort(wide.sum(axis=1).to_numpy(), kind="stable")]
    if len(every) == 0:
        return np.zeros((1, wide.shape[1] or 1))
    return every[np.linspace(0, len(every) - 1, min(PATHS, len(every))).round().astype(int)]
