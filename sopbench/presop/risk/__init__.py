"""Risk: a plan played against many courses of events, what it then comes to, what that hangs on, and a hedge."""

from sopbench.presop.risk.laid import LaidPlan, lay_plan
from sopbench.presop.risk.paths import Paths, as_planned, draw_paths
from sopbench.presop.risk.play import Played, play
from sopbench.presop.risk.study import risk_study

__all__ = ["LaidPlan", "Paths", "Played", "as_planned", "draw_paths", "lay_plan", "play", "risk_study"]
