"""Executive S&OP: which plan is recommended, how it stands to budget and last cycle, what must be decided."""

from sopbench.executive.comparison import bridge, comparison

__all__ = ["bridge", "comparison"]
