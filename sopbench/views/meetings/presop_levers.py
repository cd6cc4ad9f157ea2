"""The levers of the what-if: demand by family, capacity by resource, suppliers that are out, the service level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import ipywidgets
import pandas as pd

from sopbench.contract.words import counted
from sopbench.views.meetings.presop_wish import FOR_GOOD, Wish
from sopbench.views.numbers import bucket_name, bucket_word

ALL_SHOWN = 6
"""Families up to which each has a slider of its own."""

LISTED = 60
"""Names up to which one is chosen from a list; beyond, a part of it is typed."""

SERVICE = (0.0, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995)

LONGEST_OUT = 6


@dataclass(frozen=True)
class Choices:
    """What there is to set, the most important first: families sold, resources, suppliers, buckets of the plan."""

    families: Sequence[str]
    resources: Sequence[str]
    suppliers: Sequence[str]
    buckets: Sequence[pd.Timestamp]


class Levers:
    """The levers as widgets, and what they are set to.

    Attributes:
        widget: all of them.
    """

    def __init__(self, choices: Choices, act: Callable[[], None]):
        """`act` is called whenever a lever was moved by hand."""
        self._act, self._quiet = act, False
        sliders = len(choices.families) <= ALL_SHOWN
        names = choices.families if sliders else []
        self._demand = {name: _per_cent(name.replace("_", " "), 50) for name in names}
        self._family = None if sliders else _OneOfMany("Demand for", choices.families, _per_cent("", 50), self._moved)
        self._resource = _OneOfMany("Capacity of", choices.resources, _per_cent("", 100), self._moved)
        self._supplier = _OneOfMany("Supplier", choices.suppliers, _out(), self._moved)
        self._months = _span(choices.buckets)
        self._service = ipywidgets.SelectionSlider(
            options=[("as planned" if not each else f"{each:.1%}", each) for each in SERVICE],
            description="Service level",
            continuous_update=False,
        )
        self._buckets = list(choices.buckets)
        for each in (*self._demand.values(), self._months, self._service):
            each.observe(self._moved, "value")
        both = "Demand, and capacity below," if choices.resources else "Demand"
        demand = [ipywidgets.HTML(f"<h3>{both} in % more or less</h3>"), *self._demand.values()]
        demand = demand if sliders else [self._family.widget]
        rest = [self._resource.widget] if choices.resources else []
        rest += [self._supplier.widget] if choices.suppliers else []
        rest += [self._service, self._months.add_class("months")]
        self.widget = ipywidgets.VBox([*demand, *rest]).add_class("levers")

    def wish(self) -> Wish:
        """What they are set to."""
        demand = {name: each.value for name, each in self._demand.items() if each.value}
        demand = demand if self._family is None else self._family.set_to()
        first, last = self._months.value
        whole = (first, last) == (0, len(self._buckets) - 1)
        start, end = ("", "") if whole else (_day(self._buckets[first]), _day(self._buckets[last]))
        only = {"start": start, "end": end} if demand or self._resource.set_to() else {}
        return Wish(demand, self._resource.set_to(), self._supplier.set_to(), self._service.value, **only)

    def clear(self) -> None:
        """Set all of them back, without a call of `act`."""
        self._quiet = True
        for each in self._demand.values():
            each.value = 0
        for each in self._chosen():
            each.clear()
        self._service.value, self._months.value = 0.0, (0, len(self._buckets) - 1)
        self._quiet = False

    def enable(self, enabled: bool) -> None:
        """Let them be moved, or not."""
        inside = [each for chosen in self._chosen() for each in chosen.widget.children]
        for each in (*self._demand.values(), *inside, self._service, self._months):
            each.disabled = not enabled

    def _chosen(self) -> list[_OneOfMany]:
        return [each for each in (self._family, self._resource, self._supplier) if each is not None]

    def _moved(self, _: object = None) -> None:
        if not self._quiet:
            self._act()


class _OneOfMany:
    """A name to choose and a slider that stands as that name was last set; several may be set one after the other."""

    def __init__(self, said: str, names: Sequence[str], slider: ipywidgets.Widget, moved: Callable[[], None]):
        self._set: dict[str, int] = {}
        self._slider, self._told, self._moved = slider, True, moved
        if len(names) <= LISTED:
            shown = [(name.replace("_", " "), name) for name in names]
            self._name = ipywidgets.Dropdown(options=shown, description=said)
        else:
            self._name = ipywidgets.Combobox(options=list(names), value=names[0], description=said, ensure_option=True)
        self._name.observe(self._choose, "value")
        slider.observe(self._slide, "value")
        self.widget = ipywidgets.HBox([self._name, slider]).add_class("one-of-many")

    def set_to(self) -> Mapping[str, int]:
        """What was set, by name, without those set back."""
        return {name: value for name, value in self._set.items() if value}

    def clear(self) -> None:
        self._set.clear()
        self._slider.value = 0

    def _choose(self, _: object) -> None:
        self._told = False
        self._slider.value = self._set.get(self._name.value, 0)
        self._told = True

    def _slide(self, change: dict) -> None:
        if self._told and self._name.value:
            self._set[self._name.value] = change["new"]
            self._moved()


def said_of(lines: Sequence[str]) -> str:
    """The levers that were moved, as HTML."""
    if not lines:
        return '<p class="hint">Nothing is changed so far: this is base.</p>'
    return '<ul aria-label="Changed so far">' + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _per_cent(said: str, most: int) -> ipywidgets.IntSlider:
    return ipywidgets.IntSlider(
        min=-most,
        max=50,
        step=1,
        description=said,
        tooltip=f"{said}, % more or less" if said else "% more or less",
        readout_format="+d",
        continuous_update=False,
    )


def _out() -> ipywidgets.SelectionSlider:
    options = [("delivers", 0)]
    options += [(f"out {counted(each, bucket_word())}", each) for each in range(1, LONGEST_OUT + 1)]
    return ipywidgets.SelectionSlider(
        options=[*options, ("out for good", FOR_GOOD)], tooltip="Sends nothing from now on", continuous_update=False
    )


def _span(buckets: Sequence[pd.Timestamp]) -> ipywidgets.SelectionRangeSlider:
    options = [(bucket_name(bucket), number) for number, bucket in enumerate(buckets)]
    return ipywidgets.SelectionRangeSlider(
        options=options,
        index=(0, len(options) - 1),
        description=f"In the {bucket_word(2)}",
        continuous_update=False,
    )


def _day(bucket: pd.Timestamp) -> str:
    """A bucket as a change names it: a month, or its first day where buckets are not months."""
    return f"{bucket:%Y-%m}" if bucket_word() == "month" else f"{bucket:%Y-%m-%d}"
