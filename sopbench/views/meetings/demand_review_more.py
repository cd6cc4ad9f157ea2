"""The foot of the demand review: the overrides of the cycle, what forecasts and owners were worth, events, launches."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets
import pandas as pd

from sopbench.contract.words import counted, in_money
from sopbench.views.demand_consensus import conflicts_in_words
from sopbench.views.meetings.demand_review_book import HEADS, Meanwhile, cells, said_of
from sopbench.views.meetings.demand_review_read import Shown
from sopbench.views.meetings.demand_review_withdraw import Withdrawing
from sopbench.views.meetings.frame import Sitting
from sopbench.views.meetings.parts import download, figure, rows_table
from sopbench.views.monitor_value import advice_in_words, owners_ranked, stairstep
from sopbench.views.numbers import bucket_name, bucket_word

MOST = 30
"""Events listed."""


class More:
    """Three tables of which one is shown; each is drawn when it is asked for."""

    def __init__(self, sitting: Sitting, shown: Shown, meanwhile: Meanwhile, withdrawn: Callable[[], None]):
        """`withdrawn` is called when an override was withdrawn."""
        self.sitting, self.shown, self.meanwhile = sitting, shown, meanwhile
        names = ["Overrides in this cycle", "What forecasts were worth", "Events, launches, ends"]
        self.which = ipywidgets.ToggleButtons(options=[(name, place) for place, name in enumerate(names)], value=0)
        self.which.tooltips = names
        self.inside = ipywidgets.HTML()
        self.withdrawing = Withdrawing(sitting, meanwhile, withdrawn)
        self.box = ipywidgets.VBox([self.which, self.inside, self.withdrawing.form]).add_class("card")
        self.which.observe(lambda _: self.draw(), "value")
        self.draw()

    def draw(self) -> None:
        """Draw what is chosen again."""
        self.inside.value = (self._overrides, self._worth, self._events)[self.which.value]()
        self.withdrawing.offer()
        if self.which.value:
            self.withdrawing.form.layout.display = "none"

    def _overrides(self) -> str:
        rows = self.meanwhile.listed()
        if rows.empty:
            return "<p>Nobody has said anything beside the forecasts.</p>"
        waiting = int((rows["State"] == "waits for the next run").sum())
        said = counted(len(rows), "override") + (f", {waiting} of them not yet in the plan" if waiting else "")
        conflicts = self.shown.cycle.read("demand", "override_conflicts")
        odds = escape(conflicts_in_words(conflicts, self.sitting.currency).replace("**", ""))
        return f"<p>{said}. In the last run: {odds} {download(rows, 'overrides')}</p>" + rows_table(
            said_of(HEADS), cells(rows), len(HEADS)
        )

    def _worth(self) -> str:
        measured = self.shown.measured
        if not measured:
            return "<p>Nothing was measured yet: a cycle later what was forecast stands beside what came.</p>"
        cycle, currency = measured[0], self.sitting.currency
        added = cycle.read("monitor", "value_added")
        stairs = figure(stairstep(added, currency), added, "value_added") if len(added) else ""
        value = cycle.read("monitor", "override_value")
        owners = owners_ranked(value)
        rows = [
            (owner, _signed(gain, currency), advice, message)
            for owner, gain, advice, message in owners[["owner", "added_value", "advice", "message"]].itertuples(
                index=False
            )
        ]
        said = advice_in_words(value, currency).replace("**", "")
        heads = ("Owner", "Error taken away", "Advice", "Why")
        table = f"<p>{escape(said)} {download(value, 'override_value')}</p>{rows_table(heads, rows, len(heads))}"
        return f'<div class="halves"><div>{stairs}</div><div>{table}</div></div>'

    def _events(self) -> str:
        shown, first, last = self.shown, self.shown.buckets[0], self.shown.buckets[-1]
        events = shown.events[(shown.events["end"] >= first) & (shown.events["start"] <= last)]
        events = events.sort_values(["start", "event_id"]).head(MOST)
        rows = [
            (
                name,
                self._of(scope),
                _span(start, end),
                f"{uplift:+.0%}",
                "–" if price != price else f"{price:,.2f}",
            )
            for name, scope, start, end, uplift, price in events[
                ["event_id", "scope", "start", "end", "uplift", "price"]
            ].itertuples(index=False)
        ]
        heads = ("Event", "Of", bucket_word(2).capitalize(), "Uplift", f"Price, {self.sitting.currency}")
        left = rows_table(heads, rows, 3) if rows else "<p>No event lies in the horizon.</p>"
        lives = lives_in_words(shown)
        right = rows_table(("Item", "What", "When"), lives, 3) if lives else "<p>No item is launched or ends.</p>"
        return f'<div class="halves"><div>{left}</div><div>{right}</div></div>'

    def _of(self, scope: str) -> str:
        """What an event moves, in words."""
        kind, _, key = scope.partition(":")
        return str(self.shown.names.get(key, key)) if kind == "item" else key.replace("_", " ") or "everything"


def lives_in_words(shown: Shown) -> list[tuple[str, str, str]]:
    """The items that are launched or end in the horizon, with what they follow: item, what, when."""
    items = shown.items.set_index("item_id")
    others = shown.life_cycle[shown.life_cycle["kind"] == "successor"].set_index("item_id")["other_id"]
    found = []
    for name, word in (("launch", "launched"), ("discontinue", "ends")):
        days = items[name][items[name].between(shown.buckets[0], shown.buckets[-1])].sort_values().head(MOST)
        after = days.index.map(lambda item: f", after {others[item]}" if item in others.index else "")
        said = [word + (rest if name == "launch" else "") for rest in after]
        found += list(zip(shown.names.reindex(days.index), said, days.map(bucket_name), strict=True))
    return found


def _span(start: pd.Timestamp, end: pd.Timestamp) -> str:
    return bucket_name(start) if start == end else f"{bucket_name(start)} – {bucket_name(end)}"


def _signed(value: float, currency: str) -> str:
    return ("+" if value >= 0 else "−") + in_money(abs(value), currency)
