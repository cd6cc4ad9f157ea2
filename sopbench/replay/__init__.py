"""Replay: the cycle rolled through the company's own past, to see in money what a way of planning is worth."""

from sopbench.replay.candidates import BOUNDS, DEFAULT_CANDIDATES, Candidate, load_candidates
from sopbench.replay.learn import learn, proposal
from sopbench.replay.parameters import DEFAULT_VALUES, load_values
from sopbench.replay.run import replay
from sopbench.replay.score import replay_scores

__all__ = [
    "BOUNDS",
    "DEFAULT_CANDIDATES",
    "DEFAULT_VALUES",
    "Candidate",
    "learn",
    "load_candidates",
    "load_values",
    "proposal",
    "replay",
    "replay_scores",
]
