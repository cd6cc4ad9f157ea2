"""What differs from the last cycle is named with what it was, what it is, and what it is worth in a year."""

import pandas as pd
import pytest

import tiny
from sopbench import gather
from sopbench.contract import Problem, checked, table
from sopbench.gather.report.changes import year_of_use

LAST = tiny.START - pd.DateOffset(months=1)
TWO = pd.to_datetime(["2025-03-01", "2025-05-01"])


@pytest.fixture
def before():
    """The tiny company a month earlier."""
    tables = tiny.tables()
    return {**tables, "sales": tables["sales"][tables["sales"]["bucket"] < LAST]}


@pytest.fixture
def now():
    return tiny.tables()


def told(now, before):
    rows = gather.changes(now, before, tiny.START, LAST)
    return rows[["kind", "key", "before", "after", "money"]].values.tolist()


def year(tables, item, column, start=tiny.START):
    sales = tables["sales"]
    return sales.loc[(sales["bucket"] >= start - pd.DateOffset(years=1)) & (sales["item_id"] == item), column].sum()


def set_cell(tables, name, column, value, **where):
    chosen = pd.Series(True, tables[name].index)
    for each, wanted in where.items():
        chosen &= tables[name][each] == wanted
    tables[name].loc[chosen, column] = value


def test_a_month_later_nothing_has_changed(now, before):
    assert told(now, before) == []


def test_without_a_last_cycle_there_is_nothing_to_compare_with(now):
    rows = gather.changes(now, {}, tiny.START, None)
    assert rows.empty and rows.columns.tolist() == table("changes").names


def test_a_years_units_hold_what_went_into_others(now):
    use = year_of_use(now, tiny.START)
    assert use.loc["SEAL", "shipped"] == 0
    assert use.loc["SEAL", "units"] == pytest.approx(2 * year(now, "PUMP", "qty_shipped"))
    deeper = pd.DataFrame(
        {"item_id": ["PUMP", "SEAL"], "component_id": ["SEAL", "KIT"], "qty_per": [2.0, 3.0], "scrap": [0.5, 0.0]}
    )
    use = year_of_use({**now, "bom": checked(deeper, table("bom"))}, tiny.START)
    pumps = year(now, "PUMP", "qty_shipped")
    assert use.loc["SEAL", "units"] == pytest.approx(3 * pumps)
    assert use.loc["KIT", "units"] == pytest.approx(9 * pumps + year(now, "KIT", "qty_shipped"))


def test_costs_and_prices_are_worth_a_years_units(now, before):
    set_cell(now, "items", "unit_cost", 2.5, item_id="SEAL")
    set_cell(now, "items", "unit_price", 20.0, item_id="KIT")
    cost, price = told(now, before)
    assert cost == ["unit cost", "item_id=SEAL", "2", "2.5", pytest.approx(year(now, "PUMP", "qty_shipped"))]
    assert price == ["unit price", "item_id=KIT", "25", "20", pytest.approx(-5 * year(now, "KIT", "qty_shipped"))]


def test_items_that_come_and_go_are_worth_their_revenue(now, before):
    before["items"] = before["items"].query("item_id != 'KIT'")
    before["sales"] = before["sales"].query("item_id != 'KIT'")
    now["sales"] = now["sales"][(now["sales"]["item_id"] != "KIT") | (now["sales"]["bucket"] >= LAST)]
    [row] = told(now, before)
    assert row[:2] == ["new item", "item_id=KIT"] and row[4] == year(now, "KIT", "revenue")


def test_an_item_ends_by_its_date_or_by_leaving_the_table_once(now, before):
    gone = {**now, "items": now["items"].query("item_id != 'KIT'"), "sales": now["sales"].query("item_id != 'KIT'")}
    assert ["ended item", "item_id=KIT"] in [row[:2] for row in told(gone, before)]
    set_cell(now, "items", "discontinue", tiny.START, item_id="KIT")
    [row] = told(now, before)
    assert row[:2] == ["ended item", "item_id=KIT"]
    assert row[4] == -year(before, "KIT", "revenue", LAST)
    set_cell(before, "items", "discontinue", LAST, item_id="KIT")
    assert told(now, before) == []


def test_an_end_of_sale_that_is_set_or_moved_is_told(now, before):
    set_cell(now, "items", "discontinue", pd.Timestamp("2026-01-01"), item_id="KIT")
    [row] = told(now, before)
    assert row == ["end of sale", "item_id=KIT", "", "2026-01-01", -year(now, "KIT", "revenue")]
    set_cell(before, "items", "discontinue", pd.Timestamp("2025-12-01"), item_id="KIT")
    assert told(now, before)[0][2:] == ["2025-12-01", "2026-01-01", year(now, "KIT", "revenue")]


def test_components_are_worth_what_goes_into_a_years_units_of_the_parent(now, before):
    pumps = year(now, "PUMP", "qty_shipped")
    set_cell(now, "bom", "qty_per", 3.0, item_id="PUMP")
    key = "item_id=PUMP, component_id=SEAL"
    assert told(now, before) == [["component quantity", key, "2", "3", pytest.approx(pumps * 2.0)]]
    now["bom"] = now["bom"].assign(component_id="KIT", qty_per=1.0)
    assert told(now, before) == [
        ["component added", "item_id=PUMP, component_id=KIT", "", "1", pytest.approx(pumps * 10.0)],
        ["component dropped", key, "2", "", pytest.approx(-pumps * 2 * 2.0)],
    ]


