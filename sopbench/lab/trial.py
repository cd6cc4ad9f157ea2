"""The lab's one door to the demand step: the series methods are tried on, a trial, a choice, a plan.

Nothing else in the lab calls sopbench.demand, and tests hold that what goes through here is what the step itself does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sopbench import demand
from sopbench.demand.choice.backtest import backtest_methods
from sopbench.demand.choice.choice import choose, method_scores, naive_scale
from sopbench.demand.choice.combination import COMBINATION
from sopbench.demand.errors.spread import SHARES, learn_spread, quantiles
from sopbench.demand.history.history import SERIES
from sopbench.demand.methods.methods import make_methods, run_method
from sopbench.demand.segments import segments
from sopbench.demand.series import known_of_buckets, series_to_forecast
from sopbench.params.demand import ALWAYS, Demand

BANDS = list(SHARES)
"""The columns of a backtest's quantiles: p10, p50, p90."""

CELL = [*SERIES, "origin", "bucket"]
"""What names one thing that was forecast: a bucket of a series, seen from an origin."""

CHOICE = "the cycle's choice"
"""The name, as a method, of what the cycle does: for each series the method that its backtest chose."""

NEW = "new"
"""The segment of a series too short to be tried on the past."""

__all__ = ["ALWAYS", "BANDS", "CELL", "CHOICE", "COMBINATION", "NEW", "SERIES", "Panel", "make_methods"]


@dataclass(frozen=True)
class Panel:
    """What every method is tried on: cleaned units by series (rows) and bucket, and what belongs to it.

    `own` is False where units come from a like item; `families`, `likes` and `segment` are by series, item and series.
    `known` holds features (first axis) by series and bucket, those ahead too, for methods that take them.
    """

    settings: Demand
    start: pd.Timestamp
    horizon: int
    tables: dict[str, pd.DataFrame]
    values: pd.DataFrame
    own: pd.DataFrame
    families: pd.Series
    likes: pd.Series
    segment: pd.Series
    season: int
    known: np.ndarray | None = None


def panel(settings: Demand, start: pd.Timestamp, horizon: int, tables: dict[str, pd.DataFrame]) -> Panel:
    """The series that the demand step tries methods on, from its input tables. Raises PlanningError as it does."""
    about = {name: tables[name] for name in ("calendar", "sales", "events")}
    of = series_to_forecast(settings, start, horizon, items=tables["items"], life_cycle=tables["life_cycle"], **about)
    kind, known = segments(of.values.where(of.own)), known_of_buckets(of, **about)
    asked = (settings, start, horizon, tables)
    return Panel(*asked, of.values, of.own, of.families, of.likes, kind, of.season, known)


def part(whole: Panel, rows: np.ndarray) -> Panel:
    """The panel with these rows only."""
    cut = {name: getattr(whole, name).iloc[rows] for name in ("values", "own", "families", "segment")}
    known = None if whole.known is None else whole.known[:, rows]
    return Panel(**{**whole.__dict__, **cut, "known": known})


def ends(of: Panel) -> list[int]:
    """For each origin of the backtest, oldest first, how many buckets of the panel end with its last one compared."""
    asked = of.settings.backtest
    last = of.values.shape[1] - asked.step * np.arange(asked.windows)
    return last[last > asked.horizon][::-1].tolist()


def origin(of: Panel, end: int) -> pd.Timestamp:
    """The first bucket that methods do not see where the last one compared is the panel's `end`-th."""
    return of.values.columns[end - of.settings.backtest.horizon]


def trial(of: Panel, name: str, method: Any, asked: list[int]) -> list[pd.DataFrame]:
    """The rows of the table backtest of one method at some origins (`asked`, of `ends`), a frame for each.

    Series it could not forecast are left out.
    """
    last = of.settings.backtest.model_copy(update={"windows": len(asked)})
    cut = [frame.iloc[:, : asked[-1]] for frame in (of.values, of.own)]
    rows = backtest_methods(last, {name: method}, *cut, of.families, of.season, known=of.known)
    return [rows[rows["origin"] == origin(of, end)].reset_index(drop=True) for end in asked]


def together(of: Panel, method: Any) -> list[list[int]]:
    """The origins of the backtest in the groups in which a method is tried, oldest first, as the demand step does.

    One by one, so that an interrupt loses little; all at once for a model that is fitted once and then updated.
    """
    every = ends(of)
    return [[end] for end in every] if getattr(method, "refit", True) else [every]


