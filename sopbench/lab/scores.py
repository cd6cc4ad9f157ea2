"""The leaderboard: methods by segment, measured on the same cells, in errors and in money."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.demand.choice.choice import SELDOM
from sopbench.lab.trial import BANDS, CELL, CHOICE, NEW, SERIES, Panel, scores, seasonal_scale

ALL = "all"
"""The segment of everything that was tried."""

SEGMENTS = (ALL, "smooth", "erratic", "intermittent", "lumpy", NEW)
"""The segments of a leaderboard, in their order."""

MOST_MISSING = 0.2
"""Share of cells from which a method that lacks them is not compared: too little would be left for the others."""

MONEY = ["money_missed", "stock_too_much", "margin_missed"]
"""What misses cost: absolute error at list price; too much at unit cost; too little at price less cost."""


def comparable(backtest: pd.DataFrame) -> pd.DataFrame:
    """The rows of the cells that every method forecast; a method that lacks more than MOST_MISSING is left out."""
    cells = len(backtest[CELL].drop_duplicates())
    share = backtest.groupby("method", sort=False).size() / max(cells, 1)
    kept = share.index[share >= 1.0 - MOST_MISSING]
    rows = backtest[backtest["method"].isin(kept)]
    counted = rows.groupby(CELL)["method"].transform("size")
    return rows[counted == len(kept)]


def leaderboard(of: Panel, backtest: pd.DataFrame, items: pd.DataFrame, methods: list[str]) -> pd.DataFrame:
    """Rank methods in each segment by money missed; `backtest` is that of all methods, with p10, p50, p90 if known.

    Rows by segment and method: series and cells compared (the same for all methods of a segment), money_missed
    (absolute error at list price), stock_too_much (units forecast too many, at unit cost), margin_missed (units too
    few, at price less cost), wape and bias (shares of demand), mase, rmsse and rmsse_total (mean over series; the
    last of an origin's total: Hyndman and Koehler, 2006), pinball (mean loss of p10, p50, p90 as a share of demand) and
    coverage (share inside p10 to p90; 80 % is meant), series_won (lowest rmsse; of totals where demand is seldom),
    could_not (series the method has not forecast at some origin). A method that lacks too many cells has only that.
    """
    told = backtest.join(of.segment.rename("segment"), on=SERIES)
    told = _costed(told, items, seasonal_scale(of))
    parts = [told.assign(segment=ALL), *(part for _, part in told.groupby("segment"))]
    compared = [comparable(part) for part in parts]
    board = pd.concat([_sums(rows).join(_by_series(of, rows, methods)) for rows in compared]).reset_index()
    missing = could_not(backtest, of.segment, methods).stack().rename("could_not").reset_index()  # noqa: PD013
    named = pd.MultiIndex.from_product([_segments_of(of), methods], names=["segment", "method"]).to_frame(index=False)
    board = named.merge(board, on=["segment", "method"], how="left").merge(
        missing, on=["segment", "method"], how="left"
    )
    board["could_not"] = board["could_not"].fillna(0).astype(int)
    board[["series", "cells", "series_won"]] = board[["series", "cells", "series_won"]].fillna(0).astype(int)
    order = pd.Categorical(board["segment"], SEGMENTS, ordered=True)
    place = board["method"].map({name: place for place, name in enumerate(methods)})
    board = board.assign(order=order, place=place).sort_values(["order", "money_missed", "place"])
    return board.drop(columns=["order", "place"]).reset_index(drop=True)


def series_misses(of: Panel, backtest: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Money missed by series (item_id, location_id; rows) and method (columns), on the cells that all forecast."""
    rows = _costed(comparable(backtest), items, seasonal_scale(of))
    return rows.groupby([*SERIES, "method"])["money_missed"].sum().unstack("method")  # noqa: PD010


def refuse_untried(names: list[str], done: dict[str, tuple[int, int]]) -> None:
    """Raise PlanningError for each method that is unknown or lacks origins (`done`: origins done and asked for)."""
    problems = []
    for name in names:
        if name not in done:
            mend = "methods of the lab: " + ", ".join(done)
            problems.append(Problem("forecast lab", name, "", "there is no such method", mend))
        elif done[name][0] < done[name][1]:
            message = f"it was tried at {done[name][0]} of {done[name][1]} origins"
            problems.append(Problem("forecast lab", name, "", message, "lab.run() does the rest"))
    if problems:
        raise PlanningError(problems)


def _costed(rows: pd.DataFrame, items: pd.DataFrame, scale: pd.Series) -> pd.DataFrame:
    """The rows with what each costs: errors, money, and losses of the quantiles where there are any."""
    about = items.set_index("item_id")[["unit_price", "unit_cost"]].astype(float).fillna(0.0)
    about = about.reindex(rows["item_id"]).set_axis(rows.index)
    error = rows["forecast"] - rows["actual"]
    over, under = error.clip(lower=0.0), (-error).clip(lower=0.0)
    told = rows.assign(
        error=error,
        absolute=error.abs(),
        scaled=error.abs() / rows.join(scale, on=SERIES)["seasonal_scale"],
        money_missed=error.abs() * about["unit_price"],
        stock_too_much=over * about["unit_cost"],
        margin_missed=under * (about["unit_price"] - about["unit_cost"]).clip(lower=0.0),
        pinball=np.nan,
        inside=np.nan,
        told=np.nan,
    )
    if set(BANDS) <= set(rows.columns):
        known = rows[BANDS].notna().all(axis=1)
        losses = [
            np.maximum(share * (rows["actual"] - rows[name]), (share - 1.0) * (rows["actual"] - rows[name]))
            for name, share in zip(BANDS, (0.1, 0.5, 0.9), strict=True)
        ]
        inside = rows["actual"].between(rows["p10"], rows["p90"]).astype(float)
        told = told.assign(
            pinball=2.0 * sum(losses) / len(losses), inside=inside.where(known), told=rows["actual"].where(known)
        )
    return told


def _sums(rows: pd.DataFrame) -> pd.DataFrame:
    """What is added up over all cells of a segment and method."""
    grouped = rows.assign(series=rows["item_id"] + "\n" + rows["location_id"]).groupby(["segment", "method"])
    sums = grouped[["error", "absolute", "actual", "pinball", "told", *MONEY]].sum()
    demand, told = sums["actual"].where(sums["actual"] > 0), sums["told"].where(sums["told"] > 0)
    return pd.DataFrame(
        {
            "series": grouped["series"].nunique(),
            "cells": grouped.size(),
            **{name: sums[name] for name in MONEY},
            "wape": sums["absolute"] / demand,
            "bias": sums["error"] / demand,
            "pinball": sums["pinball"] / told,
            "coverage": grouped["inside"].mean(),
        }
    )


def _by_series(of: Panel, rows: pd.DataFrame, methods: list[str]) -> pd.DataFrame:
    """What is measured series by series and then averaged, and how many series each method wins; equals: the first."""
    keys = [*SERIES, "method"]
    each = rows.groupby(keys)["scaled"].mean().rename("mase").to_frame()
    each = each.join(scores(of, rows[[*CELL, "method", "forecast", "actual"]]))
    seldom = of.segment.reindex(each.index.droplevel("method")).isin(SELDOM).to_numpy()
    mark = each["rmsse_total"].where(seldom, each["rmsse"])
    mark = mark.reindex([name for name in methods if name != CHOICE], level="method")
    best = mark.round(9) == mark.round(9).groupby(level=SERIES).transform("min")
    first = best & (best.groupby(level=SERIES).cumsum() == 1)
    each = each.assign(series_won=first.reindex(each.index, fill_value=False).astype(int))
    return each.groupby(level="method").agg(
        mase=("mase", "mean"),
        rmsse=("rmsse", "mean"),
        rmsse_total=("rmsse_total", "mean"),
        series_won=("series_won", "sum"),
    )


def could_not(backtest: pd.DataFrame, segment: pd.Series, methods: list[str]) -> pd.DataFrame:
    """How many series of each segment (rows) a method (columns) lacks at an origin where another forecast them."""
    origins = backtest[[*SERIES, "origin", "method"]].drop_duplicates()
    asked = origins[[*SERIES, "origin"]].drop_duplicates().groupby(SERIES).size()
    has = origins.groupby(["method", *SERIES]).size().unstack("method", fill_value=0)  # noqa: PD010
    has = has.reindex(columns=methods, fill_value=0)
    lacking = has.lt(asked, axis=0)
    kind = segment.reindex(lacking.index)
    counts = lacking.groupby(kind).sum()
    counts.loc[ALL] = lacking.sum()
    return counts.rename_axis(index="segment", columns="method")


def _segments_of(of: Panel) -> list[str]:
    present = {ALL, *of.segment}
    return [name for name in SEGMENTS if name in present]
