"""What happened is held against the plan made last for it, in money, and rules find what is off."""

import pandas as pd
import pytest

import tiny
from sopbench.contract import checked, table
from sopbench.monitor import by_cycle, exceptions, performance
from sopbench.params import Monitor

JULY, AUGUST, SEPTEMBER = pd.date_range("2025-07-01", periods=3, freq="MS")
TARGETS = {"service_target": 0.97, "attainment_target": 0.95}


INPUTS = tiny.tables()


def supply_plan(rows: list[tuple]) -> pd.DataFrame:
    """Rows of item, location, bucket, demand, make, receipts, shipped, stock."""
    names = ["item_id", "location_id", "bucket", "demand", "make", "receipts", "shipped", "stock"]
    frame = pd.DataFrame(rows, columns=names)
    zeros = {name: 0.0 for name in table("supply_plan").names if name not in (*names, "scenario")}
    return checked(frame.assign(**zeros), table("supply_plan"))


def company() -> dict[str, pd.DataFrame]:
    """The tiny company with two earlier plans, and what July and August brought."""
    inputs = {name: INPUTS[name] for name in ("items", "routings", "sources", "budget", "on_hand")}
    july = [("PUMP", "PLANT", JULY, 0, 50, 30, 0, 20), ("PUMP", "DC", JULY, 80, 0, 0, 80, 60)]
    later = [("PUMP", "PLANT", AUGUST, 0, 100, 0, 0, 20), ("PUMP", "DC", AUGUST, 100, 0, 0, 90, 50)]
    stale = [("PUMP", "PLANT", AUGUST, 0, 999, 0, 0, 999), ("PUMP", "DC", AUGUST, 999, 0, 0, 999, 999)]
    money = {"family": "pumps", "line": "revenue"}
    ordered = {"item_id": "PUMP", "location_id": "DC", "customer_id": ["SHOP", "WEB", "SHOP"]}
    ordered |= {"bucket": [JULY, JULY, AUGUST], "qty_ordered": [60, 20, 100], "qty_shipped": [50, 30, 100]}
    ordered |= {"revenue": [5000, 3000, 9500]}
    on_hand = inputs.pop("on_hand")
    stock = [(JULY, 50), (AUGUST, 100)]
    counted = {
        start: pd.DataFrame({"item_id": ["PUMP"], "location_id": "DC", "qty": [units]}) for start, units in stock
    }
    return inputs | {
        "supply_plans": by_cycle("supply_plan", {JULY: supply_plan(july + stale), AUGUST: supply_plan(later)}),
        "financial_plans": by_cycle(
            "financial_plan",
            {
                JULY: pd.DataFrame({**money, "bucket": [JULY, AUGUST], "value": [8000.0, 1.0]}),
                AUGUST: pd.DataFrame({**money, "bucket": [AUGUST], "value": [9000.0]}),
            },
        ),
        "on_hands": by_cycle("on_hand", counted | {SEPTEMBER: on_hand}),
        "sales": checked(pd.DataFrame(ordered), table("sales")),
        "production": checked(
            pd.DataFrame({"item_id": "PUMP", "location_id": "PLANT", "bucket": [JULY, AUGUST], "qty": [80.0, 75.0]}),
            table("production"),
        ),
    }


def measured(**changed) -> pd.DataFrame:
    return performance(**TARGETS, start=SEPTEMBER, **{**company(), **changed})


def figures(kpis: pd.DataFrame, kpi: str, bucket: pd.Timestamp, level="total", key="all") -> tuple[float, float]:
    rows = kpis[(kpis["kpi"] == kpi) & (kpis["bucket"] == bucket) & (kpis["level"] == level) & (kpis["key"] == key)]
    return rows["value"].item(), rows["target"].item()


def test_every_figure_of_two_months_is_the_one_worked_out_by_hand():
    kpis = measured()
    assert figures(kpis, "demand", JULY) == (8000, 8000)
    assert figures(kpis, "service", JULY) == (pytest.approx(70 / 80), 0.97)  # WEB's 10 beyond its order do not count
    assert figures(kpis, "service", AUGUST) == (1, 0.97)
    assert figures(kpis, "production", JULY) == (80 * 40, (50 + 30) * 40)
    assert figures(kpis, "attainment", JULY) == (1, 0.95)
    assert figures(kpis, "attainment", AUGUST) == (pytest.approx(0.75), 0.95)
    assert figures(kpis, "attainment", AUGUST, "resource", "LINE") == (pytest.approx(0.75), 0.95)
    assert figures(kpis, "stock", JULY) == (100 * 40, 80 * 40)
    assert figures(kpis, "stock", AUGUST, "family", "pumps") == (210 * 40, 70 * 40)
    assert figures(kpis, "turns", JULY) == (pytest.approx(12 * 80 / 75), pytest.approx(12 * 80 / 65))
    assert figures(kpis, "revenue", JULY) == (8000, 8000)
    assert figures(kpis, "revenue", AUGUST) == (9500, 9000)


def test_a_bucket_is_held_against_the_latest_plan_made_for_it():
    kpis = measured()
    assert figures(kpis, "demand", AUGUST) == (10000, 10000)
    assert figures(kpis, "production", AUGUST)[1] == 100 * 40


