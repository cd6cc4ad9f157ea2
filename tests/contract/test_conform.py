"""The contract takes what can be read rightly and names everything else, all at once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopbench.contract import TABLES, PlanningError, checked, conform, table


def good_items(**changes):
    return pd.DataFrame({"item_id": ["A", "B"], "family": ["x", "y"], "unit_cost": [1.0, 2.0]} | changes)


def messages(problems):
    return [str(problem) for problem in problems]


@pytest.mark.parametrize("name", TABLES)
def test_every_empty_table_conforms_and_keeps_its_types(name):
    empty = TABLES[name].empty()
    result, problems = conform(empty, TABLES[name])
    assert not problems
    pd.testing.assert_series_equal(result.dtypes, empty.dtypes)


@pytest.mark.parametrize("name", TABLES)
def test_every_key_is_a_column_and_no_column_stands_twice(name):
    names = TABLES[name].names
    assert set(TABLES[name].key) <= set(names)
    assert len(names) == len(set(names))


def test_missing_optional_columns_get_their_defaults():
    items = checked(good_items(), table("items"))
    assert list(items["strategy"]) == ["MTS", "MTS"]
    assert items["shelf_life"].isna().all()
    assert list(items.columns) == table("items").names


def test_empty_cells_of_an_optional_column_get_the_default():
    items = checked(good_items(strategy=["MTO", None]), table("items"))
    assert list(items["strategy"]) == ["MTO", "MTS"]


def test_all_faults_of_a_table_are_named_at_once_with_row_and_mend():
    frame = pd.DataFrame(
        {
            "item_id": ["A", "A", "B", None],
            "family": ["x", "x", "y", "z"],
            "unit_cost": ["1", "-2", "abc", 3],
            "strategy": ["MTS", "ETO", None, "MTO"],
            "launch": ["2025-09", "soon", None, "2025-01-03"],
        }
    )
    _, problems = conform(frame, table("items"))
    said = "\n".join(messages(problems))
    for part in (
        "unit_cost is not a number (found: abc)",
        "unit_cost is below 0 (found: -2.0)",
        "launch is not a date",
    ):
        assert part in said
    for part in (
        "strategy is none of MTS, MTO (found: ETO)",
        "item_id is empty",
        "the key stands there more than once",
    ):
        assert part in said
    assert all("Mend: " in line and line.startswith("items [row ") for line in said.splitlines())


def test_a_missing_column_is_named():
    with pytest.raises(PlanningError, match="items: the column unit_cost is missing.*add unit_cost"):
        checked(good_items().drop(columns="unit_cost"), table("items"))


def test_a_misspelt_column_is_a_warning_that_suggests_the_right_name():
    result, problems = conform(good_items(stratgy="MTO"), table("items"))
    assert [problem.grade for problem in problems] == ["warning"]
    assert "rename it to strategy" in problems[0].mend
    assert "stratgy" not in result


def test_many_faults_of_one_kind_are_counted_not_listed():
    frame = pd.DataFrame({"item_id": range(100), "family": "x", "unit_cost": -1.0})
    _, problems = conform(frame, table("items"))
    assert len(problems) == 6
    assert problems[-1].key == "95 more rows"


def test_numbers_read_as_floats_keep_their_whole_names():
    items = checked(pd.DataFrame({"item_id": [7.0, 8.0], "family": "x", "unit_cost": 1}), table("items"))
    assert list(items["item_id"]) == ["7", "8"]


def test_numbers_are_not_taken_for_dates():
    _, problems = conform(good_items(launch=[45000, 45001]), table("items"))
    assert all("launch is not a date" in problem.message for problem in problems)


def test_infinite_numbers_are_refused():
    _, problems = conform(good_items(unit_cost=[np.inf, 1.0]), table("items"))
    assert "unit_cost is not a number" in problems[0].message


def test_a_whole_number_with_a_fraction_is_refused():
    frame = pd.DataFrame({"item_id": ["A"], "location_id": "P", "method": "make", "lead_time": 1.5})
    _, problems = conform(frame, table("sources"))
    assert "lead_time is not a whole number" in problems[0].message


def test_an_unknown_table_suggests_the_nearest():
    with pytest.raises(PlanningError, match="did you mean items"):
        table("itms")


@given(
    st.lists(st.tuples(st.text(min_size=1), st.floats(0, 1e12)), min_size=1, max_size=8, unique_by=lambda row: row[0])
)
def test_conforming_twice_changes_nothing(rows):
    frame = pd.DataFrame(rows, columns=["item_id", "unit_cost"]).assign(family="x")
    once, problems = conform(frame, table("items"))
    if not problems:
        twice, more = conform(once, table("items"))
        assert not more
        pd.testing.assert_frame_equal(once, twice)


@given(st.permutations(list(range(5))))
def test_row_order_does_not_matter(order):
    frame = pd.DataFrame({"item_id": list("ABCDE"), "family": "x", "unit_cost": range(5)})
    pd.testing.assert_frame_equal(checked(frame.iloc[list(order)], table("items")), checked(frame, table("items")))


@pytest.mark.parametrize("empty", [None, float("nan"), pd.NaT, pd.NA])
def test_an_empty_cell_is_not_shown_and_an_empty_part_of_a_key_is_left_out(empty):
    items = good_items(item_id=["A", empty], family=[empty, "y"])
    _, problems = conform(items, table("items"))
    assert {(each.key, each.value, each.message) for each in problems} == {
        ("row 2", "", "item_id is empty"),
        ("row 1, item_id=A", "", "family is empty"),
    }


def test_faults_of_sales_tell_the_revenue_of_their_rows_where_it_can_be_read():
    rows = pd.DataFrame({"item_id": "A", "location_id": "DC", "bucket": "2025-01-01", "qty_ordered": 1}, index=range(8))
    twice, problems = conform(rows.assign(revenue=[10, "x", 1e20, *[5] * 5]), table("sales"))
    again = [each.money for each in problems if "more than once" in each.message]
    assert again == [10, None, None, 5, 5, 15]
    _, problems = conform(rows.assign(qty_ordered="many", bucket=range(8)), table("sales"))
    assert {each.money for each in problems} == {None}
