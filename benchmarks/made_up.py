"""A made-up company of any number of sold items with brewline's parameters, for the benchmarks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

BREWLINE = Path(__file__).parents[1] / "params" / "brewline.yaml"

LARGE, FEW = 10_000, ("demand_up_10", "boards_late", "extra_shift")


def params_file(home: Path, items: int) -> Path:
    """Write the parameters into a company's folder, its tables in data/ there already; return their file.

    A line of brewline's stands for all of the company's lines that are called after it. A company of LARGE asks FEW of
    brewline's scenarios, one after another: every plan of 10,000 items takes about a gigabyte.
    """
    params = yaml.safe_load(BREWLINE.read_text(encoding="utf-8"))
    params |= {"company": f"items_{items}", "title": f"{items:,} items", "past_cycles": 0}
    params["gather"]["source"] = "data"
    if items >= LARGE:
        asked = [each for each in params["presop"]["scenarios"] if each["name"] in FEW]
        params["presop"] |= {"scenarios": asked, "jobs": 1}
    resources = pd.read_csv(home / "data" / "resources.csv")["resource_id"]
    for change in [each for scenario in params["presop"]["scenarios"] for each in scenario["changes"]]:
        if line := change.get("where", {}).get("resource_id"):
            change["where"]["resource_id"] = resources[resources.str.startswith(line)].tolist()
    path = home / "company.yaml"
    path.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    return path
