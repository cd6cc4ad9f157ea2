"""What every test may rely on: the tiny company, and cycles and book kept out of the working tree."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def cycles_apart(tmp_path, monkeypatch):
    """Keep every test's cycles in its own folder."""
    monkeypatch.setenv("SOPBENCH_CYCLES", str(tmp_path / "cycles"))
    monkeypatch.delenv("SOPBENCH_BOOK", raising=False)
