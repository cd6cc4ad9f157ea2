"""Units: one unit in several spellings, forecasts, production and budget on another scale than the sales."""

import pandas as pd
import pytest
from doubted import add, change, doubted, only, sound, year

import tiny
from sopbench.contract import checked, table


def forecasts(factor, stream="sales", items=("PUMP", "KIT"), **more):
    units = {"PUMP": 90.0, "KIT": 45.0}
    rows = pd.MultiIndex.from_product([items, tiny.BUCKETS], names=["item_id", "bucket"]).to_frame(index=False)
    return checked(rows.assign(stream=stream, qty=rows["item_id"].map(units) * factor, **more), table("forecasts"))


def test_one_unit_written_in_several_ways_is_noted():
    raw = sound()
    raw["items"]["uom"] = ["EA", "Each.", "kg"]
    problem = only(raw)
    assert (problem.grade, problem.key, problem.value) == ("note", "uom=EA, Each.", "2 items")
    raw["items"]["uom"] = ["EA", "m2", "kg"]
    assert doubted(raw) == []


@pytest.mark.parametrize("factor", [12, 1 / 12])
def test_an_items_forecast_on_another_scale_is_told_with_its_years_revenue(factor):
    raw = sound()
    raw["forecasts"] = pd.concat([forecasts(1, items=["PUMP"]), forecasts(factor, items=["KIT"])])
    problem = only(raw)
    assert problem.key == "stream=sales, item_id=KIT"
    assert problem.money == pytest.approx(year(raw, "KIT"))


def test_forecasts_on_the_scale_of_the_sales_are_no_matter():
    raw = sound()
    raw["forecasts"] = pd.concat([forecasts(1.5), forecasts(0.5, stream="finance")])
    assert doubted(raw) == []


def test_a_forecast_for_one_customer_is_held_against_what_that_customer_bought():
    raw = sound()
    change(
        raw,
        "sales",
        "customer_id == 'WEB'",
        **{name: lambda v: v / 20 for name in ("qty_ordered", "qty_shipped", "revenue")},
    )
    raw["forecasts"] = forecasts(1 / 60, customer_id="WEB")  # a sixtieth of all, as WEB buys
    assert not [each for each in doubted(raw) if each.table == "forecasts"]


def test_a_whole_stream_on_another_scale_is_told_once():
    raw = sound()
    items, sales = raw["items"].query("item_id == 'KIT'"), raw["sales"].query("item_id == 'KIT'")
    names = [f"KIT{number}" for number in range(5)]
    raw["items"] = pd.concat([raw["items"], *(items.assign(item_id=name, unit_cost=9) for name in names)])
    raw["sales"] = pd.concat([raw["sales"], *(sales.assign(item_id=name) for name in names)])
    source = raw["sources"].query("item_id == 'KIT'")
    raw["sources"] = pd.concat([raw["sources"], *(source.assign(item_id=name) for name in names)])
    raw["forecasts"] = pd.concat([forecasts(12, items=["KIT"]).assign(item_id=name) for name in names])
    problem = only(raw)
    assert (problem.key, problem.value) == ("stream=sales", "5 items, half of them 11.9 times or more")
    assert problem.money == pytest.approx(5 * year(raw, "KIT"))


def test_production_in_another_unit_is_told():
    raw = sound()
    change(raw, "production", "", qty=lambda qty: qty * 12)
    problem = only(raw)
    assert (problem.table, problem.key) == ("production", "item_id=PUMP")
    add(
        raw,
        "sources",
        {"item_id": "PUMP", "location_id": "DC", "method": "buy", "origin_id": "ACME", "unit_cost": 40.0},
    )
    assert doubted(raw) == []  # what is bought too need not be made


def test_a_budget_in_thousands_is_told():
    raw = sound()
    change(raw, "budget", "", revenue=9.0)
    problem = only(raw)
    assert (problem.table, problem.key) == ("budget", "family=pumps")
    assert "budgeted revenue" in problem.message
    assert problem.money == pytest.approx(year(raw, "PUMP"))
