"""A release holds the approved plan's figures, is the same at every release, and is there whole or not at all."""

import csv
import hashlib
import json

import openpyxl
import pandas as pd
import pytest

import sopbench.monitor.release as release
import tiny
from sopbench.contract import PlanningError, checked, table
from sopbench.monitor import release_facts, released_orders, write_release

APPROVAL = {"by": "Ada", "at": "2025-08-28T10:00:00+00:00", "plan_hash": "abc123", "conditions": ""}


def facts() -> dict[str, str]:
    return release_facts("Tiny", "EUR", "2025-09", "base", APPROVAL, "abc123")


def tables() -> dict[str, pd.DataFrame]:
    plan = {"item_id": ["PUMP", "SEAL", "PUMP"], "location_id": ["PLANT", "PLANT", "DC"]}
    plan |= {"method": ["make", "buy", "move"], "origin_id": ["", "ACME", "PLANT"], "bucket": tiny.BUCKETS[1]}
    plan |= {"start_bucket": tiny.START, "qty": [80.0, 160.0, 75.0], "cost": 1.0}
    money = {"family": ["pumps"] * 2, "bucket": tiny.BUCKETS[0], "line": ["revenue", "cost_of_goods"]}
    inputs = tiny.tables()
    return {
        "items": inputs["items"],
        "demand_plan": tiny.demand_plan(),
        "released_orders": released_orders(
            1,
            tiny.START,
            sourcing_plan=checked(pd.DataFrame(plan), table("sourcing_plan")),
            calendar=inputs["calendar"],
        ),
        "financial_plan": checked(pd.DataFrame(money).assign(value=[9000.0, -4000.0]), table("financial_plan")),
    }


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def sheet(folder, name: str) -> list[tuple]:
    book = openpyxl.load_workbook(folder / "plan_2025-09.xlsx")
    return [tuple(cell.value for cell in row) for row in book[name].iter_rows()]


def test_releasing_twice_gives_the_same_bytes_and_leaves_the_files_alone(tmp_path):
    files = write_release(tmp_path / "release", tables(), facts())
    before, times = contents(tmp_path / "release"), [path.stat().st_mtime_ns for path in files]
    assert write_release(tmp_path / "release", tables(), facts()) == files
    assert [path.stat().st_mtime_ns for path in files] == times
    write_release(tmp_path / "other", tables(), facts())
    assert contents(tmp_path / "other") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "release"]


def test_the_workbook_holds_the_figures_of_the_tables(tmp_path):
    write_release(tmp_path / "release", tables(), facts())
    head, *rows = sheet(tmp_path / "release", "demand plan")
    assert list(head[5:]) == list(tiny.BUCKETS)
    assert {row[0]: list(row[5:]) for row in rows} == {"PUMP": [90, 90, 90, 150, 90, 90], "KIT": [45] * 6}
    orders = {name: sheet(tmp_path / "release", name)[1:] for name in ("production", "purchases", "transfers")}
    assert [(row[0], row[1], row[8]) for row in orders["production"]] == [("MO/PUMP/PLANT/2025-09-01", "firm", 80)]
    assert [(row[4], row[7], row[8]) for row in orders["purchases"]] == [("SEAL", "ACME", 160)]
    assert [(row[6], row[7], row[8]) for row in orders["transfers"]] == [("DC", "PLANT", 75)]
    money = sheet(tmp_path / "release", "financial plan")[1:]
    assert {row[1]: row[-1] for row in money} == {"revenue": 9000, "cost_of_goods": -4000}
    assert dict(row for row in sheet(tmp_path / "release", "read me"))["Plan hash"] == "abc123"


def test_every_sheet_keeps_its_head_in_sight(tmp_path):
    write_release(tmp_path / "release", tables(), facts())
    book = openpyxl.load_workbook(tmp_path / "release" / "plan_2025-09.xlsx")
    assert book.sheetnames == ["read me", "demand plan", "production", "purchases", "transfers", "financial plan"]
    assert {name: book[name].freeze_panes for name in book.sheetnames[1:]} == {
        "demand plan": "F2",
        "production": "B2",
        "purchases": "B2",
        "transfers": "B2",
        "financial plan": "C2",
    }
    assert book.properties.created == pd.Timestamp("2025-08-28 10:00")


def test_the_manifest_names_plan_and_every_file_with_its_hash(tmp_path):
    files = write_release(tmp_path / "release", tables(), facts())
    said = json.loads((tmp_path / "release" / "release.json").read_text())
    assert said["plan_hash"] == "abc123"
    assert said["approved_by"] == "Ada"
    assert said["rows"] == {"demand_plan": 24, "financial_plan": 2, "released_orders": 3}
    assert said["sha256"] == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.name != "release.json"
    }


def test_csv_files_read_back_as_the_tables(tmp_path):
    write_release(tmp_path / "release", tables(), facts())
    for name in ("demand_plan", "released_orders", "financial_plan"):
        back = checked(pd.read_csv(tmp_path / "release" / f"{name}.csv"), table(name))
        pd.testing.assert_frame_equal(back, tables()[name])


def test_parquet_files_read_back_as_the_tables(tmp_path):
    write_release(tmp_path / "release", tables(), facts())
    for name in ("demand_plan", "released_orders", "financial_plan"):
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "release" / f"{name}.parquet"), tables()[name])


def test_another_plan_takes_the_place_of_the_release_whole(tmp_path):
    write_release(tmp_path / "release", tables(), facts())
    changed = tables() | {"released_orders": tables()["released_orders"].head(1)}
    write_release(tmp_path / "release", changed, facts())
    with (tmp_path / "release" / "released_orders.csv").open() as file:
        assert len(list(csv.reader(file))) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_a_release_that_fails_leaves_the_old_one_and_the_next_one_works(tmp_path, monkeypatch):
    write_release(tmp_path / "release", tables(), facts())
    before = contents(tmp_path / "release")

    def out_of_space(*_):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(release, "_write_workbook", out_of_space)
        with pytest.raises(OSError, match="no space"):
            write_release(tmp_path / "release", tables() | {"released_orders": tables()["demand_plan"]}, facts())
    assert contents(tmp_path / "release") == before
    write_release(tmp_path / "release", tables(), facts())
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_more_orders_than_a_sheet_holds_are_said_to_be_in_the_csv(tmp_path, monkeypatch):
    monkeypatch.setattr(release, "SHEET_ROWS", 1)
    write_release(tmp_path / "release", tables(), facts())
    assert len(sheet(tmp_path / "release", "demand plan")) == 2
    said = dict(sheet(tmp_path / "release", "read me"))
    assert said["Sheet demand plan"] == "first 1 of 2 rows; all in the csv"


def test_tables_that_are_not_those_approved_are_not_released():
    with pytest.raises(PlanningError, match="are not the ones Ada approved on 2025-08-28"):
        release_facts("Tiny", "EUR", "2025-09", "base", APPROVAL, "other")
