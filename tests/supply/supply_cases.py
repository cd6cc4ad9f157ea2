"""Companies for the tests of supply planning: the tiny one with changes, and small random ones."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

import tiny
from sopbench.contract import TABLES, checked, table
from sopbench.supply import CHECKED, INPUTS, check_balances

BUCKETS = tiny.BUCKETS


@cache
def _tiny() -> dict[str, pd.DataFrame]:
    tables = {**tiny.tables(), "demand_plan": tiny.demand_plan()}
    tables["lead_time_demand"] = table("lead_time_demand").empty()
    return {name: tables[name] for name in INPUTS}


def tiny_inputs(**changed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tiny company's tables that supply planning takes, some of them replaced."""
    return _tiny() | {name: checked(frame, table(name)) for name, frame in changed.items()}


def with_column(frame: pd.DataFrame, column: str, value: float, where: str = "index >= 0") -> pd.DataFrame:
    """The table with a value set in the rows that a query selects."""
    frame = frame.copy()
    frame.loc[frame.query(where).index, column] = value
    return frame


def violations(inputs: dict[str, pd.DataFrame], plan: dict[str, pd.DataFrame]) -> pd.Series:
    """The largest violation of every rule, by rule."""
    balance = check_balances(**plan, **{name: inputs[name] for name in CHECKED})
    return balance.set_index("rule")["violation"]


def random_inputs(seed: int, wild: bool = False) -> dict[str, pd.DataFrame]:
    """A small random company: two products made at a plant from two components, moved to a site or bought there.

    A wild one has rows missing, hours of zero, demand beyond all reason and lead times beyond the horizon.
    """
    rng = np.random.default_rng(seed)
    buckets = BUCKETS[: rng.integers(3, 6)]
    places, products, parts = ["PLANT", "SITE"], ["A", "B"], ["X", "Y"]
    sources = _sources(rng, 9 if wild else 2)
    capacity = pd.DataFrame({"resource_id": "R", "bucket": buckets})
    capacity["regular_hours"] = rng.uniform(0, 60, len(buckets)).round(1)
    capacity["overtime_hours"] = rng.uniform(0, 20, len(buckets)).round(1)
    lines = pd.MultiIndex.from_product([products, places, ["big", "small", ""], buckets]).to_frame(index=False)
    lines.columns = ["item_id", "location_id", "customer_id", "bucket"]
    lines["consensus"] = rng.uniform(0, 30, len(lines)).round(1) * (rng.random(len(lines)) < 0.6)
    if wild:
        sources = sources[rng.random(len(sources)) < 0.7]
        capacity = with_column(capacity[rng.random(len(capacity)) < 0.7], "regular_hours", 0.0)
        lines["consensus"] *= rng.choice([1.0, 1e6])
    lines = lines.assign(method="given", statistical=lines["consensus"], p50=lines["consensus"])
    lines = lines.assign(p10=lines["consensus"] * 0.7, p90=lines["consensus"] * 1.4)
    nodes = pd.MultiIndex.from_product([[*products, *parts], places]).to_frame(index=False)
    nodes.columns = ["item_id", "location_id"]
    said = {
        "items": {
            "item_id": [*products, *parts],
            "family": ["fa", "fb", "parts", "parts"],
            "unit_cost": rng.uniform(5, 20, 4).round(2),
            "unit_price": [*rng.uniform(15, 80, 2).round(2), 0.0, 0.0],
            "shelf_life": [rng.choice([np.nan, 1.0, 2.0]), np.nan, np.nan, np.nan],
            "strategy": ["MTS", rng.choice(["MTS", "MTO"]), "MTS", "MTS"],
        },
        "locations": {"location_id": places},
        "customers": {"customer_id": ["big", "small"], "priority": [2.0, float(rng.choice([1.0, 0.5]))]},
        "calendar": {"bucket": buckets, "working_days": 20.0},
        "sales_terms": _sales_terms(rng) if wild else {},
        "resources": {
            "resource_id": ["R", "CREW"],
            "location_id": "PLANT",
            "kind": ["machine", "labour"],
            "cost_regular": [rng.uniform(1, 9), 2.0],
            "cost_overtime": [12.0, 3.0],
            "hours_per_head": [np.nan, 10.0],
            "headcount": [np.nan, float(rng.integers(1, 6))],
            "overtime_per_head": [np.nan, 2.0],
            "cost_hire": [np.nan, 15.0],
            "cost_layoff": [np.nan, 25.0],
        },
        "capacity": capacity,
        "routings": {
            "item_id": ["A", "B", "B"],
            "location_id": "PLANT",
            "resource_id": ["R", "R", "CREW"],
            "hours_per_unit": rng.uniform(0.2, 1.5, 3).round(2),
            "setup_hours": [2.0, 0.0, 1.0],
        },
        "bom": {"item_id": ["A", "A", "B"], "component_id": ["X", "Y", "Y"], "qty_per": [2.0, 1.0, 3.0], "scrap": 0.1},
        "sources": sources,
        "policies": _policies(rng, nodes, wild),
        "on_hand": nodes.assign(qty=rng.uniform(0, 60, len(nodes)).round(1), as_of=buckets[0]),
        "open_orders": {
            "order_id": ["1", "2", "3"],
            "item_id": ["A", "A", "B"],
            "location_id": "SITE",
            "customer_id": ["big", "other", "small"],
            "due": [buckets[0] - pd.Timedelta(days=20), buckets[1] + pd.Timedelta(days=3), buckets[0]],
            "qty": rng.uniform(0, 40, 3).round(1),
        },
        "receipts": {
            "receipt_id": ["1", "2"],
            "kind": "PO",
            "item_id": ["X", "B"],
            "location_id": ["PLANT", "SITE"],
            "due": [buckets[0] - pd.Timedelta(days=9), buckets[2]],
            "qty": rng.uniform(0, 50, 2).round(1),
        },
        "demand_plan": lines,
        "lead_time_demand": table("lead_time_demand").empty(),
    }
    frames = {
        name: pd.DataFrame(rows, columns=None if len(rows) else TABLES[name].names) for name, rows in said.items()
    }
    return {name: checked(frames[name], TABLES[name]) for name in INPUTS}


