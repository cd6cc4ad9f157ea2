"""The decisions the executives must take: options and levers to choose, shortages to mend, budgets missed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd

from sopbench.contract import checked, table
from sopbench.contract.buckets import are_months
from sopbench.contract.words import Naming, in_money, in_share, in_units, naming, plain
from sopbench.executive.recommend import AS_GOOD, difference_in_words
from sopbench.params import Executive

CAUSES = {
    "resource": ("for want of hours on {id}", "add hours on {id} or move work off it"),
    "supplier": ("because {id} delivers no more", "have {id} raise its limit, or open a second source"),
    "lane": ("because no more goes by {id}", "have more carried by {id}, or send it another way"),
    "component": ("for want of {id}", "hurry {id}, or open a second source for it"),
    "lead time": (
        "because {id} cannot be there in time",
        "pay to have {id} sooner where it is worth it, and tell the customers the new dates now",
    ),
    "source limit": ("because {id} gives no more", "raise the limit of {id}, or open a second source"),
    "no source": ("because nothing supplies {id}", "name a source for {id}, or take it off sale"),
    "policy": (
        "though nothing is in the way",
        "pay to serve them, or agree that the plan may be late here",
    ),
}
"""How a cause of shortage is said, and what can be done about it."""


def decisions(
    settings: Executive,
    start: pd.Timestamp,
    recommended: str,
    *,
    scenarios: pd.DataFrame,
    scenario_kpis: pd.DataFrame,
    shortages: pd.DataFrame,
    capacity_plan: pd.DataFrame,
    financial_plan: pd.DataFrame,
    comparison: pd.DataFrame,
    items: pd.DataFrame,
    currency: str,
    levers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What must be decided, ranked by the money that hangs on it (contract table decisions).

    Options: each one shown, yes or no, by its contribution. Levers framed by the pre-S&OP: by what each earns.
    Shortages of the recommended plan: one decision a cause, by the revenue at risk. Families planned under their
    budget: accept or act, by what is missing. Stock the plan lets expire: by its standard cost. Shortages, budgets and
    stock count from settings.material_share of planned revenue; settings.owners says who decides on them.

    Everything is due settings.decide_within_days after the cycle starts, an option or lever before its first bucket.

    Args:
        settings: the executive section of the parameters.
        start: the first day of the cycle.
        recommended: the scenario recommended.
        scenarios, scenario_kpis: base and the options shown.
        shortages, capacity_plan, financial_plan: of base and the options shown, so that it can be said what an
            option would mend.
        comparison: the recommended plan beside the budget.
        items: description and family.
        currency: for the sentences.
        levers: those to put before the executives, as the pre-S&OP ranked them; None = none.
    """
    ours = {"shortages": shortages, "capacity_plan": capacity_plan, "financial_plan": financial_plan}
    ours = {name: frame[frame["scenario"] == recommended] for name, frame in ours.items()}
    said = naming(financial_plan["bucket"])
    revenue = ours["financial_plan"].loc[ours["financial_plan"]["line"] == "revenue", "value"].sum()
    least = settings.material_share * revenue
    last = start.normalize() + pd.Timedelta(days=settings.decide_within_days)
    when = partial(_due, start.normalize(), last, settings.decide_within_days)
    rows = [
        *_options(recommended, scenarios, scenario_kpis, currency, when),
        *_levers(recommended, table("levers").empty() if levers is None else levers, currency, when),
        *_shortages(recommended, scenarios, shortages, ours["capacity_plan"], items, least, currency, said),
        *_budgets(comparison, least, currency, said),
        *_write_offs(ours["financial_plan"], least, currency),
    ]
    if not rows:
        return table("decisions").empty()
    found = pd.DataFrame(rows).assign(due=lambda found: found["due"].fillna(last) if "due" in found else last)
    found["owner"] = found["owner"].mask(found["owner"] == "", found["about"].map(settings.owners)).fillna("")
    found = found.sort_values("money", ascending=False, kind="stable", ignore_index=True)
    number = pd.Series(range(1, len(found) + 1)).map("{:02d}".format)
    cycle = f"{start:%Y-%m}" if are_months(financial_plan["bucket"]) else f"{start:%Y-%m-%d}"
    return checked(found.assign(decision_id=cycle + "/D" + number).drop(columns="about"), table("decisions"))


