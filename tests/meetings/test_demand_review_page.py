"""The demand review as visitors see it, one alone and two at once: a real Chromium on the example company's cycle."""

import re
from urllib.parse import urlsplit

import pytest
from visitor import CHROMIUM, visit

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed: the page is not looked at"),
]

PARTS = ("head", "selection", "doubts", "chart", "grid")


@pytest.fixture(scope="module")
def opened(browser, brewline_address):
    seen = visit(browser, brewline_address, meeting="demand_review")
    print(f"\nfirst content after {seen.seconds:.1f} s")
    yield seen
    seen.context.close()


@pytest.fixture
def page(opened):
    """The page, of which a test may look at whatever it likes; it leaves nothing typed."""
    return opened.page


def title(page):
    return page.locator(".meeting-chart figcaption b")


def field(page, month: str):
    return page.get_by_role("textbox", name=f"Consensus, units, {month}")


def after(page, act, where: str):
    """Do something and wait until the text somewhere has changed."""
    before = page.inner_text(where)
    act()
    page.wait_for_function(
        "([where, before]) => document.querySelector(where).innerText != before", arg=[where, before]
    )


def number(text: str) -> float:
    return float(text.replace(",", ""))


def test_what_is_first_asked_stands_above_the_fold(page):
    assert "above what history says" in page.inner_text(".meeting-doubts p")
    for part in PARTS:
        box = page.locator(f".meeting-{part}").bounding_box()
        assert box["height"] > 15 and box["y"] + box["height"] <= 720, part
    page.set_viewport_size({"width": 844, "height": 390})
    for part in PARTS:
        box = page.locator(f".meeting-{part}").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 844, part
    page.set_viewport_size({"width": 1280, "height": 720})


def test_every_control_of_what_is_looked_at_changes_what_is_shown(page):
    after(page, lambda: page.locator(".meeting-doubts .grid button").nth(4).click(), ".meeting-chart b")
    after(page, lambda: page.get_by_role("button", name="Families").click(), ".meeting-doubts .grid")
    after(page, lambda: page.get_by_label("First").select_option("error grew".capitalize()), ".meeting-doubts .grid")
    for view, said in (("Who says what", "against the consensus"), ("Earlier forecasts", "on last cycle")):
        page.get_by_role("button", name=view).click()
        title(page).get_by_text(said).wait_for()
    page.get_by_role("button", name="Forecast", exact=True).click()
    after(page, lambda: page.get_by_label("Where").select_option("DC-LYON"), ".meeting-chart b")
    after(page, lambda: page.get_by_label("Who").select_option("Channel: retail"), ".meeting-chart b")
    page.get_by_role("button", name="Money").click()
    page.get_by_role("textbox", name=re.compile("^Consensus, (k )?EUR, Sep 25")).wait_for()
    page.get_by_role("button", name="Percent").click()
    page.get_by_role("textbox", name="Change on top, Sep 25").wait_for()
    page.get_by_role("button", name="Units").click()
    field(page, "Sep 25").wait_for()
    page.get_by_label("Where").select_option("Everywhere")
    page.get_by_label("Who").select_option("Everyone")
    for name, said in (("What forecasts were worth", "Error taken away"), ("Events, launches, ends", "Uplift")):
        page.get_by_role("button", name=name).click()
        page.locator(".meeting-more th").get_by_text(said).wait_for()
    page.get_by_role("button", name="Overrides in this cycle").click()
    page.locator(".meeting-more td").get_by_text("L. Moreau, marketing").first.wait_for()


def look_at(page, what: str, found: str) -> None:
    """Find an item or family by a part of its name."""
    page.locator(".demand-chosen > button").click()
    page.get_by_label("Find").fill(what)
    page.locator(".demand-find option", has_text=found).wait_for(state="attached")
    page.locator(".demand-find select").select_option(label=found)
    page.locator(".meeting-grid h2").get_by_text(found.removeprefix("Family: ")).wait_for()


def test_an_override_shows_its_effect_at_once_needs_a_reason_and_is_listed_when_saved(page):
    look_at(page, "hm-12 gemma st", "HM-120 Gemma steel")
    before = number(field(page, "Nov 25").input_value())
    field(page, "Nov 25").fill("+30%")
    field(page, "Nov 25").press("Enter")
    page.get_by_text("EUR at list price, all home machines").wait_for()
    assert number(field(page, "Nov 25").input_value()) == pytest.approx(before * 1.3, abs=1)
    assert re.search(r"ASSY-HOME in \w+ 2025: \d+% → \d+%", page.inner_text(".effect"))
    page.get_by_role("button", name="Save the override").click()
    page.get_by_role("alert").get_by_text("reason is empty").wait_for()
    page.get_by_label("Reason").fill("a <b>fair</b> in Milan")
    page.get_by_role("button", name="Save the override").click()
    page.get_by_text("1 override saved.").wait_for()
    row = page.locator(".meeting-more tr", has_text="HM-120")
    assert "a <b>fair</b> in Milan" in row.inner_text() and "waits for the next run" in row.inner_text()


