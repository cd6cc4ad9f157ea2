"""Slides drawn with python-pptx: a title, texts that fit, tables cut to their place, charts that can be edited."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_LINE
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from sopbench.views.theme import COLORS

WIDE, HIGH, EDGE = 13.333, 7.5, 0.5
"""A slide's width and height, and what stays free at its sides, in inches."""

TOP, BOTTOM = 1.45, 6.85
"""Between these stands what a slide shows."""

INK, QUIET, LINE = COLORS["actual"], "#59636e", "#d5dbe1"

FONT = "Arial"
"""On every computer, or with a double of the same widths."""

LETTER, LETTER_BOLD, LEADING = 0.49, 0.54, 1.2
"""The mean width of a letter and the height of a line, in sizes of the font; generous, so that text never runs over."""

WIDEST = 0.63
"""The same of a letter in ids, figures and heads, which have more wide ones."""

HARD_SPACE = "\u00a0"
"""Keeps a figure and its unit on one line."""

UPRIGHT = 8
"""Up to so many names below an axis are written upright."""

NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""PowerPoint's own name for a table without a style."""


@dataclass(frozen=True)
class Box:
    """A place on a slide, in inches."""

    left: float
    top: float
    width: float
    height: float

    def emu(self) -> tuple[int, int, int, int]:
        """The place in PowerPoint's units."""
        return Inches(self.left), Inches(self.top), Inches(self.width), Inches(self.height)


WHOLE = Box(EDGE, TOP, WIDE - 2 * EDGE, BOTTOM - TOP)


@dataclass
class Deck:
    """A deck under way: its presentation, and the footer each slide bears."""

    footer: str
    presentation: Any = field(default_factory=Presentation)

    def __post_init__(self) -> None:
        self.presentation.slide_width, self.presentation.slide_height = Inches(WIDE), Inches(HIGH)
        for related in self.presentation.slide_master.part.rels.values():
            if related.reltype == RT.THEME:
                theme = related.target_part
                theme._blob = theme.blob.replace(b'typeface="Calibri"', f'typeface="{FONT}"'.encode())

    def slide(self, title: str, notes: str = "") -> Any:
        """A new slide whose title says its message; `notes` stand below it for who speaks."""
        made = self.presentation.slides.add_slide(self.presentation.slide_layouts[5])
        head = made.shapes.title
        head.left, head.top, head.width, head.height = Box(EDGE, 0.4, WIDE - 2 * EDGE, 0.9).emu()
        _write(head.text_frame, title, fit(title, WIDE - 2 * EDGE, 0.9, (26, 24, 22, 20, 18), bold=True), bold=True)
        head.text_frame.vertical_anchor = MSO_ANCHOR.TOP
        number = str(len(self.presentation.slides))
        text(made, Box(EDGE, 7.02, 10, 0.3), self.footer, 9, colour=QUIET)
        text(made, Box(WIDE - EDGE - 1, 7.02, 1, 0.3), number, 9, colour=QUIET, right=True)
        if notes:
            made.notes_slide.notes_text_frame.text = notes
        return made


def lines(said: str, width: float, size: float, bold: bool = False) -> int:
    """How many lines a text takes, estimated from the width of its words."""
    letters = max(1, int((width - 0.02) * 72 / (size * (LETTER_BOLD if bold else LETTER))))
    count = 0
    for part in said.split("\n"):
        used, count = 0, count + 1
        for word in part.split(" "):
            while len(word) > letters:
                word, count = word[letters:], count + 1
            if used and used + 1 + len(word) > letters:
                used, count = len(word), count + 1
            else:
                used += len(word) + (1 if used else 0)
    return count


def fit(said: str, width: float, height: float, sizes: Sequence[float], bold: bool = False) -> float:
    """The largest of the sizes at which the text fits; the smallest where none does."""
    fitting = (size for size in sizes if lines(said, width, size, bold) * size * LEADING / 72 <= height)
    return next(fitting, sizes[-1])


