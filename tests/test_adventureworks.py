"""AdventureWorks, a company nobody here wrote: its mapping keeps what its data means, and knows nothing too early."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sopbench import gather
from sopbench.cycle import open_cycle

REPOSITORY = Path(__file__).parents[1]
SOURCE = (REPOSITORY / os.environ.get("SOPBENCH_REAL_DATA", "../shared/data") / "adventureworks").resolve()
COUNTED = pd.Timestamp("2014-06-30")
CYCLES = ["2013-09", "2014-05"]

pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason=f"the AdventureWorks files are not at {SOURCE}")


def assembled(name, source=SOURCE):
    cycle = open_cycle(REPOSITORY / "params" / "adventureworks.yaml", name)
    asked = cycle.params.gather
    raw = gather.read(source, cycle.locate(asked.mapping), cycle.start)
    return gather.assemble(raw, cycle.start, cycle.params.horizon, asked)


@pytest.fixture(scope="module")
def raw():
    """The company's files as they are."""
    files = {path.stem: path for path in SOURCE.iterdir()}
    return {name: pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path) for name, path in files.items()}


@pytest.fixture(scope="module", params=CYCLES)
def cycle(request):
    """A cycle's first day, its input tables and its findings."""
    return pd.Timestamp(request.param), *assembled(request.param)


def by_number(raw, values):
    """Values by ProductID as values by item_id."""
    return values.rename(raw["Product"].set_index("ProductID")["ProductNumber"])


def days(values):
    return pd.to_datetime(values).dt.normalize()


def test_every_table_gathers_without_an_error(cycle):
    _, tables, findings = cycle
    assert "error" not in set(findings["grade"])
    assert {name for name, frame in tables.items() if frame.empty} == {
        "open_orders",
        "overrides",
        "life_cycle",
        "sales_terms",
        "set_apart",
    }
    assert tables["customers"]["customer_id"].nunique() == 20
    assert 10 <= tables["items"]["family"].nunique() <= 37


@pytest.mark.parametrize("name", ["2012-06", "2013-06"])
def test_other_months_can_be_rebuilt_too(name):
    tables, findings = assembled(name)
    assert "error" not in set(findings["grade"])
    assert tables["sales"]["bucket"].max() < pd.Timestamp(name)


def test_sales_are_all_orders_of_whole_months_before_the_cycle(raw, cycle):
    start, tables, _ = cycle
    lines = raw["SalesOrderDetail"].merge(raw["SalesOrderHeader"], on="SalesOrderID")
    lines = lines[(lines["OrderDate"] < start) & (lines["OrderDate"] >= "2011-06-01")]
    assert tables["sales"]["qty_ordered"].sum() == lines["OrderQty"].sum()
    assert tables["sales"]["revenue"].sum() == pytest.approx(lines["LineTotal"].sum())
    units = lines.groupby(lines["OrderDate"].dt.to_period("M").dt.to_timestamp())["OrderQty"].sum()
    assert tables["sales"].groupby("bucket")["qty_ordered"].sum().tolist() == units.tolist()


def test_launch_and_end_of_sale_hold_in_the_sales(cycle):
    start, tables, _ = cycle
    sales = tables["sales"].merge(tables["items"], on="item_id")
    month = sales["bucket"] + pd.offsets.MonthEnd(0)
    assert (sales["launch"] <= month).all()
    assert not (sales["bucket"] >= sales["discontinue"]).any()
    assert not (tables["items"]["launch"] > start).any()
    assert (tables["items"]["discontinue"].dropna() <= start).all()
    assert (tables["items"]["discontinue"].notna()).sum() > 60


def test_the_end_of_sale_is_not_known_before_it_comes():
    tables, _ = assembled("2013-05")
    ended = tables["items"].set_index("item_id")["discontinue"]
    assert pd.isna(ended["BK-M47B-38"])  # sold until 2013-05-29
    assert ended["BK-M82S-38"] == pd.Timestamp("2012-05-30")
    assert "BK-T79Y-46" not in ended.index  # sold from 2013-05-30 on


