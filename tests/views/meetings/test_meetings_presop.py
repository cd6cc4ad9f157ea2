"""The pre-S&OP page driven in Python: levers, what is planned of them, what is kept, gaps with levers, risk."""

import re
import shutil
import threading
import time
from datetime import date

import ipywidgets
import pandas as pd
import pytest
import tiny_presop

import tiny
from sopbench.book import Book
from sopbench.contract import PlanningError, Problem, table
from sopbench.cycle import open_cycle
from sopbench.params import Change, Scenario
from sopbench.views.meetings import presop as presop_page
from sopbench.views.meetings import presop_panel
from sopbench.views.meetings.later import LastAsked
from sopbench.views.meetings.presop_gaps import causes, gaps_with_levers, levers_of
from sopbench.views.meetings.presop_keep import asked_in_the_book, keep
from sopbench.views.meetings.presop_levers import ALL_SHOWN, LISTED, Choices, Levers
from sopbench.views.meetings.presop_risk import risk
from sopbench.views.meetings.presop_side_by_side import side_by_side
from sopbench.views.meetings.presop_what_if import ready
from sopbench.views.meetings.presop_wish import FOR_GOOD, Wish, changes_of, in_words, only_under_way


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with the tiny company's params file, and its cycle finished as far as presop."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny.yaml").write_text(tiny_presop.PARAMS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPBENCH_CYCLES", str(folder / "cycles"))
        tiny_presop.write(open_cycle(folder / "tiny.yaml"))
    return folder


@pytest.fixture
def cycle(finished, tmp_path, monkeypatch):
    """That cycle, in a copy of its own."""
    shutil.copytree(finished, tmp_path / "own")
    monkeypatch.setenv("SOPBENCH_CYCLES", str(tmp_path / "own/cycles"))
    return open_cycle(tmp_path / "own/tiny.yaml")


@pytest.fixture(scope="module")
def bench(finished):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPBENCH_CYCLES", str(finished / "cycles"))
        return ready(open_cycle(finished / "tiny.yaml"))


