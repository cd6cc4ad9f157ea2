"""Every notebook runs by itself, and what it shows is what the shipped company gives."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import tiny

ROOT = Path(__file__).parents[2]
STEPS = sorted((ROOT / "notebooks").glob("[1-6]_*.ipynb"))
NOTEBOOKS = STEPS + sorted((ROOT / "notebooks").glob("*/*.ipynb"))
LAB = ROOT / "notebooks" / "lab" / "forecast_lab.ipynb"
SLOW = ("2_demand", "3_supply", "4_presop", LAB.stem, "replay_lab")
TINY = """
company: tiny
cycle: 2025-09
horizon: 6
gather: {source: data}
demand:
  backtest: {windows: 2, step: 3, horizon: 3}
  methods:
    naive_season: "StatsForecastPanel('SeasonalNaive', season_length={season})"
    theta: "SmoothingPanel('theta', season_length={season})"
"""


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


@pytest.mark.long
@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.stem)
def test_the_tables_a_notebook_has_saved_are_those_the_company_gives_now(brewline_whole, path):
    """The cells tagged nbval-check-output, in the tree and as the last cycle has just run them."""
    saved = checked_cells(path)
    assert saved
    assert checked_cells(brewline_whole / "brewline" / "2025-09" / "notebooks" / path.name) == saved, (
        "give: make notebooks"
    )


@pytest.mark.long
def test_quick_notebooks_run_by_hand_and_their_checked_tables_are_those_saved(brewline_whole, tmp_path):
    """As nbval finds it with the notebooks' own defaults; all of them are for the long tests."""
    nbval([path for path in NOTEBOOKS if path.stem not in SLOW], brewline_whole, tmp_path)


@pytest.mark.long
def test_the_lab_notebook_runs_by_hand_on_the_tiny_company(tmp_path):
    """Nothing of it is saved, and on the shipped company it runs for minutes: that too is for the long tests."""
    (tmp_path / "data").mkdir()
    for name, frame in tiny.tables().items():
        if len(frame):
            frame.to_csv(tmp_path / "data" / f"{name}.csv", index=False)
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    notebook = read(LAB)
    cell = parameters(notebook)
    assert cell.source.count("params/brewline.yaml") == 1
    cell.source = cell.source.replace("params/brewline.yaml", str(tmp_path / "tiny.yaml"))
    nbformat.write(notebook, tmp_path / LAB.name)
    (tmp_path / "none").mkdir()
    nbval([tmp_path / LAB.name], tmp_path / "none", tmp_path)


@pytest.mark.long
def test_all_notebooks_run_by_hand_and_their_checked_tables_are_those_saved(brewline_whole, tmp_path):
    nbval(NOTEBOOKS, brewline_whole, tmp_path)


def checked_cells(path: Path) -> list:
    """Source and outputs of the cells whose output is checked, without what differs from run to run."""
    cells = [cell for cell in read(path).cells if "nbval-check-output" in cell.metadata.get("tags", [])]
    return [(cell.source, [shown(output) for output in cell.outputs]) for cell in cells]


def shown(output) -> dict:
    """What nbval compares of an output."""
    return {name: value for name, value in output.items() if name not in ("metadata", "execution_count")}


def nbval(notebooks: list[Path], cycles: Path, tmp_path: Path) -> None:
    """Let nbval run notebooks in their order and compare the cells tagged nbval-check-output."""
    cycles = shutil.copytree(cycles, tmp_path / "cycles")  # a notebook run by hand writes its step's tables anew
    order = [str(path) for path in notebooks]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider", "-p", "no:randomly", *order],
        cwd=ROOT,
        env={**os.environ, "SOPBENCH_CYCLES": str(cycles)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
