"""A visitor of the meeting pages: a real Voilà on a free port, a real Chromium, and no network but this computer."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

SERVE = """
import sys
from sopbench.serve import serve
file, port, ready, header = sys.argv[1:]
sys.exit(serve(file, None, int(port), open_browser=False, preheat=int(ready), user_header=header))
"""


@dataclass
class Visit:
    """A page opened in a window of its own, what it tried that it must not, and when it showed its first chart."""

    page: Page
    context: BrowserContext
    beyond: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0


@contextmanager
def served(params_file: Path, cycles: Path, user_header: str = "", ready: int = 1) -> Iterator[str]:
    """The address that `serve` prints, of the executive page; the server is stopped at the end."""
    port = _free_port()
    command = [sys.executable, "-c", SERVE, str(params_file), str(port), str(ready), user_header]
    with _running(command, {"SOPBENCH_CYCLES": str(cycles)}) as server:
        said = server.stdout.readline()
        assert said.startswith("Open http://127.0.0.1:"), said
        yield said.split()[1]
    assert server.returncode == 0


@contextmanager
def served_by(notebook: Path) -> Iterator[str]:
    """The address of a notebook that stock Voilà serves, a session of it prepared."""
    port = _free_port()
    words = ["--no-browser", f"--port={port}", "--Voila.log_level=ERROR", "--preheat_kernel=True", "--pool_size=1"]
    with _running([sys.executable, "-m", "voila", str(notebook), *words], {}):
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    server = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, without a window."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


def visit(
    browser: Browser, address: str, query: str = "", meeting: str = "executive", headers: dict[str, str] | None = None
) -> Visit:
    """Open a meeting's page in a window of its own, with every other host cut off, and wait until a chart stands."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, extra_http_headers=headers)
    seen = Visit(context.new_page(), context)

    def let_through_or_note(route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            seen.beyond.append(route.request.url)
            route.abort()

    context.route("**/*", let_through_or_note)
    seen.page.on("websocket", lambda socket: "//127.0.0.1:" in socket.url or seen.beyond.append(socket.url))
    seen.page.on("console", lambda line: line.type == "error" and seen.errors.append(line.text))
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    began = time.perf_counter()
    seen.page.goto(address.replace("executive.ipynb", f"{meeting}.ipynb") + query, wait_until="commit")
    seen.page.wait_for_selector(".meeting figure svg, .meeting-empty", timeout=60_000)
    seen.seconds = time.perf_counter() - began
    return seen


CONTROLS = """[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter(each => !each.disabled && each.tabIndex >= 0 && each.checkVisibility({visibilityProperty: true}))
    .map((each, place) => { each.dataset.control = place; return each.ariaLabel || each.innerText || '?' })"""
"""Marks what can be used on a page with numbers, and tells what each is called."""


def beyond_the_keyboard(page: Page) -> list[str]:
    """What can be used on the page and is not reached by the Tab key: nothing, where all is as it should be."""
    page.locator(".meeting h1").click()
    names, reached = page.evaluate(CONTROLS), set()
    for _ in range(len(names) + 10):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.control || ''"))
    assert names
    return [name for place, name in enumerate(names) if str(place) not in reached]
