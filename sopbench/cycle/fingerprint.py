"""What a step's result depends on, as one hash: parameters, code, libraries, inputs and what people said.

A step whose fingerprint is the one in the manifest need not run again.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL

from sopbench.book import Book
from sopbench.cycle import Cycle, file_hash
from sopbench.gather import COMPARED
from sopbench.params import STEPS
from sopbench.params.credentials import is_url

SECTIONS = {"presop": ("presop", "supply"), "executive": ("executive", "presop"), "monitor": ("monitor", "supply")}
"""Sections of the params file a step reads, where it is not just its own."""

ROOMS = {"presop": ("presop", "supply"), "executive": ("executive", "presop")}
"""Step folders whose code a step's notebook calls, where it is not just its own."""

COUNTED = ("on_hand", "receipts", "open_orders")
"""What earlier cycles counted at their start, which the S&OP grid of step supply shows as its past."""

SHARED = (
    "params/params.py",
    "params/demand.py",
    "params/monitor.py",
    "params/section.py",
    "cycle/cycle.py",
    "cycle/lineage.py",
    "shared.py",
    "packed.py",
    "book",
    "contract",
    "views/theme.py",
    "views/render.py",
    "views/numbers.py",
)
LIBRARIES = ("pandas", "numpy", "pyarrow", "duckdb", "sktime", "statsforecast", "cvxpy", "highspy", "altair")
PACKAGE = Path(__file__).parents[1]


def fingerprint(cycle: Cycle, step: str, notebook: Path) -> str:
    """The hash of everything the step's tables depend on, as things stand now."""
    return hash_of(depends_on(cycle, step, notebook))


def hash_of(said: dict) -> str:
    """One hash of what `depends_on` tells, or of a part of it."""
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def depends_on(cycle: Cycle, step: str, notebook: Path) -> dict:
    """Everything the step's tables depend on, as things stand now: cycle, params, code, libraries and inputs."""
    return {**set_up(cycle, step, notebook), "inputs": _inputs(cycle, step)}


def set_up(cycle: Cycle, step: str, notebook: Path) -> dict:
    """What the step's tables depend on beside its inputs, as things stand now: cycle, params, code and libraries."""
    return {
        "cycle": cycle.name,
        "params": _params(cycle, step),
        "code": _code(step, notebook) | (own_modules(cycle.params.demand.modules) if step == "demand" else {}),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def up_to_date(cycle: Cycle, step: str, notebook: Path) -> bool:
    """Whether the step has run with just these parameters, code and inputs, and its tables are whole.

    What a database holds cannot be told without reading it: a step that reads one is never up to date.
    """
    record = cycle.record(step)
    if reads_database(cycle, step) or record.get("fingerprint") != fingerprint(cycle, step, notebook):
        return False
    files = {name: cycle.folder / step / f"{name}.parquet" for name in record["tables"]}
    return all(path.exists() and file_hash(path) == record["tables"][name]["sha256"] for name, path in files.items())


def reads_database(cycle: Cycle, step: str) -> bool:
    """Whether the step reads a database, and so anew at every run."""
    return step == "gather" and (is_url(cycle.params.gather.source) or isinstance(cycle.source, URL))


def _params(cycle: Cycle, step: str) -> dict:
    said = cycle.params.model_dump(mode="json")
    apart = (*STEPS, "cycle", "past_cycles", "cycles", "meetings", "compute")
    general = {name: value for name, value in said.items() if name not in apart}
    return general | {section: said[section] for section in SECTIONS.get(step, (step,))}


def _code(step: str, notebook: Path) -> dict[str, str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    source = ["".join(cell["source"]) for cell in cells]
    rooms = [PACKAGE / room for room in (*SHARED, *ROOMS.get(step, (step,)))]
    rooms += sorted(PACKAGE.glob(f"views/{step}*.py"))
    files = [file for room in rooms for file in (sorted(room.rglob("*.py")) if room.is_dir() else [room])]
    hashes = {str(file.relative_to(PACKAGE)): file_hash(file) for file in files if file.exists()}
    return hashes | {"notebook": hashlib.sha256(json.dumps(source).encode()).hexdigest()}


def own_modules(names: list[str]) -> dict[str, str | None]:
    """The hash of each module of a company's own forecasters; None where it is not one file that can be found."""
    found = {name: find_spec(name) for name in names}
    return {name: file_hash(Path(spec.origin)) if spec and spec.has_location else None for name, spec in found.items()}


def _inputs(cycle: Cycle, step: str) -> dict:
    """What the step reads: the company's files, the tables of the steps before, the book, earlier cycles."""
    if step == "gather":
        return {"files": company_files(cycle), "last": _last_gathered(cycle)}
    before = STEPS[: STEPS.index(step)]
    said: dict = {name: _tables(cycle, name) for name in before}
    if step == "demand":
        said["book"] = Book(cycle.book_url).overrides(cycle.name).to_json()
        before = cycle.before("demand")
        said["last"] = _tables(before, "demand").get("method_choice") if before else None
        if cycle.params.demand.stream_weights == "measured":
            said["earlier"] = [_tables(earlier, "executive").get("demand_plan") for earlier in cycle.earlier()]
    if step == "supply":
        said["earlier"] = [
            [_tables(earlier, "executive").get("supply_plan"), *map(_tables(earlier, "gather").get, COUNTED)]
            for earlier in cycle.earlier()
        ]
    if step in ("supply", "presop"):
        said["last"] = [_tables(earlier, "executive").get("sourcing_plan") for earlier in cycle.earlier()[-1:]]
    if step in ("presop", "executive"):
        said["scenarios"] = Book(cycle.book_url).scenarios_written(cycle.name).to_json()
    if step == "executive":
        said["earlier"] = [_tables(earlier, "executive") for earlier in cycle.earlier()[-1:]]
        said["registers"] = Book(cycle.book_url).entries(cycle.name).to_json()
    if step == "monitor":
        said["earlier"] = [_tables(earlier, step) for earlier in cycle.earlier() for step in ("demand", "executive")]
        said["counted"] = [list(map(_tables(each, "gather").get, COUNTED)) for each in cycle.earlier()]
        said["approval"] = cycle.approval()
        said["silences"] = Book(cycle.book_url).silences(cycle.name).to_json()
    return said


def company_files(cycle: Cycle) -> dict[str, str]:
    """The hash of each file step gather reads as they stand now: data, mapping, workbooks; none of a database.

    Raises PlanningError where one of the folders is not there.
    """
    places = [place for place in (cycle.source, cycle.mapping, cycle.handed_in) if isinstance(place, Path)]
    files = [file for place in places for file in ([place] if place.is_file() else sorted(place.glob("*")))]
    files = [file for file in files if file.is_file()]
    return {f"{file.parent.name}/{file.name}": file_hash(file) for file in files}


def _last_gathered(cycle: Cycle) -> list:
    """The last cycle and those of its tables that this one's data is compared with."""
    last = cycle.before("gather")
    return [last.name, {name: _tables(last, "gather").get(name) for name in COMPARED}] if last else []


def _tables(cycle: Cycle, step: str) -> dict[str, str]:
    return {name: said["sha256"] for name, said in cycle.record(step).get("tables", {}).items()}
