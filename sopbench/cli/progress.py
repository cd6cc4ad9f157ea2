"""What a planner sees while a cycle runs: one line a step, counting."""

from __future__ import annotations

import sys
import threading
import time

from sopbench.params import STEPS


class Progress:
    """One line a step: its number, name, state and time, counting while it runs when someone watches."""

    def __init__(self) -> None:
        self.step = ""
        self.began = 0.0
        self.stop = threading.Event()
        self.live = sys.stdout.isatty()

    def __enter__(self) -> Progress:
        if self.live:
            threading.Thread(target=self._count, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        if self.live and self.step:
            print()

    def report(self, step: str, state: str, seconds: float) -> None:
        """Show what a step is at."""
        if state == "running":
            self.step, self.began = step, time.perf_counter()
            if self.live:
                self._line(step, state, 0, end="")
            return
        self.step = ""
        self._line(step, state, seconds, end="\n")

    def _count(self) -> None:
        while not self.stop.wait(0.5):
            if self.step:
                self._line(self.step, "running", time.perf_counter() - self.began, end="")

    def _line(self, step: str, state: str, seconds: float, end: str) -> None:
        took = f"{seconds:6.1f} s" if seconds else ""
        print(
            f"{chr(13) if self.live else ''}  {STEPS.index(step) + 1} {step:<10} {state:<10} {took}",
            end=end,
            flush=True,
        )
