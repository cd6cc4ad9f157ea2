"""Launches, successors, cannibals and phase-outs: what cannot hold stops the cycle, what does nothing is told."""

import pandas as pd
import pytest
from doubted import add, change, doubted, only, sound

import tiny
from sopbench import gather
from sopbench.contract import PlanningError
from sopbench.params import Gather

LAUNCH = pd.Timestamp("2025-11-01")


def with_rows(*rows):
    """The sound company with an item NEW that is launched, and these rows of life_cycle."""
    raw = sound()
    new = raw["items"].query("item_id == 'KIT'").assign(item_id="NEW", launch=LAUNCH)
    raw["items"] = pd.concat([raw["items"], new], ignore_index=True)
    raw["sources"] = pd.concat([raw["sources"], raw["sources"].query("item_id == 'KIT'").assign(item_id="NEW")])
    add(raw, "life_cycle", *rows)
    return raw


def row(kind="like", item="NEW", other="KIT", **more):
    return {"item_id": item, "other_id": other, "kind": kind, **more}


def refused(*rows):
    with pytest.raises(PlanningError) as told:
        gather.assemble(with_rows(*rows), tiny.START, 6, Gather(source="x"))
    return [each for each in told.value.problems if each.table == "life_cycle"]


@pytest.mark.parametrize("kind", ["like", "successor", "cannibalises"])
def test_an_item_that_does_not_exist_is_named(kind):
    [problem] = refused(row(kind, other="GHOST"))
    assert (problem.key, problem.message) == ("other_id=GHOST", "other_id is not in items")
    [problem] = refused(row(kind, item="GHOST", start=LAUNCH))
    assert problem.key == "item_id=GHOST"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("successor", other="NEW")], "the other item is itself"),
        ([row("like", other="")], "the row names no other item"),
        ([row("successor", item="KIT", other="PUMP")], "it never begins"),
        ([row("cannibalises", item="KIT", other="PUMP")], "it never begins"),
        ([row("cannibalises", factor=0.7), row("cannibalises", other="PUMP", factor=0.4)], "more from others than"),
        ([row("like", factor=-0.5)], "factor"),
        ([row("likes")], "kind"),
        ([row("successor"), row("successor", item="KIT", other="NEW", start=LAUNCH)], "in a ring"),
    ],
)
def test_rows_nobody_could_plan_by_stop_the_cycle_each_with_a_mend(rows, message):
    [problem] = refused(*rows)
    assert message in problem.message + problem.key
    assert problem.mend


def test_a_ring_of_successors_is_told_in_its_order():
    [problem] = refused(
        row("successor"), row("successor", "PUMP", "NEW", start=LAUNCH), row("successor", "KIT", "PUMP", start=LAUNCH)
    )
    assert problem.key in ("KIT → NEW → PUMP → KIT", "NEW → PUMP → KIT → NEW", "PUMP → KIT → NEW → PUMP")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("like", other="SEAL")], "no sales to go by"),
        ([row("like", curve="launch")], "no curve is known"),
        ([row("successor", start=pd.Timestamp("2025-10-01"))], "takes over before its launch"),
        ([row("phase_out", item="KIT", other="", run_down=3)], "runs down to no end"),
    ],
)
def test_rows_that_will_do_nothing_or_harm_are_warned_of(rows, message):
    problem = only(with_rows(*rows))
    assert message in problem.message and problem.grade == "warning"


def test_successors_that_sell_more_than_the_whole_are_noted():
    problem = only(with_rows(row("successor", factor=1.2)))
    assert (problem.grade, problem.value) == ("note", "1.2")


def test_two_like_items_that_differ_are_told():
    raw = with_rows(row("like"))
    change(raw, "items", "item_id == 'NEW'", like_item_id="PUMP")
    assert "items names another like item" in only(raw).message


def test_rows_that_hold_raise_no_doubt():
    sound_rows = [row("like"), row("cannibalises", factor=0.3), row("cannibalises", other="PUMP", factor=0.2)]
    assert doubted(with_rows(*sound_rows)) == []
    assert doubted(with_rows(row("successor", run_down=2))) == []


def test_a_row_written_after_the_cycle_began_is_not_known_in_it():
    raw = with_rows(row("like", as_of=tiny.START + pd.Timedelta(days=1)), row("like", other="PUMP", as_of=tiny.START))
    tables, _ = gather.assemble(raw, tiny.START, 6, Gather(source="x"))
    assert tables["life_cycle"]["other_id"].tolist() == ["PUMP"]
