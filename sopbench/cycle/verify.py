"""Whether anything of a cycle was changed since its steps wrote it: tables, executed notebooks, inputs, approval."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

from sopbench.book import Book
from sopbench.contract import PlanningError, Problem
from sopbench.contract.words import counted
from sopbench.cycle import Cycle, lineage
from sopbench.cycle.files import file_hash
from sopbench.cycle.fingerprint import company_files, set_up
from sopbench.cycle.provenance import made_from, notebook_of
from sopbench.params import STEPS
from sopbench.run import step_notebook


@dataclass
class Checked:
    """One kind of thing looked at: in words what holds, what was changed, and what is good to know."""

    what: str
    holds: str
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(cycle: Cycle) -> list[Checked]:
    """Hold a cycle against its manifest and against the book; each kind of thing once, changed or not.

    Raises PlanningError where the cycle has not been run, or its manifest cannot be read.
    """
    manifest = cycle.manifest()
    if not manifest["steps"]:
        mend = f"run: sopbench run {cycle.params_name} --cycle {cycle.name}"
        raise PlanningError(Problem("verify", "", "", f"cycle {cycle.name} has not been run", mend))
    looks = (_tables, _order, _notebooks, _inputs, _approval)
    return [*(look(cycle, manifest) for look in looks), _settings(cycle, manifest)]


def _tables(cycle: Cycle, manifest: dict[str, Any]) -> Checked:
    listed = {f"{step}/{name}": said for step in STEPS for name, said in lineage.hashes(manifest, step).items()}
    found = Checked("tables", _each(len(listed), "table", "the one its step wrote"))
    for name, expected in listed.items():
        said = _against(cycle.folder / f"{name}.parquet", expected)
        if said:
            found.problems.append(Problem(name, "", "", f"the table {said}", _anew(cycle, name.partition("/")[0])))
    for step in STEPS:
        extra = {path.stem for path in (cycle.folder / step).glob("*.parquet")} - lineage.hashes(manifest, step).keys()
        said = "is there, but no step wrote it" if step in manifest["steps"] else "is of a step that was stopped"
        for name in sorted(extra):
            found.problems.append(Problem(f"{step}/{name}", "", "", f"the table {said}", _anew(cycle, step)))
    missing = [step for step in STEPS if step not in manifest["steps"]]
    found.notes += [f"not run: {', '.join(missing)}"] if missing else []
    return found


def _order(cycle: Cycle, manifest: dict[str, Any]) -> Checked:
    """Whether each step used the tables, and what was said into the book, as they stand."""
    found = Checked("order", "each step used what stands there now")
    for step, (before, names) in lineage.newer(manifest, STEPS[-1]).items():
        message = f"it was made from older tables of {before} ({', '.join(names)})"
        found.problems.append(Problem(step, "", "", message, _anew(cycle, step)))
    if not _is_there(cycle.book_url):
        took = [step for step, said in manifest["steps"].items() if said.get("book")]
        message, mend = "the book is gone from which it took what people said", "put it back from a backup"
        found.problems += [Problem(step, "", "", message, mend) for step in took]
        return found
    try:
        found.problems += cycle.unseen("executive")
    except PlanningError as error:
        found.notes.append(f"what was said since cannot be told: {error}")
    return found


def _notebooks(cycle: Cycle, manifest: dict[str, Any]) -> Checked:
    recorded = {step: said["notebook"] for step, said in manifest["steps"].items() if "notebook" in said}
    found = Checked("notebooks", _each(len(recorded), "notebook", "as it was executed"))
    for step, said in recorded.items():
        wrong = _against(notebook_of(cycle, step), said["sha256"])
        if wrong:
            message = f"the executed notebook {wrong}"
            found.problems.append(Problem(said["name"], "", "", message, _anew(cycle, step)))
    _note_missing(found, manifest, "notebook", "which executed notebook it was")
    return found


def _inputs(cycle: Cycle, manifest: dict[str, Any]) -> Checked:
    """Whether the company's files that are still there are those that were read."""
    read = manifest["steps"].get("gather", {}).get("files")
    found = Checked("inputs", _each(len(read or {}), "file", "as it was read"))
    if read is None:
        _note_missing(found, manifest, "files", "which files were read", ("gather",))
        return found
    try:
        source = cycle.source
        now = company_files(cycle)
    except (PlanningError, OSError) as error:
        found.notes.append(f"the inputs cannot be looked at: {error}")
        return found
    if isinstance(source, URL):
        found.notes.append("the company's data is in a database: whether it still holds what was read cannot be told")
    gone = sorted(read.keys() - now.keys())
    found.notes += [f"no longer there: {', '.join(gone)}"] if gone else []
    mend = f"put it back as it was, or plan with it: {_anew(cycle, 'gather')}"
    for name in sorted(now):
        if read.get(name) != now[name]:
            message = "the file was changed since it was read" if name in read else "the file has come since"
            found.problems.append(Problem(name, "", "", message, mend))
    return found


