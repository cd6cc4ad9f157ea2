"""Chooses the method of each series by what it would have said in the past.

Segments are those of Syntetos, Boylan and Croston (On the categorization of demand patterns, JORS 56, 2005); errors are
scaled by the naive ones in history (Hyndman and Koehler, Int. J. Forecasting 22, 2006), and squared, so that
forecasting nothing does not win where demand comes seldom.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.gathered import ADI_LIMIT, CV2_LIMIT
from sopbench.demand.history import SERIES
from sopbench.demand.methods import FAMILY_SEASON, NAIVE

OWN_ERRORS = 24
"""How many errors of its own a series must have before they count as much as those of its kind."""

SELDOM = ("intermittent", "lumpy")
"""Segments that are measured by totals over the horizon and never naively, which says nothing or a peak."""


def segments(values: pd.DataFrame) -> pd.Series:
    """The segment of each series (rows; NaN where it is not alive): smooth, erratic, intermittent or lumpy."""
    units = values.to_numpy()
    sizes = np.where(units > 0, units, np.nan)
    count = np.isfinite(sizes).sum(axis=1)
    sums, squares = np.nansum(sizes, axis=1), np.nansum(sizes**2, axis=1)
    seldom = np.isfinite(units).sum(axis=1) >= ADI_LIMIT * count
    mean = sums / np.maximum(count, 1)
    variance = squares / np.maximum(count, 1) - mean**2
    uneven = (count > 0) & (variance >= CV2_LIMIT * mean**2)
    named = np.select([seldom & uneven, seldom, uneven], ["lumpy", "intermittent", "erratic"], "smooth")
    return pd.Series(named, index=values.index, name="segment")


def naive_scale(values: pd.DataFrame) -> pd.Series:
    """The root mean squared error of the naive forecast in each series' history, in units; 1 where it never errs."""
    steps = np.diff(values.to_numpy(), axis=1)
    count = np.isfinite(steps).sum(axis=1)
    scale = np.sqrt(np.nansum(steps**2, axis=1) / np.maximum(count, 1))
    return pd.Series(np.where(scale > 0, scale, 1.0), index=values.index, name="scale")


def method_scores(backtest: pd.DataFrame, scale: pd.Series) -> pd.DataFrame:
    """What each method did for each series in the backtest: errors, rmsse, rmsse of totals, wape, bias.

    Rows by item_id, location_id, method; `errors` counts the buckets compared. `rmsse_total` measures the sums over an
    origin's horizon, scaled as if the errors of its buckets were independent. A method that is missing an origin of
    its series is left out.
    """
    errors = backtest.assign(error=backtest["forecast"] - backtest["actual"])
    errors = errors.assign(square=errors["error"] ** 2, absolute=errors["error"].abs())
    keys = [*SERIES, "method"]
    sums = errors.groupby([*keys, "origin"])[["error", "square", "absolute", "actual"]].sum()
    sums["buckets"] = errors.groupby([*keys, "origin"]).size()
    sums["total_square"] = sums["error"] ** 2
    whole = sums.groupby(keys).sum()
    whole["origins"] = sums.groupby(keys).size()
    scores = whole.join(scale, on=SERIES)
    demand = scores["actual"].where(scores["actual"] > 0)
    scores = scores.assign(
        errors=scores["buckets"],
        rmsse=np.sqrt(scores["square"] / scores["buckets"]) / scores["scale"],
        rmsse_total=np.sqrt(scores["total_square"] / scores["buckets"]) / scores["scale"],
        wape=scores["absolute"] / demand,
        bias=scores["error"] / demand,
    )
    complete = scores["origins"] == scores.groupby(SERIES)["origins"].transform("max")
    return scores.loc[complete, ["errors", "rmsse", "rmsse_total", "wape", "bias"]]