def test_the_bill_of_materials_is_the_one_in_force_in_the_units_of_stock(raw, cycle):
    start, tables, _ = cycle
    rows = raw["BillOfMaterials"].dropna(subset=["ProductAssemblyID"])
    ended = days(rows["EndDate"])
    rows = rows[(days(rows["StartDate"]) <= start) & (ended.isna() | (ended >= start))]
    number = raw["Product"].set_index("ProductID")["ProductNumber"]
    wanted = rows.assign(item_id=rows["ProductAssemblyID"].map(number), component_id=rows["ComponentID"].map(number))
    wanted["qty_per"] = wanted["PerAssemblyQty"] / np.where(wanted["UnitMeasureCode"].str.strip() == "OZ", 128, 1)
    wanted = wanted.set_index(["item_id", "component_id"])["qty_per"].sort_index()
    pd.testing.assert_series_equal(tables["bom"].set_index(["item_id", "component_id"])["qty_per"], wanted)
    assert not wanted.index.duplicated().any()
    assert tables["items"].set_index("item_id").loc["PA-187B", "uom"] == "GAL"
    assert (tables["bom"]["scrap"] < 0.02).all()


def test_capacity_is_whole_stations_that_could_work_every_month_so_far(raw, cycle):
    start, tables, _ = cycle
    centres = raw["Location"][raw["Location"]["CostRate"] > 0].set_index("LocationID")
    first = tables["capacity"][tables["capacity"]["bucket"] == start].set_index("resource_id")["regular_hours"]
    weekly = first / start.days_in_month * 7
    stations = weekly[centres["Name"]].to_numpy() / centres["Availability"].to_numpy()
    assert len(first) == 7
    assert stations == pytest.approx(stations.round())
    worked = raw["WorkOrderRouting"][raw["WorkOrderRouting"]["ActualEndDate"] < start]
    month = worked["ActualEndDate"].dt.to_period("M")
    hours = worked.groupby(["LocationID", month])["ActualResourceHrs"].sum()
    busiest = (hours / hours.index.get_level_values(1).days_in_month * 7).groupby("LocationID").max()
    assert (busiest <= weekly[centres["Name"]].to_numpy() + 1e-6).all()
    assert (busiest > (stations - 1) * centres["Availability"].to_numpy()).sum() >= 4  # no station too many


def test_the_hours_of_a_year_of_production_fit_the_hours_worked(raw, cycle):
    start, tables, _ = cycle
    lot = tables["sources"].query("method == 'make'").set_index("item_id")["lot_min"]
    routings = tables["routings"].assign(hours=lambda rows: rows["setup_hours"] / rows["item_id"].map(lot))
    year = tables["production"][tables["production"]["bucket"] >= start - pd.DateOffset(years=1)]
    loads = year.merge(routings, on="item_id")
    load = (loads["qty"] * loads["hours"]).groupby(loads["resource_id"]).sum()
    worked = raw["WorkOrderRouting"]
    worked = worked[worked["ActualEndDate"].between(start - pd.DateOffset(years=1), start - pd.Timedelta(days=1))]
    hours = worked.groupby("LocationID")["ActualResourceHrs"].sum()
    hours.index = raw["Location"].set_index("LocationID")["Name"].reindex(hours.index)
    assert load.to_dict() == pytest.approx(hours[load.index].to_dict(), rel=0.02)
    assert (tables["routings"]["hours_per_unit"] == 0).all()


def moved(raw, start):
    """Units that came in less units that went out, by ProductID, from `start` to the count; an independent account."""
    orders, made = raw["SalesOrderDetail"].merge(raw["SalesOrderHeader"], on="SalesOrderID"), raw["WorkOrder"]
    bought = raw["PurchaseOrderDetail"].assign(DueDate=days(raw["PurchaseOrderDetail"]["DueDate"]))
    unit = raw["ProductVendor"].assign(unit=raw["ProductVendor"]["UnitMeasureCode"].str.strip())
    units = unit.assign(units=unit["unit"].map({"EA": 1, "GAL": 1, "DZ": 12})).groupby("ProductID")["units"].max()
    bom = raw["BillOfMaterials"].dropna(subset=["ProductAssemblyID"])
    ended = days(bom["EndDate"])
    bom = bom[(days(bom["StartDate"]) <= start) & (ended.isna() | (ended >= start))]
    bom = bom.assign(qty=bom["PerAssemblyQty"] / np.where(bom["UnitMeasureCode"].str.strip() == "OZ", 128, 1))
    used = made.merge(bom, left_on="ProductID", right_on="ProductAssemblyID", suffixes=("", "_bom"))
    flows = [
        (orders["OrderDate"], orders["ProductID"], -orders["OrderQty"]),
        (made["EndDate"], made["ProductID"], made["StockedQty"]),
        (bought["DueDate"], bought["ProductID"], bought["StockedQty"] * bought["ProductID"].map(units)),
        (used["StartDate"], used["ComponentID"], -used["OrderQty"] * used["qty"]),
    ]
    flows = [pd.DataFrame({"day": day, "ProductID": item, "qty": qty}) for day, item, qty in flows]
    flow = pd.concat([each[each["day"].between(start, COUNTED)] for each in flows])
    return flow[~flow["ProductID"].isin(units.index[units.isna()])].groupby("ProductID")["qty"].sum()


