"""The pre-S&OP page of the example company as its visitors use it: a real Chromium, no network but this computer."""

import time

import pytest
from visitor import CHROMIUM, beyond_the_keyboard, visit

from conftest import ROOT
from sopbench.book import Book
from sopbench.cycle import open_cycle

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed: the page is not looked at"),
]


@pytest.fixture(scope="module")
def opened(browser, brewline_address):
    seen = visit(browser, brewline_address, meeting="presop")
    print(f"\nfirst content after {seen.seconds:.1f} s")
    began = time.perf_counter()
    seen.page.wait_for_function(
        "!document.querySelector('.levers [disabled], .levers .widget-hslider[disabled]') &&"
        "!document.querySelector('.came').innerText.includes('Getting ready')",
        timeout=90_000,
    )
    print(f"levers ready {time.perf_counter() - began:.1f} s later")
    yield seen
    seen.context.close()


@pytest.fixture
def book(brewline_cycles, monkeypatch):
    monkeypatch.setenv("SOPBENCH_CYCLES", str(brewline_cycles))
    return Book(open_cycle(ROOT / "params/brewline.yaml").book_url)


def came(page) -> str:
    return page.inner_text(".came")


def row(page) -> str:
    return " ".join(page.inner_text("tr.asked").split())


def lever(page, said: str):
    return page.locator(".levers .widget-hslider, .levers .one-of-many", has_text=said).last


def answered(page, act) -> str:
    """Do something to the levers; wait for the figures that come of it, say how long that took, and return them."""
    before, began = came(page), time.perf_counter()
    act()
    page.wait_for_function(
        "before => { const said = document.querySelector('.came').innerText;"
        "return said.includes('Planned in') && said !== before }",
        arg=before,
        timeout=60_000,
    )
    print(f"{page.inner_text('.changed')!r}: figures after {time.perf_counter() - began:.2f} s")
    return row(page)


def typed(page, said: str, value: str):
    """Type a value beside a slider."""
    field = lever(page, said).locator(".widget-readout").last
    field.fill(value)
    field.press("Enter")


def test_scenarios_and_levers_stand_on_the_first_screen(opened):
    for size in ({"width": 1280, "height": 720}, {"width": 1920, "height": 1080}):
        opened.page.set_viewport_size(size)
        for part in ("answers", "what-if"):
            box = opened.page.locator(f".meeting-{part}").bounding_box()
            assert box["height"] > 300 and box["y"] + box["height"] <= size["height"]
        assert opened.page.evaluate("document.documentElement.scrollWidth") == size["width"]
    opened.page.set_viewport_size({"width": 1280, "height": 720})
    text = opened.page.inner_text(".meeting-answers")
    assert "extra shift" in text and "boards late" in text and "move a lever" in row(opened.page)


def test_every_control_is_reached_by_the_keyboard(opened):
    assert beyond_the_keyboard(opened.page) == []


def test_levers_let_go_show_what_they_change(opened):
    page = opened.page
    said = answered(page, lambda: typed(page, "home machines", "10"))
    assert said.count("+") >= 4
    assert "demand +10 % for home machines" in page.inner_text(".changed")
    page.get_by_role("button", name="Start again").click()
    page.get_by_text("move a lever").wait_for()
    for resource in ("GRINDING", "ASSY-HOME"):
        page.get_by_label("Capacity of", exact=True).select_option(resource)
        page.wait_for_timeout(1000)  # the slider beside it is set to what it is for this resource
    answered(page, lambda: typed(page, "Capacity of", "-20"))
    assert "−20 % for ASSY-HOME" in page.inner_text(".changed")
    page.get_by_role("button", name="Start again").click()
    page.get_by_text("move a lever").wait_for()
    page.get_by_label("Supplier", exact=True).select_option("SUP-BOARD")

    def two_months_out():
        lever(page, "Supplier").locator(".noUi-handle").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")

    answered(page, two_months_out)
    page.get_by_text("SUP-BOARD sends nothing for 2 months").wait_for()


