"""Choosing one of many: a search field above the first of what matches, the most important first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets

SHOWN = 12
"""Matches listed; the search finds the others."""


def picker(
    options: Sequence[tuple[str, str]], act: Callable[[str], None], said: str = "Find", chosen: str = ""
) -> ipywidgets.VBox:
    """A search field and a list of the first matches; `act` is called with the key of each choice.

    Args:
        options: text and key of each, the most important first.
        act: what is done with a choice.
        said: what the search field is called.
        chosen: the key that is chosen first; empty = the first, one there is not = none.
    """
    field = ipywidgets.Text(description=said, placeholder="part of a name", continuous_update=True)
    first = chosen or (options[0][1] if options else None)
    listed = ipywidgets.Select(rows=min(SHOWN, max(2, len(options))), description="", tooltip=said)

    narrowing = False

    def narrow(_: object = None) -> None:
        nonlocal narrowing
        words = field.value.lower().split()
        found = [each for each in options if all(word in each[0].lower() for word in words)][:SHOWN]
        kept = listed.value if any(key == listed.value for _, key in found) else None
        narrowing = True  # a list made shorter chooses nothing
        listed.options, listed.value = found, kept
        narrowing = False

    def choose(change: dict) -> None:
        if change["new"] is not None and not narrowing:
            act(change["new"])

    narrow()
    if first in [key for _, key in listed.options]:
        listed.value = first
    listed.observe(choose, "value")
    field.observe(narrow, "value")
    return ipywidgets.VBox([field, listed]).add_class("picker")