def test_lead_times_are_worth_what_is_longer_under_way(now, before):
    set_cell(now, "sources", "lead_time", 3, item_id="SEAL")
    set_cell(now, "sources", "unit_cost", 11.0, item_id="KIT")
    seals, kits = 2 * year(now, "PUMP", "qty_shipped"), year(now, "KIT", "qty_shipped")
    assert told(now, before) == [
        ["lead time", "item_id=SEAL, location_id=PLANT, buy from ACME", "1", "3", pytest.approx(2 * seals / 12 * 2.0)],
        ["source cost", "item_id=KIT, location_id=DC, buy from ACME", "10", "11", pytest.approx(kits)],
    ]


def test_a_source_changed_for_another_is_told_as_two(now, before):
    set_cell(now, "sources", "origin_id", "BEST", item_id="KIT")
    rows = [row[:4] for row in told(now, before)]
    assert rows == [
        ["source added", "item_id=KIT, location_id=DC, buy from BEST", "", "buy from BEST"],
        ["source dropped", "item_id=KIT, location_id=DC, buy from ACME", "buy from ACME", ""],
    ]


def test_hours_are_compared_in_the_buckets_both_know(now, before):
    now["capacity"] = now["capacity"].iloc[1:]
    set_cell(now, "capacity", "regular_hours", 80.0, bucket=pd.Timestamp("2025-11-01"))
    assert told(now, before) == [["regular hours", "resource_id=LINE, bucket=2025-11-01", "100", "80", -400.0]]


def test_history_restated_is_told_by_series_and_what_both_cycles_know(now, before):
    sales = now["sales"]
    changed = (sales["item_id"] == "PUMP") & (sales["customer_id"] == "SHOP") & sales["bucket"].isin(TWO)
    now["sales"] = sales.assign(
        qty_ordered=sales["qty_ordered"].where(~changed, sales["qty_ordered"] + 10),
        revenue=sales["revenue"].where(~changed, sales["revenue"] - 70),
    )
    [row] = told(now, before)
    assert row[:2] == ["history restated", "item_id=PUMP, location_id=DC, bucket=2025-03-01 to 2025-05-01"]
    was = sales[(sales["item_id"] == "PUMP") & sales["bucket"].isin(TWO)]
    assert row[2].startswith(f"{was['qty_ordered'].sum():,.0f} ordered")
    assert row[3].startswith(f"{was['qty_ordered'].sum() + 20:,.0f} ordered")
    assert row[4] == -140.0


def test_a_bucket_that_is_gone_is_restated_and_years_no_longer_handed_in_are_not(now, before):
    now["sales"] = now["sales"][now["sales"]["bucket"] >= "2023-09-01"]
    assert told(now, before) == []
    now["sales"] = now["sales"][(now["sales"]["item_id"] != "KIT") | (now["sales"]["bucket"] != "2025-02-01")]
    [row] = told(now, before)
    assert row[1] == "item_id=KIT, location_id=DC, bucket=2025-02-01"
    assert row[3] == "0 ordered, 0 shipped, 0 invoiced"


def test_sales_moved_between_customers_or_set_apart_are_not_restated(now, before):
    now["sales"] = now["sales"].assign(customer_id=now["sales"]["customer_id"].map({"SHOP": "WEB", "WEB": "SHOP"}))
    assert told(now, before) == []
    apart = now["sales"]["bucket"] == "2025-02-01"
    now["set_apart"] = checked(now["sales"][apart].drop(columns="stockout").assign(rule="project"), table("set_apart"))
    now["sales"] = now["sales"][~apart]
    assert told(now, before) == []


def test_units_that_change_without_revenue_are_worth_their_list_price(now, before):
    set_cell(now, "sales", "qty_ordered", 1000.0, item_id="KIT", customer_id="WEB", bucket=pd.Timestamp("2025-02-01"))
    was = before["sales"].query("item_id == 'KIT' and customer_id == 'WEB'").set_index("bucket")["qty_ordered"]
    [row] = told(now, before)
    assert row[4] == pytest.approx((1000 - was[pd.Timestamp("2025-02-01")]) * 25.0)


def test_a_finding_is_new_or_there_again_whatever_its_figures(now):
    old = [
        Problem("sales", "a", "1", "3 of 79 rows odd", "mend", "warning", 5.0),
        Problem("bom", "b", "", "gone", "mend", "note"),
    ]
    new = [
        Problem("sales", "a", "2", "4 of 80 rows odd", "mend", "warning"),
        Problem("bom", "c", "", "gone", "mend", "note"),
    ]
    before = {"findings": gather.findings(old)}
    rows = gather.with_trend(gather.findings(new), before).set_index("table")
    assert rows["trend"].to_dict() == {"sales": "again", "bom": "new"}
    left = gather.mended(gather.findings(new), before)
    assert left[["table", "key"]].values.tolist() == [["bom", "b"]]
    assert set(gather.with_trend(gather.findings(new), {})["trend"]) == {""}
    assert gather.mended(gather.findings(new), {}).empty


def test_what_was_mended_is_told_by_money(now):
    old = [
        Problem("sales", name, "", "odd", "mend", "warning", money)
        for name, money in zip("abc", (1.0, None, 9.0), strict=True)
    ]
    assert gather.mended(gather.findings([]), {"findings": gather.findings(old)})["key"].tolist() == ["c", "a", "b"]
