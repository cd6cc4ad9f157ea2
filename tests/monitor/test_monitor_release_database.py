"""A release is put into a database whole, once, beside what it was released from."""

import json

import pandas as pd
import pytest
import sqlalchemy as sa
from test_monitor_release import facts, tables

from sopbench.contract import PlanningError
from sopbench.monitor import release_to_database, write_release
from sopbench.params import source
from sopbench.params.credentials import database_url


@pytest.fixture
def folder(tmp_path):
    write_release(tmp_path / "release", tables(), facts())
    return tmp_path / "release"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path, monkeypatch) -> sa.URL:
    """A database of each kind that the release is told to reach."""
    if request.param == "sqlite":
        return database_url(f"sqlite:///{tmp_path / 'erp.sqlite'}")
    server = request.getfixturevalue("postgres")
    monkeypatch.setenv("ERP_USER", server.user)
    monkeypatch.setenv("ERP_PASSWORD", server.password)
    return source(server.new("erp"), tmp_path)


def read(url: sa.URL, name: str) -> pd.DataFrame:
    engine = sa.create_engine(url)
    schema = None if engine.dialect.name == "sqlite" else "plans"
    found = pd.read_sql_table(name, engine, schema=schema)
    engine.dispose()
    return found


def stored(url: sa.URL) -> dict[str, list]:
    names = ("releases", "demand_plan", "released_orders", "financial_plan")
    return {name: sorted(map(repr, read(url, name).to_numpy().tolist())) for name in names}


def test_the_database_holds_the_rows_of_the_release(folder, url):
    assert release_to_database(folder, url, "plans")
    orders = read(url, "released_orders")
    assert set(orders["company"]) == {"Tiny"}
    assert set(orders["cycle"]) == {"2025-09"}
    told = tables()["released_orders"]
    pd.testing.assert_frame_equal(
        orders[told.columns].sort_values("order_id", ignore_index=True),
        told.sort_values("order_id", ignore_index=True),
        check_dtype=False,
    )
    assert read(url, "demand_plan")["consensus"].sum() == tables()["demand_plan"]["consensus"].sum()
    assert read(url, "demand_plan")["sales"].isna().sum() == tables()["demand_plan"]["sales"].isna().sum()


def test_its_manifest_says_what_was_released_from_which_plan(folder, url):
    release_to_database(folder, url, "plans")
    said = read(url, "releases").iloc[0]
    assert said[["company", "cycle", "plan_hash", "approved_by"]].tolist() == ["Tiny", "2025-09", "abc123", "Ada"]
    assert json.loads(said["rows"]) == {"demand_plan": 24, "financial_plan": 2, "released_orders": 3}
    assert json.loads(said["sha256"]) == json.loads((folder / "release.json").read_text())["sha256"]


def test_releasing_twice_changes_nothing(folder, url):
    assert release_to_database(folder, url, "plans")
    before = stored(url)
    assert not release_to_database(folder, url, "plans")
    assert stored(url) == before


def test_rows_that_somebody_took_out_come_back(folder, url):
    release_to_database(folder, url, "plans")
    before, engine = stored(url), sa.create_engine(url)
    name = "released_orders" if engine.dialect.name == "sqlite" else "plans.released_orders"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM {name} WHERE kind = 'make'")
    engine.dispose()
    assert release_to_database(folder, url, "plans")
    assert stored(url) == before


def test_another_plan_takes_the_place_of_the_cycles_rows_and_of_no_others(folder, url, tmp_path):
    release_to_database(folder, url, "plans")
    write_release(tmp_path / "next", tables(), facts() | {"cycle": "2025-10"})
    release_to_database(tmp_path / "next", url, "plans")
    fewer = tables() | {"released_orders": tables()["released_orders"].head(1)}
    write_release(folder, fewer, facts() | {"plan_hash": "def456"})
    assert release_to_database(folder, url, "plans")
    assert read(url, "released_orders").groupby("cycle").size().to_dict() == {"2025-09": 1, "2025-10": 3}
    assert read(url, "releases").set_index("cycle")["plan_hash"].to_dict() == {
        "2025-09": "def456",
        "2025-10": "abc123",
    }


def test_a_release_that_fails_leaves_the_rows_that_were_there(folder, url, monkeypatch):
    release_to_database(folder, url, "plans")
    before = stored(url)
    fewer = tables() | {"released_orders": tables()["released_orders"].head(1)}
    write_release(folder, fewer, facts() | {"plan_hash": "def456"})
    said = json.loads((folder / "release.json").read_text())
    (folder / "release.json").write_text(json.dumps(said | {"approved_by": None}))  # the last row written is refused
    with pytest.raises(PlanningError, match="release_to"):
        release_to_database(folder, url, "plans")
    assert stored(url) == before


def test_a_wrong_password_is_told_without_it(folder, postgres, tmp_path, monkeypatch):
    monkeypatch.setenv("ERP_USER", postgres.user)
    monkeypatch.setenv("ERP_PASSWORD", "hunter2")
    with pytest.raises(PlanningError, match="password authentication failed") as refused:
        release_to_database(folder, source(postgres.new("erp"), tmp_path), "plans")
    assert "hunter2" not in str(refused.value)
