"""What meeting pages are made of: cards, tables to read and to take away, charts with the table behind them.

Whatever a person or a table says is shown as text.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from html import escape

import altair as alt
import pandas as pd

from sopbench.contract.formulas import as_text
from sopbench.views.executive_answers import Answer
from sopbench.views.meetings.look import repainted
from sopbench.views.render import svg

LONG, LONGEST = 40, 300
"""Characters of a text in a table from which it may break at each _ and is told whole when pointed at, and those shown
at most."""

TAKEN_AWAY = 20_000
"""Rows of a table that a page carries along to be downloaded; a longer one is named instead."""


def card(answer: Answer) -> str:
    """An answer as HTML: question, sentence, and the figures to the right of their names."""
    question, said = escape(answer.question), escape(answer.answer)
    inner = f'<h2>{question}</h2><p class="{answer.side}">{said}</p>'
    return section(inner + (rows_table(answer.heads, answer.rows) if answer.rows else ""))


def section(inner: str, title: str = "") -> str:
    """A card around HTML that is safe already, with a title as text."""
    head = f"<h2>{escape(title)}</h2>" if title else ""
    return f'<section class="card">{head}{inner}</section>'


def rows_table(heads: Sequence[str], rows: Iterable[Sequence[str]], text_columns: int = 1) -> str:
    """A table as HTML; the first `text_columns` stand to the left, figures to the right, + green and − red."""
    left = [" class=text" if number < text_columns else "" for number in range(len(heads))]
    top = "".join(f"<th scope=col{side}>{escape(head)}</th>" for head, side in zip(heads, left, strict=True))
    body = "".join(
        "<tr>" + "".join(_cell(text, number, text_columns) for number, text in enumerate(row)) + "</tr>" for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def figure(
    chart: alt.TopLevelMixin, behind: pd.DataFrame | None = None, name: str = "figures", paper: bool = False
) -> str:
    """A chart as HTML, as large as its place allows: title as text, which wraps, and the table behind it to download.

    Args:
        chart: its title says the message.
        behind: the rows it draws; None = none to take away.
        name: what the downloaded file is called.
        paper: it is drawn in shades that need a white ground, and so keeps one on a dark page.
    """
    message, notes = str(chart.title.text), " ".join(chart.title.subtitle or [])
    chart.title = alt.Undefined
    drawn = svg(chart) if paper else repainted(svg(chart))
    wide = _WIDTH.search(drawn)
    natural = f'style="--natural:{wide[1]}px" ' if wide else ""  # how wide it was drawn, for a narrow page
    drawn = drawn.replace("<svg ", f'<svg {natural}preserveAspectRatio="xMinYMin" ', 1)
    taken = download(behind, name) if behind is not None else ""
    caption = f"<figcaption><b>{escape(message)}</b><small>{escape(notes)} {taken}</small></figcaption>"
    ground = "drawn paper" if paper else "drawn"
    return f'<figure>{caption}<div class="{ground}" role="img" aria-label="{escape(message)}">{drawn}</div></figure>'


def download(frame: pd.DataFrame, name: str) -> str:
    """A link by which the table is taken away as CSV that Excel opens; text that looks like a formula stays text."""
    if len(frame) > TAKEN_AWAY:
        return f"<span>{len(frame):,} rows: see the cycle's folder</span>"
    held = base64.b64encode(as_text(frame).to_csv(index=False).encode("utf-8-sig")).decode()
    address = f"data:text/csv;base64,{held}"
    label = escape(f"Download the table {name}")
    return f'<a class="taken" download="{escape(name)}.csv" href="{address}" aria-label="{label}">table</a>'


def sentence(title: str, message: str) -> str:
    """A card that says why there is nothing to show."""
    return f'<section class="card"><h1>{escape(title)}</h1><p role="alert">{in_lines(message)}</p></section>'


def problem(message: str) -> str:
    """What was refused, beside the control that asked for it."""
    return f'<p class="short" role="alert">{in_lines(message)}</p>'


def done(message: str) -> str:
    """What was done, beside the control that asked for it."""
    return f'<p class="good" role="status">{in_lines(message)}</p>'


def waiting(message: str) -> str:
    """What is being worked on."""
    return f'<p class="quiet" role="status">{escape(message)}</p>'


def in_lines(text: str) -> str:
    """Text as HTML with its line ends."""
    return escape(text).replace("\n", "<br>")


def _cell(text: str, number: int, text_columns: int) -> str:
    if number < text_columns:
        return f"<td class=text>{escape(text)}</td>" if len(text) <= LONG else _long_cell(text)
    side = {"+": "good", "−": "short"}.get(text[:1], "")
    return f'<td class="{side}">{escape(text)}</td>'


def _long_cell(text: str) -> str:
    shown = text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " …"
    return f'<td class=text title="{escape(text)}">{escape(shown).replace("_", "_<wbr>")}</td>'


_WIDTH = re.compile(r'<svg [^>]*?\bwidth="([\d.]+)"')
