"""What a step was made from, for the manifest: parameters, code, libraries, the company's files, solver, notebook."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sopbench.cycle import Cycle
from sopbench.cycle.files import file_hash
from sopbench.cycle.fingerprint import hash_of
from sopbench.params import STEPS

RUNNERS = ("sopbench", "pandera", "scipy", "statsmodels", "papermill", "ipykernel")
"""Packages whose version is told beside those a fingerprint depends on."""


def made_from(depends: dict[str, Any]) -> dict[str, Any]:
    """What the manifest keeps of what a step depends on (as `fingerprint.depends_on` tells it).

    params: the parameters the step reads, defaults too; code: one hash of the step's code and notebook; libraries:
    versions, with Python's; files: the hash of each of the company's files, where the step reads them.
    """
    said = {"params": depends["params"], "code": hash_of(depends["code"]), "libraries": versions(depends["libraries"])}
    files = depends.get("inputs", {}).get("files")
    return said if files is None else {**said, "files": files}


def versions(libraries: dict[str, str]) -> dict[str, str]:
    """The versions of Python and of the packages a plan rests on; those that are not installed are left out."""
    found = {"python": platform.python_version(), **libraries}
    for name in RUNNERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def turned_out(cycle: Cycle, step: str, notebook: Path) -> dict[str, Any]:
    """What the manifest keeps of how a finished step went: the executed notebook's hash, and what the solver said.

    Of each scenario it solved: status, objective in money, proven gap as a share.
    """
    said: dict[str, Any] = {"notebook": {"name": notebook.name, "sha256": file_hash(notebook)}}
    if "solution" not in cycle.names(step):
        return said
    rows = cycle.read(step, "solution")[["scenario", "status", "objective", "gap"]]
    solved = rows.set_index("scenario").to_dict("index")
    return {**said, "solver": solved}


def notebook_of(cycle: Cycle, step: str) -> Path:
    """Where the executed notebook of a step is, by what the manifest says, or by the step's number and name."""
    said = cycle.record(step).get("notebook", {}).get("name") or f"{STEPS.index(step) + 1}_{step}.ipynb"
    return cycle.folder / "notebooks" / said
