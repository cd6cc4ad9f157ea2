"""Data gathering: the company's tables as they stood at the start of a cycle, checked."""

from __future__ import annotations

from sopbench.gather.read import read
from sopbench.gather.report.changes import COMPARED, changes
from sopbench.gather.report.quality import findings, quality
from sopbench.gather.report.segments import segments
from sopbench.gather.report.trend import mended, with_trend
from sopbench.gather.tables import assemble, examine

INPUTS: tuple[str, ...] = ()
"""Tables the step takes from other steps: none, it is the first."""

__all__ = [
    "COMPARED", "INPUTS", "assemble", "changes", "examine", "findings", "mended", "quality", "read", "segments",
    "with_trend",
]  # fmt: skip
