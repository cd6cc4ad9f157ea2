"""The supply review as a visitor sees it: the example company's page in a real Chromium, and no other host."""

import re

import pytest
from visitor import CHROMIUM, beyond_the_keyboard, visit

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed: the page is not looked at"),
]


@pytest.fixture(scope="module")
def opened(browser, brewline_address):
    seen = visit(browser, brewline_address, meeting="supply_review")
    print(f"\nfirst chart after {seen.seconds:.1f} s")
    yield seen
    seen.context.close()


@pytest.fixture
def page(opened):
    return opened.page


def test_what_is_first_asked_stands_on_one_screen(page):
    for size in ({"width": 1280, "height": 720}, {"width": 1920, "height": 1080}):
        page.set_viewport_size(size)
        for part in ("answers", "hours"):
            box = page.locator(f".meeting-{part}").bounding_box()
            assert box["height"] > 40 and box["y"] + box["height"] <= size["height"]
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    text = page.inner_text(".meeting-answers")
    assert "Full, overtime included: ASSY-HOME in" in text and "at risk" in text and "orders at" in text


def test_every_control_is_reached_by_the_keyboard(page):
    assert beyond_the_keyboard(page) == []


def test_the_cell_of_the_tightest_resource_is_opened_by_itself(page):
    page.get_by_text("customer served").wait_for()
    pressed = page.locator(".grid button[aria-pressed=true]")
    assert pressed.count() == 1
    assert re.match(r"ASSY-HOME, \w{3} 25: 118", pressed.get_attribute("aria-label"))
    assert "hours are used" in page.inner_text(".behind section")


def test_a_cell_is_picked_with_the_mouse_and_with_the_arrow_keys(page):
    page.get_by_role("button", name=re.compile("^ROASTING, Sep 25")).click()
    page.locator(".behind h2", has_text="ROASTING, Sep 2025").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert ", Oct 25" in name and not name.startswith("ROASTING")
    page.keyboard.press("Enter")
    page.locator(".behind h2", has_text="Oct 2025").wait_for()
    assert page.locator(".grid button[tabindex='0']").count() == 1  # the Tab key passes the cells by


def test_a_shortage_is_searched_for_and_followed(page):
    page.get_by_role("button", name="Shortages").click()
    field = page.get_by_label("Delivery")
    field.fill("HM-119")
    page.wait_for_function("document.querySelector('.picker select').options.length < 12")
    listed = page.locator(".picker select")
    listed.select_option(index=0)
    page.locator(".drawer h3", has_text="HM-119").wait_for()
    assert "In the way:" in page.inner_text(".drawer") and "What reaches it:" in page.inner_text(".drawer")


def test_stock_of_a_family_and_of_an_item(page):
    page.get_by_role("button", name="Stock").click()
    title = page.locator(".projection figcaption b")
    title.get_by_text("All families: below safety stock").wait_for()
    page.get_by_role("combobox", name="Family").select_option("capsules")
    title.get_by_text("capsules:").wait_for()
    page.locator(".picker select").select_option(index=0)
    title.get_by_text(re.compile("^CA-.* at ")).wait_for()


def test_purchases_are_shown_by_supplier_and_taken_away(page):
    page.get_by_role("button", name="Purchases to approve").click()
    supplier = page.get_by_role("combobox", name="Supplier")
    supplier.select_option("SUP-BOARD")
    page.wait_for_function("!document.querySelector('.lines').innerText.includes('SUP-HOUSING to')")
    assert "SUP-BOARD to PLANT-BERGAMO" in page.inner_text(".lines")
    with page.expect_download() as found:
        page.get_by_label("Download the table purchases_to_approve").click()
    head, first, *_ = found.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert head == "supplier,item_id,description,location_id,method,qty,uom,order_by,arrives,money"
    assert first.count(",") >= 9


def test_the_grid_of_a_family_in_units_and_in_money(page):
    page.get_by_role("button", name="S&OP grid").click()
    page.get_by_role("combobox", name="Family").select_option(index=1)
    page.locator(".sheet", has_text="demand, plan").wait_for()
    page.get_by_role("button", name="Money").click()
    page.locator(".picture figcaption small", has_text="in money at standard cost").wait_for()


def test_a_phone_held_sideways_shows_one_part_below_the_other(page):
    page.set_viewport_size({"width": 844, "height": 390})
    assert page.evaluate("document.documentElement.scrollWidth") == 844
    cells, behind = (page.locator(each).first.bounding_box() for each in (".cells", ".behind"))
    assert behind["y"] >= cells["y"] + cells["height"]
    page.set_viewport_size({"width": 1280, "height": 720})


def test_no_request_went_to_another_host_and_no_error_was_logged(opened):
    """Runs after those that use the page, so that it counts what all of them did."""
    assert (opened.beyond, opened.errors) == ([], [])
