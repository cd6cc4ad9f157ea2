"""What is taken as it is equals what reading every cell gives, and whatever a cell must be read for is left to that."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench.contract import TABLES, as_is, conform, table

TINY = {name: frame for name, frame in tiny.tables().items() if len(frame)}

SPOILT = {
    "blanks around a word": ("item_id", lambda values: values + " "),
    "an accent in two": ("item_id", lambda values: values + "e\u0301"),
    "a number for a word": ("item_id", lambda values: range(len(values))),
    "a word twice as a key": ("item_id", lambda values: "PUMP"),
    "no word": ("item_id", lambda values: ""),
    "a category": ("item_id", lambda values: values.astype("category")),
    "a time of the day": ("bucket", lambda values: values + pd.Timedelta(hours=3)),
    "a time zone": ("bucket", lambda values: values.dt.tz_localize("Europe/Rome")),
    "a coarser clock": ("bucket", lambda values: values.astype("datetime64[s]")),
    "no day": ("bucket", lambda values: pd.NaT),
    "a day as text": ("bucket", lambda values: values.dt.strftime("%Y-%m-%d")),
    "a day of never": ("bucket", lambda values: pd.Timestamp("2999-12-31").as_unit("s")),
    "no number": ("qty_ordered", lambda values: np.nan),
    "an endless number": ("qty_shipped", lambda values: np.inf),
    "an absurd number": ("revenue", lambda values: 1e15),
    "a number as text": ("revenue", lambda values: values.astype(str)),
    "whole numbers": ("revenue", lambda values: values.astype(int)),
    "single precision": ("revenue", lambda values: values.astype("float32")),
    "nullable numbers": ("revenue", lambda values: values.astype("Float64")),
    "an unknown column": ("colour", lambda values: "red"),
}


ALIKE = ("whole numbers", "single precision", "an unknown column", "a coarser clock")
"""Those of them that only another type or a column too many tells from the table."""


def same_or_left(frame: pd.DataFrame, of) -> bool:
    """Whether it was taken as it is; then it must be what `conform` gives, and that without an error."""
    taken = as_is(frame, of)
    if taken is None:
        return False
    read, problems = conform(frame, of)
    assert not [each for each in problems if each.grade == "error"]
    pd.testing.assert_frame_equal(taken, read)
    return True


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_is_taken_as_it_is(name):
    assert same_or_left(TABLES[name].empty(), TABLES[name])


@pytest.mark.parametrize("name", TINY)
def test_a_table_of_the_program_is_taken_in_any_order_of_rows_and_columns_without_its_defaults(name):
    of, frame = table(name), TINY[name].sample(frac=1, random_state=1)
    assert same_or_left(frame[frame.columns[::-1]], of)
    needed = [column.name for column in of.columns if column.required or column.name in of.key]
    assert same_or_left(frame[needed], of)


@pytest.mark.parametrize("name", SPOILT)
def test_what_must_be_read_or_refused_is_never_taken_for_something_else(name):
    column, change = SPOILT[name]
    sales = TINY["sales"]
    values = sales[column] if column in sales else sales["item_id"]
    spoilt = sales.assign(**{column: change(values)})
    assert same_or_left(spoilt, table("sales")) == (name in ALIKE)


def test_a_column_twice_or_with_blanks_in_its_name_is_left_to_reading():
    sales = TINY["sales"]
    assert as_is(pd.concat([sales, sales[["revenue"]]], axis=1), table("sales")) is None
    assert as_is(sales.rename(columns={"revenue": " revenue"}), table("sales")) is None


@given(st.lists(st.tuples(st.text("aé \t", max_size=3), st.sampled_from([1, 2.5, None, -1, "3", np.inf])), max_size=4))
def test_any_items_are_taken_only_where_reading_them_gives_the_same(rows):
    frame = pd.DataFrame(rows, columns=["item_id", "unit_cost"]).assign(family="x", strategy="")
    same_or_left(frame, table("items"))
