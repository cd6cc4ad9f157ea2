"""Take the pictures of the meeting pages that the README shows, from a finished cycle.

python tests/take_picture.py params/brewline.yaml docs
"""

import sys
from pathlib import Path

from visitor import chromium, served, visit

from sopbench.cycle import open_cycle
from sopbench.views.meetings.frame import MEETINGS


def take(params_file: Path, folder: Path) -> None:
    """Open each page of the cycle the params file names, on a projector's 1280 x 720, and save what it shows."""
    cycle = open_cycle(params_file)
    folder.mkdir(parents=True, exist_ok=True)
    with served(params_file, cycle.folder.parents[1]) as address, chromium() as browser:
        for name in MEETINGS:
            seen = visit(browser, address, meeting=name)
            seen.page.wait_for_timeout(8000)  # what is made ready beside the page
            picture = folder / f"{name}_page.png"
            seen.page.screenshot(path=picture)
            print(f"{picture}: first chart after {seen.seconds:.1f} s")
            seen.context.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]))
