"""A plan of the tiny company written by hand: two buckets of base, small enough to add up in one's head."""

import pandas as pd

from sopbench.contract import checked, table

SEP, OCT = pd.Timestamp("2025-09-01"), pd.Timestamp("2025-10-01")


def plans(scenario: str = "base") -> dict[str, pd.DataFrame]:
    """PUMP: 90 wanted and shipped, then 100 wanted, 80 shipped, 15 owed, 5 lost. KIT: 40 shipped a month.

    20 hours of overtime in October; 30 KITs bought for 11 instead of 10; 50 PUMPs moved for 1; 4 KITs written off.
    """
    supply = [
        ("PUMP", "DC", SEP, 90, 90, 0, 0, 0, 100),
        ("PUMP", "DC", OCT, 100, 80, 15, 5, 0, 20),
        ("KIT", "DC", SEP, 40, 40, 0, 0, 0, 30),
        ("KIT", "DC", OCT, 40, 40, 0, 0, 4, 20),
        ("SEAL", "PLANT", SEP, 0, 0, 0, 0, 0, 50),
        ("SEAL", "PLANT", OCT, 0, 0, 0, 0, 0, 0),
    ]
    names = ["item_id", "location_id", "bucket", "demand", "shipped", "backlog", "lost", "written_off", "stock"]
    rest = ["component_use", "make", "overtime_make", "buy", "subcontract", "move_in", "move_out", "receipts"]
    supply_plan = pd.DataFrame(supply, columns=names).assign(**dict.fromkeys([*rest, "safety_stock"], 0.0))
    sold = [  # WEB buys a third of the PUMPs
        ("PUMP", "DC", "SHOP", SEP, 60, 60, 0, 0),
        ("PUMP", "DC", "WEB", SEP, 30, 30, 0, 0),
        ("PUMP", "DC", "SHOP", OCT, 65, 53, 9, 3),
        ("PUMP", "DC", "WEB", OCT, 35, 27, 6, 2),
        ("KIT", "DC", "SHOP", SEP, 40, 40, 0, 0),
        ("KIT", "DC", "SHOP", OCT, 40, 40, 0, 0),
    ]
    shipments = ["item_id", "location_id", "customer_id", "bucket", "demand", "shipped", "backlog", "lost"]
    sourcing = [
        ("KIT", "DC", "buy", "ACME", OCT, 30, SEP, 330),
        ("PUMP", "DC", "move", "PLANT", OCT, 50, SEP, 50),
        ("PUMP", "PLANT", "make", "", OCT, 60, OCT, 0),
        ("SEAL", "PLANT", "buy", "ACME", OCT, 100, SEP, 200),
    ]
    names = ["item_id", "location_id", "method", "origin_id", "bucket", "qty", "start_bucket", "cost"]
    capacity = {"load": [96.0, 120.0], "regular": [96.0, 100.0], "overtime": [0.0, 20.0], "utilisation": [0.96, 1.2]}
    capacity |= {"regular_available": 100.0, "overtime_available": 20.0, "shadow_price": [0.0, 7.0]}
    shortages = [
        ("PUMP", "DC", "SHOP", OCT, 12, 3, 1200, "resource", "LINE", "LINE is full"),
        ("PUMP", "DC", "WEB", OCT, 8, 2, 800, "lead time", "PUMP", "PUMP takes 2 buckets"),
    ]
    at = ["item_id", "location_id", "customer_id", "bucket"]
    said = {
        "supply_plan": supply_plan,
        "sourcing_plan": pd.DataFrame(sourcing, columns=names),
        "capacity_plan": pd.DataFrame({"resource_id": "LINE", "bucket": [SEP, OCT], **capacity}),
        "shipments": pd.DataFrame(sold, columns=shipments),
        "shortages": pd.DataFrame(
            shortages, columns=[*at, "qty", "lost", "revenue_at_risk", "cause", "cause_id", "because"]
        ),
        "costs": pd.DataFrame(
            {
                "family": ["pumps", "kits", "pumps"],
                "bucket": [SEP, SEP, OCT],
                "line": ["holding", "holding", "overtime_hours"],
                "value": [80.0, 6.0, 600.0],
            }
        ),
        "solution": pd.DataFrame({"status": ["optimal"], "objective": [1000.0], "rows": [1], "columns": [1]}),
    }
    return {name: checked(frame.assign(scenario=scenario), table(name)) for name, frame in said.items()}
