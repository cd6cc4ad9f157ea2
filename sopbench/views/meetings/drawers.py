"""Parts of a page of which one is shown at a time; each is made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets

from sopbench.views.meetings.parts import waiting

Made = Callable[[], ipywidgets.Widget]
"""Makes a part of a page."""


def drawers(parts: Mapping[str, Made], said: str = "Show") -> ipywidgets.VBox:
    """Buttons that name the parts, and below them the one that is shown; the first one stands open.

    Args:
        parts: by what people call them; each is made once, when it is first shown.
        said: what the row of buttons is called.
    """
    chosen = ipywidgets.ToggleButtons(
        options=list(parts), description=said, tooltips=[f"Show {name}" for name in parts]
    )
    inside = ipywidgets.VBox().add_class("drawer")
    made: dict[str, ipywidgets.Widget] = {}

    def show(_: object = None) -> None:
        name = chosen.value
        if name not in made:
            chosen.disabled = True
            inside.children = [ipywidgets.HTML(waiting(f"Drawing {name} …"))]
            try:
                made[name] = parts[name]()
            finally:
                chosen.disabled = False
        inside.children = [made[name]]

    chosen.observe(show, "value")
    show()
    return ipywidgets.VBox([ipywidgets.HBox([chosen]).add_class("meeting-asked"), inside])