def test_stock_is_the_count_rolled_back_and_never_below_zero(raw, cycle):
    start, tables, _ = cycle
    counted = raw["ProductInventory"].groupby("ProductID")["Quantity"].sum()
    wanted = by_number(raw, counted.sub(moved(raw, start), fill_value=0.0).clip(lower=0))
    stock = tables["on_hand"].set_index("item_id")["qty"]
    pd.testing.assert_series_equal(stock, wanted[stock.index], check_names=False)
    assert set(stock.index) == set(tables["items"]["item_id"]) & set(by_number(raw, counted).index)
    bikes = tables["items"].query("family.str.endswith('Bikes')")["item_id"]
    assert (stock[bikes] > 0).all()


def test_prices_are_those_paid_with_special_offers_put_back(raw, cycle):
    start, tables, _ = cycle
    price = tables["items"].set_index("item_id")["unit_price"]
    lines = raw["SalesOrderDetail"].merge(raw["SalesOrderHeader"], on="SalesOrderID")
    lines = lines[lines["OrderDate"].between(start - pd.DateOffset(years=1), start - pd.Timedelta(days=1))]
    sums = lines.groupby("ProductID")[["LineTotal", "OrderQty"]].sum()
    paid = by_number(raw, sums["LineTotal"] / sums["OrderQty"])
    events = tables["events"].assign(item_id=tables["events"]["scope"].str.removeprefix("item:")).set_index("item_id")
    offered = events[events["end"] >= start - pd.DateOffset(years=1)].index
    never = paid.index.difference(offered)
    pd.testing.assert_series_equal(price[never], paid[never], check_names=False)
    assert (price[paid.index] >= paid - 1e-6).all()
    touring = lines[
        lines["ProductID"] == 961
    ]  # Touring-3000 Yellow, 44: 742.35 at list, to resellers 445.41, in the offer 334.06
    usual = touring["UnitPrice"].replace(334.06, 445.41)
    assert price["BK-T18Y-44"] == pytest.approx(
        (usual * touring["OrderQty"]).sum() / touring["OrderQty"].sum(), rel=1e-4
    )
    assert (events["start"] <= start).all()
    assert (events["uplift"] == 0).all()
    assert events.loc["BK-T18Y-44", "price"] < price["BK-T18Y-44"]


def test_receipts_are_orders_under_way(cycle):
    start, tables, _ = cycle
    receipts = tables["receipts"]
    assert (receipts["due"] >= start).all()
    assert set(receipts["kind"]) == {"MO", "PO"}
    made = receipts[receipts["kind"] == "MO"]
    assert (made["due"] < start + pd.DateOffset(months=1)).all()
    assert len(made) > 800


def test_quotas_speak_of_resellers_for_the_rest_of_their_quarter(cycle):
    start, tables, _ = cycle
    forecasts = tables["forecasts"]
    assert forecasts["customer_id"].str.startswith("Reseller ").all()
    ahead = {"2013-09": ["2013-09", "2013-10", "2013-11"], "2014-05": ["2014-05"]}[f"{start:%Y-%m}"]
    assert sorted(forecasts["bucket"].dt.strftime("%Y-%m").unique()) == ahead
    ended = tables["items"].dropna(subset=["discontinue"])["item_id"]
    assert not forecasts["item_id"].isin(ended).any()
    last = tables["sales"][tables["sales"]["customer_id"].str.startswith("Reseller")]
    year = last.loc[last["bucket"] >= start - pd.DateOffset(years=1), "qty_ordered"].sum() / 12
    assert 0.5 * year < forecasts["qty"].sum() / len(ahead) < 2 * year


def test_the_budget_is_the_years_and_does_not_move_from_cycle_to_cycle():
    early, late = assembled("2013-09")[0]["budget"], assembled("2013-12")[0]["budget"]
    pd.testing.assert_frame_equal(early, late)
    assert early["bucket"].agg(["min", "max"]).tolist() == [pd.Timestamp("2013-01-01"), pd.Timestamp("2013-12-01")]
    assert set(early["version"]) == {"Budget 2013"}


