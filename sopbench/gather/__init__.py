"""Data gathering: the company's tables as they stood at the start of a cycle, checked."""

from __future__ import annotations

from sopbench.gather.quality import findings, quality
from sopbench.gather.read import read
from sopbench.gather.segments import segments
from sopbench.gather.tables import assemble, examine

INPUTS: tuple[str, ...] = ()
"""Tables the step takes from other steps: none, it is the first."""

__all__ = ["INPUTS", "assemble", "examine", "findings", "quality", "read", "segments"]
