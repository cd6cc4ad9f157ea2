"""Decisions come from the plan: options, causes of shortages, budgets missed; each with its money and its date."""

import pandas as pd
import pytest

import tiny
from sopbench import executive
from sopbench.contract import checked, table
from sopbench.params import Executive

SEP, OCT = tiny.BUCKETS[:2]


def tables() -> dict[str, pd.DataFrame]:
    """Base is short of LINE and of KITs that come too late; the option shift mends LINE and earns 400 net."""
    scenarios = {
        "scenario": ["base", "shift"], "kind": ["base", "option"], "question": "?", "owner": ["", "COO"],
        "changes": ["none", "regular hours +8"], "cost": [0.0, 100.0],
    }  # fmt: skip
    kpis = [
        {"scenario": name, "kpi": kpi, "unit": "money", "value": value, "base": base, "difference": value - base}
        for kpi, base, option in (
            ("contribution", 1000, 1400), ("service", 0.9, 0.95), ("inventory_average", 5, 5), ("late_or_lost", 9, 0)
        )
        for name, value in (("base", base), ("shift", option))
    ]  # fmt: skip
    at = ["scenario", "item_id", "location_id", "customer_id", "bucket", "qty", "revenue_at_risk", "cause", "cause_id"]
    late = [
        ("base", "PUMP", "DC", "SHOP", SEP, 9, 900, "resource", "LINE"),
        ("base", "PUMP", "DC", "SHOP", OCT, 3, 300, "resource", "LINE"),
        ("shift", "PUMP", "DC", "SHOP", SEP, 1, 100, "resource", "LINE"),
        ("base", "KIT", "DC", "WEB", SEP, 2, 50, "lead time", "KIT"),
        ("shift", "KIT", "DC", "WEB", SEP, 2, 50, "lead time", "KIT"),
    ]
    hours = dict.fromkeys(
        ["load", "regular", "overtime", "regular_available", "overtime_available", "utilisation"], 1.0
    )
    capacity = {"scenario": ["base", "base"], "resource_id": "LINE", "bucket": [SEP, OCT], "shadow_price": [5.0, 35.0]}
    money = {
        "scenario": ["base", "base", "shift"], "family": ["pumps", "kits", "pumps"], "bucket": SEP,
        "line": ["revenue", "write_off", "revenue"], "value": [10000.0, 30.0, 10900.0],
    }  # fmt: skip
    beside = {
        "family": ["pumps", "pumps", "kits", "kits"], "bucket": SEP, "line": ["revenue", "units", "revenue", "units"],
        "plan": [10000.0, 100.0, 700.0, 20.0], "budget": [12000.0, 110.0, 600.0, 20.0],
    }  # fmt: skip
    said = {
        "scenarios": pd.DataFrame(scenarios),
        "scenario_kpis": pd.DataFrame(kpis),
        "shortages": pd.DataFrame(late, columns=at),
        "capacity_plan": pd.DataFrame(capacity).assign(**hours),
        "financial_plan": pd.DataFrame(money),
        "comparison": pd.DataFrame(beside),
    }
    return {name: checked(frame, table(name)) for name, frame in said.items()} | {"items": tiny.tables()["items"]}


def decide(recommended: str = "base", share: float = 0.001, **more) -> pd.DataFrame:
    settings = Executive(material_share=share, decide_within_days=14)
    return executive.decisions(settings, SEP, recommended, **(tables() | more), currency="EUR")


def about(found: pd.DataFrame, word: str) -> pd.Series:
    (row,) = [row for _, row in found.iterrows() if word in row["question"]]
    return row


def test_everything_is_ranked_by_its_money_and_due_in_time():
    found = decide()
    assert found["money"].tolist() == [2000, 1200, 400, 50, 30]
    assert found["decision_id"].tolist() == [f"2025-09/D0{number}" for number in range(1, 6)]
    assert (found["due"] == pd.Timestamp("2025-09-15")).all()


def test_an_option_is_put_to_its_owner_with_what_it_changes():
    option = about(decide("shift"), "option")
    assert option["owner"] == "COO"
    assert option["money"] == 400
    assert option["recommendation"].startswith("Yes: contribution +400 EUR after 100 EUR to set it up")


@pytest.mark.parametrize(
    ("contribution", "service", "answer"),
    [
        (1400, 0.95, "Not in this plan, which is base"),
        (1400, 0.85, "No, it serves customers worse"),
        (900, 0.95, "No: "),
    ],
)
def test_an_option_not_recommended_is_answered_with_why(contribution, service, answer):
    kpis = tables()["scenario_kpis"]
    for kpi, value in (("contribution", contribution), ("service", service)):
        kpis.loc[(kpis["scenario"] == "shift") & (kpis["kpi"] == kpi), "value"] = value
    assert about(decide(scenario_kpis=kpis), "option")["recommendation"].startswith(answer)


def test_a_shortage_is_decided_by_cause_with_the_worth_of_an_hour_and_what_an_option_would_mend():
    line = about(decide(), "LINE")
    assert line["money"] == 1200
    assert "12 units of 1 item not on time for want of hours on LINE" in line["question"]
    assert "Sep 2025 to Oct 2025" in line["question"]
    assert "one more hour in Oct 2025 saves 35 EUR" in line["recommendation"]
    assert "the option shift would leave 100 EUR of it" in line["recommendation"]


def test_an_option_that_mends_a_shortage_wholly_is_said_to_leave_nothing():
    shortages = tables()["shortages"]
    mended = shortages[(shortages["scenario"] == "base") | (shortages["cause"] != "resource")]
    assert "the option shift would leave nothing of it" in about(decide(shortages=mended), "LINE")["recommendation"]


def test_what_the_recommended_plan_mends_is_no_longer_asked():
    found = decide("shift", share=0.01)
    assert not [text for text in found["question"] if "LINE" in text]


def test_a_missed_budget_tells_volume_from_price():
    budget = about(decide(), "budget")
    assert budget["money"] == 2000
    assert "(16.7%) under budget" in budget["question"]
    assert f"−{10 * 12000 / 110:,.0f} EUR by volume" in budget["recommendation"]
    assert f"−{2000 - 10 * 12000 / 110:,.0f} EUR by price and mix" in budget["recommendation"]


def test_what_is_not_material_is_left_out():
    assert decide(share=0.05)["money"].tolist() == [2000, 1200, 400]


def test_nothing_to_decide_is_an_empty_table():
    base = {name: frame[frame["scenario"] == "base"] for name, frame in tables().items() if "scenario" in frame}
    found = decide(**base | {name: table(name).empty() for name in ("shortages", "comparison")}, share=0.9)
    assert found.empty
    assert list(found.columns) == table("decisions").names


@pytest.mark.parametrize("recommended", ["base", "shift"])
def test_deciding_twice_gives_the_same_bytes(recommended):
    pd.testing.assert_frame_equal(decide(recommended), decide(recommended), check_exact=True)
