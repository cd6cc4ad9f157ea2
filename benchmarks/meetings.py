"""How soon the meeting pages open, how quickly a widget answers, ten people at once, and memory a viewer.

python benchmarks/meetings.py [params/brewline.yaml]   the cycle the params file names must be finished

Beside each time stands its ratio to a floor of the same run: a Voilà page that holds one sentence in one widget.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from playwright.async_api import Browser, Page, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from visitor import CHROMIUM, served, served_by  # noqa: E402

from sopbench.cycle import open_cycle  # noqa: E402
from sopbench.views.meetings.frame import MEETINGS  # noqa: E402

FIRST = ".meeting-answers .card, .floor"
ALL = ".meeting.widget-vbox figure svg, .floor"
BROWSERS = 10
TIMES = 3
CLICKS = 15
REFILL = 8.0
"""Seconds in which the server prepares the next session."""


async def opened(browser: Browser, address: str) -> tuple[float, float, Page]:
    """Seconds to the first content and to the first chart among widgets, and the page."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    page = await context.new_page()
    began = time.perf_counter()
    await page.goto(address, wait_until="commit")
    await page.wait_for_selector(FIRST, timeout=120_000)
    first = time.perf_counter() - began
    await page.wait_for_selector(ALL, timeout=120_000)
    return first, time.perf_counter() - began, page


async def times_of(browser: Browser, address: str, wait: float) -> tuple[float, float]:
    """The median of several visits, each in a window without a cache."""
    found = []
    for _ in range(TIMES):
        await asyncio.sleep(wait)
        first, whole, page = await opened(browser, address)
        found.append((first, whole))
        await page.context.close()
    return tuple(statistics.median(each) for each in zip(*found, strict=True))


async def round_trips(browser: Browser, address: str) -> list[float]:
    """Seconds from a press on the executive page to the chart it draws again."""
    _, _, page = await opened(browser, address)
    found = []
    for number in range(CLICKS):
        name = ("Margin", "Units", "Revenue")[number % 3]
        button = page.get_by_role("button", name=name, exact=True)
        began = time.perf_counter()
        await button.click()
        await page.wait_for_function(
            "name => document.querySelector('.meeting-plan b').innerText.startsWith(name)", arg=name, polling=5
        )
        found.append(time.perf_counter() - began)
    await page.context.close()
    return found


async def together(browser: Browser, address: str) -> list[tuple[float, float]]:
    """Seconds to first and to all content of ten windows opened at the same moment."""
    found = await asyncio.gather(*(opened(browser, address) for _ in range(BROWSERS)))
    memory = _kernels()
    for _, _, page in found:
        await page.context.close()
    print(f"memory of {len(memory)} sessions: {statistics.median(memory):.0f} MiB each (median, shared pages divided)")
    return [each[:2] for each in found]


def _kernels() -> list[float]:
    """MiB of each running kernel: its proportional set size."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"ipykernel_launcher" in (folder / "cmdline").read_bytes():
                rollup = (folder / "smaps_rollup").read_text()
                found.append(int(rollup.split("Pss:")[1].split()[0]) / 1024)
        except (OSError, IndexError):  # ended meanwhile
            continue
    return found


def floor_notebook(folder: Path) -> Path:
    """The least a Voilà page can be."""
    cell = nbformat.v4.new_code_cell("import ipywidgets\nipywidgets.HTML('<p class=floor>ready</p>')")
    path = folder / "floor.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


async def measure(params_file: Path) -> None:
    """Print the whole table."""
    cycles = open_cycle(params_file).folder.parents[1]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with tempfile.TemporaryDirectory() as folder, served_by(floor_notebook(Path(folder))) as address:
            floor = await times_of(browser, address, REFILL)
        print(f"{'floor: one sentence, prepared':34}{floor[0]:6.2f} s{floor[1]:8.2f} s")
        for ready, said in ((1, "prepared"), (0, "cold")):
            with served(params_file, cycles, ready=ready) as address:
                for name in MEETINGS:
                    there = address.replace("executive.ipynb", f"{name}.ipynb")
                    first, whole = await times_of(browser, there, REFILL if ready else 0.0)
                    ratios = f"({first / floor[0]:.1f} and {whole / floor[1]:.1f} times the floor)"
                    print(f"{MEETINGS[name] + ', ' + said:34}{first:6.2f} s{whole:8.2f} s  {ratios}", flush=True)
                if ready:
                    trips = await round_trips(browser, address)
                    print(f"a choice to its chart: median {1000 * statistics.median(trips):.0f} ms of {len(trips)}")
                else:
                    many = await together(browser, address)
                    print(
                        f"{BROWSERS} browsers at once, cold: first content after {max(each[0] for each in many):.1f} s,"
                        f" all after {max(each[1] for each in many):.1f} s (the slowest)"
                    )
        await browser.close()


if __name__ == "__main__":
    print(f"{'page':34}{'first':>8}{'all':>10}")
    asyncio.run(measure(Path(sys.argv[1] if len(sys.argv) > 1 else "params/brewline.yaml")))
