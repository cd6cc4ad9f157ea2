"""The rules of the house, held against the code."""

import ast
from pathlib import Path

import pytest

from sopbench.contract import INPUT_TABLES, PLAN_TABLES
from sopbench.params import STEPS

PACKAGE = Path(__file__).parents[1] / "sopbench"
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def users_of(library: str) -> set[str]:
    return {path.name for path in MODULES if any(name.split(".")[0] == library for name in imports(path))}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_knows_no_other_step_and_nothing_of_files_of_a_cycle(step):
    barred = {f"sopbench.{other}" for other in STEPS if other != step}
    barred |= {f"sopbench.{name}" for name in ("cycle", "run", "book", "views", "cli", "serve", "example", "pack")}
    for path in (PACKAGE / step).rglob("*.py"):
        crossed = {
            name for name in imports(path) if any(name == each or name.startswith(each + ".") for each in barred)
        }
        assert not crossed, f"{path.name} imports {crossed}"


def test_the_contract_stands_on_nothing_of_ours():
    for path in (PACKAGE / "contract").rglob("*.py"):
        assert not [name for name in imports(path) if name.startswith("sopbench") and "contract" not in name]


def test_only_the_runner_knows_papermill_and_only_the_server_knows_voila():
    assert users_of("papermill") == {"run.py"}
    assert users_of("voila") == {"serve.py"}


def test_only_the_packs_slides_know_powerpoint():
    assert users_of("pptx") == {"slides.py"}


def test_no_step_reads_the_clock_or_draws_at_random_or_prints():
    for step in STEPS:
        for path in (PACKAGE / step).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
            barred = {"print", "datetime.now", "time.time", "pd.Timestamp.now", "pd.Timestamp.today", "date.today"}
            assert not calls & barred, f"{path.name} calls {calls & barred}"
            assert not [call for call in calls if "random" in call], path.name


def test_nothing_walks_rows_one_by_one():
    for path in MODULES:
        assert ".iterrows(" not in path.read_text(encoding="utf-8"), path.name


def test_every_module_says_what_it_is_for_and_stays_in_one_room():
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)), f"{path.name} has no docstring"
        assert len(text.splitlines()) <= 450, f"{path.name} is two modules"


def test_every_table_has_one_name_and_one_meaning():
    tables = [*INPUT_TABLES, *PLAN_TABLES]
    assert len({table.name for table in tables}) == len(tables)
    assert all(table.meaning and all(column.meaning for column in table.columns) for table in tables)