def until(holds, seconds: float = 30.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def within(widget):
    """The widget and all that stands in it."""
    return [widget, *(each for child in getattr(widget, "children", ()) for each in within(child))]


class Visitor:
    """The page of a cycle, used as a visitor would."""

    def __init__(self, cycle):
        self.page = presop_page.page(cycle.params_file)

    def named(self, said: str):
        """The control that is called so."""
        return next(each for each in within(self.page) if getattr(each, "description", None) == said)

    def part(self, name: str):
        return next(each for each in within(self.page) if name in getattr(each, "_dom_classes", ()))

    @property
    def row(self) -> str:
        """What the row of the what-if says, without marks."""
        found = re.search('<tr class="asked">(.*?)</tr>', self.part("meeting-answers").children[0].value)
        return " ".join(re.sub("<[^>]+>", " ", found.group(1)).split())

    @property
    def note(self) -> str:
        return self.part("came").value

    def ready(self):
        until(lambda: not self.named("kits").disabled)
        return self

    def answered(self):
        until(lambda: "Planned in" in self.note)
        return self.row


# what the levers stand for


def test_a_wish_of_nothing_changes_nothing():
    assert changes_of(Wish(), ["pumps"], {}) == [] and in_words(Wish()) == []


def test_each_lever_is_said_as_changes_and_in_words():
    wish = Wish({"pumps": -10}, {"LINE": 20}, {"ACME": 2}, 0.98, "2025-10", "2025-11")
    demand, regular, overtime, lead_time, orders, service = changes_of(wish, ["pumps", "kits"], {"ACME": ["KIT"]})
    assert (demand.table, demand.column, demand.multiply, demand.where) == (
        "demand_plan", "consensus", 0.9, {"family": "pumps"},
    )  # fmt: skip
    assert (demand.start, demand.end) == (regular.start, regular.end) == ("2025-10", "2025-11")
    assert (regular.column, overtime.column, regular.multiply, overtime.multiply) == (
        "regular_hours", "overtime_hours", 1.2, 1.2,
    )  # fmt: skip
    assert (lead_time.table, lead_time.add, lead_time.where) == ("sources", 2, {"origin_id": "ACME"})
    assert (orders.table, orders.shift, orders.where) == ("receipts", 2, {"kind": "PO", "item_id": ["KIT"]})
    assert (service.set, service.where) == (0.98, {"family": ["pumps", "kits"]})
    assert in_words(wish) == [
        "demand −10 % for pumps, Oct–Nov 2025",
        "regular hours and overtime hours +20 % for LINE, Oct–Nov 2025",
        "ACME sends nothing for 2 months",
        "service level 98.0%",
    ]


def test_a_supplier_that_is_out_for_good_can_send_nothing_more():
    (change,) = changes_of(Wish(out={"ACME": FOR_GOOD}), [], {"ACME": ["KIT"]})
    assert (change.table, change.column, change.set) == ("sources", "qty_max", 0)
    assert in_words(Wish(out={"ACME": FOR_GOOD})) == ["ACME sends nothing for good"]


def test_only_orders_that_no_other_supplier_can_have_sent_come_later():
    sources = pd.DataFrame(
        {
            "item_id": ["KIT", "SEAL", "SEAL", "PUMP"],
            "method": ["buy", "buy", "subcontract", "move"],
            "origin_id": ["ACME", "ACME", "OTHER", "PLANT"],
        }
    )
    receipts = pd.DataFrame({"item_id": ["KIT", "SEAL", "PUMP"], "kind": ["PO", "PO", "DO"]})
    assert only_under_way(receipts, sources) == {"ACME": ["KIT"]}


# what is planned of them


def more(bench, wish) -> pd.Series:
    return bench.answer(bench.changes(wish)).kpis.set_index("kpi")["difference"]


def test_a_fifth_more_kits_is_54_units_and_1350_of_revenue(bench):
    found = more(bench, Wish({"kits": 20}))  # 9 kits in each of 6 months, at 25
    assert found["units"] == pytest.approx(54) and found["revenue"] == pytest.approx(1350)
    assert found["late_or_lost"] == pytest.approx(0)


def test_without_the_line_only_the_210_pumps_on_hand_are_shipped(bench):
    found = more(bench, Wish(capacity={"LINE": -100}))  # 600 are wanted, at 100
    assert found["units"] == pytest.approx(-390) and found["late_or_lost"] == pytest.approx(39000)


def test_a_supplier_out_for_a_month_delays_what_is_under_way(bench):
    found = more(bench, Wish({"pumps": -50}, out={"ACME": 1}))
    alone = more(bench, Wish({"pumps": -50}))
    # 5 + 3 × 45 kits are wanted by November; 80 are there, 40 come in November, the first new ones in December
    assert found["late_or_lost"] - alone["late_or_lost"] == pytest.approx(20 * 25)


def test_a_what_if_is_what_a_scenario_with_the_same_changes_is(bench, cycle):
    """The stored scenario `line_stops` sets regular hours to 0; so does −100 % but for overtime."""
    kept = cycle.read("presop", "scenario_kpis").query("scenario == 'line_stops'").set_index("kpi")
    found = bench.answer(cycle.params.presop.scenarios[0].changes).kpis.set_index("kpi")
    pd.testing.assert_series_equal(found["value"], kept["value"], rtol=1e-6, atol=1e-6)
    pd.testing.assert_series_equal(found["base"], kept["base"])


def test_what_cannot_be_changed_is_refused_in_words(bench):
    with pytest.raises(PlanningError, match="no row of demand_plan has that family"):
        bench.answer([Change(table="demand_plan", column="consensus", multiply=1.1, where={"family": "boats"})])


def test_a_base_that_is_no_longer_the_plan_shown_is_not_compared_with(cycle):
    text = cycle.params_file.read_text(encoding="utf-8") + "supply: {backlog_share: 0.5, holding_share: 0.3}\n"
    cycle.params_file.write_text(text, encoding="utf-8")
    with pytest.raises(PlanningError, match="parameters or tables changed since"):
        ready(open_cycle(cycle.params_file))


# the page


def test_scenarios_stand_side_by_side_base_first_and_what_people_say_is_text(cycle):
    visitor = Visitor(cycle)
    said = visitor.part("meeting-answers").children[0].value
    assert said.index(">base<") < said.index('class="asked"') < said.index(">line stops<")
    assert "What if &lt;i&gt;the line&lt;/i&gt; stops?" in said and "<i>the line" not in said
    assert ">875<" in said and "67 k" in said
    assert visitor.ready().row.endswith("move a lever")


def test_moving_a_lever_plans_at_once_and_shows_figures_and_words(cycle):
    visitor = Visitor(cycle).ready()
    visitor.named("kits").value = 20
    row = visitor.answered()
    assert "929 +54" in row and "68 k +1,350" in row
    assert "demand +20 % for kits" in visitor.part("changed").value
    assert "the best plan there is (gap 0.00%)" in visitor.note and "revenue +1,350" in visitor.note


def test_figures_never_stand_beside_levers_they_do_not_belong_to(cycle):
    visitor = Visitor(cycle).ready()
    visitor.named("kits").value = 20
    visitor.answered()
    visitor.named("at once").value = False
    visitor.named("kits").value = 10
    assert "press Plan it" in visitor.row and "Planned in" not in visitor.note
    visitor.named("Plan it").click()
    assert "902 +27" in visitor.answered()
    visitor.named("Start again").click()
    assert visitor.row.endswith("move a lever") and visitor.named("kits").value == 0 and visitor.note == ""


def test_nothing_moved_plans_nothing(cycle):
    visitor = Visitor(cycle).ready()
    visitor.named("Plan it").click()
    assert "Move a lever first" in visitor.note


def test_several_resources_and_suppliers_are_set_one_after_the_other():
    calls = []
    buckets = pd.date_range("2025-09-01", periods=6, freq="MS")
    levers = Levers(Choices(["pumps"], ["LINE", "OVEN"], ["ACME"], buckets), lambda: calls.append(1))
    name, slider = next(each for each in within(levers.widget) if "one-of-many" in each._dom_classes).children
    slider.value = -20
    name.value = "OVEN"
    assert slider.value == 0
    slider.value = 10
    name.value = "LINE"
    assert slider.value == -20 and levers.wish().capacity == {"LINE": -20, "OVEN": 10} and len(calls) == 2
    months = next(each for each in within(levers.widget) if "months" in each._dom_classes)
    months.index = (1, 2)
    assert (levers.wish().start, levers.wish().end) == ("2025-10", "2025-11")
    slider.value = 0
    assert levers.wish().capacity == {"OVEN": 10}
    levers.clear()
    assert levers.wish() == Wish() and slider.value == 0


def test_months_alone_change_nothing():
    buckets = pd.date_range("2025-09-01", periods=6, freq="MS")
    levers = Levers(Choices(["pumps"], ["LINE"], [], buckets), lambda: None)
    next(each for each in within(levers.widget) if "months" in each._dom_classes).index = (1, 2)
    assert levers.wish() == Wish()


def test_many_families_and_suppliers_do_not_become_as_many_controls():
    families = [f"family_{number}" for number in range(ALL_SHOWN + 1)]
    suppliers = [f"SUP-{number}" for number in range(LISTED + 1)]
    moved = []
    levers = Levers(
        Choices(families, [], suppliers, pd.date_range("2025-09-01", periods=2, freq="MS")), lambda: moved.append(1)
    )
    inside = within(levers.widget)
    assert len([each for each in inside if isinstance(each, ipywidgets.IntSlider)]) == 1
    box = next(each for each in inside if isinstance(each, ipywidgets.Combobox))
    slider = next(each for each in inside if "one-of-many" in each._dom_classes and box in each.children).children[1]
    box.value = "SUP-7"
    slider.value = 2
    assert levers.wish().out == {"SUP-7": 2}


def test_a_preparation_that_fails_is_said_and_the_levers_stay_off(cycle, monkeypatch):
    def fail(_):
        raise ZeroDivisionError("<b>oops</b>")

    monkeypatch.setattr(presop_panel, "ready", fail)
    visitor = Visitor(cycle)
    until(lambda: "No what-if can be planned" in visitor.note)
    assert "&lt;b&gt;oops" in visitor.note and visitor.named("kits").disabled


def test_a_large_company_is_made_ready_only_when_asked(cycle, monkeypatch):
    monkeypatch.setattr(presop_panel, "LARGE", 1)
    visitor = Visitor(cycle)
    assert "it takes minutes" in visitor.note and not visitor.named("at once").value
    assert visitor.named("kits").disabled
    visitor.named("Get ready").click()
    visitor.ready()
    assert not visitor.named("Plan it").disabled


def test_a_refusal_is_shown_and_no_figures(cycle, monkeypatch):
    visitor = Visitor(cycle).ready()
    error = PlanningError(Problem("what if", "x", "", "there is <no> plan", "mend it"))

    def refuse(*_):
        raise error

    monkeypatch.setattr(presop_panel.Bench, "answer", refuse)
    visitor.named("kits").value = 20
    until(lambda: "there is &lt;no&gt; plan" in visitor.note)
    assert visitor.row.endswith("could not be planned") and not visitor.named("Plan it").disabled


def test_no_output_widget_stands_in_the_page(cycle):
    assert not [each for each in within(Visitor(cycle).page) if isinstance(each, ipywidgets.Output)]


def test_a_cycle_without_presop_is_said(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_presop.PARAMS, encoding="utf-8")
    said = presop_page.page(path).children[0].value
    assert "nothing to show yet" in said and "as far as the step presop" in said


# only the last question is answered


def test_an_answer_that_comes_late_is_dropped_and_what_waits_behind_a_newer_one_is_not_worked_on():
    worker, shown, worked, go, begun = LastAsked(), [], [], threading.Event(), threading.Event()

    def slow():
        begun.set()
        go.wait(10)
        worked.append("first")
        return "first"

    def quick(name):
        return lambda: worked.append(name) or name

    worker.ask(slow, shown.append)
    begun.wait(10)
    worker.ask(quick("second"), shown.append)
    worker.ask(quick("third"), shown.append)
    go.set()
    until(lambda: shown)
    assert shown == ["third"] and worked == ["first", "third"]


def test_what_is_forgotten_is_not_shown_and_a_fault_is_handed_over():
    worker, shown = LastAsked(), []
    go = threading.Event()
    worker.ask(lambda: go.wait(10), lambda _: shown.append("old"))
    worker.forget()
    go.set()
    worker.ask(lambda: 1 / 0, shown.append)
    until(lambda: shown)
    assert len(shown) == 1 and "division by zero" in str(shown[0])


# kept as a scenario

CHANGES = [Change(table="demand_plan", column="consensus", multiply=1.1)]


def kept(cycle, **said) -> str:
    given = {"name": "Kits boom!", "question": "What if kits boom?", "owner": "Ada", "kind": "risk"}
    given |= {"reason": "a fair", "expires": None, "changes": CHANGES}
    return keep(cycle, **given | said)


def test_levers_are_kept_in_the_book_as_a_scenario_with_owner_and_reason(cycle):
    visitor = Visitor(cycle).ready()
    visitor.named("kits").value = 20
    visitor.answered()
    for control, value in (("Name", "Kits boom"), ("Question", "Kits?"), ("Owner", "Ada <b>"), ("Reason", "a fair")):
        visitor.named(control).value = value
    visitor.named("Save the scenario").click()
    (found,) = Book(cycle.book_url).scenarios(cycle.name)
    assert (found.name, found.owner, found.reason, found.kind) == ("kits_boom", "Ada <b>", "a fair", "risk")
    assert found.changes == changes_of(Wish({"kits": 20}), [], {})
    assert "planned for good at the next run: sopbench run" in visitor.part("kept").value
    listed = visitor.part("asked-now").value
    assert "kits boom" in listed and "Ada &lt;b&gt;" in listed and "Ada <b>" not in listed


def test_a_scenario_kept_elsewhere_is_listed_until_it_is_planned(cycle):
    kept(cycle, owner="Bob")
    book = Book(cycle.book_url)
    assert "Bob" in asked_in_the_book(book, cycle, {"line_stops"})
    assert asked_in_the_book(book, cycle, {"kits_boom"}) == ""


def test_a_name_that_is_taken_is_refused_with_who_asked(cycle):
    kept(cycle)
    with pytest.raises(PlanningError, match="Ada .* asks a scenario of that name already"):
        kept(cycle, owner="Bob")
    with pytest.raises(PlanningError, match=r"Ops asks a scenario of that name already, in tiny\.yaml"):
        kept(cycle, name="line stops")
    with pytest.raises(PlanningError, match="base is the plan"):
        kept(cycle, name="Base")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"name": " 7 "}, "starts with a letter"),
        ({"changes": []}, "nothing is changed"),
        ({"question": " "}, "question is empty"),
        ({"owner": ""}, "owner is empty"),
        ({"reason": ""}, "reason is empty"),
        ({"expires": date(2025, 8, 1)}, "would not even be asked"),
    ],
)
def test_what_is_not_said_is_refused(cycle, said, told):
    with pytest.raises(PlanningError, match=told):
        kept(cycle, **said)
    assert Book(cycle.book_url).scenarios(cycle.name) == []


