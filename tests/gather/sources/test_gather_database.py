"""A mapping over a database: the tables its files would give, one moment, nothing written, one message a mistake."""

import pandas as pd
import pytest
import sqlalchemy as sa

import tiny
from sopbench import gather
from sopbench.contract import PlanningError
from sopbench.gather.sources import database, fetched
from sopbench.params import Gather, source

FILES = {
    "_recent": "SELECT * FROM 'orders.parquet' WHERE day < :as_of",
    "_sums": """
        -- :as_of is bound in _recent; it's
        SELECT code, date_trunc('month', day) AS month, sum(units) AS units FROM _recent
        GROUP BY code, date_trunc('month', day)""",
    "items": """
        SELECT code AS item_id, '50 % of :grp; ''x''' AS description, grp AS family,
               cost AS unit_cost, price AS unit_price
        FROM 'articles.csv' a WHERE cost::INTEGER % 100 >= 0;""",
    "locations": "SELECT 'HALL' AS location_id, 'at :as_of' AS region",
    "sources": "SELECT code AS item_id, 'HALL' AS location_id, 'buy' AS method, 'A' AS origin_id FROM 'articles.csv'",
    "sales": """
        WITH RECURSIVE places(place) AS (SELECT 'HALL' UNION SELECT place FROM places)
        SELECT code AS item_id, place AS location_id, month AS bucket, units AS qty_ordered FROM _sums, places""",
}
COUNTS = {"code": ["01", "02"], "grp": ["a", "b"], "cost": [1.5, 2.25], "price": [3.0, None]}
ORDERS = [(code, day, 10.5) for code in ("01", "02") for day in pd.date_range("2025-01-15", "2025-12-15", freq="14D")]


@pytest.fixture
def mapping(tmp_path):
    folder = tmp_path / "mapping"
    folder.mkdir()
    for name, sql in FILES.items():
        (folder / f"{name}.sql").write_text(sql)
    return folder


@pytest.fixture(scope="module")
def written(postgres):
    """A database with the company's two tables; returns what a params file says of it."""
    said = postgres.new("erp")
    with postgres.connect("erp") as connection:
        connection.execute('CREATE TABLE "Articles" (code text, grp text, cost numeric(9, 2), price numeric)')
        connection.execute("CREATE TABLE orders (code text, day timestamp, units numeric)")
        with connection.cursor() as cursor:
            cursor.executemany(
                'INSERT INTO "Articles" VALUES (%s, %s, %s, %s)', list(zip(*COUNTS.values(), strict=True))
            )
            cursor.executemany("INSERT INTO orders VALUES (%s, %s, %s)", ORDERS)
    return said


@pytest.fixture
def erp(postgres, written, monkeypatch, tmp_path):
    """The database's URL, its variables put in from the environment."""
    monkeypatch.setenv("ERP_USER", postgres.user)
    monkeypatch.setenv("ERP_PASSWORD", postgres.password)
    return source(written, tmp_path)


def select(url, mapping, **files):
    """What the mapping gives with some of its files changed."""
    for name, sql in files.items():
        (mapping / f"{name}.sql").write_text(sql)
    return gather.read(url, mapping, tiny.START)


def said(url, mapping, **files):
    with pytest.raises(PlanningError) as caught:
        select(url, mapping, **files)
    told = [str(problem) for problem in caught.value.problems]
    assert not [each for each in told if "\n" in each or str(url.password) in each]
    return told


