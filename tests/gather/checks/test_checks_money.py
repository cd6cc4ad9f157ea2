"""Money: prices and costs that are nothing, far from what was invoiced, or dearer in parts than in all."""

import pandas as pd
import pytest
from doubted import add, change, doubted, only, sound, year


def test_a_price_below_cost_is_told_with_the_years_loss():
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", unit_price=8.0)
    problem = only(raw)
    assert (problem.value, problem.money) == ("8.00 against 10.00", pytest.approx(2 * year(raw, "KIT", "qty_shipped")))


def test_an_item_sold_without_a_price_is_told_and_not_as_below_cost():
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", unit_price=0.0)
    problem = only(raw)
    assert "its list price is 0" in problem.message
    assert problem.money == pytest.approx(year(raw, "KIT"))


def test_an_item_sold_without_a_cost_is_told():
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", unit_cost=0.0)
    assert "its cost is 0" in only(raw).message


@pytest.mark.parametrize("price", [130.0, 4.0])
def test_a_list_price_far_from_what_was_invoiced_is_told(price):
    raw = sound()
    change(raw, "items", "item_id == 'KIT'", unit_price=price, unit_cost=3.0)
    problem = only(raw)
    assert problem.value == f"25.00 invoiced, {price:,.2f} in the list"


def test_a_discount_is_no_matter():
    raw = sound()
    change(raw, "sales", "item_id == 'KIT'", revenue=lambda money: money * 0.5)
    assert doubted(raw) == []


def test_units_given_away_are_told_with_their_value_in_the_list():
    raw = sound()
    change(raw, "sales", "item_id == 'KIT'", revenue=0.0)
    assert only(raw).money == pytest.approx(25 * year(raw, "KIT", "qty_shipped"))


def test_a_quantity_in_the_bill_that_makes_a_component_dearer_than_its_parent_is_told():
    raw = sound()
    change(raw, "bom", "", qty_per=200.0)
    problem = [each for each in doubted(raw) if each.table == "bom"]
    assert [each.key for each in problem] == ["item_id=PUMP, component_id=SEAL"]
    assert problem[0].value == "200 for 400.00, parent 40.00"
    assert problem[0].money == pytest.approx(year(raw, "PUMP"))


def test_components_that_cost_more_together_than_the_item_sells_for_are_told_with_the_loss():
    raw = sound()
    names = [f"PART{number}" for number in range(3)]
    add(raw, "items", *({"item_id": name, "family": "components", "unit_cost": 40.0} for name in names))
    add(raw, "bom", *({"item_id": "PUMP", "component_id": name, "qty_per": 1.0} for name in names))
    rows = ({"item_id": name, "location_id": "PLANT", "method": "buy", "unit_cost": 40.0} for name in names)
    add(raw, "sources", *rows)
    problem = only(raw)
    assert (problem.key, problem.value) == ("item_id=PUMP", "124.00 against 100.00")
    assert problem.money == pytest.approx(24 * year(raw, "PUMP", "qty_shipped"))


def test_of_many_findings_of_a_kind_the_dearest_are_told_and_the_others_summed():
    raw = sound()
    names = [f"KIT{number:02}" for number in range(30)]
    for table in ("items", "sales", "sources"):
        rows = raw[table].query("item_id == 'KIT'")
        raw[table] = pd.concat([raw[table], *(rows.assign(item_id=name) for name in names)], ignore_index=True)
    raw["items"].loc[raw["items"]["item_id"].isin(names), "unit_price"] = 8.0
    change(
        raw,
        "sales",
        "item_id == 'KIT07' and customer_id == 'SHOP'",
        qty_shipped=lambda v: v * 2,
        revenue=lambda v: v * 2,
    )
    found = doubted(raw)
    assert len(found) == 21
    assert found[0].key == "item_id=KIT07"
    assert found[-1].key == "10 more items"
    assert found[-1].money == pytest.approx(10 * 2 * year(raw, "KIT", "qty_shipped"))


@pytest.mark.parametrize("factor", [6.0, 1 / 6])
def test_a_purchase_far_from_the_items_own_cost_is_told_with_the_revenue_that_hangs_on_it(factor):
    raw = sound()
    change(raw, "sources", "item_id == 'SEAL'", unit_cost=2.0 * factor)
    problem = only(raw)
    assert problem.key == "item_id=SEAL, location_id=PLANT, origin_id=ACME"
    assert problem.money == pytest.approx(year(raw, "PUMP"))


def test_a_purchase_of_an_item_without_a_cost_or_a_few_times_dearer_is_no_matter_of_currency():
    raw = sound()
    change(raw, "sources", "item_id == 'SEAL'", unit_cost=8.0)
    assert doubted(raw) == []
    change(raw, "items", "item_id == 'SEAL'", unit_cost=0.0)
    assert [each for each in doubted(raw) if each.table == "sources"] == []


def test_a_fault_of_the_whole_column_is_told_once():
    raw = sound()
    names = [f"KIT{number:02}" for number in range(20)]
    for table in ("items", "sales", "sources"):
        rows = raw[table].query("item_id == 'KIT'")
        raw[table] = pd.concat([raw[table], *(rows.assign(item_id=name) for name in names)], ignore_index=True)
    change(raw, "sources", "method == 'buy'", unit_cost=lambda cost: cost * 160)
    change(raw, "sales", "", revenue=lambda money: money * 100)
    found = {each.table: each for each in doubted(raw) if each.table in ("items", "sources")}
    assert found["items"].value == "22 of 22 items, about 100 times"
    assert found["items"].money == pytest.approx(raw["sales"].query("bucket >= '2024-09-01'")["revenue"].sum())
    assert found["sources"].value == "22 of 22 sources, about 160 times"
    assert len([each for each in doubted(raw) if each.table in ("items", "sources")]) == 2


def test_a_purchase_that_costs_nothing_is_told():
    raw = sound()
    change(raw, "sources", "item_id == 'KIT'", unit_cost=0.0)
    problem = only(raw)
    assert "the purchase costs nothing" in problem.message and problem.value == "0 in sources, 10.00 in items"
