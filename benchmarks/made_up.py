"""A made-up company of any number of sold items with brewline's parameters, for the benchmarks."""

from __future__ import annotations

from pathlib import Path

import yaml

BREWLINE = Path(__file__).parents[1] / "params" / "brewline.yaml"


def params_file(home: Path, items: int) -> Path:
    """Write the parameters into a company's folder, its tables expected in data/ there; return their file."""
    params = yaml.safe_load(BREWLINE.read_text(encoding="utf-8"))
    params |= {"company": f"items_{items}", "title": f"{items:,} items", "past_cycles": 0}
    params["gather"]["source"] = "data"
    path = home / "company.yaml"
    path.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    return path