def test_service_months_and_the_button_are_used_by_the_keyboard(opened):
    page = opened.page
    page.get_by_role("button", name="Start again").click()
    page.get_by_text("move a lever").wait_for()
    page.get_by_label("at once").uncheck()
    lever(page, "Service level").locator(".noUi-handle").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.get_by_text("service level 92.0%").wait_for()
    typed(page, "capsules", "-5")
    lever(page, "In the months").locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("demand −5 % for capsules, Oct 2025–Feb 2027").wait_for()
    assert "press Plan it" in row(page)
    page.get_by_role("button", name="Plan it").focus()
    answered(page, lambda: page.keyboard.press("Enter"))
    page.get_by_label("at once").check()


def test_a_what_if_is_kept_as_a_scenario_that_other_visitors_see(opened, browser, brewline_address, book):
    page = opened.page
    other = visit(browser, brewline_address, meeting="presop")
    page.get_by_role("button", name="Keep it as a scenario").click()
    page.get_by_label("Name").fill("Fewer capsules")
    page.get_by_label("Question").fill("What if <b>capsules</b> sell less?")
    page.get_by_role("button", name="Save the scenario").click()
    page.get_by_text("owner is empty").wait_for()
    page.get_by_label("Owner").fill("Ada")
    page.get_by_label("Kind").select_option("option: ours to choose")
    page.get_by_label("Kind").select_option("risk: may happen to us")
    page.get_by_label("Reason").fill("a rival's offer")
    page.get_by_label("Asked until").fill("2026-06-01")
    page.get_by_role("button", name="Save the scenario").click()
    page.get_by_text("is asked now; planned for good at the next run").wait_for()
    (found,) = [each for each in book.scenarios("2025-09") if each.name == "fewer_capsules"]
    assert (found.owner, found.reason, str(found.expires)) == ("Ada", "a rival's offer", "2026-06-01")
    assert {each.table for each in found.changes} == {"demand_plan", "policies"}
    began = time.perf_counter()
    other.page.get_by_text("What if <b>capsules</b> sell less?").wait_for(timeout=20_000)
    print(f"seen on another page {time.perf_counter() - began:.1f} s later")
    assert "Ada" in other.page.inner_text(".asked-now")
    assert (other.beyond, other.errors) == ([], [])
    other.context.close()
    page.get_by_role("button", name="Keep it as a scenario").click()
    page.get_by_label("Name").fill("fewer capsules")
    page.get_by_label("Question").fill("again?")
    page.get_by_label("Reason").fill("again")
    page.get_by_role("button", name="Save the scenario").click()
    page.get_by_text("asks a scenario of that name already").wait_for()
    assert "Ada" in page.inner_text(".kept")
    page.get_by_role("button", name="Keep it as a scenario").click()


def test_what_scenarios_ask_can_be_opened(opened):
    opened.page.get_by_text("What the scenarios ask and change").click()
    opened.page.get_by_text("What would a Saturday shift on the home machine line bring until December?").wait_for()
    opened.page.get_by_text("What the scenarios ask and change").click()


def test_a_gap_picked_shows_its_levers(opened):
    page = opened.page
    first = page.inner_text(".levers-of")
    assert "lever" in first and "ASSY-HOME" in first
    page.locator(".meeting-gaps .grid tbody tr").nth(1).locator("button").first.click()
    page.wait_for_function("first => document.querySelector('.levers-of').innerText !== first", arg=first)
    for kind, said in (
        ("Where capacity ends", "loaded to"),
        ("Under budget", "under budget"),
        ("Late or lost", "not on time"),
    ):
        page.get_by_role("button", name=kind).click()
        page.locator(".levers-of", has_text=said).wait_for()


def test_charts_of_risk_are_drawn_when_asked(opened):
    page = opened.page
    for button, said in (("Gross margin", "Gross margin stays below"), ("What it hangs on", "moves contribution most"),
                         ("Service", "Service comes to"), ("Contribution", "Contribution stays below")):  # fmt: skip
        page.locator(".meeting-risk").get_by_role("button", name=button).click()
        page.locator(".drawn-risk figcaption", has_text=said).wait_for()
    assert "Chance of missing the budget" in page.inner_text(".meeting-risk")


def test_nothing_went_to_another_host_and_no_error_was_logged(opened):
    """Runs after those that use the page, so that it counts what all of them did."""
    assert (opened.beyond, opened.errors) == ([], [])
