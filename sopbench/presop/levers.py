"""Levers: what would close the largest shortages of a plan, each asked as a scenario; all levers costed and ranked.

The supply plan already builds early, works overtime and takes other sources wherever that pays. A lever is therefore
something the plan may not do today: more overtime, a further shift, a subcontractor, a larger or second supplier, a
quicker delivery at a price, or another order among customers. Levers on the budget are in levers_budget.py.
"""

from __future__ import annotations

import pandas as pd

from sopbench.contract import checked, table
from sopbench.params import Change, Presop, Scenario
from sopbench.presop.describe import first_changed
from sopbench.presop.finance import paid_costs

OUTSIDE = "NEW-PARTNER"
"""Who a subcontractor or second supplier is called that there is not yet."""


ASKED = ["lever", "gap", "gap_key", "cause", "cause_id", "question", "starts"]
"""What is said of a lever before it is solved."""


def levers(
    settings: Presop,
    *,
    shortages: pd.DataFrame,
    sources: pd.DataFrame,
    items: pd.DataFrame,
    customers: pd.DataFrame | None = None,
) -> tuple[list[Scenario], pd.DataFrame]:
    """The levers on the largest causes of shortage of base, and which shortage each is to close.

    Causes are ranked by revenue at risk; the first settings.levers_for that can be moved count. Where customers differ
    in priority, one lever more asks for all alike, so that what earns most goes first; it stands with the first cause
    that several of them share.

    Takes shortages (all scenarios), sources, items and customers (None = their order is not asked about); gives
    scenarios and a frame of them: lever, gap, gap_key (the item with most at risk), cause, cause_id, question, starts
    (the first bucket it changes; empty = from now on).
    """
    late = shortages[shortages["scenario"] == "base"]
    causes = late.groupby(["cause", "cause_id"])["revenue_at_risk"].sum().sort_values(ascending=False, kind="stable")
    found: list[Scenario] = []
    rows, moved = [], 0
    for (cause, cause_id), _ in causes.items():
        if moved == settings.levers_for:
            break
        short = late[(late["cause"] == cause) & (late["cause_id"] == cause_id)]
        made = _on(settings, str(cause), str(cause_id), short, sources, items)
        moved += bool(made)
        if made and customers is not None and not any(each.name.startswith("alike_") for each in found):
            made = [*made, *_alike(str(cause_id), short, customers)]
        found += made
        worst = short.groupby("item_id")["revenue_at_risk"].sum().idxmax()
        rows += [said_of(each, cause, cause_id, gap="shortage", gap_key=worst) for each in made]
    return found, as_asked(rows)


def as_asked(rows: list[dict[str, object]]) -> pd.DataFrame:
    """What is said of levers, a row each."""
    return pd.DataFrame(rows, columns=ASKED).astype({"starts": "datetime64[ns]"})


def said_of(asked: Scenario, cause: str, cause_id: str, *, gap: str, gap_key: str) -> dict[str, object]:
    """What is said of a lever before it is solved."""
    said = {"lever": asked.name, "gap": gap, "gap_key": gap_key, "cause": cause, "cause_id": cause_id}
    return said | {"question": asked.question, "starts": first_changed(asked)}


def lever_results(
    asked: pd.DataFrame, *, shortages: pd.DataFrame, financial_plan: pd.DataFrame, costs: pd.DataFrame
) -> pd.DataFrame:
    """What each lever closes and costs beside base (contract table levers), least cost for the gap first.

    A lever on a shortage closes units, and their revenue, that are no longer late or lost, whichever items'; one on the
    budget what its family sells more. They are ranked by what a unit of money of the gap costs, in which both can be
    compared.

    Args:
        asked: as `levers` and `budget_levers` give it.
        shortages, financial_plan, costs: of base and of the levers.
    """
    if asked.empty:
        return table("levers").empty()
    late = shortages.groupby("scenario")[["qty", "revenue_at_risk"]].sum()
    late = late.reindex(["base", *asked["lever"]], fill_value=0.0)
    late.columns = ["units", "revenue"]
    sold = _sold_of_families(asked, financial_plan)
    revenue = financial_plan[financial_plan["line"] == "revenue"].groupby("scenario")["value"].sum()
    paid = paid_costs(costs)
    rows = asked.set_index("lever")
    budget = rows["gap"] == "budget"
    for line, column in (("units", "closes_units"), ("revenue", "closes_money")):
        rows[column] = (late.loc["base", line] - late[line]).where(~budget, sold[line])
    rows["costs"] = paid - paid["base"]
    rows["earns"] = (revenue - revenue["base"]) - rows["costs"]
    closes = rows["closes_units"] > 1e-6
    rows["cost_per_unit"] = (rows["costs"] / rows["closes_units"].where(closes)).astype(float)
    closes = rows["closes_money"] > 1e-6
    rows["cost_per_money"] = (rows["costs"] / rows["closes_money"].where(closes)).astype(float)
    rows = rows.reset_index().sort_values(["cost_per_money", "lever"], na_position="last", ignore_index=True)
    rows["rank"] = range(1, len(rows) + 1)
    return checked(rows, table("levers"))


def _sold_of_families(asked: pd.DataFrame, financial_plan: pd.DataFrame) -> pd.DataFrame:
    """Units and revenue that the family of each lever on the budget sells beyond base."""
    sums = financial_plan[financial_plan["line"].isin(["units", "revenue"])]
    sums = sums.pivot_table("value", ["scenario", "family"], "line", "sum").reindex(columns=["units", "revenue"])
    ends = (
        sums.reindex(pd.MultiIndex.from_arrays([scenario, asked["gap_key"]])).set_axis(asked["lever"])
        for scenario in (asked["lever"], ["base"] * len(asked))
    )
    with_it, base = ends
    return (with_it - base).fillna(0.0)


