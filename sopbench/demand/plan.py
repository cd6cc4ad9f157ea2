"""The demand plan: history cleaned, a method chosen for each series, forecast, consensus and overrides, in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.buckets import buckets_a_year
from sopbench.demand.backtest import backtest_methods
from sopbench.demand.choice import choose, method_choice, method_scores, naive_scale
from sopbench.demand.consensus import rows_asked_for, stream_units, weighted_consensus
from sopbench.demand.forecast import forecast_series, live_series
from sopbench.demand.history import SERIES, demand_history, event_factors
from sopbench.demand.life import on_sale, split_calendar
from sopbench.demand.methods import make_methods
from sopbench.demand.overrides import apply_overrides, in_force
from sopbench.demand.split import ROW, customer_shares
from sopbench.demand.spread import SHARES, chosen_errors, learn_spread, quantiles
from sopbench.demand.upper_levels import reconcile_upper_levels
from sopbench.params import Demand

UNKNOWN = "none"
"""The method of a series nothing is known of."""


def plan(
    settings: Demand,
    start: pd.Timestamp,
    horizon: int,
    *,
    items: pd.DataFrame,
    locations: pd.DataFrame,
    customers: pd.DataFrame,
    calendar: pd.DataFrame,
    sales: pd.DataFrame,
    events: pd.DataFrame,
    forecasts: pd.DataFrame,
    overrides: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Plan demand for `horizon` buckets from `start` on, in units by item, location, customer and bucket.

    Takes the input tables of the contract and the settings of the demand step; gives the tables history, backtest,
    method_choice and demand_plan. Every item that was sold, is being launched or is spoken of by a stream is planned
    in each bucket of the horizon, with 0 before its launch and from its end on. p10, p50 and p90 of a row are its share
    of those of its item and location, so that a location's rows add up to its own.
    Raises PlanningError for a method that cannot be made and a calendar that is too short.
    """
    buckets, ahead = split_calendar(calendar, start, horizon)
    season = settings.season or buckets_a_year(calendar["bucket"])
    said = {"items": items, "calendar": calendar, "sales": sales, "events": events}
    history = demand_history(start, season, settings.outlier_threshold, **said)
    selling = on_sale(items, ahead)
    values, own = live_series(history, selling, buckets)
    about = items.set_index("item_id")
    families = about["family"].reindex(values.index.get_level_values("item_id")).set_axis(values.index)
    methods = make_methods(settings.methods, season)
    backtest = backtest_methods(settings.backtest, methods, values, own, families, season)
    scores = method_scores(backtest, naive_scale(values))
    choice = choose(scores, values, own, about["like_item_id"], list(methods), settings.choice_margin)
    base, choice = forecast_series(choice, methods, values, families, horizon)
    choice = method_choice(choice, scores)
    base = _reconciled(settings, base, backtest, choice, values, history, methods, season, items, locations)
    dark = {"items": items, "sales": sales, "forecasts": forecasts}
    unknown = series_without_history(values.index, selling, season, **dark)
    choice = checked(pd.concat([choice, unknown]), table("method_choice"))
    outlook = series_outlook(base, choice, backtest, history)
    series = outlook["statistical"].index
    lifted = event_factors(series, ahead, items=items, events=events) * selling.loc[series.get_level_values("item_id")]
    outlook = {name: units * lifted.to_numpy() for name, units in outlook.items()}
    recent = sales[sales["bucket"].isin(buckets[-season:])]
    rows = customer_shares(choice[SERIES], recent, items=items, customers=customers)
    rows = rows_asked_for(rows, forecasts).merge(items[["item_id", "family"]], on="item_id")
    due = in_force(overrides, start)
    return {
        "history": history,
        "backtest": backtest,
        "method_choice": choice,
        "demand_plan": _agree(settings, rows, outlook, choice, selling, forecasts=forecasts, overrides=due),
    }


