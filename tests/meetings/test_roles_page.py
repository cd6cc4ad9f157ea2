"""Who may do what, in a real browser: a proxy's header says who looks, and the parameters what they may do."""

import pytest
import tiny_meeting
from visitor import CHROMIUM, served, visit

from sopbench.cycle import open_cycle

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed: the page is not looked at")

HEADER = "X-Forwarded-User"


@pytest.fixture(scope="module")
def params_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("roles")
    path = folder / "tiny.yaml"
    path.write_text(tiny_meeting.PARAMS + "meetings:\n  roles: {ada: approver}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPBENCH_CYCLES", str(folder / "cycles"))
        tiny_meeting.write(open_cycle(path))
    return path


@pytest.fixture(scope="module")
def address(params_file):
    with served(params_file, params_file.parent / "cycles", HEADER) as found:
        yield found


@pytest.mark.parametrize(
    ("headers", "who"),
    [
        ({HEADER: "eve"}, "eve (viewer)"),
        ({}, "nobody known (viewer)"),
        ({"X-Other-User": "ada"}, "nobody known (viewer)"),
    ],
)
def test_who_may_only_look_is_shown_the_plan_and_no_form(browser, address, headers, who):
    seen = visit(browser, address, headers=headers)
    assert seen.page.inner_text(".who") == who
    assert seen.page.locator(".meeting-plan svg").count() == 1
    assert seen.page.locator(".meeting-approval :is(button, input)").count() == 0
    seen.context.close()


def test_who_may_approve_does_so_under_the_name_the_proxy_says(browser, address, params_file, monkeypatch):
    seen = visit(browser, address, headers={HEADER: "ada"})
    assert seen.page.get_by_label("Approved by").is_disabled()
    seen.page.get_by_role("button", name="Approve and freeze").click()
    seen.page.get_by_text("the plan is frozen").wait_for()
    monkeypatch.setenv("SOPBENCH_CYCLES", str(params_file.parent / "cycles"))
    assert open_cycle(params_file).approval()["by"] == "ada"
    seen.context.close()
