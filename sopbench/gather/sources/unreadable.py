"""Says why a file cannot be read: what its first bytes show it to be, and the mend."""

from __future__ import annotations

import os
from pathlib import Path

from sopbench.contract import PlanningError, Problem

SIGNS = (
    (b"\x1f\x8b", "is compressed (gzip)", "unpack it"),
    (b"PK\x03\x04", "is an Excel workbook or a zip archive", "name it .xlsx where it is a workbook, or unpack it"),
    (
        b"\xd0\xcf\x11\xe0",
        "is an old Excel workbook (.xls) or protected by a password",
        "save it as .xlsx, unprotected",
    ),
    (b"PAR1", "is Parquet", "name it .parquet"),
    (b"%PDF", "is a PDF", "export the table as CSV"),
    (b"\x00\x00\xfe\xff", "is UTF-32", "save it as UTF-8"),
    (b"<", "is a web page or XML", "export the table as CSV"),
    (b"{", "is JSON", "export the table as CSV, or read it through a mapping"),
)
"""First bytes of files that bear another form's name, what they are, and the mend."""


def unreadable(path: Path, message: str, mend: str) -> PlanningError:
    """The error for a file of a contract table that cannot be read."""
    return PlanningError(Problem(path.stem.lower(), path.name, "", message, mend))


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a file is a link to somewhere outside of its folder; one in a ring leads nowhere."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def head_of(path: Path) -> bytes:
    """The first bytes of a file; PlanningError where there is nothing or the file cannot be opened."""
    if path.is_dir():
        raise unreadable(path, "is a folder, not a file", "put the file there")
    if path.is_symlink() and not path.exists():
        raise unreadable(path, "is a link to a file that is not there", "put the file there")
    try:
        if path.exists() and not path.is_file():
            raise unreadable(path, "is no file one could read", "put the file there")
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise unreadable(path, f"cannot be opened: {error.strerror}", "see that it may be read") from error
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise unreadable(path, "the file is empty", "write a header line at least, or remove the file")
    return head


def other_form(path: Path, head: bytes, own: bytes = b"") -> None:
    """Raise PlanningError where the first bytes show a form other than the one with the sign `own`."""
    for sign, message, mend in SIGNS:
        if sign != own and head.startswith(sign):
            raise unreadable(path, f"the file {message}", mend)


def one_line(error: Exception) -> str:
    """What a library said, short."""
    return " ".join(str(error).split())[:300]
