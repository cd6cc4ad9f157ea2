"""The pack of a finished cycle, for who reads before the meeting: a pre-read, a deck and a workbook.

It stands at the edge like the runner: it reads the cycle's tables and executed notebooks, says what the views say, and
plans nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sopbench.cycle import Cycle
from sopbench.pack.material import Material, read, refuse_if_run_again

MOST_PAGES = 15
"""Pages people read before a meeting; sections are left out where there would be more."""


@dataclass(frozen=True)
class Written:
    """A file of the pack and what is in it; where it could not be made, `missing` says why, with the mend."""

    path: Path
    holds: str
    missing: str = ""


def write_pack(cycle: Cycle, folder: Path | None = None) -> list[Written]:
    """Write the pack of a finished cycle into a folder (the cycle's own, pack/, where none is named); tell its files.

    Each file appears whole or not at all. Raises PlanningError where the cycle is not finished as far as executive.
    """
    material = read(cycle)
    place = folder or cycle.folder / "pack"
    place.mkdir(parents=True, exist_ok=True)
    written = [*_preread(material, place), _deck(material, place), _workbook(material, place)]
    refuse_if_run_again(cycle, material.plan_hash)
    return written


def _preread(material: Material, place: Path) -> list[Written]:
    from sopbench.pack.preread import SPARED, preread
    from sopbench.pack.printing import pages, print_pdf

    page, pdf = place / "pre-read.html", place / "pre-read.pdf"
    html = Written(page, "opens in any browser, no internet needed")
    why = ""
    for spared in range(len(SPARED) + 1):
        said = preread(material, spared)
        whole(page, lambda path, said=said: path.write_text(said, encoding="utf-8"))
        why = print_pdf(page, pdf)
        if why or pages(pdf) <= MOST_PAGES:
            break
    if not why:
        return [html, Written(pdf, f"{pages(pdf)} pages, A4")]
    pdf.unlink(missing_ok=True)  # one of an earlier pack would tell other figures
    mend = f"install chromium and give the command again, or open {page.name} in a browser and print it as PDF"
    return [html, Written(pdf, "", f"{why}; {mend}")]


def _deck(material: Material, place: Path) -> Written:
    from sopbench.pack.deck import deck

    made = deck(material)
    path = whole(place / "deck.pptx", lambda ready: made.save(str(ready)))
    return Written(path, f"{len(made.slides)} slides, charts can be edited")


def _workbook(material: Material, place: Path) -> Written:
    from sopbench.pack.workbook import COLUMNS, write_workbook

    path = whole(place / "plan.xlsx", lambda ready: write_workbook(ready, material))
    return Written(path, f"{len(COLUMNS)} tables, and an overview that adds them up")


def whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file beside its place, then put it there."""
    ready = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        write(ready)
        os.replace(ready, path)
    finally:
        ready.unlink(missing_ok=True)
    return path
