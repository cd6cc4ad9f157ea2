"""Which step's tables were made from which, by what the manifest of a cycle says: what is older than what it used."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sopbench.contract import PlanningError, Problem
from sopbench.params import STEPS

Manifest = dict[str, Any]

Tables = dict[str, str]
"""The hash of each table's file, by the table's name."""


def read(path: Path) -> Manifest:
    """What a cycle's manifest.json says; no step where there is none yet.

    Raises PlanningError where it is none, or names a table by what is no name: a cycle may come from a stranger.
    """
    if not path.exists():
        return {"steps": {}}
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        tables = [name for step in said["steps"].values() for name in step.get("tables", {})]
        readable = all(re.fullmatch(r"\w+", name) for name in tables)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        readable = False
    if not readable:
        mend = "put the cycle's folder back as it was, or move it away and run the cycle again"
        raise PlanningError(Problem("manifest", str(path), "", "it is not the manifest of a cycle", mend))
    return said


def hashes(manifest: Manifest, step: str) -> Tables:
    """The tables a finished step has written; none while it has not finished."""
    return {name: said["sha256"] for name, said in manifest["steps"].get(step, {}).get("tables", {}).items()}


def without(manifest: Manifest, step: str) -> Manifest:
    """The manifest while a step's tables are being replaced."""
    return {**manifest, "steps": {name: said for name, said in manifest["steps"].items() if name != step}}


def written(manifest: Manifest, step: str, record: dict[str, Any]) -> Manifest:
    """The manifest once a step has written its tables.

    Where one differs from before, the steps after it that had finished no longer count, and it is kept why.
    """
    before, now = hashes(manifest, step), {name: said["sha256"] for name, said in record["tables"].items()}
    changed = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    later = STEPS[STEPS.index(step) + 1 :] if changed else ()
    steps = {name: said for name, said in manifest["steps"].items() if name not in later}
    overtaken = {name: said for name, said in manifest.get("overtaken", {}).items() if name != step}
    gone = {name: {"by": step, "tables": changed} for name in later if name in manifest["steps"]}
    rest = {name: said for name, said in manifest.items() if name != "overtaken"}
    all_overtaken = {**gone, **overtaken}
    return {**rest, "steps": steps | {step: record}} | ({"overtaken": all_overtaken} if all_overtaken else {})


def newer(manifest: Manifest, upto: str) -> dict[str, tuple[str, list[str]]]:
    """The steps up to one that are older than what they use: for each, a step before it and its tables since changed.

    A step is older where one before it wrote other tables after it had finished, or while it ran.
    """
    found: dict[str, tuple[str, list[str]]] = {}
    for step in STEPS[: STEPS.index(upto) + 1]:
        gone = manifest.get("overtaken", {}).get(step)
        if gone and step not in manifest["steps"]:
            found[step] = (gone["by"], gone["tables"])
        for before, used in manifest["steps"].get(step, {}).get("used", {}).items():
            now = hashes(manifest, before)
            changed = sorted(name for name in used.keys() | now.keys() if used.get(name) != now.get(name))
            if changed and step not in found:
                found[step] = (before, changed)
    return found
