"""A what-if kept as a scenario: the form, what it writes into the book, and the list of what was asked so."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from html import escape

import ipywidgets
import pandas as pd

from sopbench.book import Book
from sopbench.contract import PlanningError, Problem
from sopbench.cycle import Cycle
from sopbench.params import Change, Scenario
from sopbench.views.meetings.frame import Sitting
from sopbench.views.meetings.parts import done, problem


class Form:
    """The form by which the levers as they stand are kept as a scenario.

    Attributes:
        widget: a button, and the form when it was pressed.
    """

    def __init__(self, sitting: Sitting, changes: Callable[[], list[Change]], kept: Callable[[], None]):
        """`changes` says what is asked, `kept` is called once it is in the book."""
        self._sitting, self._changes, self._kept = sitting, changes, kept
        person = sitting.person
        self._name = ipywidgets.Text(description="Name", placeholder="e.g. boards late")
        self._question = ipywidgets.Text(description="Question", placeholder="What if …?")
        self._owner = ipywidgets.Text(
            value=person.name if person.proven else "", description="Owner", disabled=person.proven
        )
        self._kind = ipywidgets.Dropdown(
            options=[("risk: may happen to us", "risk"), ("option: ours to choose", "option")], description="Kind"
        )
        self._reason = ipywidgets.Text(description="Reason", placeholder="why it is asked")
        self._expires = ipywidgets.DatePicker(description="Asked until")
        self._note = ipywidgets.HTML().add_class("kept")
        self._button = ipywidgets.Button(description="Save the scenario", button_style="primary")
        self._button.on_click(lambda _: self._save())
        fields = [self._name, self._question, self._owner, self._kind, self._reason, self._expires, self._button]
        self._fields = ipywidgets.VBox(fields).add_class("keep-form")
        self._open = ipywidgets.ToggleButton(description="Keep it as a scenario …")
        self._open.observe(lambda _: self._turn(), "value")
        self.widget = ipywidgets.VBox([self._open, self._fields, self._note] if person.may("planner") else [self._note])
        self._turn()

    def _turn(self) -> None:
        self._fields.layout.display = None if self._open.value else "none"

    def _save(self) -> None:
        try:
            self._sitting.person.refuse_unless("planner")
            name = keep(
                self._sitting.cycle,
                name=self._name.value,
                question=self._question.value,
                owner=self._sitting.person.signs(self._owner.value),
                kind=self._kind.value,
                reason=self._reason.value,
                expires=self._expires.value,
                changes=self._changes(),
            )
        except PlanningError as error:
            self._note.value = problem(str(error))
        else:
            self._note.value = done(f"{name.replace('_', ' ')} is asked now; {how_planned(self._sitting.cycle)}")
            self._open.value, self._name.value, self._question.value, self._reason.value = False, "", "", ""
            self._kept()


def keep(
    cycle: Cycle,
    *,
    name: str,
    question: str,
    owner: str,
    kind: str,
    reason: str,
    expires: date | None,
    changes: list[Change],
) -> str:
    """Write a scenario into the book of a cycle; return its short name, made from what a person calls it.

    Raises PlanningError where the name is none or taken (it says by whom), nothing is changed, question, owner or
    reason is not said, it would have expired already, or the cycle is frozen.
    """
    short = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not re.match(r"[a-z]", short):
        raise _refused("name", name, "a scenario needs a name that starts with a letter", "call it e.g. boards late")
    if not changes:
        raise _refused(short, "", "nothing is changed", "move a lever first")
    if expires is not None and pd.Timestamp(expires) <= cycle.start:
        message = "it would not even be asked in this cycle"
        raise _refused(short, str(expires), message, f"choose a day after {cycle.start:%Y-%m-%d}, or none")
    told = {each.name: each.owner or "somebody" for each in cycle.params.presop.scenarios}
    if short in told:
        message = f"{told[short]} asks a scenario of that name already, in {cycle.params_name}"
        raise _refused(short, "", message, "give it another name")
    if short == "base":
        raise _refused(short, "", "base is the plan as it stands", "give it another name")
    said = {"question": question.strip(), "owner": owner.strip(), "reason": reason.strip(), "kind": kind}
    scenario = Scenario(name=short, **said, expires=expires, changes=changes)
    Book(cycle.book_url).add_scenario(cycle.name, scenario)
    return short


def asked_in_the_book(book: Book, cycle: Cycle, planned: Collection[str]) -> str:
    """The scenarios of the book in force that are not `planned` yet, with who asks them, as HTML; empty for none."""
    rows = book.scenarios_written(cycle.name)
    rows = rows[~rows["name"].isin(planned)]
    if rows.empty:
        return ""
    said = "".join(
        f"<li><b>{escape(each['name'].replace('_', ' '))}</b> {escape(each['question'])} "
        f'<span class="quiet">{escape(each["owner"])}, {escape(each["made_at"][:16].replace("T", " "))} UTC</span></li>'
        for each in rows.to_dict("records")
    )
    return f"<h2>Asked in the meeting; {escape(how_planned(cycle))}</h2><ul>{said}</ul>"


def how_planned(cycle: Cycle) -> str:
    """How scenarios of the book come into the plan."""
    return f"planned for good at the next run: sopbench run {cycle.params_name} --cycle {cycle.name}"


def _refused(key: str, value: str, what: str, mend: str) -> PlanningError:
    return PlanningError(Problem("scenarios", key, value, what, mend))
