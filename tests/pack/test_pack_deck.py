"""The deck's charts hold the cycle's figures, its titles say them, and nothing leaves its slide."""

from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from pptx import Presentation
from pptx.util import Inches

from sopbench.executive import bridge
from sopbench.pack.deck import deck
from sopbench.pack.preread import preread
from sopbench.pack.slides import (
    BOTTOM,
    HIGH,
    WIDE,
    Box,
    Deck,
    Series,
    Table,
    as_lines,
    columns,
    fit,
    lines,
    money_format,
)
from sopbench.pack.slides import table as draw_table
from sopbench.pack.workbook import write_workbook


@pytest.fixture(scope="module")
def slides(packed):
    return list(Presentation(packed.folder / "deck.pptx").slides)


def charts(slides) -> list:
    return [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]


def series(slides, name: str) -> list[float]:
    """The values of the first series of that name."""
    found = (each for chart in charts(slides) for plot in chart.plots for each in plot.series if each.name == name)
    return list(next(found).values)


def words(slide) -> str:
    texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    cells = [cell.text for shape in slide.shapes if shape.has_table for row in shape.table.rows for cell in row.cells]
    return "\n".join([*texts, *cells]).replace("\u00a0", " ")


def test_it_has_eight_to_twelve_slides_each_with_its_own_title_and_footer(slides, packed):
    assert 8 <= len(slides) <= 12
    titles = [slide.shapes.title.text for slide in slides]
    assert len(set(titles)) == len(titles)
    assert all(any(letter.isdigit() for letter in title) for title in titles)
    for slide in slides:
        assert f"Brewline  |  S&OP cycle Sep 2025  |  plan {packed.cycle.plan_hash()[:12]}" in words(slide)


def test_every_chart_is_native_and_no_slide_bears_a_picture(slides):
    assert len(charts(slides)) >= 7
    assert not [shape for slide in slides for shape in slide.shapes if shape.shape_type == 13]


def test_revenue_stands_beside_budget_and_last_cycle_as_in_the_table(slides, packed):
    rows = packed.material.plan["comparison"].query("line == 'revenue'")
    sums = rows.groupby("bucket")[["plan", "budget", "last_cycle"]].sum(min_count=1)
    assert series(slides, "recommended plan") == pytest.approx(sums["plan"].tolist())
    assert series(slides, "budget") == pytest.approx(sums["budget"].tolist())
    assert series(slides, "last cycle's plan")[:-1] == pytest.approx(sums["last_cycle"].dropna().tolist())


def test_the_steps_from_budget_to_plan_add_up(slides, packed):
    steps = bridge(packed.material.plan["comparison"])
    first = [chart for chart in charts(slides) if "adds" in [each.name for each in chart.plots[0].series]][0]
    drawn = {each.name: [value or 0.0 for value in each.values] for each in first.plots[0].series}
    change = sum(drawn["adds"]) - sum(drawn["takes"])
    assert drawn["total"][0] + change == pytest.approx(drawn["total"][-1])
    assert drawn["total"][-1] == pytest.approx(steps["value"].iloc[-1])


def test_the_margin_bridge_leads_from_the_budgets_margin_to_the_plans_by_four_causes(slides, packed):
    [slide] = [slide for slide in slides if "Gross margin is" in slide.shapes.title.text]
    [chart] = charts([slide])
    assert list(chart.plots[0].categories) == ["budget", "volume", "mix", "price", "cost", "plan"]
    rows = packed.material.plan["comparison"].query("line == 'margin' and budget == budget")
    drawn = {each.name: [value or 0.0 for value in each.values] for each in chart.plots[0].series}
    assert (drawn["total"][0], drawn["total"][-1]) == pytest.approx((rows["budget"].sum(), rows["plan"].sum()))
    change = sum(drawn["adds"]) - sum(drawn["takes"])
    assert drawn["total"][0] + change == pytest.approx(drawn["total"][-1])
    assert all(family.replace("_", " ") in words(slide) for family in rows["family"].unique())


def test_consensus_and_hours_are_those_of_the_tables(slides, packed):
    plan, items = packed.material.demand["demand_plan"], packed.material.items.set_index("item_id")
    worth = (plan["consensus"] * plan["item_id"].map(items["unit_price"])).groupby(plan["bucket"]).sum()
    assert series(slides, "consensus")[-len(worth) :] == pytest.approx(worth.tolist())
    most = packed.material.plan["capacity_plan"].groupby("resource_id")["utilisation"].max()
    assert series(slides, "load over regular hours")[0] == pytest.approx(most.max())


def test_late_and_lost_orders_are_told_in_full_though_rows_are_cut(slides, packed):
    said = packed.material.answers()[2].answer
    slide = next(slide for slide in slides if slide.shapes.title.text.startswith(said))
    assert "more," in words(slide) and "EUR" in words(slide)
    assert sum(series([slide], "revenue")) == pytest.approx(packed.material.plan["shortages"]["revenue_at_risk"].sum())


def test_every_decision_has_its_owner_or_asks_for_one_and_those_without_room_are_counted(slides, packed):
    [shown] = [shape.table for shape in slides[-1].shapes if shape.has_table]
    rows = [[cell.text for cell in row.cells] for row in list(shown.rows)[1:]]
    left = len(packed.material.plan["decisions"]) - len(rows)
    assert len(rows) >= 6 and all(row[2] and row[3] for row in rows)
    assert (f"and {left} more" in words(slides[-1])) == (left > 0)


def test_nothing_leaves_its_slide_or_runs_into_the_footer(slides):
    for slide in slides:
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= Inches(WIDE) + 1, shape.name
            assert shape.top + shape.height <= Inches(HIGH) + 1
            if shape.has_table or shape.has_chart:
                assert shape.top + shape.height <= Inches(BOTTOM) + 1