When = Callable[[pd.Timestamp], tuple[pd.Timestamp, str]]
"""By when what starts in a bucket must be decided, and why by then, in words."""


def _due(start: pd.Timestamp, last: pd.Timestamp, within: int, first: pd.Timestamp) -> tuple[pd.Timestamp, str]:
    """The day by which it is decided: its first bucket where that comes before the last day for decisions."""
    if pd.notna(first) and first < last:
        day = max(first, start)
        return day, f"decide by {day.day} {day:%b %Y}, when it starts"
    return last, f"decide within {within} days, by {last.day} {last:%b %Y}"


def _options(
    recommended: str, scenarios: pd.DataFrame, scenario_kpis: pd.DataFrame, currency: str, when: When
) -> list[dict]:
    kpis = scenario_kpis.pivot_table("value", "scenario", "kpi", "sum")
    rows = []
    for option in scenarios[scenarios["kind"] == "option"].to_dict("records"):
        name = option["scenario"]
        than = kpis.loc[name, "contribution"] - kpis.loc["base", "contribution"]
        worse = kpis.loc[name, "service"] < kpis.loc["base", "service"] - AS_GOOD
        if name == recommended:
            word = "Yes"
        elif than <= 0 or worse:
            word = "No, it serves customers worse" if worse else "No"
        else:
            word = f"Not in this plan, which is {plain(recommended)}"
        due, by = when(option["starts"])
        rows.append(
            {
                "about": "option",
                "question": f"Take the option {plain(name)}? {option['question']}",
                "recommendation": f"{word}: {difference_in_words(name, scenarios, kpis, currency)}; {by}",
                "owner": option["owner"],
                "due": due,
                "money": abs(than),
            }
        )
    return rows


def _levers(recommended: str, levers: pd.DataFrame, currency: str, when: When) -> list[dict]:
    """Each lever, with what it closes, what that costs and what is left; it was solved on base."""
    rows = []
    for lever in levers.to_dict("records"):
        due, by = when(lever["starts"])
        closes, costs, earns = (in_money(abs(lever[name]), currency) for name in ("closes_money", "costs", "earns"))
        does = f"closes {closes} of late or lost orders"
        if lever["gap"] == "budget":
            does = f"brings {closes} of revenue in {plain(lever['gap_key'])}"
        takes = f"for {costs}" if lever["costs"] >= 0 else f"and saves {costs}"
        word = "Yes, if it can be had so" if recommended == "base" else f"Solve it on {plain(recommended)} first"
        than = "" if recommended == "base" else "beside base it "
        rows.append(
            {
                "about": lever["gap"],
                "question": f"Take this lever? {lever['question']}",
                "recommendation": f"{word}: {than}{does} {takes}, earns {earns}; {by}",
                "owner": "",
                "due": due,
                "money": lever["earns"],
            }
        )
    return rows


def _shortages(
    recommended: str,
    scenarios: pd.DataFrame,
    shortages: pd.DataFrame,
    capacity_plan: pd.DataFrame,
    items: pd.DataFrame,
    least: float,
    currency: str,
    said: Naming,
) -> list[dict]:
    """One decision for each cause of shortage that puts enough revenue at risk."""
    cause = ["cause", "cause_id"]
    others = scenarios.loc[
        (scenarios["kind"] == "option") & (scenarios["scenario"] != recommended), "scenario"
    ].tolist()
    rows = []
    for key, late in shortages[shortages["scenario"] == recommended].groupby(cause):
        at_risk = late["revenue_at_risk"].sum()
        if at_risk < least:
            continue
        why, advice = (words.format(id=key[1]) for words in CAUSES.get(key[0], (f"({key[0]})", "mend it or accept it")))
        first, last = said(late["bucket"].min()), said(late["bucket"].max())
        span = first if first == last else f"{first} to {last}"
        count = late["item_id"].nunique()
        size = f"{in_units(round(late['qty'].sum()))} units of {count} item{'s' if count > 1 else ''}"
        worst = late.groupby("item_id")["revenue_at_risk"].sum().sort_values(ascending=False, kind="stable").index[0]
        called = items.set_index("item_id")["description"].get(worst, "") or worst
        advice = advice[0].upper() + advice[1:] + _worth_of_hours(key, capacity_plan, currency, said)
        rows.append(
            {
                "about": "shortage",
                "question": f"Mend or accept {size} not on time {why}, {span}, most of all {called}?",
                "recommendation": advice + _mended_by(late, shortages, others, currency),
                "owner": "",
                "money": at_risk,
            }
        )
    return rows