def _sales_terms(rng: np.random.Generator) -> dict:
    return {
        "item_id": ["A", "B", "B"],
        "location_id": ["SITE", "", "PLANT"],
        "customer_id": ["", "small", ""],
        "unit_price": [40.0, np.nan, 25.0],
        "share_min": [np.nan, rng.uniform(0, 1), 0.5],
    }


def _sources(rng: np.random.Generator, longest: int) -> pd.DataFrame:
    rows = [
        ("A", "PLANT", "make", ""),
        ("B", "PLANT", "make", ""),
        ("A", "SITE", "move", "PLANT"),
        ("B", "SITE", "move", "PLANT"),
        ("B", "SITE", "buy", "TRADER"),
        ("A", "PLANT", "subcontract", "HELPER"),
        ("A", "PLANT", "move", "SITE"),
        ("X", "PLANT", "buy", "MINE"),
        ("Y", "PLANT", "buy", "MINE"),
        ("Y", "PLANT", "buy", "FARM"),
    ]
    count = len(rows)
    frame = pd.DataFrame(rows, columns=["item_id", "location_id", "method", "origin_id"])
    lot_min = rng.choice([0.0, 8.0], count)
    return frame.assign(
        lead_time=rng.integers(0, longest + 1, count),
        unit_cost=rng.uniform(0.1, 12, count).round(2),
        lot_min=lot_min,
        lot_multiple=np.where(lot_min > 0, rng.choice([0.0, 5.0], count), 0.0),
        setup_cost=np.where(lot_min > 0, rng.choice([0.0, 20.0], count), 0.0),
        yield_share=rng.choice([1.0, 0.8], count),
        qty_max=rng.choice([np.nan, 15.0, 60.0], count, p=[0.6, 0.2, 0.2]),
        share_min=rng.choice([np.nan, 0.3], count, p=[0.8, 0.2]),
        share_max=rng.choice([np.nan, 0.6], count, p=[0.8, 0.2]),
    )


def _policies(rng: np.random.Generator, nodes: pd.DataFrame, wild: bool) -> pd.DataFrame:
    count = len(nodes)
    return nodes.assign(
        service_level=rng.choice([np.nan, 0.9], count),
        service_type=rng.choice(["cycle", "fill"], count),
        safety_stock=rng.choice([np.nan, 0.0, 12.0], count),
        cover_min=rng.choice([np.nan, 0.5], count),
        cover_max=rng.choice([np.nan, 1.5], count),
        stock_end_min=rng.choice([np.nan, 25.0], count),
        holding_cost=rng.choice([np.nan, 0.4], count),
        backlog_cost=rng.choice([np.nan, 3.0], count),
        backlog_max=rng.choice([np.nan, 5.0], count) if wild else np.nan,
        lost_sale_cost=rng.choice([np.nan, 30.0], count),
    )[rng.random(count) < 0.8]


def with_rules(inputs: dict[str, pd.DataFrame], seed: int) -> dict[str, pd.DataFrame]:
    """A random company with a supplier and a lane over several items, campaigns, promises and limits of debts."""
    rng = np.random.default_rng(seed)
    buckets = np.sort(inputs["demand_plan"]["bucket"].unique())
    ways = pd.DataFrame({"resource_id": ["MINE", "TRUCK"], "location_id": "PLANT", "kind": ["supplier", "lane"]})
    ways = ways.assign(cost_regular=rng.choice([0.0, 0.3], 2), cost_overtime=rng.choice([0.0, 2.0], 2))
    hours = pd.MultiIndex.from_product([["MINE", "TRUCK"], buckets], names=["resource_id", "bucket"]).to_frame(
        index=False
    )
    hours["regular_hours"] = rng.uniform(0, 80, len(hours)).round(1)
    hours["overtime_hours"] = rng.choice([0.0, 20.0], len(hours))
    loads = {
        "item_id": ["X", "Y", "A", "B"],
        "location_id": ["PLANT", "PLANT", "SITE", "SITE"],
        "resource_id": ["MINE", "MINE", "TRUCK", "TRUCK"],
        "method": ["buy", "buy", "move", "move"],
        "origin_id": ["", "MINE", "PLANT", ""],
        "hours_per_unit": rng.uniform(0.3, 1.5, 4).round(2),
        "setup_hours": rng.choice([0.0, 2.0], 4),
    }
    sources, policies = inputs["sources"], inputs["policies"]
    changed = {
        "resources": pd.concat([inputs["resources"], ways]),
        "capacity": pd.concat([inputs["capacity"], hours]),
        "routings": pd.concat([inputs["routings"], pd.DataFrame(loads)]),
        "sources": sources.assign(campaign_min=rng.choice([0, 1, 2, 3], len(sources))),
        "policies": policies.assign(backlog_max=rng.choice([np.nan, 5.0, 30.0], len(policies))),
        "sales_terms": pd.DataFrame(_sales_terms(rng), columns=table("sales_terms").names),
    }
    return inputs | {name: checked(frame, table(name)) for name, frame in changed.items()}
