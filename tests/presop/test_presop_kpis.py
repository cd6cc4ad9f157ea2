"""The measures of the scenarios and the gaps of a plan, by hand."""

import pandas as pd
import pytest
from plans_by_hand import OCT, SEP, plans

import tiny
from sopbench import presop
from sopbench.contract import checked, table
from sopbench.params import Change, Presop, Scenario
from sopbench.presop.finance import GIVEN, MADE


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    """Base by hand, and an option that ships the same but starts with 300 more money bound and no shortage."""
    both = {name: pd.concat([plans()[name], plans("option")[name]]) for name in plans()}
    both["shortages"] = plans()["shortages"]
    company = tiny.tables()
    given = {name: company[name] for name in (*GIVEN, "sales")} | {name: both[name] for name in MADE}
    return both | {"financial_plan": presop.financial_plan(**given, settings=Presop())}


def kpis(made: dict[str, pd.DataFrame], **settings) -> pd.DataFrame:
    change = Change(table="capacity", column="regular_hours", add=8)
    scenarios = presop.scenarios_table(
        [Scenario(name="option", kind="option", cost=300, question="?", changes=[change])]
    )
    names = ("financial_plan", "supply_plan", "capacity_plan", "shortages", "solution", "costs")
    return presop.scenario_kpis(Presop(**settings), scenarios=scenarios, **{name: made[name] for name in names})


def test_measures_by_hand(made):
    base = kpis(made).set_index(["scenario", "kpi"])["value"]["base"]
    assert base.drop(["working_capital_end", "cash_effect"]).to_dict() == pytest.approx(
        {
            "units": 250, "revenue": 19000, "gross_margin": 11400,
            "contribution": 11400 - 200 - 30 - 50 - 86 - 40,
            "service": 1 - 20 / 270, "late_or_lost": 2000, "backlog_end": 15, "lost": 5,
            "inventory_end": 20 * 40 + 20 * 10, "inventory_average": (4000 + 300 + 100 + 1000) / 2,
            "overtime_hours": 20, "bottlenecks": 1, "plan_cost": 1000,
            "plan_profit": 19000 - 80 - 6 - 600,
        }
    )  # fmt: skip


def test_differences_are_to_base_and_an_option_pays_what_it_takes(made):
    found = kpis(made)
    assert (found["difference"] - found["value"] + found["base"]).abs().max() == 0
    assert (found.loc[found["scenario"] == "base", "difference"] == 0).all()
    option = found[found["scenario"] == "option"].set_index("kpi")["difference"]
    assert option["contribution"] == option["cash_effect"] == pytest.approx(-300)
    assert option["working_capital_end"] == 0
    assert option["service"] == pytest.approx(20 / 270)


def test_the_limit_decides_what_is_a_bottleneck(made):
    at = {limit: kpis(made, bottleneck_from=limit) for limit in (0.95, 1.3)}
    count = {limit: found.loc[found["kpi"] == "bottlenecks", "value"].max() for limit, found in at.items()}
    assert count == {0.95: 1, 1.3: 0}


def gaps(made: dict[str, pd.DataFrame], **more) -> pd.DataFrame:
    company = tiny.tables() | more
    given = {name: company[name] for name in ("items", "budget")}
    names = ("financial_plan", "capacity_plan", "shortages")
    return presop.gaps(Presop(), **given, **{name: made[name] for name in names}).set_index(["scenario", "kind"])


def test_a_shortage_is_one_gap_an_item_and_bucket_with_its_largest_cause(made):
    (gap,) = gaps(made).loc[[("base", "shortage")]].to_dict("records")
    assert (gap["key"], gap["bucket"], gap["size"], gap["money"]) == ("PUMP", OCT, 20, 2000)
    assert gap["message"] == "PUMP: 20 not on time in Oct 2025 (5 lost for good): LINE is full"
    assert ("option", "shortage") not in gaps(made).index


def test_a_bottleneck_is_worth_its_hours_above_the_limit_at_their_shadow_price(made):
    found = gaps(made).loc[("base", "bottleneck")].set_index("bucket")
    assert found["size"].to_dict() == pytest.approx({SEP: 1, OCT: 25})
    assert found["money"].to_dict() == pytest.approx({SEP: 0, OCT: 175})


def test_a_budget_gap_is_what_a_family_misses_in_a_quarter_by_the_latest_version(made):
    rows = {
        "family": "pumps",
        "bucket": [SEP, OCT, SEP, OCT],
        "version": ["budget a", "budget a", "budget b", "budget b"],
    }
    rows |= {"revenue": [9900.0, 9000.0, 9100.0, 8000.0], "as_of": pd.Timestamp("2024-11-01")}
    budget = checked(pd.DataFrame(rows), table("budget"))
    found = gaps(made, budget=budget).loc[("base", "budget")].reset_index()
    assert found[["key", "bucket", "money"]].to_numpy().tolist() == [["pumps", SEP, 100.0]]
    assert "1.1% under budget in Q3 2025" in found.loc[0, "message"]


def test_no_budget_and_no_shortage_leave_no_such_gaps(made):
    nothing = {"shortages": table("shortages").empty()}
    found = gaps(made | nothing, budget=table("budget").empty())
    assert set(found.index.get_level_values("kind")) == {"bottleneck"}
