"""The tiny company with capacity all along its past, on disk as it would hand it in."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import tiny
from sopbench.cycle import Cycle, open_cycle
from sopbench.replay import Candidate

FEW = {"methods": {}, "combine": ["naive"], "reconcile": {"method": "bottom_up"}}
"""Demand settings that forecast in no time."""

PLAIN = Candidate(name="plain", demand=FEW)


QUICK = "demand:\n  methods: {}\n  combine: [naive]   # in no time\n  reconcile: {method: bottom_up}\n"
"""The same as a params file says it."""


def company(folder: Path, settings: str = "", **changed: pd.DataFrame) -> Cycle:
    """The cycle 2025-09 of the tiny company in a folder, with three years of capacity, some tables replaced.

    `settings` are more lines of its params file.
    """
    tables = tiny.tables()
    buckets = tiny.HISTORY.append(pd.date_range(tiny.START, periods=12, freq="MS"))
    capacity = {"resource_id": "LINE", "bucket": buckets, "regular_hours": 100.0, "overtime_hours": 20.0}
    tables |= {"capacity": pd.DataFrame(capacity), **changed}
    data = folder / "data"
    data.mkdir(parents=True)
    for name, frame in tables.items():
        if len(frame):
            frame.to_parquet(data / f"{name}.parquet")
    said = "company: tiny\ncurrency: EUR\ncycle: 2025-09\nhorizon: 6\ngather:\n  source: data\n"
    (folder / "tiny.yaml").write_text(said + "cycles: cycles\n" + settings, encoding="utf-8")
    return open_cycle(folder / "tiny.yaml")
