"""The deck of the executive meeting: a slide for each question, titled with its message, its charts native.

Figures are those of the cycle's tables; messages are the ones that the notebooks' charts and answers bear.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from sopbench.pack.deck_money import families_slide, margin_slide, money_slide, options_slide, statement_slide
from sopbench.pack.deck_plan import capacity_slide, decided_slide, demand_slide, risks_slide, short_slide
from sopbench.pack.material import Material
from sopbench.pack.parts import HALF, figures_of
from sopbench.pack.slides import BOTTOM, EDGE, HIGH, QUIET, TOP, Box, Deck, Table, band, fit, table, text
from sopbench.views.executive_answers import Answer
from sopbench.views.numbers import bucket_name
from sopbench.views.theme import COLORS


def deck(material: Material) -> Any:
    """The presentation, ready to be saved."""
    footer = f"{material.company}  |  S&OP cycle {material.month}  |  plan {material.plan_hash[:12]}"
    made = Deck(footer)
    slides = (
        _cover,
        _answers,
        options_slide,
        money_slide,
        families_slide,
        margin_slide,
        statement_slide,
        demand_slide,
        capacity_slide,
        short_slide,
        risks_slide,
        decided_slide,
    )
    for draw in slides:
        draw(made, material)
    about = made.presentation.core_properties
    about.title, about.author = f"{material.company}: executive S&OP, {material.month}", "sopbench"
    about.created = about.modified = material.cycle.start.to_pydatetime().replace(tzinfo=UTC)
    return made.presentation


def _cover(made: Deck, material: Material) -> None:
    horizon = material.plan["comparison"]["bucket"]
    slide = made.slide(f"{material.company}: executive S&OP, {material.month}")
    band(slide, Box(0, 0, 0.22, HIGH), COLORS["plan"])
    span = f"Plan from {bucket_name(horizon.min())} to {bucket_name(horizon.max())}"
    text(slide, Box(EDGE, TOP, 12.3, 0.4), span, 18, colour=QUIET)
    said = material.plain(material.recommendation)
    text(slide, Box(EDGE, 2.6, 11, 2.2), said, fit(said, 11, 2.2, (28, 24, 20, 18)), colour=COLORS["plan"])
    asked = f"{material.answers()[-1].question} {material.answers()[-1].answer}"
    text(slide, Box(EDGE, 5.2, 11, 0.8), asked, 18, bold=True)
    text(slide, Box(EDGE, 6.1, 11, 0.5), material.approval, 14, colour=QUIET)


def _answers(made: Deck, material: Material) -> None:
    """The four answers, each with the figures behind it."""
    slide = made.slide(material.plain(material.recommendation), "The four answers of the executive page.")
    high = (BOTTOM - TOP - 0.3) / 2
    for number, answer in enumerate(material.answers()):
        left, top = EDGE + (number % 2) * (HALF + 0.3), TOP + (number // 2) * (high + 0.3)
        text(slide, Box(left, top, HALF, 0.3), answer.question, 13, colour=QUIET)
        said, colour = material.plain(answer.answer), COLORS.get(answer.side, COLORS["actual"])
        text(
            slide,
            Box(left, top + 0.3, HALF, 0.4),
            said,
            fit(said, HALF, 0.4, (18, 16, 14), True),
            bold=True,
            colour=colour,
        )
        if answer.rows:
            shown = _asked(material, answer) if len(answer.heads) == 4 else figures_of(material, answer)
            table(slide, Box(left, top + 0.75, HALF, high - 0.75), shown, (12, 11, 10))


def _asked(material: Material, answer: Answer) -> Table:
    rows = [(material.plain(question), money) for question, _, _, money in answer.rows[:4]]
    return Table(("the largest of them", answer.heads[3]), rows, (5.0, 1.0), (1,))
