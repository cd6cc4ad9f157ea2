"""What the steps presop and executive would have written for the tiny company, by hand: enough for a meeting page."""

import pandas as pd

import tiny
from sopbench.contract import checked, table

PARAMS = """
company: tiny
title: Tiny <b>Pumps</b>
currency: EUR
cycle: 2025-09
gather: {source: .}
"""
"""A params file; the company's name is one that a page must show as text."""

PUMPS = {
    "units": [90, 90, 90, 140, 90, 90],
    "revenue": [9000, 9000, 9000, 14000, 9000, 9000],
    "margin": [5000, 5000, 5000, 3000, 5000, 5000],
}
KITS = {"units": [45] * 6, "revenue": [1125] * 6, "margin": [675] * 6}
BUDGET = {"units": 90.0, "revenue": 9000.0, "margin": 5000.0}
LAST_CYCLE = {
    "pumps": {"units": 102.0, "revenue": 10200.0, "margin": 4700.0},
    "kits": {"units": 44.0, "revenue": 1100.0, "margin": 675.0},
}


def comparison() -> pd.DataFrame:
    """Pumps have a budget, kits have none; last cycle's plan ends a month earlier."""
    rows = pd.MultiIndex.from_product([["pumps", "kits"], list(BUDGET), tiny.BUCKETS]).to_frame(index=False)
    rows.columns = ["family", "line", "bucket"]
    plans = {("pumps", line): values for line, values in PUMPS.items()}
    plans |= {("kits", line): values for line, values in KITS.items()}
    rows["plan"] = [
        plans[family, line][number % 6]
        for number, (family, line) in enumerate(zip(rows.family, rows.line, strict=True))
    ]
    rows["budget"] = rows["line"].map(BUDGET).where(rows["family"] == "pumps")
    before = [LAST_CYCLE[family][line] for family, line in zip(rows.family, rows.line, strict=True)]
    rows["last_cycle"] = pd.Series(before).where(rows["bucket"] < tiny.BUCKETS[-1])
    return checked(rows, table("comparison"))


def decisions() -> pd.DataFrame:
    said = {
        "decision_id": ["D1", "D2"],
        "question": ["Order more kits?", "Work <i>overtime</i> in December?"],
        "recommendation": ["No: demand is steady", "Yes: 50 pumps are missing otherwise"],
        "owner": ["Purchasing", "Operations"],
        "due": pd.to_datetime(["2025-09-19", "2025-09-12"]),
        "money": [300.0, 5000.0],
    }
    return checked(pd.DataFrame(said), table("decisions"))


def shortages() -> pd.DataFrame:
    said = {
        "scenario": "overtime",
        "item_id": ["PUMP", "KIT"],
        "location_id": "DC",
        "customer_id": ["WEB", "SHOP"],
        "bucket": [tiny.BUCKETS[3], tiny.BUCKETS[1]],
        "qty": [30.0, 5.0],
        "lost": [10.0, 0.0],
        "revenue_at_risk": [3000.0, 125.0],
        "cause": ["resource", "lead time"],
        "cause_id": ["LINE", ""],
    }
    return checked(pd.DataFrame(said), table("shortages"))


def scenarios() -> pd.DataFrame:
    said = {
        "scenario": ["base", "overtime", "line_stops", "kits_boom"],
        "kind": ["base", "option", "risk", "risk"],
        "question": ["As it stands", "Overtime in December?", "The line stops?", "Kits sell twice as well?"],
        "changes": ["nothing", "overtime", "capacity", "demand"],
    }
    return checked(pd.DataFrame(said), table("scenarios"))


def scenario_kpis() -> pd.DataFrame:
    """Base, and what each scenario changes of it."""
    units = {"revenue": "money", "contribution": "money", "service": "share", "backlog_end": "units"}
    units |= {"inventory_end": "money", "overtime_hours": "hours", "bottlenecks": "count"}
    base = dict(zip(units, [60000.0, 31000.0, 0.95, 20.0, 9000.0, 0.0, 1.0], strict=True))
    changes = {
        "base": {},
        "overtime": {"revenue": 5000.0, "contribution": 1200.0, "overtime_hours": 50.0},
        "line_stops": {"contribution": -2000.0, "service": -0.2},
        "kits_boom": {"contribution": 800.0},
    }
    rows = [
        {"scenario": name, "kpi": kpi, "unit": unit, "base": base[kpi], "difference": change.get(kpi, 0.0)}
        for name, change in changes.items()
        for kpi, unit in units.items()
    ]
    kpis = pd.DataFrame(rows)
    return checked(kpis.assign(value=kpis["base"] + kpis["difference"]), table("scenario_kpis"))


def financial_plan() -> pd.DataFrame:
    revenue = comparison().query("line == 'revenue'").rename(columns={"plan": "value"})
    return checked(
        revenue.assign(scenario="overtime")[["scenario", "family", "bucket", "line", "value"]], table("financial_plan")
    )


def write(cycle) -> None:
    """Finish presop and executive of a cycle."""
    cycle.write("presop", scenarios=scenarios(), scenario_kpis=scenario_kpis())
    ours = {"comparison": comparison(), "decisions": decisions(), "shortages": shortages()}
    ours |= {"scenarios": scenarios().query("kind != 'risk'")}
    ours |= {"scenario_kpis": scenario_kpis()[scenario_kpis()["scenario"].isin(ours["scenarios"]["scenario"])]}
    cycle.write("executive", **ours, financial_plan=financial_plan())
