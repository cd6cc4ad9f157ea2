"""The forecast lab: add a method in one line, see what it is worth, and promote it to the cycle."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sopbench.contract import PlanningError, Problem, table
from sopbench.contract.words import in_units
from sopbench.cycle import open_cycle
from sopbench.lab import promote as change
from sopbench.lab import trial
from sopbench.lab.bar import Bar, Report
from sopbench.lab.effect import Effect, effect
from sopbench.lab.methods import Method, from_object, from_specs, one_line, promotable, reloaded
from sopbench.lab.opened import demand_tables, gathered
from sopbench.lab.scores import ALL, could_not, leaderboard, refuse_untried, series_misses
from sopbench.lab.store import Store, data_hash
from sopbench.lab.trial import CHOICE, COMBINATION, NEW, SERIES
from sopbench.params import load

CLOCKED = 100
"""Series a method is timed on; the same for every method."""

TOLD = 3
"""Series of a failing method that are asked why."""


class ForecastLab:
    """A cycle's series with the methods the cycle uses, to which methods are added to be tried beside them.

    Nothing is written but trials, kept in `lab/` beside the cycles so that none is done twice, and, on demand, the
    params file.
    """

    def __init__(self, params_file: str | Path, cycle: str = "", sample: int = 0, **settings: dict[str, Any]):
        """Open a cycle; empty: the one the params file names. `sample`: try methods on so many series only (0: all).

        `settings` are put over the params file's, a dict for each section. Takes the gathered tables of the cycle, or
        gathers by itself. Raises PlanningError as the cycle itself would.
        """
        self.cycle = open_cycle(params_file, cycle or None, **settings)
        params = self.cycle.params
        self.currency = params.currency
        tables, self._origin_of_data = gathered(self.cycle)
        self.items = tables["items"]
        self.panel = trial.panel(params.demand, self.cycle.start, params.horizon, tables)
        self._whole = len(self.panel.values)
        if 0 < sample < self._whole:
            self.panel = trial.part(self.panel, self._systematic(sample))
        specs = {**params.demand.methods, **params.demand.more_methods}
        self._of_cycle = from_specs(specs, self.panel.season, params.demand.modules)
        self._members = [name for name in trial.combined(self.panel.settings) if name in self._of_cycle]
        self._added: dict[str, Method] = {}
        self._trials: dict[tuple[str, int], pd.DataFrame] = {}
        self._seconds: dict[str, float] = {}
        self._why: dict[str, str] = {}
        self._banded: dict[tuple[str, ...], pd.DataFrame] = {}
        self._effects: dict[tuple[str, ...], Effect] = {}
        self._store, self._data = Store(self.cycle.folder.parent / "lab"), data_hash(self.panel)
        self._saved = demand_tables(self.cycle)
        self._take_saved()

    @property
    def methods(self) -> dict[str, Method]:
        """Every method of the lab by name: those of the cycle, then those added."""
        return {**self._of_cycle, **self._added}

    @property
    def added(self) -> list[str]:
        """The names of the methods added."""
        return list(self._added)

    def in_words(self) -> str:
        """What is on the bench, in a few sentences."""
        count, asked = len(self.panel.values), self.panel.settings.backtest
        part = f"{in_units(count)} series" if count == self._whole else f"{in_units(count)} of {self._whole:,} series"
        ready = sum(self._done(method)[0] == self._done(method)[1] for method in self._of_cycle.values())
        return (
            f"{part} of {self.cycle.params.title or self.cycle.params.company}, data {self._origin_of_data}. "
            f"Methods are tried from {len(trial.ends(self.panel))} origins, {asked.horizon} buckets ahead. The cycle "
            f"uses {len(self._of_cycle)} methods, {ready} of them tried already; {len(self._added)} added."
        )

    def add(self, name: str, method: Any) -> None:
        """Add a method: an sktime spec string ({season}: buckets in a season), an estimator, or a class of your own.

        A name added before is taken by the new method. Raises PlanningError where it makes no forecaster, or the name
        is that of a method of the cycle.
        """
        if name in (*self._of_cycle, COMBINATION) or not name.isidentifier():
            message = "this is no name" if not name.isidentifier() else "a method of the cycle has this name"
            raise PlanningError(Problem("forecast lab", name, "", message, "call it something else, e.g. theta_2"))
        modules = self.cycle.params.demand.modules
        reloaded(modules)
        if isinstance(method, str):
            self._added[name] = from_specs({name: one_line(method)}, self.panel.season, modules)[name]
        else:
            self._added[name] = from_object(name, method)

    def remove(self, name: str) -> None:
        """Take an added method off the bench again."""
        if name not in self._added:
            mend = f"added are: {', '.join(self._added) or 'none'}"
            raise PlanningError(Problem("forecast lab", name, "", "no such method was added", mend))
        del self._added[name]

    def run(self, report: Report | None = None) -> pd.DataFrame:
        """Try every method at every origin where it has not been tried on this data, and time it; shows a bar.

        An interrupt (the stop button) keeps what is done; run() again goes on from there. A method that fails stops no
        other. Gives `tried()`.
        """
        report = report or Bar("Trying methods")
        open_ones = [
            (method, asked)
            for method in self.methods.values()
            for asked in trial.together(self.panel, method.forecaster)
            if not all(self._has(method, end) for end in asked)
        ]
        to_time = [method for method in self.methods.values() if method.key not in self._seconds]
        total, done = len(open_ones) + len(to_time), 0
        try:
            for method, asked in open_ones:
                report(done, total, f"{method.name} from {trial.origin(self.panel, asked[0]):%Y-%m-%d}")
                self._try(method, asked)
                done += 1
            for method in to_time:
                report(done, total, f"timing {method.name}")
                self._time(method)
                done += 1
            self._ask_why()
        except KeyboardInterrupt:
            report(done, total, "stopped; run() goes on from here")
        else:
            report(total, total, "")
        return self.tried()

    def tried(self) -> pd.DataFrame:
        """How far each method has been tried: method, origins, of, could_not (series lacking one), why, state.

        `why` names some of the series a method could not forecast and what it said.
        """
        backtest = self._rows()
        rows = []
        for name, method in self.methods.items():
            done, of = self._done(method)
            at = [trial.origin(self.panel, end) for end in trial.ends(self.panel) if self._has(method, end)]
            here = backtest[backtest["method"].isin(["naive", name]) & backtest["origin"].isin(at)]
            lacking = could_not(here, self.panel.segment, [name]).loc[ALL, name]
            state = "tried" if done == of else "not tried yet" if done == 0 else "in part: run() does the rest"
            if done == of and name not in set(here["method"]):
                state = "forecasts nothing"
            rows.append((name, done, of, int(lacking), self._why.get(method.key, ""), state))
        return pd.DataFrame(rows, columns=["method", "origins", "of", "could_not", "why", "state"])

    def backtest(self) -> pd.DataFrame:
        """Every trial done, as rows of the contract table backtest; the combination of methods last, if any."""
        return self._with_combination(self._rows(), self._members)

    def _rows(self) -> pd.DataFrame:
        """Every trial done, without the combination."""
        parts = [
            self._trials[method.key, end].assign(method=name)
            for end in trial.ends(self.panel)
            for name, method in self.methods.items()
            if self._has(method, end)
        ]
        return pd.concat(parts, ignore_index=True) if parts else table("backtest").empty()

    def _with_combination(self, rows: pd.DataFrame, members: list[str], name: str = COMBINATION) -> pd.DataFrame:
        """The rows with the median of the members as one more method, where all of them are tried everywhere."""
        if not members or any(len(set(self._done(self.methods[each]))) > 1 for each in members):
            return rows
        return pd.concat([rows, trial.combination(rows, members, name)], ignore_index=True)

    def leaderboard(self, segment: str = "", bands: bool = True) -> pd.DataFrame:
        """Methods ranked by money missed in each segment, on the same cells (see scores.leaderboard).

        `segment`: only that one. `bands`: measure p10 to p90 too, which costs a few seconds for many series. Methods
        in part tried are left out. Where the cycle forecasts by the median of several methods, that is a method too
        ("combination"), and with each added one among them ("combination with ..."). What the cycle does now is among
        them as the method "the cycle's choice", once all its methods are tried, each origin by a choice made without
        it. `seconds`: to forecast 1,000 series, all measured on the same ones.
        """
        names, rows = self._whole_trials(bands)
        board = leaderboard(
            self._judged(), rows, self.items, [*names, *rows["method"][~rows["method"].isin(names)].unique()]
        )
        seconds = {name: self._seconds.get(self.methods[name].key, np.nan) for name in names}
        added = [*self._added, *(_with(name) for name in self._added)]
        board = board.assign(seconds=board["method"].map(seconds), added=board["method"].isin(added))
        return board[board["segment"] == segment].reset_index(drop=True) if segment else board

    def worst_series(self, count: int = 6, methods: list[str] | None = None) -> pd.DataFrame:
        """The series whose misses cost most money at list price, as the cycle would have forecast them.

        Rows: item_id, location_id, description, family, segment, chosen (the cycle's method), money_missed (by it),
        then a column for each of `methods` (all added where none are named), best and money_best (the best method).
        Raises PlanningError where one of them or of the cycle's methods is not tried at every origin.
        """
        wanted = self._complete(methods or self.added)
        self._complete(list(self._of_cycle))
        names, rows = self._whole_trials(bands=False)
        rows = rows[~rows["method"].isin([CHOICE, *(_with(name) for name in self._added)])]
        misses = series_misses(self._judged(), rows, self.items)
        ours = [name for name in (*self._of_cycle, COMBINATION) if name in misses]
        choice = trial.chosen(self.panel, rows[rows["method"].isin(ours)], ours)["method"].rename("chosen")
        told = misses.join(choice, how="inner")
        at = misses.columns.get_indexer(told["chosen"])
        told = told.assign(
            money_missed=np.where(at >= 0, misses.to_numpy()[np.arange(len(told)), at], np.nan),
            best=misses.idxmin(axis=1),
            money_best=misses.min(axis=1),
        )
        told = told.join(self._judged().segment.rename("segment")).reset_index()
        told = told.merge(self.items[["item_id", "description", "family"]], on="item_id")
        told = told.sort_values(["money_missed", *SERIES], ascending=[False, True, True]).head(count)
        wanted = [name for name in wanted if name in misses]
        names = [*SERIES, "description", "family", "segment", "chosen", "money_missed", *wanted, "best", "money_best"]
        return told[names].reset_index(drop=True)

    def effect_on_cycle(self, *names: str, combine: bool = True, report: Report | None = None) -> Effect:
        """What the cycle's demand plan would be with these methods added (all added ones where none are named).

        `combine`: where the cycle forecasts by a combination, they are part of it, not only beside it. Raises
        PlanningError where a method is not tried at every origin, or the lab works on a sample.
        """
        wanted = tuple(self._complete(list(names) or self.added))
        if len(self.panel.values) < self._whole:
            mend = "open the lab without sample"
            raise PlanningError(Problem("forecast lab", "sample", "", "a plan needs every series", mend))
        self._complete(list(self._of_cycle))
        members = [*self._members, *wanted] if combine and self._members else self._members
        key = (*(f"{name} {self.methods[name].key}" for name in wanted), *members)
        if key not in self._effects:
            report = report or Bar("Planning demand")
            report(0, 2, "as the cycle does")
            before = self._saved or self._planned(list(self._of_cycle), self._members)
            report(1, 2, f"with {', '.join(wanted)}")
            after = self._planned([*self._of_cycle, *wanted], members)
            if members != self._members:
                named = {COMBINATION: f"{COMBINATION} with {', '.join(wanted)}"}
                after["method_choice"] = after["method_choice"].replace({"method": named})
            report(2, 2, "")
            self._effects[key] = effect(self.panel, before, after, self.items, wanted, self.currency)
        return self._effects[key]

    def promote(self, name: str, why: str = "", write: bool = False, combine: bool = True) -> change.Diff:
        """Show what promoting a method changes in the params file; with `write=True`, change it.

        The method goes into `demand.methods` where the file lists methods, else into `demand.more_methods`, beside the
        package's own; `why` becomes a comment. `combine`: where the cycle forecasts by a combination, the method also
        joins `demand.combine`. What the file says now counts, not what it said when the lab was opened. Raises
        PlanningError where no params file can name the method, and where the file cannot be changed safely.
        """
        if name not in self._added:
            mend = f"added are: {', '.join(self._added) or 'none'}"
            raise PlanningError(Problem("forecast lab", name, "", "no such method was added", mend))
        done, of = self._done(self._added[name])
        if done == of and not len(self._rows().query("method == @name")):
            why = self._why.get(self._added[name].key, "")
            raise PlanningError(Problem("forecast lab", name, why, "it forecasts nothing", "add it again, mended"))
        path = self.cycle.params_file
        now = load(path).demand
        spec, module = promotable(self._added[name], self.panel.season, now.modules, path.parent)
        before = change.read_text(path)
        after = change.with_module(before, module) if module else before
        where = "methods" if "methods" in now.model_fields_set else "more_methods"
        after = change.with_entry(after, where, name, spec, why)
        there = {
            *trial.ALWAYS,
            *now.methods,
            *now.more_methods,
        }  # the company may have replaced a default one
        members = [member for member in trial.combined(now) if member in there]
        if combine and members and name not in members:
            after = change.with_list(after, "combine", [*members, name], "whose median is the forecast")
        change.checked_text(after, path)
        if write:
            change.write_text(after, path, before)
            load(path)
        said = change.diff(before, after, self.cycle.params_name)
        return change.Diff(f"{self._next(name, write)}\n\n{said}" if said else f"{name} stands in the file already.")

    def _next(self, name: str, written: bool) -> str:
        if not written:
            return "Nothing is written yet: the same call with write=True writes this."
        if self.cycle.approval():
            return f"Written. Cycle {self.cycle.name} is approved and stays as it is: {name} counts from the next one."
        return f"Written. Now: sopbench run {self.cycle.params_name} --cycle {self.cycle.name}"

    def _take_saved(self) -> None:
        """Take the trials of the cycle's own methods from its table backtest, where it still holds."""
        if not self._saved:
            return
        rows = self._saved["backtest"]
        mine = pd.MultiIndex.from_frame(rows[SERIES]).isin(self.panel.values.index)
        by_trial = dict(list(rows[mine].groupby(["method", "origin"])))
        for method in self._of_cycle.values():
            for end in trial.ends(self.panel):
                key = (method.name, trial.origin(self.panel, end))
                self._trials[method.key, end] = by_trial.get(key, rows.iloc[:0]).reset_index(drop=True)

    def _has(self, method: Method, end: int) -> bool:
        """Whether a trial is done, in this object or on disk."""
        if (method.key, end) not in self._trials and method.kept:
            kept = self._store.get(self._data, method.key, end)
            if kept is not None:
                self._trials[method.key, end] = kept
        return (method.key, end) in self._trials

    def _done(self, method: Method) -> tuple[int, int]:
        asked = trial.ends(self.panel)
        return sum(self._has(method, end) for end in asked), len(asked)

    def _try(self, method: Method, asked: list[int]) -> None:
        try:
            told = trial.trial(self.panel, method.name, method.forecaster, asked)
        except Exception as error:  # noqa: BLE001 - a method that fails stops no other
            self._why[method.key] = f"{type(error).__name__}: {error}".split("\n")[0][:120]
            told = [table("backtest").empty() for _ in asked]
        for end, rows in zip(asked, told, strict=True):
            self._trials[method.key, end] = rows
            if method.kept and len(rows):
                self._store.put(rows, self._data, method.key, end)

    def _time(self, method: Method) -> None:
        """Seconds to forecast 1,000 series: the same series for every method, from the last origin, warm."""
        end = trial.ends(self.panel)[-1]
        seen = self.panel.values.iloc[:, : end - self.panel.settings.backtest.horizon].notna().sum(axis=1)
        rows = np.flatnonzero((seen >= self.panel.season).to_numpy())
        rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(CLOCKED, len(rows))).round().astype(int))]
        if len(rows):
            trial.forecast(self.panel, method.forecaster, rows[:2], end)
            began = time.perf_counter()
            trial.forecast(self.panel, method.forecaster, rows, end)
            self._seconds[method.key] = (time.perf_counter() - began) / len(rows) * 1000.0

    def _ask_why(self) -> None:
        """Ask each method about the first series it could not forecast at the last origin where it lacks some."""
        for method in self.methods.values():
            for end in trial.ends(self.panel)[::-1] if method.key not in self._why else []:
                has = pd.MultiIndex.from_frame(self._trials[method.key, end][SERIES])
                asked = pd.MultiIndex.from_frame(self._trials[self._of_cycle["naive"].key, end][SERIES]).unique()
                lacking = asked[~asked.isin(has)]
                if len(lacking):
                    rows = self.panel.values.index.get_indexer(lacking[:TOLD])
                    why = trial.forecast(self.panel, method.forecaster, rows, end)
                    said: dict[str, list[str]] = {}
                    for row, text in sorted(why.items()):
                        said.setdefault(text, []).append(" at ".join(lacking[row]))
                    told = [f"{', '.join(series)}: {text}" for text, series in said.items()]
                    self._why[method.key] = "; ".join(told) or "together with the others only"
                    break

    def _whole_trials(self, bands: bool) -> tuple[list[str], pd.DataFrame]:
        """The methods tried at every origin, and their backtest; with all of the cycle's, its choice as a method too.

        Raises PlanningError where the naive one is not tried.
        """
        self._complete(["naive"])
        names = [name for name, method in self.methods.items() if len(set(self._done(method))) == 1]
        key = (*(f"{name} {self.methods[name].key}" for name in names), str(bands))
        if key not in self._banded:
            backtest = self.backtest()
            rows = backtest[backtest["method"].isin([*names, COMBINATION])]
            ours = rows[rows["method"].isin([*self._of_cycle, COMBINATION])]
            if set(self._of_cycle) <= set(names):
                rows = pd.concat([rows, trial.chosen_unseen(self.panel, ours, CHOICE)], ignore_index=True)
            told = set(backtest["method"])
            for name in [each for each in self._added if each in told and each in names and self._members]:
                rows = self._with_combination(rows, [*self._members, name], _with(name))
            self._banded = {key: trial.with_bands(self.panel, rows) if bands else rows}
        return names, self._banded[key]

    def _judged(self) -> trial.Panel:
        """The panel in which series too young to be tried at every origin are called new."""
        naive = self._of_cycle["naive"].key
        ends = trial.ends(self.panel)
        tried = [pd.MultiIndex.from_frame(self._trials[naive, end][SERIES]).unique() for end in ends]
        old = np.logical_and.reduce([self.panel.values.index.isin(rows) for rows in tried])
        return replace(self.panel, segment=self.panel.segment.where(old, NEW))

    def _complete(self, names: list[str]) -> list[str]:
        """The names; raises PlanningError for each that is unknown or not tried at every origin."""
        refuse_untried(names, {name: self._done(method) for name, method in self.methods.items()})
        return names

    def _planned(self, names: list[str], members: list[str]) -> dict[str, pd.DataFrame]:
        rows = self._rows()
        rows = self._with_combination(rows[rows["method"].isin(names)], members)
        return trial.planned(self.panel, {name: self.methods[name].forecaster for name in names}, rows, members)

    def _systematic(self, count: int) -> np.ndarray:
        """So many rows of the panel, evenly through its segments and, within each, through the money sold."""
        price = self.items.set_index("item_id")["unit_price"].reindex(self.panel.values.index.get_level_values(0))
        worth = np.nan_to_num(self.panel.values.to_numpy()).sum(axis=1) * price.fillna(0.0).to_numpy()
        order = np.lexsort((-worth, self.panel.segment.to_numpy(dtype=str)))
        return np.sort(order[np.linspace(0, len(order) - 1, count).round().astype(int)])


def _with(name: str) -> str:
    """What the cycle's combination is called with an added method in it."""
    return f"{COMBINATION} with {name}"
