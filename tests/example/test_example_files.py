"""Brewline's files: the same bytes from the same seed, small enough to keep, and scenarios that fit them."""

from pathlib import Path

import pandas as pd
import pytest

from sopbench import presop
from sopbench.contract import INPUT_TABLES, checked, table
from sopbench.example import generate, write
from sopbench.params import load

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data" / "brewline"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("brewline")
    write(out, items=120, seed=7, truth=out / "truth")
    return out


HANDED_IN = sorted(f"{each.name}.csv" for each in INPUT_TABLES if each.name != "sales_terms")
"""The company's files: it sells at list price everywhere."""


def test_the_company_that_ships_is_what_the_generator_writes(written):
    names = sorted(path.name for path in written.glob("*.csv"))
    assert names == sorted(path.name for path in DATA.glob("*.csv")) == HANDED_IN
    differing = [name for name in names if (written / name).read_bytes() != (DATA / name).read_bytes()]
    assert not differing, "write the company anew: sopbench example --out data/brewline"


def test_another_seed_gives_another_company(written, tmp_path):
    write(tmp_path, items=120, seed=8)
    assert (written / "sales.csv").read_bytes() != (tmp_path / "sales.csv").read_bytes()


def test_the_truth_is_written_apart_and_only_when_asked(written, tmp_path):
    assert sorted(path.name for path in (written / "truth").iterdir()) == ["ledger.csv", "true_demand.csv"]
    write(tmp_path, items=20)
    assert not (tmp_path / "true_demand.csv").exists()
    assert not (tmp_path / "truth").exists()
    truth = pd.read_csv(written / "truth" / "true_demand.csv", parse_dates=["bucket"])
    assert truth["bucket"].nunique() == 78
    assert truth["qty"].sum() == generate(7, 120)["true_demand"]["qty"].sum()


def test_the_files_are_small_and_end_their_lines_alike_everywhere():
    sizes = {path.name: path.stat().st_size for path in DATA.iterdir()}
    assert max(sizes.values()) < 3_000_000
    assert sizes["sales.csv"] < 2_500_000
    assert sum(sizes.values()) < 5_000_000
    assert not [name for name in sizes if b"\r" in (DATA / name).read_bytes()]


def test_every_scenario_of_brewline_changes_its_tables():
    params = load(ROOT / "params" / "brewline.yaml")
    company = generate(seed=7, items=120)
    horizon = company["true_demand"].query("bucket >= '2025-09-01'").rename(columns={"expected": "consensus"})
    units = dict.fromkeys(("statistical", "p10", "p50", "p90"), horizon["consensus"])
    demand_plan = checked(
        horizon.drop(columns=["qty", "project"]).assign(method="naive", **units), table("demand_plan")
    )
    names = ("items", "locations", "customers", "resources", "capacity", "policies", "sources")
    tables = {name: checked(company[name], table(name)) for name in names} | {"demand_plan": demand_plan}
    assert len(params.presop.scenarios) >= 4
    for scenario in params.presop.scenarios:
        changed = presop.apply_changes(tables, scenario.changes, scenario.name)
        assert any(not changed[name].equals(tables[name]) for name in tables), scenario.name
