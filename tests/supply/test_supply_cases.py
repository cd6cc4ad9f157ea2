"""Published cases, each a folder of contract tables with a params file: the plan costs what the books say.

Red Tomato Tools: Chopra and Meindl, Supply Chain Management, on aggregate planning. The lot-sizing case is of the
kind of Wagner and Whitin, Dynamic version of the economic lot size model, Management Science 5, 1958. P & T Company:
Hillier and Lieberman, Introduction to Operations Research, on the transportation problem. Chase and level is counted
by hand in its params file, the dairy is computed here in another way.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from sopbench import demand, gather, supply
from sopbench.contract import checked, table
from sopbench.cycle import open_cycle

CASES = Path(__file__).parents[1] / "cases"


def inputs_of(case: str, **settings):
    """The cycle of a case, with settings of its supply step, and the tables that gather and demand make of it."""
    cycle = open_cycle(CASES / case / "params.yaml", None, supply=settings)
    asked, params = cycle.params.gather, cycle.params
    raw = gather.read(cycle.source, cycle.mapping, cycle.start, asked.csv, None, params.company)
    tables, _ = gather.assemble(raw, cycle.start, params.horizon, asked, params.frequency)
    inputs = {name: tables[name] for name in demand.INPUTS}
    return params.supply, tables | demand.plan(params.demand, cycle.start, params.horizon, **inputs)


def planned(case: str, **settings):
    """The supply plan of a case; it balances."""
    how, tables = inputs_of(case, **settings)
    made = supply.plan(how, **{name: tables[name] for name in supply.INPUTS})
    balance = supply.check_balances(**made, **{name: tables[name] for name in supply.CHECKED}, without=how.without)
    assert balance["violation"].max() < 1e-6, balance
    return made


def cost(made) -> float:
    return made["solution"]["objective"].iloc[0]


@pytest.mark.parametrize(
    ("case", "least"),
    [
        ("red_tomato_tools", 422_275),
        ("red_tomato_tools_whole", 422_660),
        ("wagner_whitin", 1_380),
        ("p_and_t", 152_535),
    ],
)
def test_the_least_cost_is_the_published_one(case, least):
    made = planned(case)
    assert cost(made) == pytest.approx(least, abs=0.5)
    assert (made["solution"]["status"] == "optimal").all()
    assert made["costs"]["value"].sum() == pytest.approx(cost(made), rel=1e-9)


def test_red_tomato_ends_with_its_stock_and_owes_nothing():
    last = planned("red_tomato_tools")["supply_plan"].iloc[-1]
    assert (last["stock"], last["backlog"]) == (pytest.approx(500), pytest.approx(0, abs=1e-6))


def test_people_in_whole_numbers_are_whole():
    people = planned("red_tomato_tools_whole")["capacity_plan"]
    assert (people["headcount"] % 1 == 0).all()


def test_orders_are_those_of_wagner_and_whitin():
    orders = planned("wagner_whitin")["supply_plan"]["buy"]
    assert list(orders) == pytest.approx([210, 0, 150, 0])


def test_a_level_plan_keeps_the_people_it_starts_with_and_a_chase_plan_keeps_no_stock():
    level, chase = planned("red_tomato_tools", strategy="level"), planned("red_tomato_tools", strategy="chase")
    heads = level["capacity_plan"]["headcount"]
    assert heads.max() == pytest.approx(heads.min())
    assert (level["capacity_plan"]["hired"].iloc[1:] == 0).all()
    stock = chase["supply_plan"]["stock"]
    assert stock.iloc[1:-1].max() < 1e-6 and stock.iloc[-1] == pytest.approx(500)  # what is laid down for the end
    assert cost(chase) > cost(level) >= 422_275 - 0.5


def test_without_a_limit_the_plan_costs_no_more():
    free = planned("red_tomato_tools", without=["capacity", "stock_targets"])
    assert cost(free) < 422_275


def test_last_cycle_s_plan_is_kept_where_changing_it_costs_more_than_it_brings():
    how, tables = inputs_of("red_tomato_tools", stability_price=50.0, stability_fence=6)
    inputs = {name: tables[name] for name in supply.INPUTS}
    last = supply.plan(how, **inputs)["sourcing_plan"]
    moved = inputs | {"demand_plan": inputs["demand_plan"].assign(consensus=lambda rows: rows["consensus"] * 1.05)}
    kept = supply.plan(how, **moved, last_sourcing_plan=last)
    free = supply.plan(how.model_copy(update={"stability_price": 0.0}), **moved, last_sourcing_plan=last)
    nervous = [each["solution"]["nervousness"].iloc[0] for each in (kept, free)]
    assert nervous[0] < nervous[1]
    before = last.groupby("start_bucket")["qty"].sum()
    now = kept["sourcing_plan"].groupby("start_bucket")["qty"].sum()
    assert nervous[0] == pytest.approx(0, abs=1e-9) or not now.equals(before)


def test_a_market_pays_its_own_price_and_a_promise_to_it_is_kept():
    how, tables = inputs_of("red_tomato_tools", headcount="given", objective="margin")
    inputs = {name: tables[name] for name in supply.INPUTS}
    inputs["items"] = inputs["items"].assign(strategy="MTS")
    terms = {
        "item_id": ["TOOL"],
        "location_id": "PLANT",
        "customer_id": "",
        "unit_price": 5.0,
        "share_min": float("nan"),
    }
    cheap = inputs | {"sales_terms": checked(pd.DataFrame(terms), table("sales_terms"))}
    assert supply.plan(how, **cheap)["supply_plan"]["make"].sum() == 0  # 26 to make, 5 to sell
    kept = cheap | {"sales_terms": checked(pd.DataFrame(terms | {"share_min": 0.5}), table("sales_terms"))}
    made = supply.plan(how, **kept)["supply_plan"]
    assert made["lost"].sum() <= 0.5 * made["demand"].sum() + 1e-6


def test_the_peas_go_where_hillier_and_lieberman_send_them():
    made = planned("p_and_t")
    sent = made["sourcing_plan"].set_index(["origin_id", "location_id"])["qty"].to_dict()
    assert sent == pytest.approx(
        {
            ("ALBERT_LEA", "ALBUQUERQUE"): 30,
            ("ALBERT_LEA", "RAPID_CITY"): 70,
            ("BELLINGHAM", "ALBUQUERQUE"): 55,
            ("BELLINGHAM", "SALT_LAKE_CITY"): 20,
            ("EUGENE", "SACRAMENTO"): 80,
            ("EUGENE", "SALT_LAKE_CITY"): 45,
        }
    )
    assert made["capacity_plan"]["utilisation"].tolist() == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    ("strategy", "heads", "lines"),
    [
        ("level", [10, 10, 10, 10], {"wages": 4000, "holding": 80}),
        ("chase", [8, 10, 12, 10], {"wages": 4000, "hiring": 80, "lay_off": 120}),
        ("optimal", [10, 10, 10, 10], {"wages": 4000, "holding": 80}),
    ],
)
def test_chase_and_level_cost_what_they_do_by_hand(strategy, heads, lines):
    made = planned("chase_and_level", strategy=strategy)
    assert made["capacity_plan"]["headcount"].tolist() == pytest.approx(heads)
    assert made["costs"].groupby("line")["value"].sum().to_dict() == pytest.approx(lines)


def dairy(keeps: dict[str, int]) -> float:
    """Least cost of the dairy: what is made in a month and sold in that one or a later one, as long as it keeps."""
    wanted = {"YOGHURT": [30, 10, 90, 30], "CHEESE": [20, 45, 30, 50]}
    unit, hours, holding = {"YOGHURT": 1, "CHEESE": 2}, {"YOGHURT": 1, "CHEESE": 2}, {"YOGHURT": 0.1, "CHEESE": 0.8}
    ways = [
        (item, made, sold)
        for item, months in keeps.items()
        for made in range(4)
        for sold in range(made, min(made + months, 3) + 1)
    ]
    costs = [unit[item] + holding[item] * (sold - made) for item, made, sold in ways]
    regular, overtime = np.eye(4), np.eye(4)
    load = np.array([[hours[item] * (made == month) for item, made, _ in ways] for month in range(4)])
    sales = [(item, month) for item in wanted for month in range(4)]
    served = np.array([[float((item, sold) == each) for item, _, sold in ways] for each in sales])
    found = linprog(
        [*costs, *[2] * 4, *[3] * 4],
        A_ub=np.hstack([load, -regular, -overtime]),
        b_ub=np.zeros(4),
        A_eq=np.hstack([served, np.zeros((8, 8))]),
        b_eq=[wanted[item][month] for item, month in sales],
        bounds=[(0, None)] * len(ways) + [(0, 100)] * 4 + [(0, 20)] * 4,
    )
    return found.fun


def test_two_products_of_one_crew_one_of_which_perishes_cost_what_another_programme_says():
    made, keeping = planned("dairy"), planned("dairy", without=["shelf_life"])
    assert cost(made) == pytest.approx(dairy({"YOGHURT": 1, "CHEESE": 3}))
    assert cost(keeping) == pytest.approx(dairy({"YOGHURT": 3, "CHEESE": 3}))
    assert cost(made) > cost(keeping) + 1
    assert made["shortages"].empty and made["supply_plan"]["written_off"].max() < 1e-6
