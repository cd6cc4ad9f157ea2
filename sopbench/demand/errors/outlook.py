"""The statistical forecast of every series with its band, as the backtest makes it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.demand.errors.spread import SHARES, Spread, chosen_errors, learn_spread, quantiles
from sopbench.demand.history.history import SERIES


def plan_spread(backtest: pd.DataFrame, choice: pd.DataFrame, history: pd.DataFrame) -> Spread | None:
    """How errors spread, by the tables backtest, method_choice and history; None where there is no history.

    Where no method could be backtested, the spread is that of each series' history around its mean.
    """
    errors = chosen_errors(backtest, choice, history)
    if errors.empty:
        mean = history.groupby(SERIES)["cleaned"].mean().rename("mean")
        errors = history.merge(choice[[*SERIES, "segment"]], on=SERIES).join(mean, on=SERIES)
        errors = errors.assign(lag=0, origin=errors["bucket"], forecast=errors["mean"], actual=errors["cleaned"])
    return None if errors.empty else learn_spread(errors)


def series_outlook(
    base: pd.DataFrame, choice: pd.DataFrame, spread: Spread | None, history: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The statistical forecast, p10, p50 and p90 of every series in method_choice (rows) by bucket ahead, units.

    `base` holds the forecasts of the series that have one; the others are 0.
    """
    horizon = base.shape[1]
    mean = history.groupby(SERIES)["cleaned"].mean().rename("mean")
    rows = base.index.to_frame(index=False).merge(choice[[*SERIES, "segment"]], on=SERIES).join(mean, on=SERIES)
    rows = rows.loc[rows.index.repeat(horizon)].reset_index(drop=True)
    rows = rows.assign(lag=np.tile(np.arange(horizon), len(base)), forecast=base.to_numpy().ravel())
    empty = pd.DataFrame(columns=list(SHARES), dtype=float)
    said = quantiles(rows, spread) if spread is not None and len(rows) else empty
    said.insert(0, "statistical", rows["forecast"])
    every = pd.MultiIndex.from_frame(choice[SERIES])
    wide = {name: units.to_numpy(dtype=float).reshape(len(base), horizon) for name, units in said.items()}
    return {name: pd.DataFrame(units, index=base.index).reindex(every, fill_value=0.0) for name, units in wide.items()}
