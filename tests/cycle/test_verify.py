"""Nothing of a cycle can be changed after its steps wrote it without `sopbench verify` saying so."""

import gc
import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import papermill
import pytest

import tiny
from sopbench import run as runner
from sopbench.book import Book
from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle

PARAMS = "company: tiny\ncycle: 2025-09\nhorizon: 6\ngather:\n  source: data\n"
TABLES = tiny.tables()
SOLVED = pd.DataFrame(
    {"scenario": ["base"], "status": "optimal", "objective": 12.5, "gap": 0.001, "rows": 4, "columns": 5}
)
COMPARED = pd.DataFrame({"family": ["pumps"], "bucket": [tiny.START], "line": "units", "plan": 1.0, "budget": 2.0})


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A company and its cycle of three steps, run by the runner; only what the kernel does is done without one."""
    place = tmp_path_factory.mktemp("once")
    (place / "data").mkdir()
    for name in ("items", "bom"):
        TABLES[name].to_csv(place / "data" / f"{name}.csv", index=False)
    (place / "tiny.yaml").write_text(PARAMS)
    written = {
        "gather": {"items": TABLES["items"], "bom": TABLES["bom"]},
        "supply": {"solution": SOLVED},
        "executive": {"comparison": COMPARED},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPBENCH_CYCLES", str(place / "cycles"))
        made = open_cycle(place / "tiny.yaml")

        def execute(source, result, *_, **__):
            step = Path(source).stem[2:]
            Path(result).write_text(f'{{"cells": ["{step}"]}}')
            made.write(step, **written[step])

        patch.setattr(papermill, "execute_notebook", execute)
        runner.run(made, tuple(written), lambda *_: None)
    return place


@pytest.fixture
def cycle(once, tmp_path, monkeypatch):
    shutil.copytree(once, tmp_path / "company")
    monkeypatch.setenv("SOPBENCH_CYCLES", str(tmp_path / "company" / "cycles"))
    return open_cycle(tmp_path / "company" / "tiny.yaml")


def verify(cycle, call):
    code, said = call("verify", cycle.params_file)
    assert code in (0, 1), said
    return code, said


def test_the_manifest_says_what_each_step_was_made_from_and_how_it_went(cycle):
    gather, supply = cycle.record("gather"), cycle.record("supply")
    assert set(gather["files"]) == {"data/items.csv", "data/bom.csv"}
    assert gather["params"]["gather"]["source"] == "data" and gather["params"]["horizon"] == 6
    assert {"python", "pandas", "highspy", "sopbench"} <= set(gather["libraries"])
    assert gather["notebook"]["name"] == "1_gather.ipynb" and len(gather["notebook"]["sha256"]) == 64
    assert len(gather["code"]) == 64 and gather["seconds"] >= 0 and gather["finished"].endswith("+00:00")
    assert supply["solver"] == {"base": {"status": "optimal", "objective": 12.5, "gap": 0.001}}
    assert supply["params"]["supply"]["service_level"] == 0.95


def test_a_cycle_that_nobody_touched_is_verified(cycle, call):
    code, said = verify(cycle, call)
    assert (code, said.splitlines()[-1]) == (0, "Verified: nothing was changed since.")
    assert "4 tables, each the one its step wrote" in said and "3 notebooks" in said and "2 files" in said
    cycle.approve("Ada")
    code, said = verify(cycle, call)
    assert code == 0 and f"by Ada on {cycle.approval()['at'][:10]}, of plan {cycle.plan_hash()[:12]}" in said


def add_a_byte(path):
    path.write_bytes(path.read_bytes() + b" ")


def say_of_the_manifest(cycle, change):
    path = cycle.folder / "manifest.json"
    said = json.loads(path.read_text())
    change(said)
    path.write_text(json.dumps(said))


CHANGES = {
    "a table": (lambda c: add_a_byte(c.folder / "gather/items.parquet"), "gather/items: the table was changed"),
    "a table gone": (lambda c: (c.folder / "gather/bom.parquet").unlink(), "gather/bom: the table is gone"),
    "a table more": (
        lambda c: TABLES["bom"].to_parquet(c.folder / "supply/bom.parquet"),
        "supply/bom: the table is there, but no step wrote it",
    ),
    "a notebook": (
        lambda c: add_a_byte(c.folder / "notebooks/3_supply.ipynb"),
        "3_supply.ipynb: the executed notebook was changed",
    ),
    "an input": (lambda c: add_a_byte(c.params_file.parent / "data/bom.csv"), "data/bom.csv: the file was changed"),
    "an input more": (
        lambda c: (c.params_file.parent / "data/sales.csv").touch(),
        "data/sales.csv: the file has come since",
    ),
    "a hash in the manifest": (
        lambda c: say_of_the_manifest(c, lambda m: m["steps"]["gather"]["tables"]["bom"].update(sha256="0" * 64)),
        "approval: the cycle approved plan",
    ),
    "the approval in the manifest": (
        lambda c: say_of_the_manifest(c, lambda m: m.pop("approval")),
        "approval: the cycle knows of no approval",
    ),
    "the book gone": (
        lambda c: [path.unlink() for path in c.folder.parent.glob("book.sqlite*")],
        "approval: the book knows of no approval",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_was_changed_is_named(what, cycle, call):
    cycle.approve("Ada")
    change, expected = CHANGES[what]
    change(cycle)
    code, said = verify(cycle, call)
    assert code == 1, said
    assert expected in said and "Mend: " in said
    assert said.splitlines()[-1].startswith("Not verified: ")


def test_a_step_that_used_older_tables_is_named(cycle, call):
    cycle.read("gather", "items")
    cycle.write("supply", solution=SOLVED)
    say_of_the_manifest(cycle, lambda m: m["steps"]["supply"]["used"]["gather"].update(items="0" * 64))
    code, said = verify(cycle, call)
    assert code == 1 and "supply: it was made from older tables of gather (items)" in said


def test_inputs_that_are_gone_are_told_and_prove_nothing(cycle, call):
    (cycle.params_file.parent / "data" / "bom.csv").unlink()
    code, said = verify(cycle, call)
    assert code == 0 and "no longer there: data/bom.csv" in said


def test_other_parameters_of_today_change_nothing_of_the_plan_and_are_told(cycle, call):
    cycle.params_file.write_text(PARAMS + "supply:\n  service_level: 0.9\n")
    code, said = verify(cycle, call)
    assert code == 0 and "a run of today would have other params: supply" in said


def test_a_manifest_of_an_earlier_version_is_verified_as_far_as_it_goes(cycle, call):
    def forget(manifest):
        for record in manifest["steps"].values():
            for name in ("files", "notebook", "params", "libraries", "code", "solver"):
                record.pop(name, None)

    say_of_the_manifest(cycle, forget)
    code, said = verify(cycle, call)
    assert code == 0 and "by an earlier version, so it is not known which executed notebook it was" in said


def test_to_look_makes_no_book(cycle, call):
    for path in cycle.folder.parent.glob("book.sqlite*"):
        path.unlink()
    say_of_the_manifest(cycle, lambda m: [record.pop("book", None) for record in m["steps"].values()])
    verify(cycle, call)
    assert not list(cycle.folder.parent.glob("book.sqlite"))


def test_a_cycle_in_a_folder_that_may_only_be_read_is_verified_and_its_book_takes_nothing(cycle, call, monkeypatch):
    cycle.approve("Ada")
    gc.collect()  # so that no connection to the book is left open
    monkeypatch.setattr("sopbench.book.tables._may_write", lambda _: False)
    code, said = verify(cycle, call)
    assert code == 0 and "by Ada on" in said
    with pytest.raises(PlanningError, match="cannot be written"):
        Book(cycle.book_url).add_silence(cycle.name, "stock/pumps", date(2025, 12, 1), "known", "Ada")


def test_a_book_that_cannot_be_opened_is_named_with_what_to_do(cycle, call):
    book = cycle.folder.parent / "book.sqlite"
    for path in cycle.folder.parent.glob("book.sqlite*"):
        path.unlink()
    book.mkdir()
    code, said = verify(cycle, call)
    assert code == 1 and "it cannot be opened: unable to open database file" in said


def test_a_cycle_that_has_not_been_run_cannot_be_verified(cycle, call):
    code, said = call("verify", cycle.params_file, "--cycle", "2025-08")
    assert code == 2 and "cycle 2025-08 has not been run" in said
    assert not (cycle.folder.parent / "2025-08").exists()


def test_a_notebook_that_stopped_is_kept_apart_from_the_one_that_counts(cycle, monkeypatch):
    def stop(source, result, *_, **__):
        Path(result).write_text("half")
        raise RuntimeError("Kernel died")

    before = (cycle.folder / "notebooks" / "1_gather.ipynb").read_bytes()
    monkeypatch.setattr(papermill, "execute_notebook", stop)
    with pytest.raises(runner.StepFailed, match=r"ran out of memory[^$]*running/1_gather.ipynb"):
        runner.run(cycle, ("gather",), lambda *_: None, force=True)
    assert (cycle.folder / "notebooks" / "1_gather.ipynb").read_bytes() == before
