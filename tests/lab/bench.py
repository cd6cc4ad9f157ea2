"""The tiny company as files, for a lab to be opened on, with methods that run fast."""

from pathlib import Path

import tiny

PARAMS = """# The tiny company
company: tiny
cycle: 2025-09
horizon: 6

gather:
  source: data        # CSV

demand:
  methods:
    average: "StatsForecastPanel('WindowAverage', params={'window_size': 3})"   # three months
  backtest: {windows: 3, step: 2, horizon: 4}
"""


def company(folder: Path, params: str = PARAMS) -> Path:
    """Write the company's tables and its params file; return the params file."""
    (folder / "data").mkdir()
    for name, frame in tiny.tables().items():
        if len(frame):
            frame.to_csv(folder / "data" / f"{name}.csv", index=False)
    path = folder / "tiny.yaml"
    path.write_text(params, encoding="utf-8")
    return path


def quiet(done: int, of: int, doing: str) -> None:
    """No bar."""
