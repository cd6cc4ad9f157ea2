"""Which plan is put to the executives, and which options they choose among.

Only what the company can choose can be recommended: base or an option. A risk happens or it does not; the meeting
looks at it to see how well the recommended plan would stand it.
"""

from __future__ import annotations

from difflib import get_close_matches

import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.contract.words import in_money, in_share
from sopbench.params import Executive

SHOWN = 3
"""Plans the executives choose among, base with them."""

AS_GOOD = 0.0005
"""Share of service that counts as no difference: what shows as 0.0 points."""

NOTHING = 0.001
"""Share of a measure below which a difference is not worth a word."""


def recommend(
    settings: Executive, *, scenarios: pd.DataFrame, scenario_kpis: pd.DataFrame, currency: str = ""
) -> tuple[str, str]:
    """The scenario recommended, and why in one sentence.

    settings.recommend where it names one; else the plan with the highest contribution (what it takes once
    taken off) among base and the options that serve customers no worse than base. On equal terms base stays.

    Args:
        settings: the executive section of the parameters.
        scenarios: kind, owner and cost of each.
        scenario_kpis: contribution and service decide, late_or_lost and inventory_average are told.
        currency: for the sentence.

    Raises:
        PlanningError where settings.recommend is no scenario, or one the company cannot choose.
    """
    kpis = scenario_kpis.pivot_table("value", "scenario", "kpi", "sum")
    choices = scenarios.loc[scenarios["kind"] != "risk", "scenario"].tolist()
    if settings.recommend:
        _refuse_unless_a_choice(settings.recommend, scenarios, choices)
        because = difference_in_words(settings.recommend, scenarios, kpis, currency)
        return settings.recommend, f"set in the parameters: {because}"
    serving = [name for name in choices if kpis.loc[name, "service"] >= kpis.loc["base", "service"] - AS_GOOD]
    best = _ranked(serving, kpis)[0]
    if best != "base":
        gains = difference_in_words(best, scenarios, kpis, currency)
        return best, f"the most profitable choice that serves customers no worse: {gains}"
    if len(choices) == 1:
        return "base", "there is no option beside it"
    nearest = _ranked([name for name in choices if name != "base"], kpis)[0]
    than = difference_in_words(nearest, scenarios, kpis, currency)
    return "base", f"no option earns more and serves as well; the best of them, {nearest.replace('_', ' ')}: {than}"


def options_shown(recommended: str, *, scenarios: pd.DataFrame, scenario_kpis: pd.DataFrame) -> list[str]:
    """The plans the executives choose among, at most three: base, the recommended one, the most profitable others."""
    kpis = scenario_kpis.pivot_table("value", "scenario", "kpi", "sum")
    options = scenarios.loc[scenarios["kind"] == "option", "scenario"].tolist()
    first = list(dict.fromkeys(["base", recommended]))
    others = [name for name in _ranked(options, kpis) if name not in first]
    return [*first, *others][:SHOWN]


def difference_in_words(name: str, scenarios: pd.DataFrame, kpis: pd.DataFrame, currency: str) -> str:
    """What the scenario changes against base, in money and service; `kpis` has a row a scenario, a column a measure."""
    if name == "base":
        return "the plan as it stands"
    than = kpis.loc[name] - kpis.loc["base"]
    cost = scenarios.set_index("scenario").loc[name, "cost"]
    parts = [f"contribution {_signed(than['contribution'], in_money)} {currency}".rstrip()]
    parts[0] += f" after {in_money(cost, currency)} to set it up" if cost else ""
    if abs(than["service"]) >= AS_GOOD:
        now, before = in_share(kpis.loc[name, "service"]), in_share(kpis.loc["base", "service"])
        parts.append(f"{now} served on time instead of {before}")
    for kpi, name in (("late_or_lost", "late or lost orders"), ("inventory_average", "stock on average")):
        if abs(than[kpi]) >= max(1.0, NOTHING * kpis.loc["base", kpi]):
            parts.append(f"{name} {_signed(than[kpi], in_money)} {currency}".rstrip())
    return ", ".join(parts)


def _ranked(names: list[str], kpis: pd.DataFrame) -> list[str]:
    """Most profitable first, to the coin; base before an option that is no better, then by name."""
    return sorted(names, key=lambda name: (-round(kpis.loc[name, "contribution"], 2), name != "base", name))


def _refuse_unless_a_choice(name: str, scenarios: pd.DataFrame, choices: list[str]) -> None:
    if name in choices:
        return
    if name in set(scenarios["scenario"]):
        message = f"{name} is a risk: it may happen, but it is not ours to choose"
        mend = "recommend one of " + ", ".join(choices) + f", or make {name} an option (kind: option)"
    else:
        near = get_close_matches(name, choices, 1)
        message = "there is no such scenario"
        mend = f"did you mean {near[0]}?" if near else "use one of " + ", ".join(choices)
    raise PlanningError(Problem("params", "executive.recommend", name, message, mend))


def _signed(value: float, said) -> str:
    return f"{'−' if value < 0 else '+'}{said(abs(value))}"
