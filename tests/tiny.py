"""A company small enough to check by hand: one product made from one component, one product bought."""

import pandas as pd

from sopbench.contract import INPUT_TABLES, checked, table

START = pd.Timestamp("2025-09-01")
"""First bucket planned."""

BUCKETS = pd.date_range(START, periods=6, freq="MS")
HISTORY = pd.date_range("2022-09-01", START, freq="MS", inclusive="left")


def tables() -> dict[str, pd.DataFrame]:
    """Every input table of the tiny company, as gather would leave it.

    PUMP is made at PLANT (1 h on LINE a unit, from 2 SEALs, 1 month) and moved to DC (1 month);
    KIT is bought at DC (2 months). Customer SHOP counts twice as much as WEB.
    """
    said = {
        "items": {
            "item_id": ["PUMP", "KIT", "SEAL"],
            "family": ["pumps", "kits", "components"],
            "unit_cost": [40.0, 10.0, 2.0],
            "unit_price": [100.0, 25.0, 0.0],
        },
        "locations": {"location_id": ["PLANT", "DC"], "kind": ["plant", "dc"]},
        "customers": {"customer_id": ["SHOP", "WEB"], "channel": ["retail", "online"], "priority": [2.0, 1.0]},
        "calendar": {"bucket": HISTORY.append(BUCKETS), "working_days": 21.0},
        "resources": {"resource_id": ["LINE"], "location_id": "PLANT", "cost_regular": 20.0, "cost_overtime": 30.0},
        "capacity": {"resource_id": "LINE", "bucket": BUCKETS, "regular_hours": 100.0, "overtime_hours": 20.0},
        "routings": {"item_id": ["PUMP"], "location_id": "PLANT", "resource_id": "LINE", "hours_per_unit": 1.0},
        "bom": {"item_id": ["PUMP"], "component_id": ["SEAL"], "qty_per": [2.0]},
        "sources": {
            "item_id": ["PUMP", "PUMP", "KIT", "SEAL"],
            "location_id": ["PLANT", "DC", "DC", "PLANT"],
            "method": ["make", "move", "buy", "buy"],
            "origin_id": ["", "PLANT", "ACME", "ACME"],
            "lead_time": [1, 1, 2, 1],
            "unit_cost": [0.0, 1.0, 10.0, 2.0],
        },
        "policies": {"item_id": ["PUMP", "KIT"], "location_id": "DC", "safety_stock": [30.0, 20.0]},
        "sales": _sales(),
        "on_hand": {
            "item_id": ["PUMP", "PUMP", "KIT", "SEAL"],
            "location_id": ["PLANT", "DC", "DC", "PLANT"],
            "as_of": START,
            "qty": [60.0, 150.0, 80.0, 250.0],
        },
        "open_orders": {
            "order_id": ["SO-1"],
            "item_id": "KIT",
            "location_id": "DC",
            "customer_id": "WEB",
            "due": [pd.Timestamp("2025-08-20")],
            "qty": [5.0],
        },
        "receipts": {
            "receipt_id": ["PO-1"],
            "kind": "PO",
            "item_id": "KIT",
            "location_id": "DC",
            "due": [pd.Timestamp("2025-10-10")],
            "qty": [40.0],
        },
        "production": {"item_id": "PUMP", "location_id": "PLANT", "bucket": HISTORY, "qty": 80.0},
        "budget": {
            "family": "pumps",
            "bucket": BUCKETS,
            "version": "budget 2025",
            "units": 90.0,
            "revenue": 9000.0,
            "margin": 5000.0,
        },
    }
    return {
        each.name: checked(pd.DataFrame(said.get(each.name, {})), each) for each in INPUT_TABLES if each.name in said
    } | {each.name: each.empty() for each in INPUT_TABLES if each.name not in said}


def _sales() -> pd.DataFrame:
    """Three years of sales: PUMP peaks in December, KIT is steady; SHOP buys two thirds."""
    rows = pd.MultiIndex.from_product([["PUMP", "KIT"], ["SHOP", "WEB"], HISTORY]).to_frame(index=False)
    rows.columns = ["item_id", "customer_id", "bucket"]
    base = rows["item_id"].map({"PUMP": 60.0, "KIT": 30.0}) * rows["customer_id"].map({"SHOP": 1.0, "WEB": 0.5})
    peak = 1 + 0.5 * ((rows["bucket"].dt.month == 12) & (rows["item_id"] == "PUMP"))
    ripple = 1 + 0.05 * ((rows["bucket"].dt.month * 7 + rows["bucket"].dt.year) % 5 - 2)
    units = (base * peak * ripple).round()
    revenue = units * rows["item_id"].map({"PUMP": 100.0, "KIT": 25.0})
    return rows.assign(location_id="DC", qty_ordered=units, qty_shipped=units, revenue=revenue)


def demand_plan() -> pd.DataFrame:
    """A demand plan for the tiny company: PUMP 90 a month with 150 in December, KIT 45."""
    rows = pd.MultiIndex.from_product([["PUMP", "KIT"], ["SHOP", "WEB"], BUCKETS]).to_frame(index=False)
    rows.columns = ["item_id", "customer_id", "bucket"]
    base = rows["item_id"].map({"PUMP": 60.0, "KIT": 30.0}) * rows["customer_id"].map({"SHOP": 1.0, "WEB": 0.5})
    units = base.where(~((rows["bucket"].dt.month == 12) & (rows["item_id"] == "PUMP")), base * 5 / 3)
    said = {"location_id": "DC", "method": "naive", "statistical": units, "consensus": units}
    said |= {"p10": units * 0.8, "p50": units, "p90": units * 1.2}
    return checked(rows.assign(**said), table("demand_plan"))
