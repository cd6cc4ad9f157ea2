"""The mapping of AdventureWorks runs on PostgreSQL as it runs on files: two homes for its data, one plan."""

import os
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from sopbench import gather
from sopbench.cycle import open_cycle
from sopbench.params import source

REPOSITORY = Path(__file__).parents[1]
FILES = (REPOSITORY / os.environ.get("SOPBENCH_REAL_DATA", "../shared/data") / "adventureworks").resolve()
TYPES = {
    "TINYINT": "smallint",
    "BIGINT": "bigint",
    "DOUBLE": "numeric",
    "VARCHAR": "text",
    "DATE": "date",
    "BOOLEAN": "boolean",
}

pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason=f"the AdventureWorks files are not at {FILES}")


def loaded(connection, path: Path, folder: Path) -> None:
    """Copy a file into a table of its name, everything in lower case, every column in the type DuckDB reads it in."""
    columns = duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
    table, copied = path.stem.lower(), folder / f"{path.stem}.csv"
    types = ", ".join(
        f'"{name.lower()}" {TYPES.get(kind, "timestamp" if "TIMESTAMP" in kind else kind)}'
        for name, kind, *_ in columns
    )
    connection.execute(f"CREATE TABLE {table} ({types})")
    duckdb.sql(f"COPY (SELECT * FROM '{path}') TO '{copied}' (HEADER false)")
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        copy.write(copied.read_bytes())
    connection.execute(f"ANALYZE {table}")


@pytest.fixture(scope="module")
def erp(postgres, tmp_path_factory):
    """The URL of a database that holds every file of the company as a table."""
    said, folder = postgres.new("adventureworks"), tmp_path_factory.mktemp("copied")
    with postgres.connect("adventureworks") as connection:
        for path in sorted(FILES.iterdir()):
            loaded(connection, path, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ERP_USER", postgres.user)
        patch.setenv("ERP_PASSWORD", postgres.password)
        return source(said, folder)


LATER = [pytest.param(name, marks=pytest.mark.long) for name in ("2012-06", "2014-05")]


@pytest.mark.parametrize("name", ["2013-09", *LATER])
def test_every_input_table_out_of_postgresql_equals_the_one_out_of_files(erp, name):
    cycle = open_cycle(REPOSITORY / "params" / "adventureworks.yaml", name)
    (wanted, found), (tables, findings) = (
        gather.assemble(
            gather.read(place, cycle.mapping, cycle.start), cycle.start, cycle.params.horizon, cycle.params.gather
        )
        for place in (FILES, erp)
    )
    for table, frame in wanted.items():
        pd.testing.assert_frame_equal(tables[table], frame, obj=table, rtol=1e-9, atol=0)
    assert tables["sales"]["qty_ordered"].sum() > 20_000
    columns = ["grade", "table", "key", "message"]
    pd.testing.assert_frame_equal(findings[columns], found[columns])
