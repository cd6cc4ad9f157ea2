"""Launches, successors, phase-outs and cannibals in the plan: checked by hand, and nothing lost between items."""

import io
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from sopbench import demand
from sopbench.contract import checked, table
from sopbench.demand.history.history import SERIES
from sopbench.demand.life_cycle.cannibalisation import takings, units_taken
from sopbench.demand.life_cycle.life_cycle import life_cycle_corrections, life_cycle_history
from sopbench.demand.life_cycle.likes import launch_forecast, own_level
from sopbench.demand.life_cycle.phase_out import kept_share, phase_out_kept
from sopbench.demand.life_cycle.relations import relations, with_models
from sopbench.demand.life_cycle.successors import stream_forecast, takeovers
from sopbench.params.demand import Demand
from sopbench.views import svg
from sopbench.views.demand_life import launches, life_cycles

FEW = Demand(methods={"average": "StatsForecastPanel('WindowAverage', params={'window_size': 3})"})
MONTHS = pd.date_range("2022-01-01", periods=36, freq="MS")


def goods(**columns):
    """The tiny company's items with more of them: columns by item, e.g. launch={"NEW": "2025-11-01"}."""
    known = tiny.tables()["items"].set_index("item_id")
    for name in {item for values in columns.values() for item in values} - set(known.index):
        known.loc[name] = known.loc["PUMP"]
    for column, values in columns.items():
        for item, value in values.items():
            known.loc[item, column] = pd.Timestamp(value) if column in ("launch", "discontinue") else value
    return checked(known.reset_index(), table("items"))


def life(*rows):
    return checked(pd.DataFrame(rows), table("life_cycle"))


def planned(**changed):
    tables = tiny.tables() | changed
    return demand.plan(FEW, tiny.START, 6, **{name: tables[name] for name in demand.INPUTS})


def of(tables, item, column="statistical"):
    plan = tables["demand_plan"]
    return plan[plan["item_id"] == item].groupby("bucket")[column].sum().reindex(tiny.BUCKETS).to_numpy()


def effects(tables, item, kind=None):
    rows = tables["life_cycle_effects"]
    rows = rows[(rows["item_id"] == item) & ((rows["kind"] == kind) | (kind is None))]
    return rows.groupby("bucket")["units"].sum().reindex(tiny.BUCKETS, fill_value=0.0).to_numpy()


def some_items(**columns):
    said = {"item_id": ["A", "B", "C"], "family": "F", "unit_cost": 1.0, **columns}
    return checked(pd.DataFrame(said), table("items"))


def history_of(**units):
    """A history of 36 months at L: units by item, None before and after its life."""
    rows = [
        (item, "L", bucket, unit, unit, "")
        for item, values in units.items()
        for bucket, unit in zip(MONTHS, values, strict=True)
        if unit is not None
    ]
    names = ["item_id", "location_id", "bucket", "ordered", "cleaned", "reason"]
    return checked(pd.DataFrame(rows, columns=names), table("history"))


def learned(history, items, *rows, season=12):
    said = life_cycle_history(history, relations(items, life(*rows) if rows else NONE), MONTHS, season, items=items)
    return {item: part.reset_index(drop=True) for item, part in said.groupby("item_id")}


NONE = table("life_cycle").empty()
RAMP = [None] * 34


def test_a_launch_starts_from_its_like_item_times_the_factor():
    items = some_items(launch=[None, "2024-11-01", None], like_item_id=["", "A", ""], like_factor=[1.0, 0.5, 1.0])
    said = learned(history_of(A=np.arange(36) + 100.0, B=[*RAMP, 33.0, 44.0]), items)["B"]
    assert said["cleaned"].tolist() == [*((np.arange(34) + 100.0) * 0.5), 33.0, 44.0]
    assert said["reason"].tolist() == ["like item"] * 34 + ["", ""]
    assert said["ordered"].tolist() == [0.0] * 34 + [33.0, 44.0]


def test_a_launch_still_to_come_has_the_whole_history_of_its_like_item_even_if_that_has_ended():
    items = some_items(launch=[None, "2025-06-01", None], like_item_id=["", "A", ""])
    said = learned(history_of(A=[*(np.arange(30) + 100.0), *[None] * 6]), items)["B"]
    assert len(said) == 36
    assert said["cleaned"].tolist()[-6:] == said["cleaned"].tolist()[-18:-12]


