"""The command line of the replay: what ways of planning are worth in money, on the company's own past."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from sopbench.cli_register import Backend, CycleName, ParamsFile, Scheduler, opened


def replay(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    months: Annotated[int, typer.Option(min=1, help="Buckets before the cycle that are scored")] = 24,
    candidates: Annotated[
        Path | None, typer.Option(help="YAML: the ways of planning to compare, the first is the reference")
    ] = None,
    warm_up: Annotated[int, typer.Option(min=0, help="Buckets lived through before those scored")] = 3,
    horizon: Annotated[int, typer.Option(min=2, help="Buckets each plan looks ahead")] = 9,
    choose_every: Annotated[int, typer.Option(min=1, help="Buckets after which methods are chosen anew")] = 3,
    jobs: Annotated[int, typer.Option(help="Processes; -1 = as many as there are cores")] = -1,
    backend: Backend = None,
    scheduler: Scheduler = None,
) -> None:
    """Replay the past with several ways of planning.

    Each plans every bucket with what was known then, the real orders come, and stock, backlog and cash roll on. Ranked
    by margin, beside the naive policy and perfect foresight. Goes on where it stopped.
    """
    from sopbench.compute import computing, started
    from sopbench.replay import DEFAULT_CANDIDATES, load_candidates
    from sopbench.replay import replay as roll
    from sopbench.views.numbers import speak
    from sopbench.views.render import svg
    from sopbench.views.replay import money_against_accuracy, score_lines

    cycle = opened(params_file, cycle_name)
    asked = load_candidates(candidates, cycle.params) if candidates else list(DEFAULT_CANDIDATES)
    began = time.perf_counter()

    def report(said: str) -> None:
        print(f"  {time.perf_counter() - began:6.0f} s  {said}", flush=True)

    compute = cycle.params.compute
    with computing(compute, backend, scheduler), started(compute):
        found = roll(cycle, asked, months, warm_up, horizon, choose_every, jobs, report)
    folder = cycle.folder.parent / "replay"
    for name, frame in found.items():
        frame.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)
    speak(cycle.params.frequency)
    chart = folder / "money_against_accuracy.svg"
    chart.write_text(svg(money_against_accuracy(found["replay_scores"], cycle.params.currency)), encoding="utf-8")
    for line in score_lines(found["replay_scores"], cycle.params.currency):
        print(line)
    print(f"Done in {time.perf_counter() - began:.1f} s. Tables and chart: {folder}")
