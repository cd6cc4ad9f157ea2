"""What a plan may come to: the distribution of service, money, stock and cash over all paths, beside the budget."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sopbench.contract import checked, table
from sopbench.presop.risk.laid import LaidPlan
from sopbench.presop.risk.money import Basis

UNITS = {
    "service": "share",
    "revenue": "money",
    "gross_margin": "money",
    "contribution": "money",
    "stock_average": "money",
    "stock_end": "money",
    "backlog_end": "money",
    "cash": "money",
}
"""The measures, in the order people read them, and their units."""

HIGH_IS_BAD = ("stock_average", "stock_end", "backlog_end")

BUDGETED = {"revenue": "revenue", "gross_margin": "margin"}
"""Measures that the budget speaks of, and what it calls them."""

QUANTILES = {"p5": 0.05, "p10": 0.10, "p50": 0.50, "p90": 0.90, "p95": 0.95}

COMPANY = "all"


def conditional_value_at_risk(values: np.ndarray, worst: float, high_is_bad: bool = False) -> np.ndarray:
    """The mean of the worst share of equally likely values (along the last axis): the lowest, or the highest.

    Where the share is no whole number of values, the last one counts in part, so it is the minimum over η of
    η + mean(max(loss − η, 0)) / worst (Rockafellar & Uryasev 2002, section 5).
    """
    ordered = np.sort(-values if high_is_bad else values, axis=-1)
    number = ordered.shape[-1]
    part = np.clip(worst * number - np.arange(number), 0.0, 1.0)
    mean = ordered @ part / part.sum()
    return -mean if high_is_bad else mean


def risk_outcomes(
    laid: LaidPlan,
    basis: Basis,
    planned: dict[str, np.ndarray],
    money: dict[str, np.ndarray],
    budget: pd.DataFrame,
    worst: float,
    scenario: str = "base",
) -> pd.DataFrame:
    """The distribution of every measure, by family and in all (contract table risk_outcomes).

    Args:
        planned, money: what `played_money` gives for the plan as planned (one path) and for the paths.
        budget: of several versions the last counts; plan and paths are compared over the buckets that have one.
        worst: the share of paths that are the worst ones.

    A family that nobody orders from (components) has neither service nor a budget.
    """
    parts = []
    budgets, there = _budgets(budget, basis.families, laid.buckets)
    for measure, unit in UNITS.items():
        plan, values = _by_family(planned, measure), _by_family(money, measure)
        rows = pd.DataFrame({"family": [*basis.families, COMPANY], "measure": measure, "unit": unit})
        rows = rows.assign(plan=plan[:, 0], mean=values.mean(axis=1), scenario=scenario)
        quantiles = np.quantile(values, list(QUANTILES.values()), axis=1)
        rows = rows.assign(**dict(zip(QUANTILES, quantiles, strict=True)))
        rows["cvar"] = conditional_value_at_risk(values, worst, measure in HIGH_IS_BAD)
        if measure in BUDGETED:
            asked = budgets[measure]
            has = there[measure].astype(float)
            reached = np.einsum("fb,fbp->fp", has, money[f"{measure}_by_bucket"])
            reached, asked = _with_company(reached), _with_company(asked)
            known = _with_company(has.sum(axis=1)) > 0
            rows["budget"] = np.where(known, asked, np.nan)
            rows["chance_of_missing"] = np.where(known, (reached < asked[:, None] - 0.5).mean(axis=1), np.nan)
        sold = _with_company(planned["demand"])[:, 0] > 0
        parts.append(rows if measure in ("contribution", *HIGH_IS_BAD, "cash") else rows[sold])
    return checked(pd.concat(parts).sort_values(["scenario", "family", "measure"], ignore_index=True),
                   table("risk_outcomes"))  # fmt: skip


def risk_paths(money: dict[str, np.ndarray], scenario: str = "base") -> pd.DataFrame:
    """The company on every path (contract table risk_paths)."""
    columns = {measure: _by_family(money, measure)[-1] for measure in UNITS}
    rows = pd.DataFrame({"scenario": scenario, "path": np.arange(1, len(columns["service"]) + 1), **columns})
    return checked(rows, table("risk_paths"))


def _by_family(money: dict[str, np.ndarray], measure: str) -> np.ndarray:
    """Families × paths, the company last."""
    if measure != "service":
        return _with_company(money[measure])
    late, demand = _with_company(money["late"]), _with_company(money["demand"])
    return 1 - np.divide(late, demand, out=np.zeros_like(late), where=demand > 0)


def _with_company(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values, values.sum(axis=0, keepdims=True)])


def _budgets(
    budget: pd.DataFrame, families: pd.Index, buckets: pd.DatetimeIndex
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """By measure: money of each family over the buckets of the plan that have a budget, and which these are."""
    last = budget.sort_values(["as_of", "version"], na_position="first").drop_duplicates(
        ["family", "bucket"], keep="last"
    )
    last = last[last["family"].isin(families) & last["bucket"].isin(buckets)]
    found = {
        measure: last.pivot_table(name, "family", "bucket").reindex(index=families, columns=buckets)
        for measure, name in BUDGETED.items()
    }
    values = {measure: rows.fillna(0.0).sum(axis=1).to_numpy(dtype=float) for measure, rows in found.items()}
    return values, {measure: rows.notna().to_numpy() for measure, rows in found.items()}
