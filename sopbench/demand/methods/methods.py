"""Forecasting methods: sktime estimators made from the spec strings of a params file, run so that none stops another.

Inside, time is counted in buckets: any calendar works, and sktime's trouble with monthly frequencies never starts.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.demand.methods.own import our_forecasters, own_forecasters
from sopbench.demand.methods.spec import refuse_unless_plain
from sopbench.params.demand import ALWAYS

LEVELS = ["family", "series", "time"]
"""The hierarchy in which methods see the series."""

PART = 500
"""Series that are forecast together by methods that see each alone, so that many can share a long panel.

The same however many share it: what a series is said to sell depends in its last digit on what is forecast beside it.
"""

BELIEVED = 10.0
"""A forecast above so many times the highest bucket ever seen is a method gone astray, not a forecast."""


def make_methods(specs: dict[str, str], season: int, modules: Iterable[str] = ()) -> dict[str, Any]:
    """An unfitted sktime forecaster for each name and spec string, those that are always tried first.

    A spec is what `sktime.registry.craft` reads in its safe mode, which also knows the forecasters of panel.py and
    those of the company's own `modules`; {season} in it stands for the buckets in a season. Raises PlanningError that
    lists every spec that makes none.
    """
    own = own_forecasters(modules)
    made, problems = {}, []
    for name, spec in {**ALWAYS, **specs}.items():
        try:
            made[name] = _craft(spec.replace("{season}", str(season)), own)
        except Exception as error:  # noqa: BLE001 - craft raises whatever the class named in the spec raises
            why = str(error.__cause__ or error).split("\n")[0]
            problems.append(
                Problem("params", f"demand.methods.{name}", spec, f"no forecaster: {why}", _mend(spec, own))
            )
    if problems:
        raise PlanningError(problems)
    return made


def run_method(
    method: Any, history: pd.DataFrame, families: pd.Series, ahead: int, known: np.ndarray | None = None
) -> tuple[np.ndarray, dict[int, str]]:
    """Forecast every series `ahead` buckets: series (rows) by buckets ahead, and why where there is none (NaN).

    `history` holds series (rows) by buckets (columns), NaN before a series begins; `families` names each row's family,
    the upper level of the hierarchy that `method`, an unfitted sktime forecaster, is handed. Forecasts below 0 are set
    to 0: nobody demands less than nothing.
    """
    from sopbench.demand.methods.panel import PanelForecaster

    if len(history) == 0:
        return np.empty((0, ahead)), {}
    with _quiet():
        try:
            if isinstance(method, PanelForecaster):  # without a detour through pandas
                given = (history.to_numpy(dtype=float), families.to_numpy(), ahead)
                more = {"known": known} if known is not None and takes_features(method) else {}
                said, why = method.forecast_panel(*given, **more)
            else:
                said, why = _fit_predict(method, history, families, ahead), {}
        except Exception:  # noqa: BLE001 - one series may have stopped the panel: find out which
            said, why = _one_by_one(method, history, families, ahead)
    return believable(said, history.to_numpy(dtype=float), why), why


def fitted_once(method: Any) -> bool:
    """Whether a method is fitted once in a backtest and updated from then on (see StatsForecastPanel)."""
    return hasattr(method, "forecast_origins") and not method.refit


def run_at_origins(
    method: Any, history: np.ndarray, families: np.ndarray, asked: np.ndarray, origins: list[int], ahead: int
) -> list[np.ndarray]:
    """What a method that is fitted once says at each origin: series (rows) by buckets ahead; NaN where it says nothing.

    `asked` (origins by series) tells where it is asked. A method that raises says nothing anywhere.
    """
    with _quiet():
        try:
            every = method.forecast_origins(history, families, asked, origins, ahead)
        except Exception:  # noqa: BLE001 - a method without a backtest is named beside the choice
            every = np.full((len(origins), len(history), ahead), np.nan)
    return [believable(said, history[:, :origin], {}) for said, origin in zip(every, origins, strict=True)]


def believable(said: np.ndarray, history: np.ndarray, why: dict[int, str]) -> np.ndarray:
    """Forecasts (rows as `history`) not below 0; NaN, with the reason noted in `why`, where they are no forecasts."""
    said = said.copy()
    astray = said > BELIEVED * np.nanmax(history, axis=1, initial=0.0)[:, None]
    for row in np.flatnonzero(astray.any(axis=1)):
        why[int(row)] = f"it went beyond {BELIEVED:.0f} times the highest bucket"
    said[astray.any(axis=1)] = np.nan
    for row in np.flatnonzero(~np.isfinite(said).all(axis=1)):
        why.setdefault(int(row), "it gave no number")
        said[row] = np.nan
    return np.maximum(said, 0.0)


def _fit_predict(method: Any, history: pd.DataFrame, families: pd.Series, ahead: int) -> np.ndarray:
    values = history.to_numpy(dtype=float)
    rows, times = np.nonzero(~np.isnan(values))
    levels = [families.to_numpy(dtype=object)[rows], rows, times]
    panel = pd.DataFrame({"units": values[rows, times]}, pd.MultiIndex.from_arrays(levels, names=LEVELS)).sort_index()
    forecast = method.clone().fit(panel, fh=np.arange(1, ahead + 1)).predict()["units"]
    wide = forecast.droplevel("family").unstack("time")  # noqa: PD010
    return wide.reindex(range(len(history))).to_numpy(dtype=float, copy=True)


def _one_by_one(
    method: Any, history: pd.DataFrame, families: pd.Series, ahead: int
) -> tuple[np.ndarray, dict[int, str]]:
    said, why = np.full((len(history), ahead), np.nan), {}
    for row in range(len(history)):
        try:
            said[row] = _fit_predict(method, history.iloc[[row]], families.iloc[[row]], ahead)
        except Exception as error:  # noqa: BLE001 - said in words beside the series it concerns
            why[row] = f"{type(error).__name__}: {error}".split("\n")[0][:120]
    return said, why


def shared_out(method: Any, series: int) -> list[np.ndarray]:
    """The rows of a panel in parts that may be forecast apart: one, unless the method sees each series alone."""
    from sopbench.demand.methods.panel import PanelForecaster

    alone = isinstance(method, PanelForecaster) and method.sees_each_alone()
    return np.array_split(np.arange(series), max(-(-series // PART), 1) if alone else 1)


def takes_features(method: Any) -> bool:
    """Whether a method of ours learns from what is known of every bucket beside demand."""
    from sopbench.demand.methods.panel import PanelForecaster

    return isinstance(method, PanelForecaster) and method.get_tag("capability:exogenous")


def _craft(spec: str, own: dict[str, type]) -> Any:
    """What sktime's own craft makes of a spec in its safe mode, which here knows ours and the company's own too."""
    from sktime.forecasting.base import BaseForecaster
    from sktime.registry import _craft as crafting
    from sktime.registry import all_estimators

    from sopbench.demand.methods.panel import PanelForecaster

    refuse_unless_plain(spec)
    known = [*all_estimators(), *own.items(), *our_forecasters().items()]
    with _quiet(), mock.patch.object(crafting, "all_estimators", lambda: known):
        made = crafting.craft(spec, safe=True)
    if not isinstance(made, BaseForecaster):
        raise TypeError(f"{type(made).__name__} does not forecast")
    for part in (made, *made.get_params().values()):
        if isinstance(part, PanelForecaster):
            part.check_arguments()
    return made


def _mend(spec: str, own: dict[str, type]) -> str:
    """The nearest forecaster to a class that sktime does not have."""
    from sktime.registry import all_estimators

    from sopbench.demand.methods.compiled import model_names

    names = [*(name for name, _ in all_estimators("forecaster")), *own, *our_forecasters()]
    names += model_names() if "StatsForecastPanel" in spec else []
    unknown = [name for name in re.findall(r"\b[A-Z]\w+", spec) if name not in names]
    near = get_close_matches(unknown[0], names, 1) if unknown else []
    return (
        f"did you mean {near[0]}?" if near else "write a forecaster of sktime with its arguments: Name(argument=value)"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings sktime gives at every estimator made."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
