"""The simulated world: what arrives, is drawn, shipped, owed and lost, checked by hand and added up from outside."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench.replay.world import LINE, NODE, SOURCE, Decisions, State, imbalance, live

START, AFTER = tiny.START, tiny.BUCKETS[1]
TABLES = tiny.tables()
PUMP, KIT = ("PUMP", "DC"), ("KIT", "DC")


def at(units: dict[tuple[str, str], float]) -> pd.Series:
    """Units by place."""
    return pd.Series(units, index=pd.MultiIndex.from_tuples(units or [], names=NODE), dtype=float)


def starting(*rows: tuple) -> pd.DataFrame:
    """Starts: item, location, method, origin, bucket of arrival, units, money."""
    return pd.DataFrame(rows, columns=[*SOURCE, "bucket", "qty", "cost"])


def decisions(*starts: tuple, held=None, written_off=None, given_up: dict | None = None, hours=0.0) -> Decisions:
    lost = pd.Series(given_up or {}, dtype=float)
    lost.index = pd.MultiIndex.from_tuples(list(given_up or {}), names=LINE) if given_up else lost.index
    lost = lost if given_up else pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], [], []], names=LINE))
    nothing = pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], []], names=NODE))
    held = nothing if held is None else at(held)
    return Decisions(starting(*starts), held, nothing if written_off is None else at(written_off), lost, hours, 0.0)


def state(on_hand: dict, *under_way: tuple, owed: list[tuple] = ()) -> State:
    coming = pd.DataFrame(under_way, columns=[*SOURCE, "due", "qty", "cost"])
    coming["due"] = pd.to_datetime(coming["due"])
    return State(at(on_hand).rename("qty").reset_index(), coming, pd.DataFrame(owed, columns=[*LINE, "qty"]))


def orders(*rows: tuple) -> pd.DataFrame:
    """Orders: item, location, customer, units."""
    return pd.DataFrame(rows, columns=[*LINE, "qty"])


def lived(before: State, decided: Decisions, wanted: pd.DataFrame, **changed: pd.DataFrame):
    """A bucket of the tiny company; SHOP counts twice as much as WEB."""
    none = pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], [], []], names=LINE))
    result = live(before, decided, wanted, none, {**TABLES, **changed}, START, AFTER)
    assert imbalance(before, result) < 1e-6
    return result


def units(frame: pd.DataFrame, keys: list[str], *key: str) -> float:
    return float(frame.groupby(keys)["qty"].sum().get(key, 0.0))


def test_what_is_due_in_the_bucket_arrives_and_is_paid_and_the_rest_stays_under_way():
    first = ("KIT", "DC", "buy", "ACME", "2025-09-30", 40.0, 400.0)
    second = ("KIT", "DC", "buy", "ACME", "2025-10-01", 10.0, 100.0)
    result = lived(state({KIT: 5.0}, first, second), decisions(), orders())
    assert units(result.state.on_hand, NODE, *KIT) == 45.0
    assert result.paid["buy"] == 400.0
    assert result.state.under_way["qty"].tolist() == [10.0]
    assert result.state.cash == -400.0


def test_what_starts_draws_components_and_sends_goods_at_once_and_arrives_a_lead_time_later():
    make = ("PUMP", "PLANT", "make", "", AFTER, 20.0, 0.0)
    move = ("PUMP", "DC", "move", "PLANT", AFTER, 15.0, 15.0)
    before = state({("SEAL", "PLANT"): 100.0, ("PUMP", "PLANT"): 18.0})
    result = lived(before, decisions(make, move, hours=400.0), orders())
    assert units(result.state.on_hand, NODE, "SEAL", "PLANT") == 60.0
    assert units(result.state.on_hand, NODE, "PUMP", "PLANT") == 3.0
    assert units(result.state.on_hand, NODE, *PUMP) == 0.0
    assert sorted(result.state.under_way["qty"]) == [15.0, 20.0]
    assert result.paid == {"hours": 400.0}


def test_what_takes_no_time_can_be_shipped_in_the_same_bucket():
    bought = ("KIT", "DC", "buy", "ACME", START, 30.0, 300.0)
    result = lived(state({}), decisions(bought), orders(("KIT", "DC", "WEB", 25.0)))
    assert result.lines["shipped"].tolist() == [25.0]
    assert units(result.state.on_hand, NODE, *KIT) == 5.0
    assert result.revenue == 25 * 25.0


def test_the_weightier_customer_is_served_first_and_the_other_is_owed_the_rest():
    wanted = orders(("PUMP", "DC", "SHOP", 30.0), ("PUMP", "DC", "WEB", 30.0))
    result = lived(state({PUMP: 40.0}), decisions(), wanted)
    shipped = result.lines.set_index("customer_id")["shipped"]
    assert (shipped["SHOP"], shipped["WEB"]) == (30.0, 10.0)
    assert units(result.state.owed, LINE, *PUMP, "WEB") == 20.0


def test_customers_of_the_same_weight_share_what_there_is():
    customers = TABLES["customers"].assign(priority=1.0)
    wanted = orders(("PUMP", "DC", "SHOP", 30.0), ("PUMP", "DC", "WEB", 10.0))
    result = lived(state({PUMP: 20.0}), decisions(), wanted, customers=customers)
    shipped = result.lines.set_index("customer_id")["shipped"]
    assert (shipped["SHOP"], shipped["WEB"]) == (15.0, 5.0)


def test_what_is_owed_is_delivered_before_what_is_new_and_only_the_new_is_on_time():
    before = state({KIT: 12.0}, owed=[("KIT", "DC", "WEB", 8.0)])
    result = lived(before, decisions(), orders(("KIT", "DC", "WEB", 10.0)))
    line = result.lines.iloc[0]
    assert (line["shipped"], line["on_time"], line["owed"]) == (12.0, 4.0, 6.0)


def test_only_what_the_plan_gave_up_is_lost_and_only_as_far_as_it_is_truly_missing():
    gave_up = decisions(given_up={("KIT", "DC", "WEB"): 7.0})
    short = lived(state({KIT: 10.0}), gave_up, orders(("KIT", "DC", "WEB", 20.0)))
    assert (short.lines["lost"].sum(), short.lines["owed"].sum()) == (7.0, 3.0)
    enough = lived(state({KIT: 18.0}), gave_up, orders(("KIT", "DC", "WEB", 20.0)))
    assert (enough.lines["lost"].sum(), enough.lines["owed"].sum()) == (2.0, 0.0)


def test_no_more_is_owed_than_the_policy_allows():
    policies = TABLES["policies"].assign(backlog_max=4.0)
    result = lived(state({}), decisions(), orders(("KIT", "DC", "WEB", 10.0)), policies=policies)
    assert (result.lines["lost"].sum(), result.lines["owed"].sum()) == (6.0, 4.0)


def test_stock_is_kept_from_customers_only_where_the_plan_holds_it():
    result = lived(state({KIT: 10.0}), decisions(held={KIT: 6.0}), orders(("KIT", "DC", "WEB", 10.0)))
    assert result.lines["shipped"].sum() == 4.0


def test_no_more_is_written_off_than_is_left():
    result = lived(state({KIT: 10.0}), decisions(written_off={KIT: 6.0}), orders(("KIT", "DC", "WEB", 7.0)))
    assert result.places.loc[KIT, "written_off"] == 3.0
    assert units(result.state.on_hand, NODE, *KIT) == 0.0


@pytest.mark.parametrize("change", ["stock", "owed", "cash"])
def test_a_state_that_does_not_follow_from_the_flows_is_found_out(change):
    before = state({KIT: 10.0}, owed=[("KIT", "DC", "WEB", 3.0)])
    result = live(
        before, decisions(), orders(("KIT", "DC", "WEB", 20.0)),
        pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], [], []], names=LINE)), TABLES, START, AFTER,
    )  # fmt: skip
    assert imbalance(before, result) < 1e-6
    after = result.state
    wrong = {
        "stock": replace(after, on_hand=after.on_hand.assign(qty=after.on_hand["qty"] + 0.5)),
        "owed": replace(after, owed=after.owed.assign(qty=after.owed["qty"] - 0.5)),
        "cash": replace(after, cash=after.cash + 0.5),
    }
    assert imbalance(before, replace(result, state=wrong[change])) >= 0.5 - 1e-9


amounts = st.floats(0, 500).map(lambda value: round(value, 3))


@given(stock=amounts, owed=amounts, shop=amounts, web=amounts, held=amounts, lost=amounts, bought=amounts)
def test_every_bucket_balances_whatever_comes(stock, owed, shop, web, held, lost, bought):
    before = state({KIT: stock}, owed=[("KIT", "DC", "SHOP", owed)])
    decided = decisions(
        ("KIT", "DC", "buy", "ACME", START, bought, 10 * bought),
        held={KIT: held},
        given_up={("KIT", "DC", "SHOP"): lost, ("KIT", "DC", "WEB"): lost},
    )
    result = lived(before, decided, orders(("KIT", "DC", "SHOP", shop), ("KIT", "DC", "WEB", web)))
    assert result.lines["shipped"].sum() <= stock + bought + 1e-9
    assert (result.lines[["shipped", "lost", "owed", "on_time"]] >= -1e-9).all(axis=None)