def text(
    slide: Any, box: Box, said: str, size: float, *, bold: bool = False, colour: str = INK, right: bool = False
) -> Any:
    """A text in its place, at its size."""
    shape = slide.shapes.add_textbox(*box.emu())
    _write(shape.text_frame, said, size, bold, colour, right)
    return shape


def band(slide: Any, box: Box, colour: str) -> None:
    """A plain area of one colour."""
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *box.emu())
    _fill(shape, colour)
    shape.line.fill.background()


def _write(frame: Any, said: str, size: float, bold: bool = False, colour: str = INK, right: bool = False) -> None:
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for number, part in enumerate(said.split("\n")):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        run = paragraph.add_run()
        run.text = part
        run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, rgb(colour)


def rgb(colour: str) -> RGBColor:
    """A colour of the theme as PowerPoint takes it."""
    return RGBColor.from_string(colour.lstrip("#").upper())


@dataclass(frozen=True)
class Table:
    """A table for people: heads, rows of texts, shares of the width, which columns are figures."""

    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    shares: tuple[float, ...]
    figures: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            self.rows[number] = tuple(
                said.replace(" ", HARD_SPACE) if place in self.figures else said for place, said in enumerate(row)
            )


def table(
    slide: Any, box: Box, shown: Table, sizes: Sequence[float] = (13, 12, 11, 10), sides: dict | None = None
) -> int:
    """A native table within its place at the largest size that fits; return how many rows had room.

    `sides` gives cells (row, column) the colour of a meaning: good or short.
    """
    size = next((each for each in sizes if _fits(shown, box, each)), sizes[-1])
    widths, heights = _widths(shown, box.width, size), _heights(shown, box.width, size)
    count = 0
    while count < len(shown.rows) and sum(heights[: count + 2]) <= box.height:
        count += 1
    place = Box(box.left, box.top, box.width, sum(heights[: count + 1]))
    frame = slide.shapes.add_table(count + 1, len(shown.heads), *place.emu())
    made = frame.table
    frame._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = NO_STYLE
    made.horz_banding = False
    for number, width in enumerate(widths):
        made.columns[number].width = Inches(width)
    for row, cells in enumerate([shown.heads, *shown.rows[:count]]):
        made.rows[row].height = Inches(heights[row])
        for column, said in enumerate(cells):
            side = (sides or {}).get((row - 1, column), "")
            _cell(made.cell(row, column), said, size, row == 0, column in shown.figures, side)
    return count


def _fits(shown: Table, box: Box, size: float) -> bool:
    """Whether at that size all rows have room and no word is broken."""
    return sum(_least(shown, size)) <= box.width and sum(_heights(shown, box.width, size)) <= box.height


def _least(shown: Table, size: float) -> list[float]:
    """The width of each column's longest word."""
    texts = [shown.heads, *shown.rows]
    longest = [max(len(word) for cells in texts for word in _words(cells[at])) for at in range(len(shown.heads))]
    return [letters * WIDEST * size / 72 + 0.18 for letters in longest]


def _widths(shown: Table, width: float, size: float) -> list[float]:
    """The width of each column: room for its longest word, and of what is left its share."""
    least = _least(shown, size)
    spare = width - sum(least)
    if spare < 0:
        return [width * share / sum(shown.shares) for share in shown.shares]
    return [own + spare * share / sum(shown.shares) for own, share in zip(least, shown.shares, strict=True)]


def _words(said: str) -> list[str]:
    """What may stand on a line of its own."""
    return re.split("[ \\n]", said)


def _heights(shown: Table, width: float, size: float) -> list[float]:
    """The height of the head and of each row, in inches."""
    widths = _widths(shown, width, size)
    counts = [
        max(lines(said, each - 0.16, size, bold=cells is shown.heads) for said, each in zip(cells, widths, strict=True))
        for cells in [shown.heads, *shown.rows]
    ]
    return [count * size * LEADING / 72 + 0.12 for count in counts]


