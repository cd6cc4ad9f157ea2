"""Turns a company that plans in months into one that plans in weeks or in 4-4-5 periods, day by day."""

import numpy as np
import pandas as pd

ADDED_UP = {
    "sales": ["qty_ordered", "qty_shipped", "revenue"],
    "production": ["qty"],
    "capacity": ["regular_hours", "overtime_hours"],
    "budget": ["units", "revenue", "margin"],
    "forecasts": ["qty"],
}
"""What a month's rows hold for all its days together; a bucket takes the share of the days it has in the month."""

SNAPSHOTS = ("on_hand", "open_orders", "receipts", "forecasts")

WEEK_START, PERIOD_START = pd.Timestamp("2025-09-01"), pd.Timestamp("2025-08-31")
"""The first week and the first fiscal period planned: where the monthly company plans from September 2025 on."""


def weekly(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The company in ISO weeks: what takes a month takes four of them."""
    weeks = pd.date_range(*_reach(tables), freq="W-MON")
    iso = weeks.isocalendar()
    return _turned(tables, weeks, 4, iso["year"].astype(str) + "-W" + iso["week"].map("{:02}".format))


def fiscal(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The company in periods of 4, 4 and 5 weeks from Sundays on; a year ends with the last Saturday of August."""
    days, names = fiscal_periods(2018, 2028)
    first, last = _reach(tables)
    inside = (days >= first) & (days <= last)
    return _turned(tables, days[inside], 1, names[inside])


def fiscal_periods(first: int, last: int) -> tuple[pd.DatetimeIndex, pd.Series]:
    """First days and names of the periods of the fiscal years that begin in `first` to `last`, of 52 or 53 weeks."""
    eves = [pd.Timestamp(year, 8, 31) for year in range(first, last + 2)]
    years = [eve - pd.Timedelta(days=(eve.dayofweek - 5) % 7 - 1) for eve in eves]
    weeks = np.cumsum([0, *[4, 4, 5] * 4])[:-1]
    days = pd.DatetimeIndex([year + pd.Timedelta(weeks=int(each)) for year in years[:-1] for each in weeks])
    names = [f"FY{year - 1999} P{number:02}" for year in range(first, last + 1) for number in range(1, 13)]
    return days, pd.Series(names)


def _reach(tables: dict[str, pd.DataFrame]) -> tuple[pd.Timestamp, pd.Timestamp]:
    days = pd.to_datetime(tables["calendar"]["bucket"])
    return days.min(), days.max() + pd.DateOffset(months=1)


def _turned(
    tables: dict[str, pd.DataFrame], days: pd.DatetimeIndex, longer: int, names: pd.Series
) -> dict[str, pd.DataFrame]:
    """The tables with `days` as first days of buckets; the last one only ends the one before."""
    ends = days[1:]
    shares = _shares(days[:-1], ends, pd.to_datetime(tables["calendar"]["bucket"]))
    found = {name: frame.copy() for name, frame in tables.items()}
    for name, columns in ADDED_UP.items():
        found[name] = _added_up(tables[name], columns, shares, days)
    workdays = (ends - days[:-1]).days * 5 / 7
    found["calendar"] = pd.DataFrame(
        {"bucket": days[:-1], "working_days": workdays, "fiscal_period": list(names)[: len(ends)]}
    )
    for name in SNAPSHOTS:
        if "as_of" in found[name]:
            found[name]["as_of"] = _nearest(found[name]["as_of"], days)
    found["sources"] = found["sources"].assign(lead_time=found["sources"]["lead_time"] * longer)
    for name, column in (("items", "shelf_life"), ("policies", "cover_max"), ("policies", "cover_min")):
        if column in found[name]:
            found[name][column] *= longer
    for name in ("events", "overrides"):
        last = pd.to_datetime(found[name]["end"]) + pd.DateOffset(months=1) - pd.Timedelta(days=1)
        found[name] = found[name].assign(end=last)
    return found


def _shares(days: pd.DatetimeIndex, ends: pd.DatetimeIndex, months: pd.Series) -> pd.DataFrame:
    """The share of each month's days that lie in each bucket."""
    after = months + pd.DateOffset(months=1)
    pairs = pd.DataFrame({"month": months, "after": after}).merge(pd.DataFrame({"day": days, "end": ends}), how="cross")
    inside = (pairs[["after", "end"]].min(axis=1) - pairs[["month", "day"]].max(axis=1)).dt.days
    return pairs.assign(share=inside / (pairs["after"] - pairs["month"]).dt.days)[inside > 0]


def _added_up(frame: pd.DataFrame, columns: list[str], shares: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Rows by month as rows by bucket, those buckets alone whose days have all been told."""
    rows = frame.assign(bucket=pd.to_datetime(frame["bucket"])).merge(shares, left_on="bucket", right_on="month")
    known = rows["after"].max() if len(rows) else pd.NaT
    rows[columns] = rows[columns].mul(rows["share"], axis=0)
    whole = rows[(rows["end"] <= known) | (rows["day"] == days[-2])].assign(bucket=rows["day"])
    flags = [name for name in frame if frame[name].dtype == bool]
    keys = [name for name in frame if name not in [*columns, *flags]]
    how = dict.fromkeys(columns, "sum") | dict.fromkeys(flags, "any")
    return whole.groupby(keys, dropna=False, sort=False).agg(how).round(6).reset_index()[list(frame)]


def _nearest(dates: pd.Series, days: pd.DatetimeIndex) -> pd.Series:
    dates = pd.to_datetime(dates)
    known = dates.notna()
    near = days.get_indexer(pd.DatetimeIndex(dates[known]), method="nearest")
    return dates.mask(known, pd.Series(days[near], index=dates.index[known]))
