"""Split, streams and consensus: every unit handed in is found again, and equal streams agree on their value."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from draws import COSTLY
from sopbench.contract import checked, table
from sopbench.demand.consensus.consensus import consensus_bridge, rows_asked_for, stream_units, weighted_consensus
from sopbench.demand.consensus.split import customer_shares

BUCKETS = pd.date_range("2025-01-01", periods=3, freq="MS")
ROWS = pd.DataFrame(
    [("A", "L1", "C1", 0.75), ("A", "L1", "C2", 0.25), ("A", "L2", "C1", 1.0), ("B", "L1", "C1", 1.0)],
    columns=["item_id", "location_id", "customer_id", "share"],
)
STATISTICAL = np.array([[30.0] * 3, [10.0] * 3, [60.0] * 3, [0.0] * 3])


def items(**columns):
    said = {"item_id": ["A", "B", "D"], "family": ["F", "F", "G"], "unit_cost": 1.0, "unit_price": 1.0, **columns}
    return checked(pd.DataFrame(said), table("items"))


def forecasts(*rows):
    names = ["stream", "item_id", "location_id", "customer_id", "bucket", "qty"]
    return checked(pd.DataFrame(rows, columns=names), table("forecasts"))


def sales(*rows):
    names = ["item_id", "location_id", "customer_id", "bucket", "qty_ordered"]
    return checked(pd.DataFrame([(*row[:3], BUCKETS[0], row[3]) for row in rows], columns=names), table("sales"))


def shares(series, sold, **columns):
    frame = pd.DataFrame(series, columns=["item_id", "location_id"])
    customers = checked(pd.DataFrame({"customer_id": ["C1", "C2"]}), table("customers"))
    said = customer_shares(frame, sold, items=items(**columns), customers=customers)
    return {tuple(row[:3]): row[3] for row in said.itertuples(index=False)}


def test_a_series_is_split_by_what_its_customers_bought():
    sold = sales(("A", "L1", "C1", 30.0), ("A", "L1", "C2", 10.0), ("A", "L2", "C2", 5.0))
    assert shares([("A", "L1")], sold) == {("A", "L1", "C1"): 0.75, ("A", "L1", "C2"): 0.25}


def test_a_series_nobody_bought_takes_the_shares_of_like_item_then_family_then_all():
    sold = sales(("A", "L1", "C1", 30.0), ("A", "L1", "C2", 10.0), ("A", "L2", "C2", 5.0))
    assert shares([("B", "L1")], sold) == {("B", "L1", "C1"): 0.75, ("B", "L1", "C2"): 0.25}  # family there
    assert shares([("B", "L3")], sold)[("B", "L3", "C1")] == pytest.approx(30 / 45)  # family anywhere
    assert shares([("D", "L1")], sold)[("D", "L1", "C1")] == pytest.approx(30 / 45)  # all that was sold
    like = shares([("D", "L2")], sold, like_item_id=["", "", "A"])
    assert like == {("D", "L2", "C2"): 1.0}
    assert shares([("D", "L1")], sales()) == {("D", "L1", "C1"): 0.5, ("D", "L1", "C2"): 0.5}


def test_what_is_said_for_many_rows_is_spread_like_the_statistical_forecast():
    said = stream_units(ROWS, STATISTICAL, forecasts(("sales", "A", "", "", BUCKETS[0], 200.0)), BUCKETS)
    assert said["sales"][:3, 0].tolist() == [60.0, 20.0, 120.0]
    assert np.isnan(said["sales"][3, 0]) and np.isnan(said["sales"][:, 1:]).all()
    assert np.isnan(said["finance"]).all()


def test_what_is_said_for_a_row_with_no_forecast_goes_by_shares():
    said = stream_units(ROWS, STATISTICAL, forecasts(("sales", "B", "", "", BUCKETS[1], 7.0)), BUCKETS)
    assert said["sales"][3].tolist()[1] == 7.0


@COSTLY
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["sales", "finance"]), st.sampled_from(["A", "B"]), st.sampled_from(["", "L1", "L2"]),
            st.sampled_from(["", "C1", "C2"]), st.sampled_from(list(BUCKETS)), st.floats(0, 1e6),
        ),
        unique_by=lambda row: row[:5],
    )
)  # fmt: skip
def test_no_unit_handed_in_is_lost_or_made_up(said):
    handed_in = forecasts(*said)
    rows = rows_asked_for(ROWS, handed_in)
    planned = pd.MultiIndex.from_frame(rows[["item_id", "location_id"]])
    asked = handed_in["location_id"].eq("") | pd.MultiIndex.from_frame(handed_in[["item_id", "location_id"]]).isin(
        planned
    )
    statistical = np.outer(rows["share"], [10.0, 0.0, 5.0])
    units = stream_units(rows, statistical, handed_in, BUCKETS)
    for stream in ("sales", "finance"):
        wanted = handed_in.loc[asked & handed_in["stream"].eq(stream), "qty"].sum()
        assert np.nansum(units[stream]) == pytest.approx(wanted)


def test_a_customer_who_never_bought_gets_a_row_when_a_stream_names_him():
    said = forecasts(("sales", "A", "", "C9", BUCKETS[0], 5.0), ("sales", "B", "L1", "C2", BUCKETS[0], 5.0))
    more = rows_asked_for(ROWS, said)
    new = more[more["share"] == 0.0][["item_id", "location_id", "customer_id"]]
    assert new.to_numpy().tolist() == [["A", "L1", "C9"], ["A", "L2", "C9"], ["B", "L1", "C2"]]


WEIGHTS = {"statistical": 0.6, "sales": 0.3, "finance": 0.1}


def test_an_absent_stream_shares_out_its_weight():
    streams = {
        "statistical": np.array([[10.0, 10.0]]),
        "sales": np.array([[20.0, np.nan]]),
        "finance": np.full((1, 2), np.nan),
    }
    assert weighted_consensus(streams, WEIGHTS)[0] == pytest.approx([10 * 2 / 3 + 20 / 3, 10.0])


def test_no_rows_agree_on_nothing():
    streams = {name: np.zeros((0, 3)) for name in WEIGHTS}
    assert weighted_consensus(streams, dict.fromkeys(WEIGHTS, np.zeros((0, 1)))).shape == (0, 3)


@COSTLY
@given(st.floats(0, 1e9), st.lists(st.booleans(), min_size=3, max_size=3))
def test_equal_streams_agree_on_their_value(value, present):
    streams = {name: np.array([[value if here or name == "statistical" else np.nan]])
               for name, here in zip(("statistical", "sales", "finance"), present, strict=True)}  # fmt: skip
    assert weighted_consensus(streams, WEIGHTS)[0, 0] == pytest.approx(value)


def test_the_bridge_from_history_to_consensus_adds_up_and_names_who_moved_what():
    rows = {"item_id": "A", "location_id": "L1", "customer_id": ["C1", "C2", "C3"], "bucket": BUCKETS[0]}
    plan = pd.DataFrame(rows).assign(
        statistical=[10.0, 10.0, 0.0], sales=[20.0, np.nan, 8.0], marketing=np.nan, finance=np.nan,
        override=[np.nan, 15.0, np.nan], consensus=[10 * 2 / 3 + 20 / 3, 15.0, 0.0], method="combination",
    )  # fmt: skip
    weights = pd.DataFrame({"family": "F", "stream": [*WEIGHTS, "marketing"], "weight": [*WEIGHTS.values(), 0.0]})
    said = consensus_bridge(plan, weights, items())
    assert said["sales"].to_numpy() == pytest.approx([10 / 3, 0.0, 0.0])
    assert said["overrides"].tolist() == [0.0, 5.0, 0.0]
    steps = said[["statistical", "sales", "marketing", "finance", "overrides"]].sum(axis=1)
    assert steps.to_numpy() == pytest.approx(said["consensus"].to_numpy())
    launched = plan.iloc[[2]].assign(method="none", consensus=8.0)  # history is silent: sales alone is heard
    assert consensus_bridge(launched, weights, items())["sales"].tolist() == [8.0]
