"""The financial plan adds up, by hand and in every plan the solver makes."""

import pandas as pd
import pytest
from plans_by_hand import OCT, SEP, plans

import tiny
from sopbench import presop, supply
from sopbench.contract import checked, table
from sopbench.params import Change, Scenario, Supply
from sopbench.presop.prices import revenue_of

NOV = pd.Timestamp("2025-11-01")
COSTS = ["overtime", "purchase_variance", "subcontracting", "transport", "holding", "write_off"]


def by_hand(**more) -> pd.DataFrame:
    company, made = tiny.tables() | more, plans()
    made = {name: made[name] for name in ("supply_plan", "sourcing_plan", "capacity_plan", "costs")}
    return presop.financial_plan(**{name: company[name] for name in ("items", "events", "resources")}, **made)


def lines(plan: pd.DataFrame) -> pd.DataFrame:
    return plan.pivot_table("value", ["scenario", "family", "bucket"], "line", "sum")


def test_lines_by_hand():
    found = lines(by_hand()).loc["base"]
    assert found.loc[("pumps", SEP)].to_dict() == {
        "units": 90, "revenue": 9000, "cost_of_goods": 3600, "gross_margin": 5400,
        "overtime": 0, "purchase_variance": 0, "subcontracting": 0, "transport": 0, "holding": 80, "write_off": 0,
        "contribution": 5320, "inventory_value": 4000, "backlog_value": 0,
    }  # fmt: skip
    pumps = found.loc[("pumps", OCT)]
    assert pumps["overtime"] == 20 * (30 - 20)
    assert pumps["transport"] == 50
    assert pumps["contribution"] == 80 * 60 - 200 - 50
    assert pumps["backlog_value"] == 1500
    kits = found.loc[("kits", OCT)]
    assert kits["purchase_variance"] == 30 * (11 - 10)
    assert kits["write_off"] == 4 * 10
    assert kits["contribution"] == 40 * 15 - 30 - 40


def test_every_family_and_bucket_has_every_line():
    assert (by_hand().groupby(["family", "bucket"])["line"].nunique() == 13).all()
    assert len(by_hand()) == 3 * 2 * 13


def test_an_item_without_standard_cost_has_no_variance():
    items = tiny.tables()["items"]
    items.loc[items["item_id"] == "SEAL", "unit_cost"] = 0.0
    assert lines(by_hand(items=items)).loc[("base", "components", OCT), "purchase_variance"] == 0


def test_an_event_changes_the_price_while_it_holds():
    event = {"event_id": ["E1", "E2"], "scope": ["family:pumps", "item:PUMP"], "start": [OCT, OCT], "end": [OCT, OCT]}
    events = checked(pd.DataFrame(event | {"price": [90.0, 85.0]}), table("events"))
    revenue = lines(by_hand(events=events)).loc["base"]["revenue"]
    assert revenue["pumps", SEP] == 9000
    assert revenue["pumps", OCT] == 80 * 85
    assert revenue["kits", OCT] == 40 * 25


@pytest.fixture(scope="module")
def solved() -> tuple[list[Scenario], dict, dict]:
    change = Change(table="demand_plan", column="consensus", multiply=1.3, where={"family": "pumps"})
    dearer = Change(table="items", column="unit_price", multiply=1.1, where={"family": "kits"})
    scenarios = [
        Scenario(name="busy", question="?", changes=[change]),
        Scenario(name="dearer", question="?", kind="option", cost=100, changes=[dearer]),
    ]
    tables = {name: frame for name, frame in tiny.tables().items() if name in (*supply.INPUTS, "events")}
    tables |= {"demand_plan": tiny.demand_plan(), "lead_time_demand": table("lead_time_demand").empty()}

    return scenarios, tables, solved_anew(scenarios, tables)


def solved_anew(scenarios, tables):
    base = {each: tables[each] for each in supply.INPUTS}
    return presop.solve_scenarios(
        scenarios,
        tables,
        lambda name, changed: supply.plan(Supply(), **{**base, **changed}, scenario=name),
        supply.INPUTS,
    )


def test_only_what_differs_from_base_is_handed_to_the_solver(solved):
    scenarios, tables, made = solved
    asked = {}

    def solve(name, changed):
        asked[name] = set(changed)
        return {each: frame[frame["scenario"] == "base"].assign(scenario=name) for each, frame in made.items()}

    presop.solve_scenarios(scenarios, tables, solve, supply.INPUTS)
    assert asked == {"base": set(), "busy": {"demand_plan"}, "dearer": {"items"}}


def test_what_is_shipped_late_brings_the_price_of_the_month_it_was_ordered_in():
    rows = pd.DataFrame({
        "scenario": "base", "item_id": "PUMP", "location_id": "DC", "bucket": [SEP, OCT, NOV],
        "demand": [100.0, 50.0, 20.0], "shipped": [70.0, 60.0, 40.0], "lost": [0.0, 10.0, 0.0],
        "backlog": [40.0, 20.0, 0.0],
    })  # fmt: skip
    price = pd.DataFrame({"item_id": "PUMP", "bucket": [SEP, OCT, NOV], "price": [9.0, 10.0, 11.0]})
    # 10 were owed before: 110 at 9; October's 40 at 10; November's 20 at 11
    assert revenue_of(rows, price).tolist() == [70 * 9.0, 40 * 9.0 + 20 * 10.0, 20 * 10.0 + 20 * 11.0]


def test_margins_add_up_in_every_scenario(solved):
    scenarios, tables, made = solved
    money = lines(presop.financial_plans(scenarios, tables, made, tiny.tables()["sales"]))
    assert set(money.index.get_level_values("scenario")) == {"base", "busy", "dearer"}
    assert (money["gross_margin"] - money["revenue"] + money["cost_of_goods"]).abs().max() < 1e-9
    assert (money["contribution"] - money["gross_margin"] + money[COSTS].sum(axis=1)).abs().max() < 1e-9
    shipped = made["supply_plan"].groupby("scenario")["shipped"].sum()
    pd.testing.assert_series_equal(money["units"].groupby("scenario").sum(), shipped, check_names=False)


def test_overtime_adds_up_over_families_to_what_the_resources_are_paid_extra(solved):
    scenarios, tables, made = solved
    money = lines(presop.financial_plans(scenarios, tables, made, tiny.tables()["sales"]))
    hours = made["capacity_plan"].groupby("scenario")["overtime"].sum()
    assert hours["busy"] > 50
    assert money["overtime"].groupby("scenario").sum().to_dict() == pytest.approx((hours * 10).to_dict())


def test_a_scenario_is_valued_at_its_own_prices(solved):
    scenarios, tables, made = solved
    money = lines(presop.financial_plans(scenarios, tables, made, tiny.tables()["sales"]))
    kits = money.xs("kits", level="family").groupby("scenario")[["units", "revenue"]].sum()
    price = kits["revenue"] / kits["units"]
    assert price["dearer"] == pytest.approx(27.5)
    assert price["base"] == pytest.approx(25.0)


def test_solving_twice_gives_the_same_bytes(solved):
    scenarios, tables, made = solved

    again = solved_anew(scenarios, tables)
    for name, frame in made.items():
        pd.testing.assert_frame_equal(frame, again[name], check_exact=True)
        checked(frame, table(name))