def test_what_one_is_typing_is_not_taken_away_by_what_another_cell_brings(page):
    look_at(page, "hm-121", "HM-121 Gemma cream")
    field(page, "Oct 25").fill("+10")
    field(page, "Nov 25").focus()
    field(page, "Nov 25").fill("12")
    page.get_by_text("EUR at list price").wait_for()
    page.wait_for_timeout(500)
    assert field(page, "Nov 25").input_value() == "12"
    field(page, "Nov 25").fill("")
    page.get_by_role("button", name="Discard").click()
    page.get_by_text("Type into the row").wait_for()


def test_what_is_no_number_is_said_beside_the_field(page):
    field(page, "Oct 25").fill("plenty")
    field(page, "Oct 25").press("Enter")
    page.get_by_role("alert").get_by_text("no number").wait_for()
    field(page, "Oct 25").fill("+1")
    field(page, "Oct 25").press("Enter")
    page.get_by_text("EUR at list price").wait_for()
    page.get_by_role("button", name="Discard").click()
    page.get_by_text("Type into the row").wait_for()


def test_of_two_planners_the_second_sees_what_the_first_said_and_decides(browser, brewline_address, opened, page):
    other = visit(browser, brewline_address, meeting="demand_review")
    look_at(page, "gr-110", "GR-110 Lama 60 mm")
    look_at(other.page, "gr-110", "GR-110 Lama 60 mm")
    field(page, "Dec 25").fill("900")
    field(page, "Dec 25").press("Enter")
    page.get_by_text("EUR at list price").wait_for()
    field(other.page, "Dec 25").fill("700")
    field(other.page, "Dec 25").press("Enter")
    other.page.get_by_text("EUR at list price").wait_for()
    other.page.get_by_label("Owner").fill("Bob")
    other.page.get_by_label("Reason").fill("the chain buys less")
    other.page.get_by_role("button", name="Save the override").click()
    other.page.get_by_text("1 override saved.").wait_for()
    page.locator(".meeting-more td").get_by_text("the chain buys less").wait_for(timeout=8_000)
    page.get_by_label("Reason").fill("a new shop")
    page.get_by_role("button", name="Save the override").click()
    page.get_by_text("changed this while you were typing").wait_for()
    assert {"Bob", "= 700", "= 900"} <= set(page.locator(".clash td").all_inner_texts())
    page.get_by_role("button", name="Put mine in its place").click()
    page.get_by_text("1 override saved.").wait_for()
    assert number(field(page, "Dec 25").input_value()) == 900
    other.page.locator(".meeting-more td").get_by_text("a new shop").wait_for(timeout=8_000)
    assert "replaced by" in other.page.locator(".meeting-more tr", has_text="the chain buys less").inner_text()
    other.page.wait_for_function(
        "name => document.querySelector(`[aria-label='${name}']`).value == '900'", arg="Consensus, units, Dec 25"
    )
    assert (other.beyond, other.errors) == ([], [])
    other.context.close()


def test_an_override_is_withdrawn_with_a_reason(page):
    option = page.locator("option", has_text="GR-110, Dec 2025, = 900")
    page.get_by_label("Withdraw", exact=True).select_option(value=option.get_attribute("value"))
    page.get_by_label("Because").fill("the shop opens later")
    page.get_by_role("button", name="Withdraw it").click()
    page.get_by_text("Withdrawn. The plan follows").wait_for()
    shown = "name => document.querySelector(`[aria-label='${name}']`).value != '900'"
    page.wait_for_function(shown, arg="Consensus, units, Dec 25")


def test_the_keyboard_reaches_every_cell_and_every_control(page):
    page.locator(".meeting h1").click()
    reached = set()
    for _ in range(110):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText"))
    assert {"Consensus, units, Sep 25", "Consensus, units, Feb 27", "Families", "Who says what"} <= reached
    assert any("against statistics" in each for each in reached)


def test_no_request_went_to_another_host_and_no_error_was_logged(opened, brewline_address):
    """Runs after those that use the page, so that it counts what all of them did."""
    assert urlsplit(brewline_address).hostname == "127.0.0.1"
    assert (opened.beyond, opened.errors) == ([], [])