def choose(
    scores: pd.DataFrame, values: pd.DataFrame, own: pd.DataFrame, likes: pd.Series, methods: list[str], margin: float
) -> pd.DataFrame:
    """Choose a method for each series in `values` (rows, cleaned units by bucket): segment, method and reason.

    The method with the best mark wins if it beats the naive one by the share `margin` (see `_marks`). Where demand is
    intermittent or lumpy the errors of the horizon's total are marked, and naive methods are asked only if there is no
    other. Equals are decided by the order of `methods`. A series without backtest takes the method of its like item at
    its location (`likes`: like item by item_id), else its own level in its family's season. `scores` come from
    `method_scores`; `own` is False where values come from a like item.
    """
    kind = segments(values.where(own))
    seldom = kind.isin(SELDOM).to_numpy()
    squared = _by_method(scores["rmsse"], values.index, methods)
    total = _by_method(scores["rmsse_total"], values.index, methods)
    errors = scores["errors"].groupby(SERIES).max().reindex(values.index).fillna(0).to_numpy()
    marks = _marks(np.where(seldom[:, None], total, squared), errors, seldom)
    naive_ones = np.isin(methods, list(NAIVE))
    others = np.isfinite(marks[:, ~naive_ones]).any(axis=1)
    best = np.where((seldom & others)[:, None] & naive_ones, np.inf, marks).argmin(axis=1)
    naive = methods.index("naive")
    reached = (marks[np.arange(len(marks)), best] <= (1.0 - margin) * marks[:, naive]) | seldom
    choice = pd.DataFrame({"segment": kind, "method": np.array(methods, dtype=object)[np.where(reached, best, naive)]})
    why = np.where(reached, np.where(seldom, "best in backtest of totals", "best in backtest"), "nothing beats naive")
    choice["reason"] = why.astype(object) + _missing(marks, methods)
    return _without_backtest(choice, np.isfinite(marks).any(axis=1), likes)


def method_choice(choice: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Make the table method_choice: the choice of each series with the scores of its method and of the naive one."""
    rows = choice.reset_index()[[*SERIES, "method"]]
    measured = scores.reindex(pd.MultiIndex.from_frame(rows))[["rmsse", "wape", "bias"]].set_axis(choice.index)
    naive = scores["rmsse"].reindex(pd.MultiIndex.from_frame(rows.assign(method="naive"))).set_axis(choice.index)
    return checked(choice.join(measured).assign(rmsse_naive=naive).reset_index(), table("method_choice"))


def _marks(rmsse: np.ndarray, errors: np.ndarray, seldom: np.ndarray) -> np.ndarray:
    """How good each method (columns) is for each series (rows), lower is better, infinite where it has no backtest.

    The few errors of one series say little about the next months. A mark is how the method did on the series and how
    it did on all series of its kind (`seldom` or not), as mean squares relative to all methods'; a series' own count
    half where it has OWN_ERRORS `errors`, less where it has fewer.
    """
    square = np.where(np.isfinite(rmsse), rmsse, np.nan) ** 2
    tried = np.maximum(np.isfinite(square).sum(axis=1, keepdims=True), 1)
    usual = np.nansum(square, axis=1, keepdims=True) / tried
    relative = np.where(
        np.isfinite(square), np.divide(square, usual, out=np.ones_like(square), where=usual > 0), np.nan
    )
    kind = np.zeros_like(relative)
    for which in (seldom, ~seldom):
        count = np.maximum(np.isfinite(relative[which]).sum(axis=0), 1)
        kind[which] = np.nansum(relative[which], axis=0) / count
    own = (errors / (errors + OWN_ERRORS))[:, None]
    marks = np.sqrt(own * relative + (1.0 - own) * kind).round(9)
    return np.where(np.isfinite(marks), marks, np.inf)


def _by_method(scores: pd.Series, series: pd.MultiIndex, methods: list[str]) -> np.ndarray:
    """One score a series (rows) and method (columns); infinite where there is none."""
    return scores.unstack("method").reindex(index=series, columns=methods).fillna(np.inf).to_numpy(dtype=float)  # noqa: PD010


def _missing(marks: np.ndarray, methods: list[str]) -> np.ndarray:
    """For each series, the methods that could not forecast it in the backtest, in words."""
    names = np.array(methods, dtype=object)
    said = ["; could not be tried: " + ", ".join(names[row]) if row.any() else "" for row in ~np.isfinite(marks)]
    return np.array(said, dtype=object)


def _without_backtest(choice: pd.DataFrame, tested: np.ndarray, likes: pd.Series) -> pd.DataFrame:
    """The choice with a method for the series that have no backtest."""
    item = choice.index.get_level_values("item_id")
    like = likes.reindex(item).fillna("").to_numpy()
    twin = pd.MultiIndex.from_arrays([like, choice.index.get_level_values("location_id")], names=SERIES)
    known = choice["method"].where(tested).reindex(twin).to_numpy()
    borrowed = "too short for a backtest; the method of its like item " + pd.Series(like, dtype=object).to_numpy()
    alone = "too short for a backtest; its own level in its family's season"
    method = np.where(pd.isna(known), FAMILY_SEASON, known)
    reason = np.where(pd.isna(known), alone, borrowed)
    return choice.assign(
        segment=choice["segment"].where(tested, "new"),
        method=np.where(tested, choice["method"], method),
        reason=np.where(tested, choice["reason"], reason),
    )
