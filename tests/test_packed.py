"""What is sent to another process comes back the same, to the last bit and in the same order in memory."""

from __future__ import annotations

import weakref

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

import tiny
from sopbench.packed import pack, to_arrow, unpack

TABLES = tiny.tables() | {"demand_plan": tiny.demand_plan()}
CELLS = {
    "float64": some.floats(width=64),
    "int64": some.integers(-(2**63), 2**63 - 1),
    "bool": some.booleans(),
    "datetime64[ns]": some.datetimes(pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")) | some.just(pd.NaT),
    "object": some.text("aé½ ,", max_size=5) | some.none(),
}


def same(one: pd.DataFrame, two: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, two, check_exact=True, check_freq=True, check_index_type="exact")


@some.composite
def tables(draw) -> pd.DataFrame:
    kinds = draw(some.lists(some.sampled_from(sorted(CELLS)), min_size=1, max_size=4))
    rows = draw(some.integers(0, 5))
    drawn = [draw(some.lists(CELLS[kind], min_size=rows, max_size=rows)) for kind in kinds]
    columns = [pd.Series(cells, dtype=kind) for cells, kind in zip(drawn, kinds, strict=True)]
    return pd.DataFrame(dict(enumerate(columns)))


@given(tables())
def test_a_table_comes_back_as_it_was_as_arrow(frame):
    assert to_arrow(frame) is not None
    back = unpack(pack(frame))
    same(frame, back)
    for column in frame.select_dtypes(object).columns:
        assert back[column].tolist() == frame[column].tolist()  # None stays None


@pytest.mark.parametrize("name", TABLES)
def test_every_table_of_a_company_goes_as_arrow(name):
    assert to_arrow(TABLES[name]) is not None
    same(TABLES[name], unpack(pack(TABLES[name])))


@pytest.mark.parametrize(
    "column",
    [["a", np.nan], [1.5, "a"], [True, False], [pd.Timestamp("2025-09-01").date(), None], pd.array([1, None], "Int64")],
    ids=["text beside NaN", "mixed", "true and false as objects", "dates", "a type of pandas's own"],
)
def test_what_arrow_would_change_comes_back_as_it_was_all_the_same(column):
    frame = pd.DataFrame({"odd": pd.Series(column, dtype=None if hasattr(column, "dtype") else object)})
    assert to_arrow(frame) is None
    same(frame, unpack(pack(frame)))


@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_lie_in_memory_as_they_did(order):
    """Sums along the rows of a wide table depend on it in their last digit."""
    rows = pd.MultiIndex.from_product([["A", "B"], ["X", "Y", "Z"]], names=["item_id", "location_id"])
    buckets = pd.date_range("2024-01-01", periods=20, freq="MS")
    frame = pd.DataFrame(np.array(np.random.default_rng(1).random((6, 20)), order=order), rows, buckets, copy=False)
    back = unpack(pack(frame))
    same(frame, back)
    assert back.to_numpy().flags[f"{order}_CONTIGUOUS"]


def test_what_was_unpacked_can_be_written_to():
    back = unpack(pack(pd.DataFrame({"qty": [1.0, 2.0]})))
    back.loc[0, "qty"] = 5.0
    back["qty"].to_numpy()[:] += 1
    assert back["qty"].tolist() == [6.0, 3.0]


def test_tables_inside_others_and_functions_made_on_the_spot_go_too():
    known = {"PUMP": [pd.Series([1.0, 2.0], ["a", "b"], name="qty"), pd.DataFrame({"item_id": ["PUMP"]})]}
    units, frame = unpack(pack(lambda: known["PUMP"]))()
    pd.testing.assert_series_equal(units, known["PUMP"][0])
    same(frame, known["PUMP"][1])


def test_joblib_leaves_it_in_the_task_where_it_survives_its_worker():
    """Joblib scatters what a weak reference can be had of, and a worker that dies takes it along."""
    with pytest.raises(TypeError):
        weakref.ref(pack(tiny.demand_plan()))
