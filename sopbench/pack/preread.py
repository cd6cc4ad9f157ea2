"""The pre-read: what the executed notebooks say, without their code, as one HTML page that prints on A4."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import nbformat
from lxml import html as markup

from sopbench.contract import PlanningError, Problem
from sopbench.cycle import Cycle
from sopbench.pack.harmless import harmless, image, words
from sopbench.pack.material import Material, in_words
from sopbench.run import step_notebook
from sopbench.views.executive_answers import Answer
from sopbench.views.theme import COLORS, FONT

MOST = 13
"""Rows of a table that are printed; the notebook holds the others."""

WHOLE = 12
"""Letters of a cell that are never broken over two lines: ids, dates, figures."""


OF_BASE = "The figures of this chapter are those of base, the plan of the supply review; {} is set beside it above."


@dataclass(frozen=True)
class Chapter:
    """What is taken from a step's notebook: the named sections, or all but those left out.

    `of_base` says that the notebook speaks of the plan of the supply review, which need not be the one recommended.
    """

    step: str
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    of_base: bool = False

    def takes(self, section: str) -> bool:
        """Whether the section (its head; the notebook's own opening has none) is printed."""
        return section in self.only or not section if self.only else section not in self.without


CHAPTERS = (
    Chapter("executive", without=("In four sentences", "Approve")),
    Chapter("presop", without=("Solve",)),
    Chapter("demand", only=("The families ahead", "From history to consensus")),
    Chapter("supply", only=("What customers do not get on time, and why", "Where hours end"), of_base=True),
)
"""The decision first, then what it rests on. The four sentences stand on the cover."""

SPARED = (
    ("presop", "A plan that hedges"),
    ("presop", "Where the budget is missed"),
    ("supply", "Where hours end"),
    ("demand", "From history to consensus"),
    ("supply", "What customers do not get on time, and why"),
    ("presop", "The questions"),
)
"""What is left out first where the pre-read gets too long: what other sections say too, or the deck shows."""


def preread(material: Material, spared: int = 0) -> str:
    """The pre-read as HTML: a cover, then a chapter from each notebook; everything it shows is inside.

    The first `spared` sections of SPARED are left out.
    """
    chapters = "".join(_chapter(material, chapter) for chapter in map(_without(SPARED[:spared]), CHAPTERS))
    title = f"{material.company}: S&OP pre-read, {material.month}"
    head = f"<meta charset=utf-8><title>{escape(title)}</title><style>{_style(material)}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{_cover(material)}{chapters}</body></html>\n"


def _without(spared: tuple[tuple[str, str], ...]) -> Callable[[Chapter], Chapter]:
    """What a chapter is without the sections named."""

    def less(chapter: Chapter) -> Chapter:
        gone = tuple(section for step, section in spared if step == chapter.step)
        only = tuple(section for section in chapter.only if section not in gone)
        return replace(chapter, only=only or chapter.only and ("",), without=chapter.without + gone)

    return less


def _cover(material: Material) -> str:
    """Company, cycle, the plan recommended, the four answers, and what is to be decided."""
    *answers, asked = material.answers()
    said = "".join(_answer(material, answer) for answer in answers)
    rows = "".join(
        f"<tr><td>{_text(material, question)}</td><td>{_text(material, owner)}</td><td class=money>{money}</td></tr>"
        for question, _, owner, money in asked.rows[:MOST]
    )
    money = f"<th class=money>{escape(material.currency)}</th>"
    heads = f"<tr><th>{escape(asked.answer)}</th><th>owner, due</th>{money}</tr>"
    decide = f"<h2>{escape(asked.question)}</h2><table class=decide><thead>{heads}</thead><tbody>{rows}</tbody></table>"
    return (
        f"<section class=cover><p class=kind>Executive S&amp;OP, pre-read</p><h1>{escape(material.company)}</h1>"
        f"<p class=cycle>Cycle {escape(material.month)}</p>"
        f"<p class=recommended>{_text(material, material.recommendation)}</p>{said}{decide}"
        f"<p class=state>{escape(material.approval)} Plan {material.plan_hash[:12]}.</p></section>"
    )


def _answer(material: Material, answer: Answer) -> str:
    return (
        f"<div class=answer><h2>{escape(answer.question)}</h2>"
        f'<p class="{answer.side}">{_text(material, answer.answer)}</p></div>'
    )


def _text(material: Material, said: str) -> str:
    return escape(material.plain(said))


def _chapter(material: Material, chapter: Chapter) -> str:
    """The chosen sections of a notebook; what a text says of a chart or table begins on its page."""
    parts = section = told = ""
    for cell in executed(material.cycle, chapter.step).cells:
        if cell.cell_type == "markdown":
            section = _section(cell.source, section)
            if chapter.takes(section):
                head = told if "<h" in told else ""  # a text that nothing follows has nothing to speak of
                told = head + _text_of(re.sub(r"^# \d+ ", "# ", cell.source))
            continue
        for output in cell.get("outputs", []):
            section = _section(output.get("data", {}).get("text/markdown", ""), section)
            shown = _shown(material, output) if chapter.takes(section) else ""
            if shown:
                parts += _kept(told, shown)
                told = ""
    if chapter.of_base and material.recommended != "base":
        note = f"<p class=base>{OF_BASE.format(escape(material.recommended))}</p>"
        parts = parts.replace("</h1>", f"</h1>{note}", 1)
    return f"<section class=chapter>{material.plain(parts)}</section>" if parts else ""


def _kept(told: str, shown: str) -> str:
    """A text with what it speaks of: a picture on the same page, a table or a further text begun on it."""
    if "<figure" in shown:
        return f"<div class=keep>{told}{shown}</div>"
    return f"<div class=lead>{told}</div>{shown}" if told else shown


def _text_of(markdown: str) -> str:
    """Markdown as HTML, without the signs that link to a head."""
    from nbconvert.filters import markdown2html

    return harmless(re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html(markdown)))


