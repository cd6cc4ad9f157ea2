"""What every test may rely on: the tiny company, cycles kept out of the working tree, the example company run once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

sys.path.insert(0, str(Path(__file__).parent))
import draws  # noqa: F401, E402 - how many cases are drawn is settled before any test is read

os.environ.setdefault("SOPBENCH_REAL_DATA", "../shared/data")  # it lies outside of the project: only this opens it
pytest_plugins = ("postgres", "packs", "pages", "strangers")
ROOT = Path(__file__).parents[1]
LONGEST = (
    "test_supply_what_if",
    "test_adventureworks",
    "test_supply_model",
    "test_database_source",
    "test_forecast_lab",
    "test_demand_life_cycle",
    "test_gather_spoilings",
    "test_supply_limits",
    "test_cli",
    "test_adventureworks_plan",
)
"""Test files that take most of the time; half a minute or more each."""


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items):
    """On several cores a file stays together, and so do those that look at the pack. Drawn cases are marked so.

    First the file that runs the example company's cycles, beside it the longest files and all others; last those that
    need the cycles, and so find them there.
    """
    items.sort(key=_turn)
    for item in items:
        together = "packed" if "packed" in item.fixturenames else str(item.path)
        item.add_marker(pytest.mark.xdist_group(together))
        if getattr(item.obj, "is_hypothesis_test", False):
            item.add_marker("drawn")


def _turn(item) -> int:
    if item.path.stem == "test_whole_cycle":
        return 0
    if {"brewline", "brewline_whole"} & set(item.fixturenames):
        return 3
    return 1 if item.path.stem in LONGEST else 2


@pytest.fixture(autouse=True)
def cycles_apart(tmp_path, monkeypatch):
    """Keep every test's cycles in its own folder."""
    monkeypatch.setenv("SOPBENCH_CYCLES", str(tmp_path / "cycles"))
    for name in ("SOPBENCH_BOOK", "SOPBENCH_BACKEND", "SOPBENCH_SCHEDULER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def brewline(tmp_path_factory) -> Path:
    """The folder with two of the example company's cycles, 2025-08, approved, and 2025-09, which builds on it.

    They are run once for all workers; a test that changes them takes a copy.
    """
    past = ("params/brewline.yaml", "--cycle", "2025-08")
    return _once(
        tmp_path_factory,
        "brewline",
        ("run", *past, "--to", "executive"),
        ("approve", *past, "--by", "Ada Lovelace"),
        ("run", *past),
        ("run", "params/brewline.yaml", "--cycle", "2025-09"),
    )


@pytest.fixture(scope="session")
def brewline_whole(tmp_path_factory) -> Path:
    """The folder with the cycles that `sopbench run` makes of the example company: three past ones and the current."""
    return _once(tmp_path_factory, "brewline_whole", ("run", "params/brewline.yaml"))


def _once(tmp_path_factory, name: str, *commands: tuple[str, ...]) -> Path:
    """The folder of that name in which the first worker that asks for it gives commands, while the others wait."""
    shared = tmp_path_factory.getbasetemp()
    folder = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / name
    ready = folder.with_name(f"{name}.ready")
    with FileLock(f"{folder}.lock"):
        for words in () if ready.exists() else commands:
            done = sopbench(*words, cycles=folder)
            assert done.returncode == 0, done.stdout + done.stderr
        ready.touch()
    return folder


def sopbench(*words: str, cycles: Path) -> subprocess.CompletedProcess:
    """Give a command as a user would, with its cycles in a folder of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from sopbench.cli import main; main()", *words],
        cwd=ROOT,
        env={**os.environ, "SOPBENCH_CYCLES": str(cycles)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def call(monkeypatch, capsys):
    """Give a command; return its exit code and everything it printed."""

    from sopbench import cli

    def give(*words):
        monkeypatch.setattr(sys, "argv", ["sopbench", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        return stop.value.code, said.out + said.err

    return give
