"""Saving overrides on the demand review: the form, and what both said where somebody else was faster."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets
import pandas as pd

from sopbench.book.overlap import ChangedMeanwhileError
from sopbench.contract import PlanningError
from sopbench.contract.inputs import OVERRIDE_SCOPE
from sopbench.contract.words import counted
from sopbench.views.meetings.demand_review_book import Meanwhile, said_of, scopes, spans, values
from sopbench.views.meetings.demand_review_draft import in_their_place
from sopbench.views.meetings.frame import Sitting
from sopbench.views.meetings.parts import done, problem, rows_table

BOTH = ("Who", "Said", "What", "Buckets", "Value", "Reason")


class Saving:
    """The form under the grid.

    Attributes:
        form: owner, reason, the buttons and what became of the last press.
        clash: what both said, and the three ways out; empty while nobody else was faster.
        owner, reason: the fields, so that a draft can name both.
    """

    def __init__(
        self, sitting: Sitting, meanwhile: Meanwhile, rows: Callable[[], list[dict]], settled: Callable[[], None]
    ):
        """`rows` gives the draft as overrides; `settled` is called when it is saved or given up."""
        self.sitting, self.meanwhile, self.rows, self.settled = sitting, meanwhile, rows, settled
        person = sitting.person
        self.owner = ipywidgets.Text(
            value=person.name, description="Owner", placeholder="your name", disabled=person.proven
        )
        self.reason = ipywidgets.Text(description="Reason", placeholder="why the plan should change")
        self.save = ipywidgets.Button(description="Save the override", button_style="primary", disabled=True)
        self.drop = ipywidgets.Button(description="Discard", disabled=True)
        self.note = ipywidgets.HTML().add_class("meeting-note")
        self.form = ipywidgets.HBox([self.owner, self.reason, self.save, self.drop, self.note])
        self.form.add_class("meeting-asked")
        self.clash = ipywidgets.VBox([]).add_class("clash")
        self.seen = 0
        self.save.on_click(lambda _: self.write(self.rows(), [], self.seen))
        self.drop.on_click(lambda _: self._end(""))

    def typing(self, rows: list[dict]) -> None:
        """Let what is typed be saved; with nothing typed there is nothing to save."""
        self.save.disabled = self.drop.disabled = not rows

    def forget(self) -> None:
        """Take away what was said of the last press, and the question what holds: something else is typed now."""
        self.note.value, self.clash.children = "", []

    def write(self, rows: list[dict], replaces: list[int | None], seen: int) -> None:
        """Write the overrides into the book, or show what others wrote since `seen`."""
        if not rows:  # a second press, when all was saved by the first
            return
        self.save.disabled, self.save.description = True, "Saving …"
        try:
            self.sitting.person.refuse_unless("planner")
            cycle, about = self.sitting.cycle.name, self.meanwhile.shown.about
            numbers = self.meanwhile.book.add_overrides(cycle, rows, replaces, seen=seen, about=about)
        except ChangedMeanwhileError as error:
            self._show_both(rows, error.rows)
        except PlanningError as error:
            self.note.value = problem(str(error))
        else:
            self.reason.value = ""
            cycle = self.sitting.cycle
            run = f"sopbench run {cycle.params_name} --cycle {cycle.name} --to presop"
            self._end(done(f"{counted(len(numbers), 'override')} saved. The plan follows with the next run: {run}"))
        finally:
            self.save.description = "Save the override"
            self.save.disabled = not self.rows()

    def _end(self, note: str) -> None:
        self.clash.children = []
        self.note.value = note
        self.meanwhile.look()
        self.settled()

    def _show_both(self, mine: list[dict], theirs: pd.DataFrame) -> None:
        """Show what they said and what I want, and let me decide."""
        self.note.value = ""
        both = rows_table(
            said_of(BOTH), [*_rows(theirs), *_rows(pd.DataFrame(mine).assign(made_at="", owner="You"))], 6
        )
        who = escape(", ".join(theirs["owner"].unique()))
        said = f'<p class="short" role="alert"><b>{who}</b> changed this while you were typing. What holds?</p>'
        scope = pd.DataFrame(mine[:1])[list(OVERRIDE_SCOPE)].to_numpy()
        wider = (theirs[list(OVERRIDE_SCOPE)].to_numpy() != scope).any()
        hint = "Theirs is not for just the same as yours: in its place, all they said of these buckets ends."
        last = int(theirs["id"].max())
        ways = {
            "Keep theirs": lambda: self._end(done("Kept what was said meanwhile.")),
            "Put mine in its place": lambda: self.write(
                *in_their_place(mine, theirs, self.meanwhile.shown.buckets), last
            ),
            "Let both count, mine last": lambda: self.write(mine, [], last),
        }
        buttons = [ipywidgets.Button(description=name) for name in ways]
        for button, act in zip(buttons, ways.values(), strict=True):
            button.on_click(lambda _, act=act: act())
        more = f'<p class="quiet">{hint}</p>' if wider else ""
        self.clash.children = [ipywidgets.HTML(said + both + more), ipywidgets.HBox(buttons).add_class("meeting-asked")]


def _rows(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    """Overrides as a table of BOTH."""
    when = rows["made_at"].str.slice(0, 16).str.replace("T", " ") + rows["made_at"].map(lambda at: " UTC" if at else "")
    parts = (rows["owner"], when, scopes(rows), spans(rows), values(rows), rows["reason"])
    return list(zip(*parts, strict=True))