def executed(cycle: Cycle, step: str) -> nbformat.NotebookNode:
    """The notebook of a step as it was run in this cycle."""
    path = cycle.folder / "notebooks" / step_notebook(step).name
    if not path.exists():
        mend = f"run: sopbench run {cycle.params_name} --cycle {cycle.name} --steps {step} --force"
        raise PlanningError(Problem("pack", "notebook", str(path), "the executed notebook is not there", mend))
    return nbformat.read(path, as_version=4)


def _section(source: str, before: str) -> str:
    """The section a text opens, or the one it stands in."""
    heads = re.findall(r"^## (.+)$", source, re.MULTILINE)
    return heads[0].strip() if heads else before


def _shown(material: Material, output: nbformat.NotebookNode) -> str:
    """An output as a reader sees it: a picture, a table or a sentence; what only a tool would read is left out."""
    data = output.get("data", {})
    if "image/svg+xml" in data:
        return _picture(material.plain(data["image/svg+xml"]))
    if "image/png" in data:
        return f'<figure><img alt="chart" src="data:image/png;base64,{image(data["image/png"])}"></figure>'
    if "text/html" in data:
        return cut(harmless(data["text/html"]))
    return _text_of(data["text/markdown"]) if "text/markdown" in data else ""


def _picture(svg: str) -> str:
    """A chart as a picture of its own, so that names inside one SVG never meet those of another."""
    said = re.search(r"Title text '(.*?)'", svg)
    alt = words(said.group(1)) if said else "chart"
    drawn = base64.b64encode(svg.encode()).decode()
    return f'<figure><img alt="{alt}" src="data:image/svg+xml;base64,{drawn}"></figure>'


def cut(table: str) -> str:
    """A table with at most MOST rows and a line that says how many more there are; one far longer is only named."""
    parts = [part for part in markup.fragments_fromstring(table) if not isinstance(part, str)]
    rows = [row for part in parts for body in part.iter("tbody") for row in body]
    if len(rows) > 2 * MOST:
        return f"<p class=more>A table of {len(rows)} rows is in the notebook.</p>"
    for row in rows[MOST:]:
        row.getparent().remove(row)
    for cell in (cell for row in rows[:MOST] for cell in row if len(cell.text_content()) <= WHOLE):
        cell.set("class", f"{cell.get('class', '')} whole")
    note = f"<p class=more>and {len(rows) - MOST} more in the notebook</p>" if len(rows) > MOST else ""
    return "".join(markup.tostring(part, encoding="unicode") for part in parts) + note


def _style(material: Material) -> str:
    """The look: A4 with the cycle above and the page's number below; nothing is cut at a page's end."""
    look = (Path(__file__).parent / "preread.css").read_text(encoding="utf-8")
    colours = "".join(f"--{meaning}:{colour};" for meaning, colour in COLORS.items())
    above = _css_text(f"{material.company}, S&OP cycle {material.month}")
    below = _css_text(f"Plan {in_words(material.recommended)}, {material.plan_hash[:12]}")
    boxes = f"@page{{@top-left{{content:{above}}}@bottom-left{{content:{below}}}}}"
    return f":root{{{colours}--font:{FONT}}}{look}{boxes}@page:first{{@top-left{{content:none}}}}"


def _css_text(text: str) -> str:
    """A text inside a style sheet, whatever characters it has."""
    return '"' + "".join(f"\\{ord(each):06x} " if each in '"\\<>\n' else each for each in text) + '"'
