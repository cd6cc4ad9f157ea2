"""The overview of the plan's workbook: blocks of live formulas over its tables, checked against them, with charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from sopbench.pack.material import Material, in_words
from sopbench.pack.sheets import Sheet
from sopbench.pack.slides import money_format
from sopbench.views.numbers import bucket_name, bucket_word
from sopbench.views.theme import COLORS

CHART_AT = 10
"""The column at which charts begin."""


@dataclass(frozen=True)
class Figure:
    """A column of a block: its head, the table's column it sums, the rows it counts, and its format."""

    head: str
    of: str
    where: dict[str, str]
    look: str = "number"


@dataclass(frozen=True)
class Block:
    """A block: its title, the sheet it sums, the column its rows are keyed by, and its figures.

    `share` is a last column that sets one figure over another: its head, and the two figures' heads.
    """

    title: str
    sheet: Sheet
    key: str
    figures: tuple[Figure, ...]
    share: tuple[str, str, str] | None = None


def blocks(made: dict[str, Sheet], currency: str) -> list[Block]:
    """What the overview adds up."""
    money, units = {"line": "revenue"}, {"line": "units"}
    comparison, margin = made["comparison"], {"line": "margin"}
    figures = (
        Figure(f"revenue, {currency}", "plan", money),
        Figure("budget", "budget", money),
        Figure("plan less budget", "plan less budget", money),
        Figure(_as_far_as_it_went(comparison), "last cycle", money),
        Figure(f"margin, {currency}", "plan", margin),
        Figure("margin less budget", "plan less budget", margin),
        Figure("units", "plan", units),
    )
    share = ("gap, %", "plan less budget", "budget")
    everything: dict[str, str] = {}
    return [
        Block("The plan by family, against its budget", comparison, "family", figures, share),
        Block(f"The plan by {bucket_word()}", comparison, bucket_word(), figures, share),
        Block(
            "Late or lost, by cause",
            made["shortages"],
            "cause",
            (
                Figure(f"revenue at risk, {currency}", "revenue at risk", everything),
                Figure("units", "units", everything),
                Figure("of it lost", "of it lost", everything),
            ),
        ),
        Block(
            "Hours by resource",
            made["capacity_plan"],
            "resource",
            (
                Figure("hours needed", "hours needed", everything),
                Figure("regular hours", "regular hours", everything),
                Figure("overtime hours", "overtime hours", everything),
                Figure("regular hours there are", "regular hours there are", everything),
            ),
            ("load, %", "hours needed", "regular hours there are"),
        ),
        Block(
            "Orders by kind",
            made["sourcing_plan"],
            "how",
            (Figure(f"cost, {currency}", "cost", everything), Figure("units", "units", everything)),
        ),
    ]


def _as_far_as_it_went(comparison: Sheet) -> str:
    """The head of last cycle's plan, which ends before this one does: its sum is not one to compare with."""
    known = comparison.frame.loc[comparison.frame["last cycle"].notna(), bucket_word()]
    return f"last cycle, to {bucket_name(known.max())}" if len(known) else "last cycle"


def write_overview(book: Any, page: Any, made: dict[str, Sheet], material: Material, buckets: str) -> None:
    """Write every block below the other, with charts beside the first ones."""
    looks = {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "quiet": book.add_format({"font_color": "#59636e"}),
        "section": book.add_format({"bold": True, "font_size": 12}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "align": "right", "valign": "bottom"}),
        "key head": book.add_format({"bold": True, "bottom": 1, "valign": "bottom"}),
        "number": book.add_format({"num_format": "#,##0;[Red]-#,##0;–"}),
        "share": book.add_format({"num_format": "0.0%;[Red]-0.0%"}),
        "sum": book.add_format({"num_format": "#,##0;[Red]-#,##0;–", "bold": True, "top": 1}),
        "sum share": book.add_format({"num_format": "0.0%;[Red]-0.0%", "bold": True, "top": 1}),
        "sum key": book.add_format({"bold": True, "top": 1}),
        "check": book.add_format({"num_format": "#,##0.00", "font_color": "#59636e", "italic": True}),
        "text": book.add_format({}),
        "bucket": book.add_format({"num_format": buckets, "align": "left"}),
    }
    page.hide_gridlines(2)
    page.set_column(0, 0, 32)
    page.set_column(1, CHART_AT - 2, 14)
    page.freeze_panes(3, 1)
    page.write_string(
        0, 0, f"{material.company}: plan of {material.month}, {in_words(material.recommended)}", looks["title"]
    )
    said = f"{material.approval} Plan {material.plan_hash[:12]}. Every figure is a formula over this workbook's tables."
    page.write_string(1, 0, said, looks["quiet"])
    row = 3
    for block in blocks(made, material.currency):
        keys = sorted(block.sheet.frame[block.key].dropna().unique())
        if not len(keys):
            continue
        _write_block(page, block, keys, row, looks)
        _chart(book, page, block, keys, row, buckets, material.currency)
        row += max(len(keys) + 5, 15 if block.key in ("family", "cause") else 0)
    page.print_area(0, 0, row, CHART_AT + 10)


