"""SQL of a mapping reads the company's own files, writes nothing, and comes to an end."""

import sqlite3
import time

import pandas as pd
import pytest
import sqlalchemy as sa
from strangers import SECRET

from sopbench.gather.sources import mapping
from sopbench.gather.sources.database import select_from_database

START = pd.Timestamp("2025-09-01")
ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) AS item_id FROM t"
NO_SELECT = "the file is not one SELECT"
NO_CALL = "a mapping may not call this function"
WRITES = "it would write, and a mapping may only read"
AWAY = "DuckDB says: "

SQL = {
    "a file written": ("COPY (SELECT 1) TO '<CANARY>'", NO_SELECT),
    "a file written after a SELECT": ("SELECT 1 AS item_id; COPY (SELECT 1) TO '<CANARY>'", NO_SELECT),
    "a file written behind a comment": ("SELECT 1 AS item_id -- ;\n; COPY (SELECT 1) TO '<CANARY>'", NO_SELECT),
    "a file written in WITH": ("WITH x AS (COPY (SELECT 1) TO '<DATA>/evil.csv') SELECT 1 AS item_id", WRITES),
    "a file written deep in WITH": (
        "SELECT * FROM (WITH x AS (COPY (SELECT 1) TO '<DATA>/evil.csv') SELECT 1 AS item_id)",
        WRITES,
    ),
    "rows written in WITH": ("WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x", WRITES),
    "a database attached": ("ATTACH '<CANARY>' AS evil", NO_SELECT),
    "a database written": ("EXPORT DATABASE '<OUTSIDE>'", NO_SELECT),
    "an extension installed": ("INSTALL httpfs", NO_SELECT),
    "an extension loaded": ("LOAD '<SECRET>'", NO_SELECT),
    "a setting": ("SET enable_external_access = true", NO_SELECT),
    "a setting by PRAGMA": ("PRAGMA enable_external_access = true", NO_SELECT),
    "a setting by a function": ("SELECT * FROM enable_logging()", NO_CALL),
    "a secret made": ("CREATE SECRET s (TYPE s3, KEY_ID 'x')", NO_SELECT),
    "a function made": ("CREATE MACRO f() AS 1", NO_SELECT),
    "a plan asked for": ("EXPLAIN ANALYZE SELECT 1", NO_SELECT),
    "SQL held in a text": ("SELECT * FROM query('COPY (SELECT 1) TO ''<CANARY>''')", NO_CALL),
    "SQL held as JSON": ("SELECT * FROM json_execute_serialized_sql('{}')", NO_CALL),
    "the settings read": ("SELECT name AS item_id FROM duckdb_settings()", NO_CALL),
    "the secrets read": ('SELECT * FROM "duckdb_secrets"()', NO_CALL),
    "another database read": ("SELECT * FROM sqlite_scan('<SECRET>', 't')", NO_CALL),
    "another server read": ("SELECT * FROM postgres_scan('host=db', 'public', 't')", "has no such file"),
    "memory read": ("SELECT * FROM pandas_scan(1)", NO_CALL),
    "the environment read": ("SELECT getenv('HOME') AS item_id", AWAY),
    "the planner's own tables read": ("SELECT * FROM wanted", AWAY),
    "a file far away": ("SELECT * FROM read_csv('/etc/passwd')", AWAY),
    "a file beside the project": ("SELECT * FROM '<SECRET>'", AWAY),
    "a file by a climb": ("SELECT * FROM read_csv('../../outside/secret.csv')", AWAY),
    "a file by a climb from the folder": ("SELECT * FROM read_csv('<DATA>/../../outside/secret.csv')", AWAY),
    "a file behind a link": ("SELECT * FROM 'link.csv'", AWAY),
    "a folder behind a link": ("SELECT * FROM read_csv('away/secret.csv')", AWAY),
    "a file as text": ("SELECT content AS item_id FROM read_text('<SECRET>')", AWAY),
    "a file as bytes": ("SELECT * FROM read_blob('<SECRET>')", AWAY),
    "a folder listed": ("SELECT file AS item_id FROM glob('<OUTSIDE>/*')", AWAY),
    "a file in a list": ("SELECT * FROM read_csv(['own.csv', '<SECRET>'])", AWAY),
    "a file in a subquery": ("SELECT (SELECT item_id FROM '<SECRET>') AS item_id", AWAY),
    "a file by its URL": ("SELECT * FROM read_csv('file://<SECRET>')", ""),
    "a page on the internet": ("SELECT * FROM read_csv('https://example.com/x.csv')", ""),
    "a bucket on the internet": ("SELECT * FROM read_parquet('s3://bucket/x.parquet')", ""),
    "a workbook outside": ("SELECT * FROM '../../outside/secret.xlsx'", ""),
    "another parameter": ("SELECT :company AS item_id", "only :as_of is known"),
    "a quote without end": ("SELECT '", "does not end"),
    "a comment without end": ("SELECT 1 /* ; ", "does not end"),
    "nothing": ("", NO_SELECT),
    "bytes": ("\0\0\0", NO_SELECT),
    "a SELECT without end": (ENDLESS, "it took longer than 1 seconds and was stopped"),
    "a join without end": (
        "SELECT count(*) AS item_id FROM range(1000000) a, range(1000000) b, range(1000000) c",
        "it took longer than 1 seconds and was stopped",
    ),
    "a sleep": ("SELECT sleep_ms(100000) AS item_id", "it took longer than 1 seconds and was stopped"),
    "rows without end": ("SELECT range AS item_id FROM range(10000000000)", "it selects more than 1,000,000 cells"),
}


