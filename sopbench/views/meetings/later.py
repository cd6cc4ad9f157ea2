"""Work in the background of a page, which stays alive meanwhile; of several questions only the last is answered."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import queue
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from IPython import get_ipython

from sopbench.contract import PlanningError, Problem

Found = TypeVar("Found")

LAST_WAIT = 10.0
"""Seconds for which a process that ends waits for work in hand."""

FIRST_SHOW = 0.5
"""Seconds that a page is given to reach the browser before it goes on working."""

FIRST_AHEAD, NEXT_AHEAD = 3.0, 0.2
"""Seconds after which what a visitor may choose is drawn, and between one drawing and the next."""


class LastAsked:
    """Does one piece of work after another on a thread of its own, and shows what the last one found.

    Work that was asked for before is left out if it has not begun, and its answer dropped if it has.
    """

    def __init__(self) -> None:
        self._number = 0
        self._asked: queue.SimpleQueue = queue.SimpleQueue()
        self._loop = _kernels_loop()  # outside a kernel what was found is shown from the thread itself
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        atexit.register(self._end)

    def ask(self, work: Callable[[], Found], show: Callable[[Found | PlanningError], None]) -> None:
        """Do the work in the background; then call `show` with what it found, unless something was asked since."""
        self.forget()
        self._asked.put((self._number, work, show))

    def forget(self) -> None:
        """Whatever was asked for is not wanted any more."""
        self._number += 1

    def _end(self) -> None:
        """Let the work in hand end: a solver that is cut off in the middle takes the process down with a fault."""
        self.forget()
        self._asked.put(None)
        self._thread.join(LAST_WAIT)

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            number, work, show = asked
            if number == self._number:
                self._hand_over(number, _done(work), show)

    def _hand_over(self, number: int, found: object, show: Callable[[object], None]) -> None:
        def show_if_last() -> None:
            if number == self._number:
                show(found)

        if self._loop is None:
            show_if_last()
            return
        with contextlib.suppress(RuntimeError):  # the page was left meanwhile, and its loop is closed
            self._loop.call_soon_threadsafe(show_if_last)


def soon(act: Callable[[], None]) -> None:
    """Call `act` shortly after the page was handed out; at once outside a running kernel."""
    loop = _kernels_loop()
    if loop is None:
        act()
    else:
        loop.call_later(FIRST_SHOW, act)


def ahead(works: Iterable[Callable[[], object]]) -> None:
    """Do each piece of work while the page waits for its visitor, so that a choice finds it done.

    One at a time, with a pause in which a choice is answered. Outside a running kernel nothing is done ahead.
    """
    loop, waiting = _kernels_loop(), iter(works)

    def do_next() -> None:
        if (work := next(waiting, None)) is not None:
            work()
            loop.call_later(NEXT_AHEAD, do_next)

    if loop is not None:
        loop.call_later(FIRST_AHEAD, do_next)


def _kernels_loop() -> asyncio.AbstractEventLoop | None:
    """The loop on which the kernel behind a page works; None outside a kernel, whatever loop runs there."""
    return asyncio.get_running_loop() if getattr(get_ipython(), "kernel", None) is not None else None


def _done(work: Callable[[], Found]) -> Found | PlanningError:
    """What the work found, or why it found nothing: a page must not wait for ever, whatever went wrong."""
    try:
        return work()
    except PlanningError as error:
        return error
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        return PlanningError(Problem("page", "", "", f"it could not be planned ({said})", "load the page again"))
