"""Withdrawing an override of the book: with who and why, as everything that is said there."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import pandas as pd

from sopbench.book.overlap import ChangedMeanwhileError
from sopbench.contract import PlanningError, table
from sopbench.views.meetings.demand_review_book import Meanwhile, scopes, spans, values
from sopbench.views.meetings.frame import Sitting
from sopbench.views.meetings.parts import done, problem

SHOWN = 60
"""Overrides offered, the latest first."""


class Withdrawing:
    """A choice of the overrides of the book that are in force, who withdraws one and why; `form` holds them."""

    def __init__(self, sitting: Sitting, meanwhile: Meanwhile, withdrawn: Callable[[], None]):
        """`withdrawn` is called when the book has changed."""
        self.sitting, self.meanwhile, self.withdrawn = sitting, meanwhile, withdrawn
        person = sitting.person
        self.which = ipywidgets.Dropdown(description="Withdraw", options=[("choose one", 0)])
        self.by = ipywidgets.Text(
            value=person.name, description="Withdrawn by", placeholder="your name", disabled=person.proven
        )
        self.why = ipywidgets.Text(description="Because", placeholder="why it no longer holds")
        self.press = ipywidgets.Button(description="Withdraw it")
        self.note = ipywidgets.HTML().add_class("meeting-note")
        self.form = ipywidgets.HBox([self.which, self.by, self.why, self.press, self.note]).add_class("meeting-asked")
        self.press.on_click(lambda _: self._write())
        self.offer()

    def offer(self) -> None:
        """Offer what is in force in the book now."""
        rows = self._in_force()
        texts = zip(scopes(rows), spans(rows), values(rows), rows["owner"], strict=True)
        offered = [("choose one", 0), *zip([", ".join(text) for text in texts], rows["id"].tolist(), strict=True)]
        kept = self.which.value if self.which.value in [number for _, number in offered] else 0
        self.which.options = offered
        self.which.value = kept
        may = self.sitting.person.may("planner") and not self.sitting.cycle.approval()
        self.form.layout.display = "" if may and len(rows) else "none"

    def _in_force(self) -> pd.DataFrame:
        written = self.meanwhile.written
        known = written["id"].map("book-{}".format).isin(self.meanwhile.in_force["override_id"])
        nothing = (written["kind"] == "delta") & (written["value"] == 0)
        return written[known & ~nothing].iloc[::-1].head(SHOWN)

    def _write(self) -> None:
        number = self.which.value
        if not number:
            self.note.value = problem("Choose the override that no longer holds.")
            return
        rows = self.meanwhile.written.set_index("id")
        kept = {name: rows.loc[number, name] for name in table("overrides").names if name in rows}
        said = {
            "kind": "delta",
            "value": 0.0,
            "owner": self.sitting.person.signs(self.by.value),
            "reason": self.why.value.strip(),
        }
        self.press.disabled = True
        try:
            self.sitting.person.refuse_unless("planner")
            self.meanwhile.book.add_override(self.sitting.cycle.name, {**kept, **said}, replaces=int(number))
        except ChangedMeanwhileError as error:
            self.note.value = problem(f"{error.rows['owner'].iloc[0]} changed it meanwhile: look at the list again.")
        except PlanningError as error:
            self.note.value = problem(str(error))
        else:
            self.why.value = ""
            self.note.value = done("Withdrawn. The plan follows with the next run.")
        finally:
            self.press.disabled = False
            self.meanwhile.look()
            self.withdrawn()
