"""The pages in docs/ say what the code does: parameters with their defaults, tables with their columns."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from sopbench.contract import INPUT_TABLES, PLAN_TABLES
from sopbench.params import STEPS, Params

DOCS = Path(__file__).parents[1] / "docs"
ROW = re.compile(r"^\| `([\w.]+)` \| ([^|]+) \|", re.MULTILINE)


def said_parameters(step: str) -> dict[str, str]:
    text = page(step).split("## Parameters")[1].split("\n## ")[0]
    return {name: default.strip() for name, default in ROW.findall(text)}


def page(step: str) -> str:
    return (DOCS / f"{STEPS.index(step) + 1}_{step}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("step", STEPS)
def test_every_parameter_of_a_step_is_told_with_its_default(step):
    said, fields = said_parameters(step), Params.model_fields[step].annotation.model_fields
    assert {name.split(".")[0] for name in said} == set(fields)
    for name, default in said.items():
        field = fields[name.split(".")[0]]
        value = field.default
        for part in name.split(".")[1:]:
            value = getattr(value, part)
        if value is PydanticUndefined:
            assert default == "(must be given)"
        elif value is None or value in ([], {}):
            assert default == "none"
        elif isinstance(value, int | float):
            assert float(default) == value


@pytest.mark.parametrize("step", STEPS)
def test_every_table_a_page_names_is_in_the_contract(step):
    tables = {each.name for each in (*INPUT_TABLES, *PLAN_TABLES)}
    text = page(step).split("## What comes out")[1].split("\n## ")[0]
    named = {name for name, _ in ROW.findall(text)}
    assert named
    assert named <= tables


def test_every_input_table_and_column_is_told_to_who_brings_a_company():
    text = (DOCS / "your_own_company.md").read_text(encoding="utf-8")
    missing = [
        f"{each.name}.{column.name}"
        for each in INPUT_TABLES
        for column in each.columns
        if not re.search(rf"^\| `{each.name}` \|.*`{column.name}`", text, re.MULTILINE)
    ]
    assert missing == []


def test_the_commands_that_bring_a_company_give_what_the_page_shows(tmp_path):
    text = (DOCS / "your_own_company.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    checked = 0
    for (kind, block), (after, shown) in zip(blocks, [*blocks[1:], ("bash", "")], strict=True):
        if kind != "bash" or re.search(r"sopbench (run|present|approve|release)", block):
            continue
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        said = subprocess.run(
            ["bash", "-e"], input=block, text=True, capture_output=True, cwd=tmp_path, env={**os.environ, "PATH": path}
        )
        assert said.returncode == 0, said.stderr
        if "sopbench check" in block:
            assert "can be planned" in said.stdout.splitlines()[-1]
            checked += 1
            if not after:
                assert said.stdout.strip().replace(f"{tmp_path.resolve()}/", "") == shown.strip()
    assert checked == 2
