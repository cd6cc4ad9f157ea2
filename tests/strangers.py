"""A company's folder as a stranger might hand it over, beside what it must not reach."""

from dataclasses import dataclass
from pathlib import Path

import pytest

SECRET = "hunter2-7f3a"
"""What no message, table or page may hold."""


@dataclass(frozen=True)
class Place:
    """A project with params/ and data/, a secret file beside it, and the file that an attack would make."""

    root: Path

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def data(self) -> Path:
        return self.project / "data"

    @property
    def secret(self) -> Path:
        return self.root / "outside" / "secret.csv"

    @property
    def canary(self) -> Path:
        return self.root / "outside" / "canary"

    def filled(self, text: str) -> str:
        """A text with the places an attacker would name put in."""
        said = {"CANARY": self.canary, "SECRET": self.secret, "OUTSIDE": self.secret.parent, "DATA": self.data}
        for name, path in said.items():
            text = text.replace(f"<{name}>", str(path))
        return text

    def everything(self) -> dict[str, bytes]:
        """Every file there is, with its bytes."""
        return {str(path): path.read_bytes() for path in sorted(self.root.rglob("*")) if path.is_file()}


def make(root: Path) -> Place:
    """The folders and the secret; nothing else is in them."""
    place = Place(root)
    for folder in (place.project / "params", place.data, place.secret.parent):
        folder.mkdir(parents=True)
    (place.project / "pyproject.toml").touch()
    place.secret.write_text(f"item_id,family\n{SECRET},x\n", encoding="utf-8")
    return place


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A stranger's folder, in which nothing may have been written or run after the test."""
    made = make(tmp_path / "stranger")
    monkeypatch.chdir(made.project)
    yield made
    assert not made.canary.exists()
    assert [path.name for path in made.secret.parent.iterdir()] == ["secret.csv"]
