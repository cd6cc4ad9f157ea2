"""The overrides taken out of a finished plan and put in again give that plan to the bit, whatever they say."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from test_demand_overrides import ACTIVE, BUCKETS, ITEMS, PLAN, ROWS, as_rows, many, overrides

from sopbench.contract import checked, table
from sopbench.demand.consensus.overrides import apply_overrides, override_effects
from sopbench.demand.consensus.split import ROW
from sopbench.demand.consensus.trial import agreed_before_overrides, with_overrides

KINDS = ROWS.drop_duplicates("item_id").set_index("item_id")["category"]
ABOUT = {
    "items": ITEMS.assign(category=ITEMS["item_id"].map(KINDS)),
    "locations": checked(
        pd.DataFrame({"location_id": ["L1", "L2"], "kind": "dc", "region": ["North", "South"]}), table("locations")
    ),
    "customers": checked(
        pd.DataFrame({"customer_id": ["C1", "C2"], "channel": ["retail", "online"]}), table("customers")
    ),
}


def finished(plan, said):
    """A demand plan with overrides in it, as the demand step writes it, and the table of what they changed."""
    done = apply_overrides(plan, PLAN, ACTIVE, ROWS, said, BUCKETS)
    frame = ROWS.loc[np.repeat(ROWS.index, len(BUCKETS)), ROW].assign(bucket=np.tile(BUCKETS, len(ROWS)))
    frame = frame.assign(method="naive", statistical=PLAN.ravel(), consensus=done.plan.ravel())
    frame = frame.assign(p10=0.0, p50=0.0, p90=0.0).sample(frac=1.0, random_state=1)
    return checked(frame, table("demand_plan")), override_effects(done, ROWS, BUCKETS), done.plan


@given(many, st.lists(st.floats(0, 1e4), min_size=15, max_size=15))
def test_taken_out_they_leave_what_was_agreed_on_and_put_in_again_they_make_the_plan(rows, units):
    plan, said = np.array(units).reshape(5, 3), overrides(*as_rows(rows))
    demand_plan, effects, consensus = finished(plan, said)
    agreed = agreed_before_overrides(demand_plan, effects, **ABOUT)
    assert agreed.rows[list(ROWS)].to_numpy().tolist() == ROWS.to_numpy().tolist()
    assert agreed.plan.tolist() == plan.tolist()
    assert with_overrides(agreed, said).tolist() == consensus.tolist()


def test_one_more_override_moves_what_it_selects_and_an_expired_one_nothing():
    demand_plan, effects, _ = finished(PLAN, overrides())
    agreed = agreed_before_overrides(demand_plan, effects, **ABOUT)
    row = {"item_id": "A", "kind": "absolute", "value": 80.0, "end": BUCKETS[0]}
    assert with_overrides(agreed, overrides(row))[:2, 0].tolist() == [20.0, 60.0]
    assert with_overrides(agreed, overrides(row | {"expires": BUCKETS[0]})).tolist() == PLAN.tolist()
