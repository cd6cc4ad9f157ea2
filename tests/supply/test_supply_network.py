"""The network refuses what cannot be planned, and finds the way a unit comes."""

import pandas as pd
import pytest
from supply_cases import tiny_inputs, with_column

from sopbench.contract import PlanningError, checked, table
from sopbench.params import Supply
from sopbench.supply import plan
from sopbench.supply.network.demand_lines import positions
from sopbench.supply.network.network import refuse_loops

MONTHS = pd.date_range("2025-09-01", periods=3, freq="MS")


def bom(*pairs):
    return checked(pd.DataFrame(pairs, columns=["item_id", "component_id"]).assign(qty_per=1.0), table("bom"))


def test_every_loop_of_the_bill_of_material_is_named():
    with pytest.raises(PlanningError) as error:
        refuse_loops(bom(("A", "B"), ("B", "C"), ("C", "A"), ("A", "X"), ("Y", "Y"), ("P", "A")))
    assert [problem.value for problem in error.value.problems] == ["A > B > C > A", "Y > Y"]


def test_a_component_used_twice_is_no_loop():
    refuse_loops(bom(("A", "B"), ("A", "C"), ("B", "D"), ("C", "D")))
    refuse_loops(table("bom").empty())


def test_a_plan_refuses_a_loop():
    with pytest.raises(PlanningError, match="PUMP > SEAL > PUMP"):
        plan(Supply(), **tiny_inputs(bom=bom(("PUMP", "SEAL"), ("SEAL", "PUMP"))))


def test_items_and_locations_nobody_knows_are_all_named():
    inputs = tiny_inputs()
    with pytest.raises(PlanningError) as error:
        plan(
            Supply(),
            **{**inputs, "items": inputs["items"].query("item_id != 'SEAL'"), "locations": inputs["locations"].head(1)},
        )
    assert [problem.key for problem in error.value.problems] == ["item_id=SEAL", "location_id=PLANT"]


def test_a_date_falls_in_the_bucket_it_lies_in():
    dates = pd.Series(pd.to_datetime(["2025-08-31", "2025-09-01", "2025-10-31", "2025-11-30", "2025-12-01"]))
    assert positions(dates, MONTHS).tolist() == [-1, 0, 1, 2, 3]
    weeks = pd.date_range("2025-09-01", periods=2, freq="7D")
    assert positions(dates, weeks).tolist() == [-1, 0, 2, 2, 2]


def test_what_arrives_after_the_horizon_and_what_is_due_after_it_is_left_out():
    receipts = with_column(tiny_inputs()["receipts"], "due", pd.Timestamp("2026-03-01"))
    orders = with_column(tiny_inputs()["open_orders"], "due", pd.Timestamp("2026-03-01"))
    made = plan(Supply(), **tiny_inputs(receipts=receipts, open_orders=orders))["supply_plan"]
    assert made["receipts"].sum() == 0
    assert made.query("item_id == 'KIT'")["shipped"].sum() == pytest.approx(6 * 45)


def test_an_overdue_receipt_arrives_in_the_first_bucket():
    receipts = with_column(tiny_inputs()["receipts"], "due", pd.Timestamp("2025-07-15"))
    made = plan(Supply(), **tiny_inputs(receipts=receipts))["supply_plan"]
    assert made.query("item_id == 'KIT'")["receipts"].tolist() == [40, 0, 0, 0, 0, 0]


def test_weeks_are_planned_like_months():
    inputs = tiny_inputs()
    weeks = dict(
        zip(
            sorted(inputs["demand_plan"]["bucket"].unique()),
            pd.date_range("2025-09-01", periods=6, freq="7D"),
            strict=True,
        )
    )
    moved = {
        name: inputs[name].assign(bucket=inputs[name]["bucket"].map(weeks)) for name in ("demand_plan", "capacity")
    }
    receipts = with_column(inputs["receipts"], "due", pd.Timestamp("2025-09-10"))
    monthly, weekly = plan(Supply(), **inputs), plan(Supply(), **tiny_inputs(**moved, receipts=receipts))
    assert weekly["solution"]["objective"].iloc[0] == pytest.approx(monthly["solution"]["objective"].iloc[0])
