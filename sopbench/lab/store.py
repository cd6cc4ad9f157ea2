"""What the lab keeps beside the cycles: trials that are done, so that no method is tried twice on the same data."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from sopbench.cycle import file_hash
from sopbench.cycle.fingerprint import LIBRARIES, PACKAGE
from sopbench.lab.trial import Panel


def data_hash(of: Panel) -> str:
    """One hash over all that a trial depends on beside its method: series, backtest settings, our code, libraries."""
    told = hashlib.sha256()
    for each in (of.values.to_numpy(), of.own.to_numpy(), of.known):
        told.update(b"" if each is None else each.tobytes())
    names = [list(of.values.index), [str(bucket) for bucket in of.values.columns], of.families.tolist(), of.season]
    code = {str(path): file_hash(PACKAGE / path) for path in _code()}
    libraries = {name: version(name) for name in LIBRARIES}
    told.update(json.dumps([names, of.settings.backtest.model_dump(), code, libraries], default=str).encode())
    return told.hexdigest()


def _code() -> list[Path]:
    return sorted(path.relative_to(PACKAGE) for path in (PACKAGE / "demand").rglob("*.py"))


class Store:
    """A folder of trials as Parquet, each whole or not at all; losing it costs only time."""

    def __init__(self, folder: Path):
        self.folder = folder

    def get(self, *key: Any) -> pd.DataFrame | None:
        """The trial of this key; None where there is none that can be read."""
        try:
            return pd.read_parquet(self._path(key))
        except (OSError, ValueError):
            return None

    def put(self, frame: pd.DataFrame, *key: Any) -> None:
        """Keep a trial; where the folder cannot be written, it is simply not kept."""
        path = self._path(key)
        ready = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            frame.to_parquet(ready, compression="zstd", index=False)
            os.replace(ready, path)
        except OSError:
            ready.unlink(missing_ok=True)

    def _path(self, key: tuple[Any, ...]) -> Path:
        return self.folder / f"{hashlib.sha256(json.dumps(key, default=str).encode()).hexdigest()[:32]}.parquet"
