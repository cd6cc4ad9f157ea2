"""The command line of the replay: what ways of planning are worth in money, on the company's own past."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from sopbench.cli.register import Backend, CycleName, ParamsFile, Scheduler, opened


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


def learn(
    params_file: ParamsFile,
    cycle_name: CycleName = "",
    months: Annotated[int, typer.Option(min=1, help="Buckets before the cycle that are replayed")] = 24,
    measured: Annotated[int, typer.Option(min=1, help="The last of them, for which money is claimed")] = 12,
    values: Annotated[Path | None, typer.Option(help="YAML: settings with the values to try")] = None,
    by_family: Annotated[bool, typer.Option("--by-family", help="A safety factor for each family")] = False,
    write: Annotated[bool, typer.Option("--write", help="Change the params file as proposed")] = False,
    warm_up: Annotated[int, typer.Option(min=0, help="Buckets lived through before those")] = 3,
    horizon: Annotated[int, typer.Option(min=2, help="Buckets each plan looks ahead")] = 9,
    choose_every: Annotated[int, typer.Option(min=1, help="Buckets after which is chosen anew")] = 3,
    jobs: Annotated[int, typer.Option(help="Processes; -1 = as many as there are cores")] = -1,
    backend: Backend = None,
    scheduler: Scheduler = None,
) -> None:
    """Learn settings from the past: what would have been best, and what choosing it would have earned.

    Safety factors, the choice margin and stream weights are chosen by what they had earned before, measured on later
    buckets, and proposed as a change of the params file where the gain is more than luck. Goes on where it stopped.
    """
    from sopbench.compute import computing, started
    from sopbench.replay import learn as look_back
    from sopbench.replay import load_values, proposal
    from sopbench.views.learned import gains_out_of_sample, learned_lines
    from sopbench.views.numbers import speak
    from sopbench.views.render import svg

    cycle = opened(params_file, cycle_name)
    tried = load_values(values, cycle.params) if values else None
    began = time.perf_counter()

    def report(said: str) -> None:
        print(f"  {time.perf_counter() - began:6.0f} s  {said}", flush=True)

    asked = (months, measured, tried, by_family, warm_up, horizon, choose_every, jobs, report)
    with computing(cycle.params.compute, backend, scheduler), started(cycle.params.compute):
        found = look_back(cycle, *asked)
    folder = cycle.folder.parent / "replay" / "learned"
    folder.mkdir(exist_ok=True)
    for name, frame in found.items():
        frame.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)
    speak(cycle.params.frequency)
    learned, currency = found["replay_learned"], cycle.params.currency
    if learned["buckets"].any():
        chart = svg(gains_out_of_sample(learned, currency))
        (folder / "gains_out_of_sample.svg").write_text(chart, encoding="utf-8")
    change = proposal(cycle, learned, write)
    (folder / "proposal.diff").write_text(change.partition("\n\n")[2], encoding="utf-8")
    for line in [*learned_lines(learned, currency), "", change]:
        print(line)
    print(f"Done in {time.perf_counter() - began:.1f} s. Tables, chart and diff: {folder}")