def test_several_likes_add_up_and_the_table_counts_before_the_items_column():
    items = some_items(launch=[None, None, "2025-03-01"], like_item_id=["", "", "A"])
    rows = ({"kind": "like", "item_id": "C", "other_id": other, "factor": f} for other, f in (("A", 0.5), ("B", 2.0)))
    said = learned(history_of(A=[10.0] * 36, B=[3.0] * 36), items, *rows)["C"]
    assert said["cleaned"].tolist() == [11.0] * 36
    assert set(said["reason"]) == {"like item"}


def test_a_successor_learns_from_what_its_predecessor_sold_before_and_beside_it():
    old, new = [10.0] * 33 + [6.0, 4.0, None], [*[None] * 33, 3.0, 7.0, 12.0]
    row = {"kind": "successor", "item_id": "B", "other_id": "A", "factor": 0.5, "start": MONTHS[33], "run_down": 4}
    said = learned(history_of(A=old, B=new), some_items(), row)
    assert said["B"]["cleaned"].tolist() == [*[5.0] * 33, 6.0, 9.0, 12.0]
    assert said["B"]["reason"].tolist() == ["predecessor"] * 33 + ["with predecessor"] * 2 + [""]
    assert said["A"]["cleaned"].tolist() == pytest.approx([*[10.0] * 33, 6.0 / 0.8, 4.0 / 0.6])
    assert said["A"]["reason"].tolist() == [""] * 33 + ["run-down"] * 2


def test_a_chain_of_successors_reaches_back_to_the_first_and_bridges_a_gap_by_a_season():
    rows = [
        {"kind": "successor", "item_id": "B", "other_id": "A", "start": MONTHS[12]},
        {"kind": "successor", "item_id": "C", "other_id": "B", "start": MONTHS[30]},
    ]
    first, second = [*np.arange(12.0), *[None] * 24], [*[None] * 12, *np.arange(12.0, 26.0), *[None] * 10]
    said = learned(history_of(A=first, B=second), some_items(), *rows)["C"]
    assert said["cleaned"].tolist() == [*np.arange(26.0), *np.arange(14.0, 24.0)]
    assert set(said["reason"]) == {"predecessor"}


def test_what_precedes_a_successor_is_drawn_to_the_level_at_which_it_sells():
    row = {"kind": "successor", "item_id": "B", "other_id": "A", "start": MONTHS[33]}
    said = learned(history_of(A=[*[10.0] * 33, None, None, None], B=[*[None] * 33, 5.0, 5.0, 5.0]), some_items(), row)
    k = (0.25**2 + 1 / 10) / 0.4**2  # the season bends the level a little
    assert said["B"]["cleaned"].to_numpy() == pytest.approx(
        [*[10.0 * (1 - 3 / (3 + k) * 0.5)] * 33, 5.0, 5.0, 5.0], rel=0.01
    )
    middle = row | {"start": MONTHS[35] + pd.Timedelta(days=9)}
    said = learned(history_of(A=[*[10.0] * 35, 7.0], B=[*[None] * 35, 5.0]), some_items(), middle)
    assert said["B"]["cleaned"].tolist() == [*[10.0] * 35, 12.0]  # nobody knows what a whole month would be


def test_units_cannibals_took_are_put_back_into_the_history_by_what_the_others_sold():
    rows = [
        {"kind": "cannibalises", "item_id": "C", "other_id": other, "factor": 0.2, "start": MONTHS[35]}
        for other in "AB"
    ]
    said = learned(history_of(A=[30.0] * 36, B=[10.0] * 36, C=[20.0] * 36), some_items(), *rows)
    assert said["A"]["cleaned"].tolist() == [30.0] * 35 + [36.0]
    assert said["B"]["cleaned"].tolist() == [10.0] * 35 + [12.0]
    assert said["A"]["reason"].tolist() == [""] * 35 + ["cannibalised"]
    assert said["C"]["cleaned"].tolist() == [20.0] * 36


