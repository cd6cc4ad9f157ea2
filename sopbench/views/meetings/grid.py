"""A table in a meeting page whose cells are picked or typed in: load by resource and month, overrides by month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import anywidget
import traitlets


class Grid(anywidget.AnyWidget):
    """A table of texts; each row is text to read, buttons to pick, or fields to type in.

    Attributes:
        columns, names: the heads of the columns and of the rows.
        kinds: of each row: text, picked (buttons) or typed (fields).
        texts: what stands in each row's cells.
        looks: the classes of each row's cells in the style sheet: good, short, heat-0 to heat-5, ...
        picked, typed: row and column last picked or typed in, and the text typed; count makes each differ.
        drawn: how often cells were shown: each time the fields show them, whatever was typed into them.
    """

    _esm = Path(__file__).with_suffix(".js")

    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    kinds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    texts = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    looks = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    drawn = traitlets.Int(0).tag(sync=True)
    picked = traitlets.Dict().tag(sync=True)
    typed = traitlets.Dict().tag(sync=True)

    def show(
        self,
        columns: Sequence[str],
        names: Sequence[str],
        texts: Sequence[Sequence[str]],
        kinds: Sequence[str],
        looks: Sequence[Sequence[str]] = (),
    ) -> None:
        """Show other cells, all at once."""
        with self.hold_sync():
            self.columns, self.names, self.kinds = list(columns), list(names), list(kinds)
            self.texts = [list(row) for row in texts]
            self.looks = [list(row) for row in looks]
            self.drawn += 1

    def on_pick(self, act: Callable[[int, int], None]) -> None:
        """Call `act` with the row and column of each cell that is picked; one there is not is passed over."""
        self.observe(lambda change: self._there(change["new"]) and act(*self._there(change["new"])), "picked")

    def on_type(self, act: Callable[[int, int, str], None]) -> None:
        """Call `act` with row, column and text of each cell typed in; one there is not is passed over."""
        self.observe(
            lambda change: (
                self._there(change["new"]) and act(*self._there(change["new"]), str(change["new"].get("text", "")))
            ),
            "typed",
        )

    def _there(self, said: dict) -> tuple[int, int] | None:
        """The row and column a browser names, where there are such."""
        row, column = said.get("row"), said.get("column")
        known = isinstance(row, int) and isinstance(column, int)
        return (row, column) if known and 0 <= row < len(self.names) and 0 <= column < len(self.columns) else None
