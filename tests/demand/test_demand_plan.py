"""The whole demand step on the tiny company: lives respected, sums kept, and the same bytes from the same inputs."""

import io

import numpy as np
import pandas as pd
import pytest

import tiny
from sopbench import demand
from sopbench.contract import PlanningError, checked, table
from sopbench.demand.history.history import SERIES
from sopbench.params.demand import ALWAYS, Demand

FEW = Demand(methods={"average": "StatsForecastPanel('WindowAverage', params={'window_size': 3})"})
"""Settings that run fast."""


def planned(settings=FEW, start=tiny.START, horizon=6, **changed):
    tables = tiny.tables() | changed
    return demand.plan(settings, start, horizon, **{name: tables[name] for name in demand.INPUTS})


def items(**columns):
    """The tiny company's items with more of them: columns by item, e.g. launch={"NEW": "2025-11-01"}."""
    known = tiny.tables()["items"].set_index("item_id")
    for name in {item for values in columns.values() for item in values} - set(known.index):
        known.loc[name] = known.loc["PUMP"]
    for column, values in columns.items():
        for item, value in values.items():
            known.loc[item, column] = pd.Timestamp(value) if column in ("launch", "discontinue") else value
    return checked(known.reset_index(), table("items"))


def events(**row):
    one = {"event_id": "E", "scope": "item:PUMP", "start": tiny.START, "end": tiny.START, "uplift": 0.5}
    return checked(pd.DataFrame([one | row]), table("events"))


def overrides(**row):
    one = {"override_id": "O", "start": tiny.START, "end": tiny.BUCKETS[-1], "owner": "me", "reason": "because"}
    return checked(pd.DataFrame([one | row]), table("overrides"))


def of(tables, item, column="consensus"):
    plan = tables["demand_plan"]
    return plan[plan["item_id"] == item].groupby("bucket")[column].sum().reindex(tiny.BUCKETS).to_numpy()


@pytest.fixture(scope="module")
def tables():
    return planned(Demand())


def test_the_tables_are_those_of_the_contract(tables):
    assert list(tables)[:6] == [
        "history",
        "corrections",
        "backtest",
        "method_choice",
        "lead_time_demand",
        "demand_plan",
    ]
    assert list(tables)[6:] == ["stream_weights", "override_effects", "override_conflicts", "life_cycle_effects"]
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(checked(frame, table(name)), frame)
    assert len(tables["demand_plan"]) == 2 * 2 * 6
    assert tables["life_cycle_effects"].empty
    assert "SEAL" not in set(tables["demand_plan"]["item_id"])


def test_every_default_method_was_tried_and_the_plan_is_near_what_sells(tables):
    assert set(tables["backtest"]["method"]) >= set(Demand().methods) | {"family_season"}
    pump, kit = of(tables, "PUMP"), of(tables, "KIT")
    assert pump.argmax() == 3  # December
    assert kit == pytest.approx(np.full(6, 45.0), rel=0.15)


def test_customers_share_what_they_bought(tables):
    plan = tables["demand_plan"].groupby(["item_id", "customer_id"])["statistical"].sum()
    assert plan[("KIT", "SHOP")] / plan["KIT"].sum() == pytest.approx(2 / 3, abs=0.01)


def test_quantiles_are_in_order(tables):
    plan = tables["demand_plan"]
    assert (plan["p10"] >= 0).all() and (plan["p10"] <= plan["p50"]).all() and (plan["p50"] <= plan["p90"]).all()


def test_the_same_inputs_give_the_same_bytes_in_whatever_order_their_rows_come(tables):
    mixed = {name: frame.sample(frac=1.0, random_state=3) for name, frame in tiny.tables().items()}
    again = planned(Demand(), **mixed)
    for name, frame in tables.items():
        assert parquet(frame) == parquet(again[name]), name


def parquet(frame):
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def test_inputs_are_left_as_they_were():
    given = tiny.tables()
    copies = {name: frame.copy() for name, frame in given.items()}
    planned(**given)
    for name, frame in copies.items():
        pd.testing.assert_frame_equal(given[name], frame)


def test_nothing_is_planned_before_a_launch_and_from_an_end_on():
    launched = {"launch": {"NEW": "2025-11-01"}, "like_item_id": {"NEW": "PUMP"}, "like_factor": {"NEW": 0.5}}
    goods = items(**launched, discontinue={"PUMP": "2025-12-01"})
    said = planned(items=goods)
    pump, new = of(said, "PUMP"), of(said, "NEW")
    assert (pump[:3] > 0).all() and (pump[3:] == 0).all()
    assert (new[:2] == 0).all() and (new[2:] > 0).all()
    for name in ("statistical", "p10", "p50", "p90"):
        assert of(said, "PUMP", name)[3:].sum() == 0 and of(said, "NEW", name)[:2].sum() == 0


