"""A cycle's folder from a stranger is opened without running anything, and says where it is not what it should be."""

import json
import pickle
import sqlite3
from pathlib import Path

import nbformat
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny_meeting

import tiny
from sopbench.book import Book
from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle
from sopbench.pack import preread

PACKAGE = Path(preread.__file__).parents[1]


class Touch:
    """A pickle that makes a file where it is loaded."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.fixture
def cycle(place):
    (place.project / "tiny.yaml").write_text(tiny_meeting.PARAMS, encoding="utf-8")
    opened = open_cycle(place.project / "tiny.yaml")
    opened.folder.mkdir(parents=True)
    return opened


def test_nothing_of_ours_reads_a_pickle_or_runs_a_text():
    barred = ("pickle.load", "read_pickle", "joblib.load", "yaml.load(", "yaml.unsafe", "allow_pickle", "shell=True")
    between_own_processes = PACKAGE / "packed.py"  # of a run, on this machine or its cluster: nothing from a file
    for path in set(PACKAGE.rglob("*.py")) - {between_own_processes}:
        text = path.read_text(encoding="utf-8")
        assert not [word for word in barred if word in text], path.name
        assert not any(
            f"{call}(" in text.replace(f".{call}(", "").replace(f"_{call}(", "") for call in ("eval", "exec")
        )


TABLE = {"rows": 1, "sha256": "0" * 64}
MANIFESTS = {
    "a pickle": pickle.dumps({"steps": {}}),
    "YAML": b"steps: !!python/object/apply:os.system ['true']\n",
    "nothing": b"",
    "a list": b"[]",
    "no steps": b"{}",
    "steps that are none": b'{"steps": [1, 2]}',
    "a thousand brackets": b"[" * 100_000,
    "not text": b"\xff\xfe\0\0",
    "a table that climbs": json.dumps({"steps": {"gather": {"tables": {"../../outside/secret": TABLE}}}}).encode(),
    "a table elsewhere": json.dumps({"steps": {"gather": {"tables": {"/etc/passwd": TABLE}}}}).encode(),
}


@pytest.mark.parametrize("content", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_a_manifest_that_is_none_is_refused_by_name(cycle, call, content):
    (cycle.folder / "manifest.json").write_bytes(content)
    with pytest.raises(PlanningError) as caught:
        cycle.tables("gather")
    [problem] = caught.value.problems
    assert problem.table == "manifest" and problem.mend
    code, said = call("status", cycle.params_file)
    assert code == 2 and "Traceback" not in said


@pytest.mark.parametrize("metadata", [b"pandas", b"ARROW:extension:name"])
def test_what_a_table_says_of_itself_is_not_run(place, cycle, metadata):
    cycle.write("gather", items=tiny.tables()["items"])
    path = cycle.folder / "gather" / "items.parquet"
    kept = pq.read_table(path)
    evil = pickle.dumps(Touch(place.canary))
    if metadata == b"pandas":
        said = json.loads(kept.schema.metadata[b"pandas"])
        said["columns"][0]["numpy_type"] = "object"
        said["creator"] = {"library": "__import__('os').system('true')", "version": evil.hex()}
        kept = kept.replace_schema_metadata({b"pandas": json.dumps(said).encode()})
    else:
        field = pa.field("item_id", pa.string(), metadata={metadata: b"arrow.py_extension_type",
                                                           b"ARROW:extension:metadata": evil})  # fmt: skip
        kept = kept.set_column(0, field, kept["item_id"])
    pq.write_table(kept, path)
    assert list(pd.read_parquet(path)["item_id"]) == list(cycle.read("gather", "items")["item_id"])


@pytest.mark.parametrize("how", ["as a whole", "as its schema"])
def test_a_table_that_is_a_pickle_is_not_loaded(place, cycle, how):
    cycle.write("gather", items=tiny.tables()["items"])
    path, evil = cycle.folder / "gather" / "items.parquet", pickle.dumps(Touch(place.canary))
    if how == "as a whole":
        path.write_bytes(evil)
    else:
        pq.write_table(pq.read_table(path).replace_schema_metadata({b"ARROW:schema": evil}), path)
    with pytest.raises(PlanningError, match="is damaged in the folder"):
        cycle.read("gather", "items")


def test_an_executed_notebook_is_read_as_text(place, cycle):
    cell = nbformat.v4.new_code_cell(f"open({str(place.canary)!r}, 'w')")
    shown = {"text/html": "<table><tbody><tr><td>1</td></tr></tbody></table><script>alert(1)</script>"}
    shown |= {"application/javascript": "alert(1)"}
    drawn = {"image/svg+xml": "<svg onload='alert(1)'><script>alert(1)</script></svg>"}
    written = {"text/markdown": "## Late\n<img src=x onerror=alert(1)> [here](javascript:alert(1))"}
    cell.outputs = [nbformat.v4.new_output("display_data", data) for data in (shown, drawn, written)]
    told = nbformat.v4.new_markdown_cell("## Late\n<script>alert(1)</script>")
    folder = cycle.folder / "notebooks"
    folder.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[told, cell]), folder / "5_executive.ipynb")

    class Plain:
        """A material that changes no words."""

        recommended = "base"

        def __init__(self):
            self.cycle = cycle

        def plain(self, text: str) -> str:
            return text

    page = preread._chapter(Plain(), preread.Chapter("executive"))
    assert ">1</td>" in page and "Late" in page
    assert not [word for word in ("<script", "onerror=", "onload=", "href=", "<img src=x") if word in page]


def test_a_book_from_a_stranger_runs_none_of_its_own_functions(cycle):
    file = cycle.folder.parent / "book.sqlite"
    Book(cycle.book_url)
    with sqlite3.connect(file) as book:
        book.execute("CREATE TRIGGER evil AFTER INSERT ON registers BEGIN SELECT load_extension('evil'); END")
    book.close()
    with pytest.raises(PlanningError, match="it cannot be written; nothing of yours was"):
        Book(cycle.book_url).add_entry("2025-09", "action", "text", "Ada")
    assert Book(cycle.book_url).entries("2025-09").empty


def test_a_page_asked_for_a_cycle_that_climbs_is_refused(cycle):
    for name in ("../../outside", "2025-09/../..", "/etc", "2025-09\0", "2025-09\n"):
        with pytest.raises(PlanningError):
            open_cycle(cycle.params_file, name)
