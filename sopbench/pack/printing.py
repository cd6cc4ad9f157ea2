"""Printing an HTML page as PDF by a Chromium that is on this computer, headless and without the internet."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
"""What a browser that can print is called on PATH."""

SECONDS = 120
"""How long printing may take."""


def browser() -> str | None:
    """The browser that prints; None where there is none on PATH."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def print_pdf(page: Path, pdf: Path) -> str:
    """Print a page; return what kept it from being printed, empty where it was."""
    program = browser()
    if not program:
        return "there is no Chromium or Chrome on PATH"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        asked = [program, "--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder}/profile"]
        asked += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        made = Path(folder) / "page.pdf"
        asked += ["--no-pdf-header-footer", f"--print-to-pdf={made}", page.resolve().as_uri()]
        try:
            subprocess.run(asked, capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{Path(program).name} did not print it: {error}"
        if not made.exists() or not made.read_bytes().startswith(b"%PDF"):
            return f"{Path(program).name} did not print it"
        ready = pdf.with_name(f".{pdf.name}.{os.getpid()}.tmp")
        shutil.copyfile(made, ready)
        os.replace(ready, pdf)
    return ""


def pages(pdf: Path) -> int:
    """How many pages a PDF printed by Chromium has."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf.read_bytes()))
