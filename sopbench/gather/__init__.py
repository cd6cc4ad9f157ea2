"""Data gathering: the company's tables as they stood at the start of a cycle, checked."""

from __future__ import annotations

from sopbench.gather.changes import COMPARED, changes
from sopbench.gather.quality import findings, quality
from sopbench.gather.read import read
from sopbench.gather.segments import segments
from sopbench.gather.tables import assemble, examine
from sopbench.gather.trend import mended, with_trend

INPUTS: tuple[str, ...] = ()
"""Tables the step takes from other steps: none, it is the first."""

__all__ = [
    "COMPARED", "INPUTS", "assemble", "changes", "examine", "findings", "mended", "quality", "read", "segments",
    "with_trend",
]  # fmt: skip