def test_names_are_written_as_people_say_them(slides):
    assert not [slide.shapes.title.text for slide in slides if "_" in words(slide)]


def test_a_table_too_long_for_its_place_shows_what_fits():
    slide = Deck("f").slide("t")
    rows = [(f"row {number}", "1") for number in range(100)]
    count = draw_table(slide, Box(1, 1, 4, 3), Table(("name", "value"), rows, (1, 1), (1,)))
    assert 5 < count < 20
    [made] = [shape for shape in slide.shapes if shape.has_table]
    assert len(made.table.rows) == count + 1 and made.height <= Inches(3)


def test_no_word_of_a_table_is_broken_where_a_smaller_letter_fits():
    made = Deck("footer")
    shown = Table(("family", "plan", "budget"), [("professional machines", "14.85 M", "14.98 M")], (1, 1, 1), (1, 2))
    drawn = made.slide("title")
    draw_table(drawn, Box(0.5, 1.5, 3.1, 3.0), shown)
    [made_table] = [shape.table for shape in drawn.shapes if shape.has_table]
    size = made_table.cell(1, 1).text_frame.paragraphs[0].runs[0].font.size.pt
    assert size < 13
    for cell, column in list(zip(made_table.rows[1].cells, made_table.columns, strict=True))[1:]:
        assert lines(cell.text, column.width / Inches(1) - 0.16, size) == 1


def test_lines_are_counted_by_words_and_long_words_are_broken():
    assert lines("one", 5, 12) == 1
    assert lines("one\ntwo", 5, 12) == 2
    assert lines("word " * 40, 2, 12) > 5
    assert lines("w" * 200, 1, 12) > 5
    assert fit("word " * 60, 4, 1, (40, 20, 10)) == 10


def test_series_turned_into_lines_keep_their_values_and_the_columns_theirs():
    slide = Deck("f").slide("t")
    said = [Series("plan", [1.0, 2.0], "#1f6feb"), Series("budget", [3.0, None], "#1b1f24")]
    chart = columns(slide, Box(1, 1, 5, 4), ["a", "b"], said, number_format="0")
    as_lines(chart, {"budget": "dots"})
    bars, over = chart.plots
    assert [each.name for each in bars.series] == ["plan"] and tuple(bars.series[0].values) == (1.0, 2.0)
    assert [each.name for each in over.series] == ["budget"] and tuple(over.series[0].values) == (3.0, None)


@pytest.mark.parametrize(("value", "said"), [(12e6, "M"), (3e5, "k"), (900.0, "#,##0")])
def test_money_on_an_axis_is_as_short_as_its_size_allows(value, said):
    assert said in money_format(pd.Series([value, -1.0, None]))


def bare(material):
    """The company with no budget, no earlier cycle, no scenario, no resource, and nothing late."""
    plan, compared = dict(material.plan), dict(material.compared)
    plan["comparison"] = plan["comparison"].assign(budget=float("nan"), last_cycle=float("nan"))
    for name in ("decisions", "shortages", "capacity_plan"):
        plan[name] = plan[name].head(0)
    for tables in (plan, compared):
        for name in ("scenarios", "scenario_kpis"):
            tables[name] = tables[name][tables[name]["scenario"] == "base"]
    return replace(material, plan=plan, compared=compared, recommended="base", reason="there is no option beside it")


def crowded(material):
    """The company with forty times the decisions, in long words, and long names of everything."""
    plan, compared = dict(material.plan), dict(material.compared)
    many = pd.concat([plan["decisions"]] * 6, ignore_index=True)
    said = {name: many[name] + " and so on, at length," * 6 for name in ("question", "recommendation", "owner")}
    plan["decisions"] = many.assign(**said)
    rows = [
        plan["comparison"].assign(family=plan["comparison"]["family"] + f" of number {number}") for number in range(9)
    ]
    plan["comparison"] = pd.concat(rows, ignore_index=True)
    name = compared["scenarios"]["question"] + " " + "What then, and for how long, and who pays?" * 4
    compared["scenarios"] = compared["scenarios"].assign(question=name)
    long = plan["capacity_plan"]
    copies = [long.assign(resource_id=long["resource_id"] + f"-IN-HALL-{number}") for number in range(5)]
    plan["capacity_plan"] = pd.concat(copies, ignore_index=True)
    return replace(material, plan=plan, compared=compared)


@pytest.mark.parametrize("company", [bare, pytest.param(crowded, marks=pytest.mark.long)])
def test_a_company_that_has_nothing_and_one_that_has_too_much_get_a_deck_too(company, packed, tmp_path):
    deck(company(packed.material)).save(tmp_path / "deck.pptx")
    slides = list(Presentation(tmp_path / "deck.pptx").slides)
    assert 6 <= len(slides) <= 12
    test_nothing_leaves_its_slide_or_runs_into_the_footer(slides)
    for chart in charts(slides):
        assert list(chart.plots[0].categories)
        assert all(len(list(plot.series)) for plot in chart.plots)


@pytest.mark.long
@pytest.mark.parametrize("company", [bare, pytest.param(crowded, marks=pytest.mark.long)])
def test_they_get_a_workbook_and_a_cover_too(company, packed, tmp_path):
    material = company(packed.material)
    write_workbook(tmp_path / "plan.xlsx", material)
    checks = openpyxl.load_workbook(tmp_path / "plan.xlsx", data_only=True)["overview"].iter_rows(values_only=True)
    assert {value for row in checks if str(row[0]).startswith("check") for value in row[1:] if value is not None} == {0}
    assert material.answers()[3].answer in preread(material)