def test_a_viewer_may_try_but_not_keep(cycle, monkeypatch):
    monkeypatch.setenv("SOPBENCH_USER_HEADER", "X-User")
    monkeypatch.setenv("HTTP_X_USER", "eve")
    visitor = Visitor(cycle).ready()
    assert not [each for each in within(visitor.page) if getattr(each, "description", "") == "Save the scenario"]
    visitor.named("kits").value = 20
    assert "+54" in visitor.answered()


# gaps and levers


def test_a_gap_shows_the_levers_on_what_causes_it_those_that_close_most_first():
    december = tiny.BUCKETS[3]
    shortages = pd.DataFrame(
        {
            "item_id": ["PUMP", "KIT"],
            "bucket": [december, december],
            "cause": ["resource", "supplier"],
            "cause_id": ["LINE", "ACME"],
        }
    )
    caused, levers = causes(shortages, tiny.tables()["items"]), tiny_presop.levers()
    assert levers_of("shortage", "PUMP", december, levers, caused)["lever"].tolist() == ["shift_line", "overtime_line"]
    assert levers_of("shortage", "PUMP", tiny.BUCKETS[0], levers, caused).empty
    assert levers_of("budget", "kits", tiny.BUCKETS[1], levers, caused)["lever"].tolist() == ["second_source_acme"]
    assert levers_of("budget", "kits", tiny.BUCKETS[4], levers, caused).empty
    of_pumps = levers_of("budget", "pumps", tiny.BUCKETS[0], levers, caused)["lever"].tolist()
    assert of_pumps == ["shift_line", "overtime_line", "promotion_pumps"]
    assert levers_of("bottleneck", "LINE", december, levers, caused)["rank"].tolist() == [1, 2]


