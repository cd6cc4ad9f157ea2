"""What happened is held against the plan made last for it, in money, and rules find what is off."""

import pandas as pd
import pytest

import tiny
from sopbench.contract import PlanningError, checked, table
from sopbench.monitor import by_cycle, exceptions, performance
from sopbench.params import Monitor
from sopbench.params.monitor import RULES, Limits

JULY, AUGUST, SEPTEMBER = pd.date_range("2025-07-01", periods=3, freq="MS")


INPUTS = tiny.tables()
NO_ACCURACY = table("accuracy").empty()


def supply_plan(rows: list[tuple]) -> pd.DataFrame:
    """Rows of item, location, bucket, demand, make, receipts, shipped, stock."""
    names = ["item_id", "location_id", "bucket", "demand", "make", "receipts", "shipped", "stock"]
    frame = pd.DataFrame(rows, columns=names)
    zeros = {name: 0.0 for name in table("supply_plan").names if name not in (*names, "scenario")}
    return checked(frame.assign(**zeros), table("supply_plan"))


def receipts() -> pd.DataFrame:
    """What was under way at the start of July, August and September; Q is late, R is reckoned for later."""
    seen = {
        JULY: [("P", "2025-07-10", 100.0), ("Q", "2025-07-20", 50.0), ("R", "2025-08-05", 30.0)],
        AUGUST: [("Q", "2025-08-02", 20.0), ("R", "2025-08-05", 30.0)],
        SEPTEMBER: [("R", "2025-09-30", 30.0)],
    }
    frames = {
        start: checked(
            pd.DataFrame(rows, columns=["receipt_id", "due", "qty"]).assign(
                kind="PO", item_id="SEAL", location_id="PLANT"
            ),
            table("receipts"),
        )
        for start, rows in seen.items()
    }
    return by_cycle("receipts", frames)


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
        "receipts": receipts(),
        "sales": checked(pd.DataFrame(ordered), table("sales")),
        "production": checked(
            pd.DataFrame({"item_id": "PUMP", "location_id": "PLANT", "bucket": [JULY, AUGUST], "qty": [80.0, 75.0]}),
            table("production"),
        ),
    }


def found_by(settings: Monitor, start: pd.Timestamp, currency: str = "", **given) -> pd.DataFrame:
    """The exceptions of the tiny company, nothing silenced unless it is said."""
    given = {"items": INPUTS["items"], "silences": table("silences").empty()} | given
    return exceptions(settings, start, currency, **given)


def measured(settings: Monitor = Monitor(), **changed) -> pd.DataFrame:  # noqa: B008 - frozen
    return performance(settings, SEPTEMBER, **{**company(), **changed})


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
    found = found_by(Monitor(), SEPTEMBER, accuracy=NO_ACCURACY, kpis=kpis)
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
    found = found_by(Monitor(), SEPTEMBER, "EUR", accuracy=NO_ACCURACY, kpis=measured())
    messages = found.set_index("rule")["message"].to_dict()
    assert messages == {
        "attainment": "pumps: 75.0% of the planned output was made (target 95.0%), 1,000 EUR was not",
        "purchases": "components: 40.0% of the purchases due arrived (target 95.0%), 60 EUR did not",
        "stock": "pumps: stock 200.0% above its plan, 5,600 EUR",
    }
    assert found.set_index("rule")["value_at_risk"].to_dict() == {"attainment": 1000, "purchases": 60, "stock": 5600}
    assert found["severity"].tolist() == ["high"] * 3
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
    found = found_by(Monitor(), SEPTEMBER, "EUR", accuracy=rows, kpis=measured().head(0))
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


def test_only_the_costliest_exceptions_are_shown():
    rows = accuracy_rows(*[("item", f"I{number:02}", 100, 50 + number, 0, 0.0) for number in range(30)])
    found = found_by(Monitor(exceptions_shown=5), SEPTEMBER, accuracy=rows, kpis=measured().head(0))
    assert len(found) == 30
    assert sorted(found.loc[found["shown"], "key"]) == ["I25", "I26", "I27", "I28", "I29"]


def test_a_target_of_everything_is_broken_by_anything_missing():
    settings = Monitor(service_target=1.0, attainment_target=1.0)
    found = found_by(settings, AUGUST, accuracy=NO_ACCURACY, kpis=measured().query("bucket == @JULY"))
    assert found.set_index("rule").loc["service", "severity"] == "high"


