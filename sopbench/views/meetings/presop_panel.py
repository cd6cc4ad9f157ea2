"""The what-if panel: levers, the plan solved anew as soon as one is let go, and what that changes of base."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape

import ipywidgets
import pandas as pd

from sopbench.contract import PlanningError
from sopbench.contract.words import in_money, in_share
from sopbench.views.meetings.frame import Sitting
from sopbench.views.meetings.later import LastAsked
from sopbench.views.meetings.parts import problem
from sopbench.views.meetings.presop_levers import Choices, Levers, said_of
from sopbench.views.meetings.presop_what_if import Answered, Bench, ready
from sopbench.views.meetings.presop_wish import Wish, in_words

LARGE = 1_000_000
"""Columns of the supply model from which a plan takes minutes, not a second: it is then solved when asked to only."""

GETTING_READY = '<p class="hint" role="status">Getting ready: base is planned once …</p>'
PLANNING = '<p class="hint" role="status">Planning …</p>'


class Panel:
    """The levers and what comes of them.

    Attributes:
        widget: the panel.
        bench: what answers; None until it is ready.
    """

    def __init__(
        self, sitting: Sitting, choices: Choices, columns: int, show: Callable[[pd.DataFrame | None, str], None]
    ):
        """Lay the panel out; `start` makes it ready.

        Args:
            sitting: whose cycle it is.
            choices: what there is to set.
            columns: those of the supply model, which say how long a plan takes.
            show: shows the measures of the what-if, or None and why there are none (WAITS of presop_side_by_side).
        """
        self._sitting, self._show, self.bench = sitting, show, None
        self._worker, self._large = LastAsked(), columns >= LARGE
        self.levers = Levers(choices, self._moved)
        self._list, self._note = ipywidgets.HTML(said_of(())).add_class("changed"), ipywidgets.HTML().add_class("came")
        self._button = ipywidgets.Button(description="Plan it", button_style="primary")
        self._at_once = ipywidgets.Checkbox(value=not self._large, description="at once", indent=False)
        self._again = ipywidgets.Button(description="Start again")
        self._button.on_click(lambda _: self._plan() if self.bench else self.start())
        self._again.on_click(lambda _: self._clear())
        buttons = ipywidgets.HBox([self._button, self._at_once, self._again]).add_class("pressed")
        title = ipywidgets.HTML("<h2>What if …?</h2>")
        self.widget = ipywidgets.VBox([title, self.levers.widget, self._list, buttons, self._note])
        self._enable(False)
        if self._large:
            self._button.description, self._button.disabled = "Get ready", False
            self._note.value = '<p class="hint">Base is planned once before the first question; it takes minutes.</p>'

    def start(self) -> None:
        """Make it ready in the background; the levers can be moved as soon as it is."""
        self._note.value = GETTING_READY
        self._button.disabled = True
        self._show(None, "ready")
        self._worker.ask(lambda: ready(self._sitting.cycle), self._is_ready)

    def start_unless_large(self) -> None:
        """Make it ready, unless that takes minutes and memory that nobody may want to spend."""
        if not self._large:
            self.start()

    def wish(self) -> Wish:
        """What the levers are set to."""
        return self.levers.wish()

    def _is_ready(self, found: Bench | PlanningError) -> None:
        if isinstance(found, PlanningError):
            self._show(None, "refused")
            self._note.value = problem(f"No what-if can be planned:\n{found}")
            return
        self._show(None, "")
        self.bench, self._note.value = found, ""
        self._button.description = "Plan it"
        self._enable(True)

    def _enable(self, enabled: bool) -> None:
        self.levers.enable(enabled)
        self._button.disabled = self._again.disabled = not enabled

    def _moved(self) -> None:
        """A lever was moved: what is shown of an earlier what-if is no longer true."""
        wish = self.wish()
        self._list.value = said_of(in_words(wish))
        if wish == Wish():
            self._rest("")
        elif self._at_once.value:
            self._plan()
        else:
            self._rest("asked")

    def _rest(self, waits: str) -> None:
        """Nothing is planned: what was asked before is not wanted any more."""
        self._worker.forget()
        self._button.disabled, self._note.value = False, ""
        self._show(None, waits)

    def _clear(self) -> None:
        self.levers.clear()
        self._moved()

    def _plan(self) -> None:
        wish, bench = self.wish(), self.bench
        if wish == Wish():
            self._note.value = '<p class="hint" role="status">Move a lever first.</p>'
            return
        self._button.disabled, self._note.value = True, PLANNING
        self._show(None, "planning")
        began = time.perf_counter()
        self._worker.ask(lambda: bench.answer(bench.changes(wish)), lambda found: self._came(found, began))

    def _came(self, found: Answered | PlanningError, began: float) -> None:
        self._button.disabled = False
        if isinstance(found, PlanningError):
            self._show(None, "refused")
            self._note.value = problem(str(found))
            return
        self._show(found.kpis, "")
        self._note.value = outcome(found, self._sitting.currency, time.perf_counter() - began)


def outcome(found: Answered, currency: str, seconds: float) -> str:
    """What a what-if changes of base, and how it was planned, as HTML."""
    more = found.kpis.set_index("kpi")["difference"]
    money = more["contribution"]
    side = "" if abs(money) < 0.5 else "good" if money > 0 else "short"
    points = f"{abs(more['service']) * 100:.1f} points"
    said = [
        f"Contribution {_signed(money, in_money(abs(money), currency))}",
        f"revenue {_signed(more['revenue'], in_money(abs(more['revenue'])))}",
        f"served on time {_signed(more['service'], points)}",
    ]
    best = "the best plan there is" if found.gap <= 0 else f"within {in_share(found.gap)} of the best plan"
    how = f"Planned in {seconds:.1f} s: {best} (gap {found.gap:.2%})."
    return f'<p class="{side}" role="status">{escape(", ".join(said))}</p><p class="hint">{escape(how)}</p>'


def _signed(value: float, size: str) -> str:
    """The difference with its sign; none where it is said to be 0."""
    nothing = not any(figure in size for figure in "123456789")
    return "as in base" if nothing else f"{'+' if value > 0 else '−'}{size}"