def test_a_launch_has_its_like_items_shape_times_the_factor():
    goods = items(launch={"NEW": "2025-11-01"}, like_item_id={"NEW": "PUMP"}, like_factor={"NEW": 0.5})
    said = planned(items=goods)
    assert of(said, "NEW")[2:] == pytest.approx(0.5 * of(said, "PUMP")[2:])
    new = said["method_choice"].set_index("item_id").loc["NEW"]
    assert new["segment"] == "new" and "like item PUMP" in new["reason"]


def test_an_item_that_ended_before_the_cycle_is_not_planned():
    said = planned(items=items(discontinue={"PUMP": "2025-03-01"}))
    assert set(said["demand_plan"]["item_id"]) == {"KIT"}
    assert said["history"].query("item_id == 'PUMP'")["bucket"].max() == pd.Timestamp("2025-02-01")


def test_a_planned_promotion_is_put_back():
    plain, promoted = planned(), planned(events=events())
    assert of(promoted, "PUMP")[0] == pytest.approx(1.5 * of(plain, "PUMP")[0])
    assert of(promoted, "PUMP", "p90")[0] == pytest.approx(1.5 * of(plain, "PUMP", "p90")[0])
    assert of(promoted, "PUMP")[1:] == pytest.approx(of(plain, "PUMP")[1:])


def test_what_nothing_is_known_of_is_planned_with_nothing_until_someone_speaks():
    goods = items(launch={"NEW": "2025-10-01"})
    said = planned(items=goods)
    assert of(said, "NEW").sum() == 0 and (of(said, "NEW", "p90") == 0).all()
    assert said["method_choice"].set_index("item_id").loc["NEW", "reason"].startswith("no history and no like item")
    set_by_hand = planned(items=goods, overrides=overrides(item_id="NEW", kind="absolute", value=12.0))
    assert of(set_by_hand, "NEW").tolist() == [0.0, *[12.0] * 5]
    handed_in = checked(
        pd.DataFrame({"stream": "sales", "item_id": "NEW", "bucket": tiny.BUCKETS, "qty": 8.0}), table("forecasts")
    )
    weights = {"statistical": 0.5, "sales": 0.5}
    heard = planned(FEW.model_copy(update={"stream_weights": weights}), items=goods, forecasts=handed_in)
    assert of(heard, "NEW") == pytest.approx([0.0, *[8.0] * 5])  # history is silent, it does not say 0


def test_the_first_item_of_a_family_is_planned_wherever_anything_sells_and_no_unit_of_its_stream_is_lost():
    goods = items(launch={"NEW": "2025-09-01"}, family={"NEW": "valves"})
    handed_in = {"stream": "sales", "item_id": "NEW", "bucket": tiny.BUCKETS, "qty": 8.0}
    handed_in = checked(pd.DataFrame(handed_in), table("forecasts"))
    said = planned(items=goods, forecasts=handed_in)
    assert of(said, "NEW", "sales") == pytest.approx(np.full(6, 8.0))
    sold = set(tiny.tables()["sales"]["location_id"])
    assert set(said["demand_plan"].query("item_id == 'NEW'")["location_id"]) == sold


def test_streams_count_with_their_weight_and_overrides_are_kept_to_the_unit():
    handed_in = checked(
        pd.DataFrame({"stream": "sales", "item_id": "KIT", "bucket": tiny.BUCKETS[:2], "qty": 90.0}), table("forecasts")
    )
    settings = FEW.model_copy(update={"stream_weights": {"statistical": 3.0, "sales": 1.0}})
    said = planned(settings, forecasts=handed_in, overrides=overrides(family="pumps", kind="absolute", value=321.0))
    statistical = of(said, "KIT", "statistical")
    assert of(said, "KIT")[:2] == pytest.approx((3 * statistical[:2] + 90.0) / 4)
    assert of(said, "KIT")[2:] == pytest.approx(statistical[2:])
    assert of(said, "PUMP") == pytest.approx(np.full(6, 321.0)) and of(said, "PUMP", "override")[0] == pytest.approx(
        321.0
    )
    assert said["demand_plan"].query("item_id == 'KIT'")["override"].isna().all()


def test_a_method_that_cannot_take_a_series_is_named_beside_the_choice():
    settings = Demand(methods={"picky": "ThetaForecaster(sp=24)"})
    said = planned(settings)["method_choice"]
    assert said["reason"].str.contains("could not be tried: picky").all()
    assert not (said["method"] == "picky").any()


@pytest.mark.parametrize("months", [1, 2, 5])
def test_a_company_that_has_just_begun_is_planned_too(months):
    sold = tiny.tables()["sales"]
    sold, buckets = sold[sold["bucket"] >= tiny.HISTORY[-months]], tiny.tables()["calendar"]
    said = planned(sales=sold, calendar=buckets[buckets["bucket"] >= tiny.HISTORY[-months]], settings=Demand())
    assert said["backtest"].empty
    assert set(said["method_choice"]["method"]) == {"family_season"}
    assert np.isfinite(of(said, "PUMP", "p90")).all() and (of(said, "PUMP") > 0).all()


