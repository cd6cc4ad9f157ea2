"""A mapping turns a company's own files into contract tables, may read these files only, and writes nothing."""

import pandas as pd
import pytest

import tiny
from sopbench import gather
from sopbench.contract import PlanningError
from sopbench.params import Gather

FILES = {
    "items": "SELECT code AS item_id, grp AS family, cost AS unit_cost, price AS unit_price FROM 'articles.csv'",
    "locations": "SELECT 'HALL' AS location_id",
    "sources": "SELECT code AS item_id, 'HALL' AS location_id, 'buy' AS method, 'A' AS origin_id FROM 'articles.csv'",
    "sales": """
        -- all that was ordered before :as_of
        SELECT code AS item_id, 'HALL' AS location_id, date_trunc('month', day) AS bucket, sum(units) AS qty_ordered
        FROM 'orders/*.parquet' WHERE day < :as_of GROUP BY ALL""",
}


@pytest.fixture
def company(tmp_path):
    """A company with a CSV file, Parquet files in a folder, and a mapping."""
    source, mapping = tmp_path / "erp", tmp_path / "mapping"
    (source / "orders").mkdir(parents=True)
    mapping.mkdir()
    (source / "articles.csv").write_text("code,grp,cost,price\n01,a,1.5,3\n02,b,2,5\n")
    days = pd.date_range("2025-01-15", "2025-12-15", freq="14D")
    for year_half, part in enumerate((days[:12], days[12:])):
        frame = pd.DataFrame({"code": "01", "day": part, "units": 10})
        frame.to_parquet(source / "orders" / f"{year_half}.parquet")
    for name, sql in FILES.items():
        (mapping / f"{name}.sql").write_text(sql)
    return source, mapping


def said(company, name, sql):
    (company[1] / f"{name}.sql").write_text(sql)
    with pytest.raises(PlanningError) as caught:
        gather.read(*company, tiny.START)
    return [str(problem) for problem in caught.value.problems]


def test_tables_come_from_csv_and_parquet_as_of_the_cycle(company):
    tables, _ = gather.assemble(gather.read(*company, tiny.START), tiny.START, 6, Gather(source="x"))
    sales = tables["sales"]
    assert sales["bucket"].tolist() == pd.date_range("2025-01-01", "2025-08-01", freq="MS").tolist()
    assert sales["qty_ordered"].tolist() == [20.0, 20.0, 20.0, 20.0, 20.0, 20.0, 30.0, 20.0]  # 2, 16, 30 July
    assert sales["revenue"].tolist() == [60.0, 60.0, 60.0, 60.0, 60.0, 60.0, 90.0, 60.0]
    assert tables["items"]["item_id"].tolist() == ["01", "02"]


def test_the_working_directory_does_not_matter(company, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "articles.csv").write_text("code,grp,cost,price\nWRONG,a,1,3\n")
    monkeypatch.chdir(elsewhere)
    assert gather.read(*company, tiny.START)["items"]["item_id"].tolist() == ["01", "02"]


def test_an_sql_error_names_the_file_and_repeats_duckdb_in_one_line(company):
    [problem] = said(company, "items", "SELECT codde AS item_id FROM 'articles.csv'")
    assert problem.startswith("items [items.sql]: DuckDB says: Binder Error")
    assert "codde" in problem
    assert "\n" not in problem


def test_a_missing_data_file_is_named_with_the_one_meant(company):
    [problem] = said(company, "items", "SELECT * FROM 'article.csv'")
    assert problem.startswith("items [items.sql]: the folder")
    assert problem.endswith("has no such file (found: article.csv). Mend: did you mean articles.csv?")


def test_a_missing_sql_file_of_a_required_table_is_named(company):
    (company[1] / "locations.sql").unlink()
    [problem] = said(company, "items", FILES["items"])
    assert problem.startswith("locations [locations.sql]: the folder")


def test_an_sql_file_of_no_table_names_the_table_meant(company):
    [problem] = said(company, "item", FILES["items"])
    assert "did you mean items.sql?" in problem


