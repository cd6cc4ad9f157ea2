"""A company in a database: read anew at every run, and its password in nothing that a run leaves behind."""

import os
import sqlite3

import pytest

import tiny
from conftest import sopbench
from sopbench import gather
from sopbench.contract import INPUT_TABLES
from sopbench.cycle import open_cycle
from sopbench.cycle.fingerprint import fingerprint, up_to_date
from sopbench.run import step_notebook

PARAMS = "company: tiny\ncycle: 2025-09\nhorizon: 6\ngather:\n  source: {source}\n  mapping: mapping\n"
KEPT = [name for name, frame in tiny.tables().items() if len(frame)]


@pytest.fixture
def company(tmp_path):
    """The tiny company in an SQLite database, with a mapping of one plain SELECT a table."""
    with sqlite3.connect(tmp_path / "erp.sqlite") as connection:
        for name in KEPT:
            tiny.tables()[name].to_sql(name, connection, index=False)
    (tmp_path / "mapping").mkdir()
    for each in INPUT_TABLES:
        if each.name in KEPT:
            (tmp_path / "mapping" / f"{each.name}.sql").write_text(f"SELECT * FROM '{each.name}.csv' -- % :x\n")
    (tmp_path / "tiny.yaml").write_text(PARAMS.format(source="sqlite:///erp.sqlite"))
    return tmp_path / "tiny.yaml"


def change(company, sql):
    with sqlite3.connect(company.parent / "erp.sqlite") as connection:
        connection.execute(sql)


def gathered(cycle):
    """Write the cycle's tables as the notebook does; return which steps count from then on."""
    raw = gather.read(cycle.source, cycle.mapping, cycle.start)
    tables, findings = gather.assemble(raw, cycle.start, 6, cycle.params.gather)
    cycle.write("gather", **tables, findings=findings)
    cycle.finish("gather", fingerprint=fingerprint(cycle, "gather", step_notebook("gather")))
    return {step for step in ("gather", "demand") if cycle.record(step)}


def test_it_is_read_anew_at_every_run_and_later_steps_run_again_only_if_a_table_changed(company):
    cycle = open_cycle(company)
    gathered(cycle)
    assert not up_to_date(cycle, "gather", step_notebook("gather"))
    cycle.write("demand")
    cycle.finish("demand", fingerprint=fingerprint(cycle, "demand", step_notebook("demand")))
    change(company, "CREATE TABLE more AS SELECT * FROM sales ORDER BY random()")
    change(company, "DROP TABLE sales")
    change(company, "ALTER TABLE more RENAME TO sales")
    assert gathered(cycle) == {"gather", "demand"}
    assert up_to_date(cycle, "demand", step_notebook("demand"))
    change(company, "UPDATE sales SET qty_ordered = qty_ordered + 1")
    assert gathered(cycle) == {"gather"}


def test_the_status_says_that_a_database_is_read_anew_and_needs_no_password_for_it(company, tmp_path):
    open_cycle(company).write("gather")
    company.write_text(PARAMS.format(source="postgresql://${NOBODY}:${NOTHING}@host/erp"))
    done = sopbench("status", str(company), cycles=tmp_path / "cycles")
    assert "1 gather     has run; a database is read anew at every run" in done.stdout


def everything_left(folder):
    return b"".join(path.read_bytes() + str(path).encode() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.long
@pytest.mark.parametrize("fault", ["none", "login"])
def test_the_password_is_in_nothing_that_a_run_leaves_behind(postgres, company, tmp_path, monkeypatch, fault):
    import sqlalchemy as sa

    said = postgres.new("tiny")
    monkeypatch.setenv("ERP_USER", postgres.user)
    monkeypatch.setenv("ERP_PASSWORD", postgres.password + ("x" if fault == "login" else ""))
    company.write_text(PARAMS.format(source=said))
    url = sa.URL.create("postgresql+psycopg", postgres.user, postgres.password, "127.0.0.1", postgres.port, "tiny")
    with sa.create_engine(url).begin() as connection:
        for name in KEPT:
            tiny.tables()[name].to_sql(name, connection, index=False)
    cycles = tmp_path / "cycles"
    done = [sopbench(*words, str(company), cycles=cycles) for words in (["run", "--steps", "gather"], ["check"])]
    assert {each.returncode for each in done} == {0 if fault == "none" else 2}, done[0].stderr
    left = everything_left(tmp_path) + "".join(each.stdout + each.stderr for each in done).encode()
    executed = cycles / "tiny" / "2025-09" / "notebooks" / ("" if fault == "none" else "running") / "1_gather.ipynb"
    assert executed.exists()
    assert b"${ERP_PASSWORD}" in left
    for secret in (postgres.password, url.render_as_string(hide_password=False).split(":")[2].split("@")[0], "s3cr3t"):
        assert secret.encode() not in left
        assert secret.encode("unicode_escape") not in left
    assert os.environ["ERP_PASSWORD"].encode() not in left
