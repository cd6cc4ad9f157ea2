"""Learning from the past: which settings would have been best, and what choosing them would have made out of sample.

Every value of every setting is replayed by itself. Then the learners are: each plans as the params file does until the
first origin, chooses there what had earned most until then, plans on with that from where it stands, and chooses anew
at the next. What a learner earned more than the params file, in buckets that no choice of its knew, is the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import yaml

from sopbench.contract.words import in_money
from sopbench.cycle import Cycle
from sopbench.params.text import Diff, checked_text, diff, read_text, with_setting, write_text
from sopbench.replay.candidates import DEFAULT_CANDIDATES, Candidate
from sopbench.replay.choosing import NOW, TOGETHER, choices, learned_table, margins, origins, refuse_too_few
from sopbench.replay.history import Tables
from sopbench.replay.parameters import DEFAULT_VALUES, Parameter, candidate, in_text, parameters, streams_heard
from sopbench.replay.past import Past, know_past, known_at
from sopbench.replay.run import Way, always, roll
from sopbench.replay.world import stacked


def learn(
    cycle: Cycle,
    months: int = 24,
    measured: int = 12,
    values: Mapping[str, Sequence[float]] | None = None,
    by_family: bool = False,
    warm_up: int = 3,
    horizon: int = 9,
    choose_every: int = 3,
    jobs: int = -1,
    report: Callable[[str], None] = lambda said: None,
) -> Tables:
    """Replay the `months` buckets before `cycle` with several values of its settings, and choose among them.

    Args:
        measured: the last buckets, which money is claimed for; the first choice is made on those before.
        values: by setting, the values tried (see DEFAULT_VALUES).
        by_family: a safety factor for each family, instead of one for all.
        choose_every: buckets after which settings, and forecasting methods, are chosen anew.
        warm_up, horizon, jobs: as for `replay`.

    Gives replay_months (NOW, every value and every learner), replay_choices and replay_learned. What a unit brought is
    an average of the buckets before the measured ones. Raises PlanningError as `replay` does, and where there are too
    few buckets to choose on. Goes on where it stopped; what stock rules alone change is not forecast anew.
    """
    refuse_too_few(months, measured)
    past = know_past(cycle, months, warm_up, horizon, choose_every, jobs, report, measured)
    scored = past.starts[warm_up:-1]
    at = origins(scored, measured, choose_every)
    asked = parameters(past.params, *_known(past), at[0], values or DEFAULT_VALUES, by_family)
    now = DEFAULT_CANDIDATES[0].model_copy(update={"name": NOW})
    ways = [Way(NOW, always(past, now).candidates)]
    for each in asked:
        ways += [Way(each.way(value), always(past, _with(now, [(each, value)])).candidates) for value in each.values]
    months_of_values = roll(past, ways, jobs, report)
    chosen = choices(margins(months_of_values), asked, [*at, past.starts[-1]])
    learners = _learners(past, now, asked, chosen, at)
    found = pd.concat([months_of_values, roll(past, learners, jobs, report)], ignore_index=True)
    return {
        "replay_months": found,
        "replay_choices": chosen,
        "replay_learned": learned_table(margins(found), chosen, asked, measured),
    }


def proposal(cycle: Cycle, learned: pd.DataFrame, write: bool = False) -> Diff:
    """Show what the proposed rows of replay_learned change in the params file; with `write=True`, change it.

    Raises PlanningError where the file cannot be changed safely.
    """
    path = cycle.params_file
    before = after = read_text(path)
    asked = learned[learned["proposed"]]
    if asked.empty:
        return Diff("Nothing is proposed: keep what you have.")
    for row in asked.itertuples():
        money = [in_money(each, cycle.params.currency) for each in (row.difference, row.low, row.high)]
        why = f"learned: {money[0]} more a bucket out of sample ({money[1]} to {money[2]})"
        after = with_setting(after, *_change(after, row.parameter, yaml.safe_load(row.best), learned), why)
    checked_text(after, path)
    if write:
        write_text(after, path, before)
    said = diff(before, after, cycle.params_name, "learned")
    head = "Written." if write else "Nothing is written yet: with --write (write=True) this is."
    return Diff(f"{head}\n\n{said}" if said else "It stands in the file already.")


def _known(past: Past) -> tuple[Tables, pd.DataFrame]:
    """The tables as known last, and who spoke in which bucket that is scored."""
    starts = past.starts[:-1]
    heard = [
        streams_heard(known_at(past, start, ("forecasts",))["forecasts"], start) for start in starts[past.warm_up :]
    ]
    return known_at(past, starts[-1], ("items", "policies", "sales")), stacked(heard)


def _with(now: Candidate, chosen: Sequence[tuple[Parameter, object]]) -> Candidate:
    """The candidate with the values chosen; `now` itself where they are all as they stand."""
    moved = [(parameter, value) for parameter, value in chosen if value != parameter.now]
    return candidate(moved) if moved else now


def _learners(
    past: Past, now: Candidate, asked: Sequence[Parameter], chosen: pd.DataFrame, at: Sequence[pd.Timestamp]
) -> list[Way]:
    """A way for each setting that has values to choose from, and one for all together where they are several."""
    told = chosen.set_index(["parameter", "bucket"])["value"]
    learned = [each for each in asked if each.values]
    groups = {each.name: [each] for each in learned} | ({TOGETHER: learned} if len(learned) > 1 else {})
    ways = []
    for name, group in groups.items():
        by_origin = [_with(now, [(each, _value(each, told[each.name, origin])) for each in group]) for origin in at]
        since = pd.DatetimeIndex(at).searchsorted(past.starts[:-1], side="right") - 1
        ways.append(Way(name, tuple(by_origin[number] if number >= 0 else now for number in since)))
    return ways


def _value(parameter: Parameter, said: str) -> object:
    """The value that is written so."""
    return next(value for value in (parameter.now, *parameter.values) if in_text(value) == said)


def _change(text: str, name: str, value: object, learned: pd.DataFrame) -> tuple[tuple[str, ...], object]:
    """Where a value goes in the file and what is written: one family's factor beside one for all takes all families."""
    section, setting, *entry = name.split(".", 2)
    stands = (yaml.safe_load(text).get(section) or {}).get(setting)
    if not entry or stands is None or isinstance(stands, dict):
        return (section, setting, *entry), value
    rows = learned[learned["parameter"].str.startswith(f"{section}.{setting}.")]
    others = {row.parameter.split(".", 2)[2]: float(row.now) for row in rows.itertuples()}
    return (section, setting), {**others, entry[0]: value}
