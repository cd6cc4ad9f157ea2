"""Bridges of gross margin add up to the cent, whatever the numbers, and say what each cause is worth."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopbench.executive import bridges

SEP, OCT = pd.Timestamp("2025-09-01"), pd.Timestamp("2025-10-01")


def comparison(**families: dict[str, tuple]) -> pd.DataFrame:
    """Families with their units, revenue and margin in September: as planned, and as budgeted."""
    rows = [
        {"family": family, "bucket": SEP, "line": line, "plan": plan, "budget": budget}
        for family, said in families.items()
        for line, plan, budget in zip(("units", "revenue", "margin"), said["plan"], said["budget"], strict=True)
    ]
    return pd.DataFrame(rows).assign(last_cycle=float("nan"), last_year=float("nan"))


def causes(frame: pd.DataFrame) -> pd.DataFrame:
    return bridges(frame).pivot_table("value", "family", "cause")


def test_by_hand():
    found = causes(
        comparison(
            dear={"plan": (30, 3300, 1500), "budget": (20, 2000, 1000)},
            cheap={"plan": (90, 900, 360), "budget": (80, 800, 400)},
        )
    )
    # 120 units instead of 100: both families' margin grows by a fifth
    assert found["volume"].to_dict() == pytest.approx({"dear": 200, "cheap": 80})
    # 30 dear instead of 24 at 50 each, 90 cheap instead of 96 at 5 each
    assert found["mix"].to_dict() == pytest.approx({"dear": 300, "cheap": -30})
    # 110 instead of 100 for each of 30; the cheap cost 6 instead of 5
    assert found["price"].to_dict() == pytest.approx({"dear": 300, "cheap": 0})
    assert found["cost"].to_dict() == pytest.approx({"dear": 30 * (50 - 60), "cheap": 90 * (5 - 6)})


def test_a_family_that_there_was_not_is_mix_and_one_that_is_gone_is_volume_and_mix():
    found = causes(
        comparison(
            new={"plan": (10, 500, 200), "budget": (0, 0, 0)}, gone={"plan": (0, 0, 0), "budget": (10, 300, 100)}
        )
    )
    assert found.loc["new"].to_dict() == pytest.approx({"volume": 0, "mix": 200, "price": 0, "cost": 0})
    assert found.loc["gone"].sum() == pytest.approx(-100)
    assert found.loc["gone", ["price", "cost"]].tolist() == [0, 0]


def test_only_buckets_known_on_both_sides_count_and_nothing_known_gives_no_bridge():
    frame = comparison(a={"plan": (1, 10, 4), "budget": (1, 10, 5)})
    ahead = frame.assign(bucket=OCT, budget=float("nan"), plan=99.0)
    assert causes(pd.concat([frame, ahead])).to_numpy().sum() == pytest.approx(-1)
    assert set(bridges(frame)["than"]) == {"budget"}
    assert bridges(ahead).empty


amount = st.floats(0, 1e6).map(lambda value: round(value, 2))
said = st.fixed_dictionaries({side: st.tuples(amount, amount, amount) for side in ("plan", "budget")})


@given(st.dictionaries(st.sampled_from("abcd"), said, min_size=1))
def test_the_causes_add_up_to_the_difference_in_margin_of_every_family(families):
    found = causes(comparison(**families)).sum(axis=1)
    for family, sides in families.items():
        assert found[family] == pytest.approx(sides["plan"][2] - sides["budget"][2], abs=0.005)
