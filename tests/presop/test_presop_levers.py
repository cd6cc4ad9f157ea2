"""Levers on the largest shortages: what is asked, what it closes, what that costs."""

import pandas as pd
import pytest
from plans_by_hand import OCT, SEP

import tiny
from sopbench.contract import table
from sopbench.params import Presop, Supply
from sopbench.presop import apply_changes, framed, lever_results, levers, solve_scenarios
from sopbench.supply import INPUTS, WhatIf


def shortages(*rows: tuple) -> pd.DataFrame:
    names = ["scenario", "item_id", "bucket", "qty", "revenue_at_risk", "cause", "cause_id"]
    return pd.DataFrame(rows, columns=names)


SHORT = shortages(
    ("base", "PUMP", SEP, 10.0, 900.0, "resource", "LINE"),
    ("base", "PUMP", OCT, 5.0, 500.0, "resource", "LINE"),
    ("base", "KIT", OCT, 8.0, 300.0, "lead time", "KIT"),
    ("base", "KIT", OCT, 2.0, 50.0, "policy", "cost"),
    ("busy", "KIT", OCT, 99.0, 9900.0, "supplier", "ACME"),
)


def asked(short: pd.DataFrame = SHORT, **settings):
    company = tiny.tables()
    return levers(Presop(**settings), shortages=short, sources=company["sources"], items=company["items"])


def test_each_large_cause_that_can_be_moved_gets_its_levers():
    scenarios, rows = asked()
    assert [each.name for each in scenarios] == ["overtime_line", "shift_line", "subcontract_line", "sooner_kit"]
    assert list(zip(rows["cause"], rows["cause_id"], strict=True))[::3] == [("resource", "LINE"), ("lead time", "KIT")]
    assert [each.name for each in asked(levers_for=1)[0]] == ["overtime_line", "shift_line", "subcontract_line"]
    assert asked(levers_for=0)[0] == []
    assert asked(SHORT.head(0))[0] == []


def test_a_lever_changes_what_it_says_until_the_last_short_month():
    company = tiny.tables() | {"demand_plan": tiny.demand_plan()}
    by_name = {each.name: each.changes for each in asked(lever_overtime=1.0, lever_premium=0.5)[0]}
    hours = apply_changes(company, by_name["overtime_line"])["capacity"].set_index("bucket")["overtime_hours"]
    before = company["capacity"].set_index("bucket")["overtime_hours"]
    assert (hours / before).tolist() == [2.0, 2.0, 1.0, 1.0, 1.0, 1.0]
    new = apply_changes(company, by_name["subcontract_line"])["sources"].query("origin_id == 'NEW-PARTNER'")
    pump = company["items"].set_index("item_id").loc["PUMP", "unit_cost"]
    assert new[["item_id", "location_id", "method", "unit_cost"]].to_numpy().tolist() == [
        ["PUMP", "PLANT", "subcontract", 1.5 * pump]
    ]
    sources = company["sources"].set_index("item_id")
    kit = apply_changes(company, by_name["sooner_kit"])["sources"].set_index("item_id").loc["KIT"]
    assert kit["lead_time"] == sources.loc["KIT", "lead_time"] - 1
    assert kit["unit_cost"] == pytest.approx(1.5 * sources.loc["KIT", "unit_cost"])


def test_a_lever_names_the_gap_it_is_to_close_and_the_bucket_it_starts_in():
    rows = asked()[1]
    assert (rows["gap"] == "shortage").all()
    assert rows["gap_key"].tolist() == ["PUMP", "PUMP", "PUMP", "KIT"]
    assert rows["starts"].isna().all()


def test_customers_who_are_short_together_are_asked_about_once_all_alike():
    company = tiny.tables()

    def names(customers, short):
        said = {"shortages": short, "sources": company["sources"], "items": company["items"], "customers": customers}
        return [each.name for each in levers(Presop(), **said)[0]]

    both = pd.concat([SHORT.assign(customer_id="SHOP"), SHORT.assign(customer_id="WEB")])
    assert names(company["customers"], both).count("alike_line") == 1
    assert "alike_line" not in names(company["customers"], SHORT.assign(customer_id="SHOP"))  # only one of them waits
    assert "alike_line" not in names(company["customers"].assign(priority=1.0), both)


