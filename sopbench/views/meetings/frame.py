"""The frame of every meeting page: whose cycle it is, the way to the other meetings, who looks, and what is newer."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path

import altair as alt
import ipywidgets
import pandas as pd
from IPython import get_ipython
from IPython.display import HTML
from sqlalchemy.exc import SQLAlchemyError

from sopbench.contract import PlanningError, Problem
from sopbench.cycle import Cycle, open_cycle
from sopbench.people import Person, visitor
from sopbench.views.meetings.look import style
from sopbench.views.meetings.parts import sentence
from sopbench.views.numbers import bucket_name, speak
from sopbench.views.render import svg

MEETINGS = {
    "demand_review": "Demand review",
    "supply_review": "Supply review",
    "presop": "Pre-S&OP",
    "executive": "Executive S&OP",
    "scoreboard": "Scoreboard",
}
"""The notebooks of the meetings in the order of the month, and what people call them."""

LOOK_EVERY = 5.0
"""Seconds after which a page looks again whether a newer run exists."""


BROKEN = (PlanningError, SQLAlchemyError, OSError)
"""What may be wrong with a cycle's folder or its book, and is said instead of a page."""


@dataclass(frozen=True)
class Sitting:
    """One visitor before one meeting's page: the cycle as it stood when the page was opened, and who looks."""

    meeting: str
    cycle: Cycle
    person: Person
    plan_hash: str
    notice: ipywidgets.HTML

    @property
    def currency(self) -> str:
        """The company's currency."""
        return self.cycle.params.currency

    def refuse_if_run_again(self) -> None:
        """Raise PlanningError where the cycle was run again after the page was opened."""
        if self.cycle.plan_hash() != self.plan_hash:
            message = f"cycle {self.cycle.name} was run again after this page was opened"
            raise PlanningError(Problem("meeting", "", "", message, "load the page again and look at the new figures"))

    def say_what_failed(self, error: BaseException) -> None:
        """Show in the head that what was just asked did not work, where nothing else on the page says so."""
        said = (
            f"That did not work ({escape(_in_short(error))}). <a href=''>Load the page again</a>, then look what holds."
        )
        self.notice.value = f'<p class="notice" role="alert">{said}</p>'

    def say_if_run_again(self) -> None:
        """Show in the head that a newer run exists, or that the book holds more than the plan was made with."""
        since = self.cycle.unseen()
        if self.cycle.plan_hash() != self.plan_hash:
            said = "A newer run of this cycle exists. <a href=''>Load it</a>"
        elif since:
            words = "thing was" if len(since) == 1 else "things were"
            said = f"{len(since)} {words} said since this plan was made: {escape(since[0].message)}"
        else:
            return
        self.notice.value = f'<p class="notice" role="status">{said}</p>'


Parts = Mapping[str, ipywidgets.Widget]
"""The parts of a page by name, which is also how the style sheet calls them; one called badge stands in the head."""


def opened(
    meeting: str, step: str, params_file: str | Path, cycle_name: str, build: Callable[[Sitting], Parts]
) -> ipywidgets.Widget:
    """The page of a meeting as one widget; where the cycle has not been run so far, a widget that says so.

    Args:
        meeting: one of MEETINGS.
        step: the last step the page shows tables of; one that has not finished is said in a sentence.
        params_file, cycle_name: the company and its cycle; an empty name takes the one of the params file.
        build: makes the parts below the head.
    """
    try:
        sitting = _sit(meeting, step, params_file, cycle_name)
        parts = build(sitting)
    except BROKEN as error:
        said = ipywidgets.HTML(style() + sentence("This meeting has nothing to show yet", _in_short(error)))
        return ipywidgets.VBox([said]).add_class("meeting").add_class("meeting-empty")
    for name, part in parts.items():
        part.add_class(f"meeting-{name}")
    _tell_of_failures(sitting)
    sitting.say_if_run_again()
    every(LOOK_EVERY, sitting.say_if_run_again)
    inside = [part for name, part in parts.items() if name != "badge"]
    page = ipywidgets.VBox([_head(sitting, parts.get("badge")), *inside])
    return page.add_class("meeting").add_class(_page_class(meeting))