def _cell(cell: Any, said: str, size: float, head: bool, figure: bool, side: str) -> None:
    _write(cell.text_frame, said, size, head, COLORS.get(side, QUIET if head else INK), figure)
    cell.margin_left = cell.margin_right = Inches(0.08)
    cell.margin_top = cell.margin_bottom = Inches(0.06)
    edge = cell._tc.get_or_add_tcPr()
    line = etree.SubElement(edge, qn("a:lnB"), w=str(Pt(1 if head else 0.5)))
    fill = etree.SubElement(etree.SubElement(line, qn("a:solidFill")), qn("a:srgbClr"))
    fill.set("val", ("9AA4AE" if head else LINE.lstrip("#").upper()))


@dataclass(frozen=True)
class Series:
    """A series of a chart: its name, values (None where there is none), and its colour; "" draws nothing."""

    name: str
    values: list[float | None]
    colour: str
    label: str = ""
    look: str = "line"


def columns(
    slide: Any,
    box: Box,
    categories: list[str],
    series: list[Series],
    *,
    number_format: str,
    stacked: bool = False,
    lying: bool = False,
    least: float | None = None,
    gap: int = 45,
) -> Any:
    """Columns, or bars that lie; `label` of a series is the number format of the figures at its bars."""
    kinds = {
        (False, False): XL_CHART_TYPE.COLUMN_CLUSTERED,
        (True, False): XL_CHART_TYPE.COLUMN_STACKED,
        (False, True): XL_CHART_TYPE.BAR_CLUSTERED,
        (True, True): XL_CHART_TYPE.BAR_STACKED,
    }
    chart = _chart(slide, box, kinds[stacked, lying], categories, series, number_format)
    plot = chart.plots[0]
    plot.gap_width = gap
    for drawn, said in zip(plot.series, series, strict=True):
        drawn.invert_if_negative = False
        _fill(drawn.format, said.colour)
        if said.label:
            _labels(drawn, said.label, None if stacked else XL_LABEL_POSITION.OUTSIDE_END)
    if lying:
        chart.category_axis.reverse_order = True
        chart.value_axis.visible = False
        chart.value_axis.has_major_gridlines = False
        known = [value for said in series for value in said.values if value is not None]
        low, high = min([0.0, *known]), max([0.0, *known])
        room = 0.35 * (high - low) or 1.0  # for the figures at the bars
        chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = low - room if low else 0.0, high + room
    if least is not None:
        chart.value_axis.minimum_scale = least
    return chart


def label_tops(chart: Any, name: str, said: list[str]) -> None:
    """Make a series an unseen line whose points bear these texts above them."""
    as_lines(chart, {name: "unseen"})
    [drawn] = [each for each in chart.plots[1].series if each.name == name]
    for number, words in enumerate(said):
        label = drawn.points[number].data_label
        label.text_frame.text, label.position = words, XL_LABEL_POSITION.ABOVE
        font = label.text_frame.paragraphs[0].runs[0].font
        font.size, font.bold, font.color.rgb = Pt(11), True, rgb(INK)


def curves(slide: Any, box: Box, categories: list[str], series: list[Series], *, number_format: str) -> Any:
    """Lines over time; the axis need not start at 0."""
    chart = _chart(slide, box, XL_CHART_TYPE.LINE, categories, series, number_format)
    for drawn, said in zip(chart.plots[0].series, series, strict=True):
        _stroke(drawn, said.colour, said.look)
    return chart


