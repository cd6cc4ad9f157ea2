"""Makes the input tables of a cycle out of what the company handed in: cut, checked, filled up."""

from __future__ import annotations

from difflib import get_close_matches

import pandas as pd

from sopbench.contract import INPUT_TABLES, Problem, checked, conform, stop_on_errors, table
from sopbench.contract.conform import numbered
from sopbench.contract.values import single
from sopbench.contract.words import counted
from sopbench.gather.apart import set_apart
from sopbench.gather.calendar import STARTS, calendar_problems, extended, horizon_buckets, misplaced
from sopbench.gather.checks import doubts
from sopbench.gather.checks.buckets import calendar_holes, odd_working_days
from sopbench.gather.checks.capacity import resources_without_capacity
from sopbench.gather.checks.life_cycle import life_cycle_faults
from sopbench.gather.checks.network import rings
from sopbench.gather.references import unknown_references
from sopbench.gather.report.quality import findings
from sopbench.gather.snapshot import known
from sopbench.params import Gather

Tables = dict[str, pd.DataFrame]

BUCKETED = ("sales", "production", "capacity", "forecasts", "budget", "calendar")
"""Tables whose dates must be first days of buckets."""

NOTICED = "noticed"
"""What the reading of the company's data found worth a warning or a note: a table of `raw` like findings."""

LATELY = pd.Timedelta(days=100)
"""The last sales may start this long before the cycle: three months, of which the last two may be without sales."""


NOTHING_LEFT = Problem("sales", "", "", "gather.set_apart leaves no sales to plan from", "set less apart")


def assemble(
    raw: Tables, start: pd.Timestamp, horizon: int, settings: Gather, frequency: str = "month"
) -> tuple[Tables, pd.DataFrame]:
    """Every input table and set_apart as known at `start`, and the table `findings` of what is odd about the data.

    As `examine`, but raises PlanningError that lists every error of every table.
    """
    tables, problems = examine(raw, start, horizon, settings, frequency)
    stop_on_errors(problems)
    return tables, findings(problems)


def examine(
    raw: Tables, start: pd.Timestamp, horizon: int, settings: Gather, frequency: str = "month"
) -> tuple[Tables, list[Problem]]:
    """Every input table of the contract as known at `start`, and every error, warning and note about the data.

    `raw` holds the company's tables by name. Sales get `qty_shipped` (as ordered) and `revenue` (shipped at list
    price) where they are empty; the calendar covers history and the `horizon` buckets from `start` on, with
    `settings.working_days` where the company gives none; customers are taken from the sales where there is no table.
    What `settings.set_apart` names leaves the sales for the table set_apart.
    Where there is an error the tables are not filled up and must not be planned on, and no doubts are looked for.
    """
    tables, problems = conformed(raw, start)
    problems += [each for name in BUCKETED for each in _off_bucket(name, tables[name], frequency, tables["calendar"])]
    first = pd.concat([tables["sales"]["bucket"], tables["production"]["bucket"], pd.Series([start])]).min()
    if frequency == "calendar":
        problems += calendar_problems(tables["calendar"], first, start, horizon)
    ahead = horizon_buckets(start, horizon, frequency, tables["calendar"])
    if len(ahead) and not {"capacity", "routings"} & {each.table for each in problems if each.grade == "error"}:
        problems += resources_without_capacity(tables["routings"], tables["capacity"], tables["resources"], ahead)
    problems += _nothing_to_plan_from(tables["sales"], tables["forecasts"], start)
    if any(each.grade == "error" for each in problems):
        return tables, problems
    tables, notes = _filled(tables)
    notes += odd_working_days(tables["calendar"])
    notes += [] if frequency == "calendar" else calendar_holes(tables["calendar"])
    tables["calendar"], more = extended(tables["calendar"], first, start, horizon, settings.working_days, frequency)
    tables["sales"], tables["set_apart"], ruled = set_apart(tables, settings.set_apart)
    nothing = [NOTHING_LEFT] if len(tables["set_apart"]) and tables["sales"].empty else []
    problems += [*notes, *more, *ruled, *nothing]
    if tables["sales"].empty or any(each.grade == "error" for each in problems):
        return tables, problems  # doubts come from setting what is said beside what was sold
    return tables, problems + doubts(tables, start)


