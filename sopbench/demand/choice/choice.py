"""Chooses the method of each series by what it would have said in the past.

Segments are those of Syntetos, Boylan and Croston (On the categorization of demand patterns, JORS 56, 2005); errors are
scaled by the naive ones in history (Hyndman and Koehler, Int. J. Forecasting 22, 2006), and squared, so that
forecasting nothing does not win where demand comes seldom.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.demand.choice.combination import COMBINATION
from sopbench.demand.history.history import SERIES
from sopbench.demand.segments import SELDOM, segments
from sopbench.params.demand import FAMILY_SEASON, NAIVE

SLOW = "slow_movers"
"""The method of series that sell now and then, unless another is clearly better."""

OWN_ERRORS = 24
"""How many errors of its own a series must have before they count as much as those of its kind."""


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
    scores: pd.DataFrame,
    values: pd.DataFrame,
    own: pd.DataFrame,
    likes: pd.Series,
    methods: list[str],
    margin: float,
    how: str = "best",
    last: pd.Series | None = None,
) -> pd.DataFrame:
    """Choose a method for each series in `values` (rows, cleaned units by bucket): segment, method and reason.

    The method with the best mark wins if its mark lies by the share `margin` below the incumbent's (see `_marks`). With
    `how` "best" the incumbent is the naive method, with "combination" the combination of methods, or slow_movers where
    demand comes seldom; with "segment" all series of a segment get the method that is best for them together. A
    method of the last cycle (`last`, by series) that is still better than the incumbent takes its place, so that
    methods do not come and go from month to month. Where demand is intermittent or lumpy the errors of the horizon's
    total are marked, and naive methods are asked only if there is no other. Equals are decided by the order of
    `methods`. A series without backtest takes the method of its like item at its location (`likes`: like item by
    item_id), else its own level in its family's season. `scores` come from `method_scores`; `own` is False where values
    come from a like item.
    """
    kind = segments(values.where(own))
    seldom = kind.isin(SELDOM).to_numpy()
    squared = _by_method(scores["rmsse"], values.index, methods)
    total = _by_method(scores["rmsse_total"], values.index, methods)
    errors = scores["errors"].groupby(SERIES).max().reindex(values.index).fillna(0).to_numpy()
    marks = _marks(np.where(seldom[:, None], total, squared), errors, seldom)
    naive_ones = np.isin(methods, list(NAIVE))
    others = np.isfinite(marks[:, ~naive_ones]).any(axis=1)
    asked = np.where((seldom & others)[:, None] & naive_ones, np.inf, marks)
    names, rows = np.array(methods, dtype=object), np.arange(len(marks))
    if how == "segment":
        best = _best_of_segment(asked, kind)
        why = np.full(len(marks), "best for its segment", dtype=object)
    else:
        incumbent = _incumbents(marks, seldom, methods, how)
        kept = _kept(marks, incumbent, values.index, methods, last)
        best = asked.argmin(axis=1)
        stays = asked[rows, best] > (1.0 - margin) * marks[rows, kept]
        best = np.where(stays | (best == kept), kept, best)
        why = np.where(seldom, "best in backtest of totals", "best in backtest").astype(object)
        why[best == incumbent] = "nothing beats naive" if how == "best" else "nothing beats it clearly"
        why[(best == kept) & (kept != incumbent)] = "kept from the last cycle"
    choice = pd.DataFrame({"segment": kind, "method": names[best]})
    choice["reason"] = why + _missing(marks, methods)
    alone = np.where(seldom & (SLOW in methods), SLOW, FAMILY_SEASON)
    return _without_backtest(choice, np.isfinite(marks).any(axis=1), likes, alone)


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


def _incumbents(marks: np.ndarray, seldom: np.ndarray, methods: list[str], how: str) -> np.ndarray:
    """The method (its place in `methods`) that a better one must beat clearly, of each series."""
    naive = methods.index("naive")
    if how == "best":
        best = np.where(np.isin(methods, list(NAIVE)), np.inf, marks).argmin(axis=1)
        return np.where(seldom & np.isfinite(marks.min(axis=1)), best, naive)
    regular = methods.index(COMBINATION) if COMBINATION in methods else naive
    slow = methods.index(SLOW) if SLOW in methods else regular
    wanted = np.where(seldom, slow, regular)
    there = np.isfinite(marks[np.arange(len(marks)), wanted])
    return np.where(there, wanted, np.where(np.isfinite(marks[:, regular]), regular, naive))


def _kept(
    marks: np.ndarray, incumbent: np.ndarray, series: pd.MultiIndex, methods: list[str], last: pd.Series | None
) -> np.ndarray:
    """The incumbent, or the last cycle's method where it is still the better one."""
    if last is None:
        return incumbent
    place = {name: number for number, name in enumerate(methods)}
    before = last.reindex(series).map(place).fillna(-1).astype(int).to_numpy()
    rows = np.arange(len(marks))
    better = marks[rows, np.maximum(before, 0)] < marks[rows, incumbent]
    return np.where((before >= 0) & better, before, incumbent)


def _best_of_segment(marks: np.ndarray, kind: pd.Series) -> np.ndarray:
    """For each series the method with the least mean mark over all of its segment that have one."""
    known = pd.DataFrame(np.where(np.isfinite(marks), marks, np.nan)).groupby(kind.to_numpy()).mean().fillna(np.inf)
    best = known.to_numpy().argmin(axis=1)
    return pd.Series(best, index=known.index).reindex(kind.to_numpy()).to_numpy()


def _by_method(scores: pd.Series, series: pd.MultiIndex, methods: list[str]) -> np.ndarray:
    """One score a series (rows) and method (columns); infinite where there is none."""
    return scores.unstack("method").reindex(index=series, columns=methods).fillna(np.inf).to_numpy(dtype=float)  # noqa: PD010


def _missing(marks: np.ndarray, methods: list[str]) -> np.ndarray:
    """For each series, the methods that could not forecast it in the backtest, in words."""
    names = np.array(methods, dtype=object)
    said = ["; could not be tried: " + ", ".join(names[row]) if row.any() else "" for row in ~np.isfinite(marks)]
    return np.array(said, dtype=object)


def _without_backtest(choice: pd.DataFrame, tested: np.ndarray, likes: pd.Series, alone: np.ndarray) -> pd.DataFrame:
    """The choice with a method for the series that have no backtest: their like item's, or else `alone`."""
    item = choice.index.get_level_values("item_id")
    like = likes.reindex(item).fillna("").to_numpy()
    twin = pd.MultiIndex.from_arrays([like, choice.index.get_level_values("location_id")], names=SERIES)
    known = choice["method"].where(tested).reindex(twin).to_numpy()
    borrowed = "too short for a backtest; the method of its like item " + pd.Series(like, dtype=object).to_numpy()
    told = np.where(alone == SLOW, "its share of its family's slow movers", "its own level in its family's season")
    method = np.where(pd.isna(known), alone, known)
    reason = np.where(pd.isna(known), "too short for a backtest; " + told.astype(object), borrowed)
    return choice.assign(
        segment=choice["segment"].where(tested, "new"),
        method=np.where(tested, choice["method"], method),
        reason=np.where(tested, choice["reason"], reason),
    )
