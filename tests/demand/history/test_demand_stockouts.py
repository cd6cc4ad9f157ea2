"""Demand hidden by stockouts and one-off orders, customer by customer: figures checked by hand or against a draw."""

import numpy as np
import pandas as pd
import pytest
from history_cases import MONTHS, cleaned, items, sales, steady

from sopbench.demand.history.customers import customer_orders
from sopbench.demand.history.stockouts import above, usual_shares, waiting_share, waiting_units


def orders(customer, units, shipped, stockout, first=0):
    columns = first + np.arange(len(units))
    said = {"row": 0, "column": columns, "customer_id": customer, "units": units, "shipped": shipped}
    return pd.DataFrame({**said, "stockout": stockout})


def test_the_median_above_a_bound_is_that_of_a_draw():
    draw = np.random.default_rng(1).normal(100.0, 20.0, 400_000)
    for bound in (0.0, 80.0, 100.0, 130.0):
        [found] = above(np.array([100.0]), np.array([400.0]), np.array([bound]))
        assert found == pytest.approx(np.median(draw[draw > bound]), rel=0.003)


def test_the_median_above_a_bound_is_the_bound_where_nothing_is_expected_or_it_lies_far_out():
    found = above(np.array([0.0, 100.0, np.nan]), np.array([0.0, 100.0, np.nan]), np.array([7.0, 1e14, 3.0]))
    assert found[:2].tolist() == [7.0, 1e14] and np.isnan(found[2])


def test_who_waits_is_told_by_what_was_shipped_after_what_was_owed():
    """Of 10 ordered 6 are shipped, 4 wait; of 9 shipped next 4 were owed, so of 8 ordered 3 wait; then it clears."""
    said = orders("C", [10.0, 8.0, 5.0, 6.0], [6.0, 9.0, 8.0, 2.0], [True, True, False, True])
    assert waiting_units(said).tolist() == [4.0, 3.0, 0.0, 4.0]


def test_a_debt_is_not_carried_over_to_another_customer_or_past_a_gap():
    parts = [orders("C", [10.0], [0.0], True), orders("D", [5.0], [5.0], True, first=1)]
    gap = orders("C", [6.0], [6.0], True, first=3)
    said = pd.concat([parts[0], gap, parts[1]], ignore_index=True)
    assert waiting_units(said).tolist() == [10.0, 0.0, 0.0]


def test_the_share_that_waits_is_a_customers_own_where_it_often_went_short_and_that_of_all_where_not():
    often, seldom = orders("OFTEN", np.full(20, 9.0), 0.0, True), orders("SELDOM", [9.0], 0.0, True)
    said = pd.concat([often, seldom], ignore_index=True)
    share = waiting_share(said, np.full(21, 2.0), np.r_[np.full(20, 8.0), 4.0])
    assert share[:20] == pytest.approx(0.25) and share[20] == pytest.approx(42.0 / 164.0)


def test_a_customers_usual_share_counts_its_own_time_and_only_what_hides_nothing():
    old, new = orders("OLD", np.full(4, 30.0), 0.0, False), orders("NEW", [10.0, 90.0], 0.0, False, first=2)
    said = pd.concat([old, new], ignore_index=True)
    shares = usual_shares(said, said["units"].to_numpy(), np.array([[True, True, True, False]]))
    assert shares[:4] == pytest.approx(90.0 / 100.0) and shares[4:] == pytest.approx(10.0 / 40.0)


def test_only_the_customers_out_of_stock_are_lifted():
    out = np.arange(60) == 40
    shop = np.where(out, 90.0, steady(60.0))
    web = np.where(out, 5.0, steady(40.0, seed=2))
    sold = pd.concat([sales(shop, customer="SHOP"), sales(web, customer="WEB", stockout=out)])
    here = cleaned(sold).history.iloc[40]
    assert here["reason"] == "stockout" and here["cleaned"] == pytest.approx(90.0 + 40.0, abs=4.0)


