"""The page of the demand review: where the consensus should be doubted, one selection at a time, and overrides.

It shows the finished tables of one cycle and the book beside them. What a draft would do is worked out by the demand
step's own functions; the plan itself changes with the next run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from html import escape
from pathlib import Path

import ipywidgets
import pandas as pd
from IPython.display import HTML
from sqlalchemy.exc import OperationalError

from sopbench.views.meetings import frame
from sopbench.views.meetings.demand_review_book import Meanwhile
from sopbench.views.meetings.demand_review_desk import Desk
from sopbench.views.meetings.demand_review_doubts import AGAINST, columns_of, doubts, in_words, ranked, texts
from sopbench.views.meetings.demand_review_more import More
from sopbench.views.meetings.demand_review_read import Shown, read
from sopbench.views.meetings.demand_review_scope import Scope
from sopbench.views.meetings.grid import Grid
from sopbench.views.meetings.parts import rows_table, section
from sopbench.views.numbers import bucket_word

MEETING, STEP = "demand_review", "demand"

FIRST_ROWS = 8
"""Items or families named first; the search finds the others."""

LEVELS = {"Items": "item_id", "Families": "family"}


def page(params_file: str | Path, cycle_name: str = "") -> ipywidgets.Widget:
    """The page of a cycle as one widget; where demand has not been planned, a widget that says so."""
    return frame.opened(MEETING, STEP, params_file, cycle_name, build)


def first(params_file: str | Path, cycle_name: str = "") -> HTML:
    """The page's head and what should be doubted, shown before its widgets are there."""
    return frame.first(MEETING, STEP, params_file, cycle_name, _answer)


def _answer(sitting: frame.Sitting) -> str:
    """The doubts over items as a card of text."""
    shown = read(sitting.cycle)
    found = doubts(shown, "item_id")
    rows = ranked(found, "", FIRST_ROWS)
    words, _ = texts(rows, "item_id")
    heads = ["", *(AGAINST[name] for name in columns_of("item_id"))]
    table = rows_table(
        heads, [(str(shown.names.get(key, key)), *row) for key, row in zip(rows.index, words, strict=True)]
    )
    return section(f"{_asked(sitting, shown, in_words(found, shown.names, sitting.currency))}{table}")


def _asked(sitting: frame.Sitting, shown: Shown, answer: str) -> str:
    """The question of the page and its answer."""
    planned = len(shown.buckets)
    span = "year" if planned >= shown.year else f"{planned} {bucket_word(planned)}"
    question = f"Where should the consensus be doubted? (next {span}, {sitting.currency})"
    return f"<h2>{escape(question)}</h2><p>{escape(answer)}</p>"


def build(sitting: frame.Sitting) -> frame.Parts:
    """Lay the page out: doubts beside the chart of one selection, the grid below, then what was said and its worth."""
    shown = read(sitting.cycle)
    meanwhile = Meanwhile(shown)
    found = cache(partial(doubts, shown))
    first = ranked(found("item_id"), "", 1).index
    scope = Scope(("item_id", first[0])) if len(first) else Scope()

    def changed() -> None:
        more.draw()
        desk.show()

    def look() -> None:
        with suppress(OperationalError):  # the book is busy: the next look will do
            if meanwhile.look():
                changed()

    more = More(sitting, shown, meanwhile, changed)
    desk = Desk(sitting, shown, meanwhile, scope, more.draw)

    frame.every(frame.LOOK_EVERY, look)
    return {
        "selection": desk.asked,
        "doubts": _doubts(sitting, shown, found, desk),
        "chart": desk.chart,
        "grid": desk.grid,
        "more": more.box,
    }


def _doubts(
    sitting: frame.Sitting, shown: Shown, found: Callable[[str], pd.DataFrame], desk: Desk
) -> ipywidgets.Widget:
    """The card of what should be doubted (`found` gives it by level); a cell picked is looked at."""
    level = ipywidgets.ToggleButtons(options=list(LEVELS.items()), value="item_id", tooltips=["Items", "Families"])
    options = [("Most money", ""), *((said.capitalize(), name) for name, said in AGAINST.items())]
    first = ipywidgets.Dropdown(options=options, value="", description="First")
    said, cells = ipywidgets.HTML(), Grid()
    keys: list[str] = []

    def show(_: object = None) -> None:
        rows = ranked(found(level.value), first.value, FIRST_ROWS)
        keys[:] = rows.index
        names = [shown.names.get(key, key) if level.value == "item_id" else key.replace("_", " ") for key in keys]
        words, looks = texts(rows, level.value)
        heads = [AGAINST[name] for name in columns_of(level.value)]
        cells.show(heads, names, words, ["picked"] * len(keys), looks)
        said.value = _asked(sitting, shown, in_words(found(level.value), shown.names, sitting.currency))

    cells.on_pick(lambda row, _: desk.look_at(Scope((level.value, keys[row]))))
    level.observe(show, "value")
    first.observe(show, "value")
    show()
    asked = ipywidgets.HBox([level, first]).add_class("meeting-asked")
    return ipywidgets.VBox([said, asked, cells]).add_class("card")