def test_an_exception_has_an_owner_and_a_day_by_which_it_is_due():
    settings = Monitor(owners={"purchases": "B. Buyer"}, due_days=10)
    found = found_by(settings, SEPTEMBER, accuracy=NO_ACCURACY, kpis=measured()).set_index("rule")
    assert found["owner"].to_dict() == {"attainment": "production", "purchases": "B. Buyer", "stock": "supply planning"}
    assert found["due"].unique().tolist() == [pd.Timestamp("2025-09-11")]


def test_a_rule_that_is_off_finds_nothing():
    found = found_by(Monitor(rules_off=["stock", "purchases"]), SEPTEMBER, accuracy=NO_ACCURACY, kpis=measured())
    assert found["rule"].tolist() == ["attainment"]
    everything = found_by(Monitor(rules_off=list(RULES)), SEPTEMBER, accuracy=NO_ACCURACY, kpis=measured())
    assert everything.empty
    assert list(everything.columns) == table("exceptions").names


def test_a_family_has_its_own_limits_and_so_have_its_items():
    settings = Monitor(family_limits={"pumps": Limits(attainment_target=0.7, stock_limit=2.5, wape_target=0.6)})
    rows = accuracy_rows(("item", "PUMP", 1000, 500, 0, 0.0), ("item", "KIT", 1000, 500, 0, 0.0))
    kpis = measured(settings)
    assert figures(kpis, "attainment", AUGUST, "family", "pumps")[1] == 0.7
    assert figures(kpis, "attainment", AUGUST)[1] == 0.95
    found = found_by(settings, SEPTEMBER, accuracy=rows, kpis=kpis)
    assert sorted(found["rule"] + "/" + found["key"]) == ["accuracy/KIT", "purchases/components"]


def test_limits_of_a_family_that_no_item_has_are_refused_with_the_nearest():
    with pytest.raises(PlanningError, match="write pumps"):
        measured(Monitor(family_limits={"pump": Limits(wape_target=0.5)}))


def silenced(*rows: tuple[str, str]) -> pd.DataFrame:
    said = pd.DataFrame(rows, columns=["alert", "until"]).assign(reason="known", by="Ada")
    return checked(said, table("silences"))


def test_a_silenced_exception_is_kept_with_its_reason_and_gives_its_place_to_the_next():
    settings = Monitor(exceptions_shown=1)
    silences = silenced(("stock/pumps", "2025-12-01"), ("attainment/kits", "2025-12-01"))
    found = found_by(settings, SEPTEMBER, accuracy=NO_ACCURACY, kpis=measured(), silences=silences).set_index("rule")
    assert found["shown"].to_dict() == {"attainment": True, "purchases": False, "stock": False}
    assert found["status"].to_dict() == {"attainment": "open", "purchases": "open", "stock": "silenced"}
    assert found.loc["stock", ["silenced_by", "reason", "until"]].tolist() == [
        "Ada",
        "known",
        pd.Timestamp("2025-12-01"),
    ]


def test_a_silence_that_has_ended_is_over():
    silences = silenced(("stock/pumps", "2025-09-01"))
    found = found_by(Monitor(), SEPTEMBER, accuracy=NO_ACCURACY, kpis=measured(), silences=silences)
    assert set(found["status"]) == {"open"}


def test_excess_and_obsolete_stock_together_are_held_against_their_limit():
    kpis = pd.DataFrame(
        {
            "kpi": ["stock", "excess", "obsolete", "stock", "excess"],
            "level": "family",
            "key": ["pumps", "pumps", "pumps", "kits", "kits"],
            "bucket": AUGUST,
            "value": [1000.0, 80.0, 80.0, 1000.0, 90.0],
            "target": [1000.0, 100.0, 0.0, 1000.0, 100.0],
        }
    )
    found = found_by(Monitor(), SEPTEMBER, "EUR", accuracy=NO_ACCURACY, kpis=checked(kpis, table("kpis")))
    assert found[["rule", "key", "value_at_risk", "severity"]].to_numpy().tolist() == [
        ["excess", "pumps", 160.0, "medium"]
    ]
    assert found["message"].item() == (
        "pumps: 16.0% of the stock is more than the plan soon uses (limit 10.0%): 80 EUR excess, 80 EUR obsolete"
    )