def test_a_month_without_resellers_is_called_incomplete():
    _, findings = assembled("2014-06")
    assert "bucket=2014-05-01, channel=Reseller" in set(findings["key"])


def later_rows_changed(raw, start, delete):
    """The files as they would be had everything from `start` on gone otherwise, or not been written yet."""
    changed = {name: frame.copy() for name, frame in raw.items()}
    product = changed["Product"]
    coming, ending = days(product["SellStartDate"]) > start, ~(days(product["SellEndDate"]) < start)
    product.loc[coming, "SellStartDate"] = "2019-01-01"
    product.loc[ending, "SellEndDate"] = None if delete else "2019-02-01"
    priced = product["ProductID"].isin(raw["ProductCostHistory"]["ProductID"])
    product.loc[priced, ["StandardCost", "ListPrice"]] *= 3
    orders, lines = changed["SalesOrderHeader"], changed["SalesOrderDetail"]
    new = lines["SalesOrderID"].isin(orders.loc[orders["OrderDate"] >= start, "SalesOrderID"])
    lines.loc[new, ["OrderQty", "LineTotal"]] *= 0 if delete else 3
    work, steps = changed["WorkOrder"], changed["WorkOrderRouting"]
    unfinished = work["EndDate"] >= start
    work.loc[unfinished, ["StockedQty", "ScrappedQty"]] *= 0 if delete else 2
    work.loc[unfinished, "EndDate"] = pd.NaT if delete else COUNTED
    work.loc[work["StartDate"] >= start, "OrderQty"] *= 0 if delete else 2
    steps.loc[steps["ActualEndDate"] >= start, "ActualResourceHrs"] *= 9
    placed = changed["PurchaseOrderHeader"]
    bought = changed["PurchaseOrderDetail"].merge(placed[["PurchaseOrderID", "OrderDate"]])
    bought.loc[days(bought["DueDate"]) >= start, "StockedQty"] *= 0 if delete else 2
    bought.loc[days(bought["OrderDate"]) >= start, "OrderQty"] *= 0 if delete else 2
    changed["PurchaseOrderDetail"] = bought.drop(columns="OrderDate")
    for name, column in (("ProductCostHistory", "StandardCost"), ("ProductListPriceHistory", "ListPrice")):
        changed[name].loc[days(changed[name]["StartDate"]) > start, column] *= 3
    quotas = changed["SalesPersonQuotaHistory"]
    quotas.loc[days(quotas["QuotaDate"]) > start, "SalesQuota"] *= 0 if delete else 3
    offers = changed["SpecialOffer"]
    offers.loc[days(offers["StartDate"]) > start, ["DiscountPct", "EndDate"]] = [0.9, "2019-01-01"]
    changed["ProductVendor"][["LastReceiptCost", "LastReceiptDate", "OnOrderQty"]] = None
    if delete:
        changed["SalesOrderHeader"] = orders[orders["OrderDate"] < start]
        changed["SalesOrderDetail"] = lines[~new]
        changed["WorkOrder"] = work[work["StartDate"] < start]
        changed["WorkOrderRouting"] = steps[steps["ActualStartDate"] < start]
        changed["PurchaseOrderHeader"] = placed[days(placed["OrderDate"]) < start]
        changed["PurchaseOrderDetail"] = bought[days(bought["OrderDate"]) < start].drop(columns="OrderDate")
    return changed