@pytest.mark.parametrize("known", [True, False])
def test_a_company_that_sells_nothing_yet_has_an_empty_plan(known):
    goods = tiny.tables()["items"] if known else table("items").empty()
    said = planned(sales=tiny.tables()["sales"].iloc[:0], items=goods)
    assert said["demand_plan"].empty and said["method_choice"].empty and said["lead_time_demand"].empty


def test_a_company_that_sells_nothing_yet_is_planned_by_its_streams():
    handed_in = {"stream": "sales", "item_id": "KIT", "bucket": tiny.BUCKETS, "qty": 8.0}
    handed_in = checked(pd.DataFrame(handed_in), table("forecasts"))
    said = planned(sales=tiny.tables()["sales"].iloc[:0], forecasts=handed_in)
    assert of(said, "KIT", "sales") == pytest.approx(np.full(6, 8.0))


def test_zero_constant_and_seldom_series_are_planned_without_a_fuss():
    sold = tiny.tables()["sales"]
    units = {"PUMP": 0.0, "KIT": 7.0}
    said = planned(sales=sold.assign(qty_ordered=sold["item_id"].map(units)))
    assert of(said, "PUMP").tolist() == [0.0] * 6
    assert of(said, "KIT") == pytest.approx(np.full(6, 14.0))
    rare = sold[(sold["item_id"] == "KIT") | (sold["bucket"].dt.month == 5)]
    assert (of(planned(sales=rare), "PUMP", "p50") <= of(planned(sales=rare), "PUMP", "p90")).all()


def test_weeks_are_planned_as_well_as_months():
    weeks = pd.date_range("2025-01-06", periods=60, freq="W-MON")
    start = weeks[50]
    rows = pd.MultiIndex.from_product([["PUMP", "KIT"], ["SHOP"], weeks[:50]]).to_frame(index=False)
    rows.columns = ["item_id", "customer_id", "bucket"]
    units = np.where(np.arange(100) % 4 == 3, 30.0, 10.0)
    said = planned(
        FEW.model_copy(update={"season": 4}),
        start,
        10,
        calendar=checked(pd.DataFrame({"bucket": weeks, "working_days": 5.0}), table("calendar")),
        sales=checked(rows.assign(location_id="DC", qty_ordered=units), table("sales")),
    )["demand_plan"]
    assert said["bucket"].unique().tolist() == weeks[50:].tolist()
    high = said[said["item_id"] == "KIT"]["statistical"].to_numpy()
    assert (high > 20).tolist() == [(50 + ahead + 50) % 4 == 3 for ahead in range(10)]


def test_a_misspelt_method_stops_the_step_before_it_runs():
    with pytest.raises(PlanningError, match="did you mean ThetaForecaster"):
        planned(Demand(methods={"theta": "ThetaForcaster()"}))


def test_weighted_methods_of_which_none_is_combined_leave_the_plan_to_the_naive_ones():
    settings = FEW.model_copy(update={"choose_by": "weighted"})  # `combine` holds default methods, which FEW has not
    said = planned(settings)
    assert set(said["method_choice"]["method"]) <= {*ALWAYS, *settings.methods}


@pytest.mark.parametrize("member", ["average", "naive"])
def test_one_method_combined_is_that_method(member):
    alone = planned(FEW.model_copy(update={"combine": [member], "choice_margin": 0.99}))
    choice = alone["method_choice"]
    by_it = choice[choice["method"] == "combination"]
    assert len(by_it) and not choice["reason"].str.contains("fell back").any()
    rows = alone["backtest"].pivot_table(index=[*SERIES, "origin", "bucket"], columns="method", values="forecast")
    assert (rows["combination"] == rows[member]).all()


def test_the_naive_method_may_be_one_of_those_combined():
    choice = planned(FEW.model_copy(update={"combine": ["average", "naive"], "choice_margin": 0.99}))["method_choice"]
    assert "combination" in set(choice["method"])


def test_history_adds_up_to_what_was_ordered(tables):
    sold = tiny.tables()["sales"].groupby([*SERIES, "bucket"])["qty_ordered"].sum()
    said = tables["history"].set_index([*SERIES, "bucket"])["ordered"]
    pd.testing.assert_series_equal(said, sold, check_names=False)


def test_gradient_boosting_is_one_line_away_and_sees_what_is_known_of_coming_buckets():
    spec = "GradientBoostingPanel(season_length={season}, trees=5, least_rows=10)"
    settings = Demand(methods={"boosted": spec}, choose_by="best", choice_margin=0.0)
    said = planned(settings, events=events())
    assert "boosted" in set(said["backtest"]["method"])
    assert np.isfinite(of(said, "PUMP")).all() and (of(said, "PUMP") > 0).all()
