"""The approval of a plan on the executive page: a badge that says how it stands, and the form by which it is given."""

from __future__ import annotations

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
    conditions = ipywidgets.Text(description="on condition that", placeholder="none", continuous_update=False)
    button = ipywidgets.Button(description="Approve and freeze the plan", button_style="primary")
    badge, note = ipywidgets.HTML().add_class("meeting-badge"), ipywidgets.HTML().add_class("meeting-note")
    form = ipywidgets.HBox([by, conditions, button, note])

    def show(said: dict[str, str] | None) -> None:
        badge.value = '<p class="good">Approved</p>' if said else '<p class="open">Not yet approved</p>'
        if said:
            form.children = [note]
            note.value = _sentence_of(said)
        elif cycle.reopened():
            note.value = _sentence_reopened(cycle.reopened()[-1])

    def approve(_: object) -> None:
        button.disabled = True
        try:
            person.refuse_unless("approver")
            with held(cycle, wait=PATIENCE):
                sitting.refuse_if_run_again()
                said = cycle.approve(person.name if person.proven else by.value, conditions.value, sitting.plan_hash)
        except PlanningError as error:
            note.value = problem(str(error))
        else:
            show(said)
        finally:
            button.disabled = False

    button.on_click(approve)
    show(cycle.approval())
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
