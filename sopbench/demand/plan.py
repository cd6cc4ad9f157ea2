"""The demand plan: history cleaned, a method chosen for each series, forecast, consensus and overrides, in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.demand.choice.statistical import Statistical, chosen_rows, statistical_forecast
from sopbench.demand.consensus.conflicts import override_conflicts
from sopbench.demand.consensus.consensus import (
    UNKNOWN,
    rows_asked_for,
    stream_units,
    weighted_consensus,
    weights_of_rows,
)
from sopbench.demand.consensus.overrides import apply_overrides, described, in_force, override_effects
from sopbench.demand.consensus.split import ROW, customer_shares
from sopbench.demand.consensus.weights import stream_weights
from sopbench.demand.errors.lead_time import lead_time_demand
from sopbench.demand.errors.outlook import plan_spread, series_outlook
from sopbench.demand.hierarchy.upper_levels import reconcile_upper_levels
from sopbench.demand.history.events import event_factors
from sopbench.demand.history.history import SERIES
from sopbench.demand.history.working_days import days_ahead
from sopbench.demand.life_cycle.life_cycle import life_cycle_corrections, life_cycle_outlook
from sopbench.demand.methods.methods import make_methods, takes_features
from sopbench.demand.series import known_of_buckets, series_to_forecast
from sopbench.params.demand import Demand


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
    life_cycle: pd.DataFrame,
    methods: dict[str, Any] | None = None,
    backtest: pd.DataFrame | None = None,
    last: pd.Series | None = None,
    earlier: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Plan demand for `horizon` buckets from `start` on, in units by item, location, customer and bucket.

    Takes the input tables of the contract and the settings of the demand step; gives its tables by name, see
    docs/2_demand.md. Every item that was sold, is being launched or is spoken of by a stream is planned in each bucket
    of the horizon, with 0 before its launch and from its end on. p10, p50 and p90 of a row are its share of those of
    its item and location, so that a location's rows add up to its own.
    `methods` (forecasters by name, the naive ones among them) stand in for those of the settings and `backtest` for
    theirs: who has tried methods already need not try them again. `last` holds the methods of the last cycle by series
    (item_id, location_id), which stay where they are still the better ones; `earlier` holds earlier cycles' demand
    plans (with `cycle`), from which stream weights are measured where the settings say so.
    Raises PlanningError for a method that cannot be made and a calendar that is too short.
    """
    about = {"calendar": calendar, "sales": sales, "events": events}
    of = series_to_forecast(settings, start, horizon, items=items, life_cycle=life_cycle, **about)
    values, history, items, selling, season = of.values, of.history, of.items, of.selling, of.season
    if methods is None:
        methods = make_methods({**settings.methods, **settings.more_methods}, season, settings.modules)
    known = known_of_buckets(of, **about) if any(takes_features(method) for method in methods.values()) else None
    tried = (season, horizon, backtest, last, known)
    said = statistical_forecast(settings, methods, values, of.own, of.families, of.likes, *tried)
    choice, backtest = said.choice, said.backtest
    base = _reconciled(settings, said, values, history, methods, season, items, locations)
    dark = {"items": items, "locations": locations, "sales": sales, "forecasts": forecasts}
    unknown = series_without_history(values.index, selling, season, **dark)
    choice = checked(pd.concat([choice, unknown]), table("method_choice"))
    spread = plan_spread(backtest, choice, history)
    outlook = series_outlook(base, choice, spread, history)
    series = outlook["statistical"].index
    lifted = event_factors(series, of.ahead, items=items, events=events)
    lifted *= selling.loc[series.get_level_values("item_id")].to_numpy()
    lifted *= days_ahead(series, of.past.elasticity, of.ahead, season, items=items, calendar=calendar)
    lives = {"cleaned": of.past.history, "history": history, "buckets": of.buckets, "items": items, "season": season}
    outlook, effects = life_cycle_outlook(outlook, lifted, of.life, selling, **lives)
    together = lead_time_demand(outlook, choice.set_index(SERIES)["segment"].loc[series], spread)
    recent = sales[sales["bucket"].isin(of.buckets[-season:])]
    rows = customer_shares(choice[SERIES], recent, items=items, customers=customers)
    rows = described(rows_asked_for(rows, forecasts), items=items, locations=locations, customers=customers)
    weights = stream_weights(settings, start, earlier, items=items, sales=sales)
    due = in_force(overrides, start)
    return {
        "history": history,
        "corrections": life_cycle_corrections(of.past.corrections, of.past.history, history, items=items),
        "backtest": backtest,
        "method_choice": choice,
        "lead_time_demand": together,
        **_agree(weights, rows, outlook, choice, selling, items=items, forecasts=forecasts, overrides=due),
        "life_cycle_effects": effects,
    }


