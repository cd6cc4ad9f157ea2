"""The financial plan adds up, by hand and in every plan the solver makes."""

import pandas as pd
import pytest
from plans_by_hand import OCT, SEP, plans

import tiny
from sopbench import presop, supply
from sopbench.contract import checked, table
from sopbench.params import Change, Presop, Scenario, Supply
from sopbench.presop.cash import BALANCES
from sopbench.presop.finance import GIVEN, LINES, MADE, OPERATING_COSTS
from sopbench.presop.prices import revenue_of
from sopbench.presop.sold import sold

NOV = pd.Timestamp("2025-11-01")


def by_hand(**more) -> pd.DataFrame:
    company, made = tiny.tables() | more, plans()
    given = {name: company[name] for name in (*GIVEN, "sales")} | {name: made[name] for name in MADE}
    return presop.financial_plan(**given, settings=Presop())


def lines(plan: pd.DataFrame) -> pd.DataFrame:
    return plan.pivot_table("value", ["scenario", "family", "bucket"], "line", "sum")


def test_lines_by_hand():
    found = lines(by_hand()).loc["base"]
    assert found.loc[("pumps", SEP)].drop(BALANCES).to_dict() == {
        "units": 90, "revenue": 9000, "cost_of_goods": 3600, "gross_margin": 5400,
        "overtime": 0, "idle_wages": 0, "hiring": 0, "set_up": 0,
        "purchase_variance": 0, "subcontracting": 0, "transport": 0, "holding": 80, "write_off": 0,
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
    assert (by_hand().groupby(["family", "bucket"])["line"].nunique() == len(LINES)).all()
    assert len(by_hand()) == 3 * 2 * len(LINES)


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
        "scenario": "base", "item_id": "PUMP", "location_id": "DC", "customer_id": "WEB", "bucket": [SEP, OCT, NOV],
        "demand": [100.0, 50.0, 20.0], "shipped": [70.0, 60.0, 40.0], "lost": [0.0, 10.0, 0.0],
        "backlog": [40.0, 20.0, 0.0], "price": [9.0, 10.0, 11.0],
    })  # fmt: skip
    # 10 were owed before: 110 at 9; October's 40 at 10; November's 20 at 11
    assert revenue_of(rows).tolist() == [70 * 9.0, 40 * 9.0 + 20 * 10.0, 20 * 10.0 + 20 * 11.0]


def test_margins_add_up_in_every_scenario(solved):
    scenarios, tables, made = solved
    money = lines(presop.financial_plans(scenarios, tables, made, tiny.tables()["sales"]))
    assert set(money.index.get_level_values("scenario")) == {"base", "busy", "dearer"}
    assert (money["gross_margin"] - money["revenue"] + money["cost_of_goods"]).abs().max() < 1e-9
    assert (money["contribution"] - money["gross_margin"] + money[OPERATING_COSTS].sum(axis=1)).abs().max() < 1e-9
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


def test_a_market_pays_its_own_price_unless_an_event_sells_for_less():
    """WEB pays 80 for a PUMP, customers pay 90 % of list and event prices; in October an event sells it for 85."""
    shipments = plans()["shipments"]
    web = (shipments["customer_id"] == "WEB") & (shipments["item_id"] == "PUMP")
    shipments["own_price"] = shipments["own_price"].mask(web, 80.0)
    event = {"event_id": ["E1"], "scope": ["item:PUMP"], "start": [OCT], "end": [OCT], "price": [85.0]}
    events = checked(pd.DataFrame(event), table("events"))
    items = tiny.tables()["items"]
    realised = pd.DataFrame({"item_id": ["PUMP"], "share": [0.9]})
    found = sold(items, events, shipments, realised).query("item_id == 'PUMP'")
    revenue = found.set_index(["customer_id", "bucket"])["revenue"]
    assert revenue["SHOP", SEP] == pytest.approx(60 * 90)
    assert revenue["WEB", SEP] == pytest.approx(30 * 80)
    assert revenue["SHOP", OCT] == pytest.approx(53 * 85 * 0.9)
    assert revenue["WEB", OCT] == pytest.approx(27 * 85 * 0.9)


def test_people_hired_paid_idle_and_set_ups_are_paid_beyond_standard():
    """3 people of 50 h at 1,000 work 120 of 150 h: a fifth of 3,000 is idle; 500 for hiring, 70 for lots."""
    company, made = tiny.tables(), plans()
    resources = company["resources"].assign(wage=1000.0)
    people = {"headcount": [2.0, 3.0], "regular": [100.0, 120.0], "regular_available": [100.0, 150.0], "overtime": 0.0}
    made["capacity_plan"] = made["capacity_plan"].assign(**people)
    booked = {"wages": 3000.0, "hiring": 400.0, "lay_off": 100.0, "set_up": 70.0}
    costs = pd.DataFrame({"line": booked.keys(), "value": booked.values()})
    made["costs"] = checked(costs.assign(scenario="base", family="pumps", bucket=OCT), table("costs"))
    given = {name: company[name] for name in (*GIVEN, "sales")} | {name: made[name] for name in MADE}
    plan = lines(presop.financial_plan(**given | {"resources": resources}, settings=Presop()))
    found = plan.loc[("base", "pumps", OCT)]
    assert found[["idle_wages", "hiring", "set_up"]].tolist() == pytest.approx([600, 500, 70])
    assert found["contribution"] == pytest.approx(found["gross_margin"] - 600 - 500 - 70 - 50)


def test_money_rows_add_up_to_the_plan_in_money_by_family_and_bucket(solved):
    scenarios, tables, made = solved
    plan = presop.financial_plans(scenarios, tables, made, tiny.tables()["sales"])
    plan = lines(plan).loc["busy"][["units", "revenue", "cost_of_goods", "gross_margin"]]
    given = {name: tables[name] for name in ("items", "customers", "events")}
    places = tiny.tables()["locations"].assign(region="north")
    shipments = made["shipments"].query("scenario == 'busy'")
    rows = presop.money_rows(**given, locations=places, shipments=shipments)
    sums = rows.groupby(["family", "bucket"])[list(plan.columns)].sum().reindex(plan.index, fill_value=0.0)
    assert (sums - plan).abs().to_numpy().max() < 0.005
    assert set(zip(rows["customer_id"], rows["channel"], rows["region"], strict=True)) == {
        ("SHOP", "retail", "north"),
        ("WEB", "online", "north"),
    }
