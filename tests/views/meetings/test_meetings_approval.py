"""Approving on the executive page: what is recorded, what is refused, and how both are told."""

import getpass

import ipywidgets
import pytest
import tiny_meeting
from ipywidgets.widgets.widget import _instances

from sopbench.book import Book
from sopbench.contract import PlanningError
from sopbench.cycle import open_cycle
from sopbench.run import held
from sopbench.views.meetings import executive as executive_page


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_meeting.PARAMS, encoding="utf-8")
    return path


@pytest.fixture
def cycle(params_file):
    opened = open_cycle(params_file)
    tiny_meeting.write(opened)
    return opened


class Form:
    """The page with its approval form, used as a visitor would."""

    def __init__(self, params_file):
        self.page = executive_page.page(params_file)
        self.fields = self.page.children[-1].children

    def approve(self, by: str, conditions: str = "") -> str:
        """Fill the form in, press the button, and return what the page then says."""
        name, condition, button, _, note = self.fields
        name.value, condition.value = by, conditions
        button.click()
        return note.value

    def send_back(self, by: str, conditions: str) -> str:
        """Fill the form in, press the other button, and return what the page then says."""
        name, condition, _, back, note = self.fields
        name.value, condition.value = by, conditions
        back.click()
        return note.value


def test_an_approval_names_who_and_on_what_condition_and_freezes_the_plan(cycle, params_file):
    said = Form(params_file).approve("Ada <b>", "the line runs")
    assert "Approved by <b>Ada &lt;b&gt;</b>" in said and "the line runs" in said
    assert cycle.approval()["plan_hash"] == cycle.plan_hash()


def test_an_approved_plan_shows_its_approval_and_no_form(cycle, params_file):
    cycle.approve("Ada")
    (note,) = Form(params_file).fields
    assert "Approved by <b>Ada</b>" in note.value


def test_nobody_approves_without_a_name(cycle, params_file):
    assert "by is empty" in Form(params_file).approve("  ")
    assert cycle.approval() is None


def test_a_plan_run_again_behind_the_page_is_not_approved_unseen(cycle, params_file):
    form = Form(params_file)
    cycle.write(
        "presop", scenarios=tiny_meeting.scenarios().head(2), scenario_kpis=tiny_meeting.scenario_kpis().head(9)
    )
    assert "was run again" in form.approve("Ada")
    assert cycle.approval() is None


def test_a_plan_is_not_approved_while_it_is_run(cycle, params_file):
    form = Form(params_file)
    with held(cycle):
        assert "is being run" in form.approve("Ada")
    assert "is frozen" in form.approve("Ada")


def test_a_second_approval_is_refused_with_the_name_of_the_first(cycle, params_file):
    first, second = Form(params_file), Form(params_file)
    first.approve("Ada")
    assert "approved by Ada" in second.approve("Bob")


def test_a_choice_draws_again_and_all_widgets_are_without_output(cycle, params_file):
    page = Form(params_file).page
    charts = page.children[2]
    (asked, plan), (asked_right, gaps) = (card.children for card in charts.children)
    family, line = asked.children
    before, gaps_before = plan.value, gaps.value
    family.value = "kits"
    assert plan.value != before and gaps.value == gaps_before
    line.value = "margin"
    assert gaps.value != gaps_before
    by_family = gaps.value
    asked_right.children[0].value = "why"
    assert gaps.value != by_family
    assert not [each for each in within(page) if isinstance(each, ipywidgets.Output)]


def within(widget):
    """The widget and all that stands in it."""
    return [widget, *(each for child in getattr(widget, "children", ()) for each in within(child))]


@pytest.mark.parametrize("name", ["2024-01", "<script>"])
def test_a_cycle_that_cannot_be_shown_is_said_as_text(params_file, name):
    said = executive_page.page(params_file, name).children[0].value
    assert "nothing to show yet" in said and "<script>" not in said


def test_a_viewer_has_no_form_and_whose_browser_presses_the_button_all_the_same_is_refused(cycle, params_file):
    with params_file.open("a", encoding="utf-8") as file:
        file.write(f"meetings:\n  roles: {{{getpass.getuser()}: viewer}}\n")
    (note,) = executive_page.page(params_file).children[-1].children
    buttons = [each for each in _instances.values() if isinstance(each, ipywidgets.Button)]
    [each for each in buttons if each.description.startswith("Approve")][-1].click()
    assert "a viewer may not approve" in note.value
    assert cycle.approval() is None


def test_the_first_content_says_what_the_page_will_say(cycle, params_file):
    shown = executive_page.first(params_file).data
    page = executive_page.page(params_file)
    answers = next(part for part in page.children if "meeting-answers" in part._dom_classes).value
    assert answers in shown and "Tiny &lt;b&gt;Pumps" in shown


def test_where_there_is_nothing_to_show_yet_the_first_content_is_left_to_the_page(params_file):
    assert executive_page.first(params_file, "2024-01").data == ""


def test_a_returned_plan_says_who_and_what_must_change_and_stays_open(cycle, params_file):
    form = Form(params_file)
    said = form.send_back("Ada <b>", "sell the old pumps | Bob | 2025-10-01; show cash")
    assert "Returned by <b>Ada &lt;b&gt;</b>" in said and "sell the old pumps; show cash" in said
    assert cycle.approval() is None
    found = Book(cycle.book_url).entries(cycle.name)
    assert found[["kind", "text", "owner", "due"]].values.tolist()[0] == [
        "action",
        "sell the old pumps",
        "Bob",
        "2025-10-01",
    ]
    assert "Returned by" in Form(params_file).fields[-1].value


def test_a_returned_plan_is_made_again_before_anyone_approves_it(cycle, params_file):
    form = Form(params_file)
    form.send_back("Ada", "show cash")
    assert "show cash" in form.approve("Ada") and cycle.approval() is None


@pytest.mark.parametrize(("by", "conditions", "said"), [("", "show cash", "by is empty"), ("Ada", " ; ", "reason")])
def test_nobody_returns_a_plan_without_a_name_or_a_reason(cycle, params_file, by, conditions, said):
    assert said in Form(params_file).send_back(by, conditions)
    assert cycle.returned() is None


def test_an_approved_plan_is_not_returned(cycle, params_file):
    form = Form(params_file)
    cycle.approve("Ada")
    with pytest.raises(PlanningError, match="frozen"):
        cycle.send_back("Eve", "show cash")
    assert form.send_back("Eve", "show cash").count("approved by Ada")