def test_all_failing_files_are_told_at_once_with_what_is_wrong_in_the_others(company):
    (company[1] / "sales.sql").write_text("SELECT nonsense")
    (company[1] / "bom.sql").write_text("SELEC")
    problems = said(company, "items", "SELECT code AS item_id, 'x' AS family, 'much' AS unit_cost FROM 'articles.csv'")
    assert [each.split()[0] for each in problems] == ["bom", "sales", "items", "items"]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{source}/articles.csv'",
        "SELECT 1; DROP TABLE x",
        "SET enable_external_access = true",
        "CREATE TABLE t AS SELECT 1",
        "",
    ],
)
def test_only_one_select_is_run(company, sql):
    before = (company[0] / "articles.csv").read_bytes()
    [problem] = said(company, "items", sql.format(source=company[0]))
    assert "the file is not one SELECT" in problem
    assert (company[0] / "articles.csv").read_bytes() == before


@pytest.mark.parametrize("path", ["{outside}", "{source}/../secret.csv", "../secret.csv"])
def test_files_outside_the_source_folder_cannot_be_read(company, tmp_path, path, monkeypatch):
    monkeypatch.chdir(company[0])
    outside = tmp_path / "secret.csv"
    outside.write_text("code,grp,cost\n1,a,1\n")
    [problem] = said(company, "items", f"SELECT * FROM read_csv('{path.format(outside=outside, source=company[0])}')")
    assert "Permission Error" in problem


def test_a_link_out_of_the_source_folder_cannot_be_followed(company, tmp_path):
    outside = tmp_path / "secret.csv"
    outside.write_text("code,grp,cost\n1,a,1\n")
    (company[0] / "link.csv").symlink_to(outside)
    [problem] = said(company, "items", "SELECT * FROM 'link.csv'")
    assert "Permission Error" in problem


def test_what_several_files_need_is_written_once_in_a_file_of_its_own(company):
    (company[1] / "_recent.sql").write_text("SELECT * FROM 'orders/*.parquet' WHERE day < :as_of")
    (company[1] / "_sums.sql").write_text(
        "SELECT code, date_trunc('month', day) AS m, sum(units) AS q FROM _recent GROUP BY ALL"
    )
    expected = gather.read(*company, tiny.START)["sales"]
    (company[1] / "sales.sql").write_text(
        "SELECT code AS item_id, 'HALL' AS location_id, m AS bucket, q AS qty_ordered FROM _sums"
    )
    raw = gather.read(*company, tiny.START)
    assert set(raw) == set(FILES)
    pd.testing.assert_frame_equal(
        raw["sales"].sort_values("bucket"), expected.sort_values("bucket"), check_index_type=False
    )


def test_a_shared_file_that_fails_is_named(company):
    [problem] = said(company, "_sums", "SELECT nonsense")
    assert problem.startswith("_sums [_sums.sql]: DuckDB says: Binder Error")


def test_only_as_of_may_be_bound(company):
    [problem] = said(company, "items", "SELECT $today AS item_id")
    assert "only :as_of is known" in problem


def test_an_empty_mapping_says_so(company):
    for path in company[1].iterdir():
        path.unlink()
    with pytest.raises(PlanningError, match="the mapping holds no .sql file"):
        gather.read(*company, tiny.START)


def test_strings_and_comments_that_look_like_files_or_as_of_are_left_as_they_are(company):
    (company[1] / "items.sql").write_text(
        "-- FROM 'gone.csv' as of :as_of, it's\n"
        "SELECT code AS item_id, ':as_of' AS description, 'a.csv' AS family, cost AS unit_cost FROM 'articles.csv'\n"
        "WHERE grp NOT LIKE '%.csv'; -- done;\n"
    )
    items = gather.read(*company, tiny.START)["items"]
    assert items["item_id"].tolist() == ["01", "02"]
    assert items.loc[0, ["description", "family"]].tolist() == [":as_of", "a.csv"]


def test_what_uses_a_shared_file_that_fails_is_not_told_again(company):
    (company[1] / "_sums.sql").write_text("SELECT nonsense")
    [problem] = said(company, "sales", "SELECT * FROM _sums")
    assert problem.startswith("_sums [_sums.sql]: DuckDB says: Binder Error")


def test_a_mapping_that_is_not_utf_8_is_named(company):
    (company[1] / "bom.sql").write_bytes("SELECT 'ü'".encode("latin-1"))
    [problem] = said(company, "items", FILES["items"])
    assert problem.startswith("bom [bom.sql]: the file is not UTF-8")
