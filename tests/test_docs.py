"""The pages in docs/ say what the code does: parameters with their defaults, tables with their columns."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from pydantic_core import PydanticUndefined

from sopbench import gather
from sopbench.contract import INPUT_TABLES, PLAN_TABLES
from sopbench.contract.measures import MEASURES
from sopbench.params import STEPS, Gather, Params, source
from sopbench.params.compute import Compute
from sopbench.params.meetings import Meetings

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


def test_every_parameter_of_the_meetings_is_told_with_its_default():
    text = (DOCS / "meetings.md").read_text(encoding="utf-8")
    said = {name: default.strip() for name, default in ROW.findall(text) if name in Meetings.model_fields}
    assert said == {"roles": "none", "others": Meetings().others}


def test_every_parameter_of_where_work_is_done_is_told_with_its_default():
    said = {name: default.strip() for name, default in ROW.findall((DOCS / "cluster.md").read_text(encoding="utf-8"))}
    assert said == Compute().model_dump()


def test_the_page_on_clusters_has_a_step_a_command():
    text = (DOCS / "cluster.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `sopbench run P --cycle C --steps (\w+)` \|", text, re.MULTILINE) == list(STEPS)


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


def blocks_that_bring_a_company() -> list[tuple[str, str]]:
    """The page's blocks in order, each with its kind."""
    text = (DOCS / "your_own_company.md").read_text(encoding="utf-8")
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


ERP = {
    "orders": "order_no int, order_date date, sku text, customer text, quantity int, net_amount numeric, status text",
    "articles": "sku text, name text, product_group text, cost numeric, list_price numeric, vendor text,"
    " weeks_to_deliver int, shelf int",
}


def test_the_pages_mapping_gives_the_same_tables_from_postgresql(postgres, tmp_path, monkeypatch):
    blocks = blocks_that_bring_a_company()
    made = [block for kind, block in blocks if kind == "bash" and "kettles_erp" in block and "sopbench" not in block]
    subprocess.run(["bash", "-e"], input="".join(made), text=True, check=True, cwd=tmp_path)
    place, said = tmp_path / "data" / "kettles_erp", postgres.new("kettles")
    with postgres.connect("kettles") as connection:
        for name, columns in ERP.items():
            connection.execute(f"CREATE TABLE {name} ({columns})")
            with connection.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write((place / f"{name}.csv").read_text(encoding="utf-8"))
    [shown] = [yaml.safe_load(block)["gather"] for kind, block in blocks if "db.example.com" in block]
    monkeypatch.setenv("ERP_USER", postgres.user)
    monkeypatch.setenv("ERP_PASSWORD", postgres.password)
    url = source(shown["source"].replace("db.example.com/erp", said.partition("@")[2]), tmp_path)
    start = pd.Timestamp("2025-09-01")
    one, two = (
        gather.assemble(gather.read(each, tmp_path / shown["mapping"], start), start, 12, Gather(source="x"))[0]
        for each in (place, url)
    )
    assert one["customers"]["priority"].tolist() == [2.0, 2.0]
    for name, frame in one.items():
        pd.testing.assert_frame_equal(two[name], frame, obj=name)


@pytest.mark.long
def test_the_commands_that_bring_a_company_give_what_the_page_shows(tmp_path):
    blocks = blocks_that_bring_a_company()
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
    assert checked == 4


def test_every_measure_of_monitoring_is_defined_on_its_page():
    text = page("monitor")
    measures = [*MEASURES, "wape", "mape", "mad", "bias", "mase", "rmsse", "tracking_signal"]
    assert [name for name in measures if not re.search(rf"^\|[^|]*`{name}`[^|]*\| \S", text, re.MULTILINE)] == []