def as_lines(chart: Any, names: dict[str, str]) -> None:
    """Turn series of a column chart into lines over the columns; a name's value is its look."""
    if not names:
        return
    bars = chart._chartSpace.find(f".//{qn('c:barChart')}")
    over = etree.SubElement(bars.getparent(), qn("c:lineChart"))
    bars.addnext(over)
    etree.SubElement(over, qn("c:grouping"), val="standard")
    etree.SubElement(over, qn("c:varyColors"), val="0")
    moved = [each for each in bars.findall(qn("c:ser")) if each.find(f".//{qn('c:tx')}//{qn('c:v')}").text in names]
    for each in moved:
        found = each.find(f".//{qn('a:srgbClr')}")
        colour = "000000" if found is None else found.get("val")
        for gone in ("c:invertIfNegative", "c:spPr"):
            found = each.find(qn(gone))
            if found is not None:
                each.remove(found)
        over.append(each)
        each.set("colour", colour)
    etree.SubElement(over, qn("c:marker"), val="1")
    for axis in bars.findall(qn("c:axId")):
        over.append(copy.deepcopy(axis))
    for each, drawn in zip(moved, chart.plots[1].series, strict=True):
        _stroke(drawn, each.attrib.pop("colour"), names[drawn.name])


def _chart(slide: Any, box: Box, kind: Any, categories: list[str], series: list[Series], number_format: str) -> Any:
    data = CategoryChartData(number_format="#,##0")
    data.categories = categories
    for said in series:
        data.add_series(said.name, said.values)
    chart = slide.shapes.add_chart(kind, *box.emu(), data).chart
    chart.font.size, chart.font.color.rgb = Pt(11), rgb(QUIET)
    named = [said for said in series if said.colour]
    chart.has_title = False
    chart.has_legend = len(named) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    values, across = chart.value_axis, chart.category_axis
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = number_format, False
    values.major_gridlines.format.line.color.rgb = rgb("#eceff2")
    values.format.line.fill.background()
    across.format.line.color.rgb = rgb("#c5ccd3")
    across.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if len(categories) <= UPRIGHT:
        across.tick_labels.font.size = Pt(11)
        across._element.find(f"{qn('c:txPr')}/{qn('a:bodyPr')}").set("rot", "0")
    return chart


def _fill(look: Any, colour: str) -> None:
    if colour:
        look.fill.solid()
        look.fill.fore_color.rgb = rgb(colour)
    else:
        look.fill.background()


def _stroke(drawn: Any, colour: str, look: str) -> None:
    """The look of a line: line, dashed, dots (marks alone) or unseen."""
    drawn.smooth = False
    drawn.marker.style = XL_MARKER_STYLE.DASH if look == "dots" else XL_MARKER_STYLE.NONE
    if look in ("dots", "unseen"):
        drawn.format.line.fill.background()
    else:
        drawn.format.line.color.rgb, drawn.format.line.width = rgb(colour), Pt(2.25)
        drawn.format.line.dash_style = MSO_LINE.DASH if look == "dashed" else MSO_LINE.SOLID
    if look == "dots":
        drawn.marker.size = 12
        _fill(drawn.marker.format, colour)
        drawn.marker.format.line.color.rgb = rgb(colour)


def _labels(drawn: Any, number_format: str, position: Any) -> None:
    labels = drawn.data_labels
    labels.show_value, labels.number_format, labels.number_format_is_linked = True, number_format, False
    labels.font.size, labels.font.bold, labels.font.color.rgb = Pt(11), True, rgb(INK)
    if position is not None:
        labels.position = position


def money_format(values: Sequence[float | None], sign: str = "", decimals: int = 0) -> str:
    """Excel's format for money as short as the largest of the values allows: 12 M, 312 k, 87; `sign` before it."""
    largest = max((abs(value) for value in values if value is not None and not math.isnan(value)), default=0.0)
    whole = "#,##0" + ("." + "0" * decimals if decimals else "")
    short = f'{whole},,"{HARD_SPACE}M"' if largest >= 5e6 else f'#,##0,"{HARD_SPACE}k"' if largest >= 2e3 else "#,##0"
    return f"+{short};−{short};{short}" if sign == "±" else f"{sign}{short}"
