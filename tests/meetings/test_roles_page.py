"""Who may do what, in a real browser: a proxy's header says who looks, and the parameters what they may do."""

import pytest
import tiny_meeting
from visitor import CHROMIUM, served, visit

from sopbench.book import Book
from sopbench.cycle import open_cycle

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed: the page is not looked at"),
]

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


FORGED = """async () => {
  const kernel = JSON.parse(document.getElementById("jupyter-config-data").textContent).kernelId;
  const socket = new WebSocket(`ws://${location.host}/api/kernels/${kernel}/channels`);
  const heard = [];
  socket.onmessage = (event) => typeof event.data === "string" && heard.push(JSON.parse(event.data));
  await new Promise((opened) => (socket.onopen = opened));
  const say = (kind, content) => socket.send(JSON.stringify({
    header: {msg_id: crypto.randomUUID(), username: "x", session: "x", msg_type: kind, version: "5.3", date: ""},
    parent_header: {}, metadata: {}, content, channel: "shell", buffers: [],
  }));
  const reply = async (kind) => {
    for (let tries = 0; tries < 300; tries++) {
      const found = heard.find((message) => message.header.msg_type === kind);
      if (found) return found.content;
      await new Promise((again) => setTimeout(again, 100));
    }
  };
  say("comm_info_request", {});
  const widgets = Object.keys((await reply("comm_info_reply")).comms);
  say("execute_request", {code: "open('CODE', 'w').close()", silent: false, user_expressions: {}});
  for (const widget of widgets)
    say("comm_msg", {comm_id: widget, data: {method: "update", state: {value: "Forged"}, buffer_paths: []}});
  for (const widget of widgets)
    say("comm_msg", {comm_id: widget, data: {method: "custom", content: {event: "click"}}});
  await new Promise((answered) => setTimeout(answered, 3000));
  return [widgets.length, heard.filter((message) => message.header.msg_type === "comm_msg").length];
}"""
"""Presses every button and fills every field of a page past its form, and asks its kernel to run code."""


def test_whose_browser_forges_messages_to_the_session_behind_the_page_gains_nothing(browser, address, params_file):
    seen = visit(browser, address, headers={HEADER: "eve"})
    code = params_file.parent / "code_ran"
    widgets, heard = seen.page.evaluate(FORGED.replace("CODE", str(code)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPBENCH_CYCLES", str(params_file.parent / "cycles"))
        cycle = open_cycle(params_file)
        book = Book(cycle.book_url)
    assert widgets > 10 and heard > 0  # they were taken, and answered
    assert "a viewer may not approve" in str(seen.page.evaluate("document.body.innerText"))
    assert cycle.approval() is None and cycle.returned() is None
    assert book.approvals().empty and book.entries(cycle.name).empty and not code.exists()
    seen.context.close()


def test_who_may_approve_does_so_under_the_name_the_proxy_says(browser, address, params_file, monkeypatch):
    seen = visit(browser, address, headers={HEADER: "ada"})
    assert seen.page.get_by_label("Approved by").is_disabled()
    seen.page.get_by_role("button", name="Approve and freeze").click()
    seen.page.get_by_text("the plan is frozen").wait_for()
    monkeypatch.setenv("SOPBENCH_CYCLES", str(params_file.parent / "cycles"))
    assert open_cycle(params_file).approval()["by"] == "ada"
    seen.context.close()
