"""How many cases Hypothesis draws: a few in the quick run, many in `make test-long` (HYPOTHESIS_PROFILE=thorough)."""

import os

from hypothesis import settings

settings.register_profile("quick", deadline=None, max_examples=15)  # how long a case takes says how busy the machine is
settings.register_profile("thorough", deadline=None, max_examples=100)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

COSTLY = settings(max_examples=settings.default.max_examples // 5)
"""For a test each of whose cases takes long, such as planning a company."""
