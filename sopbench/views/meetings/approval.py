"""The approval of a plan on the executive page: a badge that says how it stands, and the form by which it is given."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets

from sopbench.contract import PlanningError
from sopbench.run import PATIENCE, held
from sopbench.views.meetings.frame import Sitting
from sopbench.views.meetings.parts import problem


def approval(sitting: Sitting) -> tuple[ipywidgets.HTML, ipywidgets.HBox]:
    """The badge that says whether the plan is approved, and the form by which it is."""
    cycle, person = sitting.cycle, sitting.person
    by = ipywidgets.Text(
        value=person.name if person.proven else "",
        description="Approved by",
        placeholder="your name",
        continuous_update=False,
        disabled=person.proven,
    )
    conditions = ipywidgets.Text(
        description="on condition that",
        placeholder="what | who | 2025-10-01; next",
        tooltip="Each condition becomes an action; owner and day may be left out; a semicolon parts several",
        continuous_update=False,
    )
    button = ipywidgets.Button(description="Approve and freeze the plan", button_style="primary")
    back = ipywidgets.Button(description="Return it", tooltip="Send the plan back; say above what must change")
    badge, note = ipywidgets.HTML().add_class("meeting-badge"), ipywidgets.HTML().add_class("meeting-note")
    form = ipywidgets.HBox([by, conditions, button, back, note])

    def show() -> None:
        approved, returned, reopened = cycle.approval(), cycle.returned(), cycle.reopened()
        if approved:
            form.children = [note]
            badge.value, note.value = '<p class="good">Approved</p>', _sentence_of(approved)
        elif returned:
            badge.value, note.value = '<p class="short">Returned</p>', _sentence_returned(returned)
        else:
            badge.value = '<p class="open">Not yet approved</p>'
            note.value = _sentence_reopened(reopened[-1]) if reopened else ""

    def decide(act: Callable[..., dict[str, str]]) -> None:
        button.disabled = back.disabled = True
        try:
            person.refuse_unless("approver")
            with held(cycle, wait=PATIENCE):
                sitting.refuse_if_run_again()
                act(person.signs(by.value), conditions.value.split(";"), sitting.plan_hash)
        except PlanningError as error:
            note.value = problem(str(error))
        else:
            show()
        finally:
            button.disabled = back.disabled = False

    button.on_click(lambda _: decide(cycle.approve))
    back.on_click(lambda _: decide(cycle.send_back))
    show()
    if not person.may("approver"):
        form.children = [note]
    return badge, form


def _sentence_of(approval: dict[str, str]) -> str:
    """Who approved the plan, when, and on what condition."""
    at = approval["at"][:16].replace("T", " ")
    plan = escape(approval["plan_hash"][:12])
    said = f"Approved by <b>{escape(approval['by'])}</b> on {escape(at)} UTC; the plan is frozen ({plan})."
    conditions = escape(approval["conditions"])
    return f'<p role="status">{said}' + (f" On condition that: <b>{conditions}</b>" if conditions else "") + "</p>"


def _sentence_reopened(said: dict[str, str]) -> str:
    """Who reopened the cycle, when and why."""
    at, by, why = (escape(each) for each in (said["at"][:10], said["by"], said["reason"]))
    return f'<p role="status">Reopened by <b>{by}</b> on {at}: {why}</p>'


def _sentence_returned(said: dict[str, str]) -> str:
    """Who sent the plan back, when, and what must change."""
    at, by, why = (escape(each) for each in (said["at"][:10], said["by"], said["conditions"]))
    return f'<p role="status">Returned by <b>{by}</b> on {at}: <b>{why}</b>. Make the plan again, then approve it.</p>'
