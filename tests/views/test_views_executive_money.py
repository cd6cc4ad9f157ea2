"""The plan by region and channel, the rows behind a figure, where the year ends: titles and sums by hand."""

import pandas as pd
import pytest

from sopbench.contract import PlanningError, checked, table
from sopbench.views.executive_estimate import estimate_against_budget, estimate_table
from sopbench.views.executive_money import across, by_month, opened

SEP, OCT = pd.Timestamp("2025-09-01"), pd.Timestamp("2025-10-01")
ROWS = [
    # family, item, customer, region, channel, bucket, units, revenue, cost
    ("pumps", "PUMP", "SHOP", "north", "retail", SEP, 60, 6000, 2400),
    ("pumps", "PUMP", "WEB", "south", "online", SEP, 30, 2400, 1200),
    ("pumps", "PUMP", "WEB", "south", "online", OCT, 10, 800, 400),
    ("kits", "KIT", "SHOP", "north", "retail", OCT, 32, 800, 320),
]


def money_rows(**changed: str) -> pd.DataFrame:
    names = ["family", "item_id", "customer_id", "region", "channel", "bucket", "units", "revenue", "cost_of_goods"]
    rows = pd.DataFrame(ROWS, columns=names).assign(location_id="DC")
    rows = rows.assign(gross_margin=rows["revenue"] - rows["cost_of_goods"], **changed)
    return checked(rows, table("money_rows"))


def test_the_title_says_who_brings_most_and_what_of_the_margin():
    """North has 6,800 of 10,000 and 4,080 of 5,680."""
    title = by_month(money_rows(), "region", "EUR").to_dict()["title"]["text"]
    assert title == "North brings 68.0% of 10 k EUR revenue, 71.8% of its margin"


def test_all_in_one_region_or_in_none_that_is_known_is_said():
    title = by_month(money_rows(region=""), "region", "EUR").to_dict()["title"]["text"]
    assert title == "All revenue, 10 k EUR, is in one region: no region given"


def test_the_smaller_ones_are_one_row_and_nothing_is_lost():
    rows = pd.concat([money_rows(channel=f"channel {number}") for number in range(9)])
    found = across(rows, "channel", "revenue")
    assert found["channel"].tolist()[-1] == "all"
    assert "3 others" in found["channel"].tolist()
    assert len(found) == 6 + 2
    assert found["total"].iloc[-1] == pytest.approx(9 * 10.0)


def test_months_stand_across_in_thousands_with_their_total():
    found = across(money_rows(), "channel", "gross_margin").set_index("channel")
    assert found.columns.tolist() == ["Sep 25", "Oct 25", "total"]
    assert found.loc["retail"].tolist() == pytest.approx([3.6, 0.48, 4.08])
    assert found.loc["all"].tolist() == pytest.approx([4.8, 0.88, 5.68])


def test_buckets_after_the_first_twelve_stand_in_one_column():
    late = [money_rows().assign(bucket=each) for each in pd.date_range("2025-09-01", periods=14, freq="MS")]
    found = across(pd.concat(late), "channel", "revenue").set_index("channel").loc["all"]
    assert found.index.tolist()[-3:] == ["Aug 26", "later", "total"]
    assert found[["later", "total"]].tolist() == pytest.approx([20.0, 140.0])


def test_a_figure_opens_to_its_rows_ranked_and_adding_up():
    found = opened(money_rows(), family="pumps")
    assert found["customer_id"].tolist() == ["SHOP", "WEB"]
    assert found["revenue"].tolist() == [6000, 3200]
    assert found["share"].sum() == pytest.approx(1.0)
    assert opened(money_rows(), family="pumps", bucket="2025-10-01")["revenue"].tolist() == [800]
    assert opened(money_rows(), channel=["retail", "online"], by="units")["units"].tolist() == [60, 40, 32]


def test_what_is_not_shown_stands_below_added_up():
    found = opened(money_rows(), most=1)
    assert found["family"].tolist() == ["pumps", "2 rows more"]
    assert found["revenue"].sum() == 10_000


@pytest.mark.parametrize(
    ("selection", "mend"),
    [
        ({"family": "pump"}, "did you mean pumps?"),
        ({"bucket": "2026-01-01"}, "first day of a bucket"),
        ({"regoin": "north"}, "name one of family"),
    ],
)
def test_a_selection_that_finds_nothing_says_what_there_is(selection, mend):
    with pytest.raises(PlanningError, match=mend):
        opened(money_rows(), **selection)


def estimates(**budgets: float | None) -> pd.DataFrame:
    rows = [
        {"family": family, "year": "2025", "line": "revenue", "actual": 700.0, "plan": 300.0, "estimate": 1000.0}
        | {"budget": budget, "last_cycle": 990.0}
        for family, budget in budgets.items()
    ]
    return checked(pd.DataFrame(rows), table("latest_estimate"))


def test_the_title_says_how_the_year_ends_and_which_family_matters_most():
    chart = estimate_against_budget(estimates(pumps=1300.0, kits=900.0), "EUR").to_dict()
    assert chart["title"]["text"] == "Revenue 2025 will end 200 EUR (9.1%) under budget, most of all pumps"


def test_without_a_budget_the_chart_says_so():
    assert "No fiscal year" in estimate_against_budget(estimates(pumps=None), "EUR").data


def test_the_largest_difference_stands_first_and_all_add_up_below():
    found = estimate_table(estimates(kits=900.0, pumps=1300.0))
    assert found["family"].tolist() == ["pumps", "kits", "all"]
    assert found["over_budget"].tolist() == [-300.0, 100.0, -200.0]
    assert found["than_last_cycle"].tolist() == [10.0, 10.0, 20.0]
