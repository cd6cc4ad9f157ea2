"""The registers by command: what is added is listed, carried, closed and scored, and every mistake is named."""

import sys

import pytest

from sopbench import cli

PARAMS = """company: tiny
currency: EUR
cycle: 2025-09
gather: {source: .}
presop:
  scenarios:
    - name: strike
      question: What if they strike?
      changes: [{table: capacity, column: regular_hours, multiply: 0.5}]
"""
RISK = ("--kind", "risk", "--text", "Supplier strike", "--owner", "Bob", "--due", "2025-09-10")


@pytest.fixture
def register(tmp_path, monkeypatch, capsys):
    """Give a command of the registers; return its exit code and everything it printed."""
    params = tmp_path / "tiny.yaml"
    params.write_text(PARAMS)

    def give(command, *words):
        monkeypatch.setattr(sys, "argv", ["sopbench", "register", command, str(params), *words])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        return stop.value.code, said.out + said.err

    return give


def test_what_is_added_is_listed_with_its_figures_and_carried_to_the_next_cycle(register):
    figures = ("--probability", "0.3", "--effect-units", "-400", "--effect-money", "-50000", "--scenario", "strike")
    assert register("add", *RISK, *figures, "--cycle", "2025-08")[0] == 0
    said = register("list", "--on", "2025-09-10")[1]
    told = "Bob, due 2025-09-10, probability 30.0%, -400 units, -50 k EUR, scenario strike, from 2025-08"
    assert f"   1 open     risk        Supplier strike ({told})" in said
    assert "1 open, 0 overdue" in said
    assert "   1 overdue  risk" in register("list", "--on", "2025-09-11")[1]
    assert "0 open" in register("list", "--kind", "action")[1]
    assert "0 open" in register("list", "--owner", "Eve")[1]


def test_a_closed_entry_shows_its_outcome_and_is_scored(register):
    register("add", *RISK, "--probability", "0.3", "--effect-money", "-50000")
    close = ("1", "--outcome", "settled", "--on", "2025-09-09")
    assert "--happened or --did-not-happen" in register("close", *close)[1]
    assert register("close", *close, "--did-not-happen")[0] == 0
    assert "(Bob, due 2025-09-10, probability 30.0%, -50 k EUR); it did not come: settled" in register("list")[1]
    said = register("score")[1]
    assert "risk        Bob: 1 came due: 1 closed in time, 0 late, 0 overdue; Brier score 0.090 over 1" in said
    assert "expected -15 k EUR; true 0 EUR" in said
    assert "Nothing has come due yet" in register("score", "--on", "2025-09-10")[1]


MISTAKES = {
    "no such register": ("add", "--kind", "rumour", "--text", "x", "--owner", "Bob"),
    "there is no such scenario": ("add", *RISK, "--scenario", "strik"),
    "owner is empty": ("add", "--kind", "risk", "--text", "x", "--owner", " "),
    "write 30 % as 0.3": ("add", *RISK, "--probability", "30"),
    "no entry of that number is open": ("close", "7", "--outcome", "x"),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_a_mistake_is_named_with_its_mend(message, register):
    code, said = register(*MISTAKES[message])
    assert code == 2
    assert message in said and "Traceback" not in said
    assert "Nothing has come due" in register("score")[1]
