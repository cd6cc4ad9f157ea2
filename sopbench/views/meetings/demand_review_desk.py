"""The desk of the demand review: one selection at a time, its chart, and the grid in which the consensus is changed."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets

from sopbench.contract import PlanningError
from sopbench.views.meetings.demand_review_book import Meanwhile
from sopbench.views.meetings.demand_review_charts import VIEWS, selection_chart
from sopbench.views.meetings.demand_review_draft import MONEY, PERCENT, UNITS, Said, overrides_of, understood
from sopbench.views.meetings.demand_review_effect import effect, in_words
from sopbench.views.meetings.demand_review_read import Shown
from sopbench.views.meetings.demand_review_rows import TYPED, grid_rows
from sopbench.views.meetings.demand_review_save import Saving
from sopbench.views.meetings.demand_review_scope import Scope, key_of, part_of, whats, wheres, whos
from sopbench.views.meetings.frame import Sitting
from sopbench.views.meetings.grid import Grid
from sopbench.views.meetings.parts import figure, problem
from sopbench.views.meetings.picker import picker

HINT = (
    "Type into the row Consensus: <b>1,200</b> puts that in its place, <b>+200</b> adds to it, <b>+5%</b> moves it. "
    "What it does to family, revenue and capacity is shown before you save."
)


class Desk:
    """What one looks at, and what one types; drafts wait by selection until they are saved or discarded.

    Attributes:
        asked: the controls that say what is looked at.
        chart: its chart, with the choice of what that shows.
        grid: the grid with its form and effect.
    """

    def __init__(self, sitting: Sitting, shown: Shown, meanwhile: Meanwhile, scope: Scope, saved: Callable[[], None]):
        """`scope` is looked at first; `saved` is called when the book has changed."""
        self.saved = saved
        self.sitting, self.shown, self.meanwhile, self.scope = sitting, shown, meanwhile, scope
        self.may_type = sitting.person.may("planner") and not sitting.cycle.approval()
        self.drafts: dict[Scope, dict[int, Said]] = {}
        self.seen: dict[Scope, int] = {}
        self.asked = self._controls()
        self.view = ipywidgets.ToggleButtons(options=[(said, name) for name, said in VIEWS.items()], value="forecast")
        self.view.tooltips = [f"Show: {said}" for said in VIEWS.values()]
        self.drawing = ipywidgets.HTML()
        self.chart = ipywidgets.VBox([self.view, self.drawing.add_class("drawing")]).add_class("card")
        self.cells, self.heading = Grid(), ipywidgets.HTML()
        self.saving = Saving(sitting, meanwhile, self.rows, self._settled)
        self.told = ipywidgets.HTML().add_class("effect")
        form = [self.saving.form, self.saving.clash] if self.may_type else []
        self.grid = ipywidgets.VBox([self.heading, self.cells, *form, self.told]).add_class("card")
        self.view.observe(lambda _: self.draw(), "value")
        self.cells.on_type(self._type)
        self.show()

    def _controls(self) -> ipywidgets.Box:
        shown = self.shown
        self.find = ipywidgets.ToggleButton(value=False, icon="", tooltip="Choose an item, family or category")
        listed = picker(whats(shown), self._choose, "Find", key_of(self.scope.what))
        self.found = ipywidgets.VBox([listed]).add_class("demand-find")
        self.found.layout.display = "none"
        self.find.observe(lambda change: self._open(change["new"]), "value")
        self.where = ipywidgets.Dropdown(options=wheres(shown), value="", description="Where")
        self.who = ipywidgets.Dropdown(options=whos(shown), value="", description="Who")
        units = [("Units", UNITS), ("Money", MONEY), ("Percent", PERCENT)]
        self.unit = ipywidgets.ToggleButtons(options=units, value=UNITS, description="In")
        self.unit.tooltips = [f"Show {said.lower()}" for said, _ in units]
        for control in (self.where, self.who):
            control.observe(
                lambda _: self.look_at(Scope(self.scope.what, part_of(self.where.value), part_of(self.who.value))),
                "value",
            )
        self.unit.observe(lambda _: self.show(), "value")
        chosen = ipywidgets.VBox([self.find, self.found]).add_class("demand-chosen")
        return ipywidgets.HBox([chosen, self.where, self.who, self.unit]).add_class("meeting-asked")

    def _open(self, wanted: bool) -> None:
        self.found.layout.display = "" if wanted else "none"

    def _choose(self, key: str) -> None:
        self.find.value = False
        self.look_at(Scope(part_of(key), self.scope.where, self.scope.who))

    def look_at(self, scope: Scope) -> None:
        """Look at another selection; what is typed here waits."""
        if scope != self.scope:
            self.scope = scope
            self.saving.forget()
            self.show()

    def show(self) -> None:
        """Draw everything again."""
        self.find.description = f"{self.scope.said(self.shown.names)} ▾"
        self.draw()
        self.fill()

    def draw(self) -> None:
        """Draw the chart again, with the plan as it stands."""
        in_money = self.unit.value == MONEY
        chart, behind = selection_chart(self.shown, self.scope, self.view.value, in_money, self.meanwhile.plan)
        self.drawing.value = figure(chart, behind, f"demand_{self.view.value}")

    def rows(self) -> list[dict]:
        """What is typed here as overrides."""
        draft = self.drafts.get(self.scope, {})
        saving = self.saving
        owner, reason = self.sitting.person.signs(saving.owner.value), saving.reason.value.strip()
        return overrides_of(draft, self.scope.of_override(), self.shown.buckets, owner, reason)

    def fill(self) -> None:
        """Fill the grid and say what the draft does."""
        draft, now = self.drafts.get(self.scope, {}), self.meanwhile.plan
        trial = [{**row, "owner": "draft", "reason": "draft"} for row in self.rows()]
        then = self.meanwhile.with_draft(trial)
        found = grid_rows(self.shown, self.scope, self.unit.value, now, then, draft)
        kinds = ["typed" if place == TYPED and self.may_type else "text" for place in range(len(found.names))]
        self.price = found.price
        self.cells.show(found.columns, found.names, found.texts, kinds, found.looks)
        said = escape(self.scope.said(self.shown.names))
        waiting = len([scope for scope, typed in self.drafts.items() if typed and scope != self.scope])
        rest = f' <small class="quiet">typed elsewhere and not saved: {waiting}</small>' if waiting else ""
        self.heading.value = f"<h2>The plan of {said}{rest}</h2>"
        self.saving.typing(trial)
        self.saving.seen = self.seen.get(self.scope, self.meanwhile.last)
        self.told.value = self._effect(now, then) if trial else self._hint()

    def _effect(self, now: object, then: object) -> str:
        parts = in_words(effect(self.shown, now, then), self.sitting.currency)
        said = "".join(
            f"<div><dt>{escape(what)}</dt><dd class='{side}'>{escape(text)}</dd></div>" for what, text, side in parts
        )
        return f'<dl role="status">{said}</dl>'

    def _hint(self) -> str:
        if self.may_type:
            return f'<p class="quiet">{HINT}</p>'
        frozen = self.sitting.cycle.why_frozen()
        why = frozen or f"You look as a {self.sitting.person.role}: overrides are for planners and approvers."
        return f'<p class="quiet">{escape(why)}</p>'

    def _type(self, row: int, column: int, text: str) -> None:
        if row != TYPED or not self.may_type:
            return
        try:
            said = understood(text, self.unit.value, float(self.price[column]))
        except PlanningError as error:
            self.saving.note.value = problem(str(error))
            return
        self.saving.forget()
        draft = self.drafts.setdefault(self.scope, {})
        if not draft:
            self.seen[self.scope] = self.meanwhile.last
        if said is None:
            draft.pop(column, None)
        else:
            draft[column] = said
        self.fill()

    def _settled(self) -> None:
        self.drafts.pop(self.scope, None)
        self.seen.pop(self.scope, None)
        self.show()
        self.saved()
