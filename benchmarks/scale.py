"""Time and peak memory of every step for companies of 1,000 and 10,000 sold items, and of demand for 100,000.

Run from the project's folder: make bench-scale, or python benchmarks/scale.py --items 300 --steps gather,demand. The
companies are made up (`sopbench example --items N`) and run by the commands a user gives, each step with brewline's
parameters and scenarios in processes of its own. Memory is the proportional share (PSS) of all the step's processes,
looked at four times a second. What was measured is kept in docs/scale.csv, a line for each company and step, and
drawn in docs/scale.svg; --keep FOLDER leaves the companies and their cycles there.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import altair as alt
import pandas as pd
import psutil
from made_up import params_file

from sopbench.params import STEPS
from sopbench.views import theme  # noqa: F401 - every chart takes its look from it

ROOT = Path(__file__).parents[1]
KEPT, PICTURE = ROOT / "docs" / "scale.csv", ROOT / "docs" / "scale.svg"
SOPBENCH = [sys.executable, "-c", "from sopbench.cli import main; main()"]
PLANS = {1_000: STEPS, 10_000: STEPS, 100_000: ("gather", "demand")}
"""Sold items, and the steps run with them."""

EXAMPLE = "example"
"""What stands as the step where the company is made up."""


def measured(words: list[str], environment: dict[str, str]) -> dict[str, object]:
    """Run a command to its end: seconds, peak memory of all its processes in GiB, exit code, what it said last."""
    began, peak, over = time.perf_counter(), [0], threading.Event()
    run = subprocess.Popen(
        words, cwd=ROOT, env=os.environ | environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    watching = threading.Thread(target=_watch, args=(psutil.Process(run.pid), peak, over))
    watching.start()
    said, _ = run.communicate()
    over.set()
    watching.join()
    seconds = time.perf_counter() - began
    return {"seconds": round(seconds, 1), "gib": round(peak[0] / 2**30, 2), "exit": run.returncode, "said": said}


def _watch(root: psutil.Process, peak: list[int], over: threading.Event) -> None:
    """Keep the most memory that a process and all below it had together."""
    while not over.wait(0.25):
        now = 0
        try:
            for each in [root, *root.children(recursive=True)]:
                try:
                    now += each.memory_full_info().pss
                except psutil.Error:
                    continue
        except psutil.Error:
            continue
        peak[0] = max(peak[0], now)


def company(folder: Path, items: int) -> tuple[Path, dict[str, object]]:
    """Make up a company of so many items with brewline's parameters; return its params file and what that took."""
    home = folder / f"items_{items}"
    took = measured([*SOPBENCH, "example", "--out", str(home / "data"), "--items", str(items)], {})
    return params_file(home, items), took


def steps_of(folder: Path, items: int, steps: tuple[str, ...]) -> list[dict[str, object]]:
    """Every step of one company's cycle, measured, up to the first that stops."""
    params, took = company(folder, items)
    rows = [{"items": items, "step": EXAMPLE, **took}]
    tell(rows[-1])
    for step in steps:
        there = {"SOPBENCH_CYCLES": str(folder / "cycles")}
        took = measured([*SOPBENCH, "run", str(params), "--steps", step], there)
        rows.append({"items": items, "step": step, **took, **sizes(folder / "cycles", items, step)})
        tell(rows[-1])
        if took["exit"]:
            print(took["said"][-2000:])
            break
    return rows


def sizes(cycles: Path, items: int, step: str) -> dict[str, object]:
    """Megabytes of the step's tables and of its executed notebook."""
    tables = sum(path.stat().st_size for path in cycles.glob(f"items_{items}/*/{step}/*.parquet"))
    notebook = sum(path.stat().st_size for path in cycles.glob(f"items_{items}/*/notebooks/*_{step}.ipynb"))
    return {"tables_mb": round(tables / 1e6, 2), "notebook_mb": round(notebook / 1e6, 2)}


def tell(row: dict[str, object]) -> None:
    stopped = f"  stopped with exit code {row['exit']}" if row["exit"] else ""
    sized = f"{row['tables_mb']:9.1f} {row['notebook_mb']:9.2f}" if "tables_mb" in row else ""
    print(f"{row['items']:9,}  {row['step']:10} {row['seconds']:9.1f} {row['gib']:7.2f} {sized}{stopped}", flush=True)


def keep(rows: list[dict[str, object]]) -> pd.DataFrame:
    """What was measured, in the place of what was measured of the same company and step before."""
    new = pd.DataFrame(rows).drop(columns="said")
    new = new[new["exit"] == 0].drop(columns="exit")
    before = pd.read_csv(KEPT) if KEPT.exists() else new.iloc[:0]
    order = {name: place for place, name in enumerate((EXAMPLE, *STEPS))}
    every = pd.concat([before, new]).drop_duplicates(["items", "step"], keep="last")
    every = every.sort_values(["items", "step"], key=lambda each: each.map(order) if each.name == "step" else each)
    every.to_csv(KEPT, index=False, lineterminator="\n")
    return every


def picture(rows: pd.DataFrame) -> alt.HConcatChart:
    """Seconds and memory by items, a line for each step, on axes where a straight line of slope 1 is linear growth."""
    steps = rows[rows["step"] != EXAMPLE]
    last = steps[steps["items"] == steps.groupby("step")["items"].transform("max")]
    most = steps.loc[steps["gib"].idxmax()]
    memory = f"Most memory: {most['step']}, {most['gib']:.1f} GiB with {most['items']:,} items"
    return alt.hconcat(
        _curves(steps, last, "seconds", "Seconds a step", _growth(steps)),
        _curves(steps, last, "gib", "Peak memory, GiB", memory),
    )


def _growth(steps: pd.DataFrame) -> str:
    """The message: how much longer the steps that were run with the fewest and with the most items take with these."""
    seconds = steps.pivot_table("seconds", "step", "items").dropna(axis=1, how="all").dropna()
    fewest, most = seconds.columns.min(), seconds.columns.max()
    longer = seconds[most].sum() / seconds[fewest].sum()
    return f"{most / fewest:.0f} times the items take {longer:.0f} times as long ({', '.join(seconds.index)})"


def _curves(steps: pd.DataFrame, last: pd.DataFrame, column: str, said: str, title: str) -> alt.LayerChart:
    x = alt.X("items:Q", title="Items sold", scale=alt.Scale(type="log"), axis=alt.Axis(format=",", tickCount=3))
    y = alt.Y(f"{column}:Q", title=said, scale=alt.Scale(type="log"))
    lines = alt.Chart(steps).mark_line(point=True).encode(x, y, alt.Color("step:N", sort=list(STEPS), legend=None))
    names = alt.Chart(last).mark_text(align="left", dx=6).encode(x, y, text="step:N")
    return (lines + names).properties(width=380, height=320, title=title)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--items", type=int, action="append", help="one size, or several; default: all three")
    words.add_argument("--steps", default="", help="the steps to run; default: all, for 100,000 items two")
    words.add_argument("--keep", type=Path, help="a folder to leave the companies and cycles in")
    asked = words.parse_args()
    named = tuple(name for name in asked.steps.split(",") if name)
    print("    items  step         seconds     GiB  tables MB  notebook MB")
    with tempfile.TemporaryDirectory() as folder:
        for items in asked.items or PLANS:
            rows = steps_of(asked.keep or Path(folder), items, named or PLANS.get(items, STEPS))
            picture(keep(rows)).save(PICTURE)


if __name__ == "__main__":
    main()