def _reconciled(
    settings: Demand,
    base: pd.DataFrame,
    backtest: pd.DataFrame,
    choice: pd.DataFrame,
    values: pd.DataFrame,
    history: pd.DataFrame,
    methods: dict[str, Any],
    season: int,
    items: pd.DataFrame,
    locations: pd.DataFrame,
) -> pd.DataFrame:
    """The series' forecasts reconciled with those of the levels above, which the same methods forecast."""
    horizon, nobody = base.shape[1], pd.Series(dtype=object)

    def forecast_panel(values: pd.DataFrame, families: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
        own = values.notna()
        tried = backtest_methods(settings.backtest, methods, values, own, families, season)
        scores = method_scores(tried, naive_scale(values))
        chosen = choose(scores, values, own, nobody, list(methods), settings.choice_margin)
        base, chosen = forecast_series(chosen, methods, values, families, horizon)
        return base, tried.merge(chosen["method"].reset_index(), on=[*SERIES, "method"])

    errors = backtest.merge(choice[[*SERIES, "method"]], on=[*SERIES, "method"])
    said = {"items": items, "locations": locations}
    return reconcile_upper_levels(settings.reconcile, base, errors, values, history, forecast_panel, **said)[0]


def series_without_history(
    known: pd.MultiIndex,
    selling: pd.DataFrame,
    season: int,
    *,
    items: pd.DataFrame,
    sales: pd.DataFrame,
    forecasts: pd.DataFrame,
) -> pd.DataFrame:
    """The series to plan of which nothing is known (rows of method_choice): 0 until a stream or an override says more.

    These are locations a stream names for an item, and items on sale in the horizon that have no history anywhere but
    are spoken of by a stream or launched since the last season: they are planned wherever their family sells.
    """
    live = items[items["item_id"].isin(selling.index[selling.any(axis=1)])]
    named = forecasts.loc[forecasts["location_id"] != "", SERIES]
    recently = selling.columns[0] - (selling.columns[1:] - selling.columns[:-1]).max() * season
    spoken_of = live["item_id"].isin(forecasts["item_id"]) | ((live["launch"] > recently) & (live["unit_price"] > 0))
    dark = live[spoken_of & ~live["item_id"].isin(known.get_level_values("item_id"))]
    places = sales[SERIES].drop_duplicates().merge(items[["item_id", "family"]], on="item_id")
    pairs = dark.merge(places[["family", "location_id"]].drop_duplicates(), on="family")[SERIES]
    pairs = pd.concat([named[named["item_id"].isin(live["item_id"])], pairs]).drop_duplicates()
    pairs = pairs[~pd.MultiIndex.from_frame(pairs).isin(known)]
    why = "no history and no like item: 0 until a stream or an override says more"
    return pairs.assign(segment="new", method=UNKNOWN, reason=why)


def series_outlook(
    base: pd.DataFrame, choice: pd.DataFrame, backtest: pd.DataFrame, history: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The statistical forecast, p10, p50 and p90 of every series in method_choice (rows) by bucket ahead, units.

    `base` holds the forecasts of the series that have one; the others are 0. Where no method could be backtested, the
    spread is that of each series' history around its mean.
    """
    horizon = base.shape[1]
    mean = history.groupby(SERIES)["cleaned"].mean().rename("mean")
    errors = chosen_errors(backtest, choice, history)
    if errors.empty:
        errors = history.merge(choice[[*SERIES, "segment"]], on=SERIES).join(mean, on=SERIES)
        errors = errors.assign(lag=0, forecast=errors["mean"], actual=errors["cleaned"])
    rows = base.index.to_frame(index=False).merge(choice[[*SERIES, "segment"]], on=SERIES).join(mean, on=SERIES)
    rows = rows.loc[rows.index.repeat(horizon)].reset_index(drop=True)
    rows = rows.assign(lag=np.tile(np.arange(horizon), len(base)), forecast=base.to_numpy().ravel())
    said = quantiles(rows, learn_spread(errors)) if len(rows) else pd.DataFrame(columns=list(SHARES), dtype=float)
    said.insert(0, "statistical", rows["forecast"])
    every = pd.MultiIndex.from_frame(choice[SERIES])
    wide = {name: units.to_numpy(dtype=float).reshape(len(base), horizon) for name, units in said.items()}
    return {name: pd.DataFrame(units, index=base.index).reindex(every, fill_value=0.0) for name, units in wide.items()}


def _agree(
    settings: Demand,
    rows: pd.DataFrame,
    outlook: dict[str, pd.DataFrame],
    choice: pd.DataFrame,
    selling: pd.DataFrame,
    *,
    forecasts: pd.DataFrame,
    overrides: pd.DataFrame,
) -> pd.DataFrame:
    """The table demand_plan: each row's share of its series, the streams beside it, the consensus and the overrides."""
    series = pd.MultiIndex.from_frame(rows[SERIES])
    share = rows["share"].to_numpy()[:, None]
    parts = {name: units.loc[series].to_numpy() * share for name, units in outlook.items()}
    active = selling.loc[rows["item_id"]].to_numpy()
    ahead = selling.columns
    streams = {"statistical": parts["statistical"], **stream_units(rows, parts["statistical"], forecasts, ahead)}
    consensus = np.where(active, weighted_consensus(streams, settings.stream_weights), 0.0)
    agreed, touched = apply_overrides(consensus, parts["statistical"], active, rows, overrides, ahead)
    columns = {**parts, **streams, "override": np.where(touched, agreed, np.nan), "consensus": agreed}
    frame = pd.DataFrame({name: np.repeat(rows[name].to_numpy(), len(ahead)) for name in ROW})
    frame["bucket"] = np.tile(ahead, len(rows))
    frame["method"] = np.repeat(choice.set_index(SERIES)["method"].loc[series].to_numpy(), len(ahead))
    return checked(frame.assign(**{name: units.ravel() for name, units in columns.items()}), table("demand_plan"))
