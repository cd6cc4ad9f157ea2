"""The example company: Brewline, a maker of espresso machines, generated from a seed and a size."""

from __future__ import annotations

from sopbench.example.company import TRUTH, generate
from sopbench.example.write import write

__all__ = ["TRUTH", "generate", "write"]
