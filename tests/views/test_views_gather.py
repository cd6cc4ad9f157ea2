"""The charts of data gathering say their figures in the title, and the findings are told by kind."""

import pandas as pd
import pytest

import tiny
from sopbench import gather
from sopbench.contract import Problem
from sopbench.params import Gather
from sopbench.views import gather as charts


@pytest.fixture(scope="module")
def gathered():
    tables, findings = gather.assemble(tiny.tables(), tiny.START, 6, Gather(source="x"))
    return tables, findings, gather.quality(tables)


def title(chart):
    return chart.to_dict()["title"]["text"]


def drawn(chart):
    """The rows a chart draws, of all its data together."""
    return pd.concat([pd.DataFrame(rows) for rows in chart.to_dict()["datasets"].values()])


def test_the_first_sentence_counts_tables_rows_and_findings(gathered):
    tables, findings, quality = gathered
    rows = sum(len(frame) for frame in tables.values())
    said = charts.in_words(quality, findings, tiny.START)
    assert f"**16 of 21 tables, {rows} rows**; nothing to mend. Sales reach from Sep 2022 to Aug 2025." in said
    odd = gather.findings(
        [Problem("sales", "a", "", "odd", "mend it", "warning"), Problem("bom", "", "", "b", "c", "note")]
    )
    assert "1 warning and 1 note" in charts.in_words(quality, odd, tiny.START)


def test_findings_of_a_kind_share_a_line_that_names_the_dearest():
    found = gather.findings(
        [
            Problem("items", "item_id=A", "1", "too cheap", "look", "warning", 10.0),
            Problem("items", "item_id=B", "2", "too cheap", "look", "warning", 30.0),
            Problem("sales", "revenue", "", "filled", "hand in", "note"),
            Problem("sources", "item_id=C", "", "no source", "add", "warning", 500.0),
        ]
    )
    kinds = charts.findings_by_kind(found)
    assert kinds["message"].tolist() == ["no source", "too cheap", "filled"]
    assert kinds.loc[1, ["times", "foremost", "money"]].tolist() == [2, "item_id=B: 2", 40.0]
    assert pd.isna(kinds.loc[2, "money"])
    assert len(charts.findings_by_kind(found, most=2)) == 2


@pytest.mark.parametrize("key", ["1,094 more items", "back.xlsx, sheet Sales, 1,094 more cells"])
def test_a_finding_that_counts_others_counts_as_what_it_stands_for(key):
    rows = [Problem("items", key, "", "too cheap", "mend", "warning"), *_two("too cheap"), *_two("5 more or less")]
    kinds = charts.findings_by_kind(gather.findings(rows)).set_index("message")
    assert kinds["times"].to_dict() == {"too cheap": 1096, "5 more or less": 2}
    assert kinds.loc["too cheap", "foremost"] == "item_id=A"


def _two(message):
    return [Problem("items", f"item_id={name}", "", message, "mend", "warning") for name in "AB"]


def test_reach_parts_every_table_at_the_start(gathered):
    chart = charts.reach(gathered[2], tiny.START)
    assert title(chart) == "Sales are known to Aug 2025; the plan starts in Sep 2025"
    bars = drawn(chart).dropna(subset=["side"])
    until = pd.to_datetime(bars["until"])
    assert (until[bars["side"] == "past"] <= tiny.START).all()
    assert until[(bars["table"] == "sales")].tolist() == [tiny.START]
    assert set(bars.loc[bars["side"] == "ahead", "table"]) == {"calendar", "capacity", "budget"}


def test_sales_by_family_say_the_year_and_what_became_of_it(gathered):
    tables = gathered[0]
    sales = tables["sales"].merge(tables["items"], on="item_id")
    year = sales.loc[sales["bucket"] >= "2024-09-01", "revenue"].sum()
    before = sales.loc[sales["bucket"].between("2023-09-01", "2024-08-01"), "revenue"].sum()
    chart = charts.sales_by_family(tables["sales"], tables["items"], tiny.START, "EUR")
    assert f"{year / 1e3:,.0f} k EUR sold in the last year, {abs(year / before - 1):.0%}" in title(chart)
    assert [head.split(":")[0] for head in drawn(chart)["head"].unique()] == ["kits", "pumps"]


def test_the_range_is_told_by_the_age_of_its_items(gathered):
    tables = gathered[0]
    items, sales = tables["items"], tables["sales"]
    young = sales[(sales["item_id"] != "KIT") | (sales["bucket"] >= "2025-03-01")]
    rows = drawn(charts.range_by_age(young, items, tiny.START, "EUR")).drop_duplicates("age").set_index("age")
    assert rows["items"].to_dict() == {"under 1 year": 1, "3 years or more": 1}
    ended = items.assign(discontinue=pd.Timestamp("2025-01-01"))
    assert title(charts.range_by_age(sales, ended, tiny.START, "EUR")).startswith("0.0% of revenue")


def test_stock_is_valued_at_cost_and_lasts_so_many_months(gathered):
    tables = gathered[0]
    chart = charts.stock_by_family(tables["on_hand"], tables["items"], tables["sales"], tiny.START, "EUR")
    assert title(chart).startswith("Stock is worth 9,700 EUR; of what is sold, ")  # 210 × 40 + 80 × 10 + 250 × 2
    said = drawn(chart).drop_duplicates("family").set_index("family")["said"]
    assert said["components"] == "500, not sold"
