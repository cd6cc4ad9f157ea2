"""The statistical forecast of a panel: methods tried on the past, one chosen or several combined, carried on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sopbench.demand.choice.backtest import backtest_methods
from sopbench.demand.choice.choice import choose, method_choice, method_scores, naive_scale
from sopbench.demand.choice.combination import COMBINATION, features, learn_weights, soft_maximum
from sopbench.demand.choice.forecast import forecast_series
from sopbench.demand.history.history import SERIES
from sopbench.params.demand import Demand


@dataclass(frozen=True)
class Statistical:
    """Forecasts (series by buckets ahead, from 0) and the tables method_choice and backtest behind them."""

    forecast: pd.DataFrame
    choice: pd.DataFrame
    backtest: pd.DataFrame


def statistical_forecast(
    settings: Demand,
    methods: dict[str, Any],
    values: pd.DataFrame,
    own: pd.DataFrame,
    families: pd.Series,
    likes: pd.Series,
    season: int,
    horizon: int,
    backtest: pd.DataFrame | None = None,
    last: pd.Series | None = None,
    known: np.ndarray | None = None,
) -> Statistical:
    """Forecast each series (rows of `values`, cleaned units by bucket) for `horizon` buckets by the settings' methods.

    `own` is False where values come from a like item; `families` names each row's family, `likes` each item's like
    item; `methods` are forecasters by name, the naive ones among them. A `backtest` (table) made before is not made
    again; `last` holds the methods of the last cycle, by series; `known` features (first axis) by series and buckets,
    those ahead too, for methods that take them.
    """
    combine = settings.combine if settings.choose_by in ("combination", "weighted") else []
    if backtest is None:
        backtest = backtest_methods(
            settings.backtest, methods, values, own, families, season, combine, settings.jobs, known
        )
    scores = method_scores(backtest, naive_scale(values))
    names = [*methods, COMBINATION] if (backtest["method"] == COMBINATION).any() else list(methods)
    how = "combination" if settings.choose_by == "weighted" else settings.choose_by
    choice = choose(scores, values, own, likes, names, settings.choice_margin, how, last)
    weights, members = None, [name for name in combine if name in methods]
    if settings.choose_by == "weighted" and members:
        weights = series_weights(backtest, values, season, members)
    forecast, choice = forecast_series(
        choice, methods, values, families, horizon, combine, weights, known, settings.jobs
    )
    return Statistical(forecast, method_choice(choice, scores), backtest)


def chosen_rows(backtest: pd.DataFrame, choice: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table backtest of each series' chosen method (table method_choice)."""
    return backtest.merge(choice[[*SERIES, "method"]], on=[*SERIES, "method"])


def series_weights(backtest: pd.DataFrame, values: pd.DataFrame, season: int, members: list[str]) -> pd.DataFrame:
    """How much each method (columns) counts for each series (rows), learned from the table backtest and from features.

    Every series takes part at its oldest origin with all methods, where its features are those known at that origin
    for the whole panel; the weights are then those of the features as they are now. Methods are alike where none of
    the series has the forecasts of all.
    """
    looks = features(values.to_numpy(), season)
    coefficients = [np.zeros((looks.shape[1], len(members)))]
    for origin, rows in backtest[backtest["method"].isin(members)].groupby("origin"):
        wide = rows.pivot_table(index=SERIES, columns=["method", "lag"], values="forecast").reindex(values.index)
        actual = rows.pivot_table(index=SERIES, columns="lag", values="actual", aggfunc="first")
        seen = values.loc[:, values.columns < origin]
        wide = wide.reindex(columns=pd.MultiIndex.from_product([members, actual.columns]))
        said = np.stack([wide[name].to_numpy() for name in members])
        scale = naive_scale(seen).to_numpy()
        known = features(seen.to_numpy(), season)
        coefficients.append(learn_weights(said, actual.reindex(values.index).to_numpy(), scale, known))
    told = np.mean(coefficients[1:] or coefficients, axis=0)
    return pd.DataFrame(soft_maximum(looks, told), index=values.index, columns=members)
