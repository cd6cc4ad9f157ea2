"""How the time of a replay grows with items and with months: the params file and the two bounds, every stage by itself.

Run from the project's folder: make bench-replay. The companies are made up (`sopbench example --items N`) and replayed
with brewline's parameters, from an empty folder. A line is one replay: seconds for what was known in every month, for
the forecasts, for planning and living the months; and seconds a month beside those of the smallest company.
"""

import os
import tempfile
import time
from pathlib import Path

from made_up import params_file

from sopbench.cycle import open_cycle
from sopbench.example import write
from sopbench.replay import replay
from sopbench.replay.candidates import Candidate

BY_ITEMS, BY_MONTHS = (60, 120, 240), (3, 6)
FEW, MONTHS, WARM_UP = 120, 3, 1
"""Items where months grow, months where items grow, and months lived through before."""


def company(folder: Path, items: int) -> Path:
    """A company of so many sold items with brewline's parameters."""
    home = folder / str(items)
    if not home.exists():
        write(home / "data", items=items)
    return params_file(home, items)


def stages(folder: Path, items: int, months: int) -> list[float]:
    """Seconds of the three stages of one replay."""
    with tempfile.TemporaryDirectory() as cycles:
        os.environ["SOPBENCH_CYCLES"] = cycles
        cycle = open_cycle(company(folder, items))
        moments: list[float] = []
        replay(
            cycle, [Candidate(name="as_planned")], months, WARM_UP, report=lambda _: moments.append(time.perf_counter())
        )  # fmt: skip
    return [after - before for before, after in zip(moments, moments[1:], strict=False)]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        stages(Path(folder), BY_ITEMS[0], 1)  # processes and imports are there
        print("  items  months     known  forecasts     lived   a month   times the first")
        for sizes in ([(items, MONTHS) for items in BY_ITEMS], [(FEW, months) for months in BY_MONTHS]):
            first = None
            for items, months in sizes:
                took = stages(Path(folder), items, months)
                a_month = sum(took) / (months + WARM_UP)
                first = first or a_month
                known, forecasts, lived = took
                said = f"{items:7,}{months:8}{known:10.1f}{forecasts:11.1f}{lived:10.1f}{a_month:10.2f}"
                print(f"{said}{a_month / first:18.2f}", flush=True)


if __name__ == "__main__":
    main()
