"""The charts of data quality say their figures, hold for thousands of series, and name what changed by its money."""

import numpy as np
import pandas as pd
import pytest

import tiny
from sopbench import gather
from sopbench.contract import Problem, checked, table
from sopbench.contract.gathered import ADI_LIMIT, CV2_LIMIT
from sopbench.views import gather as findings_charts
from sopbench.views import gather_changes, gather_quality


def series(**columns):
    """Rows of the table segments; what is not said is that of a steady seller."""
    usual = {"history": 24, "stockout_share": 0.0, "revenue": 100.0, "adi": 1.0, "cv2": 0.1, "cv": 0.3}
    usual |= {"pattern": "smooth", "abc": "A", "xyz": "X", "location_id": "DC"}
    count = max(len(values) for values in columns.values())
    rows = pd.DataFrame({**usual, **columns}, index=range(count))
    return checked(rows.assign(item_id=[f"I{number:05}" for number in rows.index]), table("segments"))


def many(count):
    chance = np.random.default_rng(7)
    adi, cv2 = 1 / chance.uniform(0.05, 1, count), chance.gamma(1.2, 0.3, count)
    seldom, uneven = adi >= ADI_LIMIT, cv2 >= CV2_LIMIT
    kinds = np.select([seldom & uneven, seldom, uneven], ["lumpy", "intermittent", "erratic"], "smooth")
    return series(adi=adi, cv2=cv2, pattern=kinds, revenue=chance.lognormal(3, 1, count))


def told(chart):
    return chart.to_dict()["title"]["text"]


def drawn(chart, column):
    """The rows of the data of a chart that have that column."""
    sets = [pd.DataFrame(rows) for rows in chart.to_dict()["datasets"].values()]
    return pd.concat([rows for rows in sets if column in rows])


def test_the_map_says_each_fields_share_of_revenue_and_leaves_out_what_has_ended():
    rows = series(
        pattern=["smooth", "lumpy", "intermittent", "ended", "new"], revenue=[60.0, 10.0, 30.0, 500.0, 900.0],
        adi=[1.0, 3.0, 2.0, np.nan, 1.0], cv2=[0.1, 0.8, 0.2, np.nan, 0.1],
    )  # fmt: skip
    chart = gather_quality.forecastability(rows)
    assert told(chart) == "60.0% of revenue is ordered steadily, 40.0% only now and then"
    named = set(drawn(chart, "named")["named"])
    shares = {"smooth": "60.0%", "intermittent": "30.0%", "lumpy": "10.0%"}
    assert named == {f"{kind}: 1 series, {share} of revenue" for kind, share in shares.items()}


def test_dots_stay_in_their_field_however_they_are_moved():
    rows = many(500)
    dots = drawn(gather_quality.forecastability(rows), "named")
    assert len(dots) == 500
    seldom = dots["named"].str.contains("intermittent|lumpy")
    assert (dots.loc[seldom, "adi"] > ADI_LIMIT).all()
    assert (dots.loc[~seldom, "adi"] < ADI_LIMIT).all()


def test_thousands_of_series_are_drawn_as_cells_that_hold_them_all():
    rows = many(20_000)
    chart = gather_quality.forecastability(rows)
    cells = drawn(chart, "named")
    assert cells["size"].sum() == 20_000
    assert len(cells) < 1_500
    seldom, uneven = cells["named"].str.contains("intermittent|lumpy"), cells["named"].str.contains("erratic|lumpy")
    assert (cells.loc[seldom, "adi"] >= ADI_LIMIT).all() and (cells.loc[~seldom, "right"] <= ADI_LIMIT).all()
    assert (cells.loc[uneven, "cv2"] >= CV2_LIMIT).all() and (cells.loc[~uneven, "top"] <= CV2_LIMIT).all()


