"""Reads contract tables kept as CSV, Parquet or Excel files, one file a table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sopbench.contract import TABLES, PlanningError, Problem
from sopbench.contract.conform import numbered
from sopbench.gather.sources.excel import BOOKS, read_sheet
from sopbench.gather.sources.separated import read_csv
from sopbench.gather.sources.unreadable import head_of, leads_out, one_line, other_form, unreadable
from sopbench.params import Csv

READABLE = (".csv", ".parquet", *BOOKS)
"""Forms a contract table may be kept in."""

LARGEST = 500_000_000
"""Cells a Parquet file may say it holds: a few bytes may stand for more than any memory."""

OTHERS = (".xls", ".xlsb", ".ods", ".tsv", ".txt", ".json", ".gz", ".zip", ".bz2")
"""Forms that hold tables, but not of the contract."""


def contract_files(source: Path, form: Csv) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The tables in a folder by name, and what is wrong with the files; an unknown name gives an empty frame.

    The index of a table says where each row stands in its file; `form` is how its CSV files are written.
    """
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    seen: dict[str, Path] = {}
    for path in _files(source):
        name = path.stem.lower()
        if path.suffix.lower() not in READABLE:
            problems += _of_another_form(path)
        elif name in seen:
            message = f"the table is there twice, as {seen[name].name} and as {path.name}, in {source}"
            problems.append(Problem(name, path.name, "", message, "keep one of the two files"))
        elif name not in TABLES:
            frames[path.stem] = pd.DataFrame()
        elif leads_out(path, source):
            message, mend = "the file is a link out of the folder", "put the file itself there"
            problems.append(Problem(name, path.name, "", message, mend))
        else:
            seen[name] = path
            try:
                frames[name] = _table(path, form)
            except PlanningError as error:
                problems += error.problems
    return frames, problems


def _files(source: Path) -> list[Path]:
    try:
        paths = sorted(source.iterdir())
    except OSError as error:
        problem = Problem("gather", str(source), "", f"cannot be opened: {error.strerror}", "see that it may be read")
        raise PlanningError(problem) from error
    known = (*READABLE, *OTHERS)
    return [path for path in paths if path.suffix.lower() in known and not path.name.startswith((".", "~$"))]


def _of_another_form(path: Path) -> list[Problem]:
    """An error where a table of the contract is kept in a form that is not read, which would go unnoticed."""
    name = path.name.lower().split(".")[0]
    mend = "save it as " + " or ".join(READABLE)
    told = Problem(name, path.name, "", "a table of the contract is not read from a file of this form", mend)
    return [told] if name in TABLES else []


def _table(path: Path, form: Csv) -> pd.DataFrame:
    if path.suffix.lower() == ".csv":
        return read_csv(path, TABLES[path.stem.lower()], form)
    return _parquet(path) if path.suffix.lower() == ".parquet" else read_sheet(path)


def _parquet(path: Path) -> pd.DataFrame:
    """A Parquet file; a pandas index kept in it comes as columns."""
    import pyarrow as pa
    import pyarrow.parquet

    other_form(path, head := head_of(path), own=b"PAR1")
    if not head.startswith(b"PAR1"):
        raise unreadable(path, "the file is not Parquet", "write it as Parquet, or name it after what it is")
    try:
        file = pa.parquet.ParquetFile(path)
        if file.metadata.num_rows * file.metadata.num_columns > LARGEST:
            message = f"it says it holds {file.metadata.num_rows:,} rows, more than {LARGEST:,} cells"
            raise unreadable(path, message, "hand in less, or sum it by bucket in a mapping")
        kept = file.read()
        frame = kept.to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError) as error:
        raise unreadable(path, f"not readable as Parquet: {one_line(error)}", "write it again") from error
    unnamed = [str(name).startswith("__index_level_") for name in frame.columns]
    return numbered(frame.loc[:, [not each for each in unnamed]])
