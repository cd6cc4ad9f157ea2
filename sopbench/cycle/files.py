"""Files that are whole or not there, whatever stops the one who writes them: a kill, a full disk, a power cut."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

NO_SUCH_CALL = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
"""How file systems refuse to flush a folder that know no such thing, or need none."""


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Wait until a file's bytes are on the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def flush_names(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, so that nothing done afterwards gets there before them."""
    if os.name == "nt":  # which has no such call
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NO_SUCH_CALL:
            raise
    finally:
        os.close(handle)


def write_whole(path: Path, text: str) -> None:
    """Write a small text file: who reads it sees the old one or the new one; on return it outlasts a power cut."""
    ready = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        ready.write_text(text, encoding="utf-8")
        flush(ready)
        os.replace(ready, path)
    finally:
        ready.unlink(missing_ok=True)
    flush_names(path.parent)