def _worth_of_hours(key: tuple[str, str], capacity_plan: pd.DataFrame, currency: str, said: Naming) -> str:
    price = capacity_plan.loc[capacity_plan["resource_id"] == key[1], ["bucket", "shadow_price"]]
    if key[0] != "resource" or not price["shadow_price"].max() >= 1:
        return ""
    best = price.loc[price["shadow_price"].idxmax()]
    return f": one more hour in {said(best['bucket'])} saves {in_money(best['shadow_price'], currency)}"


def _mended_by(late: pd.DataFrame, shortages: pd.DataFrame, others: list[str], currency: str) -> str:
    """Which of the other options would leave least of these orders late, where it mends a fifth or more of them."""
    at = ["item_id", "location_id", "customer_id", "bucket"]
    same = shortages.merge(late[at], on=at).groupby("scenario")["revenue_at_risk"].sum()
    left = same.reindex(others, fill_value=0.0)
    if left.empty or left.min() > 0.8 * late["revenue_at_risk"].sum():
        return ""
    name = plain(left.idxmin())
    rest = in_money(left.min(), currency) if left.min() >= 1 else "nothing"
    return f"; the option {name} would leave {rest} of it"


def _budgets(comparison: pd.DataFrame, least: float, currency: str, said: Naming) -> list[dict]:
    """Families whose planned revenue misses the budget, with how much of it is volume and how much price and mix."""
    known = comparison[comparison["budget"].notna()]
    family = known.groupby("family")["bucket"].agg(["min", "max"])
    for line in ("revenue", "units"):
        sums = known[known["line"] == line].groupby("family")[["plan", "budget"]].sum()
        family = family.join(sums.add_suffix(f"_{line}"))
    family["missing"] = family["budget_revenue"] - family["plan_revenue"]
    price = (family["budget_revenue"] / family["budget_units"]).where(family["budget_units"] > 0, 0.0)
    family["volume"] = (family["budget_units"] - family["plan_units"]) * price
    rows = []
    for row in family[family["missing"] >= max(least, 0.005)].reset_index().to_dict("records"):
        missing, volume = row["missing"], row["volume"]
        share = in_share(missing / row["budget_revenue"])
        span, called = f"{said(row['min'])} to {said(row['max'])}", plain(row["family"])
        parts = f"{_signed(-volume, currency)} by volume, {_signed(volume - missing, currency)} by price and mix"
        demand = volume > 0.5 * missing
        advice = "Sales shows how volume comes back" if demand else "Sales shows how price and mix come back"
        rows.append(
            {
                "about": "budget",
                "question": f"Accept {called} {in_money(missing, currency)} ({share}) under budget, {span}?",
                "recommendation": f"{advice}, or the budget is restated: {parts}",
                "owner": "",
                "money": missing,
            }
        )
    return rows


def _write_offs(financial_plan: pd.DataFrame, least: float, currency: str) -> list[dict]:
    rows = financial_plan[(financial_plan["line"] == "write_off")].groupby("family")["value"].sum()
    return [
        {
            "about": "write_off",
            "question": f"Sell off or write off {in_money(value, currency)} of {plain(family)} that will expire?",
            "recommendation": "Sell off: any price above nothing is better than the loss at standard cost",
            "owner": "",
            "money": value,
        }
        for family, value in rows[rows >= max(least, 0.005)].items()
    ]


def _signed(value: float, currency: str) -> str:
    return f"{'−' if value < 0 else '+'}{in_money(abs(value), currency)}"
