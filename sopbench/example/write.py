"""Writes the example company to a folder, a CSV file for each table, as a company would export it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sopbench.example.company import TRUTH, generate


def write(out: Path, items: int = 120, seed: int = 7, truth: Path | None = None) -> dict[str, int]:
    """Write every input table to `out` as CSV and return the rows of each.

    With `truth`, a folder, what the company does not know goes there: true_demand.csv and ledger.csv.
    Raises PlanningError for fewer than 20 items.
    """
    tables = generate(seed, items)
    rows = {}
    for name, frame in tables.items():
        if name not in TRUTH:
            rows[name] = _write(frame, Path(out) / f"{name}.csv")
        elif truth is not None:
            _write(frame, Path(truth) / f"{name}.csv")
    return rows


def _write(frame: pd.DataFrame, path: Path) -> int:
    """One table with the same bytes everywhere: days as 2025-09-01, whole numbers without a fraction."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = frame.assign(**{name: _plain(frame[name]) for name in frame})
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return len(frame)


def _plain(values: pd.Series) -> pd.Series | pd.Categorical:
    """A column as it is to be read; days become categories, since each is written as text a million times."""
    if pd.api.types.is_datetime64_any_dtype(values):
        codes, days = pd.factorize(values)
        return pd.Categorical.from_codes(codes, days.strftime("%Y-%m-%d"))
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        return values.astype("Int64")
    return values