def _approval(cycle: Cycle, manifest: dict[str, Any]) -> Checked:
    """Whether the book, the manifest and the plan on the disk tell of the same approval."""
    said, plan = manifest.get("approval"), cycle.plan_hash()
    found = Checked("approval", "nobody has approved the plan, in the book as in the cycle")
    try:
        kept = Book(cycle.book_url).in_force(cycle.name) if _is_there(cycle.book_url) else None
    except PlanningError as error:
        found.problems += error.problems
        return found
    if said:
        found.holds = f"by {said['by']} on {said['at'][:10]}, of plan {plan[:12]}, in the book as in the cycle"
    told = {"the cycle": (said or {}).get("plan_hash", ""), "the book": (kept or {}).get("plan_hash", "")}
    for where, approved in told.items():
        if (said or kept) and approved != plan:
            what = f"approved plan {approved[:12]}" if approved else "knows of no approval"
            mend = "put book and cycle back from the same backup, or look at the plan and approve it again"
            message = f"{where} {what}, the tables are plan {plan[:12]}"
            found.problems.append(Problem("approval", "", "", message, mend))
    return found


def _settings(cycle: Cycle, manifest: dict[str, Any]) -> Checked:
    """Which parameters, libraries and code a run of today would have otherwise: it changes nothing of the plan."""
    found, other = Checked("settings", "a run of today would have the same parameters, libraries and code"), {}
    for step in [each for each in STEPS if "params" in manifest["steps"].get(each, {})]:
        record = manifest["steps"][step]
        now = json.loads(json.dumps(made_from(set_up(cycle, step, step_notebook(step))), default=str))
        for name in ("params", "libraries", "code"):
            if now[name] != record[name]:
                other.setdefault(name, []).append(step)
    found.notes += [f"a run of today would have other {name}: {', '.join(steps)}" for name, steps in other.items()]
    _note_missing(found, manifest, "params", "what it was made from")
    if found.notes:
        found.holds = "what is different today changes nothing of this plan"
    return found


def _note_missing(
    found: Checked, manifest: dict[str, Any], what: str, words: str, steps: tuple[str, ...] = STEPS
) -> None:
    """Say of which steps the manifest does not tell something: of notebooks run by hand, or of an earlier version."""
    silent = [step for step in steps if step in manifest["steps"] and what not in manifest["steps"][step]]
    if silent:
        found.notes.append(f"{', '.join(silent)}: run by hand or by an earlier version, so it is not known {words}")


def _each(number: int, noun: str, holds: str) -> str:
    return f"{counted(number, noun)}, each {holds}" if number else f"no {noun} is recorded"


def _against(path: Path, expected: str) -> str:
    """What is wrong with a file, by its hash; empty where nothing is."""
    if not path.exists():
        return "is gone"
    return "" if file_hash(path) == expected else "was changed"


def _is_there(book_url: str) -> bool:
    """Whether there is a book to look into; looking must not make one."""
    url = make_url(book_url)
    return not (url.drivername.startswith("sqlite") and url.database) or Path(url.database).exists()


def _anew(cycle: Cycle, step: str) -> str:
    """What to do about a step that is no longer what it was."""
    if cycle.approval() and step != "monitor":
        return "put it back from a backup: the cycle is approved and frozen"
    return f"run: sopbench run {cycle.params_name} --cycle {cycle.name} --steps {step} --force"