def _write_block(page: Any, block: Block, keys: list, top: int, looks: dict[str, Any]) -> None:
    """Title, heads, a row for each key, their sum, and below it what that sum differs by from the whole table."""
    page.write_string(top, 0, block.title, looks["section"])
    page.write_string(top + 1, 0, block.key, looks["key head"])
    page.set_row(top + 1, 32)
    first, last = top + 2, top + 1 + len(keys)
    for row, key in enumerate(keys, start=first):
        if isinstance(key, str):
            page.write_string(row, 0, key, looks["text"])
        else:
            page.write_datetime(row, 0, pd.Timestamp(key).to_pydatetime(), looks["bucket"])
    page.write_string(last + 1, 0, "sum", looks["sum key"])
    page.write_string(last + 2, 0, "check: sum less the whole table", looks["check"])
    places, found = {}, {}
    for place, figure in enumerate(block.figures, start=1):
        letter = chr(ord("A") + place)
        places[figure.head] = letter
        page.write_string(top + 1, place, figure.head, looks["head"])
        values = []
        for row, key in enumerate(keys, start=first):
            formula, value = block.sheet.sums(figure.of, block.key, f"$A{row + 1}", key, **figure.where)
            page.write_formula(row, place, formula, looks["number"], value)
            values.append(value)
        found[figure.head] = [*values, sum(values)]
        page.write_formula(last + 1, place, f"=SUM({letter}{first + 1}:{letter}{last + 1})", looks["sum"], sum(values))
        whole, value = block.sheet.total(figure.of, **figure.where)
        check = f"=ROUND({letter}{last + 2}-{whole[1:]},2)"
        page.write_formula(last + 2, place, check, looks["check"], round(sum(values) - value, 2) + 0.0)
    if block.share:
        head, upper, lower = block.share
        page.write_string(top + 1, len(block.figures) + 1, head, looks["head"])
        for number, row in enumerate(range(first, last + 2)):
            formula = f'=IF({places[lower]}{row + 1}=0,"",{places[upper]}{row + 1}/{places[lower]}{row + 1})'
            base = found[lower][number]
            value = found[upper][number] / base if base else ""
            look = looks["sum share" if row == last + 1 else "share"]
            page.write_formula(row, len(block.figures) + 1, formula, look, value)


def _chart(book: Any, page: Any, block: Block, keys: list, top: int, buckets: str, currency: str) -> None:
    """A native chart beside a block: families as bars, buckets as columns with lines, causes as bars."""
    first, last = top + 2, top + 1 + len(keys)

    def series(place: int, colour: str, **more: Any) -> dict[str, Any]:
        figure, frame = block.figures[place - 1], block.sheet.frame
        known = set(frame.loc[block.sheet.values(figure.of).notna(), block.key])
        end = max((row for row, key in enumerate(keys, start=first) if key in known), default=last)
        return {
            "name": [page.name, top + 1, place],
            "categories": [page.name, first, 0, end, 0],
            "values": [page.name, first, place, end, place],
            "fill": {"color": colour},
            **more,
        }

    if block.key not in ("family", bucket_word(), "cause"):
        return
    chart = book.add_chart({"type": "column" if block.key == bucket_word() else "bar"})
    chart.add_series(series(1, COLORS["short" if block.key == "cause" else "plan"], gap=50))
    if block.key == "family":
        chart.add_series(series(2, COLORS["target"]))
    if block.key == bucket_word():
        over = book.add_chart({"type": "line"})
        marks = {
            "type": "long_dash",
            "size": 9,
            "fill": {"color": COLORS["budget"]},
            "border": {"color": COLORS["budget"]},
        }
        over.add_series(series(2, COLORS["budget"], line={"none": True}, marker=marks))
        over.add_series(series(4, COLORS["earlier"], line={"color": COLORS["earlier"], "width": 2.25}))
        chart.combine(over)
    first_figure = block.figures[0]
    drawn = [block.sheet.sums(first_figure.of, block.key, "", key, **first_figure.where)[1] for key in keys]
    grid = {"num_format": money_format(drawn), "major_gridlines": {"visible": True, "line": {"color": "#eceff2"}}}
    if block.key == bucket_word():
        chart.set_y_axis(grid)
        chart.set_x_axis({"text_axis": True, "num_format": buckets})
    else:
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({**grid, "label_position": "high"})  # below, where the other axis is reversed
    chart.set_title({"name": f"{block.title}, {currency}", "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"} if block.key != "cause" else {"none": True})
    chart.set_size({"width": 640, "height": 270})
    page.insert_chart(top, CHART_AT, chart)
