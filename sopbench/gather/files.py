"""Reads contract tables kept as CSV or Parquet files, one file a table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sopbench.contract import TABLES, Problem

READABLE = (".csv", ".parquet")
"""Forms a contract table may be kept in."""


def contract_files(source: Path) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The tables in a folder by name, and what is wrong with the files; an unknown name gives an empty frame."""
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for path in sorted(path for path in source.iterdir() if path.suffix in READABLE):
        if path.stem in frames:
            message = f"the table is there twice, as .csv and as .parquet, in {source}"
            problems.append(Problem(path.stem, path.name, "", message, "keep one of the two files"))
        elif path.stem not in TABLES:
            frames[path.stem] = pd.DataFrame()
        else:
            try:
                frames[path.stem] = _parquet(path) if path.suffix == ".parquet" else _csv(path)
            except _Unreadable as fault:
                problems.append(Problem(path.stem, path.name, "", str(fault), fault.mend))
    return frames, problems


class _Unreadable(Exception):
    def __init__(self, message: str, mend: str):
        super().__init__(message)
        self.mend = mend


def _csv(path: Path) -> pd.DataFrame:
    """A CSV file; text and dates stay as written, so that item 00123 keeps its zeros and region NA its name."""
    table = TABLES[path.stem]
    as_written = {column.name: str for column in table.columns if column.kind in ("text", "bucket")}
    try:
        frame = pd.read_csv(
            path, dtype=as_written, keep_default_na=False, na_values=[""], low_memory=False, encoding="utf-8-sig"
        )
    except pd.errors.EmptyDataError as error:
        raise _Unreadable("the file is empty", "write a header line at least, or remove the file") from error
    except UnicodeDecodeError as error:
        raise _Unreadable(f"the file is not UTF-8 ({error.reason})", "save it as UTF-8") from error
    except (pd.errors.ParserError, OSError) as error:
        raise _Unreadable(f"not readable as CSV: {_line(error)}", "mend the file") from error
    if len(frame.columns) == 1 and any(mark in frame.columns[0] for mark in ";\t"):
        raise _Unreadable("the columns are not parted by commas", "save it with commas between the columns")
    return frame


def _parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa

    if path.stat().st_size == 0:
        raise _Unreadable("the file is empty", "write it again, or remove it")
    try:
        return pd.read_parquet(path)
    except (pa.ArrowException, OSError) as error:
        raise _Unreadable(f"not readable as Parquet: {_line(error)}", "write it again") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
