"""A progress bar in one line of a notebook: no widget, so that a saved notebook holds no dead one."""

from __future__ import annotations

import time
from typing import Any, Protocol

from sopbench.contract.words import in_units


class Report(Protocol):
    """What is told while the lab works."""

    def __call__(self, done: int, of: int, doing: str) -> None:
        """`done` of `of` pieces are done; now `doing`, empty at the end."""


class Bar:
    """Draws the progress in the cell that is running; nothing where there is no notebook."""

    def __init__(self, title: str):
        self.title, self.began, self.handle = title, time.perf_counter(), None

    def __call__(self, done: int, of: int, doing: str) -> None:
        """Redraw: a bar, how many of how many, what is being done, and how long it took or may still take."""
        if not _in_notebook():
            return
        from IPython.display import HTML, display

        spent, stopped = time.perf_counter() - self.began, doing.startswith("stopped")
        left = f", about {in_units(round(spent / done * (of - done)))} s left" if done and doing and not stopped else ""
        share = 100.0 * done / of if of else 100.0
        width = f"display:inline-block;width:{share:.0f}%;height:9px;background:#1f6feb;border-radius:4px"
        box = "display:inline-block;width:220px;background:#eceff2;border-radius:4px;line-height:9px;margin-right:10px"
        text = f"{self.title}: {done} of {of}{', ' + doing if doing else ''}, {spent:.0f} s{left}"
        drawn = HTML(f'<span style="{box}"><span style="{width}"></span></span><span>{text}</span>')
        if self.handle is None:
            self.handle: Any = display(drawn, display_id=True)
        else:
            self.handle.update(drawn)


def _in_notebook() -> bool:
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")
