"""Charts of what a plan risks: what it may come to beside the budget, what that hangs on, how well customers fare."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from sopbench.contract.words import counted, in_chance, in_money, in_share, plain
from sopbench.views.executive_answers import Answer
from sopbench.views.numbers import bucket_word, money_scale
from sopbench.views.theme import COLORS, titled

MEASURES = {
    "revenue": "revenue",
    "gross_margin": "gross margin",
    "contribution": "contribution",
    "stock_average": "stock, on average",
    "stock_end": "stock at the end",
    "backlog_end": "orders still owed at the end",
    "cash": "cash",
    "service": "service",
}
"""What the measures are called."""

DRIVERS = {"demand": "demand for", "outages": "outages of", "delays": "late deliveries of"}
"""What the drivers are called, before the family, resource or supplier."""

MOST = 15
"""Drivers drawn; the rest is counted in the note."""

COLUMNS = 40
"""Columns of the distribution."""


def outcome_table(risk_outcomes: pd.DataFrame, family: str = "all", scenario: str = "base") -> pd.DataFrame:
    """The measures in money of one family or the company: plan, average, p10 to p90, worst, and the budget."""
    rows = risk_outcomes[(risk_outcomes["family"] == family) & (risk_outcomes["scenario"] == scenario)]
    rows = rows[rows["unit"] == "money"].set_index("measure")
    rows = rows.reindex([name for name in MEASURES if name in rows.index])
    said = rows[["plan", "mean", "p10", "p50", "p90", "cvar", "budget"]].rename(columns={"cvar": "worst"})
    said["chance of missing it"] = rows["chance_of_missing"]
    return said.rename(index=MEASURES).rename_axis("measure").reset_index()


def risk_panel(
    risk_outcomes: pd.DataFrame, risk_drivers: pd.DataFrame, currency: str, scenario: str = "base"
) -> Answer:
    """The three figures of risk that a meeting needs: chance of missing the budget, worst margin, widest driver.

    Takes contract tables risk_outcomes and risk_drivers; nothing is reckoned anew. Where there is no budget that is
    said; where nothing was played there is one sentence and no row.
    """
    question = "What may happen to the plan?"
    found = risk_outcomes[(risk_outcomes["scenario"] == scenario) & (risk_outcomes["family"] == "all")]
    if found.empty:
        return Answer(question, "The plan was played against no paths.", "", (), ())
    margin = found.set_index("measure").loc["gross_margin"]
    chance, worst = margin["chance_of_missing"], margin["cvar"]
    budgeted = not np.isnan(margin["budget"])
    missed = f"with a probability of {in_chance(chance)}" if budgeted else "there is no budget"
    rows = [("gross margin misses the budget", missed),
            ("gross margin in the worst paths, on average",
             f"{in_money(worst, currency)}, {_more(worst - margin['plan'], currency)} than planned")]  # fmt: skip
    drivers = risk_drivers[risk_drivers["scenario"] == scenario].sort_values("rank").head(1)
    rows += [
        (f"the widest driver: {DRIVERS[row.driver]} {plain(row.key)}",
         f"moves contribution by {in_money(row.swing, currency)} from its low to its high")
        for row in drivers.itertuples()
    ]  # fmt: skip
    said = f"Gross margin misses the budget {missed}." if budgeted else "There is no budget that could be missed."
    side = ("short" if chance > 0.5 else "good") if budgeted else ""
    return Answer(question, said, side, ("risk of the plan as it stands", ""), tuple(rows))


def misses_by_family(risk_outcomes: pd.DataFrame, scenario: str = "base") -> pd.DataFrame:
    """The probability that revenue and margin miss the budget, by family, the company last."""
    rows = risk_outcomes[(risk_outcomes["scenario"] == scenario) & risk_outcomes["budget"].notna()]
    rows = rows.assign(whole=rows["family"] == "all", measure=rows["measure"].map(MEASURES))
    rows = rows.sort_values(["whole", "family", "measure"], ascending=[True, True, False])
    said = rows[["family", "measure", "budget", "plan", "mean", "p10", "p90", "chance_of_missing"]]
    return said.rename(columns={"chance_of_missing": "chance of missing it"}).reset_index(drop=True)


def money_at_risk(
    risk_paths: pd.DataFrame,
    risk_outcomes: pd.DataFrame,
    currency: str,
    measure: str = "gross_margin",
    scenario: str = "base",
) -> alt.TopLevelMixin:
    """How a measure in money spreads over the paths: a column a range, with the plan and, where it has one, the budget.

    Paths below the budget are red; without a budget, those below the plan.
    """
    values = risk_paths.loc[risk_paths["scenario"] == scenario, measure]
    said = risk_outcomes[(risk_outcomes["scenario"] == scenario) & (risk_outcomes["family"] == "all")]
    said = said.set_index("measure").loc[measure]
    budget = said["budget"]
    limit, name = (said["plan"], "plan") if np.isnan(budget) else (budget, "budget")
    short = float((values < limit).mean()) if np.isnan(budget) else said["chance_of_missing"]
    marks = {"plan": said["plan"], "average": said["mean"]} | ({} if np.isnan(budget) else {"budget": budget})
    divisor, axis = money_scale([*values, *marks.values()], currency)
    low, high = min(values.min(), *marks.values()) / divisor, max(values.max(), *marks.values()) / divisor
    width = (high - low) / COLUMNS or 0.03 * abs(high) or 1.0
    first = np.floor((low - limit / divisor) / width) - 1  # from the limit on, so that a column lies on one side of it
    edges = limit / divisor + width * (first + np.arange(COLUMNS + 4))
    count = np.histogram(values / divisor, edges)[0] / max(len(values), 1)
    bars = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "share": count, "below": edges[1:] <= limit / divisor})
    bars["floor"] = 0.0
    room = alt.Scale(domain=[0.0, 1.35 * bars["share"].max()], nice=False)  # the marks are named above the columns
    side = bars["below"].map({True: f"below the {name}", False: f"at the {name} or above"})
    domain = [f"below the {name}", f"at the {name} or above"]
    colours = alt.Scale(domain=domain, range=[COLORS["short"], COLORS["good"]])
    x = alt.X("from:Q", title=f"{MEASURES[measure]} over the horizon, {axis}", scale=alt.Scale(nice=False, zero=False))
    columns = (
        alt.Chart(bars.assign(side=side))
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=x,
            x2="to:Q",
            y=alt.Y("share:Q", title="share of paths", axis=alt.Axis(format=".0%"), scale=room),
            y2="floor:Q",
            color=alt.Color("side:N", scale=colours, title=None),
        )
    )
    rules = _marks(marks, divisor, currency, (edges[0], edges[-1]))
    return titled(
        alt.layer(columns, *rules).properties(width=720, height=250),
        f"{MEASURES[measure].capitalize()} stays below the {name} with a probability of {in_chance(short)}",
        f"{counted(len(values), 'path')} of demand, delays and outages played against the plan of scenario "
        f"{scenario.replace('_', ' ')}; in 8 of 10 it lies between {in_money(said['p10'])} and "
        f"{in_money(said['p90'], currency)}",
    )


def _marks(marks: dict[str, float], divisor: float, currency: str, reach: tuple[float, float]) -> list[alt.Chart]:
    """Upright lines with their names above the columns, each on a line of its own so that none covers another."""
    rows = pd.DataFrame({"name": list(marks), "value": list(marks.values())}).sort_values("value")
    place = (rows["value"] / divisor - reach[0]) / (reach[1] - reach[0])
    right = (place > 0.8) | ((place == place.min()) & (place > 0.25))  # the lowest is named on its free side
    named = rows["name"] + " " + rows["value"].map(lambda value: in_money(value, currency))
    rows = rows.assign(at=rows["value"] / divisor, said=named)
    charts = []
    dashes = {"plan": [1, 0], "budget": [6, 3], "average": [2, 2]}
    colours = {"plan": COLORS["plan"], "budget": COLORS["budget"], "average": COLORS["stock"]}
    for height, (row, at_right) in enumerate(zip(rows.to_dict("records"), right, strict=True)):
        one = alt.Chart(pd.DataFrame([row]))
        name = row["name"]
        line = one.mark_rule(color=colours[name], strokeDash=dashes[name], strokeWidth=2).encode(x="at:Q")
        where = {"align": "right", "dx": -6} if at_right else {"align": "left", "dx": 6}
        text = one.mark_text(**where, color=colours[name], fontWeight=600, fontSize=11)
        charts += [line, text.encode(x="at:Q", y=alt.value(8 + 15 * height), text="said:N")]
    return charts


def tornado(risk_drivers: pd.DataFrame, currency: str, scenario: str = "base") -> alt.TopLevelMixin:
    """Each driver alone at its p10 and p90: what contribution then differs from the plan by, the widest on top."""
    rows = risk_drivers[risk_drivers["scenario"] == scenario].sort_values("rank")
    shown = rows.head(MOST)
    name = shown["driver"].map(DRIVERS) + " " + shown["key"].str.replace("_", " ")
    differs = shown[["at_low", "at_high"]].sub(shown["plan"], axis=0)
    divisor, axis = money_scale(differs.to_numpy().ravel(), currency)
    ends = [
        shown.assign(name=name, end=end, value=differs[at] / divisor, money=differs[at])
        for end, at in (("low (its p10)", "at_low"), ("high (its p90)", "at_high"))
    ]
    long = pd.concat(ends)
    least = 0.004 * shown["swing"].max()  # less than that is not to be seen
    long["said"] = [f"{'−' if value < 0 else '+'}{in_money(abs(value))}" for value in long["money"]]
    long["said"] = long["said"].where(long["money"].abs() > least, "")
    order = name.tolist()
    reach = long["value"].abs().max() * 1.25 or 1.0
    base = alt.Chart(long).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=260)),
        x=alt.X(
            "value:Q",
            title=f"difference of contribution to the plan, {axis}",
            scale=alt.Scale(domain=[-reach, reach], nice=False),
        ),
    )
    colours = alt.Scale(domain=["low (its p10)", "high (its p90)"], range=[COLORS["overtime"], COLORS["plan"]])
    bars = base.mark_bar(height={"band": 0.6}).encode(color=alt.Color("end:N", scale=colours, title="the driver is"))
    right = base.transform_filter("datum.value >= 0").mark_text(align="left", dx=5).encode(text="said:N")
    left = base.transform_filter("datum.value < 0").mark_text(align="right", dx=-5).encode(text="said:N")
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(color=COLORS["actual"]).encode(x="value:Q")
    chart = alt.layer(bars, zero, right, left).properties(width=560, height=alt.Step(24))
    if rows.empty:
        return titled(chart, "Nothing that may differ from the plan moves contribution")
    first = shown.iloc[0]
    rest = f"; the {MOST} widest of {len(rows)}" if len(rows) > MOST else ""
    return titled(
        chart,
        f"{order[0].capitalize()} moves contribution most: by {in_money(first['swing'], currency)} from low to high",
        f"each driver alone at its p10 and its p90, everything else as planned{rest}",
    )


def service_at_risk(risk_outcomes: pd.DataFrame, target: float, scenario: str = "base") -> alt.TopLevelMixin:
    """Service by family: from p10 to p90 of the paths, with the average, the plan and the target."""
    rows = risk_outcomes[(risk_outcomes["scenario"] == scenario) & (risk_outcomes["measure"] == "service")]
    families = rows[rows["family"] != "all"].sort_values(["mean", "family"])
    rows = pd.concat([families, rows[rows["family"] == "all"]])
    rows = rows.assign(name=rows["family"].str.replace("_", " ").where(rows["family"] != "all", "all families"))
    order = rows["name"].tolist()
    low = min(rows["p10"].min(), rows["plan"].min(), target)
    scale = alt.Scale(domain=[max(0.0, np.floor(low * 20 - 0.5) / 20), 1.0], nice=False)
    base = alt.Chart(rows).encode(y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)))
    x = alt.X("p10:Q", title=f"share of units shipped in the {bucket_word()} they are wanted", scale=scale,
              axis=alt.Axis(format=".0%"))  # fmt: skip
    spread = base.mark_bar(height={"band": 0.42}, color=COLORS["forecast"], opacity=0.55).encode(x=x, x2="p90:Q")
    named = {"plan": "as planned", "mean": "on average"}
    long = rows.melt(["name"], list(named), var_name="which", value_name="value")
    long = long.assign(which=long["which"].map(named))
    colours = alt.Scale(domain=list(named.values()), range=[COLORS["plan"], COLORS["actual"]])
    dots = (
        alt.Chart(long)
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            y=alt.Y("name:N", sort=order),
            x="value:Q",
            color=alt.Color("which:N", scale=colours, title=None),
            shape=alt.Shape("which:N", scale=alt.Scale(domain=list(named.values()), range=["diamond", "circle"])),
        )
    )
    aim = pd.DataFrame({"value": [target], "said": [f"target {in_share(target)}"]})
    line = alt.Chart(aim).mark_rule(color=COLORS["short"], strokeDash=[5, 3], strokeWidth=1.5).encode(x="value:Q")
    chart = alt.layer(spread, line, dots).properties(width=620, height=alt.Step(34))
    if families.empty:
        return titled(chart, "No family is ordered from")
    worst, whole = rows.iloc[0], rows.iloc[-1]
    return titled(
        chart,
        f"Service comes to {in_share(whole['mean'])} on average where {in_share(whole['plan'])} is planned; "
        f"{worst['name']} fare worst",
        f"bars from p10 to p90 of the paths, before anybody plans anew; the dashed line is the target of "
        f"{in_share(target)}",
    )


def hedge_table(hedge_worth: pd.DataFrame) -> pd.DataFrame:
    """What the plan, the best on average and the hedge earn, on average and in the worst courses of demand."""
    order = {"plan": 0, "best on average": 1, "hedge": 2}
    rows = hedge_worth.sort_values("choice", key=lambda names: names.map(order))
    return rows[["choice", "mean", "worst", "lowest", "highest", "costs", "saves"]].reset_index(drop=True)


def hedge_in_words(hedge_worth: pd.DataFrame, worst: float, currency: str) -> str:
    """What the hedge costs and saves, in a sentence."""
    if hedge_worth.empty:
        return "No hedge was looked for (parameter `risk.hedge.solve`)."
    said = hedge_worth.set_index("choice").loc["hedge"]
    mean, low = (_more(said[name], currency) for name in ("mean_over_plan", "worst_over_plan"))
    costs, saves = in_money(said["costs"], currency), in_money(said["saves"], currency)
    return (
        f"**The hedge costs {costs} on average and saves {saves} in the worst {worst:.0%} of the courses of demand**, "
        f"beside the plan that is best on average. Beside the plan as it stands it earns {mean} on average and {low} "
        "in the worst."
    )


def hedge_moves(hedge_plan: pd.DataFrame, items: pd.DataFrame, currency: str) -> alt.TopLevelMixin:
    """What the hedge would start more or less of now, in money, by family and bucket."""
    rows = hedge_plan.merge(items[["item_id", "family"]], on="item_id")
    long = pd.concat([rows.assign(way="more", value=rows["money"].clip(lower=0.0)),
                      rows.assign(way="less", value=rows["money"].clip(upper=0.0))])  # fmt: skip
    sums = long.groupby(["family", "way"])["value"].sum().reset_index()
    divisor, axis = money_scale(sums["value"], currency)
    sums = sums.assign(name=sums["family"].str.replace("_", " "), size=sums["value"] / divisor)
    sums["said"] = [f"{'−' if v < 0 else '+'}{in_money(abs(v))}" if abs(v) >= 0.5 else "" for v in sums["value"]]
    net = rows.groupby("family")["money"].sum()
    order = net.sort_values(ascending=False).index.str.replace("_", " ").tolist()
    reach = sums["size"].abs().max() * 1.3 if len(sums) else 1.0
    base = alt.Chart(sums).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
        x=alt.X(
            "size:Q",
            title=f"started more or less than planned, at standard cost, {axis}",
            scale=alt.Scale(domain=[-(reach or 1.0), reach or 1.0], nice=False),
        ),
    )
    colours = alt.Scale(domain=["more", "less"], range=[COLORS["plan"], COLORS["target"]])
    bars = base.mark_bar(height={"band": 0.6}).encode(color=alt.Color("way:N", scale=colours, title=None))
    right = base.transform_filter("datum.size >= 0").mark_text(align="left", dx=5).encode(text="said:N")
    left = base.transform_filter("datum.size < 0").mark_text(align="right", dx=-5).encode(text="said:N")
    zero = alt.Chart(pd.DataFrame({"size": [0.0]})).mark_rule(color=COLORS["actual"]).encode(x="size:Q")
    chart = alt.layer(bars, zero, right, left).properties(width=560, height=alt.Step(30))
    if rows.empty:
        return titled(chart, "No hedge was looked for")
    total = net.sum()
    way = "more" if total >= 0 else "less"
    return titled(
        chart,
        f"The hedge starts {in_money(abs(total), currency)} {way} than the plan now, in another mix",
        f"{int((rows['difference'].abs() > 0.5).sum())} of {len(rows)} items and {bucket_word(2)} differ; "
        "it knows finished items and the hours of their resources only",
    )


def _more(value: float, currency: str) -> str:
    return f"{in_money(abs(value), currency)} {'more' if value >= 0 else 'less'}"