def forecast(of: Panel, method: Any, rows: np.ndarray, end: int) -> dict[int, str]:
    """Forecast some rows of the panel from one origin; by place among `rows`, why a series has no forecast."""
    seen = of.values.iloc[rows, : end - of.settings.backtest.horizon]
    known = None if of.known is None else of.known[:, rows, :end]
    return run_method(method, seen, of.families.iloc[rows], of.settings.backtest.horizon, known)[1]


def choose_by(settings: Demand) -> str:
    """How the cycle comes to a forecast: by the best method of each series, of each segment, or by a combination."""
    return "combination" if settings.choose_by == "weighted" else settings.choose_by


def combined(settings: Demand) -> list[str]:
    """The methods whose median is the cycle's forecast; none where it takes one method a series or segment."""
    return list(settings.combine) if choose_by(settings) == "combination" else []


def combination(backtest: pd.DataFrame, members: list[str], name: str) -> pd.DataFrame:
    """The backtest of the median of some methods, as a method of that name; a missing member is passed over."""
    rows = backtest[backtest["method"].isin(members)]
    told = rows.groupby([*CELL, "lag"], as_index=False).agg(forecast=("forecast", "median"), actual=("actual", "first"))
    return told.assign(method=name)[backtest.columns]


def scores(of: Panel, backtest: pd.DataFrame) -> pd.DataFrame:
    """What each method did for each series, as the choice sees it: rmsse, rmsse_total, wape, bias, ..."""
    return method_scores(backtest, naive_scale(of.values))


def seasonal_scale(of: Panel) -> pd.Series:
    """The mean absolute error of the seasonal naive in each series' history, units (Hyndman and Koehler, 2006).

    Where a series has no two seasons, that of the naive; 1 where neither errs.
    """
    units = of.values.to_numpy(dtype=float)
    found = np.full(len(units), np.nan)
    for back in (of.season, 1):
        steps = np.abs(units[:, back:] - units[:, :-back])
        count = np.isfinite(steps).sum(axis=1)
        mean = np.nansum(steps, axis=1) / np.maximum(count, 1)
        found = np.where(np.isfinite(found) | (count == 0), found, mean)
    return pd.Series(np.where(found > 0, found, 1.0), index=of.values.index, name="seasonal_scale")


def chosen(of: Panel, backtest: pd.DataFrame, methods: list[str]) -> pd.DataFrame:
    """The method of each series (rows) by this backtest, with segment and reason, as the demand step chooses."""
    margin = of.settings.choice_margin
    return choose(scores(of, backtest), of.values, of.own, of.likes, methods, margin, choose_by(of.settings))


def chosen_unseen(of: Panel, backtest: pd.DataFrame, name: str) -> pd.DataFrame:
    """The backtest of the methods chosen, as a method of that name: each origin by a choice made from the others only.

    So a choice is measured on what it has not seen, though buckets of neighbouring origins overlap. Empty where there
    is a single origin.
    """
    methods, origins = backtest["method"].drop_duplicates().tolist(), backtest["origin"].unique()
    told = []
    for held in origins if len(origins) > 1 else []:
        choice = chosen(of, backtest[backtest["origin"] != held], methods).reset_index()
        here = backtest[backtest["origin"] == held]
        told.append(here.merge(choice[[*SERIES, "method"]], on=[*SERIES, "method"]))
    return pd.concat([backtest.iloc[:0], *told], ignore_index=True).assign(method=name)


def with_bands(of: Panel, backtest: pd.DataFrame) -> pd.DataFrame:
    """The backtest with p10, p50 and p90 of each row; those of an origin are learned from the method's other origins.

    Where the backtest has them already it comes back as it is; with a single origin they are NaN.
    """
    if set(BANDS) <= set(backtest.columns):
        return backtest
    rows = backtest.join(of.segment.rename("segment"), on=SERIES)
    rows = rows.join(of.values.mean(axis=1).rename("mean"), on=SERIES)
    told = []
    for _, one in rows.groupby("method", sort=False):
        for held in one["origin"].unique():
            here, others = one[one["origin"] == held], one[one["origin"] != held]
            if len(others):
                told.append(quantiles(here, learn_spread(others)))
    said = pd.concat(told) if told else pd.DataFrame(columns=BANDS, dtype=float)
    return backtest.join(said.reindex(backtest.index))


def planned(of: Panel, methods: dict[str, Any], backtest: pd.DataFrame, members: list[str]) -> dict[str, pd.DataFrame]:
    """The tables of the demand step as these methods, tried before with this backtest, would make them.

    `members` are those combined, where the cycle combines; the backtest holds their combination.
    """
    tables = {name: of.tables[name] for name in demand.INPUTS}
    settings = of.settings.model_copy(update={"combine": members}) if members else of.settings
    return demand.plan(settings, of.start, of.horizon, **tables, methods=methods, backtest=backtest)
