"""The answers of the executive meeting say what the tables hold, checked by hand on the tiny company."""

import pytest
import tiny_meeting

from sopbench.views.executive_answers import against_budget, at_risk, since_last_cycle, to_decide


def test_the_plan_stands_beside_the_budget_only_where_there_is_one():
    answer = against_budget(tiny_meeting.comparison(), "EUR")
    assert answer.answer == "Revenue +9.3%, margin −6.7%."
    assert answer.side == "short"
    assert answer.heads[0] == "Sep 2025 – Feb 2026"
    assert answer.rows == (
        ("Units", "590", "540", "+50", "+9.3%"),
        ("Revenue, EUR", "59 k", "54 k", "+5,000", "+9.3%"),
        ("Margin, EUR", "28 k", "30 k", "−2,000", "−6.7%"),
    )


def test_months_last_cycle_did_not_plan_do_not_count_as_a_change():
    answer = since_last_cycle(tiny_meeting.comparison(), "EUR")
    assert answer.answer == "Revenue −875 EUR, margin −500 EUR."
    assert answer.rows == (("pumps", "−1,000", "−2.0%"), ("kits", "+125", "+2.3%"))


def test_what_is_at_risk_is_ranked_by_money_and_names_only_risks_that_cost():
    answer = at_risk(tiny_meeting.shortages(), tiny_meeting.scenarios(), tiny_meeting.scenario_kpis(), "EUR")
    assert answer.answer == "3,125 EUR of orders late or lost."
    assert answer.rows == (
        ("resource LINE", "3,000"),
        ("lead time", "125"),
        ("risk: line stops, contribution", "−2,000"),
    )


def test_decisions_come_with_the_most_money_first_and_the_first_date_in_the_answer():
    answer = to_decide(tiny_meeting.decisions(), "EUR")
    assert answer.answer == "2 decisions, the first by 12 Sep 2025."
    assert [row[0] for row in answer.rows] == ["Work <i>overtime</i> in December?", "Order more kits?"]
    assert answer.rows[0][2:] == ("Operations, 12 Sep", "5,000")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda: against_budget(tiny_meeting.comparison().assign(budget=float("nan")), "EUR"), "No budget"),
        (lambda: since_last_cycle(tiny_meeting.comparison().assign(last_cycle=float("nan")), "EUR"), "No earlier"),
        (lambda: to_decide(tiny_meeting.decisions().head(0), "EUR"), "Nothing beyond"),
    ],
)
def test_where_a_table_holds_nothing_the_answer_says_so(answer, said):
    assert answer().answer.startswith(said) and answer().rows == ()


def test_a_plan_without_shortage_or_risk_is_good():
    scenarios = tiny_meeting.scenarios().query("kind != 'risk'")
    answer = at_risk(tiny_meeting.shortages().head(0), scenarios, tiny_meeting.scenario_kpis(), "EUR")
    assert (answer.answer, answer.side, answer.rows) == ("Every order is shipped on time.", "good", ())
