"""A cycle's folder shows whole tables only, and an approved cycle does not change."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pytest

import tiny
from sopbench.contract import PlanningError
from sopbench.cycle import file_hash, open_cycle


@pytest.fixture
def cycle(tmp_path):
    (tmp_path / "acme.yaml").write_text("company: acme\ncycle: 2025-09\ngather:\n  source: .\n")
    return open_cycle(tmp_path / "acme.yaml")


def executive_tables():
    return {
        "comparison": pd.DataFrame(
            {"family": ["pumps"], "bucket": [tiny.START], "line": "units", "plan": 1.0, "budget": 2.0}
        )
    }


def test_what_is_written_is_read_back(cycle):
    rows = cycle.write("gather", items=tiny.tables()["items"])
    assert rows == {"items": 3}
    pd.testing.assert_frame_equal(cycle.read("gather", "items"), tiny.tables()["items"])
    assert set(cycle.tables("gather")) == {"items"}


def test_the_same_table_gives_the_same_bytes_whatever_the_order_of_its_rows(cycle):
    items = tiny.tables()["items"]
    cycle.write("gather", items=items)
    before = file_hash(cycle.folder / "gather" / "items.parquet")
    cycle.write("gather", items=items.iloc[::-1])
    assert file_hash(cycle.folder / "gather" / "items.parquet") == before


def test_a_table_that_breaks_the_contract_is_not_written(cycle):
    with pytest.raises(PlanningError, match="unit_cost is below 0"):
        cycle.write("gather", items=tiny.tables()["items"].assign(unit_cost=-1.0))
    assert not cycle.record("gather")


def test_reading_a_step_that_has_not_run_says_how_to_run_it(cycle):
    with pytest.raises(PlanningError, match="sopbench run acme.yaml --cycle 2025-09 --to supply"):
        cycle.read("supply", "supply_plan")
    with pytest.raises(PlanningError, match="sopbench run"):
        cycle.tables("supply")


def test_a_table_left_out_the_next_time_is_gone(cycle):
    cycle.write("gather", items=tiny.tables()["items"], bom=tiny.tables()["bom"])
    cycle.write("gather", items=tiny.tables()["items"])
    assert not (cycle.folder / "gather" / "bom.parquet").exists()


def test_steps_that_used_a_table_since_changed_no_longer_count(cycle):
    cycle.write("gather", items=tiny.tables()["items"])
    cycle.write("executive", **executive_tables())
    cycle.write("gather", items=tiny.tables()["items"])
    assert cycle.record("executive")
    cycle.write("gather", items=tiny.tables()["items"].head(2))
    assert not cycle.record("executive")
    with pytest.raises(PlanningError, match="sopbench run"):
        cycle.approve("Ada")


def test_an_approved_cycle_refuses_every_step_but_monitor(cycle):
    cycle.write("executive", **executive_tables())
    said = cycle.approve("Ada", "with care")
    assert said["plan_hash"] == cycle.plan_hash() and cycle.approval()["conditions"] == "with care"
    for step in ("gather", "demand", "supply", "presop", "executive"):
        with pytest.raises(PlanningError, match=r"approved by Ada.*frozen"):
            cycle.write(step, items=tiny.tables()["items"])
    cycle.write("monitor", items=tiny.tables()["items"])


def test_approving_twice_or_before_the_executive_step_is_refused(cycle):
    with pytest.raises(PlanningError, match="no such table of step executive"):
        cycle.approve("Ada")
    cycle.write("executive", **executive_tables())
    with pytest.raises(PlanningError, match="by is empty"):
        cycle.approve(" ")
    cycle.approve("Ada")
    with pytest.raises(PlanningError, match="frozen"):
        cycle.approve("Bob")


def test_only_approved_cycles_before_this_one_are_earlier(cycle):
    for name in ("2025-07", "2025-08", "2025-10"):
        other = open_cycle(cycle.params_file, name)
        other.write("executive", **executive_tables())
        if name != "2025-07":
            other.approve("Ada")
    assert [each.name for each in cycle.earlier()] == ["2025-08"]


def test_a_writer_killed_at_any_moment_leaves_whole_tables_or_none(cycle, tmp_path):
    """A process that writes without end is killed; whatever the manifest lists afterwards is whole."""
    code = textwrap.dedent(
        """
        import sys; sys.path.insert(0, sys.argv[2])
        import tiny
        from sopbench.cycle import open_cycle
        cycle = open_cycle(sys.argv[1])
        tables = tiny.tables()
        print("ready", flush=True)
        while True:
            cycle.write("gather", items=tables["items"], sales=tables["sales"], bom=tables["bom"])
        """
    )
    for pause in (0.01, 0.03, 0.08):
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(cycle.params_file), str(Path(tiny.__file__).parent)],
            stdout=subprocess.PIPE,
        )
        writer.stdout.readline()
        try:
            writer.wait(timeout=pause)
        except subprocess.TimeoutExpired:
            writer.send_signal(signal.SIGKILL)
        writer.wait()
        for name, said in cycle.record("gather").get("tables", {}).items():
            assert file_hash(cycle.folder / "gather" / f"{name}.parquet") == said["sha256"]
        assert not (cycle.folder / "gather" / "items.parquet").exists() or len(
            pd.read_parquet(cycle.folder / "gather" / "items.parquet")
        ) == len(tiny.tables()["items"])
    cycle.sweep()
    assert not list(cycle.folder.glob("**/*.tmp"))


def test_the_cycle_before_is_the_latest_that_finished_the_step_approved_or_not(cycle):
    def at(name):
        return open_cycle(cycle.params_file, name)

    assert cycle.before("gather") is None
    for name in ("2025-05", "2025-07", "2025-10"):
        at(name).write("gather", items=tiny.tables()["items"])
    at("2025-08").write(
        "demand", history=pd.DataFrame({"item_id": [], "location_id": [], "bucket": [], "ordered": [], "cleaned": []})
    )
    assert cycle.before("gather").name == "2025-07"
    assert at("2025-07").before("gather").name == "2025-05"
    assert at("2025-05").before("gather") is None
