"""The executive page as a visitor sees it: a real Chromium, a real Voilà, and no network but this computer."""

import json
import re
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
import tiny_meeting
from visitor import CHROMIUM, served, visit

from sopbench.cycle import open_cycle

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed: the page is not looked at")


@pytest.fixture(scope="module")
def finished_tiny_cycle(tmp_path_factory):
    """The tiny company's params file, with the cycles 2025-08 and 2025-09 finished as far as executive."""
    folder = tmp_path_factory.mktemp("tiny")
    path = folder / "tiny.yaml"
    path.write_text(tiny_meeting.PARAMS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPBENCH_CYCLES", str(folder / "cycles"))
        for name in ("2025-08", "2025-09"):
            tiny_meeting.write(open_cycle(path, name))
    return path


@pytest.fixture(scope="module")
def address(finished_tiny_cycle):
    with served(finished_tiny_cycle, finished_tiny_cycle.parent / "cycles") as found:
        yield found


@pytest.fixture(scope="module")
def opened(browser, address):
    """The page of the cycle the server was started with; tests that use it leave its cycle as it is."""
    seen = visit(browser, address)
    print(f"\nfirst content after {seen.seconds:.1f} s")
    yield seen
    seen.context.close()


def bars(page) -> int:
    return page.locator(".meeting-plan svg path[aria-roledescription=bar]").count()


def test_the_charts_are_drawn(opened):
    assert bars(opened.page) == 6
    assert opened.page.locator(".meeting-gaps svg path").count() > 3
    assert opened.page.locator(".meeting-options svg text").count() > 10


def test_it_answers_the_four_questions_on_one_screen(opened):
    text = opened.page.inner_text(".meeting")
    for said in ("Revenue +9.3%, margin −6.7%.", "Revenue −875 EUR", "3,125 EUR of orders late", "2 decisions"):
        assert said in text
    for size in ({"width": 1024, "height": 600}, {"width": 1280, "height": 720}):
        opened.page.set_viewport_size(size)
        reach = opened.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert reach == [size["width"], size["height"]]
        for part in ("head", "answers", "charts", "decisions", "options", "approval"):
            box = opened.page.locator(f".meeting-{part}").bounding_box()
            assert box["height"] > 15 and box["y"] + box["height"] <= size["height"]


def test_figures_stand_to_the_right(opened):
    cell = opened.page.locator(".meeting-answers td", has_text="59 k")
    assert cell.evaluate("each => getComputedStyle(each).textAlign") == "right"


def test_no_code_is_shown(opened):
    assert opened.page.locator(".jp-InputArea-editor, .jp-InputPrompt, .highlight").count() == 0
    assert "import" not in opened.page.inner_text("body")
    assert "asked_for" not in opened.page.content()


def test_what_tables_and_params_say_is_text_and_never_html(opened):
    assert "Tiny <b>Pumps</b>" in opened.page.inner_text(".meeting h1")
    assert "Work <i>overtime</i> in December?" in opened.page.inner_text(".meeting-decisions")


def test_a_choice_of_family_or_line_draws_the_charts_again(opened):
    title = opened.page.locator(".meeting-plan figcaption b")
    before = title.inner_text()
    began = time.perf_counter()
    opened.page.get_by_role("combobox", name="Family").select_option("kits")
    opened.page.wait_for_function("before => document.querySelector('.meeting-plan b').innerText != before", arg=before)
    print(f"\nredrawn after {time.perf_counter() - began:.2f} s")
    assert title.inner_text().startswith("Revenue 6,750 EUR") and "no budget" in title.inner_text()
    opened.page.get_by_role("button", name="Margin", exact=True).click()
    opened.page.get_by_text("margin, ", exact=False).first.wait_for()
    opened.page.wait_for_function("document.querySelector('.meeting-plan b').innerText.startsWith('Margin 4,050')")
    assert bars(opened.page) == 6


def test_every_control_is_reached_by_the_keyboard(opened):
    reached = set()
    opened.page.locator(".meeting h1").click()
    for _ in range(20):
        opened.page.keyboard.press("Tab")
        reached.add(opened.page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.innerText"))
    assert {"INPUT ", "BUTTON Units", "BUTTON Approve and freeze the plan"} <= reached
    assert any(each.startswith("SELECT") for each in reached)


def test_an_approval_is_recorded_shown_as_text_and_freezes_the_cycle(
    browser, address, finished_tiny_cycle, monkeypatch
):
    monkeypatch.setenv("SOPBENCH_CYCLES", str(finished_tiny_cycle.parent / "cycles"))
    cycle = open_cycle(finished_tiny_cycle, "2025-08")
    seen = visit(browser, address, "&cycle=2025-08")
    seen.page.get_by_text("Not yet approved").wait_for()
    seen.page.get_by_role("button", name="Approve and freeze").click()
    seen.page.get_by_role("alert").get_by_text("by is empty").wait_for()
    assert cycle.approval() is None
    seen.page.get_by_label("Approved by").fill("Ada <img src=x onerror=alert(1)>")
    seen.page.get_by_label("on condition that").fill("the line runs")
    seen.page.get_by_role("button", name="Approve and freeze").click()
    seen.page.get_by_text("the plan is frozen").wait_for()
    assert "Ada <img src=x onerror=alert(1)>" in seen.page.inner_text(".meeting-approval")
    assert cycle.approval()["by"] == "Ada <img src=x onerror=alert(1)>"
    assert cycle.approval()["conditions"] == "the line runs"
    assert seen.page.locator(".meeting-approval button").count() == 0
    assert (seen.beyond, seen.errors) == ([], [])
    seen.context.close()


def test_a_cycle_that_was_not_run_is_said_in_a_sentence(browser, address):
    seen = visit(browser, address, "&cycle=2024-01")
    text = seen.page.inner_text("body")
    assert "cycle 2024-01 of tiny has not been run" in text and "sopbench run" in text
    assert "Traceback" not in text and "Error" not in text
    seen.context.close()


def test_nothing_is_served_but_the_pages_and_only_with_the_token(address):
    parts = urlsplit(address)
    site, token = f"{parts.scheme}://{parts.netloc}", parts.query

    def status(path: str) -> int:
        try:
            with urllib.request.urlopen(site + path, timeout=10) as answer:
                return 403 if "/login" in answer.url else answer.status
        except urllib.error.HTTPError as error:
            return error.code

    assert status(parts.path) == 403
    for path in ("/voila/files/executive.ipynb", "/api/contents", "/api/kernels", "/files/executive.ipynb"):
        assert status(f"{path}?{token}") in (403, 404, 405), path
    assert status(f"/?{token}") == 200
    for template in ("", "&template=lab"):
        with urllib.request.urlopen(f"{site}/voila/tree?{token}{template}", timeout=10) as answer:
            page = answer.read().decode()
        assert "Executive" in page and not re.search(r"https?://(?!127\.0\.0\.1)", page)


def test_no_request_went_to_another_host_and_no_error_was_logged(opened):
    """Runs after those that use the page, so that it counts what all of them did."""
    assert (opened.beyond, opened.errors) == ([], [])


def test_leaving_the_page_ends_its_kernel(opened, address):
    parts = urlsplit(address)
    kernel = json.loads(opened.page.locator("#jupyter-config-data").text_content())["kernelId"]
    asked = f"{parts.scheme}://{parts.netloc}/api/kernels/{kernel}?{parts.query}"
    assert urllib.request.urlopen(asked, timeout=10).status == 200
    opened.context.unroute_all()  # a request that is held up does not outlive its page
    opened.page.goto("about:blank")
    for _ in range(100):
        try:
            urllib.request.urlopen(asked, timeout=10).close()
        except urllib.error.HTTPError as gone:
            assert gone.code == 404
            return
        time.sleep(0.1)
    pytest.fail("the kernel of a page nobody looks at runs on")