def later_rows_added(raw, start):
    """The files with absurd rows in every dated table, written on `start` or in force from the day after."""
    changed = {name: frame.copy() for name, frame in raw.items()}
    day, text = start + pd.Timedelta(days=1), f"{start + pd.Timedelta(days=1):%Y-%m-%d}"
    due = f"{start + pd.Timedelta(days=20):%Y-%m-%d}"

    def add(name, like, **values):
        changed[name] = pd.concat([changed[name], like.assign(**values)], ignore_index=True)

    orders = raw["SalesOrderHeader"].tail(500)
    lines = raw["SalesOrderDetail"].merge(orders["SalesOrderID"])
    add("SalesOrderHeader", orders, SalesOrderID=orders["SalesOrderID"] + 10**6, OrderDate=start)
    add(
        "SalesOrderDetail", lines, SalesOrderID=lines["SalesOrderID"] + 10**6, OrderQty=77, UnitPrice=9e3, LineTotal=9e5
    )
    work = raw["WorkOrder"].tail(500)
    sizes = {"OrderQty": 9_000, "StockedQty": 8_000, "ScrappedQty": 1_000}
    add("WorkOrder", work, WorkOrderID=work["WorkOrderID"] + 10**6, StartDate=start, EndDate=day, DueDate=day, **sizes)
    steps = raw["WorkOrderRouting"].tail(500)
    hours = {"ActualStartDate": start, "ActualEndDate": start, "ActualResourceHrs": 900.0}
    add("WorkOrderRouting", steps, WorkOrderID=steps["WorkOrderID"] + 10**6, **hours)
    placed = raw["PurchaseOrderHeader"].tail(100)
    bought = raw["PurchaseOrderDetail"].merge(placed["PurchaseOrderID"])
    add("PurchaseOrderHeader", placed, PurchaseOrderID=placed["PurchaseOrderID"] + 10**6, OrderDate=f"{start:%Y-%m-%d}")
    number, line = bought["PurchaseOrderID"] + 10**6, bought["PurchaseOrderDetailID"] + 10**6
    more = {"PurchaseOrderID": number, "PurchaseOrderDetailID": line, "OrderQty": 7_000, "StockedQty": 7_000}
    add("PurchaseOrderDetail", bought, DueDate=due, **more)
    for name, column in (("ProductCostHistory", "StandardCost"), ("ProductListPriceHistory", "ListPrice")):
        add(name, raw[name].drop_duplicates("ProductID"), StartDate=text, **{column: 1e6})
    bom = changed["BillOfMaterials"]
    rows = bom[bom["EndDate"].isna() & bom["ProductAssemblyID"].notna()]
    bom.loc[rows.index[::2], "EndDate"] = due  # an end that nobody knew
    add("BillOfMaterials", rows, StartDate=text, PerAssemblyQty=99.0)
    quotas = raw["SalesPersonQuotaHistory"]
    add("SalesPersonQuotaHistory", quotas.drop_duplicates("BusinessEntityID"), QuotaDate=text, SalesQuota=1e8)
    offer = raw["SpecialOffer"].query("Category == 'Reseller'").tail(1)
    add("SpecialOffer", offer, SpecialOfferID=99, DiscountPct=0.9, Type="Excess Inventory", StartDate=text, EndDate=due)
    add("SpecialOfferProduct", raw["SpecialOfferProduct"].drop_duplicates("ProductID"), SpecialOfferID=99)
    product = changed["Product"]
    bike = product[product["ProductNumber"] == "BK-M82S-38"]
    product.loc[product["FinishedGoodsFlag"].eq(1) & product["SellEndDate"].isna(), "SellEndDate"] = due
    add("Product", bike, ProductID=9999, ProductNumber="BK-NEXT", SellStartDate=text, SellEndDate=None)
    return changed


def counted_after(raw, changed, start):
    """The changed files with a stock count in step: it is of mid 2014, so what moved otherwise since `start` is in it.

    Rolled back, it must give the stock of `start` as before: all that the one count may tell of the future.
    """
    difference = moved(changed, start).sub(moved(raw, start), fill_value=0.0).rename("Quantity").reset_index()
    difference = difference[difference["ProductID"].isin(raw["ProductInventory"]["ProductID"])]
    return changed | {"ProductInventory": pd.concat([raw["ProductInventory"], difference.assign(LocationID=7)])}


FUTURES = {
    "deleted": lambda raw, start: later_rows_changed(raw, start, delete=True),
    "changed": lambda raw, start: later_rows_changed(raw, start, delete=False),
    "added": later_rows_added,
}


@cache
def as_it_is(name):
    """The input tables of a cycle, not to be changed."""
    return assembled(name)[0]


@pytest.mark.parametrize("future", FUTURES)
@pytest.mark.parametrize("name", ["2013-05", "2013-09"])
def test_nothing_written_on_or_after_the_cycles_start_changes_any_table(raw, tmp_path, name, future):
    start = pd.Timestamp(name)
    changed = counted_after(raw, FUTURES[future](raw, start), start)
    assert not changed["SalesOrderDetail"].equals(raw["SalesOrderDetail"])
    for file, frame in changed.items():
        if (SOURCE / f"{file}.csv").exists():
            frame.to_csv(tmp_path / f"{file}.csv", index=False)
        else:
            frame.to_parquet(tmp_path / f"{file}.parquet")
    before, after = as_it_is(name), assembled(name, tmp_path)[0]
    for table in before:
        pd.testing.assert_frame_equal(before[table], after[table], obj=table)