def test_the_classes_hold_every_series_still_sold():
    rows = series(
        abc=["A", "A", "B", "C", "C", ""], xyz=["X", "Y", "X", "Z", "", ""], revenue=[50.0, 30.0, 15.0, 4.0, 1.0, 70.0]
    )
    chart = gather_quality.classes(rows)
    assert told(chart) == "1 of 5 series bring 50.0% of revenue and sell steadily"
    fields = drawn(chart, "said").drop_duplicates(["abc", "xyz"])
    assert len(fields) == 12 and fields["series"].sum() == 5
    assert fields["share"].sum() == pytest.approx(1.0)
    assert len(drawn(gather_quality.classes(rows[rows["xyz"] != ""]), "said").drop_duplicates(["abc", "xyz"])) == 9


def test_stockouts_are_told_by_family_with_blanks_in_its_name():
    items = tiny.tables()["items"].assign(item_id=["I00000", "I00001", "I00002"], family=["big_pumps", "kits", "kits"])
    rows = series(stockout_share=[0.5, 0.1, 0.0], abc=["A", "B", "C"])
    chart = gather_quality.stockouts(rows, items, "EUR")
    assert told(chart) == "Stock ran out 20.0% of the time, 50.0% where most money is made"
    said = drawn(chart, "said").drop_duplicates("family").set_index("family")["said"]
    assert said.to_dict() == {"big pumps": "50.0% (1 series, 100)", "kits": "5.0% (2 series, 200)"}
    none = gather_quality.stockouts(rows.assign(stockout_share=0.0), items, "EUR")
    assert told(none) == "No stockout is on record in two years"


def test_a_company_that_has_just_begun_is_drawn_too():
    rows = series(pattern=["new", "new"], xyz=["", ""])
    assert told(gather_quality.forecastability(rows)).startswith("0.0% of revenue")
    assert told(gather_quality.classes(rows)) == "0 of 2 series bring 0.0% of revenue and sell steadily"


def test_the_largest_changes_come_first_whether_up_or_down():
    rows = pd.DataFrame({"kind": ["a", "b", "c"], "key": "k", "before": "1", "after": "2", "money": [5.0, -90.0, None]})
    assert gather_changes.largest_changes(rows)["kind"].tolist() == ["b", "a", "c"]
    assert gather_changes.largest_changes(rows, most=1)["kind"].tolist() == ["b"]
    assert gather_changes.changes_in_words(rows, "2025-08") == "**3 changes since cycle 2025-08**."
    assert gather_changes.changes_in_words(rows.head(0), "") == "There is no earlier cycle to compare with."


def test_changes_of_a_kind_share_a_line_that_parts_more_from_less():
    rows = pd.DataFrame({"kind": ["a", "a", "a", "b", "c"], "key": list("vwxyz"), "before": "1", "after": "2"})
    kinds = gather_changes.changes_by_kind(rows.assign(money=[5.0, -90.0, 20.0, 100.0, None]))
    assert kinds[["kind", "times", "foremost"]].values.tolist() == [["a", 3, "w"], ["b", 1, "y"], ["c", 1, "z"]]
    assert kinds.loc[0, ["up", "down"]].tolist() == [25.0, -90.0]
    assert kinds.loc[2, ["up", "down"]].isna().all()


def test_findings_say_what_became_of_them_since_the_last_cycle():
    old = [
        Problem("items", "A", "", "odd", "look", "warning"),
        Problem("items", "B", "", "odd", "look", "warning", 7.0),
    ]
    before = {"findings": gather.findings(old)}
    now = gather.with_trend(gather.findings([old[0], Problem("items", "C", "", "odd", "look", "warning")]), before)
    mended = gather.mended(now, before)
    said = gather_changes.findings_in_words(now, mended, "2025-08")
    assert said == "Since cycle 2025-08: **1 new**, 1 there again, **1 mended**."
    assert findings_charts.findings_by_kind(now)[["times", "new"]].values.tolist() == [[2, 1]]
    assert gather_changes.mended_by_money(mended)["key"].tolist() == ["B"]
    assert "new" not in findings_charts.findings_by_kind(gather.findings(old))
    assert "no earlier cycle" in gather_changes.findings_in_words(gather.findings(old), mended.head(0), "")
