"""A replay: ways of planning rolled through the past, kept by bucket, so that it goes on where it stopped.

Two rounds, each shared out: the forecasts of every bucket, once for all candidates that forecast alike; then bucket by
bucket, as its state demands, all ways through it. Only this process reads and writes files: what shares the work is
handed tables and gives tables back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from sopbench import demand, supply
from sopbench.contract import checked, table
from sopbench.cycle import Cycle
from sopbench.params import Supply
from sopbench.params.demand import Demand
from sopbench.replay.candidates import BOUNDS, DEFAULT_CANDIDATES, Candidate
from sopbench.replay.history import Tables, foreseen, opening_state, plannable
from sopbench.replay.money import Yardstick, forecast_error, month_row
from sopbench.replay.past import Past, ahead, code_of, keep, kept, know_past, known_at, short_hash
from sopbench.replay.score import replay_scores
from sopbench.replay.step import plan_bucket
from sopbench.replay.world import State, imbalance, live
from sopbench.shared import share_out

LIVED_CODE = ("replay", "supply", "presop/scenarios.py", "presop/changes.py")
"""What lives depend on beside forecasts; where it changes, they are lived anew."""

PLANNED_FROM = tuple(name for name in supply.INPUTS if name not in ("demand_plan", "lead_time_demand"))
"""The tables of a bucket that a plan is made from beside the forecast."""

FORECAST = ("demand_plan", "lead_time_demand", "backtest")
"""The tables kept of a forecast."""

TRIED_ALIKE = ("choice_margin", "stream_weights", "prior_weights")
"""Demand settings that no backtest depends on: candidates that differ in nothing else share theirs."""

Standing = tuple[State, pd.DataFrame | None]
"""Where a way stands after a bucket, and what it planned there (table sourcing_plan)."""


@dataclass(frozen=True)
class Way:
    """A way through the past: its name, and the candidate that each bucket is planned by."""

    name: str
    candidates: tuple[Candidate, ...]


def replay(
    cycle: Cycle,
    candidates: Sequence[Candidate] = DEFAULT_CANDIDATES,
    months: int = 24,
    warm_up: int = 3,
    horizon: int = 9,
    choose_every: int = 3,
    jobs: int = -1,
    report: Callable[[str], None] = lambda said: None,
) -> Tables:
    """Roll the cycle through the `months` buckets before `cycle`, once for each candidate and each bound.

    Args:
        candidates: the first is what the others are compared with.
        warm_up: buckets lived through before those that count.
        horizon: buckets every plan looks ahead.
        choose_every: buckets after which forecasting methods are tried and chosen anew; in between the last trial
            stands, which knows no more than was known when it was made.
        jobs: processes; -1 = as many as there are cores, or all workers of the cluster in force.

    Gives replay_months and replay_scores. Raises PlanningError where history does not reach back so far, and as the
    steps do. What was replayed before with the same data, settings and code is not replayed again.
    """
    asked = [*candidates, *(each for each in BOUNDS if each.name not in {one.name for one in candidates})]
    past = know_past(cycle, months, warm_up, horizon, choose_every, jobs, report)
    found = roll(past, [always(past, each) for each in asked], jobs, report)
    return {"replay_months": found, "replay_scores": replay_scores(found, asked, asked[0].name)}


def roll(past: Past, ways: Sequence[Way], jobs: int, report: Callable[[str], None]) -> pd.DataFrame:
    """Each way through all buckets of the past (table replay_months, the way's name as candidate).

    Ways that begin alike share what they have in common with one that was rolled before.
    """
    tasks = _forecasts_asked(past, ways)
    _forecast_all(past, tasks, jobs)
    report(f"{len({key for _, kinds in tasks for key in kinds})} kinds of forecast: done")
    lived = _live_all(past, sorted(ways, key=lambda one: bool(one.candidates[0].supply)), jobs)
    report(f"{len(ways)} ways of planning: done")
    return checked(lived, table("replay_months"))


def always(past: Past, candidate: Candidate) -> Way:
    """The way that plans every bucket by the same candidate."""
    return Way(candidate.name, (candidate,) * (len(past.starts) - 1))


def _forecasts_asked(past: Past, ways: Sequence[Way]) -> list[tuple[list[pd.Timestamp], dict[str, Candidate]]]:
    """Which buckets in a row are to be forecast by which candidates, by key; those together share their backtests."""
    tasks: dict[tuple[int, str], dict[str, Candidate]] = {}
    for way in ways:
        for number, candidate in enumerate(way.candidates):
            if not candidate.foresight:
                at = (number // past.choose_every, _trial_key(past, candidate))
                tasks.setdefault(at, {}).setdefault(_forecast_key(past, candidate), candidate)
    starts, step = list(past.starts[:-1]), past.choose_every
    return [
        (starts[chunk * step : (chunk + 1) * step], kinds)
        for (chunk, _), kinds in sorted(tasks.items(), key=lambda one: one[0])
    ]


def _forecast_key(past: Past, candidate: Candidate) -> str:
    """The same for candidates that forecast alike."""
    return short_hash([candidate.demand_settings(past.params).model_dump(), candidate.overrides, past.choose_every])


def _trial_key(past: Past, candidate: Candidate) -> str:
    """The same for candidates whose methods are tried alike."""
    settings = candidate.demand_settings(past.params).model_dump()
    return short_hash({name: said for name, said in settings.items() if name not in TRIED_ALIKE})


def _forecasts(past: Past, key: str, start: pd.Timestamp) -> Path:
    return past.folder / "forecasts" / key / f"{start:%Y-%m-%d}"


def _forecast_all(past: Past, tasks: Sequence[tuple[list[pd.Timestamp], dict[str, Candidate]]], jobs: int) -> None:
    """Keep demand_plan, lead_time_demand and backtest of every start that has none, for each kind of forecast."""
    wanted = [
        {key: [start for start in starts if not _forecasts(past, key, start).exists()] for key in kinds}
        for starts, kinds in tasks
    ]
    asked = [(task, lacks) for task, lacks in zip(tasks, wanted, strict=True) if any(lacks.values())]

    def pieces() -> Iterator[tuple]:
        for (starts, kinds), lacks in asked:
            there = [(key, start) for key in kinds for start in starts if start not in lacks[key]]
            tried = kept(_forecasts(past, *there[0]), ("backtest",))["backtest"] if there else None
            settings = [
                (key, each.demand_settings(past.params), each.overrides == "left_out", lacks[key])
                for key, each in kinds.items()
            ]
            needed = sorted({start for some in lacks.values() for start in some})
            known = {start: known_at(past, start, demand.INPUTS) for start in needed}
            yield settings, past.horizon, known, tried

    for made in share_out(_forecast, pieces(), jobs):
        for (key, start), tables in made.items():
            keep(_forecasts(past, key, start), tables)


def _forecast(
    settings: Sequence[tuple[str, Demand, bool, list[pd.Timestamp]]],
    horizon: int,
    known: dict[pd.Timestamp, Tables],
    tried: pd.DataFrame | None,
) -> dict[tuple[str, pd.Timestamp], Tables]:
    """The forecasts of some buckets in a row, of kinds whose methods are tried alike.

    Each kind is its key, its settings, whether overrides are left out, and its buckets. Methods are tried once, in the
    first bucket, unless they were (`tried`).
    """
    found = {}
    for key, each, left_out, starts in settings:
        for start in starts:
            tables = known[start]
            if left_out:
                tables = {**tables, "overrides": tables["overrides"].iloc[:0]}
            made = demand.plan(each, start, horizon, backtest=tried, **tables)
            tried = made["backtest"]
            found[key, start] = {name: made[name] for name in FORECAST}
    return found


def _live_all(past: Past, ways: Sequence[Way], jobs: int) -> pd.DataFrame:
    """The ways through all buckets (rows of replay_months), each from where it was kept last."""
    places, months = {way.name: _lived(past, way) for way in ways}, []
    now: dict[str, Standing] = {}
    for number, (start, after) in enumerate(pairwise(past.starts)):
        folders = {way.name: places[way.name][number] for way in ways}
        wanted = {folders[way.name]: way for way in reversed(ways) if not folders[way.name].exists()}
        if wanted and not number:
            now = dict.fromkeys(folders, (_opening(past), None))
        asked = [(way.candidates[number], now[way.name]) for way in wanted.values()]
        made = share_out(_live_bucket, _to_live(past, asked, start, after), jobs)
        for folder, (row, state, planned) in zip(wanted, made, strict=True):
            row = {"bucket": start, "scored": number >= past.warm_up, **row}
            keep(folder, {**_as_tables(state), "sourcing_plan": planned, "month": pd.DataFrame([row])})
        now = {name: _standing(folder) for name, folder in folders.items()}
        months += [pd.read_parquet(folder / "month.parquet").assign(candidate=name) for name, folder in folders.items()]
    return pd.concat(months, ignore_index=True)


def _lived(past: Past, way: Way) -> list[Path]:
    """Where what a way lived through is kept, by bucket.

    What is kept of a candidate is told apart by what it was and, where another planned before it, since when.
    """
    prices = int(pd.util.hash_pandas_object(past.net_price).sum())
    key = short_hash([past.params.supply.model_dump(), past.warm_up, code_of(LIVED_CODE), prices])
    before, found = None, []
    for number, (start, candidate) in enumerate(zip(past.starts, way.candidates, strict=False)):
        if candidate != before:
            said = [candidate.supply_settings(past.params).model_dump(), candidate.model_dump()]
            key = short_hash([key, *said, _forecast_key(past, candidate), start if number else ""])
            before = candidate
        found.append(past.folder / "lived" / f"{candidate.name}-{key}" / f"{start:%Y-%m-%d}")
    return found


def _standing(folder: Path) -> Standing:
    """The state after a bucket, and what was planned in it."""
    parts = kept(folder, ("on_hand", "under_way", "owed", "sourcing_plan"))
    planned = parts.pop("sourcing_plan")
    return State(**parts, cash=float(pd.read_parquet(folder / "month.parquet")["cash"].iloc[0])), planned


def _to_live(
    past: Past, asked: Iterable[tuple[Candidate, Standing]], start: pd.Timestamp, after: pd.Timestamp
) -> Iterator[tuple]:
    """What `_live_bucket` takes, for each candidate from where it stands."""
    known = known_at(past, start, PLANNED_FROM)
    orders = past.orders[past.orders["bucket"] == start].drop(columns="bucket")
    shared = (past.params.supply.allocation == "fair_share", past.net_price, past.by, orders, known, start, after)
    for each, standing in asked:
        if each.foresight:
            demand_plan = plannable(foreseen(past.orders, ahead(known, start)), known)
            forecast = {"demand_plan": demand_plan, "lead_time_demand": None}
        else:
            forecast = kept(_forecasts(past, _forecast_key(past, each), start), ("demand_plan", "lead_time_demand"))
        yield each, each.supply_settings(past.params), *standing, forecast, *shared


def _opening(past: Past) -> State:
    start = past.starts[0]
    known = known_at(past, start, PLANNED_FROM)
    before = past.orders[past.orders["bucket"] < start]
    return opening_state(past.params.supply, known, before, ahead(known, start))


def _live_bucket(
    candidate: Candidate,
    settings: Supply,
    state: State,
    last: pd.DataFrame | None,
    forecast: Tables,
    alike: bool,
    net_price: pd.Series,
    by: Yardstick,
    orders: pd.DataFrame,
    known: Tables,
    start: pd.Timestamp,
    after: pd.Timestamp,
) -> tuple[dict[str, Any], State, pd.DataFrame]:
    """Plan one bucket and live it: its figures, the state after it, and what was planned."""
    asked = (candidate.changes, last, candidate.foresight)
    decisions, planned = plan_bucket(settings, known, forecast, state, start, *asked)
    lived = live(state, decisions, orders, net_price, known, start, after, alike)
    row = month_row(state, lived, by) | forecast_error(forecast["demand_plan"], orders, by, start)
    row |= {"nervousness": decisions.nervousness, "imbalance": imbalance(state, lived)}
    return row, lived.state, planned


def _as_tables(state: State) -> Tables:
    return {"on_hand": state.on_hand, "under_way": state.under_way, "owed": state.owed}
