"""Measures of reliability, stock and stability, each worked out by hand."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some
from test_monitor_performance import AUGUST, JULY, SEPTEMBER, company, figures, measured, supply_plan

from sopbench.contract.measures import MEASURES
from sopbench.monitor import by_cycle
from sopbench.params import Monitor

OCTOBER = pd.Timestamp("2025-10-01")


def test_lines_count_in_full_only_where_all_that_was_ordered_came_in_time():
    kpis = measured()
    assert figures(kpis, "otif", JULY) == (0.5, 0.95)  # SHOP got 50 of 60; WEB all, and old backlog with it
    assert figures(kpis, "otif", AUGUST) == (1, 0.95)


def test_a_return_is_no_order_line():
    sales = company()["sales"]
    back = sales.head(1).assign(customer_id="BACK", qty_ordered=-5.0, qty_shipped=-5.0, revenue=-500.0)
    assert figures(measured(sales=pd.concat([sales, back])), "otif", JULY)[0] == 0.5


def test_output_beyond_plan_counts_against_adherence_but_not_against_attainment():
    made = company()["production"].assign(qty=[100.0, 75.0])
    kpis = measured(production=made)
    assert figures(kpis, "attainment", JULY)[0] == 1
    assert figures(kpis, "adherence", JULY) == (pytest.approx(1 - 20 / 80), 0.9)
    assert figures(kpis, "adherence", AUGUST)[0] == pytest.approx(1 - 25 / 100)


def test_adherence_never_falls_below_nothing():
    assert figures(measured(production=company()["production"].assign(qty=1000.0)), "adherence", JULY)[0] == 0


def test_purchases_due_and_no_longer_open_have_arrived():
    kpis = measured()
    assert figures(kpis, "purchases", JULY) == ((100 + 30) * 2, (100 + 50) * 2)
    assert figures(kpis, "purchase_attainment", JULY) == (pytest.approx(130 / 150), 0.95)
    assert figures(kpis, "purchases", AUGUST) == (20 * 2, (20 + 30) * 2)  # R was put off, and did not come


def test_purchases_are_measured_only_where_the_next_cycle_counted_them():
    known = company()["receipts"]
    kpis = measured(receipts=known[known["cycle"] != AUGUST])
    assert "purchases" not in kpis["kpi"].to_numpy()


def test_gross_margin_is_what_was_invoiced_less_what_was_shipped_at_standard_cost():
    plans = company()["financial_plans"]
    margin = plans.head(1).assign(line="gross_margin", value=4000.0)
    kpis = measured(financial_plans=pd.concat([plans, margin]))
    assert figures(kpis, "gross_margin", JULY) == (8000 - 80 * 40, 4000)


def stocked(settings: Monitor = Monitor()) -> pd.DataFrame:  # noqa: B008 - frozen
    """July ends with 250 PUMP, 70 KIT and 10 SEAL; the plan then uses 60 and 40 PUMP, no KIT, and 100 SEAL."""
    rows = [
        ("PUMP", "DC", JULY, 0, 0, 0, 0, 100),
        ("PUMP", "DC", AUGUST, 60, 0, 0, 60, 0),
        ("PUMP", "DC", SEPTEMBER, 40, 0, 0, 40, 0),
        ("KIT", "DC", JULY, 30, 0, 0, 30, 0),
        ("SEAL", "PLANT", JULY, 0, 0, 0, 0, 0),
        ("SEAL", "PLANT", AUGUST, 0, 0, 0, 0, 0),
    ]
    plan = supply_plan(rows)
    plan.loc[plan["item_id"].eq("SEAL") & plan["bucket"].eq(AUGUST), "component_use"] = 100.0
    held = pd.DataFrame({"item_id": ["PUMP", "KIT", "SEAL"], "location_id": "DC", "qty": [250.0, 70.0, 10.0]})
    return measured(
        settings, supply_plans=by_cycle("supply_plan", {JULY: plan}), on_hands=by_cycle("on_hand", {AUGUST: held})
    )


def test_cover_is_stock_over_the_planned_use_of_the_next_buckets():
    kpis = stocked()
    assert figures(kpis, "cover", JULY, "family", "pumps") == (250 / 50, 100 / 50)
    assert figures(kpis, "cover", JULY, "family", "components")[0] == pytest.approx(10 / 50)
    use = (60 * 40 + 40 * 40 + 100 * 2) / 2
    assert figures(kpis, "cover", JULY)[0] == pytest.approx((250 * 40 + 70 * 10 + 10 * 2) / use)


def test_stock_beyond_planned_use_is_excess_and_stock_without_any_is_obsolete():
    kpis = stocked()
    assert figures(kpis, "excess", JULY) == (150 * 40, pytest.approx(0.1 * (250 * 40 + 70 * 10 + 10 * 2)))
    assert figures(kpis, "obsolete", JULY) == (70 * 10, 0)
    assert figures(kpis, "obsolete", JULY, "family", "kits") == (70 * 10, 0)
    assert figures(stocked(Monitor(excess_after=1)), "excess", JULY)[0] == 190 * 40


def test_what_a_solver_leaves_of_nothing_is_no_use():
    plan = supply_plan([("PUMP", "DC", JULY, 0, 0, 0, 0, 9), ("PUMP", "DC", AUGUST, 1e-9, 0, 0, 0, 9)])
    kpis = measured(supply_plans=by_cycle("supply_plan", {JULY: plan}))
    assert figures(kpis, "obsolete", JULY)[0] == 100 * 40
    assert "cover" not in kpis["kpi"].to_numpy()


def test_nervousness_is_the_share_of_the_near_plan_that_the_next_cycle_changed():
    kpis = measured()
    assert figures(kpis, "plan_changes", AUGUST)[0] == (999 - 100) * 40
    assert figures(kpis, "nervousness", AUGUST) == (pytest.approx(899 / 999), 0.3)


def test_what_was_planned_and_is_now_under_way_is_no_change():
    said = supply_plan([("PUMP", "PLANT", JULY, 0, 50, 0, 0, 0), ("PUMP", "PLANT", AUGUST, 0, 80, 0, 0, 0)])
    now = supply_plan([("PUMP", "PLANT", AUGUST, 0, 0, 80, 0, 0), ("PUMP", "PLANT", OCTOBER, 0, 70, 0, 0, 0)])
    kpis = measured(supply_plans=by_cycle("supply_plan", {JULY: said, AUGUST: now}))
    assert "nervousness" in kpis["kpi"].to_numpy()
    assert figures(kpis, "nervousness", AUGUST)[0] == 0


def test_trend_is_the_value_less_the_mean_of_the_buckets_before():
    kpis = measured().set_index(["kpi", "level", "bucket"])["trend"]
    assert kpis["otif", "total", AUGUST] == pytest.approx(1 - 0.5)
    assert kpis["revenue", "total", AUGUST] == 9500 - 8000
    assert pd.isna(kpis["otif", "total", JULY])


def test_every_measure_that_is_made_is_one_of_the_contracts():
    assert set(measured()["kpi"]) | set(stocked()["kpi"]) <= set(MEASURES)


units = some.integers(0, 1000).map(float)


@given(some.lists(units, min_size=2, max_size=2), units)
def test_excess_and_obsolete_are_never_more_than_the_stock(use, held):
    rows = [("PUMP", "DC", JULY, 0, 0, 0, 0, 0)]
    rows += [
        ("PUMP", "DC", bucket, units, 0, 0, units, 0) for bucket, units in zip((AUGUST, OCTOBER), use, strict=True)
    ]
    counted = pd.DataFrame({"item_id": ["PUMP"], "location_id": "DC", "qty": [held]})
    kpis = measured(
        supply_plans=by_cycle("supply_plan", {JULY: supply_plan(rows)}), on_hands=by_cycle("on_hand", {AUGUST: counted})
    )
    now = kpis[(kpis["level"] == "total") & (kpis["bucket"] == JULY)].set_index("kpi")["value"]
    too_much = now.get("excess", 0.0) + now.get("obsolete", 0.0)
    assert too_much == pytest.approx(max(held - sum(use), 0.0) * 40 if sum(use) > 0 else held * 40, abs=1e-6)
