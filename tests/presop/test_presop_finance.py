"""The financial plan adds up, by hand and in every plan the solver makes."""

import pandas as pd
import pytest
from plans_by_hand import OCT, SEP, plans

import tiny
from sopbench import presop, supply
from sopbench.contract import checked, table
from sopbench.params import Change, Scenario, Supply

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

    def solve(name, changed):
        return supply.plan(Supply(), **{each: changed[each] for each in supply.INPUTS}, scenario=name)

    return scenarios, tables, presop.solve_scenarios(scenarios, tables, solve)


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

    def solve(name, changed):
        return supply.plan(Supply(), **{each: changed[each] for each in supply.INPUTS}, scenario=name)

    again = presop.solve_scenarios(scenarios, tables, solve)
    for name, frame in made.items():
        pd.testing.assert_frame_equal(frame, again[name], check_exact=True)
        checked(frame, table(name))
