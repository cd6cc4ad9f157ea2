"""Levers on a gap to the budget: the family's own last promotion once more, and a move of its list price.

What they rest on is told in the question: a promotion does again what it did the last time, and a price is answered as
the company says it is (price_elasticity). What a campaign costs is not in the tables and comes on top.
"""

from __future__ import annotations

from difflib import get_close_matches

import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.contract.buckets import are_months, middles
from sopbench.contract.words import in_share, month
from sopbench.params import Change, Presop, Scenario
from sopbench.presop.levers import as_asked, lever, said_of

NAMED = 3
"""Buckets of a promotion named one by one; of more the first and the last are."""


def budget_levers(
    settings: Presop, *, gaps: pd.DataFrame, items: pd.DataFrame, events: pd.DataFrame, demand_plan: pd.DataFrame
) -> tuple[list[Scenario], pd.DataFrame]:
    """The levers on the families whose revenue in base misses the budget most, and which gap each is to close.

    Families are ranked by the money that is missing; the first settings.levers_for that have a lever count. Takes gaps
    (all scenarios), items, events and demand_plan; gives scenarios and a frame of them, as `levers` does.

    promotion: the last promotion that began before the plan, of the family or else of one of its items, in the buckets
        of the quarter in which most is missing, but for those in which one of the same scope runs already.
    price: list prices settings.lever_price up where demand answers by less (elasticity above -1), else down, and demand
        times (1 + move) ** elasticity, over the whole horizon; none where no elasticity is known.

    Raises PlanningError where settings.price_elasticity names a family there is not.
    """
    _refuse_unknown(settings.price_elasticity, items["family"])
    missing = gaps[(gaps["scenario"] == "base") & (gaps["kind"] == "budget")]
    families = missing.groupby("key")["money"].sum().sort_values(ascending=False, kind="stable")
    found: list[Scenario] = []
    rows, moved = [], 0
    for family in families.index:
        if moved == settings.levers_for:
            break
        of_family = missing[missing["key"] == family]
        worst = of_family.loc[of_family["money"].idxmax(), "bucket"]
        made = [*_promotion(family, worst, items, events, demand_plan), *_price(settings, family)]
        moved += bool(made)
        found += made
        rows += [said_of(each, "budget", family, gap="budget", gap_key=family) for each in made]
    return found, as_asked(rows)


def _promotion(
    family: str, worst: pd.Timestamp, items: pd.DataFrame, events: pd.DataFrame, demand_plan: pd.DataFrame
) -> list[Scenario]:
    """The family's last promotion again, in the quarter of that bucket; none where it never had one."""
    own = items.loc[items["family"] == family, "item_id"]
    past = events[(events["uplift"] > 0) & (events["start"] < demand_plan["bucket"].min())]
    of_family, of_items = past[past["scope"] == f"family:{family}"], past[past["scope"].isin("item:" + own)]
    last = (of_family if len(of_family) else of_items).sort_values(["start", "event_id"]).tail(1)
    if last.empty:
        return []
    event = last.iloc[0]
    kind, _, name = event["scope"].partition(":")
    where = {"family": family} if kind == "family" else {"item_id": name}
    planned = demand_plan if kind == "family" else demand_plan[demand_plan["item_id"] == name]
    buckets = _free(planned["bucket"], worst, events[events["scope"].isin([event["scope"], "all"])])
    if buckets.empty:
        return []
    of = family if kind == "family" else name
    changes = [
        Change(table="demand_plan", column="consensus", multiply=1 + event["uplift"], where=where, start=day, end=day)
        for day in buckets.dt.strftime("%Y-%m" if are_months(demand_plan["bucket"]) else "%Y-%m-%d")
    ]
    if pd.notna(event["price"]):
        changes.append(_priced(event, buckets))
    days = buckets.map(month).tolist()
    when = " and ".join(days) if len(days) <= NAMED else f"{len(days)} buckets from {days[0]} to {days[-1]}"
    question = (
        f"What if the promotion of {of.replace('_', ' ')} of {month(event['start'])} "
        f"(demand +{in_share(event['uplift'])}) ran again in {when}, before what the campaign costs?"
    )
    return [lever("promotion", of, question, changes)]


def _free(buckets: pd.Series, worst: pd.Timestamp, running: pd.DataFrame) -> pd.Series:
    """The buckets of that quarter in which no such promotion runs."""
    found = buckets.drop_duplicates().sort_values(ignore_index=True)
    (quarter,) = middles(pd.Series([worst])).dt.to_period("Q")
    found = found[middles(found).dt.to_period("Q") == quarter]
    taken = found.to_frame("bucket").merge(running[["start", "end"]], how="cross")
    taken = taken.loc[taken["bucket"].between(taken["start"], taken["end"]), "bucket"]
    return found[~found.isin(taken)]


def _priced(event: pd.Series, buckets: pd.Series) -> Change:
    """The price of a promotion in these buckets."""
    rows = [
        {"event_id": f"LEVER-{day}", "scope": event["scope"], "start": day, "end": day, "price": event["price"]}
        for day in buckets.dt.strftime("%Y-%m-%d")
    ]
    return Change(table="events", rows=rows)


def _price(settings: Presop, family: str) -> list[Scenario]:
    """List prices moved to where they bring more revenue, and what that does to demand."""
    known = settings.price_elasticity
    elasticity = known.get(family) if isinstance(known, dict) else known
    if elasticity is None or elasticity == -1:
        return []
    move = settings.lever_price if elasticity > -1 else -settings.lever_price
    demand = (1 + move) ** elasticity
    question = (
        (
            f"What if list prices of {family.replace('_', ' ')} {'rise' if move > 0 else 'fall'} by "
            f"{in_share(abs(move))} and demand answers with {demand - 1:+.1%} (elasticity {elasticity:g})?"
        )
        .replace("with -", "with −")
        .replace("elasticity -", "elasticity −")
    )
    where = {"family": family}
    changes = [
        Change(table="items", column="unit_price", multiply=1 + move, where=where),
        Change(table="demand_plan", column="consensus", multiply=demand, where=where),
    ]
    return [lever("price", family, question, changes)]


def _refuse_unknown(elasticity: float | dict[str, float] | None, families: pd.Series) -> None:
    named, known = elasticity if isinstance(elasticity, dict) else {}, sorted(families.unique())
    problems = []
    for name in sorted(set(named) - set(known)):
        near = get_close_matches(name, known, 1)
        mend = f"did you mean {near[0]}?" if near else "use " + ", ".join(known)
        problems.append(Problem("params", "presop.price_elasticity", name, "there is no such family", mend))
    if problems:
        raise PlanningError(problems)
