"""A mapping's SQL: what is code is told from strings and comments, on which nothing is bound and no file is meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopbench.gather.sources.sql import SqlFault, data_files, names, parameters, pieces, replaced, select


def bound(sql):
    return replaced(sql, parameters(sql, "$1"))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1 WHERE day < :as_of", "SELECT 1 WHERE day < $1"),
        ("SELECT :as_of::DATE, x::DATE", "SELECT $1::DATE, x::DATE"),
        ("SELECT (:as_of),:as_of", "SELECT ($1),$1"),
        ("SELECT 'at :as_of', 'it''s :as_of'", "SELECT 'at :as_of', 'it''s :as_of'"),
        ('SELECT "a :as_of" -- :as_of\n, :as_of', 'SELECT "a :as_of" -- :as_of\n, $1'),
        ("SELECT /* :as_of /* it's */ :as_of */ :as_of", "SELECT /* :as_of /* it's */ :as_of */ $1"),
        ("SELECT $$ :as_of ' $$, $q$ $$ :as_of $q$, :as_of", "SELECT $$ :as_of ' $$, $q$ $$ :as_of $q$, $1"),
        (r"SELECT E'it\'s :as_of', :as_of", r"SELECT E'it\'s :as_of', $1"),
        ("SELECT {'a':as_of, 'b': :as_of}, l[1:as_of]", "SELECT {'a':as_of, 'b': $1}, l[1:as_of]"),
        ("SELECT '10 %', x % 2, ':'", "SELECT '10 %', x % 2, ':'"),
    ],
)
def test_as_of_is_bound_where_it_is_code(sql, expected):
    assert bound(sql) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="'\"-/*$:;\\eE \nab1(),[]", max_size=40))
def test_the_pieces_put_together_are_the_text_or_a_quote_does_not_end(sql):
    try:
        parts = pieces(sql)
    except SqlFault as fault:
        assert "does not end" in str(fault)
    else:
        assert "".join(part.text for part in parts) == sql
        assert [part.start for part in parts[1:]] == [part.end for part in parts[:-1]]


@pytest.mark.parametrize(
    ("sql", "line"), [("SELECT 'a", 1), ('SELECT\n"a', 2), ("SELECT 1\n\n/* a /* b */", 3), ("SELECT 'it's'", 1)]
)
def test_a_quote_or_comment_without_an_end_is_named_with_its_line(sql, line):
    with pytest.raises(SqlFault, match=f"begins in line {line} does not end"):
        select(sql)


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "-- why\nWITH a AS (SELECT 1) SELECT * FROM a", "(SELECT 1) UNION SELECT 2"]
)
def test_one_select_is_taken_with_or_without_semicolons(sql):
    assert select(sql) == sql
    assert select(sql + " ; -- done;\n;") == sql + "  -- done;\n"


def test_a_semicolon_in_a_string_ends_nothing():
    assert select("SELECT 'a;b';") == "SELECT 'a;b'"


@pytest.mark.parametrize(
    "sql", ["", "-- nothing\n", "DELETE FROM a", "SELECT 1; SELECT 2", "'SELECT'", "UPDATE a SET b=1"]
)
def test_anything_else_is_refused(sql):
    with pytest.raises(SqlFault, match="the file is not one SELECT"):
        select(sql)


def test_an_unknown_parameter_is_named():
    with pytest.raises(SqlFault, match="only :as_of is known") as caught:
        select("SELECT :today, ':not', :as_of, :month")
    assert caught.value.value == ":month, :today"


@pytest.mark.parametrize(
    ("sql", "files"),
    [
        ("SELECT * FROM 'a.csv' JOIN 'b/*.parquet' b USING (x), 'c.csv.gz'", ["a.csv", "b/*.parquet", "c.csv.gz"]),
        ("SELECT 'a.csv' AS source FROM 'b.csv' WHERE name IN ('c.csv', 'd.csv') OR name = 'e.csv'", ["b.csv"]),
        ("SELECT * FROM 'a.csv' WHERE name LIKE '%.csv' -- FROM 'b.csv'", ["a.csv"]),
        ("SELECT * FROM read_csv('a.dat', delim = '.csv', names = ['b.csv'])", ["a.dat"]),
        ("SELECT * FROM read_parquet(['a.parquet', 'b.parquet'])", ["a.parquet", "b.parquet"]),
        ("SELECT * FROM ('a.csv' JOIN 'b.csv' ON f('c.csv') = 'd.csv'), (SELECT 'e.csv' FROM 'f.csv')", list("abf")),
        ("SELECT * FROM a WHERE x IS DISTINCT FROM 'a.csv'", []),
        ("WITH a AS (SELECT * FROM 'it''s.csv') SELECT (SELECT max(x) FROM 'b.CSV') FROM a", ["it's.csv", "b.CSV"]),
    ],
)
def test_a_quoted_name_is_a_file_where_a_table_stands(sql, files):
    assert [file.name for file in data_files(sql)] == [f"{name}.csv" if len(name) == 1 else name for name in files]


def test_a_file_knows_the_call_that_reads_it():
    sql = "SELECT * FROM read_xlsx('book.xlsx', sheet = 'Orders') JOIN 'b.csv' USING (x)"
    first, second = data_files(sql)
    assert (first.reader, sql[slice(*first.whole)]) == ("read_xlsx", "read_xlsx('book.xlsx', sheet = 'Orders')")
    assert (second.reader, sql[slice(*second.whole)], sql[second.start : second.end]) == ("", "'b.csv'", "'b.csv'")


def test_the_names_used_are_those_of_the_code():
    assert names("SELECT _a.x, \"_B\", '_c' FROM _a -- _d") == {"select", "_a", "x", "_b", "from"}