def test_gaps_are_ranked_by_money_and_picking_one_shows_its_levers():
    gaps = pd.DataFrame(
        {
            "scenario": "base",
            "kind": ["shortage", "shortage", "budget"],
            "key": ["KIT", "PUMP", "pumps"],
            "bucket": [tiny.BUCKETS[1], tiny.BUCKETS[3], tiny.BUCKETS[0]],
            "size": [15.0, 30.0, 900.0],
            "unit": ["units", "units", "money"],
            "money": [375.0, 3000.0, 900.0],
            "message": ["kits <late>", "pumps late", "pumps under budget"],
        }
    )
    shortages = pd.DataFrame(
        {"item_id": ["PUMP"], "bucket": [tiny.BUCKETS[3]], "cause": ["resource"], "cause_id": ["LINE"]}
    )
    made = gaps_with_levers(gaps, tiny_presop.levers(), shortages, tiny.tables()["items"], "EUR")
    (kind, grid), beside = made.children[0].children, made.children[1]
    assert grid.names == ["PUMP, Dec 2025", "KIT, Oct 2025"]
    assert grid.texts == [["30 units", "3,000"], ["15 units", "375"]]
    assert "pumps late" in beside.value and "A further &lt;b&gt;shift&lt;/b&gt;?" in beside.value
    grid.picked = {"row": 1, "column": 0, "count": 1}
    assert "kits &lt;late&gt;" in beside.value and "No lever was tried" in beside.value
    kind.value = "budget"
    assert grid.texts == [["900"]] and "pumps under budget" in beside.value
    kind.value = "bottleneck"
    assert grid.names == [] and "Base has no gap of this kind" in beside.value