def test_the_same_mapping_gives_the_same_tables_from_files_and_from_a_database(erp, mapping, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    pd.DataFrame(COUNTS).to_csv(folder / "articles.csv", index=False)
    pd.DataFrame(ORDERS, columns=["code", "day", "units"]).to_parquet(folder / "orders.parquet")
    one, two = (
        gather.assemble(gather.read(place, mapping, tiny.START), tiny.START, 6, Gather(source="x"))
        for place in (folder, erp)
    )
    for name, frame in one[0].items():
        pd.testing.assert_frame_equal(two[0][name], frame, obj=name)
    pd.testing.assert_frame_equal(one[1], two[1])
    assert two[0]["sales"].query("item_id == '01'")["qty_ordered"].tolist() == [21.0] * 6 + [31.5, 21.0]
    assert two[0]["items"].loc[0, "description"] == "50 % of :grp; 'x'"


def test_it_reads_only_at_one_moment_in_the_time_of_greenwich(erp, mapping):
    sql = """SELECT current_setting('transaction_isolation') AS location_id,
                    current_setting('transaction_read_only') AS region, current_setting('TimeZone') AS kind"""
    locations = select(erp, mapping, locations=sql)["locations"]
    assert locations.to_numpy().tolist() == [["repeatable read", "on", "UTC"]]


def test_nothing_can_be_written(erp, mapping, postgres):
    with postgres.connect("erp") as connection:
        connection.execute("CREATE SEQUENCE IF NOT EXISTS numbers")
    [one] = said(erp, mapping, locations="SELECT nextval('numbers') AS location_id")
    assert "locations [locations.sql]: PostgreSQL says: cannot execute nextval() in a read-only transaction" in one
    assert "write a SELECT that only reads" in one
    [one] = said(
        erp, mapping, locations="WITH gone AS (DELETE FROM orders RETURNING *) SELECT code AS location_id FROM gone"
    )
    assert "must not contain data-modifying statements" in one


def test_values_arrive_in_the_types_the_contract_expects(erp, mapping):
    sql = """SELECT 'HALL' AS location_id, 1.10::numeric AS decimal, DATE '2025-09-01' AS day, true AS flag,
                    TIMESTAMPTZ '2025-09-01 01:00+02' AS moment, 7::bigint AS whole, ARRAY[1, 2] AS list,
                    '{"a": 1}'::jsonb AS document, DATE '9999-12-31' AS far, 0.1::double precision AS fraction
             UNION ALL SELECT 'YARD', null, null, null, null, null, null, null, null, null"""
    one, two = select(erp, mapping, locations=sql)["locations"].to_dict("records")
    assert (one["decimal"], one["fraction"], one["whole"], one["flag"]) == (1.1, 0.1, 7, True)
    assert one["day"] == pd.Timestamp("2025-09-01")
    assert one["moment"] == pd.Timestamp("2025-08-31 23:00")
    assert (one["list"], one["document"], str(one["far"])) == ("[1, 2]", "{'a': 1}", "9999-12-31")
    assert all(pd.isna(value) for name, value in two.items() if name != "location_id")


def test_rows_fetched_in_parts_are_the_rows_fetched_at_once(erp, mapping, monkeypatch):
    sql = """SELECT 'L' || n AS location_id, CASE WHEN n > 4 THEN n END AS whole,
                    CASE WHEN n > 5 THEN n / 4.0 END AS part,
                    CASE WHEN n = 3 THEN DATE '2025-01-01' END AS day, CASE WHEN n = 7 THEN 'x' END AS word
             FROM generate_series(1, 7) AS numbers(n) ORDER BY n"""
    sizes, make = [], database.frame

    def frame(names, chunks):
        held = list(chunks)
        sizes.append([len(rows) for rows in held])
        return make(names, held)

    once = select(erp, mapping, locations=sql)["locations"]
    monkeypatch.setattr(database, "ROWS", 2)
    monkeypatch.setattr(database, "frame", frame)
    parts = select(erp, mapping)["locations"]
    pd.testing.assert_frame_equal(parts, once)
    assert [2, 2, 2, 1] in sizes
    assert once["whole"].tolist()[4:] == [5, 6, 7]
    assert once["day"].dropna().tolist() == [pd.Timestamp("2025-01-01")]


def test_a_result_without_rows_keeps_its_columns(erp, mapping):
    frame = select(erp, mapping, bom="SELECT code AS item_id, 1 AS qty_per FROM 'articles.csv' WHERE 1 = 0")["bom"]
    assert list(frame.columns) == ["item_id", "qty_per"]
    assert frame.empty


def test_whole_numbers_with_holes_keep_every_digit():
    frame = fetched.frame(["id"], [[(9007199254740993,), (None,)], [(1,)]])
    assert frame["id"].dropna().tolist() == [9007199254740993, 1]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT codde FROM 'articles.csv'", 'PostgreSQL says: column "codde" does not exist'),
        ("SELECT * FORM a", 'PostgreSQL says: syntax error at or near "FORM"'),
        ("SELECT * FROM nowhere", 'PostgreSQL says: relation "nowhere" does not exist'),
        (
            "SELECT * FROM 'article.csv'",
            "the database has no such table (found: article). Mend: did you mean articles?",
        ),
        ("SELECT * FROM 'shop/articles.csv'", "the schema shop of the database has no such table"),
        ("SELECT 1 / 0 AS location_id", "PostgreSQL says: division by zero"),
        ("SELECT 1; SELECT 2", "the file is not one SELECT"),
        ("DROP TABLE orders", "the file is not one SELECT"),
        ("SELECT :today AS location_id", "only :as_of is known"),
        ("SELECT 'infinity'::date AS location_id", "date too large"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_message_that_names_it(erp, mapping, sql, expected):
    [one] = said(erp, mapping, locations=sql)
    assert one.startswith("locations [locations.sql]: ")
    assert expected in one and " Mend: " in one


def test_all_failing_files_are_told_at_once_and_a_shared_one_once(erp, mapping):
    told = said(erp, mapping, _recent="SELECT * FROM 'orders.csv' WHERE dday < :as_of", bom="SELECT nonsense")
    assert [each.split(":")[0] for each in told] == ["_recent [_recent.sql]", "bom [bom.sql]"]


def test_a_statement_that_takes_too_long_is_stopped_and_named(erp, mapping):
    slow = erp.update_query_dict({"options": "-c statement_timeout=50"})
    [one] = said(slow, mapping, locations="SELECT pg_sleep(5) AS location_id")
    assert "locations [locations.sql]: PostgreSQL says: canceling statement due to statement timeout" in one
    assert "it took too long. Mend: let it read less" in one


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"password": "wrong!"}, 'password authentication failed for user "planner"'),
        ({"host": "nowhere.invalid"}, "nowhere.invalid"),
        ({"port": 1}, "see that the database runs"),
        ({"database": "payroll"}, 'database "payroll" does not exist. Mend: mend the database\'s name'),
        ({"drivername": "postgresql+nodriver"}, "no such kind of database"),
        ({"drivername": "postgresql+asyncpg"}, "the driver asyncpg is not installed"),
        ({"drivername": "nosuchbase"}, "no such kind of database (found: nosuchbase)"),
    ],
)
def test_a_database_that_cannot_be_reached_is_one_message_without_the_password(erp, mapping, change, expected):
    [one] = said(erp.set(**change), mapping)
    assert one.startswith("gather [") and "***@" in one
    assert expected in one and "wrong!" not in one


