"""Replay: the cycle rolled through the company's own past, to see in money what a way of planning is worth."""

from sopbench.replay.candidates import BOUNDS, DEFAULT_CANDIDATES, Candidate, load_candidates
from sopbench.replay.run import replay
from sopbench.replay.score import replay_scores

__all__ = ["BOUNDS", "DEFAULT_CANDIDATES", "Candidate", "load_candidates", "replay", "replay_scores"]