def test_those_who_wait_tell_how_many_there_were():
    """Half of what SHOP cannot get waits; in the last stockout far more was wanted than usual, and 70 of it waits."""
    rng, out = np.random.default_rng(5), np.zeros(60, dtype=bool)
    out[8:56:3] = True
    wanted = np.round(100.0 * (1 + 0.1 * rng.standard_normal(60)))
    wanted[53] = 180.0
    shipped = np.where(out, 40.0, wanted)
    waits = np.where(out, (wanted - 40.0) / 2, 0.0)
    shipped[np.flatnonzero(out) + 1] += waits[out]
    sold = sales(np.where(out, 40.0 + waits, wanted), qty_shipped=shipped, stockout=out)
    with_them = cleaned(sold).history["cleaned"].to_numpy()
    without = cleaned(sold.assign(qty_shipped=sold["qty_ordered"])).history["cleaned"].to_numpy()
    missed, missed_without = (np.abs(each - wanted)[out].sum() for each in (with_them, without))
    assert missed < missed_without / 2
    assert with_them[53] > without[53] + 15.0


def test_a_series_that_sells_now_and_then_is_lifted_to_its_mean_and_never_below_its_orders():
    units = np.where(np.arange(60) % 4 == 0, 8.0, 0.0)
    units[[21, 24]] = 1.0, 6.0
    out = np.isin(np.arange(60), [21, 24])
    said = cleaned(sales(units, stockout=out)).history
    mean = units[~out].mean()
    assert said["cleaned"].iloc[[21, 24]].tolist() == pytest.approx([mean, 6.0])


def one_off(shop=None, web=None, **columns):
    shop, web = steady(60.0) if shop is None else shop, steady(40.0, seed=2) if web is None else web
    sold = pd.concat([sales(shop, customer="SHOP"), sales(web, customer="WEB", **columns)])
    return cleaned(sold).corrections.query("correction == 'one-off order'")


def with_odd(units, *months, to):
    units = units.copy()
    units[list(months)] = to
    return units


def test_a_single_outsized_order_is_cut_to_the_customers_usual_size():
    [row] = one_off(web=with_odd(steady(40.0, seed=2), 30, to=400.0)).itertuples()
    assert (row.bucket, row.customer_id) == (MONTHS[30], "WEB")
    assert row.before - row.after == pytest.approx(360.0, abs=8.0)


@pytest.mark.parametrize(
    ("shop", "web"),
    [
        (with_odd(steady(60.0), 30, to=600.0), with_odd(steady(40.0, seed=2), 30, to=400.0)),
        (None, with_odd(steady(40.0, seed=2), 30, 31, to=400.0)),
        (None, with_odd(steady(40.0, seed=2), 30, to=100.0)),
        (None, with_odd(steady(0.4, seed=2), 30, to=4.0)),
        (None, np.where(np.arange(60) % 6 == 0, 240.0, np.nan)),
        (np.full(60, np.nan), with_odd(steady(40.0, seed=2), 30, to=400.0)),
    ],
    ids=["both customers", "two months running", "not outsized", "too small to matter", "always so", "sole customer"],
)
def test_what_is_not_a_single_outsized_order_is_no_one_off(shop, web):
    shop, web = steady(60.0) if shop is None else shop, web
    parts = [(shop, "SHOP"), (web, "WEB")]
    sold = [sales(each[~np.isnan(each)], customer=name, buckets=MONTHS[~np.isnan(each)]) for each, name in parts]
    made = cleaned(pd.concat(sold)).corrections
    assert "one-off order" not in set(made["correction"])


def test_a_promotion_makes_no_order_a_one_off():
    from history_cases import events

    happened = events(("E", "all", MONTHS[30], MONTHS[30], 4.0))
    web = with_odd(steady(40.0, seed=2), 30, to=200.0)
    shop = with_odd(steady(60.0), 30, to=300.0)
    made = cleaned(pd.concat([sales(shop, customer="SHOP"), sales(web, customer="WEB")]), happened=happened)
    assert made.corrections["correction"].tolist() == ["event"]


def test_orders_after_an_items_end_are_not_asked():
    sold = sales(steady())
    ordered = pd.DataFrame(1.0, index=pd.MultiIndex.from_tuples([("A", "L")], names=["item_id", "location_id"]),
                           columns=MONTHS)  # fmt: skip
    ordered.iloc[0, 40:] = np.nan
    assert customer_orders(sold, ordered)["column"].tolist() == list(range(40))
    assert len(items("A")) == 1
