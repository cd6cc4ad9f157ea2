"""The example company is sound: no warning, and of its items in steady sale one spoiled by its unit is found alone."""

from pathlib import Path

import pandas as pd
import pytest

from sopbench import gather
from sopbench.gather.checks.facts import facts_of
from sopbench.gather.checks.history import level_breaks, price_breaks
from sopbench.params import Gather

START = pd.Timestamp("2025-09-01")
SPOILED = "HM-102"


@pytest.fixture(scope="module")
def examined():
    source = Path(__file__).parents[3] / "data" / "brewline"
    return gather.examine(gather.read(source, None, START), START, 18, Gather(source="x"))


def test_the_example_company_gives_no_warning(examined):
    assert {each.grade for each in examined[1]} <= {"note"}


@pytest.mark.parametrize(
    ("columns", "breaks"), [(["qty_ordered", "qty_shipped"], price_breaks), (["qty_ordered"], level_breaks)]
)
def test_one_item_in_another_unit_for_four_months_is_found_alone(examined, columns, breaks):
    sales = examined[0]["sales"].copy()
    rows = (sales["item_id"] == SPOILED) & (sales["bucket"] >= "2025-05-01")
    sales.loc[rows, columns] *= 12
    found = breaks(facts_of(examined[0] | {"sales": sales}, START))
    assert found["bucket"].to_dict() == {SPOILED: pd.Timestamp("2025-05-01")}