def test_every_change_is_logged_from_what_was_cleaned_to_what_methods_learn():
    before = history_of(A=[30.0] * 36, B=[10.0] * 36, C=[*RAMP, 20.0, 20.0])
    before = before.assign(reason=["event", *[""] * (len(before) - 1)])
    rows = [
        {"kind": "cannibalises", "item_id": "C", "other_id": "A", "factor": 0.3, "start": MONTHS[35]},
        {"kind": "successor", "item_id": "C", "other_id": "B", "start": MONTHS[34], "run_down": 4},
    ]
    items = some_items()
    known = relations(items, life(*rows))
    after = life_cycle_history(before, known, MONTHS, 12, items=items)
    log = life_cycle_corrections(table("corrections").empty(), before, after, items=with_models(items, known))
    told = log.groupby(["item_id", "correction"]).size().to_dict()
    assert told == {
        ("A", "cannibalised"): 1, ("B", "run-down"): 2, ("C", "predecessor"): 34, ("C", "with predecessor"): 2,
    }  # fmt: skip
    assert set(log.query("item_id == 'C'")["why"]) == {"from B"}
    chain = after.merge(before[[*SERIES, "bucket", "cleaned"]], on=[*SERIES, "bucket"], how="left").fillna(0.0)
    chain = chain.merge(log, on=[*SERIES, "bucket"], how="outer")
    assert chain["before"].fillna(chain["cleaned_y"]).tolist() == chain["cleaned_y"].tolist()
    assert chain["after"].fillna(chain["cleaned_y"]).to_numpy() == pytest.approx(chain["cleaned_x"])
    same = life_cycle_corrections(table("corrections").empty(), before, before, items=items)
    assert same.empty


def test_running_down_takes_even_steps():
    assert kept_share(np.array([2, 0, 9]), np.array([3, 0, 1]), 6) == pytest.approx(
        np.array([[1, 1, 0.75, 0.5, 0.25, 0], [0] * 6, [1] * 6])
    )
    items = some_items(discontinue=["2025-05-01", "2025-08-15", "2026-01-01"])
    rows = [{"kind": "phase_out", "item_id": item, "run_down": 3} for item in "ABC"]
    kept = phase_out_kept(
        relations(items, life(*rows)), pd.Index(["C", "A", "B"]), pd.date_range("2025-01-01", periods=8, freq="MS")
    )
    assert kept[1] == pytest.approx([1, 0.75, 0.5, 0.25, 0, 0, 0, 0])
    assert kept[2] == pytest.approx([1, 1, 1, 1, 1, 0.75, 0.5, 0.25])  # on sale in August, where it ends
    assert kept[0] == pytest.approx([1] * 8)  # October to December


def test_a_phase_out_runs_down_before_its_end_and_says_so():
    plain = planned(items=goods(discontinue={"KIT": "2026-01-01"}))
    said = planned(
        items=goods(discontinue={"KIT": "2026-01-01"}),
        life_cycle=life({"kind": "phase_out", "item_id": "KIT", "run_down": 3}),
    )
    assert of(said, "KIT") == pytest.approx(of(plain, "KIT") * [1, 0.75, 0.5, 0.25, 0, 0])
    assert of(said, "KIT", "p90") == pytest.approx(of(plain, "KIT", "p90") * [1, 0.75, 0.5, 0.25, 0, 0])
    assert effects(said, "KIT", "phase_out") == pytest.approx(of(said, "KIT") - of(plain, "KIT"))


@pytest.mark.parametrize("run_down", [0, 2])
def test_successor_and_predecessor_together_are_what_the_predecessor_would_have_been(run_down):
    plain = planned()
    row = {"kind": "successor", "item_id": "NEW", "other_id": "KIT", "run_down": run_down}
    said = planned(items=goods(launch={"NEW": "2025-11-01"}), life_cycle=life(row))
    kept = [1, 1, 2 / 3, 1 / 3, 0, 0] if run_down else [1, 1, 0, 0, 0, 0]
    assert of(said, "KIT") == pytest.approx(of(plain, "KIT") * kept)
    for column in ("statistical", "consensus"):
        assert of(said, "NEW", column) + of(said, "KIT", column) == pytest.approx(of(plain, "KIT", column))
    for column in ("p10", "p50", "p90"):  # errors are pooled over one series more
        assert of(said, "NEW", column) + of(said, "KIT", column) == pytest.approx(of(plain, "KIT", column), rel=0.05)
    assert effects(said, "KIT", "successor") == pytest.approx(of(said, "KIT") - of(plain, "KIT"))
    chosen = said["method_choice"].set_index("item_id")
    assert chosen.loc["NEW", "method"] == chosen.loc["KIT", "method"]
    assert chosen.loc["NEW", "segment"] == "smooth"