def test_a_supplier_gives_more_or_has_a_rival():
    short = shortages(("base", "KIT", OCT, 8.0, 300.0, "supplier", "ACME"))
    assert [each.name for each in asked(short)[0]] == ["second_source_acme"]  # there is no limit to widen
    limited = tiny.tables()["sources"].assign(qty_max=40.0)
    items = tiny.tables()["items"]
    scenarios, _ = levers(Presop(), shortages=short, sources=limited, items=items)
    assert [each.name for each in scenarios] == ["larger_acme", "second_source_acme"]


def test_levers_are_ranked_by_what_a_unit_of_the_gap_costs():
    late = shortages(
        ("base", "PUMP", SEP, 10.0, 1000.0, "resource", "LINE"), ("dear", "PUMP", SEP, 2.0, 200.0, "resource", "LINE")
    )
    money = pd.DataFrame({"scenario": ["base", "dear", "cheap", "idle"], "line": "revenue"})
    money["value"] = [5000.0, 5800.0, 5900.0, 5000.0]
    costs = pd.DataFrame({"scenario": ["base", "dear", "cheap", "idle"], "line": "purchase"})
    costs["value"] = [3000.0, 3720.0, 3300.0, 3000.0]
    late = pd.concat([late, shortages(("idle", "PUMP", SEP, 10.0, 1000.0, "resource", "LINE"))])
    money["family"] = "pumps"
    said = pd.DataFrame({"lever": ["dear", "idle", "cheap"], "cause": "resource", "cause_id": "LINE", "question": "?"})
    said = said.assign(gap="shortage", gap_key="PUMP")
    found = lever_results(said, shortages=late, financial_plan=money, costs=costs).set_index("lever")
    assert found.sort_values("rank").index.tolist() == ["cheap", "dear", "idle"]
    assert found.loc["cheap", ["closes_units", "closes_money", "costs", "earns", "cost_per_unit"]].tolist() == [
        10, 1000, 300, 600, 30
    ]  # fmt: skip
    assert found.loc["dear", ["closes_units", "costs", "earns", "cost_per_unit"]].tolist() == [8, 720, 80, 90]
    assert found.loc["dear", "cost_per_money"] == 720 / 800
    assert found.loc["idle", ["cost_per_unit", "cost_per_money"]].isna().all()


def test_without_levers_there_are_no_results():
    scenarios, said = asked(SHORT.head(0))
    money = pd.DataFrame({"scenario": ["base"], "line": ["revenue"], "value": [1.0]})
    found = lever_results(said, shortages=SHORT.head(0), financial_plan=money, costs=money.assign(line="purchase"))
    assert scenarios == []
    assert found.empty
    assert framed(found).empty


def test_at_most_three_levers_are_framed_one_a_cause_and_only_those_that_earn():
    rows = pd.DataFrame(
        {
            "lever": list("abcdef"),
            "cause": "resource",
            "cause_id": ["A", "A", "B", "C", "D", "E"],
            "earns": [10.0, 30.0, 20.0, -5.0, 5.0, 1.0],
        }
    )
    assert framed(rows)["lever"].tolist() == ["b", "c", "e"]
    assert framed(rows, most=1)["lever"].tolist() == ["b"]


def test_levers_solved_on_a_full_line_close_its_shortage():
    company = tiny.tables()
    tables = {name: frame for name, frame in company.items() if name in INPUTS}
    busy = tiny.demand_plan()
    busy["consensus"] *= 2
    tables |= {"demand_plan": busy, "lead_time_demand": table("lead_time_demand").empty()}
    solver = WhatIf(Supply(), **tables)
    base = solver.answer()
    scenarios, said = levers(Presop(), shortages=base["shortages"], sources=tables["sources"], items=tables["items"])
    plans = solve_scenarios(scenarios, tables, lambda name, changed: solver.answer(name, **changed), INPUTS)
    revenue = plans["supply_plan"].groupby("scenario", as_index=False)["shipped"].sum()
    money = revenue.rename(columns={"shipped": "value"}).assign(line="revenue", family="pumps")
    found = lever_results(said, shortages=plans["shortages"], financial_plan=money, costs=plans["costs"])
    closed = found.set_index("lever")["closes_units"]
    assert closed["shift_line"] > 1
    assert (closed >= -1e-6).all()
