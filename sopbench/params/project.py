"""What a params file may point to: its project's own folder, or what this machine's owner names in the environment.

A params file may come from a stranger. It says nothing of where on this computer data may be read or cycles written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from sopbench.contract.problems import PlanningError, Problem

MARKS = ("pyproject.toml", ".git")
"""What stands at the top of a project."""

_OWNERS = re.compile(r"\$\{(SOPBENCH_\w+)")


def project_folder(start: Path) -> Path:
    """The project that a folder of params files belongs to: the nearest folder above it with a mark of a project.

    Without one, the folder above params/, or the folder itself.
    """
    start = start.resolve()
    marked = next((each for each in (start, *start.parents) if any((each / mark).exists() for mark in MARKS)), None)
    return marked or (start.parent if start.name == "params" and start.parent.name else start)


def refuse_outside(place: Path, said: str, start: Path, key: str = "gather") -> Path:
    """The place, where a params file in the folder `start` may point to it.

    `said` is what the file says; a variable in it whose name begins with SOPBENCH_ opens what it names. Raises
    PlanningError where the place, its links followed, lies outside of both.
    """
    real = place.resolve()
    if any(real.is_relative_to(each) for each in (project_folder(start), *_opened(said, start))):
        return place
    mend = "put it into the project, or let the environment name it: ${SOPBENCH_DATA} here, SOPBENCH_DATA=... there"
    message = f"it lies outside of the project's folder {project_folder(start)}"
    raise PlanningError(Problem("params", key, said, message, mend))


def _opened(said: str, start: Path) -> Iterator[Path]:
    """What the environment's own variables in a text name, wherever from the file's folder upward it lies."""
    for name in _OWNERS.findall(said):
        value = os.environ.get(name)
        for folder in (start, *start.resolve().parents) if value else ():
            if (folder / Path(value).expanduser()).exists():
                yield (folder / Path(value).expanduser()).resolve()
                break
