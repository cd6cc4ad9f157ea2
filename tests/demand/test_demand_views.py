"""The charts and tables of the demand review: they draw, and say what the plan says."""

import pandas as pd
import pytest

import tiny
from sopbench import demand
from sopbench.contract import checked, table
from sopbench.params.demand import Demand
from sopbench.views import demand as charts
from sopbench.views import demand_consensus as consensus
from sopbench.views import svg

NAMES = ("history", "backtest", "method_choice", "demand_plan")
WEIGHTS = {"statistical": 0.5, "sales": 0.5}
OVERRIDES = checked(
    pd.DataFrame(
        [
            {"override_id": "O-1", "item_id": "PUMP", "kind": "percent", "value": 0.1},
            {"override_id": "O-2", "customer_id": "WEB", "item_id": "KIT", "kind": "delta", "value": 5.0},
            {"override_id": "PAST", "kind": "percent", "value": 0.1, "start": "2025-01-01", "end": "2025-02-01"},
        ]
    ).assign(owner="me", reason="because").fillna({"start": "2025-09-01", "end": "2025-10-01"}),
    table("overrides"),
)  # fmt: skip


@pytest.fixture(scope="module")
def said():
    given = tiny.tables() | {"overrides": OVERRIDES}
    given["forecasts"] = checked(
        pd.DataFrame({"stream": "sales", "item_id": "KIT", "bucket": tiny.BUCKETS, "qty": 60.0}), table("forecasts")
    )
    sales = given["sales"]
    odd = (sales["item_id"] == "KIT") & (sales["bucket"] == tiny.HISTORY[15])
    given["sales"] = sales.assign(qty_ordered=sales["qty_ordered"].where(~odd, 900.0))
    settings = Demand(methods={}, stream_weights=WEIGHTS)
    return given, demand.plan(settings, tiny.START, 6, **{name: given[name] for name in demand.INPUTS})


def test_every_chart_is_drawn(said):
    given, tables = said
    history, backtest, method_choice, plan = (tables[name] for name in NAMES)
    drawn = [
        charts.cleaned_series(history, given["items"]),
        charts.method_accuracy(backtest, method_choice),
        charts.coverage_by_lag(demand.coverage(backtest, method_choice, history)),
        charts.family_outlook(history, plan, given["items"], given["budget"]),
        charts.consensus_waterfall(
            demand.consensus_bridge(plan, tables["stream_weights"], given["items"]), given["items"], "EUR"
        ),
    ]
    for chart in drawn:
        assert svg(chart).startswith("<svg")


def test_methods_are_compared_on_the_same_months(said):
    _, tables = said
    missed = charts.missed_by_method(tables["backtest"], tables["method_choice"]).set_index("method")["wape"]
    naive = tables["backtest"].query("method == 'naive'")
    by_hand = (naive["forecast"] - naive["actual"]).abs().sum() / naive["actual"].sum()
    assert missed["naive"] == pytest.approx(by_hand)
    assert missed[charts.OWN] <= missed["naive"]


def test_the_ledger_lists_the_overrides_of_the_horizon_with_what_they_move(said):
    given, tables = said
    said = tables["override_effects"], tables["demand_plan"], given["items"]
    rows = consensus.override_ledger(OVERRIDES, *said).set_index("override_id")
    assert rows.index.tolist() == ["O-1", "O-2"]
    assert rows.loc["O-2", ["what", "value", "units", "money"]].tolist() == [
        "KIT, WEB",
        "+5",
        pytest.approx(10.0),
        pytest.approx(250.0),
    ]
    pump = tables["demand_plan"].query("item_id == 'PUMP' and bucket <= '2025-10-01'")["consensus"].sum()
    assert rows.loc["O-1", "units"] == pytest.approx(pump / 11)


def test_the_sentence_and_the_table_of_moves_say_what_the_plan_says(said):
    given, tables = said
    plan = tables["demand_plan"]
    sentence = charts.planned_in_words(plan, tables["method_choice"], given["items"], "EUR")
    assert f"{plan['consensus'].sum():,.0f} units" in sentence and "Sep 2025 to Feb 2026" in sentence
    moves = charts.largest_moves(
        demand.consensus_bridge(plan, tables["stream_weights"], given["items"]), given["items"]
    )
    assert moves["consensus"].sum() == pytest.approx(plan["consensus"].sum())
    assert charts.methods_chosen(tables["method_choice"])["series"].sum() == 2
    assert charts.not_by_backtest(tables["method_choice"]).columns.tolist() == ["reason", "method", "series"]


def test_the_tables_of_weights_and_conflicts_say_who_and_why(said):
    _, tables = said
    weights = consensus.weights_table(tables["stream_weights"])
    assert weights[["stream", "weight"]].to_numpy().tolist() == [["sales", 0.5], ["statistical", 0.5]]
    assert "what the parameters say" in consensus.weights_in_words(tables["stream_weights"])
    assert consensus.conflicts_in_words(tables["override_conflicts"], "EUR").startswith("**No override")
    one = {"kind": "opposed", "override_id": "O-1", "owner": "Ada", "value": "+5 units", "overlap": "PUMP", "why": "x"}
    both = {
        "other_id": "O-2",
        "other_owner": "Bob",
        "other_value": "-10.0%",
        "holds": "both",
        "units": 3.0,
        "money": 300.0,
    }
    found = checked(
        pd.DataFrame([{**one, **both, "start": tiny.START, "end": tiny.START}]), table("override_conflicts")
    )
    assert consensus.conflicts_table(found).iloc[0]["other"] == "O-2, Bob: -10.0%"
    assert (
        consensus.conflicts_in_words(found, "EUR")
        == "**1 conflict among the overrides** (1 opposed); 300 EUR at stake."
    )
