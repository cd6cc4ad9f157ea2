"""What contradicts itself stops the cycle in one message; what is odd is listed with its mend and its money."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench import gather
from sopbench.contract import TABLES, PlanningError, table
from sopbench.gather.checks import stock
from sopbench.gather.checks.facts import facts_of
from sopbench.gather.loops import loops
from sopbench.gather.references import unknown_references
from sopbench.params import Gather


def errors(raw, start=tiny.START):
    with pytest.raises(PlanningError) as caught:
        gather.assemble(raw, start, 6, Gather(source="x"))
    return [str(problem) for problem in caught.value.problems]


def findings(raw):
    return gather.assemble(raw, tiny.START, 6, Gather(source="x"))[1]


def test_the_tiny_company_has_nothing_to_find():
    assert findings(tiny.tables()).empty


@pytest.mark.parametrize(
    ("name", "column", "target"),
    [
        ("sales", "item_id", "items"),
        ("sales", "location_id", "locations"),
        ("sales", "customer_id", "customers"),
        ("sources", "item_id", "items"),
        ("sources", "location_id", "locations"),
        ("bom", "component_id", "items"),
        ("on_hand", "item_id", "items"),
        ("routings", "resource_id", "resources"),
        ("routings", "item_id", "items"),
        ("policies", "location_id", "locations"),
        ("receipts", "item_id", "items"),
        ("open_orders", "customer_id", "customers"),
        ("production", "item_id", "items"),
        ("budget", "family", "items"),
        ("resources", "location_id", "locations"),
    ],
)
def test_an_unknown_name_is_told_with_table_value_and_mend(name, column, target):
    raw = tiny.tables()
    raw[name].loc[0, column] = "NOWHERE"
    mend = f"Mend: add it to {target}, or correct it in {name}"
    told = [str(problem) for problem in unknown_references(raw)]
    assert f"{name} [{column}=NOWHERE]: {column} is not in {target} (found: 1 row). {mend}" in told


def test_an_unknown_item_in_sales_says_how_many_rows_and_how_much_money():
    raw = tiny.tables()
    wrong = raw["sales"]["item_id"] == "KIT"
    money = raw["sales"].loc[wrong, "revenue"].sum()
    raw["sales"].loc[wrong, "item_id"] = "CAT"
    with pytest.raises(PlanningError) as caught:
        gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    [problem] = caught.value.problems
    assert (problem.key, problem.value, problem.money) == ("item_id=CAT", "72 rows", money)


def test_many_unknown_names_are_counted_the_commonest_told():
    raw = tiny.tables()
    raw["sales"]["item_id"] = [f"X{number // 9}" for number in range(len(raw["sales"]))]
    told = errors(raw)
    assert len(told) == 6
    assert "11 more values of item_id" in told[-1]


@pytest.mark.parametrize("scope", ["item:CAT", "family:cats", "PUMP", "everything"])
def test_an_event_must_move_something_known(scope):
    raw = tiny.tables()
    raw["events"] = pd.DataFrame({"event_id": ["1"], "scope": scope})
    [problem] = unknown_references(raw)
    assert "scope is not in items, as all, item:ID or family:NAME" in str(problem)


@pytest.mark.parametrize("scope", ["item:PUMP", "family:pumps", "all"])
def test_events_of_items_families_or_all_are_taken(scope):
    raw = tiny.tables()
    raw["events"] = pd.DataFrame({"event_id": ["1"], "scope": scope})
    assert unknown_references(raw) == []


def test_a_bom_that_loops_names_the_loop():
    raw = tiny.tables()
    raw["bom"] = pd.DataFrame(
        {"item_id": ["PUMP", "SEAL", "KIT"], "component_id": ["SEAL", "KIT", "PUMP"], "qty_per": 1}
    )
    told = errors(raw)
    assert "bom [KIT → PUMP → SEAL → KIT]: the bill of materials loops. Mend: remove one of these rows" in told


def test_moves_in_a_ring_without_lead_time_are_refused_and_with_it_are_not():
    raw = tiny.tables()
    back = {"item_id": "PUMP", "location_id": "PLANT", "method": "move", "origin_id": "DC", "lead_time": 0}
    raw["sources"] = pd.concat([raw["sources"], pd.DataFrame([back])], ignore_index=True)
    assert findings(raw).empty
    raw["sources"]["lead_time"] = 0
    assert any("PUMP at DC → PUMP at PLANT → PUMP at DC" in each for each in errors(raw))


def test_a_move_from_nowhere_is_refused():
    raw = tiny.tables()
    raw["sources"].loc[raw["sources"]["method"] == "move", "origin_id"] = ""
    assert "origin_id is not in locations" in errors(raw)[0]


def test_a_resource_in_use_without_hours_in_the_horizon_is_refused():
    raw = tiny.tables()
    raw["capacity"]["bucket"] -= pd.DateOffset(years=1)
    assert "capacity [resource_id=LINE]: routings use it, but the horizon gives it no hours" in errors(raw)[0]


def test_hours_for_part_of_the_horizon_are_a_warning():
    raw = tiny.tables()
    raw["capacity"] = raw["capacity"].head(4)
    [finding] = findings(raw).to_dict("records")
    assert (finding["grade"], finding["key"], finding["value"]) == ("warning", "resource_id=LINE", "2")


def test_an_item_sold_that_nothing_brings_is_a_warning_with_a_years_money():
    raw = tiny.tables()
    raw["sources"] = raw["sources"][raw["sources"]["item_id"] != "KIT"]
    [finding] = findings(raw).to_dict("records")
    year = raw["sales"][(raw["sales"]["item_id"] == "KIT") & (raw["sales"]["bucket"] >= "2024-09-01")]
    assert (finding["grade"], finding["key"]) == ("warning", "item_id=KIT, location_id=DC")
    assert finding["money"] == pytest.approx(year["revenue"].sum())
    raw["items"].loc[raw["items"]["item_id"] == "KIT", "discontinue"] = tiny.START
    assert "warning" not in set(findings(raw)["grade"])


def test_a_component_nothing_brings_is_a_warning():
    raw = tiny.tables()
    raw["sources"] = raw["sources"][raw["sources"]["item_id"] != "SEAL"]
    [finding] = findings(raw).to_dict("records")
    assert (finding["key"], finding["value"]) == ("item_id=SEAL, location_id=PLANT", "goes into 1")


def test_a_price_below_cost_is_a_warning_with_the_years_loss():
    raw = tiny.tables()
    raw["items"].loc[raw["items"]["item_id"] == "KIT", "unit_price"] = 8.0
    [finding] = findings(raw).to_dict("records")
    sold = raw["sales"][(raw["sales"]["item_id"] == "KIT") & (raw["sales"]["bucket"] >= "2024-09-01")]
    assert finding["value"] == "8.00 against 10.00"
    assert finding["money"] == pytest.approx(2 * sold["qty_shipped"].sum())


def test_a_last_bucket_half_told_is_a_warning_of_its_channel():
    raw = tiny.tables()
    raw["customers"]["channel"] = raw["customers"]["customer_id"].map({"SHOP": "retail", "WEB": "online"})
    cut = (raw["sales"]["customer_id"] == "WEB") & (raw["sales"]["bucket"] == "2025-08-01")
    raw["sales"] = raw["sales"][~cut]
    [finding] = findings(raw).to_dict("records")
    assert finding["key"] == "bucket=2025-08-01, channel=online"
    assert "looks incomplete" in finding["message"]


def test_items_made_without_hours_are_noted():
    raw = tiny.tables()
    raw["routings"] = table("routings").empty()
    [finding] = findings(raw).to_dict("records")
    assert (finding["grade"], finding["value"]) == ("note", "1 item: PUMP")
    year = raw["sales"].query("item_id == 'PUMP' and bucket >= '2024-09-01'")
    assert finding["money"] == pytest.approx(year["revenue"].sum())


def test_a_cycle_before_all_sales_says_so():
    assert "there are no sales before 2010-01-01" in errors(tiny.tables(), pd.Timestamp("2010-01-01"))[-1]


def test_several_problems_of_several_tables_come_in_one_message():
    raw = tiny.tables()
    raw["bom"] = pd.DataFrame({"item_id": ["SEAL"], "component_id": ["SEAL"], "qty_per": 1})
    raw["on_hand"].loc[0, "qty"] = -5
    raw["sales"].loc[3, "item_id"] = "CAT"
    raw["items"]["unit_cost"] = raw["items"]["unit_cost"].astype(object)
    raw["items"].loc[0, "unit_cost"] = "much"
    del raw["locations"]
    assert sorted(each.split()[0] for each in errors(raw)) == ["bom", "items", "locations:", "on_hand", "sales"]


def test_holes_in_sales_are_filled_and_noted():
    raw = tiny.tables()
    raw["sales"]["qty_shipped"], raw["sales"]["revenue"] = None, None
    tables, found = gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    sales = tables["sales"]
    assert (sales["qty_shipped"] == sales["qty_ordered"]).all()
    assert sales["revenue"].sum() == pytest.approx(tiny.tables()["sales"]["revenue"].sum())
    assert found["grade"].tolist() == ["note", "note"]


def test_customers_nobody_described_are_taken_from_the_sales():
    raw = tiny.tables()
    del raw["customers"]
    tables, _ = gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    assert tables["customers"]["customer_id"].tolist() == ["SHOP", "WEB"]


def test_every_input_table_comes_back_even_where_the_company_has_none():
    raw = {name: frame for name, frame in tiny.tables().items() if len(frame)}
    tables, found = gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    assert set(tables) == {*tiny.tables(), "set_apart"}
    quality = gather.quality(tables).set_index("table")
    assert set(quality.index) == set(tiny.tables())
    assert quality.loc["sales", "rows"] == len(raw["sales"])
    assert quality.loc["sales", ["first", "last"]].tolist() == [tiny.HISTORY[0], tiny.HISTORY[-1]]
    assert quality.loc["events", "filled"] == 1
    assert quality.loc["policies", "filled"] == pytest.approx(1 / 11)  # of 2 rows, safety_stock alone
    assert list(found.columns) == TABLES["findings"].names


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]), max_size=30))
def test_pairs_that_only_lead_down_have_no_loop(pairs):
    assert loops(pd.Series([f"n{a}" for a, _ in pairs]), pd.Series([f"n{b}" for _, b in pairs])) == []


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25))
def test_a_loop_found_is_one(pairs):
    names = [(f"n{a}", f"n{b}") for a, b in pairs]
    for loop in loops(pd.Series([a for a, _ in names]), pd.Series([b for _, b in names])):
        assert loop[0] == loop[-1]
        assert len(set(loop)) == len(loop) - 1
        assert set(zip(loop, loop[1:], strict=False)) <= set(names)


def test_a_company_without_stock_is_warned_and_its_chart_is_empty():
    from sopbench.views import gather as charts

    tables = tiny.tables()
    nothing = tables["on_hand"].head(0)
    [problem] = stock.no_stock(facts_of(tables | {"on_hand": nothing}, tiny.START))
    assert problem.grade == "warning"
    assert stock.no_stock(facts_of(tables, tiny.START)) == []
    chart = charts.stock_by_family(nothing, tables["items"], tables["sales"], tiny.START, "EUR")
    assert "0 EUR" in chart.to_dict()["title"]["text"]


def test_an_examination_tells_what_is_wrong_and_never_stops():
    raw = tiny.tables()
    raw["on_hand"].loc[0, "qty"] = -5
    raw["budgets"] = pd.DataFrame()
    tables, problems = gather.examine(raw, tiny.START, 6, Gather(source="x"))
    assert set(tables) == set(tiny.tables())
    assert {(each.table, each.grade) for each in problems} == {("on_hand", "error"), ("budgets", "warning")}