def test_a_database_that_refuses_the_first_statement_is_left(mapping, monkeypatch):
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    closed = []
    sa.event.listen(engine, "close", lambda *connection: closed.append(connection))
    monkeypatch.setattr(database, "_engine", lambda url: engine)
    monkeypatch.setitem(database.FIRST, "sqlite", ("PRAGMA query_only = ON", "BEGIN nothing"))
    closed_on_connecting = _closings(engine, closed)
    with pytest.raises(PlanningError, match="cannot be reached"):
        database.select_from_database(mapping, sa.make_url("sqlite://"), tiny.START)
    assert len(closed) == closed_on_connecting + 1


def _closings(engine, closed):
    """Connections closed so far, once the engine has looked at its database for the first time."""
    engine.connect().close()
    return len(closed)


def test_a_database_without_a_mapping_says_what_it_needs(erp):
    [one] = said(erp, None)
    assert "a database needs a mapping" in one and "Mend: name in mapping:" in one


def test_a_folder_in_a_files_name_is_a_schema_and_a_star_the_folders_table(erp, mapping, postgres):
    with postgres.connect("erp") as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS shop")
        connection.execute("CREATE OR REPLACE VIEW shop.halls AS SELECT 'YARD' AS location_id")
    assert select(erp, mapping, locations="SELECT * FROM 'shop/Halls.csv'")["locations"]["location_id"].tolist() == [
        "YARD"
    ]
    sql = "SELECT DISTINCT code AS location_id FROM read_parquet('orders/*.parquet', hive = true) WHERE day >= :as_of"
    assert sorted(select(erp, mapping, locations=sql)["locations"]["location_id"]) == ["01", "02"]
