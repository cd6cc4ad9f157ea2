"""The hierarchy: every row counts once in each level, in an order that does not depend on the rows'."""

import numpy as np
import pandas as pd
import pytest

from sopbench.contract import PlanningError
from sopbench.demand.hierarchy.hierarchy import make_hierarchy

ITEMS = pd.DataFrame({"item_id": ["A", "B", "C"], "family": ["f", "f", "g"], "category": ["f/1", "f/2", "g/1"]})
LOCATIONS = pd.DataFrame({"location_id": ["X", "Y"], "region": ["north", "south"]})
CUSTOMERS = pd.DataFrame({"customer_id": ["S", "W"], "channel": ["shop", "web"], "region": ["east", "west"]})
ROWS = pd.DataFrame({"item_id": ["A", "A", "B", "C"], "location_id": ["X", "Y", "X", "Y"]})


def made(levels, rows=ROWS, **more):
    return make_hierarchy(rows, levels, items=ITEMS, locations=LOCATIONS, **more)


def test_nodes_and_sums_are_those_one_writes_down_by_hand():
    found = made([(), ("family",), ("family", "region"), ("item_id",)])
    names = ["total", "family=f", "family=g", "family=f, region=north", "family=f, region=south"]
    names += ["family=g, region=south", "item_id=A", "item_id=B", "item_id=C"]
    assert found.nodes["name"].tolist()[:9] == names
    assert found.nodes["name"].iloc[9] == "item_id=A, location_id=X"
    by_hand = ["1111", "1110", "0001", "1010", "0100", "0001", "1100", "0010", "0001", "1000", "0100", "0010", "0001"]
    assert found.summing.toarray().astype(int).tolist() == [[int(each) for each in row] for row in by_hand]
    assert found.level.tolist() == [0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4]
    assert found.levels[-1] == ("item_id", "location_id")


def test_every_row_is_in_one_node_of_every_level():
    found = made([(), ("family",), ("region",), ("category", "region"), ("item_id",)])
    for number in range(len(found.levels)):
        assert (found.summing[found.level == number].sum(axis=0) == 1).all()


def test_the_order_of_the_rows_changes_only_their_own_order():
    mixed = ROWS.iloc[[2, 0, 3, 1]].reset_index(drop=True)
    straight, other = made([("family",), ("region",)]), made([("family",), ("region",)], mixed)
    assert straight.nodes["name"].tolist()[:4] == other.nodes["name"].tolist()[:4]
    assert (straight.summing[:4][:, [2, 0, 3, 1]] != other.summing[:4]).nnz == 0
    assert other.nodes["name"].tolist()[4] == "item_id=B, location_id=X"


def test_rows_with_customers_have_channels_and_the_customers_region():
    rows = ROWS.assign(customer_id=["S", "W", "W", "S"])
    found = made([("channel",), ("region",)], rows, customers=CUSTOMERS)
    names = ["channel=shop", "channel=web", "region=east", "region=west"]
    assert found.nodes["name"].tolist()[:4] == names
    assert found.summing[:2].toarray().tolist() == [[1, 0, 0, 1], [0, 1, 1, 0]]


def test_a_level_said_twice_or_that_is_the_rows_counts_once():
    found = made([("family",), ("family",), ("location_id", "item_id")])
    assert found.levels == (("family",), ("item_id", "location_id"))
    assert len(found.nodes) == 2 + 4


def test_unknown_columns_are_all_named_with_what_was_meant():
    with pytest.raises(PlanningError) as told:
        made([("famly",), ("channel", "family")])
    assert [problem.value for problem in told.value.problems] == ["famly", "channel"]
    assert told.value.problems[0].mend == "did you mean family?"
    assert "category" in told.value.problems[1].mend


def test_a_node_is_found_by_its_values_in_any_order():
    found = made([(), ("family", "region")])
    assert found.node() == 0
    assert found.node(region="south", family="f") == found.node(family="f", region="south") == 2
    assert found.node(item_id="C", location_id="Y") == 7
    with pytest.raises(PlanningError, match="did you mean family=g, region=south"):
        found.node(family="g", region="souht")


def test_no_rows_make_no_nodes():
    found = made([(), ("family",)], ROWS.iloc[:0])
    assert len(found.nodes) == 0 and found.summing.shape == (0, 0)
    assert np.array_equal(found.level, [])


def test_sums_of_different_units_and_levels_of_single_rows_say_nothing_new():
    rows = pd.DataFrame({"item_id": ["A", "B", "C"], "location_id": "X"})
    items = pd.DataFrame({"item_id": ["A", "B", "C"], "family": ["f", "f", "g"]})
    locations = pd.DataFrame({"location_id": ["X"], "region": ["north"]})
    made = make_hierarchy(rows, [[], ["family"], ["item_id"]], items=items, locations=locations)
    told = made.that_tell(["EA", "EA", "KG"])
    assert told.nodes["name"].tolist()[:2] == ["family=f", "family=g"] and len(told.nodes) == 5
    assert told.summing.toarray()[:2].tolist() == [[1, 1, 0], [0, 0, 1]]
