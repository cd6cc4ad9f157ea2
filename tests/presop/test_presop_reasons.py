"""Why a family earns more or less in a scenario: parts that add up, the largest three in words."""

import pandas as pd
import pytest

from sopbench.presop import reasons
from sopbench.presop.finance import OPERATING_COSTS


def money(**families: dict[str, float]) -> pd.DataFrame:
    rows = []
    for name, lines in families.items():
        scenario, family = name.split("__")
        full = dict.fromkeys(["units", "gross_margin", *OPERATING_COSTS], 0.0) | lines
        full["contribution"] = full["gross_margin"] - sum(full[line] for line in OPERATING_COSTS)
        rows += [{"scenario": scenario, "family": family, "line": line, "value": value} for line, value in full.items()]
    return pd.DataFrame(rows).assign(bucket=pd.Timestamp("2025-09-01"))


def test_the_three_largest_reasons_are_said_in_order_and_families_that_do_not_move_are_left_out():
    plan = money(
        base__pumps={"units": 100, "gross_margin": 5000, "overtime": 100, "holding": 50, "transport": 10},
        base__kits={"units": 10, "gross_margin": 100},
        more__pumps={"units": 120, "gross_margin": 5800, "overtime": 700, "holding": 55, "transport": 13},
        more__kits={"units": 10, "gross_margin": 100},
    )
    (row,) = reasons(plan).to_dict("records")
    assert (row["scenario"], row["family"]) == ("more", "pumps")
    # 20 units at 50 are 1,000; margin rose by 800, so price and cost took 200; overtime 600; holding 5; transport 3
    assert row["contribution"] == pytest.approx(800 - 600 - 5 - 3)
    assert row["reasons"] == "volume +1,000, overtime −600, price, mix and cost −200"


def test_a_family_that_sold_nothing_in_base_has_no_margin_to_value_volume_at():
    plan = money(base__new={"units": 0, "gross_margin": 0}, launch__new={"units": 5, "gross_margin": 250})
    assert reasons(plan)["reasons"].tolist() == ["price, mix and cost +250"]


def test_largest_family_first():
    plan = money(
        base__a={"gross_margin": 0},
        base__b={"gross_margin": 0},
        up__a={"gross_margin": 10},
        up__b={"gross_margin": -90},
    )
    assert reasons(plan)["family"].tolist() == ["b", "a"]
