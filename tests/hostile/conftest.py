"""A stranger's folder for each test, after which nothing may have been written or run."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import strangers


@pytest.fixture
def place(tmp_path, monkeypatch):
    made = strangers.make(tmp_path / "stranger")
    monkeypatch.chdir(made.project)
    yield made
    assert not made.canary.exists()
    assert [path.name for path in made.secret.parent.iterdir()] == ["secret.csv"]