def test_a_share_of_the_predecessor_is_taken_over_and_customers_go_with_it():
    row = {"kind": "successor", "item_id": "NEW", "other_id": "KIT", "factor": 0.6}
    said = planned(items=goods(launch={"NEW": "2025-11-01"}), life_cycle=life(row))
    assert of(said, "NEW")[2:] == pytest.approx(0.6 * of(planned(), "KIT")[2:])
    shares = said["demand_plan"].query("item_id == 'NEW'").groupby("customer_id")["statistical"].sum()
    assert shares["SHOP"] / shares.sum() == pytest.approx(2 / 3, abs=0.01)


def test_a_cannibal_takes_a_share_of_its_own_units_in_proportion_to_what_others_sell():
    items = goods(launch={"NEW": "2025-11-01"}, like_item_id={"NEW": "PUMP"}, like_factor={"NEW": 0.5})
    plain = planned(items=items)
    rows = [{"kind": "cannibalises", "item_id": "NEW", "other_id": other, "factor": 0.1} for other in ("PUMP", "KIT")]
    said = planned(items=items, life_cycle=life(*rows))
    new, pump, kit = of(said, "NEW"), of(plain, "PUMP"), of(plain, "KIT")
    assert new == pytest.approx(of(plain, "NEW"))
    assert of(said, "PUMP") == pytest.approx(pump - 0.2 * new * pump / (pump + kit))
    assert of(said, "KIT") == pytest.approx(kit - 0.2 * new * kit / (pump + kit))
    moved = said["life_cycle_effects"]
    assert moved["units"].sum() == pytest.approx(-0.2 * new.sum())
    assert set(moved["other_id"]) == {"NEW"} and set(moved["kind"]) == {"cannibalises"}
    assert moved["bucket"].min() == pd.Timestamp("2025-11-01")


def launched(months, share=1.0, ramp=(0.2, 0.5, 0.8)):
    """The tiny company where KIT was launched in 2023-09, in steps, and NEW has sold `share` of that for `months`."""
    sold = tiny.tables()["sales"]
    kit = sold[(sold["item_id"] == "KIT") & (sold["bucket"] >= "2023-09-01")]
    age = kit["bucket"].rank(method="dense").astype(int) - 1
    kit = kit.assign(qty_ordered=30.0 * pd.Series([*ramp, *[1.0] * 40]).reindex(age).to_numpy())
    first = tiny.HISTORY[-months] if months else None
    new = kit[age < months].assign(item_id="NEW")
    new = new.assign(bucket=new["bucket"] + pd.DateOffset(months=24 - months), qty_ordered=share * new["qty_ordered"])
    pump = sold[sold["item_id"] == "PUMP"]
    sales = checked(pd.concat([pump, kit, new] if months else [pump, kit]), table("sales"))
    items = goods(launch={"KIT": "2023-09-01", "NEW": first or "2025-10-01"})
    row = {"kind": "like", "item_id": "NEW", "other_id": "KIT", "factor": 0.5, "curve": "launch"}
    return {"sales": sales, "items": items, "life_cycle": life(row)}


def test_by_launch_a_new_item_climbs_as_its_like_item_did():
    said = planned(**launched(0))
    new = of(said, "NEW")
    assert new[0] == 0 and 0 < new[1] < 0.4 * new[5] and new[1] < new[2] < new[3]
    assert effects(said, "NEW", "like")[1] < 0