def framed(found: pd.DataFrame, most: int = 3) -> pd.DataFrame:
    """At most so many levers to put before the executives: those that earn most, one a cause."""
    worth = found[found["earns"] > 0].sort_values("earns", ascending=False, kind="stable")
    return worth.drop_duplicates(["cause", "cause_id"]).head(most).reset_index(drop=True)


def _on(
    settings: Presop, cause: str, cause_id: str, short: pd.DataFrame, sources: pd.DataFrame, items: pd.DataFrame
) -> list[Scenario]:
    """The levers on one cause; none where it is no limit that can be moved."""
    if cause == "resource":
        return _on_hours(settings, cause_id, short, sources, items)
    of_origin = sources[sources["origin_id"] == cause_id]
    of_item = sources[(sources["item_id"] == cause_id) & sources["method"].isin(["buy", "subcontract"])]
    slow = sources[(sources["item_id"] == cause_id) & (sources["lead_time"] > 0)]
    if cause in ("supplier", "source limit") and len(of_origin):
        return [*_larger(settings, cause_id, of_origin), _second(settings, cause_id, of_origin)]
    if cause == "component" and len(of_item):
        return [_second(settings, cause_id, of_item)]
    if cause == "lead time" and len(slow):
        return [_sooner(settings, cause_id, slow)]
    return []


def _on_hours(
    settings: Presop, resource: str, short: pd.DataFrame, sources: pd.DataFrame, items: pd.DataFrame
) -> list[Scenario]:
    """More overtime, a further shift, and a subcontractor for the items that are short."""
    end = f"{short['bucket'].max():%Y-%m-%d}"
    hours = {"table": "capacity", "where": {"resource_id": resource}, "end": end}
    overtime, shift = 1 + settings.lever_overtime, 1 + settings.lever_shift
    made = sources[sources["item_id"].isin(short["item_id"]) & (sources["method"] == "make")]
    return [
        lever(
            "overtime",
            resource,
            f"What if {resource} may work {settings.lever_overtime:.0%} more overtime?",
            [Change(**hours, column="overtime_hours", multiply=overtime)],
        ),
        lever(
            "shift",
            resource,
            f"What if {resource} has {settings.lever_shift:.0%} more regular hours, a further shift?",
            [Change(**hours, column="regular_hours", multiply=shift)],
        ),
        *([_subcontract(settings, resource, made, items)] if len(made) else []),
    ]


def _subcontract(settings: Presop, resource: str, made: pd.DataFrame, items: pd.DataFrame) -> Scenario:
    cost = made["item_id"].map(items.set_index("item_id")["unit_cost"]) * (1 + settings.lever_premium)
    rows = made.assign(method="subcontract", origin_id=OUTSIDE, lead_time=1, unit_cost=cost)
    question = f"What if a subcontractor makes what {resource} cannot, {settings.lever_premium:.0%} dearer?"
    return lever("subcontract", resource, question, [_new_sources(rows)])


def _larger(settings: Presop, origin: str, rows: pd.DataFrame) -> list[Scenario]:
    if rows["qty_max"].isna().all():
        return []
    question = f"What if {origin} gives {settings.lever_shift:.0%} more?"
    change = Change(table="sources", column="qty_max", multiply=1 + settings.lever_shift, where={"origin_id": origin})
    return [lever("larger", origin, question, [change])]


def _second(settings: Presop, name: str, rows: pd.DataFrame) -> Scenario:
    dearer = rows["unit_cost"] * (1 + settings.lever_premium)
    question = f"What if a second source stands in for {name}, {settings.lever_premium:.0%} dearer?"
    return lever("second_source", name, question, [_new_sources(rows.assign(origin_id=OUTSIDE, unit_cost=dearer))])


def _sooner(settings: Presop, item: str, slow: pd.DataFrame) -> Scenario:
    where = {"item_id": item, "lead_time": sorted(slow["lead_time"].astype(str).unique())}
    question = f"What if {item} comes a bucket sooner, for {settings.lever_premium:.0%} more?"
    sooner = Change(table="sources", column="lead_time", add=-1, where=where)
    dearer = Change(table="sources", column="unit_cost", multiply=1 + settings.lever_premium, where=where)
    return lever("sooner", item, question, [dearer, sooner])


def _new_sources(rows: pd.DataFrame) -> Change:
    """Sources that come, without the limits, shares and lots of those they are made from."""
    kept = rows[["item_id", "location_id", "method", "origin_id", "lead_time", "unit_cost"]]
    return Change(table="sources", rows=kept.to_dict("records"))


def _alike(cause_id: str, short: pd.DataFrame, customers: pd.DataFrame) -> list[Scenario]:
    """All customers alike, where several of different priority are short together."""
    waiting = customers[customers["customer_id"].isin(short["customer_id"])]
    if waiting["priority"].nunique() < 2:
        return []
    question = f"What if no customer came before another, so that what earns most goes first where {cause_id} is short?"
    return [lever("alike", cause_id, question, [Change(table="customers", column="priority", set=1.0)])]


def lever(kind: str, of: str, question: str, changes: list[Change]) -> Scenario:
    """A lever as a scenario."""
    name = "".join(letter if letter.isalnum() else "_" for letter in f"{kind}_{of}".lower())
    return Scenario(name=name, question=question, kind="option", changes=changes)
