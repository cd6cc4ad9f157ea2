"""A gap to the budget is met by the family's own last promotion, and by a price move where an elasticity is known."""

import pandas as pd
import pytest
from pydantic import ValidationError

import tiny
from sopbench.contract import PlanningError, checked, table
from sopbench.params import Presop
from sopbench.presop import apply_changes, budget_levers, lever_results

SEP, OCT, NOV, DEC = tiny.BUCKETS[:4]
GAPS = pd.DataFrame(
    {
        "scenario": ["base", "base", "base", "busy"],
        "kind": ["budget", "budget", "shortage", "budget"],
        "key": ["pumps", "pumps", "KIT", "kits"],
        "bucket": [SEP, OCT, OCT, OCT],
        "size": 1.0,
        "unit": "money",
        "money": [100.0, 900.0, 5000.0, 9000.0],
        "message": "",
    }
)


def events(*rows: tuple) -> pd.DataFrame:
    names = ["event_id", "scope", "start", "end", "uplift", "price"]
    frame = pd.DataFrame([(f"E{number}", *row) for number, row in enumerate(rows)], columns=names)
    return checked(frame, table("events"))


SPRING, SUMMER = pd.Timestamp("2025-03-01"), pd.Timestamp("2025-07-01")
PAST = events(
    ("family:pumps", SPRING, SPRING, 0.5, 80.0),
    ("item:PUMP", SUMMER, SUMMER, 0.2, None),
    ("family:pumps", NOV, NOV, 0.3, None),  # runs already, and is not of the past
)


def asked(said: pd.DataFrame = PAST, gaps: pd.DataFrame = GAPS, **settings):
    items, plan = tiny.tables()["items"], tiny.demand_plan()
    return budget_levers(Presop(**settings), gaps=gaps, items=items, events=said, demand_plan=plan)


def test_the_familys_last_promotion_runs_again_in_the_worst_quarter_where_none_does():
    ((promotion,), rows) = asked()
    assert promotion.name == "promotion_pumps"
    assert "of pumps of Mar 2025 (demand +50.0%) ran again in Oct 2025 and Dec 2025" in promotion.question
    before = tiny.tables() | {"demand_plan": tiny.demand_plan(), "events": PAST}
    after = apply_changes(before, promotion.changes)
    ratio = after["demand_plan"]["consensus"] / before["demand_plan"]["consensus"]
    hit = (before["demand_plan"]["item_id"] == "PUMP") & before["demand_plan"]["bucket"].isin([OCT, DEC])
    assert ratio[hit].tolist() == pytest.approx([1.5] * 4) and (ratio[~hit] == 1).all()
    new = after["events"][after["events"]["event_id"].str.startswith("LEVER")]
    assert new[["scope", "start", "price"]].to_numpy().tolist() == [
        ["family:pumps", OCT, 80],
        ["family:pumps", DEC, 80],
    ]
    assert rows[["lever", "gap", "gap_key", "starts"]].to_numpy().tolist() == [
        ["promotion_pumps", "budget", "pumps", OCT]
    ]


def test_a_family_without_one_takes_the_last_of_its_items_and_without_any_none():
    ((promotion,), _) = asked(PAST.iloc[1:])
    assert promotion.changes[0].where == {"item_id": "PUMP"}
    assert asked(PAST.iloc[2:])[0] == []
    assert asked(gaps=GAPS.head(0))[0] == []
    assert asked(levers_for=0)[0] == []


@pytest.mark.parametrize(("elasticity", "price", "demand"), [(-0.5, 1.1, 1.1**-0.5), (-2, 0.9, 0.9**-2), (0, 1.1, 1)])
def test_prices_move_to_where_they_bring_more_and_demand_answers_as_the_elasticity_says(elasticity, price, demand):
    (_, move), _ = asked(lever_price=0.1, price_elasticity=elasticity)
    assert move.name == "price_pumps"
    changes = {each.column: each.multiply for each in move.changes}
    assert changes == {"unit_price": pytest.approx(price), "consensus": pytest.approx(demand)}
    assert price * demand > 1


def test_no_price_is_moved_where_nobody_says_how_demand_answers():
    assert [each.name for each in asked(price_elasticity={"kits": -0.5})[0]] == ["promotion_pumps"]
    assert [each.name for each in asked(price_elasticity=-1)[0]] == ["promotion_pumps"]
    with pytest.raises(PlanningError, match=r"price_elasticity.*pump.*did you mean pumps"):
        asked(price_elasticity={"pump": -0.5})
    with pytest.raises(ValidationError):
        Presop(price_elasticity=0.5)


def test_what_its_family_sells_more_closes_the_gap_and_levers_on_both_gaps_are_ranked_together():
    def plan(scenario, pumps, kits):
        rows = [(scenario, "pumps", "revenue", pumps), (scenario, "pumps", "units", pumps / 100)]
        return [*rows, (scenario, "kits", "revenue", kits), (scenario, "kits", "units", kits / 10)]

    rows = plan("base", 1000, 500) + plan("promotion_pumps", 1400, 480) + plan("overtime_line", 1000, 700)
    money = pd.DataFrame(rows, columns=["scenario", "family", "line", "value"])
    costs = pd.DataFrame({"scenario": ["base", "promotion_pumps", "overtime_line"], "line": "purchase"})
    costs["value"] = [300.0, 500.0, 380.0]
    late = pd.DataFrame({"scenario": ["base", "overtime_line", "promotion_pumps"], "qty": [30.0, 10.0, 40.0]})
    late["revenue_at_risk"] = 10 * late["qty"]
    _, said = asked()
    overtime = said.assign(lever="overtime_line", gap="shortage", gap_key="KIT", cause="resource", cause_id="LINE")
    found = lever_results(pd.concat([said, overtime]), shortages=late, financial_plan=money, costs=costs)
    both = found.set_index("lever")
    assert both.loc["promotion_pumps", ["closes_units", "closes_money", "costs", "earns"]].tolist() == [
        4,
        400,
        200,
        180,
    ]
    assert both.loc["overtime_line", ["closes_units", "closes_money", "costs", "earns"]].tolist() == [20, 200, 80, 120]
    assert found["lever"].tolist() == ["overtime_line", "promotion_pumps"]  # .4 and .5 for one of the gap
