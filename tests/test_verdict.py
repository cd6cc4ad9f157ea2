"""What the check says: the gravest and dearest first, five of a kind, and the others counted with their money."""

import pandas as pd

from sopbench import verdict
from sopbench.contract import Problem
from sopbench.cycle import open_cycle

PARAMS = "company: tiny\ncycle: 2025-09\ngather: {source: .}\n"


def found(tmp_path, problems):
    path = tmp_path / "tiny.yaml"
    path.write_text(PARAMS)
    return verdict.ranked(open_cycle(path), problems)


def cheap(item, money):
    return Problem("items", f"item_id={item}", "", "the price is below the cost", "check it", "warning", money)


def test_errors_come_first_then_the_kind_with_most_money_and_of_it_the_dearest(tmp_path):
    rest = Problem("items", "9 more items", "", "the price is below the cost", "check it", "warning", 900.0)
    stock = Problem("on_hand", "", "", "stock of ended items", "sell it", "warning", 600.0)
    note = Problem("calendar", "", "", "filled up", "hand it in", "note")
    error = Problem("bom", "A", "", "loops", "cut it")
    findings = found(tmp_path, [note, stock, rest, cheap("A", 10.0), cheap("B", 20.0), error])
    keys = ["A", "item_id=B", "item_id=A", "9 more items", "", ""]
    assert findings["key"].tolist() == keys
    assert findings["table"].tolist() == ["bom", "items", "items", "items", "on_hand", "calendar"]


def test_five_of_a_kind_are_told_and_the_others_counted_with_their_money(tmp_path):
    findings = found(tmp_path, [cheap(name, money) for money, name in enumerate("ABCDEFGH", start=1)])
    said = verdict.lines(findings, "EUR")
    assert len(said) == 6
    assert said[0].startswith("warning (8 EUR): items [item_id=H]: the price is below the cost")
    assert said[5] == "warning (6 EUR): items: 3 more of these in the table"


def test_every_kind_that_has_more_tells_so_at_its_place(tmp_path):
    dear = [Problem("bom", str(number), "", "loops", "cut it") for number in range(7)]
    said = verdict.lines(found(tmp_path, [*dear, *(cheap(name, 1.0) for name in "ABCDEF")]), "EUR")
    assert [line for line in said if "more of these" in line] == [
        "error: bom: 2 more of these in the table",
        "warning (1 EUR): items: 1 more of these in the table",
    ]
    assert said.index("error: bom: 2 more of these in the table") == 5


def test_nothing_found_is_no_line(tmp_path):
    assert verdict.lines(found(tmp_path, []), "EUR") == []
    assert isinstance(found(tmp_path, []), pd.DataFrame)
