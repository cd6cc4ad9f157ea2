"""What differs between two cycles is counted by key, valued in money, and told with the most money first."""

import pandas as pd
import pytest

import tiny
from sopbench.contract import checked, table
from sopbench.cycle import open_cycle
from sopbench.cycle.difference import (
    measures_changed,
    money_changed,
    scores_changed,
    settings,
    table_changed,
    tables_changed,
)

TABLES = tiny.tables()
ITEMS = TABLES["items"]
LATER = pd.DateOffset(months=1)


def plan(start, months, revenue):
    """A financial plan of one family: revenue, a balance and units in each bucket."""
    rows = [
        ("base", "pumps", bucket, line, value)
        for bucket in pd.date_range(start, periods=months, freq="MS")
        for line, value in (("revenue", revenue), ("inventory_value", bucket.month), ("units", 1.0))
    ]
    said = pd.DataFrame(rows, columns=["scenario", "family", "bucket", "line", "value"])
    return checked(said, table("financial_plan"))


def test_a_table_does_not_differ_from_itself_whatever_the_order_of_its_rows():
    for name, frame in TABLES.items():
        assert table_changed(name, frame, frame.iloc[::-1], ITEMS) is None


def test_rows_are_new_gone_or_changed_by_their_key_and_valued():
    before = TABLES["on_hand"]  # KIT 80, PUMP at DC 150, PUMP at PLANT 60, SEAL 250
    after = before.iloc[:3].assign(qty=[80.0, 160.0, 60.0])
    after = pd.concat([after, before.iloc[[2]].assign(location_id="DEPOT", qty=1.0)])
    found = table_changed("on_hand", before, after, ITEMS)
    assert (found.before, found.after, found.new, found.gone, found.changed) == (4, 4, 1, 1, 1)
    assert found.columns == ("qty",)
    assert found.money == 10 * 40 + 250 * 2 + 1 * 40  # PUMP costs 40, SEAL 2


def test_an_order_is_valued_by_its_item_also_where_it_is_new_or_gone():
    orders = TABLES["open_orders"]  # 5 KIT at 25
    for before, after in ((orders.head(0), orders), (orders, orders.head(0))):
        assert table_changed("open_orders", before, after, ITEMS).money == 125


def test_a_difference_of_rounding_is_none_and_an_empty_cell_equals_an_empty_cell():
    before = TABLES["policies"]
    assert before["cover_max"].isna().all()
    assert table_changed("policies", before, before.assign(safety_stock=before["safety_stock"] + 1e-12), ITEMS) is None
    found = table_changed("policies", before, before.assign(cover_max=[3.0, None]), ITEMS)
    assert (found.changed, found.columns) == (1, ("cover_max",))


def test_the_table_with_the_most_money_comes_first():
    sales, stock = TABLES["sales"], TABLES["on_hand"]
    after = {"sales": sales.assign(revenue=sales["revenue"] + 1), "on_hand": stock.assign(qty=stock["qty"] + 1000)}
    before = {"sales": sales, "on_hand": stock, "bom": TABLES["bom"]}
    found = tables_changed(before, {**after, "bom": TABLES["bom"]}, ITEMS)
    assert [each.name for each in found] == ["on_hand", "sales"]
    assert found[1].money == len(sales)


def test_a_table_only_one_cycle_has_is_all_new():
    found = tables_changed({}, {"bom": TABLES["bom"]}, ITEMS)
    assert [(each.name, each.new) for each in found] == [("bom", 1)]


def test_money_is_compared_over_the_buckets_both_plan_and_a_balance_at_the_last_of_them():
    found = money_changed(plan("2025-08", 4, 100.0), plan("2025-09", 4, 130.0))  # both: 09, 10, 11
    assert found.to_dict("list") == {"line": ["revenue"], "before": [300.0], "after": [390.0], "change": [90.0]}
    later = plan("2025-09", 4, 100.0)
    later["value"] = later["value"].where(later["line"] != "inventory_value", 2.0)
    found = money_changed(plan("2025-08", 4, 100.0), later)
    assert found.to_dict("list") == {"line": ["inventory_value"], "before": [11.0], "after": [2.0], "change": [-9.0]}


def test_plans_that_share_no_bucket_are_not_compared():
    assert money_changed(plan("2025-01", 2, 1.0), plan("2025-09", 2, 2.0)).empty


def test_measures_are_compared_one_by_one():
    before = pd.DataFrame({"scenario": "base", "kpi": ["service", "revenue"], "unit": ["share", "money"]})
    found = measures_changed(before.assign(value=[0.9, 5.0]), before.assign(value=[0.95, 5.0]))
    assert found.to_dict("records") == [{"kpi": "service", "unit": "share", "before": 0.9, "after": 0.95}]


def test_scores_are_those_of_the_last_bucket_each_cycle_measured():
    buckets = pd.to_datetime(["2025-07-01", "2025-08-01"])
    before = pd.DataFrame({"kpi": "service", "level": "total", "key": "", "bucket": buckets, "value": [0.5, 0.9]})
    found = scores_changed(before, before.assign(value=[0.5, 0.8]))
    assert found.to_dict("records") == [{"kpi": "service", "before": 0.9, "after": 0.8}]


def test_settings_are_named_by_their_place():
    before, after = {"demand": {"season": 12, "jobs": 1}}, {"demand": {"season": 6, "jobs": 1, "level": "x"}}
    assert settings(before, after) == [("demand.level", None, "x"), ("demand.season", 12, 6)]


@pytest.fixture
def cycles(tmp_path):
    """Two cycles of the tiny company with a plan in money and what they were made from."""
    (tmp_path / "tiny.yaml").write_text("company: tiny\ncycle: 2025-09\nhorizon: 6\ngather:\n  source: .\n")
    made = [open_cycle(tmp_path / "tiny.yaml", name) for name in ("2025-08", "2025-09")]
    for cycle, revenue, season in zip(made, (100.0, 250.0), (12, 6), strict=True):
        stock = TABLES["on_hand"].assign(qty=TABLES["on_hand"]["qty"] * revenue)
        cycle.write("gather", items=ITEMS, on_hand=stock)
        cycle.write("executive", financial_plan=plan(cycle.start, 4, revenue))
        facts = {"params": {"demand": {"season": season}}, "libraries": {"pandas": "2.3.3"}, "code": "same"}
        cycle.finish("gather", **facts)
    return made


def test_the_command_tells_money_parameters_and_tables(cycles, call):
    code, said = call("diff", cycles[0].params_file, "2025-08", "2025-09")
    assert code == 1
    lines = said.splitlines()
    assert lines[0].startswith("tiny, cycle 2025-08: not approved, plan ")
    assert "revenue" in said and "300 -> 750 EUR" in said and "+450 EUR" in said
    assert "demand.season: 12 -> 6" in said and "Libraries" not in said and "Code" not in said
    assert "on_hand            4 rows: 4 changed (qty), 1.46 M EUR" in said  # 210 pumps, 80 kits, 250 seals, times 150


def test_the_command_says_where_nothing_differs(cycles, call):
    code, said = call("diff", cycles[0].params_file, "2025-09", "2025-09")
    assert (code, said.splitlines()[-1]) == (0, "Nothing differs.")


def test_the_command_names_a_cycle_that_was_not_run_and_a_step_that_only_one_has(cycles, call):
    code, said = call("diff", cycles[0].params_file, "2025-07", "2025-09")
    assert code == 2 and "this cycle has not been run" in said
    cycles[1].write("supply", bom=TABLES["bom"])
    assert "has not been run in cycle 2025-08" in call("diff", cycles[0].params_file, "2025-08", "2025-09")[1]
