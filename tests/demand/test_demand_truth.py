"""On the example company, whose true demand is known, cleaning brings the history nearer to it by more than a third."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from sopbench.demand.history.history import SERIES

ROOT = Path(__file__).parents[2]
SHIPPED = 7


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("cleaning_truth", ROOT / "benchmarks" / "cleaning_truth.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows(benchmark):
    return benchmark.beside_truth(SHIPPED)


def test_the_truth_is_that_of_the_company_that_is_shipped(rows):
    sold = pd.read_csv(ROOT / "data" / "brewline" / "sales.csv", parse_dates=["bucket"])
    shipped = sold.groupby([*SERIES, "bucket"])["qty_ordered"].sum()
    ours = rows.set_index([*SERIES, "bucket"])["ordered"]
    assert ours.sum() == shipped.sum() > 1e6
    assert ours.loc[shipped[shipped > 0].index].tolist() == shipped[shipped > 0].tolist()


def test_the_error_against_the_true_base_demand_falls_by_more_than_a_third(benchmark, rows):
    ratio = benchmark.errors(rows)["ratio"]
    assert ratio["base demand", "all"] < 0.2


def test_the_error_against_all_demand_that_stockouts_hid_falls_by_more_than_a_third(benchmark, rows):
    ratio = benchmark.errors(rows)["ratio"]
    assert ratio["demand", "all"] < 2 / 3
    assert ratio["demand", "stockout"] == ratio["demand", "all"]


def test_hidden_demand_is_no_longer_far_too_low(rows):
    out = rows[rows["kind"] == "stockout"]
    short = out["demand"].sum() - out["ordered"].sum()
    assert 0.75 < (out["with_hidden"].sum() - out["ordered"].sum()) / short < 1.25


def test_what_is_not_odd_is_left_as_it_is(rows):
    calm = rows[rows["kind"] == "none of these"]
    assert (calm["cleaned"] - calm["ordered"]).abs().sum() < 0.001 * calm["ordered"].sum()
