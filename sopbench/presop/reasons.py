"""What a scenario changes in each family, with its largest reasons in words."""

from __future__ import annotations

import pandas as pd

from sopbench.contract.words import in_money
from sopbench.presop.finance import OPERATING_COSTS

MOST, MATERIAL = 3, 0.01
"""Reasons given for a family, and share of a scenario's changes from which a family's is worth a line."""


def reasons(financial_plan: pd.DataFrame, currency: str = "") -> pd.DataFrame:
    """By scenario and family: contribution beside base, and the three lines that moved it most, in words.

    Takes financial_plan of all scenarios; gives scenario, family, contribution (difference), reasons. The reasons are
    parts of the difference: units at base's margin (volume), the rest of gross margin (price and cost), and the
    operating costs. Ranked by the size of the difference; families that hardly move (MATERIAL) are left out.
    """
    key = ["scenario", "family"]
    money = financial_plan.pivot_table("value", key, "line", "sum")
    base = money.loc["base"].reindex(money.index.get_level_values("family")).set_axis(money.index)
    margin = (base["gross_margin"] / base["units"]).where(base["units"] > 0, 0.0)
    parts = pd.DataFrame({"volume": (money["units"] - base["units"]) * margin})
    parts["price, mix and cost"] = money["gross_margin"] - base["gross_margin"] - parts["volume"]
    for line in OPERATING_COSTS:
        parts[line.replace("_", " ")] = base[line] - money[line]
    long = parts.melt(ignore_index=False, var_name="part", value_name="effect").reset_index()
    long = long[long["effect"].abs() >= 0.5]
    order = long["effect"].abs().sort_values(ascending=False, kind="stable").index
    top = long.loc[order].groupby(key, sort=False).head(MOST)
    sign = top["effect"].map(lambda value: "−" if value < 0 else "+")
    said = top["part"] + " " + sign + top["effect"].abs().map(lambda value: in_money(value, currency))
    words = said.groupby([top["scenario"], top["family"]], sort=False).agg(", ".join).rename("reasons")
    difference = (money["contribution"] - base["contribution"]).rename("contribution")
    found = pd.concat([difference, words], axis=1).drop("base", level="scenario").dropna().reset_index()
    size = found["contribution"].abs()
    found = found.assign(size=size)[size >= MATERIAL * size.groupby(found["scenario"]).transform("sum")]
    return found.sort_values(["scenario", "size"], ascending=[True, False], ignore_index=True)[
        [*key, "contribution", "reasons"]
    ]
