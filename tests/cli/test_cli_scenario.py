"""Scenarios by command: what is asked is listed with what it changes, tried before it is written, and withdrawn."""

import pytest

import tiny
from sopbench import presop
from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle

PARAMS = """company: tiny
cycle: 2025-09
gather: {source: .}
presop:
  scenarios:
    - name: strike
      question: What if they strike?
      changes: [{table: capacity, column: regular_hours, multiply: 0.5}]
"""
FLOOD = """name: flood
question: What if the plant is flooded?
owner: Bob
reason: the river rises
expires: 2026-01-01
changes: [{table: capacity, column: regular_hours, set: 0, start: 2025-10, end: 2025-11}]
"""


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(PARAMS)
    return path


@pytest.fixture
def add(params_file, call):
    """Write a file of scenarios and ask them."""

    def give(text=FLOOD, *words):
        path = params_file.parent / "asked.yaml"
        path.write_text(text)
        return call("scenario", "add", params_file, path, *words)

    return give


def test_what_is_asked_is_listed_with_what_it_changes_until_it_expires_or_is_withdrawn(add, call, params_file):
    code, said = add()
    assert code == 0 and "as entry 1" in said
    told = call("scenario", "list", params_file)[1]
    assert "     risk   strike: What if they strike?" in told
    flood = "   1 risk   flood: What if the plant is flooded? (Bob, until 2026-01-01, the river rises)"
    assert f"{flood}\n     regular hours set to 0, Oct–Nov 2025" in told
    assert "2 asked beside base" in told
    assert "flood: expired" in call("scenario", "list", params_file, "--cycle", "2026-01")[1]
    said = call("scenario", "withdraw", params_file, "flood", "--by", "Ada", "--reason", "it fell")
    assert said[0] == 0
    assert "1 asked beside base" in call("scenario", "list", params_file)[1]


def test_one_is_said_anew_under_its_number(add, call, params_file):
    add()
    assert "--replaces 1" in add()[1]
    assert add(FLOOD.replace("set: 0", "set: 9"), "--replaces", "1")[0] == 0
    assert "hours set to 9" in call("scenario", "list", params_file)[1]


MISTAKES = {
    "did you mean question": FLOOD.replace("question:", "questoin:"),
    "not readable as YAML": "name: [",
    "owner is empty": FLOOD.replace("Bob", '""'),
    "asks it": FLOOD.replace("name: flood", "name: strike"),
    "changes": FLOOD.split("changes")[0] + "changes: []",
}


@pytest.mark.parametrize("message", MISTAKES)
def test_a_mistake_is_named_and_nothing_is_written(message, add, call, params_file):
    code, said = add(MISTAKES[message])
    assert (code, message in said, "Traceback" in said) == (2, True, False)
    assert "1 asked beside base" in call("scenario", "list", params_file)[1]


def test_where_the_cycle_is_planned_the_changes_are_tried_before_anything_is_written(add, call, params_file):
    cycle = open_cycle(params_file)
    cycle.write("gather", **tiny.tables())
    cycle.write("demand", demand_plan=tiny.demand_plan())
    code, said = add(FLOOD.replace("regular_hours", "regular_hour"))
    assert code == 2 and "did you mean regular_hours?" in said
    code, said = add(FLOOD + "parent: striek\n")
    assert code == 2 and "did you mean strike?" in said
    assert "1 asked beside base" in call("scenario", "list", params_file)[1]
    assert add(FLOOD + "parent: strike\n")[0] == 0


def test_the_file_and_the_book_are_asked_together_and_never_one_name_of_both(add, params_file):
    add()
    asked = open_cycle(params_file).scenarios()
    assert [each.name for each in asked] == ["strike", "flood"]
    assert [each.name for each in presop.still_asked(asked, tiny.START)[0]] == ["strike", "flood"]
    params_file.write_text(PARAMS.replace("name: strike", "name: flood"))
    with pytest.raises(PlanningError, match=r"scenarios \[flood\].*both ask.*that of Bob.*scenario withdraw"):
        open_cycle(params_file).scenarios()


def test_an_entry_of_the_registers_may_name_a_scenario_of_the_book(add, call, params_file):
    words = ("--kind", "risk", "--text", "flood", "--owner", "Bob", "--scenario", "flood")
    assert "no such scenario" in call("register", "add", params_file, *words)[1]
    add()
    assert call("register", "add", params_file, *words)[0] == 0
