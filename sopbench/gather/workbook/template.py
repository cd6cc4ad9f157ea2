"""Lays out the workbook in which sales, marketing and finance hand in forecasts, events and the budget."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sopbench.contract import PlanningError, Problem
from sopbench.contract.words import naming
from sopbench.gather.workbook.layout import (
    EVENT,
    EXACT,
    FAMILY,
    KEYS,
    LAYOUT,
    LINE,
    LINES,
    LONG,
    MARK,
    SHEETS,
    STREAMS,
    digest,
    mark,
)

Tables = dict[str, pd.DataFrame]

SPARE = 30
"""Blank rows at the end of a sheet, for what nobody has sold or forecast yet."""

MOST = 20_000
"""Rows of a sheet: what a person can still scroll through, and what is written and read in under a minute."""


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its header, what its cells hold, and where a person may type.

    `kind` is text, date, units, money (with cents), amount (without) or share; `open` is always, never or spare (only
    in the blank rows at the end).
    `choices` names the list that cells choose from; `total` asks for the column's sum above its header.
    """

    header: str | pd.Timestamp
    kind: str = "text"
    open: str = "never"
    width: int = 12
    choices: str = ""
    hint: str = ""
    hidden: bool = False
    total: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet: what it is called and says on top, its columns, and its rows (a column each, in the same order)."""

    name: str
    title: str
    hint: str
    columns: tuple[Column, ...]
    rows: pd.DataFrame
    spare: int = 0
    frozen: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class Template:
    """A workbook to write: its sheets, the choices its cells offer, what it says of itself to people and to us."""

    title: str
    sheets: tuple[Sheet, ...]
    lists: dict[str, list[str]]
    facts: dict[str, str]
    read_me: tuple[tuple[str, str], ...]


def template(
    tables: Tables, start: pd.Timestamp, company: str, title: str = "", currency: str = "", wanted: tuple[str, ...] = ()
) -> Template:
    """The workbook of the cycle that starts at `start`.

    `tables` are the input tables as gather leaves them; `wanted` names what it shall hold (sales, marketing, finance,
    events, budget), all of it where empty. Forecasts are asked for at the level they were last handed in at, else by
    item, location and customer. Raises PlanningError for an unknown name in `wanted`.
    """
    unknown = [name for name in wanted if name not in SHEETS]
    if unknown:
        mend = "use " + ", ".join(SHEETS)
        raise PlanningError([Problem("sheets", "", name, "there is no such sheet", mend) for name in unknown])
    every = tables["calendar"]["bucket"]
    buckets = pd.DatetimeIndex(every[every >= start])
    past = every[(every < start) & (every >= start - pd.DateOffset(years=1))].head(len(buckets))
    names = [name for name in SHEETS if name in (wanted or SHEETS)]
    money = f"money in {currency}" if currency else "money"
    made = {name: _made(name, tables, start, buckets, past, money) for name in names}
    facts = {
        "layout": LAYOUT,
        "company": company,
        "cycle": f"{start:%Y-%m-%d}",
        "buckets": " ".join(f"{bucket:%Y-%m-%d}" for bucket in buckets),
        "sheets": " ".join(names),
    }
    facts |= {f"as sent: {name}": digest(LONG[name](said)) for name, (_, said) in made.items()}
    items = tables["items"]
    scopes = ["all", *("family:" + pd.Series(sorted(items["family"].unique()))), *("item:" + items["item_id"])]
    lists = {
        "items": sorted(items["item_id"]),
        "locations": sorted(tables["locations"]["location_id"]),
        "customers": sorted(tables["customers"]["customer_id"]),
        "scopes": scopes,
    }
    sheets = tuple(sheet for sheet, _ in made.values())
    called = f"{title or company}: cycle {naming(buckets)(start)}"
    return Template(called, sheets, lists, facts, _read_me(called, sheets, buckets))


def _made(
    name: str, tables: Tables, start: pd.Timestamp, buckets: pd.DatetimeIndex, past: pd.Series, money: str
) -> tuple[Sheet, pd.DataFrame]:
    """One sheet, and what it says as it is sent."""
    if name == "events":
        return _events(tables, start, money)
    if name == "budget":
        return _budget(tables, start, buckets, money)
    return _stream(name, tables, start, buckets, past)


def _stream(
    stream: str, tables: Tables, start: pd.Timestamp, buckets: pd.DatetimeIndex, past: pd.Series
) -> tuple[Sheet, pd.DataFrame]:
    said = tables["forecasts"]
    own = said[(said["stream"] == stream) & said["bucket"].isin(buckets)]
    own = own.assign(qty=own["qty"].round(EXACT))
    keys = _keys(own, _grain(own if len(own) else said), tables, start)
    rows = keys.merge(_sold(tables["sales"], past), on=list(KEYS), how="left").fillna({"units": 0.0, "revenue": 0.0})
    named = rows.merge(own[list(KEYS)].drop_duplicates().assign(own=True), on=list(KEYS), how="left")
    rows = rows.assign(own=named["own"].notna()).sort_values(
        ["own", "revenue", *KEYS], ascending=[False, False, True, True, True], ignore_index=True
    )
    left_out = max(0, len(rows) - max(MOST, int(rows["own"].sum())))
    rows = rows.head(len(rows) - left_out).sort_values(
        ["revenue", *KEYS], ascending=[False, True, True, True], ignore_index=True
    )
    items = tables["items"].set_index("item_id")
    name_of = naming(buckets)
    helps = {name: rows["item_id"].map(items[name]).rename(name) for name in ("description", "family", "unit_price")}
    wide = own.set_index([*KEYS, "bucket"])["qty"].unstack("bucket").reindex(columns=buckets)  # noqa: PD010
    figures = wide.reindex(pd.MultiIndex.from_frame(rows[list(KEYS)])).reset_index(drop=True)
    frame = pd.concat(
        [
            mark(rows[list(KEYS)]),
            rows[list(KEYS)],
            helps["description"],
            helps["family"],
            rows["units"],
            helps["unit_price"],
            figures,
        ],
        axis=1,
    )
    by_customer = len(tables["customers"]) > 0
    columns = (
        Column(MARK, hidden=True),
        Column(KEYS["item_id"], open="spare", choices="items", hint="Choose an item of the list.", width=14),
        Column(KEYS["location_id"], open="spare", choices="locations", hint="Blank: all locations together.", width=15),
        Column(
            KEYS["customer_id"],
            open="spare",
            choices="customers",
            hint="Blank: all customers together.",
            width=15,
            hidden=not by_customer,
        ),
        Column("Description", width=26),
        Column("Family", width=16),
        Column(f"Sold {name_of(past.min())} to {name_of(past.max())}" if len(past) else "Sold", "units", width=13),
        Column("Price", "money", width=10),
        *(
            Column(bucket, "units", "always", 10, hint="Units you expect. Blank: no opinion.", total=True)
            for bucket in buckets
        ),
    )
    hint = (
        "Units you expect to be ordered; blank: no opinion. Where location or customer is blank, all of them together."
    )
    sheet = Sheet(STREAMS[stream], f"{STREAMS[stream]}: forecast in units", hint, columns, frame, SPARE, 4, left_out)
    return sheet, own


def _grain(said: pd.DataFrame) -> list[str]:
    """The level forecasts are handed in at: by item, and by location and customer where any names one."""
    if said.empty:
        return list(KEYS)
    return [name for name in KEYS if (said[name] != "").any()]


def _keys(own: pd.DataFrame, grain: list[str], tables: Tables, start: pd.Timestamp) -> pd.DataFrame:
    """The rows a stream is asked for: what it spoke of last, and what was sold in the last year.

    An item the stream speaks of for several locations or customers together is not asked for again one by one: both
    would add up.
    """
    items, sales = tables["items"], tables["sales"]
    ended = items.loc[items["discontinue"] <= start, "item_id"]
    together = own.loc[(own[grain] == "").any(axis=1), "item_id"]
    lately = sales[sales["bucket"] >= start - pd.DateOffset(years=1)]
    lately = lately[(lately["qty_ordered"] > 0) & ~lately["item_id"].isin(ended) & ~lately["item_id"].isin(together)]
    sold = lately[grain].drop_duplicates().reindex(columns=list(KEYS), fill_value="")
    return pd.concat([own[list(KEYS)], sold]).drop_duplicates(ignore_index=True)


def _sold(sales: pd.DataFrame, past: pd.Series) -> pd.DataFrame:
    """Units and revenue of the past buckets, by item alone and with location, with customer and with both."""
    lately = sales[sales["bucket"].isin(past)]
    levels = [["item_id"], ["item_id", "location_id"], ["item_id", "customer_id"], list(KEYS)]
    sums = [lately.groupby(level, as_index=False)[["qty_ordered", "revenue"]].sum() for level in levels]
    every = pd.concat(sums).fillna(dict.fromkeys(KEYS, "")).rename(columns={"qty_ordered": "units"})
    return every.drop_duplicates(list(KEYS), ignore_index=True)


def _events(tables: Tables, start: pd.Timestamp, money: str) -> tuple[Sheet, pd.DataFrame]:
    events = tables["events"]
    coming = events[events["end"] >= start].sort_values(["start", "event_id"], ignore_index=True)
    coming = coming.assign(uplift=coming["uplift"].round(EXACT), price=coming["price"].round(EXACT))
    frame = pd.concat([coming["event_id"].rename(MARK), coming[list(EVENT)]], axis=1)
    day = "A date, such as 2025-11-01."
    columns = (
        Column(MARK, hidden=True),
        Column(EVENT["event_id"], open="spare", width=22, hint="Its name. May stay blank: it then gets one."),
        Column(EVENT["scope"], open="always", choices="scopes", width=28, hint="all, a family or an item of the list."),
        Column(EVENT["start"], "date", "always", 14, hint=day),
        Column(EVENT["end"], "date", "always", 14, hint=day + " Not before the first day."),
        Column(EVENT["uplift"], "share", "always", 12, hint="Demand more or less: 30% or -10%. 0% calls it off."),
        Column(EVENT["price"], "money", "always", 12, hint=f"Price during it, {money}. Blank: list price."),
    )
    hint = "Promotions and whatever else moves demand. Change those listed, add yours below; 0% calls one off."
    return Sheet(SHEETS["events"], "Events", hint, columns, frame, SPARE, 2), coming


def _budget(tables: Tables, start: pd.Timestamp, buckets: pd.DatetimeIndex, money: str) -> tuple[Sheet, pd.DataFrame]:
    budget, items = tables["budget"], tables["items"]
    last = budget.sort_values(["as_of", "version"], na_position="first").drop_duplicates(
        ["family", "bucket"], keep="last"
    )
    last = last[last["bucket"].isin(buckets)].round(dict.fromkeys(LINES, EXACT))
    families = sorted({*items.loc[items["unit_price"] > 0, "family"], *last["family"]})
    rows = pd.MultiIndex.from_product([families, LINES], names=["family", "line"])
    figures = last.melt(["family", "bucket"], list(LINES), "line").set_index(["family", "line", "bucket"])["value"]
    wide = figures.unstack("bucket").reindex(index=rows, columns=buckets).reset_index(drop=True)  # noqa: PD010
    keys = rows.to_frame(index=False)
    keys = keys.assign(line=keys["line"].map(LINES))
    frame = pd.concat([mark(keys), keys, wide], axis=1)
    columns = (
        Column(MARK, hidden=True),
        Column(FAMILY, width=22),
        Column(LINE, width=12),
        *(Column(bucket, "amount", "always", 13, hint=f"Units, or {money}. Blank: not said.") for bucket in buckets),
    )
    hint = f"Units, revenue and margin of each family; {money}. Margin: revenue less cost of goods."
    return Sheet(SHEETS["budget"], "Budget", hint, columns, frame, 0, 3), last


def _read_me(title: str, sheets: tuple[Sheet, ...], buckets: pd.DatetimeIndex) -> tuple[tuple[str, str], ...]:
    who = {"Sales": "Head of sales", "Marketing": "Head of marketing", "Finance": "Finance", "Budget": "Finance"}
    named = naming(buckets)
    who["Events"] = "Whoever plans promotions or knows of a change"
    said = [
        (
            "What this is",
            f"{title}. What you expect of {named(buckets[0])} to {named(buckets[-1])} goes into the plan.",
        ),
        *((sheet.name, f"{who[sheet.name]} fills in this sheet. {sheet.hint}") for sheet in sheets),
        ("Where to type", "Only in yellow cells. They hold what you said last, where you said anything; correct that."),
        ("Protected", "Grey cells are locked so that nothing is overwritten by a slip; there is no password."),
        (
            "New rows",
            f"The last {SPARE} rows of a sheet are for items or events it does not list: choose from the list.",
        ),
        ("Blank", "A blank cell means: no opinion. A 0 means: we expect none."),
        (
            "Handing it back",
            "Save it as .xlsx, under any name, and send it back to whoever sent it. Send only one copy.",
        ),
        ("What happens then", "Every cell is checked; where one cannot be right you are told its sheet and cell."),
    ]
    for sheet in sheets:
        if sheet.left_out:
            said.append(
                (sheet.name, f"{sheet.left_out:,} rows with the least revenue are left out: the sheet holds {MOST:,}.")
            )
    return tuple(said)
