"""Executive S&OP: which plan is recommended, how it stands to budget and last cycle, what must be decided."""

from sopbench.executive.comparison import bridge, comparison
from sopbench.executive.decisions import decisions
from sopbench.executive.headlines import headlines
from sopbench.executive.recommend import options_shown, recommend

__all__ = ["bridge", "comparison", "decisions", "headlines", "options_shown", "recommend"]
