"""Alerts by command: the dearest first, those silenced with who and why, and none silenced that is not there."""

import pandas as pd
import pytest
from test_monitor_performance import NO_ACCURACY, SEPTEMBER, found_by, measured

from sopbench.book import Book
from sopbench.cycle import open_cycle
from sopbench.params import Monitor

SILENCE = ("--until", "2025-12-01", "--reason", "built for the fair", "--by", "Ada")


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text("company: tiny\ncycle: 2025-09\ngather: {source: .}\n")
    watch(path)
    return path


def watch(path) -> None:
    """Run the step on what July and August brought the tiny company; two alerts are shown."""
    cycle = open_cycle(path)
    found = found_by(
        Monitor(exceptions_shown=2), SEPTEMBER, "EUR", accuracy=NO_ACCURACY, kpis=measured(),
        silences=Book(cycle.book_url).silences(cycle.name),
    )  # fmt: skip
    cycle.write("monitor", exceptions=found)


def test_the_dearest_come_first_with_owner_and_due_day(params_file, call):
    code, said = call("alert", "list", params_file)
    assert code == 0
    assert said.splitlines() == [
        "high     stock/pumps: stock 200.0% above its plan, 5,600 EUR (supply planning, by 2025-09-15)",
        "high     attainment/pumps: 75.0% of the planned output was made (target 95.0%), 1,000 EUR was not "
        "(production, by 2025-09-15)",
        "tiny, cycle 2025-09: 3 open, 2 of them shown, 0 silenced",
    ]
    assert "purchases/components" in call("alert", "list", params_file, "--all")[1]


def test_a_silenced_alert_is_listed_as_such_after_the_step_ran_again(params_file, call):
    code, said = call("alert", "silence", params_file, "stock/pumps", *SILENCE)
    assert code == 0
    assert "is silenced until 2025-12-01, by entry 1" in said and "--steps monitor" in said
    watch(params_file)
    said = call("alert", "list", params_file)[1]
    assert (
        "silenced stock/pumps: stock 200.0% above its plan, 5,600 EUR (Ada, until 2025-12-01: built for the fair)"
        in said
    )
    assert "2 open, 2 of them shown, 1 silenced" in said
    assert "purchases/components" in said  # it took the place


def test_an_alert_that_is_not_there_is_refused_with_the_nearest(params_file, call):
    code, said = call("alert", "silence", params_file, "stock/pump", *SILENCE)
    assert code == 2
    assert "has no such alert" in said and "did you mean stock/pumps?" in said


def test_an_alert_is_not_silenced_without_a_reason(params_file, call):
    code, said = call("alert", "silence", params_file, "stock/pumps", "--until", "2025-12-01", "--by", "Ada")
    assert code == 2
    assert "reason is empty" in said
    assert Book(open_cycle(params_file).book_url).silences("2025-09").empty


def test_a_cycle_that_was_not_monitored_is_named(params_file, call):
    code, said = call("alert", "list", params_file, "--cycle", "2025-08")
    assert code == 2
    assert "monitor" in said and "Mend: " in said


def test_a_table_of_an_earlier_version_lists_all_it_has(params_file, call):
    path = open_cycle(params_file).folder / "monitor" / "exceptions.parquet"
    new = ["due", "shown", "silenced_by", "reason", "until"]
    pd.read_parquet(path).drop(columns=new).to_parquet(path)
    assert "3 open, 3 of them shown, 0 silenced" in call("alert", "list", params_file)[1]