def select(place, sql: str, name: str = "items", seconds: float = 1) -> tuple[dict, list]:
    """What a mapping of one file gives and what is wrong with it; no file may have changed."""
    (place.data / "own.csv").write_text("item_id,family\nA,x\n", encoding="utf-8")
    (place.data / "link.csv").symlink_to(place.secret)
    (place.data / "away").symlink_to(place.secret.parent)
    folder = place.project / "mapping"
    folder.mkdir()
    (folder / f"{name}.sql").write_text(place.filled(sql), encoding="utf-8")
    before = place.everything()
    found = mapping.select_tables(folder, place.data, START, seconds)
    assert place.everything() == before
    return found


@pytest.mark.parametrize(("sql", "said"), SQL.values(), ids=SQL.keys())
def test_what_does_more_than_read_the_companys_files_is_refused(place, monkeypatch, sql, said):
    monkeypatch.setattr(mapping, "LARGEST", 1_000_000)
    frames, [problem] = select(place, sql)
    assert frames == {}
    assert (problem.table, problem.key) == ("items", "items.sql")
    assert said in problem.message
    assert problem.mend
    assert SECRET not in str(problem)


@pytest.mark.parametrize("name", ['_x"; DROP TABLE y; --', "../evil", "_a b", "passwords"])
def test_a_file_that_is_named_like_an_attack_is_refused(place, name):
    if "/" in name:
        name = name.replace("/", ":")
    _, [problem] = select(place, "SELECT 1 AS item_id", name)
    assert "no name that other queries could use" in problem.message or "no such input table" in problem.message


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM 'own.csv'",
        "WITH x AS (SELECT * FROM read_csv('own.csv')) SELECT * FROM x UNION ALL SELECT * FROM x",
        "SELECT item_id, family FROM (SELECT * FROM 'own.csv'), range(2)",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n AS item_id FROM t",
    ],
)
def test_what_a_mapping_is_for_still_goes(place, sql):
    frames, problems = select(place, sql, seconds=60)
    assert problems == []
    assert len(frames["items"]) in (1, 2, 3)


SQLITE = {
    "a table dropped": ("SELECT 1; DROP TABLE items", NO_SELECT),
    "a table dropped alone": ("DROP TABLE items", NO_SELECT),
    "a row removed in WITH": ("WITH x AS (DELETE FROM items RETURNING *) SELECT * FROM x", "SQLite says: "),
    "a database attached": ("ATTACH '<CANARY>' AS evil", NO_SELECT),
    "a library loaded": ("SELECT load_extension('<SECRET>') AS item_id", "SQLite says: "),
    "a file written": ("SELECT writefile('<CANARY>', 'x') AS item_id", "SQLite says: "),
    "a file read": ("SELECT readfile('<SECRET>') AS item_id", "SQLite says: "),
    "a SELECT without end": (ENDLESS, "it took longer than 1 seconds and was stopped"),
}


@pytest.mark.parametrize(("sql", "said"), SQLITE.values(), ids=SQLITE.keys())
def test_a_database_is_only_read_and_not_for_ever(place, sql, said):
    file = place.data / "erp.sqlite"
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE items (item_id TEXT)")
    made.close()
    folder = place.project / "mapping"
    folder.mkdir()
    (folder / "items.sql").write_text(place.filled(sql), encoding="utf-8")
    before, began = place.everything(), time.monotonic()
    frames, [problem] = select_from_database(folder, sa.make_url(f"sqlite:///{file}"), START, 1)
    assert frames == {} and said in problem.message
    assert place.everything() == before
    assert time.monotonic() - began < 60
