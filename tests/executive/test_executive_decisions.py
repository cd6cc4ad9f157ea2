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


LEVER = {
    "lever": "shift_line", "gap": "shortage", "gap_key": "PUMP", "cause": "resource", "cause_id": "LINE",
    "question": "What if LINE has a further shift?", "closes_money": 900.0, "closes_units": 9.0, "costs": 200.0,
    "earns": 700.0, "rank": 1,
}  # fmt: skip


def levers(**changed) -> pd.DataFrame:
    return checked(pd.DataFrame([LEVER | changed]), table("levers"))


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


def test_a_framed_lever_is_put_with_what_it_closes_what_that_costs_and_by_when():
    found = decide(levers=levers())
    assert found["money"].tolist() == [2000, 1200, 700, 400, 50, 30]
    lever = about(found, "lever")
    assert lever["question"] == "Take this lever? What if LINE has a further shift?"
    assert lever["recommendation"] == (
        "Yes, if it can be had so: closes 900 EUR of late or lost orders for 200 EUR, earns 700 EUR; "
        "decide within 14 days, by 15 Sep 2025"
    )
    budget = about(decide(levers=levers(gap="budget", gap_key="home_pumps", costs=-50.0)), "lever")["recommendation"]
    assert "brings 900 EUR of revenue in home pumps and saves 50 EUR" in budget


def test_a_lever_solved_on_base_is_not_promised_on_another_plan():
    said = about(decide("shift", levers=levers()), "lever")["recommendation"]
    assert said.startswith("Solve it on shift first: beside base it closes 900 EUR")


@pytest.mark.parametrize(
    ("starts", "due", "why"),
    [
        ("2025-09-08", "2025-09-08", "decide by 8 Sep 2025, when it starts"),
        ("2025-08-01", "2025-09-01", "decide by 1 Sep 2025, when it starts"),
        ("2025-11-01", "2025-09-15", "decide within 14 days, by 15 Sep 2025"),
        (None, "2025-09-15", "decide within 14 days, by 15 Sep 2025"),
    ],
)
def test_what_starts_before_the_last_day_for_decisions_is_due_when_it_starts(starts, due, why):
    scenarios = tables()["scenarios"].assign(starts=[pd.NaT, pd.Timestamp(starts)])
    found = decide(scenarios=scenarios, levers=levers(starts=pd.Timestamp(starts)))
    for word in ("option", "lever"):
        assert about(found, word)["due"] == pd.Timestamp(due)
        assert about(found, word)["recommendation"].endswith(why)
    assert about(found, "budget")["due"] == pd.Timestamp("2025-09-15")


def test_shortages_budgets_and_write_offs_have_the_owners_the_parameters_name():
    settings = Executive(owners={"shortage": "COO", "budget": "Sales", "write_off": "Service"})
    found = executive.decisions(settings, SEP, "base", **tables(), levers=levers(), currency="EUR")
    owners = {word: about(found, word)["owner"] for word in ("hours on LINE", "budget", "expire", "lever", "option")}
    assert list(owners.values()) == ["COO", "Sales", "Service", "COO", "COO"]
    assert about(decide(), "budget")["owner"] == ""


def test_families_are_said_without_underscores():
    renamed = {
        name: tables()[name].replace({"family": {"pumps": "home_pumps", "kits": "spare_kits"}})
        for name in ("comparison", "financial_plan")
    }
    said = " ".join(decide(**renamed)["question"])
    assert "Accept home pumps" in said and "of spare kits that will expire" in said
