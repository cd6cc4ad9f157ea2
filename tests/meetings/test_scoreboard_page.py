"""The scoreboard as a visitor sees it: the example company's page in a real Chromium, and no other host."""

import pytest
from visitor import CHROMIUM, beyond_the_keyboard, visit

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed: the page is not looked at"),
]


@pytest.fixture(scope="module")
def opened(browser, brewline_address):
    seen = visit(browser, brewline_address, meeting="scoreboard")
    print(f"\nfirst chart after {seen.seconds:.1f} s")
    yield seen
    seen.context.close()


@pytest.fixture
def page(opened):
    return opened.page


def test_measures_and_exceptions_stand_beside_each_other_on_one_screen(page):
    measures, exceptions = (page.locator(f".meeting-{each}").bounding_box() for each in ("answers", "exceptions"))
    assert measures["y"] == exceptions["y"] and measures["y"] + measures["height"] <= 720
    assert exceptions["x"] > measures["x"] + measures["width"]
    text = page.inner_text(".meeting-answers")
    for said in ("Forecast error", "Bias", "Attainment", "Service", "Stock turns", "Stock cover", "Nervousness"):
        assert said in text
    assert page.locator(".meeting-answers svg.spark").count() >= 9


def test_every_control_is_reached_by_the_keyboard(page):
    assert beyond_the_keyboard(page) == []


def test_exceptions_of_one_owner(page):
    page.get_by_role("combobox", name="Owner").select_option("production")
    page.wait_for_function("!document.querySelector('.meeting-exceptions').innerText.includes('demand planning')")
    assert "of the planned output was made" in page.inner_text(".meeting-exceptions")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Value added", "The statistical forecast took"),
        ("Bias", "off to one side"),
        ("Service and attainment", "Service"),
        ("Stock and revenue", "Stock"),
        ("Past forecasts", "when it was next"),
        ("Forecast error", "ahead the error goes from"),
    ],
)
def test_every_group_of_charts_is_drawn_when_it_is_asked_for(page, name, said):
    page.get_by_role("button", name=name).click()
    page.locator(".drawer figcaption b", has_text=said).first.wait_for()
    assert page.locator(".drawer figure svg path").count() > 3


def test_past_forecasts_of_one_family(page):
    page.get_by_role("button", name="Past forecasts").click()
    page.get_by_role("combobox", name="Family").select_option("grinders")
    page.wait_for_function("document.querySelector('.waterfall svg').innerHTML.includes('said in')")
    title = page.locator(".waterfall figcaption b")
    assert "planned" in title.inner_text()


def test_a_phone_held_sideways_shows_one_part_below_the_other(page):
    page.set_viewport_size({"width": 844, "height": 390})
    assert page.evaluate("document.documentElement.scrollWidth") == 844
    page.set_viewport_size({"width": 1280, "height": 720})


def test_no_request_went_to_another_host_and_no_error_was_logged(opened):
    """Runs after those that use the page, so that it counts what all of them did."""
    assert (opened.beyond, opened.errors) == ([], [])