def test_making_more_of_one_item_does_not_make_up_for_another():
    plans = company()["supply_plans"]
    other = plans[plans["location_id"] == "PLANT"].assign(item_id="KIT")
    made = company()["production"]
    made = pd.concat([made, made.assign(item_id="KIT", qty=0.0)])
    made.loc[(made["item_id"] == "PUMP"), "qty"] = 1000.0
    sources = pd.concat([company()["sources"], company()["sources"].query("method == 'make'").assign(item_id="KIT")])
    kpis = measured(supply_plans=pd.concat([plans, other]), production=made, sources=sources)
    assert figures(kpis, "attainment", AUGUST)[0] == pytest.approx(100 * 40 / (100 * 40 + 100 * 10))


def test_stock_is_measured_only_where_it_was_counted():
    known = company()["on_hands"]
    kpis = measured(on_hands=known[known["cycle"] != AUGUST])
    assert kpis.loc[kpis["kpi"] == "stock", "bucket"].unique().tolist() == [AUGUST]
    assert "turns" not in kpis["kpi"].to_numpy()


def test_revenue_is_held_against_the_last_budget_known():
    said = {"family": "pumps", "bucket": [JULY, JULY], "version": ["b", "a"], "revenue": [7000.0, 7500.0]}
    budget = checked(pd.DataFrame({**said, "as_of": ["2025-01-01", "2025-06-01"]}), table("budget"))
    assert figures(measured(budget=budget), "revenue_to_budget", JULY) == (8000, 7500)


def test_without_earlier_cycles_there_is_nothing_to_measure():
    kpis = measured(supply_plans=by_cycle("supply_plan", {}), financial_plans=by_cycle("financial_plan", {}))
    assert kpis.empty
    assert list(kpis.columns) == table("kpis").names
    found = exceptions(Monitor(), SEPTEMBER, accuracy=table("accuracy").empty(), kpis=kpis)
    assert found.empty
    assert list(found.columns) == table("exceptions").names


def accuracy_rows(*rows: tuple) -> pd.DataFrame:
    """Rows of level, key, demand value, over, under, tracking signal."""
    frame = pd.DataFrame(rows, columns=["level", "key", "demand_value", "over_value", "under_value", "tracking_signal"])
    base = frame["demand_value"].where(frame["demand_value"] > 0)
    wape = (frame["over_value"] + frame["under_value"]) / base
    frame = frame.assign(stream="consensus", lag=0, observations=6, wape=wape)
    frame["bias"] = (frame["over_value"] - frame["under_value"]) / base
    return checked(frame, table("accuracy"))


def test_exceptions_say_in_words_and_money_what_the_last_month_brought():
    found = exceptions(Monitor(), SEPTEMBER, "EUR", accuracy=table("accuracy").empty(), kpis=measured())
    messages = found.set_index("rule")["message"].to_dict()
    assert messages == {
        "attainment": "pumps: 75.0% of the planned output was made (target 95.0%), 1,000 EUR was not",
        "stock": "pumps: stock 200.0% above its plan, 5,600 EUR",
    }
    assert found.set_index("rule")["value_at_risk"].to_dict() == {"attainment": 1000, "stock": 5600}
    assert found["severity"].tolist() == ["high", "high"]
    assert found["bucket"].unique().tolist() == [AUGUST]


def test_forecast_rules_find_what_is_beyond_their_limit_and_nothing_else():
    rows = accuracy_rows(
        ("family", "pumps", 1000, 170, 10, 3.0),
        ("family", "kits", 1000, 60, 10, 5.0),
        ("item", "A", 1000, 300, 0, 3.0),
        ("item", "B", 1000, 200, 350, -5.0),
        ("item", "C", 0, 120, 0, 1.0),
        ("item", "D", 100, 0, 0, 0.0),
    )
    found = exceptions(Monitor(), SEPTEMBER, "EUR", accuracy=rows, kpis=measured().head(0))
    said = {(row.rule, row.key): (row.value_at_risk, row.severity) for row in found.itertuples()}
    assert said == {
        ("bias", "pumps"): (160, "medium"),
        ("accuracy", "B"): (550, "medium"),
        ("accuracy", "C"): (120, "high"),
        ("tracking signal", "B"): (150, "low"),
    }
    words = found.set_index(["rule", "key"])["message"]
    assert words["bias", "pumps"] == "pumps: planned 16.0% more than was ordered, 160 EUR net"
    assert words["accuracy", "C"] == "C: 120 EUR planned and nothing ordered"
    assert "less than was ordered time and again" in words["tracking signal", "B"]


def test_only_the_costliest_exceptions_are_kept():
    rows = accuracy_rows(*[("item", f"I{number:02}", 100, 50 + number, 0, 0.0) for number in range(30)])
    found = exceptions(Monitor(exceptions_shown=5), SEPTEMBER, accuracy=rows, kpis=measured().head(0))
    assert sorted(found["key"]) == ["I25", "I26", "I27", "I28", "I29"]


def test_a_target_of_everything_is_broken_by_anything_missing():
    settings = Monitor(service_target=1.0, attainment_target=1.0)
    found = exceptions(settings, AUGUST, accuracy=table("accuracy").empty(), kpis=measured().query("bucket == @JULY"))
    assert found.set_index("rule").loc["service", "severity"] == "high"
