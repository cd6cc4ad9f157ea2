"""Charts and tables of supply planning say what the tables hold, also where there is nothing to show."""

import pytest

import tiny
from sopbench.contract import table
from sopbench.params import Supply
from sopbench.supply import CHECKED, INPUTS, check_balances, plan
from sopbench.views import supply as charts
from sopbench.views import svg


def planned(**changed):
    tables = tiny.tables() | {"demand_plan": tiny.demand_plan()} | changed
    tables["lead_time_demand"] = table("lead_time_demand").empty()
    return tables, plan(Supply(), **{name: tables[name] for name in INPUTS})


@pytest.fixture(scope="module")
def easy():
    return planned()


@pytest.fixture(scope="module")
def tight():
    rows = tiny.demand_plan()
    pumps = rows["item_id"] == "PUMP"
    return planned(demand_plan=rows.assign(consensus=rows["consensus"].where(~pumps, rows["consensus"] * 2)))


@pytest.fixture(scope="module")
def without_resources():
    empty = {name: tiny.tables()[name].head(0) for name in ("resources", "capacity", "routings")}
    return planned(**empty)


def drawn(tables, made):
    """Every chart, drawn."""
    items = tables["items"]
    return [
        chart.to_dict()["title"]["text"]
        for chart in (
            charts.demand_against_shipped(made["supply_plan"], items, "EUR"),
            charts.load_against_capacity(made["capacity_plan"], tables["sources"]),
            charts.worth_of_an_hour(made["capacity_plan"], "EUR"),
            charts.stock_against_safety_stock(made["supply_plan"], items, "EUR"),
            charts.cost_by_line(made["costs"], "EUR"),
        )
    ]


def test_titles_say_that_all_is_well(easy):
    shipped, load, hour, stock, cost = drawn(*easy)
    assert shipped == "100.0% of what is wanted is shipped before the plan ends"
    assert load == "1 of 1 resources is at full capacity in some month"
    assert hour == "No resource is so full that one more hour would save anything"
    assert stock.startswith("Stock goes from")
    # 12,287 in all, of which 96 for safety stock used in the peak
    assert cost == "The plan costs 12 k EUR and is charged 96 EUR for what it falls short of"


def test_titles_say_what_is_short(tight):
    shipped, load, hour, _, _ = drawn(*tight)
    assert not shipped.startswith("100.0%")
    assert hour.startswith("One more hour on LINE in ")
    assert load == "1 of 1 resources is at full capacity in some month"


def test_a_company_without_resources_is_drawn_too(without_resources):
    assert drawn(*without_resources)[1] == "No resource is loaded"


def test_words_name_what_is_late_and_what_is_full(easy, tight):
    def words(tables, made):
        parts = (made["supply_plan"], made["shortages"], made["capacity_plan"], tables["items"])
        return charts.in_words(*parts, "EUR")

    assert "**100.0% is shipped in the month it is wanted in**" in words(*easy)
    assert "nothing is owed at the end" in words(*easy)
    assert "At full capacity, overtime included: LINE in " in words(*tight)


def test_shortages_are_ranked_by_revenue_and_add_up(tight):
    tables, made = tight
    causes = charts.short_by_cause(made["shortages"])
    assert causes["revenue_at_risk"].is_monotonic_decreasing
    assert causes["revenue_at_risk"].sum() == pytest.approx(made["shortages"]["revenue_at_risk"].sum())
    assert causes.iloc[0][["cause", "which"]].tolist() == ["resource", "LINE"]
    largest = charts.largest_shortages(made["shortages"], tables["items"], most=3)
    assert len(largest) == 3
    assert largest["revenue_at_risk"].is_monotonic_decreasing


def test_first_orders_are_those_that_start_in_the_first_bucket(easy):
    tables, made = easy
    first = charts.first_orders(made["sourcing_plan"], tables["items"], tiny.START)
    assert first[["method", "item_id", "qty"]].to_numpy().tolist() == [
        ["make", "PUMP", 100.0], ["move", "PUMP", 60.0], ["buy", "KIT", 40.0], ["buy", "SEAL", 190.0],
    ]  # fmt: skip
    assert first["value"].tolist() == [4000.0, 2400.0, 400.0, 380.0]


def test_cost_by_family_adds_up_to_the_objective(tight):
    families = charts.cost_by_family(tight[1]["costs"])
    assert families[["paid", "fell_short"]].sum().sum() == pytest.approx(tight[1]["solution"]["objective"].iloc[0])


def test_a_broken_rule_is_named(easy):
    tables, made = easy
    inputs = {name: tables[name] for name in CHECKED}
    assert charts.balance_in_words(check_balances(**made, **inputs)).startswith("All 19 rules hold")
    wrong = made | {"supply_plan": made["supply_plan"].assign(stock=made["supply_plan"]["stock"] + 50)}
    assert "**The rule stock is broken**" in charts.balance_in_words(check_balances(**wrong, **inputs))


def test_unconstrained_demand_stands_beside_what_is_shipped_of_it(tight):
    """Twice the demand for pumps on one line: what is wanted, shipped and left over add up by family."""
    tables, made = tight
    rows = charts.constrained_table(made["supply_plan"], tables["items"]).set_index("family")
    assert rows.index.tolist() == ["pumps", "kits"]  # nobody buys a component
    demand = tables["demand_plan"].query("item_id == 'PUMP'")["consensus"].sum() * 100.0
    pumps = rows.loc["pumps"]
    assert pumps["unconstrained"] == pytest.approx(demand)
    assert pumps["constrained"] < demand
    assert pumps[["constrained", "lost", "owed_at_end"]].sum() == pytest.approx(demand, rel=1e-6)
    chart = charts.constrained_by_family(made["supply_plan"], tables["items"], "EUR")
    assert chart.to_dict()["title"]["text"].startswith("Unconstrained demand is ")
    assert svg(chart).startswith("<svg")
