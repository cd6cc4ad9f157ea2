"""What people hand in: overrides, events, streams and budgets that cannot hold or end too soon."""

import pandas as pd
import pytest
from doubted import add, change, doubted, only, sound, year

OVERRIDE = {"override_id": "1", "item_id": "KIT", "start": "2025-10-01", "end": "2025-11-01", "kind": "absolute",
            "value": 50.0, "owner": "Ada", "reason": "fair", "as_of": "2025-08-20"}  # fmt: skip


def overridden(*changes):
    raw = sound()
    add(raw, "overrides", *(OVERRIDE | {"override_id": str(n)} | each for n, each in enumerate(changes, 1)))
    return raw


def test_a_sound_override_leaves_no_doubt():
    assert doubted(overridden({}, {"item_id": "PUMP"}, {"start": "2025-12-01", "end": "2025-12-01"})) == []


def test_an_override_that_ends_before_it_starts_is_told():
    problem = only(overridden({"end": "2025-09-01"}))
    assert (problem.grade, problem.value) == ("warning", "2025-10-01 to 2025-09-01")


def test_an_event_that_ends_before_it_starts_is_told():
    raw = sound()
    add(raw, "events", {"event_id": "FAIR", "scope": "all", "start": "2025-10-01", "end": "2025-09-01", "uplift": 0.2})
    assert only(raw).key == "event_id=FAIR"


def test_an_override_of_everything_is_told_with_all_that_it_moves():
    raw = overridden({"item_id": "", "kind": "percent", "value": 0.1})
    problem = only(raw)
    assert problem.value == "percent 0.1"
    assert problem.money == pytest.approx(year(raw, "KIT") + year(raw, "PUMP"))


@pytest.mark.parametrize("dates", [("2026-03-01", "2026-04-01"), ("2024-10-01", "2024-11-01")])
def test_an_override_that_never_was_in_time_is_noted(dates):
    problem = only(overridden({"start": dates[0], "end": dates[1]}))
    assert (problem.grade, problem.value) == ("note", "1 override: 1")


def test_an_override_that_has_done_its_work_is_no_matter():
    assert doubted(overridden({"start": "2025-06-01", "end": "2025-07-01", "as_of": "2025-05-01"})) == []


def test_units_set_twice_for_the_same_are_told():
    assert only(overridden({}, {"start": "2025-11-01", "end": "2025-12-01"})).value == "as override 1"


@pytest.mark.parametrize(
    ("name", "row", "value"),
    [
        ("overrides", OVERRIDE | {"kind": "percent", "value": 10.0}, "10 = 1,000 %"),
        (
            "events",
            {"event_id": "1", "scope": "all", "start": "2025-10-01", "end": "2025-10-01", "uplift": 30.0},
            "30 = 3,000 %",
        ),
    ],
)
def test_a_share_written_in_per_cent_is_told(name, row, value):
    raw = sound()
    add(raw, name, row)
    assert only(raw).value == value


def test_scrap_written_in_per_cent_is_told():
    raw = sound()
    change(raw, "bom", "", scrap=2.0)
    assert only(raw).value == "2 = 200 %"


@pytest.mark.parametrize(("last", "grade"), [("2025-10-01", "note"), ("2025-08-01", "warning")])
def test_a_stream_that_ends_too_soon_is_told(last, grade):
    raw = sound()
    buckets = pd.date_range("2025-07-01", last, freq="MS")
    add(raw, "forecasts", *({"stream": "sales", "item_id": "KIT", "bucket": each, "qty": 45.0} for each in buckets))
    problem = only(raw)
    assert (problem.grade, problem.value) == (grade, f"last {last}")


def test_a_budget_that_ends_inside_the_horizon_is_noted():
    raw = sound()
    raw["budget"] = raw["budget"].query("bucket <= '2025-12-01'")
    assert (only(raw).grade, only(raw).value) == ("note", "last 2025-12-01")


def test_a_family_without_a_budget_is_noted_where_most_have_one():
    raw = sound()
    for name in ("items", "sales", "sources", "on_hand", "policies"):
        rows = raw[name].query("item_id == 'KIT'").assign(item_id="CUP")
        raw[name] = pd.concat([raw[name], rows.assign(family="cups") if name == "items" else rows], ignore_index=True)
    assert doubted(raw) == []  # one of three has one
    add(raw, "budget", *raw["budget"].assign(family="kits", units=45.0, revenue=1125.0).to_dict("records"))
    problem = only(raw)
    assert (problem.value, problem.money) == ("1 family: cups", pytest.approx(year(raw, "CUP")))