def first(meeting: str, step: str, params_file: str | Path, cycle_name: str, answers: Callable[[Sitting], str]) -> HTML:
    """Head and first cards of a page as plain HTML, which a browser shows before it has loaded any widget.

    Args as `opened`; `answers` gives the cards, as they will stand on the page. Empty where there is nothing to show.
    """
    try:
        sitting = _sit(meeting, step, params_file, cycle_name)
        head = f'<div class="meeting-head"><div class="widget-html"><div>{_title(sitting)}</div></div></div>'
        cards = f'<div class="meeting-answers"><div class="widget-html-content">{answers(sitting)}</div></div>'
    except BROKEN:
        return HTML("")
    return HTML(f'<div class="meeting first {_page_class(meeting)}">{head}{cards}</div>')


def every(seconds: float, look: Callable[[], None]) -> None:
    """Call `look` again and again while the page is open; nothing happens outside a running kernel."""

    async def again() -> None:
        while True:
            await asyncio.sleep(seconds)
            with suppress(*BROKEN):  # busy or being written: the next look will do
                look()

    try:
        _TASKS.add(asyncio.get_running_loop().create_task(again()))
    except RuntimeError:
        return


def _tell_of_failures(sitting: Sitting) -> None:
    """Let the kernel say on the page what went wrong after a press: it would say so to nobody."""
    shell = get_ipython()
    if getattr(shell, "kernel", None) is not None:
        shell.showtraceback = lambda *_, **__: sitting.say_what_failed(sys.exc_info()[1])


def _in_short(error: BaseException) -> str:
    """What is wrong, without the words of a database around it."""
    said = str(getattr(error, "orig", error))
    return said if isinstance(error, PlanningError) else f"{type(error).__name__}: {said}"


_TASKS: set[asyncio.Task] = set()
"""Held so that they are not collected while they wait."""


def make_ready() -> None:
    """Draw a chart nobody sees, so that a page made ready beforehand has the renderer loaded when a visitor comes."""
    svg(alt.Chart(pd.DataFrame({"x": [0.0]})).mark_point().encode(x="x"))


def _sit(meeting: str, step: str, params_file: str | Path, cycle_name: str) -> Sitting:
    cycle = open_cycle(params_file, cycle_name or None)
    refuse_unfinished(cycle, step)
    speak(cycle.params.frequency)
    person = visitor(cycle.params.meetings, os.environ)
    return Sitting(meeting, cycle, person, cycle.plan_hash(), ipywidgets.HTML().add_class("meeting-notice"))


def _page_class(meeting: str) -> str:
    return f"page-{meeting.replace('_', '-')}"


def refuse_unfinished(cycle: Cycle, step: str) -> None:
    """Raise PlanningError where a page has nothing to show: the step has not finished, or what it used is newer."""
    if cycle.record(step):
        return
    if step == "executive":
        cycle.refuse_if_newer("executive")
    message = f"cycle {cycle.name} of {cycle.params.company} has not been run as far as the step {step}"
    mend = f"sopbench run {cycle.params_name} --cycle {cycle.name}"
    raise PlanningError(Problem("meeting", "", "", message, mend))


def _head(sitting: Sitting, badge: ipywidgets.Widget | None) -> ipywidgets.Widget:
    beside = [badge] if badge is not None else []
    return ipywidgets.HBox([ipywidgets.HTML(_title(sitting)), sitting.notice, *beside]).add_class("meeting-head")


def _title(sitting: Sitting) -> str:
    """Whose cycle it is, the way to the other meetings, and who looks; with the colours of the page."""
    params = sitting.cycle.params
    here = '<span aria-current="page">{}</span>'
    there = '<a href="{}.ipynb">{}</a>'
    ways = "".join(
        here.format(escape(said)) if name == sitting.meeting else there.format(name, escape(said))
        for name, said in MEETINGS.items()
    )
    who = escape(sitting.person.name or "nobody known") + f" ({sitting.person.role})"
    return (
        f"{style()}<h1>{escape(params.title or params.company)}</h1>"
        f"<p>{escape(MEETINGS[sitting.meeting])}, cycle {escape(bucket_name(sitting.cycle.start))}</p>"
        f'<nav aria-label="Meetings">{ways}</nav><p class="who">{who}</p>'
    )