# scenarios and risk that are not there


def test_a_company_without_scenarios_sees_base_and_its_what_if(cycle):
    base = cycle.read("presop", "scenario_kpis").query("scenario == 'base'")
    said = side_by_side(base, cycle.read("presop", "scenarios").head(1), "EUR")
    assert said.count("<tr") == 3 and "<details>" not in said


def test_risk_is_told_in_figures_and_its_charts_are_drawn_when_asked(cycle):
    tables = {name: cycle.read("presop", name) for name in ("risk_outcomes", "risk_paths", "risk_drivers")}
    left, right = risk(tables, "EUR", 0.95).children
    assert "Chance of missing the budget" in left.value and "pumps" in left.value
    asked, drawn = right.children
    first = drawn.value
    asked.value = "drivers"
    assert "moves contribution most" in drawn.value and drawn.value != first
    asked.value = "service"
    assert "Service comes to" in drawn.value


def test_no_risk_looked_at_is_said():
    tables = {name: table(name).empty() for name in ("risk_outcomes", "risk_paths", "risk_drivers")}
    assert "No risk was looked at" in risk(tables, "EUR", 0.95).value


def test_a_scenario_of_the_book_that_is_planned_stands_among_the_others(cycle):
    kept(cycle)
    asked = [*cycle.params.presop.scenarios, *Book(cycle.book_url).scenarios(cycle.name)]
    tiny_presop.write(cycle, [Scenario.model_validate(each.model_dump()) for each in asked])
    visitor = Visitor(cycle)
    assert ">kits boom<" in visitor.part("meeting-answers").children[0].value
    assert visitor.part("asked-now").value == ""
