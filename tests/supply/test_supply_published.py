"""Placement of safety stock as published: Snyder & Shen, Fundamentals of Supply Chain Theory, examples 6.3 and 6.5.

The figures are those that the authors' own package stockpyl (1.0.2, `gsm_serial`, `gsm_tree`) gives for them.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sopbench.contract import checked, table
from sopbench.params import load
from sopbench.supply import INPUTS, inventory_targets

CASES = Path(__file__).parents[1] / "cases"


def told(case: str) -> pd.DataFrame:
    """The table inventory_targets of a folder of contract tables, with a forecast of what was always sold."""
    folder = CASES / case
    params = load(folder / "params.yaml")
    raw = {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}
    tables = {name: checked(raw.get(name, table(name).empty()), table(name)) for name in gathered_names()}
    sold = tables["sales"]["item_id"].unique()
    rows = pd.MultiIndex.from_product([sold, pd.date_range(params.cycle, periods=params.horizon, freq="MS")])
    units = rows.to_frame(index=False, name=["item_id", "bucket"]).assign(location_id="PLANT", method="naive")
    units = units.assign(**dict.fromkeys(["statistical", "p10", "p50", "p90", "consensus"], 100.0))
    tables["demand_plan"] = checked(units, table("demand_plan"))
    return inventory_targets(params.supply, **{name: tables.get(name) for name in INPUTS}).set_index("item_id")


def gathered_names() -> list[str]:
    return [name for name in (*INPUTS, "sales") if name not in ("demand_plan", "lead_time_demand")]


def test_the_serial_system_of_example_6_3_costs_two_roots_of_two():
    rows = told("snyder_shen_6_3")
    assert (rows["multi_safety_stock"] * rows["holding_cost"]).sum() == pytest.approx(2 * np.sqrt(2), rel=1e-9)
    assert rows["service_time"].to_dict() == {"STAGE3": 0, "STAGE2": 0, "STAGE1": 1}
    assert rows["multi_cover"].to_dict() == {"STAGE3": 2, "STAGE2": 0, "STAGE1": 0}


def test_the_tree_of_example_6_5_costs_what_was_published():
    rows = told("snyder_shen_6_5")
    assert (rows["multi_safety_stock"] * rows["holding_cost"]).sum() == pytest.approx(8.277916867529369, rel=1e-9)
    assert rows["service_time"].to_dict() == {"STAGE1": 0, "STAGE3": 0, "STAGE2": 0, "STAGE4": 1}
    # stage 1 sees both customers' demand: its deviation is sqrt(2) a period, over 3 periods
    assert rows.loc["STAGE1", "multi_safety_stock"] == pytest.approx(np.sqrt(6), rel=1e-9)
