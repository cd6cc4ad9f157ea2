"""Executive S&OP: which plan is recommended, how it stands to budget and last cycle, what must be decided."""

from sopbench.executive.bridges import bridges
from sopbench.executive.comparison import bridge, comparison
from sopbench.executive.decisions import decisions
from sopbench.executive.estimate import latest_estimate
from sopbench.executive.recommend import options_shown, recommend
from sopbench.executive.registers import carry, overdue, register, score

INPUTS = ("items", "budget", "sales")
"""The gathered tables the step takes; the rest comes from presop."""

__all__ = ["INPUTS", "bridge", "bridges", "carry", "comparison", "decisions", "options_shown", "overdue", "recommend"]
__all__ += ["latest_estimate", "register", "score"]
