"""Heads of tables are words, cells with names read like the sentences beside them, and nothing is shown as nothing."""

import pandas as pd
import pytest

from sopbench.contract import TABLES
from sopbench.views.heads import HEADS, heads, in_words
from sopbench.views.numbers import speak
from sopbench.views.render import table


def test_heads_are_words_and_money_names_the_currency():
    assert heads(["item_id", "revenue_at_risk", "owner"], "EUR", ("revenue_at_risk",)) == {
        "item_id": "item",
        "revenue_at_risk": "revenue at risk (EUR)",
        "owner": "owner",
    }


@pytest.mark.parametrize("name", TABLES)
def test_no_table_of_the_contract_gets_an_underscore_or_one_head_twice(name):
    said = list(heads(TABLES[name].names).values())
    assert len(set(said)) == len(said)
    assert not [head for head in said if "_" in head or head.endswith(" id")]


def test_buckets_are_called_what_the_company_calls_them():
    speak("week")
    try:
        assert heads(["bucket", "start_bucket"]) == {"bucket": "week", "start_bucket": "start week"}
    finally:
        speak("month")


def test_two_columns_never_get_one_head():
    assert heads(["units", "qty"]) == {"units": "units", "qty": "qty"}
    assert "units" in HEADS.values()


def test_names_of_families_and_scenarios_lose_their_underscores_and_ids_keep_theirs():
    frame = pd.DataFrame({"family": ["home_machines", None], "item_id": ["HM_1", "HM_2"], "value": [1.0, 2.0]})
    said = in_words(frame)
    assert said["family"].tolist() == ["home machines", None]
    assert said["item_id"].tolist() == ["HM_1", "HM_2"]
    assert frame["family"].iloc[0] == "home_machines"


def test_a_table_without_rows_is_said_in_a_sentence():
    empty = pd.DataFrame({"item_id": [], "qty": []})
    assert table(empty).data == "<p>None.</p>"
    assert table(empty, empty="Nothing is <late>.").data == "<p>Nothing is &lt;late&gt;.</p>"
    assert "<th" in table(pd.DataFrame({"item_id": ["A"], "qty": [1.0]})).data