def conformed(raw: Tables, start: pd.Timestamp) -> tuple[Tables, list[Problem]]:
    """Every input table as known at `start`, in the contract's form, and all that is wrong in and between them.

    Tables that problems of grade "error" speak of must not be used. A table that is absent is empty.
    """
    problems = noticed(raw)
    problems += [_unknown_name(name) for name in raw if name not in {NOTICED, *(each.name for each in INPUT_TABLES)}]
    tables: Tables = {}
    whole = set()
    for each in INPUT_TABLES:
        frame = raw.get(each.name)
        if frame is None:
            tables[each.name] = each.empty()
            problems += [] if each.optional else [_absent(each.name)]
            whole |= {each.name} if each.optional else set()
            continue
        frame = single(numbered(frame.rename(columns=str).rename(columns=str.strip)))
        frame, odd = known(each.name, frame, start) if frame.columns.is_unique else (frame, [])
        tables[each.name], wrong = conform(frame, each)
        problems += odd + wrong
        whole |= {each.name} if all(c.name in frame for c in each.columns if c.required) else set()
    whole_tables = {name: frame for name, frame in tables.items() if name in whole}
    return tables, [
        *problems,
        *unknown_references(whole_tables),
        *rings(whole_tables),
        *life_cycle_faults(whole_tables),
    ]


def noticed(raw: Tables) -> list[Problem]:
    """What was noticed as `raw` was read."""
    if NOTICED not in raw:
        return []
    columns = ["table", "key", "value", "message", "mend", "grade"]
    return [Problem(*row) for row in raw[NOTICED][columns].itertuples(index=False, name=None)]


def _unknown_name(name: str) -> Problem:
    near = get_close_matches(name, [each.name for each in INPUT_TABLES], 1)
    mend = f"did you mean {near[0]}?" if near else "leave it, or name it after a table of the contract"
    return Problem(name, "", "", "the contract has no such input table; the file is left out", mend, "warning")


def _absent(name: str) -> Problem:
    return Problem(name, "", "", "the table is missing", f"hand in {table(name).meaning}")


def _nothing_to_plan_from(sales: pd.DataFrame, forecasts: pd.DataFrame, start: pd.Timestamp) -> list[Problem]:
    """A cycle is planned from the months before it, or from what people hand in: an error where there is neither."""
    if sales.empty and (forecasts["bucket"] >= start).any():
        message = "there are no sales: the plan is what the handed-in forecasts say"
        return [Problem("sales", "", "", message, "hand in sales, so that there is a forecast to compare", "note")]
    if sales.empty:
        message = f"there are no sales before {start:%Y-%m-%d} to plan from"
        mend = "choose a later cycle, or hand in older sales, or a forecast of sales, marketing or finance"
        return [Problem("sales", "", "", message, mend)]
    last = sales["bucket"].max()
    if pd.isna(last) or start - last <= LATELY:
        return []
    message = f"the sales end {LATELY.days} days or more before the cycle {start:%Y-%m-%d}"
    mend = f"choose the cycle after {last:%Y-%m}, or hand in the sales up to the cycle"
    return [Problem("sales", "bucket", f"last {last:%Y-%m-%d}", message, mend)]


def _off_bucket(name: str, frame: pd.DataFrame, frequency: str, calendar: pd.DataFrame) -> list[Problem]:
    wrong = frame.loc[misplaced(frame["bucket"], frequency, calendar), "bucket"]
    if wrong.empty:
        return []
    found = ", ".join(f"{date:%Y-%m-%d}" for date in sorted(wrong.unique())[:3])
    message = f"{counted(len(wrong), 'row')} with a bucket that does not start on {STARTS[frequency]}"
    return [Problem(name, "bucket", found, message, "name every bucket by its first day")]


def _filled(tables: Tables) -> tuple[Tables, list[Problem]]:
    """Sales with their holes filled, and customers where the company hands in none."""
    sales, items = tables["sales"], tables["items"]
    notes = []
    for column, how in (("qty_shipped", "as ordered"), ("revenue", "as shipped at list price")):
        holes = int(sales[column].isna().sum())
        if holes:
            message = f"{column} is empty in {holes:,} of {len(sales):,} rows; taken {how}"
            notes.append(Problem("sales", column, "", message, f"hand in {column} where that is wrong", "note"))
    shipped = sales["qty_shipped"].fillna(sales["qty_ordered"])
    price = sales["item_id"].map(items.set_index("item_id")["unit_price"])
    tables["sales"] = sales.assign(qty_shipped=shipped, revenue=sales["revenue"].fillna(shipped * price))
    if tables["customers"].empty:
        names = sorted(set(sales["customer_id"]) - {""})
        tables["customers"] = checked(pd.DataFrame({"customer_id": names}), table("customers"))
    return tables, notes