def _reconciled(
    settings: Demand,
    said: Statistical,
    values: pd.DataFrame,
    history: pd.DataFrame,
    methods: dict[str, Any],
    season: int,
    items: pd.DataFrame,
    locations: pd.DataFrame,
) -> pd.DataFrame:
    """The series' forecasts reconciled with those of the levels above, which the same methods forecast."""
    horizon, nobody = said.forecast.shape[1], pd.Series(dtype=object)

    def forecast_panel(values: pd.DataFrame, families: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
        above = statistical_forecast(settings, methods, values, values.notna(), families, nobody, season, horizon)
        return above.forecast, chosen_rows(above.backtest, above.choice)

    errors = chosen_rows(said.backtest, said.choice)
    tables = {"items": items, "locations": locations}
    given = (settings.reconcile, said.forecast, errors, values, history, forecast_panel)
    return reconcile_upper_levels(*given, **tables)[0]


def series_without_history(
    known: pd.MultiIndex,
    selling: pd.DataFrame,
    season: int,
    *,
    items: pd.DataFrame,
    locations: pd.DataFrame,
    sales: pd.DataFrame,
    forecasts: pd.DataFrame,
) -> pd.DataFrame:
    """The series to plan of which nothing is known (rows of method_choice): 0 until a stream or an override says more.

    These are locations a stream names for an item, and items on sale in the horizon that have no history anywhere but
    are spoken of by a stream or launched since the last season: they are planned wherever their family sells; of a
    family that sells nowhere wherever anything sells; where nothing sells yet, at every location.
    """
    live = items[items["item_id"].isin(selling.index[selling.any(axis=1)])]
    named = forecasts.loc[forecasts["location_id"] != "", SERIES]
    recently = selling.columns[0] - (selling.columns[1:] - selling.columns[:-1]).max() * season
    spoken_of = live["item_id"].isin(forecasts["item_id"]) | ((live["launch"] > recently) & (live["unit_price"] > 0))
    dark = live[spoken_of & ~live["item_id"].isin(known.get_level_values("item_id"))]
    places = sales[SERIES].drop_duplicates().merge(items[["item_id", "family"]], on="item_id")
    pairs = dark.merge(places[["family", "location_id"]].drop_duplicates(), on="family")[SERIES]
    nowhere = dark.loc[~dark["family"].isin(places["family"]), ["item_id"]]
    anywhere = places if len(places) else locations
    pairs = pd.concat([pairs, nowhere.merge(anywhere[["location_id"]].drop_duplicates(), how="cross")])
    pairs = pd.concat([named[named["item_id"].isin(live["item_id"])], pairs]).drop_duplicates()
    pairs = pairs[~pd.MultiIndex.from_frame(pairs).isin(known)]
    why = "no history and no like item: 0 until a stream or an override says more"
    return pairs.assign(segment="new", method=UNKNOWN, reason=why)


def _agree(
    weights: pd.DataFrame,
    rows: pd.DataFrame,
    outlook: dict[str, pd.DataFrame],
    choice: pd.DataFrame,
    selling: pd.DataFrame,
    *,
    items: pd.DataFrame,
    forecasts: pd.DataFrame,
    overrides: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """The demand plan: each row's share of its series, the streams beside it, the consensus and the overrides.

    Beside it the weights of the streams, what each override changed, and which are at odds.
    """
    series = pd.MultiIndex.from_frame(rows[SERIES])
    share = rows["share"].to_numpy()[:, None]
    parts = {name: units.loc[series].to_numpy() * share for name, units in outlook.items()}
    active = selling.loc[rows["item_id"]].to_numpy()
    ahead = selling.columns
    streams = {"statistical": parts["statistical"], **stream_units(rows, parts["statistical"], forecasts, ahead)}
    method = choice.set_index(SERIES)["method"].loc[series].to_numpy()
    speaking = {**streams, "statistical": np.where((method == UNKNOWN)[:, None], np.nan, parts["statistical"])}
    agreed = np.where(active, weighted_consensus(speaking, weights_of_rows(weights, rows["family"])), 0.0)
    due = overrides[(overrides["end"] >= ahead[0]) & (overrides["start"] <= ahead[-1])]
    applied = apply_overrides(agreed, parts["statistical"], active, rows, due, ahead)
    columns = {**parts, **streams, "override": np.where(applied.touched, applied.plan, np.nan)}
    frame = pd.DataFrame({name: np.repeat(rows[name].to_numpy(), len(ahead)) for name in ROW})
    frame["bucket"] = np.tile(ahead, len(rows))
    frame["method"] = np.repeat(method, len(ahead))
    frame = frame.assign(**{name: units.ravel() for name, units in columns.items()}, consensus=applied.plan.ravel())
    return {
        "demand_plan": checked(frame, table("demand_plan")),
        "stream_weights": weights,
        "override_effects": override_effects(applied, rows, ahead),
        "override_conflicts": override_conflicts(applied, overrides, rows, ahead, items),
    }
