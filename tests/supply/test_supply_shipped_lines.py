"""What an item-location ships is shared among its customers as the plan's own lines are."""

import pandas as pd
import pytest
from supply_cases import tiny_inputs

import tiny
from sopbench.contract import checked, table
from sopbench.supply.answers.shipped_lines import shipped_lines

SEP, OCT, NOV = tiny.BUCKETS[:3]


def lines(demand, shipped, backlog, late, priorities=(2.0, 1.0), **how):
    """Shipments of KIT at DC in three months: demand {customer: units a month}, late {(customer, month): units}."""
    inputs = tiny_inputs(customers=pd.DataFrame({"customer_id": ["SHOP", "WEB"], "priority": priorities}))
    plan = [
        {"item_id": "KIT", "location_id": "DC", "customer_id": customer, "bucket": bucket, "consensus": units}
        for customer, months in demand.items()
        for bucket, units in zip((SEP, OCT, NOV), months, strict=True)
    ]
    plan = pd.DataFrame(plan).assign(method="given", statistical=0.0, p10=0.0, p50=0.0, p90=0.0)
    supply = pd.DataFrame({"item_id": "KIT", "location_id": "DC", "bucket": [SEP, OCT, NOV]})
    short = [
        {"item_id": "KIT", "location_id": "DC", "customer_id": customer, "bucket": bucket, "qty": units}
        for (customer, bucket), units in late.items()
    ]
    short = pd.DataFrame(short, columns=["item_id", "location_id", "customer_id", "bucket", "qty"])
    rows = shipped_lines(
        items=inputs["items"],
        customers=inputs["customers"],
        sales_terms=table("sales_terms").empty(),
        open_orders=table("open_orders").empty(),
        demand_plan=checked(plan, table("demand_plan")),
        supply_plan=supply.assign(shipped=shipped, backlog=backlog),
        shortages=checked(short.assign(revenue_at_risk=0.0, cause="policy"), table("shortages")),
        **how,
    )
    return (
        rows.pivot_table(index="position", columns="customer_id", values="qty", aggfunc="sum")
        .fillna(0.0)
        .to_numpy()
        .tolist()
    )


def test_all_get_what_they_want_where_nothing_is_late():
    found = lines({"SHOP": (10, 20, 30), "WEB": (1, 2, 3)}, [11.0, 22.0, 33.0], [0.0, 0.0, 0.0], {})
    assert found == [[10, 1], [20, 2], [30, 3]]


def test_the_customer_named_in_the_shortages_goes_without_and_is_served_later():
    """WEB is late by 4 in September and gets them in October."""
    found = lines({"SHOP": (10, 10, 0), "WEB": (10, 10, 0)}, [16.0, 24.0, 0.0], [4.0, 0.0, 0.0], {("WEB", SEP): 4.0})
    assert found == [[10, 6], [10, 14]]


def test_a_debt_that_shrinks_is_that_of_the_lowest_priority():
    """Both owe 5 after September; of the 3 owed after October, all are WEB's (priority 1), for SHOP counts twice."""
    late = {("SHOP", SEP): 5.0, ("WEB", SEP): 5.0}
    found = lines({"SHOP": (10, 10, 0), "WEB": (10, 10, 0)}, [10.0, 27.0, 3.0], [10.0, 3.0, 0.0], late)
    assert found == [[5, 5], [15, 12], [0, 3]]


def test_equals_share_a_debt_by_their_claims():
    """After October 6 are owed to two equals that claim 30 and 15: 4 and 2."""
    late = {("SHOP", SEP): 10.0, ("WEB", SEP): 5.0}
    found = lines({"SHOP": (20, 20, 0), "WEB": (10, 10, 0)}, [15.0, 39.0, 6.0], [15.0, 6.0, 0.0], late, (1.0, 1.0))
    assert found == [[10, 5], [pytest.approx(26), pytest.approx(13)], [pytest.approx(4), pytest.approx(2)]]


def test_a_line_may_be_newly_late_while_its_equal_is_not():
    """The shortage of one tells the debt of both: 12 of claims 10 and 20 is 4 and 8; 4 of it new to SHOP only."""
    late = {("SHOP", OCT): 4.0, ("WEB", SEP): 8.0}
    found = lines({"SHOP": (0, 10, 0), "WEB": (8, 12, 0)}, [0.0, 18.0, 12.0], [8.0, 12.0, 0.0], late, (1.0, 1.0))
    assert found == [[0, 0], [6, 12], [4, 8]] or found == [[6, 12], [4, 8]]


def test_the_plan_s_figure_counts_where_the_lines_disagree():
    """A shipment that no line explains is shared among them all the same."""
    found = lines({"SHOP": (10, 0, 0), "WEB": (10, 0, 0)}, [20.0, 0.0, 4.0], [0.0, 0.0, 0.0], {})
    assert found == [[10, 10], [2, 2]]


def test_in_fair_share_a_debt_that_shrinks_is_shared_by_all_whatever_their_priority():
    """Both owe 5 after September and claim 15 in October, so of the 3 still owed each bears half."""
    late = {("SHOP", SEP): 5.0, ("WEB", SEP): 5.0}
    wanted, shipped, owed = {"SHOP": (10, 10, 0), "WEB": (10, 10, 0)}, [10.0, 27.0, 3.0], [10.0, 3.0, 0.0]
    found = lines(wanted, shipped, owed, late, allocation="fair_share")
    assert found == [[5, 5], [13.5, 13.5], [1.5, 1.5]]