def test_a_launch_curve_is_the_sum_of_its_likes_by_age_in_the_season_of_its_own_place():
    old = [*[None] * 30, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
    older = [*[None] * 20, *[5.0] * 10, *[None] * 6]
    seen = history_of(A=old, B=older, C=[1.0] * 36)
    seen = seen.set_index([*SERIES, "bucket"])["cleaned"].unstack("bucket")  # noqa: PD010
    season = pd.DataFrame(np.tile([0.5, 1.5], 6)[None, :].repeat(4, axis=0), index=[*seen.index, ("D", "L")])
    season.index = pd.MultiIndex.from_tuples(season.index, names=SERIES)
    season.iloc[:3] = 1.0
    items = checked(pd.DataFrame({"item_id": list("ABCD"), "family": "F", "unit_cost": 1.0}), table("items"))
    start = pd.Timestamp("2025-02-10")
    rows = [
        {"kind": "like", "item_id": "D", "other_id": other, "factor": f, "start": start, "curve": "launch"}
        for other, f in (("A", 1.0), ("B", 2.0), ("C", 9.0))
    ]
    ahead = pd.date_range("2025-01-01", periods=9, freq="MS")
    said = launch_forecast(seen, season, relations(items, life(*rows)), ahead)
    assert said.index.tolist() == [("D", "L")]  # C has sold since before anyone looked
    smoothed = np.array([np.nan, 2.0, 4.0, 6.0, 8.0, 10.0, 11.0, 10.0, 10.0])  # then the mean of the last three
    assert said.iloc[0].to_numpy() == pytest.approx((smoothed + 10.0) * np.tile([0.5, 1.5], 5)[:9], nan_ok=True)


@pytest.mark.long
def test_a_launch_that_sells_half_its_model_is_seen_and_more_so_with_every_bucket():
    right = [of(planned(**launched(months, share=0.5)), "NEW").sum() for months in (1, 3, 6)]
    half = [of(planned(**launched(months, share=0.25)), "NEW").sum() for months in (1, 3, 6)]
    ratio = np.array(half) / right
    assert (np.diff(ratio) < 0).all() and ratio[0] < 0.85 and ratio[2] < 0.58


def test_credibility_is_n_over_n_and_k():
    expected = np.full((1, 4), 16.0)
    k = (0.25**2 + 1 / 16) / 0.4**2
    assert own_level(np.array([[8.0, 8.0, np.nan, np.nan]]), expected) == pytest.approx(1 - 2 / (2 + k) * 0.5)
    assert own_level(np.full((1, 4), np.nan), expected) == pytest.approx(1.0)
    assert own_level(np.array([[8.0] * 4]), np.zeros((1, 4))) == pytest.approx(1.0)


def test_by_launch_needs_a_launch_somebody_saw():
    row = {"kind": "like", "item_id": "NEW", "other_id": "KIT", "factor": 0.5, "curve": "launch"}
    by_launch = planned(items=goods(launch={"NEW": "2025-11-01"}), life_cycle=life(row))
    by_season = planned(items=goods(launch={"NEW": "2025-11-01"}), life_cycle=life(row | {"curve": "calendar"}))
    assert of(by_launch, "NEW") == pytest.approx(of(by_season, "NEW"))


def test_rows_that_speak_of_nothing_known_or_of_themselves_change_nothing():
    plain = planned()
    rows = [
        {"kind": kind, "item_id": one, "other_id": other, "factor": 0.5}
        for kind in ("like", "successor", "cannibalises")
        for one, other in (("KIT", "GHOST"), ("GHOST", "KIT"), ("KIT", "KIT"))
    ]
    said = planned(life_cycle=life(*rows, {"kind": "phase_out", "item_id": "GHOST", "run_down": 3}))
    for name in plain:
        pd.testing.assert_frame_equal(plain[name], said[name], obj=name)


def everything():
    """All kinds of rows at once."""
    items = goods(
        launch={"NEW": "2025-10-01", "NEXT": "2025-11-01", "LAST": "2026-01-01"}, discontinue={"PUMP": "2026-02-01"}
    )
    rows = [
        {"kind": "successor", "item_id": "NEXT", "other_id": "KIT", "factor": 0.9, "run_down": 1},
        {"kind": "successor", "item_id": "LAST", "other_id": "NEXT", "run_down": 1},
        {"kind": "like", "item_id": "NEW", "other_id": "KIT", "factor": 0.3},
        {"kind": "like", "item_id": "NEW", "other_id": "PUMP", "factor": 0.2},
        {"kind": "cannibalises", "item_id": "NEW", "other_id": "KIT", "factor": 0.3},
        {"kind": "cannibalises", "item_id": "NEW", "other_id": "PUMP", "factor": 0.1},
        {"kind": "phase_out", "item_id": "PUMP", "run_down": 2},
    ]
    return {"items": items, "life_cycle": life(*rows)}


def test_effects_add_up_to_what_the_forecast_differs_by_from_the_method(monkeypatch):
    said = planned(**everything())
    kept = {}

    def as_methods_say(outlook, lifted, *others, **known):
        kept["units"] = {name: units * lifted for name, units in outlook.items()}
        return kept["units"], table("life_cycle_effects").empty()

    monkeypatch.setattr(import_module("sopbench.demand.plan"), "life_cycle_outlook", as_methods_say)
    plain = planned(**everything())
    for item in ("PUMP", "KIT", "NEW", "NEXT", "LAST"):
        assert of(said, item) - of(plain, item) == pytest.approx(effects(said, item), abs=1e-6), item
    assert set(said["life_cycle_effects"]["kind"]) == {"successor", "cannibalises", "phase_out"}


def test_the_same_rows_in_any_order_give_the_same_bytes():
    given_ = tiny.tables() | everything()
    mixed = {name: frame.sample(frac=1.0, random_state=5) for name, frame in given_.items()}
    one, two = planned(**given_), planned(**mixed)
    for name, frame in one.items():
        assert parquet(frame) == parquet(two[name]), name


def parquet(frame):
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def test_the_main_predecessor_or_like_item_is_who_an_item_learns_from():
    items = some_items(launch=["2024-01-01", None, None], like_item_id=["", "", "A"])
    rows = [
        {"kind": "successor", "item_id": "A", "other_id": other, "factor": f} for other, f in (("B", 0.3), ("C", 0.6))
    ]
    assert with_models(items, relations(items, life(*rows)))["like_item_id"].tolist() == ["C", "", "A"]


SHARES = st.floats(0.0, 1.0)
SERIES_OF = pd.MultiIndex.from_product([["A", "B", "C"], ["L"]], names=SERIES)
AHEAD = pd.date_range("2025-01-01", periods=5, freq="MS")


@given(
    st.lists(st.floats(0.0, 1e4), min_size=15, max_size=15), SHARES, st.integers(0, 4), st.integers(0, 4),
    st.booleans(),
)  # fmt: skip
def test_what_one_item_gives_away_its_successors_get(units, share, start, run_down, untold):
    said = np.reshape(units, (3, 5))
    rows = [
        {
            "kind": "successor",
            "item_id": item,
            "other_id": "A",
            "factor": f,
            "start": AHEAD[start],
            "run_down": run_down,
        }
        for item, f in (("B", share), ("C", 1.0 - share))
    ]
    taken = takeovers(relations(some_items(), life(*rows)), SERIES_OF, AHEAD)
    said[1:] = said[0] * np.array([[share], [1.0 - share]])
    left, _ = stream_forecast(said, np.array([False, untold, untold]), taken, np.ones((3, 5), dtype=bool))
    left[taken.before] *= taken.still[:1] if len(taken.before) else 1.0
    assert left.sum(axis=0) == pytest.approx(said[0])
    assert (left >= 0).all()


@given(st.lists(st.floats(0.0, 1e4), min_size=15, max_size=15), SHARES, SHARES)
def test_a_cannibal_takes_its_share_unless_there_is_less_and_leaves_nothing_below_zero(units, one, two):
    said = np.reshape(units, (3, 5))
    rows = [
        {"kind": "cannibalises", "item_id": "A", "other_id": o, "factor": f, "start": AHEAD[0]}
        for o, f in (("B", one / 2), ("C", two / 2))
    ]
    taken = units_taken(said, takings(relations(some_items(), life(*rows)), SERIES_OF, AHEAD))
    wanted = (one + two) / 2 * said[0]
    assert (taken <= said[1:] * (1 + 1e-9) + 1e-9).all()
    assert (taken.sum(axis=0) <= wanted * (1 + 1e-9) + 1e-9).all()
    free = ((taken < said[1:] * (1 - 1e-9)) & (said[1:] * [[one], [two]] > 1e-9)).all(axis=0)
    assert taken.sum(axis=0)[free] == pytest.approx(wanted[free])


def test_the_meeting_sees_what_is_in_force_and_what_it_moves():
    given_ = everything()
    given_["items"] = given_["items"].assign(description=given_["items"]["item_id"])
    said = planned(**given_)
    shown = life_cycles(given_["life_cycle"], said["life_cycle_effects"], given_["items"], said["demand_plan"])
    assert len(shown) == 7
    lost = shown.set_index(["item", "life", "other"])["moves"]
    assert lost["NEXT", "takes over from", "KIT"] == pytest.approx(effects(said, "KIT", "successor").sum())
    assert lost["NEW", "takes sales from", "PUMP"] == pytest.approx(effects(said, "PUMP", "cannibalises").sum())
    assert lost["PUMP", "runs down", ""] == pytest.approx(effects(said, "PUMP", "phase_out").sum())
    assert shown["money"].abs().is_monotonic_decreasing
    planned_ = shown.set_index("item")["planned"]
    assert planned_["LAST"].sum() == pytest.approx(of(said, "LAST").sum())
    for plan in (said, planned()):
        assert "<svg" in svg(launches(plan["history"], plan["demand_plan"], given_["items"]))


def test_without_rows_there_is_nothing_to_show():
    plain = planned()
    assert life_cycles(NONE, plain["life_cycle_effects"], tiny.tables()["items"], plain["demand_plan"]).empty
    assert "Nothing is launched" in svg(launches(plain["history"], plain["demand_plan"], tiny.tables()["items"]))


@pytest.mark.parametrize("months", [1, 5])
def test_a_company_that_has_just_begun_can_say_all_this_too(months):
    sold = tiny.tables()["sales"]
    said = planned(**everything(), sales=sold[sold["bucket"] >= tiny.HISTORY[-months]])
    for item in ("PUMP", "KIT", "NEW", "NEXT", "LAST"):
        assert np.isfinite(of(said, item, "p90")).all() and (of(said, item) >= 0).all()
    assert of(said, "NEXT").sum() > 0


def test_an_item_everybody_goes_by_may_have_ended_long_ago():
    items = goods(launch={"NEW": "2025-10-01", "NEXT": "2025-11-01"}, discontinue={"KIT": "2025-03-01"})
    rows = [
        {"kind": "like", "item_id": "NEW", "other_id": "KIT"},
        {"kind": "successor", "item_id": "NEXT", "other_id": "KIT"},
    ]
    said = planned(items=items, life_cycle=life(*rows))
    assert "KIT" not in set(said["demand_plan"]["item_id"])
    assert of(said, "NEW")[2:] == pytest.approx(np.full(4, 45.0), rel=0.15)
    assert of(said, "NEXT")[2:] == pytest.approx(np.full(4, 45.0), rel=0.15)


def test_weeks_run_down_as_well_as_months():
    weeks = pd.date_range("2025-01-06", periods=60, freq="W-MON")
    rows = pd.MultiIndex.from_product([["PUMP", "KIT"], ["SHOP"], weeks[:50]]).to_frame(index=False)
    rows.columns = ["item_id", "customer_id", "bucket"]
    given_ = tiny.tables() | {
        "calendar": checked(pd.DataFrame({"bucket": weeks, "working_days": 5.0}), table("calendar")),
        "sales": checked(rows.assign(location_id="DC", qty_ordered=20.0), table("sales")),
        "items": goods(launch={"NEW": f"{weeks[53]:%Y-%m-%d}"}),
        "life_cycle": life({"kind": "successor", "item_id": "NEW", "other_id": "KIT", "run_down": 3}),
    }
    settings_ = FEW.model_copy(update={"season": 4})
    said = demand.plan(settings_, weeks[50], 10, **{name: given_[name] for name in demand.INPUTS})["demand_plan"]
    units = said.groupby(["item_id", "bucket"])["statistical"].sum()
    assert units["KIT"].to_numpy() == pytest.approx(20.0 * np.array([1, 1, 1, 0.75, 0.5, 0.25, 0, 0, 0, 0]))
    assert (units["KIT"] + units["NEW"]).to_numpy() == pytest.approx(np.full(10, 20.0))
