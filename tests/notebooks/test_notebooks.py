"""Every notebook runs by itself, and what it shows is what the shipped company gives."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
STEPS = sorted((ROOT / "notebooks").glob("[1-6]_*.ipynb"))
NOTEBOOKS = STEPS + sorted((ROOT / "notebooks").glob("*/*.ipynb"))


def read(path):
    return nbformat.read(path, as_version=4)


def parameters(notebook):
    return next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))


def test_there_is_a_notebook_for_each_step():
    names = ["1_gather", "2_demand", "3_supply", "4_presop", "5_executive", "6_monitor"]
    assert [path.stem for path in STEPS] == names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_parameter_has_a_type_and_a_comment(path):
    lines = [line for line in parameters(read(path)).source.splitlines() if line.strip()]
    assert lines
    for line in lines:
        assert re.fullmatch(r"\w+: \w+ = .+  # .+", line), line


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_narrates_and_defines_nothing(path):
    notebook = read(path)
    assert notebook.cells[0].cell_type == "markdown" and notebook.cells[0].source.startswith("# ")
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert not [source for source in code if re.search(r"^\s*(def|class) ", source, re.MULTILINE)]
    assert max(len(source.splitlines()) for source in code) <= 20


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.stem)
def test_saved_outputs_are_there_without_error_or_path_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert '"output_type": "error"' not in text
    assert not re.search(r"(/home/|/root/|/work/|/tmp/|C:\\\\Users)", text)
    assert "image/svg+xml" in text
    assert len(text) < 1_500_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_carries_no_clock_or_run_of_its_own(path):
    notebook = read(path)
    assert "papermill" not in notebook.metadata
    assert not [cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", [])]


def test_all_notebooks_run_and_their_checked_tables_are_those_saved(brewline, tmp_path):
    """nbval runs each notebook with its own defaults and compares the cells tagged nbval-check-output."""
    cycles = shutil.copytree(brewline, tmp_path / "cycles")  # a notebook run by hand writes its step's tables anew
    order = [str(path) for path in NOTEBOOKS]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider", "-p", "no:randomly", *order],
        cwd=ROOT,
        env={**os.environ, "SOPBENCH_CYCLES": str(cycles)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    checked = sum("nbval-check-output" in cell.metadata.get("tags", []) for path in STEPS for cell in read(path).cells)
    assert checked >= len(STEPS)
