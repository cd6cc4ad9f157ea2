"""The risk study of one scenario's plan: tables in, distributions and drivers out."""

from __future__ import annotations

import pandas as pd

from sopbench.params.risk import Risk
from sopbench.presop.prices import net_price, realised_share
from sopbench.presop.risk.drivers import risk_drivers
from sopbench.presop.risk.hedged import Pricing, hedge_tables
from sopbench.presop.risk.laid import lay_plan
from sopbench.presop.risk.money import basis, played_money
from sopbench.presop.risk.outcomes import risk_outcomes, risk_paths
from sopbench.presop.risk.paths import as_planned, draw_paths

Tables = dict[str, pd.DataFrame]

LAID = ("items", "bom", "sources", "routings", "policies")
"""Tables that say what a unit of the plan draws on."""

INPUTS = (*LAID, "demand_plan", "events", "resources", "sales", "sales_terms", "budget")
"""Tables the study takes beside the plans."""


def risk_study(settings: Risk, tables: Tables, plans: Tables, scenario: str = "base", jobs: int = 1) -> Tables:
    """Play one scenario's plan against settings.paths paths: risk_outcomes, risk_paths and risk_drivers.

    Beside them hedge_plan and hedge_worth: what a plan that hedges would do now, what it costs and saves.

    Args:
        settings: section presop.risk.
        tables: those of INPUTS, as the scenario changes them (see `presop.scenario_tables`).
        plans: supply_plan, sourcing_plan, capacity_plan and financial_plan, with that scenario among others.
        jobs: processes that share the paths where they are many; -1 = one a core, or all workers of a cluster.
    """
    made = {name: plans[name] for name in ("supply_plan", "sourcing_plan", "capacity_plan")}
    laid = lay_plan(**{name: tables[name] for name in LAID}, **made, scenario=scenario)
    paths = draw_paths(settings, laid, tables["demand_plan"], tables["items"])
    items, events = tables["items"], tables["events"]
    bucket = pd.Series(laid.buckets)
    prices = net_price(items, events, bucket, realised_share(items, events, tables["sales"], tables["sales_terms"]))
    worth = basis(
        laid,
        items=items,
        resources=tables["resources"],
        prices=prices,
        sourcing_plan=plans["sourcing_plan"],
        financial_plan=plans["financial_plan"],
        scenario=scenario,
    )
    ordered = plans["sourcing_plan"]
    pricing = Pricing(items, tables["resources"], prices, ordered[ordered["scenario"] == scenario])
    planned = played_money(laid, worth, as_planned(laid), settings.plan_stands)
    money = played_money(laid, worth, paths, settings.plan_stands, jobs)
    return {
        "risk_outcomes": risk_outcomes(laid, worth, planned, money, tables["budget"], settings.hedge.worst, scenario),
        "risk_paths": risk_paths(money, scenario),
        "risk_drivers": risk_drivers(laid, worth, paths, planned, settings.plan_stands, scenario, jobs),
        **hedge_tables(settings.hedge, laid, paths.demand, pricing),
    }
