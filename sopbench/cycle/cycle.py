"""One month's cycle on disk: its tables, its manifest, its approval, which freezes it.

A cycle's folder holds a folder of Parquet tables for each step, the executed notebooks, and manifest.json,
which says which steps have finished with which tables. A step counts only once the manifest says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any

import pandas as pd
from sqlalchemy import URL

from sopbench.book import Book, Condition
from sopbench.book import seen as book_seen
from sopbench.contract import PlanningError, Problem, checked, table
from sopbench.contract.buckets import WEEK
from sopbench.contract.formulas import as_text
from sopbench.cycle import lineage
from sopbench.cycle.files import file_hash, flush, flush_names, write_whole
from sopbench.cycle.holding import manifest_lock, refuse_if_over
from sopbench.params import STEPS, Params, Scenario, first_day, load, locate, source
from sopbench.params.project import refuse_outside


@dataclass(frozen=True)
class Cycle:
    """A company's cycle: its parameters, the first bucket it plans, and the folder it lives in."""

    params: Params
    params_file: Path
    start: pd.Timestamp
    folder: Path
    used: dict[str, lineage.Tables] = field(default_factory=dict, compare=False, repr=False)
    """The tables of each step as they were when one of them was last read through this object."""

    @property
    def name(self) -> str:
        """What the cycle is called: 2025-09, or its first day where buckets are not months."""
        return self.folder.name

    @property
    def params_name(self) -> str:
        """How the params file is named in a command given from the project's folder, quoted for a shell."""
        folder = self.params_file.parent.name
        return quote(f"{folder}/{self.params_file.name}" if folder == "params" else self.params_file.name)

    @property
    def book_url(self) -> str:
        """Where what people said about this company's cycles is kept (SOPBENCH_BOOK names another place)."""
        return os.environ.get("SOPBENCH_BOOK") or f"sqlite:///{self.folder.parent / 'book.sqlite'}"

    @property
    def source(self) -> Path | URL:
        """Where the company's data is: a folder, or a database's URL, whose text hides the password."""
        return source(self.params.gather.source, self.params_file.parent)

    @property
    def mapping(self) -> Path | None:
        """The folder of the mapping; None where the company hands in contract tables."""
        return self.locate(self.params.gather.mapping) if self.params.gather.mapping else None

    @property
    def handed_in(self) -> Path | None:
        """The folder of workbooks that came back; None where the company uses none."""
        return self.locate(self.params.gather.handed_in) if self.params.gather.handed_in else None

    def locate(self, path: str) -> Path:
        """The file or folder a parameter names: beside the params file or above it, in the project."""
        return refuse_outside(locate(path, self.params_file.parent), path, self.params_file.parent)

    def scenarios(self) -> list[Scenario]:
        """What is asked beside base: the scenarios of the params file, then those of the book.

        Those that have expired are among them, see presop.still_asked. Raises PlanningError where both bear a name.
        """
        told, book = self.params.presop.scenarios, Book(self.book_url).scenarios(self.name)
        names = {each.name for each in told}
        message = f"{self.params_name} and the book both ask a scenario of that name"
        mend = f"rename the one in the file, or sopbench scenario withdraw {self.params_name} "
        twice = [each for each in book if each.name in names]
        if twice:
            raise PlanningError(
                [Problem("scenarios", each.name, f"that of {each.owner}", message, mend + each.name) for each in twice]
            )
        return [*told, *book]

    def manifest(self) -> dict[str, Any]:
        """What is recorded of the cycle: its finished steps, and its approval where it has one.

        Raises PlanningError where the file is damaged.
        """
        return lineage.read(self.folder / "manifest.json")

    def record(self, step: str) -> dict[str, Any]:
        """What the manifest says of a step; empty while the step has not written its tables."""
        return self.manifest()["steps"].get(step, {})

    def read(self, step: str, name: str) -> pd.DataFrame:
        """One table of a finished step.

        Raises PlanningError where the step has not run, or used tables that were since written anew; of an approved
        plan also where the table on the disk is not the one approved; where somebody removed or damaged it.
        """
        manifest = self.manifest()
        tables = lineage.hashes(manifest, step)
        if name not in tables:
            self._refuse_newer(lineage.newer(manifest, step), only=step)
            message = f"cycle {self.name} of {self.params.company} has no such table of step {step}"
            raise PlanningError(Problem(name, "", "", message, self._command(step)))
        if manifest.get("approval") and step != "monitor":
            self._refuse_changed({f"{step}/{name}": tables[name]})
        self.used[step] = tables
        try:
            return pd.read_parquet(self.folder / step / f"{name}.parquet")
        except (FileNotFoundError, ValueError) as error:  # pyarrow's word for a damaged file is a ValueError
            gone = "is no longer in the folder" if isinstance(error, FileNotFoundError) else "is damaged in the folder"
            message = f"the table of step {step} {gone} of cycle {self.name}"
            raise PlanningError(Problem(name, "", "", message, self._command(step))) from error

    def names(self, step: str) -> list[str]:
        """The tables a step has written; none while it has not finished."""
        return list(self.record(step).get("tables", {}))

    def tables(self, step: str) -> dict[str, pd.DataFrame]:
        """Every table of a finished step, by name. Raises PlanningError where the step has not run."""
        return {name: self.read(step, name) for name in self.names(step) or ["manifest"]}

    def write(self, step: str, **tables: pd.DataFrame) -> dict[str, int]:
        """Write all tables of a step, checked against the contract, and say so in the manifest; return their rows.

        Each table appears whole or not at all; while they are replaced the manifest does not list the step. Where a
        table differs from before, the manifest no longer lists the steps after this one: they used the old one.
        Raises PlanningError where a table breaks the contract, the cycle is frozen, it is the executive step and
        something is newer than the pre-S&OP, or the run this kernel works for is over.
        """
        self.refuse_if_frozen(step)
        if step == "executive":
            self.refuse_if_newer()
        frames = {name: checked(frame, table(name)) for name, frame in tables.items()}
        folder = self.folder / step
        folder.mkdir(parents=True, exist_ok=True)
        ready = {name: folder / f"{name}.{os.getpid()}.tmp" for name in frames}
        try:
            for name, frame in frames.items():
                frame.to_parquet(ready[name], compression="zstd", index=False)
                flush(ready[name])
            said = {name: {"rows": len(frame), "sha256": file_hash(ready[name])} for name, frame in frames.items()}
            earlier = STEPS[: STEPS.index(step)]
            record = {"tables": said, "used": {name: used for name, used in self.used.items() if name in earlier}}
            record |= self.taken_from_book(step)
            with manifest_lock(self.folder):
                refuse_if_over(self.folder)
                self.refuse_if_frozen(step)  # somebody may have approved it meanwhile
                self._replace(step, ready, record)
        finally:
            for left in ready.values():
                left.unlink(missing_ok=True)
        return {name: len(frame) for name, frame in frames.items()}

    def _replace(self, step: str, ready: dict[str, Path], record: dict[str, Any]) -> None:
        """Put a step's finished files in place; a power cut between two lines lists no step that is not whole.

        Each line is on the disk before the next one begins.
        """
        before, folder = self.manifest(), self.folder / step
        self._save(lineage.without(before, step))
        for old in folder.glob("*.parquet"):
            if old.stem not in ready:
                old.unlink()
        for name, file in ready.items():
            os.replace(file, folder / f"{name}.parquet")
        flush_names(folder)
        self._save(lineage.written(before, step, record))

    def write_for_people(self, folder: str, name: str, frame: pd.DataFrame) -> Path:
        """Write a table as CSV that Excel opens, whole or not at all; no step uses it, and a frozen cycle takes it.

        Text that Excel would take for a formula gets an apostrophe before it.
        """
        path = self.folder / folder / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        ready = path.with_suffix(f".{os.getpid()}.tmp")
        as_text(frame).to_csv(ready, index=False, encoding="utf-8-sig")
        flush(ready)
        os.replace(ready, path)
        return path

    def taken_from_book(self, step: str) -> dict[str, list[int]]:
        """What the manifest keeps of what a step takes from the book, as it stands now; nothing where it takes none."""
        if step not in book_seen.READ_BY:
            return {}
        return {"book": book_seen.standing(Book(self.book_url), self.name, step)}

    def finish(self, step: str, **facts: Any) -> None:
        """Add what the runner knows of a finished step (fingerprint, seconds) to the manifest."""
        with manifest_lock(self.folder):
            self.refuse_if_frozen(step)
            manifest = self.manifest()
            known = manifest["steps"].get(step)
            if known:  # a step before it may have written other tables meanwhile
                self._save({**manifest, "steps": {**manifest["steps"], step: {**known, **facts}}})

    def sweep(self) -> None:
        """Remove what a killed run left half written; only for who holds the cycle's run lock."""
        for left in self.folder.glob("**/*.tmp"):
            left.unlink()

    def plan_hash(self) -> str:
        """One hash over every table of the steps up to executive: what an approval approves."""
        steps = self.manifest()["steps"]
        said = {step: steps[step]["tables"] for step in sorted(steps) if step != "monitor"}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def approval(self) -> dict[str, str] | None:
        """Who approved the plan, when, which plan hash and on what conditions; None while nobody has."""
        return self.manifest().get("approval")

    def reopened(self) -> list[dict[str, Any]]:
        """Each time the cycle was reopened, oldest first: by whom, when, why, and the approval that was taken back."""
        return self.manifest().get("reopened", [])

    def approve(self, by: str, conditions: str | Iterable[str] = (), plan_hash: str = "") -> dict[str, str]:
        """Record in the book and in the manifest that someone approved the plan; from now on it is frozen.

        Args:
            by: who approves.
            conditions: under which conditions, one text or several, with owner and day as Condition.said reads them;
                each becomes an action of the registers, of whoever approves and due in decide_within_days by default.
            plan_hash: the plan that was looked at, or the first eight or more characters of its hash; empty = the
                one that stands there now.

        Raises PlanningError where the cycle is approved already, the executive step has not finished, something is
        newer than the pre-S&OP, something was said into the book that the plan lacks, a table on the disk is not the
        one a step wrote, or the plan is not `plan_hash`.
        """
        said_so = _conditions(conditions)
        with manifest_lock(self.folder):
            now = self._plan_looked_at(plan_hash, "approval")
            within = self.params.executive.decide_within_days
            said = Book(self.book_url).add_approval(self.name, by, now, said_so, within=within, made_anew=True)
            self._save({**self.manifest(), "approval": said})
        return said

    def send_back(self, by: str, conditions: str | Iterable[str], plan_hash: str = "") -> dict[str, str]:
        """Record in the book that someone sent the plan back, and what must change; the cycle stays open.

        Args as `approve`; each condition becomes an action, so the executive step runs again before anyone approves.
        Raises PlanningError as `approve`, and where nothing must change.
        """
        said_so = _conditions(conditions)
        with manifest_lock(self.folder):
            now = self._plan_looked_at(plan_hash, "return")
            within = self.params.executive.decide_within_days
            return Book(self.book_url).add_return(self.name, by, now, said_so, within=within)

    def returned(self) -> dict[str, str] | None:
        """Who sent the plan as it stands now back, when, and what must change; None where nobody did."""
        return Book(self.book_url).returned(self.name, self.plan_hash())

    def _plan_looked_at(self, plan_hash: str, act: str) -> str:
        """The hash of the plan as it stands; raises PlanningError where nothing can be decided on it as looked at."""
        self.refuse_if_frozen(act)
        self.refuse_if_newer("executive")
        self.read("executive", "comparison")
        now = self.plan_hash()
        if plan_hash and (len(plan_hash) < 8 or not now.startswith(plan_hash)):
            message = f"this is not the plan of cycle {self.name} as it stands now, which is {now[:12]}"
            raise PlanningError(Problem(act, "", plan_hash[:12], message, "look at the plan of now first"))
        return now

    def reopen(self, by: str, reason: str) -> dict[str, Any]:
        """Take the approval back, so that the cycle may change again; book and manifest keep who, when and why.

        Raises PlanningError where nobody approved it, `by` or `reason` is empty, or a later cycle is approved.
        """
        with manifest_lock(self.folder):
            manifest, book = self.manifest(), Book(self.book_url)
            approval = manifest.get("approval") or book.in_force(self.name)
            if not approval:
                message = f"cycle {self.name} is not approved: there is nothing to reopen"
                raise PlanningError(Problem("reopen", "", "", message, "change it as it is"))
            standing = [cycle for cycle in self._others(after=True) if cycle.approval()]
            if standing:
                message = f"cycle {standing[0].name} is approved and was planned on the plan of cycle {self.name}"
                raise PlanningError(Problem("reopen", "", "", message, f"reopen cycle {standing[-1].name} first"))
            said = {**book.add_reopening(self.name, by, reason), "approval": approval}
            said["plan_hash"] = approval.get("plan_hash", "")
            rest = {name: each for name, each in manifest.items() if name != "approval"}
            self._save({**rest, "reopened": [*manifest.get("reopened", []), said]})
        return said

    def why_frozen(self) -> str:
        """Who approved the cycle and when; empty while nobody has."""
        approval = self.approval()
        if not approval:
            return ""
        return f"cycle {self.name} was approved by {approval['by']} on {approval['at'][:10]} and is frozen"

    def refuse_if_frozen(self, step: str) -> None:
        """Raise PlanningError where the cycle is approved and `step` would change the plan."""
        why = self.why_frozen()
        if why and step != "monitor":
            mend = "plan changes in the next cycle, or reopen this one with a reason: "
            mend += f'sopbench reopen {self.params_name} --cycle {self.name} --by "Your name" --reason "..."'
            raise PlanningError(Problem(step, "", "", why, mend))

    def refuse_if_newer(self, upto: str = "presop") -> None:
        """Raise PlanningError where gathered, demand or supply tables are newer than the pre-S&OP, and say which.

        With `upto` executive its own tables count as well. A table that somebody changed on the disk is newer too, and
        so is what was said into the book since the step ran that would take it.
        """
        manifest = self.manifest()
        self._refuse_newer(lineage.newer(manifest, upto))
        if unseen := self.unseen(upto):
            raise PlanningError(unseen)
        steps = STEPS[: STEPS.index(upto) + 1]
        self._refuse_changed(
            {f"{step}/{name}": said for step in steps for name, said in lineage.hashes(manifest, step).items()}
        )

    def unseen(self, upto: str = "executive") -> list[Problem]:
        """The overrides, scenarios and entries said into the book since the step that takes them ran, up to a step."""
        if self.approval():
            return []
        problems, book = [], Book(self.book_url)
        for step in STEPS[: STEPS.index(upto) + 1]:
            seen = self.record(step).get("book")  # cycles of an earlier version have none
            for which, words in [] if seen is None else book_seen.said_since(book, self.name, step, seen):
                message = f"{words} (said after step {step} ran, so the plan of cycle {self.name} lacks it)"
                problems.append(Problem(which, "", "", message, self._command("executive")))
        return problems

    def _refuse_newer(self, found: dict[str, tuple[str, list[str]]], only: str = "") -> None:
        problems = [
            Problem(step, "", "", f"{before} ({', '.join(names)}) of cycle {self.name} is newer", self._command(step))
            for step, (before, names) in found.items()
            if only in ("", step)
        ]
        if problems:
            raise PlanningError(problems)

    def _refuse_changed(self, tables: lineage.Tables) -> None:
        """Raise PlanningError where a file is not the one a step wrote."""
        approval, problems = self.approval(), []
        for name, sha256 in tables.items():
            path = self.folder / f"{name}.parquet"
            if not path.exists() or file_hash(path) != sha256:
                whose = f"the one {approval['by']} approved" if approval else "the one its step wrote"
                mend = "put it back as it was" if approval else self._command(name.partition("/")[0])
                message = f"the table on the disk is not {whose}: somebody changed it since"
                problems.append(Problem(name, "", "", message, mend))
        if problems:
            raise PlanningError(problems)

    def _command(self, to: str) -> str:
        return f"run: sopbench run {self.params_name} --cycle {self.name} --to {to}"

    def earlier(self) -> list[Cycle]:
        """The approved cycles of this company before this one, oldest first."""
        return [cycle for cycle in self._past() if cycle.approval()]

    def before(self, step: str) -> Cycle | None:
        """The latest cycle before this one that has finished `step`, approved or not; None where there is none."""
        return next((cycle for cycle in reversed(self._past()) if cycle.record(step)), None)

    def _past(self) -> list[Cycle]:
        """The cycles of this company before this one, oldest first."""
        return self._others(after=False)

    def _others(self, after: bool) -> list[Cycle]:
        """The cycles of this company after this one, or before it, oldest first."""
        found = []
        for folder in self.folder.parent.glob("*/manifest.json"):
            start = pd.to_datetime(folder.parent.name, errors="coerce")
            if pd.notna(start) and (start > self.start if after else start < self.start):
                found.append(Cycle(self.params, self.params_file, start, folder.parent))
        return sorted(found, key=lambda cycle: cycle.start)

    def _save(self, manifest: dict[str, Any]) -> None:
        write_whole(self.folder / "manifest.json", json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def open_cycle(params_file: str | Path, cycle: str | None = None, **settings: dict[str, Any]) -> Cycle:
    """The cycle a params file describes; `settings` are put over the file, a dict for each section.

    Raises PlanningError for a missing file, a misspelt parameter or a cycle that is no first day of a month or week.
    """
    path = locate(params_file, Path.cwd())
    params = load(path, {section: values for section, values in settings.items() if values})
    start = first_day(cycle or params.cycle)
    _refuse_within_bucket(start, params.frequency)
    if params.demand.modules and str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # where a company's own forecasters are
    name = start.strftime("%Y-%m-%d")
    return Cycle(params, path, start, cycles_folder(params, path) / (name[:7] if params.frequency == "month" else name))


def _refuse_within_bucket(start: pd.Timestamp, frequency: str) -> None:
    """Raise PlanningError where a cycle does not start with a month or week; only gather knows a company's calendar."""
    problem = None
    if frequency == "month" and start.day != 1:
        mend = f"write it {start:%Y-%m}, or plan in weeks: frequency: week"
        problem = Problem("cycle", "", f"{start:%Y-%m-%d}", "a month starts on its first day", mend)
    if frequency == "week" and start.dayofweek != 0:
        monday = start - pd.Timedelta(days=start.dayofweek)
        mend = f"write it {monday:%Y-%m-%d} or {monday + WEEK:%Y-%m-%d}"
        mend += "; weeks that start on another day go into the table calendar, with frequency: calendar"
        problem = Problem("cycle", "", f"{start:%A %Y-%m-%d}", "a week starts on its Monday (ISO 8601)", mend)
    if problem:
        raise PlanningError(problem)


def cycles_folder(params: Params, params_file: Path) -> Path:
    """Where a company's cycles are kept: SOPBENCH_CYCLES, the file's `cycles`, or cycles/ beside params/.

    Raises PlanningError where the file names a folder outside of its project.
    """
    beside = params_file.parent.parent if params_file.parent.name == "params" else params_file.parent
    said = os.environ.get("SOPBENCH_CYCLES") or params.cycles or "cycles"
    if params.cycles and not os.environ.get("SOPBENCH_CYCLES"):
        refuse_outside(beside / said, params.cycles, params_file.parent, "cycles")
    return (beside / said).resolve() / params.company


def _conditions(said: str | Iterable[str]) -> list[Condition]:
    texts = [said] if isinstance(said, str) else said
    return [Condition.said(each) for each in texts if each.strip()]
