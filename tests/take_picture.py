"""Take the picture of the executive page that the README shows, from a finished cycle.

python tests/take_picture.py params/brewline.yaml docs/executive_page.png
"""

import sys
from pathlib import Path

from visitor import chromium, served, visit

from sopbench.cycle import open_cycle


def take(params_file: Path, picture: Path) -> None:
    """Open the page of the cycle the params file names, on a projector's 1280 x 720, and save what it shows."""
    cycle = open_cycle(params_file)
    with served(params_file, cycle.folder.parents[1]) as address, chromium() as browser:
        seen = visit(browser, address)
        picture.parent.mkdir(parents=True, exist_ok=True)
        seen.page.screenshot(path=picture)
        print(f"{picture}: first content after {seen.seconds:.1f} s")


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]))
